// SPDX-License-Identifier: MIT
/*
 * Work queues: everything queued runs, nothing runs twice at once, sleepers do not hold up
 * others, limits are kept, and flushing, cancelling and destroying wait for what they must. Pools
 * keep the workers they have made, so these tests leave more objects than they find.
 */
#include "kernel/lib/string.h"
#include "kernel/lock/completion.h"
#include "kernel/task/kthread.h"
#include "kernel/task/sched.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/smp.h"
#include "tests/kernel/ktest.h"

struct item {
	struct work_struct work;
	atomic_t runs, inside, overlap;
	struct completion *gate;
	int sleep_ms;
};

static atomic_t active, most_active;

static void item_fn(struct work_struct *work)
{
	struct item *it = container_of(work, struct item, work);
	int now = atomic_inc_return(&active);

	if (now > atomic_read(&most_active))
		atomic_set(&most_active, now);
	if (atomic_inc_return(&it->inside) > 1)
		atomic_inc(&it->overlap);
	if (it->gate)
		wait_for_completion(it->gate);
	if (it->sleep_ms)
		msleep(it->sleep_ms);
	atomic_dec(&it->inside);
	atomic_inc(&it->runs);
	atomic_dec(&active);
}

static void item_init(struct item *it)
{
	memset(it, 0, sizeof(*it));
	INIT_WORK(&it->work, item_fn);
}

static void wq_basic(void)
{
	static struct item it[32];
	struct workqueue_struct *wq = alloc_workqueue("t_basic", 0, 0);
	unsigned int cpu;

	KTEST_ASSERT(wq);
	for (int i = 0; i < 32; i++)
		item_init(&it[i]);
	for (int i = 0; i < 32; i++)
		KTEST_EXPECT(queue_work(wq, &it[i].work));
	flush_workqueue(wq);
	for (int i = 0; i < 32; i++)
		KTEST_EQ(atomic_read(&it[i].runs), 1);
	for_each_online_cpu (cpu)
		KTEST_EXPECT(queue_work_on(cpu, wq, &it[cpu % 32].work));
	for_each_online_cpu (cpu) {
		flush_work(&it[cpu % 32].work);
		KTEST_EQ(atomic_read(&it[cpu % 32].runs), 2);
	}
	destroy_workqueue(wq);
}
KTEST(task_wq_basic, KTEST_QUICK | KTEST_GROWS, wq_basic);

/* An item that sleeps does not stop those behind it, bound or not. */
static void wq_sleeper(void)
{
	static const unsigned int kinds[] = { 0, WQ_UNBOUND, WQ_UNBOUND | WQ_MEM_RECLAIM };

	for (int k = 0; k < ARRAY_SIZE(kinds); k++) {
		static struct item sleeper, quick;
		struct completion gate;
		struct workqueue_struct *wq = alloc_workqueue("t_sleep", kinds[k], 0);

		KTEST_ASSERT(wq);
		init_completion(&gate);
		item_init(&sleeper);
		item_init(&quick);
		sleeper.gate = &gate;
		queue_work_on(kinds[k] ? WORK_CPU_UNBOUND : 0, wq, &sleeper.work);
		queue_work_on(kinds[k] ? WORK_CPU_UNBOUND : 0, wq, &quick.work);
		KTEST_EXPECT(ktest_wait(atomic_read(&quick.runs) == 1));
		KTEST_EQ(atomic_read(&sleeper.runs), 0);
		complete(&gate);
		KTEST_EXPECT(flush_work(&sleeper.work) || atomic_read(&sleeper.runs) == 1);
		KTEST_EQ(atomic_read(&sleeper.runs), 1);
		destroy_workqueue(wq);
	}
}
KTEST(task_wq_sleeper, KTEST_QUICK | KTEST_GROWS, wq_sleeper);

static void wq_limits(void)
{
	static struct item it[12];
	struct workqueue_struct *wq;

	for (int max = 1; max <= 3; max++) {
		wq = alloc_workqueue("t_limit", WQ_UNBOUND, max);
		KTEST_ASSERT(wq);
		atomic_set(&most_active, 0);
		for (int i = 0; i < 12; i++) {
			item_init(&it[i]);
			it[i].sleep_ms = 1;
			queue_work(wq, &it[i].work);
		}
		drain_workqueue(wq);
		KTEST_EXPECT(atomic_read(&most_active) <= max);
		for (int i = 0; i < 12; i++)
			KTEST_EQ(atomic_read(&it[i].runs), 1);
		destroy_workqueue(wq);
	}
}
KTEST(task_wq_limits, KTEST_QUICK | KTEST_GROWS, wq_limits);

static void wq_cancel(void)
{
	static struct item it, blocker;
	struct completion gate;
	struct workqueue_struct *wq = alloc_ordered_workqueue("t_cancel", 0);

	KTEST_ASSERT(wq);
	init_completion(&gate);
	item_init(&it);
	item_init(&blocker);
	blocker.gate = &gate;
	queue_work(wq, &blocker.work);
	queue_work(wq, &it.work); /* waits behind the blocker */
	KTEST_EXPECT(!queue_work(wq, &it.work));
	KTEST_EXPECT(cancel_work_sync(&it.work));
	KTEST_EXPECT(!cancel_work_sync(&it.work));
	complete(&gate);
	flush_workqueue(wq);
	KTEST_EQ(atomic_read(&it.runs), 0);
	KTEST_EQ(atomic_read(&blocker.runs), 1);
	KTEST_EXPECT(queue_work(wq, &it.work)); /* usable again */
	flush_workqueue(wq);
	KTEST_EQ(atomic_read(&it.runs), 1);
	destroy_workqueue(wq);
}
KTEST(task_wq_cancel, KTEST_QUICK | KTEST_GROWS, wq_cancel);

static atomic_t delayed_runs;

static void delayed_fn(struct work_struct *work)
{
	atomic_inc(&delayed_runs);
}

/* FOREVER: the item is certain to be pending still, even if the host stops us in between. */
#define FOREVER 100000 /* ms */

static void wq_delayed(void)
{
	static struct delayed_work dw;
	u64 start;

	atomic_set(&delayed_runs, 0);
	INIT_DELAYED_WORK(&dw, delayed_fn);
	start = ktime_get_ns();
	KTEST_EXPECT(queue_delayed_work(system_wq, &dw, 20));
	KTEST_EXPECT(ktest_wait(atomic_read(&delayed_runs) == 1));
	KTEST_EXPECT(ktime_get_ns() - start >= 19 * NSEC_PER_MSEC);

	KTEST_EXPECT(queue_delayed_work(system_wq, &dw, FOREVER));
	KTEST_EXPECT(!queue_delayed_work(system_wq, &dw, 0)); /* pending, and stays as it is */
	KTEST_EXPECT(mod_delayed_work(system_wq, &dw, 0));
	flush_delayed_work(&dw);
	KTEST_EQ(atomic_read(&delayed_runs), 2);

	/* whether it had to wait depends on how soon a worker was through */
	KTEST_EXPECT(queue_delayed_work(system_wq, &dw, FOREVER));
	flush_delayed_work(&dw);
	KTEST_EQ(atomic_read(&delayed_runs), 3);

	KTEST_EXPECT(queue_delayed_work(system_wq, &dw, FOREVER));
	KTEST_EXPECT(cancel_delayed_work_sync(&dw));
	KTEST_EXPECT(!cancel_delayed_work_sync(&dw));
	KTEST_EQ(atomic_read(&delayed_runs), 3);
}
KTEST(task_wq_delayed, KTEST_QUICK | KTEST_GROWS, wq_delayed);

/* Many CPUs queue, flush and cancel the same few items. */
#define STORM_ITEMS 4

static struct item storm_items[STORM_ITEMS];

static void storm_thread(void *arg, unsigned int me)
{
	struct workqueue_struct *wq = arg;

	for (int i = 0; i < 200; i++) {
		struct item *it = &storm_items[ktest_random() % STORM_ITEMS];

		switch (ktest_random() % 8) {
		case 0:
			flush_work(&it->work);
			break;
		case 1:
			cancel_work_sync(&it->work);
			break;
		case 2:
			flush_workqueue(wq);
			break;
		default:
			queue_work(wq, &it->work);
			break;
		}
	}
}

static void wq_storm(void)
{
	for (int unbound = 0; unbound < 2; unbound++) {
		struct workqueue_struct *wq =
			alloc_workqueue("t_storm", unbound ? WQ_UNBOUND : 0, 2);

		KTEST_ASSERT(wq);
		for (int i = 0; i < STORM_ITEMS; i++)
			item_init(&storm_items[i]);
		KTEST_ASSERT(ktest_threads(4, storm_thread, wq));
		drain_workqueue(wq);
		for (int i = 0; i < STORM_ITEMS; i++) {
			KTEST_EQ(atomic_read(&storm_items[i].overlap), 0);
			KTEST_EQ(atomic_read(&storm_items[i].inside), 0);
			KTEST_EXPECT(!work_pending(&storm_items[i].work));
		}
		destroy_workqueue(wq);
	}
}
KTEST(task_wq_storm, KTEST_QUICK | KTEST_GROWS, wq_storm);
