// SPDX-License-Identifier: MIT
/*
 * Work queues: the pools and their threads.
 *
 * A CPU's pool runs one item at a time while items do not sleep: when the only running worker is
 * about to sleep in its item and more items wait, the scheduler's hook wakes an idle worker. The
 * unbound pool runs as many at once as there are items. Either way a worker that takes up work
 * first makes sure that another one stays idle, making a new one if need be, so there is always
 * somebody to wake. Making one allocates memory, which may have to wait for items that free
 * memory: if it takes long, the rescuers of WQ_MEM_RECLAIM queues are woken to run the items of
 * their own queues, and they allocate nothing.
 *
 * nr_running is exact because only the worker itself changes its contribution, in process
 * context: it counts from leaving the idle list to entering it, less the time between the
 * scheduler's two hooks.
 *
 * Why an item is not forgotten: it is put on the list and the need for a worker is judged under
 * pool->lock; a worker goes idle only under pool->lock with the list empty (or with another one
 * running, which in turn looks at the list before it goes idle or sleeps).
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/task/kthread.h"
#include "kernel/task/workqueue_internal.h"
#include "kernel/x86/panic.h"
#include "mm/slab.h"

#define MAX_IDLE_BOUND	 3
#define MAX_IDLE_UNBOUND 8
#define MAYDAY_FIRST	 10  /* ms */
#define MAYDAY_AGAIN	 100 /* ms */

static DEFINE_PER_CPU(struct worker_pool, worker_pools);
struct worker_pool unbound_pool;
wait_queue_head_t wq_event_wait;

static DEFINE_SPINLOCK(wq_list_lock);
static LIST_HEAD(wq_list); /* wq_list_lock, interrupts off */

struct worker_pool *cpu_pool(int cpu)
{
	return cpu_online(cpu) ? &per_cpu(worker_pools, cpu) : &unbound_pool;
}

static struct worker *current_worker(void)
{
	return (current->flags & PF_WQ_WORKER) ? kthread_data(current) : NULL;
}

struct work_struct *current_work(void)
{
	struct worker *w = current_worker();

	return w ? w->current_work : NULL;
}

struct worker *pool_find_worker(struct worker_pool *pool, struct work_struct *work)
{
	struct worker *w;

	list_for_each_entry (w, &pool->busy, entry) {
		/* freed and reused memory may give another item the same address */
		if (w->current_work == work && w->current_func == work->func)
			return w;
	}
	return NULL;
}

bool pool_work_running(struct worker_pool *pool, struct work_struct *work, unsigned long *seq)
{
	struct worker *w;
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	w = pool_find_worker(pool, work);
	if (w)
		*seq = w->seq;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return w;
}

bool pool_still_running(struct worker_pool *pool, struct work_struct *work, unsigned long seq)
{
	struct worker *w;
	unsigned long flags;
	bool running = false;

	raw_spin_lock_irqsave(&pool->lock, flags);
	list_for_each_entry (w, &pool->busy, entry) {
		if (w->current_work == work && w->seq == seq)
			running = true;
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return running;
}

static bool need_more_worker(struct worker_pool *pool)
{
	return !list_empty(&pool->worklist) &&
	       (pool->cpu < 0 || !atomic_read(&pool->nr_running));
}

void pool_wake_worker(struct worker_pool *pool, bool new_work)
{
	if (!list_empty(&pool->idle) && need_more_worker(pool))
		wake_up_process(list_first_entry(&pool->idle, struct worker, entry)->task);
}

static void count_running(struct worker *w, bool on)
{
	if (w->counted == on)
		return;
	w->counted = on;
	atomic_add(on ? 1 : -1, &w->pool->nr_running);
}

/* The scheduler's hooks; w->current_work is set only by this task. */
void wq_worker_sleeping(struct task_struct *task)
{
	struct worker *w = kthread_data(task);
	struct worker_pool *pool = w->pool;
	unsigned long flags;

	if (!w->counted || !w->current_work)
		return;
	count_running(w, false);
	raw_spin_lock_irqsave(&pool->lock, flags);
	pool_wake_worker(pool, false);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

void wq_worker_running(struct task_struct *task)
{
	struct worker *w = kthread_data(task);

	if (w->current_work && !w->rescuer)
		count_running(w, true);
}

static void wake_watchers(void)
{
	smp_mb(); /* our change before the look for watchers; pairs with wait_event's state */
	if (waitqueue_active(&wq_event_wait))
		wake_up_all(&wq_event_wait);
}

static void check_clean(struct worker *w, work_func_t func)
{
	if (unlikely(preempt_count() || irqs_disabled()))
		panic("work %ps left preempt count %#x, interrupts %s", func, preempt_count(),
		      irqs_disabled() ? "off" : "on");
	held_check_empty("end of a work item");
}

/* Runs one item of the pool's list. pool->lock held; dropped meanwhile. */
static void process_one(struct worker *w, struct work_struct *work)
{
	struct worker_pool *pool = w->pool;
	struct worker *other = pool_find_worker(pool, work);
	struct workqueue_struct *wq = work->data_wq;
	work_func_t func = work->func;
	int color = work->color;

	if (unlikely(other)) {
		list_move_tail(&work->entry, &other->scheduled);
		return;
	}
	list_del_init(&work->entry);
	w->current_work = work;
	w->current_func = func;
	w->seq = ++pool->seq;
	list_add(&w->entry, &pool->busy);
	if (pool->cpu < 0)
		pool_wake_worker(pool, false);
	/*
	 * From here on the item may be queued again, or freed by its function. What its queuer
	 * stored before it saw PENDING set must be seen by the function: a full barrier.
	 */
	smp_mb();
	clear_bit(0, &work->pending);
	smp_mb();
	raw_spin_unlock_irq(&pool->lock);
	wake_watchers();
	func(work);
	check_clean(w, func);
	raw_spin_lock_irq(&pool->lock);
	w->current_work = NULL;
	w->current_func = NULL;
	list_del_init(&w->entry);
	raw_spin_unlock_irq(&pool->lock);
	wq_work_done(wq, color, true);
	wake_watchers();
	cond_resched();
	raw_spin_lock_irq(&pool->lock);
}

static void process_scheduled(struct worker *w)
{
	while (!list_empty(&w->scheduled))
		process_one(w, list_first_entry(&w->scheduled, struct work_struct, entry));
}

static int worker_thread(void *arg);

static struct worker *make_worker(struct worker_pool *pool)
{
	struct worker *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return NULL;
	w->pool = pool;
	INIT_LIST_HEAD(&w->entry);
	INIT_LIST_HEAD(&w->scheduled);
	if (pool->cpu < 0)
		w->task = kthread_create(worker_thread, w, "kworker/u");
	else
		w->task = kthread_create_on_cpu(worker_thread, w, pool->cpu, "kworker");
	if (IS_ERR(w->task)) {
		kfree(w);
		return NULL;
	}
	return w;
}

static int add_worker(struct worker_pool *pool)
{
	struct worker *w = make_worker(pool);

	if (!w)
		return -ENOMEM;
	raw_spin_lock_irq(&pool->lock);
	pool->nr_workers++;
	pool->nr_idle++;
	list_add_tail(&w->entry, &pool->idle);
	/* under the lock: another may wake it from now on, and after its work it may end */
	wake_up_process(w->task);
	raw_spin_unlock_irq(&pool->lock);
	return 0;
}

/* Sees to it that somebody is idle. pool->lock held; dropped meanwhile. */
static void manage(struct worker_pool *pool)
{
	if (pool->nr_idle || pool->managing)
		return;
	pool->managing = true;
	raw_spin_unlock_irq(&pool->lock);
	mod_timer(&pool->mayday_timer, jiffies + MAYDAY_FIRST);
	add_worker(pool); /* without memory we go on alone, and the next turn tries again */
	del_timer_sync(&pool->mayday_timer);
	raw_spin_lock_irq(&pool->lock);
	pool->managing = false;
}

/* Timer interrupt: a worker is long in the making. */
static void mayday(struct timer_list *t)
{
	struct worker_pool *pool = from_timer(pool, t, mayday_timer);
	struct work_struct *work;

	raw_spin_lock(&pool->lock);
	list_for_each_entry (work, &pool->worklist, entry) {
		struct workqueue_struct *wq = work->data_wq;

		if (wq->rescuer && !wq->mayday) {
			wq->mayday = true;
			wake_up_process(wq->rescuer);
		}
	}
	raw_spin_unlock(&pool->lock);
	mod_timer(&pool->mayday_timer, jiffies + MAYDAY_AGAIN);
}

static bool trimmed;	/* workers_trim() wants one idle worker in each pool; READ_ONCE */

static int idle_limit(const struct worker_pool *pool)
{
	if (READ_ONCE(trimmed))
		return 1;
	return pool->cpu < 0 ? MAX_IDLE_UNBOUND : MAX_IDLE_BOUND;
}

static int worker_thread(void *arg)
{
	struct worker *w = arg;
	struct worker_pool *pool = w->pool;

	current->flags |= PF_WQ_WORKER;
	raw_spin_lock_irq(&pool->lock);
	for (;;) {
		/* idle list -> working */
		list_del_init(&w->entry);
		pool->nr_idle--;
		while (need_more_worker(pool)) {
			count_running(w, true);
			manage(pool);
			if (!list_empty(&pool->worklist))
				process_one(w, list_first_entry(&pool->worklist,
								struct work_struct, entry));
			process_scheduled(w);
			count_running(w, false);
		}
		if (pool->nr_idle >= idle_limit(pool))
			break;
		/* woken only through the idle list, and that is changed under pool->lock */
		list_add(&w->entry, &pool->idle);
		pool->nr_idle++;
		__set_current_state(TASK_IDLE);
		raw_spin_unlock_irq(&pool->lock);
		schedule();
		raw_spin_lock_irq(&pool->lock);
	}
	pool->nr_workers--;
	raw_spin_unlock_irq(&pool->lock);
	current->flags &= ~PF_WQ_WORKER;
	kfree(w);
	return 0;
}

static void trim_pool(struct worker_pool *pool)
{
	struct worker *w;

	raw_spin_lock_irq(&pool->lock);
	/* each takes itself off the list, and ends if another is left on it */
	list_for_each_entry (w, &pool->idle, entry)
		wake_up_process(w->task);
	raw_spin_unlock_irq(&pool->lock);
}

void workers_trim(bool on)
{
	int cpu;

	WRITE_ONCE(trimmed, on);
	if (!on)
		return;
	for_each_possible_cpu (cpu)
		trim_pool(&per_cpu(worker_pools, cpu));
	trim_pool(&unbound_pool);
}

/* Runs the queue's items that sit on one pool's list. */
static void rescue_pool(struct worker *w, struct workqueue_struct *wq, struct worker_pool *pool)
{
	struct work_struct *work;

	w->pool = pool;
	raw_spin_lock_irq(&pool->lock);
again:
	list_for_each_entry (work, &pool->worklist, entry) {
		if (work->data_wq == wq) {
			process_one(w, work);
			process_scheduled(w);
			goto again;
		}
	}
	raw_spin_unlock_irq(&pool->lock);
}

static int rescuer_thread(void *arg)
{
	struct workqueue_struct *wq = arg;
	struct worker w = { .task = current, .rescuer = true };
	int cpu;

	INIT_LIST_HEAD(&w.entry);
	INIT_LIST_HEAD(&w.scheduled);
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		if (!READ_ONCE(wq->mayday)) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		WRITE_ONCE(wq->mayday, false);
		smp_mb(); /* before the look at the lists */
		for_each_online_cpu (cpu)
			rescue_pool(&w, wq, &per_cpu(worker_pools, cpu));
		rescue_pool(&w, wq, &unbound_pool);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* Before workqueue_init() threads cannot run yet; they are made there. */
static bool workers_can_run;

int wq_start_rescuer(struct workqueue_struct *wq)
{
	struct task_struct *p;

	if (!workers_can_run)
		return 0;
	p = kthread_run(rescuer_thread, wq, "%s", wq->name);
	if (IS_ERR(p))
		return PTR_ERR(p);
	wq->rescuer = p;
	return 0;
}

void wq_register(struct workqueue_struct *wq)
{
	spin_lock_irq(&wq_list_lock);
	list_add_tail(&wq->list, &wq_list);
	spin_unlock_irq(&wq_list_lock);
}

void wq_unregister(struct workqueue_struct *wq)
{
	spin_lock_irq(&wq_list_lock);
	list_del(&wq->list);
	spin_unlock_irq(&wq_list_lock);
}

static void pool_init(struct worker_pool *pool, int cpu)
{
	raw_spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->worklist);
	INIT_LIST_HEAD(&pool->idle);
	INIT_LIST_HEAD(&pool->busy);
	timer_setup(&pool->mayday_timer, mayday, 0);
	pool->cpu = cpu;
}

void workqueue_init_early(void)
{
	int cpu;

	init_waitqueue_head(&wq_event_wait);
	for_each_possible_cpu (cpu)
		pool_init(&per_cpu(worker_pools, cpu), cpu);
	pool_init(&unbound_pool, -1);
	system_wq = alloc_workqueue("events", 0, 0);
	system_highpri_wq = alloc_workqueue("events_highpri", WQ_HIGHPRI, 0);
	system_long_wq = alloc_workqueue("events_long", 0, 0);
	system_unbound_wq = alloc_workqueue("events_unbound", WQ_UNBOUND, WQ_MAX_ACTIVE);
	BUG_ON(!system_wq || !system_highpri_wq || !system_long_wq || !system_unbound_wq);
}

void workqueue_init(void)
{
	struct workqueue_struct *wq;
	int cpu;

	workers_can_run = true;
	for_each_online_cpu (cpu)
		BUG_ON(add_worker(&per_cpu(worker_pools, cpu)));
	BUG_ON(add_worker(&unbound_pool));
	/* boot is single-threaded here: the list does not change under us */
	list_for_each_entry (wq, &wq_list, list) {
		if ((wq->flags & WQ_MEM_RECLAIM) && !wq->rescuer)
			BUG_ON(wq_start_rescuer(wq));
	}
}
