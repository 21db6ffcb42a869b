// SPDX-License-Identifier: MIT
/*
 * The scheduler's calls: sleeping, waking, yielding, placement, preemption points.
 *
 * The sleep protocol is set_current_state(); test the condition; schedule(). A waker makes the
 * condition true and calls wake_up_process(). set_current_state() is a full barrier between the
 * state store and the test; try_to_wake_up() is a full barrier between the condition and its
 * read of the state. So one side always sees the other.
 */
#ifndef KERNEL_TASK_SCHED_H
#define KERNEL_TASK_SCHED_H

#include "kernel/task/task.h"
#include "kernel/x86/barrier.h"
#include "kernel/lock/preempt.h"

#define __set_current_state(v) WRITE_ONCE(current->state, (v))
#define set_current_state(v)                                                                       \
	do {                                                                                       \
		WRITE_ONCE(current->state, (v));                                                   \
		smp_mb();                                                                          \
	} while (0)

#define MAX_SCHEDULE_TIMEOUT ((long)(~0UL >> 1))

/* task->policy */
#define SCHED_NORMAL 0
#define SCHED_FIFO   1
#define SCHED_RR     2
#define SCHED_BATCH  3
#define SCHED_IDLE   5
#define MAX_RT_PRIO  99

static inline bool rt_policy(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static inline bool rt_task(const struct task_struct *p)
{
	return p->rt_priority > 0;
}

/* Gives up the CPU. May not be called with preemption off. */
void schedule(void);
/* From preempt_enable() when the count fell to zero with a reschedule due; any context. */
void preempt_schedule(void);
/* From the end of an interrupt that hit the kernel; interrupts off at entry and at return. */
void preempt_schedule_irq(void);
/* First thing a new task runs; prev is whom the CPU came from. Called by ret_from_fork. */
void schedule_tail(struct task_struct *prev);
/* Work due before the program runs on: resched, signals, task work. Interrupts off in and out. */
void exit_to_user_mode_prepare(struct pt_regs *regs);

/*
 * Makes p runnable if its state matches; 1 if it was woken by this call, else 0. A full barrier
 * comes before the test, so a condition stored earlier is visible to the woken task. Any context
 * but NMI.
 */
int try_to_wake_up(struct task_struct *p, unsigned int state, int wake_flags);
#define WF_SYNC 0x1 /* the waker is about to sleep: stay on its CPU if that is no loss */
int wake_up_process(struct task_struct *p);
int wake_up_state(struct task_struct *p, unsigned int state);
/* Starts a task fresh from copy_process(). */
void wake_up_new_task(struct task_struct *p);

/* Sleeps for at most timeout jiffies (ms) in the state set before; returns what is left, >= 0. */
long schedule_timeout(long timeout);
long schedule_timeout_interruptible(long timeout);
long schedule_timeout_killable(long timeout);
long schedule_timeout_uninterruptible(long timeout);
long schedule_timeout_idle(long timeout);
/* The same, counted as waiting for I/O (the task's plug is flushed by the block layer's hook). */
void io_schedule(void);
long io_schedule_timeout(long timeout);
int io_schedule_prepare(void);
void io_schedule_finish(int token);
/* Sleep at least so long, uninterruptibly. */
void msleep(unsigned int msecs);
unsigned long msleep_interruptible(unsigned int msecs);
void usleep_range(unsigned long min, unsigned long max);
/* Sleeps in the state set before until an absolute monotonic time; 0 at the time, -EINTR before. */
int schedule_hrtimeout(ktime_t expires);

/* Lets others run; the caller stays runnable. */
void yield(void);
/* A preemption point for long loops; returns 1 if it scheduled. May sleep. */
int _cond_resched(void);
#define cond_resched()                                                                             \
	({                                                                                         \
		might_sleep();                                                                     \
		_cond_resched();                                                                   \
	})
/* Drops and retakes the lock when a reschedule is due; 1 if it did. */
int __cond_resched_lock(spinlock_t *lock);
#define cond_resched_lock(lock) __cond_resched_lock(lock)

static inline bool need_resched(void)
{
	return test_thread_flag(TIF_NEED_RESCHED);
}

/* From x86's reschedule interrupt. */
void scheduler_ipi(void);
/* From the one-shot timer interrupt after timers ran: charges and perhaps preempts current. */
void scheduler_tick(void);
/* Marks a CPU's current task for rescheduling; takes the run queue's lock. */
void resched_cpu(int cpu);

/* The idle task of a CPU that is about to start; made by sched_init_idle(). */
struct task_struct *idle_task_for(int cpu);
int sched_init_idle(int cpu);
/* What a CPU does when it has nothing else to do; the last call of its start. */
void cpu_startup_entry(void) __attribute__((noreturn));
bool idle_cpu(int cpu);
/* The task running on a CPU now; a hint. */
struct task_struct *cpu_curr(int cpu);

void sched_init(void);
/* After all CPUs are up: their idle tasks are live and placement may use them. */
void sched_cpu_online(int cpu);
void set_user_nice(struct task_struct *p, long nice);
void set_sched_policy(struct task_struct *p, int policy, int rt_priority, bool reset_on_fork, int nice);
bool sched_boost(struct task_struct *p, int rt_boost);
void sched_inherit(struct task_struct *child);
/* How long a task may run before its equals get their turn, ns; 0: as long as it likes. */
u64 sched_rr_interval(struct task_struct *p);
int set_cpus_allowed(struct task_struct *p, const cpumask_t *mask);

unsigned long nr_running(void);
unsigned long nr_iowait(void);
unsigned long long nr_context_switches(void);
/* ns since boot: what its tasks used, in programs and in the kernel, and the rest */
struct cpu_times {
	u64 user, system, idle;
};
void get_cpu_times(int cpu, struct cpu_times *times);
/* ns of CPU time of a task, including the stretch it is in now */
u64 task_sched_runtime(struct task_struct *p);
/* One-minute load average and so on, 1 << 16 fixed point. */
void get_avenrun(unsigned long *loads, unsigned int shift);

/* Reports tasks stuck in an uninterruptible sleep longer than ms; returns how many. */
int report_hung_tasks(unsigned int ms);
/* Prints every task of a program: its state and where it is. */
void show_programs(void);

#if CONFIG_CHECKS
/*
 * For tests, else 0: so many ns, and twice as many, the scheduler pauses while it moves a task and
 * between two looks at a task. A virtual CPU whose host takes it away may stop there for long.
 */
extern unsigned int sched_test_pause_ns;
#else
#define sched_test_pause_ns 0
#endif

#endif
