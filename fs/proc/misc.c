// SPDX-License-Identifier: MIT
/* /proc/filesystems, meminfo, uptime and version, in Linux's formats. */
#include "fs/block_dev.h"
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/utsname.h"
#include "kernel/task/sched.h"
#include "kernel/x86/cpumask.h"
#include "kernel/x86/time.h"
#include "mm/gfp.h"
#include "mm/page.h"
#include "mm/swap.h"
#include "mm/vmstat.h"

static void show_type(const struct file_system_type *type, void *arg)
{
	seq_printf(arg, "%s\t%s\n", type->fs_flags & FS_REQUIRES_DEV ? "" : "nodev", type->name);
}

static int filesystems_show(struct seq_file *m, void *v)
{
	for_each_filesystem(show_type, m);
	return 0;
}

static void show_kib(struct seq_file *m, const char *name, unsigned long pages)
{
	seq_printf(m, "%-16s%8lu kB\n", name, pages << (PAGE_SHIFT - 10));
}

/* What programs may still get without anything being swapped: free, and the part of the cache that can go. */
static unsigned long available_pages(unsigned long free, unsigned long cached, unsigned long slab)
{
	unsigned long low = zone_watermark(WMARK_LOW), reserve = zone_watermark(WMARK_HIGH);

	free = free > reserve ? free - reserve : 0;
	return free + cached - min(cached / 2, low) + slab - min(slab / 2, low);
}

static int meminfo_show(struct seq_file *m, void *v)
{
	unsigned long cached = global_page_state_snapshot(NR_FILE_PAGES), free = nr_free_pages();
	unsigned long reclaimable = global_page_state_snapshot(NR_SLAB_RECLAIMABLE);
	unsigned long buffers = min(nr_blockdev_pages(), cached);
	unsigned long unreclaimable = global_page_state_snapshot(NR_SLAB_UNRECLAIMABLE), shmem = global_page_state(NR_SHMEM);

	show_kib(m, "MemTotal:", totalram_pages());
	show_kib(m, "MemFree:", free);
	show_kib(m, "MemAvailable:", available_pages(free, cached - min(cached, shmem), reclaimable));
	show_kib(m, "Buffers:", buffers);
	show_kib(m, "Cached:", cached - buffers);
	show_kib(m, "SwapCached:", 0);
	show_kib(m, "Active:", lru_size(LRU_ACTIVE_ANON) + lru_size(LRU_ACTIVE_FILE));
	show_kib(m, "Inactive:", lru_size(LRU_INACTIVE_ANON) + lru_size(LRU_INACTIVE_FILE));
	show_kib(m, "Active(anon):", lru_size(LRU_ACTIVE_ANON));
	show_kib(m, "Inactive(anon):", lru_size(LRU_INACTIVE_ANON));
	show_kib(m, "Active(file):", lru_size(LRU_ACTIVE_FILE));
	show_kib(m, "Inactive(file):", lru_size(LRU_INACTIVE_FILE));
	show_kib(m, "Unevictable:", lru_size(LRU_UNEVICTABLE));
	show_kib(m, "SwapTotal:", 0);
	show_kib(m, "SwapFree:", 0);
	show_kib(m, "Dirty:", global_page_state_snapshot(NR_FILE_DIRTY));
	show_kib(m, "Writeback:", global_page_state_snapshot(NR_WRITEBACK));
	show_kib(m, "AnonPages:", global_page_state_snapshot(NR_ANON_MAPPED));
	show_kib(m, "Mapped:", global_page_state_snapshot(NR_FILE_MAPPED));
	show_kib(m, "Shmem:", shmem);
	show_kib(m, "KReclaimable:", reclaimable);
	show_kib(m, "Slab:", reclaimable + unreclaimable);
	show_kib(m, "SReclaimable:", reclaimable);
	show_kib(m, "SUnreclaim:", unreclaimable);
	show_kib(m, "KernelStack:", global_page_state_snapshot(NR_KERNEL_STACK));
	show_kib(m, "PageTables:", global_page_state_snapshot(NR_PAGETABLE));
	seq_puts(m, "HugePages_Total:       0\nHugePages_Free:        0\nHugePages_Rsvd:        0\nHugePages_Surp:        0\n");
	seq_puts(m, "Hugepagesize:       2048 kB\nHugetlb:               0 kB\n");
	return 0;
}

static int uptime_show(struct seq_file *m, void *v)
{
	u64 up = ktime_get_ns() / (NSEC_PER_SEC / 100), idle = 0;
	struct cpu_times times;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		get_cpu_times(cpu, &times);
		idle += times.idle;
	}
	idle /= NSEC_PER_SEC / 100;
	seq_printf(m, "%llu.%02llu %llu.%02llu\n", up / 100, up % 100, idle / 100, idle % 100);
	return 0;
}

static int version_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s version %s %s\n", UTS_SYSNAME, UTS_RELEASE, UTS_VERSION);
	return 0;
}

static int proc_misc_init(void)
{
	bool ok = proc_create_single("filesystems", S_IRUGO, NULL, filesystems_show, NULL);

	ok = proc_create_single("meminfo", S_IRUGO, NULL, meminfo_show, NULL) && ok;
	ok = proc_create_single("uptime", S_IRUGO, NULL, uptime_show, NULL) && ok;
	ok = proc_create_single("version", S_IRUGO, NULL, version_show, NULL) && ok;
	return ok ? 0 : -ENOMEM;
}
late_initcall(proc_misc_init);
