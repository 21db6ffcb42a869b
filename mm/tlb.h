/* SPDX-License-Identifier: MIT */
/*
 * mmu_gather: unmapping in batches.  Pages and tables taken out of the page tables are collected
 * and given back only after the TLBs of all CPUs have been flushed.
 */
#ifndef MM_TLB_H
#define MM_TLB_H

#include "mm/mm_types.h"

#define MMU_GATHER_BUNDLE 8

struct mmu_gather_batch {
	struct mmu_gather_batch *next;
	unsigned int nr, max;
	struct page **pages;
};

/* On the stack of the task that unmaps; nothing in it is shared. */
struct mmu_gather {
	struct mm_struct *mm;
	unsigned long start, end;	/* range to flush; start > end: nothing yet */
	bool fullmm;			/* the whole address space goes away */
	unsigned int batch_count;
	struct list_head tables;	/* freed tables, linked by page->lru */
	struct mmu_gather_batch *active;
	struct mmu_gather_batch local;
	struct page *__pages[MMU_GATHER_BUNDLE];
};

void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm, unsigned long start,
		    unsigned long end);	/* 0, -1: the whole space, at exit */
void tlb_finish_mmu(struct mmu_gather *tlb);
void tlb_flush_mmu(struct mmu_gather *tlb);	/* flush, then free what was collected */
void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb);
/* Takes over the page reference of a removed entry.  True: call tlb_flush_mmu() before the next. */
bool __tlb_remove_page(struct mmu_gather *tlb, struct page *page);
/* A table of entries no longer reachable. */
void tlb_remove_table(struct mmu_gather *tlb, struct page *table);

static inline void tlb_remove_tlb_entry(struct mmu_gather *tlb, unsigned long address)
{
	if (address < tlb->start)
		tlb->start = address;
	if (address + PAGE_SIZE > tlb->end)
		tlb->end = address + PAGE_SIZE;
}

#endif
