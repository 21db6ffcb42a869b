/* SPDX-License-Identifier: MIT */
/*
 * struct page: one for every frame of memory, in the vmemmap array.
 *
 * Reference protocol: _refcount is the number of holders (0 while free).  get_page() needs an
 * existing reference; a lookup without one uses get_page_unless_zero() and then checks again that
 * the page is still what it looked for.  _mapcount counts page-table entries, from -1.
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lib/bug.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/layout.h"
#include "mm/page_flags.h"

#define PAGE_ALIGN(addr)       (((addr) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_ALIGNED(addr)     (((unsigned long)(addr) & (PAGE_SIZE - 1)) == 0)
#define offset_in_page(p)      ((unsigned long)(p) & ~PAGE_MASK)
struct address_space;
struct kmem_cache;
struct task_struct;

struct page {
	unsigned long flags;		/* atomic bits; must stay first (page_flags.h) */
	union {
		struct {
			/* LRU lists: lru lock.  Otherwise whoever owns the page uses it. */
			struct list_head lru;
			/* owner; changed with the page locked.  Bit 0 set: an anon_vma. */
			struct address_space *mapping;
			pgoff_t index;	/* in mapping, in pages; page lock and i_pages lock */
			/* buffer heads if PG_private (page lock); buddy order if PG_buddy */
			unsigned long private;
		};
		struct {			/* slab: all guarded by the cache's list lock */
			struct list_head slab_list;
			struct kmem_cache *slab_cache;
			void *freelist;
			unsigned int inuse;	/* objects handed out of this slab */
			unsigned int objects;
		};
		struct {			/* tail page of a compound page */
			unsigned long compound_head;	/* head page | 1 */
			unsigned int compound_order;	/* in the first tail page only */
		};
		struct {			/* page waiting for an RCU grace period */
			struct rcu_head rcu_head;
		};
	};
	atomic_t _mapcount;		/* page-table entries that map it, minus one */
	atomic_t _refcount;
	union {
		struct task_struct *lock_owner;	/* who holds PG_locked (diagnosis only) */
		void *ptl;			/* page tables: the spinlock of this table */
	};
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct page) == 64, "struct page is indexed by shifting");

#define vmemmap ((struct page *)VMEMMAP_START)

extern unsigned long max_pfn;	/* first frame number past the last page of memory */

#define pfn_to_page(pfn)   (vmemmap + (pfn))
#define page_to_pfn(page)  ((unsigned long)((page) - vmemmap))
#define page_to_phys(page) (page_to_pfn(page) << PAGE_SHIFT)
#define phys_to_page(pa)   pfn_to_page((unsigned long)(pa) >> PAGE_SHIFT)

#define virt_to_page(x) phys_to_page(__pa(x))
#define virt_to_pfn(x)	(__pa(x) >> PAGE_SHIFT)

static inline void *page_address(const struct page *page)
{
	return phys_to_virt(page_to_phys(page));
}
#define page_to_virt(page) page_address(page)
#define kmap(page)	   page_address(page)
#define kunmap(page)	   ((void)(page))
#define kmap_atomic(page)  page_address(page)
#define kunmap_atomic(addr) ((void)(addr))

bool pfn_valid(unsigned long pfn);	/* does this frame have a struct page? */

static inline int PageTail(const struct page *page)
{
	return *(volatile const unsigned long *)&page->compound_head & 1;
}

static inline struct page *compound_head(struct page *page)
{
	unsigned long head = *(volatile unsigned long *)&page->compound_head;

	return (head & 1) ? (struct page *)(head - 1) : page;
}

static inline int PageCompound(const struct page *page)
{
	return PageHead(page) || PageTail(page);
}

static inline unsigned int compound_order(const struct page *page)
{
	return PageHead(page) ? page[1].compound_order : 0;
}

static inline struct page *virt_to_head_page(const void *x)
{
	return compound_head(virt_to_page(x));
}

/* ---- reference count ---- */

static inline int page_ref_count(const struct page *page)
{
	return atomic_read(&page->_refcount);
}

static inline int page_count(struct page *page)
{
	return atomic_read(&compound_head(page)->_refcount);
}

static inline void set_page_count(struct page *page, int v)
{
	atomic_set(&page->_refcount, v);
}

static inline void init_page_count(struct page *page)
{
	set_page_count(page, 1);
}

static inline void page_ref_add(struct page *page, int nr)
{
	atomic_add(nr, &page->_refcount);
}

static inline void page_ref_sub(struct page *page, int nr)
{
	atomic_sub(nr, &page->_refcount);
}

static inline void get_page(struct page *page)
{
	page = compound_head(page);
#if CONFIG_CHECKS
	BUG_ON(atomic_read(&page->_refcount) <= 0);
#endif
	atomic_inc(&page->_refcount);
}

static inline int get_page_unless_zero(struct page *page)
{
	return atomic_add_unless(&page->_refcount, 1, 0);
}

/* A page-cache lookup under rcu_read_lock(): 0 means the page is being freed, look again. */
static inline int page_cache_get_speculative(struct page *page)
{
	return get_page_unless_zero(page);
}

static inline int put_page_testzero(struct page *page)
{
#if CONFIG_CHECKS
	BUG_ON(atomic_read(&page->_refcount) <= 0);
#endif
	return atomic_dec_and_test(&page->_refcount);
}

/* Make the count 0 if it is exactly @count: nobody else holds the page, nobody new can get it. */
static inline int page_ref_freeze(struct page *page, int count)
{
	return atomic_cmpxchg(&page->_refcount, count, 0) == count;
}

static inline void page_ref_unfreeze(struct page *page, int count)
{
	BUG_ON(page_count(page) != 0);
	__asm__ volatile("" ::: "memory");
	atomic_set(&page->_refcount, count);
}

void __put_page(struct page *page);	/* last reference gone: off the LRU, then free (swap.c) */

static inline void put_page(struct page *page)
{
	page = compound_head(page);
	if (put_page_testzero(page))
		__put_page(page);
}

void release_pages(struct page **pages, int nr);	/* put_page() on each, batched (swap.c) */

/* ---- map count ---- */

static inline void page_mapcount_reset(struct page *page)
{
	atomic_set(&page->_mapcount, -1);
}

static inline int page_mapcount(struct page *page)
{
	return atomic_read(&page->_mapcount) + 1;
}
#define total_mapcount(page) page_mapcount(page)

static inline bool page_mapped(struct page *page)
{
	return atomic_read(&page->_mapcount) >= 0;
}

/* ---- owner ---- */

#define PAGE_MAPPING_ANON  1UL
#define PAGE_MAPPING_FLAGS 1UL

static inline int PageAnon(const struct page *page)
{
	return ((unsigned long)page->mapping & PAGE_MAPPING_ANON) != 0;
}

static inline int page_is_file_cache(const struct page *page)
{
	return !PageSwapBacked(page);
}

/* The address space of a page-cache page; NULL for anonymous pages and all others. */
static inline struct address_space *page_mapping(struct page *page)
{
	struct address_space *m;

	page = compound_head(page);
	if (PageSlab(page))
		return NULL;
	m = *(struct address_space *volatile *)&page->mapping;
	return ((unsigned long)m & PAGE_MAPPING_FLAGS) ? NULL : m;
}
#define page_mapping_file(page) page_mapping(page)

static inline pgoff_t page_index(const struct page *page)
{
	return page->index;
}

#define page_private(page)	  ((page)->private)
#define set_page_private(page, v) ((page)->private = (v))

void dump_page(struct page *page, const char *reason);

void clear_page(void *addr);			/* one page of zeroes (x86) */
void copy_page(void *to, const void *from);	/* one page (x86) */

static inline void clear_highpage(struct page *page)
{
	clear_page(page_address(page));
}

#endif
