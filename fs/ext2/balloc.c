// SPDX-License-Identifier: MIT
/*
 * Allocating and freeing blocks.
 *
 * A group's bitmap bits, its free count and the windows in it change together
 * under the group's lock, so a block is handed out once and the count always
 * matches.  The lock is never held across I/O: the bitmap buffer is brought in
 * first and pinned by its reference.
 *
 * The volume-wide free count is a per-CPU counter.  It only decides whether
 * the blocks kept back for the administrator are being touched; what really
 * limits allocation are the bits, so the counter's slack cannot over-allocate.
 *
 * Search order: the goal's group first, then the following ones around the
 * volume, with a reservation window for growing files; if that finds nothing,
 * all groups again without regard to windows.  Only then is it ENOSPC.
 */
#include "fs/ext2/ext2.h"
#include "kernel/lib/bitmap.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"

/* May this task use one more block? */
static bool has_free_blocks(struct ext2_sb_info *sbi)
{
	s64 kept = le32_to_cpu(READ_ONCE(sbi->s_es->s_r_blocks_count));
	s64 slack = (s64)PERCPU_COUNTER_BATCH * nr_cpu_ids;
	s64 free = percpu_counter_read_positive(&sbi->s_free_blocks);

	if (free <= kept + slack)
		free = percpu_counter_sum_positive(&sbi->s_free_blocks);
	if (free > kept)
		return true;
	return free > 0 && (capable(CAP_SYS_RESOURCE) || sbi->s_resuid == current_fsuid() ||
			    (sbi->s_resgid != 0 && in_group_p(sbi->s_resgid)));
}

/* Set up to @want clear bits from the first one in [@from, @end); how many, and *@bit where. */
static u32 claim(unsigned long *bitmap, u32 from, u32 end, u32 want, u32 *bit)
{
	u32 first = find_next_zero_bit(bitmap, end, from);
	u32 n;

	if (first >= end)
		return 0;
	for (n = 1; n < want && first + n < end && !test_bit(first + n, bitmap);)
		n++;
	bitmap_set(bitmap, first, n);
	*bit = first;
	return n;
}

/*
 * Claim from the inode's window, which is moved first if the goal is not in it
 * or nothing behind the goal is free in it.  group->lock held.
 */
static u32 claim_windowed(struct ext2_group *grp, struct ext2_window *w, u32 group,
			  unsigned long *bitmap, u32 goal, u32 end, u32 want, u32 *bit)
{
	u32 n;

	if (ext2_window_covers(w, group, goal)) {
		n = claim(bitmap, goal, w->end + 1, want, bit);
		if (n)
			return n;
		goal = w->end + 1;
	}
	/* The caller closed a window in another group. */
	if (w->group == (int)group)
		ext2_window_close(grp, w);
	if (!ext2_window_open(grp, w, group, bitmap, goal, end) &&
	    !ext2_window_open(grp, w, group, bitmap, 0, goal < end ? goal : end))
		return 0;
	return claim(bitmap, w->start, w->end + 1, want, bit);
}

/* Claim anywhere in the group, from the goal on and then from its start. */
static u32 claim_any(unsigned long *bitmap, u32 goal, u32 end, u32 want, u32 *bit)
{
	u32 n = claim(bitmap, goal, end, want, bit);

	return n ? n : claim(bitmap, 0, goal, want, bit);
}

/* Allocate in one group.  Returns the number of blocks, 0 for none, or -errno. */
static int alloc_in_group(struct inode *inode, u32 group, u32 goal, u32 want, bool windowed,
			  ext2_fsblk_t *block)
{
	struct super_block *sb = inode->i_sb;
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_group *grp = &sbi->s_groups[group];
	struct ext2_window *w = &EXT2_I(inode)->i_window;
	u64 first = ext2_geo_group_first(&sbi->s_geo, group);
	u32 end = ext2_geo_group_end(&sbi->s_geo, group) - first;
	struct buffer_head *bh = ext2_block_bitmap(sb, group);
	unsigned long *bitmap;
	u32 n, bit = 0;

	if (IS_ERR(bh))
		return PTR_ERR(bh);
	bitmap = (unsigned long *)bh->b_data;
	if (windowed && w->group >= 0 && w->group != (int)group)
		ext2_discard_window(inode);
	spin_lock(&grp->lock);
	if (!le16_to_cpu(grp->desc->bg_free_blocks_count))
		n = 0;
	else if (windowed)
		n = claim_windowed(grp, w, group, bitmap, goal, end, want, &bit);
	else
		n = claim_any(bitmap, goal, end, want, &bit);
	le16_add_cpu(&grp->desc->bg_free_blocks_count, -(int)n);
	spin_unlock(&grp->lock);
	if (n) {
		percpu_counter_sub(&sbi->s_free_blocks, n);
		mark_buffer_dirty(bh);
		ext2_dirty_desc(grp);
	}
	brelse(bh);
	*block = first + bit;
	return n;
}

/*
 * One round over all groups, the goal's first.  Returns blocks found, 0, or the
 * error of the group that failed if no other had room.
 */
static int alloc_round(struct inode *inode, ext2_fsblk_t goal, u32 want, bool windowed,
		       ext2_fsblk_t *block)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	u32 groups = sbi->s_geo.groups_count;
	u32 group = ext2_block_group(inode->i_sb, goal);
	u32 bit = goal - ext2_geo_group_first(&sbi->s_geo, group);
	int n, err = 0;
	u32 i;

	for (i = 0; i < groups; i++, bit = 0, group = group + 1 == groups ? 0 : group + 1) {
		struct ext2_group *grp = &sbi->s_groups[group];

		if (!READ_ONCE(grp->desc->bg_free_blocks_count) ||
		    (READ_ONCE(grp->flags) & EXT2_GROUP_BAD_BLOCKS))
			continue;
		n = alloc_in_group(inode, group, bit, want, windowed, block);
		if (n > 0)
			return n;
		if (n < 0 && n != -EFSCORRUPTED)
			err = n;
	}
	return err;
}

/* Both rounds: with windows, then any free bit.  Blocks found, 0, or -errno. */
static int find_blocks(struct inode *inode, ext2_fsblk_t goal, u32 want, ext2_fsblk_t *block)
{
	bool windowed = S_ISREG(inode->i_mode);
	int n = 0;

	if (!has_free_blocks(EXT2_SB(inode->i_sb)))
		return 0;
	if (windowed) {
		n = alloc_round(inode, goal, want, true, block);
		if (n > 0)
			return n;
		ext2_discard_window(inode);
	}
	return alloc_round(inode, goal, want, false, block);
}

ext2_fsblk_t ext2_new_blocks(struct inode *inode, ext2_fsblk_t goal, unsigned int *count, int *err)
{
	struct super_block *sb = inode->i_sb;
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	ext2_fsblk_t block;
	int n;

	if (goal < sbi->s_geo.first_data_block || goal >= sbi->s_geo.blocks_count)
		goal = sbi->s_geo.first_data_block;
	n = find_blocks(inode, goal, *count, &block);
	if (!n && atomic_long_read(&sbi->s_quarantined) && !ext2_settle(sb))
		n = find_blocks(inode, goal, *count, &block);
	if (n <= 0) {
		*err = n ? n : -ENOSPC;
		return 0;
	}
	if (!ext2_data_range_ok(sb, block, n)) {
		/* A checked bitmap cannot say so; keep the blocks out of use. */
		ext2_error(sb, __func__, "allocated metadata block %llu (%d blocks)", block, n);
		*err = -EFSCORRUPTED;
		return 0;
	}
	inode_add_bytes(inode, (loff_t)n << sb->s_blocksize_bits);
	atomic_long_inc(&EXT2_I(inode)->i_changes);
	mark_inode_dirty(inode);
	*count = n;
	*err = 0;
	return block;
}

/* Free a stretch inside one group; how many bits were really set, or -errno. */
static int free_in_group(struct super_block *sb, u32 group, ext2_fsblk_t block, u32 count)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_group *grp = &sbi->s_groups[group];
	u32 bit = block - ext2_geo_group_first(&sbi->s_geo, group);
	struct buffer_head *bh = ext2_block_bitmap(sb, group);
	unsigned long *bitmap;
	u32 i, freed = 0;

	if (IS_ERR(bh))
		return PTR_ERR(bh);
	bitmap = (unsigned long *)bh->b_data;
	spin_lock(&grp->lock);
	for (i = 0; i < count; i++) {
		if (!test_bit(bit + i, bitmap))
			continue;
		__clear_bit(bit + i, bitmap);
		freed++;
	}
	le16_add_cpu(&grp->desc->bg_free_blocks_count, freed);
	spin_unlock(&grp->lock);
	mark_buffer_dirty(bh);
	ext2_dirty_desc(grp);
	brelse(bh);
	percpu_counter_add(&sbi->s_free_blocks, freed);
	return freed;
}

void ext2_release_blocks(struct super_block *sb, unsigned long ino, ext2_fsblk_t block, u64 count)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	while (count) {
		u32 group = ext2_block_group(sb, block);
		u64 here = min(ext2_geo_group_end(&sbi->s_geo, group) - block, count);
		int freed = free_in_group(sb, group, block, here);

		if (freed >= 0 && freed != (int)here)
			ext2_error(sb, __func__, "inode %lu: %d of blocks %llu+%llu were free already",
				   ino, (int)here - freed, block, here);
		block += here;
		count -= here;
	}
}

void ext2_free_blocks(struct inode *inode, ext2_fsblk_t block, u64 count)
{
	struct super_block *sb = inode->i_sb;

	if (!ext2_data_range_ok(sb, block, count)) {
		ext2_error(sb, __func__, "inode %lu frees blocks %llu+%llu that are not data",
			   inode->i_ino, block, count);
		return;
	}
	ext2_release_blocks(sb, inode->i_ino, block, count);
	inode_sub_bytes(inode, (loff_t)count << sb->s_blocksize_bits);
}
