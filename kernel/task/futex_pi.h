// SPDX-License-Identifier: MIT
/* The types of futex_pi.c, for its users among the futexes' files. */
#ifndef KERNEL_TASK_FUTEX_PI_H
#define KERNEL_TASK_FUTEX_PI_H

#include "kernel/lib/time64.h"
#include "kernel/task/futex_internal.h"

/* A PI futex somebody waits for. All of it, and the lists, guarded by pi_futex_lock. */
struct pi_state {
	struct futex_key key;
	struct task_struct *owner; /* with a reference */
	struct list_head waiters;  /* by priority, in the order of arrival among equals */
	struct list_head owned;	   /* in owner->pi_states */
	struct hlist_node hash;
	bool inherited; /* the last owner died, and the new one has not said so in the word yet */
};

/* One waiter, on its own stack; guarded by pi_futex_lock. */
struct pi_waiter {
	struct list_head list;
	struct task_struct *task;
	struct pi_state *state; /* what it waits for; NULL: not queued */
	int prio;		/* what the list is sorted by */
	bool granted;		/* it is the owner. Stored with release, as the last touch */
	bool inherit;		/* ... and has to say so in the word: pi_take_over() */
};

extern spinlock_t pi_futex_lock;

/* The state of a word, or NULL. */
struct pi_state *pi_find(const struct futex_key *key);
/* One to give to pi_lock_or_queue(); NULL without memory. May sleep. */
struct pi_state *pi_alloc(void);
void pi_free(struct pi_state *spare);

#define PI_TAKEN 1
/* pi_lock_or_queue() has to be called again: the word changed meanwhile, and who looks again may let others run first. */
#define PI_AGAIN 2

/*
 * Takes the word for task or queues its waiter: PI_TAKEN, 0 queued (*spare is used up if it was needed), PI_AGAIN, -EFAULT if the
 * word has to be faulted in, or an error. Without a waiter -EAGAIN instead of queuing. waiters: mark the word as contended even if
 * it is taken. pi_futex_lock held.
 */
int pi_lock_or_queue(u32 __user *uaddr, const struct futex_key *key, struct task_struct *task, struct pi_waiter *w, bool waiters,
		     struct pi_state **spare);
/* Waits until the waiter owns the lock: 0, -ETIMEDOUT or -EINTR; if not 0 pi_leave() has to be called. May sleep. */
int pi_wait(struct pi_waiter *w, const struct deadline *end);
/* A wait ended without the lock: unless it was granted meanwhile the waiter leaves. True if it was granted. */
bool pi_leave(struct pi_waiter *w);
/* A granted waiter whose predecessor died notes in the word that it owns it. May sleep. */
int pi_take_over(struct pi_waiter *w, const struct futex_key *key, u32 __user *uaddr);

long futex_lock_pi(u32 __user *uaddr, bool shared, const struct deadline *end, bool try);
long futex_unlock_pi(u32 __user *uaddr, bool shared);

#endif
