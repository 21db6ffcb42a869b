// SPDX-License-Identifier: MIT
/*
 * Page allocation when memory is short: watermarks, reserves, reclaim, giving up.
 *
 * Three marks divide the free pages.  Below "low" kswapd is woken; below "min" ordinary
 * allocations reclaim for themselves; what is under "min" is the reserve, of which atomic requests
 * may use a part and a task that is itself freeing memory (PF_MEMALLOC, __GFP_MEMALLOC) all.  So
 * writeback, which allocates in order to free, can always go on.
 *
 * An allocation that cannot succeed returns NULL, with one line in the log; callers turn that into
 * -ENOMEM.  Only __GFP_NOFAIL waits for ever.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/preempt.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/task/timer.h"
#include "mm/internal.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"
#include "mm/vmstat.h"

/* Rounds of reclaim without a page freed before an allocation gives up. */
#define MAX_RECLAIM_RETRIES 16
/* After so many, what the object caches and the stack cache keep in hand goes too. */
#define SHRINK_AT_RETRY	    4

static unsigned long square_root(unsigned long n)
{
	unsigned long r = 0, bit;

	for (bit = 1UL << 31; bit; bit >>= 1) {
		if ((r | bit) * (r | bit) <= n)
			r |= bit;
	}
	return r;
}

/* The reserve grows with the square root of memory, from 512 KiB to 64 MiB. */
void set_watermarks(void)
{
	unsigned long min = square_root(the_zone.managed_pages * (PAGE_SIZE / 1024) * 16);

	min = clamp_t(unsigned long, min, 512, 65536) / (PAGE_SIZE / 1024);
	the_zone.wmark_min = min;
	the_zone.wmark_low = min + max(min / 2, the_zone.managed_pages / 500);
	the_zone.wmark_high = min + 2 * max(min / 2, the_zone.managed_pages / 500);
}

unsigned long zone_watermark(enum zone_watermarks mark)
{
	switch (mark) {
	case WMARK_MIN:
		return the_zone.wmark_min;
	case WMARK_LOW:
		return the_zone.wmark_low;
	default:
		return the_zone.wmark_high;
	}
}

unsigned long totalram_pages(void)
{
	return the_zone.managed_pages;
}

/* Would a block of 2^order pages leave @mark pages free?  A hint; no lock. */
bool zone_watermark_ok(unsigned int order, unsigned long mark, gfp_t gfp)
{
	unsigned int o;

	if (READ_ONCE(the_zone.free_pages) < mark + (1UL << order))
		return false;
	if (!order)
		return true;
	for (o = order; o < MAX_ORDER; o++) {
		if (READ_ONCE(the_zone.area[o].nr_free))
			return true;
	}
	return false;
}

/* ---- scopes ---- */

static unsigned int memalloc_flag_save(unsigned int flag)
{
	unsigned int old = current->flags & flag;

	current->flags |= flag;
	return old;
}

static void memalloc_flag_restore(unsigned int flag, unsigned int old)
{
	current->flags = (current->flags & ~flag) | old;
}

unsigned int memalloc_noio_save(void)
{
	return memalloc_flag_save(PF_MEMALLOC_NOIO);
}

void memalloc_noio_restore(unsigned int flags)
{
	memalloc_flag_restore(PF_MEMALLOC_NOIO, flags);
}

unsigned int memalloc_nofs_save(void)
{
	return memalloc_flag_save(PF_MEMALLOC_NOFS);
}

void memalloc_nofs_restore(unsigned int flags)
{
	memalloc_flag_restore(PF_MEMALLOC_NOFS, flags);
}

unsigned int memalloc_noreclaim_save(void)
{
	return memalloc_flag_save(PF_MEMALLOC);
}

void memalloc_noreclaim_restore(unsigned int flags)
{
	memalloc_flag_restore(PF_MEMALLOC, flags);
}

gfp_t current_gfp_context(gfp_t gfp)
{
	unsigned int pf = current->flags;

	if (unlikely(pf & (PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS))) {
		/* an interrupt does not inherit the scopes of the task it interrupted, nor sleep */
		if (pf & PF_MEMALLOC_NOIO)
			gfp &= ~(__GFP_IO | __GFP_FS);
		else
			gfp &= ~__GFP_FS;
	}
	return gfp;
}

/* ---- the slow path ---- */

static bool reserve_allowed(gfp_t gfp)
{
	if (gfp & __GFP_NOMEMALLOC)
		return false;
	if (gfp & __GFP_MEMALLOC)
		return true;
	return !in_interrupt() && (current->flags & PF_MEMALLOC);
}

static unsigned int slow_alloc_flags(gfp_t gfp)
{
	unsigned int flags = ALLOC_WMARK_MIN;

	if (gfp & __GFP_HIGH)
		flags |= ALLOC_HIGH;
	if (gfp & __GFP_ATOMIC)
		flags |= ALLOC_HARDER;
	/* a task that is being killed frees its memory soon, if it can get through */
	if ((gfp & __GFP_DIRECT_RECLAIM) &&
	    ((current->flags & PF_EXITING) || fatal_signal_pending(current)))
		flags |= ALLOC_HIGH | ALLOC_HARDER;
	if (reserve_allowed(gfp))
		flags |= ALLOC_NO_WATERMARK;
	return flags;
}

/* One round of reclaim on behalf of this allocation; pages freed. */
static unsigned long direct_reclaim(gfp_t gfp, unsigned int order)
{
	unsigned int noreclaim = memalloc_noreclaim_save();
	unsigned long progress;

	inc_page_state(ALLOCSTALL);
	if (gfp & __GFP_FS)
		reclaim_lock_acquire();
	progress = try_to_free_pages(order, gfp);
	if (gfp & __GFP_FS)
		reclaim_lock_release();
	memalloc_noreclaim_restore(noreclaim);
	return progress;
}

static void warn_alloc(gfp_t gfp, unsigned int order)
{
	if (gfp & __GFP_NOWARN)
		return;
	pr_warn_ratelimited("mm: %s: no memory for order %u, gfp %#x: %lu of %lu pages free, min %lu\n",
			    current->comm, order, gfp, nr_free_pages(), totalram_pages(),
			    the_zone.wmark_min);
}

struct page *alloc_pages_slowpath(gfp_t gfp, unsigned int order)
{
	unsigned int retries = 0, alloc_flags;
	bool can_reclaim = gfp & __GFP_DIRECT_RECLAIM;
	struct page *page;

	WARN_ON_ONCE((gfp & __GFP_NOFAIL) && !can_reclaim);
	for (;;) {
		unsigned long progress;

		if (gfp & __GFP_KSWAPD_RECLAIM)
			wakeup_kswapd(order, gfp);
		alloc_flags = slow_alloc_flags(gfp);
		page = get_page_from_freelist(gfp, order, alloc_flags);
		if (page)
			return page;
		if (!can_reclaim)
			break;
		/* A task inside reclaim must not start another one. */
		if (current->flags & PF_MEMALLOC) {
			if (!(gfp & __GFP_NOFAIL))
				break;
			schedule_timeout_uninterruptible(1);
			continue;
		}
		progress = direct_reclaim(gfp, order);
		page = get_page_from_freelist(gfp, order, alloc_flags);
		if (page)
			return page;
		if (!progress || order)
			drain_all_pages();
		if (!progress && retries == SHRINK_AT_RETRY) {
			slab_shrink_all();
			drain_kernel_stacks();
		}
		if (progress && order <= PAGE_ALLOC_COSTLY_ORDER)
			retries = order ? retries + 1 : 0;
		else
			retries++;
		if ((gfp & __GFP_NORETRY) && !(gfp & __GFP_NOFAIL))
			break;
		if (retries > MAX_RECLAIM_RETRIES && !(gfp & __GFP_NOFAIL)) {
			page = get_page_from_freelist(gfp, order, alloc_flags);
			if (page)
				return page;
			break;
		}
		/*
		 * Nothing could be freed at once: writeback may be on its way.  A task that is
		 * being killed gives up sooner, since its exit frees memory.
		 */
		if (!progress) {
			if (fatal_signal_pending(current) && !(gfp & __GFP_NOFAIL))
				break;
			schedule_timeout_uninterruptible(msecs_to_jiffies(5 * min(retries, 10U)));
		}
	}
	warn_alloc(gfp, order);
	return NULL;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (WARN_ON_ONCE(order >= MAX_ORDER))
		return NULL;
	gfp = current_gfp_context(gfp);
	if (gfp & __GFP_DIRECT_RECLAIM) {
		might_sleep();
		/* tell the order checker even when no reclaim is needed this time */
		if ((gfp & __GFP_FS) && !(current->flags & PF_MEMALLOC))
			reclaim_lock_might();
	}
	page = get_page_from_freelist(gfp, order, ALLOC_WMARK_LOW);
	if (likely(page))
		return page;
	return alloc_pages_slowpath(gfp, order);
}

/* ---- shapes of the same ---- */

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	return page ? (unsigned long)page_address(page) : 0;
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(virt_to_page(addr), order);
}

int get_order(unsigned long size)
{
	int order = 0;

	size = (size - 1) >> PAGE_SHIFT;
	while (size) {
		order++;
		size >>= 1;
	}
	return order;
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	unsigned int order = get_order(size);
	struct page *page = alloc_pages(gfp & ~__GFP_COMP, order);
	unsigned long i, nr = PAGE_ALIGN(size) >> PAGE_SHIFT;

	if (!page)
		return NULL;
	split_page(page, order);
	for (i = nr; i < 1UL << order; i++)
		__free_page(page + i);
	return page_address(page);
}

void free_pages_exact(void *virt, size_t size)
{
	unsigned long addr = (unsigned long)virt, end = addr + PAGE_ALIGN(size);

	for (; addr < end; addr += PAGE_SIZE)
		free_page(addr);
}
