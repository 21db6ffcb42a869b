// SPDX-License-Identifier: MIT
/*
 * The scheduler: no wakeup lost, nobody starved, CPUs shared by weight, affinity kept, and the
 * life of kernel threads.
 */
#include "kernel/lib/string.h"
#include "kernel/lock/completion.h"
#include "kernel/lock/wait.h"
#include "kernel/task/kthread.h"
#include "kernel/task/rq.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/time.h"
#include "mm/vmalloc.h"
#include "tests/kernel/ktest.h"

/* Two threads hand a number to and fro by bare state changes: a lost wakeup hangs them. */
struct pingpong {
	struct task_struct *task[2];
	int turn, rounds;
	atomic_t ready;
};

static void pingpong_thread(void *arg, unsigned int me)
{
	struct pingpong *pp = arg;

	pp->task[me] = current;
	atomic_inc(&pp->ready);
	while (atomic_read(&pp->ready) < 2)
		msleep(1);
	for (int i = 0; i < pp->rounds; i++) {
		for (;;) {
			set_current_state(TASK_UNINTERRUPTIBLE);
			if (READ_ONCE(pp->turn) == me)
				break;
			schedule();
		}
		__set_current_state(TASK_RUNNING);
		WRITE_ONCE(pp->turn, !me);
		wake_up_process(pp->task[!me]);
	}
	/* the other may still be about to wake us */
	atomic_dec(&pp->ready);
	while (atomic_read(&pp->ready) > 0)
		msleep(1);
}

static void ping_pong(void)
{
	struct pingpong pp = { .rounds = 2000 };
	u64 start = ktime_get_ns();

	KTEST_ASSERT(ktest_threads(2, pingpong_thread, &pp));
	pr_info("# %llu ns for a round trip\n", (ktime_get_ns() - start) / pp.rounds);
}
KTEST(task_wake_pingpong, KTEST_QUICK, ping_pong);

/* Many threads sleep and wake each other at random places; each waits for its own count. */
#define STORM_THREADS 12
#define STORM_ROUNDS  400

struct storm {
	struct task_struct *task[STORM_THREADS];
	atomic_t tokens[STORM_THREADS];
	atomic_t ready;
};

static void storm_thread(void *arg, unsigned int me)
{
	struct storm *s = arg;
	unsigned int next = (me + 1) % STORM_THREADS;

	s->task[me] = current;
	atomic_inc(&s->ready);
	while (atomic_read(&s->ready) < STORM_THREADS)
		msleep(1);
	for (int i = 0; i < STORM_ROUNDS; i++) {
		atomic_inc(&s->tokens[next]);
		wake_up_process(s->task[next]);
		for (;;) {
			set_current_state(i & 1 ? TASK_INTERRUPTIBLE : TASK_UNINTERRUPTIBLE);
			if (atomic_read(&s->tokens[me]) > i)
				break;
			schedule();
		}
		__set_current_state(TASK_RUNNING);
	}
	atomic_dec(&s->ready);
	while (atomic_read(&s->ready) > 0)
		msleep(1);
}

static void wake_storm(void)
{
	static struct storm s;

	memset(&s, 0, sizeof(s));
	KTEST_ASSERT(ktest_threads(STORM_THREADS, storm_thread, &s));
	for (int i = 0; i < STORM_THREADS; i++)
		KTEST_EQ(atomic_read(&s.tokens[i]), STORM_ROUNDS);
}
KTEST(task_wake_storm, KTEST_QUICK, wake_storm);

/* Threads that never sleep share one CPU by their weights. */
struct spinner {
	struct task_struct *task;
	u64 ran;
	bool stop;
};

static int spin_thread(void *arg)
{
	struct spinner *sp = arg;

	while (!kthread_should_stop())
		cpu_relax();
	sp->ran = task_sched_runtime(current);
	return 0;
}

static bool fair_shares(unsigned int ms)
{
	static struct spinner sp[3];
	static const int nice[3] = { 0, 0, 5 };
	u64 total = 0;
	int i;

	for (i = 0; i < 3; i++) {
		sp[i].task = kthread_create_on_cpu(spin_thread, &sp[i], 0, "spin");
		if (IS_ERR(sp[i].task))
			return false;
		set_user_nice(sp[i].task, nice[i]);
		wake_up_process(sp[i].task);
	}
	msleep(ms);
	for (i = 0; i < 3; i++)
		kthread_stop(sp[i].task);
	for (i = 0; i < 3; i++)
		total += sp[i].ran;
	pr_info("# shares in per mille: %llu %llu %llu\n", sp[0].ran * 1000 / total,
		sp[1].ran * 1000 / total, sp[2].ran * 1000 / total);
	/* by weight 430, 430, 140 */
	return sp[0].ran * 1000 / total > 300 && sp[1].ran * 1000 / total > 300 &&
	       sp[2].ran * 1000 / total > 60 && sp[2].ran < sp[0].ran;
}

/*
 * A busy host stops a virtual CPU now and then, and the clock goes on, for the thread that happens
 * to run. The others make up for that, but in the end one stop may be left uneven: over a longer
 * time it counts less.
 */
static void fairness(void)
{
	for (unsigned int ms = 400; ms <= 3200; ms *= 2) {
		if (fair_shares(ms))
			return;
	}
	KTEST_FAIL("unfair for longer and longer times");
}
KTEST(task_fairness, KTEST_QUICK, fairness);

/*
 * A sleeper gets the CPU soon although another would never give it up. When the host stops the
 * virtual CPU it is late too, but that is the exception.
 */
#define SLEEPS	20
#define LATE_MS 100

static void wakeup_preempts(void)
{
	struct spinner sp = { 0 };
	unsigned int late = 0;
	u64 worst = 0;

	sp.task = kthread_create_on_cpu(spin_thread, &sp, task_cpu(current), "spin");
	KTEST_ASSERT(!IS_ERR(sp.task));
	wake_up_process(sp.task);
	for (int i = 0; i < SLEEPS; i++) {
		u64 start = ktime_get_ns(), took;

		schedule_timeout_uninterruptible(2);
		took = ktime_get_ns() - start;
		worst = max(worst, took);
		late += took > LATE_MS * NSEC_PER_MSEC;
	}
	kthread_stop(sp.task);
	pr_info("# a sleep of 2 ms took at most %llu us\n", worst / 1000);
	KTEST_EXPECT(late <= SLEEPS / 2);
}
KTEST(task_wakeup_preempts, KTEST_QUICK, wakeup_preempts);

/* As many busy threads as CPUs: all but a few CPUs get one, before long. */
static struct spinner spinners[16];

static unsigned int cpus_in_use(unsigned int n)
{
	bool seen[NR_CPUS] = { false };
	unsigned int cpu, used = 0;

	for (unsigned int i = 0; i < n; i++)
		seen[task_cpu(spinners[i].task)] = true;
	for_each_online_cpu (cpu)
		used += seen[cpu];
	return used;
}

static void spread(void)
{
	unsigned int n = min(num_online_cpus(), 16u);

	for (unsigned int i = 0; i < n; i++) {
		spinners[i].task = kthread_create(spin_thread, &spinners[i], "spread/%u", i);
		KTEST_ASSERT(!IS_ERR(spinners[i].task));
		wake_up_process(spinners[i].task);
	}
	KTEST_EXPECT(ktest_wait(cpus_in_use(n) >= n - n / 4));
	pr_info("# %u spinners on %u CPUs\n", n, cpus_in_use(n));
	for (unsigned int i = 0; i < n; i++)
		kthread_stop(spinners[i].task);
}
KTEST(task_spread, KTEST_QUICK, spread);

static void affinity(void)
{
	cpumask_t mask, all = *cpu_online_mask;
	unsigned int cpu;

	for_each_online_cpu (cpu) {
		cpumask_clear(&mask);
		cpumask_set_cpu(cpu, &mask);
		KTEST_EQ(set_cpus_allowed(current, &mask), 0);
		for (int i = 0; i < 50; i++) {
			KTEST_EQ(raw_smp_processor_id(), cpu);
			if (i & 1)
				yield();
			else
				schedule_timeout_uninterruptible(0);
		}
	}
	cpumask_clear(&mask);
	KTEST_EQ(set_cpus_allowed(current, &mask), -EINVAL);
	KTEST_EQ(set_cpus_allowed(current, &all), 0);
}
KTEST(task_affinity, KTEST_QUICK, affinity);

/* Moves of running and waiting threads from outside, while they come and go. */
static void move_others(void)
{
	unsigned int cpus = num_online_cpus();
	static struct spinner sp[6];
	cpumask_t mask;
	int i;

	if (cpus < 2)
		KTEST_SKIP("one CPU");
	for (i = 0; i < 6; i++) {
		sp[i].task = kthread_create(spin_thread, &sp[i], "move/%d", i);
		KTEST_ASSERT(!IS_ERR(sp[i].task));
		wake_up_process(sp[i].task);
	}
	for (i = 0; i < 300; i++) {
		cpumask_clear(&mask);
		cpumask_set_cpu(ktest_random() % cpus, &mask);
		KTEST_EQ(set_cpus_allowed(sp[i % 6].task, &mask), 0);
		if (i % 16 == 0)
			msleep(1);
	}
	for (i = 0; i < 6; i++)
		kthread_stop(sp[i].task);
}
KTEST(task_move_others, KTEST_QUICK, move_others);

#if CONFIG_CHECKS
/* Until the thread is between two queues, or does not seem to get there. */
static void await_move(struct task_struct *p)
{
	u64 give_up = ktime_get_ns() + 5 * NSEC_PER_MSEC;

	while (READ_ONCE(p->on_rq) != TASK_ON_RQ_MIGRATING && ktime_get_ns() < give_up)
		cpu_relax();
}

/* A thread is sent on while it is still on the way to where it was sent before. */
static void move_moving(void)
{
	unsigned int cpus = num_online_cpus();
	struct spinner sp = { 0 };
	cpumask_t mask;

	if (cpus < 2)
		KTEST_SKIP("one CPU");
	sp.task = kthread_create(spin_thread, &sp, "moving");
	KTEST_ASSERT(!IS_ERR(sp.task));
	wake_up_process(sp.task);
	WRITE_ONCE(sched_test_pause_ns, NSEC_PER_MSEC);
	for (int i = 0; i < 60; i++) {
		unsigned int others = 1 + ktest_random() % (cpus - 1);

		cpumask_clear(&mask);
		cpumask_set_cpu((task_cpu(sp.task) + others) % cpus, &mask);
		KTEST_EQ(set_cpus_allowed(sp.task, &mask), 0);
		await_move(sp.task);
	}
	WRITE_ONCE(sched_test_pause_ns, 0);
	kthread_stop(sp.task);
}
KTEST(task_move_moving, KTEST_QUICK, move_moving);

/* Looks all the time as if it were about to sleep. */
static int almost_sleep(void *unused)
{
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		udelay(10);
		if (kthread_should_stop())
			break;
		__set_current_state(TASK_RUNNING);
		cond_resched();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* A thread ends while a wakeup that saw it about to sleep is still on its way: too late a one. */
static void wake_dying(void)
{
	if (num_online_cpus() < 2)
		KTEST_SKIP("one CPU");
	WRITE_ONCE(sched_test_pause_ns, NSEC_PER_MSEC);
	for (int i = 0; i < 30; i++) {
		struct task_struct *p = kthread_run(almost_sleep, NULL, "dying/%d", i);

		KTEST_EXPECT(!IS_ERR(p));
		if (IS_ERR(p))
			break;
		udelay(200);
		kthread_stop(p);
	}
	WRITE_ONCE(sched_test_pause_ns, 0);
}
KTEST(task_wake_dying, KTEST_QUICK, wake_dying);
#endif

static int return_seven(void *unused)
{
	return 7;
}

static int wait_for_stop(void *arg)
{
	int *parked = arg;

	while (!kthread_should_stop()) {
		if (kthread_should_park()) {
			++*parked;
			kthread_parkme();
			continue;
		}
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop() && !kthread_should_park())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 9;
}

static bool park_briefly(struct task_struct *p)
{
	if (kthread_park(p))
		return false;
	kthread_unpark(p);
	return true;
}

static void kthread_life(void)
{
	struct task_struct *p;
	int parked = 0;

	/* never woken: its function never runs */
	p = kthread_create(return_seven, NULL, "never");
	KTEST_ASSERT(!IS_ERR(p));
	KTEST_EQ(kthread_stop(p), -EINTR);

	p = kthread_run(wait_for_stop, &parked, "parker");
	KTEST_ASSERT(!IS_ERR(p));
	for (int i = 0; i < 20; i++) {
		KTEST_EQ(kthread_park(p), 0);
		/* parked before it first ran, or before it ran on, it does not count again */
		KTEST_EXPECT(parked <= i + 1);
		wake_up_process(p); /* must not unpark it */
		kthread_unpark(p);
	}
	/* with some time in between it does */
	KTEST_EXPECT(ktest_wait(park_briefly(p) && READ_ONCE(parked) > 0));
	KTEST_EQ(kthread_stop(p), 9);

	/* ended by itself, held by a reference */
	p = kthread_create(return_seven, NULL, "seven");
	KTEST_ASSERT(!IS_ERR(p));
	get_task_struct(p);
	wake_up_process(p);
	KTEST_EXPECT(ktest_wait(READ_ONCE(p->state) == TASK_DEAD));
	KTEST_EQ(kthread_stop(p), 7);
	put_task_struct(p);
}
KTEST(task_kthread_life, KTEST_QUICK, kthread_life);

static void many_threads(void)
{
	unsigned long before = vmalloc_nr_pages();

	for (int round = 0; round < 10; round++) {
		struct task_struct *p[20];

		for (int i = 0; i < 20; i++) {
			p[i] = kthread_run(wait_for_stop, NULL, "many/%d", i);
			KTEST_ASSERT(!IS_ERR(p[i]));
		}
		for (int i = 0; i < 20; i++) {
			int ret = kthread_stop(p[i]);

			/* stopped before its first instruction, it never calls its function */
			KTEST_EXPECT(ret == 9 || ret == -EINTR);
		}
	}
	/*
	 * They have said goodbye; now they leave their stacks and are freed. Two hundred stacks of
	 * four pages came and went; some are kept for reuse.
	 */
	KTEST_EXPECT(ktest_wait((rcu_barrier(), vmalloc_nr_pages() < before + 400)));
}
KTEST(task_many_threads, KTEST_QUICK | KTEST_GROWS, many_threads);
