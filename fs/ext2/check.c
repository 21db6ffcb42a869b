// SPDX-License-Identifier: MIT
/*
 * Validation of superblock, group descriptors and bitmaps.
 *
 * Everything later computes addresses from these numbers without looking
 * again: a group number from a block number, a bit from an inode number, a
 * byte in the inode table.  So each number is held against the block size, the
 * device and the other numbers here, once, at mount (bitmaps: once per load).
 * Arithmetic is done in 64 bits, where products of two 32-bit fields fit.
 */
#include "fs/ext2/check.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/byteorder.h"

static bool fail(struct ext2_fault *fault, const char *what, u64 block, u64 value)
{
	fault->what = what;
	fault->block = block;
	fault->value = value;
	return false;
}

static bool is_power_of(u32 n, u32 base)
{
	while (n > base && n % base == 0)
		n /= base;
	return n == base;
}

bool ext2_geo_has_super(const struct ext2_geometry *geo, u32 group)
{
	if (!geo->sparse_super || group <= 1)
		return true;
	if (!(group & 1))
		return false;
	return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

u32 ext2_geo_super_blocks(const struct ext2_geometry *geo, u32 group)
{
	if (!ext2_geo_has_super(geo, group))
		return 0;
	return 1 + geo->desc_blocks;
}

u64 ext2_geo_group_first(const struct ext2_geometry *geo, u32 group)
{
	return geo->first_data_block + (u64)group * geo->blocks_per_group;
}

u64 ext2_geo_group_end(const struct ext2_geometry *geo, u32 group)
{
	u64 end = ext2_geo_group_first(geo, group) + geo->blocks_per_group;

	return end < geo->blocks_count ? end : geo->blocks_count;
}

/* Revision, block size and inode size: what the other checks divide by. */
static bool check_sizes(const struct ext2_super_block *es, struct ext2_geometry *geo,
			struct ext2_fault *fault)
{
	u32 rev = le32_to_cpu(es->s_rev_level);
	u32 log = le32_to_cpu(es->s_log_block_size);

	if (le16_to_cpu(es->s_magic) != EXT2_SUPER_MAGIC)
		return fail(fault, "bad magic number", 0, le16_to_cpu(es->s_magic));
	if (rev > EXT2_DYNAMIC_REV)
		return fail(fault, "unknown revision", 0, rev);
	if (log > EXT2_MAX_BLOCK_LOG_SIZE - EXT2_MIN_BLOCK_LOG_SIZE)
		return fail(fault, "unsupported block size exponent", 0, log);
	geo->block_bits = EXT2_MIN_BLOCK_LOG_SIZE + log;
	geo->block_size = 1U << geo->block_bits;
	if (le32_to_cpu(es->s_log_frag_size) != log)
		return fail(fault, "fragments differ from blocks", 0,
			    le32_to_cpu(es->s_log_frag_size));

	geo->inode_size = EXT2_GOOD_OLD_INODE_SIZE;
	geo->first_ino = EXT2_GOOD_OLD_FIRST_INO;
	if (rev == EXT2_GOOD_OLD_REV)
		return true;
	geo->inode_size = le16_to_cpu(es->s_inode_size);
	geo->first_ino = le32_to_cpu(es->s_first_ino);
	if (geo->inode_size < EXT2_GOOD_OLD_INODE_SIZE || geo->inode_size > geo->block_size ||
	    (geo->inode_size & (geo->inode_size - 1)))
		return fail(fault, "unsupported inode size", 0, geo->inode_size);
	if (geo->first_ino < EXT2_GOOD_OLD_FIRST_INO ||
	    geo->first_ino > le32_to_cpu(es->s_inodes_count))
		return fail(fault, "first inode out of range", 0, geo->first_ino);
	return true;
}

static bool check_counts(const struct ext2_super_block *es, u64 device_bytes,
			 struct ext2_geometry *geo, struct ext2_fault *fault)
{
	u64 bits = (u64)geo->block_size * 8;
	u64 groups;

	geo->blocks_count = le32_to_cpu(es->s_blocks_count);
	geo->first_data_block = le32_to_cpu(es->s_first_data_block);
	geo->blocks_per_group = le32_to_cpu(es->s_blocks_per_group);
	geo->inodes_per_group = le32_to_cpu(es->s_inodes_per_group);
	geo->inodes_count = le32_to_cpu(es->s_inodes_count);
	geo->inodes_per_block = geo->block_size / geo->inode_size;

	if (geo->first_data_block != (geo->block_size == EXT2_MIN_BLOCK_SIZE ? 1 : 0))
		return fail(fault, "first data block out of place", 0, geo->first_data_block);
	if (geo->blocks_count <= geo->first_data_block)
		return fail(fault, "no blocks", 0, geo->blocks_count);
	if (((u64)geo->blocks_count << geo->block_bits) > device_bytes)
		return fail(fault, "more blocks than the device holds", 0, geo->blocks_count);
	if (le32_to_cpu(es->s_r_blocks_count) > geo->blocks_count)
		return fail(fault, "more reserved blocks than blocks", 0,
			    le32_to_cpu(es->s_r_blocks_count));
	if (geo->blocks_per_group < 8 || geo->blocks_per_group > bits ||
	    geo->blocks_per_group % 8)
		return fail(fault, "blocks per group out of range", 0, geo->blocks_per_group);
	if (geo->inodes_per_group < geo->inodes_per_block || geo->inodes_per_group > bits)
		return fail(fault, "inodes per group out of range", 0, geo->inodes_per_group);

	geo->itable_blocks = DIV_ROUND_UP(geo->inodes_per_group, geo->inodes_per_block);
	if ((u64)geo->itable_blocks + 2 > geo->blocks_per_group)
		return fail(fault, "inode table larger than its group", 0, geo->itable_blocks);
	groups = DIV_ROUND_UP((u64)geo->blocks_count - geo->first_data_block,
			      geo->blocks_per_group);
	geo->groups_count = groups;
	if (groups * geo->inodes_per_group != geo->inodes_count)
		return fail(fault, "inode count does not match the groups", 0, geo->inodes_count);
	return true;
}

bool ext2_check_super(const struct ext2_super_block *es, u64 device_bytes,
		      struct ext2_geometry *geo, struct ext2_fault *fault)
{
	u32 compat = 0, incompat = 0, ro_compat = 0;

	if (!check_sizes(es, geo, fault) || !check_counts(es, device_bytes, geo, fault))
		return false;

	if (le32_to_cpu(es->s_rev_level) >= EXT2_DYNAMIC_REV) {
		compat = le32_to_cpu(es->s_feature_compat);
		incompat = le32_to_cpu(es->s_feature_incompat);
		ro_compat = le32_to_cpu(es->s_feature_ro_compat);
	}
	geo->sparse_super = ro_compat & EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER;
	geo->large_file = ro_compat & EXT2_FEATURE_RO_COMPAT_LARGE_FILE;
	geo->filetype = incompat & EXT2_FEATURE_INCOMPAT_FILETYPE;
	geo->desc_per_block = geo->block_size / sizeof(struct ext2_group_desc);
	geo->desc_blocks = DIV_ROUND_UP(geo->groups_count, geo->desc_per_block);
	geo->reserved_gdt_blocks = 0;
	if (compat & EXT2_FEATURE_COMPAT_RESIZE_INODE)
		geo->reserved_gdt_blocks = le16_to_cpu(es->s_reserved_gdt_blocks);
	if (geo->reserved_gdt_blocks > geo->block_size / 4)
		return fail(fault, "too many reserved descriptor blocks", 0,
			    geo->reserved_gdt_blocks);
	if (1 + (u64)geo->desc_blocks > ext2_geo_group_end(geo, 0) - geo->first_data_block)
		return fail(fault, "descriptors larger than the first group", 0, geo->desc_blocks);
	return true;
}

/* Is @block in [@first, @first + @count)? */
static bool in_range(u64 block, u64 first, u64 count)
{
	return block >= first && block - first < count;
}

static bool overlap(u64 a, u64 na, u64 b, u64 nb)
{
	return a < b + nb && b < a + na;
}

bool ext2_check_desc(const struct ext2_geometry *geo, u32 group,
		     const struct ext2_group_desc *gd, struct ext2_fault *fault)
{
	u64 where = geo->first_data_block + 1 + group / geo->desc_per_block;
	u64 first = ext2_geo_group_first(geo, group);
	u64 count = ext2_geo_group_end(geo, group) - first;
	u64 bb = le32_to_cpu(gd->bg_block_bitmap);
	u64 ib = le32_to_cpu(gd->bg_inode_bitmap);
	u64 it = le32_to_cpu(gd->bg_inode_table);
	u32 super = ext2_geo_super_blocks(geo, group);

	if (!in_range(bb, first + super, count - super) || super >= count)
		return fail(fault, "block bitmap outside its group", where, bb);
	if (!in_range(ib, first + super, count - super))
		return fail(fault, "inode bitmap outside its group", where, ib);
	if (!in_range(it, first + super, count - super) ||
	    it + geo->itable_blocks > first + count)
		return fail(fault, "inode table outside its group", where, it);
	if (bb == ib || in_range(bb, it, geo->itable_blocks) ||
	    in_range(ib, it, geo->itable_blocks))
		return fail(fault, "bitmaps and inode table overlap", where, it);
	if (le16_to_cpu(gd->bg_free_blocks_count) > count)
		return fail(fault, "more free blocks than blocks in the group", where,
			    le16_to_cpu(gd->bg_free_blocks_count));
	if (le16_to_cpu(gd->bg_free_inodes_count) > geo->inodes_per_group)
		return fail(fault, "more free inodes than inodes in the group", where,
			    le16_to_cpu(gd->bg_free_inodes_count));
	if (le16_to_cpu(gd->bg_used_dirs_count) > geo->inodes_per_group)
		return fail(fault, "more directories than inodes in the group", where,
			    le16_to_cpu(gd->bg_used_dirs_count));
	return true;
}

bool ext2_check_data_range(const struct ext2_geometry *geo, u32 group,
			   const struct ext2_group_desc *gd, u64 block, u64 count)
{
	u64 first = ext2_geo_group_first(geo, group);

	if (overlap(block, count, first, ext2_geo_super_blocks(geo, group)))
		return false;
	if (in_range(le32_to_cpu(gd->bg_block_bitmap), block, count) ||
	    in_range(le32_to_cpu(gd->bg_inode_bitmap), block, count))
		return false;
	return !overlap(block, count, le32_to_cpu(gd->bg_inode_table), geo->itable_blocks);
}

/* Are the bits [@from, @to) all set? */
static bool all_set(const void *bitmap, u64 from, u64 to)
{
	return find_next_zero_bit(bitmap, to, from) >= to;
}

bool ext2_check_block_bitmap(const struct ext2_geometry *geo, u32 group,
			     const struct ext2_group_desc *gd, const void *bitmap,
			     struct ext2_fault *fault)
{
	u64 where = le32_to_cpu(gd->bg_block_bitmap);
	u64 first = ext2_geo_group_first(geo, group);
	u64 count = ext2_geo_group_end(geo, group) - first;
	u64 it = le32_to_cpu(gd->bg_inode_table) - first;
	u64 bb = where - first;
	u64 ib = le32_to_cpu(gd->bg_inode_bitmap) - first;
	u64 clear;

	if (!all_set(bitmap, 0, ext2_geo_super_blocks(geo, group)))
		return fail(fault, "superblock copy marked free", where, group);
	if (!all_set(bitmap, bb, bb + 1))
		return fail(fault, "block bitmap marked free", where, group);
	if (!all_set(bitmap, ib, ib + 1))
		return fail(fault, "inode bitmap marked free", where, group);
	if (!all_set(bitmap, it, it + geo->itable_blocks))
		return fail(fault, "inode table marked free", where, group);
	if (!all_set(bitmap, count, (u64)geo->block_size * 8))
		return fail(fault, "padding of the block bitmap not set", where, group);
	clear = count - bitmap_weight(bitmap, count);
	if (clear != le16_to_cpu(gd->bg_free_blocks_count))
		return fail(fault, "free blocks in the bitmap and in the descriptor differ", where,
			    clear);
	return true;
}

bool ext2_check_inode_bitmap(const struct ext2_geometry *geo, u32 group,
			     const struct ext2_group_desc *gd, const void *bitmap,
			     struct ext2_fault *fault)
{
	u64 where = le32_to_cpu(gd->bg_inode_bitmap);
	u32 count = geo->inodes_per_group;
	u64 clear;

	if (group == 0 && !all_set(bitmap, 0, geo->first_ino - 1))
		return fail(fault, "reserved inodes marked free", where, group);
	clear = count - bitmap_weight(bitmap, count);
	if (clear != le16_to_cpu(gd->bg_free_inodes_count))
		return fail(fault, "free inodes in the bitmap and in the descriptor differ", where,
			    clear);
	return true;
}
