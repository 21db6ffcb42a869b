// SPDX-License-Identifier: MIT
/*
 * Real-time tasks: SCHED_FIFO and SCHED_RR, priorities 1 to 99.
 *
 * Each CPU has a queue for each priority and a bit that says whether it is empty, so finding the highest is a search in a few words.
 * A runnable real-time task runs before any other; among equals the first in the queue runs, until it sleeps, yields, or (SCHED_RR)
 * has used its slice, and then goes to the tail. One that is preempted by a higher priority stays at the head.
 *
 * A task may be lent a priority (sched_boost()) by one that waits for a lock it has; rt_priority is what results, and what is queued by.
 *
 * A real-time task that never sleeps would take its CPU from the kernel's own threads, and with them writeback, RCU callbacks and all
 * that waits for them. So in each second real-time tasks may use 950 ms of a CPU; when that is used up and others wait, those run for
 * the rest of the second (Linux's sched_rt_runtime_us does the same).
 *
 * All functions but the last two run with the queue's lock held.
 */
#include "kernel/lib/errno.h"
#include "kernel/task/rq.h"

#define RT_PERIOD  NSEC_PER_SEC
#define RT_RUNTIME (950 * NSEC_PER_MSEC)

void rt_queue_init(struct rt_queue *rt)
{
	for (int i = 0; i <= MAX_RT_PRIO; i++)
		INIT_LIST_HEAD(&rt->queue[i]);
}

/* A preempted task keeps its turn. */
void rt_insert(struct rq *rq, struct task_struct *p, bool preempted)
{
	struct list_head *queue = &rq->rt.queue[p->rt_priority];

	if (preempted && !p->rt_turn_over)
		list_add(&p->rt_node, queue);
	else
		list_add_tail(&p->rt_node, queue);
	p->rt_turn_over = false;
	__set_bit(p->rt_priority, rq->rt.waiting);
	rq->rt.nr_waiting++;
	p->se.on_rq = true;
}

void rt_remove(struct rq *rq, struct task_struct *p)
{
	list_del(&p->rt_node);
	if (list_empty(&rq->rt.queue[p->rt_priority]))
		__clear_bit(p->rt_priority, rq->rt.waiting);
	rq->rt.nr_waiting--;
	p->se.on_rq = false;
}

static int highest(struct rq *rq)
{
	for (int prio = MAX_RT_PRIO; prio; prio--) {
		if (test_bit(prio, rq->rt.waiting))
			return prio;
	}
	return 0;
}

void rt_charge(struct rq *rq, u64 ns)
{
	if (rq->clock - rq->rt.period_start >= RT_PERIOD) {
		rq->rt.period_start = rq->clock;
		rq->rt.used = 0;
	}
	rq->rt.used += ns;
}

bool rt_throttled(struct rq *rq)
{
	return rq->rt.used >= RT_RUNTIME && rq->clock - rq->rt.period_start < RT_PERIOD;
}

/* The waiting task of the highest priority; NULL if there is none, or if it is others' turn. */
struct task_struct *rt_first(struct rq *rq)
{
	if (!rq->rt.nr_waiting || (rq->leftmost && rt_throttled(rq)))
		return NULL;
	return list_first_entry(&rq->rt.queue[highest(rq)], struct task_struct, rt_node);
}

/* A waiting real-time task that may run on another CPU. */
struct task_struct *rt_movable(struct rq *rq, int cpu)
{
	struct task_struct *p;

	for (int prio = MAX_RT_PRIO; prio && rq->rt.nr_waiting; prio--) {
		if (!test_bit(prio, rq->rt.waiting))
			continue;
		list_for_each_entry (p, &rq->rt.queue[prio], rt_node) {
			if (cpumask_test_cpu(cpu, &p->cpus_allowed) && !READ_ONCE(p->on_cpu))
				return p;
		}
	}
	return NULL;
}

/* From the tick: must the running task give way? A turn that is over sends it to the tail. */
bool rt_turn_over(struct rq *rq)
{
	struct task_struct *curr = rq->curr;
	int first = rq->rt.nr_waiting ? highest(rq) : 0;

	if (!rt_task(curr))
		return first && !rt_throttled(rq);
	if (first > curr->rt_priority || (rq->leftmost && rt_throttled(rq)))
		return true;
	if (curr->policy == SCHED_RR && curr->se.sum_exec_runtime - curr->se.slice_start >= SCHED_RR_SLICE &&
	    test_bit(curr->rt_priority, rq->rt.waiting)) {
		curr->rt_turn_over = true;
		return true;
	}
	return false;
}

/*
 * The CPU a waking real-time task should go to: one that runs nothing, or the one that runs the least important task it may replace.
 * -1: all run something at least as important. The numbers are hints, read without the queues' locks. p->pi_lock held.
 */
int rt_select_cpu(struct task_struct *p, int prev_cpu)
{
	int best = -1, best_prio = p->rt_priority, cpu;

	for_each_online_cpu (cpu) {
		struct rq *rq = cpu_rq(cpu);
		int prio = idle_cpu(cpu) ? -1 : READ_ONCE(rq->rt.curr_prio);

		if (!cpumask_test_cpu(cpu, &p->cpus_allowed) || !READ_ONCE(rq->online))
			continue;
		if (prio < best_prio || (prio == best_prio && best >= 0 && cpu == prev_cpu)) {
			best = cpu;
			best_prio = prio;
		}
	}
	return best;
}

/* Between these two, with the queue's lock held, what a task is queued by may change. */
static bool take_off_queue(struct rq *rq, struct task_struct *p)
{
	bool queued = p->on_rq;

	update_rq_clock(rq);
	if (queued)
		deactivate_task(rq, p);
	return queued;
}

static void put_on_queue(struct rq *rq, struct task_struct *p, bool queued, bool was_rt)
{
	if (was_rt && !rt_task(p))
		fair_place(rq, p, true); /* its virtual time stood still meanwhile */
	if (rq->curr == p)
		WRITE_ONCE(rq->rt.curr_prio, p->rt_priority);
	if (!queued)
		return;
	activate_task(rq, p);
	if (rq->curr == p)
		resched_curr(rq);
	else
		check_preempt_curr(rq, p);
}

/* Gives a task another policy and priority; both have been checked. nice is of the other policies. */
void set_sched_policy(struct task_struct *p, int policy, int rt_priority, bool reset_on_fork, int nice)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);
	bool was_rt = rt_task(p), queued = take_off_queue(rq, p);

	if (rt_policy(policy) && !rt_policy(p->policy))
		p->se.run_start = p->se.sum_exec_runtime; /* what it ran before does not count for RLIMIT_RTTIME */
	p->policy = policy;
	p->rt_normal = rt_priority;
	p->rt_priority = max(rt_priority, p->rt_boost);
	p->sched_reset_on_fork = reset_on_fork;
	p->prio_nice = nice;
	p->se.weight = policy == SCHED_IDLE ? WEIGHT_IDLE : weight_of_nice(nice);
	put_on_queue(rq, p, queued, was_rt);
	task_rq_unlock(rq, p, &flags);
}

/* Lends a task a priority, 0 to end it. True if what counts is another one now. The caller orders the changes: futex_pi.c. */
bool sched_boost(struct task_struct *p, int rt_boost)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);
	int prio = max(p->rt_normal, rt_boost);
	bool changes = prio != p->rt_priority, was_rt = rt_task(p), queued;

	p->rt_boost = rt_boost;
	if (changes) {
		queued = take_off_queue(rq, p);
		p->rt_priority = prio;
		put_on_queue(rq, p, queued, was_rt);
	}
	task_rq_unlock(rq, p, &flags);
	return changes;
}

/* What a new task takes over; it is on no queue yet. A priority that was lent to the parent is not passed on. */
void sched_inherit(struct task_struct *child)
{
	struct task_struct *parent = current;
	bool reset = parent->sched_reset_on_fork;

	child->ioprio = READ_ONCE(parent->ioprio);
	child->policy = reset && rt_policy(parent->policy) ? SCHED_NORMAL : parent->policy;
	child->rt_normal = rt_policy(child->policy) ? parent->rt_normal : 0;
	child->rt_priority = child->rt_normal;
	child->prio_nice = reset && parent->prio_nice < 0 ? 0 : parent->prio_nice;
	child->se.weight = child->policy == SCHED_IDLE ? WEIGHT_IDLE : weight_of_nice(child->prio_nice);
}
