// SPDX-License-Identifier: MIT
/*
 * Which task runs next: a real-time task if there is one (rt.c), else the one that has had the least CPU time for its weight.
 *
 * Each task carries vruntime, its CPU time scaled by 1024/weight. Runnable tasks wait in a tree
 * sorted by it; the leftmost runs, until it has used its slice or a task that woke lags behind it
 * by more than the wakeup granularity. Enqueue and dequeue are O(log n), picking is O(1).
 *
 * min_vruntime follows the leftmost and never goes back. A task that slept is placed no further
 * back than half a latency, so that sleeping saves up no unbounded claim; a task that changes CPU
 * carries only its distance from min_vruntime, because the clocks of two queues are unrelated.
 *
 * Differences are compared as signed numbers, so wrapping would be harmless. All functions but
 * weight_of_nice() run with the queue's lock held.
 */
#include "kernel/task/rq.h"

unsigned int weight_of_nice(int nice)
{
	unsigned long w = NICE_0_WEIGHT << 10;

	for (; nice > 0; nice--)
		w = w * 4 / 5;
	for (; nice < 0; nice++)
		w = w * 5 / 4;
	w >>= 10;
	return w ? w : 1;
}

static inline struct task_struct *task_of(struct rb_node *node)
{
	return rb_entry(node, struct task_struct, se.run_node);
}

static inline bool before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static void tree_insert(struct rq *rq, struct task_struct *p)
{
	struct rb_node **link = &rq->tree.rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (before(p->se.vruntime, task_of(parent)->se.vruntime)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&p->se.run_node, parent, link);
	rb_insert_color(&p->se.run_node, &rq->tree);
	if (leftmost)
		rq->leftmost = &p->se.run_node;
	p->se.on_rq = true;
}

static void tree_remove(struct rq *rq, struct task_struct *p)
{
	if (rq->leftmost == &p->se.run_node)
		rq->leftmost = rb_next(&p->se.run_node);
	rb_erase(&p->se.run_node, &rq->tree);
	p->se.on_rq = false;
}

/* Puts a waiting task where its policy says. preempted: it was running until now. */
static void queue_insert(struct rq *rq, struct task_struct *p, bool preempted)
{
	if (rt_task(p))
		rt_insert(rq, p, preempted);
	else
		tree_insert(rq, p);
}

static void queue_remove(struct rq *rq, struct task_struct *p)
{
	if (rt_task(p))
		rt_remove(rq, p);
	else
		tree_remove(rq, p);
}

static void update_min_vruntime(struct rq *rq)
{
	struct task_struct *curr = rq->curr;
	u64 v = rq->min_vruntime;
	bool have = false;

	if (curr && curr != rq->idle && curr->on_rq && !rt_task(curr)) {
		v = curr->se.vruntime;
		have = true;
	}
	if (rq->leftmost) {
		u64 left = task_of(rq->leftmost)->se.vruntime;

		if (!have || before(left, v))
			v = left;
	}
	if (before(rq->min_vruntime, v))
		WRITE_ONCE(rq->min_vruntime, v);
}

/* Charges the running task up to the queue's clock. */
void fair_update_curr(struct rq *rq)
{
	struct task_struct *curr = rq->curr;
	u64 delta;

	if (curr == rq->idle)
		return;
	delta = rq->clock - curr->se.exec_start;
	if ((s64)delta <= 0)
		return;
	curr->se.exec_start = rq->clock;
	rq->busy_ns += delta;
	WRITE_ONCE(curr->se.sum_exec_runtime, curr->se.sum_exec_runtime + delta);
	if (rt_task(curr))
		rt_charge(rq, delta);
	else
		curr->se.vruntime += delta * NICE_0_WEIGHT / curr->se.weight;
	update_min_vruntime(rq);
}

/*
 * Gives a task that comes from sleep (or, fresh, from clone) its place. Its vruntime is taken as
 * relative to this queue already.
 */
void fair_place(struct rq *rq, struct task_struct *p, bool fresh)
{
	u64 floor = rq->min_vruntime;

	if (fresh) {
		p->se.vruntime = floor;
		return;
	}
	floor -= SCHED_LATENCY / 2;
	if (before(p->se.vruntime, floor))
		p->se.vruntime = floor;
}

void fair_enqueue(struct rq *rq, struct task_struct *p)
{
	fair_update_curr(rq);
	rq->nr_running++;
	rq->load += p->se.weight;
	if (p != rq->curr) {
		p->se.wait_start = rq->clock;
		queue_insert(rq, p, false);
	}
	update_min_vruntime(rq);
}

void fair_dequeue(struct rq *rq, struct task_struct *p)
{
	fair_update_curr(rq);
	rq->nr_running--;
	rq->load -= p->se.weight;
	if (p->se.on_rq) {
		p->se.wait_sum += rq->clock - min(p->se.wait_start, rq->clock);
		queue_remove(rq, p);
	}
	update_min_vruntime(rq);
}

/* The running task is about to be replaced; if it is still runnable it waits in the tree. */
void fair_put_prev(struct rq *rq, struct task_struct *p)
{
	fair_update_curr(rq);
	if (p != rq->idle && p->on_rq == TASK_ON_RQ_QUEUED && !p->se.on_rq) {
		p->se.wait_start = rq->clock;
		queue_insert(rq, p, true);
	}
}

/* Takes the next task out of the tree; NULL if there is none. */
struct task_struct *fair_pick(struct rq *rq)
{
	struct task_struct *p;

	p = rt_first(rq);
	if (!p && rq->leftmost)
		p = task_of(rq->leftmost);
	if (!p)
		return NULL;
	queue_remove(rq, p);
	p->se.exec_start = rq->clock;
	p->se.wait_sum += rq->clock - min(p->se.wait_start, rq->clock);
	p->se.nr_picked++;
	p->se.slice_start = p->se.sum_exec_runtime;
	return p;
}

/* How long p may run before others get their turn, ns. */
u64 fair_slice(struct rq *rq, struct task_struct *p)
{
	u64 slice;

	if (rt_task(p))
		return SCHED_SAMPLE; /* how often to look; see rt_turn_over() */
	if (!rq->load)
		return SCHED_LATENCY;
	slice = SCHED_LATENCY * p->se.weight / rq->load;
	return slice < SCHED_MIN_SLICE ? SCHED_MIN_SLICE : slice;
}

bool fair_slice_over(struct rq *rq)
{
	struct task_struct *curr = rq->curr;

	if (rt_turn_over(rq))
		return true;
	if (rt_task(curr))
		return false;
	return curr->se.sum_exec_runtime - curr->se.slice_start >= fair_slice(rq, curr);
}

/* Should p, which has just become runnable, replace the running task at once? */
bool fair_should_preempt(struct rq *rq, struct task_struct *p)
{
	struct task_struct *curr = rq->curr;

	if (curr == rq->idle)
		return true;
	fair_update_curr(rq);
	if (rt_task(p) && !rt_throttled(rq))
		return p->rt_priority > curr->rt_priority;
	if (rt_task(p) || rt_task(curr))
		return false;
	if (curr->policy == SCHED_IDLE && p->policy != SCHED_IDLE)
		return true;
	if (p->policy == SCHED_BATCH || p->policy == SCHED_IDLE)
		return false; /* in no hurry */
	return (s64)(curr->se.vruntime - p->se.vruntime) > SCHED_WAKEUP_GRAN;
}

/* The running task gives way: it goes behind the task that is furthest behind now. */
void fair_yield(struct rq *rq, struct task_struct *p)
{
	struct rb_node *last = rb_last(&rq->tree);

	fair_update_curr(rq);
	if (rt_task(p)) {
		p->rt_turn_over = true; /* to the tail of its priority */
		return;
	}
	if (last && before(p->se.vruntime, task_of(last)->se.vruntime + 1))
		p->se.vruntime = task_of(last)->se.vruntime + 1;
}

u64 sched_rr_interval(struct task_struct *p)
{
	unsigned long flags;
	struct rq *rq = task_rq_lock(p, &flags);
	u64 slice = p->policy == SCHED_FIFO ? 0 : p->policy == SCHED_RR ? SCHED_RR_SLICE : fair_slice(rq, p);

	task_rq_unlock(rq, p, &flags);
	return slice;
}
