// SPDX-License-Identifier: MIT
/* POSIX timers (timer_create and friends) and timers on CPU clocks: see posix_timer.c and cpu_timer.c. */
#ifndef KERNEL_TASK_POSIX_TIMER_H
#define KERNEL_TASK_POSIX_TIMER_H

#include "kernel/task/signal.h"
#include "kernel/task/timer.h"

struct sigqueue;
struct pid;

#define CLOCK_REALTIME		 0
#define CLOCK_MONOTONIC		 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID	 3
#define CLOCK_MONOTONIC_RAW	 4
#define CLOCK_REALTIME_COARSE	 5
#define CLOCK_MONOTONIC_COARSE	 6
#define CLOCK_BOOTTIME		 7
#define CLOCK_REALTIME_ALARM	 8
#define CLOCK_BOOTTIME_ALARM	 9
#define CLOCK_TAI		 11
#define TIMER_ABSTIME		 1

/* The other CPU clocks are negative: the complement of a process or thread id, what to count, and whether it is a thread's. */
#define CPUCLOCK_PROF	  0 /* as VIRT, and in system calls */
#define CPUCLOCK_VIRT	  1 /* in the program */
#define CPUCLOCK_SCHED	  2
#define CPUCLOCK_MAX	  3
#define CPUCLOCK_THREAD	  4
#define CPUCLOCK_WHICH(c) ((c) & 3)
#define CPUCLOCK_PID(c)	  ((pid_t) ~((c) >> 3))

/* ---- CPU clocks (cpu_timer.c) ---- */

/* A clock of a process or a thread. */
struct cpu_clock {
	int which;	  /* CPUCLOCK_PROF ... */
	bool thread;	  /* pid is a thread, else a process */
	struct pid *pid; /* a reference */
};

/* The clock with this id, which ends in cpu_clock_put(); -EINVAL if it is no CPU clock or its owner may not be looked at. */
int cpu_clock_get(clockid_t id, struct cpu_clock *clock);
void cpu_clock_put(struct cpu_clock *clock);
/* Is the clock one of the current process? Only on those can timers be set. */
bool cpu_clock_is_ours(const struct cpu_clock *clock);
/* ns of CPU time, or -EINVAL if the owner has gone. Takes siglock of the owner. */
int cpu_clock_read(const struct cpu_clock *clock, u64 *ns);

/* A timer on a clock of the process it belongs to; all under its siglock. fire() is called under it, in an interrupt. */
struct cpu_timer {
	struct list_head list; /* signal->cpu_timers; empty: not armed */
	struct cpu_clock clock;
	u64 expires;
	void (*fire)(struct cpu_timer *);
};

void cpu_timer_arm(struct signal_struct *sig, struct cpu_timer *t);
void cpu_timer_disarm(struct cpu_timer *t);
/* cpu_clock_read() of a clock of this process with its siglock held; 0 if the thread has gone. */
u64 cpu_clock_read_locked(struct signal_struct *sig, const struct cpu_clock *clock);
/* Sleeps until a time by a clock of the current process: 0, or -EINTR with what was left. */
int cpu_clock_sleep(const struct cpu_clock *clock, u64 expires, u64 *left);

/* From the timer interrupt, now and then while p runs; no lock held, interrupts off. */
void cpu_timers_tick(struct task_struct *p);
/* A new limit for CPU time (RLIMIT_CPU) of p's process. */
void cpu_limit_changed(struct task_struct *p);

/* ITIMER_VIRTUAL (which 0) and ITIMER_PROF (1) of the current process, in ns of CPU time */
void cpu_itimer_get(int which, u64 *left, u64 *interval);
/* left and old_interval tell what was set before */
void cpu_itimer_set(int which, u64 value, u64 interval, u64 *left, u64 *old_interval);

/* ---- POSIX timers (posix_timer.c) ---- */

struct k_itimer {
	struct list_head list; /* signal->posix_timers; siglock of the owner guards all that changes */
	int id;
	clockid_t clock;
	int notify; /* SIGEV_* */
	bool on_cpu_clock;
	bool wall;    /* set for a time of the wall clock: it follows when that is set */
	bool armed;   /* it will expire, or has and will again */
	bool waiting; /* its signal is queued: it is started again when that is taken */
	struct signal_struct *owner;
	struct pid *thread;    /* SIGEV_THREAD_ID: who gets the signal; a reference */
	struct sigqueue *sigq; /* not with SIGEV_NONE */
	u64 expires;	       /* next expiry; in CPU time, by the wall clock, or monotonic */
	u64 interval;	       /* ns, 0: once */
	u64 overrun;	       /* expiries that nobody was told of, before the next signal */
	int overrun_last;      /* of the signal last taken */
	struct hrtimer hrtimer;
	struct cpu_timer cpu_timer;
};

/* The timer's signal is taken: completes what it tells, and starts an interval timer again. siglock held. */
void posix_timer_taken(struct k_itimer *timer, kernel_siginfo_t *info);
/* The timer's signal will not be taken. siglock held. */
void posix_timer_dropped(struct k_itimer *timer);
/* Deletes all timers of the current process, whose last thread this is: it execs or ends. May wait for a running callback. */
void exit_posix_timers(struct signal_struct *sig);

struct sigevent_k {
	sigval_t value;
	int signo, notify;
	pid_t tid;
};

long posix_timer_create(clockid_t clock, const struct sigevent_k *event);
long posix_timer_delete(int id);
/* ns; absolute: on the timer's clock. old_value and old_interval tell what was set before. */
long posix_timer_settime(int id, bool absolute, u64 value, u64 interval, u64 *old_value, u64 *old_interval);
long posix_timer_gettime(int id, u64 *value, u64 *interval);
long posix_timer_getoverrun(int id);
/* The wall clock has been set. */
void posix_timers_clock_was_set(void);
void posix_timers_init(void);

#endif
