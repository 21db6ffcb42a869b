// SPDX-License-Identifier: MIT
/*
 * fallocate: holes are punched. Nothing is allocated ahead, nor moved: a block map cannot say that a block has no contents yet, and
 * programs are told EOPNOTSUPP, as by Linux's ext4 driver about such files.
 *
 * A hole is made like a cut (truncate.c): pages first, blocks last. i_rwsem keeps writers, direct I/O and other changes of the map away,
 * the invalidation lock whoever would bring a page in or make one writable. So from the moment when a page is gone until its block is, no
 * page stands for that block, and no reader sees what the block's next owner writes.
 *
 * Where blocks are smaller than a page, a page may lie only partly in the hole. It stays, with zeroes and without the blocks. A store into
 * it must come by page_mkwrite again, which allocates: so it is write-protected before its blocks are taken off, under the page
 * lock, after which only page_mkwrite, which waits for the invalidation lock, could make it writable. Who has got hold of the page
 * before (direct I/O into the mapping) may still dirty it, and writeback then finds a buffer without a block and maps it: so the
 * page is locked, and its buffers there unmapped once more, before the blocks go, and stays locked until they are gone.
 *
 * On the disk the hole appears like a cut: freed blocks are owed and indirect blocks quarantined (owed.c), so a crash leaves the old
 * contents or zeroes in each block, and never another file's.
 */
#include "fs/ext2/ext2.h"
#include "mm/mm.h"
#include "mm/pagemap.h"
#include "mm/rmap.h"
#include "mm/writeback.h"

static void write_protect(struct address_space *mapping, pgoff_t index)
{
	struct page *page = find_lock_page(mapping, index);

	if (!page)
		return;
	if (page_mkclean(page))
		set_page_dirty(page);
	unlock_page(page);
	put_page(page);
}

/* Zeroes [from, to), which lie in one block. */
static int zero_part(struct inode *inode, loff_t from, loff_t to)
{
	return from < to ? block_zero_range(inode->i_mapping, from, to - from, ext2_get_block) : 0;
}

static void punch_blocks(struct inode *inode, loff_t from, loff_t to)
{
	if (from < to)
		ext2_punch_blocks(inode, from >> inode->i_blkbits, to >> inode->i_blkbits);
}

/* The same for blocks within a page that stays, if it is in the cache at all. */
static void punch_blocks_of_page(struct inode *inode, loff_t from, loff_t to)
{
	struct page *page = find_lock_page(inode->i_mapping, from >> PAGE_SHIFT);

	if (page) {
		wait_on_page_writeback(page);
		if (page_has_buffers(page))
			block_invalidatepage(page, from & (PAGE_SIZE - 1), to - from);
	}
	punch_blocks(inode, from, to);
	if (page) {
		unlock_page(page);
		put_page(page);
	}
}

/* Bytes [from, to), which are whole blocks. */
static void punch_whole(struct inode *inode, loff_t from, loff_t to)
{
	const loff_t first = min(round_up(from, (loff_t)PAGE_SIZE), to), last = max(round_down(to, (loff_t)PAGE_SIZE), first);

	if (from < first)
		write_protect(inode->i_mapping, from >> PAGE_SHIFT);
	if (last < to)
		write_protect(inode->i_mapping, last >> PAGE_SHIFT);
	truncate_pagecache_range(inode, from, to - 1);
	if (from < first)
		punch_blocks_of_page(inode, from, first);
	punch_blocks(inode, first, last);
	if (last < to)
		punch_blocks_of_page(inode, last, to);
	ext2_settle_if_full(inode->i_sb);
}

static int punch(struct inode *inode, loff_t from, loff_t to)
{
	unsigned int bs = i_blocksize(inode);
	loff_t first = round_up(from, (loff_t)bs), last = round_down(to, (loff_t)bs);
	int err;

	if (first > last)
		return zero_part(inode, from, to);
	err = zero_part(inode, from, first);
	if (!err)
		err = zero_part(inode, last, to);
	if (!err && first < last)
		punch_whole(inode, first, last);
	return err;
}

/* i_rwsem exclusive. */
static int punch_hole(struct file *file, loff_t from, loff_t to)
{
	struct inode *inode = file_inode(file);
	loff_t size = i_size_read(inode);
	int err;

	/* Behind the end there is nothing. */
	if (from >= size)
		return 0;
	to = min(to, round_up(size, (loff_t)i_blocksize(inode)));
	inode_dio_wait(inode);
	err = file_remove_privs(file);
	if (err)
		return err;
	filemap_invalidate_lock(inode->i_mapping);
	err = punch(inode, from, to);
	filemap_invalidate_unlock(inode->i_mapping);
	inode->i_mtime = inode->i_ctime = current_time(inode);
	mark_inode_dirty(inode);
	if (err || !IS_SYNC(inode))
		return err;
	err = filemap_write_and_wait_range(inode->i_mapping, from, to - 1);
	if (!err)
		err = sync_mapping_buffers(inode->i_mapping);
	return err ? err : sync_inode_metadata(inode, 1);
}

long ext2_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file_inode(file);
	long err;

	if (mode != (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	inode_lock(inode);
	err = punch_hole(file, offset, offset + len);
	inode_unlock(inode);
	return err;
}
