// SPDX-License-Identifier: MIT
/* Between the files that make up signals. */
#ifndef KERNEL_TASK_SIGNAL_INTERNAL_H
#define KERNEL_TASK_SIGNAL_INTERNAL_H

#include "kernel/task/internal.h"

struct sigqueue;

/* signals whose default is to do nothing */
static inline bool sig_default_ignored(int sig)
{
	return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

/* signals whose default is to stop the process, see stop.c */
static inline bool sig_default_stop(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* Signals that mean a mistake of the program. */
static inline bool sig_default_coredump(int sig)
{
	return sigmask(sig) & (sigmask(SIGQUIT) | sigmask(SIGILL) | sigmask(SIGTRAP) | sigmask(SIGABRT) | sigmask(SIGBUS) |
			       sigmask(SIGFPE) | sigmask(SIGSEGV) | sigmask(SIGXCPU) | sigmask(SIGXFSZ) | sigmask(SIGSYS));
}

/* Does the signal end the process as things are? siglock held. */
static inline bool sig_fatal(struct task_struct *p, int sig)
{
	return !sig_default_ignored(sig) && !sig_default_stop(sig) &&
	       p->sighand->action[sig - 1].sa_handler == SIG_DFL;
}

/* Is there something p should look at, a signal or a stop it has to join? siglock held. */
static inline bool recalc_needed(struct task_struct *p)
{
	return (((p->pending.signal.sig[0] | p->signal->shared_pending.signal.sig[0]) & ~p->blocked.sig[0]) != 0) ||
	       (p->jobctl & (JOBCTL_STOP_PENDING | JOBCTL_TRAP_MASK));
}

/* siglock held; 0 or -EAGAIN */
int send_signal_locked(int sig, const kernel_siginfo_t *info, struct task_struct *p, bool group);
/* Queues a timer's own entry, which is not queued; false if the signal is ignored. siglock held. */
bool send_sigqueue_locked(struct sigqueue *q, struct task_struct *p, bool group);
/* Takes the next signal not in mask off the current thread's queues: its number, or 0. siglock held. */
int dequeue_signal(struct task_struct *p, const sigset_t *mask, kernel_siginfo_t *info);
/* Drops these signals wherever they are pending in p's group. siglock held. */
void forget_signals(struct task_struct *p, unsigned long mask);
/*
 * Signals to the process that tsk may have been woken for, and that it will not take, are given to other threads.
 * siglock held.
 */
void retarget_shared_pending(struct task_struct *tsk, unsigned long which);
/* set_current_blocked() with siglock held and the set made harmless. */
void set_current_blocked_locked(const sigset_t *newset);
/* What a signal from the current process says of its sender. */
void fill_user_info(kernel_siginfo_t *info, int sig, int code);

/* stop.c; siglock held */
/* No stop is in progress or asked for any more. */
void cancel_group_stop(struct signal_struct *sig);
/* SIGCONT is sent to p's group: it goes on, and forgets pending stops. */
void continue_group(struct task_struct *p);
/*
 * Joins a stop that is in progress, or begins one for sig. False: there is nothing to stop for. True: the thread has been stopped,
 * and continued or killed since; siglock has been released.
 */
bool do_signal_stop(int sig);
/* The current thread is in the stop of its group. True if it was the last, and the parent is to be told. */
bool participate_in_stop(struct task_struct *t);
/* Tells @parent, which may be a tracer, why (CLD_*) its child stops or goes on. tasklist_lock held, no siglock. */
void notify_cldstop(struct task_struct *tsk, struct task_struct *parent, int why, int status);
/* Has the group been continued, or its stop been broken off, and the parent not been told? Then it is now; as above. */
bool tell_continued(void);

#endif
