// SPDX-License-Identifier: MIT
/*
 * block_virtio.c - a real virtio disk whose contents may go: `scratch=/dev/vdb` on the command
 * line names it; without the word these tests are skipped.
 */
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/percpu.h"
#include "mm/page.h"
#include "gen/block_device_operations.h"
#include "drivers/block/blkdev.h"
#include "tests/kernel/block_util.h"
#include "tests/kernel/ktest.h"

#define PAGE_SECTORS ((sector_t)(PAGE_SIZE >> SECTOR_SHIFT))

static struct gendisk *scratch_disk(void)
{
	char name[DISK_NAME_LEN];

	if (!cmdline_get("scratch", name, sizeof(name)))
		return NULL;
	return get_gendisk(blk_lookup_devt(name));
}

/* A long sequential write in small bios, plugged: few requests, fewer doorbells. */
static void test_sequential(void)
{
	struct gendisk *disk = scratch_disk();
	struct disk_stats before, after;
	struct page **pages;
	struct bio_batch batch;
	struct blk_plug plug;
	unsigned int i;

	if (!disk)
		KTEST_SKIP("no scratch= disk");
	pages = alloc_test_pages(256, false);
	KTEST_ASSERT(pages);
	disk_stats_sum(disk, &before);
	batch_init(&batch);
	blk_start_plug(&plug);
	for (i = 0; i < 256; i++) {
		fill_page(pages[i], i * PAGE_SECTORS, 21);
		batch_submit(&batch, disk, REQ_OP_WRITE, i * PAGE_SECTORS, pages[i]);
	}
	blk_finish_plug(&plug);
	KTEST_EQ(batch_wait(&batch), 0);
	disk_stats_sum(disk, &after);
	/* Twice what the limits make necessary: a full plug may leave a request unfinished. */
	KTEST_ASSERT(after.ios[STAT_WRITE] - before.ios[STAT_WRITE] <=
		     8 + 2 * 256 / disk->queue->limits.max_segments);
	KTEST_EQ(after.sectors[STAT_WRITE] - before.sectors[STAT_WRITE], 256 * PAGE_SECTORS);

	for (i = 0; i < 256; i++)
		memset(page_address(pages[i]), 0, PAGE_SIZE);
	batch_init(&batch);
	blk_start_plug(&plug);
	for (i = 0; i < 256; i++)
		batch_submit(&batch, disk, REQ_OP_READ, i * PAGE_SECTORS, pages[i]);
	blk_finish_plug(&plug);
	KTEST_EQ(batch_wait(&batch), 0);
	for (i = 0; i < 256; i++)
		KTEST_ASSERT(check_page(pages[i], i * PAGE_SECTORS, 21));
	free_test_pages(pages, 256);
}
KTEST(virtblk_sequential, KTEST_QUICK, test_sequential);

/* More single requests than ring and request pool hold together. */
static void test_overflow(void)
{
	struct gendisk *disk = scratch_disk();
	struct page **pages;
	struct bio_batch batch;
	unsigned int i;

	if (!disk)
		KTEST_SKIP("no scratch= disk");
	pages = alloc_test_pages(64, true);
	KTEST_ASSERT(pages);
	for (i = 0; i < 64; i++)
		fill_page(pages[i], i * PAGE_SECTORS, 22);
	batch_init(&batch);
	for (i = 0; i < 2048; i++)
		batch_submit(&batch, disk, REQ_OP_WRITE | REQ_NOMERGE, i % 64 * PAGE_SECTORS,
			     pages[i % 64]);
	KTEST_EQ(batch_wait(&batch), 0);
	for (i = 0; i < 64; i++) {
		KTEST_EQ(block_rw(disk, REQ_OP_READ, i * PAGE_SECTORS, pages[0]), 0);
		KTEST_ASSERT(check_page(pages[0], i * PAGE_SECTORS, 22));
	}
	free_test_pages(pages, 64);
}
KTEST(virtblk_overflow, KTEST_QUICK, test_overflow);

static void test_operations(void)
{
	struct gendisk *disk = scratch_disk();
	struct block_device bdev = { .bd_disk = disk };
	struct hd_geometry geo = { 0 };
	unsigned int block;
	struct page *page;

	if (!disk)
		KTEST_SKIP("no scratch= disk");
	block = disk->queue->limits.logical_block_size;
	page = alloc_page(GFP_KERNEL);
	KTEST_ASSERT(page);
	fill_page(page, 0, 23);
	KTEST_EQ(block_rw(disk, REQ_OP_WRITE | REQ_PREFLUSH | REQ_FUA, 0, page), 0);
	KTEST_EQ(blkdev_issue_flush(&bdev, GFP_KERNEL, NULL), 0);
	KTEST_EQ(blkdev_issue_zeroout(&bdev, 0, block >> SECTOR_SHIFT, GFP_KERNEL, 0), 0);
	KTEST_EQ(block_rw(disk, REQ_OP_READ, 0, page), 0);
	KTEST_ASSERT(!memchr_inv(page_address(page), 0, block));
	if (block < PAGE_SIZE)
		KTEST_ASSERT(memchr_inv(page_address(page) + block, 0, PAGE_SIZE - block));
	KTEST_EQ(blkdev_issue_zeroout(&bdev, 0, PAGE_SECTORS, GFP_KERNEL, 0), 0);
	KTEST_EQ(block_rw(disk, REQ_OP_READ, 0, page), 0);
	KTEST_ASSERT(!memchr_inv(page_address(page), 0, PAGE_SIZE));
	if (blk_queue_discard(disk->queue))
		KTEST_EQ(blkdev_issue_discard(&bdev, 0, PAGE_SECTORS, GFP_KERNEL, 0), 0);
	KTEST_EQ(bdop_getgeo(disk->fops, &bdev, &geo), 0);
	KTEST_ASSERT(geo.heads && geo.sectors && geo.cylinders);
	KTEST_EQ(block_rw(disk, REQ_OP_READ, get_capacity(disk), page), -EIO);
	__free_page(page);
}
KTEST(virtblk_operations, KTEST_QUICK, test_operations);

#define WORKER_PAGES 16

struct work {
	struct gendisk *disk;
	unsigned int rounds;
};

/* Write a private range in changing order, read it back, over and over. */
static void worker(void *arg, unsigned int index)
{
	struct work *work = arg;
	sector_t base = index * WORKER_PAGES * PAGE_SECTORS;
	struct page **pages = alloc_test_pages(WORKER_PAGES, false);
	unsigned int round, i;

	KTEST_ASSERT(pages);
	for (round = 0; round < work->rounds && !ktest_failed(); round++) {
		struct bio_batch batch;

		batch_init(&batch);
		for (i = 0; i < WORKER_PAGES; i++) {
			unsigned int at = (i * 7 + round) % WORKER_PAGES;
			sector_t sector = base + at * PAGE_SECTORS;

			fill_page(pages[at], sector, round);
			batch_submit(&batch, work->disk, REQ_OP_WRITE, sector, pages[at]);
		}
		KTEST_EQ(batch_wait(&batch), 0);
		for (i = 0; i < WORKER_PAGES; i++) {
			sector_t sector = base + i * PAGE_SECTORS;

			KTEST_EQ(block_rw(work->disk, REQ_OP_READ, sector, pages[i]), 0);
			KTEST_EXPECT(check_page(pages[i], sector, round));
		}
	}
	free_test_pages(pages, WORKER_PAGES);
}

static void run_workers(unsigned int rounds)
{
	struct work work = { .disk = scratch_disk(), .rounds = rounds };

	if (!work.disk)
		KTEST_SKIP("no scratch= disk");
	KTEST_ASSERT(ktest_threads(2 * num_online_cpus(), worker, &work));
}

static void test_threads(void)
{
	run_workers(5);
}
KTEST(virtblk_threads, KTEST_QUICK, test_threads);

static void test_threads_long(void)
{
	run_workers(200);
}
KTEST(virtblk_threads_long, KTEST_SLOW, test_threads_long);
