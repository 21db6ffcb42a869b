// SPDX-License-Identifier: MIT
/*
 * A spinlock and a reference count that it guards, in one 64-bit word, so that the usual change
 * of the count is a single compare-and-exchange of both: it succeeds only while the lock is
 * free. So whoever holds the lock sees the count stand still, and may change it with plain
 * stores; the others never take the lock just to count.
 *
 * A negative count marks the object dead: no new reference can be taken from then on.
 */
#ifndef FS_LOCKREF_H
#define FS_LOCKREF_H

#include "kernel/lock/spinlock.h"

struct lockref {
	union {
		u64 lock_count;		/* the ticket word and the count */
		spinlock_t lock;	/* with checks it is longer; its second word is unused */
		struct {
			raw_spinlock_t __ticket;
			int count;	/* lock, or by exchange of lock_count while it is free */
		};
	};
};

#if CONFIG_CHECKS
static_assert(offsetof(spinlock_t, dep_map) == sizeof(u64), "the count has no place of its own");
#endif

static inline bool __lockref_free(u64 v)
{
	return (u16)v == (u16)(v >> 16);
}

static inline int __lockref_count(u64 v)
{
	return (int)(v >> 32);
}

/* v with the count changed by delta; the halves do not carry into each other. */
static inline u64 __lockref_add(u64 v, int delta)
{
	return (u32)v | (u64)(u32)(__lockref_count(v) + delta) << 32;
}

/*
 * Adds delta if the lock is free and the count is at least min. 1: done, 0: the count is lower,
 * -1: the lock is held, take it. Any order but that of the exchange itself (a full barrier).
 */
static inline int __lockref_try(struct lockref *ref, int min, int delta)
{
	u64 old = READ_ONCE(ref->lock_count);

	for (int tries = 0; tries < 100; tries++) {
		if (!__lockref_free(old))
			return -1;
		if (__lockref_count(old) < min)
			return 0;
		if (likely(try_cmpxchg(&ref->lock_count, &old, __lockref_add(old, delta))))
			return 1;
	}
	return -1;
}

/* Adds a reference unless the count is below min; says whether it did. */
static inline bool __lockref_get_min(struct lockref *ref, int min)
{
	int done = __lockref_try(ref, min, 1);

	if (likely(done >= 0))
		return done;
	spin_lock(&ref->lock);
	done = ref->count >= min;
	if (done)
		WRITE_ONCE(ref->count, ref->count + 1);
	spin_unlock(&ref->lock);
	return done;
}

/* Adds a reference. The caller already holds one, or the lock of the list it came from. */
static inline void lockref_get(struct lockref *ref)
{
	__lockref_get_min(ref, INT_MIN);
}

/* Adds a reference unless the object is dead; says whether it did. */
static inline bool lockref_get_not_dead(struct lockref *ref)
{
	return __lockref_get_min(ref, 0);
}

/* Adds a reference only if there is one already; says whether it did. */
static inline bool lockref_get_not_zero(struct lockref *ref)
{
	return __lockref_get_min(ref, 1);
}

/* Drops a reference that is not the last. False, nothing done: it may be the last, or lock held. */
static inline bool lockref_put_not_last(struct lockref *ref)
{
	return __lockref_try(ref, 2, -1) > 0;
}

/* Drops the last reference, too, but only while the lock is free; says whether it did. */
static inline bool lockref_put_any(struct lockref *ref)
{
	return __lockref_try(ref, 1, -1) > 0;
}

/* Marks the object dead. Lock held. */
static inline void lockref_mark_dead(struct lockref *ref)
{
	WRITE_ONCE(ref->count, -128);
}

#endif
