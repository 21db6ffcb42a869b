/* SPDX-License-Identifier: MIT */
/*
 * Completions: "this has happened", counted. complete() may come before or
 * after the wait. When wait_for_completion() returns, the completer has let
 * go of the structure, so it may live on the waiter's stack.
 */
#ifndef KERNEL_LOCK_COMPLETION_H
#define KERNEL_LOCK_COMPLETION_H

#include "kernel/lock/wait.h"

struct completion {
	unsigned int done;		/* wait.lock; UINT_MAX: for ever */
	wait_queue_head_t wait;
};

#define COMPLETION_INITIALIZER(work)					\
	{ 0, __WAIT_QUEUE_HEAD_INITIALIZER((work).wait) }
#define DECLARE_COMPLETION(work)	struct completion work = COMPLETION_INITIALIZER(work)
#define DECLARE_COMPLETION_ONSTACK(work) struct completion work; init_completion(&work)
#define init_completion(x)						\
do {									\
	(x)->done = 0;							\
	init_waitqueue_head(&(x)->wait);				\
} while (0)

static inline void reinit_completion(struct completion *x)
{
	x->done = 0;
}

/* Any context. */
void complete(struct completion *x);
void complete_all(struct completion *x);
/* Sleep; the timeouts are in ms: what is left (>= 1) or 0. */
void wait_for_completion(struct completion *x);
void wait_for_completion_io(struct completion *x);
/* 0, or -ERESTARTSYS */
int wait_for_completion_interruptible(struct completion *x);
int wait_for_completion_killable(struct completion *x);
unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout);
unsigned long wait_for_completion_io_timeout(struct completion *x, unsigned long timeout);
long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout);
long wait_for_completion_killable_timeout(struct completion *x, unsigned long timeout);
/* Takes one if there is one; never sleeps. */
bool try_wait_for_completion(struct completion *x);
bool completion_done(struct completion *x);

#endif
