/* SPDX-License-Identifier: MIT */
/*
 * How long a waiter lets others take a free sleeping lock before it: mutexes and rwsems ask when it is the first in the queue and has lost
 * the lock again.
 *
 * Long enough that threads which take one lock in turn do many turns for each switch between them, short against what anybody
 * notices. A real-time task has no patience.
 */
#ifndef KERNEL_LOCK_PATIENCE_H
#define KERNEL_LOCK_PATIENCE_H

#include "kernel/lock/sched_iface.h"

#define LOCK_PATIENCE_MS 4

/* since: get_jiffies() when current began to wait */
static inline bool lock_patience_over(unsigned long since)
{
	return get_jiffies() - since >= LOCK_PATIENCE_MS || sched_is_realtime();
}

#endif
