// SPDX-License-Identifier: MIT
/*
 * /proc/PID/smaps and smaps_rollup: how much of each area, or of all, is in memory, and whose it is; and pagemap, one word for each page.
 *
 * The page tables are walked under mmap_sem. A page's share of an area (Pss) is its size divided by how often it is mapped; the
 * sums are kept in 1/4096 of a byte so that what is divided adds up.
 */
#include "fs/fs.h"
#include "fs/proc/pid_mm.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/internal.h"
#include "mm/page.h"
#include "mm/page_flags.h"
#include "mm/pagewalk.h"
#include "mm/pgtable.h"
#include "mm/slab.h"

#define PSS_SHIFT 12

struct usage {
	unsigned long size, rss, shared_clean, shared_dirty, private_clean, private_dirty, referenced, anonymous; /* bytes */
	u64 pss, pss_dirty, pss_anon, pss_file, pss_locked; /* bytes << PSS_SHIFT */
};

static void add_page(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, void *arg)
{
	pte_t pte = pte_read(ptep);
	struct page *page = pte_present(pte) ? vm_normal_page(vma, addr, pte) : NULL;
	struct usage *u = arg;
	int mapped;
	bool dirty;
	u64 share;

	if (!page)
		return;
	mapped = max(page_mapcount(page), 1);
	dirty = pte_dirty(pte) || PageDirty(page);
	share = ((u64)PAGE_SIZE << PSS_SHIFT) / mapped;
	u->rss += PAGE_SIZE;
	u->pss += share;
	if (dirty)
		u->pss_dirty += share;
	if (mapped > 1)
		*(dirty ? &u->shared_dirty : &u->shared_clean) += PAGE_SIZE;
	else
		*(dirty ? &u->private_dirty : &u->private_clean) += PAGE_SIZE;
	if (pte_young(pte) || PageReferenced(page))
		u->referenced += PAGE_SIZE;
	if (PageAnon(page)) {
		u->anonymous += PAGE_SIZE;
		u->pss_anon += share;
	} else {
		u->pss_file += share;
	}
	if (vma->vm_flags & VM_LOCKED)
		u->pss_locked += share;
}

static void add_area(struct vm_area_struct *vma, struct usage *u)
{
	u->size += vma->vm_end - vma->vm_start;
	walk_entries(vma, vma->vm_start, vma->vm_end, add_page, u);
}

/* "%-15s %8llu kB\n". There are twenty such lines for each area, so they are not made by the interpreter of formats. */
static void show_kib(struct seq_file *m, const char *name, u64 bytes)
{
	char line[] = "                         kB\n";
	char *digit = line + 24;
	u64 kib = bytes >> 10;

	if (kib > 99999999) {
		seq_printf(m, "%-15s %8llu kB\n", name, kib);
		return;
	}
	for (unsigned int i = 0; name[i]; i++)
		line[i] = name[i];
	do
		*--digit = '0' + kib % 10;
	while (kib /= 10);
	seq_write(m, line, sizeof(line) - 1);
}

static void show_usage(struct seq_file *m, const struct usage *u, bool rollup)
{
	show_kib(m, "Rss:", u->rss);
	show_kib(m, "Pss:", u->pss >> PSS_SHIFT);
	show_kib(m, "Pss_Dirty:", u->pss_dirty >> PSS_SHIFT);
	if (rollup) {
		show_kib(m, "Pss_Anon:", u->pss_anon >> PSS_SHIFT);
		show_kib(m, "Pss_File:", u->pss_file >> PSS_SHIFT);
	}
	show_kib(m, "Shared_Clean:", u->shared_clean);
	show_kib(m, "Shared_Dirty:", u->shared_dirty);
	show_kib(m, "Private_Clean:", u->private_clean);
	show_kib(m, "Private_Dirty:", u->private_dirty);
	show_kib(m, "Referenced:", u->referenced);
	show_kib(m, "Anonymous:", u->anonymous);
	show_kib(m, "AnonHugePages:", 0);
	show_kib(m, "Swap:", 0);
	show_kib(m, "SwapPss:", 0);
	show_kib(m, "Locked:", u->pss_locked >> PSS_SHIFT);
}

static void show_flags(struct seq_file *m, unsigned long flags)
{
	static const struct {
		unsigned long flag;
		const char *word;
	} words[] = {
		{ VM_READ, "rd " }, { VM_WRITE, "wr " }, { VM_EXEC, "ex " }, { VM_SHARED, "sh " }, { VM_MAYREAD, "mr " },
		{ VM_MAYWRITE, "mw " }, { VM_MAYEXEC, "me " }, { VM_MAYSHARE, "ms " }, { VM_GROWSDOWN, "gd " }, { VM_PFNMAP, "pf " },
		{ VM_LOCKED, "lo " }, { VM_IO, "io " }, { VM_SEQ_READ, "sr " }, { VM_RAND_READ, "rr " }, { VM_DONTCOPY, "dc " },
		{ VM_DONTEXPAND, "de " }, { VM_LOCKONFAULT, "lf " }, { VM_ACCOUNT, "ac " }, { VM_NORESERVE, "nr " },
		{ VM_UFFD_MISSING, "um " }, { VM_WIPEONFORK, "wf " }, { VM_DONTDUMP, "dd " }, { VM_MIXEDMAP, "mm " },
		{ VM_HUGEPAGE, "hg " }, { VM_NOHUGEPAGE, "nh " }, { VM_MERGEABLE, "mg " },
	};

	seq_write(m, "VmFlags: ", 9);
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (flags & words[i].flag)
			seq_write(m, words[i].word, 3);
	seq_putc(m, '\n');
}

static int smaps_show(struct seq_file *m, void *v)
{
	struct vm_area_struct *vma = v;
	struct usage u = { 0 };
	int err = pid_show_area(m, vma);

	add_area(vma, &u);
	show_kib(m, "Size:", u.size);
	show_kib(m, "KernelPageSize:", PAGE_SIZE);
	show_kib(m, "MMUPageSize:", PAGE_SIZE);
	show_usage(m, &u, false);
	seq_puts(m, "THPeligible:           0\n");
	show_flags(m, vma->vm_flags);
	return err;
}

static const struct seq_operations smaps_ops = {
	.start = pid_maps_start,
	.next = pid_maps_next,
	.stop = pid_maps_stop,
	.show = smaps_show,
};

static int smaps_open(struct inode *inode, struct file *file)
{
	return pid_maps_open(inode, file, &smaps_ops);
}

const struct file_operations pid_smaps_operations = {
	.open = smaps_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.release = pid_maps_release,
};

/* ---- smaps_rollup: one record, of the first area's sequence ---- */

static void *rollup_next(struct seq_file *m, void *v, loff_t *pos)
{
	pid_maps_stop(m, v);
	++*pos;
	return NULL;
}

static void *rollup_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? NULL : pid_maps_start(m, pos);
}

static int rollup_show(struct seq_file *m, void *v)
{
	struct vm_area_struct *first = v, *vma;
	unsigned long end = first->vm_end;
	struct usage u = { 0 };

	for (vma = first; vma; vma = vma->vm_next) {
		add_area(vma, &u);
		end = vma->vm_end;
	}
	pid_show_area_head(m, first->vm_start, end, 0, 0, 0, 0);
	seq_printf(m, "%*s[rollup]\n", 73 - 49, "");
	show_usage(m, &u, true);
	return 0;
}

static const struct seq_operations rollup_ops = {
	.start = rollup_start,
	.next = rollup_next,
	.stop = pid_maps_stop,
	.show = rollup_show,
};

static int rollup_open(struct inode *inode, struct file *file)
{
	return pid_maps_open(inode, file, &rollup_ops);
}

const struct file_operations pid_smaps_rollup_operations = {
	.open = rollup_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.release = pid_maps_release,
};

/* ---- pagemap: 8 bytes for each page of the address space; frame numbers are nobody's business ---- */

#define PM_FILE_OR_SHARED (1ULL << 61)
#define PM_EXCLUSIVE	  (1ULL << 56)
#define PM_PRESENT	  (1ULL << 63)
#define PM_WORDS	  512

struct pagemap_piece {
	unsigned long start;
	u64 word[PM_WORDS];
};

static void map_page(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep, void *arg)
{
	struct pagemap_piece *piece = arg;
	pte_t pte = pte_read(ptep);
	struct page *page;
	u64 word;

	if (!pte_present(pte))
		return;
	word = PM_PRESENT;
	page = vm_normal_page(vma, addr, pte);
	if (page && !PageAnon(page))
		word |= PM_FILE_OR_SHARED;
	if (page && page_mapcount(page) == 1)
		word |= PM_EXCLUSIVE;
	piece->word[(addr - piece->start) >> PAGE_SHIFT] = word;
}

/* The words of @count pages from @start on. 0 or -errno. */
static int map_piece(struct mm_struct *mm, struct pagemap_piece *piece, unsigned long start, unsigned int count)
{
	unsigned long end = start + ((unsigned long)count << PAGE_SHIFT);
	struct vm_area_struct *vma;

	memset(piece->word, 0, count * sizeof(u64));
	piece->start = start;
	if (!mmget_not_zero(mm))
		return 0;
	if (down_read_killable(&mm->mmap_sem)) {
		mmput(mm);
		return -EINTR;
	}
	for (vma = find_vma(mm, start); vma && vma->vm_start < end; vma = vma->vm_next)
		walk_entries(vma, max(start, vma->vm_start), min(end, vma->vm_end), map_page, piece);
	up_read(&mm->mmap_sem);
	mmput(mm);
	return 0;
}

/* Pages from @start on in which nothing is mapped. Most of an address space is such gaps, of gigabytes. */
static u64 gap_at(struct mm_struct *mm, unsigned long start)
{
	unsigned long end = mm->task_size;
	struct vm_area_struct *vma;

	if (!mmget_not_zero(mm))
		return (end - start) >> PAGE_SHIFT;
	if (down_read_killable(&mm->mmap_sem)) {
		mmput(mm);
		return 0;
	}
	vma = find_vma(mm, start);
	if (vma)
		end = max(vma->vm_start, start);
	up_read(&mm->mmap_sem);
	mmput(mm);
	return (end - start) >> PAGE_SHIFT;
}

static ssize_t pagemap_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	struct mm_struct *mm = file->private_data;
	struct pagemap_piece *piece;
	size_t done = 0;
	int err = 0;

	if (*pos < 0 || *pos % sizeof(u64) || count % sizeof(u64))
		return -EINVAL;
	if (!mm)
		return 0;
	piece = kmalloc(sizeof(*piece), GFP_KERNEL);
	if (!piece)
		return -ENOMEM;
	while (done < count && !err) {
		u64 page = *pos / sizeof(u64), pages = mm->task_size >> PAGE_SHIFT, gap, n = (count - done) / sizeof(u64);

		if (page >= pages)
			break;
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
		gap = gap_at(mm, page << PAGE_SHIFT);
		if (gap) {
			n = min(n, min(gap, pages - page));
			err = clear_user(buf + done, n * sizeof(u64)) ? -EFAULT : 0;
		} else {
			n = min_t(u64, n, min_t(u64, pages - page, PM_WORDS));
			err = map_piece(mm, piece, page << PAGE_SHIFT, n);
			if (!err && copy_to_user(buf + done, piece->word, n * sizeof(u64)))
				err = -EFAULT;
		}
		if (!err) {
			done += n * sizeof(u64);
			*pos += n * sizeof(u64);
		}
	}
	kfree(piece);
	return done ? (ssize_t)done : err;
}

static int pagemap_open(struct inode *inode, struct file *file)
{
	struct mm_struct *mm = pid_open_mm(inode);

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	file->private_data = mm;
	return 0;
}

static int pagemap_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		mmdrop(file->private_data);
	return 0;
}

static loff_t pagemap_lseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek_size(file, offset, whence, LLONG_MAX, 0);
}

const struct file_operations pid_pagemap_operations = {
	.open = pagemap_open,
	.read = pagemap_read,
	.llseek = pagemap_lseek,
	.release = pagemap_release,
};
