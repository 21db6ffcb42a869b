// SPDX-License-Identifier: MIT
/*
 * bioset.c - where bios come from.
 *
 * Memory is written back to free memory, so the write path must make progress when allocation
 * fails. Each set keeps min_nr bios and as many full-sized tables aside. An allocation first tries
 * the slab without reclaim, then the reserve, then the slab with whatever reclaim the caller
 * allows, and then sleeps until a reserve element returns. Elements in flight always return:
 * completion needs no memory, and a sleeper's plug is flushed by the scheduler.
 *
 * A freed element refills the reserve before it goes back to the slab. A sleeper checks the
 * reserve after it has queued itself on bs->wait, and bio_put() fills the reserve before it looks
 * for sleepers; both do so under bs->lock, so no wakeup is lost.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "mm/slab.h"
#include "drivers/block/bio.h"
#include "drivers/block/blk.h"

#define FS_BIO_RESERVE	  8
#define SPLIT_BIO_RESERVE 4

struct bio_set fs_bio_set;
struct bio_set blk_split_set;

/* Tables too large for bi_inline_vecs; bi_pool is the index plus one. */
static struct bvec_cache {
	unsigned int nr;
	const char *name;
	struct kmem_cache *slab;
} bvec_caches[] = {
	{ 16, "biovec-16", NULL },
	{ 64, "biovec-64", NULL },
	{ 128, "biovec-128", NULL },
	{ BIO_MAX_PAGES, "biovec-256", NULL },
};

#define BVEC_MAX_POOL ARRAY_SIZE(bvec_caches)

/* Take an element off a reserve list, or NULL. bs->lock held. */
static void *reserve_take(struct list_head *reserve, unsigned int *nr)
{
	struct list_head *elem;

	if (list_empty(reserve))
		return NULL;
	elem = reserve->next;
	list_del(elem);
	(*nr)--;
	return elem;
}

static void *reserve_try(struct bio_set *bs, struct list_head *reserve, unsigned int *nr)
{
	unsigned long flags;
	void *elem;

	spin_lock_irqsave(&bs->lock, flags);
	elem = reserve_take(reserve, nr);
	spin_unlock_irqrestore(&bs->lock, flags);
	return elem;
}

/* Keep @elem in the reserve if that is short. Any context. */
static bool reserve_put(struct bio_set *bs, struct list_head *reserve, unsigned int *nr, void *elem)
{
	unsigned long flags;
	bool kept = false;

	if (READ_ONCE(*nr) >= bs->min_nr)
		return false;
	spin_lock_irqsave(&bs->lock, flags);
	if (*nr < bs->min_nr) {
		list_add((struct list_head *)elem, reserve);
		(*nr)++;
		kept = true;
	}
	spin_unlock_irqrestore(&bs->lock, flags);
	if (kept)
		wake_up_all(&bs->wait);
	return kept;
}

/*
 * Slab without reclaim, reserve, slab with reclaim, sleep for the reserve. *from_reserve tells
 * whether it is an element of the reserve, whose size may be larger than the slab's.
 */
static void *bioset_get(struct bio_set *bs, struct kmem_cache *slab, struct list_head *reserve,
			unsigned int *nr, gfp_t gfp, bool *from_reserve)
{
	gfp_t gentle = (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS)) | __GFP_NOWARN;
	void *elem;

	*from_reserve = false;
	elem = kmem_cache_alloc(slab, gentle);
	if (elem)
		return elem;
	*from_reserve = true;
	elem = reserve_try(bs, reserve, nr);
	if (elem || !(gfp & __GFP_DIRECT_RECLAIM))
		return elem;
	*from_reserve = false;
	elem = kmem_cache_alloc(slab, gfp | __GFP_NOWARN | __GFP_NORETRY);
	if (elem)
		return elem;
	*from_reserve = true;
	wait_event(bs->wait, (elem = reserve_try(bs, reserve, nr)) != NULL);
	return elem;
}

static struct bio_vec *bvec_get(struct bio_set *bs, unsigned int nr, gfp_t gfp, u8 *pool)
{
	unsigned int i = 0;
	struct bio_vec *vec;
	bool from_reserve;

	while (bvec_caches[i].nr < nr)
		i++;
	vec = bioset_get(bs, bvec_caches[i].slab, &bs->vec_reserve, &bs->nr_vecs, gfp,
			 &from_reserve);
	*pool = from_reserve ? BVEC_MAX_POOL : i + 1;
	return vec;
}

static void bvec_put(struct bio_set *bs, struct bio_vec *vec, u8 pool)
{
	if (pool == BVEC_MAX_POOL && reserve_put(bs, &bs->vec_reserve, &bs->nr_vecs, vec))
		return;
	kmem_cache_free(bvec_caches[pool - 1].slab, vec);
}

struct bio *bio_alloc_bioset(gfp_t gfp_mask, unsigned int nr_iovecs, struct bio_set *bs)
{
	struct bio_vec *table = NULL;
	bool from_reserve;
	struct bio *bio;
	u8 pool = 0;
	void *p;

	if (WARN_ON(nr_iovecs > BIO_MAX_PAGES))
		return NULL;
	p = bioset_get(bs, bs->bio_slab, &bs->bio_reserve, &bs->nr_bios, gfp_mask, &from_reserve);
	if (!p)
		return NULL;
	bio = p + bs->front_pad;
	if (nr_iovecs > ARRAY_SIZE(bio->bi_inline_vecs)) {
		table = bvec_get(bs, nr_iovecs, gfp_mask, &pool);
		if (!table) {
			if (!reserve_put(bs, &bs->bio_reserve, &bs->nr_bios, p))
				kmem_cache_free(bs->bio_slab, p);
			return NULL;
		}
		nr_iovecs = bvec_caches[pool - 1].nr;
	} else if (nr_iovecs) {
		table = bio->bi_inline_vecs;
		nr_iovecs = ARRAY_SIZE(bio->bi_inline_vecs);
	}
	bio_init(bio, table, nr_iovecs);
	bio->bi_pool = pool;
	bio->bi_set_pool = bs;
	return bio;
}

void bio_put(struct bio *bio)
{
	struct bio_set *bs = bio->bi_set_pool;
	void *p;

	if (!atomic_dec_and_test(&bio->__bi_cnt))
		return;
	if (WARN_ON(!bs)) /* on a stack or embedded: the owner's to free */
		return;
	if (bio->bi_pool)
		bvec_put(bs, bio->bi_io_vec, bio->bi_pool);
	p = (void *)bio - bs->front_pad;
	if (!reserve_put(bs, &bs->bio_reserve, &bs->nr_bios, p))
		kmem_cache_free(bs->bio_slab, p);
}

int bioset_init(struct bio_set *bs, unsigned int pool_size, unsigned int front_pad)
{
	struct kmem_cache *vec_slab = bvec_caches[BVEC_MAX_POOL - 1].slab;
	void *p;

	memset(bs, 0, sizeof(*bs));
	bs->front_pad = front_pad;
	spin_lock_init(&bs->lock);
	INIT_LIST_HEAD(&bs->bio_reserve);
	INIT_LIST_HEAD(&bs->vec_reserve);
	init_waitqueue_head(&bs->wait);
	bs->bio_slab = kmem_cache_create("bio", front_pad + sizeof(struct bio), 0,
					 SLAB_HWCACHE_ALIGN, NULL);
	if (!bs->bio_slab)
		return -ENOMEM;
	bs->min_nr = pool_size;
	while (bs->nr_bios < pool_size) {
		p = kmem_cache_alloc(bs->bio_slab, GFP_KERNEL);
		if (!p)
			return -ENOMEM;
		list_add(p, &bs->bio_reserve);
		bs->nr_bios++;
	}
	while (bs->nr_vecs < pool_size) {
		p = kmem_cache_alloc(vec_slab, GFP_KERNEL);
		if (!p)
			return -ENOMEM;
		list_add(p, &bs->vec_reserve);
		bs->nr_vecs++;
	}
	return 0;
}

int __init bio_subsystem_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(bvec_caches); i++) {
		bvec_caches[i].slab = kmem_cache_create(bvec_caches[i].name,
							bvec_caches[i].nr * sizeof(struct bio_vec),
							0, SLAB_HWCACHE_ALIGN, NULL);
		if (!bvec_caches[i].slab)
			return -ENOMEM;
	}
	err = bioset_init(&fs_bio_set, FS_BIO_RESERVE, 0);
	if (!err)
		err = bioset_init(&blk_split_set, SPLIT_BIO_RESERVE, 0);
	return err;
}
