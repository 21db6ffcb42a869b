// SPDX-License-Identifier: MIT
/*
 * What the disk must hear before freed blocks mean something else.
 *
 * A block that was freed is still claimed on the disk by its former owner until
 * the buffer in which the pointer was cleared has been written: the owner's slot
 * in the inode table, or an indirect block that stays.  Such a buffer is "owed".
 * After a crash e2fsck believes the former owner, with two consequences:
 *
 *  - A data block that two files claim is cloned, so nobody is hurt but the new
 *    owner loses its promise if it had one.  Hence an fsync writes all that is
 *    owed.  An entry in s_owed is made before the freed bit is cleared, so
 *    whoever gets the block and calls fsync finds it.
 *
 *  - An indirect block (and a directory's) is interpreted: what is in it now would be taken for
 *    block numbers and "repaired", in that block and in the blocks that it
 *    seems to point at, whoever they belong to.  So such a block
 *    stays allocated, in quarantine, until what is owed has been written and
 *    the device flushed.  It is also overwritten with zeroes, as its next owner
 *    may be another file that makes an indirect block of it and is caught by a
 *    crash before that is written.  Then its bit is cleared.
 *
 * If the crash comes first, the quarantined blocks are marked used and nobody's,
 * which e2fsck repairs without loss.
 *
 * Locking: ext2_settle() may be called by an allocation that found the volume
 * full, with a page lock and i_map_lock held; it takes buffer locks and group
 * locks only, and s_owed_lock is never held while waiting for anything else.
 */
#include "drivers/block/blkdev.h"
#include "fs/ext2/ext2.h"
#include "kernel/lib/string.h"
#include "mm/gfp.h"
#include "mm/slab.h"

#define QUARANTINE_CHUNK	60
#define QUARANTINE_MAX		1024	/* settle when so many have gathered */
#define BATCH			32	/* buffers written at once */

struct quarantine {
	struct list_head list;
	u32 n;
	u32 blocks[QUARANTINE_CHUNK];
};

/*
 * The buffer is dirty before its entry is stored; pay_blocks() removes the entry
 * before it writes the buffer.  So an entry that is removed too early for this
 * change is followed by a write that includes it.
 */
void ext2_owe(struct super_block *sb, struct buffer_head *bh)
{
	if (!xa_err(xa_store(&EXT2_SB(sb)->s_owed, bh->b_blocknr, xa_mk_value(1), GFP_NOFS)))
		return;
	/* No memory to remember it: write it now; every fsync and settlement flushes. */
	if (sync_dirty_buffer(bh))
		ext2_msg(sb, KERN_ERR, "write error in block %llu", bh->b_blocknr);
}

void ext2_owe_slot(struct inode *inode)
{
	struct super_block *sb = inode->i_sb;
	struct buffer_head *bh = sb_find_get_block(sb, ext2_inode_block(sb, inode->i_ino));

	/* One that left memory has been written. */
	if (bh)
		ext2_owe(sb, bh);
	brelse(bh);
}

int ext2_owe_inode(struct inode *inode)
{
	int err = ext2_update_inode(inode, false);

	if (!err)
		ext2_owe_slot(inode);
	return err;
}

void ext2_quarantine(struct inode *inode, ext2_fsblk_t block)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	struct quarantine *chunk, *spare = NULL;

	inode_sub_bytes(inode, i_blocksize(inode));
	atomic_long_inc(&sbi->s_quarantined);
	for (;;) {
		spin_lock(&sbi->s_quarantine_lock);
		chunk = list_first_entry_or_null(&sbi->s_quarantine, struct quarantine, list);
		if (!chunk || chunk->n == QUARANTINE_CHUNK) {
			chunk = spare;
			spare = NULL;
			if (chunk)
				list_add(&chunk->list, &sbi->s_quarantine);
		}
		if (chunk)
			chunk->blocks[chunk->n++] = block;
		spin_unlock(&sbi->s_quarantine_lock);
		if (chunk)
			break;
		spare = kmalloc(sizeof(*spare), GFP_NOFS | __GFP_NOFAIL);
		spare->n = 0;
	}
	kfree(spare);
}

/*
 * Write up to BATCH owed blocks from *@block on at once, and move *@block behind
 * them.  How many entries there were, or -EIO.
 */
static int pay_blocks(struct super_block *sb, unsigned long *block)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct buffer_head *bhs[BATCH];
	struct blk_plug plug;
	int n = 0, seen = 0, i, err = 0;

	blk_start_plug(&plug);
	while (n < BATCH && xa_find(&sbi->s_owed, block, ULONG_MAX, XA_PRESENT)) {
		xa_erase(&sbi->s_owed, *block);
		seen++;
		bhs[n] = sb_find_get_block(sb, (*block)++);
		if (!bhs[n])
			continue;	/* written and dropped from memory */
		write_dirty_buffer(bhs[n++], REQ_SYNC);
	}
	blk_finish_plug(&plug);
	for (i = 0; i < n; i++) {
		wait_on_buffer(bhs[i]);
		if (buffer_write_io_error(bhs[i])) {
			ext2_msg(sb, KERN_ERR, "write error in block %llu", bhs[i]->b_blocknr);
			err = -EIO;
		}
		brelse(bhs[i]);
	}
	return err ? err : seen;
}

/* Write zeroes over a chunk of quarantined blocks.  0 or -EIO. */
static int zero_chunk(struct super_block *sb, struct quarantine *chunk)
{
	struct buffer_head *bhs[QUARANTINE_CHUNK];
	struct blk_plug plug;
	int err = 0;
	u32 i;

	blk_start_plug(&plug);
	for (i = 0; i < chunk->n; i++) {
		bhs[i] = sb_getblk(sb, chunk->blocks[i]);
		if (!bhs[i]) {
			err = -ENOMEM;
			continue;
		}
		lock_buffer(bhs[i]);
		memset(bhs[i]->b_data, 0, bhs[i]->b_size);
		set_buffer_uptodate(bhs[i]);
		unlock_buffer(bhs[i]);
		mark_buffer_dirty(bhs[i]);
		write_dirty_buffer(bhs[i], REQ_SYNC);
	}
	blk_finish_plug(&plug);
	for (i = 0; i < chunk->n; i++) {
		if (!bhs[i])
			continue;
		wait_on_buffer(bhs[i]);
		if (buffer_write_io_error(bhs[i]))
			err = -EIO;
		bforget(bhs[i]);
	}
	return err;
}

/* Release the blocks of @list for good, or put them back after an error. */
static void end_quarantine(struct super_block *sb, struct list_head *list, bool release)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct quarantine *chunk, *next;
	u32 i;

	if (!release) {
		spin_lock(&sbi->s_quarantine_lock);
		list_splice_tail(list, &sbi->s_quarantine);
		spin_unlock(&sbi->s_quarantine_lock);
		return;
	}
	list_for_each_entry_safe(chunk, next, list, list) {
		for (i = 0; i < chunk->n; i++)
			ext2_release_blocks(sb, 0, chunk->blocks[i], 1);
		atomic_long_sub(chunk->n, &sbi->s_quarantined);
		kfree(chunk);
	}
}

int ext2_settle(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct quarantine *chunk;
	unsigned long block = 0;
	LIST_HEAD(list);
	int err = 0, n;

	mutex_lock(&sbi->s_owed_lock);
	/* First take what is in quarantine: its debts are all on s_owed by now. */
	spin_lock(&sbi->s_quarantine_lock);
	list_splice_init(&sbi->s_quarantine, &list);
	spin_unlock(&sbi->s_quarantine_lock);
	do {
		n = pay_blocks(sb, &block);
		if (n < 0)
			err = n;
	} while (n);
	list_for_each_entry(chunk, &list, list) {
		n = zero_chunk(sb, chunk);
		if (!err)
			err = n;
	}
	n = blkdev_issue_flush(sb->s_bdev, GFP_NOFS, NULL);
	if (!err)
		err = n;
	end_quarantine(sb, &list, !err);
	mutex_unlock(&sbi->s_owed_lock);
	return err;
}

void ext2_settle_if_full(struct super_block *sb)
{
	if (atomic_long_read(&EXT2_SB(sb)->s_quarantined) > QUARANTINE_MAX)
		ext2_settle(sb);
}

void ext2_drop_owed(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	LIST_HEAD(list);

	/* Only after a write error is anything left. */
	list_splice_init(&sbi->s_quarantine, &list);
	end_quarantine(sb, &list, true);
	xa_destroy(&sbi->s_owed);
}
