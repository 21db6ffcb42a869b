// SPDX-License-Identifier: MIT
/* The types of futex.c. */
#ifndef KERNEL_TASK_FUTEX_INTERNAL_H
#define KERNEL_TASK_FUTEX_INTERNAL_H

#include "kernel/lib/list.h"
#include "kernel/lib/time64.h"
#include "kernel/lock/spinlock.h"
#include "mm/mm.h"
#include "mm/mm_types.h"

struct deadline;

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
	bool requeue_pi; /* it waits in futex_wait_requeue_pi(), and may only be moved to a PI lock */
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
/* need: the mapping allows this */
#define FUTEX_READ  (VM_READ | VM_WRITE)
#define FUTEX_WRITE VM_WRITE
int futex_get_key(u32 __user *uaddr, bool shared, unsigned long need, struct futex_key *key);

/* futex.c; the next two with the bucket's lock held */
void futex_enqueue(struct futex_q *q, struct futex_bucket *b);
void futex_mark_woken(struct futex_q *q, struct futex_wakeups *w);
void futex_wake_marked(struct futex_wakeups *w);
int futex_wait_setup(u32 __user *uaddr, u32 val, struct futex_q *q);
bool futex_unqueue(struct futex_q *q);
/* Sleeps until one of n waiters was woken (0), timed out, or interrupted (-ERESTARTSYS). */
int futex_wait_queued(struct futex_q *q, unsigned int n, const struct deadline *end);

/* futex_requeue.c */
long futex_requeue(u32 __user *uaddr1, bool shared, u32 __user *uaddr2, int nr_wake, int nr_move, const u32 *cmpval);
long futex_cmp_requeue_pi(u32 __user *uaddr1, bool shared, u32 __user *uaddr2, int nr_wake, int nr_move, u32 cmpval);
long futex_wait_requeue_pi(u32 __user *uaddr, bool shared, u32 val, const struct deadline *end, u32 __user *uaddr2);

#endif
