/* SPDX-License-Identifier: MIT */
/*
 * Faults that a program serves itself. mm/userfaultfd.c knows the areas, fs/userfaultfd.c the descriptor.
 */
#ifndef MM_USERFAULTFD_H
#define MM_USERFAULTFD_H

#include "mm/mm.h"

struct userfaultfd_ctx;

/* Nothing is mapped at the fault's page, in an area with a userfaultfd: tells it and waits. mmap_sem shared; dropped with VM_FAULT_RETRY. */
vm_fault_t handle_userfault(struct vm_fault *vmf);

/* @vma is a copy that does not belong to the userfaultfd of what it was copied from. */
static inline void userfaultfd_forget(struct vm_area_struct *vma)
{
	vma->vm_flags &= ~VM_UFFD_MISSING;
	vma->userfaultfd = NULL;
}

/* A range of pages, for a @ctx of this @mm, whose mmap_sem both take. 0 or -errno as UFFDIO_REGISTER and UFFDIO_UNREGISTER answer. */
int userfaultfd_register(struct mm_struct *mm, struct userfaultfd_ctx *ctx, unsigned long start, unsigned long end);
int userfaultfd_unregister(struct mm_struct *mm, struct userfaultfd_ctx *ctx, unsigned long start, unsigned long end);
/* Every area of @ctx; takes mmap_sem. */
void userfaultfd_unregister_all(struct mm_struct *mm, struct userfaultfd_ctx *ctx);

/*
 * Maps @page, whose reference moves in, or the page of zeroes (NULL) at @addr, which with all up to @end has to lie in
 * one area that has a userfaultfd. Takes mmap_sem. 0, -ENOENT, -EEXIST (something is mapped there), -ENOMEM.
 */
int userfaultfd_fill(struct mm_struct *mm, unsigned long addr, unsigned long end, struct page *page);

#endif
