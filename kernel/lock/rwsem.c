// SPDX-License-Identifier: MIT
/*
 * Fair reader-writer semaphores: see rwsem.h.
 *
 * count is RWSEM_WRITER, or RWSEM_READER times the readers, plus
 * RWSEM_WAITERS while somebody queues. The fast paths are compare-and-
 * exchanges that succeed only without RWSEM_WAITERS, so nobody overtakes the
 * queue. Who releases the lock so that the head of the queue can have it
 * grants it: changes count on the head's behalf, takes it off the list and
 * wakes it. A writer at the head is granted alone, readers at the head all
 * together up to the next writer.
 *
 * A grant is a release store of waiter->task = NULL, after which the waiter's
 * stack frame may be gone: the waker takes a reference to the task before.
 *
 * A writer that gives up (killed) may leave readers behind it at the head:
 * it grants in its place.
 *
 * Before queueing, a task spins a little while the writer runs on another
 * CPU: most critical sections are shorter than a sleep and a wake-up.
 */
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/errno.h"

struct rwsem_waiter {
	struct list_head list;		/* wait_lock */
	struct task_struct *task;	/* NULL once granted */
	bool write;
};

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
		if (old & (RWSEM_WRITER | RWSEM_WAITERS))
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

/* wait_lock held; the waiter has been accounted in count. */
static void grant(struct rw_semaphore *sem, struct rwsem_waiter *w)
{
	struct task_struct *p = w->task;

	list_del(&w->list);
	sched_get_task(p);
	smp_store_release(&w->task, NULL);
	wake_up_process(p);
	sched_put_task(p);
}

/* wait_lock held: gives the lock to whoever is at the head and can have it now. */
static void grant_head(struct rw_semaphore *sem)
{
	struct rwsem_waiter *w, *next;

	list_for_each_entry_safe(w, next, &sem->wait_list, list) {
		s64 count = atomic_long_read(&sem->count) & ~RWSEM_WAITERS;

		if (w->write) {
			if (count)
				break;
			atomic_long_add(RWSEM_WRITER, &sem->count);
			WRITE_ONCE(sem->owner, w->task);
			grant(sem, w);
			break;
		}
		if (count & RWSEM_WRITER)
			break;
		atomic_long_add(RWSEM_READER, &sem->count);
		grant(sem, w);
	}
	if (list_empty(&sem->wait_list))
		atomic_long_andnot(RWSEM_WAITERS, &sem->count);
}

/* The lock was released while somebody queued. */
static noinline void rwsem_wake(struct rw_semaphore *sem)
{
	raw_spin_lock(&sem->wait_lock);
	grant_head(sem);
	raw_spin_unlock(&sem->wait_lock);
}

/* True when the lock was taken while its writer was running elsewhere. */
static bool spin(struct rw_semaphore *sem, bool write)
{
	for (int spins = 0; spins < 1000; spins++) {
		s64 count = atomic_long_read(&sem->count);
		bool running;

		if (count & RWSEM_WAITERS)
			return false;
		if (write ? try_write(sem) : try_read(sem))
			return true;
		if (count & RWSEM_WRITER) {
			struct task_struct *owner;

			/* RCU keeps the task's memory while we look at it. */
			rcu_read_lock();
			owner = READ_ONCE(sem->owner);
			running = owner && sched_on_cpu(owner);
			rcu_read_unlock();
			if (!running)
				return false;
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
	raw_spin_lock(&sem->wait_lock);
	list_add_tail(&w.list, &sem->wait_list);
	atomic_long_or(RWSEM_WAITERS, &sem->count);
	/* The lock may have become free before the mark was set: then nobody else will look. */
	grant_head(sem);
	raw_spin_unlock(&sem->wait_lock);
	held_wait_begin(write ? "rwsem (exclusive)" : "rwsem (shared)", sem, ip);
	for (;;) {
		sched_set_state(state);
		if (!smp_load_acquire(&w.task))
			break;
		if (sched_signal_pending(state)) {
			raw_spin_lock(&sem->wait_lock);
			if (w.task) {
				list_del(&w.list);
				grant_head(sem);
				err = -EINTR;
			}
			raw_spin_unlock(&sem->wait_lock);
			break;
		}
		schedule();
	}
	sched_set_state(TASK_RUNNING);
	held_wait_end();
	return err;
}

/* The same for a lock on the held stack. */
static int lock_slow_tracked(struct rw_semaphore *sem, bool write, unsigned int state, unsigned long ip)
{
	u64 since = lock_stat_wait_begin();
	int err = lock_slow(sem, write, state, ip);

	if (err)
		lock_stat_gave_up(sem);
	else
		lock_stat_waited(sem, since);
	return err;
}

static inline int read_common(struct rw_semaphore *sem, unsigned int state,
			      unsigned int subclass, unsigned long ip)
{
	int err = 0;

	might_sleep();
	held_push_map_preemptible(sem, subclass, HELD_SHARED | HELD_IRQS_ON, ip);
	if (unlikely(!try_read(sem)))
		err = lock_slow_tracked(sem, false, state, ip);
	if (unlikely(err))
		held_pop_preemptible(sem, ip);
	else
		lockdep_note_owner(sem);
	return err;
}

static inline int write_common(struct rw_semaphore *sem, unsigned int state,
			       unsigned int subclass, unsigned long ip)
{
	int err = 0;

	might_sleep();
	held_push_map_preemptible(sem, subclass, HELD_EXCLUSIVE | HELD_IRQS_ON, ip);
	if (unlikely(!try_write(sem)))
		err = lock_slow_tracked(sem, true, state, ip);
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
	if (!try_read(sem))
		return 0;
	held_push_map_preemptible(sem, 0, HELD_SHARED | HELD_TRY | HELD_IRQS_ON, _RET_IP_);
	lockdep_note_owner(sem);
	return 1;
}

int down_write_trylock(struct rw_semaphore *sem)
{
	if (!try_write(sem))
		return 0;
	held_push_map_preemptible(sem, 0, HELD_TRY | HELD_IRQS_ON, _RET_IP_);
	lockdep_note_owner(sem);
	return 1;
}

static inline void read_release(struct rw_semaphore *sem)
{
	s64 left = atomic_long_sub_return(RWSEM_READER, &sem->count);

	if (unlikely(left == RWSEM_WAITERS))
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
