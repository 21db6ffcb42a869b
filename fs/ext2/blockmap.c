// SPDX-License-Identifier: MIT
/*
 * From file block to disk block.
 *
 * Twelve pointers in the inode name blocks directly; three more lead through
 * one, two and three levels of indirect blocks.  A path is the list of slots
 * from the inode down to the slot that holds the answer.
 *
 * The lock rule.  Pointers change only under i_map_lock, and each change is a
 * write section of i_map_seq.  A reader first goes down the path without the
 * lock: after loading each pointer, before using it, it looks whether i_map_seq
 * has moved since the walk began.  If not, every pointer up to this one belonged
 * to the file at the time of that look: the chain is verified.  If it has moved,
 * the reader takes i_map_lock, under which no chain changes, and walks again.
 *
 * What keeps a verified answer true afterwards is the page lock: truncation
 * removes (and so locks) every page behind the new end before it frees blocks,
 * and whoever maps a block holds the lock of its page.  Allocation walks again
 * under the lock, so two writers of one hole get one block, and a truncation
 * cannot cut the branch that a new block is being spliced to.
 *
 * A new branch is built from its tip: indirect blocks are filled and dirtied
 * before the one store that makes them reachable.  On the disk, there is no such
 * order; after a crash, an indirect block may hold what its block held before.
 * Where that would be taken for numbers of data blocks, e2fsck repairs it inside
 * the file.  Where it would be taken for numbers of indirect blocks, the repair
 * would reach into blocks of others: so an indirect block that leads to indirect
 * blocks is on the disk before anything points at it.  There is one of them for
 * each 64 MiB (of 1 KiB blocks) or 4 GiB (of 4 KiB blocks) of a file.
 */
#include "drivers/block/blkdev.h"
#include "fs/ext2/ext2.h"
#include "kernel/lib/string.h"
#include "kernel/lock/preempt.h"
#include "mm/gfp.h"

/* One step of a path: the slot, what it held, and the buffer it is in (NULL: the inode). */
struct step {
	__le32 *p;
	__le32 key;
	struct buffer_head *bh;
};

unsigned int ext2_map_lock(struct inode *inode)
{
	unsigned int scope = memalloc_nofs_save();

	mutex_lock(&EXT2_I(inode)->i_map_lock);
	return scope;
}

void ext2_map_unlock(struct inode *inode, unsigned int scope)
{
	mutex_unlock(&EXT2_I(inode)->i_map_lock);
	memalloc_nofs_restore(scope);
}

int ext2_block_to_path(const struct ext2_geometry *geo, u64 iblock, u32 offsets[4], u32 *boundary)
{
	unsigned int bits = geo->block_bits - 2;
	u64 ptrs = 1ULL << bits;
	int depth;

	if (iblock < EXT2_NDIR_BLOCKS) {
		offsets[0] = iblock;
		if (boundary)
			*boundary = EXT2_NDIR_BLOCKS - 1 - iblock;
		return 1;
	}
	iblock -= EXT2_NDIR_BLOCKS;
	for (depth = 1; depth <= 3; depth++) {
		u64 span = 1ULL << (depth * bits);
		int i;

		if (iblock >= span) {
			iblock -= span;
			continue;
		}
		offsets[0] = EXT2_NDIR_BLOCKS + depth - 1;
		for (i = 1; i <= depth; i++)
			offsets[i] = (iblock >> ((depth - i) * bits)) & (ptrs - 1);
		if (boundary)
			*boundary = ptrs - 1 - offsets[depth];
		return depth + 1;
	}
	return 0;
}

static void release_path(struct step *path, int depth)
{
	int i;

	for (i = 1; i < depth; i++)
		brelse(path[i].bh);
}

/*
 * Go down.  Returns the number of the step where it ended: depth - 1 with or
 * without a block there, less when an indirect block is missing; -EAGAIN if
 * unlocked and overtaken; another -errno.  All buffers in @path are released by
 * the caller with release_path().
 */
static int walk(struct inode *inode, int depth, const u32 *offsets, struct step *path, bool locked,
		unsigned int seq)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	struct super_block *sb = inode->i_sb;
	ext2_fsblk_t block;
	int i;

	path[0].p = ei->i_data + offsets[0];
	for (i = 0;; i++) {
		path[i].key = READ_ONCE(*path[i].p);
		if (!locked && read_seqcount_retry(&ei->i_map_seq, seq))
			return -EAGAIN;
		block = le32_to_cpu(path[i].key);
		if (block && !ext2_data_range_ok(sb, block, 1)) {
			ext2_error(sb, __func__, "inode %lu: bad block pointer %llu in block %llu",
				   inode->i_ino, block,
				   path[i].bh ? path[i].bh->b_blocknr :
				   ext2_inode_block(sb, inode->i_ino));
			return -EFSCORRUPTED;
		}
		if (!block || i == depth - 1)
			return i;
		path[i + 1].bh = ext2_bread(sb, block);
		if (!path[i + 1].bh)
			return -EIO;
		path[i + 1].p = (__le32 *)path[i + 1].bh->b_data + offsets[i + 1];
	}
}

/* How many of the slots from the last step on name consecutive blocks, at most @max. */
static u32 count_run(struct super_block *sb, const struct step *last, u32 max)
{
	ext2_fsblk_t first = le32_to_cpu(last->key);
	u32 n = 1;

	while (n < max && le32_to_cpu(READ_ONCE(last->p[n])) == first + n)
		n++;
	while (n > 1 && !ext2_data_range_ok(sb, first, n))
		n /= 2;
	return n;
}

/* Where a new block for @iblock would best go. */
static ext2_fsblk_t find_goal(struct inode *inode, u64 iblock, const struct step *last)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	const __le32 *start = last->bh ? (__le32 *)last->bh->b_data : ei->i_data;
	const __le32 *p;

	if (ei->i_last_pblock && iblock == ei->i_last_lblock)
		return ei->i_last_pblock;
	for (p = last->p; p-- > start;)
		if (*p)
			return le32_to_cpu(*p) + 1;
	if (last->bh)
		return last->bh->b_blocknr + 1;
	return ext2_geo_group_first(&EXT2_SB(inode->i_sb)->s_geo, ei->i_block_group);
}

/* A fresh indirect block whose slot @offset starts a run of @n blocks at @child. */
static struct buffer_head *make_indirect(struct inode *inode, ext2_fsblk_t block, u32 offset,
					 ext2_fsblk_t child, u32 n)
{
	struct buffer_head *bh = sb_getblk(inode->i_sb, block);
	u32 i;

	if (!bh)
		return NULL;
	lock_buffer(bh);
	memset(bh->b_data, 0, bh->b_size);
	for (i = 0; i < n; i++)
		((__le32 *)bh->b_data)[offset + i] = cpu_to_le32(child + i);
	set_buffer_uptodate(bh);
	unlock_buffer(bh);
	mark_buffer_dirty_inode(bh, inode);
	return bh;
}

/* Put @n new indirect blocks that lead to indirect blocks on the disk.  0 or -EIO. */
static int write_upper_levels(struct super_block *sb, struct buffer_head **bhs, int n)
{
	int i, err;

	for (i = 0; i < n; i++) {
		err = sync_dirty_buffer(bhs[i]);
		if (err)
			return err;
	}
	return blkdev_issue_flush(sb->s_bdev, GFP_NOFS, NULL);
}

/*
 * Allocate what is missing below step @at: the indirect blocks of levels
 * at+1..depth-1 and a run of data blocks.  On success new[] holds the indirect
 * blocks in order, then the first data block, and *@count its length.  On
 * failure nothing stays allocated.
 */
static int allocate_branch(struct inode *inode, int at, int depth, const u32 *offsets,
			   ext2_fsblk_t goal, ext2_fsblk_t new[4], u32 *count)
{
	struct buffer_head *bhs[4] = { NULL };
	int levels = depth - 1 - at, i, err = 0;
	unsigned int one;

	for (i = 0; i < levels; i++) {
		one = 1;
		new[i] = ext2_new_blocks(inode, goal, &one, &err);
		if (!new[i])
			goto undo_indirect;
		goal = new[i] + 1;
	}
	new[levels] = ext2_new_blocks(inode, goal, count, &err);
	if (!new[levels])
		goto undo_indirect;
	for (i = levels - 1; i >= 0; i--) {
		bhs[i] = make_indirect(inode, new[i], offsets[at + 1 + i], new[i + 1],
				       i == levels - 1 ? *count : 1);
		if (!bhs[i]) {
			err = -ENOMEM;
			goto undo_buffers;
		}
	}
	err = levels > 1 ? write_upper_levels(inode->i_sb, bhs, levels - 1) : 0;
	if (err)
		goto undo_buffers;
	for (i = 0; i < levels; i++)
		brelse(bhs[i]);
	return 0;

undo_buffers:
	for (i = 0; i < levels; i++)
		bforget(bhs[i]);
	ext2_free_blocks(inode, new[levels], *count);
	i = levels;
undo_indirect:
	while (i-- > 0)
		ext2_free_blocks(inode, new[i], 1);
	return err;
}

/* Make the branch reachable. */
static void splice(struct inode *inode, u64 iblock, struct step *last, ext2_fsblk_t block, u32 n,
		   ext2_fsblk_t data, u32 count)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	u32 i;

	preempt_disable();
	write_seqcount_begin(&ei->i_map_seq);
	for (i = 0; i < n; i++)
		WRITE_ONCE(last->p[i], cpu_to_le32(block + i));
	write_seqcount_end(&ei->i_map_seq);
	preempt_enable();
	ei->i_last_lblock = iblock + count;
	ei->i_last_pblock = data + count;
	if (last->bh)
		mark_buffer_dirty_inode(last->bh, inode);
	mark_inode_dirty(inode);
}

/* The allocating half of get_block, under i_map_lock. */
static int map_locked(struct inode *inode, u64 iblock, int depth, const u32 *offsets, u32 max,
		      bool create, ext2_fsblk_t *block, bool *new)
{
	struct step path[4] = { { NULL } };
	ext2_fsblk_t branch[4];
	u32 count;
	int at, err;

	at = walk(inode, depth, offsets, path, true, 0);
	err = at;
	if (at < 0)
		goto out;
	if (path[at].key) {
		*block = le32_to_cpu(path[at].key);
		err = count_run(inode->i_sb, &path[at], max);
		goto out;
	}
	err = 0;
	if (!create)
		goto out;
	count = 1;
	if (at == depth - 1)
		while (count < max && !path[at].p[count])
			count++;
	else
		count = max;
	err = allocate_branch(inode, at, depth, offsets, find_goal(inode, iblock, &path[at]), branch,
			      &count);
	if (err)
		goto out;
	*block = branch[depth - 1 - at];
	splice(inode, iblock, &path[at], branch[0], at == depth - 1 ? count : 1, *block, count);
	*new = true;
	err = count;
out:
	release_path(path, depth);
	return err;
}

/* The lockless half.  Blocks found, 0 for a hole, -EAGAIN if overtaken. */
static int map_unlocked(struct inode *inode, int depth, const u32 *offsets, u32 max,
			ext2_fsblk_t *block)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	struct step path[4] = { { NULL } };
	unsigned int seq = read_seqcount_begin(&ei->i_map_seq);
	int at = walk(inode, depth, offsets, path, false, seq);
	int n = at;

	if (at >= 0) {
		n = 0;
		if (path[at].key) {
			*block = le32_to_cpu(path[at].key);
			n = count_run(inode->i_sb, &path[at], max);
		}
		if (read_seqcount_retry(&ei->i_map_seq, seq))
			n = -EAGAIN;
	}
	release_path(path, depth);
	return n;
}

/* Where the walk ended there is nothing: how far is there nothing for sure? */
static u64 hole_length(const struct ext2_geometry *geo, const struct step *last, int below, const u32 *offsets, u32 boundary)
{
	unsigned int bits = geo->block_bits - 2;
	u64 inside = 0;
	u32 n = 1;

	if (!below) {
		while (n <= boundary && !READ_ONCE(last->p[n]))
			n++;
		return n;
	}
	/* the whole tree below the missing pointer, less what is in front of the block */
	for (int i = 0; i < below; i++)
		inside = inside << bits | offsets[i];
	return (1ULL << (below * bits)) - inside;
}

s64 ext2_map_run(struct inode *inode, u64 iblock, u64 max, ext2_fsblk_t *block)
{
	const struct ext2_geometry *geo = &EXT2_SB(inode->i_sb)->s_geo;
	struct step path[4] = { { NULL } };
	u32 offsets[4], boundary;
	unsigned int scope;
	int depth, at;
	u64 run = 0;

	*block = 0;
	depth = ext2_block_to_path(geo, iblock, offsets, &boundary);
	if (!depth)
		return -EFBIG;
	scope = ext2_map_lock(inode);
	at = walk(inode, depth, offsets, path, true, 0);
	if (at >= 0 && path[at].key) {
		*block = le32_to_cpu(path[at].key);
		run = count_run(inode->i_sb, &path[at], min_t(u64, max, boundary + 1));
	} else if (at >= 0) {
		run = hole_length(geo, &path[at], depth - 1 - at, offsets + at + 1, boundary);
	}
	ext2_map_unlock(inode, scope);
	release_path(path, depth);
	return at < 0 ? at : (s64)min_t(u64, run, max);
}

/* See get_block_t in fs/buffer_head.h.  The page of @iblock is locked, or i_rwsem is held. */
int ext2_get_block(struct inode *inode, sector_t iblock, struct buffer_head *bh, int create)
{
	struct super_block *sb = inode->i_sb;
	u32 offsets[4], boundary, max = bh->b_size >> inode->i_blkbits;
	ext2_fsblk_t block = 0;
	unsigned int scope;
	bool new = false;
	int depth, n;

	depth = ext2_block_to_path(&EXT2_SB(sb)->s_geo, iblock, offsets, &boundary);
	if (!depth)
		return -EFBIG;
	if (!max)
		max = 1;
	if (max > boundary + 1)
		max = boundary + 1;
	n = map_unlocked(inode, depth, offsets, max, &block);
	if (n == -EAGAIN || (n == 0 && create)) {
		scope = ext2_map_lock(inode);
		n = map_locked(inode, iblock, depth, offsets, max, create, &block, &new);
		ext2_map_unlock(inode, scope);
	}
	if (n <= 0)
		return n;
	map_bh(bh, sb, block);
	bh->b_size = (size_t)n << inode->i_blkbits;
	if (new)
		set_buffer_new(bh);
	if ((u32)n == boundary + 1)
		set_buffer_boundary(bh);
	return 0;
}
