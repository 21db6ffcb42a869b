// SPDX-License-Identifier: MIT
/*
 * The dirty and writeback states of a page.
 *
 * Each is kept twice: as a flag of the page, which is cheap to test, and as a mark in the
 * mapping's i_pages, which can be searched.  The flag may run ahead of the mark:
 *
 *   dirtying         flag set, then (i_pages lock) mark set, then the inode is put on the dirty list
 *   start of a write flag cleared by clear_page_dirty_for_io() under the page lock; the mark stays
 *                    until set_page_writeback() moves it (i_pages lock), so that a sync which
 *                    starts in between still finds the page and waits for the page lock
 *   end of the write writeback flag and mark cleared together (i_pages lock, any context)
 *
 * So a page that is neither locked, nor dirty, nor under writeback, but carries the dirty mark,
 * is proof that a writepage broke its protocol (P16, P18): page_check_written() looks for it.
 *
 * A dirty page that is mapped is write-protected when its write starts (page_mkclean), so the next
 * store faults and dirties it again: no store is lost between the write and its end.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/contract.h"
#include "kernel/task/task.h"
#include "fs/fs.h"
#include "mm/backing-dev.h"
#include "mm/pagecache_internal.h"
#include "mm/page-private.h"
#include "mm/pagemap.h"
#include "mm/rmap.h"
#include "mm/vmstat.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"

void mapping_set_error(struct address_space *mapping, int error)
{
	if (likely(!error))
		return;
	/* for every open file: each learns of it once */
	__filemap_set_wb_err(mapping, error);
	/* for syncfs on any file of the file system */
	if (mapping->host && mapping->host->i_sb)
		errseq_set(&mapping->host->i_sb->s_wb_err, error);
	/* for those who ask without a file (sync, umount) */
	if (error == -ENOSPC)
		set_bit(AS_ENOSPC, &mapping->flags);
	else
		set_bit(AS_EIO, &mapping->flags);
}

/* i_pages lock held, or the page is known not to leave the cache. */
void account_page_dirtied(struct page *page, struct address_space *mapping)
{
	if (!mapping_cap_account_dirty(mapping))
		return;
	inc_page_state(NR_FILE_DIRTY);
	inc_page_state(NR_DIRTIED);
	wb_stat_mod(inode_to_wb(mapping->host), WB_RECLAIMABLE, 1);
	wb_stat_mod(inode_to_wb(mapping->host), WB_DIRTIED, 1);
	current->nr_dirtied++;
}

void account_page_cleaned(struct page *page, struct address_space *mapping)
{
	if (!mapping_cap_account_dirty(mapping))
		return;
	dec_page_state(NR_FILE_DIRTY);
	wb_stat_mod(inode_to_wb(mapping->host), WB_RECLAIMABLE, -1);
}

/*
 * Mark the slot of a page whose flag was just set; nothing if it was truncated meanwhile.  A writer
 * may have been here since the flag was set: while it has the page claimed (locked, not yet under
 * writeback) the mark is its to move; when its write has begun or ended, there is nothing to mark.
 */
void __set_page_dirty(struct page *page, struct address_space *mapping)
{
	unsigned long flags;

	xa_lock_irqsave(&mapping->i_pages, flags);
	if (page->mapping) {
		account_page_dirtied(page, mapping);
		if (PageDirty(page) || (PageLocked(page) && !PageWriteback(page)))
			__xa_set_mark(&mapping->i_pages, page_index(page), PAGECACHE_TAG_DIRTY);
	}
	xa_unlock_irqrestore(&mapping->i_pages, flags);
}

/* set_page_dirty for mappings without buffer heads.  Does not sleep. */
int __set_page_dirty_nobuffers(struct page *page)
{
	struct address_space *mapping;

	if (TestSetPageDirty(page))
		return 0;
	mapping = page_mapping(page);
	if (!mapping)
		return 1;
	__set_page_dirty(page, mapping);
	if (mapping->host)
		__mark_inode_dirty(mapping->host, I_DIRTY_PAGES);
	return 1;
}

/* For pages that are never written back. */
int __set_page_dirty_no_writeback(struct page *page)
{
	return !TestSetPageDirty(page);
}

/*
 * Callers hold the page lock, or the page-table lock of an entry that maps the page, or the lock
 * of one of its buffers: each keeps the page from leaving its mapping.  Does not sleep (P21).
 * True if the page was clean.
 */
bool set_page_dirty(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	page = compound_head(page);
	if (likely(mapping)) {
		/* Wanted by reclaim, but used again: do not rotate it when its write ends. */
		if (PageReclaim(page))
			ClearPageReclaim(page);
		if (mapping->a_ops->set_page_dirty)
			return aop_set_page_dirty(mapping->a_ops, page);
		return __set_page_dirty_buffers(page);
	}
	return !TestSetPageDirty(page);
}

/* For callers that hold only a reference (pages pinned by get_user_pages).  Sleeps. */
bool set_page_dirty_lock(struct page *page)
{
	bool ret;

	lock_page(page);
	ret = set_page_dirty(page);
	unlock_page(page);
	return ret;
}

/* The contents of the page do not matter any more: truncation.  Page locked. */
void cancel_dirty_page(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	if (!mapping || !mapping_cap_account_dirty(mapping)) {
		ClearPageDirty(page);
		return;
	}
	if (TestClearPageDirty(page))
		account_page_cleaned(page, mapping);
}

/*
 * Claim the dirty state for a write that is about to start: true if there is something to write.
 * Page locked.  The order matters: first make the mappings fault on the next store and collect
 * what they dirtied, then clear the flag.  A store after page_mkclean() waits for the page lock in
 * its fault, and then dirties the page again.
 */
bool clear_page_dirty_for_io(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	if (mapping && mapping_cap_account_dirty(mapping)) {
		if (page_mapped(page) && page_mkclean(page))
			set_page_dirty(page);
		if (!TestClearPageDirty(page))
			return false;
		dec_page_state(NR_FILE_DIRTY);
		wb_stat_mod(inode_to_wb(mapping->host), WB_RECLAIMABLE, -1);
		return true;
	}
	return TestClearPageDirty(page);
}

/* writepage decided not to write: make the page dirty as it was.  Page locked. */
bool redirty_page_for_writepage(struct writeback_control *wbc, struct page *page)
{
	wbc->pages_skipped++;
	contract_note(page, NOTE_REDIRTIED);
	return __set_page_dirty_nobuffers(page);
}

/* For the rules that watch a writepage (fs/contract_rules_page.c). */
static inline void note_writeback(struct page *page, bool was)
{
	contract_note(page, NOTE_WRITEBACK | (was ? NOTE_WRITEBACK_TWICE : 0) |
			    (PageLocked(page) ? 0 : NOTE_WRITEBACK_UNLOCKED));
}

/* For those that watch a writepages.  i_pages locked, the page's marks as they were. */
static inline void note_written(struct address_space *mapping, struct xa_state *xas)
{
#if CONFIG_CHECKS
	mapping->writes_begun++;
	contract_note(mapping, NOTE_WRITTEN | (xas_get_mark(xas, PAGECACHE_TAG_DIRTY) ? 0 : NOTE_WRITTEN_CLEAN) |
			       (xas_get_mark(xas, PAGECACHE_TAG_TOWRITE) ? 0 : NOTE_WRITTEN_LATE));
#endif
}

/* The write of the page begins.  True if it was already under writeback. */
bool test_set_page_writeback(struct page *page, bool keep_write)
{
	struct address_space *mapping = page_mapping(page);
	bool was;
	unsigned long flags;

	if (!mapping) {
		was = TestSetPageWriteback(page);
		note_writeback(page, was);
		return was;
	}

	XA_STATE(xas, &mapping->i_pages, page_index(page));

	xas_lock_irqsave(&xas, flags);
	xas_load(&xas);
	was = TestSetPageWriteback(page);
	note_writeback(page, was);
	note_written(mapping, &xas);
	if (!was) {
		bool listed = mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK);

		xas_set_mark(&xas, PAGECACHE_TAG_WRITEBACK);
		if (mapping_cap_account_dirty(mapping))
			wb_stat_mod(inode_to_wb(mapping->host), WB_WRITEBACK, 1);
		/* sync waits for the inodes on this list only */
		if (mapping->host && !listed)
			sb_mark_inode_writeback(mapping->host);
	}
	if (!PageDirty(page))
		xas_clear_mark(&xas, PAGECACHE_TAG_DIRTY);
	if (!keep_write)
		xas_clear_mark(&xas, PAGECACHE_TAG_TOWRITE);
	xas_unlock_irqrestore(&xas, flags);
	if (!was)
		inc_page_state(NR_WRITEBACK);
	return was;
}

void set_page_writeback(struct page *page)
{
	test_set_page_writeback(page, false);
}

/* As above when the page will be written again in the same pass: it keeps its TOWRITE mark. */
void set_page_writeback_keepwrite(struct page *page)
{
	test_set_page_writeback(page, true);
}

/*
 * The write ended.  Any context.  Once the flag is clear, truncation may remove the page and the
 * inode may be freed; that takes an RCU grace period, and interrupts are off here until the lock,
 * which lives in the inode, has been released.
 */
bool test_clear_page_writeback(struct page *page)
{
	struct address_space *mapping = page_mapping(page);
	unsigned long flags;
	bool was;

	if (!mapping) {
		was = TestClearPageWriteback(page);
	} else {
		xa_lock_irqsave(&mapping->i_pages, flags);
		was = TestClearPageWriteback(page);
		if (was) {
			struct bdi_writeback *wb = inode_to_wb(mapping->host);

			__xa_clear_mark(&mapping->i_pages, page_index(page),
					PAGECACHE_TAG_WRITEBACK);
			if (mapping_cap_account_dirty(mapping)) {
				wb_stat_mod(wb, WB_WRITEBACK, -1);
				wb_stat_mod(wb, WB_WRITTEN, 1);
			}
			if (mapping->host && !mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK))
				sb_clear_inode_writeback(mapping->host);
		}
		xa_unlock_irqrestore(&mapping->i_pages, flags);
	}
	if (was) {
		dec_page_state(NR_WRITEBACK);
		inc_page_state(NR_WRITTEN);
	}
	return was;
}

#if CONFIG_CHECKS
extern struct contract_row row_prose_P18;

/*
 * i_pages locked: the page in this slot, which carries the dirty mark, is neither being looked at by
 * a writer (locked), nor dirty, nor under writeback.  The flags are read in one load under the lock
 * under which the mark changes, and the mark is only set there while one of the three holds; so
 * nothing that another task does to the page can look like a violation.
 */
static bool mark_is_left_over(const struct page *page)
{
	const unsigned long busy = 1UL << PG_locked | 1UL << PG_dirty | 1UL << PG_writeback;

	return !(READ_ONCE(page->flags) & busy);
}

static void check_mark(struct address_space *mapping, bool ok, pgoff_t index)
{
	char found[64];

	if (!ok)
		snprintf(found, sizeof(found), "page %lu of inode %lu clean, but marked dirty", index,
			 mapping->host ? mapping->host->i_ino : 0);
	contract_rule(NULL, &row_prose_P18, ok, "mark in the cache", "the same as the page's flag", found);
}

/*
 * After a writepage (P16, P18): the page must be dirty again, under writeback, or written.  The
 * caller keeps @mapping alive; @page may have left the cache, @index was its place.
 */
void page_check_written(struct page *page, struct address_space *mapping, pgoff_t index)
{
	unsigned long flags;
	bool bad = false;
	XA_STATE(xas, &mapping->i_pages, index);

	xas_lock_irqsave(&xas, flags);
	if (xas_load(&xas) == page && xas_get_mark(&xas, PAGECACHE_TAG_DIRTY))
		bad = mark_is_left_over(page);
	xas_unlock_irqrestore(&xas, flags);
	check_mark(mapping, !bad, index);
}

/* The same for all pages of @mapping that are marked dirty.  Does not sleep. */
void mapping_check_marks(struct address_space *mapping)
{
	pgoff_t where = 0;
	unsigned long flags;
	struct page *page;
	bool bad = false;
	XA_STATE(xas, &mapping->i_pages, 0);

	if (!mapping_tagged(mapping, PAGECACHE_TAG_DIRTY))
		return;
	xas_lock_irqsave(&xas, flags);
	xas_for_each_marked(&xas, page, (pgoff_t)-1, PAGECACHE_TAG_DIRTY) {
		if (!mark_is_left_over(page))
			continue;
		where = xas.xa_index;
		bad = true;
		break;
	}
	xas_unlock_irqrestore(&xas, flags);
	check_mark(mapping, !bad, where);
}
#endif
