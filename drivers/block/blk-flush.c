// SPDX-License-Identifier: MIT
/*
 * blk-flush.c - REQ_PREFLUSH and REQ_FUA on a device that has only a FLUSH command.
 *
 * Such a request runs through up to three steps: flush what was written before it, write its
 * data, flush again so that the data is stable. Steps left are bits in rq->flush_todo. A request
 * in a flush step waits on flush_pending; starting a flush moves all of flush_pending to
 * flush_running, and its completion advances them all: one FLUSH serves everyone who was waiting
 * when it was issued. Whoever comes while it runs waits for the next, because the one under way
 * may have passed the data already.
 *
 * Each hardware queue does this on its own: FLUSH covers the whole device, and a submitter has
 * seen the completion of every write that it wants flushed, on whichever queue that was.
 * Everything here runs under hctx->lock. A failed step ends the request with that status.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/kernel.h"
#include "drivers/block/blk.h"

#define FLUSH_STEP_PRE	1
#define FLUSH_STEP_DATA 2
#define FLUSH_STEP_POST 4

static void blk_flush_start(struct blk_mq_hw_ctx *hctx)
{
	struct request *flush = hctx->flush_rq;
	struct request *first;

	if (hctx->flush_busy || list_empty(&hctx->flush_pending))
		return;
	first = list_first_entry(&hctx->flush_pending, struct request, queuelist);
	hctx->flush_busy = true;
	list_splice_init(&hctx->flush_pending, &hctx->flush_running);

	flush->state = RQ_BUSY;
	flush->status = BLK_STS_OK;
	flush->cmd_flags = REQ_OP_FLUSH | REQ_SYNC | REQ_NOMERGE;
	flush->rq_disk = first->rq_disk;
	flush->reported = false;
	blk_account_start(flush);
	list_add_tail(&flush->queuelist, &hctx->waiting);
	hctx->nr_waiting++;
}

/* Queue @rq for its next step; false if there is none left. */
static bool blk_flush_next_step(struct blk_mq_hw_ctx *hctx, struct request *rq)
{
	if (rq->flush_todo & FLUSH_STEP_DATA && !(rq->flush_todo & FLUSH_STEP_PRE)) {
		rq->state = RQ_BUSY;
		list_add_tail(&rq->queuelist, &hctx->waiting);
		hctx->nr_waiting++;
		return true;
	}
	if (rq->flush_todo) {
		rq->state = RQ_BUSY;
		list_add_tail(&rq->queuelist, &hctx->flush_pending);
		blk_flush_start(hctx);
		return true;
	}
	return false;
}

/* Take charge of a new PREFLUSH or FUA request; false if it is an ordinary one for this device. */
bool blk_flush_insert(struct blk_mq_hw_ctx *hctx, struct request *rq)
{
	struct request_queue *q = hctx->queue;
	u8 todo = 0;

	/* The cache may have been declared off since the bio was checked. */
	if (blk_rq_bytes(rq) && !blk_queue_flag(q, QUEUE_FLAG_WC)) {
		rq->cmd_flags &= ~(REQ_PREFLUSH | REQ_FUA);
		return false;
	}
	if ((rq->cmd_flags & REQ_PREFLUSH) || !blk_rq_bytes(rq))
		todo |= FLUSH_STEP_PRE;
	if (blk_rq_bytes(rq))
		todo |= FLUSH_STEP_DATA;
	if (blk_rq_bytes(rq) && (rq->cmd_flags & REQ_FUA) && !blk_queue_flag(q, QUEUE_FLAG_FUA)) {
		todo |= FLUSH_STEP_POST;
		rq->cmd_flags &= ~REQ_FUA;
	}
	if (todo == FLUSH_STEP_DATA)
		return false;
	rq->cmd_flags = (rq->cmd_flags & ~REQ_PREFLUSH) | REQ_FLUSH_SEQ;
	rq->flush_todo = todo;
	return blk_flush_next_step(hctx, rq);
}

/* One step of @rq is done, or failed. */
static void blk_flush_step_done(struct blk_mq_hw_ctx *hctx, struct request *rq, u8 step,
				blk_status_t status, struct list_head *ended)
{
	WARN_ON(!(rq->flush_todo & step));
	rq->flush_todo &= ~step;
	if (status)
		rq->status = status;
	if (status || !blk_flush_next_step(hctx, rq)) {
		rq->state = RQ_DONE;
		list_add_tail(&rq->queuelist, ended);
	}
}

/* The device finished a flush: everyone it was for goes on. */
static void blk_flush_done(struct blk_mq_hw_ctx *hctx, struct list_head *ended)
{
	struct request *flush = hctx->flush_rq;
	struct request *rq, *next;
	LIST_HEAD(served);

	blk_account_done(flush);
	flush->state = RQ_FREE;
	list_splice_init(&hctx->flush_running, &served);
	list_for_each_entry_safe(rq, next, &served, queuelist) {
		u8 step = rq->flush_todo & FLUSH_STEP_PRE ? FLUSH_STEP_PRE : FLUSH_STEP_POST;

		list_del_init(&rq->queuelist);
		blk_flush_step_done(hctx, rq, step, flush->status, ended);
	}
	hctx->flush_busy = false;
	blk_flush_start(hctx);
}

/* Is @rq, just completed, ours? Then it has been queued again or put on @ended. */
bool blk_flush_request_done(struct blk_mq_hw_ctx *hctx, struct request *rq,
			    struct list_head *ended)
{
	if (rq == hctx->flush_rq) {
		blk_flush_done(hctx, ended);
		return true;
	}
	if (rq->cmd_flags & REQ_FLUSH_SEQ) {
		blk_flush_step_done(hctx, rq, FLUSH_STEP_DATA, rq->status, ended);
		return true;
	}
	return false;
}

void blk_flush_init(struct blk_mq_hw_ctx *hctx)
{
	INIT_LIST_HEAD(&hctx->flush_pending);
	INIT_LIST_HEAD(&hctx->flush_running);
	hctx->flush_rq = hctx->rqs[hctx->queue->nr_requests];
}
