// SPDX-License-Identifier: MIT
/*
 * Removing pages from the cache: truncation, hole punching, invalidation.
 *
 * Truncation must end with the range empty whatever else goes on.  It first passes over the range
 * taking the pages that are free, then again, waiting for each page's lock and writeback.  That it
 * ends, and that no page appears behind it, is the caller's doing: i_size was lowered first (so
 * readers and faults do not instantiate pages beyond it), and the invalidate lock is held
 * exclusively (so those that already looked at the old size are out).
 *
 * User mappings go before the pages (unmap_mapping_range), and again for each page that is found
 * mapped under its lock: a fault may have mapped it in between, but a fault returns with the page
 * locked and checks page->mapping, so after our removal it finds out.
 *
 * Invalidation is different: it removes what is clean and unused (invalidate_mapping_pages), or
 * must empty the range without losing data (invalidate_inode_pages2_range, which launders).
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "fs/fs.h"
#include "mm/backing-dev.h"
#include "mm/mm.h"
#include "mm/page-private.h"
#include "mm/pagemap.h"
#include "mm/pagevec.h"
#include "mm/rmap.h"
#include "mm/swap.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"

/* Drop the private data of [offset, offset + length) of the locked page (P23). */
void do_invalidatepage(struct page *page, unsigned int offset, unsigned int length)
{
	struct address_space *mapping = page_mapping(page);

	if (mapping && mapping->a_ops->invalidatepage)
		aop_invalidatepage(mapping->a_ops, page, offset, length);
	else
		block_invalidatepage(page, offset, length);
}

bool try_to_release_page(struct page *page, gfp_t gfp)
{
	struct address_space *mapping = page_mapping(page);

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	if (PageWriteback(page))
		return false;
	if (mapping && mapping->a_ops->releasepage)
		return aop_releasepage(mapping->a_ops, page, gfp);
	return try_to_free_buffers(page);
}

/* Everything about a locked page of @mapping but its removal. */
static void truncate_cleanup_page(struct address_space *mapping, struct page *page)
{
	if (page_mapped(page))
		unmap_mapping_pages(mapping, page->index, 1, false);
	if (page_has_private(page))
		do_invalidatepage(page, 0, PAGE_SIZE);
	/*
	 * Some file systems redirty in invalidatepage; and set_page_dirty through a mapping that
	 * is gone now may have come after the page was claimed.
	 */
	cancel_dirty_page(page);
	ClearPageMappedToDisk(page);
}

/* Locked page.  -EIO if it does not belong to @mapping any more. */
int truncate_inode_page(struct address_space *mapping, struct page *page)
{
	if (page->mapping != mapping)
		return -EIO;
	truncate_cleanup_page(mapping, page);
	delete_from_page_cache(page);
	return 0;
}

/* A page with broken memory is taken out of a file: only file systems for which that is safe. */
int generic_error_remove_page(struct address_space *mapping, struct page *page)
{
	if (!mapping || !S_ISREG(mapping->host->i_mode))
		return -EIO;
	return truncate_inode_page(mapping, page);
}

/* First sweep: whole pages of [start, end) that need no waiting. */
static void truncate_easy(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	struct pagevec pvec, locked;
	pgoff_t index = start;
	unsigned int i;

	while (index < end && pagevec_lookup_range(&pvec, mapping, &index, end - 1)) {
		pagevec_init(&locked);
		for (i = 0; i < pagevec_count(&pvec); i++) {
			struct page *page = pvec.pages[i];

			if (!trylock_page(page))
				continue;
			if (PageWriteback(page) || page->mapping != mapping) {
				unlock_page(page);
				continue;
			}
			pagevec_add(&locked, page);
		}
		for (i = 0; i < pagevec_count(&locked); i++)
			truncate_cleanup_page(mapping, locked.pages[i]);
		delete_from_page_cache_batch(mapping, &locked);
		for (i = 0; i < pagevec_count(&locked); i++)
			unlock_page(locked.pages[i]);
		pagevec_release(&pvec);
		cond_resched();
		if (index == (pgoff_t)-1)
			break;
	}
}

/* Second sweep: wait for every page that is left, until a whole pass finds none. */
static void truncate_waiting(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	struct pagevec pvec;
	unsigned int i;

	for (;;) {
		pgoff_t index = start;

		cond_resched();
		if (!pagevec_lookup_range(&pvec, mapping, &index, end - 1))
			break;
		for (i = 0; i < pagevec_count(&pvec); i++) {
			struct page *page = pvec.pages[i];

			lock_page(page);
			wait_on_page_writeback(page);
			truncate_inode_page(mapping, page);
			unlock_page(page);
		}
		pagevec_release(&pvec);
	}
}

/* Zero [from, to) of the page at @index, if it is cached. */
static void truncate_partial(struct address_space *mapping, pgoff_t index, unsigned int from,
			     unsigned int to)
{
	struct page *page = find_lock_page(mapping, index);

	if (!page)
		return;
	wait_on_page_writeback(page);
	memset((char *)page_address(page) + from, 0, to - from);
	if (page_has_private(page))
		do_invalidatepage(page, from, to - from);
	unlock_page(page);
	put_page(page);
}

/*
 * Remove [lstart, lend] (bytes; lend is the last byte of a page, or -1 for the end of the file,
 * or falls within a page, which is then zeroed up to it).
 */
void truncate_inode_pages_range(struct address_space *mapping, loff_t lstart, loff_t lend)
{
	unsigned int partial_start = lstart & (PAGE_SIZE - 1);
	unsigned int partial_end = (lend + 1) & (PAGE_SIZE - 1);
	pgoff_t start = (lstart + PAGE_SIZE - 1) >> PAGE_SHIFT;	/* first whole page */
	pgoff_t end;						/* behind the last whole page */

	if (mapping_empty(mapping))
		return;
	end = lend == -1 ? (pgoff_t)-1 : (pgoff_t)((lend + 1) >> PAGE_SHIFT);

	truncate_easy(mapping, start, end);
	if (partial_start) {
		unsigned int top = PAGE_SIZE;

		if (start > end) {	/* both ends in one page */
			top = partial_end;
			partial_end = 0;
		}
		truncate_partial(mapping, start - 1, partial_start, top);
	}
	if (partial_end)
		truncate_partial(mapping, end, 0, partial_end);
	if (start < end)
		truncate_waiting(mapping, start, end);
}

void truncate_inode_pages(struct address_space *mapping, loff_t lstart)
{
	truncate_inode_pages_range(mapping, lstart, -1);
}

/*
 * The inode is being evicted: nobody can add pages but reclaim may still be taking one off.
 * Taking the i_pages lock waits for it, and for end_page_writeback().
 */
void truncate_inode_pages_final(struct address_space *mapping)
{
	set_bit(AS_EXITING, &mapping->flags);
	if (!mapping_empty(mapping)) {
		xa_lock_irq(&mapping->i_pages);
		xa_unlock_irq(&mapping->i_pages);
	}
	truncate_inode_pages(mapping, 0);
}

/* --- user mappings and size ------------------------------------------------------------------ */

/*
 * i_size is @newsize already.  Mappings go first so that few pages are found mapped, and again at
 * the end for private copies made by a fault that ran meanwhile.
 */
void truncate_pagecache(struct inode *inode, loff_t newsize)
{
	struct address_space *mapping = inode->i_mapping;
	loff_t holebegin = round_up(newsize, PAGE_SIZE);

	unmap_mapping_range(mapping, holebegin, 0, 1);
	truncate_inode_pages(mapping, newsize);
	unmap_mapping_range(mapping, holebegin, 0, 1);
}

/* i_rwsem and the invalidate lock exclusive. */
void truncate_setsize(struct inode *inode, loff_t newsize)
{
	loff_t oldsize = inode->i_size;

	i_size_write(inode, newsize);
	if (newsize > oldsize)
		pagecache_isize_extended(inode, oldsize, newsize);
	truncate_pagecache(inode, newsize);
}

/*
 * With blocks smaller than a page, the old last page may be mapped writable although the blocks
 * behind the old end were not allocated by its page_mkwrite.  Write-protect it, so that the next
 * store runs page_mkwrite again.  i_rwsem held; i_size is @to already.
 */
void pagecache_isize_extended(struct inode *inode, loff_t from, loff_t to)
{
	unsigned int bsize = i_blocksize(inode);
	loff_t rounded_from = round_up(from, bsize);
	struct page *page;

	if (from >= to || bsize == PAGE_SIZE)
		return;
	if (to <= rounded_from || !(rounded_from & (PAGE_SIZE - 1)))
		return;		/* stays within the last block, or it ended a page */
	page = find_lock_page(inode->i_mapping, from >> PAGE_SHIFT);
	if (!page)
		return;
	if (page_mkclean(page))
		set_page_dirty(page);
	unlock_page(page);
	put_page(page);
}

/* Punch: whole pages are unmapped and removed, the edges zeroed. */
void truncate_pagecache_range(struct inode *inode, loff_t lstart, loff_t lend)
{
	struct address_space *mapping = inode->i_mapping;
	loff_t unmap_start = round_up(lstart, PAGE_SIZE);
	loff_t unmap_end = round_down(1 + lend, PAGE_SIZE) - 1;

	if ((u64)unmap_end > (u64)unmap_start)
		unmap_mapping_range(mapping, unmap_start, 1 + unmap_end - unmap_start, 0);
	truncate_inode_pages_range(mapping, lstart, lend);
}

/* --- invalidation ------------------------------------------------------------------------------ */

/* A locked clean page nobody maps: 1 if it was removed. */
int invalidate_inode_page(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	if (!mapping || PageDirty(page) || PageWriteback(page) || page_mapped(page))
		return 0;
	if (page_has_private(page) && !try_to_release_page(page, 0))
		return 0;
	return remove_mapping(mapping, page);
}

unsigned long invalidate_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	unsigned long count = 0;
	struct pagevec pvec;
	pgoff_t index = start;
	unsigned int i;

	while (index <= end && pagevec_lookup_range(&pvec, mapping, &index, end)) {
		for (i = 0; i < pagevec_count(&pvec); i++) {
			struct page *page = pvec.pages[i];
			int gone;

			if (!trylock_page(page))
				continue;
			gone = invalidate_inode_page(page);
			unlock_page(page);
			if (!gone)
				deactivate_file_page(page);
			count += gone;
		}
		pagevec_release(&pvec);
		cond_resched();
		if (index == (pgoff_t)-1)
			break;
	}
	return count;
}

/* Like invalidate_inode_page(), but other references do not keep the page in the cache. */
static bool invalidate_complete_page2(struct address_space *mapping, struct page *page)
{
	unsigned long flags;

	if (page_has_private(page) && !try_to_release_page(page, GFP_KERNEL))
		return false;
	xa_lock_irqsave(&mapping->i_pages, flags);
	if (PageDirty(page)) {
		xa_unlock_irqrestore(&mapping->i_pages, flags);
		return false;
	}
	__delete_from_page_cache(page);
	xa_unlock_irqrestore(&mapping->i_pages, flags);
	page_cache_free_page(mapping, page);
	return true;
}

/* Clean a dirty page that is about to go; it stays locked throughout (P26). */
static int do_launder_page(struct address_space *mapping, struct page *page)
{
	if (!PageDirty(page) || page->mapping != mapping || !mapping->a_ops->launder_page)
		return 0;
	return aop_launder_page(mapping->a_ops, page);
}

int invalidate_inode_pages2_range(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	struct pagevec pvec;
	pgoff_t index = start;
	bool unmapped = false;
	unsigned int i;
	int ret = 0;

	if (mapping_empty(mapping))
		return 0;
	while (index <= end && pagevec_lookup_range(&pvec, mapping, &index, end)) {
		for (i = 0; i < pagevec_count(&pvec); i++) {
			struct page *page = pvec.pages[i];
			int err;

			lock_page(page);
			if (page->mapping != mapping) {
				unlock_page(page);
				continue;
			}
			wait_on_page_writeback(page);
			if (page_mapped(page)) {
				/* one pass for the rest of the range, then page by page */
				pgoff_t nr = unmapped ? 1 : end - page->index + 1;

				if (!unmapped && end == (pgoff_t)-1)
					nr = 0;
				unmap_mapping_pages(mapping, page->index, nr, false);
				unmapped = true;
			}
			err = do_launder_page(mapping, page);
			if (!err && !invalidate_complete_page2(mapping, page))
				err = -EBUSY;
			if (err && !ret)
				ret = err;
			unlock_page(page);
		}
		pagevec_release(&pvec);
		cond_resched();
		if (index == (pgoff_t)-1)
			break;
	}
	return ret;
}

int invalidate_inode_pages2(struct address_space *mapping)
{
	return invalidate_inode_pages2_range(mapping, 0, -1);
}
