// SPDX-License-Identifier: MIT
/*
 * Mutexes: see mutex.h.
 *
 * lock->owner is the owning task or 0, with two flag bits. Free is "no task
 * bits"; the fast paths change 0 to the task and the task to 0 by compare-
 * and-exchange, and so fail whenever a flag is set.
 *
 * Slow lock: queue in order under wait_lock, with MUTEX_WAITERS set. Unlock
 * with waiters clears the task bits and wakes the first; anybody running may
 * take the free lock before it (that keeps the lock busy, and threads that
 * take it again and again do not change places at every turn). A first waiter
 * who was woken, lost such a race and has waited for LOCK_PATIENCE_MS (a
 * real-time task: at all) sets MUTEX_HANDOFF: the next unlock then writes
 * that waiter into owner instead of freeing the lock. So nobody starves: the
 * first in the queue gets it at the latest a patience and two unlocks later,
 * and the queue moves in order.
 *
 * No lost wake-up: a waiter sets its state, and clears ->woken, before it tests
 * owner; unlock changes owner before it takes wait_lock and wakes the first,
 * unless ->woken says that it has been woken and has not looked since. Flags
 * change only under wait_lock, or through an unlock that found none.
 *
 * The waiter structure is on the waiter's stack. The waker drops wait_lock
 * only after the wake-up, and the waiter leaves the list under wait_lock, so
 * the structure and the task exist while the waker uses them.
 */
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/patience.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/errno.h"

/* Called by way of slow_calls.S. */
int mutex_lock_slow(struct mutex *lock, unsigned int state, unsigned long ip);
void mutex_unlock_slow(struct mutex *lock);

struct mutex_waiter {
	struct list_head list;		/* wait_lock */
	struct task_struct *task;
	bool woken;			/* and has not looked since; wait_lock */
};

void __mutex_init(struct mutex *lock)
{
	atomic_long_set(&lock->owner, 0);
	raw_spin_lock_init(&lock->wait_lock);
	INIT_LIST_HEAD(&lock->wait_list);
}

static inline struct task_struct *owner_task(s64 v)
{
	return (struct task_struct *)((unsigned long)v & ~MUTEX_FLAGS);
}

/* Takes the lock if it has no owner; the flags stay. */
static bool try_take(struct mutex *lock)
{
	s64 old = atomic_long_read(&lock->owner);

	do {
		if (owner_task(old))
			return false;
	} while (!atomic_long_try_cmpxchg(&lock->owner, &old,
					  (s64)current | (old & (s64)MUTEX_FLAGS)));
	return true;
}

/* Spins while the owner runs; true when the lock was taken. */
static bool spin_on_owner(struct mutex *lock)
{
	for (int spins = 0; spins < 2000; spins++) {
		s64 v = atomic_long_read(&lock->owner);
		struct task_struct *owner = owner_task(v);
		bool running = true;

		if (!owner && !(v & MUTEX_HANDOFF) && try_take(lock))
			return true;
		if (owner) {
			/* RCU keeps the task's memory while we look at it. */
			rcu_read_lock();
			if (owner_task(atomic_long_read(&lock->owner)) == owner)
				running = sched_on_cpu(owner);
			rcu_read_unlock();
		}
		if (!running || (v & MUTEX_HANDOFF) || sched_need_resched())
			return false;
		cpu_relax();
	}
	return false;
}

/* wait_lock held */
static void dequeue(struct mutex *lock, struct mutex_waiter *w)
{
	list_del(&w->list);
	if (list_empty(&lock->wait_list))
		atomic_long_andnot(MUTEX_FLAGS, &lock->owner);
}

static bool is_first(struct mutex *lock, struct mutex_waiter *w)
{
	return lock->wait_list.next == &w->list;
}

static int queue_up(struct mutex *lock, unsigned int state, bool io, unsigned long ip)
{
	struct mutex_waiter w = { .task = current };
	unsigned long since = get_jiffies();
	bool slept = false;
	int err = 0;

	raw_spin_lock(&lock->wait_lock);
	list_add_tail(&w.list, &lock->wait_list);
	atomic_long_or(MUTEX_WAITERS, &lock->owner);
	held_wait_begin("mutex", lock, ip);
	for (;;) {
		w.woken = false;
		/* After an unsuccessful wake-up, and long enough, ask to be given the lock. */
		if (slept && is_first(lock, &w) && lock_patience_over(since))
			atomic_long_or(MUTEX_HANDOFF, &lock->owner);
		sched_set_state(state);
		if (owner_task(atomic_long_read(&lock->owner)) == current || try_take(lock))
			break;
		if (sched_signal_pending(state)) {
			err = -EINTR;
			break;
		}
		raw_spin_unlock(&lock->wait_lock);
		if (io)
			io_schedule();
		else
			schedule();
		slept = true;
		raw_spin_lock(&lock->wait_lock);
	}
	sched_set_state(TASK_RUNNING);
	held_wait_end();
	/* Only the first waiter asks for a hand-off: the wish goes with it. */
	if (is_first(lock, &w))
		atomic_long_andnot(MUTEX_HANDOFF, &lock->owner);
	dequeue(lock, &w);
	raw_spin_unlock(&lock->wait_lock);
	return err;
}

#define WAIT_IO	0x80000000u	/* in mutex_lock_slow()'s state: counts as waiting for I/O */

int mutex_lock_slow(struct mutex *lock, unsigned int state, unsigned long ip)
{
	u64 since = lock_stat_wait_begin();
	int err = spin_on_owner(lock) ? 0 : queue_up(lock, state & ~WAIT_IO, state & WAIT_IO, ip);

	if (err)
		lock_stat_gave_up(lock);
	else
		lock_stat_waited(lock, since);
	return err;
}

static __always_inline int lock_common(struct mutex *lock, unsigned int state, unsigned int subclass,
			      unsigned long ip)
{
	s64 old = 0;
	int err = 0;

	might_sleep();
	held_push_map_preemptible(lock, subclass, HELD_IRQS_ON, ip);
	if (unlikely(!atomic_long_try_cmpxchg(&lock->owner, &old, (s64)current)))
		err = SLOW_CALL3_VALUE(mutex_lock_slow, lock, state, ip);
	if (unlikely(err))
		held_pop_preemptible(lock, ip);
	else
		lockdep_note_owner(lock);
	return err;
}

void mutex_lock(struct mutex *lock)
{
	lock_common(lock, TASK_UNINTERRUPTIBLE, 0, _RET_IP_);
}

void mutex_lock_nested(struct mutex *lock, unsigned int subclass)
{
	lock_common(lock, TASK_UNINTERRUPTIBLE, subclass, _RET_IP_);
}

void mutex_lock_io(struct mutex *lock)
{
	lock_common(lock, TASK_UNINTERRUPTIBLE | WAIT_IO, 0, _RET_IP_);
}

int mutex_lock_interruptible(struct mutex *lock)
{
	return lock_common(lock, TASK_INTERRUPTIBLE, 0, _RET_IP_);
}

int mutex_lock_killable(struct mutex *lock)
{
	return lock_common(lock, TASK_KILLABLE, 0, _RET_IP_);
}

int mutex_trylock(struct mutex *lock)
{
	if (atomic_long_read(&lock->owner) & MUTEX_HANDOFF)
		return 0;
	if (!try_take(lock))
		return 0;
	held_push_map_preemptible(lock, 0, HELD_TRY | HELD_IRQS_ON,
		     _RET_IP_);
	lockdep_note_owner(lock);
	return 1;
}

/* The lock has waiters: frees it or hands it over, and wakes the first. */
void mutex_unlock_slow(struct mutex *lock)
{
	struct mutex_waiter *w;

	raw_spin_lock(&lock->wait_lock);
	w = list_first_entry_or_null(&lock->wait_list, struct mutex_waiter, list);
	if (w && (atomic_long_read(&lock->owner) & MUTEX_HANDOFF)) {
		/* We own it, so only flag bits could change, and those we guard. */
		atomic_long_set_release(&lock->owner, (s64)w->task | MUTEX_WAITERS);
	} else {
		atomic_long_fetch_and((s64)MUTEX_FLAGS, &lock->owner);
	}
	if (w && !w->woken) {
		w->woken = true;
		wake_up_process(w->task);
	}
	raw_spin_unlock(&lock->wait_lock);
}

void mutex_unlock(struct mutex *lock)
{
	s64 old = (s64)current;

	held_pop_preemptible(lock, _RET_IP_);
	lockdep_clear_owner(lock);
	if (unlikely(!atomic_long_try_cmpxchg(&lock->owner, &old, 0)))
		SLOW_CALL1(mutex_unlock_slow, lock);
}
