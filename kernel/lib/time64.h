// SPDX-License-Identifier: MIT
/*
 * Time as numbers: the 64-bit timespec of inodes and system calls, and ktime_t, nanoseconds on
 * the monotonic clock. Only arithmetic lives here; reading clocks is kernel/x86's business.
 */
#ifndef KERNEL_LIB_TIME64_H
#define KERNEL_LIB_TIME64_H

#include "kernel/lib/types.h"

#define NSEC_PER_USEC 1000L
#define NSEC_PER_MSEC 1000000L
#define NSEC_PER_SEC  1000000000L
#define USEC_PER_MSEC 1000L
#define USEC_PER_SEC  1000000L
#define MSEC_PER_SEC  1000L

/* jiffies are milliseconds since boot; there is no periodic tick behind them */
#define HZ 1000

typedef s64 time64_t;
typedef s64 ktime_t; /* nanoseconds */

#define KTIME_MAX ((s64)~((u64)1 << 63))

struct timespec64 {
	time64_t tv_sec;
	long tv_nsec;
};

/* The shapes programs use; on x86-64 they are the same on both sides. */
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

static inline ktime_t ktime_set(s64 secs, unsigned long nsecs)
{
	if (secs >= KTIME_MAX / NSEC_PER_SEC)
		return KTIME_MAX;
	return secs * NSEC_PER_SEC + (s64)nsecs;
}

static inline ktime_t timespec64_to_ktime(struct timespec64 ts)
{
	return ktime_set(ts.tv_sec, ts.tv_nsec);
}

static inline struct timespec64 ns_to_timespec64(s64 ns)
{
	struct timespec64 ts = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC };

	if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += NSEC_PER_SEC;
	}
	return ts;
}

static inline bool timespec64_valid(const struct timespec64 *ts)
{
	return ts->tv_sec >= 0 && (unsigned long)ts->tv_nsec < NSEC_PER_SEC;
}

static inline bool timespec64_equal(const struct timespec64 *a, const struct timespec64 *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* <0, 0, >0 as a is before, equal to, after b */
static inline int timespec64_compare(const struct timespec64 *a, const struct timespec64 *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

/* a + b, saturating at KTIME_MAX; both at least 0 */
static inline ktime_t ktime_add_safe(ktime_t a, ktime_t b)
{
	return a > KTIME_MAX - b ? KTIME_MAX : a + b;
}

#define ktime_add(a, b)	   ((a) + (b))
#define ktime_sub(a, b)	   ((a) - (b))
#define ktime_to_ns(kt)	   (kt)
#define ns_to_ktime(ns)	   ((ktime_t)(ns))
#define ktime_add_ns(a, n) ((a) + (s64)(n))
#define ktime_to_us(kt)	   ((kt) / NSEC_PER_USEC)
#define ktime_to_ms(kt)	   ((kt) / NSEC_PER_MSEC)
#define ms_to_ktime(ms)	   ((ktime_t)(ms) * NSEC_PER_MSEC)

#endif
