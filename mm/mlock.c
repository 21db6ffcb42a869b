// SPDX-License-Identifier: MIT
/*
 * mlock and its family.  A locked area's pages are faulted in, and reclaim, which meets VM_LOCKED on
 * its reverse walk, leaves them alone.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "mm/internal.h"
#include "mm/mman.h"
#include "mm/pgtable.h"
#include "mm/swap.h"

/* A page that no locked area maps any more goes back to the ordinary lists. */
static void munlock_page(struct page *page)
{
	if (!TestClearPageMlocked(page))
		return;
	if (!isolate_lru_page(page)) {
		ClearPageUnevictable(page);
		putback_lru_page(page);
	}
}

/* mmap_sem exclusive. */
static void munlock_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	lru_add_drain();
	for (; start < end; start += PAGE_SIZE) {
		pmd_t *pmd = mm_find_pmd(vma->vm_mm, start);
		struct page *page = NULL;
		spinlock_t *ptl;
		pte_t *pte;

		if (!pmd) {
			start = ((start + PMD_SIZE) & PMD_MASK) - PAGE_SIZE;
			continue;
		}
		pte = pte_offset_map_lock(vma->vm_mm, pmd, start, &ptl);
		if (pte_present(pte_read(pte)))
			page = vm_normal_page(vma, start, pte_read(pte));
		if (page)
			get_page(page);
		pte_unmap_unlock(pte, ptl);
		if (page) {
			munlock_page(page);
			put_page(page);
		}
	}
}

/* [start, end) of *@pvma gets exactly the lock flags @lock.  mmap_sem exclusive. */
static int mlock_fixup(struct vm_area_struct **pvma, unsigned long start, unsigned long end,
		       unsigned long lock)
{
	struct vm_area_struct *vma = *pvma;
	struct mm_struct *mm = vma->vm_mm;
	unsigned long flags = (vma->vm_flags & VM_LOCKED_CLEAR_MASK) | lock;
	long pages = (long)((end - start) >> PAGE_SHIFT);
	bool was = vma->vm_flags & VM_LOCKED;
	int err;

	if (flags == vma->vm_flags || (vma->vm_flags & VM_SPECIAL))
		return 0;
	if (start != vma->vm_start) {
		err = split_vma(mm, vma, start, true);
		if (err)
			return err;
	}
	if (end != vma->vm_end) {
		err = split_vma(mm, vma, end, false);
		if (err)
			return err;
	}
	if (was && !(lock & VM_LOCKED)) {
		mm->locked_vm -= pages;
		munlock_pages(vma, start, end);
	} else if (!was && (lock & VM_LOCKED)) {
		mm->locked_vm += pages;
	}
	vma->vm_flags = flags;
	*pvma = vma_merge_neighbours(vma);
	return 0;
}

/* The whole range must be mapped.  mmap_sem exclusive. */
static int apply_lock_flags(struct mm_struct *mm, unsigned long start, unsigned long end,
			    unsigned long lock)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	if (!vma || vma->vm_start > start)
		return -ENOMEM;
	while (start < end) {
		unsigned long stop = min(vma->vm_end, end);
		int err = mlock_fixup(&vma, start, stop, lock);

		if (err)
			return err;
		start = stop;
		if (start >= end)
			break;
		if (vma->vm_end <= start)
			vma = vma->vm_next;
		if (!vma || vma->vm_start > start)
			return -ENOMEM;
	}
	return 0;
}

/* Pages of the range that are locked already: they do not count against the limit twice. */
static unsigned long count_locked(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;
	unsigned long n = 0;

	for (vma = find_vma(mm, start); vma && vma->vm_start < end; vma = vma->vm_next) {
		if (vma->vm_flags & VM_LOCKED)
			n += (min(vma->vm_end, end) - max(vma->vm_start, start)) >> PAGE_SHIFT;
	}
	return n;
}

static long do_mlock(unsigned long start, size_t len, unsigned long lock)
{
	struct mm_struct *mm = current->mm;
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT, locked;
	int err = -ENOMEM;

	if (!limit && !capable(CAP_IPC_LOCK))
		return -EPERM;
	len = PAGE_ALIGN(len + (start & ~PAGE_MASK));
	start &= PAGE_MASK;
	if (start + len < start)
		return -EINVAL;
	if (!len)
		return 0;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	locked = mm->locked_vm + (len >> PAGE_SHIFT);
	if (locked > limit && !capable(CAP_IPC_LOCK))
		locked -= count_locked(mm, start, start + len);
	if (locked <= limit || capable(CAP_IPC_LOCK))
		err = apply_lock_flags(mm, start, start + len, lock);
	up_write(&mm->mmap_sem);
	if (err)
		return err;
	err = populate_range(start, len, false);
	/* what Linux returns for pages that cannot be had */
	if (err == -EFAULT)
		return -ENOMEM;
	return err == -ENOMEM ? -EAGAIN : err;
}

long sys_mlock(unsigned long start, size_t len)
{
	return do_mlock(start, len, VM_LOCKED);
}

long sys_mlock2(unsigned long start, size_t len, int flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return do_mlock(start, len, VM_LOCKED | ((flags & MLOCK_ONFAULT) ? VM_LOCKONFAULT : 0));
}

long sys_munlock(unsigned long start, size_t len)
{
	struct mm_struct *mm = current->mm;
	int err;

	len = PAGE_ALIGN(len + (start & ~PAGE_MASK));
	start &= PAGE_MASK;
	if (start + len < start)
		return -EINVAL;
	if (!len)
		return 0;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	err = apply_lock_flags(mm, start, start + len, 0);
	up_write(&mm->mmap_sem);
	return err;
}

/* mmap_sem exclusive. */
static void apply_mlockall(struct mm_struct *mm, int flags)
{
	struct vm_area_struct *vma;
	unsigned long lock = 0;

	mm->def_flags &= VM_LOCKED_CLEAR_MASK;
	if (flags & MCL_FUTURE) {
		mm->def_flags |= VM_LOCKED;
		if (flags & MCL_ONFAULT)
			mm->def_flags |= VM_LOCKONFAULT;
		if (!(flags & MCL_CURRENT))
			return;
	}
	if (flags & MCL_CURRENT)
		lock = VM_LOCKED | ((flags & MCL_ONFAULT) ? VM_LOCKONFAULT : 0);
	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		/* an area that cannot be changed for want of memory keeps its flags, as on Linux */
		(void)mlock_fixup(&vma, vma->vm_start, vma->vm_end, lock);
	}
}

long sys_mlockall(int flags)
{
	struct mm_struct *mm = current->mm;
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	int err = 0;

	if (!flags || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) || flags == MCL_ONFAULT)
		return -EINVAL;
	if (!limit && !capable(CAP_IPC_LOCK))
		return -EPERM;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	if ((flags & MCL_CURRENT) && mm->total_vm > limit && !capable(CAP_IPC_LOCK))
		err = -ENOMEM;
	else
		apply_mlockall(mm, flags);
	up_write(&mm->mmap_sem);
	if (!err && (flags & MCL_CURRENT))
		mm_populate(0, TASK_SIZE);
	return err;
}

long sys_munlockall(void)
{
	struct mm_struct *mm = current->mm;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	apply_mlockall(mm, 0);
	up_write(&mm->mmap_sem);
	return 0;
}
