// SPDX-License-Identifier: MIT
/*
 * Freeing blocks behind a new end of file, or in a hole (fallocate.c).
 *
 * The caller has removed the pages of these blocks first (which waits for their
 * writeback), so nothing in the cache refers to them any more.  Here,
 * under i_map_lock, each set of pointers that goes away together is handled in
 * this order:
 *
 *   1. the pointers are saved and cleared, in an i_map_seq write section, so
 *      that a lockless walk either verified before or starts over;
 *   2. the buffer they were in (indirect block, or the inode's slot of the inode
 *      table) is dirtied and owed to the disk: see durable.c;
 *   3. the bits of data blocks are cleared, and from then on they have new owners;
 *      indirect blocks and those of directories go into quarantine (owed.c) until
 *      2. is on the disk.
 *
 * Indirect blocks below a cleared pointer are unreachable: they are read,
 * walked and forgotten without further locks.
 */
#include "fs/ext2/ext2.h"
#include "kernel/lib/string.h"
#include "kernel/lock/preempt.h"
#include "kernel/task/sched.h"
#include "mm/gfp.h"
#include "mm/pagemap.h"
#include "mm/slab.h"
#include "mm/writeback.h"

/* Blocks to be freed, collected while they are consecutive. */
struct run {
	struct inode *inode;
	ext2_fsblk_t start;
	u64 count;
};

static void flush_run(struct run *run)
{
	if (run->count)
		ext2_free_blocks(run->inode, run->start, run->count);
	run->count = 0;
}

static void add_to_run(struct run *run, ext2_fsblk_t block)
{
	if (run->count && block == run->start + run->count) {
		run->count++;
		return;
	}
	flush_run(run);
	run->start = block;
	run->count = 1;
}

/* Is @block something that may be freed?  Reports and says no otherwise. */
static bool freeable(struct inode *inode, ext2_fsblk_t block)
{
	if (ext2_data_range_ok(inode->i_sb, block, 1))
		return true;
	ext2_error(inode->i_sb, __func__, "inode %lu: bad block pointer %llu", inode->i_ino, block);
	return false;
}

/*
 * Free each block named by @words and, @depth levels down, what those lead to.
 * Bad pointers and unreadable indirect blocks are reported and leak.
 */
static void free_words(struct run *run, const __le32 *words, u32 n, int depth)
{
	struct super_block *sb = run->inode->i_sb;
	struct buffer_head *bh;
	u32 i;

	for (i = 0; i < n; i++) {
		ext2_fsblk_t block = le32_to_cpu(words[i]);

		if (!block || !freeable(run->inode, block))
			continue;
		if (depth) {
			bh = ext2_bread(sb, block);
			if (!bh) {
				ext2_error(sb, __func__, "inode %lu: cannot read indirect block %llu",
					   run->inode->i_ino, block);
				continue;
			}
			free_words(run, (__le32 *)bh->b_data, sb->s_blocksize / 4, depth - 1);
			bforget(bh);
			cond_resched();
		}
		/* What e2fsck would interpret must not become anything else too early. */
		if (depth || S_ISDIR(run->inode->i_mode))
			ext2_quarantine(run->inode, block);
		else
			add_to_run(run, block);
	}
}

static void clear_words(struct ext2_inode_info *ei, __le32 *words, u32 n)
{
	u32 i;

	preempt_disable();
	write_seqcount_begin(&ei->i_map_seq);
	for (i = 0; i < n; i++)
		WRITE_ONCE(words[i], 0);
	write_seqcount_end(&ei->i_map_seq);
	preempt_enable();
}

static bool any_set(const __le32 *words, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		if (words[i])
			return true;
	return false;
}

static void punch_below(struct run *run, ext2_fsblk_t block, int depth, u64 first, u64 stop);

/* @n slots of the indirect block @bh, or of the inode (NULL), and all that they lead to, @depth levels down. */
static void free_slots(struct run *run, __le32 *slots, u32 n, struct buffer_head *bh, int depth)
{
	struct inode *inode = run->inode;
	__le32 *saved;
	int err = 0;

	if (!any_set(slots, n))
		return;
	saved = kmalloc(n * sizeof(*saved), GFP_NOFS | __GFP_NOFAIL);
	memcpy(saved, slots, n * sizeof(*saved));
	clear_words(EXT2_I(inode), slots, n);
	if (bh) {
		mark_buffer_dirty_inode(bh, inode);
		ext2_owe(inode->i_sb, bh);
	} else {
		err = ext2_owe_inode(inode);
	}
	/* An error was reported; on the disk they are still claimed, so they leak. */
	if (!err) {
		free_words(run, saved, n, depth);
		flush_run(run);
	}
	kfree(saved);
}

/*
 * @slots, in @bh or the inode, each lead to data @depth levels down: free the data blocks [@first, @stop), counted from the first
 * that they lead to, and the indirect blocks of which nothing is left. i_map_lock held.
 */
static void punch_slots(struct run *run, __le32 *slots, struct buffer_head *bh, int depth, u64 first, u64 stop)
{
	unsigned int bits = run->inode->i_sb->s_blocksize_bits - 2;
	u64 span = 1ULL << (depth * bits);
	u32 left = first / span, right = stop / span, from = DIV_ROUND_UP(first, span);

	/* What goes only in part: at most two, or one at both ends. */
	if (first % span)
		punch_below(run, le32_to_cpu(slots[left]), depth, first % span, min(stop - left * span, span));
	if (stop % span && (right != left || !(first % span)))
		punch_below(run, le32_to_cpu(slots[right]), depth, 0, stop % span);
	if (from < right)
		free_slots(run, slots + from, right - from, bh, depth);
}

/* The same for an indirect block, @depth levels above the data. */
static void punch_below(struct run *run, ext2_fsblk_t block, int depth, u64 first, u64 stop)
{
	struct inode *inode = run->inode;
	struct buffer_head *bh;

	if (!block || !freeable(inode, block))
		return;
	bh = ext2_bread(inode->i_sb, block);
	if (!bh) {
		ext2_error(inode->i_sb, __func__, "inode %lu: cannot read indirect block %llu", inode->i_ino,
			   block);
		return;
	}
	punch_slots(run, (__le32 *)bh->b_data, bh, depth - 1, first, stop);
	brelse(bh);
}

/* Everything from file block @first on; i_map_lock held. */
static void truncate_locked(struct inode *inode, u64 first)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	unsigned int bits = inode->i_sb->s_blocksize_bits - 2;
	struct run run = { .inode = inode };
	__le32 saved[EXT2_N_BLOCKS];
	u64 base = EXT2_NDIR_BLOCKS;
	int i, cut, depth;

	/* The slots of the inode from @cut on go away whole. */
	cut = first < EXT2_NDIR_BLOCKS ? (int)first : EXT2_NDIR_BLOCKS;
	for (depth = 1; depth <= 3; depth++) {
		if (first > base) {
			u64 span = 1ULL << (depth * bits);

			cut = EXT2_NDIR_BLOCKS + depth;
			if (first < base + span)
				punch_below(&run, le32_to_cpu(ei->i_data[cut - 1]), depth, first - base, span);
			base += span;
		}
	}
	memcpy(saved, ei->i_data, sizeof(saved));
	clear_words(ei, ei->i_data + cut, EXT2_N_BLOCKS - cut);
	if (ext2_owe_inode(inode) < 0)
		return;		/* reported; on the disk they are still claimed, so they leak */
	for (i = cut; i < EXT2_N_BLOCKS; i++)
		free_words(&run, saved + i, 1, i < EXT2_NDIR_BLOCKS ? 0 : i - EXT2_NDIR_BLOCKS + 1);
	flush_run(&run);
}

void ext2_truncate_blocks(struct inode *inode, loff_t offset)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	unsigned int scope = ext2_map_lock(inode);

	ext2_discard_window(inode);
	ei->i_last_pblock = 0;
	truncate_locked(inode, (offset + inode->i_sb->s_blocksize - 1) >>
			inode->i_sb->s_blocksize_bits);
	ext2_map_unlock(inode, scope);
	ext2_settle_if_full(inode->i_sb);
}

void ext2_punch_blocks(struct inode *inode, u64 first, u64 stop)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	unsigned int bits = inode->i_sb->s_blocksize_bits - 2, scope = ext2_map_lock(inode);
	struct run run = { .inode = inode };
	u64 base = 0;

	ext2_discard_window(inode);
	ei->i_last_pblock = 0;
	for (int depth = 0; depth <= 3; depth++) {
		u64 blocks = depth ? 1ULL << (depth * bits) : EXT2_NDIR_BLOCKS;
		u64 from = first > base ? first - base : 0, to = stop > base ? min(stop - base, blocks) : 0;

		if (from < to)
			punch_slots(&run, ei->i_data + (depth ? EXT2_NDIR_BLOCKS - 1 + depth : 0), NULL, depth, from, to);
		base += blocks;
	}
	ext2_map_unlock(inode, scope);
}

void ext2_write_failed(struct address_space *mapping, loff_t to)
{
	struct inode *inode = mapping->host;
	loff_t size = i_size_read(inode);

	if (to <= size)
		return;
	filemap_invalidate_lock(mapping);
	truncate_pagecache(inode, size);
	ext2_truncate_blocks(inode, size);
	filemap_invalidate_unlock(mapping);
}

/*
 * A mapping may have been written to behind the end of file, inside the last
 * page.  Before the file grows over that, it has to read as zeroes.  i_rwsem
 * exclusive.
 */
void ext2_zero_behind_end(struct inode *inode)
{
	loff_t size = i_size_read(inode);
	unsigned int offset = size & (PAGE_SIZE - 1);
	struct page *page;

	if (!offset || !mapping_writably_mapped(inode->i_mapping))
		return;
	page = find_lock_page(inode->i_mapping, size >> PAGE_SHIFT);
	if (!page)
		return;
	if (PageUptodate(page))
		memset((char *)page_address(page) + offset, 0, PAGE_SIZE - offset);
	unlock_page(page);
	put_page(page);
}

int ext2_setsize(struct inode *inode, loff_t newsize)
{
	struct address_space *mapping = inode->i_mapping;
	bool shrink = newsize < i_size_read(inode);
	int err;

	if (!S_ISREG(inode->i_mode))
		return -EINVAL;
	if (IS_APPEND(inode) || IS_IMMUTABLE(inode))
		return -EPERM;
	inode_dio_wait(inode);
	filemap_invalidate_lock(mapping);
	if (!shrink)
		ext2_zero_behind_end(inode);
	err = block_truncate_page(mapping, newsize, ext2_get_block);
	if (!err) {
		truncate_setsize(inode, newsize);
		if (shrink)
			ext2_truncate_blocks(inode, newsize);
	}
	filemap_invalidate_unlock(mapping);
	if (err)
		return err;
	inode->i_mtime = inode->i_ctime = current_time(inode);
	mark_inode_dirty(inode);
	if (IS_SYNC(inode)) {
		err = sync_mapping_buffers(mapping);
		if (!err)
			err = sync_inode_metadata(inode, 1);
	}
	return err;
}
