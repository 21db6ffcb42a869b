// SPDX-License-Identifier: MIT
/*
 * read(): copying from the page cache, and bringing in what is missing.
 *
 * For each page: look it up without locks; on a miss start read-ahead and look again; if it is the
 * read-ahead marker, start the next window while there is still something to copy; wait until it
 * is up to date; look at i_size; copy.  i_size is read after the page was found up to date, so
 * that a truncation which shortened the file and zeroed the page cannot make us return the zeroes
 * as data: whoever lowers i_size does so before it touches the pages.
 *
 * Nothing is held during the copy, which may fault on the user's buffer and even on the page being
 * read (a mapping of the same file).  The invalidate lock is held shared only while a page is being
 * instantiated or read.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "fs/fs.h"
#include "mm/iov_iter.h"
#include "mm/pagemap.h"
#include "mm/swap.h"
#include "mm/vmstat.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"

/* The device found a bad sector: read smaller pieces from now on. */
static void shrink_readahead(struct file_ra_state *ra)
{
	ra->ra_pages /= 4;
}

/*
 * Allocate the page at @index and start reading it.  The page with a reference, unlocked, perhaps
 * still being read; NULL to look again; or ERR_PTR.
 */
static struct page *create_and_read(struct file *filp, struct address_space *mapping,
				    pgoff_t index)
{
	struct page *page = page_cache_alloc(mapping);
	int err;

	if (!page)
		return ERR_PTR(-ENOMEM);
	filemap_invalidate_lock_shared(mapping);
	err = add_to_page_cache_lru(page, mapping, index,
				    mapping_gfp_constraint(mapping, GFP_KERNEL));
	if (!err) {
		inc_page_state(PGPGIN);
		err = aop_readpage(mapping->a_ops, filp, page);
	}
	filemap_invalidate_unlock_shared(mapping);
	if (!err)
		return page;
	put_page(page);
	if (err == -EEXIST || err == AOP_TRUNCATED_PAGE)
		return NULL;
	return ERR_PTR(err);
}

/*
 * Make a referenced page up to date.  0; 1 when it left the mapping (look again); or an error.
 * Waits for the read.
 */
static int bring_uptodate(struct file *filp, struct address_space *mapping, struct page *page)
{
	int err;

	filemap_invalidate_lock_shared(mapping);
	err = lock_page_killable(page);
	if (err)
		goto out;
	if (!page->mapping) {
		unlock_page(page);
		err = 1;
		goto out;
	}
	if (PageUptodate(page)) {
		unlock_page(page);
		goto out;
	}
	/* An earlier read may have failed: the flag will be set again if this one does too. */
	ClearPageError(page);
	err = aop_readpage(mapping->a_ops, filp, page);
	filemap_invalidate_unlock_shared(mapping);
	if (err)
		return err == AOP_TRUNCATED_PAGE ? 1 : err;
	err = wait_on_page_locked_killable(page);
	if (err)
		return err;
	if (PageUptodate(page))
		return 0;
	if (!READ_ONCE(page->mapping))
		return 1;
	shrink_readahead(&filp->f_ra);
	return -EIO;
out:
	filemap_invalidate_unlock_shared(mapping);
	return err;
}

/*
 * With blocks smaller than a page, the part that is wanted may be valid although the page is not.
 * The page lock is only tried: if it is taken, the read will end soon.
 */
static bool part_is_uptodate(struct address_space *mapping, struct page *page, size_t offset,
			     size_t count)
{
	bool ok = false;

	if (!mapping->a_ops->is_partially_uptodate || !PagePrivate(page) || !trylock_page(page))
		return false;
	if (page->mapping == mapping)
		ok = aop_is_partially_uptodate(mapping->a_ops, page, offset, count);
	unlock_page(page);
	return ok;
}

/*
 * The page at @index, up to date as far as [offset, offset + count) goes, with a reference.
 * ERR_PTR(-EAGAIN) with IOCB_NOWAIT when that would mean waiting.
 */
static struct page *get_read_page(struct kiocb *iocb, struct address_space *mapping,
				  pgoff_t index, size_t offset, size_t count, pgoff_t last_index)
{
	struct file *filp = iocb->ki_filp;
	struct file_ra_state *ra = &filp->f_ra;
	struct page *page;
	int err;

	for (;;) {
		cond_resched();
		if (fatal_signal_pending(current))
			return ERR_PTR(-EINTR);
		page = find_get_page(mapping, index);
		if (!page) {
			if (iocb->ki_flags & IOCB_NOWAIT)
				return ERR_PTR(-EAGAIN);
			page_cache_sync_readahead(mapping, ra, filp, index, last_index - index);
			page = find_get_page(mapping, index);
		}
		if (!page) {
			page = create_and_read(filp, mapping, index);
			if (IS_ERR(page))
				return page;
			if (!page)
				continue;
		}
		if (PageReadahead(page) && !(iocb->ki_flags & IOCB_NOWAIT))
			page_cache_async_readahead(mapping, ra, filp, page, index,
						   last_index - index);
		if (likely(PageUptodate(page)))
			return page;
		if (iocb->ki_flags & IOCB_NOWAIT) {
			put_page(page);
			return ERR_PTR(-EAGAIN);
		}
		/* Usually the read is in flight: wait for it before asking for more. */
		err = wait_on_page_locked_killable(page);
		if (!err) {
			if (PageUptodate(page) || part_is_uptodate(mapping, page, offset, count))
				return page;
			err = bring_uptodate(filp, mapping, page);
		}
		if (!err)
			return page;
		put_page(page);
		if (err < 0)
			return ERR_PTR(err);
	}
}

ssize_t generic_file_buffered_read(struct kiocb *iocb, struct iov_iter *iter, ssize_t written)
{
	struct file *filp = iocb->ki_filp;
	struct address_space *mapping = filp->f_mapping;
	struct inode *inode = mapping->host;
	struct file_ra_state *ra = &filp->f_ra;
	loff_t pos = iocb->ki_pos;
	loff_t prev_pos = ra->prev_pos;
	pgoff_t last_index;
	int err = 0;

	if (unlikely(pos >= inode->i_sb->s_maxbytes))
		return written;
	iov_iter_truncate(iter, inode->i_sb->s_maxbytes - pos);
	last_index = (pos + iter->count + PAGE_SIZE - 1) >> PAGE_SHIFT;

	while (iov_iter_count(iter)) {
		pgoff_t index = pos >> PAGE_SHIFT;
		size_t offset = pos & (PAGE_SIZE - 1);
		size_t n, copied;
		struct page *page;
		loff_t isize;

		/* Cheap, and keeps a reader at the end from allocating a page behind it. */
		if (pos >= i_size_read(inode))
			break;
		page = get_read_page(iocb, mapping, index, offset, iter->count, last_index);
		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		isize = i_size_read(inode);
		if (unlikely(pos >= isize)) {
			put_page(page);
			break;
		}
		n = min_t(loff_t, PAGE_SIZE - offset, isize - pos);
		/* Reading a page in small pieces touches it once. */
		if (prev_pos < 0 || prev_pos >> PAGE_SHIFT != index ||
		    (prev_pos & (PAGE_SIZE - 1)) != offset)
			mark_page_accessed(page);
		copied = copy_page_to_iter(page, offset, n, iter);
		put_page(page);
		pos += copied;
		written += copied;
		prev_pos = pos;
		if (copied < min(n, iter->count + copied)) {
			err = -EFAULT;
			break;
		}
	}
	ra->prev_pos = prev_pos;
	iocb->ki_pos = pos;
	file_accessed(filp);
	return written ? written : err;
}

/* O_DIRECT: write back what is cached in the range, then go around the cache. */
static ssize_t direct_read(struct kiocb *iocb, struct iov_iter *iter, size_t count)
{
	struct file *filp = iocb->ki_filp;
	struct address_space *mapping = filp->f_mapping;
	loff_t end = iocb->ki_pos + count - 1;
	ssize_t ret;

	if (iocb->ki_flags & IOCB_NOWAIT) {
		if (filemap_range_has_page(mapping, iocb->ki_pos, end))
			return -EAGAIN;
	} else {
		ret = filemap_write_and_wait_range(mapping, iocb->ki_pos, end);
		if (ret < 0)
			return ret;
	}
	file_accessed(filp);
	ret = aop_direct_IO(mapping->a_ops, iocb, iter);
	if (ret >= 0) {
		iocb->ki_pos += ret;
		count -= ret;
	}
	if (ret != -EIOCBQUEUED)
		iov_iter_revert(iter, count - iov_iter_count(iter));
	return ret;
}

ssize_t generic_file_read_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	size_t count = iov_iter_count(iter);
	struct inode *inode = iocb->ki_filp->f_mapping->host;
	ssize_t ret = 0;

	if (!count)
		return 0;
	if (iocb->ki_flags & IOCB_DIRECT) {
		if (!iocb->ki_filp->f_mapping->a_ops->direct_IO)
			return -EINVAL;
		ret = direct_read(iocb, iter, count);
		/* A short direct read at the end of the file, or into a hole, ends here or goes on
		 * through the cache. */
		if (ret < 0 || ret == count || iocb->ki_pos >= i_size_read(inode) || IS_DAX(inode))
			return ret;
	}
	return generic_file_buffered_read(iocb, iter, ret);
}
