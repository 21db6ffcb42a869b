// SPDX-License-Identifier: MIT
/*
 * blk-lib.c - flush, discard and zero ranges of a device, waiting for the result.
 *
 * The parts of a range are chained behind one another: each new bio takes the previous one as its
 * child, so the last one completes when all have, and is the only one waited for.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "mm/pgtable.h"
#include "drivers/block/blk.h"

/* A new bio that @prev, if any, is submitted before and chained to. */
static struct bio *next_bio(struct bio *prev, unsigned int nr_pages, gfp_t gfp)
{
	struct bio *bio = bio_alloc(gfp, nr_pages);

	if (!bio)
		return NULL;
	if (prev) {
		bio_chain(prev, bio);
		submit_bio(prev);
	}
	return bio;
}

/* Submit and wait for the end of a chain. NULL is an empty one. */
static int finish_chain(struct bio *bio)
{
	int ret;

	if (!bio)
		return 0;
	ret = submit_bio_wait(bio);
	bio_put(bio);
	return ret;
}

static int range_check(struct block_device *bdev, sector_t sector, sector_t nr_sects)
{
	sector_t mask = (bdev_logical_block_size(bdev) >> SECTOR_SHIFT) - 1;

	if (bdev_read_only(bdev))
		return -EPERM;
	if ((sector | nr_sects) & mask)
		return -EINVAL;
	return 0;
}

int blkdev_issue_flush(struct block_device *bdev, gfp_t gfp_mask, sector_t *error_sector)
{
	struct bio *bio = bio_alloc(gfp_mask, 0);
	int ret;

	if (!bio)
		return -ENOMEM;
	bio_set_dev(bio, bdev);
	bio->bi_opf = REQ_OP_WRITE | REQ_PREFLUSH;
	ret = submit_bio_wait(bio);
	if (error_sector)
		*error_sector = bio->bi_iter.bi_sector;
	bio_put(bio);
	return ret;
}

/* Issue data-less bios of operation @op, each at most @max sectors, over a range. */
static int issue_range(struct block_device *bdev, unsigned int opf, sector_t sector,
		       sector_t nr_sects, sector_t max, gfp_t gfp_mask)
{
	struct bio *bio = NULL, *next;
	struct blk_plug plug;
	int ret = 0, err;

	max = min_t(sector_t, max, UINT_MAX >> SECTOR_SHIFT);
	max -= max % (bdev_logical_block_size(bdev) >> SECTOR_SHIFT);
	blk_start_plug(&plug);
	while (nr_sects) {
		sector_t n = min(nr_sects, max);

		next = next_bio(bio, 0, gfp_mask);
		if (!next) {
			ret = -ENOMEM;
			break;
		}
		bio = next;
		bio_set_dev(bio, bdev);
		bio->bi_opf = opf;
		bio->bi_iter.bi_sector = sector;
		bio->bi_iter.bi_size = n << SECTOR_SHIFT;
		sector += n;
		nr_sects -= n;
		cond_resched();
	}
	err = finish_chain(bio);
	blk_finish_plug(&plug);
	return err ? err : ret;
}

int blkdev_issue_discard(struct block_device *bdev, sector_t sector, sector_t nr_sects,
			 gfp_t gfp_mask, unsigned long flags)
{
	struct request_queue *q = bdev_get_queue(bdev);
	int ret = range_check(bdev, sector, nr_sects);

	if (ret)
		return ret;
	if (!blk_queue_discard(q))
		return -EOPNOTSUPP;
	ret = issue_range(bdev, REQ_OP_DISCARD, sector, nr_sects, q->limits.max_discard_sectors,
			  gfp_mask);
	return ret == -EOPNOTSUPP ? 0 : ret; /* advice: a device may decline parts */
}

/* The slow way: write pages of zeroes. */
static int write_zero_pages(struct block_device *bdev, sector_t sector, sector_t nr_sects,
			    gfp_t gfp_mask)
{
	struct bio *bio = NULL, *next;
	struct blk_plug plug;
	int ret = 0, err;

	blk_start_plug(&plug);
	while (nr_sects) {
		next = next_bio(bio, BIO_MAX_PAGES, gfp_mask);
		if (!next) {
			ret = -ENOMEM;
			break;
		}
		bio = next;
		bio_set_dev(bio, bdev);
		bio->bi_opf = REQ_OP_WRITE;
		bio->bi_iter.bi_sector = sector;
		while (nr_sects) {
			unsigned int n = min_t(sector_t, nr_sects, PAGE_SIZE >> SECTOR_SHIFT);

			if (!bio_add_page(bio, zero_page, n << SECTOR_SHIFT, 0))
				break;
			sector += n;
			nr_sects -= n;
		}
		cond_resched();
	}
	err = finish_chain(bio);
	blk_finish_plug(&plug);
	return err ? err : ret;
}

int blkdev_issue_zeroout(struct block_device *bdev, sector_t sector, sector_t nr_sects,
			 gfp_t gfp_mask, unsigned int flags)
{
	struct request_queue *q = bdev_get_queue(bdev);
	int ret = range_check(bdev, sector, nr_sects);

	if (ret)
		return ret;
	ret = -EOPNOTSUPP;
	if (q->limits.max_write_zeroes_sectors) {
		unsigned int opf = REQ_OP_WRITE_ZEROES;

		if (flags & BLKDEV_ZERO_NOUNMAP)
			opf |= REQ_NOUNMAP;
		ret = issue_range(bdev, opf, sector, nr_sects, q->limits.max_write_zeroes_sectors,
				  gfp_mask);
	}
	if (ret == -EOPNOTSUPP && !(flags & BLKDEV_ZERO_NOFALLBACK))
		ret = write_zero_pages(bdev, sector, nr_sects, gfp_mask);
	return ret;
}
