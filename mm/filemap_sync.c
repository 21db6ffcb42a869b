// SPDX-License-Identifier: MIT
/*
 * fsync's view of the page cache: start writing a range, wait for it, and learn of errors.
 *
 * Write errors are kept in an error sequence (errseq): each open file remembers the value it last
 * reported, so every one of them hears of an error exactly once, even if another file's fsync saw
 * it first.  The AS_EIO and AS_ENOSPC bits are for callers without a file (sync, umount).
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/errseq.h"
#include "kernel/task/sched.h"
#include "fs/fs.h"
#include "mm/backing-dev.h"
#include "mm/pagemap.h"
#include "mm/pagevec.h"
#include "mm/writeback.h"

int filemap_check_errors(struct address_space *mapping)
{
	int ret = 0;

	if (test_bit(AS_ENOSPC, &mapping->flags) &&
	    test_and_clear_bit(AS_ENOSPC, &mapping->flags))
		ret = -ENOSPC;
	if (test_bit(AS_EIO, &mapping->flags) && test_and_clear_bit(AS_EIO, &mapping->flags))
		ret = -EIO;
	return ret;
}

static int filemap_check_and_keep_errors(struct address_space *mapping)
{
	if (test_bit(AS_EIO, &mapping->flags))
		return -EIO;
	if (test_bit(AS_ENOSPC, &mapping->flags))
		return -ENOSPC;
	return 0;
}

void __filemap_set_wb_err(struct address_space *mapping, int err)
{
	errseq_set(&mapping->wb_err, err);
}

int file_check_and_advance_wb_err(struct file *file)
{
	struct address_space *mapping = file->f_mapping;
	int err = 0;

	/* Unchanged since last time: the common case needs no lock. */
	if (errseq_check(&mapping->wb_err, READ_ONCE(file->f_wb_err))) {
		spin_lock(&file->f_lock);
		err = errseq_check_and_advance(&mapping->wb_err, &file->f_wb_err);
		spin_unlock(&file->f_lock);
	}
	/* Reported through the file: do not report it again to a caller without one. */
	clear_bit(AS_EIO, &mapping->flags);
	clear_bit(AS_ENOSPC, &mapping->flags);
	return err;
}

int __filemap_fdatawrite_range(struct address_space *mapping, loff_t start, loff_t end,
			       int sync_mode)
{
	struct writeback_control wbc = {
		.sync_mode = sync_mode,
		.nr_to_write = LONG_MAX,
		.range_start = start,
		.range_end = end,
	};

	if (!mapping_cap_writeback_dirty(mapping) ||
	    !mapping_tagged(mapping, PAGECACHE_TAG_DIRTY))
		return 0;
	return do_writepages(mapping, &wbc);
}

int filemap_fdatawrite_range(struct address_space *mapping, loff_t start, loff_t end)
{
	return __filemap_fdatawrite_range(mapping, start, end, WB_SYNC_ALL);
}

int filemap_fdatawrite(struct address_space *mapping)
{
	return __filemap_fdatawrite_range(mapping, 0, LLONG_MAX, WB_SYNC_ALL);
}

int filemap_flush(struct address_space *mapping)
{
	return __filemap_fdatawrite_range(mapping, 0, LLONG_MAX, WB_SYNC_NONE);
}

static void __filemap_fdatawait_range(struct address_space *mapping, loff_t start, loff_t end)
{
	pgoff_t index = start >> PAGE_SHIFT;
	pgoff_t last = end >> PAGE_SHIFT;
	struct pagevec pvec;
	unsigned int i;

	if (end < start)
		return;
	while (index <= last) {
		if (!pagevec_lookup_range_tag(&pvec, mapping, &index, last,
					      PAGECACHE_TAG_WRITEBACK))
			break;
		for (i = 0; i < pagevec_count(&pvec); i++) {
			wait_on_page_writeback(pvec.pages[i]);
			ClearPageError(pvec.pages[i]);
		}
		pagevec_release(&pvec);
		cond_resched();
		if (index == (pgoff_t)-1)
			break;
	}
}

int filemap_fdatawait_range(struct address_space *mapping, loff_t start, loff_t end)
{
	__filemap_fdatawait_range(mapping, start, end);
	return filemap_check_errors(mapping);
}

/* For sync(2): wait, but leave the error for somebody who can report it. */
int filemap_fdatawait_keep_errors(struct address_space *mapping)
{
	__filemap_fdatawait_range(mapping, 0, LLONG_MAX);
	return filemap_check_and_keep_errors(mapping);
}

int file_fdatawait_range(struct file *file, loff_t start, loff_t end)
{
	__filemap_fdatawait_range(file->f_mapping, start, end);
	return file_check_and_advance_wb_err(file);
}

int filemap_write_and_wait_range(struct address_space *mapping, loff_t lstart, loff_t lend)
{
	int err = 0, err2;

	if (mapping_empty(mapping))
		return filemap_check_errors(mapping);
	err = __filemap_fdatawrite_range(mapping, lstart, lend, WB_SYNC_ALL);
	/* After an I/O error some pages may still be in flight; other errors mean a lost cause. */
	if (err != -EIO) {
		err2 = filemap_fdatawait_range(mapping, lstart, lend);
		if (!err)
			err = err2;
	} else {
		filemap_check_errors(mapping);
	}
	return err;
}

int filemap_write_and_wait(struct address_space *mapping)
{
	return filemap_write_and_wait_range(mapping, 0, LLONG_MAX);
}

int file_write_and_wait_range(struct file *file, loff_t lstart, loff_t lend)
{
	struct address_space *mapping = file->f_mapping;
	int err = 0, err2;

	if (!mapping_empty(mapping)) {
		err = __filemap_fdatawrite_range(mapping, lstart, lend, WB_SYNC_ALL);
		/* Even after an error, wait: what was started may still fail or succeed. */
		__filemap_fdatawait_range(mapping, lstart, lend);
	}
	err2 = file_check_and_advance_wb_err(file);
	if (!err)
		err = err2;
	return err;
}
