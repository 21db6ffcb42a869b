// SPDX-License-Identifier: MIT
/*
 * cache_buffers.c - buffer heads, the block-device mapping and direct I/O over a RAM disk.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/string.h"
#include "drivers/block/bio.h"
#include "fs/fs.h"
#include "mm/iov_iter.h"
#include "mm/slab.h"
#include "gen/address_space_operations.h"
#include "tests/kernel/cache_util.h"
#include "tests/kernel/ktest.h"

#define DISK_BYTES	(4UL << 20)

static u8 block_byte(sector_t block, unsigned int size)
{
	return (u8)(block * 13 + size / 512);
}

/* Write through buffers, drop the cache, read back, for each block size. */
static void blocks(void)
{
	struct block_device *bdev = test_bdev_open(DISK_BYTES);
	unsigned int size;

	KTEST_ASSERT(bdev);
	for (size = 512; size <= PAGE_SIZE; size *= 2) {
		sector_t nr = DISK_BYTES / size, b, step = nr / 61;
		struct buffer_head *bh;

		KTEST_EQ(set_blocksize(bdev, size), 0);
		for (b = 0; b < nr; b += step) {
			bh = __getblk(bdev, b, size);
			KTEST_ASSERT(bh);
			lock_buffer(bh);
			memset(bh->b_data, block_byte(b, size), size);
			set_buffer_uptodate(bh);
			unlock_buffer(bh);
			mark_buffer_dirty(bh);
			brelse(bh);
		}
		KTEST_EQ(sync_blockdev(bdev), 0);
		kill_bdev(bdev);
		KTEST_EQ(bdev->bd_inode->i_data.nrpages, 0);
		for (b = 0; b < nr; b += step) {
			bh = __bread(bdev, b, size);
			KTEST_ASSERT(bh);
			KTEST_EQ((u8)bh->b_data[0], block_byte(b, size));
			KTEST_EQ((u8)bh->b_data[size - 1], block_byte(b, size));
			brelse(bh);
		}
		KTEST_ASSERT(!__bread(bdev, nr, size));		/* beyond the end */
	}
	test_bdev_close(bdev);
}
KTEST(cache_blocks, KTEST_QUICK, blocks);

/* What the hook is to do and has seen. */
struct hook {
	bool fail_reads, fail_writes;
	unsigned int bios;
	unsigned int largest;		/* bytes */
};

static blk_status_t test_hook(struct gendisk *disk, struct bio *bio, void *arg)
{
	struct hook *h = arg;

	h->bios++;
	h->largest = max(h->largest, bio->bi_iter.bi_size);
	if (op_is_write(bio_op(bio)) ? h->fail_writes : h->fail_reads)
		return BLK_STS_IOERR;
	return BLK_STS_OK;
}

static void io_errors(void)
{
	struct block_device *bdev = test_bdev_open(DISK_BYTES);
	struct hook h = { .fail_reads = true };
	struct buffer_head *bh;

	KTEST_ASSERT(bdev);
	KTEST_EQ(set_blocksize(bdev, 1024), 0);
	ramdisk_set_hook(bdev->bd_disk, test_hook, &h);
	KTEST_ASSERT(!__bread(bdev, 7, 1024));
	h.fail_reads = false;
	bh = __bread(bdev, 7, 1024);
	KTEST_ASSERT(bh);
	h.fail_writes = true;
	memset(bh->b_data, 1, 1024);
	mark_buffer_dirty(bh);
	KTEST_EQ(sync_dirty_buffer(bh), -EIO);
	KTEST_ASSERT(buffer_write_io_error(bh) && !buffer_uptodate(bh));
	KTEST_EQ(filemap_check_errors(bdev->bd_inode->i_mapping), -EIO);
	h.fail_writes = false;
	set_buffer_uptodate(bh);
	mark_buffer_dirty(bh);
	KTEST_EQ(sync_dirty_buffer(bh), 0);
	KTEST_ASSERT(!buffer_write_io_error(bh));
	/* the page as a whole */
	h.fail_writes = true;
	mark_buffer_dirty(bh);
	brelse(bh);
	KTEST_EQ(sync_blockdev(bdev), -EIO);
	h.fail_writes = false;
	ramdisk_set_hook(bdev->bd_disk, NULL, NULL);
	test_bdev_close(bdev);
}
KTEST(cache_io_errors, KTEST_QUICK, io_errors);

/* fsync of an inode writes the metadata that was put in its name, and nothing else. */
static void inode_buffers(void)
{
	struct block_device *bdev = test_bdev_open(DISK_BYTES);
	struct toy *toy = toy_open(0);
	struct buffer_head *mine, *other;

	KTEST_ASSERT(bdev && toy);
	KTEST_EQ(set_blocksize(bdev, 1024), 0);
	mine = __bread(bdev, 3, 1024);
	other = __bread(bdev, 900, 1024);
	KTEST_ASSERT(mine && other);
	mark_buffer_dirty_inode(mine, toy->inode);
	mark_buffer_dirty(other);
	KTEST_ASSERT(inode_has_buffers(toy->inode));
	KTEST_EQ(sync_mapping_buffers(toy->inode->i_mapping), 0);
	KTEST_ASSERT(!buffer_dirty(mine) && buffer_dirty(other));
	KTEST_ASSERT(!inode_has_buffers(toy->inode));
	/* freed metadata that becomes data: the stale buffer must not be written */
	clean_bdev_aliases(bdev, 900, 1);
	KTEST_ASSERT(!buffer_dirty(other));
	brelse(mine);
	brelse(other);
	toy_close(toy);
	test_bdev_close(bdev);
}
KTEST(cache_inode_buffers, KTEST_QUICK | KTEST_GROWS, inode_buffers);

/* A sequential read goes to the disk in a few large pieces. */
static void multi_page(void)
{
	struct block_device *bdev = test_bdev_open(DISK_BYTES);
	struct address_space *mapping;
	struct file_ra_state ra;
	struct hook h = { 0 };
	pgoff_t i, pages = DISK_BYTES / PAGE_SIZE;

	KTEST_ASSERT(bdev);
	KTEST_EQ(set_blocksize(bdev, 1024), 0);
	mapping = bdev->bd_inode->i_mapping;
	ramdisk_set_hook(bdev->bd_disk, test_hook, &h);
	memset(&ra, 0, sizeof(ra));
	file_ra_state_init(&ra, mapping);
	for (i = 0; i < pages; i++) {
		struct page *page = find_get_page(mapping, i);

		if (!page) {
			page_cache_sync_readahead(mapping, &ra, NULL, i, 1);
			page = find_get_page(mapping, i);
		}
		KTEST_ASSERT(page);
		if (PageReadahead(page))
			page_cache_async_readahead(mapping, &ra, NULL, page, i, 1);
		wait_on_page_locked(page);
		KTEST_ASSERT(PageUptodate(page));
		ra.prev_pos = (loff_t)i << PAGE_SHIFT;
		put_page(page);
	}
	KTEST_EQ(h.largest, VM_READAHEAD_PAGES * PAGE_SIZE);
	KTEST_ASSERT(h.bios <= pages / VM_READAHEAD_PAGES + 6);
	ramdisk_set_hook(bdev->bd_disk, NULL, NULL);
	test_bdev_close(bdev);
}
KTEST(cache_multi_page, KTEST_QUICK, multi_page);
