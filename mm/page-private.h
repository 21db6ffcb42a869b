/* SPDX-License-Identifier: MIT */
/*
 * What the page cache does with a page's private data when the address space has no operation of
 * its own for it: private data is then a ring of buffer heads, and these three functions of the
 * buffer layer (fs/buffer.c) are the defaults the locking document names (P21, P23, P24).
 */
#ifndef MM_PAGE_PRIVATE_H
#define MM_PAGE_PRIVATE_H

#include "kernel/lib/types.h"

struct page;

int __set_page_dirty_buffers(struct page *page);
void block_invalidatepage(struct page *page, unsigned int offset, unsigned int length);
bool try_to_free_buffers(struct page *page);

#define page_has_private(page)	PagePrivate(page)

#endif
