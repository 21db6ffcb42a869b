/* SPDX-License-Identifier: MIT */
/*
 * The LRU lists of pages that can be reclaimed, and reclaim itself.
 *
 * Pages reach the lists through small per-CPU vectors, so the list lock is taken once for many
 * pages.  A page is on a list exactly when PG_lru is set, and PG_lru changes under the list lock.
 */
#ifndef MM_SWAP_H
#define MM_SWAP_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"
#include "mm/gfp.h"

struct page;
struct address_space;
struct vm_area_struct;

enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	LRU_UNEVICTABLE,
	NR_LRU_LISTS,
};

struct lruvec {
	spinlock_t lru_lock;			/* lists, sizes, PG_lru; interrupts off */
	struct list_head lists[NR_LRU_LISTS];
	unsigned long size[NR_LRU_LISTS];
	unsigned long recent_rotated[2];	/* 0 anonymous, 1 file */
	unsigned long recent_scanned[2];
};

extern struct lruvec node_lruvec;

/* mm/swap.c */

/* A new page (one reference held by the caller) goes to its LRU list soon.  Any process context. */
void lru_cache_add(struct page *page);
void lru_cache_add_file(struct page *page);
void lru_cache_add_anon(struct page *page);
/* A new anonymous page of a mapping goes to the active list. */
void lru_cache_add_active_or_unevictable(struct page *page, struct vm_area_struct *vma);
/* Second touch of an inactive page activates it. */
void mark_page_accessed(struct page *page);
void activate_page(struct page *page);
/* The page is of no use soon: move it to the tail of the inactive list. */
void deactivate_file_page(struct page *page);
/* The write of a page wanted by reclaim ended: move it to the tail.  Interrupt context too. */
void rotate_reclaimable_page(struct page *page);
/* Empty the vectors of this CPU, or of all CPUs (sleeps). */
void lru_add_drain(void);
void lru_add_drain_all(void);
/* Link and unlink a page, lru_lock held.  @tail: the end that is reclaimed first. */
void lru_add_locked(struct page *page, enum lru_list lru, bool tail);
void lru_del_locked(struct page *page, enum lru_list lru);
enum lru_list page_lru(const struct page *page);

unsigned long lru_size(enum lru_list lru);

/* mm/vmscan.c */

/* try_to_free_pages() and wakeup_kswapd(), the allocator's way in, are declared in mm/gfp.h. */
void kswapd_init(void);
/* Take a page off its list for migration or the like; -EBUSY when it is not on one. */
int isolate_lru_page(struct page *page);
void putback_lru_page(struct page *page);
/* Take a clean unmapped locked page out of its mapping; true: removed, caller has the last ref. */
bool remove_mapping(struct address_space *mapping, struct page *page);
/* Reclaim about @nr_pages on purpose (tests, tidying up at the end).  Returns pages freed. */
unsigned long shrink_all_memory(unsigned long nr_pages);

#endif
