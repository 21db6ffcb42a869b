// SPDX-License-Identifier: MIT
/*
 * Areas against a model: random mmap, munmap, mprotect, mremap and madvise on a window of pages;
 * after each the structure is valid and a sample of pages answers reads and writes as the model
 * says.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "mm/internal.h"
#include "mm/mman.h"
#include "mm/slab.h"
#include "tests/kernel/ktest.h"
#include "tests/kernel/mm_test.h"

#define WINDOW	  0x10000000UL
#define NPAGES	  96
#define PAGE_AT(i) (WINDOW + ((unsigned long)(i) << PAGE_SHIFT))

struct model_page {
	bool mapped, shared;
	unsigned int prot;
	u64 value;		/* first word of the page */
};

static struct model_page *model;

static void check_page(int i, u64 *rnd, int *bad)
{
	struct model_page *m = &model[i];
	u64 got = 0, put = test_random(rnd);
	bool can_read = m->mapped && m->prot, can_write = m->mapped && (m->prot & PROT_WRITE);

	if (copy_from_user(&got, (void __user *)PAGE_AT(i), 8)) {
		if (can_read)
			(*bad)++;
	} else if (!can_read || got != m->value) {
		(*bad)++;
	}
	if (copy_to_user((void __user *)PAGE_AT(i), &put, 8)) {
		if (can_write)
			(*bad)++;
	} else if (!can_write) {
		(*bad)++;
	} else {
		m->value = put;
	}
}

static unsigned int random_prot(u64 *rnd)
{
	static const unsigned int prots[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
					     PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC};

	return prots[test_random(rnd) % ARRAY_SIZE(prots)];
}

static int op_mmap(int at, int n, u64 *rnd)
{
	unsigned int prot = random_prot(rnd);
	bool shared = test_random(rnd) % 5 == 0;
	unsigned long populate, ret;
	int i;

	down_write(&current->mm->mmap_sem);
	ret = do_mmap(NULL, PAGE_AT(at), (unsigned long)n << PAGE_SHIFT, prot,
		      (shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_FIXED, 0,
		      &populate);
	up_write(&current->mm->mmap_sem);
	if (ret != PAGE_AT(at))
		return 1;
	for (i = at; i < at + n; i++)
		model[i] = (struct model_page){.mapped = true, .shared = shared, .prot = prot};
	return 0;
}

static int op_munmap(int at, int n)
{
	if (vm_munmap(PAGE_AT(at), (unsigned long)n << PAGE_SHIFT))
		return 1;
	memset(&model[at], 0, n * sizeof(*model));
	return 0;
}

static int op_mprotect(int at, int n, u64 *rnd)
{
	unsigned int prot = random_prot(rnd);
	long ret = sys_mprotect(PAGE_AT(at), (unsigned long)n << PAGE_SHIFT, prot);
	int i;

	/* everything up to the first hole has been changed */
	for (i = at; i < at + n && model[i].mapped; i++)
		model[i].prot = prot;
	return ret != (i < at + n ? -ENOMEM : 0);
}

static int op_dontneed(int at, int n)
{
	bool hole = false;
	long ret = sys_madvise(PAGE_AT(at), (unsigned long)n << PAGE_SHIFT, MADV_DONTNEED);
	int i;

	for (i = at; i < at + n; i++) {
		if (!model[i].mapped)
			hole = true;
		else if (!model[i].shared)
			model[i].value = 0;
	}
	return ret != (hole ? -ENOMEM : 0);
}

/* Move pages of one area to another place in the window. */
static int op_mremap(int at, int n, u64 *rnd)
{
	int to = (int)(test_random(rnd) % (NPAGES - n)), i;
	struct vm_area_struct *vma;
	struct model_page *copy;
	long ret;

	down_read(&current->mm->mmap_sem);
	vma = find_vma(current->mm, PAGE_AT(at));
	if (!vma || vma->vm_start > PAGE_AT(at) || vma->vm_end < PAGE_AT(at + n))
		n = 0;
	up_read(&current->mm->mmap_sem);
	if (!n || (to < at + n && at < to + n))
		return 0;
	copy = kmalloc_array(n, sizeof(*copy), GFP_KERNEL);
	if (!copy)
		return 1;
	ret = sys_mremap(PAGE_AT(at), (unsigned long)n << PAGE_SHIFT, (unsigned long)n << PAGE_SHIFT,
			 MREMAP_MAYMOVE | MREMAP_FIXED, PAGE_AT(to));
	if (ret == (long)PAGE_AT(to)) {
		memcpy(copy, &model[at], n * sizeof(*copy));
		memset(&model[at], 0, n * sizeof(*copy));
		memcpy(&model[to], copy, n * sizeof(*copy));
	}
	for (i = 0; i < n && ret != (long)PAGE_AT(to); i++)
		pr_err("mremap of %d pages from %d to %d: %ld\n", n, at, to, ret);
	kfree(copy);
	return ret != (long)PAGE_AT(to);
}

static void test_vma_model(void)
{
	struct mm_struct *mm = mm_alloc(), *copy;
	int round, bad = 0, wrong = 0, i;
	u64 rnd = 0x853c49e6748fea9bULL;

	KTEST_ASSERT(mm);
	model = kcalloc(NPAGES, sizeof(*model), GFP_KERNEL);
	mm_test_enter(mm);
	for (round = 0; round < 4000 && model && !bad && !wrong; round++) {
		int at = test_random(&rnd) % NPAGES;
		int n = 1 + test_random(&rnd) % min(NPAGES - at, 20);

		switch (test_random(&rnd) % 7) {
		case 0:
		case 1:
			wrong += op_mmap(at, n, &rnd);
			break;
		case 2:
			wrong += op_munmap(at, n);
			break;
		case 3:
			wrong += op_mprotect(at, n, &rnd);
			break;
		case 4:
			wrong += op_dontneed(at, n);
			break;
		case 5:
			if (n < NPAGES)
				wrong += op_mremap(at, n, &rnd);
			break;
		case 6:
			/* a fork that dies at once write-protects everything and leaves no trace */
			copy = round % 16 ? NULL : dup_mm(mm);
			if (copy)
				mmput(copy);
			break;
		}
		down_read(&mm->mmap_sem);
		validate_mm(mm);
		up_read(&mm->mmap_sem);
		for (i = 0; i < 8; i++)
			check_page(test_random(&rnd) % NPAGES, &rnd, &bad);
	}
	for (i = 0; i < NPAGES && model; i++)
		check_page(i, &rnd, &bad);
	mm_test_leave();
	mmput(mm);
	kfree(model);
	KTEST_EQ(wrong, 0);
	KTEST_EQ(bad, 0);
}
KTEST(mm_vma_model, KTEST_QUICK, test_vma_model);

/* Holes are found, highest first, and never overlap anything. */
static void test_gaps(void)
{
	struct mm_struct *mm = mm_alloc();
	unsigned long addr[64] = {0};
	u64 rnd = 77;
	int i, round, bad = 0;

	KTEST_ASSERT(mm);
	mm_test_enter(mm);
	for (round = 0; round < 2000; round++) {
		unsigned long len = (1 + test_random(&rnd) % 9) << PAGE_SHIFT;

		i = test_random(&rnd) % 64;
		if (addr[i]) {
			vm_munmap(addr[i] & PAGE_MASK, (addr[i] & 0xf) << PAGE_SHIFT);
			addr[i] = 0;
			continue;
		}
		addr[i] = vm_mmap(NULL, 0, len, i & 1 ? PROT_READ : PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, 0);
		if (IS_ERR_VALUE(addr[i])) {
			bad++;
			addr[i] = 0;
			continue;
		}
		addr[i] |= len >> PAGE_SHIFT;
		validate_mm(mm);
	}
	mm_test_leave();
	mmput(mm);
	KTEST_EQ(bad, 0);
}
KTEST(mm_gaps, KTEST_QUICK, test_gaps);

/* ---- races ---- */

#define RACE_PAGES 24

struct race {
	struct mm_struct *mm;
	volatile bool stop;
};

/* Each thread owns one word of every page: what it stored there it must read back. */
static long race_writer(void *arg, int id)
{
	struct race *r = arg;
	u64 rnd = 1234567 + (u64)id * 1117, mine[RACE_PAGES] = {0}, got;
	long bad = 0, n;

	mm_test_enter(r->mm);
	for (n = 0; n < 4000; n++) {
		int i = test_random(&rnd) % RACE_PAGES;
		u64 __user *p = (u64 __user *)PAGE_AT(i) + id;

		if (test_random(&rnd) & 1) {
			u64 v = test_random(&rnd);

			if (!put_user(v, p))
				mine[i] = v;
		} else if (!get_user(got, p)) {
			bad += got != mine[i];
		}
	}
	mm_test_leave();
	return bad;
}

/* Takes permissions away, moves the pages and forks, over and over. */
static long race_disturber(void *arg)
{
	struct race *r = arg;
	u64 rnd = 42;
	long bad = 0;
	int n;

	mm_test_enter(r->mm);
	for (n = 0; n < 250; n++) {
		int at = test_random(&rnd) % RACE_PAGES;
		unsigned long len = (1 + test_random(&rnd) % (RACE_PAGES - at)) << PAGE_SHIFT;
		struct mm_struct *copy;

		switch (test_random(&rnd) % 4) {
		case 0:
			bad += sys_mprotect(PAGE_AT(at), len, PROT_READ) != 0;
			break;
		case 1:
			bad += sys_mprotect(PAGE_AT(at), len, PROT_NONE) != 0;
			break;
		case 2:
			copy = dup_mm(r->mm);
			if (copy)
				mmput(copy);
			break;
		case 3:
			vm_munmap(vm_mmap(NULL, 0, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0),
				  len);
			break;
		}
		bad += sys_mprotect(PAGE_AT(0), RACE_PAGES << PAGE_SHIFT,
				    PROT_READ | PROT_WRITE) != 0;
	}
	mm_test_leave();
	return bad;
}

static long race_member(void *arg, int id)
{
	return id ? race_writer(arg, id) : race_disturber(arg);
}

static void test_fault_race(void)
{
	struct race r = {.mm = mm_alloc()};
	long bad;

	KTEST_ASSERT(r.mm);
	mm_test_enter(r.mm);
	bad = vm_mmap(NULL, PAGE_AT(0), RACE_PAGES << PAGE_SHIFT, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0) != PAGE_AT(0);
	mm_test_leave();
	bad += mm_test_threads(5, race_member, &r);
	mmput(r.mm);
	KTEST_EQ(bad, 0L);
}
KTEST(mm_fault_race, KTEST_QUICK, test_fault_race);
