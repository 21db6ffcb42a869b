// SPDX-License-Identifier: MIT
/*
 * Kernel stacks: 16 KiB in vmalloc space, unmapped pages around them, so that an overflow faults
 * at once instead of corrupting a neighbour.
 *
 * A freed stack is kept for the next thread of the same CPU (two of them): making one costs four
 * pages, an address range and, every now and then, a TLB flush everywhere.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/cmpxchg.h"
#include "mm/vmalloc.h"
#include "mm/vmstat.h"

#define CACHED_STACKS 2

/* Slots are exchanged atomically: a task may be moved to another CPU between look and take. */
static DEFINE_PER_CPU(void *, cached_stacks[CACHED_STACKS]);

/* Sleeps.  The contents are those of an earlier stack, or zero. */
void *alloc_kernel_stack(void)
{
	void **slot = per_cpu_ptr(&cached_stacks[0], raw_smp_processor_id());
	void *stack;
	int i;

	for (i = 0; i < CACHED_STACKS; i++) {
		if (!READ_ONCE(slot[i]))
			continue;
		stack = xchg(&slot[i], NULL);
		if (stack)
			return stack;
	}
	stack = __vmalloc(KERNEL_STACK_SIZE, GFP_KERNEL | __GFP_ZERO);
	if (stack)
		mod_page_state(NR_KERNEL_STACK, KERNEL_STACK_SIZE / PAGE_SIZE);
	return stack;
}

static void release_stack(void *stack)
{
	mod_page_state(NR_KERNEL_STACK, -(long)(KERNEL_STACK_SIZE / PAGE_SIZE));
	vfree(stack);
}

/* Give the stacks kept on all CPUs back.  Sleeps. */
void drain_kernel_stacks(void)
{
	unsigned int cpu;
	int i;

	for_each_possible_cpu(cpu) {
		void **slot = per_cpu_ptr(&cached_stacks[0], cpu);

		for (i = 0; i < CACHED_STACKS; i++) {
			void *stack = xchg(&slot[i], NULL);

			if (stack)
				release_stack(stack);
		}
	}
}

void free_kernel_stack(void *stack)
{
	void **slot = per_cpu_ptr(&cached_stacks[0], raw_smp_processor_id());
	int i;

	if (!stack)
		return;
	for (i = 0; i < CACHED_STACKS; i++) {
		if (!READ_ONCE(slot[i]) && cmpxchg(&slot[i], NULL, stack) == NULL)
			return;
	}
	release_stack(stack);
}
