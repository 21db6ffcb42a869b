/* SPDX-License-Identifier: MIT */
/*
 * Judging what the disk says before anything believes it.
 *
 * Pure functions over bytes: no locks, no allocation, no I/O, so they can be
 * called from anywhere and also compile in a hosted test.
 */
#ifndef FS_EXT2_CHECK_H
#define FS_EXT2_CHECK_H

#include "fs/ext2/ext2_fs.h"

/* What a check found wrong: @block is the file system block that holds it. */
struct ext2_fault {
	const char *what;	/* a sentence part, never NULL once a check failed */
	u64 block;
	u64 value;		/* the offending number */
};

/*
 * The shape of a volume, computed once from a superblock that passed
 * ext2_check_super(); immutable afterwards, so it needs no lock.
 */
struct ext2_geometry {
	unsigned int block_bits;	/* log2 of the block size */
	unsigned int block_size;	/* bytes */
	u32 blocks_count;
	u32 first_data_block;
	u32 blocks_per_group;
	u32 inodes_count;
	u32 inodes_per_group;
	u32 inodes_per_block;
	u32 itable_blocks;		/* per group */
	u32 groups_count;
	u32 desc_per_block;
	u32 desc_blocks;		/* blocks of group descriptors in use */
	u32 reserved_gdt_blocks;	/* behind them, kept for growing */
	u32 inode_size;
	u32 first_ino;			/* first inode number not reserved */
	bool sparse_super;
	bool filetype;
	bool large_file;
};

/**
 * ext2_check_super - range-check a superblock and derive the geometry
 * @es: 1024 bytes as read from the disk
 * @device_bytes: size of the device
 * @geo: filled in on success
 * @fault: filled in on failure
 *
 * Feature words are not judged here (see super.c): an unknown one is a
 * foreign volume, not a damaged one.  Returns true if everything fits.
 */
bool ext2_check_super(const struct ext2_super_block *es, u64 device_bytes,
		      struct ext2_geometry *geo, struct ext2_fault *fault);

/* First and one past the last block of @group. */
u64 ext2_geo_group_first(const struct ext2_geometry *geo, u32 group);
u64 ext2_geo_group_end(const struct ext2_geometry *geo, u32 group);

/* Does @group begin with a copy of superblock and descriptors? */
bool ext2_geo_has_super(const struct ext2_geometry *geo, u32 group);

/* Blocks at the start of @group taken by that copy; 0 without one. */
u32 ext2_geo_super_blocks(const struct ext2_geometry *geo, u32 group);

/* Range-check one group descriptor.  Returns true if it fits; else fills @fault. */
bool ext2_check_desc(const struct ext2_geometry *geo, u32 group,
		     const struct ext2_group_desc *gd, struct ext2_fault *fault);

/* Does [@block, @block + @count) avoid everything that is not file data in its group? */
bool ext2_check_data_range(const struct ext2_geometry *geo, u32 group,
			   const struct ext2_group_desc *gd, u64 block, u64 count);

/*
 * Bitmaps as loaded: bits of the group's own metadata set, padding behind the
 * group set, as many clear bits as the descriptor counts.
 */
bool ext2_check_block_bitmap(const struct ext2_geometry *geo, u32 group,
			     const struct ext2_group_desc *gd, const void *bitmap,
			     struct ext2_fault *fault);
bool ext2_check_inode_bitmap(const struct ext2_geometry *geo, u32 group,
			     const struct ext2_group_desc *gd, const void *bitmap,
			     struct ext2_fault *fault);

/**
 * ext2_check_dirent - judge one directory entry
 * @block: start of the directory block, @size its bytes
 * @off: offset of the entry, a multiple of 4 below @size
 * @max_ino: highest inode number
 *
 * Returns NULL if the entry is sound, else what is wrong with it.
 */
const char *ext2_check_dirent(const void *block, unsigned int size, unsigned int off, u32 max_ino);

/**
 * ext2_check_xattr - judge an extended attribute block
 *
 * Returns NULL if header, entries and values lie where they may, else what is
 * wrong.  Afterwards walking to the entry whose first four bytes are zero
 * stays inside the block.
 */
const char *ext2_check_xattr(const void *block, unsigned int size);

#endif
