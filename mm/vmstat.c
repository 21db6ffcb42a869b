// SPDX-License-Identifier: MIT
/*
 * Memory statistics: per-CPU differences folded into global counters.
 *
 * The difference is changed with interrupts off, because pages end their writeback in interrupts.
 * Only its own CPU changes a difference; the snapshot reads the others' without a lock.
 */
#include "kernel/lib/types.h"
#include "kernel/lib/kernel.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/irqflags.h"
#include "mm/vmstat.h"

#define FOLD_AT	32

atomic_long_t vm_stat[NR_VM_STAT_ITEMS];

struct vm_stat_diff {
	int diff[NR_VM_STAT_ITEMS];
};

static DEFINE_PER_CPU(struct vm_stat_diff, vm_stat_diff);

void mod_page_state(enum node_stat_item item, long delta)
{
	unsigned long flags;
	struct vm_stat_diff *d;
	long v;

	local_irq_save(flags);
	d = this_cpu_ptr(&vm_stat_diff);
	v = d->diff[item] + delta;
	if (v > FOLD_AT || v < -FOLD_AT) {
		atomic_long_add(v, &vm_stat[item]);
		v = 0;
	}
	d->diff[item] = v;
	local_irq_restore(flags);
}

unsigned long global_page_state_snapshot(enum node_stat_item item)
{
	long v = atomic_long_read(&vm_stat[item]);
	unsigned int cpu;

	for_each_online_cpu(cpu)
		v += READ_ONCE(per_cpu(vm_stat_diff, cpu).diff[item]);
	return v < 0 ? 0 : v;
}

static const char *const vmstat_names[NR_VM_STAT_ITEMS] = {
	[NR_FILE_PAGES] = "nr_file_pages",
	[NR_SHMEM] = "nr_shmem",
	[NR_FILE_MAPPED] = "nr_mapped",
	[NR_ANON_MAPPED] = "nr_anon_pages",
	[NR_FILE_DIRTY] = "nr_dirty",
	[NR_WRITEBACK] = "nr_writeback",
	[NR_DIRTIED] = "nr_dirtied",
	[NR_WRITTEN] = "nr_written",
	[NR_SLAB_RECLAIMABLE] = "nr_slab_reclaimable",
	[NR_SLAB_UNRECLAIMABLE] = "nr_slab_unreclaimable",
	[NR_KERNEL_STACK] = "nr_kernel_stack",
	[NR_PAGETABLE] = "nr_page_table_pages",
	[NR_VMSCAN_WRITE] = "nr_vmscan_write",
	[PGPGIN] = "pgpgin",
	[PGMAJFAULT] = "pgmajfault",
	[PGFAULT] = "pgfault",
	[PGSCAN] = "pgscan",
	[PGSTEAL] = "pgsteal",
	[PGACTIVATE] = "pgactivate",
	[KSWAPD_WAKE] = "kswapd_wake",
	[ALLOCSTALL] = "allocstall",
	[DIRTY_THROTTLED] = "dirty_throttled",
};

const char *vmstat_name(enum node_stat_item item)
{
	return item < NR_VM_STAT_ITEMS ? vmstat_names[item] : NULL;
}
