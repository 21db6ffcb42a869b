/* SPDX-License-Identifier: MIT */
/*
 * Flags of struct page.
 *
 * page->flags is changed only with atomic bit operations, except by the sole owner of a page that
 * nobody else can see yet (the __Set/__Clear forms).  Which lock makes a flag stable:
 *   locked, waiters        the page lock protocol itself (mm/pagemap.h)
 *   uptodate, error, dirty, writeback, private, mappedtodisk, checked: the page lock, except that
 *                          dirty may be set and writeback cleared without it
 *   lru, active, unevictable, reclaim: the LRU lock to change lru; the others are hints
 *   slab, buddy, table, head, reserved: the allocator that owns the page
 */
#ifndef MM_PAGE_FLAGS_H
#define MM_PAGE_FLAGS_H

#include "kernel/lib/types.h"
#include "kernel/x86/bitops.h"

enum pageflags {
	PG_locked,
	PG_referenced,
	PG_uptodate,
	PG_dirty,
	PG_lru,
	PG_active,
	PG_workingset,
	PG_waiters,
	PG_error,
	PG_slab,
	PG_checked,
	PG_swapcache,
	PG_reserved,
	PG_private,
	PG_private_2,
	PG_writeback,
	PG_head,
	PG_mappedtodisk,
	PG_reclaim,
	PG_swapbacked,
	PG_unevictable,
	PG_mlocked,
	PG_hwpoison,
	PG_readahead,	/* the flusher never looks at it, so it has a bit of its own */
	PG_buddy,	/* on a free list of the buddy allocator; guarded by zone->lock */
	PG_table,	/* a page of page-table entries */
	PG_pcp,		/* on a per-CPU free list */
	__NR_PAGEFLAGS
};

struct page;

/* Written so that page_flags.h does not need the layout: flags is the first word of struct page. */
#define page_flags_word(page) ((unsigned long *)(page))

#define TESTPAGEFLAG(uname, lname)                                                                 \
	static inline int Page##uname(const struct page *page)                                     \
	{                                                                                          \
		return (*(const volatile unsigned long *)page >> PG_##lname) & 1;                  \
	}
#define SETPAGEFLAG(uname, lname)                                                                  \
	static inline void SetPage##uname(struct page *page)                                       \
	{                                                                                          \
		set_bit(PG_##lname, page_flags_word(page));                                        \
	}
#define CLEARPAGEFLAG(uname, lname)                                                                \
	static inline void ClearPage##uname(struct page *page)                                     \
	{                                                                                          \
		clear_bit(PG_##lname, page_flags_word(page));                                      \
	}
#define __SETPAGEFLAG(uname, lname)                                                                \
	static inline void __SetPage##uname(struct page *page)                                     \
	{                                                                                          \
		*page_flags_word(page) |= 1UL << PG_##lname;                                       \
	}
#define __CLEARPAGEFLAG(uname, lname)                                                              \
	static inline void __ClearPage##uname(struct page *page)                                   \
	{                                                                                          \
		*page_flags_word(page) &= ~(1UL << PG_##lname);                                    \
	}
#define TESTSETFLAG(uname, lname)                                                                  \
	static inline int TestSetPage##uname(struct page *page)                                    \
	{                                                                                          \
		return test_and_set_bit(PG_##lname, page_flags_word(page));                        \
	}
#define TESTCLEARFLAG(uname, lname)                                                                \
	static inline int TestClearPage##uname(struct page *page)                                  \
	{                                                                                          \
		return test_and_clear_bit(PG_##lname, page_flags_word(page));                      \
	}
#define PAGEFLAG(uname, lname)                                                                     \
	TESTPAGEFLAG(uname, lname)                                                                 \
	SETPAGEFLAG(uname, lname)                                                                  \
	CLEARPAGEFLAG(uname, lname)                                                                \
	__SETPAGEFLAG(uname, lname)                                                                \
	__CLEARPAGEFLAG(uname, lname)                                                              \
	TESTSETFLAG(uname, lname)                                                                  \
	TESTCLEARFLAG(uname, lname)

PAGEFLAG(Locked, locked)
PAGEFLAG(Referenced, referenced)
PAGEFLAG(Dirty, dirty)
PAGEFLAG(LRU, lru)
PAGEFLAG(Active, active)
PAGEFLAG(Workingset, workingset)
PAGEFLAG(Waiters, waiters)
PAGEFLAG(Error, error)
PAGEFLAG(Slab, slab)
PAGEFLAG(Checked, checked)
PAGEFLAG(SwapCache, swapcache)
PAGEFLAG(Reserved, reserved)
PAGEFLAG(Private, private)
PAGEFLAG(Private2, private_2)
PAGEFLAG(Writeback, writeback)
PAGEFLAG(Head, head)
PAGEFLAG(MappedToDisk, mappedtodisk)
PAGEFLAG(Reclaim, reclaim)
PAGEFLAG(SwapBacked, swapbacked)
PAGEFLAG(Unevictable, unevictable)
PAGEFLAG(Mlocked, mlocked)
PAGEFLAG(HWPoison, hwpoison)
PAGEFLAG(Readahead, readahead)
PAGEFLAG(Buddy, buddy)
PAGEFLAG(Table, table)
PAGEFLAG(Pcp, pcp)
CLEARPAGEFLAG(Uptodate, uptodate)
TESTCLEARFLAG(Uptodate, uptodate)

/* A reader that sees uptodate must also see the data: pairs with SetPageUptodate. */
static inline int PageUptodate(const struct page *page)
{
	int ret = (*(const volatile unsigned long *)page >> PG_uptodate) & 1;

	__asm__ volatile("" ::: "memory");	/* x86 does not reorder loads; the compiler might */
	return ret;
}

static inline void SetPageUptodate(struct page *page)
{
	__asm__ volatile("" ::: "memory");	/* data before flag; stores stay in order on x86 */
	set_bit(PG_uptodate, page_flags_word(page));
}

static inline void __SetPageUptodate(struct page *page)
{
	__asm__ volatile("" ::: "memory");
	*page_flags_word(page) |= 1UL << PG_uptodate;
}

/* Flags that must be clear when a page is freed, and those cleared on allocation. */
#define PAGE_FLAGS_CHECK_AT_FREE                                                                   \
	(1UL << PG_lru | 1UL << PG_locked | 1UL << PG_private | 1UL << PG_private_2 |              \
	 1UL << PG_writeback | 1UL << PG_reserved | 1UL << PG_slab | 1UL << PG_buddy |	           \
	  1UL << PG_pcp | 1UL << PG_table)
#define PAGE_FLAGS_CHECK_AT_PREP ((1UL << __NR_PAGEFLAGS) - 1)

#endif
