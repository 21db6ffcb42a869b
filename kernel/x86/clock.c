// SPDX-License-Identifier: MIT
/*
 * The clock: the time-stamp counter times a constant.
 *
 * The constants are found once at boot and never change, so reading needs no
 * lock.  The counters of all CPUs are taken to run together, as they do on every
 * CPU of the last decade and in QEMU.  The wall clock is one 64-bit offset to
 * the monotonic clock, read and written whole.
 */
#include "kernel/x86/time.h"
#include "kernel/lib/kernel.h"
#include "kernel/vdso/vdso_data.h"
#include "kernel/x86/clock_internal.h"
#include "kernel/x86/msr.h"
#include "kernel/x86/processor.h"

u64 tsc_khz;
static u64 tsc_base, ns_per_tick;	/* 32.32 fixed point; constant after time_init() */
static u64 wall_offset;			/* ns; any CPU, single accesses */
static struct vdso_data *published;	/* the programs' copy of the above; set once */

void clock_set_rate(u64 hz, u64 base)
{
	tsc_khz = hz / 1000;
	tsc_base = base;
	ns_per_tick = ((u64)NSEC_PER_SEC << 32) / hz;
}

u64 ktime_get_ns(void)
{
	return (u64)((u128)(rdtsc_ordered() - tsc_base) * ns_per_tick >> 32);
}

u64 clock_tsc_to_ns(u64 ticks)
{
	return (u64)((u128)ticks * ns_per_tick >> 32);
}

u64 clock_ns_to_tsc(u64 ns)
{
	return tsc_base + mul_u64_u64_div_u64(ns, 1ULL << 32, ns_per_tick);
}

u64 ktime_get_real_ns(void)
{
	return ktime_get_ns() + READ_ONCE(wall_offset);
}

s64 ktime_real_offset(void)
{
	return (s64)READ_ONCE(wall_offset);
}

void timekeeping_set_wallclock(u64 real_ns)
{
	u64 offset = real_ns - ktime_get_ns();

	WRITE_ONCE(wall_offset, offset);
	if (published)
		WRITE_ONCE(published->wall_offset, offset);
}

void clock_publish(struct vdso_data *page)
{
	page->tsc_base = tsc_base;
	page->ns_per_tick = ns_per_tick;
	page->wall_offset = READ_ONCE(wall_offset);
	published = page;
}

time64_t ktime_get_real_seconds(void)
{
	return (time64_t)(ktime_get_real_ns() / NSEC_PER_SEC);
}

time64_t ktime_get_seconds(void)
{
	return (time64_t)(ktime_get_ns() / NSEC_PER_SEC);
}

void ktime_get_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64((s64)ktime_get_ns());
}

void ktime_get_real_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64((s64)ktime_get_real_ns());
}

void ktime_get_coarse_real_ts64(struct timespec64 *ts)
{
	u64 now = ktime_get_real_ns();

	*ts = ns_to_timespec64((s64)(now - now % NSEC_PER_MSEC));
}

unsigned long get_jiffies(void)
{
	return ktime_get_ns() / NSEC_PER_MSEC;
}

void ndelay(u64 ns)
{
	u64 end = rdtsc() + ns * tsc_khz / 1000000 + 1;

	while (rdtsc() < end)
		cpu_relax();
}

void udelay(u64 us)
{
	ndelay(us * NSEC_PER_USEC);
}
