// SPDX-License-Identifier: MIT
/* The types of futex.c. */
#ifndef KERNEL_TASK_FUTEX_INTERNAL_H
#define KERNEL_TASK_FUTEX_INTERNAL_H

#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"

/* Names a word: address space and address, or inode and offset. */
struct futex_key {
	unsigned long obj;
	u64 offset;
};

struct futex_bucket {
	spinlock_t lock;
	struct list_head waiters; /* in the order of arrival */
} ____cacheline_aligned;

/* One waiter, on its own stack; all but bucket guarded by the bucket's lock. */
struct futex_q {
	struct list_head list;
	struct task_struct *task;
	struct futex_bucket *bucket; /* where it is queued; NULL: taken off */
	struct futex_key key;
	u32 bitset;
};

#define FUTEX_WAKE_BATCH 32

/* Tasks to wake once the lock is dropped. */
struct futex_wakeups {
	int n;
	struct task_struct *tasks[FUTEX_WAKE_BATCH];
};

static inline bool futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->obj == b->obj && a->offset == b->offset;
}

struct futex_bucket *futex_bucket(const struct futex_key *key);
int futex_get_key(u32 __user *uaddr, bool shared, struct futex_key *key);

#endif
