/* SPDX-License-Identifier: MIT */
/*
 * bvec.h - a piece of memory named by page, offset and length, and a cursor over an array of them.
 *
 * A bio_vec may span several physically contiguous pages (bv_len may exceed PAGE_SIZE, bv_offset
 * never does once an iterator has normalised it). The cursor (bvec_iter) carries all the progress
 * state, so the array itself is never written after submission and can be shared by a bio and the
 * part split off from it.
 */
#ifndef DRIVERS_BLOCK_BVEC_H
#define DRIVERS_BLOCK_BVEC_H

#include "kernel/lib/types.h"
#include "mm/page.h"

struct bio_vec {
	struct page *bv_page;	/* first page */
	unsigned int bv_len;	/* bytes */
	unsigned int bv_offset; /* bytes into bv_page */
};

struct bvec_iter {
	sector_t bi_sector;	   /* device address, in 512-byte sectors */
	unsigned int bi_size;	   /* bytes left */
	unsigned int bi_idx;	   /* current entry */
	unsigned int bi_bvec_done; /* bytes of the current entry already passed */
};

/* Cursor of the "all segments" walk: hands out one page at a time. */
struct bvec_iter_all {
	struct bio_vec bv;
	unsigned int idx;  /* entry */
	unsigned int done; /* bytes of the entry already handed out */
};

/* What is left of the current entry, as one piece that may cross pages. */
static inline struct bio_vec mp_bvec_iter_bvec(const struct bio_vec *vec, struct bvec_iter iter)
{
	const struct bio_vec *bv = &vec[iter.bi_idx];
	unsigned int off = bv->bv_offset + iter.bi_bvec_done;
	unsigned int len = bv->bv_len - iter.bi_bvec_done;

	return (struct bio_vec){
		.bv_page = bv->bv_page + off / PAGE_SIZE,
		.bv_offset = off % PAGE_SIZE,
		.bv_len = len < iter.bi_size ? len : iter.bi_size,
	};
}

/* The same, cut at the end of its page. */
static inline struct bio_vec bvec_iter_bvec(const struct bio_vec *vec, struct bvec_iter iter)
{
	struct bio_vec bv = mp_bvec_iter_bvec(vec, iter);

	if (bv.bv_len > PAGE_SIZE - bv.bv_offset)
		bv.bv_len = PAGE_SIZE - bv.bv_offset;
	return bv;
}

/* Move the cursor by @bytes, which must not exceed what is left. */
static inline void bvec_iter_advance(const struct bio_vec *vec, struct bvec_iter *iter,
				     unsigned int bytes)
{
	iter->bi_size -= bytes;
	while (bytes) {
		unsigned int left = vec[iter->bi_idx].bv_len - iter->bi_bvec_done;
		unsigned int step = bytes < left ? bytes : left;

		bytes -= step;
		iter->bi_bvec_done += step;
		if (iter->bi_bvec_done == vec[iter->bi_idx].bv_len) {
			iter->bi_bvec_done = 0;
			iter->bi_idx++;
		}
	}
}

#define for_each_bvec(bvl, bio_vec, iter, start)                                                   \
	for ((iter) = (start); (iter).bi_size && ((bvl) = bvec_iter_bvec((bio_vec), (iter)), 1);   \
	     bvec_iter_advance((bio_vec), &(iter), (bvl).bv_len))

#endif
