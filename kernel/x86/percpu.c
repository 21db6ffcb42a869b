// SPDX-License-Identifier: MIT
/*
 * Per-CPU areas and their run-time allocator.
 *
 * Areas are laid out one behind the other with a stride that is no power of two,
 * so that the same variable of different CPUs does not fall into the same cache
 * sets or the same slot of an emulator's translation cache.
 *
 * The allocator hands out pieces of the zero-filled end of the section, which
 * every area has; a bitmap of 16-byte units, guarded by dyn_lock.
 */
#include "kernel/x86/percpu.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lock/might_sleep.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/spinlock.h"
#include "kernel/task/sched.h"
#include "kernel/x86/boot_info.h"
#include "kernel/x86/boot_internal.h"

extern char __per_cpu_start[], __per_cpu_load_end[], __per_cpu_dyn_start[], __per_cpu_end[];
extern char __per_cpu_pristine[];

unsigned long __per_cpu_offset[NR_CPUS];
DEFINE_PER_CPU(unsigned long, this_cpu_off);
DEFINE_PER_CPU(unsigned int, cpu_number);

unsigned int nr_cpu_ids = 1;
struct cpumask __cpu_possible_mask = { { 1 } };
struct cpumask __cpu_online_mask = { { 1 } };

#define DYN_UNIT	16
#define DYN_SIZE	PER_CPU_DYN_SIZE
#define DYN_UNITS	(DYN_SIZE / DYN_UNIT)
#define DYN_PATIENCE	40	/* times 5 ms: for what is on its way to be freed */

static DEFINE_SPINLOCK(dyn_lock);
static DECLARE_BITMAP(dyn_used, DYN_UNITS);	/* dyn_lock */
static DECLARE_BITMAP(dyn_last, DYN_UNITS);	/* dyn_lock; last unit of each allocation */

void per_cpu_save_pristine(void)
{
	memcpy(__per_cpu_pristine, __per_cpu_start,
	       (size_t)(__per_cpu_load_end - __per_cpu_start));
}

void setup_per_cpu_areas(void)
{
	size_t load = (size_t)(__per_cpu_load_end - __per_cpu_start);
	size_t stride = ALIGN((size_t)(__per_cpu_end - __per_cpu_start), 64) + 64 * 7;
	unsigned int cpu;
	char *areas;

	if (nr_cpu_ids == 1)
		return;
	areas = boot_alloc(stride * (nr_cpu_ids - 1), 64);
	for (cpu = 1; cpu < nr_cpu_ids; cpu++) {
		char *area = areas + stride * (cpu - 1);

		memcpy(area, __per_cpu_pristine, load);
		__per_cpu_offset[cpu] = (unsigned long)area - (unsigned long)__per_cpu_start;
		per_cpu(this_cpu_off, cpu) = __per_cpu_offset[cpu];
		per_cpu(cpu_number, cpu) = cpu;
		map_special_stacks(cpu);
	}
}

static void *find_space(size_t size, size_t align)
{
	unsigned int step = (unsigned int)max_t(size_t, align, DYN_UNIT) / DYN_UNIT;
	unsigned int units = (unsigned int)DIV_ROUND_UP(size, DYN_UNIT);
	unsigned int start, i;
	unsigned long flags;
	void *p = NULL;

	spin_lock_irqsave(&dyn_lock, flags);
	for (start = 0; start + units <= DYN_UNITS; start += step) {
		for (i = 0; i < units && !test_bit(start + i, dyn_used); i++)
			;
		if (i < units)
			continue;
		for (i = 0; i < units; i++)
			__set_bit(start + i, dyn_used);
		__set_bit(start + units - 1, dyn_last);
		p = __per_cpu_dyn_start + start * DYN_UNIT;
		break;
	}
	spin_unlock_irqrestore(&dyn_lock, flags);
	return p;
}

/*
 * The space is small, and objects that hold some (mounts, superblocks) are freed
 * after a grace period or by a worker: wait for those before giving up.
 */
void *__alloc_percpu(size_t size, size_t align)
{
	unsigned int cpu;
	void *p;

	might_sleep();
	if (!size || size > DYN_SIZE || align > PAGE_SIZE)
		return NULL;
	p = find_space(size, align);
	for (int i = 0; !p && i < DYN_PATIENCE; i++) {
		rcu_barrier();
		msleep(5);
		p = find_space(size, align);
	}
	if (p)
		for_each_possible_cpu(cpu)
			memset(per_cpu_ptr(p, cpu), 0, size);
	return p;
}

void free_percpu(void *ptr)
{
	unsigned long flags, i;

	if (!ptr)
		return;
	i = (unsigned long)((char *)ptr - __per_cpu_dyn_start) / DYN_UNIT;
	spin_lock_irqsave(&dyn_lock, flags);
	for (;; i++) {
		__clear_bit((long)i, dyn_used);
		if (__test_and_clear_bit((long)i, dyn_last))
			break;
	}
	spin_unlock_irqrestore(&dyn_lock, flags);
}
