// SPDX-License-Identifier: MIT
/*
 * blk-merge.c - fitting bios to a queue's limits: splitting, merging, and the piece list.
 *
 * The segment count of a request is the sum over its bios, each counted alone. Pieces of two bios
 * that happen to be contiguous are joined when the list is made, so the count is an upper bound.
 * Callers own the request: it is in their plug, or they hold its hctx->lock.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/kernel.h"
#include "drivers/block/blk.h"

/* Sectors that one request of this kind may have. */
static unsigned int blk_max_sectors(struct request_queue *q, unsigned int op)
{
	switch (op) {
	case REQ_OP_DISCARD:
		return q->limits.max_discard_sectors;
	case REQ_OP_WRITE_ZEROES:
		return q->limits.max_write_zeroes_sectors;
	default:
		return q->limits.max_sectors;
	}
}

/*
 * Count segments of @bio and find how much of it one request can take. Returns sectors, a
 * multiple of the logical block size, never 0.
 */
static unsigned int blk_fit_segments(struct request_queue *q, struct bio *bio, unsigned int *nsegs)
{
	unsigned int max_bytes = q->limits.max_sectors << SECTOR_SHIFT;
	unsigned int max_seg = q->limits.max_segment_size;
	unsigned int max_nr = q->limits.max_segments;
	unsigned int bytes = 0, nr = 0, seg_len = 0;
	u64 seg_end = 0;
	struct bvec_iter iter;
	struct bio_vec bv;

	bio_for_each_bvec(bv, bio, iter) {
		u64 phys = page_to_phys(bv.bv_page) + bv.bv_offset;
		unsigned int left = bv.bv_len;

		while (left) {
			unsigned int step;

			if (!nr || phys != seg_end || seg_len == max_seg) {
				if (nr == max_nr)
					goto full;
				nr++;
				seg_len = 0;
			}
			step = min3(left, max_seg - seg_len, max_bytes - bytes);
			bytes += step;
			seg_len += step;
			phys += step;
			seg_end = phys;
			left -= step;
			if (bytes == max_bytes)
				goto full;
		}
	}
full:
	*nsegs = nr;
	if (bytes == bio->bi_iter.bi_size)
		return bytes >> SECTOR_SHIFT;
	bytes -= bytes % q->limits.logical_block_size;
	return bytes >> SECTOR_SHIFT;
}

/*
 * If @bio exceeds the limits, return a part of it that does not and leave the rest in @bio;
 * otherwise NULL. In either case *nsegs is the segment count of what goes first. May sleep for a
 * bio, so a bio of REQ_NOWAIT should be small.
 */
struct bio *blk_bio_split(struct request_queue *q, struct bio *bio, unsigned int *nsegs)
{
	unsigned int fit;

	*nsegs = 0;
	if (!bio->bi_iter.bi_size)
		return NULL;
	if (bio_has_data(bio))
		fit = blk_fit_segments(q, bio, nsegs);
	else
		fit = blk_max_sectors(q, bio_op(bio));
	if (fit >= bio_sectors(bio))
		return NULL;
	return bio_split(bio, fit, GFP_NOIO, &blk_split_set);
}

void blk_rq_init_bio(struct request *rq, struct bio *bio, unsigned int nsegs)
{
	rq->cmd_flags = bio->bi_opf;
	rq->__sector = bio->bi_iter.bi_sector;
	rq->__data_len = bio->bi_iter.bi_size;
	rq->nr_phys_segments = nsegs;
	rq->bio = rq->biotail = bio;
	rq->rq_disk = bio->bi_disk;
	bio->bi_next = NULL;
}

static bool blk_mergeable(struct request *rq, unsigned int opf, struct gendisk *disk)
{
	if ((rq->cmd_flags | opf) & (REQ_NOMERGE_FLAGS | REQ_FLUSH_SEQ))
		return false;
	if (req_op(rq) != (opf & REQ_OP_MASK) || req_op(rq) > REQ_OP_WRITE)
		return false;
	return rq->rq_disk == disk && !blk_queue_flag(rq->q, QUEUE_FLAG_NOMERGES);
}

static bool blk_fits(struct request *rq, unsigned int bytes, unsigned int nsegs)
{
	struct queue_limits *lim = &rq->q->limits;

	return (rq->__data_len + bytes) >> SECTOR_SHIFT <= lim->max_sectors &&
	       rq->nr_phys_segments + nsegs <= lim->max_segments;
}

/* A merged request is read-ahead or background only if all of it is, urgent if any of it is. */
static void blk_merge_flags(struct request *rq, unsigned int opf)
{
	const unsigned int all = REQ_RAHEAD | REQ_BACKGROUND | REQ_IDLE;
	const unsigned int any = REQ_SYNC | REQ_META | REQ_PRIO | REQ_SWAP;

	rq->cmd_flags = (rq->cmd_flags & ~(all & ~opf)) | (opf & any);
}

/* Put @bio at the back or the front of @rq if it continues it there and fits. */
bool blk_try_merge_bio(struct request *rq, struct bio *bio, unsigned int nsegs)
{
	if (!blk_mergeable(rq, bio->bi_opf, bio->bi_disk) ||
	    !blk_fits(rq, bio->bi_iter.bi_size, nsegs))
		return false;
	if (blk_rq_pos(rq) + blk_rq_sectors(rq) == bio->bi_iter.bi_sector) {
		bio->bi_next = NULL;
		rq->biotail->bi_next = bio;
		rq->biotail = bio;
	} else if (bio_end_sector(bio) == blk_rq_pos(rq)) {
		bio->bi_next = rq->bio;
		rq->bio = bio;
		rq->__sector = bio->bi_iter.bi_sector;
	} else {
		return false;
	}
	rq->__data_len += bio->bi_iter.bi_size;
	rq->nr_phys_segments += nsegs;
	blk_merge_flags(rq, bio->bi_opf);
	blk_account_merge(rq);
	return true;
}

/* Append all of @next to @rq if it follows it and fits; @next is then empty and to be freed. */
bool blk_try_merge_requests(struct request *rq, struct request *next)
{
	if (!blk_mergeable(rq, next->cmd_flags, next->rq_disk) ||
	    (next->cmd_flags & (REQ_NOMERGE_FLAGS | REQ_FLUSH_SEQ)) ||
	    !blk_fits(rq, blk_rq_bytes(next), next->nr_phys_segments) ||
	    blk_rq_pos(rq) + blk_rq_sectors(rq) != blk_rq_pos(next))
		return false;
	rq->biotail->bi_next = next->bio;
	rq->biotail = next->biotail;
	rq->__data_len += next->__data_len;
	rq->nr_phys_segments += next->nr_phys_segments;
	if (next->start_ns < rq->start_ns)
		rq->start_ns = next->start_ns;
	blk_merge_flags(rq, next->cmd_flags);
	next->bio = next->biotail = NULL;
	blk_account_merge(rq);
	return true;
}

unsigned int blk_rq_map_sg(struct request *rq, struct blk_sg *sg)
{
	unsigned int max_seg = rq->q->limits.max_segment_size;
	struct blk_sg *cur = NULL;
	struct bvec_iter iter;
	unsigned int n = 0;
	struct bio_vec bv;
	struct bio *bio;

	for (bio = rq->bio; bio; bio = bio->bi_next) {
		bio_for_each_bvec(bv, bio, iter) {
			u64 phys = page_to_phys(bv.bv_page) + bv.bv_offset;
			unsigned int left = bv.bv_len;

			while (left) {
				unsigned int step;

				if (!cur || cur->addr + cur->len != phys || cur->len == max_seg) {
					cur = &sg[n++];
					*cur = (struct blk_sg){ .addr = phys };
				}
				step = min(left, max_seg - cur->len);
				cur->len += step;
				phys += step;
				left -= step;
			}
		}
	}
	BUG_ON(n > rq->nr_phys_segments);
	return n;
}
