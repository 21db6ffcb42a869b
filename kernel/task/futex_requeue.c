// SPDX-License-Identifier: MIT
/*
 * Futexes: moving waiters from one word to another, so that a condition variable's waiters are woken one after the other by the
 * mutex they need next, instead of all at once.
 *
 * To a plain word (futex_requeue()) a waiter only changes its queue. To a lock with priority inheritance it goes only if it said so
 * when it began to wait (futex_wait_requeue_pi()): it has a struct pi_waiter besides its struct futex_q, and comes back owning the
 * lock. Both are guarded by the bucket's lock and, within it, pi_futex_lock. The mover takes the waiter off the bucket's queue last,
 * or, if it gives it the lock, stores granted last: what a waiter sees of either tells whether the mover may still touch it, and the
 * locks are what it waits for it with.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/task/futex.h"
#include "kernel/task/futex_internal.h"
#include "kernel/task/futex_pi.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"

/* Two buckets, in the order of their addresses. */
static void lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	if (a > b) {
		struct futex_bucket *t = a;

		a = b;
		b = t;
	}
	spin_lock(&a->lock);
	if (a != b)
		spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

static void unlock_two(struct futex_bucket *a, struct futex_bucket *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

/* Locks both buckets if the word holds what it should (NULL: whatever it holds). 0, -EAGAIN, -EFAULT. May sleep. */
static int lock_and_compare(struct futex_bucket *b1, struct futex_bucket *b2, u32 __user *uaddr, const u32 *cmpval)
{
	for (;;) {
		u32 now;

		lock_two(b1, b2);
		if (!cmpval)
			return 0;
		if (!copy_from_user_nofault(&now, uaddr, sizeof(now))) {
			if (now == *cmpval)
				return 0;
			unlock_two(b1, b2);
			return -EAGAIN;
		}
		unlock_two(b1, b2);
		if (get_user(now, uaddr))
			return -EFAULT;
	}
}

/* Wakes nr_wake waiters of the first word and moves up to nr_move others to the second. */
long futex_requeue(u32 __user *uaddr1, bool shared, u32 __user *uaddr2, int nr_wake,
			  int nr_move, const u32 *cmpval)
{
	struct futex_key key1, key2;
	struct futex_bucket *b1, *b2;
	struct futex_wakeups w = { 0 };
	struct futex_q *q, *next;
	int done = 0, err;
	bool more;

	if (nr_wake < 0 || nr_move < 0)
		return -EINVAL;
	err = futex_get_key(uaddr1, shared, FUTEX_READ, &key1);
	if (!err)
		err = futex_get_key(uaddr2, shared, FUTEX_READ, &key2);
	if (err)
		return err;
	b1 = futex_bucket(&key1);
	b2 = futex_bucket(&key2);
	err = lock_and_compare(b1, b2, uaddr1, cmpval);
	if (err)
		return err;
again:
	more = false;
	list_for_each_entry_safe (q, next, &b1->waiters, list) {
		if (!futex_key_equal(&q->key, &key1))
			continue;
		if (q->requeue_pi) {
			err = -EINVAL;
			break;
		}
		if (done < nr_wake) {
			more = w.n == FUTEX_WAKE_BATCH;
			if (more)
				break;
			futex_mark_woken(q, &w);
			done++;
			continue;
		}
		if (done - nr_wake >= nr_move)
			break;
		if (b1 != b2) {
			list_move_tail(&q->list, &b2->waiters);
			WRITE_ONCE(q->bucket, b2);
		}
		q->key = key2;
		done++;
	}
	unlock_two(b1, b2);
	futex_wake_marked(&w);
	if (more) { /* nobody has been moved yet, and the word was compared */
		lock_two(b1, b2);
		goto again;
	}
	return err ? err : done;
}

/* ---- to a lock with priority inheritance ---- */

/* A waiter of futex_wait_requeue_pi(), on its stack. */
struct requeue_waiter {
	struct futex_q q;	/* first: on the first word */
	struct pi_waiter pi;	/* then: on the lock */
	struct futex_key target;
};

/*
 * The waiter gets the lock or is queued for it; the results of pi_lock_or_queue(). more: others are to
 * come after it. b->lock and pi_futex_lock held.
 */
static int move_to_lock(struct requeue_waiter *rw, u32 __user *uaddr2, const struct futex_key *key2, bool more,
			struct pi_state **spare, struct futex_wakeups *w)
{
	int ret = pi_lock_or_queue(uaddr2, key2, rw->q.task, &rw->pi, more, spare);

	if (ret == PI_TAKEN) {
		futex_mark_woken(&rw->q, w);
		smp_store_release(&rw->pi.granted, true);
	} else if (!ret) {
		list_del(&rw->q.list);
		smp_store_release(&rw->q.bucket, NULL);
	}
	return ret;
}

/* What is to be moved, and how far that has come; a page fault interrupts it. */
struct pi_requeue {
	u32 __user *uaddr2;
	struct futex_key key1, key2;
	struct futex_bucket *b;
	int nr, done;
	struct pi_state *spare;
	struct futex_wakeups w;
};

/* Moves waiters until all are, or something is in the way: 0, PI_AGAIN or an error. r->b->lock held. */
static int move_waiters(struct pi_requeue *r)
{
	struct futex_q *q, *next;
	int ret = 0;

	list_for_each_entry_safe (q, next, &r->b->waiters, list) {
		struct requeue_waiter *rw = container_of(q, struct requeue_waiter, q);

		if (!futex_key_equal(&q->key, &r->key1))
			continue;
		if (r->done > r->nr)
			break;
		if (!q->requeue_pi || !futex_key_equal(&rw->target, &r->key2))
			return -EINVAL;
		if (!r->spare)
			return PI_AGAIN;
		spin_lock(&pi_futex_lock);
		ret = move_to_lock(rw, r->uaddr2, &r->key2, r->nr > 0, &r->spare, &r->w);
		spin_unlock(&pi_futex_lock);
		if (ret && ret != PI_TAKEN)
			return ret;
		r->done++;
		if (ret == PI_TAKEN)
			return PI_AGAIN; /* it is to be woken at once: others now queue behind it */
	}
	return 0;
}

/* Goes on after move_waiters() stopped, its locks dropped: true if it can be called again, else *err is the result. */
static bool clear_the_way(struct pi_requeue *r, int *err)
{
	futex_wake_marked(&r->w);
	if (*err == -EFAULT && !fault_in_pages_writeable((char __user *)r->uaddr2, sizeof(u32)))
		*err = PI_AGAIN;
	if (*err == PI_AGAIN && !r->spare) {
		r->spare = pi_alloc();
		if (!r->spare)
			*err = -ENOMEM;
	}
	cond_resched();
	return *err == PI_AGAIN;
}

/*
 * The first waiter gets the lock, if it is free, and up to nr_move others wait for it. The word is compared once: what was moved
 * stays moved if a page fault or the need for memory interrupts the rest.
 */
long futex_cmp_requeue_pi(u32 __user *uaddr1, bool shared, u32 __user *uaddr2, int nr_wake, int nr_move, u32 cmpval)
{
	struct pi_requeue r = { .uaddr2 = uaddr2, .nr = nr_move };
	int err;

	if (uaddr1 == uaddr2 || nr_wake != 1 || nr_move < 0)
		return -EINVAL;
	err = futex_get_key(uaddr1, shared, FUTEX_READ, &r.key1);
	if (!err)
		err = futex_get_key(uaddr2, shared, FUTEX_WRITE, &r.key2);
	if (err)
		return err;
	if (futex_key_equal(&r.key1, &r.key2))
		return -EINVAL;
	r.spare = pi_alloc();
	if (!r.spare)
		return -ENOMEM;
	r.b = futex_bucket(&r.key1);
	err = lock_and_compare(r.b, r.b, uaddr1, &cmpval);
	if (!err) {
		err = move_waiters(&r);
		spin_unlock(&r.b->lock);
		while (clear_the_way(&r, &err)) {
			spin_lock(&r.b->lock);
			err = move_waiters(&r);
			spin_unlock(&r.b->lock);
		}
	}
	pi_free(r.spare);
	return err ? err : r.done;
}

/* The wait ended early, or so it seems: 0 if it has the lock, else what the call answers. */
static int requeue_wait_ended(struct requeue_waiter *rw, int err)
{
	if (futex_unqueue(&rw->q))
		return err == -EINTR ? -ERESTARTNOINTR : err;
	if (pi_leave(&rw->pi))
		return 0;
	return err == -EINTR ? -EAGAIN : err; /* moved already: the program looks again what has become of its condition */
}

long futex_wait_requeue_pi(u32 __user *uaddr, bool shared, u32 val, const struct deadline *end, u32 __user *uaddr2)
{
	struct requeue_waiter rw = { .q = { .task = current, .bitset = FUTEX_BITSET_MATCH_ANY, .requeue_pi = true }, .pi = { .task = current } };
	int err;

	if (uaddr == uaddr2)
		return -EINVAL;
	err = futex_get_key(uaddr2, shared, FUTEX_WRITE, &rw.target);
	if (!err)
		err = futex_get_key(uaddr, shared, FUTEX_READ, &rw.q.key);
	if (!err && futex_key_equal(&rw.q.key, &rw.target))
		err = -EINVAL;
	if (!err)
		err = futex_wait_setup(uaddr, val, &rw.q);
	if (err)
		return err;
	err = pi_wait(&rw.pi, end);
	if (err)
		err = requeue_wait_ended(&rw, err);
	return err ? err : pi_take_over(&rw.pi, &rw.target, uaddr2);
}
