// SPDX-License-Identifier: MIT
/*
 * Which CPU a task runs on.
 *
 * A waking task goes to an idle CPU if there is one, its last one first (its cache lines), unless
 * that would have to be woken from a halt and the waker's own CPU is as good as free. A CPU that
 * runs dry takes a task from one that has more than it can run; a CPU that has tasks waiting wakes
 * an idle CPU to come and take one, and from time to time evens out with the longest queue. Numbers
 * of runnable tasks are read without the other queue's lock: they are hints, and a stale one only
 * costs a missed or a superfluous look.
 *
 * A second queue's lock is taken by trylock only (see rq.h).
 */
#include "kernel/lock/preempt.h"
#include "kernel/task/rq.h"
#include "kernel/x86/smp.h"

static bool cpu_usable(const struct task_struct *p, int cpu)
{
	return cpumask_test_cpu(cpu, &p->cpus_allowed) && READ_ONCE(cpu_rq(cpu)->online);
}

bool idle_cpu(int cpu)
{
	struct rq *rq = cpu_rq(cpu);

	return READ_ONCE(rq->curr) == rq->idle && !READ_ONCE(rq->nr_running);
}

/* Is there an idle CPU on which p may run? */
bool any_idle_cpu(const struct task_struct *p)
{
	int cpu;

	for_each_online_cpu (cpu) {
		if (idle_cpu(cpu) && cpu_usable(p, cpu))
			return true;
	}
	return false;
}

/* Some CPU on which p may run, hint if possible. Every task may run somewhere. */
int any_allowed_cpu(struct task_struct *p, int hint)
{
	int cpu;

	if (cpu_usable(p, hint))
		return hint;
	for_each_online_cpu (cpu) {
		if (cpu_usable(p, cpu))
			return cpu;
	}
	return hint;
}

/* An idle CPU that watches for work needs no interrupt. */
static bool polls(int cpu)
{
	return test_tsk_thread_flag(cpu_rq(cpu)->idle, TIF_POLLING_NRFLAG);
}

/*
 * Is the waker about to sleep? It says so, or has done so soon after it got the CPU of late, and has
 * not been running for longer this time. Then its own CPU will be free sooner than a halted one is awake. If that turns out wrong, the first
 * tick sends an idle CPU to fetch the task (see activate_task()).
 */
static bool waker_sleeps_soon(int wake_flags)
{
	if (wake_flags & WF_SYNC)
		return true;
	return in_task() && current->se.avg_run < SCHED_SHORT_RUN &&
	       current->se.sum_exec_runtime - current->se.run_start < 4 * SCHED_SHORT_RUN;
}

/* Is p best put behind the waker? A few tasks that all run only shortly may queue up there. */
static bool stay_with_waker(const struct task_struct *p, int wake_flags)
{
	unsigned int most = p->se.avg_run < SCHED_SHORT_RUN ? 3 : 1;

	return this_rq()->nr_running <= most && waker_sleeps_soon(wake_flags);
}

/* p->pi_lock held. */
int select_task_cpu(struct task_struct *p, int prev_cpu, int wake_flags)
{
	int this_cpu = smp_processor_id(), cpu, best, best_nr;

	if (p->nr_cpus_allowed == 1)
		return any_allowed_cpu(p, prev_cpu);
	if (rt_task(p)) {
		cpu = rt_select_cpu(p, prev_cpu);
		return cpu >= 0 ? cpu : any_allowed_cpu(p, prev_cpu);
	}
	/* an interrupt on an idle CPU: it is awake, others would have to be woken */
	if (cpu_usable(p, this_cpu) && (idle_cpu(this_cpu) || stay_with_waker(p, wake_flags)))
		return this_cpu;
	if (cpu_usable(p, prev_cpu) && idle_cpu(prev_cpu) && polls(prev_cpu))
		return prev_cpu;
	best = any_allowed_cpu(p, prev_cpu);
	best_nr = READ_ONCE(cpu_rq(best)->nr_running);
	for_each_online_cpu (cpu) {
		int nr;

		if (!cpu_usable(p, cpu))
			continue;
		if (idle_cpu(cpu) && polls(cpu))
			return cpu;
		/* one more is no reason to move, but idle is better than anything */
		nr = READ_ONCE(cpu_rq(cpu)->nr_running);
		if (nr + 1 < best_nr || (best_nr && idle_cpu(cpu))) {
			best = cpu;
			best_nr = nr;
		}
	}
	return best;
}

/* A waiting task of busy that may run on cpu; the one furthest from its turn loses least. */
static struct task_struct *movable_task(struct rq *busy, int cpu)
{
	struct task_struct *rt = rt_movable(busy, cpu);
	struct rb_node *node;

	if (rt)
		return rt;
	for (node = rb_last(&busy->tree); node; node = rb_prev(node)) {
		struct task_struct *p = rb_entry(node, struct task_struct, se.run_node);

		/* on_cpu: its old CPU has not quite finished with its stack */
		if (cpumask_test_cpu(cpu, &p->cpus_allowed) && !READ_ONCE(p->on_cpu))
			return p;
	}
	return NULL;
}

/*
 * Takes one waiting task from the queue that has most of them, if that has at least imbalance
 * more than rq. rq->lock held, interrupts off. True if a task came.
 */
bool pull_task(struct rq *rq, unsigned int imbalance)
{
	struct rq *busiest = NULL;
	struct task_struct *p;
	unsigned int most = rq->nr_running + imbalance;
	int cpu;

	for_each_online_cpu (cpu) {
		struct rq *other = cpu_rq(cpu);
		unsigned int nr = READ_ONCE(other->nr_running);

		if (other != rq && nr >= most && nr > 1) {
			busiest = other;
			most = nr + 1;
		}
	}
	if (!busiest || !raw_spin_trylock(&busiest->lock))
		return false;
	update_rq_clock(busiest);
	p = movable_task(busiest, rq->cpu);
	if (p) {
		deactivate_task(busiest, p);
		set_task_cpu(p, rq->cpu);
		activate_task(rq, p);
	}
	rq_unlock(busiest);
	return p != NULL;
}

/* From the timer interrupt on a CPU that has tasks waiting. rq->lock held. */
void balance_tick(struct rq *rq)
{
	int cpu;

	for_each_online_cpu (cpu) {
		struct rq *other = cpu_rq(cpu);

		if (other != rq && READ_ONCE(other->online) && idle_cpu(cpu)) {
			/* It schedules, finds its own queue empty and comes to pull. */
			if (raw_spin_trylock(&other->lock)) {
				resched_curr(other);
				rq_unlock(other);
				return;
			}
		}
	}
	if (rq->clock < rq->next_balance)
		return;
	rq->next_balance = rq->clock + SCHED_BALANCE;
	pull_task(rq, 2);
}
