// SPDX-License-Identifier: MIT
/*
 * Shared anonymous memory (MAP_SHARED | MAP_ANONYMOUS).
 *
 * The pages belong to an object that all areas made from the same mmap share (after a split or a
 * fork); it is counted by the open and close operations and dies with the last area.  Its pages
 * are found by offset.  They are never written back and never reclaimed.
 *
 * Locking: the xarray's own lock; a page once present stays until the object dies.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/err.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/xarray.h"
#include "gen/vm_operations_struct.h"
#include "mm/internal.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

struct shared_anon {
	refcount_t areas;
	struct xarray pages;
};

static void shared_anon_open(struct vm_area_struct *vma)
{
	struct shared_anon *sa = vma->vm_private_data;

	refcount_inc(&sa->areas);
}

static void shared_anon_close(struct vm_area_struct *vma)
{
	struct shared_anon *sa = vma->vm_private_data;
	unsigned long index;
	struct page *page;

	if (!refcount_dec_and_test(&sa->areas))
		return;
	xa_for_each(&sa->pages, index, page)
		put_page(page);
	xa_destroy(&sa->pages);
	kfree(sa);
}

/* The page comes back unlocked: nothing ever truncates it. */
static vm_fault_t shared_anon_fault(struct vm_area_struct *vma, struct vm_fault *vmf)
{
	struct shared_anon *sa = vma->vm_private_data;
	struct page *page, *old;

	page = xa_load(&sa->pages, vmf->pgoff);
	if (!page) {
		page = alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_ZERO);
		if (!page)
			return VM_FAULT_OOM;
		__SetPageUptodate(page);
		old = xa_cmpxchg(&sa->pages, vmf->pgoff, NULL, page, GFP_KERNEL);
		if (xa_is_err(old)) {
			put_page(page);
			return VM_FAULT_OOM;
		}
		if (old) {
			put_page(page);
			page = old;
		}
	}
	get_page(page);		/* the entry's; the object keeps its own */
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct shared_anon_ops = {
	.open = shared_anon_open,
	.close = shared_anon_close,
	.fault = shared_anon_fault,
};

/* 0 or -ENOMEM.  @vma is not visible yet. */
int shared_anon_setup(struct vm_area_struct *vma)
{
	struct shared_anon *sa = kmalloc(sizeof(*sa), GFP_KERNEL);

	if (!sa)
		return -ENOMEM;
	refcount_set(&sa->areas, 1);
	xa_init(&sa->pages);
	vma->vm_private_data = sa;
	vma->vm_ops = &shared_anon_ops;
	return 0;
}
