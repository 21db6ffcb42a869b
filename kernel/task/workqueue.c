// SPDX-License-Identifier: MIT
/*
 * Work queues: queueing, and taking back.
 *
 * A work item's PENDING bit belongs to whoever sets it with test_and_set: from then until a
 * worker clears it, just before the function runs, nobody else queues the item. wq->lock guards
 * how many items of a queue are active and which wait their turn (wq->waiting); pool->lock guards
 * a pool's list and workers. Order: wq->lock, then pool->lock. Both are interrupt-safe.
 *
 * An item that is running is queued again on the pool where it runs, and a worker that meets an
 * item another worker of its pool is running leaves it to that worker, so no item ever runs twice
 * at once.
 *
 * Flushing a queue: every item carries one of two colours, and the queue counts the unfinished
 * ones of each. A flush, one at a time under flush_mutex, changes the colour for new items and
 * waits until the old colour's count is 0; before it starts, the other colour's count is 0,
 * because the flush before waited for that.
 */
#include "kernel/task/workqueue.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/task/kthread.h"
#include "kernel/task/workqueue_internal.h"
#include "kernel/x86/smp.h"
#include "mm/slab.h"

struct workqueue_struct *system_wq, *system_highpri_wq, *system_long_wq, *system_unbound_wq;

#define WORK_PENDING 0

static struct worker_pool *choose_pool(struct workqueue_struct *wq, int cpu)
{
	if ((wq->flags & WQ_UNBOUND) && cpu == WORK_CPU_UNBOUND)
		return &unbound_pool;
	if (cpu == WORK_CPU_UNBOUND)
		cpu = raw_smp_processor_id();
	return cpu_pool(cpu);
}

/* Puts an item on its pool's list and sees to a worker. wq->lock held, interrupts off. */
static void activate_work(struct workqueue_struct *wq, struct work_struct *work)
{
	struct worker_pool *pool = work->data_pool;

	raw_spin_lock(&pool->lock);
	if (wq->flags & WQ_HIGHPRI)
		list_add(&work->entry, &pool->worklist);
	else
		list_add_tail(&work->entry, &pool->worklist);
	pool_wake_worker(pool, true);
	raw_spin_unlock(&pool->lock);
	wq->nr_active++;
}

/* If the item is running, it must be queued where it runs. Interrupts off. */
static struct worker_pool *running_pool(struct work_struct *work)
{
	struct worker_pool *pool = READ_ONCE(work->data_pool);
	bool running;

	if (!pool)
		return NULL;
	raw_spin_lock(&pool->lock);
	running = pool_find_worker(pool, work) != NULL;
	raw_spin_unlock(&pool->lock);
	return running ? pool : NULL;
}

/* PENDING is ours. Interrupts off. */
static void __queue_work(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	struct worker_pool *pool = running_pool(work);

	raw_spin_lock(&wq->lock);
	if (unlikely(wq->dying)) {
		raw_spin_unlock(&wq->lock);
		clear_bit(WORK_PENDING, &work->pending);
		WARN_ONCE(1, "work queued on the dying queue %s\n", wq->name);
		return;
	}
	work->data_wq = wq;
	work->data_pool = pool ? pool : choose_pool(wq, cpu);
	work->color = wq->color;
	wq->nr_color[wq->color]++;
	if (wq->nr_active < wq->max_active) {
		activate_work(wq, work);
	} else {
		work->waiting = true;
		list_add_tail(&work->entry, &wq->waiting);
	}
	raw_spin_unlock(&wq->lock);
}

/* An item of the queue is finished (or was taken back, active tells whether it counted). */
void wq_work_done(struct workqueue_struct *wq, int color, bool active)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&wq->lock, flags);
	if (active)
		wq->nr_active--;
	while (wq->nr_active < wq->max_active && !list_empty(&wq->waiting)) {
		struct work_struct *next =
			list_first_entry(&wq->waiting, struct work_struct, entry);

		list_del_init(&next->entry);
		next->waiting = false;
		activate_work(wq, next);
	}
	/* under the lock: a destroyer that saw the 0 takes it before it frees the queue */
	if (--wq->nr_color[color] == 0)
		wake_up_all(&wq->flush_wait);
	raw_spin_unlock_irqrestore(&wq->lock, flags);
}

bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	unsigned long flags;
	bool queued = false;

	local_irq_save(flags);
	if (!test_and_set_bit(WORK_PENDING, &work->pending)) {
		__queue_work(cpu, wq, work);
		queued = true;
	}
	local_irq_restore(flags);
	return queued;
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	return queue_work_on(WORK_CPU_UNBOUND, wq, work);
}

/* The timer of delayed work: PENDING has been set since it was armed. Interrupts off. */
void delayed_work_timer_fn(struct timer_list *t)
{
	struct delayed_work *dwork = from_timer(dwork, t, timer);

	__queue_work(dwork->cpu, dwork->wq, &dwork->work);
}

static void __queue_delayed_work(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
				 unsigned long delay)
{
	dwork->wq = wq;
	dwork->cpu = cpu;
	if (!delay)
		__queue_work(cpu, wq, &dwork->work);
	else
		mod_timer(&dwork->timer, jiffies + delay);
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			   unsigned long delay)
{
	unsigned long flags;
	bool queued = false;

	local_irq_save(flags);
	if (!test_and_set_bit(WORK_PENDING, &dwork->work.pending)) {
		__queue_delayed_work(cpu, wq, dwork, delay);
		queued = true;
	}
	local_irq_restore(flags);
	return queued;
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			unsigned long delay)
{
	return queue_delayed_work_on(WORK_CPU_UNBOUND, wq, dwork, delay);
}

/* Takes a queued item off its list. True if it was on one; PENDING stays set then. */
static bool unlink_queued(struct work_struct *work)
{
	struct workqueue_struct *wq = READ_ONCE(work->data_wq);
	struct worker_pool *pool;
	unsigned long flags;
	bool was_active = false, found = false;
	int color = 0;

	if (!wq)
		return false;
	raw_spin_lock_irqsave(&wq->lock, flags);
	pool = work->data_pool;
	if (work->data_wq == wq && pool) {
		raw_spin_lock(&pool->lock);
		if (!list_empty(&work->entry)) {
			found = true;
			color = work->color;
			was_active = !work->waiting;
			work->waiting = false;
			list_del_init(&work->entry);
		}
		raw_spin_unlock(&pool->lock);
	}
	raw_spin_unlock_irqrestore(&wq->lock, flags);
	if (found)
		wq_work_done(wq, color, was_active);
	return found;
}

/*
 * Makes PENDING ours whatever state the item is in. 1: it was queued and has been taken off; 0: it
 * was idle. Somebody else may have PENDING without the item being on a list: while queueing it,
 * for a moment with interrupts off, or while cancelling it, which may sleep; so, if we may, we do.
 */
static int grab_pending(struct work_struct *work, struct timer_list *timer, bool sleep)
{
	for (;;) {
		if (timer && del_timer(timer))
			return 1;
		if (!test_and_set_bit(WORK_PENDING, &work->pending))
			return 0;
		if (unlink_queued(work))
			return 1;
		if (sleep)
			schedule_timeout_uninterruptible(1);
		else
			cpu_relax();
	}
}

bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			 unsigned long delay)
{
	unsigned long flags;
	int was = grab_pending(&dwork->work, &dwork->timer, false);

	local_irq_save(flags);
	__queue_delayed_work(cpu, wq, dwork, delay);
	local_irq_restore(flags);
	return was;
}

bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork, unsigned long delay)
{
	return mod_delayed_work_on(WORK_CPU_UNBOUND, wq, dwork, delay);
}

/* Waits until no worker runs the item. True if one did. */
static bool wait_running(struct work_struct *work)
{
	bool waited = false;

	for (;;) {
		struct worker_pool *pool = READ_ONCE(work->data_pool);
		unsigned long seq;

		if (!pool || !pool_work_running(pool, work, &seq))
			return waited;
		waited = true;
		wait_event(wq_event_wait, !pool_still_running(pool, work, seq));
	}
}

bool flush_work(struct work_struct *work)
{
	bool waited = false;

	might_sleep();
	/* queued: wait until a worker has taken it; then until that worker is done with it */
	while (work_pending(work) && !list_empty_careful(&work->entry)) {
		waited = true;
		wait_event(wq_event_wait,
			   !work_pending(work) || list_empty_careful(&work->entry));
	}
	return wait_running(work) || waited;
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	unsigned long flags;

	local_irq_save(flags);
	if (del_timer_sync(&dwork->timer))
		__queue_work(dwork->cpu, dwork->wq, &dwork->work);
	local_irq_restore(flags);
	return flush_work(&dwork->work);
}

bool cancel_work_sync(struct work_struct *work)
{
	int was;

	might_sleep();
	was = grab_pending(work, NULL, true);
	wait_running(work); /* PENDING is ours: it cannot queue itself again */
	clear_bit(WORK_PENDING, &work->pending);
	return was;
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	int was = grab_pending(&dwork->work, &dwork->timer, false);

	clear_bit(WORK_PENDING, &dwork->work.pending);
	return was;
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	int was;

	might_sleep();
	was = grab_pending(&dwork->work, &dwork->timer, true);
	wait_running(&dwork->work);
	clear_bit(WORK_PENDING, &dwork->work.pending);
	return was;
}

static int unfinished(struct workqueue_struct *wq, int color)
{
	return READ_ONCE(wq->nr_color[color]);
}

void flush_workqueue(struct workqueue_struct *wq)
{
	int old;

	might_sleep();
	mutex_lock(&wq->flush_mutex);
	raw_spin_lock_irq(&wq->lock);
	old = wq->color;
	wq->color = !old;
	raw_spin_unlock_irq(&wq->lock);
	wait_event(wq->flush_wait, !unfinished(wq, old));
	mutex_unlock(&wq->flush_mutex);
}

void drain_workqueue(struct workqueue_struct *wq)
{
	while (unfinished(wq, 0) || unfinished(wq, 1))
		flush_workqueue(wq);
}

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)
{
	struct workqueue_struct *wq = kzalloc(sizeof(*wq), GFP_KERNEL);
	va_list args;

	if (!wq)
		return NULL;
	va_start(args, max_active);
	vsnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	raw_spin_lock_init(&wq->lock);
	mutex_init(&wq->flush_mutex);
	init_waitqueue_head(&wq->flush_wait);
	INIT_LIST_HEAD(&wq->waiting);
	wq->flags = flags;
	wq->max_active = max_active > 0 ? max_active : WQ_MAX_ACTIVE / 2;
	if ((flags & WQ_MEM_RECLAIM) && wq_start_rescuer(wq)) {
		kfree(wq);
		return NULL;
	}
	wq_register(wq);
	return wq;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	drain_workqueue(wq);
	raw_spin_lock_irq(&wq->lock);
	wq->dying = true;
	raw_spin_unlock_irq(&wq->lock);
	wq_unregister(wq);
	if (wq->rescuer)
		kthread_stop(wq->rescuer);
	kfree(wq);
}

int schedule_on_each_cpu(work_func_t func)
{
	struct work_struct *works = kcalloc(nr_cpu_ids, sizeof(*works), GFP_KERNEL);
	unsigned int cpu;

	if (!works)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		INIT_WORK(&works[cpu], func);
		queue_work_on(cpu, system_wq, &works[cpu]);
	}
	for_each_online_cpu(cpu)
		flush_work(&works[cpu]);
	kfree(works);
	return 0;
}
