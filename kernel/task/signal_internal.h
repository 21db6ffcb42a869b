// SPDX-License-Identifier: MIT
/* Between the files that make up signals. */
#ifndef KERNEL_TASK_SIGNAL_INTERNAL_H
#define KERNEL_TASK_SIGNAL_INTERNAL_H

#include "kernel/task/internal.h"

/* signals whose default is to do nothing */
static inline bool sig_default_ignored(int sig)
{
	return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG || sig == SIGWINCH;
}

/* signals whose default is to stop the process; there is nobody to continue it, see get_signal() */
static inline bool sig_default_stop(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* Does the signal end the process as things are? siglock held. */
static inline bool sig_fatal(struct task_struct *p, int sig)
{
	return !sig_default_ignored(sig) && !sig_default_stop(sig) &&
	       p->sighand->action[sig - 1].sa_handler == SIG_DFL;
}

/* Is there a signal p should look at? siglock held. */
static inline bool recalc_needed(struct task_struct *p)
{
	return ((p->pending.signal.sig[0] | p->signal->shared_pending.signal.sig[0]) &
		~p->blocked.sig[0]) != 0;
}

int send_signal_locked(int sig, const siginfo_t *info, struct task_struct *p, bool group);
void free_sigqueue(struct sigqueue *q);
/* Takes the next signal not in mask off the queues: its number, or 0. siglock held. */
int dequeue_signal(struct task_struct *p, const sigset_t *mask, siginfo_t *info);

#endif
