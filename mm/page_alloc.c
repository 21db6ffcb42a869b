// SPDX-License-Identifier: MIT
/*
 * The buddy allocator and the per-CPU lists in front of it.
 *
 * A free block of 2^order pages, naturally aligned, is on the list of its order; its first page has
 * PG_buddy and the order in page->private.  Freeing a block joins it with its buddy (the block
 * whose frame number differs in bit "order") for as long as that one is free with the same order.
 * The buddy's struct page always exists: blocks are at most 4 MiB and the page array covers memory
 * in sections of 128 MiB.
 *
 * Single pages come from per-CPU lists that are filled and emptied in batches, so the zone lock is
 * taken once for many pages.  A list belongs to its CPU alone.  Instead of disabling interrupts
 * (expensive under emulation) its user disables preemption and sets "busy"; an interrupt that finds
 * it busy goes to the buddy lists directly.  The flag needs no atomicity: an interrupt handler
 * returns with the flag as it found it.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/list.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/preempt.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/smp.h"
#include "mm/internal.h"

struct zone the_zone;

#define PCP_HIGH  96
#define PCP_BATCH 32

struct per_cpu_pages {
	bool busy;		/* in use by the task this CPU runs */
	unsigned int count;
	struct list_head list;	/* hot pages first */
};

static DEFINE_PER_CPU(struct per_cpu_pages, pcp_lists);

/* Boot, before any allocation. */
void free_area_init(void)
{
	unsigned int cpu, order;

	spin_lock_init(&the_zone.lock);
	for (order = 0; order < MAX_ORDER; order++)
		INIT_LIST_HEAD(&the_zone.area[order].list);
	for_each_possible_cpu(cpu)
		INIT_LIST_HEAD(&per_cpu(pcp_lists, cpu).list);
}

static inline struct page *buddy_of(struct page *page, unsigned int order)
{
	return pfn_to_page(page_to_pfn(page) ^ (1UL << order));
}

static inline void add_free_block(struct page *page, unsigned int order)
{
	page->private = order;
	__SetPageBuddy(page);
	list_add(&page->lru, &the_zone.area[order].list);
	the_zone.area[order].nr_free++;
}

static inline void del_free_block(struct page *page, unsigned int order)
{
	list_del(&page->lru);
	__ClearPageBuddy(page);
	page->private = 0;
	the_zone.area[order].nr_free--;
}

/* Zone lock held. */
static void __free_one_block(struct page *page, unsigned int order)
{
	the_zone.free_pages += 1UL << order;
	while (order < MAX_ORDER - 1) {
		struct page *buddy = buddy_of(page, order);

		if (!PageBuddy(buddy) || buddy->private != order)
			break;
		del_free_block(buddy, order);
		if (buddy < page)
			page = buddy;
		order++;
	}
	add_free_block(page, order);
}

/* Zone lock held.  The block comes uninitialised. */
static struct page *__take_block(unsigned int order)
{
	unsigned int o;
	struct page *page;

	for (o = order; o < MAX_ORDER; o++) {
		if (!list_empty(&the_zone.area[o].list))
			break;
	}
	if (o == MAX_ORDER)
		return NULL;
	page = list_first_entry(&the_zone.area[o].list, struct page, lru);
	del_free_block(page, o);
	while (o > order) {
		o--;
		add_free_block(page + (1UL << o), o);
	}
	the_zone.free_pages -= 1UL << order;
	return page;
}

/* ---- checks ---- */

static void bad_page(struct page *page, const char *why)
{
	dump_page(page, why);
	BUG();
}

static inline void check_free_page(struct page *page)
{
	if (unlikely(page->flags & PAGE_FLAGS_CHECK_AT_FREE))
		bad_page(page, "page freed while in use");
	if (unlikely(page_ref_count(page) != 0))
		bad_page(page, "page freed with references");
	if (unlikely(page_mapped(page)))
		bad_page(page, "page freed while mapped");
}

/* Common to all pages on the way to a free list: nothing may be left of their former life. */
static void free_pages_prepare(struct page *page, unsigned int order)
{
	unsigned int i, nr = 1U << order;

	if (PageHead(page)) {
		for (i = 1; i < nr; i++)
			page[i].compound_head = 0;
		__ClearPageHead(page);
	}
	for (i = 0; i < nr; i++) {
		check_free_page(page + i);
		page[i].flags = 0;
		page[i].mapping = NULL;
		page[i].private = 0;
	}
}

void prep_new_page(struct page *page, unsigned int order, gfp_t gfp)
{
	unsigned int i, nr = 1U << order;

#if CONFIG_CHECKS
	for (i = 0; i < nr; i++) {
		if (unlikely(page[i].flags || page_ref_count(page + i) || page_mapped(page + i)))
			bad_page(page + i, "free page was changed");
	}
#endif
	for (i = 0; i < nr; i++) {
		page[i].private = 0;
		page[i].lock_owner = NULL;
	}
	set_page_count(page, 1);
	if (order && (gfp & __GFP_COMP)) {
		__SetPageHead(page);
		for (i = 1; i < nr; i++)
			page[i].compound_head = (unsigned long)page | 1;
		page[1].compound_order = order;
	}
	if (gfp & __GFP_ZERO) {
		for (i = 0; i < nr; i++)
			clear_page(page_address(page + i));
	}
}

/* ---- per-CPU lists ---- */

/* Moves up to @nr pages between the list and the buddy; the caller owns the list. */
static unsigned int pcp_refill(struct per_cpu_pages *pcp, unsigned int nr)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&the_zone.lock, flags);
	for (i = 0; i < nr; i++) {
		struct page *page = __take_block(0);

		if (!page)
			break;
		__SetPagePcp(page);
		list_add_tail(&page->lru, &pcp->list);
	}
	spin_unlock_irqrestore(&the_zone.lock, flags);
	pcp->count += i;
	return i;
}

static void pcp_flush(struct per_cpu_pages *pcp, unsigned int nr)
{
	unsigned long flags;

	spin_lock_irqsave(&the_zone.lock, flags);
	while (nr-- && pcp->count) {
		struct page *page = list_last_entry(&pcp->list, struct page, lru);

		list_del(&page->lru);
		__ClearPagePcp(page);
		pcp->count--;
		__free_one_block(page, 0);
	}
	spin_unlock_irqrestore(&the_zone.lock, flags);
}

/* This CPU's list, with preemption off, or NULL if an interrupt caught its owner at it. */
static inline struct per_cpu_pages *pcp_get(void)
{
	struct per_cpu_pages *pcp;

	preempt_disable();
	pcp = this_cpu_ptr(&pcp_lists);
	if (unlikely(READ_ONCE(pcp->busy))) {
		preempt_enable();
		return NULL;
	}
	WRITE_ONCE(pcp->busy, true);
	barrier();
	return pcp;
}

static inline void pcp_put(struct per_cpu_pages *pcp)
{
	barrier();
	WRITE_ONCE(pcp->busy, false);
	preempt_enable();
}

static unsigned long effective_mark(unsigned int alloc_flags)
{
	unsigned long mark;

	if (alloc_flags & ALLOC_NO_WATERMARK)
		return 0;
	mark = (alloc_flags & ALLOC_WMARK_LOW) ? the_zone.wmark_low : the_zone.wmark_min;
	if (alloc_flags & ALLOC_HIGH)
		mark -= mark / 2;
	if (alloc_flags & ALLOC_HARDER)
		mark -= mark / 4;
	return mark;
}

static struct page *alloc_from_pcp(unsigned long mark)
{
	struct per_cpu_pages *pcp = pcp_get();
	struct page *page = NULL;

	if (!pcp)
		return NULL;
	if (!pcp->count) {
		/* Near the marks take single pages, so that they mean what they say. */
		unsigned long free = READ_ONCE(the_zone.free_pages);

		if (free > mark)
			pcp_refill(pcp, free > mark + PCP_BATCH ? PCP_BATCH : 1);
	}
	if (pcp->count) {
		page = list_first_entry(&pcp->list, struct page, lru);
		list_del(&page->lru);
		pcp->count--;
		__ClearPagePcp(page);
	}
	pcp_put(pcp);
	return page;
}

static struct page *alloc_from_buddy(unsigned int order, unsigned long mark)
{
	struct page *page = NULL;
	unsigned long flags;

	if (READ_ONCE(the_zone.free_pages) < mark + (1UL << order))
		return NULL;
	spin_lock_irqsave(&the_zone.lock, flags);
	if (the_zone.free_pages >= mark + (1UL << order))
		page = __take_block(order);
	spin_unlock_irqrestore(&the_zone.lock, flags);
	return page;
}

/* One attempt, no reclaim.  Any context. */
struct page *get_page_from_freelist(gfp_t gfp, unsigned int order, unsigned int alloc_flags)
{
	unsigned long mark = effective_mark(alloc_flags);
	struct page *page = NULL;

	if (order == 0)
		page = alloc_from_pcp(mark);
	if (!page)
		page = alloc_from_buddy(order, mark);
	if (page)
		prep_new_page(page, order, gfp);
	return page;
}

static void free_to_buddy(struct page *page, unsigned int order)
{
	unsigned long flags;

	spin_lock_irqsave(&the_zone.lock, flags);
	__free_one_block(page, order);
	spin_unlock_irqrestore(&the_zone.lock, flags);
}

/* Any context but NMI. */
void free_unref_page(struct page *page)
{
	struct per_cpu_pages *pcp;

	free_pages_prepare(page, 0);
	pcp = pcp_get();
	if (!pcp) {
		free_to_buddy(page, 0);
		return;
	}
	__SetPagePcp(page);
	list_add(&page->lru, &pcp->list);
	if (++pcp->count > PCP_HIGH)
		pcp_flush(pcp, PCP_BATCH);
	pcp_put(pcp);
}

void free_unref_page_list(struct list_head *list)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, list, lru) {
		list_del(&page->lru);
		free_unref_page(page);
	}
}

void free_compound_page(struct page *page)
{
	unsigned int order = compound_order(page);

	free_pages_prepare(page, order);
	free_to_buddy(page, order);
}

void __free_pages(struct page *page, unsigned int order)
{
	if (!put_page_testzero(page))
		return;
	if (order == 0) {
		free_unref_page(page);
		return;
	}
	free_pages_prepare(page, order);
	free_to_buddy(page, order);
}

/* ---- emptying the lists ---- */

void drain_local_pages(void)
{
	struct per_cpu_pages *pcp = pcp_get();

	if (!pcp)
		return;
	pcp_flush(pcp, pcp->count);
	pcp_put(pcp);
}

static void drain_ipi(void *unused)
{
	drain_local_pages();
}

void drain_all_pages(void)
{
	on_each_cpu(drain_ipi, NULL, 1);
}

unsigned long nr_free_pages(void)
{
	unsigned long n = READ_ONCE(the_zone.free_pages);
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(per_cpu(pcp_lists, cpu).count);
	return n;
}

/*
 * A block of pages of a multi-page allocation without __GFP_COMP becomes single pages, each with
 * its own reference.
 */
void split_page(struct page *page, unsigned int order)
{
	unsigned int i;

	BUG_ON(PageCompound(page) || !page_ref_count(page));
	for (i = 1; i < 1U << order; i++)
		set_page_count(page + i, 1);
}

/* Boot: hand a range of usable frames to the allocator, in the largest aligned blocks. */
void free_boot_range(unsigned long pfn, unsigned long end)
{
	while (pfn < end) {
		unsigned int order = pfn ? (unsigned int)__ffs(pfn) : MAX_ORDER - 1;
		unsigned long i;

		if (order > MAX_ORDER - 1)
			order = MAX_ORDER - 1;
		while (pfn + (1UL << order) > end)
			order--;
		for (i = 0; i < 1UL << order; i++)
			pfn_to_page(pfn + i)->flags = 0;
		the_zone.managed_pages += 1UL << order;
		free_to_buddy(pfn_to_page(pfn), order);
		pfn += 1UL << order;
	}
}
