// SPDX-License-Identifier: MIT
/*
 * The stack of a new program while exec fills it, in an address space that nobody runs in yet.
 *
 * mmap_sem is taken as everywhere else, although only the task that builds the address space knows it; no lock of
 * the old address space is held meanwhile, because both are locks of one class.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "mm/internal.h"
#include "mm/pgtable.h"

#define FIRST_STACK_SIZE 131072UL

/* The first page, below @stack_top. */
int setup_arg_stack(struct mm_struct *mm, unsigned long stack_top, unsigned long vm_flags,
		    struct vm_area_struct **vmap)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);

	if (!vma)
		return -ENOMEM;
	vma->vm_end = PAGE_ALIGN(stack_top);
	vma->vm_start = vma->vm_end - PAGE_SIZE;
	vma->vm_flags = VM_STACK_FLAGS | mm->def_flags | vm_flags;
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	vma->vm_pgoff = vma->vm_start >> PAGE_SHIFT;
	down_write(&mm->mmap_sem);
	vma_link(mm, vma);
	vm_stat_account(mm, vma->vm_flags, 1);
	mm->start_stack = stack_top;
	up_write(&mm->mmap_sem);
	*vmap = vma;
	return 0;
}

/* The stack's page at @addr, to be written, with a reference; the stack grows to it.  -E2BIG at its limits. */
int arg_stack_page(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, struct page **pagep)
{
	long n;

	down_write(&mm->mmap_sem);
	if (addr < vma->vm_start && expand_stack(vma, addr))
		n = -E2BIG;
	else
		n = get_user_pages_remote(mm, addr, 1, FOLL_WRITE, pagep);
	up_write(&mm->mmap_sem);
	return n == 1 ? 0 : (int)n;
}

/* The arguments are there: final protection, and some room for the program, as far as limits allow. */
int finish_arg_stack(struct mm_struct *mm, struct vm_area_struct *vma, bool executable)
{
	unsigned long limit = rlimit(RLIMIT_STACK) & PAGE_MASK, size = vma->vm_end - vma->vm_start;
	int err = 0;

	down_write(&mm->mmap_sem);
	if (executable) {
		vma->vm_flags |= VM_EXEC;
		vma_set_page_prot(vma);
		change_protection(vma, vma->vm_start, vma->vm_end, vma->vm_page_prot);
	}
	size = min(size + FIRST_STACK_SIZE, max(limit, size));
	if (expand_stack(vma, vma->vm_end - size))
		err = -EFAULT;
	up_write(&mm->mmap_sem);
	return err;
}
