// SPDX-License-Identifier: MIT
/*
 * madvise: hints about a range, and the two that are not hints (DONTNEED and REMOVE drop contents).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "fs/fs.h"
#include "mm/internal.h"
#include "mm/mman.h"
#include "mm/pagemap.h"
#include "mm/pgtable.h"

#define FALLOC_KEEP_SIZE  0x01
#define FALLOC_PUNCH_HOLE 0x02

/*
 * Advice that is a flag of the area.  Nothing makes huge pages or merges equal ones, as on a Linux where neither is switched on: the
 * program may say where it would like them, and /proc/PID/smaps tells it.  mmap_sem exclusive.
 */
static int advise_flags(struct vm_area_struct **pvma, unsigned long start, unsigned long end,
			int advice)
{
	struct vm_area_struct *vma = *pvma;
	unsigned long flags = vma->vm_flags;
	int err;

	switch (advice) {
	case MADV_NORMAL:
		flags &= ~(VM_RAND_READ | VM_SEQ_READ);
		break;
	case MADV_SEQUENTIAL:
		flags = (flags & ~VM_RAND_READ) | VM_SEQ_READ;
		break;
	case MADV_RANDOM:
		flags = (flags & ~VM_SEQ_READ) | VM_RAND_READ;
		break;
	case MADV_DONTFORK:
		flags |= VM_DONTCOPY;
		break;
	case MADV_DOFORK:
		if (flags & VM_IO)
			return -EINVAL;
		flags &= ~VM_DONTCOPY;
		break;
	case MADV_WIPEONFORK:
		if (vma->vm_file || (flags & VM_SHARED))
			return -EINVAL;
		flags |= VM_WIPEONFORK;
		break;
	case MADV_KEEPONFORK:
		flags &= ~VM_WIPEONFORK;
		break;
	case MADV_DONTDUMP:
		flags |= VM_DONTDUMP;
		break;
	case MADV_DODUMP:
		if (flags & VM_SPECIAL)
			return -EINVAL;
		flags &= ~VM_DONTDUMP;
		break;
	case MADV_MERGEABLE: /* shared memory is passed over */
		if (!(flags & (VM_SPECIAL | VM_SHARED | VM_MAYSHARE)))
			flags |= VM_MERGEABLE;
		break;
	case MADV_UNMERGEABLE:
		flags &= ~VM_MERGEABLE;
		break;
	case MADV_HUGEPAGE:
		if (flags & VM_SPECIAL)
			return -EINVAL;
		flags = (flags & ~VM_NOHUGEPAGE) | VM_HUGEPAGE;
		break;
	case MADV_NOHUGEPAGE:
		if (flags & VM_SPECIAL)
			return -EINVAL;
		flags = (flags & ~VM_HUGEPAGE) | VM_NOHUGEPAGE;
		break;
	}
	if (flags == vma->vm_flags)
		return 0;
	if (start != vma->vm_start) {
		err = split_vma(vma->vm_mm, vma, start, true);
		if (err)
			return err;
	}
	if (end != vma->vm_end) {
		err = split_vma(vma->vm_mm, vma, end, false);
		if (err)
			return err;
	}
	vma->vm_flags = flags;
	*pvma = vma_merge_neighbours(vma);
	return 0;
}

/* The two below drop mmap_sem: *@pvma is NULL afterwards and the caller looks the next area up. */
static int advise_willneed(struct vm_area_struct **pvma, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = *pvma;
	struct file *file = vma->vm_file;
	struct mm_struct *mm = vma->vm_mm;
	loff_t offset;

	if (!file)
		return vma_is_anonymous(vma) ? 0 : -EBADF;
	offset = (loff_t)(start - vma->vm_start) + ((loff_t)vma->vm_pgoff << PAGE_SHIFT);
	get_file(file);
	up_read(&mm->mmap_sem);
	*pvma = NULL;
	force_page_cache_readahead(file->f_mapping, file, offset >> PAGE_SHIFT,
				   (end - start) >> PAGE_SHIFT);
	fput(file);
	down_read(&mm->mmap_sem);
	return 0;
}

static int advise_remove(struct vm_area_struct **pvma, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = *pvma;
	struct file *file = vma->vm_file;
	struct mm_struct *mm = vma->vm_mm;
	loff_t offset;
	int err;

	if (vma->vm_flags & VM_LOCKED)
		return -EINVAL;
	if (!file || !file->f_mapping)
		return -EINVAL;
	if ((vma->vm_flags & (VM_SHARED | VM_WRITE)) != (VM_SHARED | VM_WRITE))
		return -EACCES;
	offset = (loff_t)(start - vma->vm_start) + ((loff_t)vma->vm_pgoff << PAGE_SHIFT);
	get_file(file);
	up_read(&mm->mmap_sem);
	*pvma = NULL;
	err = vfs_fallocate(file, FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, offset, end - start);
	fput(file);
	down_read(&mm->mmap_sem);
	return err;
}

/*
 * DONTNEED drops private pages and entries, of locked memory only as DONTNEED_LOCKED.  FREE says that the contents may go at any time: they
 * go now, which is one of the times allowed.
 */
static int advise_drop(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		       int advice)
{
	if (vma->vm_flags & ((advice == MADV_DONTNEED_LOCKED ? 0 : VM_LOCKED) | VM_PFNMAP))
		return -EINVAL;
	if (advice == MADV_FREE && !vma_is_anonymous(vma))
		return -EINVAL;
	zap_page_range(vma, start, end - start);
	return 0;
}

/*
 * COLD: reclaim is to take these pages first, so they look unused. PAGEOUT: now, as far as that can be done at once: clean pages of a
 * shared file mapping go. Others have nowhere to go to before they are written, or at all.
 */
static int advise_cold(struct vm_area_struct *vma, unsigned long start, unsigned long end, int advice)
{
	struct address_space *mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL;
	unsigned long addr;

	if (vma->vm_flags & (VM_LOCKED | VM_PFNMAP))
		return -EINVAL;
	for (addr = start; addr < end; addr += PAGE_SIZE) {
		pmd_t *pmd = mm_find_pmd(vma->vm_mm, addr);
		struct page *page;
		spinlock_t *ptl;
		pte_t *pte;

		if (!pmd) {
			addr = ((addr + PMD_SIZE) & PMD_MASK) - PAGE_SIZE;
			continue;
		}
		pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
		page = pte_present(pte_read(pte)) ? vm_normal_page(vma, addr, pte_read(pte)) : NULL;
		if (page) {
			ptep_test_and_clear_young(pte);
			ClearPageReferenced(page);
		}
		pte_unmap_unlock(pte, ptl);
		cond_resched();
	}
	if (advice == MADV_PAGEOUT && mapping && (vma->vm_flags & VM_SHARED)) {
		pgoff_t first = linear_page_index(vma, start);

		zap_page_range(vma, start, end - start);
		invalidate_mapping_pages(mapping, first, first + ((end - start) >> PAGE_SHIFT) - 1);
	}
	return 0;
}

static int advise_area(struct vm_area_struct **pvma, unsigned long start, unsigned long end,
		       int advice)
{
	switch (advice) {
	case MADV_WILLNEED:
		return advise_willneed(pvma, start, end);
	case MADV_REMOVE:
		return advise_remove(pvma, start, end);
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
		return advise_drop(*pvma, start, end, advice);
	case MADV_COLD:
	case MADV_PAGEOUT:
		return advise_cold(*pvma, start, end, advice);
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return fault_in_area(*pvma, start, end, advice == MADV_POPULATE_WRITE);
	default:
		return advise_flags(pvma, start, end, advice);
	}
}

static bool advice_known(int advice)
{
	switch (advice) {
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
	case MADV_REMOVE:
	case MADV_DONTFORK:
	case MADV_DOFORK:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_WIPEONFORK:
	case MADV_KEEPONFORK:
	case MADV_MERGEABLE:
	case MADV_UNMERGEABLE:
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return true;
	}
	return false;	/* poisoning, and making huge pages at once: not here */
}

static bool advice_only_reads_areas(int advice)
{
	switch (advice) {
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
	case MADV_REMOVE:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return true;
	}
	return false;
}

/* mmap_sem held.  Unmapped holes are passed over and remembered as -ENOMEM. */
static int advise_range(struct mm_struct *mm, unsigned long start, unsigned long end, int advice)
{
	struct vm_area_struct *vma = find_vma(mm, start);
	int unmapped = 0, err;
	unsigned long stop;

	while (start < end) {
		if (!vma)
			return -ENOMEM;
		if (start < vma->vm_start) {
			unmapped = -ENOMEM;
			start = vma->vm_start;
			if (start >= end)
				break;
		}
		stop = min(vma->vm_end, end);
		err = advise_area(&vma, start, stop, advice);
		if (err)
			return err;
		start = stop;
		if (!vma || vma->vm_end <= start)
			vma = find_vma(mm, start);
	}
	return unmapped;
}

long do_madvise(struct mm_struct *mm, unsigned long start, size_t len, int behavior)
{
	unsigned long end;
	int err;

	if (!advice_known(behavior) || (start & ~PAGE_MASK))
		return -EINVAL;
	end = start + PAGE_ALIGN(len);
	if ((len && !PAGE_ALIGN(len)) || end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	if (advice_only_reads_areas(behavior)) {
		down_read(&mm->mmap_sem);
		err = advise_range(mm, start, end, behavior);
		up_read(&mm->mmap_sem);
	} else {
		if (down_write_killable(&mm->mmap_sem))
			return -EINTR;
		err = advise_range(mm, start, end, behavior);
		up_write(&mm->mmap_sem);
	}
	return err;
}

long sys_madvise(unsigned long start, size_t len, int behavior)
{
	return do_madvise(current->mm, start, len, behavior);
}
