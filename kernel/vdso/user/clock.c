// SPDX-License-Identifier: MIT
/*
 * The vDSO: code that the kernel maps into every program, so that asking for the time or the CPU costs no system call.
 *
 * It computes what the kernel computes, from the same numbers (vdso_data.h), so the two agree to the nanosecond. What it
 * does not know it passes on as the system call. It runs in the program: on its stack, with its rights, at either ring.
 */
#include <stddef.h>
#include "kernel/vdso/vdso_data.h"

#define EXPORT __attribute__((visibility("default")))

#define SYS_gettimeofday  96
#define SYS_clock_gettime 228
#define SYS_clock_getres  229

#define NSEC_PER_SEC	1000000000ULL
#define CPUNODE_SEL	0x53 /* a segment whose limit is the CPU's number (kernel/x86/cpu.c) */

typedef unsigned long long u64;
typedef unsigned __int128 u128;

struct timespec {
	long tv_sec, tv_nsec;
};

struct timeval {
	long tv_sec, tv_usec;
};

/* The page below __ehdr_start, the image's first byte. In assembly, because to the compiler there is nothing. */
static inline const volatile struct vdso_data *data(void)
{
	const volatile struct vdso_data *p;

	__asm__(".hidden __ehdr_start\n\tleaq __ehdr_start-4096(%%rip), %0" : "=r"(p));
	return p;
}

static inline long call(long nr, long a, long b)
{
	long ret;

	__asm__ __volatile__("syscall" : "=a"(ret) : "0"(nr), "D"(a), "S"(b) : "rcx", "r11", "memory");
	return ret;
}

static inline u64 monotonic(void)
{
	unsigned int low, high;

	/* the counter is not read before what stands in front */
	__asm__ __volatile__("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)((u128)(((u64)high << 32 | low) - data()->tsc_base) * data()->ns_per_tick >> 32);
}

/* Clocks that are read here: bits by number. */
#define REALTIME    (1U << 0 | 1U << 11) /* and TAI */
#define MONOTONIC   (1U << 1 | 1U << 4 | 1U << 7) /* and RAW and BOOTTIME */
#define WALL_COARSE (1U << 5)
#define MONO_COARSE (1U << 6)

EXPORT int __vdso_clock_gettime(int clock, struct timespec *ts)
{
	unsigned int bit = (unsigned int)clock < 32 ? 1U << clock : 0;
	u64 ns;

	if (!(bit & (REALTIME | MONOTONIC | WALL_COARSE | MONO_COARSE)))
		return (int)call(SYS_clock_gettime, clock, (long)ts);
	ns = monotonic();
	if (bit & (REALTIME | WALL_COARSE))
		ns += data()->wall_offset;
	if (bit & (WALL_COARSE | MONO_COARSE))
		ns = ns / VDSO_COARSE_NS * VDSO_COARSE_NS;
	ts->tv_sec = (long)(ns / NSEC_PER_SEC);
	ts->tv_nsec = (long)(ns % NSEC_PER_SEC);
	return 0;
}

EXPORT int __vdso_clock_getres(int clock, struct timespec *ts)
{
	return (int)call(SYS_clock_getres, clock, (long)ts);
}

EXPORT int __vdso_gettimeofday(struct timeval *tv, void *tz)
{
	u64 ns;

	if (tz || !tv)
		return (int)call(SYS_gettimeofday, (long)tv, (long)tz);
	ns = monotonic() + data()->wall_offset;
	tv->tv_sec = (long)(ns / NSEC_PER_SEC);
	tv->tv_usec = (long)(ns % NSEC_PER_SEC / 1000);
	return 0;
}

EXPORT long __vdso_time(long *t)
{
	long now = (long)((monotonic() + data()->wall_offset) / NSEC_PER_SEC);

	if (t)
		*t = now;
	return now;
}

EXPORT long __vdso_getcpu(unsigned int *cpu, unsigned int *node, void *unused)
{
	unsigned int number;

	(void)unused;
	__asm__ __volatile__("lsl %1, %0" : "=r"(number) : "r"(CPUNODE_SEL) : "cc");
	if (cpu)
		*cpu = number;
	if (node)
		*node = 0;
	return 0;
}

int clock_gettime(int clock, struct timespec *ts) __attribute__((weak, alias("__vdso_clock_gettime"), visibility("default")));
int clock_getres(int clock, struct timespec *ts) __attribute__((weak, alias("__vdso_clock_getres"), visibility("default")));
int gettimeofday(struct timeval *tv, void *tz) __attribute__((weak, alias("__vdso_gettimeofday"), visibility("default")));
long time(long *t) __attribute__((weak, alias("__vdso_time"), visibility("default")));
long getcpu(unsigned int *cpu, unsigned int *node, void *unused)
	__attribute__((weak, alias("__vdso_getcpu"), visibility("default")));
