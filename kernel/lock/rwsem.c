// SPDX-License-Identifier: MIT
/*
 * Reader-writer semaphores: see rwsem.h.
 *
 * count is RWSEM_WRITER, or RWSEM_READER times the readers, plus
 * RWSEM_WAITERS while somebody queues and RWSEM_HANDOFF while the head of the
 * queue has a claim. A release wakes the head; it gives it nothing. The head
 * takes the lock itself when it runs, and until then a free lock is anybody's
 * who runs: handing it to a sleeper would leave it idle for as long as the
 * wake-up takes, and threads that take the lock again and again would change
 * places at every turn.
 *
 * Who may take it:
 *   - without waiters: a writer a free lock, a reader one without a writer;
 *   - past waiters: anybody a *free* lock without RWSEM_HANDOFF. A reader does
 *     not join other readers past a waiter, which may be a writer;
 *   - the head of the queue: as if there were no waiters and no mark.
 * A reader that takes it as the head lets in all readers of the queue: they
 * are counted on their behalf, taken off the list and woken. They share the
 * lock anyway, and a writer between them waits no longer for it.
 *
 * No lost wake-up. The head fails to take the lock, sets its state and clears
 * ->woken, all in one hold of wait_lock with RWSEM_WAITERS set. Whoever keeps
 * it out releases later than the failed attempt, so sees RWSEM_WAITERS, takes
 * wait_lock, finds the lock free and wakes the head: unless ->woken says that
 * the head has been woken and not yet looked again, or somebody has taken the
 * lock meanwhile, whose release comes here again. Who leaves the queue wakes
 * the next head if that could have the lock now.
 *
 * Nobody starves. Who has queued for LOCK_PATIENCE_MS (a real-time task: at all)
 * and loses again as the head sets RWSEM_HANDOFF. From then on nobody but the
 * head can take the lock, so it gets it when those who have it now release.
 * New heads come from the list in order, and all readers of a queue enter with
 * the first of them; so each waiter has only a bounded number before it. The
 * mark goes with the head that set it: taken under wait_lock, or given up.
 *
 * Letting a reader in is a release store of waiter->task = NULL, after which
 * the waiter's stack frame may be gone: the waker takes a reference to the
 * task before. A waiter that is only woken leaves the list under wait_lock,
 * which the waker holds.
 *
 * Before queueing, a task spins a little while the writer runs on another
 * CPU: most critical sections are shorter than a sleep and a wake-up.
 */
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/patience.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/errno.h"

struct rwsem_waiter {
	struct list_head list;		/* wait_lock */
	struct task_struct *task;	/* NULL once let in by another reader */
	unsigned long since;		/* jiffies */
	bool write;
	bool woken;			/* and has not looked since; wait_lock */
};

#define RWSEM_FLAGS	(RWSEM_WAITERS | RWSEM_HANDOFF)

void __init_rwsem(struct rw_semaphore *sem)
{
	atomic_long_set(&sem->count, 0);
	sem->owner = NULL;
	raw_spin_lock_init(&sem->wait_lock);
	INIT_LIST_HEAD(&sem->wait_list);
}

static inline bool try_read(struct rw_semaphore *sem)
{
	s64 old = atomic_long_read(&sem->count);

	do {
		if (old & (RWSEM_WRITER | RWSEM_FLAGS))
			return false;
	} while (!atomic_long_try_cmpxchg(&sem->count, &old, old + RWSEM_READER));
	return true;
}

static inline bool try_write(struct rw_semaphore *sem)
{
	s64 old = 0;

	if (!atomic_long_try_cmpxchg(&sem->count, &old, RWSEM_WRITER))
		return false;
	WRITE_ONCE(sem->owner, current);
	return true;
}

/* Takes a free lock past those who sleep for it. */
static bool try_past_waiters(struct rw_semaphore *sem, bool write)
{
	s64 old = RWSEM_WAITERS;

	if (!atomic_long_try_cmpxchg(&sem->count, &old, old + (write ? RWSEM_WRITER : RWSEM_READER)))
		return false;
	if (write)
		WRITE_ONCE(sem->owner, current);
	return true;
}

static inline bool try_any(struct rw_semaphore *sem, bool write)
{
	return (write ? try_write(sem) : try_read(sem)) || try_past_waiters(sem, write);
}

/* Could the first in the queue have a lock with this count? */
static inline bool head_could(const struct rwsem_waiter *w, s64 count)
{
	return !(w->write ? count & ~RWSEM_FLAGS : count & RWSEM_WRITER);
}

static inline struct rwsem_waiter *first_waiter(struct rw_semaphore *sem)
{
	return list_first_entry_or_null(&sem->wait_list, struct rwsem_waiter, list);
}

/* wait_lock held. Wakes the first in the queue if it could have the lock now. */
static void wake_head(struct rw_semaphore *sem)
{
	struct rwsem_waiter *w = first_waiter(sem);

	if (!w || w->woken || !head_could(w, atomic_long_read(&sem->count)))
		return;
	w->woken = true;
	wake_up_process(w->task);
}

/* The lock was released while somebody queued. */
static noinline void rwsem_wake(struct rw_semaphore *sem)
{
	raw_spin_lock(&sem->wait_lock);
	wake_head(sem);
	raw_spin_unlock(&sem->wait_lock);
}

/* wait_lock held; the waiter's claim goes with it. */
static void dequeue(struct rw_semaphore *sem, struct rwsem_waiter *w)
{
	if (first_waiter(sem) == w)
		atomic_long_andnot(RWSEM_HANDOFF, &sem->count);
	list_del(&w->list);
	if (list_empty(&sem->wait_list))
		atomic_long_andnot(RWSEM_WAITERS, &sem->count);
}

/* wait_lock held, and the lock shared: all readers that wait come in beside. */
static void let_readers_in(struct rw_semaphore *sem)
{
	struct rwsem_waiter *w, *next;

	list_for_each_entry_safe(w, next, &sem->wait_list, list) {
		struct task_struct *p = w->task;

		if (w->write)
			continue;
		atomic_long_add(RWSEM_READER, &sem->count);
		dequeue(sem, w);
		sched_get_task(p);
		smp_store_release(&w->task, NULL);
		wake_up_process(p);
		sched_put_task(p);
	}
}

/* wait_lock held. Takes the lock for the waiter, who is current, if it is its turn and it can. */
static bool take_as_head(struct rw_semaphore *sem, struct rwsem_waiter *w)
{
	s64 old = atomic_long_read(&sem->count);

	if (first_waiter(sem) != w)
		return false;
	do {
		if (!head_could(w, old))
			return false;
	} while (!atomic_long_try_cmpxchg(&sem->count, &old, old + (w->write ? RWSEM_WRITER : RWSEM_READER)));
	dequeue(sem, w);
	if (w->write)
		WRITE_ONCE(sem->owner, current);
	else
		let_readers_in(sem);
	return true;
}

/* wait_lock held. The head has lost again: has it waited long enough to be given the lock? */
static void claim(struct rw_semaphore *sem, struct rwsem_waiter *w)
{
	if (first_waiter(sem) == w && lock_patience_over(w->since))
		atomic_long_or(RWSEM_HANDOFF, &sem->count);
}

/* True when the lock was taken while its writer was running elsewhere. */
static bool spin(struct rw_semaphore *sem, bool write)
{
	for (int spins = 0; spins < 1000; spins++) {
		s64 count = atomic_long_read(&sem->count);
		bool running;

		if (count & RWSEM_HANDOFF)
			return false;
		if (try_any(sem, write))
			return true;
		if (count & RWSEM_WRITER) {
			struct task_struct *owner;

			/* RCU keeps the task's memory while we look at it. */
			rcu_read_lock();
			owner = READ_ONCE(sem->owner);
			running = !owner || sched_on_cpu(owner);
			rcu_read_unlock();
			if (!running)
				return false;
		} else if (count >= RWSEM_READER && count & RWSEM_WAITERS) {
			return false; /* whether they run, nobody knows */
		}
		if (sched_need_resched())
			return false;
		cpu_relax();
	}
	return false;
}

static int lock_slow(struct rw_semaphore *sem, bool write, unsigned int state, unsigned long ip)
{
	struct rwsem_waiter w = { .task = current, .write = write };
	int err = 0;

	if (spin(sem, write))
		return 0;
	w.since = get_jiffies();
	raw_spin_lock(&sem->wait_lock);
	list_add_tail(&w.list, &sem->wait_list);
	atomic_long_or(RWSEM_WAITERS, &sem->count);
	held_wait_begin(write ? "rwsem (exclusive)" : "rwsem (shared)", sem, ip);
	for (;;) {
		sched_set_state(state);
		if (!w.task || take_as_head(sem, &w))
			break;
		if (sched_signal_pending(state)) {
			dequeue(sem, &w);
			wake_head(sem);
			err = -EINTR;
			break;
		}
		claim(sem, &w);
		w.woken = false;
		raw_spin_unlock(&sem->wait_lock);
		schedule();
		/* Let in by a reader: wait_lock may be left to others. */
		if (!smp_load_acquire(&w.task))
			goto out;
		raw_spin_lock(&sem->wait_lock);
	}
	raw_spin_unlock(&sem->wait_lock);
out:
	sched_set_state(TASK_RUNNING);
	held_wait_end();
	return err;
}

/* The same for a lock on the held stack; by way of slow_calls.S. */
int rwsem_lock_slow(struct rw_semaphore *sem, bool write, unsigned int state, unsigned long ip);
int rwsem_lock_slow(struct rw_semaphore *sem, bool write, unsigned int state, unsigned long ip)
{
	u64 since = lock_stat_wait_begin();
	int err = lock_slow(sem, write, state, ip);

	if (err)
		lock_stat_gave_up(sem);
	else
		lock_stat_waited(sem, since);
	return err;
}

static __always_inline int read_common(struct rw_semaphore *sem, unsigned int state,
			      unsigned int subclass, unsigned long ip)
{
	int err = 0;

	might_sleep();
	held_push_map_preemptible(sem, subclass, HELD_SHARED | HELD_IRQS_ON, ip);
	if (unlikely(!try_read(sem)))
		err = SLOW_CALL4_VALUE(rwsem_lock_slow, sem, false, state, ip);
	if (unlikely(err))
		held_pop_preemptible(sem, ip);
	else
		lockdep_note_owner(sem);
	return err;
}

static __always_inline int write_common(struct rw_semaphore *sem, unsigned int state,
			       unsigned int subclass, unsigned long ip)
{
	int err = 0;

	might_sleep();
	held_push_map_preemptible(sem, subclass, HELD_EXCLUSIVE | HELD_IRQS_ON, ip);
	if (unlikely(!try_write(sem)))
		err = SLOW_CALL4_VALUE(rwsem_lock_slow, sem, true, state, ip);
	if (unlikely(err))
		held_pop_preemptible(sem, ip);
	else
		lockdep_note_owner(sem);
	return err;
}

void down_read(struct rw_semaphore *sem)
{
	read_common(sem, TASK_UNINTERRUPTIBLE, 0, _RET_IP_);
}

void down_read_nested(struct rw_semaphore *sem, unsigned int subclass)
{
	read_common(sem, TASK_UNINTERRUPTIBLE, subclass, _RET_IP_);
}

int down_read_killable(struct rw_semaphore *sem)
{
	return read_common(sem, TASK_KILLABLE, 0, _RET_IP_);
}

int down_read_interruptible(struct rw_semaphore *sem)
{
	return read_common(sem, TASK_INTERRUPTIBLE, 0, _RET_IP_);
}

void down_write(struct rw_semaphore *sem)
{
	write_common(sem, TASK_UNINTERRUPTIBLE, 0, _RET_IP_);
}

void down_write_nested(struct rw_semaphore *sem, unsigned int subclass)
{
	write_common(sem, TASK_UNINTERRUPTIBLE, subclass, _RET_IP_);
}

int down_write_killable(struct rw_semaphore *sem)
{
	return write_common(sem, TASK_KILLABLE, 0, _RET_IP_);
}

int down_read_trylock(struct rw_semaphore *sem)
{
	if (!try_any(sem, false))
		return 0;
	held_push_map_preemptible(sem, 0, HELD_SHARED | HELD_TRY | HELD_IRQS_ON, _RET_IP_);
	lockdep_note_owner(sem);
	return 1;
}

int down_write_trylock(struct rw_semaphore *sem)
{
	if (!try_any(sem, true))
		return 0;
	held_push_map_preemptible(sem, 0, HELD_TRY | HELD_IRQS_ON, _RET_IP_);
	lockdep_note_owner(sem);
	return 1;
}

static inline void read_release(struct rw_semaphore *sem)
{
	s64 left = atomic_long_sub_return(RWSEM_READER, &sem->count);

	if (unlikely(left && !(left & ~RWSEM_FLAGS)))
		rwsem_wake(sem);
}

void up_read(struct rw_semaphore *sem)
{
	held_pop_preemptible(sem, _RET_IP_);
	read_release(sem);
}

static inline void write_release(struct rw_semaphore *sem)
{
	WRITE_ONCE(sem->owner, NULL);
	if (unlikely(atomic_long_sub_return(RWSEM_WRITER, &sem->count) & RWSEM_WAITERS))
		rwsem_wake(sem);
}

void up_write(struct rw_semaphore *sem)
{
	held_pop_preemptible(sem, _RET_IP_);
	lockdep_clear_owner(sem);
	write_release(sem);
}

void downgrade_write(struct rw_semaphore *sem)
{
	held_downgrade(sem, _RET_IP_);
	WRITE_ONCE(sem->owner, NULL);
	/* Waiting readers at the head may come in beside us. */
	if (atomic_long_add_return(RWSEM_READER - RWSEM_WRITER, &sem->count) & RWSEM_WAITERS)
		rwsem_wake(sem);
}

void down_read_non_owner(struct rw_semaphore *sem)
{
	might_sleep();
	if (!try_read(sem))
		lock_slow(sem, false, TASK_UNINTERRUPTIBLE, _RET_IP_);
}

void up_read_non_owner(struct rw_semaphore *sem)
{
	read_release(sem);
}

void down_write_non_owner(struct rw_semaphore *sem)
{
	might_sleep();
	if (!try_write(sem))
		lock_slow(sem, true, TASK_UNINTERRUPTIBLE, _RET_IP_);
}

void up_write_non_owner(struct rw_semaphore *sem)
{
	write_release(sem);
}
