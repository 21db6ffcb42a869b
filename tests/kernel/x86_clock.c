// SPDX-License-Identifier: MIT
/*
 * The clock goes forward, on all CPUs alike, at the right speed; per-CPU memory.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/sched.h"
#include "kernel/x86/io.h"
#include "kernel/x86/acpi.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/time.h"
#include "mm/slab.h"
#include "tests/kernel/ktest.h"

static void read_clock(void *info)
{
	*(u64 *)info = ktime_get_ns();
}

/* One CPU after the other reads it; each call is ordered behind the one before. */
static void clock_order(void)
{
	u64 last = ktime_get_ns(), now;
	unsigned int cpu;
	int back = 0;

	for (int i = 0; i < 50; i++) {
		for_each_online_cpu(cpu) {
			smp_call_function_single((int)cpu, read_clock, &now, true);
			back += now < last;
			last = now;
		}
	}
	KTEST_EQ(back, 0);
}
KTEST(x86_clock_order, KTEST_QUICK, clock_order);

/* Against the power-management timer, over 50 ms: within 1 %. */
static void clock_rate(void)
{
	u32 start, ticks;
	u64 t0, t1, ns;

	if (!acpi_info.pm_timer_port)
		KTEST_SKIP("no ACPI timer to compare with");
	start = inl(acpi_info.pm_timer_port);
	t0 = ktime_get_ns();
	msleep(50);
	ticks = (inl(acpi_info.pm_timer_port) - start) & 0xffffff;
	t1 = ktime_get_ns();
	ns = (u64)ticks * NSEC_PER_SEC / 3579545;
	KTEST_ASSERT(t1 - t0 > ns - ns / 100 - 1000000 && t1 - t0 < ns + ns / 100 + 1000000);
	KTEST_ASSERT(t1 - t0 >= 50 * NSEC_PER_MSEC);
}
KTEST(x86_clock_rate, KTEST_QUICK, clock_rate);

struct late_free {
	struct rcu_head rcu;
	void *piece;
};

static void free_late(struct rcu_head *head)
{
	struct late_free *l = container_of(head, struct late_free, rcu);

	free_percpu(l->piece);
	kfree(l);
}

/* More in a row than there is room for: each waits for the ones before to be freed. */
static void percpu_waits(void)
{
	for (int i = 0; i < 16; i++) {
		struct late_free *l = kmalloc(sizeof(*l), GFP_KERNEL);

		KTEST_ASSERT(l);
		l->piece = __alloc_percpu(PER_CPU_DYN_SIZE / 4, 16);
		KTEST_EXPECT(l->piece);
		call_rcu(&l->rcu, free_late);
	}
	rcu_barrier();
}
KTEST(x86_percpu_waits, KTEST_QUICK, percpu_waits);

static void percpu_alloc(void)
{
	u64 *a = alloc_percpu(u64), *b = __alloc_percpu(100, 64);
	unsigned int cpu;
	u64 sum = 0;

	KTEST_ASSERT(a && b);
	KTEST_EQ((unsigned long)b & 63, 0);
	for_each_possible_cpu(cpu)
		*per_cpu_ptr(a, cpu) += cpu + 1;
	for_each_possible_cpu(cpu)
		sum += *per_cpu_ptr(a, cpu);
	KTEST_EQ(sum, (u64)nr_cpu_ids * (nr_cpu_ids + 1) / 2);
	free_percpu(a);
	free_percpu(b);
	KTEST_ASSERT(!__alloc_percpu(1 << 20, 8));
}
KTEST(x86_percpu_alloc, KTEST_QUICK, percpu_alloc);
