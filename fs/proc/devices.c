// SPDX-License-Identifier: MIT
/* /proc/partitions and diskstats: the disks there are and what they did; swaps, of which there are none; the command line; vmstat. */
#include "drivers/block/blkdev.h"
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lib/string.h"
#include "kernel/x86/time.h"
#include "mm/page.h"
#include "mm/vmstat.h"

static int show_partition(struct gendisk *disk, void *m)
{
	seq_printf(m, "%4u  %7u %10llu %s\n", MAJOR(disk_devt(disk)), MINOR(disk_devt(disk)), (unsigned long long)get_capacity(disk) >> 1,
		   disk->disk_name);
	return 0;
}

static int partitions_show(struct seq_file *m, void *v)
{
	seq_puts(m, "major minor  #blocks  name\n\n");
	return for_each_disk(show_partition, m);
}

/* Requests, merges, sectors and ms for reads, writes and (behind what is in flight) discards and flushes. */
static int show_disk(struct gendisk *disk, void *m)
{
	struct disk_stats s;
	s64 in_flight;
	u64 ms;

	disk_stats_sum(disk, &s);
	in_flight = s.in_flight[0] + s.in_flight[1];
	ms = (s.nsecs[STAT_READ] + s.nsecs[STAT_WRITE] + s.nsecs[STAT_DISCARD] + s.nsecs[STAT_FLUSH]) / NSEC_PER_MSEC;
	seq_printf(m, "%4u %7u %s", MAJOR(disk_devt(disk)), MINOR(disk_devt(disk)), disk->disk_name);
	for (int g = STAT_READ; g <= STAT_WRITE; g++)
		seq_printf(m, " %llu %llu %llu %llu", s.ios[g], s.merges[g], s.sectors[g], s.nsecs[g] / NSEC_PER_MSEC);
	/* How long the disk was busy at all is not measured; the sum of the requests' times is told for both. */
	seq_printf(m, " %lld %llu %llu", in_flight > 0 ? in_flight : 0, ms, ms);
	seq_printf(m, " %llu %llu %llu %llu", s.ios[STAT_DISCARD], s.merges[STAT_DISCARD], s.sectors[STAT_DISCARD],
		   s.nsecs[STAT_DISCARD] / NSEC_PER_MSEC);
	seq_printf(m, " %llu %llu\n", s.ios[STAT_FLUSH], s.nsecs[STAT_FLUSH] / NSEC_PER_MSEC);
	return 0;
}

static int diskstats_show(struct seq_file *m, void *v)
{
	return for_each_disk(show_disk, m);
}

static int swaps_show(struct seq_file *m, void *v)
{
	seq_puts(m, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

static int cmdline_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s\n", cmdline());
	return 0;
}

static int vmstat_show(struct seq_file *m, void *v)
{
	static const struct {
		const char *name;
		enum node_stat_item item;
	} items[] = {
		{ "nr_anon_pages", NR_ANON_MAPPED }, { "nr_mapped", NR_FILE_MAPPED }, { "nr_file_pages", NR_FILE_PAGES },
		{ "nr_dirty", NR_FILE_DIRTY }, { "nr_writeback", NR_WRITEBACK }, { "nr_slab_reclaimable", NR_SLAB_RECLAIMABLE },
		{ "nr_slab_unreclaimable", NR_SLAB_UNRECLAIMABLE }, { "nr_page_table_pages", NR_PAGETABLE },
		{ "nr_dirtied", NR_DIRTIED }, { "nr_written", NR_WRITTEN }, { "pgfault", PGFAULT }, { "pgmajfault", PGMAJFAULT },
		{ "pgactivate", PGACTIVATE }, { "allocstall_normal", ALLOCSTALL },
	};

	seq_printf(m, "nr_free_pages %lu\n", nr_free_pages());
	for (unsigned int i = 0; i < ARRAY_SIZE(items); i++)
		seq_printf(m, "%s %lu\n", items[i].name, global_page_state_snapshot(items[i].item));
	seq_puts(m, "pswpin 0\npswpout 0\n");
	return 0;
}

static int proc_devices_init(void)
{
	bool ok = proc_create_single("partitions", S_IRUGO, NULL, partitions_show, NULL);

	ok = proc_create_single("diskstats", S_IRUGO, NULL, diskstats_show, NULL) && ok;
	ok = proc_create_single("swaps", S_IRUGO, NULL, swaps_show, NULL) && ok;
	ok = proc_create_single("cmdline", S_IRUGO, NULL, cmdline_show, NULL) && ok;
	ok = proc_create_single("vmstat", S_IRUGO, NULL, vmstat_show, NULL) && ok;
	return ok ? 0 : -ENOMEM;
}
late_initcall(proc_devices_init);
