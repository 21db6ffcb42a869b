// SPDX-License-Identifier: MIT
/*
 * Per-CPU counters: see percpu_counter.h. A CPU changes its part with
 * interrupts off, so the counters may be used from interrupts; folding into
 * the shared count happens under the lock, and an exact sum reads all parts
 * under it, so that no part is counted twice or lost while it is folded.
 */
#include "kernel/lib/percpu_counter.h"
#include "kernel/lib/errno.h"
#include "kernel/x86/percpu.h"

int percpu_counter_init(struct percpu_counter *fbc, s64 amount, gfp_t gfp)
{
	raw_spin_lock_init(&fbc->lock);
	fbc->count = amount;
	fbc->counters = alloc_percpu(s32);
	return fbc->counters ? 0 : -ENOMEM;
}

void percpu_counter_destroy(struct percpu_counter *fbc)
{
	if (fbc->counters)
		free_percpu(fbc->counters);
	fbc->counters = NULL;
}

void percpu_counter_set(struct percpu_counter *fbc, s64 amount)
{
	unsigned long flags;
	unsigned int cpu;

	raw_spin_lock_irqsave(&fbc->lock, flags);
	for_each_possible_cpu(cpu)
		*per_cpu_ptr(fbc->counters, cpu) = 0;
	WRITE_ONCE(fbc->count, amount);
	raw_spin_unlock_irqrestore(&fbc->lock, flags);
}

void percpu_counter_add_batch(struct percpu_counter *fbc, s64 amount, s32 batch)
{
	unsigned long flags;
	s32 *part;
	s64 sum;

	local_irq_save(flags);
	part = this_cpu_ptr(fbc->counters);
	sum = *part + amount;
	if (sum >= batch || sum <= -batch) {
		raw_spin_lock(&fbc->lock);
		WRITE_ONCE(fbc->count, fbc->count + *part + amount);
		*part = 0;
		/* Preemption cannot happen here: interrupts are off. */
		raw_spin_unlock(&fbc->lock);
	} else {
		WRITE_ONCE(*part, (s32)sum);
	}
	local_irq_restore(flags);
}

s64 __percpu_counter_sum(struct percpu_counter *fbc)
{
	unsigned long flags;
	unsigned int cpu;
	s64 sum;

	raw_spin_lock_irqsave(&fbc->lock, flags);
	sum = fbc->count;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(*per_cpu_ptr(fbc->counters, cpu));
	raw_spin_unlock_irqrestore(&fbc->lock, flags);
	return sum;
}

int __percpu_counter_compare(struct percpu_counter *fbc, s64 rhs, s32 batch)
{
	s64 count = percpu_counter_read(fbc), slack = (s64)batch * num_online_cpus();

	if (count - rhs <= slack && rhs - count <= slack)
		count = __percpu_counter_sum(fbc);
	return (count > rhs) - (count < rhs);
}
