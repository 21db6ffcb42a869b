/* SPDX-License-Identifier: MIT */
/*
 * Mutexes: sleeping locks with one owner, who alone may unlock.
 *
 * Waiters queue in order. A task that finds the owner running on another CPU
 * spins for a while before it queues. A waiter that was woken, found the lock
 * taken again and has waited for some ms has it handed to it by the next
 * unlock, so none starves.
 */
#ifndef KERNEL_LOCK_MUTEX_H
#define KERNEL_LOCK_MUTEX_H

#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"

struct mutex {
	atomic_long_t owner;		/* task, with MUTEX_* in the low bits */
	raw_spinlock_t wait_lock;	/* guards wait_list and the flag bits */
	struct list_head wait_list;
	LOCKDEP_MAP_FIELD
};

#define MUTEX_WAITERS	1UL		/* wait_list is not empty */
#define MUTEX_HANDOFF	2UL		/* the first waiter is to get it at unlock */
#define MUTEX_FLAGS	3UL

#define __MUTEX_INITIALIZER(name) {					\
	.owner = ATOMIC_LONG_INIT(0),					\
	.wait_lock = __RAW_SPIN_LOCK_UNLOCKED(name),			\
	.wait_list = LIST_HEAD_INIT((name).wait_list),			\
	LOCKDEP_MAP_INITIALISER(#name)					\
}
/* At file scope only. */
#define DEFINE_MUTEX(name)	struct mutex name = __MUTEX_INITIALIZER(name)
#define mutex_init(m)							\
do {									\
	__mutex_init(m);						\
	lockdep_init_map_here(&(m)->dep_map, #m);			\
} while (0)
void __mutex_init(struct mutex *lock);
#define mutex_destroy(m)	do { (void)(m); } while (0)

/* Process context, may sleep. */
void mutex_lock(struct mutex *lock);
void mutex_lock_nested(struct mutex *lock, unsigned int subclass);
/* 0, or -EINTR when a (fatal) signal came first. */
int __must_check mutex_lock_interruptible(struct mutex *lock);
int __must_check mutex_lock_killable(struct mutex *lock);
void mutex_lock_io(struct mutex *lock);
/* 1 when taken; never sleeps, but process context only. */
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

static inline bool mutex_is_locked(struct mutex *lock)
{
	return (atomic_long_read(&lock->owner) & ~MUTEX_FLAGS) != 0;
}

#endif
