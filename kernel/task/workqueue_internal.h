// SPDX-License-Identifier: MIT
/* Between workqueue.c (items and queues) and workers.c (pools and their threads). */
#ifndef KERNEL_TASK_WORKQUEUE_INTERNAL_H
#define KERNEL_TASK_WORKQUEUE_INTERNAL_H

#include "kernel/lock/mutex.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait.h"
#include "kernel/task/sched.h"
#include "kernel/task/workqueue.h"
#include "kernel/x86/percpu.h"

struct worker;

struct worker_pool {
	raw_spinlock_t lock;	   /* interrupt-safe; everything below */
	struct list_head worklist; /* items to run, in order */
	struct list_head idle;	   /* workers with nothing to do, most recent first */
	struct list_head busy;	   /* workers that run an item, rescuers too */
	int nr_workers, nr_idle;
	atomic_t nr_running;	   /* workers that run an item and do not sleep in it */
	bool managing;		   /* somebody is making a worker */
	int cpu;		   /* -1: unbound */
	unsigned long seq;	   /* counts runs */
	struct timer_list mayday_timer; /* armed while a worker is being made */
};

struct worker {
	struct list_head entry;		  /* idle or busy list of the pool */
	struct work_struct *current_work; /* pool->lock; only compared, may have been freed */
	work_func_t current_func;
	struct list_head scheduled;	  /* items to run right after, see workers.c */
	unsigned long seq;		  /* names the run; pool->lock */
	struct task_struct *task;
	struct worker_pool *pool;
	bool counted;			  /* in nr_running; changed by its own task only */
	bool rescuer;
};

struct workqueue_struct {
	raw_spinlock_t lock; /* interrupt-safe; the fields down to the blank line */
	int nr_active, max_active;
	struct list_head waiting; /* items beyond max_active */
	int color;
	int nr_color[2];
	bool dying;

	unsigned int flags;
	struct mutex flush_mutex;
	wait_queue_head_t flush_wait;
	struct task_struct *rescuer;
	bool mayday;		    /* the rescuer is wanted; cleared by it */
	struct list_head list;	    /* all queues; wq_list_lock */
	char name[24];
};

extern struct worker_pool unbound_pool;
extern wait_queue_head_t wq_event_wait; /* woken when an item is taken or done */

struct worker_pool *cpu_pool(int cpu);

/* workers.c; pool->lock held where a pool is passed, unless said otherwise */
struct worker *pool_find_worker(struct worker_pool *pool, struct work_struct *work);
void pool_wake_worker(struct worker_pool *pool, bool new_work);
/* Is an item running; seq then names that run. Takes pool->lock. */
bool pool_work_running(struct worker_pool *pool, struct work_struct *work, unsigned long *seq);
bool pool_still_running(struct worker_pool *pool, struct work_struct *work, unsigned long seq);
int wq_start_rescuer(struct workqueue_struct *wq);
void wq_register(struct workqueue_struct *wq);
void wq_unregister(struct workqueue_struct *wq);

/* workqueue.c */
void wq_work_done(struct workqueue_struct *wq, int color, bool active);

#endif
