// SPDX-License-Identifier: MIT
/*
 * bio.c - filling, walking, chaining and completing bios.
 *
 * A bio is private to its submitter until submit_bio() and to the block layer until bi_end_io, so
 * none of this takes locks. The exception is __bi_remaining: the parts of a split bio complete on
 * different CPUs. Each part stores a failure into the parent's bi_status before it drops its count
 * (atomic_dec_and_test is a full barrier), so whoever drops the last one sees all failures.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lock/completion.h"
#include "kernel/lock/preempt.h"
#include "kernel/x86/irqflags.h"
#include "drivers/block/bio.h"
#include "drivers/block/blk.h"

void bio_init(struct bio *bio, struct bio_vec *table, unsigned short max_vecs)
{
	memset(bio, 0, offsetof(struct bio, bi_inline_vecs));
	atomic_set(&bio->__bi_remaining, 1);
	atomic_set(&bio->__bi_cnt, 1);
	bio->bi_io_vec = table;
	bio->bi_max_vecs = max_vecs;
}

/* Empty a bio for another use; keeps its table, its references and where it came from. */
void bio_reset(struct bio *bio)
{
	struct bio_vec *table = bio->bi_io_vec;
	struct bio_set *bs = bio->bi_set_pool;
	unsigned short max_vecs = bio->bi_max_vecs;
	int refs = atomic_read(&bio->__bi_cnt);
	u8 pool = bio->bi_pool;

	bio_init(bio, table, max_vecs);
	atomic_set(&bio->__bi_cnt, refs);
	bio->bi_set_pool = bs;
	bio->bi_pool = pool;
}

void bio_get(struct bio *bio)
{
	atomic_inc(&bio->__bi_cnt);
}

/* May [page, off, len] be appended to the last entry? Only if it follows it in memory. */
static bool bio_extend_last(struct bio *bio, struct page *page, unsigned int len, unsigned int off)
{
	struct bio_vec *bv;

	if (!bio->bi_vcnt)
		return false;
	bv = &bio->bi_io_vec[bio->bi_vcnt - 1];
	if (page_to_phys(bv->bv_page) + bv->bv_offset + bv->bv_len != page_to_phys(page) + off)
		return false;
	if (bv->bv_len + len < len)
		return false;
	bv->bv_len += len;
	return true;
}

int bio_add_page(struct bio *bio, struct page *page, unsigned int len, unsigned int off)
{
	struct bio_vec *bv;

	if (WARN_ON(bio_flagged(bio, BIO_CLONED)))
		return 0;
	if (bio->bi_iter.bi_size + len < len)
		return 0;
	if (!bio_extend_last(bio, page, len, off)) {
		if (bio_full(bio))
			return 0;
		bv = &bio->bi_io_vec[bio->bi_vcnt++];
		bv->bv_page = page;
		bv->bv_offset = off;
		bv->bv_len = len;
	}
	bio->bi_iter.bi_size += len;
	return len;
}

bool bio_next_page_all(struct bio *bio, struct bvec_iter_all *iter)
{
	struct bio_vec *bv;
	unsigned int off;

	WARN_ON_ONCE(bio_flagged(bio, BIO_CLONED));
	if (iter->idx < bio->bi_vcnt && iter->done == bio->bi_io_vec[iter->idx].bv_len) {
		iter->idx++;
		iter->done = 0;
	}
	if (iter->idx >= bio->bi_vcnt)
		return false;
	bv = &bio->bi_io_vec[iter->idx];
	off = bv->bv_offset + iter->done;
	iter->bv.bv_page = bv->bv_page + off / PAGE_SIZE;
	iter->bv.bv_offset = off % PAGE_SIZE;
	iter->bv.bv_len = min_t(unsigned int, PAGE_SIZE - iter->bv.bv_offset,
				bv->bv_len - iter->done);
	iter->done += iter->bv.bv_len;
	return true;
}

void bio_advance(struct bio *bio, unsigned int bytes)
{
	bio_advance_iter(bio, &bio->bi_iter, bytes);
}

void zero_fill_bio(struct bio *bio)
{
	struct bvec_iter iter;
	struct bio_vec bv;

	bio_for_each_segment(bv, bio, iter)
		memset(page_address(bv.bv_page) + bv.bv_offset, 0, bv.bv_len);
}

/* The end_io of a part: report to the parent, which bio_endio() then completes in turn. */
static void bio_chain_endio(struct bio *bio)
{
	struct bio *parent = bio->bi_private;

	if (bio->bi_status && !READ_ONCE(parent->bi_status))
		WRITE_ONCE(parent->bi_status, bio->bi_status);
	bio_put(bio);
}

void bio_chain(struct bio *bio, struct bio *parent)
{
	WARN_ON(bio->bi_private || bio->bi_end_io);
	bio->bi_private = parent;
	bio->bi_end_io = bio_chain_endio;
	bio_set_flag(parent, BIO_CHAIN);
	atomic_inc(&parent->__bi_remaining);
}

struct bio *bio_split(struct bio *bio, int sectors, gfp_t gfp, struct bio_set *bs)
{
	struct bio *split;

	if (WARN_ON(sectors <= 0 || sectors >= bio_sectors(bio)))
		return NULL;
	split = bio_alloc_bioset(gfp, 0, bs);
	if (!split)
		return NULL;
	split->bi_disk = bio->bi_disk;
	split->bi_opf = bio->bi_opf;
	split->bi_ioprio = bio->bi_ioprio;
	split->bi_write_hint = bio->bi_write_hint;
	split->bi_io_vec = bio->bi_io_vec;
	split->bi_iter = bio->bi_iter;
	split->bi_iter.bi_size = (unsigned int)sectors << SECTOR_SHIFT;
	bio_set_flag(split, BIO_CLONED);
	bio_chain(split, bio);
	bio_advance(bio, split->bi_iter.bi_size);
	return split;
}

void bio_endio(struct bio *bio)
{
	struct bio *parent;

#if CONFIG_CHECKS
	WARN_ON_ONCE(!irqs_disabled() && !in_interrupt());
#endif
	while (bio) {
		if (bio_flagged(bio, BIO_CHAIN) && !atomic_dec_and_test(&bio->__bi_remaining))
			return;
		parent = bio->bi_end_io == bio_chain_endio ? bio->bi_private : NULL;
		if (bio->bi_end_io)
			bio->bi_end_io(bio);
		bio = parent;
	}
}

void bio_endio_status(struct bio *bio, blk_status_t status)
{
	unsigned long flags;

	bio->bi_status = status;
	local_irq_save(flags);
	bio_endio(bio);
	local_irq_restore(flags);
}

void bio_io_error(struct bio *bio)
{
	bio_endio_status(bio, BLK_STS_IOERR);
}

static void submit_bio_wait_endio(struct bio *bio)
{
	complete(bio->bi_private);
}

int submit_bio_wait(struct bio *bio)
{
	DECLARE_COMPLETION_ONSTACK(done);

	bio->bi_private = &done;
	bio->bi_end_io = submit_bio_wait_endio;
	bio->bi_opf |= REQ_SYNC;
	submit_bio(bio);
	wait_for_completion(&done);
	return blk_status_to_errno(bio->bi_status);
}
