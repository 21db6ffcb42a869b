/* SPDX-License-Identifier: MIT */
/*
 * Clocks and the one-shot timer interrupt.
 *
 * The clock is the time-stamp counter, calibrated at boot against a timer of
 * known frequency; reading it takes no lock and works in any context.  Times
 * are nanoseconds.  `jiffies` counts milliseconds since boot.
 */
#ifndef KERNEL_X86_TIME_H
#define KERNEL_X86_TIME_H

#include "kernel/lib/types.h"
#include "kernel/lib/time64.h"

/* Since boot, monotonic. */
u64 ktime_get_ns(void);
static inline ktime_t ktime_get(void)
{
	return (ktime_t)ktime_get_ns();
}
#define ktime_get_boottime_ns()	ktime_get_ns()
#define ktime_get_raw_ns()	ktime_get_ns()
/* Since 1970. */
u64 ktime_get_real_ns(void);
time64_t ktime_get_real_seconds(void);
time64_t ktime_get_seconds(void);
void ktime_get_ts64(struct timespec64 *ts);
void ktime_get_real_ts64(struct timespec64 *ts);
/* File timestamps: wall clock at millisecond grain (a multiple of 1000000 ns). */
void ktime_get_coarse_real_ts64(struct timespec64 *ts);
/* Set the wall clock: it is @real_ns now. */
void timekeeping_set_wallclock(u64 real_ns);

static inline bool ktime_before(ktime_t a, ktime_t b)
{
	return a < b;
}

static inline bool ktime_after(ktime_t a, ktime_t b)
{
	return a > b;
}

unsigned long get_jiffies(void);
#define jiffies			get_jiffies()
#define get_jiffies_64()	((u64)get_jiffies())
#define MAX_JIFFY_OFFSET	((unsigned long)((~0UL >> 1) - 1))
#define msecs_to_jiffies(ms)	((unsigned long)(ms))
#define usecs_to_jiffies(us)	(((unsigned long)(us) + 999) / 1000)
#define jiffies_to_msecs(j)	((unsigned long)(j))
#define jiffies_to_nsecs(j)	((u64)(j) * NSEC_PER_MSEC)
#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)
#define time_before_eq(a, b)	time_after_eq(b, a)
#define time_in_range(a, b, c)	(time_after_eq(a, b) && time_before_eq(a, c))

/* Busy waits; any context. */
void ndelay(u64 ns);
void udelay(u64 us);
#define mdelay(ms)	udelay((u64)(ms) * 1000)

/*
 * Ask this CPU's timer to interrupt at clock time @expires_ns (a time in the
 * past: at once); it replaces the earlier request.  Interrupts off.  The
 * interrupt calls timer_interrupt(), of the task room.
 */
void clockevent_program(u64 expires_ns);
void clockevent_stop(void);

/* Boot: calibrate and start the clock; needs irq_init() before. */
void time_init(void);

extern u64 tsc_khz;	/* constant after time_init() */

#endif
