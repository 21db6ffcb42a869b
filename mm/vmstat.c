// SPDX-License-Identifier: MIT
/*
 * Memory statistics: per-CPU differences folded into global counters.
 *
 * Only its own CPU changes a difference; the snapshot reads the others' without a lock.
 */
#include "kernel/lib/types.h"
#include "kernel/lib/kernel.h"
#include "kernel/x86/percpu.h"
#include "mm/vmstat.h"

atomic_long_t vm_stat[NR_VM_STAT_ITEMS];

DEFINE_PER_CPU(int [NR_VM_STAT_ITEMS], vm_stat_diff);

/* In one step on whichever CPU this is: what an interrupt adds before it is taken along, and what it adds after it stays. */
void fold_page_state(enum node_stat_item item)
{
	atomic_long_add(this_cpu_xchg(vm_stat_diff[item], 0), &vm_stat[item]);
}

unsigned long global_page_state_snapshot(enum node_stat_item item)
{
	long v = atomic_long_read(&vm_stat[item]);
	unsigned int cpu;

	for_each_online_cpu(cpu)
		v += READ_ONCE(per_cpu(vm_stat_diff, cpu)[item]);
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
