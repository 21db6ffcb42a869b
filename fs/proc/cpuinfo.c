// SPDX-License-Identifier: MIT
/* /proc/cpuinfo: what CPUID says. All CPUs are taken to be alike but for their number. */
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/cpumask.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/time.h"

/* The flags' names by bit, in the order in which Linux lists the words. An empty name is a bit that says nothing. */
static const char leaf1_edx[] = "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - dts acpi mmx fxsr "
				"sse sse2 ss ht tm ia64 pbe";
static const char ext1_edx[] = "- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow";
static const char leaf1_ecx[] = "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 "
				"sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor";
static const char ext1_ecx[] = "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs xop skinit wdt - lwp "
			       "fma4 tce - nodeid_msr - tbm topoext perfctr_core perfctr_nb - bpext ptsc perfctr_llc mwaitx - -";
static const char leaf7_ebx[] = "fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm cqm - mpx rdt_a avx512f avx512dq rdseed "
				"adx smap avx512ifma - clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl";

static void show_flags(struct seq_file *m, const char *names, u32 bits)
{
	for (; *names; bits >>= 1) {
		size_t len = strcspn(names, " ");

		if ((bits & 1) && *names != '-')
			seq_printf(m, " %.*s", (int)len, names);
		names += len + (names[len] == ' ');
	}
}

static void vendor_and_name(u32 *max_leaf, char *vendor, char *name)
{
	u32 *word = (u32 *)vendor, max_ext, b, c, d;

	cpuid(0, max_leaf, &word[0], &word[2], &word[1]);
	vendor[12] = 0;
	cpuid(0x80000000, &max_ext, &b, &c, &d);
	strscpy(name, "unknown", 49);
	if (max_ext >= 0x80000004) {
		word = (u32 *)name;
		for (u32 i = 0; i < 3; i++)
			cpuid(0x80000002 + i, &word[4 * i], &word[4 * i + 1], &word[4 * i + 2], &word[4 * i + 3]);
		name[48] = 0;
	}
}

static void show_cpu(struct seq_file *m, unsigned int cpu)
{
	u32 max_leaf, sig, b1, c1, d1, a, b7 = 0, c, d, bx, cx, dx, family, model, addresses = 0x3024, ax, max_ext;
	char vendor[13] __attribute__((aligned(4))), name[49] __attribute__((aligned(4)));

	vendor_and_name(&max_leaf, vendor, name);
	cpuid(1, &sig, &b1, &c1, &d1);
	if (max_leaf >= 7)
		cpuid_count(7, 0, &a, &b7, &c, &d);
	cpuid(0x80000000, &max_ext, &bx, &cx, &dx);
	if (max_ext >= 0x80000008)
		cpuid(0x80000008, &addresses, &bx, &cx, &dx);
	cpuid(0x80000001, &ax, &bx, &cx, &dx);
	family = (sig >> 8 & 15) + ((sig >> 8 & 15) == 15 ? sig >> 20 & 255 : 0);
	model = (sig >> 4 & 15) | ((sig >> 8 & 15) >= 6 ? sig >> 12 & 0xf0 : 0);
	seq_printf(m, "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\nstepping\t: %u\n", cpu, vendor,
		   family, model, strim(name), sig & 15);
	seq_printf(m, "cpu MHz\t\t: %llu.%03llu\nphysical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\ncpu cores\t: %u\n", tsc_khz / 1000,
		   tsc_khz % 1000, nr_cpu_ids, cpu, nr_cpu_ids);
	seq_printf(m, "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\nflags\t\t:", max_leaf);
	show_flags(m, leaf1_edx, d1);
	show_flags(m, ext1_edx, dx);
	show_flags(m, leaf1_ecx, c1);
	show_flags(m, ext1_ecx, cx);
	show_flags(m, leaf7_ebx, b7);
	/* Linux tells twice the frequency here, as a loop of delays would count it. */
	seq_printf(m, "\nbugs\t\t:\nbogomips\t: %llu.%02llu\nclflush size\t: %u\ncache_alignment\t: 64\n", tsc_khz * 2 / 1000,
		   tsc_khz * 2 / 10 % 100, (b1 >> 8 & 255) * 8);
	seq_printf(m, "address sizes\t: %u bits physical, %u bits virtual\npower management:\n\n", addresses & 255, min(addresses >> 8 & 255, 48u));
}

static void *cpu_at(loff_t pos)
{
	return pos < (loff_t)nr_cpu_ids ? (void *)(unsigned long)(pos + 1) : NULL;
}

static void *cpuinfo_start(struct seq_file *m, loff_t *pos)
{
	return cpu_at(*pos);
}

static void *cpuinfo_next(struct seq_file *m, void *v, loff_t *pos)
{
	return cpu_at(++*pos);
}

static void cpuinfo_stop(struct seq_file *m, void *v)
{
}

static int cpuinfo_show(struct seq_file *m, void *v)
{
	unsigned int cpu = (unsigned long)v - 1;

	if (!cpu_online(cpu))
		return SEQ_SKIP;
	show_cpu(m, cpu);
	return 0;
}

static const struct seq_operations cpuinfo_ops = {
	.start = cpuinfo_start,
	.next = cpuinfo_next,
	.stop = cpuinfo_stop,
	.show = cpuinfo_show,
};

static int cpuinfo_init(void)
{
	return proc_create_seq("cpuinfo", S_IRUGO, NULL, &cpuinfo_ops, NULL) ? 0 : -ENOMEM;
}
late_initcall(cpuinfo_init);
