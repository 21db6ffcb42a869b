// SPDX-License-Identifier: MIT
/*
 * /proc/stat, loadavg and interrupts: what the CPUs have done since boot.
 *
 * A CPU's time is divided as it is for tasks (kernel/task/cputime.h): in programs, in the kernel on behalf of tasks, and the rest, idle.
 * Nice time, steal time and so on are not told apart: 0.
 */
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "kernel/x86/cpumask.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/time.h"

#define TICK_NS (NSEC_PER_SEC / 100)

static void show_times(struct seq_file *m, const struct cpu_times *t)
{
	seq_printf(m, " %llu 0 %llu %llu 0 0 0 0 0 0\n", t->user / TICK_NS, t->system / TICK_NS, t->idle / TICK_NS);
}

static void show_cpu_lines(struct seq_file *m)
{
	struct cpu_times sum = { 0 }, one;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		get_cpu_times(cpu, &one);
		sum.user += one.user;
		sum.system += one.system;
		sum.idle += one.idle;
	}
	seq_puts(m, "cpu ");
	show_times(m, &sum);
	for_each_online_cpu(cpu) {
		get_cpu_times(cpu, &one);
		seq_printf(m, "cpu%u", cpu);
		show_times(m, &one);
	}
}

static int stat_show(struct seq_file *m, void *v)
{
	u64 interrupts = 0;
	unsigned int cpu;

	show_cpu_lines(m);
	for (int irq = 0; irq < irq_limit(); irq++)
		interrupts += irq_count(irq);
	for_each_online_cpu(cpu) {
		for (int i = 0; i < NR_IRQ_LOCAL; i++)
			interrupts += irq_local_count(i, cpu);
	}
	seq_printf(m, "intr %llu", interrupts);
	for (int irq = 0; irq < irq_limit(); irq++)
		seq_printf(m, " %llu", irq_count(irq));
	seq_printf(m, "\nctxt %llu\nbtime %lld\nprocesses %lu\nprocs_running %lu\nprocs_blocked %lu\n", nr_context_switches(),
		   (long long)(ktime_get_real_ns() - ktime_get_ns()) / NSEC_PER_SEC, nr_forks(), max(nr_running(), 1UL), nr_iowait());
	return 0;
}

static int loadavg_show(struct seq_file *m, void *v)
{
	unsigned long loads[3], tasks = 0;
	struct task_struct *p;

	get_avenrun(loads, 0);
	for (int i = 0; i < 3; i++) {
		/* Rounded to hundredths; 1 is 2^16. */
		unsigned long hundredths = (loads[i] * 100 + (1 << 15)) >> 16;

		seq_printf(m, "%lu.%02lu ", hundredths / 100, hundredths % 100);
	}
	rcu_read_lock();
	for_each_task_rcu (p)
		tasks++;
	rcu_read_unlock();
	seq_printf(m, "%lu/%lu %d\n", max(nr_running(), 1UL), tasks, last_pid_nr());
	return 0;
}

static const struct {
	const char *name, *text;
} local_irqs[NR_IRQ_LOCAL] = {
	[IRQ_LOCAL_TIMER] = { "LOC", "Local timer interrupts" },
	[IRQ_RESCHEDULE] = { "RES", "Rescheduling interrupts" },
	[IRQ_CALL_FUNCTION] = { "CAL", "Function call interrupts" },
};

static void show_local_irqs(struct seq_file *m)
{
	unsigned int cpu;

	for (int i = 0; i < NR_IRQ_LOCAL; i++) {
		seq_printf(m, "%s:", local_irqs[i].name);
		for_each_online_cpu(cpu)
			seq_printf(m, " %10llu", irq_local_count(i, cpu));
		seq_printf(m, "   %s\n", local_irqs[i].text);
	}
}

static int interrupts_show(struct seq_file *m, void *v)
{
	unsigned int cpu;

	seq_puts(m, "           ");
	for_each_online_cpu(cpu)
		seq_printf(m, "CPU%-8u", cpu);
	seq_putc(m, '\n');
	for (int irq = 0; irq < irq_limit(); irq++) {
		struct irq_info info;

		if (!get_irq_info(irq, &info))
			continue;
		seq_printf(m, "%3d:", irq);
		for_each_online_cpu(cpu)
			seq_printf(m, " %10llu", cpu == info.cpu ? info.count : 0);
		seq_printf(m, "   %s      %s\n", info.wired ? "IO-APIC" : "PCI-MSIX", info.name);
	}
	show_local_irqs(m);
	return 0;
}

static int proc_stat_init(void)
{
	bool ok = proc_create_single("stat", S_IRUGO, NULL, stat_show, NULL);

	ok = proc_create_single("loadavg", S_IRUGO, NULL, loadavg_show, NULL) && ok;
	ok = proc_create_single("interrupts", S_IRUGO, NULL, interrupts_show, NULL) && ok;
	return ok ? 0 : -ENOMEM;
}
late_initcall(proc_stat_init);
