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

#define NSEC_PER_SEC	1000000000L
#define NSEC_PER_MSEC	1000000L
#define NSEC_PER_USEC	1000L
#define USEC_PER_SEC	1000000L
#define USEC_PER_MSEC	1000L
#define MSEC_PER_SEC	1000L
#define KTIME_MAX	((s64)~((u64)1 << 63))
#define HZ		1000

/* a * b / c with a 128-bit product; the quotient must fit 64 bits. */
static inline u64 mul_u64_u64_div_u64(u64 a, u64 b, u64 c)
{
	u64 hi, q, rem;

	__asm__("mulq %3" : "=a"(q), "=d"(hi) : "0"(a), "rm"(b) : "cc");
	__asm__("divq %4" : "=a"(q), "=d"(rem) : "0"(q), "1"(hi), "rm"(c) : "cc");
	return q;
}

/* Since boot, monotonic. */
u64 ktime_get_ns(void);
static inline ktime_t ktime_get(void)
{
	return (ktime_t)ktime_get_ns();
}
#define ktime_get_boottime_ns()	ktime_get_ns()
#define ktime_get_raw_ns()	ktime_get_ns()
/* A duration in ticks of the time-stamp counter. */
u64 clock_tsc_to_ns(u64 ticks);
/* Since 1970. */
u64 ktime_get_real_ns(void);
/* What the wall clock is ahead of the monotonic one. */
s64 ktime_real_offset(void);
time64_t ktime_get_real_seconds(void);
time64_t ktime_get_seconds(void);
void ktime_get_ts64(struct timespec64 *ts);
void ktime_get_real_ts64(struct timespec64 *ts);
/* File timestamps: wall clock at millisecond grain (a multiple of 1000000 ns). */
void ktime_get_coarse_real_ts64(struct timespec64 *ts);
/* Set the wall clock: it is @real_ns now. */
void timekeeping_set_wallclock(u64 real_ns);
/* From now on, keep the page that programs read the clock from up to date. Once, at boot, with the clock running. */
struct vdso_data;
void clock_publish(struct vdso_data *page);

#define ktime_add(a, b)		((ktime_t)((a) + (b)))
#define ktime_sub(a, b)		((ktime_t)((a) - (b)))
#define ktime_add_ns(t, ns)	((ktime_t)((t) + (s64)(ns)))
#define ktime_add_us(t, us)	((ktime_t)((t) + (s64)(us) * NSEC_PER_USEC))
#define ktime_add_ms(t, ms)	((ktime_t)((t) + (s64)(ms) * NSEC_PER_MSEC))
#define ktime_to_ns(t)		((s64)(t))
#define ktime_to_us(t)		((s64)(t) / NSEC_PER_USEC)
#define ktime_to_ms(t)		((s64)(t) / NSEC_PER_MSEC)
#define ns_to_ktime(ns)		((ktime_t)(ns))
#define ms_to_ktime(ms)		((ktime_t)(ms) * NSEC_PER_MSEC)

static inline int ktime_compare(ktime_t a, ktime_t b)
{
	return (a > b) - (a < b);
}

static inline ktime_t ktime_set(s64 secs, unsigned long nsecs)
{
	if (secs >= KTIME_MAX / NSEC_PER_SEC)
		return KTIME_MAX;
	return secs * NSEC_PER_SEC + (s64)nsecs;
}

static inline ktime_t timespec64_to_ktime(struct timespec64 ts)
{
	return ktime_set(ts.tv_sec, (unsigned long)ts.tv_nsec);
}

static inline s64 timespec64_to_ns(const struct timespec64 *ts)
{
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

static inline struct timespec64 ns_to_timespec64(s64 ns)
{
	struct timespec64 ts = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = (long)(ns % NSEC_PER_SEC) };

	if (ts.tv_nsec < 0) {
		ts.tv_sec--;
		ts.tv_nsec += NSEC_PER_SEC;
	}
	return ts;
}
#define ktime_to_timespec64(kt)	ns_to_timespec64(kt)

static inline bool timespec64_valid(const struct timespec64 *ts)
{
	return ts->tv_sec >= 0 && (unsigned long)ts->tv_nsec < NSEC_PER_SEC;
}

static inline bool timespec64_equal(const struct timespec64 *a, const struct timespec64 *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Negative, 0, positive as @a is before, equal to, after @b. */
static inline int timespec64_compare(const struct timespec64 *a, const struct timespec64 *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return (a->tv_nsec > b->tv_nsec) - (a->tv_nsec < b->tv_nsec);
}

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
