// SPDX-License-Identifier: MIT
/*
 * The shapes of time in the system-call interface. struct timespec64 and ktime_t are in types.h,
 * arithmetic and clocks in kernel/x86/time.h.
 */
#ifndef KERNEL_LIB_TIME64_H
#define KERNEL_LIB_TIME64_H

#include "kernel/lib/types.h"

struct __kernel_timespec {
	s64 tv_sec;
	s64 tv_nsec;
};

struct __kernel_old_timeval {
	long tv_sec;
	long tv_usec;
};

struct __kernel_itimerspec {
	struct __kernel_timespec it_interval;
	struct __kernel_timespec it_value;
};

struct __kernel_old_itimerval {
	struct __kernel_old_timeval it_interval;
	struct __kernel_old_timeval it_value;
};

/* a + b, both at least 0, saturating at the largest ktime_t */
static inline ktime_t ktime_add_safe(ktime_t a, ktime_t b)
{
	const ktime_t max = (ktime_t)(~0ULL >> 1);

	return a > max - b ? max : a + b;
}

#endif
