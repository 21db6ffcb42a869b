// SPDX-License-Identifier: MIT
/*
 * block_mq.c - the request layer against a disk made for tests: merging, limits, full rings, the
 * flush sequence, errors, and many CPUs at once.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "mm/slab.h"
#include "tests/kernel/block_fake.h"
#include "tests/kernel/block_util.h"
#include "tests/kernel/ktest.h"

#define PAGE_SECTORS ((sector_t)(PAGE_SIZE >> SECTOR_SHIFT))

/* Write @n pages at the places order(i) says, plugged; the number of requests that came of it. */
static unsigned int write_plugged(struct fake_disk *fake, struct page **pages, unsigned int n,
				  unsigned int (*order)(unsigned int i, unsigned int n), u32 tag)
{
	struct bio_batch batch;
	struct blk_plug plug;
	unsigned int i;

	fake_clear_log(fake);
	batch_init(&batch);
	blk_start_plug(&plug);
	for (i = 0; i < n; i++) {
		sector_t sector = order(i, n) * PAGE_SECTORS;

		fill_page(pages[i], sector, tag);
		batch_submit(&batch, fake->disk, REQ_OP_WRITE, sector, pages[i]);
	}
	blk_finish_plug(&plug);
	KTEST_EQ(batch_wait(&batch), 0);
	return fake_count(fake, REQ_OP_WRITE);
}

/* Read @n pages back one by one and compare. */
static unsigned int wrong_pages(struct gendisk *disk, unsigned int n, u32 tag)
{
	struct page *page = alloc_page(GFP_KERNEL);
	unsigned int i, wrong = 0;

	if (!page)
		return n;
	for (i = 0; i < n; i++)
		if (block_rw(disk, REQ_OP_READ, i * PAGE_SECTORS, page) ||
		    !check_page(page, i * PAGE_SECTORS, tag))
			wrong++;
	__free_page(page);
	return wrong;
}

static unsigned int upwards(unsigned int i, unsigned int n)
{
	return i;
}

static unsigned int downwards(unsigned int i, unsigned int n)
{
	return n - 1 - i;
}

/* All the even places, then all the odd ones: requests become neighbours only at the end. */
static unsigned int even_then_odd(unsigned int i, unsigned int n)
{
	return i < n / 2 ? 2 * i : 2 * (i - n / 2) + 1;
}

static void test_merging(void)
{
	struct fake_disk *fake = fake_create(2, 1, 8, 64, false);
	struct page **pages = alloc_test_pages(32, true);
	struct disk_stats stats;

	KTEST_ASSERT(fake && pages);
	KTEST_EQ(write_plugged(fake, pages, 32, upwards, 1), 1);
	KTEST_EQ(wrong_pages(fake->disk, 32, 1), 0);
	KTEST_EQ(write_plugged(fake, pages, 32, downwards, 2), 1);
	KTEST_EQ(wrong_pages(fake->disk, 32, 2), 0);
	KTEST_EQ(write_plugged(fake, pages, 32, even_then_odd, 3), 1);
	KTEST_EQ(wrong_pages(fake->disk, 32, 3), 0);
	disk_stats_sum(fake->disk, &stats);
	KTEST_EQ(stats.merges[STAT_WRITE], 3 * 31);
	KTEST_EQ(stats.ios[STAT_WRITE], 3);
	KTEST_EQ(stats.in_flight[1], 0);
	free_test_pages(pages, 32);
	fake_destroy(fake);
}
KTEST(block_merging, KTEST_QUICK, test_merging);

/* Requests must respect the segment and size limits, merged or split. */
static void test_limits(void)
{
	struct fake_disk *fake = fake_create(2, 1, 8, 64, false);
	struct page **pages = alloc_test_pages(64, true);
	struct bio *bio;
	unsigned int i;

	KTEST_ASSERT(fake && pages);
	fake->disk->queue->limits.max_segments = 8;
	KTEST_EQ(write_plugged(fake, pages, 64, upwards, 4), 8);
	KTEST_EQ(wrong_pages(fake->disk, 64, 4), 0);
	fake->disk->queue->limits.max_sectors = 4 * PAGE_SECTORS;
	KTEST_EQ(write_plugged(fake, pages, 64, upwards, 5), 16);
	KTEST_EQ(wrong_pages(fake->disk, 64, 5), 0);

	/* One bio of 64 pages is split into 16. */
	bio = bio_alloc(GFP_KERNEL, 64);
	bio->bi_disk = fake->disk;
	bio->bi_opf = REQ_OP_WRITE;
	for (i = 0; i < 64; i++) {
		fill_page(pages[i], i * PAGE_SECTORS, 6);
		KTEST_EQ(bio_add_page(bio, pages[i], PAGE_SIZE, 0), PAGE_SIZE);
	}
	fake_clear_log(fake);
	KTEST_EQ(submit_bio_wait(bio), 0);
	bio_put(bio);
	KTEST_EQ(fake_count(fake, REQ_OP_WRITE), 16);
	KTEST_EQ(wrong_pages(fake->disk, 64, 6), 0);
	free_test_pages(pages, 64);
	fake_destroy(fake);
}
KTEST(block_limits, KTEST_QUICK, test_limits);

/* Far more bios than requests, and more requests than ring entries. */
static void test_full_ring(void)
{
	struct fake_disk *fake = fake_create(4, 1, 4, 32, false);
	struct page **pages = alloc_test_pages(16, false);
	struct disk_stats stats;
	struct bio_batch batch;
	unsigned int i;

	KTEST_ASSERT(fake && pages);
	for (i = 0; i < 16; i++)
		fill_page(pages[i], i * PAGE_SECTORS, 7);
	batch_init(&batch);
	for (i = 0; i < 1000; i++)
		batch_submit(&batch, fake->disk, REQ_OP_WRITE | REQ_NOMERGE, i % 16 * PAGE_SECTORS,
			     pages[i % 16]);
	KTEST_EQ(batch_wait(&batch), 0);
	KTEST_EQ(fake_count(fake, REQ_OP_WRITE), 1000);
	KTEST_EQ(wrong_pages(fake->disk, 16, 7), 0);
	disk_stats_sum(fake->disk, &stats);
	KTEST_ASSERT(stats.ring_full > 0);
	KTEST_EQ(stats.in_flight[1], 0);
	KTEST_ASSERT(blk_mq_drain(fake->disk->queue, 1000));
	free_test_pages(pages, 16);
	fake_destroy(fake);
}
KTEST(block_full_ring, KTEST_QUICK, test_full_ring);

/* REQ_NOWAIT is refused, not put to sleep, when requests have run out. */
static void test_nowait(void)
{
	struct fake_disk *fake = fake_create(1, 1, 1, 2, false);
	struct page **pages = alloc_test_pages(1, false);
	struct bio_batch batch;
	unsigned int i;
	int refused;

	KTEST_ASSERT(fake && pages);
	fake->delay_ns = 20000000;
	batch_init(&batch);
	for (i = 0; i < 8; i++)
		batch_submit(&batch, fake->disk, REQ_OP_WRITE | REQ_NOMERGE | REQ_NOWAIT, 0,
			     pages[0]);
	refused = batch_wait(&batch);
	KTEST_ASSERT(refused >= 1 && refused <= 6);
	free_test_pages(pages, 1);
	fake_destroy(fake);
}
KTEST(block_nowait, KTEST_QUICK, test_nowait);

static unsigned int op_at(struct fake_disk *fake, unsigned int i)
{
	return i < fake->nr_log ? fake->log[i].op : ~0u;
}

/* A cached write that must be stable: flush, write, flush; each alone; and none without a cache. */
static void test_flush_sequence(void)
{
	struct fake_disk *fake = fake_create(1, 1, 4, 16, true);
	struct page **pages = alloc_test_pages(1, false);

	KTEST_ASSERT(fake && pages);
	fill_page(pages[0], 0, 8);
	KTEST_EQ(block_rw(fake->disk, REQ_OP_WRITE | REQ_PREFLUSH | REQ_FUA, 0, pages[0]), 0);
	KTEST_EQ(fake->nr_log, 3);
	KTEST_EQ(op_at(fake, 0), REQ_OP_FLUSH);
	KTEST_EQ(op_at(fake, 1), REQ_OP_WRITE);
	KTEST_EQ(op_at(fake, 2), REQ_OP_FLUSH);
	fake_clear_log(fake);
	KTEST_EQ(block_rw(fake->disk, REQ_OP_WRITE | REQ_FUA, 0, pages[0]), 0);
	KTEST_EQ(fake->nr_log, 2);
	KTEST_EQ(op_at(fake, 0), REQ_OP_WRITE);
	KTEST_EQ(op_at(fake, 1), REQ_OP_FLUSH);
	fake_clear_log(fake);
	KTEST_EQ(blkdev_issue_flush(&fake->bdev, GFP_KERNEL, NULL), 0);
	KTEST_EQ(fake->nr_log, 1);
	KTEST_EQ(op_at(fake, 0), REQ_OP_FLUSH);

	/* A device with FUA of its own is trusted with it. */
	blk_queue_flag_set(QUEUE_FLAG_FUA, fake->disk->queue);
	fake_clear_log(fake);
	KTEST_EQ(block_rw(fake->disk, REQ_OP_WRITE | REQ_FUA, 0, pages[0]), 0);
	KTEST_EQ(fake->nr_log, 1);
	blk_queue_flag_clear(QUEUE_FLAG_WC, fake->disk->queue);
	fake_clear_log(fake);
	KTEST_EQ(blkdev_issue_flush(&fake->bdev, GFP_KERNEL, NULL), 0);
	KTEST_EQ(block_rw(fake->disk, REQ_OP_WRITE | REQ_PREFLUSH | REQ_FUA, 0, pages[0]), 0);
	KTEST_EQ(fake->nr_log, 1);
	KTEST_EQ(wrong_pages(fake->disk, 1, 8), 0);
	free_test_pages(pages, 1);
	fake_destroy(fake);
}
KTEST(block_flush_sequence, KTEST_QUICK, test_flush_sequence);

/* Many flushers share flushes; a failing flush fails them all, and no data is written after it. */
static void test_flush_sharing(void)
{
	struct fake_disk *fake = fake_create(1, 1, 16, 64, true);
	struct page **pages = alloc_test_pages(32, false);
	struct bio_batch batch;
	unsigned int i;

	KTEST_ASSERT(fake && pages);
	batch_init(&batch);
	for (i = 0; i < 32; i++) {
		fill_page(pages[i], i * PAGE_SECTORS, 9);
		batch_submit(&batch, fake->disk, REQ_OP_WRITE | REQ_PREFLUSH | REQ_FUA,
			     i * PAGE_SECTORS, pages[i]);
	}
	KTEST_EQ(batch_wait(&batch), 0);
	KTEST_EQ(fake_count(fake, REQ_OP_WRITE), 32);
	KTEST_ASSERT(fake_count(fake, REQ_OP_FLUSH) < 32);
	KTEST_EQ(op_at(fake, 0), REQ_OP_FLUSH);
	KTEST_EQ(op_at(fake, fake->nr_log - 1), REQ_OP_FLUSH);
	KTEST_EQ(wrong_pages(fake->disk, 32, 9), 0);

	fake->bad_flush = true;
	fake_clear_log(fake);
	batch_init(&batch);
	for (i = 0; i < 32; i++)
		batch_submit(&batch, fake->disk, REQ_OP_WRITE | REQ_PREFLUSH, i * PAGE_SECTORS,
			     pages[i]);
	KTEST_EQ(batch_wait(&batch), 32);
	KTEST_EQ(fake_count(fake, REQ_OP_WRITE), 0);
	KTEST_EQ(blkdev_issue_flush(&fake->bdev, GFP_KERNEL, NULL), -EIO);
	KTEST_ASSERT(blk_mq_drain(fake->disk->queue, 1000));
	free_test_pages(pages, 32);
	fake_destroy(fake);
}
KTEST(block_flush_sharing, KTEST_QUICK, test_flush_sharing);

/* A bad sector fails every bio of its request and no other; a split bio has its part's error. */
static void test_errors(void)
{
	struct fake_disk *fake = fake_create(1, 1, 8, 32, true);
	struct page **pages = alloc_test_pages(16, true);
	struct bio_batch batch;
	struct bio *bio;
	unsigned int i;

	KTEST_ASSERT(fake && pages);
	fake->bad_sector = 5 * PAGE_SECTORS + 3;
	batch_init(&batch);
	for (i = 0; i < 16; i++)
		batch_submit(&batch, fake->disk, REQ_OP_WRITE | REQ_NOMERGE, i * PAGE_SECTORS,
			     pages[i]);
	KTEST_EQ(batch_wait(&batch), 1);
	KTEST_EQ(block_rw(fake->disk, REQ_OP_READ, 5 * PAGE_SECTORS, pages[0]), -EIO);
	KTEST_EQ(block_rw(fake->disk, REQ_OP_WRITE | REQ_FUA, 5 * PAGE_SECTORS, pages[0]), -EIO);
	KTEST_EQ(block_rw(fake->disk, REQ_OP_READ, 6 * PAGE_SECTORS, pages[0]), 0);

	fake->disk->queue->limits.max_segments = 4;
	bio = bio_alloc(GFP_KERNEL, 16);
	bio->bi_disk = fake->disk;
	bio_set_flag(bio, BIO_QUIET);
	for (i = 0; i < 16; i++)
		bio_add_page(bio, pages[i], PAGE_SIZE, 0);
	KTEST_EQ(submit_bio_wait(bio), -EIO);
	bio_put(bio);
	free_test_pages(pages, 16);
	fake_destroy(fake);
}
KTEST(block_errors, KTEST_QUICK, test_errors);

/* A device that dies: all that is under way or comes later fails, and nobody waits for ever. */
static void test_dead_device(void)
{
	struct fake_disk *fake = fake_create(1, 2, 4, 16, true);
	struct page **pages = alloc_test_pages(1, false);
	struct bio_batch batch;
	unsigned int i;

	KTEST_ASSERT(fake && pages);
	fake->delay_ns = 1000000000;
	batch_init(&batch);
	for (i = 0; i < 12; i++)
		batch_submit(&batch, fake->disk, REQ_OP_WRITE | (i & 1 ? REQ_FUA : 0), 0, pages[0]);
	for (i = 0; i < 2; i++) {
		hrtimer_cancel(&fake->queues[i].timer);
		fake->queues[i].used = 0;
	}
	blk_mq_fail_queue(fake->disk->queue, BLK_STS_IOERR);
	KTEST_ASSERT(batch_wait(&batch) > 0);
	KTEST_EQ(block_rw(fake->disk, REQ_OP_READ, 0, pages[0]), -EIO);
	KTEST_ASSERT(blk_mq_drain(fake->disk->queue, 1000));
	free_test_pages(pages, 1);
	fake_destroy(fake);
}
KTEST(block_dead_device, KTEST_QUICK, test_dead_device);
