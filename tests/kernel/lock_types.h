/* SPDX-License-Identifier: MIT */
/* The types of lock that the must-fail grid tries, each behind the same few functions. */
#ifndef TESTS_KERNEL_LOCK_TYPES_H
#define TESTS_KERNEL_LOCK_TYPES_H

#include "fs/buffer_head.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/percpu_rwsem.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/semaphore.h"
#include "kernel/lock/seqlock.h"
#include "kernel/lock/spinlock.h"
#include "mm/page.h"

#if CONFIG_CHECKS

/* One lock of every type. All that are in use are of one class (lock_set_init()). */
struct lock_set {
	spinlock_t spin;
	raw_spinlock_t raw;
	rwlock_t rw;
	seqlock_t seq;
	unsigned long bits;
	struct lock_class_key *bit_key;
	struct mutex mutex;
	struct rw_semaphore sem;
	struct percpu_rw_semaphore percpu;
	struct semaphore counting;
	struct page *page;
	struct buffer_head bh;
	unsigned long irq_flags[2];	/* of the _irqsave type: saved by each level */
	unsigned int irq_depth;
};

#define LT_SLEEPS	0x01	/* taking it may sleep; the others turn preemption off */
#define LT_SHARED	0x02	/* readers do not exclude each other */
#define LT_IRQS_OFF	0x04	/* interrupts are off while it is held */
#define LT_UNTRACKED	0x08	/* the checker does not know it, by design: see the comment at its type */
#define LT_ONE_CLASS	0x10	/* all of this type are of one class, which real code uses too */
#define LT_WAITS_RCU	0x20	/* taking it really sleeps, always: not possible in atomic context */
#define LT_IRQ_READER	0x40	/* a reader in an interrupt comes in beside readers */

struct lock_type {
	const char *name;
	unsigned int flags;
	void (*lock)(struct lock_set *s);
	void (*unlock)(struct lock_set *s);
	void (*lock_level)(struct lock_set *s, unsigned int level);	/* NULL: has no nesting levels */
	/* What the held-lock stack knows it by. */
	const void *(*object)(struct lock_set *s);
	/* Makes the lock free, whoever had it, behind the checker's back. NULL for readers, who may be two. */
	void (*make_free)(struct lock_set *s);
};

extern const struct lock_type lock_types[];
extern const unsigned int nr_lock_types;
extern const struct lock_type *const lock_type_mutex;

/* False when out of memory. A set that was initialised is to be destroyed. */
bool lock_set_init(struct lock_set *s, struct lock_class_key *key);
void lock_set_destroy(struct lock_set *s);

#endif
#endif
