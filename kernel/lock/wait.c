// SPDX-License-Identifier: MIT
/*
 * Wait queues: see wait.h.
 *
 * No lost wake-up: the sleeper is on the list before it sets its state (full
 * barrier) and tests the condition; the waker changes the condition, then
 * takes the queue's lock and looks at the list. Either the waker finds the
 * sleeper, or the sleeper queued after that and its test sees the condition.
 */
#include "kernel/lock/wait.h"
#include "kernel/lib/bug.h"

void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	unsigned long flags;

	e->flags &= ~WQ_FLAG_EXCLUSIVE;
	spin_lock_irqsave(&wq->lock, flags);
	__add_wait_queue(wq, e);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void add_wait_queue_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	unsigned long flags;

	e->flags |= WQ_FLAG_EXCLUSIVE;
	spin_lock_irqsave(&wq->lock, flags);
	__add_wait_queue_entry_tail(wq, e);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	unsigned long flags;

	spin_lock_irqsave(&wq->lock, flags);
	__remove_wait_queue(wq, e);
	spin_unlock_irqrestore(&wq->lock, flags);
}

/* Lock held. Functions may take their entry off the list (and it may be gone then). */
static void wake_locked(struct wait_queue_head *wq, unsigned int mode, int nr, void *key)
{
	struct wait_queue_entry *e, *next;

	list_for_each_entry_safe(e, next, &wq->head, entry) {
		unsigned int flags = e->flags;
		int woken = e->func(e, mode, 0, key);

		if (woken < 0)
			break;
		if (woken && (flags & WQ_FLAG_EXCLUSIVE) && !--nr)
			break;
	}
}

void __wake_up(struct wait_queue_head *wq, unsigned int mode, int nr, void *key)
{
	unsigned long flags;

	spin_lock_irqsave(&wq->lock, flags);
	wake_locked(wq, mode, nr, key);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void __wake_up_locked(struct wait_queue_head *wq, unsigned int mode, int nr)
{
	wake_locked(wq, mode, nr, NULL);
}

void __wake_up_locked_key(struct wait_queue_head *wq, unsigned int mode, void *key)
{
	wake_locked(wq, mode, 1, key);
}

int default_wake_function(wait_queue_entry_t *e, unsigned int mode, int flags, void *key)
{
	return try_to_wake_up(e->private, mode, flags);
}

int autoremove_wake_function(wait_queue_entry_t *e, unsigned int mode, int flags, void *key)
{
	int woken = default_wake_function(e, mode, flags, key);

	/* Pairs with list_empty_careful() in finish_wait(), which then skips the lock. */
	if (woken)
		list_del_init(&e->entry);
	return woken;
}

void init_wait_entry(struct wait_queue_entry *e, unsigned int flags)
{
	e->flags = flags;
	e->private = current;
	e->func = autoremove_wake_function;
	INIT_LIST_HEAD(&e->entry);
}

/* Lock held. */
static void enqueue(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	if (!list_empty(&e->entry))
		return;
	if (e->flags & WQ_FLAG_EXCLUSIVE)
		__add_wait_queue_entry_tail(wq, e);
	else
		__add_wait_queue(wq, e);
}

void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *e, unsigned int state)
{
	unsigned long flags;

	e->flags &= ~WQ_FLAG_EXCLUSIVE;
	spin_lock_irqsave(&wq->lock, flags);
	enqueue(wq, e);
	sched_set_state(state);
	spin_unlock_irqrestore(&wq->lock, flags);
}

void prepare_to_wait_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *e,
			       unsigned int state)
{
	unsigned long flags;

	e->flags |= WQ_FLAG_EXCLUSIVE;
	spin_lock_irqsave(&wq->lock, flags);
	enqueue(wq, e);
	sched_set_state(state);
	spin_unlock_irqrestore(&wq->lock, flags);
}

long prepare_to_wait_event(struct wait_queue_head *wq, struct wait_queue_entry *e,
			   unsigned int state)
{
	unsigned long flags;
	long ret = 0;

	spin_lock_irqsave(&wq->lock, flags);
	if (unlikely(sched_signal_pending(state))) {
		/*
		 * An exclusive waiter that leaves must not swallow a wake-up:
		 * off the list under the lock, later ones go to others. If it
		 * was woken already, the caller's test of the condition comes
		 * first and wins over this error.
		 */
		list_del_init(&e->entry);
		ret = -ERESTARTSYS;
	} else {
		enqueue(wq, e);
		sched_set_state(state);
	}
	spin_unlock_irqrestore(&wq->lock, flags);
	return ret;
}

void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	unsigned long flags;

	sched_set_state(TASK_RUNNING);
	/*
	 * Careful: seen unlinked from both sides, the waker is done with the
	 * entry and the frame may go; else the lock waits for it.
	 */
	if (!list_empty_careful(&e->entry)) {
		spin_lock_irqsave(&wq->lock, flags);
		list_del_init(&e->entry);
		spin_unlock_irqrestore(&wq->lock, flags);
	}
}

long wait_woken(struct wait_queue_entry *e, unsigned int mode, long timeout)
{
	sched_set_state(mode);
	if (!(READ_ONCE(e->flags) & WQ_FLAG_WOKEN))
		timeout = schedule_timeout(timeout);
	sched_set_state(TASK_RUNNING);
	/* Full barrier: the flag is down before the caller tests its condition again. */
	__atomic_fetch_and(&e->flags, ~WQ_FLAG_WOKEN, __ATOMIC_SEQ_CST);
	return timeout;
}

int woken_wake_function(wait_queue_entry_t *e, unsigned int mode, int flags, void *key)
{
	__atomic_fetch_or(&e->flags, WQ_FLAG_WOKEN, __ATOMIC_SEQ_CST);
	return default_wake_function(e, mode, flags, key);
}
