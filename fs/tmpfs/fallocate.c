// SPDX-License-Identifier: MIT
/*
 * fallocate on tmpfs: pages made before they are needed, and holes punched.
 *
 * Pages that are only allocated have no contents yet and cost no clearing; whoever uses one first fills it. If the call fails in the
 * middle it takes back what it made: those pages carry PG_checked, and those that were there before do not, since the call
 * passes over each page of the range and clears the flag of what it finds. i_rwsem, held throughout, makes calls
 * follow one another. A page that a fault gave contents meanwhile stays.
 */
#include "fs/tmpfs/tmpfs.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "mm/mm.h"
#include "mm/pagemap.h"

static long punch(struct inode *inode, loff_t offset, loff_t len)
{
	if (TMPFS_I(inode)->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	filemap_invalidate_lock(inode->i_mapping);
	truncate_pagecache_range(inode, offset, offset + len - 1);
	filemap_invalidate_unlock(inode->i_mapping);
	return 0;
}

/* Takes back what this call made in [start, end). Faults are kept out, so that a page looked at cannot be mapped. */
static void undo(struct inode *inode, pgoff_t start, pgoff_t end)
{
	struct address_space *mapping = inode->i_mapping;
	struct page *page;

	filemap_invalidate_lock(mapping);
	for (pgoff_t index = start; index < end; index++) {
		page = find_lock_page(mapping, index);
		if (!page)
			continue;
		if (PageChecked(page) && !PageUptodate(page))
			truncate_inode_page(mapping, page);
		unlock_page(page);
		put_page(page);
		cond_resched();
	}
	filemap_invalidate_unlock(mapping);
}

static int allocate_page(struct inode *inode, pgoff_t index)
{
	struct page *page;
	int err;

	if (signal_pending(current))
		return -EINTR;
	err = tmpfs_get_page(inode, index, TMPFS_ALLOC, &page);
	if (err)
		return err;
	unlock_page(page);
	put_page(page);
	cond_resched();
	return 0;
}

static long allocate(struct inode *inode, int mode, loff_t offset, loff_t len)
{
	pgoff_t start = offset >> PAGE_SHIFT, end = DIV_ROUND_UP((u64)(offset + len), PAGE_SIZE), index;
	unsigned long max = READ_ONCE(TMPFS_SB(inode->i_sb)->max_blocks);
	int err = inode_newsize_ok(inode, offset + len);

	if (err)
		return err;
	if ((TMPFS_I(inode)->seals & F_SEAL_GROW) && offset + len > inode->i_size)
		return -EPERM;
	/* More than ever fits: do not try. */
	if (max && end - start > max)
		return -ENOSPC;
	for (index = start; index < end && !err; index++)
		err = allocate_page(inode, index);
	if (err) {
		undo(inode, start, index);
		return err;
	}
	if (!(mode & FALLOC_FL_KEEP_SIZE) && offset + len > inode->i_size) {
		tmpfs_zero_behind_end(inode);
		i_size_write(inode, offset + len);
	}
	return 0;
}

long tmpfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file_inode(file);
	long err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	inode_lock(inode);
	if (mode & FALLOC_FL_PUNCH_HOLE)
		err = punch(inode, offset, len);
	else
		err = allocate(inode, mode, offset, len);
	if (!err)
		inode->i_mtime = inode->i_ctime = current_time(inode);
	inode_unlock(inode);
	return err;
}
