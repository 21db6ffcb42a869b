// SPDX-License-Identifier: MIT
/*
 * Work queues: functions run later in process context.
 *
 * A work item is queued at most once and is never run by two workers at once. Worker threads
 * come in pools, one for each CPU and one unbound; a pool keeps one worker idle or starts
 * another when its running ones block. WQ_MEM_RECLAIM queues have a rescuer thread of their own
 * so that they advance even if no worker can be made.
 */
#ifndef KERNEL_TASK_WORKQUEUE_H
#define KERNEL_TASK_WORKQUEUE_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/task/timer.h"

struct task_struct;
struct workqueue_struct;
struct worker_pool;
struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	unsigned long pending;	     /* bit 0: queued or about to be; atomic */
	struct list_head entry;	     /* pool's lock */
	work_func_t func;
	struct workqueue_struct *data_wq; /* of the last queueing; queue's lock */
	struct worker_pool *data_pool;	  /* queue's lock */
	u8 color;			  /* queue's lock, see workqueue.c */
	bool waiting;			  /* queue's lock: beyond max_active, on no pool's list */
};

struct delayed_work {
	struct work_struct work;
	struct timer_list timer;
	struct workqueue_struct *wq;
	int cpu;
};

#define WQ_UNBOUND     (1U << 1) /* not tied to the CPU that queued it */
#define WQ_FREEZABLE   (1U << 2) /* accepted; nothing is frozen yet */
#define WQ_MEM_RECLAIM (1U << 3) /* has a rescuer */
#define WQ_HIGHPRI     (1U << 4)
#define WQ_SYSFS       (1U << 6) /* accepted */
#define WQ_CPU_INTENSIVE (1U << 5)
#define WQ_MAX_ACTIVE  512
#define WORK_CPU_UNBOUND (-1)

#define INIT_WORK(w, f)                                                                            \
	do {                                                                                       \
		(w)->pending = 0;                                                                  \
		INIT_LIST_HEAD(&(w)->entry);                                                       \
		(w)->func = (f);                                                                   \
		(w)->data_wq = NULL;                                                               \
		(w)->data_pool = NULL;                                                             \
		(w)->color = 0;                                                                    \
		(w)->waiting = false;                                                              \
	} while (0)

void delayed_work_timer_fn(struct timer_list *t);

#define INIT_DELAYED_WORK(w, f)                                                                    \
	do {                                                                                       \
		INIT_WORK(&(w)->work, f);                                                          \
		timer_setup(&(w)->timer, delayed_work_timer_fn, 0);                                \
	} while (0)

#define __WORK_INITIALIZER(n, f)                                                                   \
	{                                                                                          \
		.entry = { &(n).entry, &(n).entry }, .func = (f)                                   \
	}
#define DECLARE_WORK(n, f) struct work_struct n = __WORK_INITIALIZER(n, f)

static inline struct delayed_work *to_delayed_work(struct work_struct *work)
{
	return (struct delayed_work *)((char *)work - __builtin_offsetof(struct delayed_work, work));
}

#define work_pending(w)		(READ_ONCE((w)->pending) & 1)
#define delayed_work_pending(w) work_pending(&(w)->work)

extern struct workqueue_struct *system_wq;
extern struct workqueue_struct *system_highpri_wq;
extern struct workqueue_struct *system_long_wq;
extern struct workqueue_struct *system_unbound_wq;

/* Makes a queue; max_active bounds its concurrent items (0: the default). NULL without memory. */
struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active, ...)
	__attribute__((format(printf, 1, 4)));
#define alloc_ordered_workqueue(fmt, flags, args...)                                               \
	alloc_workqueue(fmt, WQ_UNBOUND | (flags), 1, ##args)
#define create_singlethread_workqueue(name)                                                        \
	alloc_workqueue("%s", WQ_UNBOUND | WQ_MEM_RECLAIM, 1, name)
/* Drains and frees. May sleep. */
void destroy_workqueue(struct workqueue_struct *wq);

/* Queue; false if it was queued already. Any context but NMI. */
bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work);
bool queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			   unsigned long delay);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
			unsigned long delay);
/* Sets the delay of work that may be queued already; true if it was. */
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dwork,
		      unsigned long delay);
bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			 unsigned long delay);

/* Wait for an item; true if it waited. May sleep. */
bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *dwork);
/* Take an item back and wait for a running one; true if it was pending. May sleep. */
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work(struct delayed_work *dwork);
bool cancel_delayed_work_sync(struct delayed_work *dwork);
/* Wait for everything queued before the call (flush) or until the queue is empty (drain). */
void flush_workqueue(struct workqueue_struct *wq);
void drain_workqueue(struct workqueue_struct *wq);

static inline bool schedule_work(struct work_struct *work)
{
	return queue_work(system_wq, work);
}

static inline bool schedule_delayed_work(struct delayed_work *dwork, unsigned long delay)
{
	return queue_delayed_work(system_wq, dwork, delay);
}

/* Run @func once on each online CPU, in its worker, and wait.  0 or -ENOMEM.  May sleep. */
int schedule_on_each_cpu(work_func_t func);

/* Is current a worker running an item of this kind of queue? For reports and checks. */
struct work_struct *current_work(void);
/* @on: idle workers but one of each pool end, soon, and more are not kept; until it is off again. Any task. */
void workers_trim(bool on);
void workqueue_init_early(void); /* queues may be made and items queued from here on */
void workqueue_init(void);	 /* workers run from here on */
/* The scheduler's note that a worker is about to sleep or has woken. */
void wq_worker_sleeping(struct task_struct *task);
void wq_worker_running(struct task_struct *task);

#endif
