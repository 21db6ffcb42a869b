/* SPDX-License-Identifier: MIT */
/*
 * Counters that are changed often on all CPUs and read exactly rarely: each
 * CPU gathers up to a batch before it touches the shared value. 
 */
#ifndef KERNEL_LIB_PERCPU_COUNTER_H
#define KERNEL_LIB_PERCPU_COUNTER_H

#include "kernel/lock/spinlock.h"

struct percpu_counter {
	raw_spinlock_t lock;		/* guards count and folding */
	s64 count;
	s32 *counters;			/* per CPU; only its CPU writes, irqs off */
};

#define PERCPU_COUNTER_BATCH 32

/* 0 or -ENOMEM; sleeps. */
int percpu_counter_init(struct percpu_counter *fbc, s64 amount, gfp_t gfp);
void percpu_counter_destroy(struct percpu_counter *fbc);
void percpu_counter_set(struct percpu_counter *fbc, s64 amount);
void percpu_counter_add_batch(struct percpu_counter *fbc, s64 amount, s32 batch);
/* The exact value (of a moment); looks at every CPU. */
s64 __percpu_counter_sum(struct percpu_counter *fbc);
/* -1, 0, 1 as the counter is below, at, above @rhs; exact, and cheap when it is far away. */
int __percpu_counter_compare(struct percpu_counter *fbc, s64 rhs, s32 batch);

static inline void percpu_counter_add(struct percpu_counter *fbc, s64 amount)
{
	percpu_counter_add_batch(fbc, amount, PERCPU_COUNTER_BATCH);
}

static inline void percpu_counter_sub(struct percpu_counter *fbc, s64 amount)
{
	percpu_counter_add(fbc, -amount);
}

static inline void percpu_counter_inc(struct percpu_counter *fbc)
{
	percpu_counter_add(fbc, 1);
}

static inline void percpu_counter_dec(struct percpu_counter *fbc)
{
	percpu_counter_add(fbc, -1);
}

/* Off by up to batch * CPUs. */
static inline s64 percpu_counter_read(struct percpu_counter *fbc)
{
	return READ_ONCE(fbc->count);
}

static inline s64 percpu_counter_read_positive(struct percpu_counter *fbc)
{
	s64 v = percpu_counter_read(fbc);

	return v > 0 ? v : 0;
}

static inline s64 percpu_counter_sum(struct percpu_counter *fbc)
{
	return __percpu_counter_sum(fbc);
}

static inline s64 percpu_counter_sum_positive(struct percpu_counter *fbc)
{
	s64 v = __percpu_counter_sum(fbc);

	return v > 0 ? v : 0;
}

static inline int percpu_counter_compare(struct percpu_counter *fbc, s64 rhs)
{
	return __percpu_counter_compare(fbc, rhs, PERCPU_COUNTER_BATCH);
}

static inline bool percpu_counter_initialized(struct percpu_counter *fbc)
{
	return fbc->counters != NULL;
}

#endif
