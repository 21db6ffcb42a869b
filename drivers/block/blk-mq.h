/* SPDX-License-Identifier: MIT */
/*
 * blk-mq.h - requests and hardware queues: the interface for drivers of multi-queue devices.
 *
 * A hardware queue (hctx) has one lock. Under it are its free requests, the requests that wait for
 * room in the device, the flush state, and the driver's ring itself: queue_rq, commit and reap run
 * with it held. That makes "the ring is full" safe by construction: the request stays on the
 * waiting list, and the interrupt that frees ring entries takes the same lock and dispatches the
 * list before it lets go. Only the doorbell (kick) and the ends of bios run outside the lock.
 * There is a queue for each CPU if the device offers that many, so the lock is hardly shared.
 */
#ifndef DRIVERS_BLOCK_BLK_MQ_H
#define DRIVERS_BLOCK_BLK_MQ_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait.h"
#include "kernel/task/timer.h"
#include "drivers/block/blkdev.h"

struct request;
typedef void (rq_end_io_fn)(struct request *rq, blk_status_t status);

/* Where a request is; hctx->lock. */
enum rq_state {
	RQ_FREE,
	RQ_BUSY,   /* allocated: in a plug, waiting for the device or in the flush sequence */
	RQ_ISSUED, /* the device has it */
	RQ_DONE,   /* the device has finished it */
};

/*
 * Adjacent bios of one operation. Belongs to the submitting task until it is inserted in its
 * hctx, then guarded by hctx->lock, then to the completing CPU.
 */
struct request {
	struct request_queue *q;
	struct blk_mq_hw_ctx *hctx;
	struct list_head queuelist;   /* free list, plug, hctx->queue, flush lists or done list */
	unsigned int tag;
	unsigned int cmd_flags;	      /* operation and flags */
	sector_t __sector;
	unsigned int __data_len;      /* bytes */
	unsigned short nr_phys_segments;
	u8 state;		      /* enum rq_state */
	u8 flush_todo;		      /* blk-flush.c: steps left */
	bool reported;		      /* its timeout was reported */
	blk_status_t status;
	struct bio *bio, *biotail;
	struct gendisk *rq_disk;
	u64 start_ns;		      /* allocated */
	u64 issue_ns;		      /* given to the device */
};

struct blk_mq_hw_ctx {
	spinlock_t lock;	      /* all that is not constant below; interrupts off */
	struct request_queue *queue;
	unsigned int queue_num;
	void *driver_data;	      /* constant */

	struct list_head waiting;     /* requests for the device, in order */
	unsigned int nr_waiting;
	unsigned int nr_issued;
	bool stopped;		      /* ring was full at the last attempt */
	struct list_head done;	      /* filled by reap */

	struct list_head free;	      /* requests */
	unsigned int nr_free;
	wait_queue_head_t free_wait;  /* own lock; for a free request */
	struct request **rqs;	      /* by tag; constant */

	/* the flush sequence */
	struct list_head flush_pending; /* wait for a flush that has not started */
	struct list_head flush_running; /* wait for the flush under way */
	struct request *flush_rq;
	bool flush_busy;

	struct timer_list timeout;
};

struct blk_mq_ops {
	/*
	 * Give @rq to the device. hctx->lock held, interrupts off. BLK_STS_DEV_RESOURCE: no room,
	 * and at least one request is issued whose completion will make some; other errors end
	 * the request.
	 */
	blk_status_t (*queue_rq)(struct blk_mq_hw_ctx *hctx, struct request *rq);
	/* After a series of queue_rq: does the device have to be told? hctx->lock held. */
	bool (*commit)(struct blk_mq_hw_ctx *hctx);
	/* Tell it. No lock held. */
	void (*kick)(struct blk_mq_hw_ctx *hctx);
	/* Call blk_mq_complete_request() for all that is finished. hctx->lock held. */
	void (*reap)(struct blk_mq_hw_ctx *hctx);
	/* @rq, issued, will not be finished by the device: free what it holds. hctx->lock held. */
	void (*cancel_rq)(struct blk_mq_hw_ctx *hctx, struct request *rq);
};

/* The driver's own cmd_size bytes. */
static inline void *blk_mq_rq_to_pdu(struct request *rq)
{
	return rq + 1;
}

#define req_op(rq)	 ((rq)->cmd_flags & REQ_OP_MASK)
#define rq_data_dir(rq)	 (op_is_write(req_op(rq)) ? 1 : 0)
#define blk_rq_pos(rq)	 ((rq)->__sector)
#define blk_rq_bytes(rq) ((rq)->__data_len)

static inline unsigned int blk_rq_sectors(struct request *rq)
{
	return rq->__data_len >> SECTOR_SHIFT;
}

/* Has the request memory to transfer? */
static inline bool blk_rq_has_data(struct request *rq)
{
	return rq->__data_len && req_op(rq) <= REQ_OP_WRITE;
}

/*
 * A queue of @nr_hw hardware queues with @depth requests each. NULL: no memory. May sleep.
 * hctx->driver_data must be set by the driver before the first request.
 */
struct request_queue *blk_mq_init_queue(const struct blk_mq_ops *ops, unsigned int nr_hw,
					unsigned int depth, unsigned int cmd_size, void *queuedata);

/* From reap: @rq is finished. hctx->lock held. */
void blk_mq_complete_request(struct request *rq, blk_status_t status);

/*
 * From the interrupt handler: reap, dispatch what waited, end what finished. Returns how many
 * requests the device had finished.
 */
unsigned int blk_mq_interrupt(struct blk_mq_hw_ctx *hctx);

/*
 * The device is gone: end everything issued or waiting with @status, and all that comes later.
 * The device must not touch memory any more. Any context.
 */
void blk_mq_fail_queue(struct request_queue *q, blk_status_t status);

/* Sleep until no request is issued or waiting, at most @ms milliseconds; true if idle. */
bool blk_mq_drain(struct request_queue *q, unsigned int ms);

/* A physically contiguous piece of a request. */
struct blk_sg {
	u64 addr;	/* physical */
	u32 len;	/* bytes */
};

/* Fill @sg; returns the number used, at most rq->nr_phys_segments. */
unsigned int blk_rq_map_sg(struct request *rq, struct blk_sg *sg);

#endif
