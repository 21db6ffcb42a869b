/* SPDX-License-Identifier: MIT */
/*
 * Reports of the lock room: one frame for all of them. Nothing here, and
 * nothing between begin and end, takes a lock that may be held by the code
 * being reported.
 */
#ifndef KERNEL_LOCK_LOCK_REPORT_H
#define KERNEL_LOCK_LOCK_REPORT_H

#include "kernel/lock/lockdep.h"
#include "kernel/lock/preempt.h"

#if CONFIG_CHECKS

extern bool lock_scheduling;

/*
 * Starts a report, tracking off until the end. False when it is expected by
 * a test (then it is only counted) or there have been too many; print
 * nothing then and do not call lock_report_end().
 */
bool lock_report_begin(struct held_locks *h, const char *title);
/* Held locks, backtrace, and what contract= says: panic or go on. */
void lock_report_end(struct held_locks *h);

#endif
#endif
