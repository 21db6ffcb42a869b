// SPDX-License-Identifier: MIT
/*
 * FITRIM: telling the device which blocks are free.
 *
 * A free block may be on the disk of a crash, still, what its former owner has (owed.c), and may be somebody's again before the device has
 * forgotten it. So a run is allocated first, like a file's; then what is owed is written, after which no crash gives the blocks back to
 * whom they were taken from; then they are discarded, and then freed. A crash in between may leave them marked used and nobody's, which
 * e2fsck repairs without loss. While a run is being discarded it is missing to others, so runs are short.
 */
#include "drivers/block/blkdev.h"
#include "fs/ext2/ext2.h"
#include "fs/mount.h"
#include "kernel/lib/bitmap.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/uaccess.h"

#define TRIM_PIECE 1024	/* blocks that are missing at a time, unless the shortest run is longer */

/* As the program passes it, in bytes. */
struct fstrim_range {
	u64 start, len, minlen;
};

struct trim {
	struct super_block *sb;
	u32 minlen;		/* shortest run, in blocks */
	u64 trimmed;		/* blocks so far */
	u32 goes_on;		/* where in this group the last piece ended */
};

/*
 * Allocates the next run in bits [*from, end) of the group, or the first piece of it; how long it is, 0 if there is none, and where. *from moves
 * behind it. A run that goes on where the last piece ended has been judged already.
 */
static u32 claim_run(struct trim *t, u32 group, unsigned long *bitmap, u32 *from, u32 end, u32 *bit)
{
	struct ext2_sb_info *sbi = EXT2_SB(t->sb);
	struct ext2_group *grp = &sbi->s_groups[group];
	u32 most = max_t(u32, TRIM_PIECE, t->minlen), first, next, n = 0;

	spin_lock(&grp->lock);
	for (first = *from; first < end; first = next) {
		first = find_next_zero_bit(bitmap, end, first);
		if (first >= end)
			break;
		next = find_next_bit(bitmap, end, first);
		if (next - first < t->minlen && first != t->goes_on)
			continue;
		n = min(next - first, most);
		bitmap_set(bitmap, first, n);
		le16_add_cpu(&grp->desc->bg_free_blocks_count, -(int)n);
		break;
	}
	spin_unlock(&grp->lock);
	percpu_counter_sub(&sbi->s_free_blocks, n);
	*bit = first;
	*from = t->goes_on = first + n;
	return n;
}

static int trim_run(struct trim *t, ext2_fsblk_t block, u32 n)
{
	struct super_block *sb = t->sb;
	unsigned int shift = sb->s_blocksize_bits - SECTOR_SHIFT;
	int err = ext2_data_range_ok(sb, block, n) ? ext2_settle(sb) : -EFSCORRUPTED;

	if (!err)
		err = blkdev_issue_discard(sb->s_bdev, (sector_t)block << shift, (sector_t)n << shift, GFP_KERNEL, 0);
	ext2_release_blocks(sb, 0, block, n);
	if (!err)
		t->trimmed += n;
	return err;
}

/* Bits [from, end) of one group. A group whose bitmap is bad is left alone. */
static int trim_group(struct trim *t, u32 group, u32 from, u32 end)
{
	struct ext2_sb_info *sbi = EXT2_SB(t->sb);
	struct buffer_head *bh;
	int err = 0;
	u32 n, bit;

	t->goes_on = U32_MAX;
	if (READ_ONCE(sbi->s_groups[group].flags) & EXT2_GROUP_BAD_BLOCKS)
		return 0;
	bh = ext2_block_bitmap(t->sb, group);
	if (IS_ERR(bh))
		return PTR_ERR(bh) == -EFSCORRUPTED ? 0 : PTR_ERR(bh);
	while (!err) {
		n = claim_run(t, group, (unsigned long *)bh->b_data, &from, end, &bit);
		if (!n)
			break;
		err = trim_run(t, ext2_geo_group_first(&sbi->s_geo, group) + bit, n);
		if (fatal_signal_pending(current))
			err = -ERESTARTSYS;
		cond_resched();
	}
	brelse(bh);
	return err;
}

static int trim_range(struct super_block *sb, struct fstrim_range *range)
{
	const struct ext2_geometry *geo = &EXT2_SB(sb)->s_geo;
	unsigned int bits = sb->s_blocksize_bits;
	u64 start = range->start >> bits, end = start + (range->len >> bits), minlen = range->minlen >> bits;
	struct trim t = { .sb = sb };
	int err = 0;

	if (minlen > geo->blocks_per_group || start >= geo->blocks_count || range->len < sb->s_blocksize)
		return -EINVAL;
	minlen = max_t(u64, minlen, bdev_get_queue(sb->s_bdev)->limits.discard_granularity >> bits);
	t.minlen = max_t(u64, minlen, 1);
	end = min(end, (u64)geo->blocks_count);
	start = max(start, (u64)geo->first_data_block);
	for (u32 group = 0; group < geo->groups_count && !err && minlen <= geo->blocks_per_group; group++) {
		u64 first = ext2_geo_group_first(geo, group), last = ext2_geo_group_end(geo, group);

		if (start < last && end > first)
			err = trim_group(&t, group, max(start, first) - first, min(end, last) - first);
	}
	range->len = t.trimmed << bits;
	return err;
}

long ext2_ioctl_fitrim(struct file *file, void __user *arg)
{
	struct super_block *sb = file_inode(file)->i_sb;
	struct fstrim_range range;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!blk_queue_discard(bdev_get_queue(sb->s_bdev)))
		return -EOPNOTSUPP;
	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	/* Bitmaps are written: not on a volume that is read-only or frozen. */
	err = mnt_want_write_file(file);
	if (err)
		return err;
	err = trim_range(sb, &range);
	mnt_drop_write_file(file);
	if (err)
		return err;
	return copy_to_user(arg, &range, sizeof(range)) ? -EFAULT : 0;
}
