/* SPDX-License-Identifier: MIT */
/*
 * All that kernel/lock knows of the scheduler.  The functions are written in
 * kernel/task; the lock room includes nothing else from there.
 *
 * The sleep protocol: put yourself where the waker will find you; set the
 * state (full barrier); test the condition; schedule().  The waker changes
 * the condition, then calls try_to_wake_up(), which begins with a full
 * barrier; so one of the two always sees the other.
 */
#ifndef KERNEL_LOCK_SCHED_IFACE_H
#define KERNEL_LOCK_SCHED_IFACE_H

#include "kernel/lib/types.h"
#include "kernel/x86/current.h"

struct task_struct;
struct held_locks;

/* States; the same tokens as in kernel/task/task.h. */
#define TASK_RUNNING	     0x0000
#define TASK_INTERRUPTIBLE   0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_WAKEKILL	     0x0100
#define TASK_NOLOAD	     0x0400
#define TASK_KILLABLE	     (TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_IDLE	     (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)
#define TASK_NORMAL	     (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define MAX_SCHEDULE_TIMEOUT ((long)(~0UL >> 1))

/* Sets current's state with a full barrier after it. Any context that may go on to sleep. */
void sched_set_state(unsigned int state);
/* Must a sleep in @state end at once because of a signal? */
bool sched_signal_pending(unsigned int state);
void schedule(void);
long schedule_timeout(long timeout);		/* jiffies (ms) */
void io_schedule(void);
long io_schedule_timeout(long timeout);
int try_to_wake_up(struct task_struct *p, unsigned int state, int wake_flags);
int wake_up_process(struct task_struct *p);
/* A preemption point: lets others run if that is due. May sleep. */
int _cond_resched(void);
/* Makes @cpu pass through the scheduler soon (an interrupt if it is busy). Any context. */
void resched_cpu(int cpu);

/* A reference that keeps the task's memory, for wakers that drop the queue lock first. */
void sched_get_task(struct task_struct *p);
void sched_put_task(struct task_struct *p);

/* Is @p executing on a CPU now? A hint, for adaptive spinning; @p must not be freed (RCU). */
bool sched_on_cpu(const struct task_struct *p);
/* Does somebody else want this CPU? */
bool sched_need_resched(void);

/* Is current a real-time task? */
bool sched_is_realtime(void);

/* For reports; valid while the task exists. */
const char *sched_comm(const struct task_struct *p);
int sched_pid(const struct task_struct *p);
int sched_cpu(const struct task_struct *p);
long sched_state(const struct task_struct *p);
struct held_locks *sched_held(struct task_struct *p);
/* The stack of a task that is not running is printed; of a running one, what can be had. */
void sched_show_stack(struct task_struct *p);
/* Calls @fn for every task, under RCU (so @fn may not sleep). */
void sched_for_each_task(void (*fn)(struct task_struct *p, void *arg), void *arg);

/*
 * Starts a kernel thread, bound to @cpu unless that is -1; it never ends.
 * May sleep. NULL when out of memory.
 */
struct task_struct *sched_start_thread(int (*fn)(void *arg), void *arg, int cpu,
				       const char *name);

/* Is current inside an RCU path walk (fs/namei)? For the contracts. */
bool sched_in_rcu_walk(void);

/* ms since boot */
unsigned long get_jiffies(void);

#endif
