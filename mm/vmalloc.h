/* SPDX-License-Identifier: MIT */
/*
 * Kernel memory that is contiguous only virtually.  Every area is followed by an unmapped guard
 * page and preceded by the guard of its neighbour.
 */
#ifndef MM_VMALLOC_H
#define MM_VMALLOC_H

#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"
#include "mm/gfp.h"

/* Sleeping calls, GFP_KERNEL contexts only; NULL when there is no memory. */
void *vmalloc(unsigned long size);
void *vzalloc(unsigned long size);
void *__vmalloc(unsigned long size, gfp_t gfp);
/* May be called from interrupts: the work is then left to a worker. */
void vfree(const void *addr);
/* Map @count given pages; the pages stay the caller's. */
void *vmap(struct page **pages, unsigned int count, unsigned long flags, unsigned long prot);
void vunmap(const void *addr);

/* Map device registers uncached.  @phys need not be aligned. */
void *ioremap(unsigned long phys, unsigned long size);
void *ioremap_wc(unsigned long phys, unsigned long size);
void iounmap(volatile void *addr);

static inline bool is_vmalloc_addr(const void *x)
{
	unsigned long addr = (unsigned long)x;

	return addr >= VMALLOC_START && addr < VMALLOC_END;
}

struct page *vmalloc_to_page(const void *addr);	/* NULL if nothing is mapped there */

/* A kernel stack: 16 KiB with an unmapped page on either side; a few are kept for reuse. */
#define KERNEL_STACK_SIZE 16384UL
void *alloc_kernel_stack(void);
void free_kernel_stack(void *stack);	/* any context that may take a spinlock */
void drain_kernel_stacks(void);		/* free the ones kept for reuse; sleeps */
unsigned long vmalloc_nr_pages(void);	/* pages in use through vmalloc */

#endif
