// SPDX-License-Identifier: MIT
/*
 * IOCB_CMD_POLL: a request that is complete once a file has something to say.
 *
 * The wake-up function only takes its entry off the queue and starts the work item; the work item asks the file, and either completes
 * the request or queues the entry anew. So all else happens in a task with no locks held, and an eventfd may be both what is polled and
 * what is signalled. A work item never runs twice at once, so from start to completion the request is the work item's alone, with
 * two exceptions: the wake-up function, while the entry is queued, and aio_poll_cancel(), while the request is on ctx->active.
 * Each of them does nothing but start the work.
 *
 * The queue may go before the file (POLLFREE, see fs/poll.h): then the wake-up function clears `head`, as the last thing it does.
 */
#include "fs/aio_internal.h"

#include "kernel/lib/bug.h"

static int aio_poll_wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct aio_poll *p = container_of(wait, struct aio_poll, wait);
	__poll_t mask = key_to_poll(key);

	if (mask && !(mask & (p->events | POLLFREE)))
		return 0;
	list_del_init(&p->wait.entry);
	if (mask & POLLFREE)
		WRITE_ONCE(p->cancelled, true);
	queue_work(system_unbound_wq, &p->work);
	if (mask & POLLFREE)
		smp_store_release(&p->head, NULL);
	return 1;
}

/*
 * Queues the entry, or takes it off; true if it was (not) there. The queue's memory is there as long as we are in here, and once its
 * lock is ours, no wake-up function is under way that still looks at the request.
 */
static bool aio_poll_set_queued(struct aio_poll *p, bool queued)
{
	wait_queue_head_t *head;
	bool changed = false;

	rcu_read_lock();
	head = smp_load_acquire(&p->head);
	if (head) {
		spin_lock_irq(&head->lock);
		if (READ_ONCE(p->head) && list_empty(&p->wait.entry) == queued) {
			changed = true;
			if (queued)
				__add_wait_queue(head, &p->wait);
			else
				list_del_init(&p->wait.entry);
		}
		spin_unlock_irq(&head->lock);
	}
	rcu_read_unlock();
	return changed;
}

static __poll_t aio_poll_ask(struct aio_kiocb *req)
{
	poll_table pt = { ._qproc = NULL, ._key = req->poll.events };

	return vfs_poll(req->file, &pt) & req->poll.events;
}

static void aio_poll_work(struct work_struct *work)
{
	struct aio_poll *p = container_of(work, struct aio_poll, work);
	struct aio_kiocb *req = container_of(p, struct aio_kiocb, poll);
	__poll_t mask = 0;

	aio_poll_set_queued(p, false);
	if (!READ_ONCE(p->cancelled))
		mask = aio_poll_ask(req);
	if (!mask && !READ_ONCE(p->cancelled) && aio_poll_set_queued(p, true)) {
		/* What came between the question and the queueing has woken nobody: ask again. */
		mask = aio_poll_ask(req);
		if (!mask && !READ_ONCE(p->cancelled))
			return;
		/* Somebody else has taken it off meanwhile: the work is about to run again. */
		if (!aio_poll_set_queued(p, false))
			return;
	}
	/* Off the list first: from then on nobody starts the work any more. It may be pending for a cancellation; that must not run. */
	spin_lock_irq(&req->ctx->lock);
	list_del_init(&req->list);
	spin_unlock_irq(&req->ctx->lock);
	if (work_pending(&p->work))
		return;		/* it finds the request cancelled, and completes it */
	aio_complete(req, mask);
}

void aio_poll_cancel(struct aio_kiocb *req)
{
	lockdep_assert_held(&req->ctx->lock);
	WRITE_ONCE(req->poll.cancelled, true);
	list_del_init(&req->list);
	queue_work(system_unbound_wq, &req->poll.work);
}

struct aio_poll_table {
	poll_table pt;
	struct aio_poll *p;
	int err;
};

static void aio_poll_queue(struct file *file, wait_queue_head_t *head, poll_table *pt)
{
	struct aio_poll_table *apt = container_of(pt, struct aio_poll_table, pt);

	/* As on Linux, only files with one queue can be waited for. */
	if (apt->p->head) {
		apt->err = -EINVAL;
		return;
	}
	apt->err = 0;
	apt->p->head = head;
}

/* 0: its event will come, or has. */
int aio_poll_submit(struct aio_kiocb *req, const struct iocb *iocb)
{
	struct aio_poll_table apt = { .p = &req->poll, .err = -EINVAL };
	struct aio_poll *p = &req->poll;
	struct kioctx *ctx;

	if ((u16)iocb->aio_buf != iocb->aio_buf || iocb->aio_offset || iocb->aio_nbytes || iocb->aio_rw_flags)
		return -EINVAL;
	if (!req->file->f_op->poll)
		return -EINVAL;
	p->events = (u16)iocb->aio_buf | EPOLLERR | EPOLLHUP;
	INIT_WORK(&p->work, aio_poll_work);
	init_waitqueue_func_entry(&p->wait, aio_poll_wake);
	/* Only learns which queue it is; the work queues the entry, and asks. */
	init_poll_funcptr(&apt.pt, aio_poll_queue);
	apt.pt._key = p->events;
	vfs_poll(req->file, &apt.pt);
	if (apt.err)
		return apt.err;
	ctx = req->ctx;
	refcount_inc(&ctx->refs);
	spin_lock_irq(&ctx->lock);
	if (ctx->dead)
		p->cancelled = true;
	else
		list_add_tail(&req->list, &ctx->active);
	/* Under the lock, or a cancellation could complete and free the request before. */
	queue_work(system_unbound_wq, &p->work);
	spin_unlock_irq(&ctx->lock);
	aio_put_ctx(ctx);
	return 0;
}
