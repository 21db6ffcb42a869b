// SPDX-License-Identifier: MIT
/*
 * Futexes: waiting for any of several words.
 *
 * One struct futex_q for each, queued one after the other. A word that is no longer as expected ends the call, and so does a wakeup
 * that comes before all are queued: nothing is slept through, because the first look at what was woken comes after the last is queued.
 */
#include "kernel/lib/errno.h"
#include "kernel/task/futex.h"
#include "kernel/task/futex_internal.h"
#include "kernel/task/sched.h"
#include "mm/slab.h"

/* Takes all off; the number of the last that had been woken, -1 if none was. */
static int unqueue_all(struct futex_q *q, unsigned int n)
{
	int woken = -1;

	for (unsigned int i = 0; i < n; i++) {
		if (!futex_unqueue(&q[i]))
			woken = i;
	}
	return woken;
}

/* 0, -EAGAIN or -EFAULT; *queued tells how many are queued in any case. */
static int queue_all(struct futex_q *q, const struct futex_waitv *words, unsigned int n, unsigned int *queued)
{
	int err = 0;

	for (unsigned int i = 0; i < n && !err; i++)
		err = futex_get_key((u32 __user *)words[i].uaddr, !(words[i].flags & FUTEX_PRIVATE_FLAG), FUTEX_READ, &q[i].key);
	for (*queued = 0; *queued < n && !err; ++*queued) {
		q[*queued].task = current;
		q[*queued].bitset = FUTEX_BITSET_MATCH_ANY;
		err = futex_wait_setup((u32 __user *)words[*queued].uaddr, words[*queued].val, &q[*queued]);
		if (err)
			break;
	}
	return err;
}

long futex_wait_multiple(const struct futex_waitv *words, unsigned int n, const struct deadline *end)
{
	struct futex_q *q = kcalloc(n, sizeof(*q), GFP_KERNEL);
	unsigned int queued;
	int err, woken;

	if (!q)
		return -ENOMEM;
	err = queue_all(q, words, n, &queued);
	if (!err)
		err = futex_wait_queued(q, n, end);
	woken = unqueue_all(q, queued);
	kfree(q);
	return woken >= 0 ? woken : err;
}
