// SPDX-License-Identifier: MIT
/* Queued signals: see sigqueue.c. */
#ifndef KERNEL_TASK_SIGQUEUE_H
#define KERNEL_TASK_SIGQUEUE_H

#include "kernel/task/signal.h"

struct task_struct;
struct k_itimer;
struct user_counts;

struct sigqueue {
	struct list_head list; /* empty while not queued; siglock */
	kernel_siginfo_t info;
	struct user_counts *user; /* whose counts it is in; a reference */
	struct k_itimer *timer; /* a timer's own, which goes back to it; siglock */
};

/*
 * An entry for a signal to p, on no list; NULL without memory, or if p's user has RLIMIT_SIGPENDING of them unless @must. siglock of
 * p, or p is current. Any context.
 */
struct sigqueue *sigqueue_alloc(struct task_struct *p, bool must);
/* The entry, on no list, is done with: it is freed, unless it is a timer's. */
void sigqueue_free(struct sigqueue *q);
/* Takes an entry off its queue, tells a timer whose signal will not arrive, and frees the entry. siglock held. */
void sigqueue_drop(struct sigqueue *q);
/* How many signals are queued for the user of p, for /proc. */
unsigned long sigqueue_count(struct task_struct *p);
void sigqueue_init(void);

#endif
