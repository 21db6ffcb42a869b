// SPDX-License-Identifier: MIT
/* What the files of this room share with each other and with nobody else. */
#ifndef KERNEL_TASK_INTERNAL_H
#define KERNEL_TASK_INTERNAL_H

#include "kernel/lock/completion.h"
#include "kernel/task/task.h"

extern struct signal_struct init_signals;
extern struct sighand_struct init_sighand;

/* task->exit_state; tasklist lock and siglock to change, either to read */
#define EXIT_ALIVE  0
#define EXIT_ZOMBIE 1 /* a leader whose threads live on */
#define EXIT_DEAD   2

struct kthread {
	unsigned long flags; /* KTHREAD_*, atomic bits */
	int (*fn)(void *);
	void *data;
	int result; /* written before exited completes */
	struct completion parked;
	struct completion exited;
};

#define KTHREAD_SHOULD_STOP 0
#define KTHREAD_SHOULD_PARK 1

/* pid.c: tasklist_lock held */
pid_t alloc_pid(void);
void pid_hash(struct task_struct *p);
void pid_unhash(struct task_struct *p);

/* fork.c */
void put_signal_struct(struct signal_struct *sig);
/* A kernel thread in a process of its own, to become a program; not yet started. */
struct task_struct *create_program_task(int (*fn)(void *), void *arg);

/* itimer.c */
void itimer_init(struct signal_struct *sig, struct task_struct *leader);
void itimer_exit(struct signal_struct *sig);
void itimer_get(ktime_t *left, ktime_t *interval);
void itimer_set(ktime_t value, ktime_t interval);

/* sigframe.c: builds the frame of a handler; 0 or -EFAULT */
int setup_rt_frame(int sig, const struct k_sigaction *ka, const siginfo_t *info,
		   const sigset_t *oldset, struct pt_regs *regs);

#endif
