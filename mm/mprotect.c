// SPDX-License-Identifier: MIT
/*
 * mprotect: split off the range, change its flags and entries, join what has become equal.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/personality.h"
#include "kernel/task/task.h"
#include "mm/internal.h"
#include "mm/mman.h"
#include "mm/pgtable.h"

/* [start, end) lies in *@pvma.  On success *@pvma is the area that holds the range now. */
static int mprotect_fixup(struct vm_area_struct **pvma, unsigned long start, unsigned long end,
			  unsigned long new_flags)
{
	struct vm_area_struct *vma = *pvma;
	struct mm_struct *mm = vma->vm_mm;
	unsigned long old_flags = vma->vm_flags;
	long pages = (long)((end - start) >> PAGE_SHIFT);
	int err;

	if (new_flags == old_flags)
		return 0;
	if ((new_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE && !(old_flags & VM_WRITE) &&
	    !may_expand_vm(mm, new_flags, pages) && may_expand_vm(mm, old_flags, pages))
		return -ENOMEM;
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
	vma->vm_flags = new_flags;
	vma_set_page_prot(vma);
	change_protection(vma, start, end, vma->vm_page_prot);
	vm_stat_account(mm, old_flags, -pages);
	vm_stat_account(mm, new_flags, pages);
	*pvma = vma_merge_neighbours(vma);
	return 0;
}

long sys_mprotect(unsigned long start, size_t len, unsigned long prot)
{
	const unsigned long grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP);
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long end, next;
	int err = 0;

	prot &= ~(unsigned long)(PROT_GROWSDOWN | PROT_GROWSUP);
	if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) || (start & ~PAGE_MASK))
		return -EINVAL;
	if (!len)
		return 0;
	len = PAGE_ALIGN(len);
	end = start + len;
	if (end <= start)
		return -ENOMEM;
	if (prot & ~(unsigned long)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;
	if (down_write_killable(&mm->mmap_sem))
		return -EINTR;
	vma = find_vma(mm, start);
	err = -ENOMEM;
	if (!vma)
		goto out;
	if (grows & PROT_GROWSDOWN) {
		if (vma->vm_start >= end)
			goto out;
		start = vma->vm_start;
		err = -EINVAL;
		if (!(vma->vm_flags & VM_GROWSDOWN))
			goto out;
	} else {
		if (vma->vm_start > start)
			goto out;
		if (grows & PROT_GROWSUP) {
			err = -EINVAL;
			goto out;
		}
	}
	for (;;) {
		unsigned long new_flags = calc_vm_prot_bits(prot) |
					  (vma->vm_flags & ~VM_ACCESS_FLAGS);

		if ((prot & PROT_READ) && (current->personality & READ_IMPLIES_EXEC) &&
		    (vma->vm_flags & VM_MAYEXEC))
			new_flags |= VM_EXEC;

		/* each permission has a MAY bit four places higher */
		err = -EACCES;
		if ((new_flags & ~(new_flags >> 4)) & VM_ACCESS_FLAGS)
			break;
		next = min(vma->vm_end, end);
		err = mprotect_fixup(&vma, start, next, new_flags);
		if (err || next >= end)
			break;
		start = next;
		/* joined areas may reach beyond @next already */
		if (vma->vm_end <= start)
			vma = vma->vm_next;
		if (!vma || vma->vm_start > start) {
			err = -ENOMEM;
			break;
		}
	}
out:
	up_write(&mm->mmap_sem);
	return err;
}
