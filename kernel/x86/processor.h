/* SPDX-License-Identifier: MIT */
/*
 * Single instructions and CPU identification.
 */
#ifndef KERNEL_X86_PROCESSOR_H
#define KERNEL_X86_PROCESSOR_H

#include "kernel/lib/types.h"
#include "kernel/x86/barrier.h"

/* In every spin loop: without it an emulated CPU never gives way to its siblings. */
static __always_inline void cpu_relax(void)
{
	__asm__ __volatile__("pause" : : : "memory");
}

/* Spin until @cond holds; the value of the condition's variable is ordered as an acquire. */
#define smp_cond_load_acquire(ptr, cond_expr) ({			\
	__typeof__(ptr) __cptr = (ptr);					\
	__typeof__(*__cptr) VAL;					\
	for (;;) {							\
		VAL = READ_ONCE(*__cptr);				\
		if (cond_expr)						\
			break;						\
		cpu_relax();						\
	}								\
	barrier();							\
	VAL; })
#define smp_cond_load_relaxed(ptr, cond_expr) smp_cond_load_acquire(ptr, cond_expr)

/*
 * Sleep until the next interrupt.  Interrupts are off on entry and on at return; no
 * interrupt can slip in between, because sti takes effect only after the next instruction.
 */
static __always_inline void safe_halt(void)
{
	__asm__ __volatile__("sti; hlt" : : : "memory");
}

static __always_inline void native_halt(void)
{
	__asm__ __volatile__("hlt" : : : "memory");
}

static inline void cpuid_count(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d)
{
	__asm__ __volatile__("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d)
			     : "0"(leaf), "2"(sub));
}

static inline void cpuid(u32 leaf, u32 *a, u32 *b, u32 *c, u32 *d)
{
	cpuid_count(leaf, 0, a, b, c, d);
}

static inline unsigned long read_cr0(void)
{
	unsigned long v;

	__asm__ __volatile__("mov %%cr0, %0" : "=r"(v) : : "memory");
	return v;
}

static inline void write_cr0(unsigned long v)
{
	__asm__ __volatile__("mov %0, %%cr0" : : "r"(v) : "memory");
}

static inline unsigned long read_cr2(void)
{
	unsigned long v;

	__asm__ __volatile__("mov %%cr2, %0" : "=r"(v) : : "memory");
	return v;
}

static inline unsigned long read_cr3(void)
{
	unsigned long v;

	__asm__ __volatile__("mov %%cr3, %0" : "=r"(v) : : "memory");
	return v;
}

static inline void write_cr3(unsigned long v)
{
	__asm__ __volatile__("mov %0, %%cr3" : : "r"(v) : "memory");
}

static inline unsigned long read_cr4(void)
{
	unsigned long v;

	__asm__ __volatile__("mov %%cr4, %0" : "=r"(v) : : "memory");
	return v;
}

static inline void write_cr4(unsigned long v)
{
	__asm__ __volatile__("mov %0, %%cr4" : : "r"(v) : "memory");
}

static __always_inline void invlpg(unsigned long addr)
{
	__asm__ __volatile__("invlpg (%0)" : : "r"(addr) : "memory");
}

#define CR0_MP	(1UL << 1)
#define CR0_EM	(1UL << 2)
#define CR0_TS	(1UL << 3)
#define CR0_NE	(1UL << 5)
#define CR0_WP	(1UL << 16)
#define CR0_PG	(1UL << 31)

#define CR4_PAE		(1UL << 5)
#define CR4_PGE		(1UL << 7)
#define CR4_OSFXSR	(1UL << 9)
#define CR4_OSXMMEXCPT	(1UL << 10)
#define CR4_FSGSBASE	(1UL << 16)
#define CR4_OSXSAVE	(1UL << 18)
#define CR4_SMEP	(1UL << 20)
#define CR4_SMAP	(1UL << 21)

/* What this machine can do, found once on the boot CPU; constant afterwards. */
struct cpu_features {
	bool nx, pge, smep, smap, fsgsbase, xsave, xsaveopt, gbpages, hypervisor, x2apic, rdrand;
	bool rdseed, tsc_invariant;
	u32 xsave_size;		/* bytes of the XSAVE area for the enabled components */
	u64 xcr0;		/* components enabled */
	u32 phys_bits;
	u32 hwcap;		/* CPUID 1 EDX, the program's AT_HWCAP */
};
extern struct cpu_features cpu_features;

#endif
