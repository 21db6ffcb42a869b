/* SPDX-License-Identifier: MIT */
/* Multi-page reads and writes: contiguous blocks of several pages in one bio. */
#ifndef FS_MPAGE_H
#define FS_MPAGE_H

#include "fs/buffer_head.h"

struct writeback_control;

/* aop readpages: @pages linked by lru, highest index first.  May sleep. */
int mpage_readpages(struct address_space *mapping, struct list_head *pages, unsigned int nr_pages,
		    get_block_t *get_block);
/* aop readpage: page locked, unlocked by the completion. */
int mpage_readpage(struct page *page, get_block_t *get_block);
/* aop writepages and writepage. */
int mpage_writepages(struct address_space *mapping, struct writeback_control *wbc,
		     get_block_t *get_block);
int mpage_writepage(struct page *page, get_block_t *get_block, struct writeback_control *wbc);

#endif
