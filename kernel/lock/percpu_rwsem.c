// SPDX-License-Identifier: MIT
/*
 * Per-CPU reader-writer semaphores: see percpu_rwsem.h.
 *
 * A reader, with preemption off, tests ->writer and adds one to its CPU's
 * count; it leaves by subtracting one from whatever CPU it is on then, so
 * only the sum means anything. A writer takes rw_sem exclusively, sets
 * ->writer, and waits for a grace period: every reader that did not see the
 * flag has finished its entry, so its count is visible. Then it waits for
 * the sum to be 0. Readers that see the flag queue on rw_sem.
 *
 * The sum cannot be 0 by accident while readers are inside: after the grace
 * period the counts only receive decrements, each following its increment,
 * and a decrement on one CPU that the writer sees without the increment on
 * another is impossible because all increments came before.
 *
 * No lost wake-up: the reader decrements, full barrier, tests ->writer; the
 * writer set ->writer long before it queues and sums.
 */
#include "kernel/lock/percpu_rwsem.h"
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/lock_stat.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/lib/errno.h"
#include "kernel/x86/percpu.h"

int __percpu_init_rwsem(struct percpu_rw_semaphore *sem)
{
	sem->read_count = alloc_percpu(unsigned int);
	if (!sem->read_count)
		return -ENOMEM;
	sem->writer = 0;
	init_rwsem(&sem->rw_sem);
	init_waitqueue_head(&sem->writer_wait);
	return 0;
}

void percpu_free_rwsem(struct percpu_rw_semaphore *sem)
{
	free_percpu(sem->read_count);
	sem->read_count = NULL;
}

/* Preemption off. */
static inline bool enter(struct percpu_rw_semaphore *sem)
{
	if (unlikely(READ_ONCE(sem->writer)))
		return false;
	(*this_cpu_ptr(sem->read_count))++;
	return true;
}

/* A writer is there. Holding rw_sem shared, there is none, and none can come. By way of slow_calls.S. */
void percpu_down_read_slow(struct percpu_rw_semaphore *sem, unsigned long ip);
void percpu_down_read_slow(struct percpu_rw_semaphore *sem, unsigned long ip)
{
	u64 since = lock_stat_wait_begin();

	held_wait_begin("percpu rwsem (shared)", sem, ip);
	down_read_non_owner(&sem->rw_sem);
	held_wait_end();
	preempt_disable();
	(*this_cpu_ptr(sem->read_count))++;
	preempt_enable();
	up_read_non_owner(&sem->rw_sem);
	lock_stat_waited(sem, since);
	lockdep_note_owner(sem);
}

void percpu_down_read(struct percpu_rw_semaphore *sem)
{
	bool in;

	might_sleep();
	preempt_disable();
	held_push_map(sem, 0, HELD_SHARED | HELD_IRQS_ON, _RET_IP_);
	in = enter(sem);
	preempt_enable();
	if (unlikely(!in))
		SLOW_CALL2(percpu_down_read_slow, sem, _RET_IP_);
}

bool percpu_down_read_trylock(struct percpu_rw_semaphore *sem)
{
	bool in;

	preempt_disable();
	in = enter(sem);
	preempt_enable();
	if (in)
		held_push_map_preemptible(sem, 0, HELD_SHARED | HELD_TRY | HELD_IRQS_ON, _RET_IP_);
	return in;
}

void percpu_up_read(struct percpu_rw_semaphore *sem)
{
	preempt_disable();
	held_pop(sem, _RET_IP_);
	(*this_cpu_ptr(sem->read_count))--;
	smp_mb();
	if (unlikely(READ_ONCE(sem->writer)))
		wake_up(&sem->writer_wait);
	preempt_enable();
}

static bool readers_gone(struct percpu_rw_semaphore *sem)
{
	unsigned int sum = 0, cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(sem->read_count, cpu));
	return sum == 0;
}

void percpu_down_write(struct percpu_rw_semaphore *sem)
{
	u64 since = lock_stat_wait_begin();

	might_sleep();
	held_acquire_map(sem, 0, HELD_EXCLUSIVE | HELD_IRQS_ON, _RET_IP_);
	/* rw_sem itself is not on the held stack: ours stands for it. */
	held_wait_begin("percpu rwsem (exclusive)", sem, _RET_IP_);
	down_write_non_owner(&sem->rw_sem);
	WRITE_ONCE(sem->writer, 1);
	synchronize_rcu();
	wait_event(sem->writer_wait, readers_gone(sem));
	held_wait_end();
	lock_stat_waited(sem, since);
	lockdep_note_owner(sem);
}

void percpu_up_write(struct percpu_rw_semaphore *sem)
{
	held_release(sem, _RET_IP_);
	lockdep_clear_owner(sem);
	/*
	 * A reader that still sees the flag goes through rw_sem, which is
	 * correct at any time; one that sees it clear sees our writes, since
	 * the store is a release and its test is ordered before its reads by
	 * the grace period of the next writer or by this machine's load order.
	 */
	smp_store_release(&sem->writer, 0);
	up_write_non_owner(&sem->rw_sem);
}

void percpu_rwsem_release(struct percpu_rw_semaphore *sem, bool read, unsigned long ip)
{
	held_release(sem, ip);
}

void percpu_rwsem_acquire(struct percpu_rw_semaphore *sem, bool read, unsigned long ip)
{
	held_acquire_map(sem, 0, HELD_TRY | HELD_IRQS_ON | (read ? HELD_SHARED : HELD_EXCLUSIVE), ip);
}
