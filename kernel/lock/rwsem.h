/* SPDX-License-Identifier: MIT */
/*
 * Sleeping reader-writer locks. Whoever runs may take a free lock past those
 * who sleep for it, but readers do not join readers past a waiter, and who has
 * waited some ms gets the lock next. So neither can be starved, and a reader
 * must not take the lock again while it holds it. The readers are known
 * through their held-lock stacks.
 */
#ifndef KERNEL_LOCK_RWSEM_H
#define KERNEL_LOCK_RWSEM_H

#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"

struct rw_semaphore {
	atomic_long_t count;		/* RWSEM_* below */
	struct task_struct *owner;	/* the writer, for spinning and reports */
	raw_spinlock_t wait_lock;	/* guards wait_list, its waiters and the two flags */
	struct list_head wait_list;
	LOCKDEP_MAP_FIELD
};

#define RWSEM_WRITER	1L
#define RWSEM_WAITERS	2L		/* wait_list is not empty */
#define RWSEM_HANDOFF	4L		/* only the first of it may take the lock */
#define RWSEM_READER	256L		/* each reader adds this */

#define __RWSEM_INITIALIZER(name) {					\
	.count = ATOMIC_LONG_INIT(0),					\
	.wait_lock = __RAW_SPIN_LOCK_UNLOCKED(name),			\
	.wait_list = LIST_HEAD_INIT((name).wait_list),			\
	LOCKDEP_MAP_INITIALISER(#name)					\
}
/* At file scope only. */
#define DECLARE_RWSEM(name)	struct rw_semaphore name = __RWSEM_INITIALIZER(name)
#define init_rwsem(s)							\
do {									\
	__init_rwsem(s);						\
	lockdep_init_map_here(&(s)->dep_map, #s);			\
} while (0)
void __init_rwsem(struct rw_semaphore *sem);

/* Process context, may sleep. */
void down_read(struct rw_semaphore *sem);
void down_read_nested(struct rw_semaphore *sem, unsigned int subclass);
int __must_check down_read_killable(struct rw_semaphore *sem);
int __must_check down_read_interruptible(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void down_write_nested(struct rw_semaphore *sem, unsigned int subclass);
/* 0, or -EINTR when a fatal signal came first. */
int __must_check down_write_killable(struct rw_semaphore *sem);
/* 1 when taken; never sleep; fail when somebody has waited long, a reader also beside readers when anybody waits. */
int down_read_trylock(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
/* The writer becomes a reader without a gap. */
void downgrade_write(struct rw_semaphore *sem);
/* For a lock that changes hands between tasks: not on the held stack. */
void down_read_non_owner(struct rw_semaphore *sem);
void up_read_non_owner(struct rw_semaphore *sem);
void down_write_non_owner(struct rw_semaphore *sem);
void up_write_non_owner(struct rw_semaphore *sem);

static inline bool rwsem_is_locked(struct rw_semaphore *sem)
{
	return (atomic_long_read(&sem->count) & ~(RWSEM_WAITERS | RWSEM_HANDOFF)) != 0;
}

static inline bool rwsem_is_contended(struct rw_semaphore *sem)
{
	return (atomic_long_read(&sem->count) & RWSEM_WAITERS) != 0;
}

#endif
