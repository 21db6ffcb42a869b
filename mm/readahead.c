// SPDX-License-Identifier: MIT
/*
 * Read-ahead: reading what will be asked for next.
 *
 * A window [start, start + size) is what was submitted last; its tail of async_size pages is still
 * ahead of the reader.  The first page of that tail carries PG_readahead: when the reader comes to
 * it, the next window is submitted, while the reader still has async_size pages to consume, so a
 * sequential reader never waits for the device if the device is fast enough.
 *
 *   |<--------------- size --------------->|
 *   start         marker|<-- async_size -->|
 *
 * A window starts small and grows by doubling up to ra_pages.  A miss that continues the last read
 * or the window is sequential; a miss elsewhere with cached pages just before it is taken for an
 * interleaved stream; any other miss is random and reads exactly what was asked for.
 *
 * The state belongs to an open file and is not guarded: two threads reading through one file may
 * confuse it, which costs time only.
 *
 * Pages are allocated without waiting hard (a failed read-ahead is no error) and inserted by
 * readpages under the invalidate lock, shared, so that none appears behind a truncation.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/task/sched.h"
#include "fs/fs.h"
#include "mm/backing-dev.h"
#include "mm/gfp.h"
#include "mm/pagemap.h"
#include "mm/swap.h"
#include "mm/vmstat.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"

void file_ra_state_init(struct file_ra_state *ra, struct address_space *mapping)
{
	ra->ra_pages = inode_to_bdi(mapping->host)->ra_pages;
	ra->prev_pos = -1;
}

int read_cache_pages(struct address_space *mapping, struct list_head *pages, filler_t *filler,
		     void *data)
{
	struct page *page;
	int ret = 0;

	while (!list_empty(pages)) {
		page = list_last_entry(pages, struct page, lru);
		list_del(&page->lru);
		if (ret || add_to_page_cache_lru(page, mapping, page->index,
						 mapping_gfp_mask(mapping))) {
			put_page(page);
			continue;
		}
		ret = filler(data, page);
		put_page(page);
	}
	return ret;
}

/* Hand the collected pages to the file system and drop what it did not take. */
static void read_pages(struct address_space *mapping, struct file *filp, struct list_head *pages,
		       unsigned int nr)
{
	struct page *page;

	if (!nr)
		return;
	mod_page_state(PGPGIN, nr);
	if (mapping->a_ops->readpages) {
		aop_readpages(mapping->a_ops, filp, mapping, pages, nr);
	} else {
		while (!list_empty(pages)) {
			page = list_last_entry(pages, struct page, lru);
			list_del(&page->lru);
			if (!add_to_page_cache_lru(page, mapping, page->index,
						   mapping_gfp_mask(mapping)))
				aop_readpage(mapping->a_ops, filp, page);
			put_page(page);
		}
	}
	while (!list_empty(pages)) {
		page = list_last_entry(pages, struct page, lru);
		list_del(&page->lru);
		put_page(page);
	}
}

/*
 * Read what is not cached of [index, index + nr), cut at the end of the file; the page
 * @lookahead before the end of the range becomes the marker.
 */
static void do_page_cache_readahead(struct address_space *mapping, struct file *filp,
				    pgoff_t index, unsigned long nr, unsigned long lookahead)
{
	gfp_t gfp = mapping_gfp_mask(mapping) | __GFP_NORETRY | __GFP_NOWARN;
	loff_t isize = i_size_read(mapping->host);
	unsigned int nofs, collected = 0;
	pgoff_t last;
	unsigned long i;
	LIST_HEAD(pages);

	if (!isize)
		return;
	last = (isize - 1) >> PAGE_SHIFT;
	/*
	 * Reclaim must not enter a file system from here: it could wait for the lock of a page
	 * that is in our list or in a bio of ours that has not been submitted.
	 */
	nofs = memalloc_nofs_save();
	filemap_invalidate_lock_shared(mapping);
	for (i = 0; i < nr; i++) {
		struct page *page;

		if (index + i > last)
			break;
		page = find_get_page(mapping, index + i);
		if (page) {
			put_page(page);
			/* contiguous pages make one large I/O: submit at each gap */
			read_pages(mapping, filp, &pages, collected);
			collected = 0;
			continue;
		}
		page = __page_cache_alloc(gfp);
		if (!page)
			break;
		page->index = index + i;
		list_add(&page->lru, &pages);
		if (i == nr - lookahead)
			SetPageReadahead(page);
		collected++;
	}
	read_pages(mapping, filp, &pages, collected);
	filemap_invalidate_unlock_shared(mapping);
	memalloc_nofs_restore(nofs);
}

static void ra_submit(struct file_ra_state *ra, struct address_space *mapping, struct file *filp)
{
	do_page_cache_readahead(mapping, filp, ra->start, ra->size, ra->async_size);
}

int force_page_cache_readahead(struct address_space *mapping, struct file *filp, pgoff_t index,
			       unsigned long nr)
{
	unsigned long max = max(inode_to_bdi(mapping->host)->io_pages, 32UL);

	if (!mapping->a_ops->readpage && !mapping->a_ops->readpages)
		return -EINVAL;
	/* No more than memory can hold. */
	nr = min(nr, nr_free_pages() + lru_size(LRU_INACTIVE_FILE) / 2);
	while (nr) {
		unsigned long n = min(nr, max);

		do_page_cache_readahead(mapping, filp, index, n, 0);
		index += n;
		nr -= n;
		cond_resched();
	}
	return 0;
}

/* Advice, so a file whose pages come from nowhere (tmpfs) takes it as well. */
int do_readahead(struct file *filp, loff_t offset, size_t count)
{
	struct inode *inode = file_inode(filp);
	pgoff_t start = offset >> PAGE_SHIFT;
	pgoff_t end;

	if (!S_ISREG(inode->i_mode) && !S_ISBLK(inode->i_mode))
		return -EINVAL;
	if (!count)
		return 0;
	end = (offset + count - 1) >> PAGE_SHIFT;
	(void)force_page_cache_readahead(filp->f_mapping, filp, start, end - start + 1);
	return 0;
}

/* First window for a read of @req pages when at most @max may be read. */
static unsigned long init_window(unsigned long req, unsigned long max)
{
	unsigned long size = roundup_pow_of_two(req);

	if (size <= max / 32)
		size *= 4;
	else if (size <= max / 4)
		size *= 2;
	else
		size = max;
	return size;
}

static unsigned long next_window(struct file_ra_state *ra, unsigned long max)
{
	unsigned long size = ra->size;

	if (size < max / 16)
		return 4 * size;
	if (size <= max / 2)
		return 2 * size;
	return max;
}

/* How many pages are cached without a gap just before @index, up to @max. */
static unsigned long cached_before(struct address_space *mapping, pgoff_t index,
				   unsigned long max)
{
	unsigned long n = 0;

	while (n < max && n < index) {
		struct page *page = find_get_page(mapping, index - 1 - n);

		if (!page)
			break;
		put_page(page);
		n++;
	}
	return n;
}

/* A window of unknown history from the cached pages before @index.  False: looks random. */
static bool try_context(struct address_space *mapping, struct file_ra_state *ra, pgoff_t index,
			unsigned long req, unsigned long max)
{
	unsigned long history = cached_before(mapping, index, max);

	if (history <= req)
		return false;
	if (history >= index)		/* from the start of the file: surely a stream */
		history *= 2;
	ra->start = index;
	ra->size = min(history + req, max);
	ra->async_size = 1;
	return true;
}

/* The reader asks for [index, index + req); @marker: it came upon PG_readahead. */
static void ondemand_readahead(struct address_space *mapping, struct file_ra_state *ra,
			       struct file *filp, bool marker, pgoff_t index, unsigned long req)
{
	unsigned long max = max_t(unsigned long, ra->ra_pages, 1);
	pgoff_t prev_index = ra->prev_pos < 0 ? (pgoff_t)-1 : ra->prev_pos >> PAGE_SHIFT;

	/* One read larger than a window is read in pieces of the largest I/O. */
	if (req > max)
		max = min(req, max(inode_to_bdi(mapping->host)->io_pages, max));

	if (!index)
		goto initial;
	/* Where we expected it: at the end of the window, or at its marker. */
	if (index == ra->start + ra->size - ra->async_size || index == ra->start + ra->size) {
		ra->start += ra->size;
		ra->size = next_window(ra, max);
		ra->async_size = ra->size;
		goto submit;
	}
	/*
	 * The marker of another stream through the same file, or of a window that was forgotten:
	 * go on behind what is cached.
	 */
	if (marker) {
		pgoff_t next = index;
		unsigned long n = 0;
		struct page *page;

		while (n++ < max && (page = find_get_page(mapping, next))) {
			put_page(page);
			next++;
		}
		if (next - index > max)
			return;
		ra->start = next;
		ra->size = (next - index) + req;
		ra->size = next_window(ra, max);
		ra->async_size = ra->size;
		goto submit;
	}
	if (req > max)
		goto initial;
	/* Continues the last read, in the same page or the next. */
	if (index - prev_index <= 1UL)
		goto initial;
	if (try_context(mapping, ra, index, req, max))
		goto submit;
	/* Random: exactly what is wanted, and the window stays as it was. */
	do_page_cache_readahead(mapping, filp, index, req, 0);
	return;
initial:
	ra->start = index;
	ra->size = init_window(req, max);
	ra->async_size = ra->size > req ? ra->size - req : ra->size;
submit:
	/*
	 * The reader is going to step on this window's marker at once: make it one window with
	 * the next, and save a round trip.
	 */
	if (index == ra->start && ra->size == ra->async_size) {
		unsigned long add = next_window(ra, max);

		if (ra->size + add <= max) {
			ra->async_size = add;
			ra->size += add;
		} else {
			ra->size = max;
			ra->async_size = max / 2;
		}
	}
	ra_submit(ra, mapping, filp);
}

void page_cache_sync_readahead(struct address_space *mapping, struct file_ra_state *ra,
			       struct file *filp, pgoff_t index, unsigned long req)
{
	if (!ra->ra_pages)
		return;
	if (filp && (filp->f_mode & FMODE_RANDOM)) {
		force_page_cache_readahead(mapping, filp, index, req);
		return;
	}
	ondemand_readahead(mapping, ra, filp, false, index, req);
}

void page_cache_async_readahead(struct address_space *mapping, struct file_ra_state *ra,
				struct file *filp, struct page *page, pgoff_t index,
				unsigned long req)
{
	if (!ra->ra_pages)
		return;
	ClearPageReadahead(page);
	ondemand_readahead(mapping, ra, filp, true, index, req);
}

/* --- advice ----------------------------------------------------------------------------------- */

#define POSIX_FADV_NORMAL	0
#define POSIX_FADV_RANDOM	1
#define POSIX_FADV_SEQUENTIAL	2
#define POSIX_FADV_WILLNEED	3
#define POSIX_FADV_DONTNEED	4
#define POSIX_FADV_NOREUSE	5

/* Pages that still wait, on this CPU or another, for their place on the LRU lists count as used: they are put there first. */
static void drop_unneeded(struct address_space *mapping, pgoff_t start, pgoff_t last)
{
	loff_t end = last == (pgoff_t)-1 ? LLONG_MAX : ((loff_t)(last + 1) << PAGE_SHIFT) - 1;

	lru_add_drain();
	invalidate_mapping_pages(mapping, start, last);
	if (!filemap_range_has_page(mapping, (loff_t)start << PAGE_SHIFT, end))
		return;
	lru_add_drain_all();
	invalidate_mapping_pages(mapping, start, last);
}

/* posix_fadvise: @offset and @len in bytes, @len 0 to the end of the file.  May sleep. */
int generic_fadvise(struct file *file, loff_t offset, loff_t len, int advice)
{
	struct address_space *mapping = file->f_mapping;
	struct inode *inode = mapping->host;
	struct backing_dev_info *bdi = inode_to_bdi(inode);
	loff_t end = len ? offset + len : LLONG_MAX;
	pgoff_t start, last;

	if (S_ISFIFO(file_inode(file)->i_mode))
		return -ESPIPE;
	if (len < 0)
		return -EINVAL;
	if (end < offset)
		end = LLONG_MAX;
	switch (advice) {
	case POSIX_FADV_NORMAL:
	case POSIX_FADV_SEQUENTIAL:
		file->f_ra.ra_pages = bdi->ra_pages * (advice == POSIX_FADV_SEQUENTIAL ? 2 : 1);
		spin_lock(&file->f_lock);
		file->f_mode &= ~FMODE_RANDOM;
		spin_unlock(&file->f_lock);
		return 0;
	case POSIX_FADV_RANDOM:
		spin_lock(&file->f_lock);
		file->f_mode |= FMODE_RANDOM;
		spin_unlock(&file->f_lock);
		return 0;
	case POSIX_FADV_WILLNEED:
		start = offset >> PAGE_SHIFT;
		end = min(end, i_size_read(inode));
		if (end > offset)
			force_page_cache_readahead(mapping, file, start,
						   ((end - 1) >> PAGE_SHIFT) - start + 1);
		return 0;
	case POSIX_FADV_NOREUSE:
		return 0;
	case POSIX_FADV_DONTNEED:
		if (end < LLONG_MAX)
			__filemap_fdatawrite_range(mapping, offset, end - 1, WB_SYNC_NONE);
		else
			filemap_flush(mapping);
		/* whole pages only: a partial one may hold data wanted by others */
		start = (offset + PAGE_SIZE - 1) >> PAGE_SHIFT;
		last = end == LLONG_MAX || end >= i_size_read(inode) ? (pgoff_t)-1 :
								       end >> PAGE_SHIFT;
		if (last != (pgoff_t)-1) {
			if (!last)
				return 0;
			last--;
		}
		if (last >= start)
			drop_unneeded(mapping, start, last);
		return 0;
	default:
		return -EINVAL;
	}
}
