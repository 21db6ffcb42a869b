// SPDX-License-Identifier: MIT
/*
 * mmu_gather: take entries out of page tables first, flush the TLBs of all CPUs once, and only then
 * free the pages and tables.
 *
 * A CPU may go on using a translation it has cached until it is flushed; a page freed earlier could
 * belong to somebody else by then.  Tables have the same rule, since CPUs cache upper levels too.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/list.h"
#include "kernel/x86/tlbflush.h"
#include "mm/gfp.h"
#include "mm/internal.h"
#include "mm/pgtable.h"
#include "mm/tlb.h"

#define BATCH_PAGES ((PAGE_SIZE - sizeof(struct mmu_gather_batch)) / sizeof(void *))
#define MAX_BATCHES 16

static void reset_range(struct mmu_gather *tlb)
{
	tlb->start = ~0UL;
	tlb->end = 0;
}

void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm, unsigned long start,
		    unsigned long end)
{
	unsigned long rss = get_mm_rss(mm);

	if (rss > mm->hiwater_rss)
		mm->hiwater_rss = rss;
	tlb->mm = mm;
	tlb->fullmm = !(start | (end + 1));
	tlb->batch_count = 0;
	tlb->local.next = NULL;
	tlb->local.nr = 0;
	tlb->local.max = MMU_GATHER_BUNDLE;
	tlb->local.pages = tlb->__pages;
	tlb->active = &tlb->local;
	INIT_LIST_HEAD(&tlb->tables);
	reset_range(tlb);
}

void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb)
{
	if (tlb->fullmm || !list_empty(&tlb->tables)) {
		if (tlb->fullmm)
			flush_tlb_mm(tlb->mm);
		else
			flush_tlb_mm_range(tlb->mm, min(tlb->start, tlb->end), tlb->end);
	} else if (tlb->start < tlb->end) {
		flush_tlb_mm_range_keep(tlb->mm, tlb->start, tlb->end);
	}
	reset_range(tlb);
}

static void free_collected(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *b;
	struct page *page, *next;

	for (b = &tlb->local; b && b->nr; b = b->next) {
		release_pages(b->pages, b->nr);
		b->nr = 0;
	}
	tlb->active = &tlb->local;
	list_for_each_entry_safe(page, next, &tlb->tables, lru) {
		list_del(&page->lru);
		pte_free(tlb->mm, page);
	}
}

void tlb_flush_mmu(struct mmu_gather *tlb)
{
	tlb_flush_mmu_tlbonly(tlb);
	free_collected(tlb);
}

void tlb_finish_mmu(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *b, *next;

	tlb_flush_mmu(tlb);
	for (b = tlb->local.next; b; b = next) {
		next = b->next;
		free_page((unsigned long)b);
	}
	tlb->local.next = NULL;
}

static bool next_batch(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *b = tlb->active->next;

	if (!b) {
		if (tlb->batch_count == MAX_BATCHES)
			return false;
		/* table lock held: without memory at hand the caller flushes what there is */
		b = (void *)__get_free_page(GFP_NOWAIT | __GFP_NOWARN);
		if (!b)
			return false;
		tlb->batch_count++;
		b->next = NULL;
		b->nr = 0;
		b->max = BATCH_PAGES;
		b->pages = (struct page **)(b + 1);
		tlb->active->next = b;
	}
	tlb->active = b;
	return true;
}

bool __tlb_remove_page(struct mmu_gather *tlb, struct page *page)
{
	struct mmu_gather_batch *b = tlb->active;

	b->pages[b->nr++] = page;
	if (b->nr < b->max)
		return false;
	return !next_batch(tlb);
}

void tlb_remove_table(struct mmu_gather *tlb, struct page *table)
{
	list_add(&table->lru, &tlb->tables);
}
