/* SPDX-License-Identifier: MIT */
/*
 * bio.h - making, walking and submitting bios.
 */
#ifndef DRIVERS_BLOCK_BIO_H
#define DRIVERS_BLOCK_BIO_H

#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait.h"
#include "mm/gfp.h"
#include "drivers/block/blk_types.h"

#define BIO_MAX_PAGES 256

/*
 * A source of bios with a reserve: while the allocator fails, bios come from the reserve, and
 * whoever may sleep waits until one of those is freed. An allocation that may sleep therefore
 * never fails, provided its caller does not itself sit on unsubmitted bios of the same set.
 */
struct bio_set {
	unsigned int front_pad;	     /* bytes in front of each bio for the owner's use */
	struct kmem_cache *bio_slab;
	spinlock_t lock;	     /* the two reserve lists; taken with interrupts off */
	struct list_head bio_reserve;
	struct list_head vec_reserve;
	unsigned int nr_bios, nr_vecs; /* in reserve now; lock */
	unsigned int min_nr;	     /* wanted in reserve; constant */
	wait_queue_head_t wait;	     /* for an element to be put back */
};

extern struct bio_set fs_bio_set;

int bioset_init(struct bio_set *bs, unsigned int pool_size, unsigned int front_pad);

/*
 * Allocate a bio with room for @nr_iovecs (at most BIO_MAX_PAGES) entries. With
 * __GFP_DIRECT_RECLAIM it may sleep and cannot fail; otherwise NULL when memory is short.
 */
struct bio *bio_alloc_bioset(gfp_t gfp_mask, unsigned int nr_iovecs, struct bio_set *bs);

static inline struct bio *bio_alloc(gfp_t gfp_mask, unsigned int nr_iovecs)
{
	return bio_alloc_bioset(gfp_mask, nr_iovecs, &fs_bio_set);
}

/* For bios on the stack or embedded: caller supplies the table. */
void bio_init(struct bio *bio, struct bio_vec *table, unsigned short max_vecs);
void bio_reset(struct bio *bio);

void bio_get(struct bio *bio);
void bio_put(struct bio *bio); /* any context */

/*
 * Append @len bytes at @off of @page. Returns @len, or 0 when the bio is full. The page must stay
 * referenced until completion.
 */
int bio_add_page(struct bio *bio, struct page *page, unsigned int len, unsigned int off);

/*
 * bio_split - cut the first @sectors off @bio into a new bio that is chained to it.
 * May sleep if @gfp says so. The new bio shares the table of the old.
 */
struct bio *bio_split(struct bio *bio, int sectors, gfp_t gfp, struct bio_set *bs);

/* @parent completes only after @bio has; @bio's end_io and private are taken over. */
void bio_chain(struct bio *bio, struct bio *parent);

/* Submit; the bio belongs to the block layer until bi_end_io. May sleep (not with REQ_NOWAIT). */
void submit_bio(struct bio *bio);

/* Submit and sleep until done; returns 0 or a negative errno. Uses bi_private and bi_end_io. */
int submit_bio_wait(struct bio *bio);

/* Complete with bi_status as it stands. Interrupts must be disabled or in interrupt. */
void bio_endio(struct bio *bio);

/* Complete from process context: disables interrupts around bio_endio(). */
void bio_io_error(struct bio *bio);
void bio_endio_status(struct bio *bio, blk_status_t status);

void bio_advance(struct bio *bio, unsigned int bytes);
void zero_fill_bio(struct bio *bio);

#define bio_set_dev(bio, bdev)                                                                     \
	do {                                                                                       \
		(bio)->bi_disk = (bdev)->bd_disk;                                                  \
	} while (0)

static inline bool bio_flagged(struct bio *bio, unsigned int bit)
{
	return bio->bi_flags & (1U << bit);
}

static inline void bio_set_flag(struct bio *bio, unsigned int bit)
{
	bio->bi_flags |= 1U << bit;
}

static inline void bio_clear_flag(struct bio *bio, unsigned int bit)
{
	bio->bi_flags &= ~(1U << bit);
}

static inline unsigned int bio_sectors(struct bio *bio)
{
	return bio->bi_iter.bi_size >> SECTOR_SHIFT;
}

static inline sector_t bio_end_sector(struct bio *bio)
{
	return bio->bi_iter.bi_sector + bio_sectors(bio);
}

#define bio_data_dir(bio) (op_is_write(bio_op(bio)) ? 1 : 0)

/* Does the bio carry memory? (A discard has a size but no data.) */
static inline bool bio_has_data(struct bio *bio)
{
	return bio && bio->bi_iter.bi_size && bio_op(bio) != REQ_OP_DISCARD &&
	       bio_op(bio) != REQ_OP_WRITE_ZEROES;
}

static inline bool bio_full(struct bio *bio)
{
	return bio->bi_vcnt >= bio->bi_max_vecs;
}

static inline void bio_advance_iter(struct bio *bio, struct bvec_iter *iter, unsigned int bytes)
{
	iter->bi_sector += bytes >> SECTOR_SHIFT;
	if (bio_has_data(bio))
		bvec_iter_advance(bio->bi_io_vec, iter, bytes);
	else
		iter->bi_size -= bytes;
}

#define bio_iter_iovec(bio, iter) bvec_iter_bvec((bio)->bi_io_vec, (iter))

/* What is left to do, a page at a time: bvl is a struct bio_vec, iter a struct bvec_iter. */
#define bio_for_each_segment(bvl, bio, iter)                                                       \
	for ((iter) = (bio)->bi_iter;                                                              \
	     (iter).bi_size && ((bvl) = bvec_iter_bvec((bio)->bi_io_vec, (iter)), 1);              \
	     bio_advance_iter((bio), &(iter), (bvl).bv_len))

/* What is left to do, in pieces as large as they were added. */
#define bio_for_each_bvec(bvl, bio, iter)                                                          \
	for ((iter) = (bio)->bi_iter;                                                              \
	     (iter).bi_size && ((bvl) = mp_bvec_iter_bvec((bio)->bi_io_vec, (iter)), 1);           \
	     bio_advance_iter((bio), &(iter), (bvl).bv_len))

bool bio_next_page_all(struct bio *bio, struct bvec_iter_all *iter);

/*
 * Every page that was added, whatever has been done since; for the owner, in its end_io.
 * bvl is a struct bio_vec *, iter a struct bvec_iter_all. Do not put the bio inside the loop.
 */
#define bio_for_each_segment_all(bvl, bio, iter)                                                   \
	for ((iter) = (struct bvec_iter_all){ 0 }, (bvl) = &(iter).bv;                             \
	     bio_next_page_all((bio), &(iter));)

/* A list of bios linked through bi_next; the owner of the list guards it. */
struct bio_list {
	struct bio *head, *tail;
};

static inline void bio_list_init(struct bio_list *bl)
{
	bl->head = bl->tail = NULL;
}

static inline bool bio_list_empty(const struct bio_list *bl)
{
	return !bl->head;
}

static inline void bio_list_add(struct bio_list *bl, struct bio *bio)
{
	bio->bi_next = NULL;
	if (bl->tail)
		bl->tail->bi_next = bio;
	else
		bl->head = bio;
	bl->tail = bio;
}

static inline struct bio *bio_list_pop(struct bio_list *bl)
{
	struct bio *bio = bl->head;

	if (bio) {
		bl->head = bio->bi_next;
		if (!bl->head)
			bl->tail = NULL;
		bio->bi_next = NULL;
	}
	return bio;
}

#endif
