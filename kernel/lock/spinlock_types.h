/* SPDX-License-Identifier: MIT */
/* The types of the spinning locks; operations in spinlock.h and rwlock.h. */
#ifndef KERNEL_LOCK_SPINLOCK_TYPES_H
#define KERNEL_LOCK_SPINLOCK_TYPES_H

#include "kernel/lib/types.h"
#include "kernel/lock/lockdep.h"

/*
 * A ticket lock: free when both halves are equal. A CPU that waits in order
 * takes a ticket from @next and waits until @owner shows it; one that may not
 * queue (see spinlock.c) takes the lock by compare-and-exchange only when it
 * is free.
 */
typedef struct raw_spinlock {
	union {
		u32 val;
		struct {
			u16 owner;	/* the ticket being served; only the holder writes */
			u16 next;	/* the ticket to be handed out; atomic */
		};
	};
} raw_spinlock_t;

typedef struct spinlock {
	raw_spinlock_t rlock;
	LOCKDEP_MAP_FIELD
} spinlock_t;

/* Readers count in units of RW_READER; bit 0: a writer has it; bit 1: a writer waits. */
typedef struct {
	atomic_t cnts;
	raw_spinlock_t wait_lock;	/* orders waiting writers */
	LOCKDEP_MAP_FIELD
} rwlock_t;

#define __RAW_SPIN_LOCK_UNLOCKED(x)	{ { .val = 0 } }
#define __SPIN_LOCK_UNLOCKED(x)						\
	{ .rlock = __RAW_SPIN_LOCK_UNLOCKED(x), LOCKDEP_MAP_INITIALISER(#x) }
#define __RW_LOCK_UNLOCKED(x)						\
	{ .cnts = ATOMIC_INIT(0), LOCKDEP_MAP_INITIALISER(#x) }
/* At file scope only: the lock's class key lives beside it. */
#define DEFINE_RAW_SPINLOCK(x)	raw_spinlock_t x = __RAW_SPIN_LOCK_UNLOCKED(x)
#define DEFINE_SPINLOCK(x)	spinlock_t x = __SPIN_LOCK_UNLOCKED(x)
#define DEFINE_RWLOCK(x)	rwlock_t x = __RW_LOCK_UNLOCKED(x)

#endif
