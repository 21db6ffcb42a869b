// SPDX-License-Identifier: MIT
/* Sets of processors as text, in the two forms that programs read: "3" or "f,ffffffff", and "0-3,7". */
#include "fs/proc/internal.h"
#include "kernel/x86/smp.h"

/* Groups of 32 CPUs in hexadecimal, the highest first. */
void proc_show_cpumask(struct seq_file *m, const cpumask_t *mask)
{
	for (int word = (nr_cpu_ids - 1) / 32; word >= 0; word--) {
		unsigned int cpus = min(nr_cpu_ids - word * 32, 32u), bits = 0;

		for (unsigned int i = 0; i < cpus; i++)
			bits |= (unsigned int)!!cpumask_test_cpu(word * 32 + i, mask) << i;
		seq_printf(m, "%0*x%s", (int)(cpus + 3) / 4, bits, word ? "," : "\n");
	}
}

void proc_show_cpulist(struct seq_file *m, const cpumask_t *mask)
{
	const char *comma = "";

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		unsigned int last = cpu;

		if (!cpumask_test_cpu(cpu, mask))
			continue;
		while (last + 1 < nr_cpu_ids && cpumask_test_cpu(last + 1, mask))
			last++;
		seq_printf(m, last > cpu ? "%s%u-%u" : "%s%u", comma, cpu, last);
		comma = ",";
		cpu = last;
	}
	seq_putc(m, '\n');
}
