// SPDX-License-Identifier: MIT
/*
 * Block groups: descriptors, the bitmaps behind them, and sums over all groups.
 *
 * The descriptors are read and judged once, at mount, and their buffers stay
 * pinned; where bitmaps and inode table lie never changes afterwards, so those
 * fields are read without a lock.  The counts change under the group's lock
 * together with the bits that they count, which is what lets a bitmap be held
 * against its descriptor at any later time.
 *
 * A bitmap is judged the first time its buffer is used after being read.  The
 * mark that says so is a bit of the buffer, set under the group's lock: when
 * memory pressure drops the buffer, the mark goes with it.
 */
#include "fs/ext2/ext2.h"
#include "fs/block_dev.h"
#include "kernel/lib/string.h"
#include "mm/slab.h"

u32 ext2_block_group(struct super_block *sb, ext2_fsblk_t block)
{
	const struct ext2_geometry *geo = &EXT2_SB(sb)->s_geo;

	return (u32)(block - geo->first_data_block) / geo->blocks_per_group;
}

bool ext2_data_range_ok(struct super_block *sb, ext2_fsblk_t block, u64 count)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	const struct ext2_geometry *geo = &sbi->s_geo;

	if (block < geo->first_data_block || block >= geo->blocks_count ||
	    count > geo->blocks_count - block)
		return false;
	while (count) {
		u32 group = ext2_block_group(sb, block);
		u64 here = ext2_geo_group_end(geo, group) - block;

		if (here > count)
			here = count;
		if (!ext2_check_data_range(geo, group, sbi->s_groups[group].desc, block, here))
			return false;
		block += here;
		count -= here;
	}
	return true;
}

/* Blocks that belong to the format in every group: superblocks, descriptors, bitmaps, tables. */
static ext2_fsblk_t count_overhead(const struct ext2_geometry *geo)
{
	ext2_fsblk_t overhead = geo->first_data_block;
	u32 group;

	for (group = 0; group < geo->groups_count; group++) {
		overhead += 2 + geo->itable_blocks;
		if (ext2_geo_has_super(geo, group))
			overhead += ext2_geo_super_blocks(geo, group) + geo->reserved_gdt_blocks;
	}
	return overhead;
}

static int load_group(struct super_block *sb, u32 group, struct buffer_head *bh)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_group *grp = &sbi->s_groups[group];
	u32 slot = group % sbi->s_geo.desc_per_block;
	struct ext2_fault fault;

	spin_lock_init(&grp->lock);
	grp->windows = RB_ROOT;
	get_bh(bh);
	grp->desc_bh = bh;
	grp->desc = (struct ext2_group_desc *)bh->b_data + slot;
	if (ext2_check_desc(&sbi->s_geo, group, grp->desc, &fault))
		return 0;
	ext2_msg(sb, KERN_ERR, "group %u, descriptor in block %llu: %s (%llu); run e2fsck", group,
		 fault.block, fault.what, fault.value);
	return -EFSCORRUPTED;
}

int ext2_load_groups(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	const struct ext2_geometry *geo = &sbi->s_geo;
	ext2_fsblk_t first = sbi->s_sbh->b_blocknr + 1;
	u32 i, group = 0;
	int err = 0;

	sbi->s_groups = kvzalloc((size_t)geo->groups_count * sizeof(*sbi->s_groups), GFP_KERNEL);
	if (!sbi->s_groups)
		return -ENOMEM;
	for (i = 0; i < geo->desc_blocks && !err; i++) {
		struct buffer_head *bh = sb_bread(sb, first + i);

		if (!bh) {
			ext2_msg(sb, KERN_ERR, "cannot read group descriptors in block %llu",
				 first + i);
			return -EIO;
		}
		for (; !err && group < geo->groups_count &&
		     group / geo->desc_per_block == i; group++)
			err = load_group(sb, group, bh);
		brelse(bh);
	}
	sbi->s_overhead = count_overhead(geo);
	return err;
}

void ext2_release_groups(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	u32 group;

	if (!sbi->s_groups)
		return;
	for (group = 0; group < sbi->s_geo.groups_count; group++)
		brelse(sbi->s_groups[group].desc_bh);
	kvfree(sbi->s_groups);
	sbi->s_groups = NULL;
}

/* Exact when nothing changes; otherwise each group's count is one that it had. */
ext2_fsblk_t ext2_count_free_blocks(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	ext2_fsblk_t sum = 0;
	u32 group;

	for (group = 0; group < sbi->s_geo.groups_count; group++)
		sum += le16_to_cpu(READ_ONCE(sbi->s_groups[group].desc->bg_free_blocks_count));
	return sum;
}

unsigned long ext2_count_free_inodes(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	unsigned long sum = 0;
	u32 group;

	for (group = 0; group < sbi->s_geo.groups_count; group++)
		sum += le16_to_cpu(READ_ONCE(sbi->s_groups[group].desc->bg_free_inodes_count));
	return sum;
}

unsigned long ext2_count_dirs(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	unsigned long sum = 0;
	u32 group;

	for (group = 0; group < sbi->s_geo.groups_count; group++)
		sum += le16_to_cpu(READ_ONCE(sbi->s_groups[group].desc->bg_used_dirs_count));
	return sum;
}

struct buffer_head *ext2_bread(struct super_block *sb, ext2_fsblk_t block)
{
	struct buffer_head *bh = sb_getblk(sb, block);

	if (!bh || bh_uptodate_or_lock(bh))
		return bh;
	if (buffer_write_io_error(bh)) {
		set_buffer_uptodate(bh);
		unlock_buffer(bh);
		return bh;
	}
	if (bh_submit_read(bh) < 0) {
		brelse(bh);
		return NULL;
	}
	return bh;
}

typedef bool bitmap_check_t(const struct ext2_geometry *geo, u32 group,
			    const struct ext2_group_desc *gd, const void *bitmap,
			    struct ext2_fault *fault);

/* Judge a bitmap buffer that was read; false after a report, and the group is left alone. */
static bool check_bitmap(struct super_block *sb, u32 group, struct buffer_head *bh,
			 bitmap_check_t *check, unsigned int bad)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_group *grp = &sbi->s_groups[group];
	struct ext2_fault fault;
	bool ok = true, first = false;

	spin_lock(&grp->lock);
	if (!buffer_ext2_checked(bh)) {
		ok = !(grp->flags & bad) &&
		     check(&sbi->s_geo, group, grp->desc, bh->b_data, &fault);
		if (ok) {
			set_buffer_ext2_checked(bh);
		} else if (!(grp->flags & bad)) {
			grp->flags |= bad;
			first = true;
		}
	}
	spin_unlock(&grp->lock);
	if (first)
		ext2_error(sb, __func__, "group %u, block %llu: %s (%llu)", group, fault.block,
			   fault.what, fault.value);
	return ok;
}

static struct buffer_head *read_bitmap(struct super_block *sb, u32 group, ext2_fsblk_t block,
				       bitmap_check_t *check, unsigned int bad)
{
	struct buffer_head *bh = ext2_bread(sb, block);

	if (!bh) {
		ext2_error(sb, __func__, "cannot read bitmap of group %u, block %llu", group,
			   block);
		return ERR_PTR(-EIO);
	}
	if (!buffer_ext2_checked(bh) && !check_bitmap(sb, group, bh, check, bad)) {
		brelse(bh);
		return ERR_PTR(-EFSCORRUPTED);
	}
	return bh;
}

struct buffer_head *ext2_block_bitmap(struct super_block *sb, u32 group)
{
	struct ext2_group_desc *gd = EXT2_SB(sb)->s_groups[group].desc;

	return read_bitmap(sb, group, le32_to_cpu(gd->bg_block_bitmap), ext2_check_block_bitmap,
			   EXT2_GROUP_BAD_BLOCKS);
}

struct buffer_head *ext2_inode_bitmap(struct super_block *sb, u32 group)
{
	struct ext2_group_desc *gd = EXT2_SB(sb)->s_groups[group].desc;

	return read_bitmap(sb, group, le32_to_cpu(gd->bg_inode_bitmap), ext2_check_inode_bitmap,
			   EXT2_GROUP_BAD_INODES);
}
