// SPDX-License-Identifier: MIT
/*
 * Where a file has data: SEEK_DATA, SEEK_HOLE and FIEMAP, from the block map.
 *
 * i_rwsem is held shared, so the file is neither written nor truncated meanwhile; a store through a mapping may fill a hole just
 * passed. What is dirty in the cache has its blocks already (file.c), so the map alone says what is data. Holes are stepped over by
 * whole indirect blocks that are not there, so a sparse file costs what its data cost.
 */
#include "fs/ext2/ext2.h"
#include "fs/fiemap.h"
#include "kernel/task/sched.h"

/* The first byte at or after pos, below end, that is data (or a hole); end if there is none. i_rwsem held. */
static loff_t ext2_find(struct inode *inode, loff_t pos, loff_t end, bool data)
{
	unsigned int bits = inode->i_blkbits;

	while (pos < end) {
		ext2_fsblk_t block;
		s64 run = ext2_map_run(inode, pos >> bits, ((end - 1) >> bits) - (pos >> bits) + 1, &block);

		if (run < 0)
			return run;
		if (!block == !data)
			return pos;
		pos = ((pos >> bits) + run) << bits;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return end;
}

loff_t ext2_llseek(struct file *file, loff_t offset, int whence)
{
	struct inode *inode = file->f_mapping->host;
	loff_t size, found;

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek(file, offset, whence);
	inode_lock_shared(inode);
	size = i_size_read(inode);
	found = offset < 0 || offset >= size ? -ENXIO : ext2_find(inode, offset, size, whence == SEEK_DATA);
	inode_unlock_shared(inode);
	/* Behind the last byte is a hole, and no data. */
	if (found == size && whence == SEEK_DATA)
		return -ENXIO;
	return found < 0 ? found : vfs_setpos(file, found, inode->i_sb->s_maxbytes);
}

/* The run of data at pos, over all neighbours on the disk. Its length in blocks or -errno. */
static s64 ext2_extent(struct inode *inode, u64 first, u64 max, ext2_fsblk_t *start)
{
	ext2_fsblk_t block;
	u64 len = 0;

	while (len < max) {
		s64 run = ext2_map_run(inode, first + len, max - len, &block);

		if (run < 0)
			return run;
		if (!len)
			*start = block;
		if (!block || block != *start + len)
			break;
		len += run;
	}
	return len;
}

static int ext2_fill_extents(struct inode *inode, struct fiemap_extent_info *info, loff_t pos, loff_t end)
{
	unsigned int bits = inode->i_blkbits;
	loff_t size = i_size_read(inode);
	int err = 0;

	pos = ext2_find(inode, pos, size, true);
	while (!err && pos >= 0 && pos < size && pos < end) {
		u64 first = pos >> bits;
		ext2_fsblk_t block = 0;
		s64 len = ext2_extent(inode, first, ((size - 1) >> bits) - first + 1, &block);

		if (len < 0)
			return len;
		pos = ext2_find(inode, (first + len) << bits, size, true);
		err = fiemap_fill_next_extent(info, first << bits, block << bits, (u64)len << bits,
					      FIEMAP_EXTENT_MERGED | (pos >= size ? FIEMAP_EXTENT_LAST : 0));
	}
	return err < 0 ? err : pos < 0 ? (int)pos : 0;
}

int ext2_fiemap(struct inode *inode, struct fiemap_extent_info *info, u64 start, u64 len)
{
	int err = fiemap_prep(inode, info, start, &len, 0);

	if (err)
		return err;
	inode_lock_shared(inode);
	err = ext2_fill_extents(inode, info, start, start + len);
	inode_unlock_shared(inode);
	return err;
}
