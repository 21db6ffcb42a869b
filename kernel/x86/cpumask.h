/* SPDX-License-Identifier: MIT */
/*
 * Sets of CPUs.
 *
 * cpu_possible_mask is fixed before the scheduler starts; cpu_online_mask only
 * grows, each bit set by its own CPU as the last step of starting.  Both may be
 * read without a lock.
 */
#ifndef KERNEL_X86_CPUMASK_H
#define KERNEL_X86_CPUMASK_H

#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/bitops.h"

typedef struct cpumask {
	unsigned long bits[BITS_TO_LONGS(NR_CPUS)];
} cpumask_t;

typedef struct cpumask cpumask_var_t[1];

extern unsigned int nr_cpu_ids;		/* highest possible CPU number + 1; constant after boot */
extern struct cpumask __cpu_possible_mask, __cpu_online_mask;
#define cpu_possible_mask	((const struct cpumask *)&__cpu_possible_mask)
#define cpu_online_mask		((const struct cpumask *)&__cpu_online_mask)

#define cpumask_bits(m)		((m)->bits)
#define CPUMASK_LONGS		BITS_TO_LONGS(NR_CPUS)

static inline void cpumask_set_cpu(unsigned int cpu, struct cpumask *m)
{
	set_bit(cpu, m->bits);
}

static inline void __cpumask_set_cpu(unsigned int cpu, struct cpumask *m)
{
	__set_bit(cpu, m->bits);
}

static inline void cpumask_clear_cpu(unsigned int cpu, struct cpumask *m)
{
	clear_bit(cpu, m->bits);
}

static inline void __cpumask_clear_cpu(unsigned int cpu, struct cpumask *m)
{
	__clear_bit(cpu, m->bits);
}

static inline bool cpumask_test_cpu(unsigned int cpu, const struct cpumask *m)
{
	return test_bit(cpu, m->bits);
}

static inline bool cpumask_test_and_set_cpu(unsigned int cpu, struct cpumask *m)
{
	return test_and_set_bit(cpu, m->bits);
}

static inline bool cpumask_test_and_clear_cpu(unsigned int cpu, struct cpumask *m)
{
	return test_and_clear_bit(cpu, m->bits);
}

static inline void cpumask_clear(struct cpumask *m)
{
	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		m->bits[i] = 0;
}

/* All CPUs that can exist on this machine. */
static inline void cpumask_setall(struct cpumask *m)
{
	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		m->bits[i] = ~0UL;
}

static inline void cpumask_copy(struct cpumask *to, const struct cpumask *from)
{
	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		to->bits[i] = READ_ONCE(from->bits[i]);
}

/* *@to = @a & @b; false when the result is empty. */
static inline bool cpumask_and(struct cpumask *to, const struct cpumask *a,
			       const struct cpumask *b)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		any |= to->bits[i] = a->bits[i] & b->bits[i];
	return any;
}

static inline void cpumask_or(struct cpumask *to, const struct cpumask *a,
			      const struct cpumask *b)
{
	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		to->bits[i] = a->bits[i] | b->bits[i];
}

static inline bool cpumask_andnot(struct cpumask *to, const struct cpumask *a,
				  const struct cpumask *b)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		any |= to->bits[i] = a->bits[i] & ~b->bits[i];
	return any;
}

static inline bool cpumask_empty(const struct cpumask *m)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		any |= READ_ONCE(m->bits[i]);
	return !any;
}

static inline bool cpumask_equal(const struct cpumask *a, const struct cpumask *b)
{
	unsigned long diff = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		diff |= a->bits[i] ^ b->bits[i];
	return !diff;
}

static inline bool cpumask_subset(const struct cpumask *a, const struct cpumask *b)
{
	unsigned long rest = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		rest |= a->bits[i] & ~b->bits[i];
	return !rest;
}

static inline bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		any |= a->bits[i] & b->bits[i];
	return any;
}

static inline unsigned int cpumask_weight(const struct cpumask *m)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < CPUMASK_LONGS; i++)
		n += (unsigned int)hweight_long(m->bits[i]);
	return n;
}

/* The first member above @cpu (-1 to begin), or a number >= nr_cpu_ids. */
static inline unsigned int cpumask_next(int cpu, const struct cpumask *m)
{
	unsigned int i = (unsigned int)(cpu + 1);

	while (i < NR_CPUS) {
		unsigned long w = READ_ONCE(m->bits[i / BITS_PER_LONG]) >> (i % BITS_PER_LONG);

		if (w)
			return i + (unsigned int)__ffs(w);
		i = (i / BITS_PER_LONG + 1) * BITS_PER_LONG;
	}
	return NR_CPUS;
}

static inline unsigned int cpumask_first(const struct cpumask *m)
{
	return cpumask_next(-1, m);
}

static inline unsigned int cpumask_any(const struct cpumask *m)
{
	return cpumask_first(m);
}

static inline unsigned int cpumask_first_and(const struct cpumask *a, const struct cpumask *b)
{
	unsigned int cpu;

	for (cpu = cpumask_first(a); cpu < NR_CPUS; cpu = cpumask_next((int)cpu, a))
		if (cpumask_test_cpu(cpu, b))
			return cpu;
	return NR_CPUS;
}

static inline void cpumask_copy_one(struct cpumask *m, unsigned int cpu)
{
	cpumask_clear(m);
	__cpumask_set_cpu(cpu, m);
}

#define for_each_cpu(cpu, mask)						\
	for ((cpu) = cpumask_first(mask); (cpu) < NR_CPUS; (cpu) = cpumask_next((int)(cpu), (mask)))
#define for_each_online_cpu(cpu)	for_each_cpu(cpu, cpu_online_mask)
#define for_each_possible_cpu(cpu)	for_each_cpu(cpu, cpu_possible_mask)

#define num_online_cpus()	cpumask_weight(cpu_online_mask)
#define num_possible_cpus()	cpumask_weight(cpu_possible_mask)
#define cpu_online(cpu)		cpumask_test_cpu((cpu), cpu_online_mask)
#define cpu_possible(cpu)	cpumask_test_cpu((cpu), cpu_possible_mask)

#endif
