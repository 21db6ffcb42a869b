// SPDX-License-Identifier: MIT
/*
 * Starting the other CPUs.
 *
 * Every CPU gets INIT and the start-up command at once and finds its own stack
 * and number (trampoline.S).  All it needs is prepared before: idle task, per-CPU
 * area, special stacks.  A CPU sets its online bit as its last step before the
 * idle loop, so whoever sees the bit sees a CPU that takes interrupts soon.
 */
#include "kernel/x86/smp.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/lockdep.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "kernel/x86/apic.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/setup.h"
#include "kernel/x86/smp_internal.h"
#include "kernel/x86/time.h"
#include "kernel/x86/tlbflush.h"

#define START_TIMEOUT_MS	1000

extern char trampoline_start[], trampoline_end[];
DECLARE_PER_CPU(unsigned long, cpu_stack_top);

unsigned long secondary_stack[NR_CPUS];

static void prepare_cpu(unsigned int cpu)
{
	struct task_struct *idle = idle_task_for((int)cpu);

	per_cpu(current_task, cpu) = idle;
	secondary_stack[cpu] = (unsigned long)idle->stack + THREAD_SIZE;
	per_cpu(cpu_stack_top, cpu) = secondary_stack[cpu];
}

static void start_cpu(unsigned int cpu)
{
	apic_send(cpu_apic_id[cpu], APIC_DM_INIT | APIC_ICR_LEVEL | APIC_ICR_ASSERT);
	apic_send(cpu_apic_id[cpu], APIC_DM_INIT | APIC_ICR_LEVEL);
}

/* An emulated CPU is ready at once; an old real one wants 10 ms after INIT. */
static void start_all(const struct cpumask *mask)
{
	unsigned int cpu;

	for_each_cpu(cpu, mask)
		start_cpu(cpu);
	if (!cpu_features.hypervisor)
		mdelay(10);
	for (int i = 0; i < 2; i++) {
		for_each_cpu(cpu, mask)
			if (!cpu_online(cpu))
				apic_send(cpu_apic_id[cpu],
					  APIC_DM_STARTUP | TRAMPOLINE_PHYS >> PAGE_SHIFT);
		if (cpu_features.hypervisor)
			return;
		udelay(200);
	}
}

static bool wait_online(const struct cpumask *mask)
{
	u64 give_up = ktime_get_ns() + START_TIMEOUT_MS * NSEC_PER_MSEC;

	while (!cpumask_subset(mask, cpu_online_mask)) {
		if (ktime_get_ns() > give_up)
			return false;
		cpu_relax();
	}
	return true;
}

unsigned int smp_init(void)
{
	struct cpumask mask = { { 0 } };
	unsigned int cpu;

	smp_call_init();
	for_each_possible_cpu(cpu) {
		if (!cpu)
			continue;
		prepare_cpu(cpu);
		__cpumask_set_cpu(cpu, &mask);
	}
	if (!cpumask_empty(&mask)) {
		memcpy(__va(TRAMPOLINE_PHYS), trampoline_start,
		       (size_t)(trampoline_end - trampoline_start));
		start_all(&mask);
		/* a start-up command may be lost on a busy host: once more for the rest */
		if (!wait_online(&mask)) {
			start_all(&mask);
			if (!wait_online(&mask))
				pr_err("smp: only %u of %u CPUs started\n", num_online_cpus(),
				       num_possible_cpus());
		}
	}
	drop_identity_map();
	flush_tlb_all();
	for_each_online_cpu(cpu)
		if (cpu)
			sched_cpu_online((int)cpu);
	return num_online_cpus();
}

void x86_start_secondary(void)
{
	held_switch(&current->held);
	cpu_init_control();
	cpu_init_tables();
	apic_init_cpu();
	clock_init_secondary();
	cpumask_set_cpu(smp_processor_id(), &__cpu_online_mask);
	cpu_startup_entry();
}
