/* SPDX-License-Identifier: MIT */
/*
 * Wait queues. A sleeper queues itself, sets its state, tests the condition
 * and sleeps; a waker makes the condition true and calls wake_up(), which
 * wakes all non-exclusive sleepers and as many exclusive ones as asked.
 * The wait_event macros do the sleeper's part:
 *
 *	wait_event(wq, condition)			until it holds
 *	wait_event_killable(wq, condition)		0, or -ERESTARTSYS on a fatal signal
 *	wait_event_interruptible(wq, condition)		0, or -ERESTARTSYS on any signal
 *	wait_event_timeout(wq, condition, ms)		ms left (>= 1), 0 when it never held
 *	wait_event_interruptible_timeout, _killable_timeout	as both
 *
 * The condition is evaluated in the sleeper, possibly many times, and with
 * the task's state already set: it must not sleep itself.
 *
 * A waker that must skip the lock when nobody waits uses wq_has_sleeper(),
 * which has the barrier that pairs with the sleeper's.
 */
#ifndef KERNEL_LOCK_WAIT_H
#define KERNEL_LOCK_WAIT_H

#include "kernel/lib/list.h"
#include "kernel/lib/errno.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lock/spinlock.h"

typedef struct wait_queue_entry wait_queue_entry_t;
/* Called by a waker with the queue's lock held; non-zero: counts as woken (exclusive). */
typedef int (*wait_queue_func_t)(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key);

#define WQ_FLAG_EXCLUSIVE	0x01
#define WQ_FLAG_WOKEN		0x02

struct wait_queue_entry {
	unsigned int flags;		/* queue's lock */
	void *private;			/* the task, for the functions below */
	wait_queue_func_t func;
	struct list_head entry;		/* queue's lock */
};

struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;		/* lock; exclusive entries come last */
};
typedef struct wait_queue_head wait_queue_head_t;

#define __WAIT_QUEUE_HEAD_INITIALIZER(name) {				\
	.lock = __SPIN_LOCK_UNLOCKED(name.lock),			\
	.head = LIST_HEAD_INIT((name).head),				\
}
#define DECLARE_WAIT_QUEUE_HEAD(name)					\
	wait_queue_head_t name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
/* On a stack: its lock's class is that of the place. */
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name)				\
	wait_queue_head_t name; init_waitqueue_head(&name)
#define init_waitqueue_head(wq)						\
do {									\
	spin_lock_init(&(wq)->lock);					\
	INIT_LIST_HEAD(&(wq)->head);					\
} while (0)

#define DEFINE_WAIT_FUNC(name, function)				\
	struct wait_queue_entry name = {				\
		.private = current,					\
		.func = function,					\
		.entry = LIST_HEAD_INIT((name).entry),			\
	}
#define DEFINE_WAIT(name)	DEFINE_WAIT_FUNC(name, autoremove_wake_function)
#define DECLARE_WAITQUEUE(name, tsk)					\
	struct wait_queue_entry name = {				\
		.private = tsk,						\
		.func = default_wake_function,				\
		.entry = LIST_HEAD_INIT((name).entry),			\
	}

int default_wake_function(wait_queue_entry_t *e, unsigned int mode, int flags, void *key);
int autoremove_wake_function(wait_queue_entry_t *e, unsigned int mode, int flags, void *key);

static inline void init_waitqueue_entry(struct wait_queue_entry *e, struct task_struct *p)
{
	e->flags = 0;
	e->private = p;
	e->func = default_wake_function;
	INIT_LIST_HEAD(&e->entry);
}

static inline void init_waitqueue_func_entry(struct wait_queue_entry *e, wait_queue_func_t func)
{
	e->flags = 0;
	e->private = NULL;
	e->func = func;
	INIT_LIST_HEAD(&e->entry);
}

/* A hint unless the lock is held or the barriers are placed: see wq_has_sleeper(). */
static inline int waitqueue_active(struct wait_queue_head *wq)
{
	return !list_empty(&wq->head);
}

static inline bool wq_has_sleeper(struct wait_queue_head *wq)
{
	smp_mb();
	return waitqueue_active(wq);
}

/* Any context; the lock is interrupt-safe. */
void add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *e);
void add_wait_queue_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *e);
void remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *e);

/* With wq->lock held. */
static inline void __add_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	list_add(&e->entry, &wq->head);
}

static inline void __add_wait_queue_entry_tail(struct wait_queue_head *wq,
					       struct wait_queue_entry *e)
{
	list_add_tail(&e->entry, &wq->head);
}

static inline void __remove_wait_queue(struct wait_queue_head *wq, struct wait_queue_entry *e)
{
	list_del(&e->entry);
}

/* @nr exclusive sleepers are woken, 0: all. @mode: which states. @key goes to the functions. */
void __wake_up(struct wait_queue_head *wq, unsigned int mode, int nr, void *key);
void __wake_up_locked(struct wait_queue_head *wq, unsigned int mode, int nr);
void __wake_up_locked_key(struct wait_queue_head *wq, unsigned int mode, void *key);
#define wake_up(wq)			__wake_up(wq, TASK_NORMAL, 1, NULL)
#define wake_up_nr(wq, nr)		__wake_up(wq, TASK_NORMAL, nr, NULL)
#define wake_up_all(wq)			__wake_up(wq, TASK_NORMAL, 0, NULL)
#define wake_up_locked(wq)		__wake_up_locked(wq, TASK_NORMAL, 1)
#define wake_up_all_locked(wq)		__wake_up_locked(wq, TASK_NORMAL, 0)
#define wake_up_interruptible(wq)	__wake_up(wq, TASK_INTERRUPTIBLE, 1, NULL)
#define wake_up_interruptible_all(wq)	__wake_up(wq, TASK_INTERRUPTIBLE, 0, NULL)
#define wake_up_interruptible_sync(wq)	__wake_up(wq, TASK_INTERRUPTIBLE, 1, NULL)
#define wake_up_poll(wq, m)						\
	__wake_up(wq, TASK_NORMAL, 1, (void *)(unsigned long)(m))
#define wake_up_interruptible_poll(wq, m)				\
	__wake_up(wq, TASK_INTERRUPTIBLE, 1, (void *)(unsigned long)(m))
#define wake_up_interruptible_sync_poll(wq, m) wake_up_interruptible_poll(wq, m)

/* Queue (if not queued) and set the state. */
void prepare_to_wait(struct wait_queue_head *wq, struct wait_queue_entry *e, unsigned int state);
void prepare_to_wait_exclusive(struct wait_queue_head *wq, struct wait_queue_entry *e,
			       unsigned int state);
/* As above, or -ERESTARTSYS (not queued) when a signal forbids to sleep in @state. */
long prepare_to_wait_event(struct wait_queue_head *wq, struct wait_queue_entry *e,
			   unsigned int state);
/* Running again, not queued. */
void finish_wait(struct wait_queue_head *wq, struct wait_queue_entry *e);

void init_wait_entry(struct wait_queue_entry *e, unsigned int flags);

/* For functions whose condition sleeps: the wake-up is remembered in the entry. */
long wait_woken(struct wait_queue_entry *e, unsigned int mode, long timeout);
int woken_wake_function(wait_queue_entry_t *e, unsigned int mode, int flags, void *key);

#define ___wait_cond_timeout(condition) ({				\
	bool __cond = (condition);					\
	if (__cond && !__ret)						\
		__ret = 1;						\
	__cond || !__ret; })

/* @cmd sleeps; @ret is the initial value of the result. */
#define ___wait_event(wq_head, condition, state, exclusive, ret, cmd) ({ \
	__label__ __out;						\
	struct wait_queue_entry __wq_entry;				\
	long __ret = ret;						\
	init_wait_entry(&__wq_entry, exclusive ? WQ_FLAG_EXCLUSIVE : 0); \
	held_wait_begin("event", &(wq_head), _THIS_IP_);			\
	for (;;) {							\
		long __int = prepare_to_wait_event(&(wq_head), &__wq_entry, state); \
		if (condition)						\
			break;						\
		if (((state) & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) && __int) { \
			__ret = __int;					\
			goto __out;					\
		}							\
		cmd;							\
	}								\
	finish_wait(&(wq_head), &__wq_entry);				\
__out:	held_wait_end();						\
	__ret; })

#define __wait_event_plain(wq_head, condition, state, exclusive, cmd) ({ \
	long __r = 0;							\
	might_sleep();							\
	if (!(condition))						\
		__r = ___wait_event(wq_head, condition, state, exclusive, 0, cmd); \
	__r; })

#define __wait_event_timed(wq_head, condition, state, timeout, cmd) ({	\
	long __ret = timeout;						\
	might_sleep();							\
	if (!___wait_cond_timeout(condition))				\
		__ret = ___wait_event(wq_head, ___wait_cond_timeout(condition), \
				      state, 0, timeout, cmd);		\
	__ret; })

#define wait_event(wq_head, condition)					\
	((void)__wait_event_plain(wq_head, condition, TASK_UNINTERRUPTIBLE, 0, schedule()))
#define io_wait_event(wq_head, condition)				\
	((void)__wait_event_plain(wq_head, condition, TASK_UNINTERRUPTIBLE, 0, io_schedule()))
#define wait_event_idle(wq_head, condition)				\
	((void)__wait_event_plain(wq_head, condition, TASK_IDLE, 0, schedule()))
#define wait_event_idle_exclusive(wq_head, condition)			\
	((void)__wait_event_plain(wq_head, condition, TASK_IDLE, 1, schedule()))
#define wait_event_exclusive(wq_head, condition)			\
	((void)__wait_event_plain(wq_head, condition, TASK_UNINTERRUPTIBLE, 1, schedule()))
#define wait_event_cmd(wq_head, condition, cmd1, cmd2)			\
	((void)__wait_event_plain(wq_head, condition, TASK_UNINTERRUPTIBLE, 0, \
				  ({ cmd1; schedule(); cmd2; })))
#define wait_event_killable(wq_head, condition)				\
	((int)__wait_event_plain(wq_head, condition, TASK_KILLABLE, 0, schedule()))
#define wait_event_killable_exclusive(wq_head, condition)		\
	((int)__wait_event_plain(wq_head, condition, TASK_KILLABLE, 1, schedule()))
#define wait_event_interruptible(wq_head, condition)			\
	((int)__wait_event_plain(wq_head, condition, TASK_INTERRUPTIBLE, 0, schedule()))
#define wait_event_interruptible_exclusive(wq_head, condition)		\
	((int)__wait_event_plain(wq_head, condition, TASK_INTERRUPTIBLE, 1, schedule()))
#define wait_event_timeout(wq_head, condition, timeout)			\
	__wait_event_timed(wq_head, condition, TASK_UNINTERRUPTIBLE, timeout, \
			   __ret = schedule_timeout(__ret))
#define wait_event_idle_timeout(wq_head, condition, timeout)		\
	__wait_event_timed(wq_head, condition, TASK_IDLE, timeout,	\
			   __ret = schedule_timeout(__ret))
#define wait_event_interruptible_timeout(wq_head, condition, timeout)	\
	__wait_event_timed(wq_head, condition, TASK_INTERRUPTIBLE, timeout, \
			   __ret = schedule_timeout(__ret))
#define wait_event_killable_timeout(wq_head, condition, timeout)	\
	__wait_event_timed(wq_head, condition, TASK_KILLABLE, timeout,	\
			   __ret = schedule_timeout(__ret))

/* The lock is held at entry, while the condition is evaluated, and at return. */
#define wait_event_lock_irq(wq_head, condition, lock)			\
	((void)__wait_event_plain_locked(wq_head, condition, TASK_UNINTERRUPTIBLE, \
		({ spin_unlock_irq(&(lock)); schedule(); spin_lock_irq(&(lock)); })))
#define __wait_event_plain_locked(wq_head, condition, state, cmd) ({	\
	long __r = 0;							\
	if (!(condition))						\
		__r = ___wait_event(wq_head, condition, state, 0, 0, cmd); \
	__r; })

#endif
