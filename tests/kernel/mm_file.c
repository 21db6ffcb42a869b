// SPDX-License-Identifier: MIT
/*
 * Mapped files: dirty tracking, private copies, truncation, reverse mapping, and all of them at
 * once from several threads.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "fs/fs.h"
#include "mm/internal.h"
#include "mm/mman.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "tests/kernel/cache_util.h"
#include "tests/kernel/ktest.h"
#include "tests/kernel/mm_test.h"

#define BASE   0x20000000UL
#define NPAGES 16
#define ADDR(i) ((u64 __user *)(BASE + ((unsigned long)(i) << PAGE_SHIFT)))

static struct mm_struct *enter(void)
{
	struct mm_struct *mm = mm_alloc();

	if (mm)
		mm_test_enter(mm);
	return mm;
}

static void leave(struct mm_struct *mm)
{
	mm_test_leave();
	mmput(mm);
}

static bool map_toy(struct toy *toy, unsigned long prot, unsigned long flags)
{
	return vm_mmap(toy->file, BASE, NPAGES << PAGE_SHIFT, prot, flags | MAP_FIXED, 0) == BASE;
}

static pte_t entry_of(struct mm_struct *mm, int i)
{
	pmd_t *pmd = mm_find_pmd(mm, (unsigned long)ADDR(i));

	return pmd ? pte_read(pte_offset(pmd, (unsigned long)ADDR(i))) : __pte(0);
}

static u64 toy_word(int i)
{
	return 0x0101010101010101ULL * toy_byte(i);
}

/* Writing back makes the entry clean and read-only; the next store dirties the page again. */
static void test_dirty(void)
{
	struct toy *toy = toy_open(NPAGES * PAGE_SIZE);
	struct mm_struct *mm = enter();
	u64 v = 0;

	KTEST_ASSERT(toy && mm);
	KTEST_EXPECT(map_toy(toy, PROT_READ | PROT_WRITE, MAP_SHARED));
	KTEST_EQ(get_user(v, ADDR(3)), 0);
	KTEST_EQ(v, toy_word(3));
	KTEST_EXPECT(pte_present(entry_of(mm, 3)) && !pte_write(entry_of(mm, 3)));
	/* all are cached now: the next fault maps its neighbours too */
	KTEST_EQ(get_user(v, ADDR(4)), 0);
	KTEST_EXPECT(pte_present(entry_of(mm, 2)) && !pte_write(entry_of(mm, 2)));
	KTEST_EQ(put_user(77ULL, ADDR(3)), 0);
	KTEST_EXPECT(pte_write(entry_of(mm, 3)) && pte_dirty(entry_of(mm, 3)));
	KTEST_EXPECT(mapping_tagged(toy->inode->i_mapping, PAGECACHE_TAG_DIRTY));
	KTEST_EQ(filemap_write_and_wait(toy->inode->i_mapping), 0);
	KTEST_EQ(toy->writes, 1);
	KTEST_EXPECT(pte_present(entry_of(mm, 3)));
	KTEST_EXPECT(!pte_write(entry_of(mm, 3)) && !pte_dirty(entry_of(mm, 3)));
	KTEST_EXPECT(!mapping_tagged(toy->inode->i_mapping, PAGECACHE_TAG_DIRTY));
	KTEST_EQ(put_user(78ULL, ADDR(3)), 0);
	KTEST_EQ(filemap_write_and_wait(toy->inode->i_mapping), 0);
	KTEST_EQ(toy->writes, 2);
	KTEST_EQ(get_user(v, ADDR(3)), 0);
	KTEST_EQ(v, 78);
	leave(mm);
	toy_close(toy);
}
KTEST(mm_file_dirty, KTEST_QUICK | KTEST_GROWS, test_dirty);

/* A store through a private mapping stays private; one through a shared mapping does not. */
static void test_private(void)
{
	struct toy *toy = toy_open(NPAGES * PAGE_SIZE);
	struct mm_struct *mm = enter();
	u64 v = 0;

	KTEST_ASSERT(toy && mm);
	KTEST_EXPECT(map_toy(toy, PROT_READ | PROT_WRITE, MAP_PRIVATE));
	KTEST_EQ(get_user(v, ADDR(1)), 0);
	KTEST_EQ(put_user(5ULL, ADDR(1)), 0);	/* copy of a page mapped before */
	KTEST_EQ(put_user(6ULL, ADDR(9)), 0);	/* copied at the first touch or after it */
	KTEST_EQ(get_user(v, ADDR(1)), 0);
	KTEST_EQ(v, 5);
	KTEST_EQ(get_user(v, ADDR(1) + 1), 0);
	KTEST_EQ(v, toy_word(1));
	KTEST_EQ(toy_read(toy, &v, 8, PAGE_SIZE), 8);
	KTEST_EQ(v, toy_word(1));
	KTEST_EQ(toy_read(toy, &v, 8, 9 * PAGE_SIZE), 8);
	KTEST_EQ(v, toy_word(9));
	KTEST_EXPECT(!mapping_tagged(toy->inode->i_mapping, PAGECACHE_TAG_DIRTY));
	leave(mm);
	toy_close(toy);
}
KTEST(mm_file_private, KTEST_QUICK | KTEST_GROWS, test_private);

static void shrink(struct toy *toy, loff_t size)
{
	inode_lock(toy->inode);
	filemap_invalidate_lock(toy->inode->i_mapping);
	truncate_setsize(toy->inode, size);
	filemap_invalidate_unlock(toy->inode->i_mapping);
	inode_unlock(toy->inode);
}

/* Pages behind the end are gone at once, private copies included, and access there fails. */
static void test_truncate(void)
{
	struct toy *toy = toy_open(NPAGES * PAGE_SIZE);
	struct mm_struct *mm = enter();
	u64 v = 0;
	int i, shared;

	KTEST_ASSERT(toy && mm);
	for (shared = 0; shared < 2; shared++) {
		KTEST_EXPECT(map_toy(toy, PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE));
		for (i = 0; i < NPAGES; i++)
			KTEST_EQ(put_user(1ULL, ADDR(i)), 0);
		shrink(toy, 4 * PAGE_SIZE);
		for (i = 4; i < NPAGES; i++) {
			KTEST_EXPECT(pte_none(entry_of(mm, i)));
			KTEST_EQ(get_user(v, ADDR(i)), -EFAULT);
			KTEST_EQ(put_user(2ULL, ADDR(i)), -EFAULT);
		}
		KTEST_EQ(get_user(v, ADDR(3)), 0);
		KTEST_EQ(v, 1);
		shrink(toy, NPAGES * PAGE_SIZE);
		KTEST_EQ(get_user(v, ADDR(7)), 0);
		KTEST_EQ(v, toy_word(7));
	}
	leave(mm);
	toy_close(toy);
}
KTEST(mm_file_truncate, KTEST_QUICK | KTEST_GROWS, test_truncate);

/* Reclaim's steps on a mapped page. */
static void test_rmap(void)
{
	struct toy *toy = toy_open(NPAGES * PAGE_SIZE);
	struct mm_struct *mm = enter();
	unsigned long flags;
	struct page *page;
	u64 v = 0;

	KTEST_ASSERT(toy && mm);
	KTEST_EXPECT(map_toy(toy, PROT_READ | PROT_WRITE, MAP_SHARED));
	KTEST_EQ(put_user(9ULL, ADDR(2)), 0);
	page = find_lock_page(toy->inode->i_mapping, 2);
	KTEST_ASSERT(page);
	KTEST_EQ(page_mapcount(page), 1);
	KTEST_EQ(page_referenced(page, 1, &flags), 1);
	KTEST_EXPECT(flags & VM_SHARED);
	KTEST_EQ(page_referenced(page, 1, &flags), 0);
	KTEST_EXPECT(try_to_unmap(page, 0));
	KTEST_EQ(page_mapcount(page), 0);
	KTEST_EXPECT(PageDirty(page));
	KTEST_EXPECT(pte_none(entry_of(mm, 2)));
	unlock_page(page);
	put_page(page);
	KTEST_EQ(get_user(v, ADDR(2)), 0);
	KTEST_EQ(v, 9);
	leave(mm);
	toy_close(toy);
}
KTEST(mm_file_rmap, KTEST_QUICK | KTEST_GROWS, test_rmap);

/* ---- several threads ---- */

struct file_race {
	struct mm_struct *mm;
	struct toy *toy;
	atomic_t writers;
};

#define STABLE 4	/* pages that are never truncated: every store there must survive */

static long file_writer(struct file_race *r, int id)
{
	u64 rnd = 99991 + (u64)id * 31, mine[STABLE] = {0}, got;
	long bad = 0;
	int n;

	for (n = 0; n < 2500; n++) {
		int i = test_random(&rnd) % NPAGES;
		u64 v = test_random(&rnd);

		if (i >= STABLE) {
			/* may be beyond the end just now */
			(void)put_user(v, ADDR(i) + id);
			continue;
		}
		if (v & 1) {
			if (put_user(v, ADDR(i) + id))
				bad++;
			else
				mine[i] = v;
		} else if (mine[i]) {
			bad += get_user(got, ADDR(i) + id) || got != mine[i];
		}
	}
	atomic_dec(&r->writers);
	return bad;
}

static long file_flusher(struct file_race *r)
{
	while (atomic_read(&r->writers)) {
		filemap_write_and_wait(r->toy->inode->i_mapping);
		cond_resched();
	}
	return 0;
}

static long file_truncater(struct file_race *r)
{
	u64 rnd = 7;

	while (atomic_read(&r->writers)) {
		shrink(r->toy, (STABLE + test_random(&rnd) % (NPAGES - STABLE + 1)) * PAGE_SIZE);
		cond_resched();
	}
	shrink(r->toy, NPAGES * PAGE_SIZE);
	return 0;
}

static long file_unmapper(struct file_race *r)
{
	u64 rnd = 13;

	while (atomic_read(&r->writers)) {
		struct page *page = find_get_page(r->toy->inode->i_mapping,
						  test_random(&rnd) % NPAGES);

		if (page && trylock_page(page)) {
			if (page->mapping)
				try_to_unmap(page, TTU_IGNORE_ACCESS);
			unlock_page(page);
		}
		if (page)
			put_page(page);
		cond_resched();
	}
	return 0;
}

static long file_race_member(void *arg, int id)
{
	struct file_race *r = arg;
	long bad;

	mm_test_enter(r->mm);
	if (id == 0)
		bad = file_flusher(r);
	else if (id == 1)
		bad = file_truncater(r);
	else if (id == 2)
		bad = file_unmapper(r);
	else
		bad = file_writer(r, id);
	mm_test_leave();
	return bad;
}

static void test_file_race(void)
{
	struct file_race r = {.toy = toy_open(NPAGES * PAGE_SIZE)};

	KTEST_ASSERT(r.toy);
	r.mm = enter();
	KTEST_ASSERT(r.mm);
	atomic_set(&r.writers, 3);
	KTEST_EXPECT(map_toy(r.toy, PROT_READ | PROT_WRITE, MAP_SHARED));
	KTEST_EQ(mm_test_threads(6, file_race_member, &r), 0L);
	leave(r.mm);
	toy_close(r.toy);
}
KTEST(mm_file_race, KTEST_QUICK | KTEST_GROWS, test_file_race);

/* ---- dirty tracking while protections change ---- */

/*
 * Takes the write permission away and gives it back, over and over: each change empties the entry
 * for a moment, in which page_mkclean() must not overlook it.
 */
static long protect_toggler(struct file_race *r)
{
	long bad = 0;

	while (atomic_read(&r->writers)) {
		bad += sys_mprotect(BASE, NPAGES << PAGE_SHIFT, PROT_READ) != 0;
		bad += sys_mprotect(BASE, NPAGES << PAGE_SHIFT, PROT_READ | PROT_WRITE) != 0;
	}
	return bad;
}

/* With the page locked, a dirty entry means a dirty page. */
static long dirty_checker(struct file_race *r)
{
	u64 rnd = 5;
	long bad = 0;

	while (atomic_read(&r->writers)) {
		int i = test_random(&rnd) % NPAGES;
		struct page *page = find_lock_page(r->toy->inode->i_mapping, i);

		if (!page)
			continue;
		/* store and mkwrite in progress need the lock, so the two agree */
		if (pte_dirty(entry_of(r->mm, i)) && !PageDirty(page))
			bad++;
		unlock_page(page);
		put_page(page);
		cond_resched();
	}
	return bad;
}

static long storer(struct file_race *r, int id)
{
	u64 rnd = 424243 + (u64)id;
	int n;

	for (n = 0; n < 3000; n++)
		(void)put_user(test_random(&rnd), ADDR(test_random(&rnd) % NPAGES) + id);
	atomic_dec(&r->writers);
	return 0;
}

static long protect_race_member(void *arg, int id)
{
	struct file_race *r = arg;
	long bad;

	mm_test_enter(r->mm);
	if (id == 0)
		bad = file_flusher(r);
	else if (id == 1)
		bad = protect_toggler(r);
	else if (id == 2)
		bad = dirty_checker(r);
	else
		bad = storer(r, id);
	mm_test_leave();
	return bad;
}

static void test_protect_race(void)
{
	struct file_race r = {.toy = toy_open(NPAGES * PAGE_SIZE)};

	KTEST_ASSERT(r.toy);
	r.mm = enter();
	KTEST_ASSERT(r.mm);
	atomic_set(&r.writers, 2);
	KTEST_EXPECT(map_toy(r.toy, PROT_READ | PROT_WRITE, MAP_SHARED));
	KTEST_EQ(mm_test_threads(5, protect_race_member, &r), 0L);
	leave(r.mm);
	toy_close(r.toy);
}
KTEST(mm_file_protect_race, KTEST_QUICK | KTEST_GROWS, test_protect_race);
