/* SPDX-License-Identifier: MIT */
/*
 * Spinning reader-writer locks. Many readers or one writer.
 *
 * A waiting writer keeps new readers out, except readers in interrupt
 * context, which must get in because they may have interrupted a reader.
 * So read_lock() may nest within read_lock() only from an interrupt.
 */
#ifndef KERNEL_LOCK_RWLOCK_H
#define KERNEL_LOCK_RWLOCK_H

#include "kernel/lock/spinlock.h"

#define RW_WRITER	1
#define RW_WAITING	2
#define RW_READER	4

#if CONFIG_CHECKS
#define rwlock_init(l)							\
do {									\
	atomic_set(&(l)->cnts, 0);					\
	(l)->wait_lock.val = 0;						\
	lockdep_init_map_here(&(l)->dep_map, #l);			\
} while (0)
#else
#define rwlock_init(l)							\
do {									\
	atomic_set(&(l)->cnts, 0);					\
	(l)->wait_lock.val = 0;						\
} while (0)
#endif

void read_lock(rwlock_t *lock);
void read_unlock(rwlock_t *lock);
bool read_trylock(rwlock_t *lock);
void write_lock(rwlock_t *lock);
void write_lock_nested(rwlock_t *lock, unsigned int subclass);
void write_unlock(rwlock_t *lock);
bool write_trylock(rwlock_t *lock);

static inline void read_lock_irq(rwlock_t *lock)
{
	local_irq_disable();
	read_lock(lock);
}

static inline void write_lock_irq(rwlock_t *lock)
{
	local_irq_disable();
	write_lock(lock);
}

/* Interrupts come on after the release; preemption, one level, is off until then. */
#define __rw_unlock_then(unlock, lock, action)				\
do {									\
	preempt_disable();						\
	unlock(lock);							\
	action;								\
	preempt_enable();						\
} while (0)

static inline void read_unlock_irq(rwlock_t *lock)
{
	__rw_unlock_then(read_unlock, lock, local_irq_enable());
}

static inline void write_unlock_irq(rwlock_t *lock)
{
	__rw_unlock_then(write_unlock, lock, local_irq_enable());
}

#define read_lock_irqsave(lock, flags)					\
do {									\
	local_irq_save(flags);						\
	read_lock(lock);						\
} while (0)
#define write_lock_irqsave(lock, flags)					\
do {									\
	local_irq_save(flags);						\
	write_lock(lock);						\
} while (0)

static inline void read_unlock_irqrestore(rwlock_t *lock, unsigned long flags)
{
	__rw_unlock_then(read_unlock, lock, local_irq_restore(flags));
}

static inline void write_unlock_irqrestore(rwlock_t *lock, unsigned long flags)
{
	__rw_unlock_then(write_unlock, lock, local_irq_restore(flags));
}

#define read_lock_bh(l)		do { local_bh_disable(); read_lock(l); } while (0)
#define read_unlock_bh(l)	do { read_unlock(l); local_bh_enable(); } while (0)
#define write_lock_bh(l)	do { local_bh_disable(); write_lock(l); } while (0)
#define write_unlock_bh(l)	do { write_unlock(l); local_bh_enable(); } while (0)

#endif
