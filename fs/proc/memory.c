// SPDX-License-Identifier: MIT
/*
 * /proc/buddyinfo, zoneinfo and slabinfo: how memory is laid out, in Linux's formats. There is one node with one zone. The numbers of a
 * line are read under the lock that guards them (the zone's, the caches'); pages in the CPUs' own lists are not in buddyinfo.
 */
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "mm/internal.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/vmstat.h"

static int buddyinfo_show(struct seq_file *m, void *v)
{
	unsigned long nr_free[MAX_ORDER], flags;

	spin_lock_irqsave(&the_zone.lock, flags);
	for (int order = 0; order < MAX_ORDER; order++)
		nr_free[order] = the_zone.area[order].nr_free;
	spin_unlock_irqrestore(&the_zone.lock, flags);
	seq_printf(m, "Node %d, zone %8s ", 0, "Normal");
	for (int order = 0; order < MAX_ORDER; order++)
		seq_printf(m, "%6lu ", nr_free[order]);
	seq_putc(m, '\n');
	return 0;
}

static int zoneinfo_show(struct seq_file *m, void *v)
{
	seq_printf(m, "Node %d, zone %8s\n", 0, "Normal");
	seq_printf(m, "  pages free     %lu\n        min      %lu\n        low      %lu\n        high     %lu\n", nr_free_pages(),
		   the_zone.wmark_min, the_zone.wmark_low, the_zone.wmark_high);
	seq_printf(m, "        spanned  %lu\n        present  %lu\n        managed  %lu\n", the_zone.managed_pages, the_zone.managed_pages,
		   the_zone.managed_pages);
	for (int item = 0; item < NR_VM_STAT_ITEMS; item++)
		seq_printf(m, "      %-12s %lu\n", vmstat_name(item), global_page_state_snapshot(item));
	return 0;
}

/* A cache tells how many objects are handed out and how many pages it has; the rest follows from that. */
static void show_cache(const char *name, unsigned int size, unsigned long objects, unsigned long pages, void *arg)
{
	unsigned long room = size ? (pages << PAGE_SHIFT) / size : 0, slabs = pages;

	room = max(room, objects);
	seq_printf(arg, "%-17s %6lu %6lu %6u %4lu %4u : tunables %4u %4u %4u : slabdata %6lu %6lu %6u\n", name, objects, room, size,
		   max(PAGE_SIZE / max(size, 1u), 1UL), 1, 0, 0, 0, slabs, slabs, 0);
}

static int slabinfo_show(struct seq_file *m, void *v)
{
	seq_puts(m, "slabinfo - version: 2.1\n");
	seq_puts(m, "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
		    " : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	kmem_cache_for_each(show_cache, m);
	return 0;
}

static int proc_memory_init(void)
{
	bool ok = proc_create_single("buddyinfo", S_IRUGO, NULL, buddyinfo_show, NULL);

	ok = proc_create_single("zoneinfo", S_IRUGO, NULL, zoneinfo_show, NULL) && ok;
	ok = proc_create_single("slabinfo", S_IRUSR, NULL, slabinfo_show, NULL) && ok;
	return ok ? 0 : -ENOMEM;
}
late_initcall(proc_memory_init);
