// SPDX-License-Identifier: MIT
/*
 * block_bio.c - bios by themselves: pages added, walked, split and chained; and the RAM disk.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/irqflags.h"
#include "mm/page.h"
#include "mm/pgtable.h"
#include "mm/slab.h"
#include "gen/block_device_operations.h"
#include "drivers/block/ramdisk.h"
#include "tests/kernel/block_util.h"
#include "tests/kernel/ktest.h"

#define PAGE_SECTORS ((sector_t)(PAGE_SIZE >> SECTOR_SHIFT))

/* Neighbouring pages share an entry and are handed out one at a time all the same. */
static void test_bio_walk(void)
{
	struct page *pages = alloc_pages(GFP_KERNEL, 2);
	unsigned int i = 0, bytes = 0, pieces = 0;
	struct bvec_iter_all all;
	struct bvec_iter iter;
	struct bio_vec bv, *bvp;
	struct bio *bio;

	KTEST_ASSERT(pages);
	bio = bio_alloc(GFP_KERNEL, 4);
	KTEST_EQ(bio_add_page(bio, pages, 2048, 1024), 2048);
	KTEST_EQ(bio_add_page(bio, pages, 1024, 3072), 1024);
	KTEST_EQ(bio_add_page(bio, pages + 1, PAGE_SIZE, 0), PAGE_SIZE);
	KTEST_EQ(bio_add_page(bio, pages + 3, 512, 512), 512);
	KTEST_EQ(bio->bi_vcnt, 2);
	KTEST_EQ(bio->bi_iter.bi_size, 3072 + 4096 + 512);

	bio_for_each_segment(bv, bio, iter) {
		KTEST_ASSERT(bv.bv_offset + bv.bv_len <= PAGE_SIZE);
		bytes += bv.bv_len;
		pieces++;
	}
	KTEST_EQ(pieces, 3);
	KTEST_EQ(bytes, bio->bi_iter.bi_size);

	bio_advance(bio, 4096); /* into the second page */
	bio_for_each_segment(bv, bio, iter)
		if (!i++) {
			KTEST_EQ(bv.bv_page - pages, 1);
			KTEST_EQ(bv.bv_offset, 1024);
			KTEST_EQ(bv.bv_len, 3072);
		}
	KTEST_EQ(i, 2);

	/* The owner's walk is not impressed by progress. */
	i = 0;
	bytes = 0;
	bio_for_each_segment_all(bvp, bio, all) {
		bytes += bvp->bv_len;
		i++;
	}
	KTEST_EQ(i, 3);
	KTEST_EQ(bytes, 3072 + 4096 + 512);
	bio_put(bio);
	__free_pages(pages, 2);
}
KTEST(bio_walk, KTEST_QUICK, test_bio_walk);

static void count_end(struct bio *bio)
{
	(*(int *)bio->bi_private)++;
}

/* A parent ends once, after its last part, with the part's error. */
static void test_bio_split(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct bio *bio, *part;
	int ended = 0;

	KTEST_ASSERT(page);
	bio = bio_alloc(GFP_KERNEL, 1);
	bio->bi_iter.bi_sector = 100;
	bio->bi_end_io = count_end;
	bio->bi_private = &ended;
	bio_add_page(bio, page, PAGE_SIZE, 0);
	part = bio_split(bio, 3, GFP_KERNEL, &fs_bio_set);
	KTEST_EQ(part->bi_iter.bi_sector, 100);
	KTEST_EQ(bio_sectors(part), 3);
	KTEST_EQ(bio->bi_iter.bi_sector, 103);
	KTEST_EQ(bio_sectors(bio), 5);
	bio_endio_status(bio, BLK_STS_OK);
	KTEST_EQ(ended, 0);
	bio_endio_status(part, BLK_STS_MEDIUM);
	KTEST_EQ(ended, 1);
	KTEST_EQ(blk_status_to_errno(bio->bi_status), -ENODATA);
	bio_put(bio);
	__free_page(page);
}
KTEST(bio_split, KTEST_QUICK, test_bio_split);

/* More bios at once than any reserve holds; with a reserve, none may fail to come. */
static void test_bio_many(void)
{
	struct bio **bios = kcalloc(200, sizeof(*bios), GFP_KERNEL);
	unsigned int i;

	KTEST_ASSERT(bios);
	for (i = 0; i < 200; i++) {
		bios[i] = bio_alloc(GFP_KERNEL, 1 + i % BIO_MAX_PAGES);
		KTEST_ASSERT(bios[i] && bios[i]->bi_max_vecs >= 1 + i % BIO_MAX_PAGES);
	}
	for (i = 0; i < 200; i++)
		bio_put(bios[i]);
	kfree(bios);
}
KTEST(bio_many, KTEST_QUICK, test_bio_many);

static void test_status(void)
{
	KTEST_EQ(blk_status_to_errno(BLK_STS_OK), 0);
	KTEST_EQ(blk_status_to_errno(BLK_STS_IOERR), -EIO);
	KTEST_EQ(blk_status_to_errno(BLK_STS_NOTSUPP), -EOPNOTSUPP);
	KTEST_EQ(errno_to_blk_status(-ENOSPC), BLK_STS_NOSPC);
	KTEST_EQ(errno_to_blk_status(-EDOM), BLK_STS_IOERR);
	KTEST_EQ(errno_to_blk_status(0), BLK_STS_OK);
}
KTEST(block_status, KTEST_QUICK, test_status);

static void test_ramdisk(void)
{
	struct gendisk *disk = ramdisk_create(1 << 20, 512);
	struct page *page = alloc_page(GFP_KERNEL);
	struct block_device bdev = { .bd_disk = disk };
	unsigned long pfn;
	unsigned int i;
	void *kaddr;

	KTEST_ASSERT(disk && page);
	KTEST_EQ(get_capacity(disk), 2048);
	KTEST_EQ(blk_lookup_devt(disk->disk_name), disk_devt(disk));
	KTEST_ASSERT(get_gendisk(disk_devt(disk)) == disk);
	for (i = 0; i < 64; i++) {
		fill_page(page, i * 8 + 3, 1);
		KTEST_EQ(block_rw(disk, REQ_OP_WRITE, i * 24 + 3, page), 0);
	}
	for (i = 0; i < 64; i++) {
		KTEST_EQ(block_rw(disk, REQ_OP_READ, i * 24 + 3, page), 0);
		KTEST_ASSERT(check_page(page, i * 8 + 3, 1));
	}
	/* Never written: zeroes. */
	KTEST_EQ(block_rw(disk, REQ_OP_READ, 2040, page), 0);
	KTEST_ASSERT(!memchr_inv(page_address(page), 0, PAGE_SIZE));

	/* Refused: beyond the end, half a sector, read-only. */
	KTEST_EQ(block_rw(disk, REQ_OP_READ, 2041, page), -EIO);
	KTEST_EQ(block_rw(disk, REQ_OP_READ, ~(sector_t)0, page), -EIO);
	set_disk_ro(disk, 1);
	KTEST_ASSERT(block_rw(disk, REQ_OP_WRITE, 0, page) != 0);
	set_disk_ro(disk, 0);

	/* Zeroing, through the block layer and through memory. */
	fill_page(page, 0, 2);
	KTEST_EQ(block_rw(disk, REQ_OP_WRITE, 0, page), 0);
	KTEST_EQ(bdop_direct_access(disk->fops, &bdev, 0, &kaddr, &pfn), PAGE_SIZE);
	KTEST_ASSERT(!memcmp(kaddr, page_address(page), PAGE_SIZE));
	KTEST_EQ(blkdev_issue_zeroout(&bdev, 0, 4, GFP_KERNEL, 0), 0);
	KTEST_ASSERT(!memchr_inv(kaddr, 0, 2048));
	KTEST_ASSERT(memchr_inv(kaddr + 2048, 0, 2048));
	KTEST_EQ(blkdev_issue_discard(&bdev, 4, 4, GFP_KERNEL, 0), 0);
	KTEST_ASSERT(!memchr_inv(kaddr, 0, PAGE_SIZE));
	KTEST_EQ(blkdev_issue_flush(&bdev, GFP_KERNEL, NULL), 0);
	__free_page(page);
	ramdisk_destroy(disk);
}
KTEST(ramdisk, KTEST_QUICK, test_ramdisk);

/* Writes fail from a certain sector on, reads do not. */
static blk_status_t failing_half(struct gendisk *disk, struct bio *bio, void *arg)
{
	KTEST_EQ(irqs_disabled(), false);
	if (op_is_write(bio_op(bio)) && bio->bi_iter.bi_sector >= get_capacity(disk) / 2)
		return BLK_STS_NOSPC;
	return BLK_STS_OK;
}

static void test_ramdisk_hook(void)
{
	struct gendisk *disk = ramdisk_create(1 << 20, 512);
	struct page *page = alloc_page(GFP_KERNEL);

	KTEST_ASSERT(disk && page);
	ramdisk_set_hook(disk, failing_half, NULL);
	KTEST_EQ(block_rw(disk, REQ_OP_WRITE, 8, page), 0);
	KTEST_EQ(block_rw(disk, REQ_OP_WRITE, 1024, page), -ENOSPC);
	KTEST_EQ(block_rw(disk, REQ_OP_READ, 1024, page), 0);
	ramdisk_set_hook(disk, NULL, NULL);
	KTEST_EQ(block_rw(disk, REQ_OP_WRITE, 1024, page), 0);
	__free_page(page);
	ramdisk_destroy(disk);
}
KTEST(ramdisk_hook, KTEST_QUICK, test_ramdisk_hook);
