// SPDX-License-Identifier: MIT
/*
 * fsync, and what it promises on a file system without a journal.
 *
 * When fsync returns, a crash followed by e2fsck leaves the file with its
 * contents under its name.  Four things are needed for that:
 *
 *   1. its data, its indirect blocks and its inode are on the disk;
 *   2. the directory entry that names it is, with the directory's blocks, its
 *      indirect blocks and its inode, and so on upwards for every directory
 *      that is new or was moved;
 *   3. nothing else on the disk lays claim to its blocks.  A block that was
 *      freed and given to this file is still claimed by the former owner if the
 *      disk has not heard of the freeing; e2fsck would then repair the former
 *      owner's idea of an indirect block right through our data;
 *   4. no stale entry leads to the same directory, or e2fsck may keep the stale
 *      name instead of the new one.
 *
 * And what was promised once must hold until something else is: a name that
 * rename moves or points at another file leads to the old or the new, at every
 * moment.  rename.c has the order of steps; it needs that an inode that lost its
 * last name to a rename is not seen deleted on the disk before the directory is
 * there.  Such inodes are kept (s_kept): a reference is held, and their slot
 * shows one link, until an ext2_pay() has made the directory durable.
 *
 * Promised is what an fsync was called for; every directory on the list below when it was
 * worked off, for the file may be below it; what a sync(2) has written; what was on the
 * disk already when it came into memory; and what has taken over a promised name.
 * A promise is made before the ext2_pay() that keeps it begins.  So a rename that saw none
 * has listed by then the name it entered, and gets it paid for.  Where an object has no name
 * between two steps, that is not enough: whoever lets that happen because there is no
 * promise holds s_promise_sem shared meanwhile, and an ext2_pay() begins when nobody does.
 *
 * For 2 and 4 the volume keeps a list of inodes whose names or entries changed
 * since they were last made durable (s_names); for 3 see owed.c.  An fsync of an
 * inode that got blocks or names since its last fsync writes all that both
 * lists hold: ext2_pay().  Both are empty most of the time, and an fsync that
 * only overwrote old blocks looks at neither.
 *
 * Concurrency.  s_durable_lock makes a second fsync wait until the writes of the
 * entries that the first one took off the lists are complete.  i_fsync_lock does
 * the same for one inode's indirect blocks, which sync_mapping_buffers() takes
 * off the inode's list while it writes them.  i_changes counts blocks and names
 * given to an inode; reading it before the work starts and storing it after
 * success means that changes made meanwhile are paid for by the next fsync.
 */
#include "drivers/block/blkdev.h"
#include "fs/block_dev.h"
#include "fs/ext2/ext2.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"
#include "mm/gfp.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

/*
 * Had it been listed when the last ext2_pay() began?  If it is a directory, then what that
 * was for may be below it.  s_names_lock held.
 */
static bool listed_at_promise(struct ext2_sb_info *sbi, struct ext2_inode_info *ei)
{
	return ei->i_names_seq && ei->i_names_seq <= sbi->s_promised_seq;
}

void ext2_name_changed(struct inode *inode)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	struct ext2_inode_info *ei = EXT2_I(inode);

	atomic_long_inc(&ei->i_changes);
	spin_lock(&sbi->s_names_lock);
	/* A number of its own each time: only an ext2_pay() that begins later has paid for this name. */
	if (!S_ISDIR(inode->i_mode))
		ei->i_link_seq = ++sbi->s_names_seq;
	if (list_empty(&ei->i_names)) {
		if (S_ISDIR(inode->i_mode) && listed_at_promise(sbi, ei))
			set_bit(EXT2_STATE_PROMISED, &ei->i_state_flags);
		ei->i_names_seq = ++sbi->s_names_seq;
		list_add_tail(&ei->i_names, &sbi->s_names);
	}
	spin_unlock(&sbi->s_names_lock);
}

/* Write the inode's own metadata; i_fsync_lock held.  Its slot is owed, not written. */
static int write_metadata(struct inode *inode)
{
	struct writeback_control wbc = {
		.sync_mode = WB_SYNC_ALL,
		.nr_to_write = 0,	/* no pages */
		.for_sync = 1,		/* the caller writes the inode's block */
	};
	int err = sync_mapping_buffers(inode->i_mapping);
	int err2 = sync_inode(inode, &wbc);

	return err ? err : err2;
}

/* Write the directory's pages, or just the inode of what is none. */
static int pay_name(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	int err = 0, err2;

	if (S_ISDIR(inode->i_mode))
		err = filemap_write_and_wait(inode->i_mapping);
	mutex_lock(&ei->i_fsync_lock);
	err2 = write_metadata(inode);
	mutex_unlock(&ei->i_fsync_lock);
	ext2_owe_slot(inode);
	return err ? err : err2;
}

/*
 * Take the first inode off the list, with a reference.  NULL: none was listed by
 * the time of @until; ERR_PTR(-EAGAIN): it is being evicted, and
 * ext2_forget_names() pays for it.
 */
static struct inode *next_name(struct ext2_sb_info *sbi, u64 until)
{
	struct ext2_inode_info *ei;
	struct inode *inode = NULL;

	spin_lock(&sbi->s_names_lock);
	ei = list_first_entry_or_null(&sbi->s_names, struct ext2_inode_info, i_names);
	if (ei && ei->i_names_seq <= until) {
		inode = igrab(&ei->vfs_inode);
		if (inode)
			list_del_init(&ei->i_names);
		else
			inode = ERR_PTR(-EAGAIN);
	}
	spin_unlock(&sbi->s_names_lock);
	return inode;
}

#define NAMES_BATCH 16

/*
 * Pay for up to NAMES_BATCH inodes.  How many there were, or -errno.  Their
 * references are dropped outside s_durable_lock: the last one may delete the
 * inode, which waits while the volume is frozen, and freezing takes that lock.
 */
static int pay_names(struct super_block *sb, u64 until)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct inode *inodes[NAMES_BATCH], *inode;
	int n = 0, i, err = 0;

	mutex_lock(&sbi->s_durable_lock);
	while (!err && n < NAMES_BATCH && (inode = next_name(sbi, until))) {
		if (IS_ERR(inode)) {
			schedule_timeout_uninterruptible(1);
			continue;
		}
		inodes[n++] = inode;
		err = pay_name(inode);
		if (err) {
			WRITE_ONCE(sbi->s_pay_errors, sbi->s_pay_errors + 1);
			ext2_name_changed(inode);
		}
	}
	mutex_unlock(&sbi->s_durable_lock);
	for (i = 0; i < n; i++)
		iput(inodes[i]);
	return err ? err : n;
}

bool ext2_promised(struct inode *inode)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	struct ext2_inode_info *ei = EXT2_I(inode);
	bool promised;

	if (test_bit(EXT2_STATE_PROMISED, &ei->i_state_flags) ||
	    ei->i_epoch != READ_ONCE(sbi->s_epoch))
		return true;
	if (!S_ISDIR(inode->i_mode))
		return false;
	spin_lock(&sbi->s_names_lock);
	promised = listed_at_promise(sbi, ei);
	spin_unlock(&sbi->s_names_lock);
	return promised;
}

#define KEPT_MAX		16
#define KEPT_SECTORS_MAX	(16 << 11)	/* 16 MiB */

bool ext2_kept_enough(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	return READ_ONCE(sbi->s_kept_count) > KEPT_MAX ||
	       READ_ONCE(sbi->s_kept_sectors) > KEPT_SECTORS_MAX;
}

void ext2_keep(struct inode *victim)
{
	struct ext2_sb_info *sbi = EXT2_SB(victim->i_sb);
	struct ext2_inode_info *ei = EXT2_I(victim);

	ihold(victim);
	set_bit(EXT2_STATE_KEPT, &ei->i_state_flags);
	spin_lock(&sbi->s_names_lock);
	list_add_tail(&ei->i_kept, &sbi->s_kept);
	sbi->s_kept_count++;
	sbi->s_kept_sectors += victim->i_blocks;
	spin_unlock(&sbi->s_names_lock);
}

/*
 * Let the kept inodes of @list go.  Also after a write error: a disk that does
 * not take what we write keeps no promises.
 */
static void end_kept(struct list_head *list)
{
	struct ext2_inode_info *ei, *next;

	list_for_each_entry_safe(ei, next, list, i_kept) {
		list_del_init(&ei->i_kept);
		clear_bit(EXT2_STATE_KEPT, &ei->i_state_flags);
		mark_inode_dirty(&ei->vfs_inode);
		iput(&ei->vfs_inode);
	}
}

/*
 * Only what was listed when the call began is paid for, or others could keep us
 * busy for ever.  Between two batches another fsync may find the list empty: then
 * all that was on it has been written or is owed, and its own ext2_settle() pays
 * that.  If a write failed meanwhile, whoever started it, it may have been for something
 * that this call had to wait for: then it fails, too.
 */
int ext2_pay(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	unsigned long errors;
	LIST_HEAD(kept);
	u64 until;
	int n, err;

	down_write(&sbi->s_promise_sem);
	spin_lock(&sbi->s_names_lock);
	errors = READ_ONCE(sbi->s_pay_errors);
	until = sbi->s_promised_seq = sbi->s_names_seq;
	/* The directories that gave up these were listed before them. */
	list_splice_init(&sbi->s_kept, &kept);
	sbi->s_kept_count = 0;
	sbi->s_kept_sectors = 0;
	spin_unlock(&sbi->s_names_lock);
	up_write(&sbi->s_promise_sem);
	do {
		n = pay_names(sb, until);
	} while (n > 0);
	err = ext2_settle(sb);
	if (n < 0)
		err = n;
	spin_lock(&sbi->s_names_lock);
	if (!err && READ_ONCE(sbi->s_pay_errors) != errors)
		err = -EIO;
	if (!err && sbi->s_paid_seq < until)
		sbi->s_paid_seq = until;
	spin_unlock(&sbi->s_names_lock);
	end_kept(&kept);
	return err;
}

/*
 * A name of @inode is about to go, and it has others.  If the file was promised, the disk must
 * have these first: one that it got since the last ext2_pay() may not be there yet.  A file that
 * was evicted and read again does not know when that was; then the last such eviction counts.
 * i_rwsem of the inode exclusive; sleeps.  As before a rename, a disk that refuses is no reason to
 * keep the name.
 */
void ext2_pay_other_names(struct inode *inode)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	struct ext2_inode_info *ei = EXT2_I(inode);
	bool paid;

	if (inode->i_nlink < 2 || S_ISDIR(inode->i_mode) || !ext2_promised(inode))
		return;
	spin_lock(&sbi->s_names_lock);
	paid = (ei->i_link_seq ? ei->i_link_seq : sbi->s_forgotten_seq) <= sbi->s_paid_seq;
	spin_unlock(&sbi->s_names_lock);
	if (!paid)
		ext2_pay(inode->i_sb);
}

void ext2_let_kept_go(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	LIST_HEAD(kept);

	spin_lock(&sbi->s_names_lock);
	list_splice_init(&sbi->s_kept, &kept);
	sbi->s_kept_count = 0;
	sbi->s_kept_sectors = 0;
	spin_unlock(&sbi->s_names_lock);
	end_kept(&kept);
}

bool ext2_free_kept(struct super_block *sb)
{
	return READ_ONCE(EXT2_SB(sb)->s_kept_count) && !ext2_pay(sb);
}

/*
 * Called when the inode's pages and indirect blocks are written.  What an fsync
 * would have written of a listed inode is written or owed before the inode leaves
 * the list, so that an ext2_pay() that waits for it to disappear has not lost
 * anything.
 */
void ext2_forget_names(struct inode *inode)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	struct ext2_inode_info *ei = EXT2_I(inode);

	if (ei->i_link_seq && inode->i_nlink > 1) {
		spin_lock(&sbi->s_names_lock);
		if (sbi->s_forgotten_seq < ei->i_link_seq)
			sbi->s_forgotten_seq = ei->i_link_seq;
		spin_unlock(&sbi->s_names_lock);
	}
	/* Only evicting tasks take it off now: no lock needed to look. */
	if (list_empty_careful(&ei->i_names))
		return;
	if (inode->i_nlink && !is_bad_inode(inode))
		ext2_owe_slot(inode);
	spin_lock(&sbi->s_names_lock);
	list_del_init(&ei->i_names);
	spin_unlock(&sbi->s_names_lock);
}

/* The inode's blocks and slot to the disk; data pages are written already. */
static int sync_own(struct inode *inode, bool datasync)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	struct buffer_head *bh;
	int err, err2 = 0;

	mutex_lock(&ei->i_fsync_lock);
	if (datasync && !(READ_ONCE(inode->i_state) & (I_DIRTY_DATASYNC | I_SYNC)))
		err = sync_mapping_buffers(inode->i_mapping);
	else
		err = write_metadata(inode);
	/* The flusher may have copied the inode into its buffer before us. */
	bh = sb_find_get_block(inode->i_sb, ext2_inode_block(inode->i_sb, inode->i_ino));
	if (bh)
		err2 = sync_dirty_buffer(bh);
	brelse(bh);
	mutex_unlock(&ei->i_fsync_lock);
	return err ? err : err2;
}

int ext2_make_durable(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	int err, err2;

	if (READ_ONCE(ei->i_changes_durable) == atomic_long_read(&ei->i_changes))
		return 0;
	err = filemap_write_and_wait(inode->i_mapping);
	err2 = sync_own(inode, false);
	if (!err)
		err = err2;
	if (!err)
		err = ext2_settle(inode->i_sb); /* no former owner claims its blocks; and the flush */
	if (!err)
		set_bit(EXT2_STATE_PROMISED, &ei->i_state_flags);
	return err;
}

/* For files and directories.  No locks held; see the head of this file. */
int ext2_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct inode *inode = file->f_mapping->host;
	struct super_block *sb = inode->i_sb;
	struct ext2_inode_info *ei = EXT2_I(inode);
	long changes = atomic_long_read(&ei->i_changes);
	int err = file_write_and_wait_range(file, start, end);
	int err2;

	if (sb_rdonly(sb))
		return err;
	err2 = sync_own(inode, datasync);
	if (!err)
		err = err2;
	if (READ_ONCE(ei->i_changes_durable) != changes) {
		set_bit(EXT2_STATE_PROMISED, &ei->i_state_flags);
		err2 = ext2_pay(sb);
	} else {
		err2 = blkdev_issue_flush(sb->s_bdev, GFP_KERNEL, NULL);
	}
	if (!err)
		err = err2;
	if (err) {
		if (err == -EIO)
			ext2_error(sb, __func__, "inode %lu: write error in fsync", inode->i_ino);
		return err;
	}
	/* Overtaken by a later fsync, this only makes the next one do more. */
	WRITE_ONCE(ei->i_changes_durable, changes);
	return 0;
}
