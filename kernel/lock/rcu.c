// SPDX-License-Identifier: MIT
/*
 * RCU grace periods and callbacks: see rcupdate.h.
 *
 * One thread, rcu_gp, runs the grace periods, numbered from 1: gp_seq is the
 * number of the last one begun, gp_done of the last one ended. To begin one
 * it stores gp_seq, full barrier, and raises rcu_need_qs on every CPU. A CPU
 * at a quiescent state (a moment when it runs no reader) that finds the flag
 * lowers it, full barrier, and copies gp_seq to its qs_seq. The thread waits
 * until every CPU's qs_seq has reached gp_seq, or it has seen the CPU idle
 * since the beginning.
 *
 * Why that is enough: a reader that could hold an old pointer runs on some
 * CPU since before the update, which is before gp_seq was stored. That CPU's
 * next quiescent state comes after the reader's end; the barriers put the
 * reader's loads before the CPU's report, and the report before the end of
 * the grace period. A reader that starts after the report sees gp_seq's
 * store, hence the update that came before it.
 *
 * Idle CPUs are not woken: idle_count is odd while the CPU is in its idle
 * loop outside interrupt handlers; each transition is a full barrier. An odd
 * count, or one that has changed, means that the CPU has been quiescent.
 *
 * A busy CPU that does not report is sent through the scheduler after a few
 * milliseconds (resched_cpu), so long-running programs delay nobody.
 *
 * Callbacks go to the calling CPU's lock-free list. That CPU's thread takes
 * the whole list, waits for a grace period that begins later, and runs them
 * in order, in soft context.
 */
#include "kernel/lock/rcupdate.h"
#include "kernel/lock/completion.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lock/cpu_report.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/init.h"
#include "kernel/lib/llist.h"
#include "kernel/lib/printk.h"
#include "kernel/x86/percpu.h"
#include "mm/slab.h"

#define GP_KICK_ROUNDS	3	/* ms without a report before a CPU is rescheduled */
#define GP_STALL_MS	30000	/* before a grace period is reported as stuck */
#define CB_BATCH	32	/* callbacks without a preemption point */

struct rcu_cpu {
	struct llist_head callbacks;	/* newest first; lock-free */
	wait_queue_head_t wake;		/* this CPU's callback thread */
	struct rcu_head barrier;	/* rcu_barrier(); barrier_lock */
	bool has_thread;
};

DEFINE_PER_CPU(bool, rcu_need_qs);
DEFINE_PER_CPU(bool, rcu_in_idle);
static DEFINE_PER_CPU(unsigned long, qs_seq);	/* its CPU writes, rcu_gp reads */
static DEFINE_PER_CPU(unsigned int, idle_count);	/* odd: idle; its CPU writes */
static DEFINE_PER_CPU(unsigned int, idle_irqs);	/* nesting of interrupts in idle */
static DEFINE_PER_CPU(struct rcu_cpu, rcu_cpu);

static unsigned long gp_seq, gp_done;		/* written by rcu_gp only */
static atomic_long_t gp_wanted;			/* the highest number asked for */
static DECLARE_WAIT_QUEUE_HEAD(gp_wake);	/* rcu_gp sleeps here */
static DECLARE_WAIT_QUEUE_HEAD(gp_ended);	/* who waits for an end */
static bool rcu_ready;				/* rcu_init() has run */
static bool rcu_running;			/* rcu_gp exists */

/* ---- quiescent states ---------------------------------------------------- */

/* Interrupts or preemption off, outside of every reader. */
void rcu_qs(void)
{
	this_cpu_write(rcu_need_qs, false);
	smp_mb();
	this_cpu_write(qs_seq, READ_ONCE(gp_seq));
}

static void idle_transition(void)
{
	smp_mb();
	this_cpu_inc(idle_count);
	smp_mb();
}

/* An interrupt between the two steps would count its handler, a reader, as idle. */
static void idle_check(void)
{
	if (CONFIG_CHECKS && unlikely(!irqs_disabled()))
		panic("rcu: entering or leaving idle with interrupts on");
}

void rcu_idle_enter(void)
{
	idle_check();
	this_cpu_write(rcu_in_idle, true);
	idle_transition();
}

void rcu_idle_exit(void)
{
	idle_check();
	idle_transition();
	this_cpu_write(rcu_in_idle, false);
}

void __rcu_irq_enter(void)
{
	if (this_cpu_inc_return(idle_irqs) == 1)
		idle_transition();
}

void __rcu_irq_exit(void)
{
	if (this_cpu_dec_return(idle_irqs) == 0)
		idle_transition();
}

/* ---- grace periods ------------------------------------------------------- */

static bool wanted(void)
{
	return (long)(atomic_long_read(&gp_wanted) - READ_ONCE(gp_done)) > 0;
}

/* Asks for the grace periods up to number @gp. Any context. */
static void want(unsigned long gp)
{
	s64 old = atomic_long_read(&gp_wanted);

	do {
		if ((long)(old - (s64)gp) >= 0)
			return;
	} while (!atomic_long_try_cmpxchg(&gp_wanted, &old, (s64)gp));
	wake_up(&gp_wake);
}

/* Has @cpu been quiescent since the grace period began, when its count was @idle? */
static bool cpu_quiet(unsigned int cpu, unsigned int idle, unsigned long gp)
{
	unsigned int now = READ_ONCE(per_cpu(idle_count, cpu));

	if ((now & 1) || now != idle)
		return true;
	return (long)(READ_ONCE(per_cpu(qs_seq, cpu)) - gp) >= 0;
}

static void report_stall(unsigned long gp, unsigned int cpu, unsigned int ms)
{
	pr_err("rcu: grace period %lu waits %u ms for CPU %u\n", gp, ms, cpu);
	cpu_report(cpu);
}

/* Until @cpu has reported or been seen idle. */
static void wait_for_cpu(unsigned int cpu, unsigned int idle, unsigned long gp)
{
	unsigned int rounds = 0;

	while (!cpu_quiet(cpu, idle, gp)) {
		if (++rounds % GP_KICK_ROUNDS == 0)
			resched_cpu((int)cpu);
		if (rounds % GP_STALL_MS == 0)
			report_stall(gp, cpu, rounds);
		sched_set_state(TASK_IDLE);
		schedule_timeout(1);
	}
}

static void run_grace_period(void)
{
	static unsigned int idle[NR_CPUS];
	static struct cpumask waiting;
	unsigned long gp = gp_done + 1;
	unsigned int cpu;

	WRITE_ONCE(gp_seq, gp);
	smp_mb();
	cpumask_clear(&waiting);
	for_each_online_cpu(cpu) {
		idle[cpu] = READ_ONCE(per_cpu(idle_count, cpu));
		WRITE_ONCE(per_cpu(rcu_need_qs, cpu), true);
		__cpumask_set_cpu(cpu, &waiting);
	}
	/* This thread is no reader, so its own CPU is quiescent now. */
	preempt_disable();
	rcu_qs();
	preempt_enable();
	for_each_cpu(cpu, &waiting)
		wait_for_cpu(cpu, idle[cpu], gp);
	smp_mb();
	smp_store_release(&gp_done, gp);
	wake_up_all(&gp_ended);
}

static int gp_thread(void *unused)
{
	for (;;) {
		wait_event_idle(gp_wake, wanted());
		run_grace_period();
	}
	return 0;
}

unsigned long get_state_synchronize_rcu(void)
{
	/* Whatever was unlinked before is ordered before the number is read. */
	smp_mb();
	return READ_ONCE(gp_seq) + 1;
}

bool poll_state_synchronize_rcu(unsigned long state)
{
	return (long)(smp_load_acquire(&gp_done) - state) >= 0;
}

void cond_synchronize_rcu(unsigned long state)
{
	if (poll_state_synchronize_rcu(state))
		return;
	might_sleep();
	/* Before threads exist there is one CPU, and its caller here is no reader. */
	if (!READ_ONCE(rcu_running))
		return;
	want(state);
	wait_event(gp_ended, poll_state_synchronize_rcu(state));
}

void synchronize_rcu(void)
{
	cond_synchronize_rcu(get_state_synchronize_rcu());
}

unsigned long rcu_grace_periods(void)
{
	return READ_ONCE(gp_done);
}

#if CONFIG_CHECKS
void rcu_misuse(const char *where)
{
	WARN_ONCE(true, "rcu_dereference() outside of a reader at %s", where);
}
#endif

/* ---- callbacks ----------------------------------------------------------- */

static void queue_on(struct rcu_cpu *rc, struct rcu_head *head)
{
	/* rcu_head begins with its link, so it serves as the list node. */
	if (llist_add((struct llist_node *)head, &rc->callbacks) && READ_ONCE(rcu_ready))
		wake_up(&rc->wake);
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->func = func;
	preempt_disable();
	queue_on(this_cpu_ptr(&rcu_cpu), head);
	preempt_enable();
}

void __kfree_rcu(struct rcu_head *head, unsigned long offset)
{
	/* No function has so low an address: it says where in the object the head is. */
	call_rcu(head, (void (*)(struct rcu_head *))offset);
}

static void invoke(struct rcu_head *head)
{
	unsigned long func = (unsigned long)head->func;

	if (func < 4096)
		kfree((char *)head - func);
	else
		head->func(head);
}

static void run_callbacks(struct llist_node *list)
{
	unsigned int n = 0;

	list = llist_reverse_order(list);
	preempt_count_add(SOFTIRQ_OFFSET);
	while (list) {
		struct rcu_head *head = (struct rcu_head *)list;

		list = list->next;
		invoke(head);
		if (++n % CB_BATCH == 0) {
			preempt_count_sub(SOFTIRQ_OFFSET);
			_cond_resched();
			preempt_count_add(SOFTIRQ_OFFSET);
		}
	}
	preempt_count_sub(SOFTIRQ_OFFSET);
	_cond_resched();
}

static int callback_thread(void *arg)
{
	struct rcu_cpu *rc = arg;

	for (;;) {
		struct llist_node *list;
		unsigned long state;

		wait_event_idle(rc->wake, !llist_empty(&rc->callbacks));
		list = llist_del_all(&rc->callbacks);
		state = get_state_synchronize_rcu();
		want(state);
		wait_event_idle(gp_ended, poll_state_synchronize_rcu(state));
		run_callbacks(list);
	}
	return 0;
}

static DEFINE_MUTEX(barrier_lock);
static DECLARE_COMPLETION(barrier_done);
static atomic_t barrier_left;		/* callbacks not yet run, plus one while posting */

static void barrier_callback(struct rcu_head *head)
{
	if (atomic_dec_and_test(&barrier_left))
		complete(&barrier_done);
}

void rcu_barrier(void)
{
	unsigned int cpu;

	mutex_lock(&barrier_lock);
	reinit_completion(&barrier_done);
	atomic_set(&barrier_left, 1);
	for_each_possible_cpu(cpu) {
		struct rcu_cpu *rc = &per_cpu(rcu_cpu, cpu);

		/* Each thread runs its list in order: ours comes after all that is there. */
		if (!READ_ONCE(rc->has_thread))
			continue;
		atomic_inc(&barrier_left);
		rc->barrier.func = barrier_callback;
		queue_on(rc, &rc->barrier);
	}
	if (atomic_dec_and_test(&barrier_left))
		complete(&barrier_done);
	wait_for_completion(&barrier_done);
	mutex_unlock(&barrier_lock);
}

/* ---- start --------------------------------------------------------------- */

void rcu_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		init_waitqueue_head(&per_cpu(rcu_cpu, cpu).wake);
	smp_store_release(&rcu_ready, true);
}

static int start_callback_threads(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct rcu_cpu *rc = &per_cpu(rcu_cpu, cpu);
		char name[16];

		if (rc->has_thread)
			continue;
		snprintf(name, sizeof(name), "rcuc/%u", cpu);
		if (!sched_start_thread(callback_thread, rc, (int)cpu, name))
			panic("rcu: no memory for threads");
		WRITE_ONCE(rc->has_thread, true);
	}
	return 0;
}
core_initcall(start_callback_threads);

void rcu_start(void)
{
#if CONFIG_CHECKS
	WRITE_ONCE(lock_scheduling, true);
#endif
	if (!sched_start_thread(gp_thread, NULL, -1, "rcu_gp"))
		panic("rcu: no memory for threads");
	WRITE_ONCE(rcu_running, true);
	start_callback_threads();
}
