// SPDX-License-Identifier: MIT
/*
 * Getting one CPU ready: what it can do, its control registers, its descriptor
 * tables and the system call entry.
 *
 * cpu_detect() runs once, on the boot CPU, and all CPUs are taken to be alike.
 * The rest runs on each CPU with interrupts off, before it takes part in
 * anything, so nothing here needs a lock.
 */
#include "kernel/lib/kernel.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/desc.h"
#include "kernel/x86/fpu.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/msr.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/thread.h"

struct cpu_features cpu_features;

static DEFINE_PER_CPU(struct cpu_tables, cpu_tables);
/* Program's stack pointer for a few instructions of the system call entry. */
DEFINE_PER_CPU(unsigned long, cpu_entry_scratch);

void entry_syscall_ring0(void);
void entry_syscall_ring3(void);
void entry_syscall_compat(void);

void cpu_detect(void)
{
	struct cpu_features *f = &cpu_features;
	u32 a, b, c, d, max, max_ext;

	cpuid(0, &max, &b, &c, &d);
	cpuid(1, &a, &b, &c, &d);
	f->hwcap = d;
	f->pge = d & BIT(13);
	f->xsave = c & BIT(26);
	f->x2apic = c & BIT(21);
	f->rdrand = c & BIT(30);
	f->hypervisor = c & BIT(31);
	if (max >= 7) {
		cpuid_count(7, 0, &a, &b, &c, &d);
		f->fsgsbase = b & BIT(0);
		f->smep = b & BIT(7);
		f->rdseed = b & BIT(18);
		f->smap = b & BIT(20);
	}
	cpuid(0x80000000, &max_ext, &b, &c, &d);
	cpuid(0x80000001, &a, &b, &c, &d);
	f->nx = d & BIT(20);
	f->gbpages = d & BIT(26);
	if (!(d & BIT(11)))
		panic("cpu: no SYSCALL instruction");
	f->phys_bits = 36;
	if (max_ext >= 0x80000008) {
		cpuid(0x80000008, &a, &b, &c, &d);
		f->phys_bits = a & 0xff;
	}
	if (max_ext >= 0x80000007) {
		cpuid(0x80000007, &a, &b, &c, &d);
		f->tsc_invariant = d & BIT(8);
	}
}

void cpu_init_control(void)
{
	const struct cpu_features *f = &cpu_features;
	unsigned long cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (f->pge)
		cr4 |= CR4_PGE;
	if (f->smep)
		cr4 |= CR4_SMEP;
	if (f->smap)
		cr4 |= CR4_SMAP;
	if (f->fsgsbase)
		cr4 |= CR4_FSGSBASE;
	if (f->xsave)
		cr4 |= CR4_OSXSAVE;
	write_cr4(cr4);
	write_cr0((read_cr0() | CR0_WP | CR0_NE | CR0_MP) & ~(CR0_EM | CR0_TS));
	fpu_init_cpu();
}

struct tss *this_cpu_tss(void)
{
	return &this_cpu_ptr(&cpu_tables)->tss;
}

static void set_tss_descriptor(u64 *gdt, u64 base)
{
	u64 limit = sizeof(struct tss) - 1;

	gdt[__TSS_SEL / 8] = limit | (base & 0xffffff) << 16 | 0x89ULL << 40 |
			     (base >> 24 & 0xff) << 56;
	gdt[__TSS_SEL / 8 + 1] = base >> 32;
}

static void load_gdt(struct cpu_tables *t)
{
	struct desc_ptr p = { sizeof(t->gdt) - 1, (u64)t->gdt };

	__asm__ __volatile__("lgdt %0\n"
			     "pushq %1\n"
			     "leaq 1f(%%rip), %%rax\n"
			     "pushq %%rax\n"
			     "lretq\n"
			     "1: movl %k2, %%ds\n"
			     "movl %k2, %%es\n"
			     "movl %k2, %%ss\n"
			     : : "m"(p), "i"(__KERNEL_CS), "r"(__KERNEL_DS) : "rax", "memory");
	__asm__ __volatile__("ltr %w0" : : "r"(__TSS_SEL));
}

static void init_syscall(void)
{
	wrmsr(MSR_STAR, (u64)__USER32_CS << 48 | (u64)__KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (u64)(program_ring ? entry_syscall_ring3 : entry_syscall_ring0));
	wrmsr(MSR_CSTAR, (u64)entry_syscall_compat);
	wrmsr(MSR_SYSCALL_MASK, X86_EFLAGS_TF | X86_EFLAGS_IF | X86_EFLAGS_DF | X86_EFLAGS_NT |
				X86_EFLAGS_AC);
}

void cpu_init_tables(void)
{
	unsigned int cpu = smp_processor_id();
	struct cpu_tables *t = this_cpu_ptr(&cpu_tables);
	unsigned long base = ESTACK_BASE(cpu);

	t->gdt[__KERNEL_CS / 8] = 0x00af9b000000ffffULL;
	t->gdt[__KERNEL_DS / 8] = 0x00cf93000000ffffULL;
	t->gdt[__USER32_CS / 8] = 0x00cffb000000ffffULL;
	t->gdt[__USER_DS / 8] = 0x00cff3000000ffffULL;
	t->gdt[__USER_CS / 8] = 0x00affb000000ffffULL;
	/* the CPU number as a segment limit, for programs (getcpu) */
	t->gdt[__CPUNODE_SEL / 8] = 0x0040f50000000000ULL | (cpu & 0xffff);
	t->tss.ist[IST_ENTRY - 1] = base + ESTACK_ENTRY_TOP;
	t->tss.ist[IST_NMI - 1] = base + ESTACK_NMI_TOP - 16;
	t->tss.ist[IST_DF - 1] = base + ESTACK_DF_TOP - 16;
	t->tss.ist[IST_MC - 1] = base + ESTACK_MC_TOP - 16;
	t->tss.rsp[0] = base + ESTACK_ENTRY_TOP;
	t->tss.iomap_base = TSS_NO_IO_MAP;
	t->tss.io_end = 0xff;
	set_tss_descriptor(t->gdt, (u64)&t->tss);
	load_gdt(t);
	idt_load();
	init_syscall();
}
