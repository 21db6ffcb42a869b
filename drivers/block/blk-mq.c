// SPDX-License-Identifier: MIT
/*
 * blk-mq.c - requests on their way to a multi-queue device and back.
 *
 * submit: merge into the plug or the waiting list, else take a free request of this CPU's
 * hardware queue (sleeping if there is none), then plug it or insert it.
 * insert: under hctx->lock, append to hctx->waiting and dispatch: hand requests to the driver
 * until the list is empty or the ring full. Then ring the doorbell if the device wants it.
 * interrupt: under hctx->lock, reap what the device finished and dispatch again; then, without
 * the lock, ring the doorbell and end the bios.
 *
 * Why no request is forgotten: hctx->waiting is not empty after a dispatch only if queue_rq said
 * DEV_RESOURCE, which a driver may say only while it has requests issued. Their completion takes
 * the same lock and dispatches again. Why no sleeper is forgotten: freeing puts the request on
 * hctx->free under the lock before it looks at free_wait, and a sleeper queues itself on
 * free_wait before it looks at hctx->free.
 *
 * A task that sleeps for a request may hold others in its plug; schedule() flushes the plug, and
 * blk_mq_get_request() does so first, so that they can complete and be freed.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/time.h"
#include "mm/slab.h"
#include "drivers/block/blk.h"

#define BLK_MERGE_SCAN 8 /* requests looked at, from the back of the waiting list */

/* Give waiting requests to the driver. Returns whether the device needs a kick. hctx->lock held. */
static bool blk_mq_dispatch(struct blk_mq_hw_ctx *hctx)
{
	const struct blk_mq_ops *ops = hctx->queue->mq_ops;
	struct request *rq;
	blk_status_t status;
	unsigned int n = 0;

	hctx->stopped = false;
	while (!list_empty(&hctx->waiting)) {
		rq = list_first_entry(&hctx->waiting, struct request, queuelist);
		status = blk_queue_dying(hctx->queue) ? BLK_STS_IOERR : ops->queue_rq(hctx, rq);
		if (status == BLK_STS_DEV_RESOURCE) {
			hctx->stopped = true;
			blk_stats(rq->rq_disk)->ring_full++;
			break;
		}
		list_del_init(&rq->queuelist);
		hctx->nr_waiting--;
		rq->state = RQ_ISSUED;
		hctx->nr_issued++;
		if (status) {
			blk_mq_complete_request(rq, status);
			continue;
		}
		rq->issue_ns = ktime_get_ns();
		n++;
	}
	if (hctx->nr_issued && !timer_pending(&hctx->timeout))
		blk_mq_arm_timeout(hctx);
	return n && ops->commit(hctx);
}

static void blk_mq_kick(struct blk_mq_hw_ctx *hctx, struct gendisk *disk)
{
	unsigned long flags;

	hctx->queue->mq_ops->kick(hctx);
	local_irq_save(flags);
	blk_stats(disk)->kicks++;
	local_irq_restore(flags);
}

void blk_mq_complete_request(struct request *rq, blk_status_t status)
{
	struct blk_mq_hw_ctx *hctx = rq->hctx;

	WARN_ON(rq->state != RQ_ISSUED);
	rq->state = RQ_DONE;
	rq->status = status;
	hctx->nr_issued--;
	list_add_tail(&rq->queuelist, &hctx->done);
}

/*
 * Sort out hctx->done: requests whose flush sequence goes on return to the waiting or flush
 * lists; the others, to be ended, go to @ended. hctx->lock held.
 */
static void blk_mq_collect(struct blk_mq_hw_ctx *hctx, struct list_head *ended)
{
	struct request *rq;

	while (!list_empty(&hctx->done)) {
		rq = list_first_entry(&hctx->done, struct request, queuelist);
		list_del_init(&rq->queuelist);
		if (!blk_flush_request_done(hctx, rq, ended))
			list_add_tail(&rq->queuelist, ended);
	}
}

static void blk_mq_report_error(struct request *rq)
{
	if (rq->status == BLK_STS_NOTSUPP || (rq->cmd_flags & REQ_RAHEAD))
		return;
	if (rq->bio && bio_flagged(rq->bio, BIO_QUIET))
		return;
	pr_err_ratelimited("%s: %s error, op %s%s sector %llu, %u sectors\n",
			   rq->rq_disk->disk_name, blk_status_name(rq->status),
			   blk_op_name(req_op(rq)), rq->cmd_flags & REQ_META ? " (metadata)" : "",
			   (unsigned long long)blk_rq_pos(rq), blk_rq_sectors(rq));
}

/* End the bios of one request. Interrupts off, no lock held. */
static void blk_mq_end_request(struct request *rq)
{
	struct bio *bio, *next;

	if (unlikely(rq->status))
		blk_mq_report_error(rq);
	blk_account_done(rq);
	for (bio = rq->bio; bio; bio = next) {
		next = bio->bi_next;
		bio->bi_next = NULL;
		if (rq->status)
			bio->bi_status = rq->status;
		bio->bi_iter.bi_sector += bio_sectors(bio);
		bio->bi_iter.bi_size = 0;
		bio_endio(bio);
	}
	rq->bio = rq->biotail = NULL;
}

/* Put requests, all of this hctx, on its free list; then wake as many sleepers. */
static void blk_mq_free_list(struct blk_mq_hw_ctx *hctx, struct list_head *list)
{
	struct request *rq, *next;
	unsigned long flags;
	int n = 0;

	spin_lock_irqsave(&hctx->lock, flags);
	list_for_each_entry_safe(rq, next, list, queuelist) {
		WARN_ON(rq->state != RQ_DONE);
		rq->state = RQ_FREE;
		list_move(&rq->queuelist, &hctx->free);
		hctx->nr_free++;
		n++;
	}
	spin_unlock_irqrestore(&hctx->lock, flags);
	if (wq_has_sleeper(&hctx->free_wait))
		wake_up_nr(&hctx->free_wait, n);
}

/* End and free what is on @ended. No lock held; any context. */
static void blk_mq_end_list(struct blk_mq_hw_ctx *hctx, struct list_head *ended)
{
	unsigned long flags;
	struct request *rq;

	if (list_empty(ended))
		return;
	local_irq_save(flags);
	list_for_each_entry(rq, ended, queuelist)
		blk_mq_end_request(rq);
	local_irq_restore(flags);
	blk_mq_free_list(hctx, ended);
}

/* The common tail of everything that changed a hctx: dispatch, unlock, kick, end. */
static void blk_mq_run_unlock(struct blk_mq_hw_ctx *hctx, unsigned long flags)
{
	LIST_HEAD(ended);
	bool kick;

	/* Failures at dispatch can let a flush sequence go on, which queues more. */
	kick = blk_mq_dispatch(hctx);
	while (!list_empty(&hctx->done)) {
		blk_mq_collect(hctx, &ended);
		kick |= blk_mq_dispatch(hctx);
	}
	spin_unlock_irqrestore(&hctx->lock, flags);
	if (kick)
		blk_mq_kick(hctx, hctx->queue->disk);
	blk_mq_end_list(hctx, &ended);
}

unsigned int blk_mq_interrupt(struct blk_mq_hw_ctx *hctx)
{
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&hctx->lock, flags);
	n = hctx->nr_issued;
	hctx->queue->mq_ops->reap(hctx);
	n -= hctx->nr_issued;
	blk_mq_run_unlock(hctx, flags);
	return n;
}

/* Insert requests of one hctx, in order. May be called with interrupts off; does not sleep. */
void blk_mq_insert_list(struct blk_mq_hw_ctx *hctx, struct list_head *list)
{
	struct request *rq, *next;
	unsigned long flags;

	spin_lock_irqsave(&hctx->lock, flags);
	list_for_each_entry_safe(rq, next, list, queuelist) {
		list_del_init(&rq->queuelist);
		if (op_is_flush(rq->cmd_flags) && blk_flush_insert(hctx, rq))
			continue;
		list_add_tail(&rq->queuelist, &hctx->waiting);
		hctx->nr_waiting++;
	}
	blk_mq_run_unlock(hctx, flags);
}

static struct request *blk_mq_try_get(struct blk_mq_hw_ctx *hctx)
{
	struct request *rq = NULL;
	unsigned long flags;

	spin_lock_irqsave(&hctx->lock, flags);
	if (!list_empty(&hctx->free)) {
		rq = list_first_entry(&hctx->free, struct request, queuelist);
		list_del_init(&rq->queuelist);
		hctx->nr_free--;
		rq->state = RQ_BUSY;
		rq->status = BLK_STS_OK;
		rq->flush_todo = 0;
		rq->reported = false;
	}
	spin_unlock_irqrestore(&hctx->lock, flags);
	return rq;
}

/* A free request of this CPU's queue. NULL only if @nowait; otherwise may sleep. */
static struct request *blk_mq_get_request(struct request_queue *q, bool nowait)
{
	struct blk_mq_hw_ctx *hctx = q->hctx[q->cpu_map[raw_smp_processor_id()]];
	struct request *rq = blk_mq_try_get(hctx);
	DEFINE_WAIT(wait);

	if (rq || nowait)
		return rq;
	blk_flush_plug(current);
	for (;;) {
		prepare_to_wait_exclusive(&hctx->free_wait, &wait, TASK_UNINTERRUPTIBLE);
		rq = blk_mq_try_get(hctx);
		if (rq)
			break;
		io_schedule();
	}
	finish_wait(&hctx->free_wait, &wait);
	/* We may have swallowed a wakeup besides finding a request ourselves: pass it on. */
	if (READ_ONCE(hctx->nr_free))
		wake_up(&hctx->free_wait);
	return rq;
}

/* Give back a request that was merged away. */
void blk_mq_free_request(struct request *rq)
{
	unsigned long flags;
	LIST_HEAD(one);

	local_irq_save(flags);
	blk_stats(rq->rq_disk)->in_flight[rq_data_dir(rq)]--;
	local_irq_restore(flags);
	rq->state = RQ_DONE;
	list_add(&rq->queuelist, &one);
	blk_mq_free_list(rq->hctx, &one);
}

/* Merge into one of the last requests that wait for room in the device. */
static bool blk_mq_merge_waiting(struct request_queue *q, struct bio *bio, unsigned int nsegs)
{
	struct blk_mq_hw_ctx *hctx = q->hctx[q->cpu_map[raw_smp_processor_id()]];
	unsigned int scan = BLK_MERGE_SCAN;
	bool merged = false;
	unsigned long flags;
	struct request *rq;

	if (!READ_ONCE(hctx->nr_waiting))
		return false;
	spin_lock_irqsave(&hctx->lock, flags);
	list_for_each_entry_reverse(rq, &hctx->waiting, queuelist) {
		if (!scan--)
			break;
		merged = blk_try_merge_bio(rq, bio, nsegs);
		if (merged)
			break;
	}
	spin_unlock_irqrestore(&hctx->lock, flags);
	return merged;
}

/* One bio that fits in a request. */
static void blk_mq_submit_one(struct request_queue *q, struct bio *bio, unsigned int nsegs)
{
	struct blk_plug *plug = current->plug;
	struct request *rq;
	LIST_HEAD(list);

	if (!(bio->bi_opf & REQ_NOMERGE_FLAGS)) {
		if (plug && blk_plug_merge(plug, q, bio, nsegs))
			return;
		if (blk_mq_merge_waiting(q, bio, nsegs))
			return;
	}
	rq = blk_mq_get_request(q, bio->bi_opf & REQ_NOWAIT);
	if (!rq) {
		bio_endio_status(bio, BLK_STS_AGAIN);
		return;
	}
	blk_rq_init_bio(rq, bio, nsegs);
	blk_account_start(rq);
	if (plug && !op_is_flush(bio->bi_opf)) {
		blk_plug_add(plug, rq);
		return;
	}
	list_add(&rq->queuelist, &list);
	blk_mq_insert_list(rq->hctx, &list);
}

void blk_mq_make_request(struct request_queue *q, struct bio *bio)
{
	unsigned int nsegs;
	struct bio *part;

	while ((part = blk_bio_split(q, bio, &nsegs)) != NULL)
		blk_mq_submit_one(q, part, nsegs);
	blk_mq_submit_one(q, bio, nsegs);
}

void blk_mq_fail_queue(struct request_queue *q, blk_status_t status)
{
	unsigned long flags;
	unsigned int i, tag;

	blk_queue_flag_set(QUEUE_FLAG_DEAD, q);
	for (i = 0; i < q->nr_hw_queues; i++) {
		struct blk_mq_hw_ctx *hctx = q->hctx[i];

		spin_lock_irqsave(&hctx->lock, flags);
		for (tag = 0; tag <= q->nr_requests; tag++) {
			struct request *rq = hctx->rqs[tag];

			if (rq->state != RQ_ISSUED)
				continue;
			if (q->mq_ops->cancel_rq)
				q->mq_ops->cancel_rq(hctx, rq);
			blk_mq_complete_request(rq, status);
		}
		blk_mq_run_unlock(hctx, flags);
	}
}
