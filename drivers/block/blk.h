/* SPDX-License-Identifier: MIT */
/*
 * blk.h - between the files of the block layer; nobody outside drivers/block includes it.
 */
#ifndef DRIVERS_BLOCK_BLK_H
#define DRIVERS_BLOCK_BLK_H

#include "kernel/x86/percpu.h"
#include "drivers/block/blk-mq.h"

/* A plug goes to the device when it holds this many requests, or one this large (bytes). */
#define BLK_MAX_REQUEST_COUNT 32
#define BLK_PLUG_FLUSH_SIZE   (128 * 1024)

extern struct bio_set blk_split_set;

int bio_subsystem_init(void);
bool blk_flush_disabled(void);

/* This CPU's statistics of a disk; interrupts off while the pointer is used. */
static inline struct disk_stats *blk_stats(struct gendisk *disk)
{
	return &disk->stats[smp_processor_id()];
}

/* blk-core.c */
const char *blk_op_name(unsigned int op);
const char *blk_status_name(blk_status_t status);
void blk_account_merge(struct request *rq);
void blk_account_start(struct request *rq);
void blk_account_done(struct request *rq);

static inline unsigned int blk_stat_group(unsigned int opf)
{
	switch (opf & REQ_OP_MASK) {
	case REQ_OP_READ:
		return STAT_READ;
	case REQ_OP_FLUSH:
		return STAT_FLUSH;
	case REQ_OP_DISCARD:
		return STAT_DISCARD;
	default:
		return STAT_WRITE;
	}
}

/* blk-merge.c */
struct bio *blk_bio_split(struct request_queue *q, struct bio *bio, unsigned int *nsegs);
void blk_rq_init_bio(struct request *rq, struct bio *bio, unsigned int nsegs);
bool blk_try_merge_bio(struct request *rq, struct bio *bio, unsigned int nsegs);
bool blk_try_merge_requests(struct request *rq, struct request *next);

/* blk-mq.c */
void blk_mq_make_request(struct request_queue *q, struct bio *bio);
void blk_mq_insert_list(struct blk_mq_hw_ctx *hctx, struct list_head *list);
void blk_mq_free_request(struct request *rq);

/* blk-mq-init.c */
void blk_mq_arm_timeout(struct blk_mq_hw_ctx *hctx);

/* plug.c */
bool blk_plug_merge(struct blk_plug *plug, struct request_queue *q, struct bio *bio,
		    unsigned int nsegs);
void blk_plug_add(struct blk_plug *plug, struct request *rq);

/* blk-flush.c; all with hctx->lock held */
bool blk_flush_insert(struct blk_mq_hw_ctx *hctx, struct request *rq);
bool blk_flush_request_done(struct blk_mq_hw_ctx *hctx, struct request *rq,
			    struct list_head *ended);
void blk_flush_init(struct blk_mq_hw_ctx *hctx);

#endif
