// SPDX-License-Identifier: MIT
/*
 * Page reclaim.
 *
 * File pages live on two lists.  New ones enter the inactive list; a second use activates them;
 * active ones are deactivated when the active list is the longer one.  Reclaim takes pages from
 * the tail of the inactive list: a page that was used since is kept, a clean one is removed from
 * its mapping and freed, a dirty one is left to the flushers and rotated to the tail when its
 * write ends.  Only kswapd writes pages itself (writepage for cleansing, P13), and only when the
 * flushers fall so far behind that whole batches are dirty.
 *
 * kswapd works in the background between the low and the high mark.  An allocation that finds
 * nothing below the low mark reclaims for itself (try_to_free_pages()), with PF_MEMALLOC so that
 * reclaim does not recurse.  Anonymous pages have nowhere to go without swap and are not scanned.
 *
 * Removing a page races with lookups that take references without locks.  The count is frozen
 * (compared with what is expected and set to zero in one step) under the i_pages lock: from then on
 * no lookup can get the page, and if somebody got it before, freezing fails and the page stays.
 * Dirty is looked at after freezing: whoever could dirty the page needs a reference.
 *
 * Locks: reclaim is entered from allocations, so it takes page locks by trying, never i_rwsem, and
 * enters file systems only when the allocation allows it (__GFP_FS).
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "fs/fs.h"
#include "mm/backing-dev.h"
#include "mm/gfp.h"
#include "mm/pagecache_internal.h"
#include "mm/mm.h"
#include "mm/page-private.h"
#include "mm/pagemap.h"
#include "mm/pagevec.h"
#include "mm/rmap.h"
#include "mm/shrinker.h"
#include "mm/swap.h"
#include "mm/vmscan.h"
#include "mm/vmstat.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"

/* --- isolation -------------------------------------------------------------------------------- */

/*
 * Move up to @nr pages from the tail of a list to @dst, each with a reference and off the LRU.
 * Returns how many.
 */
static unsigned long isolate_pages(enum lru_list lru, unsigned long nr, struct list_head *dst)
{
	struct list_head *src = &node_lruvec.lists[lru];
	unsigned long taken = 0, scanned = 0;

	spin_lock_irq(&node_lruvec.lru_lock);
	while (scanned < nr && !list_empty(src)) {
		struct page *page = list_last_entry(src, struct page, lru);

		scanned++;
		if (unlikely(!get_page_unless_zero(page))) {
			/* being freed: its owner will unlink it as soon as it gets the lock */
			list_move(&page->lru, src);
			continue;
		}
		lru_del_locked(page, lru);
		ClearPageLRU(page);
		list_add(&page->lru, dst);
		taken++;
	}
	spin_unlock_irq(&node_lruvec.lru_lock);
	return taken;
}

/* Put isolated pages back on the lists their flags say, and drop the references. */
static void putback_pages(struct list_head *list)
{
	LIST_HEAD(dead);

	spin_lock_irq(&node_lruvec.lru_lock);
	while (!list_empty(list)) {
		struct page *page = list_first_entry(list, struct page, lru);

		list_del(&page->lru);
		if (put_page_testzero(page)) {
			ClearPageActive(page);
			list_add(&page->lru, &dead);
			continue;
		}
		SetPageLRU(page);
		lru_add_locked(page, page_lru(page), false);
	}
	spin_unlock_irq(&node_lruvec.lru_lock);
	if (!list_empty(&dead))
		free_unref_page_list(&dead);
}

int isolate_lru_page(struct page *page)
{
	int ret = -EBUSY;

	if (!PageLRU(page))
		return ret;
	spin_lock_irq(&node_lruvec.lru_lock);
	if (PageLRU(page)) {
		get_page(page);
		lru_del_locked(page, page_lru(page));
		ClearPageLRU(page);
		ret = 0;
	}
	spin_unlock_irq(&node_lruvec.lru_lock);
	return ret;
}

void putback_lru_page(struct page *page)
{
	lru_cache_add(page);
	put_page(page);
}

/* --- removal from the mapping ----------------------------------------------------------------- */

/* Locked page, @refs references expected besides the cache's.  True: count frozen at 0. */
static bool freeze_and_remove(struct address_space *mapping, struct page *page, int refs)
{
	unsigned long flags;

	xa_lock_irqsave(&mapping->i_pages, flags);
	if (!page_ref_freeze(page, refs + 1))
		goto busy;
	if (unlikely(PageDirty(page))) {
		page_ref_unfreeze(page, refs + 1);
		goto busy;
	}
	__delete_from_page_cache(page);
	xa_unlock_irqrestore(&mapping->i_pages, flags);
	if (mapping->a_ops->freepage)
		aop_freepage(mapping->a_ops, page);
	return true;
busy:
	xa_unlock_irqrestore(&mapping->i_pages, flags);
	return false;
}

bool remove_mapping(struct address_space *mapping, struct page *page)
{
	if (!freeze_and_remove(mapping, page, 1))
		return false;
	/* the caller's reference is all that is left */
	page_ref_unfreeze(page, 1);
	return true;
}

/* --- what to do with one page -------------------------------------------------------------------- */

enum page_verdict {
	PAGE_KEEP,		/* back where it was */
	PAGE_ACTIVATE,		/* used: to the active list */
	PAGE_RECLAIM,
};

static enum page_verdict check_references(struct page *page)
{
	unsigned long vm_flags = 0;
	int refs = page_mapped(page) ? page_referenced(page, 1, &vm_flags) : 0;
	bool referenced = TestClearPageReferenced(page);

	if (vm_flags & VM_LOCKED)
		return PAGE_ACTIVATE;
	if (!refs)
		return PAGE_RECLAIM;
	/*
	 * One use through a mapping gives it another round; a second one, by several mappings, or
	 * of program text, activates.
	 */
	SetPageReferenced(page);
	if (referenced || refs > 1 || (vm_flags & VM_EXEC))
		return PAGE_ACTIVATE;
	return PAGE_KEEP;
}

/*
 * Start the write of a dirty locked page.  True: it is on its way (unlocked); false: still locked,
 * leave it.
 */
static bool pageout(struct address_space *mapping, struct page *page)
{
	struct writeback_control wbc = {
		.sync_mode = WB_SYNC_NONE,
		.nr_to_write = SWAP_CLUSTER_MAX,
		.range_end = LLONG_MAX,
		.for_reclaim = 1,
	};
	int err;

	if (!mapping->a_ops->writepage || !clear_page_dirty_for_io(page))
		return false;
	SetPageReclaim(page);
	err = aop_writepage(mapping->a_ops, page, &wbc);
	if (err == WRITEPAGE_ACTIVATE) {
		ClearPageReclaim(page);
		SetPageActive(page);
		unlock_page(page);
		return true;
	}
	if (err < 0) {
		lock_page(page);
		if (page_mapping(page) == mapping)
			mapping_set_error(mapping, err);
		unlock_page(page);
	}
	if (!PageWriteback(page))
		ClearPageReclaim(page);		/* finished at once */
	inc_page_state(NR_VMSCAN_WRITE);
	return true;
}

/* A dirty page: true if it is to be kept (it may have been unlocked, then *@locked is false). */
static bool keep_dirty(struct page *page, struct scan_control *sc, bool *locked)
{
	struct address_space *mapping = page_mapping(page);

	if (!PageDirty(page))
		return false;
	sc->nr_dirty++;
	if (!mapping || !sc->is_kswapd || !sc->may_writepage || !(sc->gfp & __GFP_FS)) {
		/* The flusher's: to the tail once it is written. */
		SetPageReclaim(page);
		return true;
	}
	if (pageout(mapping, page))
		*locked = false;
	return true;
}

/* Free one isolated page.  True: off the cache, count frozen, unlocked.  False: keep it. */
static bool shrink_one_page(struct page *page, struct scan_control *sc)
{
	struct address_space *mapping;
	bool locked = true;

	if (!trylock_page(page))
		return false;
	if (PageWriteback(page)) {
		/* Wanted again when the write ends. */
		sc->nr_writeback++;
		SetPageReclaim(page);
		goto keep;
	}
	switch (check_references(page)) {
	case PAGE_ACTIVATE:
		SetPageActive(page);
		goto keep;
	case PAGE_KEEP:
		goto keep;
	case PAGE_RECLAIM:
		break;
	}
	mapping = page_mapping(page);
	if (page_mapped(page)) {
		/* Flushes the TLBs: a store through a stale entry would be lost. */
		if (!mapping || !try_to_unmap(page, 0)) {
			SetPageActive(page);
			goto keep;
		}
	}
	if (keep_dirty(page, sc, &locked))
		goto keep;
	if (page_has_private(page)) {
		if (!try_to_release_page(page, sc->gfp))
			goto keep;
		/* Truncated with its buffers in use; we hold the last reference now. */
		if (!mapping && page_ref_freeze(page, 1)) {
			unlock_page(page);
			return true;
		}
	}
	if (!mapping || !freeze_and_remove(mapping, page, 1))
		goto keep;
	unlock_page(page);
	return true;
keep:
	if (locked)
		unlock_page(page);
	return false;
}

/* Returns how many of @pages were freed; the others are left on the list. */
static unsigned long shrink_page_list(struct list_head *pages, struct scan_control *sc)
{
	unsigned long freed = 0;
	LIST_HEAD(keep);
	LIST_HEAD(dead);

	while (!list_empty(pages)) {
		struct page *page = list_last_entry(pages, struct page, lru);

		cond_resched();
		list_del(&page->lru);
		if (shrink_one_page(page, sc)) {
			ClearPageActive(page);
			list_add(&page->lru, &dead);
			freed++;
		} else {
			list_add(&page->lru, &keep);
		}
	}
	if (!list_empty(&dead))
		free_unref_page_list(&dead);
	list_splice(&keep, pages);
	return freed;
}

/* --- lists ---------------------------------------------------------------------------------------- */

static void shrink_inactive_list(unsigned long nr, struct scan_control *sc)
{
	unsigned long taken, freed;
	LIST_HEAD(pages);

	lru_add_drain();
	taken = isolate_pages(LRU_INACTIVE_FILE, nr, &pages);
	if (!taken)
		return;
	sc->nr_scanned += taken;
	sc->nr_dirty = sc->nr_writeback = 0;
	freed = shrink_page_list(&pages, sc);
	putback_pages(&pages);
	sc->nr_reclaimed += freed;
	mod_page_state(PGSCAN, taken);
	mod_page_state(PGSTEAL, freed);
	/*
	 * Many dirty pages at the old end: the flushers are behind.  Wake them, and if nothing else
	 * is left, let kswapd write itself from now on.  All under writeback: nothing to do but wait
	 * a little for the device.
	 */
	if (sc->nr_dirty > taken / 2)
		wakeup_flusher_threads(WB_REASON_VMSCAN);
	if (sc->nr_dirty == taken)
		sc->may_writepage = true;
	if (sc->nr_dirty + sc->nr_writeback == taken && taken >= SWAP_CLUSTER_MAX)
		congestion_wait(1, sc->is_kswapd ? 20 : 50);
}

static void shrink_active_list(unsigned long nr, struct scan_control *sc)
{
	LIST_HEAD(pages);
	struct page *page;

	lru_add_drain();
	sc->nr_scanned += isolate_pages(LRU_ACTIVE_FILE, nr, &pages);
	list_for_each_entry(page, &pages, lru) {
		unsigned long vm_flags = 0;

		cond_resched();
		/* Program text that was run since the last look stays active. */
		if (page_mapped(page) && page_referenced(page, 0, &vm_flags) &&
		    (vm_flags & (VM_EXEC | VM_LOCKED)))
			continue;
		ClearPageActive(page);
		SetPageWorkingset(page);
	}
	putback_pages(&pages);
}

/* On small machines the inactive list should be at least as long as the active one. */
static bool inactive_is_low(void)
{
	return lru_size(LRU_INACTIVE_FILE) < lru_size(LRU_ACTIVE_FILE);
}

/* Scan 1/2^priority of the lists, a batch at a time, until enough has been freed. */
static void shrink_lists(struct scan_control *sc)
{
	unsigned long inactive = lru_size(LRU_INACTIVE_FILE) >> sc->priority;
	unsigned long active = lru_size(LRU_ACTIVE_FILE) >> sc->priority;

	/* small lists: still something at every priority */
	inactive = max(inactive, min(lru_size(LRU_INACTIVE_FILE), SWAP_CLUSTER_MAX));
	active = max(active, min(lru_size(LRU_ACTIVE_FILE), SWAP_CLUSTER_MAX));
	while ((inactive || active) && sc->nr_reclaimed < sc->nr_to_reclaim) {
		unsigned long n;

		if (active && inactive_is_low()) {
			n = min(active, SWAP_CLUSTER_MAX);
			shrink_active_list(n, sc);
			active -= n;
		} else if (inactive) {
			n = min(inactive, SWAP_CLUSTER_MAX);
			shrink_inactive_list(n, sc);
			inactive -= n;
		} else {
			break;
		}
	}
}

static void shrink_once(struct scan_control *sc)
{
	unsigned long slab;

	shrink_lists(sc);
	slab = shrink_slab(sc->gfp, sc->priority);
	/* Objects are not pages: some of the slabs they leave become free. */
	sc->nr_reclaimed += slab / 16;
	sc->slab_freed += slab;
}

/* Returns pages freed (at least 1 if anything was). */
unsigned long reclaim_pages(struct scan_control *sc)
{
	for (sc->priority = DEF_PRIORITY; sc->priority >= 0; sc->priority--) {
		shrink_once(sc);
		if (sc->nr_reclaimed >= sc->nr_to_reclaim)
			break;
		/* Getting harder: dirty pages are in the way. */
		if (sc->priority < DEF_PRIORITY - 2)
			sc->may_writepage = true;
		if (sc->is_kswapd && kswapd_should_end())
			break;
	}
	if (!sc->nr_reclaimed && sc->slab_freed)
		return 1;
	return sc->nr_reclaimed;
}
