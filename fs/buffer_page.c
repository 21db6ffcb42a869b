// SPDX-License-Identifier: MIT
/*
 * Pages made of buffers: attaching and freeing them, and the address-space operations of a file
 * system that maps its blocks with get_block.
 *
 * Dirty state is kept at both levels.  A dirty buffer means a dirty page (mark_buffer_dirty() sets
 * both), but a page may be dirty with clean buffers, after its writer was interrupted; writing such
 * a page finds nothing to do.  The page lock orders writing against truncation and against other
 * writers; private_lock orders whoever has no page lock (set_page_dirty() from a page table).
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "drivers/block/blkdev.h"
#include "fs/buffer_head.h"
#include "mm/backing-dev.h"
#include "mm/gfp.h"
#include "mm/page-private.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

/* --- attaching and freeing ----------------------------------------------------------------- */

void set_bh_page(struct buffer_head *bh, struct page *page, unsigned long offset)
{
	bh->b_page = page;
	bh->b_data = (char *)page_address(page) + offset;
}

/* A NULL-ended chain of buffers in block order.  NULL without memory unless @retry. */
struct buffer_head *alloc_page_buffers(struct page *page, unsigned long size, bool retry)
{
	gfp_t gfp = GFP_NOFS | (retry ? __GFP_NOFAIL : 0);
	struct buffer_head *head = NULL, *bh;
	long offset = PAGE_SIZE;

	while ((offset -= size) >= 0) {
		bh = alloc_buffer_head(gfp);
		if (!bh)
			goto fail;
		bh->b_this_page = head;
		bh->b_blocknr = (sector_t)-1;
		bh->b_size = size;
		set_bh_page(bh, page, offset);
		head = bh;
	}
	return head;
fail:
	while (head) {
		bh = head;
		head = head->b_this_page;
		free_buffer_head(bh);
	}
	return NULL;
}

void attach_page_buffers(struct page *page, struct buffer_head *head)
{
	get_page(page);
	set_page_private(page, (unsigned long)head);
	SetPagePrivate(page);
}

void create_empty_buffers(struct page *page, unsigned long blocksize, unsigned long b_state)
{
	struct buffer_head *head = alloc_page_buffers(page, blocksize, true), *bh = head, *tail;

	do {
		bh->b_state |= b_state;
		tail = bh;
		bh = bh->b_this_page;
	} while (bh);
	tail->b_this_page = head;
	spin_lock(&page->mapping->private_lock);
	if (PageUptodate(page) || PageDirty(page)) {
		bh = head;
		do {
			if (PageDirty(page))
				set_buffer_dirty(bh);
			if (PageUptodate(page))
				set_buffer_uptodate(bh);
			bh = bh->b_this_page;
		} while (bh != head);
	}
	attach_page_buffers(page, head);
	spin_unlock(&page->mapping->private_lock);
}

static bool buffer_busy(struct buffer_head *bh)
{
	return atomic_read(&bh->b_count) ||
	       (READ_ONCE(bh->b_state) & (BIT(BH_Dirty) | BIT(BH_Lock)));
}

/* Detach all buffers if none is in use: the ring, or NULL.  private_lock held if there is one. */
static struct buffer_head *drop_buffers(struct page *page)
{
	struct buffer_head *head = page_buffers(page), *bh = head;

	do {
		if (buffer_busy(bh))
			return NULL;
		bh = bh->b_this_page;
	} while (bh != head);
	do {
		if (bh->b_assoc_map) {
			list_del_init(&bh->b_assoc_buffers);
			bh->b_assoc_map = NULL;
		}
		bh = bh->b_this_page;
	} while (bh != head);
	ClearPagePrivate(page);
	set_page_private(page, 0);
	return head;
}

bool try_to_free_buffers(struct page *page)
{
	struct address_space *mapping = page->mapping;
	struct buffer_head *head, *bh;

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	if (PageWriteback(page) || !page_has_buffers(page))
		return !page_has_buffers(page);
	if (!mapping) {		/* truncated while its buffers were in use */
		head = drop_buffers(page);
	} else {
		spin_lock(&mapping->private_lock);
		head = drop_buffers(page);
		/*
		 * All buffers clean means the page is clean, whatever its flag says; under
		 * private_lock, so that nobody dirties it through a buffer meanwhile.
		 */
		if (head)
			cancel_dirty_page(page);
		spin_unlock(&mapping->private_lock);
	}
	if (!head)
		return false;
	put_page(page);		/* attach_page_buffers()'s */
	bh = head;
	do {
		struct buffer_head *next = bh->b_this_page;

		free_buffer_head(bh);
		bh = next;
	} while (bh != head);
	return true;
}

/* --- dirtying and invalidating ------------------------------------------------------------------ */

/* Does not sleep; the page cannot leave the mapping (see set_page_dirty()). */
int __set_page_dirty_buffers(struct page *page)
{
	struct address_space *mapping = page_mapping(page);
	bool newly;

	if (unlikely(!mapping))
		return !TestSetPageDirty(page);
	spin_lock(&mapping->private_lock);
	if (page_has_buffers(page)) {
		struct buffer_head *head = page_buffers(page), *bh = head;

		do {
			set_buffer_dirty(bh);
			bh = bh->b_this_page;
		} while (bh != head);
	}
	newly = !TestSetPageDirty(page);
	spin_unlock(&mapping->private_lock);
	if (newly) {
		__set_page_dirty(page, mapping);
		__mark_inode_dirty(mapping->host, I_DIRTY_PAGES);
	}
	return newly;
}

/* The contents of the buffer are void.  Waits for its I/O. */
static void discard_buffer(struct buffer_head *bh)
{
	const unsigned long gone = BIT(BH_Mapped) | BIT(BH_New) | BIT(BH_Req) | BIT(BH_Delay) |
				   BIT(BH_Unwritten);
	unsigned int bit;

	lock_buffer(bh);
	clear_buffer_dirty(bh);
	bh->b_bdev = NULL;
	for (bit = 0; bit < BH_PrivateStart; bit++)
		if (gone & BIT(bit))
			clear_bit(bit, &bh->b_state);
	unlock_buffer(bh);
}

void block_invalidatepage(struct page *page, unsigned int offset, unsigned int length)
{
	struct buffer_head *head, *bh;
	unsigned int pos = 0, stop = offset + length;

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	if (!page_has_buffers(page))
		return;
	head = bh = page_buffers(page);
	do {
		unsigned int next = pos + bh->b_size;

		if (next > stop)
			break;
		if (offset <= pos)	/* wholly inside */
			discard_buffer(bh);
		pos = next;
		bh = bh->b_this_page;
	} while (bh != head);
	/* The whole page goes: so do the buffers, if nobody uses them. */
	if (length == PAGE_SIZE)
		try_to_release_page(page, 0);
}

int block_is_partially_uptodate(struct page *page, unsigned long from, unsigned long count)
{
	struct buffer_head *head, *bh;
	unsigned int pos = 0, to;

	if (!page_has_buffers(page))
		return 0;
	to = from + min(PAGE_SIZE - from, count);
	head = bh = page_buffers(page);
	if (from < bh->b_size && to > PAGE_SIZE - bh->b_size)
		return 0;
	do {
		if (pos + bh->b_size > from && pos < to && !buffer_uptodate(bh))
			return 0;
		pos += bh->b_size;
		bh = bh->b_this_page;
	} while (pos < to && bh != head);
	return 1;
}

/* --- reading ------------------------------------------------------------------------------------- */

static struct buffer_head *page_create_buffers(struct inode *inode, struct page *page,
					       unsigned long b_state)
{
	VM_BUG_ON_PAGE(!PageLocked(page), page);
	if (!page_has_buffers(page))
		create_empty_buffers(page, i_blocksize(inode), b_state);
	return page_buffers(page);
}

static void zero_buffer(struct buffer_head *bh)
{
	memset(bh->b_data, 0, bh->b_size);
	set_buffer_uptodate(bh);
}

/*
 * Find the blocks of the page that must be read, into @arr.  Holes and blocks beyond the end of the
 * file read as zeroes.  False when get_block failed for one of them.
 */
static bool collect_for_read(struct inode *inode, struct page *page, get_block_t *get_block,
			     struct buffer_head **arr, int *nr)
{
	struct buffer_head *head = page_create_buffers(inode, page, 0), *bh = head;
	unsigned int bits = inode->i_blkbits;
	sector_t iblock = (sector_t)page->index << (PAGE_SHIFT - bits);
	sector_t last = (i_size_read(inode) + i_blocksize(inode) - 1) >> bits;
	bool ok = true;

	*nr = 0;
	do {
		if (!buffer_uptodate(bh)) {
			if (!buffer_mapped(bh) && iblock < last) {
				bh->b_size = i_blocksize(inode);
				if (get_block(inode, iblock, bh, 0)) {
					SetPageError(page);
					ok = false;
					goto next;
				}
				bh->b_size = i_blocksize(inode);
			}
			if (!buffer_mapped(bh))
				zero_buffer(bh);
			/* get_block may have read it as metadata of the device */
			else if (!buffer_uptodate(bh))
				arr[(*nr)++] = bh;
		}
next:
		iblock++;
		bh = bh->b_this_page;
	} while (bh != head);
	return ok;
}

int block_read_full_page(struct page *page, get_block_t *get_block)
{
	struct buffer_head *arr[PAGE_SIZE / 512];
	bool ok;
	int nr, i;

	ok = collect_for_read(page->mapping->host, page, get_block, arr, &nr);
	if (!nr) {
		if (ok)
			SetPageUptodate(page);
		unlock_page(page);
		return 0;
	}
	/* All are marked before the first is submitted: a completion must see the others. */
	for (i = 0; i < nr; i++) {
		lock_buffer_nested(arr[i], i);
		arr[i]->b_end_io = end_buffer_async_read;
		set_buffer_async_read(arr[i]);
	}
	page_lock_handoff(page);
	for (i = 0; i < nr; i++) {
		if (buffer_uptodate(arr[i])) {
			/* read by somebody else while we waited for the lock; finish as if by I/O */
			buffer_lock_handoff(arr[i]);
			buffer_finish_now(arr[i], 1);
		} else {
			submit_bh(REQ_OP_READ, 0, arr[i]);
		}
	}
	return 0;
}

/* --- writing back --------------------------------------------------------------------------------- */

/* Map the dirty buffers of the page.  Stops at the first error. */
static int map_for_write(struct inode *inode, struct page *page, struct buffer_head *head,
			 get_block_t *get_block)
{
	unsigned int bits = inode->i_blkbits;
	sector_t block = (sector_t)page->index << (PAGE_SHIFT - bits);
	sector_t last = (i_size_read(inode) - 1) >> bits;
	struct buffer_head *bh = head;
	int err;

	do {
		if (block > last) {
			/*
			 * Beyond the end of the file: a store through a mapping of the last page.
			 * It never reaches the disk.
			 */
			clear_buffer_dirty(bh);
			set_buffer_uptodate(bh);
		} else if ((!buffer_mapped(bh) || buffer_delay(bh)) && buffer_dirty(bh)) {
			WARN_ON(bh->b_size != i_blocksize(inode));
			err = get_block(inode, block, bh, 1);
			if (err)
				return err;
			clear_buffer_delay(bh);
			if (buffer_new(bh)) {
				clear_buffer_new(bh);
				clean_bdev_bh_alias(bh);
			}
		}
		block++;
		bh = bh->b_this_page;
	} while (bh != head);
	return 0;
}

/* Lock the mapped dirty buffers and mark them.  A cleansing writer passes over locked ones. */
static void claim_for_write(struct page *page, struct buffer_head *head,
			    struct writeback_control *wbc, bh_end_io_t *handler)
{
	struct buffer_head *bh = head;
	unsigned int pos = 0;

	do {
		if (buffer_mapped(bh)) {
			if (wbc->sync_mode != WB_SYNC_NONE) {
				lock_buffer_nested(bh, pos);
			} else if (!trylock_buffer(bh)) {
				redirty_page_for_writepage(wbc, page);
				goto next;
			}
			if (test_clear_buffer_dirty(bh)) {
				bh->b_end_io = handler;
				set_buffer_async_write(bh);
			} else {
				unlock_buffer(bh);
			}
		}
next:
		pos++;
		bh = bh->b_this_page;
	} while (bh != head);
}

/* Submit what is marked; the page is under writeback and may end it at any moment. */
static int submit_claimed(struct buffer_head *head, int op_flags)
{
	struct buffer_head *bh = head;
	int nr = 0;

	do {
		struct buffer_head *next = bh->b_this_page;

		if (buffer_async_write(bh)) {
			submit_bh(REQ_OP_WRITE, op_flags, bh);
			nr++;
		}
		bh = next;
	} while (bh != head);
	return nr;
}

static int wbc_op_flags(struct writeback_control *wbc)
{
	if (wbc->sync_mode == WB_SYNC_ALL)
		return REQ_SYNC;
	return wbc->for_kupdate || wbc->for_background ? REQ_BACKGROUND : 0;
}

int __block_write_full_page(struct inode *inode, struct page *page, get_block_t *get_block,
			    struct writeback_control *wbc, bh_end_io_t *handler)
{
	struct buffer_head *head, *bh;
	int err, nr;

	head = page_create_buffers(inode, page, BIT(BH_Dirty) | BIT(BH_Uptodate));
	err = map_for_write(inode, page, head, get_block);
	if (err) {
		/*
		 * No space, or an I/O error in the metadata.  What is mapped is written all the
		 * same; the rest stays dirty in its buffers, and the error is recorded.
		 */
		SetPageError(page);
		mapping_set_error(page->mapping, err);
		bh = head;
		do {
			if (!buffer_mapped(bh) || buffer_delay(bh))
				clear_buffer_dirty(bh);
			bh = bh->b_this_page;
		} while (bh != head);
	}
	claim_for_write(page, head, wbc, handler);
	set_page_writeback(page);
	/*
	 * From the first submission on, the completion may end the writeback; our reference to the
	 * page keeps its buffers, because they are only freed under the page lock, which we hold
	 * until all are submitted.
	 */
	nr = submit_claimed(head, wbc_op_flags(wbc));
	unlock_page(page);
	if (!nr)
		end_page_writeback(page);
	return err;
}

int block_write_full_page(struct page *page, get_block_t *get_block, struct writeback_control *wbc)
{
	struct inode *inode = page->mapping->host;
	loff_t isize = i_size_read(inode);
	pgoff_t end_index = isize >> PAGE_SHIFT;
	unsigned int offset = isize & (PAGE_SIZE - 1);

	if (page->index < end_index)
		return __block_write_full_page(inode, page, get_block, wbc,
					       end_buffer_async_write);
	if (page->index > end_index || !offset) {
		/* Truncated meanwhile: the buffers may be gone, and so may the blocks. */
		do_invalidatepage(page, 0, PAGE_SIZE);
		set_page_writeback(page);
		unlock_page(page);
		end_page_writeback(page);
		return 0;
	}
	/* The last page: what a mapping stored behind the end must not reach the disk. */
	memset((char *)page_address(page) + offset, 0, PAGE_SIZE - offset);
	return __block_write_full_page(inode, page, get_block, wbc, end_buffer_async_write);
}

sector_t generic_block_bmap(struct address_space *mapping, sector_t block, get_block_t *get_block)
{
	struct inode *inode = mapping->host;
	struct buffer_head tmp = { .b_size = i_blocksize(inode) };

	get_block(inode, block, &tmp, 0);
	return buffer_mapped(&tmp) ? tmp.b_blocknr : 0;
}
