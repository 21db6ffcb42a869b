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
#define EXIT_ZOMBIE 1 /* ended, and still findable: threads of its group live on, or the parent has not waited */
#define EXIT_DEAD   2 /* being released */

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

void pid_cache_init(void);

/* fork.c */
void put_signal_struct(struct signal_struct *sig);
void put_sighand(struct sighand_struct *sighand);
/* A copy of the current task's handlers for it alone; NULL without memory. May sleep. */
struct sighand_struct *copy_sighand_struct(void);

/* exit.c: user processes not yet released; woken when the last has gone */
extern atomic_t nr_processes;
extern wait_queue_head_t processes_gone;
extern struct task_struct *child_reaper; /* the kernel's thread that is the parent of orphans */
/* The wait status of a process that has ended, or whose group is ending. */
int group_exit_status(struct task_struct *tsk);
void exit_notify(struct task_struct *tsk, bool last);
struct task_struct *take_over_leadership(void);
/* Would a stop of the current process leave nobody to continue it? Takes tasklist_lock. */
bool is_current_pgrp_orphaned(void);
/* Takes a dead task out of everything. No locks held; the caller has set exit_state to EXIT_DEAD. */
void release_task(struct task_struct *p);
/*
 * Tells the parent that tsk, with its group empty, has ended. True if nobody will wait for it, so that the caller has
 * to release it. tasklist_lock held.
 */
bool do_notify_parent(struct task_struct *tsk, int sig);
/* Tells the parent's waiters to look again. */
void wake_up_parent(struct task_struct *parent);
/* A kernel thread in a process of its own, to become a program; not yet started. */
struct task_struct *create_program_task(int (*fn)(void *), void *arg);

/* stop.c */
void exit_signals(struct task_struct *tsk);

/* itimer.c */
void itimer_init(struct signal_struct *sig);
void itimer_exit(struct signal_struct *sig);
void itimer_get(ktime_t *left, ktime_t *interval);
/* value 0: off. left and old_interval tell what was set before. */
void itimer_set(ktime_t value, ktime_t interval, ktime_t *left, ktime_t *old_interval);
/* SIGALRM has been taken or forgotten: an interval timer goes on. siglock held. */
void itimer_taken(struct signal_struct *sig);

/* sigframe.c: builds the frame of a handler; 0 or -EFAULT */
int setup_rt_frame(int sig, const struct k_sigaction *ka, const kernel_siginfo_t *info,
		   const sigset_t *oldset, struct pt_regs *regs);

#endif
