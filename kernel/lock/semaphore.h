/* SPDX-License-Identifier: MIT */
/* Counting semaphores: no owner, up() from any context. */
#ifndef KERNEL_LOCK_SEMAPHORE_H
#define KERNEL_LOCK_SEMAPHORE_H

#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"

struct semaphore {
	raw_spinlock_t lock;
	unsigned int count;		/* lock */
	struct list_head wait_list;	/* lock */
};

#define __SEMAPHORE_INITIALIZER(name, n) {				\
	.lock = __RAW_SPIN_LOCK_UNLOCKED((name).lock),			\
	.count = n,							\
	.wait_list = LIST_HEAD_INIT((name).wait_list),			\
}
#define DEFINE_SEMAPHORE(name)	struct semaphore name = __SEMAPHORE_INITIALIZER(name, 1)

static inline void sema_init(struct semaphore *sem, int val)
{
	*sem = (struct semaphore) __SEMAPHORE_INITIALIZER(*sem, val);
}

void down(struct semaphore *sem);
int __must_check down_interruptible(struct semaphore *sem);
int __must_check down_killable(struct semaphore *sem);
/* 0 when taken (the opposite of the other trylocks). */
int __must_check down_trylock(struct semaphore *sem);
/* 0, or -ETIME after @jiffies ms. */
int __must_check down_timeout(struct semaphore *sem, long timeout);
void up(struct semaphore *sem);

#endif
