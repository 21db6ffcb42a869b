// SPDX-License-Identifier: MIT
/*
 * /sys/devices/system/cpu: which processors there are, their place in the machine, and their caches, as programs that
 * bind to processors or size their buffers look them up. All of it is what CPUID says (leaves 4 or its AMD
 * relatives, and 0BH), read when a file is read; nothing here changes after boot.
 */
#include "fs/proc/internal.h"
#include "kernel/lib/init.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/cpumask.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/smp.h"
#include "mm/slab.h"

/* m->private of the files: the processor, and for a cache its place in CPUID's list. */
#define MAKE_ID(cpu, index) ((void *)((unsigned long)(cpu) << 8 | (index)))
#define ID_CPU(m)	    ((unsigned int)((unsigned long)(m)->private >> 8))
#define ID_INDEX(m)	    ((unsigned int)((unsigned long)(m)->private & 0xff))

#define MAX_CACHES 8

struct cache_info {
	unsigned int type; /* 0: none, 1 data, 2 instruction, 3 unified */
	unsigned int level, line, partitions, ways, sets;
	unsigned int share_bits; /* processors whose APIC ids agree above these bits share it */
};

static unsigned int order_of(unsigned int n)
{
	unsigned int bits = 0;

	while (1u << bits < n)
		bits++;
	return bits;
}

static u32 highest_leaf(u32 range)
{
	u32 a, b, c, d;

	cpuid(range, &a, &b, &c, &d);
	return a;
}

/* Leaf 4, or AMD's 8000001DH of the same form. */
static struct cache_info described_cache(u32 leaf, unsigned int index)
{
	u32 a, b, c, d;

	if (highest_leaf(leaf & 0x80000000) < leaf)
		return (struct cache_info){ 0 };
	cpuid_count(leaf, index, &a, &b, &c, &d);
	return (struct cache_info){
		.type = a & 31,
		.level = a >> 5 & 7,
		.share_bits = order_of((a >> 14 & 0xfff) + 1),
		.line = (b & 0xfff) + 1,
		.partitions = (b >> 12 & 0x3ff) + 1,
		.ways = (b >> 22) + 1,
		.sets = c + 1,
	};
}

static struct cache_info plain_cache(unsigned int type, unsigned int level, unsigned int kib, unsigned int ways,
				     unsigned int line)
{
	struct cache_info c = { .type = type, .level = level, .line = line, .partitions = 1, .ways = ways };

	if (!kib || !ways || !line)
		return (struct cache_info){ 0 };
	c.sets = kib * 1024 / (ways * line);
	c.share_bits = level < 3 ? 0 : 31; /* ALL_BITS: the last level is everybody's */
	return c;
}

/* AMD's older leaves 80000005H and 80000006H: one register for each cache. */
static struct cache_info amd_cache(unsigned int index)
{
	static const u8 ways[16] = { 0, 1, 2, 3, 4, 6, 8, 0, 16, 0, 32, 48, 64, 96, 128, 0 };
	u32 a, b, l1d, l1i, l2, l3;

	if (index > 3 || highest_leaf(0x80000000) < 0x80000006)
		return (struct cache_info){ 0 };
	cpuid(0x80000005, &a, &b, &l1d, &l1i);
	cpuid(0x80000006, &a, &b, &l2, &l3);
	switch (index) {
	case 0:
		return plain_cache(1, 1, l1d >> 24, l1d >> 16 & 0xff, l1d & 0xff);
	case 1:
		return plain_cache(2, 1, l1i >> 24, l1i >> 16 & 0xff, l1i & 0xff);
	case 2:
		return plain_cache(3, 2, l2 >> 16, ways[l2 >> 12 & 15], l2 & 0xff);
	default:
		return plain_cache(3, 3, (l3 >> 18) * 512, ways[l3 >> 12 & 15], l3 & 0xff);
	}
}

static struct cache_info cache_info(unsigned int index)
{
	if (described_cache(4, 0).type)
		return described_cache(4, index);
	if (described_cache(0x8000001d, 0).type)
		return described_cache(0x8000001d, index);
	return amd_cache(index);
}

/* Bits of the APIC id that tell threads of a core (level 0) or cores of a package (1) apart. */
static unsigned int topology_bits(unsigned int level)
{
	u32 a, b, c, d;

	cpuid(0, &a, &b, &c, &d);
	if (a < 0xb)
		return level ? 8 : 0;
	cpuid_count(0xb, level, &a, &b, &c, &d);
	return b ? a & 31 : level ? 8 : 0;
}

/* The processors whose APIC ids agree with @cpu's above the lowest @bits: all for ALL_BITS. */
#define ALL_BITS 31

static cpumask_t alike(unsigned int cpu, unsigned int bits)
{
	cpumask_t mask;

	cpumask_clear(&mask);
	for (unsigned int i = 0; i < nr_cpu_ids; i++) {
		if (cpu_apic_id[i] >> bits == cpu_apic_id[cpu] >> bits)
			cpumask_set_cpu(i, &mask);
	}
	return mask;
}

static void show_list(struct seq_file *m, unsigned int cpu, unsigned int bits)
{
	cpumask_t mask = alike(cpu, bits);

	proc_show_cpulist(m, &mask);
}

static void show_map(struct seq_file *m, unsigned int cpu, unsigned int bits)
{
	cpumask_t mask = alike(cpu, bits);

	proc_show_cpumask(m, &mask);
}

static int show_all(struct seq_file *m, void *v)
{
	show_list(m, 0, ALL_BITS);
	return 0;
}

static int show_kernel_max(struct seq_file *m, void *v)
{
	seq_printf(m, "%d\n", NR_CPUS - 1);
	return 0;
}

static int show_nothing(struct seq_file *m, void *v)
{
	seq_putc(m, '\n'); /* an empty list */
	return 0;
}

/* ---- cpuN/topology ---- */

static int show_core_id(struct seq_file *m, void *v)
{
	unsigned int smt = topology_bits(0), core = topology_bits(1);

	seq_printf(m, "%u\n", (cpu_apic_id[ID_CPU(m)] & ((1u << core) - 1)) >> smt);
	return 0;
}

static int show_package_id(struct seq_file *m, void *v)
{
	seq_printf(m, "%u\n", cpu_apic_id[ID_CPU(m)] >> topology_bits(1));
	return 0;
}

static int show_thread_siblings(struct seq_file *m, void *v)
{
	show_map(m, ID_CPU(m), topology_bits(0));
	return 0;
}

static int show_thread_list(struct seq_file *m, void *v)
{
	show_list(m, ID_CPU(m), topology_bits(0));
	return 0;
}

static int show_core_siblings(struct seq_file *m, void *v)
{
	show_map(m, ID_CPU(m), topology_bits(1));
	return 0;
}

static int show_core_list(struct seq_file *m, void *v)
{
	show_list(m, ID_CPU(m), topology_bits(1));
	return 0;
}

/* ---- cpuN/cache/indexM ---- */

static int show_level(struct seq_file *m, void *v)
{
	seq_printf(m, "%u\n", cache_info(ID_INDEX(m)).level);
	return 0;
}

static int show_type(struct seq_file *m, void *v)
{
	static const char *const names[] = { "None", "Data", "Instruction", "Unified" };

	seq_printf(m, "%s\n", names[cache_info(ID_INDEX(m)).type & 3]);
	return 0;
}

static int show_size(struct seq_file *m, void *v)
{
	struct cache_info c = cache_info(ID_INDEX(m));

	seq_printf(m, "%luK\n", (unsigned long)c.line * c.partitions * c.ways * c.sets / 1024);
	return 0;
}

static int show_line(struct seq_file *m, void *v)
{
	seq_printf(m, "%u\n", cache_info(ID_INDEX(m)).line);
	return 0;
}

static int show_partitions(struct seq_file *m, void *v)
{
	seq_printf(m, "%u\n", cache_info(ID_INDEX(m)).partitions);
	return 0;
}

static int show_ways(struct seq_file *m, void *v)
{
	seq_printf(m, "%u\n", cache_info(ID_INDEX(m)).ways);
	return 0;
}

static int show_sets(struct seq_file *m, void *v)
{
	seq_printf(m, "%u\n", cache_info(ID_INDEX(m)).sets);
	return 0;
}

static int show_shared_list(struct seq_file *m, void *v)
{
	show_list(m, ID_CPU(m), cache_info(ID_INDEX(m)).share_bits);
	return 0;
}

static int show_shared_map(struct seq_file *m, void *v)
{
	show_map(m, ID_CPU(m), cache_info(ID_INDEX(m)).share_bits);
	return 0;
}

/* ---- registering ---- */

struct text {
	const char *name;
	int (*show)(struct seq_file *m, void *v);
};

static const struct text system_files[] = {
	{ "online", show_all },	       { "possible", show_all },   { "present", show_all },
	{ "kernel_max", show_kernel_max }, { "offline", show_nothing }, { "isolated", show_nothing },
};

static const struct text topology_files[] = {
	{ "core_id", show_core_id },
	{ "physical_package_id", show_package_id },
	{ "thread_siblings", show_thread_siblings },
	{ "thread_siblings_list", show_thread_list },
	{ "core_cpus", show_thread_siblings },
	{ "core_cpus_list", show_thread_list },
	{ "core_siblings", show_core_siblings },
	{ "core_siblings_list", show_core_list },
	{ "package_cpus", show_core_siblings },
	{ "package_cpus_list", show_core_list },
};

static const struct text cache_files[] = {
	{ "level", show_level },
	{ "type", show_type },
	{ "size", show_size },
	{ "coherency_line_size", show_line },
	{ "physical_line_partition", show_partitions },
	{ "ways_of_associativity", show_ways },
	{ "number_of_sets", show_sets },
	{ "shared_cpu_list", show_shared_list },
	{ "shared_cpu_map", show_shared_map },
};

static int add_files(struct proc_dir_entry *dir, const struct text *files, unsigned int count, void *id)
{
	if (!dir)
		return -ENOMEM;
	for (unsigned int i = 0; i < count; i++) {
		if (!proc_create_single(files[i].name, S_IRUGO, dir, files[i].show, id))
			return -ENOMEM;
	}
	return 0;
}

/* A directory whose name ends in a number; names are kept by their entries for ever. */
static struct proc_dir_entry *numbered_dir(const char *name, unsigned int number, struct proc_dir_entry *parent)
{
	char *full = parent ? kmalloc(16, GFP_KERNEL) : NULL;
	struct proc_dir_entry *dir;

	if (!full)
		return NULL;
	snprintf(full, 16, "%s%u", name, number);
	dir = proc_mkdir(full, parent);
	if (!dir)
		kfree(full);
	return dir;
}

static int add_cpu(struct proc_dir_entry *system, unsigned int cpu)
{
	struct proc_dir_entry *dir = numbered_dir("cpu", cpu, system), *caches;
	int err;

	if (!dir)
		return -ENOMEM;
	err = add_files(proc_mkdir("topology", dir), topology_files, ARRAY_SIZE(topology_files), MAKE_ID(cpu, 0));
	caches = proc_mkdir("cache", dir);
	for (unsigned int i = 0; !err && i < MAX_CACHES && cache_info(i).type; i++)
		err = add_files(numbered_dir("index", i, caches), cache_files, ARRAY_SIZE(cache_files), MAKE_ID(cpu, i));
	return err;
}

static int sys_cpu_init(void)
{
	struct proc_dir_entry *devices = proc_mkdir("devices", &sysfs_root), *system, *cpu;
	int err;

	system = devices ? proc_mkdir("system", devices) : NULL;
	cpu = system ? proc_mkdir("cpu", system) : NULL;
	err = add_files(cpu, system_files, ARRAY_SIZE(system_files), NULL);
	for (unsigned int i = 0; !err && i < nr_cpu_ids; i++)
		err = add_cpu(cpu, i);
	return err;
}
late_initcall(sys_cpu_init);
