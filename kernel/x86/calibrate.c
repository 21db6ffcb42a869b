// SPDX-License-Identifier: MIT
/*
 * How fast the time-stamp counter and the APIC timer run, and the one-shot
 * timer interrupt.
 *
 * Both are counted over 10 ms of a timer of known frequency: the ACPI
 * power-management timer or, without one, channel 2 of the old interval timer.
 * On an emulator this CPU may lose its host CPU between two reads, so each end of the
 * window is the tightest of several read pairs.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/clock_internal.h"
#include "kernel/x86/io.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/msr.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/time.h"
#include "kernel/x86/traps.h"

#define WINDOW_PER_SEC	100	/* a window is 10 ms */
#define PM_TIMER_HZ	3579545
#define PIT_HZ		1193182
#define TIMER_DIVIDE_1	0xb
#define TSC_PATIENCE	(1ULL << 36)	/* ticks: seconds on any CPU */
#define TIMER_TSC_DEADLINE 0x40000

struct reference {
	u32 (*read)(void);	/* counts up */
	u32 mask;
	u64 hz;
};

struct sample {
	u64 tsc;
	u32 ref, apic;
};

/* Constant after time_init(). */
static u64 apic_per_ns;		/* 32.32 fixed point */
static bool use_deadline;

static u32 read_pm_timer(void)
{
	return inl(acpi_info.pm_timer_port);
}

static u32 read_pit(void)
{
	u32 lo, hi;

	outb(0x80, 0x43);	/* latch channel 2 */
	lo = inb(0x42);
	hi = inb(0x42);
	return 0xffff - (lo | hi << 8);
}

static void start_pit(void)
{
	outb((u8)((inb(0x61) & ~2) | 1), 0x61);	/* gate on, speaker off */
	outb(0xb4, 0x43);			/* channel 2, 16 bits, rate generator */
	outb(0xff, 0x42);
	outb(0xff, 0x42);
}

static struct sample take_sample(const struct reference *ref)
{
	struct sample best = { 0 };
	u64 spread = ~0ULL;

	for (int i = 0; i < 8; i++) {
		u64 t1 = rdtsc_ordered(), t2;
		u32 r = ref->read(), a = apic_read(APIC_TIMER_NOW);

		t2 = rdtsc_ordered();
		if (t2 - t1 < spread) {
			spread = t2 - t1;
			best = (struct sample){ t1 + (t2 - t1) / 2, r, a };
		}
	}
	return best;
}

static void calibrate(const struct reference *ref)
{
	u32 window = (u32)(ref->hz / WINDOW_PER_SEC), ticks;
	struct sample a, b;
	u64 tsc_hz, apic_hz;

	apic_write(APIC_TIMER_DIV, TIMER_DIVIDE_1);
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED | VEC_TIMER);
	apic_write(APIC_TIMER_INIT, ~0U);
	a = take_sample(ref);
	while (((ref->read() - a.ref) & ref->mask) < window) {
		if (rdtsc() - a.tsc > TSC_PATIENCE)
			panic("clock: the reference timer stands still");
		cpu_relax();
	}
	b = take_sample(ref);
	apic_write(APIC_TIMER_INIT, 0);

	ticks = (b.ref - a.ref) & ref->mask;
	tsc_hz = mul_u64_u64_div_u64(b.tsc - a.tsc, ref->hz, ticks);
	apic_hz = mul_u64_u64_div_u64(a.apic - b.apic, ref->hz, ticks);
	if (!tsc_hz || !apic_hz)
		panic("clock: calibration failed, TSC %llu Hz, APIC timer %llu Hz", tsc_hz,
		      apic_hz);
	apic_per_ns = (apic_hz << 32) / NSEC_PER_SEC;
	clock_set_rate(tsc_hz, a.tsc);
	pr_info("clock: TSC %llu.%03llu MHz, APIC timer %llu.%03llu MHz\n", tsc_hz / 1000000,
		tsc_hz / 1000 % 1000, apic_hz / 1000000, apic_hz / 1000 % 1000);
}

static void init_timer(void)
{
	apic_write(APIC_TIMER_DIV, TIMER_DIVIDE_1);
	apic_write(APIC_LVT_TIMER, VEC_TIMER | (use_deadline ? TIMER_TSC_DEADLINE : 0));
	/* the mode is set before the first deadline: the MSR write is not ordered behind it */
	mb();
}

void time_init(void)
{
	struct reference pm = { read_pm_timer, 0xffffff, PM_TIMER_HZ };
	struct reference pit = { read_pit, 0xffff, PIT_HZ };
	u32 a, b, c, d;

	if (acpi_info.pm_timer_port) {
		calibrate(&pm);
	} else {
		start_pit();
		calibrate(&pit);
	}
	cpuid(1, &a, &b, &c, &d);
	use_deadline = c & BIT(24);
	init_timer();
}

void clock_init_secondary(void)
{
	init_timer();
}

void clockevent_program(u64 expires_ns)
{
	u64 now = ktime_get_ns(), count;
	u64 delta = expires_ns > now ? expires_ns - now : 0;

	/* a timer further away than the counter reaches fires early and is set again */
	delta = min_t(u64, delta, 1000 * NSEC_PER_MSEC);
	if (use_deadline) {
		wrmsr(MSR_TSC_DEADLINE, max_t(u64, clock_ns_to_tsc(now + delta), 1));
		return;
	}
	count = (u64)((u128)delta * apic_per_ns >> 32);
	apic_write(APIC_TIMER_INIT, (u32)clamp_t(u64, count, 1, ~0U));
}

void clockevent_stop(void)
{
	if (use_deadline)
		wrmsr(MSR_TSC_DEADLINE, 0);
	else
		apic_write(APIC_TIMER_INIT, 0);
}
