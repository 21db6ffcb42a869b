// SPDX-License-Identifier: MIT
/*
 * blk-mq-init.c - making and draining hardware queues, and the watch over requests that take long.
 *
 * Each hardware queue has one timer, armed while requests are issued. It runs in interrupt
 * context and takes hctx->lock; it is armed under that lock, and the timer code calls it without
 * its own locks, so the order is hctx->lock, then the timer base. A request that stays with the
 * device for BLK_TIMEOUT_MS is reported once. virtio has no abort, so it is not given up; but the
 * ring is looked at, in case the completion is there and only its interrupt was lost.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/task/sched.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/time.h"
#include "mm/backing-dev.h"
#include "mm/slab.h"
#include "drivers/block/blk.h"

#define BLK_TIMEOUT_MS	     30000U
#define BLK_TIMEOUT_CHECK_MS 5000U

void blk_mq_arm_timeout(struct blk_mq_hw_ctx *hctx)
{
	mod_timer(&hctx->timeout, jiffies + BLK_TIMEOUT_CHECK_MS);
}

/* Report what is overdue; true if anything is. hctx->lock held. */
static bool blk_mq_report_overdue(struct blk_mq_hw_ctx *hctx)
{
	u64 limit = (u64)BLK_TIMEOUT_MS * NSEC_PER_MSEC;
	u64 now = ktime_get_ns();
	bool overdue = false;
	unsigned int tag;

	for (tag = 0; tag <= hctx->queue->nr_requests; tag++) {
		struct request *rq = hctx->rqs[tag];

		if (rq->state != RQ_ISSUED || now < rq->issue_ns + limit)
			continue;
		overdue = true;
		if (rq->reported)
			continue;
		rq->reported = true;
		pr_err_ratelimited("%s: queue %u: %s of %u sectors at %llu: %llu s and no end\n",
				   rq->rq_disk->disk_name, hctx->queue_num,
				   blk_op_name(req_op(rq)), blk_rq_sectors(rq),
				   (unsigned long long)blk_rq_pos(rq),
				   (unsigned long long)((now - rq->issue_ns) / NSEC_PER_SEC));
	}
	return overdue;
}

static void blk_mq_timeout(struct timer_list *timer)
{
	struct blk_mq_hw_ctx *hctx = container_of(timer, struct blk_mq_hw_ctx, timeout);
	unsigned long flags;
	bool overdue;

	spin_lock_irqsave(&hctx->lock, flags);
	overdue = blk_mq_report_overdue(hctx);
	if (hctx->nr_issued)
		blk_mq_arm_timeout(hctx);
	spin_unlock_irqrestore(&hctx->lock, flags);
	if (overdue && blk_mq_interrupt(hctx))
		pr_err("%s: queue %u: completions found without an interrupt\n",
		       hctx->queue->disk ? hctx->queue->disk->disk_name : "?", hctx->queue_num);
}

static struct request *blk_mq_make_rq(struct blk_mq_hw_ctx *hctx, unsigned int tag)
{
	struct request_queue *q = hctx->queue;
	struct request *rq = kzalloc(sizeof(*rq) + q->cmd_size, GFP_KERNEL);

	if (!rq)
		return NULL;
	rq->q = q;
	rq->hctx = hctx;
	rq->tag = tag;
	rq->state = RQ_FREE;
	INIT_LIST_HEAD(&rq->queuelist);
	return rq;
}

static void blk_mq_free_hctx(struct blk_mq_hw_ctx *hctx)
{
	struct request_queue *q = hctx->queue;
	unsigned int tag;

	del_timer_sync(&hctx->timeout);
	for (tag = 0; hctx->rqs && tag <= q->nr_requests; tag++)
		kfree(hctx->rqs[tag]);
	kfree(hctx->rqs);
	kfree(hctx);
}

static struct blk_mq_hw_ctx *blk_mq_make_hctx(struct request_queue *q, unsigned int num)
{
	struct blk_mq_hw_ctx *hctx = kzalloc(sizeof(*hctx), GFP_KERNEL);
	unsigned int tag;

	if (!hctx)
		return NULL;
	hctx->queue = q;
	hctx->queue_num = num;
	spin_lock_init(&hctx->lock);
	INIT_LIST_HEAD(&hctx->waiting);
	INIT_LIST_HEAD(&hctx->done);
	INIT_LIST_HEAD(&hctx->free);
	init_waitqueue_head(&hctx->free_wait);
	timer_setup(&hctx->timeout, blk_mq_timeout, 0);
	hctx->rqs = kcalloc(q->nr_requests + 1, sizeof(*hctx->rqs), GFP_KERNEL);
	if (!hctx->rqs)
		goto fail;
	for (tag = 0; tag <= q->nr_requests; tag++) {
		hctx->rqs[tag] = blk_mq_make_rq(hctx, tag);
		if (!hctx->rqs[tag])
			goto fail;
		if (tag < q->nr_requests) { /* the last is the flush request */
			list_add_tail(&hctx->rqs[tag]->queuelist, &hctx->free);
			hctx->nr_free++;
		}
	}
	blk_flush_init(hctx);
	return hctx;
fail:
	blk_mq_free_hctx(hctx);
	return NULL;
}

/* Undo blk_mq_init_queue() or blk_alloc_queue(). Nothing may be in flight. May sleep. */
void blk_cleanup_queue(struct request_queue *q)
{
	unsigned int i;

	for (i = 0; q->hctx && i < q->nr_hw_queues; i++)
		if (q->hctx[i])
			blk_mq_free_hctx(q->hctx[i]);
	kfree(q->hctx);
	kfree(q->cpu_map);
	if (q->backing_dev_info)	/* ends its flusher */
		bdi_put(q->backing_dev_info);
	kfree(q);
}

struct request_queue *blk_mq_init_queue(const struct blk_mq_ops *ops, unsigned int nr_hw,
					unsigned int depth, unsigned int cmd_size, void *queuedata)
{
	struct request_queue *q = blk_alloc_queue(blk_mq_make_request);
	unsigned int i, cpu;

	if (!q)
		return NULL;
	q->mq_ops = ops;
	q->nr_hw_queues = nr_hw;
	q->nr_requests = depth;
	q->cmd_size = cmd_size;
	q->queuedata = queuedata;
	q->hctx = kcalloc(nr_hw, sizeof(*q->hctx), GFP_KERNEL);
	q->cpu_map = kcalloc(nr_cpu_ids, sizeof(*q->cpu_map), GFP_KERNEL);
	if (!q->hctx || !q->cpu_map)
		goto fail;
	/* The n-th CPU that runs uses the n-th queue, whose interrupt goes to that CPU. */
	i = 0;
	for_each_online_cpu(cpu)
		q->cpu_map[cpu] = i++ % nr_hw;
	for (i = 0; i < nr_hw; i++) {
		q->hctx[i] = blk_mq_make_hctx(q, i);
		if (!q->hctx[i])
			goto fail;
	}
	return q;
fail:
	blk_cleanup_queue(q);
	return NULL;
}

static bool blk_mq_idle(struct request_queue *q)
{
	unsigned long flags;
	bool idle = true;
	unsigned int i;

	for (i = 0; i < q->nr_hw_queues; i++) {
		struct blk_mq_hw_ctx *hctx = q->hctx[i];

		spin_lock_irqsave(&hctx->lock, flags);
		if (hctx->nr_free != q->nr_requests || hctx->flush_busy)
			idle = false;
		spin_unlock_irqrestore(&hctx->lock, flags);
	}
	return idle;
}

bool blk_mq_drain(struct request_queue *q, unsigned int ms)
{
	unsigned long end = jiffies + ms;

	while (!blk_mq_idle(q)) {
		if (time_after(jiffies, end))
			return false;
		msleep(1);
	}
	return true;
}
