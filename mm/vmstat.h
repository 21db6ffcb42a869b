/* SPDX-License-Identifier: MIT */
/*
 * Memory statistics.  Each CPU collects small differences and folds them into the global counter
 * when they grow, so that counting a page touches no shared cache line; a global value is off by
 * at most the fold threshold for each CPU.  Exact enough for thresholds, and never used for more.
 */
#ifndef MM_VMSTAT_H
#define MM_VMSTAT_H

#include "kernel/lib/types.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/percpu.h"

enum node_stat_item {
	NR_FILE_PAGES,		/* pages in the page cache */
	NR_SHMEM,		/* of these, with no file behind them: tmpfs and shared memory */
	NR_FILE_MAPPED,		/* of these, mapped by a process */
	NR_ANON_MAPPED,
	NR_FILE_DIRTY,
	NR_WRITEBACK,
	NR_DIRTIED,		/* ever */
	NR_WRITTEN,		/* ever */
	NR_SLAB_RECLAIMABLE,
	NR_SLAB_UNRECLAIMABLE,
	NR_KERNEL_STACK,
	NR_PAGETABLE,
	NR_VMSCAN_WRITE,	/* pages reclaim wrote itself */
	PGPGIN,			/* pages read for the page cache */
	PGMAJFAULT,
	PGFAULT,
	PGSCAN,			/* pages looked at by reclaim */
	PGSTEAL,		/* pages it freed */
	PGACTIVATE,
	KSWAPD_WAKE,
	ALLOCSTALL,		/* direct reclaims */
	DIRTY_THROTTLED,	/* times a writer was put to sleep */
	NR_VM_STAT_ITEMS,
};

extern atomic_long_t vm_stat[NR_VM_STAT_ITEMS];

/* What a CPU has counted and not folded yet; only it changes that, with single instructions, since pages end their writeback in interrupts. */
DECLARE_PER_CPU(int [NR_VM_STAT_ITEMS], vm_stat_diff);
#define VM_STAT_FOLD_AT 32
/* Moves this CPU's difference into the global counter. */
void fold_page_state(enum node_stat_item item);

/* Any context. */
static inline void mod_page_state(enum node_stat_item item, int delta)
{
	int v = this_cpu_add_return(vm_stat_diff[item], delta);

	if (unlikely(v > VM_STAT_FOLD_AT || v < -VM_STAT_FOLD_AT))
		fold_page_state(item);
}

static inline void inc_page_state(enum node_stat_item item)
{
	mod_page_state(item, 1);
}

static inline void dec_page_state(enum node_stat_item item)
{
	mod_page_state(item, -1);
}

/* Approximate, never negative. */
static inline unsigned long global_page_state(enum node_stat_item item)
{
	long v = atomic_long_read(&vm_stat[item]);

	return v < 0 ? 0 : v;
}

/* Including what the CPUs still hold: exact when nothing changes meanwhile. */
unsigned long global_page_state_snapshot(enum node_stat_item item);
const char *vmstat_name(enum node_stat_item item);

#endif
