// SPDX-License-Identifier: MIT
/*
 * A spinlock and a reference count that it guards.
 *
 * The count may be read without the lock but is only changed under it. A negative count marks
 * the object dead: no new reference can be taken from then on.
 */
#ifndef FS_LOCKREF_H
#define FS_LOCKREF_H

#include "kernel/lock/spinlock.h"

struct lockref {
	spinlock_t lock;
	int count;		/* lock */
};

/* Adds a reference. The caller already holds one, or the lock of the list it came from. */
static inline void lockref_get(struct lockref *ref)
{
	spin_lock(&ref->lock);
	WRITE_ONCE(ref->count, ref->count + 1);
	spin_unlock(&ref->lock);
}

/* Adds a reference unless the object is dead; says whether it did. */
static inline bool lockref_get_not_dead(struct lockref *ref)
{
	bool ok = false;

	spin_lock(&ref->lock);
	if (ref->count >= 0) {
		WRITE_ONCE(ref->count, ref->count + 1);
		ok = true;
	}
	spin_unlock(&ref->lock);
	return ok;
}

/* Adds a reference only if there is one already; says whether it did. */
static inline bool lockref_get_not_zero(struct lockref *ref)
{
	bool ok = false;

	spin_lock(&ref->lock);
	if (ref->count > 0) {
		WRITE_ONCE(ref->count, ref->count + 1);
		ok = true;
	}
	spin_unlock(&ref->lock);
	return ok;
}

/* Marks the object dead. Lock held. */
static inline void lockref_mark_dead(struct lockref *ref)
{
	WRITE_ONCE(ref->count, -128);
}

#endif
