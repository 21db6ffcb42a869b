// SPDX-License-Identifier: MIT
/*
 * Which CPU a task runs on.
 *
 * A waking task goes to an idle CPU if there is one, its last one first (its cache lines, and no
 * interrupt if that CPU polls). A CPU that runs dry takes a task from one that has more than it
 * can run; a CPU that has tasks waiting wakes an idle CPU to come and take one, and from time to
 * time evens out with the longest queue. Numbers of runnable tasks are read without the other
 * queue's lock: they are hints, and a stale one only costs a missed or a superfluous look.
 *
 * A second queue's lock is taken by trylock only (see rq.h).
 */
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

/* p->pi_lock held. */
int select_task_cpu(struct task_struct *p, int prev_cpu, int wake_flags)
{
	int this_cpu = smp_processor_id(), cpu, best, best_nr;

	if (p->nr_cpus_allowed == 1)
		return any_allowed_cpu(p, prev_cpu);
	if (cpu_usable(p, prev_cpu) && idle_cpu(prev_cpu))
		return prev_cpu;
	if ((wake_flags & WF_SYNC) && cpu_usable(p, this_cpu) && this_rq()->nr_running == 1)
		return this_cpu;
	best = any_allowed_cpu(p, prev_cpu);
	best_nr = READ_ONCE(cpu_rq(best)->nr_running);
	for_each_online_cpu (cpu) {
		int nr;

		if (!cpu_usable(p, cpu))
			continue;
		if (idle_cpu(cpu))
			return cpu;
		nr = READ_ONCE(cpu_rq(cpu)->nr_running);
		if (nr + 1 < best_nr) {
			best = cpu;
			best_nr = nr;
		}
	}
	return best;
}

/* A waiting task of busy that may run on cpu; the one furthest from its turn loses least. */
static struct task_struct *movable_task(struct rq *busy, int cpu)
{
	struct rb_node *node;

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

	if (rq->clock < rq->next_balance)
		return;
	rq->next_balance = rq->clock + SCHED_BALANCE;
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
	pull_task(rq, 2);
}
