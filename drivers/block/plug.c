// SPDX-License-Identifier: MIT
/*
 * plug.c - collecting the requests of a task before they go to the device.
 *
 * A file system that writes a thousand pages submits them one bio at a time. Between
 * blk_start_plug() and blk_finish_plug() those bios merge into large requests on the task's own
 * list, and each hardware queue gets its share under one lock acquisition and with one doorbell.
 *
 * The plug belongs to its task: no lock. Interrupts never submit. The scheduler flushes the plug
 * of a task that is about to sleep, before it takes any of its own locks; flushing only takes
 * hctx->lock, rings doorbells and ends bios that failed at once, and none of that sleeps. While it
 * flushes, plug->flushing keeps a nested call from starting over.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/sort.h"
#include "kernel/task/sched.h"
#include "drivers/block/blk.h"

void blk_start_plug(struct blk_plug *plug)
{
	struct task_struct *tsk = current;

	if (tsk->plug)
		return;
	INIT_LIST_HEAD(&plug->mq_list);
	plug->rq_count = 0;
	plug->flushing = false;
	tsk->plug = plug;
}

/* By hardware queue, then by sector. */
static int plug_cmp(void *priv, struct list_head *a, struct list_head *b)
{
	struct request *ra = list_entry(a, struct request, queuelist);
	struct request *rb = list_entry(b, struct request, queuelist);

	if (ra->hctx != rb->hctx)
		return ra->hctx < rb->hctx ? -1 : 1;
	if (blk_rq_pos(ra) != blk_rq_pos(rb))
		return blk_rq_pos(ra) < blk_rq_pos(rb) ? -1 : 1;
	return 0;
}

/* Join neighbours that have become adjacent; the list is sorted. */
static void plug_join(struct list_head *list)
{
	struct request *rq, *next;

	if (list_empty(list))
		return;
	rq = list_first_entry(list, struct request, queuelist);
	while (!list_is_last(&rq->queuelist, list)) {
		next = list_next_entry(rq, queuelist);
		if (rq->hctx == next->hctx && blk_try_merge_requests(rq, next)) {
			list_del_init(&next->queuelist);
			blk_mq_free_request(next);
		} else {
			rq = next;
		}
	}
}

/* Send everything in @list, which is sorted, one batch for each hardware queue. */
static void plug_send(struct list_head *list)
{
	struct blk_mq_hw_ctx *hctx;
	struct request *rq, *next;
	LIST_HEAD(batch);

	while (!list_empty(list)) {
		hctx = list_first_entry(list, struct request, queuelist)->hctx;
		list_for_each_entry_safe(rq, next, list, queuelist) {
			if (rq->hctx != hctx)
				break;
			list_move_tail(&rq->queuelist, &batch);
		}
		blk_mq_insert_list(hctx, &batch);
	}
}

static void plug_flush(struct blk_plug *plug)
{
	LIST_HEAD(list);

	if (list_empty(&plug->mq_list) || plug->flushing)
		return;
	plug->flushing = true;
	list_splice_init(&plug->mq_list, &list);
	if (plug->rq_count > 1) {
		list_sort(NULL, &list, plug_cmp);
		plug_join(&list);
	}
	plug->rq_count = 0;
	plug_send(&list);
	plug->flushing = false;
}

void blk_finish_plug(struct blk_plug *plug)
{
	if (plug != current->plug)
		return;
	plug_flush(plug);
	current->plug = NULL;
}

void blk_flush_plug(struct task_struct *tsk)
{
	if (tsk->plug)
		plug_flush(tsk->plug);
}

void blk_schedule_flush_plug(struct task_struct *tsk)
{
	if (tsk->plug)
		plug_flush(tsk->plug);
}

/* Merge @bio into a plugged request, latest first. */
bool blk_plug_merge(struct blk_plug *plug, struct request_queue *q, struct bio *bio,
		    unsigned int nsegs)
{
	struct request *rq;

	list_for_each_entry_reverse(rq, &plug->mq_list, queuelist) {
		if (rq->q == q && blk_try_merge_bio(rq, bio, nsegs))
			return true;
	}
	return false;
}

/* Plug a request; sends what is there first if the plug is full. */
void blk_plug_add(struct blk_plug *plug, struct request *rq)
{
	struct request *last;

	if (plug->rq_count) {
		last = list_last_entry(&plug->mq_list, struct request, queuelist);
		if (plug->rq_count >= BLK_MAX_REQUEST_COUNT ||
		    blk_rq_bytes(last) >= BLK_PLUG_FLUSH_SIZE)
			plug_flush(plug);
	}
	list_add_tail(&rq->queuelist, &plug->mq_list);
	plug->rq_count++;
}
