// SPDX-License-Identifier: MIT
/*
 * The LRU lists: adding, activating, rotating and freeing pages.
 *
 * A page on a list has PG_lru set; the flag and the links change under lru_lock, which is taken
 * with interrupts off because the end of a write rotates pages.  To keep that lock off the hot
 * paths, each CPU collects pages in small vectors, each holding a reference to its pages, and moves
 * a whole vector under one lock.  A page in a vector is not on a list yet; whoever needs it there
 * (invalidation, reclaim) calls lru_add_drain().
 *
 * The vectors are used with preemption off by their own CPU; the one for rotation is also used by
 * interrupts, so that one is used with interrupts off.
 *
 * A page is freed by whoever drops its last reference.  Nobody can find it then, except the LRU
 * scanner, which takes references with get_page_unless_zero() under lru_lock and so never revives
 * a page that is being freed.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/list.h"
#include "kernel/lock/preempt.h"
#include "kernel/lock/spinlock.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/percpu.h"
#include "mm/gfp.h"
#include "mm/mm.h"
#include "mm/pagemap.h"
#include "mm/pagevec.h"
#include "mm/swap.h"
#include "mm/vmstat.h"

struct lruvec node_lruvec = {
	.lru_lock = __SPIN_LOCK_UNLOCKED(node_lruvec.lru_lock),
	.lists = {
		LIST_HEAD_INIT(node_lruvec.lists[0]),
		LIST_HEAD_INIT(node_lruvec.lists[1]),
		LIST_HEAD_INIT(node_lruvec.lists[2]),
		LIST_HEAD_INIT(node_lruvec.lists[3]),
		LIST_HEAD_INIT(node_lruvec.lists[4]),
	},
};

struct lru_pvecs {
	struct pagevec add;
	struct pagevec activate;
	struct pagevec deactivate;
	struct pagevec rotate;		/* interrupts off */
};

static DEFINE_PER_CPU(struct lru_pvecs, lru_pvecs);

enum lru_list page_lru(const struct page *page)
{
	if (PageUnevictable(page))
		return LRU_UNEVICTABLE;
	if (page_is_file_cache(page))
		return PageActive(page) ? LRU_ACTIVE_FILE : LRU_INACTIVE_FILE;
	return PageActive(page) ? LRU_ACTIVE_ANON : LRU_INACTIVE_ANON;
}

void lru_add_locked(struct page *page, enum lru_list lru, bool tail)
{
	if (tail)
		list_add_tail(&page->lru, &node_lruvec.lists[lru]);
	else
		list_add(&page->lru, &node_lruvec.lists[lru]);
	WRITE_ONCE(node_lruvec.size[lru], node_lruvec.size[lru] + 1);
}

void lru_del_locked(struct page *page, enum lru_list lru)
{
	list_del(&page->lru);
	WRITE_ONCE(node_lruvec.size[lru], node_lruvec.size[lru] - 1);
}

unsigned long lru_size(enum lru_list lru)
{
	return READ_ONCE(node_lruvec.size[lru]);
}

/* --- vectors --------------------------------------------------------------------------------- */

static void move_add(struct page *page)
{
	VM_BUG_ON_PAGE(PageLRU(page), page);
	SetPageLRU(page);
	lru_add_locked(page, page_lru(page), false);
}

static void move_activate(struct page *page)
{
	if (!PageLRU(page) || PageActive(page) || PageUnevictable(page))
		return;
	lru_del_locked(page, page_lru(page));
	SetPageActive(page);
	lru_add_locked(page, page_lru(page), false);
	inc_page_state(PGACTIVATE);
}

/*
 * Invalidation could not drop the page.  A clean one goes where reclaim looks first; a dirty one is
 * left to the flusher for a while and rotated when its write ends.
 */
static void move_deactivate(struct page *page)
{
	bool writing = PageWriteback(page) || PageDirty(page);

	if (!PageLRU(page) || PageUnevictable(page) || page_mapped(page))
		return;
	lru_del_locked(page, page_lru(page));
	ClearPageActive(page);
	ClearPageReferenced(page);
	if (writing)
		SetPageReclaim(page);
	lru_add_locked(page, page_lru(page), !writing);
}

static void move_rotate(struct page *page)
{
	if (!PageLRU(page) || PageUnevictable(page))
		return;
	lru_del_locked(page, page_lru(page));
	ClearPageActive(page);
	lru_add_locked(page, page_lru(page), true);
}

/* Apply @move to every page of the vector, which ends empty and without references. */
static void pagevec_move(struct pagevec *pvec, void (*move)(struct page *))
{
	unsigned long flags;
	unsigned int i;

	if (!pagevec_count(pvec))
		return;
	spin_lock_irqsave(&node_lruvec.lru_lock, flags);
	for (i = 0; i < pagevec_count(pvec); i++)
		move(pvec->pages[i]);
	spin_unlock_irqrestore(&node_lruvec.lru_lock, flags);
	release_pages(pvec->pages, pvec->nr);
	pagevec_reinit(pvec);
}

void __pagevec_lru_add(struct pagevec *pvec)
{
	pagevec_move(pvec, move_add);
}

void lru_cache_add(struct page *page)
{
	struct pagevec *pvec;

	get_page(page);
	preempt_disable();
	pvec = &this_cpu_ptr(&lru_pvecs)->add;
	if (!pagevec_add(pvec, page))
		pagevec_move(pvec, move_add);
	preempt_enable();
}

void lru_cache_add_file(struct page *page)
{
	lru_cache_add(page);
}

void lru_cache_add_anon(struct page *page)
{
	SetPageSwapBacked(page);
	lru_cache_add(page);
}

void lru_cache_add_active_or_unevictable(struct page *page, struct vm_area_struct *vma)
{
	if ((vma->vm_flags & (VM_LOCKED | VM_SPECIAL)) != VM_LOCKED) {
		SetPageActive(page);
	} else {
		SetPageMlocked(page);
		SetPageUnevictable(page);
	}
	lru_cache_add(page);
}

void activate_page(struct page *page)
{
	struct pagevec *pvec;

	page = compound_head(page);
	if (!PageLRU(page) || PageActive(page) || PageUnevictable(page))
		return;
	get_page(page);
	preempt_disable();
	pvec = &this_cpu_ptr(&lru_pvecs)->activate;
	if (!pagevec_add(pvec, page))
		pagevec_move(pvec, move_activate);
	preempt_enable();
}

/* The page may still wait in this CPU's vector: then it goes to the active list from there. */
static void activate_pending(struct page *page)
{
	struct pagevec *pvec;
	int i;

	preempt_disable();
	pvec = &this_cpu_ptr(&lru_pvecs)->add;
	for (i = pagevec_count(pvec) - 1; i >= 0; i--) {
		if (pvec->pages[i] == page) {
			SetPageActive(page);
			break;
		}
	}
	preempt_enable();
}

/*
 * inactive, unreferenced -> inactive, referenced -> active, unreferenced -> active, referenced
 */
void mark_page_accessed(struct page *page)
{
	page = compound_head(page);
	if (!PageReferenced(page)) {
		SetPageReferenced(page);
	} else if (!PageActive(page) && !PageUnevictable(page)) {
		if (PageLRU(page))
			activate_page(page);
		else
			activate_pending(page);
		ClearPageReferenced(page);
	}
}

void deactivate_file_page(struct page *page)
{
	struct pagevec *pvec;

	if (PageUnevictable(page) || !get_page_unless_zero(page))
		return;
	preempt_disable();
	pvec = &this_cpu_ptr(&lru_pvecs)->deactivate;
	if (!pagevec_add(pvec, page))
		pagevec_move(pvec, move_deactivate);
	preempt_enable();
}

void rotate_reclaimable_page(struct page *page)
{
	struct pagevec *pvec;
	unsigned long flags;

	if (PageLocked(page) || PageDirty(page) || PageUnevictable(page) || !PageLRU(page))
		return;
	get_page(page);
	local_irq_save(flags);
	pvec = &this_cpu_ptr(&lru_pvecs)->rotate;
	if (!pagevec_add(pvec, page))
		pagevec_move(pvec, move_rotate);
	local_irq_restore(flags);
}

void lru_add_drain(void)
{
	struct lru_pvecs *p;
	unsigned long flags;

	preempt_disable();
	p = this_cpu_ptr(&lru_pvecs);
	pagevec_move(&p->add, move_add);
	pagevec_move(&p->activate, move_activate);
	pagevec_move(&p->deactivate, move_deactivate);
	if (pagevec_count(&p->rotate)) {
		local_irq_save(flags);
		pagevec_move(&p->rotate, move_rotate);
		local_irq_restore(flags);
	}
	preempt_enable();
}

static void drain_work(struct work_struct *work)
{
	lru_add_drain();
}

void lru_add_drain_all(void)
{
	schedule_on_each_cpu(drain_work);
}

/* --- freeing --------------------------------------------------------------------------------- */

/* The count of @page is zero: unlink it. */
static void lru_unlink_dead(struct page *page)
{
	unsigned long flags;

	if (!PageLRU(page))
		return;
	spin_lock_irqsave(&node_lruvec.lru_lock, flags);
	VM_BUG_ON_PAGE(!PageLRU(page), page);
	lru_del_locked(page, page_lru(page));
	ClearPageLRU(page);
	spin_unlock_irqrestore(&node_lruvec.lru_lock, flags);
	ClearPageActive(page);
	ClearPageUnevictable(page);
}

void __put_page(struct page *page)
{
	if (unlikely(PageCompound(page))) {
		free_compound_page(page);
		return;
	}
	lru_unlink_dead(page);
	free_unref_page(page);
}

void release_pages(struct page **pages, int nr)
{
	unsigned long flags = 0;
	bool locked = false;
	LIST_HEAD(dead);
	int i;

	for (i = 0; i < nr; i++) {
		struct page *page = compound_head(pages[i]);

		if (!put_page_testzero(page))
			continue;
		if (unlikely(PageCompound(page))) {
			if (locked) {
				spin_unlock_irqrestore(&node_lruvec.lru_lock, flags);
				locked = false;
			}
			free_compound_page(page);
			continue;
		}
		if (PageLRU(page)) {
			if (!locked) {
				spin_lock_irqsave(&node_lruvec.lru_lock, flags);
				locked = true;
			}
			lru_del_locked(page, page_lru(page));
			ClearPageLRU(page);
			ClearPageActive(page);
			ClearPageUnevictable(page);
		}
		list_add(&page->lru, &dead);
	}
	if (locked)
		spin_unlock_irqrestore(&node_lruvec.lru_lock, flags);
	if (!list_empty(&dead))
		free_unref_page_list(&dead);
}

void __pagevec_release(struct pagevec *pvec)
{
	release_pages(pvec->pages, pvec->nr);
	pagevec_reinit(pvec);
}
