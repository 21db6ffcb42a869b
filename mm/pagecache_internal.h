/* SPDX-License-Identifier: MIT */
/* Declarations shared by the files of the page cache, for nobody else. */
#ifndef MM_PAGECACHE_INTERNAL_H
#define MM_PAGECACHE_INTERNAL_H

#include "kernel/lib/types.h"

struct address_space;
struct page;
struct file;

/* Lock a page nobody else can see yet, which is about to enter @mapping. */
void page_lock_new(struct page *page, struct address_space *mapping);

#if CONFIG_CHECKS
/* P18: called after a writepage; @page may have left the cache, @index was its place. */
void page_check_written(struct page *page, struct address_space *mapping, pgoff_t index);
#else
static inline void page_check_written(struct page *page, struct address_space *mapping,
				      pgoff_t index)
{
}
#endif

#endif
