// SPDX-License-Identifier: MIT
/*
 * write_begin, write_end, page_mkwrite and partial truncation for files made of buffers.
 *
 * write_begin maps (or reserves) every block the write touches and makes valid what it will not
 * cover: the ends of partly covered blocks are read, or zeroed when the block is new.  If the copy
 * then comes up short, the new blocks that were not filled are zeroed (page_zero_new_buffers), so
 * that no stale disk contents become visible.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "drivers/block/blkdev.h"
#include "fs/buffer_head.h"
#include "mm/mm.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

/* Zero the parts of newly allocated buffers within [from, to) that nobody has filled. */
void page_zero_new_buffers(struct page *page, unsigned int from, unsigned int to)
{
	struct buffer_head *head, *bh;
	unsigned int start = 0, end;

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	if (!page_has_buffers(page))
		return;
	head = bh = page_buffers(page);
	do {
		end = start + bh->b_size;
		if (buffer_new(bh) && end > from && start < to) {
			if (!PageUptodate(page)) {
				unsigned int lo = max(from, start), hi = min(to, end);

				memset((char *)page_address(page) + lo, 0, hi - lo);
				set_buffer_uptodate(bh);
			}
			clear_buffer_new(bh);
			mark_buffer_dirty(bh);
		}
		start = end;
		bh = bh->b_this_page;
	} while (bh != head);
}

/* A new block: nothing stale may be written over it, and what is not to be written is zero. */
static void prepare_new_buffer(struct page *page, struct buffer_head *bh, unsigned int start,
			       unsigned int from, unsigned int to)
{
	char *addr = page_address(page);
	unsigned int end = start + bh->b_size;

	if (!buffer_delay(bh))
		clean_bdev_bh_alias(bh);
	if (PageUptodate(page)) {
		clear_buffer_new(bh);
		set_buffer_uptodate(bh);
		mark_buffer_dirty(bh);
		return;
	}
	if (end > to)
		memset(addr + to, 0, end - to);
	if (start < from)
		memset(addr + start, 0, from - start);
}

/*
 * Make one buffer ready for a write of [from, to) of the page.  1 if it was submitted for reading
 * (the caller waits), 0, or an error.
 */
static int prepare_buffer(struct inode *inode, struct page *page, struct buffer_head *bh,
			  sector_t block, unsigned int start, unsigned int from, unsigned int to,
			  get_block_t *get_block)
{
	unsigned int end = start + bh->b_size;
	int err;

	if (buffer_new(bh))
		clear_buffer_new(bh);
	if (!buffer_mapped(bh)) {
		WARN_ON(bh->b_size != i_blocksize(inode));
		err = get_block(inode, block, bh, 1);
		if (err)
			return err;
		if (buffer_new(bh)) {
			prepare_new_buffer(page, bh, start, from, to);
			return 0;
		}
	}
	if (PageUptodate(page)) {
		set_buffer_uptodate(bh);
		return 0;
	}
	/* Only a block that is partly overwritten needs its old contents. */
	if (buffer_uptodate(bh) || buffer_delay(bh) || buffer_unwritten(bh) ||
	    (start >= from && end <= to))
		return 0;
	ll_rw_block(REQ_OP_READ, 0, 1, &bh);
	return 1;
}

int __block_write_begin_int(struct page *page, loff_t pos, unsigned int len,
			    get_block_t *get_block)
{
	struct inode *inode = page->mapping->host;
	unsigned int from = pos & (PAGE_SIZE - 1), to = from + len;
	struct buffer_head *head, *bh, *wait[2], **waitp = wait;
	unsigned int start = 0, end;
	sector_t block;
	int err = 0;

	BUG_ON(!PageLocked(page) || to > PAGE_SIZE);
	if (!page_has_buffers(page))
		create_empty_buffers(page, i_blocksize(inode), 0);
	head = bh = page_buffers(page);
	block = (sector_t)page->index << (PAGE_SHIFT - inode->i_blkbits);
	do {
		end = start + bh->b_size;
		if (end <= from || start >= to) {
			if (PageUptodate(page))
				set_buffer_uptodate(bh);
		} else {
			err = prepare_buffer(inode, page, bh, block, start, from, to, get_block);
			if (err < 0)
				break;
			/* only the first and the last can be partly covered */
			if (err)
				*waitp++ = bh;
			err = 0;
		}
		block++;
		start = end;
		bh = bh->b_this_page;
	} while (bh != head);

	while (waitp > wait) {
		wait_on_buffer(*--waitp);
		if (!buffer_uptodate(*waitp))
			err = -EIO;
	}
	if (unlikely(err))
		page_zero_new_buffers(page, from, to);
	return err;
}

int __block_write_begin(struct page *page, loff_t pos, unsigned int len, get_block_t *get_block)
{
	return __block_write_begin_int(page, pos, len, get_block);
}

/*
 * The caller undoes what was allocated beyond i_size when this fails (its write_failed).
 */
int block_write_begin(struct address_space *mapping, loff_t pos, unsigned int len,
		      unsigned int flags, struct page **pagep, get_block_t *get_block)
{
	struct page *page;
	int err;

	page = grab_cache_page_write_begin(mapping, pos >> PAGE_SHIFT, flags);
	if (!page)
		return -ENOMEM;
	err = __block_write_begin_int(page, pos, len, get_block);
	if (unlikely(err)) {
		unlock_page(page);
		put_page(page);
		page = NULL;
	}
	*pagep = page;
	return err;
}

/* [from, to) of the page has been filled: its buffers are valid and dirty. */
int block_commit_write(struct page *page, unsigned int from, unsigned int to)
{
	struct buffer_head *head, *bh;
	unsigned int start = 0, end;
	bool partial = false;

	head = bh = page_buffers(page);
	do {
		end = start + bh->b_size;
		if (end <= from || start >= to) {
			if (!buffer_uptodate(bh))
				partial = true;
		} else {
			set_buffer_uptodate(bh);
			mark_buffer_dirty(bh);
		}
		clear_buffer_new(bh);
		start = end;
		bh = bh->b_this_page;
	} while (bh != head);
	/* Every block is valid, perhaps without one having been read: so is the page. */
	if (!partial)
		SetPageUptodate(page);
	return 0;
}

int block_write_end(struct file *file, struct address_space *mapping, loff_t pos,
		    unsigned int len, unsigned int copied, struct page *page, void *fsdata)
{
	unsigned int start = pos & (PAGE_SIZE - 1);

	if (unlikely(copied < len)) {
		/*
		 * A block of which only a part was copied has no valid rest, unless the page was
		 * valid before.  Take nothing: the write is repeated, and what was mapped newly is
		 * zeroed.
		 */
		if (!PageUptodate(page))
			copied = 0;
		page_zero_new_buffers(page, start + copied, start + len);
	}
	if (copied)
		block_commit_write(page, start, start + copied);
	return copied;
}

int generic_write_end(struct file *file, struct address_space *mapping, loff_t pos,
		      unsigned int len, unsigned int copied, struct page *page, void *fsdata)
{
	struct inode *inode = mapping->host;
	loff_t old_size = inode->i_size;
	bool size_changed = false;

	copied = block_write_end(file, mapping, pos, len, copied, page, fsdata);
	/*
	 * Under the page lock, so that writeback of this page does not take the new data for
	 * something stored behind the end.
	 */
	if (pos + copied > inode->i_size) {
		i_size_write(inode, pos + copied);
		size_changed = true;
	}
	unlock_page(page);
	put_page(page);
	if (old_size < pos)
		pagecache_isize_extended(inode, old_size, pos);
	/* Not under the page lock: it may start a transaction. */
	if (size_changed)
		mark_inode_dirty(inode);
	return copied;
}

/* 0 with the page locked and dirty; or an error, unlocked. */
int block_page_mkwrite(struct vm_area_struct *vma, struct vm_fault *vmf, get_block_t *get_block)
{
	struct page *page = vmf->page;
	struct inode *inode = file_inode(vma->vm_file);
	unsigned long end;
	loff_t size;
	int err;

	lock_page(page);
	size = i_size_read(inode);
	if (page->mapping != inode->i_mapping || page_offset(page) > size) {
		err = -EFAULT;		/* truncated */
		goto unlock;
	}
	if (((loff_t)(page->index + 1) << PAGE_SHIFT) > size)
		end = size & ~PAGE_MASK;
	else
		end = PAGE_SIZE;
	err = __block_write_begin_int(page, 0, end, get_block);
	if (!err)
		err = block_commit_write(page, 0, end);
	if (unlikely(err < 0))
		goto unlock;
	/* So the page is dirty. What lies behind the end, in other buffers, the fault dirties before it unlocks the page. */
	wait_for_stable_page(page);
	return 0;
unlock:
	unlock_page(page);
	return err;
}

vm_fault_t block_page_mkwrite_return(int err)
{
	switch (err) {
	case 0:
		return VM_FAULT_LOCKED;
	case -EFAULT:
	case -EAGAIN:
		return VM_FAULT_NOPAGE;
	case -ENOMEM:
		return VM_FAULT_OOM;
	default:		/* no space, quota, I/O error: SIGBUS */
		return VM_FAULT_SIGBUS;
	}
}

/*
 * The file is being cut at @from: zero the rest of that block in the cache, so that nothing old
 * shows up if the file grows again.  i_rwsem exclusive.
 */
int block_truncate_page(struct address_space *mapping, loff_t from, get_block_t *get_block)
{
	unsigned int blocksize = i_blocksize(mapping->host), inside = from & (blocksize - 1);

	return inside ? block_zero_range(mapping, from, blocksize - inside, get_block) : 0;
}

/* Zero @length bytes from @from on, which lie in one block, in the cache; a hole stays one.  i_rwsem exclusive. */
int block_zero_range(struct address_space *mapping, loff_t from, unsigned int length, get_block_t *get_block)
{
	struct inode *inode = mapping->host;
	unsigned int blocksize = i_blocksize(inode);
	unsigned int offset = from & (PAGE_SIZE - 1), pos;
	struct buffer_head *bh;
	struct page *page;
	sector_t iblock;
	int err = 0;

	iblock = (sector_t)from >> inode->i_blkbits;
	page = grab_cache_page(mapping, from >> PAGE_SHIFT);
	if (!page)
		return -ENOMEM;
	if (!page_has_buffers(page))
		create_empty_buffers(page, blocksize, 0);
	bh = page_buffers(page);
	for (pos = blocksize; offset >= pos; pos += blocksize)
		bh = bh->b_this_page;

	if (!buffer_mapped(bh)) {
		WARN_ON(bh->b_size != blocksize);
		err = get_block(inode, iblock, bh, 0);
		if (err)
			goto unlock;
		if (!buffer_mapped(bh))
			goto unlock;	/* a hole is zero already */
	}
	if (PageUptodate(page))
		set_buffer_uptodate(bh);
	if (!buffer_uptodate(bh) && !buffer_delay(bh) && !buffer_unwritten(bh)) {
		err = -EIO;
		ll_rw_block(REQ_OP_READ, 0, 1, &bh);
		wait_on_buffer(bh);
		if (!buffer_uptodate(bh))
			goto unlock;
	}
	memset((char *)page_address(page) + offset, 0, length);
	mark_buffer_dirty(bh);
	err = 0;
unlock:
	unlock_page(page);
	put_page(page);
	return err;
}
