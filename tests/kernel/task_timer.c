// SPDX-License-Identifier: MIT
/*
 * Timers: never early, all fire, races of arming, moving and cancelling from several CPUs.
 */
#include "kernel/lib/string.h"
#include "kernel/task/kthread.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/smp.h"
#include "tests/kernel/ktest.h"

static void sleep_bounds(void)
{
	static const int ms[] = { 0, 1, 3, 10 };

	for (int i = 0; i < ARRAY_SIZE(ms); i++) {
		u64 start = ktime_get_ns(), took;

		msleep(ms[i]);
		took = ktime_get_ns() - start;
		KTEST_EXPECT(took >= (u64)ms[i] * NSEC_PER_MSEC);
	}
	KTEST_EQ(schedule_timeout_uninterruptible(0), 0);
}
KTEST(task_sleep_bounds, KTEST_QUICK, sleep_bounds);

struct note {
	struct hrtimer timer;
	u64 fired_at, due;
	int order, cpu;
};

static atomic_t fired;

static enum hrtimer_restart note_fire(struct hrtimer *t)
{
	struct note *n = container_of(t, struct note, timer);

	n->fired_at = ktime_get_ns();
	n->cpu = raw_smp_processor_id();
	n->order = atomic_inc_return(&fired);
	return HRTIMER_NORESTART;
}

/* Armed in a random order, they fire in the order of their times and not before. */
static void timer_order(void)
{
	static struct note n[40];
	u64 base;

	/* One CPU's timers, as only those have an order, and none fires before all are armed. */
	local_irq_disable();
	atomic_set(&fired, 0);
	base = ktime_get_ns() + 5 * NSEC_PER_MSEC;
	for (int i = 0; i < 40; i++) {
		n[i].due = base + (i * 17 % 40) * 100 * NSEC_PER_USEC;
		hrtimer_init(&n[i].timer, note_fire);
		hrtimer_start(&n[i].timer, n[i].due, HRTIMER_MODE_ABS);
	}
	local_irq_enable();
	KTEST_EXPECT(ktest_wait(atomic_read(&fired) == 40));
	/* none may stay armed: the array is set up anew the next time */
	for (int i = 0; i < 40; i++)
		hrtimer_cancel(&n[i].timer);
	for (int i = 0; i < 40; i++) {
		KTEST_EXPECT(n[i].fired_at >= n[i].due);
		KTEST_EQ(n[i].order, i * 17 % 40 + 1);
	}
}
KTEST(task_timer_order, KTEST_QUICK, timer_order);

static atomic_t periodic_count;

static enum hrtimer_restart periodic_fire(struct hrtimer *t)
{
	hrtimer_forward_now(t, 500 * NSEC_PER_USEC);
	return atomic_inc_return(&periodic_count) < 20 ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

static void timer_periodic(void)
{
	struct hrtimer t;

	atomic_set(&periodic_count, 0);
	hrtimer_init(&t, periodic_fire);
	hrtimer_start(&t, NSEC_PER_MSEC, HRTIMER_MODE_REL);
	KTEST_EXPECT(ktest_wait(atomic_read(&periodic_count) == 20));
	KTEST_EQ(hrtimer_cancel(&t), 0);
}
KTEST(task_timer_periodic, KTEST_QUICK, timer_periodic);

static int remote_cpu;

static void remote_fire(struct timer_list *t)
{
	WRITE_ONCE(remote_cpu, raw_smp_processor_id());
}

/* A timer put on another CPU, which may be halted, fires there. */
static void timer_remote(void)
{
	struct timer_list t;
	unsigned int cpu;

	for_each_online_cpu (cpu) {
		remote_cpu = -1;
		timer_setup(&t, remote_fire, 0);
		t.expires = jiffies + 3;
		add_timer_on(&t, cpu);
		KTEST_EXPECT(ktest_wait(READ_ONCE(remote_cpu) >= 0));
		del_timer_sync(&t);
		KTEST_EQ(remote_cpu, cpu);
	}
}
KTEST(task_timer_remote, KTEST_QUICK, timer_remote);

/* Several threads arm, move and cancel a few timers; after del_timer_sync nothing may run. */
#define RACE_TIMERS 4

static struct race {
	struct timer_list timer;
	spinlock_t lock; /* guards alive and serialises arming against the final cancel */
	bool alive;
	atomic_t runs, bad;
} race[RACE_TIMERS];

static void race_fire(struct timer_list *t)
{
	struct race *r = from_timer(r, t, timer);

	if (!READ_ONCE(r->alive))
		atomic_inc(&r->bad);
	atomic_inc(&r->runs);
}

static void race_thread(void *arg, unsigned int me)
{
	for (int i = 0; i < 600; i++) {
		struct race *r = &race[ktest_random() % RACE_TIMERS];

		switch (ktest_random() % 4) {
		case 0:
			del_timer(&r->timer);
			break;
		case 1:
			del_timer_sync(&r->timer);
			break;
		default:
			mod_timer(&r->timer, jiffies + ktest_random() % 2);
			break;
		}
		if (i % 64 == 0)
			msleep(1);
	}
}

static void timer_races(void)
{
	int i;

	for (i = 0; i < RACE_TIMERS; i++) {
		timer_setup(&race[i].timer, race_fire, 0);
		race[i].alive = true;
		atomic_set(&race[i].runs, 0);
		atomic_set(&race[i].bad, 0);
	}
	KTEST_ASSERT(ktest_threads(4, race_thread, NULL));
	for (i = 0; i < RACE_TIMERS; i++) {
		del_timer_sync(&race[i].timer);
		WRITE_ONCE(race[i].alive, false);
	}
	msleep(10);
	for (i = 0; i < RACE_TIMERS; i++) {
		KTEST_EQ(atomic_read(&race[i].bad), 0);
		KTEST_EXPECT(!timer_pending(&race[i].timer));
	}
}
KTEST(task_timer_races, KTEST_QUICK, timer_races);
