// SPDX-License-Identifier: MIT
/*
 * mremap: shrink, grow in place, or move a mapping with its page-table entries; the old place goes, or stays behind without pages.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "fs/file.h"
#include "gen/vm_operations_struct.h"
#include "mm/internal.h"
#include "mm/mman.h"
#include "mm/rmap.h"
#include "mm/userfaultfd.h"

/* May [addr, addr + old_len) become @new_len long?  The area, or an error pointer. */
static struct vm_area_struct *vma_to_resize(unsigned long addr, unsigned long old_len,
					    unsigned long new_len, unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma = find_vma(mm, addr);

	if (!vma || vma->vm_start > addr)
		return ERR_PTR(-EFAULT);
	/* old_len 0 asks for a second mapping of the same pages */
	if (!old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return ERR_PTR(-EINVAL);
	if ((flags & MREMAP_DONTUNMAP) && (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP)))
		return ERR_PTR(-EINVAL);
	if (old_len > vma->vm_end - addr)
		return ERR_PTR(-EFAULT);
	/* two areas where there was one */
	if ((flags & MREMAP_DONTUNMAP) && !may_expand_vm(mm, vma->vm_flags, new_len >> PAGE_SHIFT))
		return ERR_PTR(-ENOMEM);
	if (new_len == old_len)
		return vma;
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return ERR_PTR(-EFAULT);
	if (((addr - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff + (new_len >> PAGE_SHIFT) <
	    vma->vm_pgoff)
		return ERR_PTR(-EINVAL);
	if (new_len > old_len) {
		if (mlock_future_check(mm, vma->vm_flags, new_len - old_len))
			return ERR_PTR(-EAGAIN);
		if (!may_expand_vm(mm, vma->vm_flags, (new_len - old_len) >> PAGE_SHIFT))
			return ERR_PTR(-ENOMEM);
	}
	return vma;
}

/* A new area like @vma at @addr, visible, without entries; NULL without memory. */
static struct vm_area_struct *copy_vma(struct vm_area_struct *vma, unsigned long addr,
				       unsigned long len, pgoff_t pgoff)
{
	struct vm_area_struct *new = vm_area_dup(vma);

	if (!new)
		return NULL;
	new->vm_start = addr;
	new->vm_end = addr + len;
	new->vm_pgoff = pgoff;
	userfaultfd_forget(new);
	if (anon_vma_clone(new, vma)) {
		vm_area_free(new);
		return NULL;
	}
	if (new->vm_file)
		get_file(new->vm_file);
	if (new->vm_ops && new->vm_ops->open)
		vmop_open(new->vm_ops, new);
	vma_link(vma->vm_mm, new);
	return new;
}

/*
 * The pages have moved, and with them what was locked: the old place is as if it had never been touched. Its area is unlocked as a
 * whole, as Linux does it.
 */
static void leave_behind(struct mm_struct *mm, unsigned long addr, unsigned long len)
{
	struct vm_area_struct *vma;

	for (vma = find_vma(mm, addr); vma && vma->vm_start < addr + len; vma = vma->vm_next) {
		if (vma->vm_flags & VM_LOCKED)
			mm->locked_vm -= vma_pages(vma);
		vma->vm_flags &= VM_LOCKED_CLEAR_MASK;
	}
}

/* The destination is free.  Its address, or -errno with the old mapping unchanged. */
static unsigned long move_vma(struct vm_area_struct *vma, unsigned long old_addr,
			      unsigned long old_len, unsigned long new_len,
			      unsigned long new_addr, unsigned long flags, unsigned long *populate)
{
	struct mm_struct *mm = vma->vm_mm;
	pgoff_t pgoff = vma->vm_pgoff + ((old_addr - vma->vm_start) >> PAGE_SHIFT);
	unsigned long vm_flags = vma->vm_flags, moved;
	struct vm_area_struct *new;

	/* unmapping the middle of the old area and the new area: up to three more */
	if (mm->map_count >= MAX_MAP_COUNT - 3)
		return -ENOMEM;
	/*
	 * An anonymous area that never had a page can take the offset of its new place, so that it
	 * joins its neighbours there.
	 */
	if (vma_is_anonymous(vma) && !vma->anon_vma)
		pgoff = new_addr >> PAGE_SHIFT;
	new = copy_vma(vma, new_addr, new_len, pgoff);
	if (!new)
		return -ENOMEM;
	vm_stat_account(mm, vm_flags, new_len >> PAGE_SHIFT);
	moved = move_page_tables(vma, old_addr, new, new_addr, old_len, true);
	if (moved < old_len) {
		/* back to where they were; those tables exist, so this cannot fail */
		move_page_tables(new, new_addr, vma, old_addr, moved, true);
		do_munmap(mm, new_addr, new_len);
		return -ENOMEM;
	}
	if (vm_flags & VM_LOCKED) {
		mm->locked_vm += new_len >> PAGE_SHIFT;
		*populate = new_len;
	}
	if (flags & MREMAP_DONTUNMAP)
		leave_behind(mm, old_addr, old_len);
	else if (old_len)
		do_munmap(mm, old_addr, old_len);
	return new_addr;
}

/* MREMAP_FIXED: the destination is given, and what is there goes away. */
static unsigned long mremap_to(unsigned long addr, unsigned long old_len, unsigned long new_addr,
			       unsigned long new_len, unsigned long flags, unsigned long *populate)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err;

	if ((new_addr & ~PAGE_MASK) || new_len > TASK_SIZE || new_addr > TASK_SIZE - new_len ||
	    new_addr < MMAP_MIN_ADDR)
		return -EINVAL;
	if (addr + old_len > new_addr && new_addr + new_len > addr)
		return -EINVAL;
	err = do_munmap(mm, new_addr, new_len);
	if (err)
		return err;
	if (old_len > new_len) {
		err = do_munmap(mm, addr + new_len, old_len - new_len);
		if (err)
			return err;
		old_len = new_len;
	}
	vma = vma_to_resize(addr, old_len, new_len, flags);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	return move_vma(vma, addr, old_len, new_len, new_addr, flags, populate);
}

/* MREMAP_DONTUNMAP alone: to a free place, if possible the one that is wished for. */
static unsigned long mremap_and_keep(unsigned long addr, unsigned long len, unsigned long wish, unsigned long flags, unsigned long *populate)
{
	struct vm_area_struct *vma;
	unsigned long new_addr;
	pgoff_t pgoff;

	if ((wish & ~PAGE_MASK) || len > TASK_SIZE || wish > TASK_SIZE - len || (addr + len > wish && wish + len > addr))
		return -EINVAL;
	vma = vma_to_resize(addr, len, len, flags);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	pgoff = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	new_addr = get_unmapped_area(vma->vm_file, wish, len, pgoff, (vma->vm_flags & VM_MAYSHARE) ? MAP_SHARED : 0);
	if (IS_ERR_VALUE(new_addr))
		return new_addr;
	return move_vma(vma, addr, len, len, new_addr, flags, populate);
}

/* Is the space behind @vma free for @delta bytes more? */
static bool can_grow(struct vm_area_struct *vma, unsigned long delta)
{
	unsigned long end = vma->vm_end + delta;

	if (end < vma->vm_end || end > TASK_SIZE)
		return false;
	return !vma->vm_next || vm_start_gap(vma->vm_next) >= end;
}

static unsigned long do_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
			       unsigned long flags, unsigned long new_addr,
			       unsigned long *populate)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	pgoff_t pgoff;
	int err;

	if (flags & MREMAP_FIXED)
		return mremap_to(addr, old_len, new_addr, new_len, flags, populate);
	if (flags & MREMAP_DONTUNMAP)
		return mremap_and_keep(addr, old_len, new_addr, flags, populate);
	if (old_len >= new_len) {
		if (old_len > new_len) {
			err = do_munmap(mm, addr + new_len, old_len - new_len);
			if (err)
				return err;
		}
		vma = find_vma(mm, addr);
		return vma && vma->vm_start <= addr ? addr : (unsigned long)-EFAULT;
	}
	vma = vma_to_resize(addr, old_len, new_len, flags);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	if (old_len && old_len == vma->vm_end - addr && can_grow(vma, new_len - old_len)) {
		unsigned long grow = new_len - old_len;

		vma_adjust_bounds(vma, vma->vm_start, addr + new_len, vma->vm_pgoff);
		vm_stat_account(mm, vma->vm_flags, grow >> PAGE_SHIFT);
		if (vma->vm_flags & VM_LOCKED) {
			mm->locked_vm += grow >> PAGE_SHIFT;
			*populate = new_len;
		}
		vma_merge_neighbours(vma);
		return addr;
	}
	if (!(flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	pgoff = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	new_addr = get_unmapped_area(vma->vm_file, 0, new_len, pgoff,
				     (vma->vm_flags & VM_MAYSHARE) ? MAP_SHARED : 0);
	if (IS_ERR_VALUE(new_addr))
		return new_addr;
	return move_vma(vma, addr, old_len, new_len, new_addr, flags, populate);
}

long sys_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
		unsigned long flags, unsigned long new_addr)
{
	struct mm_struct *mm = current->mm;
	unsigned long ret, populate = 0;

	if (flags & ~(unsigned long)(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP))
		return -EINVAL;
	if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(flags & MREMAP_MAYMOVE))
		return -EINVAL;
	if ((flags & MREMAP_DONTUNMAP) && old_len != new_len)
		return -EINVAL;
	if (addr & ~PAGE_MASK)
		return -EINVAL;
	old_len = PAGE_ALIGN(old_len);
	new_len = PAGE_ALIGN(new_len);
	if (!new_len || addr + old_len < addr)
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	ret = do_mremap(addr, old_len, new_len, flags, new_addr, &populate);
	up_write(&mm->mmap_sem);
	if (populate && !IS_ERR_VALUE(ret))
		mm_populate(ret, populate);
	return ret;
}
