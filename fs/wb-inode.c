// SPDX-License-Identifier: MIT
/*
 * Dirty inodes: becoming dirty, being written, waiting for that.
 *
 * An inode with anything dirty is on one of its device's lists through i_io_list.  b_dirty is
 * ordered by age, oldest at the tail.  i_state says what is dirty (i_lock); the lists belong to
 * list_lock, which is taken outside i_lock.
 *
 * I_SYNC marks an inode that is being written.  Only one task at a time does that; it holds no
 * reference, and eviction waits for I_SYNC to clear.  An inode that becomes dirty while I_SYNC is
 * set is not moved: the writer looks at i_state when it is done and puts it where it belongs.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/errno.h"
#include "kernel/lock/wait_bit.h"
#include "kernel/x86/time.h"
#include "drivers/block/blk_types.h"
#include "fs/block_dev.h"
#include "fs/wb_internal.h"
#include "mm/pagemap.h"
#include "gen/super_operations.h"

/* Time stamps alone are not written more often than this (lazytime). */
#define DIRTYTIME_EXPIRE	(12UL * 60 * 60 * 1000)

struct backing_dev_info *inode_to_bdi(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;

	if (sb_is_blkdev_sb(sb))
		return I_BDEV(inode)->bd_bdi;
	return sb->s_bdi;
}

/* --- lists ------------------------------------------------------------------------------------ */

/* True if the device has something to write now and had nothing before. */
bool inode_io_list_move_locked(struct inode *inode, struct bdi_writeback *wb,
			       struct list_head *head)
{
	list_move(&inode->i_io_list, head);
	if (head == &wb->b_dirty_time || test_bit(WB_has_dirty_io, &wb->state))
		return false;
	set_bit(WB_has_dirty_io, &wb->state);
	return true;
}

void inode_io_list_del_locked(struct inode *inode, struct bdi_writeback *wb)
{
	list_del_init(&inode->i_io_list);
	if (list_empty(&wb->b_dirty) && list_empty(&wb->b_io) && list_empty(&wb->b_more_io))
		clear_bit(WB_has_dirty_io, &wb->state);
}

void inode_io_list_del(struct inode *inode)
{
	struct bdi_writeback *wb = inode_to_wb(inode);

	spin_lock(&wb->list_lock);
	if (!list_empty(&inode->i_io_list))
		inode_io_list_del_locked(inode, wb);
	spin_unlock(&wb->list_lock);
}

void redirty_tail(struct inode *inode, struct bdi_writeback *wb)
{
	if (!list_empty(&wb->b_dirty)) {
		struct inode *newest = wb_inode(wb->b_dirty.next);

		if (time_before(inode->dirtied_when, newest->dirtied_when))
			inode->dirtied_when = jiffies;
	}
	inode_io_list_move_locked(inode, wb, &wb->b_dirty);
}

/* --- marking dirty ------------------------------------------------------------------------------ */

/*
 * @flags: I_DIRTY_*.  The caller holds a reference.  With I_DIRTY_PAGES alone it does not sleep and
 * may be called under a spinlock.
 */
void __mark_inode_dirty(struct inode *inode, int flags)
{
	struct super_block *sb = inode->i_sb;
	bool time_only = flags & I_DIRTY_TIME;
	struct bdi_writeback *wb;
	bool wakeup = false;

	/* The file system learns of changes of the inode itself (it may have to log them). */
	if ((flags & (I_DIRTY_INODE | I_DIRTY_TIME)) && sb->s_op->dirty_inode)
		sop_dirty_inode(sb->s_op, inode, flags);
	if (flags & I_DIRTY_INODE) {
		flags &= ~I_DIRTY_TIME;
		time_only = false;
	}
	/*
	 * Pairs with the barrier in __writeback_single_inode(): the caller's change is visible
	 * before i_state is tested, so either we set the bits, or the writer sees the change.
	 */
	smp_mb();
	if ((READ_ONCE(inode->i_state) & flags) == flags ||
	    (time_only && (READ_ONCE(inode->i_state) & I_DIRTY_INODE)))
		return;

	wb = inode_to_wb(inode);
	spin_lock(&wb->list_lock);
	spin_lock(&inode->i_lock);
	if (time_only && (inode->i_state & I_DIRTY_INODE))
		goto out;
	if ((inode->i_state & flags) != flags) {
		bool was_dirty = inode->i_state & I_DIRTY;
		struct list_head *list = &wb->b_dirty;

		if (flags & I_DIRTY_INODE)
			inode->i_state &= ~I_DIRTY_TIME;
		inode->i_state |= flags;
		/* Being written: the writer will queue it again.  Not hashed: it is going away. */
		if (inode->i_state & (I_SYNC | I_FREEING))
			goto out;
		if (!S_ISBLK(inode->i_mode) && inode_unhashed(inode))
			goto out;
		if (was_dirty)
			goto out;	/* keeps its place, and its age */
		inode->dirtied_when = jiffies;
		if (time_only) {
			inode->dirtied_time_when = jiffies;
			list = &wb->b_dirty_time;
		}
		wakeup = inode_io_list_move_locked(inode, wb, list);
	}
out:
	spin_unlock(&inode->i_lock);
	spin_unlock(&wb->list_lock);
	/* The first dirty inode: the flusher must wake up for it in time. */
	if (wakeup && bdi_cap_writeback_dirty(wb->bdi))
		wb_wakeup(wb);
}

/* --- inodes with pages under writeback ------------------------------------------------------------ */

/* i_pages lock held, interrupts off. */
void sb_mark_inode_writeback(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;
	unsigned long flags;

	if (!list_empty(&inode->i_wb_list))
		return;
	spin_lock_irqsave(&sb->s_inode_wblist_lock, flags);
	if (list_empty(&inode->i_wb_list))
		list_add_tail(&inode->i_wb_list, &sb->s_inodes_wb);
	spin_unlock_irqrestore(&sb->s_inode_wblist_lock, flags);
}

void sb_clear_inode_writeback(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;
	unsigned long flags;

	if (list_empty(&inode->i_wb_list))
		return;
	spin_lock_irqsave(&sb->s_inode_wblist_lock, flags);
	if (!list_empty(&inode->i_wb_list))
		list_del_init(&inode->i_wb_list);
	spin_unlock_irqrestore(&sb->s_inode_wblist_lock, flags);
}

/* --- writing one inode ------------------------------------------------------------------------------ */

void inode_sync_complete(struct inode *inode)
{
	inode->i_state &= ~I_SYNC;
	/* Clean and unused: from now on the inode cache may reclaim it. */
	inode_add_lru(inode);
	smp_mb();
	wake_up_bit(&inode->i_state, __I_SYNC);
}

void __inode_wait_for_writeback(struct inode *inode)
{
	while (inode->i_state & I_SYNC) {
		spin_unlock(&inode->i_lock);
		wait_on_bit(&inode->i_state, __I_SYNC, TASK_UNINTERRUPTIBLE);
		spin_lock(&inode->i_lock);
	}
}

/* The inode is being evicted: I_FREEING keeps new writers away.  Sleeps. */
void inode_wait_for_writeback(struct inode *inode)
{
	spin_lock(&inode->i_lock);
	__inode_wait_for_writeback(inode);
	spin_unlock(&inode->i_lock);
}

static int write_inode(struct inode *inode, struct writeback_control *wbc)
{
	if (!inode->i_sb->s_op->write_inode || is_bad_inode(inode))
		return 0;
	return sop_write_inode(inode->i_sb->s_op, inode, wbc);
}

int __writeback_single_inode(struct inode *inode, struct writeback_control *wbc)
{
	struct address_space *mapping = inode->i_mapping;
	unsigned long dirty;
	int ret, err;

	WARN_ON(!(inode->i_state & I_SYNC));
	ret = do_writepages(mapping, wbc);
	/*
	 * The data must be on the disk before the inode says how long it is.  sync(2) waits for
	 * all inodes at its end instead.
	 */
	if (wbc->sync_mode == WB_SYNC_ALL && !wbc->for_sync) {
		err = filemap_fdatawait(mapping);
		if (!ret)
			ret = err;
	}
	spin_lock(&inode->i_lock);
	dirty = inode->i_state & I_DIRTY;
	if ((inode->i_state & I_DIRTY_TIME) &&
	    ((dirty & I_DIRTY_INODE) || wbc->sync_mode == WB_SYNC_ALL ||
	     time_after(jiffies, inode->dirtied_time_when + DIRTYTIME_EXPIRE)))
		dirty |= I_DIRTY_TIME;
	inode->i_state &= ~dirty;
	/*
	 * Pairs with the one in __mark_inode_dirty(): whoever dirties the inode from now on finds
	 * the bits clear and sets them; what was dirtied before is seen by write_inode below.
	 */
	smp_mb();
	if (mapping_tagged(mapping, PAGECACHE_TAG_DIRTY))
		inode->i_state |= I_DIRTY_PAGES;
	spin_unlock(&inode->i_lock);

	if (dirty & ~I_DIRTY_PAGES) {
		err = write_inode(inode, wbc);
		if (!ret)
			ret = err;
	}
	return ret;
}

/*
 * Write an inode outside the flusher.  The caller has a reference, or the inode is I_WILL_FREE.
 * Without WB_SYNC_ALL an inode that is being written already is left alone.
 */
static int writeback_single_inode(struct inode *inode, struct writeback_control *wbc)
{
	struct bdi_writeback *wb = inode_to_wb(inode);
	int ret = 0;

	spin_lock(&inode->i_lock);
	if (inode->i_state & I_SYNC) {
		if (wbc->sync_mode != WB_SYNC_ALL)
			goto out;
		__inode_wait_for_writeback(inode);
	}
	/* Clean, and no write in flight that an integrity sync would have to wait for. */
	if (!(inode->i_state & I_DIRTY_ALL) &&
	    (wbc->sync_mode != WB_SYNC_ALL ||
	     !mapping_tagged(inode->i_mapping, PAGECACHE_TAG_WRITEBACK)))
		goto out;
	inode->i_state |= I_SYNC;
	spin_unlock(&inode->i_lock);

	ret = __writeback_single_inode(inode, wbc);

	spin_lock(&wb->list_lock);
	spin_lock(&inode->i_lock);
	if (!(inode->i_state & I_DIRTY_ALL))
		inode_io_list_del_locked(inode, wb);
	else if (list_empty(&inode->i_io_list) && !(inode->i_state & I_FREEING) &&
		 (S_ISBLK(inode->i_mode) || !inode_unhashed(inode)))
		redirty_tail(inode, wb);	/* dirtied while I_SYNC kept it off the lists */
	spin_unlock(&wb->list_lock);
	inode_sync_complete(inode);
out:
	spin_unlock(&inode->i_lock);
	return ret;
}

int write_inode_now(struct inode *inode, int sync)
{
	struct writeback_control wbc = {
		.nr_to_write = LONG_MAX,
		.sync_mode = sync ? WB_SYNC_ALL : WB_SYNC_NONE,
		.range_end = LLONG_MAX,
	};

	if (!mapping_cap_writeback_dirty(inode->i_mapping))
		wbc.nr_to_write = 0;
	might_sleep();
	return writeback_single_inode(inode, &wbc);
}

int sync_inode(struct inode *inode, struct writeback_control *wbc)
{
	return writeback_single_inode(inode, wbc);
}

/* The inode only, not its pages. */
int sync_inode_metadata(struct inode *inode, int wait)
{
	struct writeback_control wbc = {
		.sync_mode = wait ? WB_SYNC_ALL : WB_SYNC_NONE,
		.nr_to_write = 0,
	};

	return sync_inode(inode, &wbc);
}
