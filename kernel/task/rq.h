// SPDX-License-Identifier: MIT
/*
 * Run queues: private to the scheduler's own files (sched.c, fair.c, balance.c, idle.c).
 *
 * Each possible CPU has one. rq->lock is a raw spinlock, always taken with interrupts off, and
 * the only lock that crosses a context switch: the task that gives up the CPU takes it, the task
 * that gets the CPU releases it. Order: task->pi_lock, then one rq->lock; a second one only by
 * trylock, so two CPUs that look at each other cannot deadlock.
 */
#ifndef KERNEL_TASK_RQ_H
#define KERNEL_TASK_RQ_H

#include "kernel/lib/bug.h"
#include "kernel/lib/kernel.h"
#include "kernel/lock/spinlock.h"
#include "kernel/task/cputime.h"
#include "kernel/task/sched.h"
#include "kernel/x86/percpu.h"

/* Waiting real-time tasks; guarded by the queue's lock. See rt.c. */
struct rt_queue {
	DECLARE_BITMAP(waiting, MAX_RT_PRIO + 1); /* priorities with tasks */
	struct list_head queue[MAX_RT_PRIO + 1];
	unsigned int nr_waiting;
	int curr_prio;		 /* of the running task, 0 for others; READ_ONCE without the lock */
	u64 period_start, used;	 /* ns */
};

struct rq {
	raw_spinlock_t lock;
	unsigned int nr_running; /* runnable tasks, the running one included, idle not */
	unsigned long load;	 /* sum of their weights */
	struct rb_root tree;	 /* runnable tasks but the running one, by vruntime */
	struct rb_node *leftmost;
	struct rt_queue rt;
	u64 min_vruntime;	 /* never goes back; read without the lock by wakeups */
	u64 clock;		 /* ktime at the last update */
	struct task_struct *curr;
	struct task_struct *idle;
	struct task_struct *push; /* set aside in __schedule() because it may not stay here */
	struct mm_struct *prev_mm; /* dropped by finish_task_switch() */
	u64 next_balance;	 /* ns */
	u64 nr_switches;
	atomic_t nr_iowait;	 /* sleepers in I/O that last ran here; any CPU decrements */
	int cpu;
	bool online;		 /* set once, before the CPU looks for work */
	u64 idle_stamp;		 /* ns, owner CPU only */
	u64 poll_ns;		 /* how long idle polls before it halts; owner CPU only */
	u64 busy_ns;		 /* CPU time of all that ran here but idle */
	u64 user_tsc;		 /* of that in programs, in ticks of the TSC: see cputime.h */
};

DECLARE_PER_CPU(struct rq, runqueues);

#define cpu_rq(cpu)  (per_cpu_ptr(&runqueues, (cpu)))
#define this_rq()    (this_cpu_ptr(&runqueues))
#define task_rq(p)   cpu_rq(task_cpu(p))

/* task->on_rq */
#define TASK_ON_RQ_QUEUED    1
#define TASK_ON_RQ_MIGRATING 2

/* Tunables, ns. */
#define SCHED_LATENCY	  (12 * NSEC_PER_MSEC) /* each runnable task runs once in this time */
#define SCHED_MIN_SLICE	  (3 * NSEC_PER_MSEC)
#define SCHED_WAKEUP_GRAN (1 * NSEC_PER_MSEC)
#define SCHED_BALANCE	  (20 * NSEC_PER_MSEC)
#define SCHED_SAMPLE	  (10 * NSEC_PER_MSEC) /* a running task is looked at this often, for CPU timers */

#define SCHED_FIRST_TICK  (300 * NSEC_PER_USEC) /* first look at a queue that has grown to two */
#define SCHED_SHORT_RUN	  (100 * NSEC_PER_USEC) /* a task that mostly sleeps after less */

#define SCHED_RR_SLICE	  (100 * NSEC_PER_MSEC)

#define NICE_0_WEIGHT 1024
#define WEIGHT_IDLE   3

/* rt.c */
void rt_queue_init(struct rt_queue *rt);
void rt_insert(struct rq *rq, struct task_struct *p, bool preempted);
void rt_remove(struct rq *rq, struct task_struct *p);
void rt_charge(struct rq *rq, u64 ns);
bool rt_throttled(struct rq *rq);
struct task_struct *rt_first(struct rq *rq);
struct task_struct *rt_movable(struct rq *rq, int cpu);
bool rt_turn_over(struct rq *rq);
int rt_select_cpu(struct task_struct *p, int prev_cpu);

/* sched.c */
struct rq *task_rq_lock(struct task_struct *p, unsigned long *flags);
void task_rq_unlock(struct rq *rq, struct task_struct *p, unsigned long *flags);
void resched_curr(struct rq *rq);
void activate_task(struct rq *rq, struct task_struct *p);
void deactivate_task(struct rq *rq, struct task_struct *p);
void check_preempt_curr(struct rq *rq, struct task_struct *p);
void update_rq_clock(struct rq *rq);
void set_task_cpu(struct task_struct *p, unsigned int cpu);
void schedule_idle(void);
void push_aside(struct task_struct *p);

/* fair.c: rq->lock held */
void fair_enqueue(struct rq *rq, struct task_struct *p);
void fair_dequeue(struct rq *rq, struct task_struct *p);
void fair_put_prev(struct rq *rq, struct task_struct *p);
struct task_struct *fair_pick(struct rq *rq);
void fair_update_curr(struct rq *rq);
void fair_place(struct rq *rq, struct task_struct *p, bool fresh);
bool fair_should_preempt(struct rq *rq, struct task_struct *p);
bool fair_slice_over(struct rq *rq);
u64 fair_slice(struct rq *rq, struct task_struct *p);
void fair_yield(struct rq *rq, struct task_struct *p);
unsigned int weight_of_nice(int nice);

/* Counts the time in the program of the running task as the CPU's. rq->lock held. */
static inline void rq_count_user(struct rq *rq)
{
	struct task_struct *p = rq->curr;
	s64 word = utime_ticks(p);

	rq->user_tsc += word - p->utime_counted;
	p->utime_counted = word;
}

/* balance.c */
int select_task_cpu(struct task_struct *p, int prev_cpu, int wake_flags); /* pi_lock held */
int any_allowed_cpu(struct task_struct *p, int hint);
bool any_idle_cpu(const struct task_struct *p);
bool pull_task(struct rq *rq, unsigned int imbalance); /* rq->lock held */
void balance_tick(struct rq *rq);		       /* rq->lock held */

static inline void rq_lock(struct rq *rq)
{
	raw_spin_lock(&rq->lock);
}

static inline void rq_unlock(struct rq *rq)
{
	raw_spin_unlock(&rq->lock);
}

#endif
