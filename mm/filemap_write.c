// SPDX-License-Identifier: MIT
/*
 * write(): copying into the page cache.
 *
 * The source of a write may be a mapping of the very page that is written.  Its page lock is held
 * during the copy, so a fault on the source could wait for itself.  Therefore the source is
 * touched first, with no lock held, and the copy under the lock runs with faults disabled; if a
 * page of the source has been evicted in between, the copy is short, the part that was copied is
 * accepted (or none of it, when the rest of a block would be stale), and the step is repeated.
 *
 * The caller holds i_rwsem exclusively; block devices are written without it.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printk.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "fs/fs.h"
#include "mm/iov_iter.h"
#include "mm/pagemap.h"
#include "mm/swap.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"

int pagecache_write_begin(struct file *file, struct address_space *mapping, loff_t pos,
			  unsigned int len, unsigned int flags, struct page **pagep,
			  void **fsdata)
{
	return aop_write_begin(mapping->a_ops, file, mapping, pos, len, flags, pagep, fsdata);
}

int pagecache_write_end(struct file *file, struct address_space *mapping, loff_t pos,
			unsigned int len, unsigned int copied, struct page *page, void *fsdata)
{
	return aop_write_end(mapping->a_ops, file, mapping, pos, len, copied, page, fsdata);
}

/*
 * One step within one page.  Returns the bytes accepted, or -errno.  0: a short copy was refused,
 * repeat with *@bytes, which has been set to what can be copied.
 */
static ssize_t write_one_step(struct file *file, struct address_space *mapping,
			      struct iov_iter *i, loff_t pos, size_t *bytes)
{
	size_t offset = pos & (PAGE_SIZE - 1);
	struct page *page;
	void *fsdata = NULL;
	size_t copied;
	ssize_t status;

	/* As much as is there is written: only a source without a first byte is an error. */
	if (unlikely(iov_iter_fault_in_readable(i, *bytes) == *bytes))
		return -EFAULT;
	if (fatal_signal_pending(current))
		return -EINTR;
	status = aop_write_begin(mapping->a_ops, file, mapping, pos, *bytes, 0, &page, &fsdata);
	if (unlikely(status < 0))
		return status;
	copied = iov_iter_copy_from_user_atomic(page, i, offset, *bytes);
	status = aop_write_end(mapping->a_ops, file, mapping, pos, *bytes, copied, page, fsdata);
	if (unlikely(status == 0) && copied)
		*bytes = copied;
	return status;
}

ssize_t generic_perform_write(struct file *file, struct iov_iter *i, loff_t pos)
{
	struct address_space *mapping = file->f_mapping;
	ssize_t written = 0;
	ssize_t n = 0;

	while (iov_iter_count(i)) {
		size_t bytes = min_t(size_t, PAGE_SIZE - (pos & (PAGE_SIZE - 1)),
				     iov_iter_count(i));

		do {
			n = write_one_step(file, mapping, i, pos, &bytes);
			cond_resched();
		} while (unlikely(n == 0));
		if (n < 0)
			break;
		iov_iter_advance(i, n);
		pos += n;
		written += n;
		balance_dirty_pages_ratelimited(mapping);
	}
	return written ? written : n;
}

/*
 * O_DIRECT write: the cached pages of the range are written and dropped before, and dropped again
 * after, because a fault or a read may have brought one back meanwhile.  What could not be written
 * directly is left to the caller.
 */
ssize_t generic_file_direct_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *file = iocb->ki_filp;
	struct address_space *mapping = file->f_mapping;
	struct inode *inode = mapping->host;
	loff_t pos = iocb->ki_pos;
	size_t count = iov_iter_count(from);
	pgoff_t first = pos >> PAGE_SHIFT;
	pgoff_t last = (pos + count - 1) >> PAGE_SHIFT;
	ssize_t written;
	int err;

	if (!count)
		return 0;
	if (iocb->ki_flags & IOCB_NOWAIT) {
		if (filemap_range_has_page(mapping, pos, pos + count - 1))
			return -EAGAIN;
	} else {
		err = filemap_write_and_wait_range(mapping, pos, pos + count - 1);
		if (err)
			return err;
	}
	/* A page that cannot be dropped (somebody is using it): write through the cache instead. */
	err = invalidate_inode_pages2_range(mapping, first, last);
	if (err)
		return err == -EBUSY ? 0 : err;
	written = aop_direct_IO(mapping->a_ops, iocb, from);

	if (!mapping_empty(mapping) &&
	    invalidate_inode_pages2_range(mapping, first, last))
		pr_warn_ratelimited("inode %lu: page cache stayed behind a direct write\n",
				    inode->i_ino);
	if (written > 0) {
		pos += written;
		count -= written;
		if (pos > i_size_read(inode) && !S_ISBLK(inode->i_mode)) {
			i_size_write(inode, pos);
			mark_inode_dirty(inode);
		}
		iocb->ki_pos = pos;
	}
	if (written != -EIOCBQUEUED)
		iov_iter_revert(from, count - iov_iter_count(from));
	return written;
}

/*
 * The rest of a direct write through the cache: written out and dropped at once, so that the
 * program sees what it would see from a direct write.
 */
static ssize_t direct_fallback(struct kiocb *iocb, struct iov_iter *from, ssize_t written)
{
	struct file *file = iocb->ki_filp;
	struct address_space *mapping = file->f_mapping;
	loff_t pos = iocb->ki_pos;
	ssize_t status = generic_perform_write(file, from, pos);
	loff_t end;
	int err;

	if (status < 0)
		return written ? written : status;
	end = pos + status - 1;
	err = filemap_write_and_wait_range(mapping, pos, end);
	if (err)
		return written ? written : err;
	iocb->ki_pos = end + 1;
	invalidate_mapping_pages(mapping, pos >> PAGE_SHIFT, end >> PAGE_SHIFT);
	return written + status;
}

ssize_t __generic_file_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *file = iocb->ki_filp;
	struct inode *inode = file->f_mapping->host;
	ssize_t written;
	int err;

	err = file_remove_privs(file);
	if (err)
		return err;
	err = file_update_time(file);
	if (err)
		return err;
	if (!(iocb->ki_flags & IOCB_DIRECT)) {
		written = generic_perform_write(file, from, iocb->ki_pos);
		if (written > 0)
			iocb->ki_pos += written;
		return written;
	}
	if (!file->f_mapping->a_ops->direct_IO)
		return -EINVAL;
	written = generic_file_direct_write(iocb, from);
	if (written < 0 || !iov_iter_count(from) || IS_DAX(inode))
		return written;
	/* The rest would go through the cache, and wait. */
	if (iocb->ki_flags & IOCB_NOWAIT)
		return written ? written : -EAGAIN;
	return direct_fallback(iocb, from, written);
}

ssize_t generic_file_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = iocb->ki_filp->f_mapping->host;
	ssize_t ret;

	if (iocb->ki_flags & IOCB_NOWAIT) {
		/* A write to the cache may wait in too many places to promise that it does not. */
		if (!(iocb->ki_flags & IOCB_DIRECT))
			return -EOPNOTSUPP;
		if (!inode_trylock(inode))
			return -EAGAIN;
	} else {
		inode_lock(inode);
	}
	ret = generic_write_checks(iocb, from);
	if (ret > 0)
		ret = __generic_file_write_iter(iocb, from);
	inode_unlock(inode);
	if (ret > 0)
		ret = generic_write_sync(iocb, ret);
	return ret;
}
