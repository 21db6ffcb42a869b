/* SPDX-License-Identifier: MIT */
/*
 * Page allocation: flags, calls, and the scopes that narrow what an allocation may do.
 */
#ifndef MM_GFP_H
#define MM_GFP_H

#include "kernel/lib/types.h"
#include "mm/page.h"

#define __GFP_DMA	     0x01u	/* accepted; all memory is addressable by all our devices */
#define __GFP_HIGHMEM	     0x02u	/* accepted; all memory is in the direct map */
#define __GFP_DMA32	     0x04u	/* below 4 GiB is not enforced: no such device here */
#define __GFP_MOVABLE	     0x08u
#define __GFP_RECLAIMABLE    0x10u
#define __GFP_HIGH	     0x20u	/* may use half of the reserve */
#define __GFP_IO	     0x40u	/* reclaim may start I/O */
#define __GFP_FS	     0x80u	/* reclaim may call into a file system */
#define __GFP_ZERO	     0x100u
#define __GFP_ATOMIC	     0x200u	/* cannot sleep: and a quarter of what is left then */
#define __GFP_DIRECT_RECLAIM 0x400u	/* the caller may sleep and reclaim */
#define __GFP_KSWAPD_RECLAIM 0x800u	/* wake kswapd when memory is low */
#define __GFP_WRITE	     0x1000u	/* the page is about to be dirtied */
#define __GFP_NOWARN	     0x2000u
#define __GFP_RETRY_MAYFAIL  0x4000u
#define __GFP_NOFAIL	     0x8000u	/* retry for ever; needs __GFP_DIRECT_RECLAIM */
#define __GFP_NORETRY	     0x10000u
#define __GFP_MEMALLOC	     0x20000u	/* all of the reserve: the caller frees more soon */
#define __GFP_COMP	     0x40000u	/* make a compound page */
#define __GFP_NOMEMALLOC     0x80000u	/* no reserve even under PF_MEMALLOC */
#define __GFP_HARDWALL	     0x100000u
#define __GFP_ACCOUNT	     0x200000u
#define __GFP_THISNODE	     0x400000u
#define __GFP_BITS_MASK	     0x7fffffu

#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)

#define GFP_ATOMIC	     (__GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL	     (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT   (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOWAIT	     (__GFP_KSWAPD_RECLAIM)
#define GFP_NOIO	     (__GFP_RECLAIM)
#define GFP_NOFS	     (__GFP_RECLAIM | __GFP_IO)
#define GFP_USER	     (__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL)
#define GFP_HIGHUSER	     (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)

#define GFP_RECLAIM_MASK                                                                           \
	(__GFP_RECLAIM | __GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_NOWARN | __GFP_RETRY_MAYFAIL |   \
	 __GFP_NOFAIL | __GFP_NORETRY | __GFP_MEMALLOC | __GFP_NOMEMALLOC | __GFP_ATOMIC)

#define MAX_ORDER 11	/* orders 0..10: 4 KiB to 4 MiB */
#define PAGE_ALLOC_COSTLY_ORDER 3

static inline bool gfpflags_allow_blocking(gfp_t flags)
{
	return !!(flags & __GFP_DIRECT_RECLAIM);
}

/*
 * Allocate 2^order pages.  Returns the first page with one reference, or NULL.  May sleep when
 * @gfp has __GFP_DIRECT_RECLAIM.  Without __GFP_COMP the pages of an order > 0 block are to be
 * freed together with __free_pages() of the same order.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order);
#define alloc_page(gfp) alloc_pages(gfp, 0)
#define __page_cache_alloc(gfp) alloc_pages(gfp, 0)
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
#define __get_free_page(gfp) __get_free_pages(gfp, 0)
unsigned long get_zeroed_page(gfp_t gfp);

/* Drop one reference; the block is freed when it was the last one. */
void __free_pages(struct page *page, unsigned int order);
void free_pages(unsigned long addr, unsigned int order);
#define __free_page(page) __free_pages((page), 0)
#define free_page(addr)	  free_pages((addr), 0)

/* A block whose count has reached 0 already (put_page, mmu_gather, LRU). */
void free_unref_page(struct page *page);
void free_unref_page_list(struct list_head *list);	/* linked through page->lru, order 0 */
void free_compound_page(struct page *page);

void *alloc_pages_exact(size_t size, gfp_t gfp);
void free_pages_exact(void *virt, size_t size);
void split_page(struct page *page, unsigned int order);	/* now 2^order single pages */

/* ---- memory pressure ---- */

enum zone_watermarks { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARK };

/* The one zone: counters are in pages.  Read without locks; free is exact to the per-CPU lists. */
unsigned long nr_free_pages(void);		/* buddy lists plus per-CPU lists */
unsigned long totalram_pages(void);
unsigned long zone_watermark(enum zone_watermarks mark);
bool zone_watermark_ok(unsigned int order, unsigned long mark, gfp_t gfp);
void drain_local_pages(void);			/* this CPU's lists back to the buddy */
void drain_all_pages(void);			/* every CPU's; sleeps */
int get_order(unsigned long size);

/* Provided by reclaim (mm/vmscan.c).  Returns the number of pages freed. */
unsigned long try_to_free_pages(unsigned int order, gfp_t gfp);
void wakeup_kswapd(unsigned int order, gfp_t gfp);

/* ---- allocation scopes: nest, return the previous state to be restored ---- */

unsigned int memalloc_noio_save(void);
void memalloc_noio_restore(unsigned int flags);
unsigned int memalloc_nofs_save(void);
void memalloc_nofs_restore(unsigned int flags);
unsigned int memalloc_noreclaim_save(void);	/* PF_MEMALLOC: the reserve is open */
void memalloc_noreclaim_restore(unsigned int flags);
gfp_t current_gfp_context(gfp_t gfp);		/* @gfp narrowed by the scopes of this task */

#endif
