// SPDX-License-Identifier: MIT
/*
 * Spinning reader-writer locks: see rwlock.h.
 *
 * cnts: RW_WRITER while a writer has it, RW_WAITING while one waits (only the
 * holder of wait_lock sets and clears it), RW_READER for each reader. A
 * writer announces itself with RW_WAITING, which stops new readers, waits for
 * the others to leave, and turns RW_WAITING into RW_WRITER.
 */
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/rwlock.h"
#include "kernel/lock/lock_report.h"
#include "kernel/x86/current.h"

static bool try_read(rwlock_t *lock)
{
	int old = atomic_read(&lock->cnts);
	/* A reader in an interrupt may have interrupted a reader: it cannot wait for a waiter. */
	int stop = in_interrupt() ? RW_WRITER : RW_WRITER | RW_WAITING;

	do {
		if (old & stop)
			return false;
	} while (!atomic_try_cmpxchg(&lock->cnts, &old, old + RW_READER));
	return true;
}

static noinline void read_wait(rwlock_t *lock)
{
	u64 since = lock_stat_wait_begin();

	while (!try_read(lock))
		cpu_relax();
	lock_stat_waited(lock, since);
}

void read_lock(rwlock_t *lock)
{
	preempt_disable();
	held_push_map(lock, 0, HELD_SHARED | (in_interrupt() ? HELD_RECURSIVE : 0), _RET_IP_);
	if (unlikely(!try_read(lock)))
		read_wait(lock);
	lockdep_note_owner(lock);
}

bool read_trylock(rwlock_t *lock)
{
	preempt_disable();
	if (!try_read(lock)) {
		preempt_enable();
		return false;
	}
	held_push_map(lock, 0, HELD_SHARED | HELD_TRY,
		     _RET_IP_);
	lockdep_note_owner(lock);
	return true;
}

void read_unlock(rwlock_t *lock)
{
	held_pop(lock, _RET_IP_);
	atomic_sub(RW_READER, &lock->cnts);
	preempt_enable();
}

static noinline void write_wait(rwlock_t *lock)
{
	u64 since = lock_stat_wait_begin();
	int old;

	arch_spin_lock(&lock->wait_lock);
	atomic_or(RW_WAITING, &lock->cnts);
	for (;;) {
		old = RW_WAITING;
		if (atomic_read(&lock->cnts) == RW_WAITING &&
		    atomic_try_cmpxchg(&lock->cnts, &old, RW_WRITER))
			break;
		cpu_relax();
	}
	arch_spin_unlock(&lock->wait_lock);
	lock_stat_waited(lock, since);
}

static void write_lock_at(rwlock_t *lock, unsigned int subclass, unsigned long ip)
{
	int old = 0;

	preempt_disable();
	held_push_map(lock, subclass, HELD_EXCLUSIVE,
		     ip);
	if (unlikely(!atomic_try_cmpxchg(&lock->cnts, &old, RW_WRITER)))
		write_wait(lock);
	lockdep_note_owner(lock);
}

void write_lock(rwlock_t *lock)
{
	write_lock_at(lock, 0, _RET_IP_);
}

void write_lock_nested(rwlock_t *lock, unsigned int subclass)
{
	write_lock_at(lock, subclass, _RET_IP_);
}

bool write_trylock(rwlock_t *lock)
{
	int old = 0;

	preempt_disable();
	if (!atomic_try_cmpxchg(&lock->cnts, &old, RW_WRITER)) {
		preempt_enable();
		return false;
	}
	held_push_map(lock, 0, HELD_TRY, _RET_IP_);
	lockdep_note_owner(lock);
	return true;
}

void write_unlock(rwlock_t *lock)
{
	held_pop(lock, _RET_IP_);
	/* Others may have set RW_WAITING meanwhile: take only our bit away. */
	atomic_sub(RW_WRITER, &lock->cnts);
	preempt_enable();
}
