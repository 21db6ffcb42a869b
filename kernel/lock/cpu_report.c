// SPDX-License-Identifier: MIT
/* What a CPU that does not answer is doing, read from outside as well as that can be done. */
#include "kernel/lock/cpu_report.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/printk.h"

static void show_if_on_cpu(struct task_struct *p, void *arg)
{
	int cpu = *(int *)arg;

	if (!sched_on_cpu(p) || sched_cpu(p) != cpu)
		return;
	pr_err("CPU %d runs task %d (%s)\n", cpu, sched_pid(p), sched_comm(p));
	debug_show_held_locks(p);
	sched_show_stack(p);
}

void cpu_report(unsigned int cpu)
{
	int n = (int)cpu;

	sched_for_each_task(show_if_on_cpu, &n);
}
