// SPDX-License-Identifier: MIT
/*
 * munmap, brk, and the growth of stacks.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "mm/internal.h"
#include "mm/mman.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/swap.h"
#include "mm/tlb.h"

/* Take the areas that lie in [.., end), from @vma on, out of the tree; a list by vm_next. */
static struct vm_area_struct *detach_vmas(struct mm_struct *mm, struct vm_area_struct *vma,
					  unsigned long end)
{
	struct vm_area_struct *head = vma, *last = NULL, *next;

	while (vma && vma->vm_start < end) {
		next = vma->vm_next;
		vma_unlink(mm, vma);
		/* unlinking left vm_next alone: inside the range it still names the next area */
		last = vma;
		vma = next;
	}
	last->vm_next = NULL;
	return head;
}

/* mmap_sem exclusive.  0, -EINVAL or -ENOMEM (nothing has been unmapped then). */
int do_munmap(struct mm_struct *mm, unsigned long start, size_t len)
{
	struct vm_area_struct *vma, *prev, *next, *last;
	struct mmu_gather tlb;
	unsigned long end;
	int err;

	if ((start & ~PAGE_MASK) || start > TASK_SIZE || len > TASK_SIZE - start)
		return -EINVAL;
	len = PAGE_ALIGN(len);
	if (!len)
		return -EINVAL;
	end = start + len;
	vma = find_vma(mm, start);
	if (!vma || vma->vm_start >= end)
		return 0;
	if (start > vma->vm_start) {
		/* a hole punched into one area leaves one more than before */
		if (end < vma->vm_end && mm->map_count >= MAX_MAP_COUNT)
			return -ENOMEM;
		err = split_vma(mm, vma, start, true);
		if (err)
			return err;
	}
	last = find_vma(mm, end);
	if (last && end > last->vm_start) {
		err = split_vma(mm, last, end, true);
		if (err) {
			vma_merge_neighbours(find_vma(mm, start));
			return err;
		}
	}
	vma = find_vma_prev(mm, start, &prev);
	vma = detach_vmas(mm, vma, end);
	next = find_vma(mm, end);

	lru_add_drain();
	tlb_gather_mmu(&tlb, mm, start, end);
	unmap_vmas(&tlb, vma, start, end);
	free_pgtables(&tlb, vma, prev ? prev->vm_end : 0, next ? next->vm_start : 0);
	tlb_finish_mmu(&tlb);

	while (vma) {
		next = vma->vm_next;
		vm_stat_account(mm, vma->vm_flags, -(long)vma_pages(vma));
		if (vma->vm_flags & VM_LOCKED)
			mm->locked_vm -= vma_pages(vma);
		remove_vma(vma);
		vma = next;
	}
	return 0;
}

/* For the current task; takes mmap_sem. */
int vm_munmap(unsigned long start, size_t len)
{
	struct mm_struct *mm = current->mm;
	int err;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	err = do_munmap(mm, start, len);
	up_write(&mm->mmap_sem);
	return err;
}

/* ---- anonymous memory at a given place ---- */

/* mmap_sem exclusive.  What is mapped in the range now goes away. */
int do_brk_flags(unsigned long addr, unsigned long len, unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	unsigned long vm_flags = VM_DATA_DEFAULT_FLAGS | mm->def_flags | (flags & VM_EXEC);
	unsigned long ret;

	len = PAGE_ALIGN(len);
	if (!len)
		return 0;
	if ((addr & ~PAGE_MASK) || addr < MMAP_MIN_ADDR || addr > TASK_SIZE ||
	    len > TASK_SIZE - addr)
		return -EINVAL;
	if (mlock_future_check(mm, vm_flags, len))
		return -EAGAIN;
	ret = mmap_region(NULL, addr, len, vm_flags, addr >> PAGE_SHIFT);
	return IS_ERR_VALUE(ret) ? (int)ret : 0;
}

/* For the current task; takes mmap_sem.  @flags: 0 or VM_EXEC. */
int vm_brk_flags(unsigned long addr, unsigned long len, unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	bool populate;
	int err;

	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	err = do_brk_flags(addr, len, flags);
	populate = mm->def_flags & VM_LOCKED;
	up_write(&mm->mmap_sem);
	if (populate && !err)
		mm_populate(addr, len);
	return err;
}

/* ---- stacks ---- */

/*
 * Extend @vma (VM_GROWSDOWN) down to @address.  mmap_sem exclusive.  -ENOMEM at the stack limit,
 * the address space limit, or the gap kept to the area below.
 */
int expand_stack(struct vm_area_struct *vma, unsigned long address)
{
	struct mm_struct *mm = vma->vm_mm;
	struct vm_area_struct *prev = vma->vm_prev;
	unsigned long size, grow;

	address &= PAGE_MASK;
	if (address < MMAP_MIN_ADDR)
		return -EPERM;
	if (address >= vma->vm_start)
		return 0;
	if (prev && !(prev->vm_flags & VM_GROWSDOWN) && (prev->vm_flags & VM_ACCESS_FLAGS) &&
	    (address < STACK_GUARD_GAP || address - STACK_GUARD_GAP < prev->vm_end))
		return -ENOMEM;
	if (prev && address < prev->vm_end)
		return -ENOMEM;
	size = vma->vm_end - address;
	grow = (vma->vm_start - address) >> PAGE_SHIFT;
	if (size > rlimit(RLIMIT_STACK) || grow > vma->vm_pgoff ||
	    !may_expand_vm(mm, vma->vm_flags, grow) ||
	    mlock_future_check(mm, vma->vm_flags, grow << PAGE_SHIFT))
		return -ENOMEM;
	vma_adjust_bounds(vma, address, vma->vm_end, vma->vm_pgoff - grow);
	vm_stat_account(mm, vma->vm_flags, (long)grow);
	if (vma->vm_flags & VM_LOCKED)
		mm->locked_vm += grow;
	return 0;
}
