/* SPDX-License-Identifier: MIT */
/* Times to sleep until, by the monotonic clock or by the wall clock, which can be set meanwhile: see deadline.c. */
#ifndef KERNEL_TASK_DEADLINE_H
#define KERNEL_TASK_DEADLINE_H

#include "kernel/lib/types.h"

struct deadline {
	ktime_t at;  /* ns */
	bool wall;   /* by the wall clock */
};

/*
 * Sleeps in the state set before until the time; NULL: for ever. 0 at the time, -EINTR before: also when the clock has been set, so
 * the caller looks at his condition and calls again.
 */
int schedule_deadline(const struct deadline *end);

/*
 * The wall clock is at @ns since 1970 from now on, and everything that waits for a time by it is told. -EINVAL: that would be
 * before 1970 when the machine was started, and times by the wall clock could not be told in times since then. May sleep.
 */
int set_wall_clock(u64 ns);

#endif
