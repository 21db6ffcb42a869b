// SPDX-License-Identifier: MIT
/*
 * Areas whose missing pages a program provides (userfaultfd): which they are, and filling them.
 *
 * An area of a userfaultfd has VM_UFFD_MISSING and names its context; both change only under mmap_sem exclusive, so
 * who holds it shared can use the context. The pointer is no reference: the descriptor's release takes it out of all
 * areas before the context goes. Parts of a split area keep both; areas of different contexts are never joined. What
 * fork and mremap make does not belong to it.
 *
 * Only private anonymous areas: their missing pages are nobody else's business.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "mm/internal.h"
#include "mm/pgtable.h"
#include "mm/rmap.h"
#include "mm/userfaultfd.h"

static bool suitable(struct vm_area_struct *vma)
{
	return vma_is_anonymous(vma) && !(vma->vm_flags & (VM_SHARED | VM_SPECIAL));
}

/* The part of @vma in [start, end) gets @ctx, or none. The area that now covers it, or NULL without memory. */
static struct vm_area_struct *set_context(struct vm_area_struct *vma, unsigned long start, unsigned long end,
					  struct userfaultfd_ctx *ctx)
{
	if (start > vma->vm_start && split_vma(vma->vm_mm, vma, start, true))
		return NULL;
	if (end < vma->vm_end && split_vma(vma->vm_mm, vma, end, false))
		return NULL;
	vma->userfaultfd = ctx;
	vma->vm_flags = (vma->vm_flags & ~VM_UFFD_MISSING) | (ctx ? VM_UFFD_MISSING : 0);
	return vma_merge_neighbours(vma);
}

static int set_range(struct mm_struct *mm, unsigned long start, unsigned long end, struct userfaultfd_ctx *ctx)
{
	struct vm_area_struct *vma;

	for (vma = find_vma(mm, start); vma && vma->vm_start < end; vma = vma->vm_next) {
		if (vma->userfaultfd == ctx)
			continue;
		vma = set_context(vma, start, end, ctx);
		if (!vma)
			return -ENOMEM;
	}
	return 0;
}

/* May @ctx have, or give up, this range? Holes do not matter. mmap_sem held. */
static int check_range(struct mm_struct *mm, unsigned long start, unsigned long end, struct userfaultfd_ctx *ctx, bool registers)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	if (!vma || vma->vm_start >= end)
		return -EINVAL;
	for (; vma && vma->vm_start < end; vma = vma->vm_next) {
		if (!suitable(vma))
			return -EINVAL;
		if (registers && !(vma->vm_flags & VM_MAYWRITE))
			return -EPERM;
		if (vma->userfaultfd && vma->userfaultfd != ctx)
			return registers ? -EBUSY : -EINVAL;
	}
	return 0;
}

static int change_range(struct mm_struct *mm, struct userfaultfd_ctx *ctx, unsigned long start, unsigned long end, bool registers)
{
	int err;

	down_write(&mm->mmap_sem);
	err = check_range(mm, start, end, ctx, registers);
	if (!err)
		err = set_range(mm, start, end, registers ? ctx : NULL);
	up_write(&mm->mmap_sem);
	return err;
}

int userfaultfd_register(struct mm_struct *mm, struct userfaultfd_ctx *ctx, unsigned long start, unsigned long end)
{
	return change_range(mm, ctx, start, end, true);
}

int userfaultfd_unregister(struct mm_struct *mm, struct userfaultfd_ctx *ctx, unsigned long start, unsigned long end)
{
	return change_range(mm, ctx, start, end, false);
}

/* Whole areas: nothing is split, so nothing can fail. */
void userfaultfd_unregister_all(struct mm_struct *mm, struct userfaultfd_ctx *ctx)
{
	struct vm_area_struct *vma;

	down_write(&mm->mmap_sem);
	for (vma = mm->mmap; vma; vma = vma->vm_next) {
		if (vma->userfaultfd == ctx)
			vma = set_context(vma, vma->vm_start, vma->vm_end, NULL);
	}
	up_write(&mm->mmap_sem);
}

/* mmap_sem shared. */
static int fill_area(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	pmd_t *pmd = mm_alloc_pmd(vma->vm_mm, addr);

	if (!pmd || pte_alloc(vma->vm_mm, pmd) || (page && anon_vma_prepare(vma)))
		return -ENOMEM;
	return map_anon_page(vma, pmd, addr, page) ? 0 : -EEXIST;
}

int userfaultfd_fill(struct mm_struct *mm, unsigned long addr, unsigned long end, struct page *page)
{
	struct vm_area_struct *vma;
	int err = -ENOENT;

	down_read(&mm->mmap_sem);
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start <= addr && end <= vma->vm_end && vma->userfaultfd)
		err = fill_area(vma, addr, page);
	up_read(&mm->mmap_sem);
	return err;
}
