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

/* One direct transfer between kernel memory and the device. */
static ssize_t direct(struct block_device *bdev, int rw, void *buf, size_t len, loff_t pos)
{
	struct address_space *mapping = bdev->bd_inode->i_mapping;
	struct kvec kv = { .iov_base = buf, .iov_len = len };
	struct file file;
	struct iov_iter iter;
	struct kiocb iocb;

	memset(&file, 0, sizeof(file));
	file.f_mapping = mapping;
	file.f_inode = bdev->bd_inode;
	memset(&iocb, 0, sizeof(iocb));
	iocb.ki_filp = &file;
	iocb.ki_pos = pos;
	iocb.ki_flags = IOCB_DIRECT;
	iov_iter_kvec(&iter, rw, &kv, 1, len);
	if (rw == WRITE)
		return generic_file_direct_write(&iocb, &iter);
	if (filemap_write_and_wait_range(mapping, pos, pos + len - 1))
		return -EIO;
	return aop_direct_IO(mapping->a_ops, &iocb, &iter);
}

/* What one way writes, the other reads. */
static void direct_io(void)
{
	struct block_device *bdev = test_bdev_open(DISK_BYTES);
	u8 *buf = kmalloc(64 << 10, GFP_KERNEL);
	struct buffer_head *bh;
	struct hook h = { 0 };
	int i;

	KTEST_ASSERT(bdev && buf);
	KTEST_EQ(set_blocksize(bdev, 1024), 0);
	ramdisk_set_hook(bdev->bd_disk, test_hook, &h);
	/* cached and dirty, then read directly */
	bh = __bread(bdev, 20, 1024);
	KTEST_ASSERT(bh);
	memset(bh->b_data, 0x77, 1024);
	mark_buffer_dirty(bh);
	brelse(bh);
	KTEST_EQ(direct(bdev, READ, buf, 16 << 10, 16 << 10), 16 << 10);
	KTEST_EQ(buf[(4 << 10) + 1], 0x77);
	KTEST_EQ(buf[0], 0);
	/* written directly in sectors that are no multiple of a page, then read through the cache */
	for (i = 0; i < 33 * 512; i++)
		buf[i] = i / 512 + 1;
	invalidate_bh_lrus();
	KTEST_EQ(direct(bdev, WRITE, buf, 33 * 512, 19 * 512), 33 * 512);
	for (i = 0; i < 33; i++) {
		bh = __bread(bdev, (19 + i) / 2, 1024);
		KTEST_ASSERT(bh);
		KTEST_EQ((u8)bh->b_data[(19 + i) % 2 * 512 + 5], i + 1);
		brelse(bh);
	}
	/* one request, not one for each page */
	h.bios = 0;
	KTEST_EQ(direct(bdev, READ, buf, 64 << 10, 1 << 20), 64 << 10);
	KTEST_EQ(h.bios, 1);
	/* errors, misalignment, the end of the device */
	KTEST_EQ(direct(bdev, READ, buf, 1000, 0), -EINVAL);
	KTEST_EQ(direct(bdev, READ, buf, 8192, DISK_BYTES - 4096), 4096);
	h.fail_writes = true;
	KTEST_EQ(direct(bdev, WRITE, buf, 4096, 0), -EIO);
	h.fail_writes = false;
	ramdisk_set_hook(bdev->bd_disk, NULL, NULL);
	kfree(buf);
	test_bdev_close(bdev);
}
KTEST(cache_direct_io, KTEST_QUICK, direct_io);
