// SPDX-License-Identifier: MIT
/*
 * Pages of the kernel's own in a program's memory.
 *
 * All entries are set when the area is made, and fork copies them, so a fault means that the program removed one
 * (madvise): it gets SIGBUS. The area has operations so that nobody takes it for anonymous memory, and no file.
 */
#include "kernel/lib/errno.h"
#include "gen/vm_operations_struct.h"
#include "mm/internal.h"
#include "mm/mm.h"
#include "mm/pgtable.h"

static vm_fault_t kernel_pages_fault(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct kernel_pages_ops = {
	.fault = kernel_pages_fault,
};

/*
 * Maps @n pages at @addr, which is free.  The caller keeps its references to them.  mmap_sem exclusive.  0 or -ENOMEM, with
 * what has been mapped left for the end of @mm.
 */
int map_kernel_pages(struct mm_struct *mm, unsigned long addr, struct page *const *pages, int n, unsigned long vm_flags)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);
	int err = 0;

	if (!vma)
		return -ENOMEM;
	vma->vm_start = addr;
	vma->vm_end = addr + n * PAGE_SIZE;
	vma->vm_flags = vm_flags | VM_DONTEXPAND | VM_MIXEDMAP;
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	vma->vm_ops = &kernel_pages_ops;
	vma_link(mm, vma);
	vm_stat_account(mm, vma->vm_flags, n);
	for (int i = 0; i < n && !err; i++)
		err = vm_insert_page(vma, addr + i * PAGE_SIZE, pages[i]);
	return err;
}
