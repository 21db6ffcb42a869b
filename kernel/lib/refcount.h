/* SPDX-License-Identifier: MIT */
/*
 * Reference counts that notice misuse: an increment from zero, an underflow
 * and an overflow are reported, and the counter then stays pinned so that
 * the object leaks instead of being used after it was freed.
 *
 * Ordering: a decrement is a release; the one that reaches zero is also an
 * acquire, so whoever frees sees all that earlier holders did.
 */
#ifndef KERNEL_LIB_REFCOUNT_H
#define KERNEL_LIB_REFCOUNT_H

#include "kernel/lib/types.h"
#include "kernel/lib/limits.h"
#include "kernel/x86/atomic.h"

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

#define REFCOUNT_INIT(n)	{ .refs = ATOMIC_INIT(n) }
#define REFCOUNT_SATURATED	(INT_MIN / 2)

void refcount_misuse(refcount_t *r, const char *what, unsigned long ip);

static inline void refcount_set(refcount_t *r, int n)
{
	atomic_set(&r->refs, n);
}

static inline unsigned int refcount_read(const refcount_t *r)
{
	return atomic_read(&r->refs);
}

static inline void refcount_add(int i, refcount_t *r)
{
	int old = atomic_fetch_add(i, &r->refs);

	if (unlikely(old <= 0 || old + i < 0))
		refcount_misuse(r, old == 0 ? "increment of 0" : "overflow", _THIS_IP_);
}

static inline void refcount_inc(refcount_t *r)
{
	refcount_add(1, r);
}

/* Takes a reference unless the count is zero; false then. */
static inline __must_check bool refcount_inc_not_zero(refcount_t *r)
{
	int old = atomic_read(&r->refs);

	do {
		if (!old)
			return false;
	} while (!atomic_try_cmpxchg(&r->refs, &old, old + 1));
	if (unlikely(old < 0 || old == INT_MAX))
		refcount_misuse(r, "overflow", _THIS_IP_);
	return true;
}

/* True when this was the last reference. */
static inline __must_check bool refcount_sub_and_test(int i, refcount_t *r)
{
	int old = atomic_fetch_sub(i, &r->refs);

	if (old == i)
		return true;
	if (unlikely(old < i))
		refcount_misuse(r, "underflow", _THIS_IP_);
	return false;
}

static inline __must_check bool refcount_dec_and_test(refcount_t *r)
{
	return refcount_sub_and_test(1, r);
}

/* A decrement which the caller knows not to be the last. */
static inline void refcount_dec(refcount_t *r)
{
	if (unlikely(atomic_fetch_sub(1, &r->refs) <= 1))
		refcount_misuse(r, "decrement to 0", _THIS_IP_);
}

/* False, unchanged, when the count is 1. */
static inline __must_check bool refcount_dec_not_one(refcount_t *r)
{
	int old = atomic_read(&r->refs);

	do {
		if (old == 1)
			return false;
	} while (!atomic_try_cmpxchg(&r->refs, &old, old - 1));
	if (unlikely(old <= 0))
		refcount_misuse(r, "underflow", _THIS_IP_);
	return true;
}

#endif
