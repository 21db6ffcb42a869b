/* SPDX-License-Identifier: MIT */
/*
 * Reader-writer locks whose readers touch only memory of their own CPU, for
 * locks that are taken for writing almost never (freezing a file system).
 * A reader may sleep. Taking one for writing costs an RCU grace period.
 *
 * Readers may be released by another task than took them; then the held
 * stack is told with percpu_rwsem_release()/acquire().
 */
#ifndef KERNEL_LOCK_PERCPU_RWSEM_H
#define KERNEL_LOCK_PERCPU_RWSEM_H

#include "kernel/lock/rwsem.h"
#include "kernel/lock/wait.h"

struct percpu_rw_semaphore {
	unsigned int *read_count;	/* per CPU: readers in minus readers out there */
	int writer;			/* non-zero: readers take the slow path; rw_sem held */
	struct rw_semaphore rw_sem;	/* the slow path, and excludes writers */
	wait_queue_head_t writer_wait;	/* the writer waits for readers to drain */
	LOCKDEP_MAP_FIELD
};

/* 0 or -ENOMEM; sleeps. */
int __percpu_init_rwsem(struct percpu_rw_semaphore *sem);
#define percpu_init_rwsem(sem) ({					\
	lockdep_init_map_here(&(sem)->dep_map, #sem);			\
	__percpu_init_rwsem(sem); })
void percpu_free_rwsem(struct percpu_rw_semaphore *sem);

void percpu_down_read(struct percpu_rw_semaphore *sem);
bool percpu_down_read_trylock(struct percpu_rw_semaphore *sem);
void percpu_up_read(struct percpu_rw_semaphore *sem);
void percpu_down_write(struct percpu_rw_semaphore *sem);
void percpu_up_write(struct percpu_rw_semaphore *sem);

/*
 * Move the held-stack entry (not the lock) away from and back to this task,
 * for locks that stay taken across a return to the program (a frozen file
 * system). @read as the lock is held.
 */
void percpu_rwsem_release(struct percpu_rw_semaphore *sem, bool read, unsigned long ip);
void percpu_rwsem_acquire(struct percpu_rw_semaphore *sem, bool read, unsigned long ip);

#endif
