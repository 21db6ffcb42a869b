// SPDX-License-Identifier: MIT
/*
 * Writing the dirty pages of a mapping.
 *
 * write_cache_pages() is the heart of every writepages.  A data-integrity pass first turns the
 * dirty marks of its range into TOWRITE marks and then writes only what carries those: pages that
 * are dirtied while it runs do not extend it, so fsync ends however busy the writers are (P20).  A
 * cleansing pass follows the dirty marks and stops when its quota is used up.
 *
 * Each page is locked, checked again (it may have been truncated, or written by somebody else),
 * claimed with clear_page_dirty_for_io(), and passed to the callback, which unlocks it.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lock/contract.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "fs/fs.h"
#include "mm/backing-dev.h"
#include "mm/pagecache_internal.h"
#include "mm/pagemap.h"
#include "mm/pagevec.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"

/* Entries handled with interrupts off at a time. */
#define TAG_BATCH	1024

void tag_pages_for_writeback(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	XA_STATE(xas, &mapping->i_pages, start);
	unsigned int n = 0;
	void *page;

	xas_lock_irq(&xas);
	xas_for_each_marked(&xas, page, end, PAGECACHE_TAG_DIRTY) {
		xas_set_mark(&xas, PAGECACHE_TAG_TOWRITE);
		if (++n % TAG_BATCH)
			continue;
		xas_pause(&xas);
		xas_unlock_irq(&xas);
		cond_resched();
		xas_lock_irq(&xas);
	}
	xas_unlock_irq(&xas);
}

/*
 * Lock @page and decide whether it is to be written now.  True: locked and claimed.  False:
 * unlocked again.
 */
static bool claim_page(struct address_space *mapping, struct page *page,
		       struct writeback_control *wbc)
{
	lock_page(page);
	if (unlikely(page->mapping != mapping))
		goto skip;			/* truncated */
	if (!PageDirty(page))
		goto skip;			/* written by somebody else */
	if (PageWriteback(page)) {
		if (wbc->sync_mode == WB_SYNC_NONE)
			goto skip;
		/* what was dirtied during that write must be written again (P14) */
		wait_on_page_writeback(page);
	}
	if (clear_page_dirty_for_io(page))
		return true;
skip:
	unlock_page(page);
	return false;
}

/*
 * Write one claimed page through @writepage; the result is 0 or an error.  WRITEPAGE_ACTIVATE is
 * not an error: the page is left as it is, still locked, and dirty (P15).
 */
static int write_claimed(struct page *page, struct writeback_control *wbc, writepage_t writepage,
			 void *data)
{
	struct address_space *mapping = page->mapping;
	pgoff_t index = page->index;
	int err = writepage(page, wbc, data);

	if (err == WRITEPAGE_ACTIVATE) {
		unlock_page(page);
		return 0;
	}
	page_check_written(page, mapping, index);
	return err;
}

struct write_pass {
	pgoff_t start, end;	/* range of the current sweep, inclusive */
	pgoff_t done_index;	/* where a cyclic pass continues */
	xa_mark_t tag;
	bool done;
	int err;		/* first error */
};

/* One sweep over the tagged pages of [start, end]. */
static void write_sweep(struct address_space *mapping, struct writeback_control *wbc,
			writepage_t writepage, void *data, struct write_pass *p)
{
	pgoff_t index = p->start;
	struct pagevec pvec;
	unsigned int i;
	int err;

	while (!p->done && index <= p->end) {
		if (!pagevec_lookup_range_tag(&pvec, mapping, &index, p->end, p->tag))
			break;
		for (i = 0; i < pagevec_count(&pvec); i++) {
			struct page *page = pvec.pages[i];

			p->done_index = page->index;
			if (!claim_page(mapping, page, wbc))
				continue;
			err = write_claimed(page, wbc, writepage, data);
			wbc->nr_to_write--;	/* also after an error: the write may have begun (P19) */
			if (err) {
				if (!p->err)
					p->err = err;
				/*
				 * A cleansing pass stops and goes on behind the bad page next
				 * time.  A sync carries on: one bad page must not keep the
				 * others from the disk.
				 */
				if (wbc->sync_mode == WB_SYNC_NONE) {
					p->done_index = page->index + 1;
					p->done = true;
					break;
				}
			}
			if (wbc->nr_to_write <= 0 && wbc->sync_mode == WB_SYNC_NONE) {
				p->done_index = page->index + 1;
				p->done = true;
				break;
			}
		}
		pagevec_release(&pvec);
		cond_resched();
		if (index == (pgoff_t)-1)
			break;
	}
}

int write_cache_pages(struct address_space *mapping, struct writeback_control *wbc,
		      writepage_t writepage, void *data)
{
	struct write_pass p = { 0 };

	if (wbc->range_cyclic) {
		p.start = mapping->writeback_index;
		p.end = (pgoff_t)-1;
	} else {
		p.start = wbc->range_start >> PAGE_SHIFT;
		p.end = wbc->range_end >> PAGE_SHIFT;
	}
	if (wbc->sync_mode == WB_SYNC_ALL || wbc->tagged_writepages) {
		p.tag = PAGECACHE_TAG_TOWRITE;
		tag_pages_for_writeback(mapping, p.start, p.end);
	} else {
		p.tag = PAGECACHE_TAG_DIRTY;
	}
	p.done_index = p.start;
	write_sweep(mapping, wbc, writepage, data, &p);

	if (wbc->range_cyclic) {
		/* reached the end: start over at the beginning, next time */
		if (!p.done)
			p.done_index = 0;
		mapping->writeback_index = p.done_index;
	} else if (wbc->range_start == 0 && wbc->range_end == LLONG_MAX && wbc->nr_to_write > 0) {
		mapping->writeback_index = p.done_index;
	}
	return p.err;
}

static int generic_writepage(struct page *page, struct writeback_control *wbc, void *data)
{
	struct address_space *mapping = data;
	int err = aop_writepage(mapping->a_ops, page, wbc);

	if (err < 0)
		mapping_set_error(mapping, err);
	return err;
}

int generic_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	if (!mapping->a_ops->writepage)
		return 0;
	return write_cache_pages(mapping, wbc, generic_writepage, mapping);
}

int do_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	int err;

	if (wbc->nr_to_write <= 0)
		return 0;
	for (;;) {
		if (mapping->a_ops->writepages)
			err = aop_writepages(mapping->a_ops, mapping, wbc);
		else
			err = generic_writepages(mapping, wbc);
		if (err != -ENOMEM || wbc->sync_mode != WB_SYNC_ALL)
			return err;
		/* Integrity must not fail for want of memory: others' I/O will free some. */
		cond_resched();
		congestion_wait(0, 20);
	}
}

/*
 * Write one locked page and wait for the write.  The page comes back unlocked.  0 or the error.
 */
int write_one_page(struct page *page)
{
	struct address_space *mapping = page->mapping;
	struct writeback_control wbc = {
		.sync_mode = WB_SYNC_ALL,
		.nr_to_write = 1,
		.range_end = LLONG_MAX,
	};
	pgoff_t index = page->index;
	int err = 0;

	wait_on_page_writeback(page);
	if (!clear_page_dirty_for_io(page)) {
		unlock_page(page);
		return filemap_check_errors(mapping);
	}
	get_page(page);
	err = aop_writepage(mapping->a_ops, page, &wbc);
	if (err == WRITEPAGE_ACTIVATE) {
		unlock_page(page);
		err = 0;
	}
	if (!err) {
		page_check_written(page, mapping, index);
		wait_on_page_writeback(page);
	}
	put_page(page);
	return err ? err : filemap_check_errors(mapping);
}
