/* SPDX-License-Identifier: MIT */
/* A small array of referenced pages, to take one lock for many of them.  Stack or per CPU. */
#ifndef MM_PAGEVEC_H
#define MM_PAGEVEC_H

#include "kernel/lib/types.h"
#include "kernel/lib/xarray.h"

#define PAGEVEC_SIZE	15

struct page;
struct address_space;

struct pagevec {
	unsigned char nr;
	struct page *pages[PAGEVEC_SIZE];
};

/* Drop the references of all pages and empty the vector. */
void __pagevec_release(struct pagevec *pvec);
/* Put the pages on the LRU lists and drop the references. */
void __pagevec_lru_add(struct pagevec *pvec);
unsigned int pagevec_lookup_range(struct pagevec *pvec, struct address_space *mapping,
				  pgoff_t *start, pgoff_t end);
unsigned int pagevec_lookup_range_tag(struct pagevec *pvec, struct address_space *mapping,
				      pgoff_t *index, pgoff_t end, xa_mark_t tag);

static inline void pagevec_init(struct pagevec *pvec)
{
	pvec->nr = 0;
}

static inline void pagevec_reinit(struct pagevec *pvec)
{
	pvec->nr = 0;
}

static inline unsigned int pagevec_count(struct pagevec *pvec)
{
	return pvec->nr;
}

static inline unsigned int pagevec_space(struct pagevec *pvec)
{
	return PAGEVEC_SIZE - pvec->nr;
}

/* Add a page; returns the slots left. */
static inline unsigned int pagevec_add(struct pagevec *pvec, struct page *page)
{
	pvec->pages[pvec->nr++] = page;
	return pagevec_space(pvec);
}

static inline void pagevec_release(struct pagevec *pvec)
{
	if (pagevec_count(pvec))
		__pagevec_release(pvec);
}

static inline unsigned int pagevec_lookup(struct pagevec *pvec, struct address_space *mapping,
					  pgoff_t *start)
{
	return pagevec_lookup_range(pvec, mapping, start, (pgoff_t)-1);
}

#endif
