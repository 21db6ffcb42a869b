// SPDX-License-Identifier: MIT
/*
 * The kernel image's own mappings, and the special stacks'.
 *
 * Boot maps the image with writable, executable 2 MiB pages.  Here it is mapped
 * again in 4 KiB pages: text executable and read-only, constants read-only, data
 * writable, the page below the boot stack not at all.  Boot CPU only, except
 * map_special_stacks(), which runs on the boot CPU for a CPU not yet started;
 * the tables it adds to are used by nobody else.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/boot_info.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/processor.h"

#define P_PRESENT	0x001UL
#define P_RW		0x002UL
#define P_ACCESSED	0x020UL
#define P_DIRTY		0x040UL
#define P_GLOBAL	0x100UL
#define P_NX		(1UL << 63)
#define P_ADDR		0x000ffffffffff000UL
#define P_TABLE		(P_PRESENT | P_RW | P_ACCESSED | P_DIRTY)
#define P_DATA		(P_PRESENT | P_RW | P_ACCESSED | P_DIRTY | P_GLOBAL | P_NX)
#define P_RODATA	(P_PRESENT | P_ACCESSED | P_GLOBAL | P_NX)
#define P_TEXT		(P_PRESENT | P_ACCESSED | P_GLOBAL)

extern unsigned long boot_pd_kernel[512], boot_pd_direct[4 * 512];
extern char __boot_stack_guard[];

/* Area of the special stacks and per-CPU pointers into it, for entry.S. */
DEFINE_PER_CPU(unsigned long, cpu_special_base);

static unsigned long page_flags(unsigned long va)
{
	if (va < (unsigned long)__rodata_start)
		return P_TEXT;
	if (va < (unsigned long)__rodata_end)
		return P_RODATA;
	if (va == (unsigned long)__boot_stack_guard)
		return 0;
	return P_DATA;
}

/* Boot maps the first 4 GiB executable for simplicity; nothing is executed there. */
static void protect_direct_map(void)
{
	for (unsigned int i = 0; i < 4 * 512; i++)
		boot_pd_direct[i] |= P_NX | P_GLOBAL | P_ACCESSED | P_DIRTY;
}

void kernel_map_init(void)
{
	unsigned long start = (unsigned long)__image_start, end = (unsigned long)__image_end;
	unsigned long va, first_pmd = (start >> 21) & 511, last_pmd = ((end - 1) >> 21) & 511;

	for (unsigned long i = first_pmd; i <= last_pmd; i++) {
		unsigned long *pt = boot_alloc(PAGE_SIZE, PAGE_SIZE);

		for (unsigned int j = 0; j < 512; j++) {
			unsigned long flags;

			va = KERNEL_MAP_BASE + (i << 21) + ((unsigned long)j << PAGE_SHIFT);
			flags = va < start || va >= end ? 0 : page_flags(va);
			if (flags)
				pt[j] = (va - KERNEL_MAP_BASE) | flags;
		}
		boot_pd_kernel[i] = __pa(pt) | P_TABLE;
	}
	for (unsigned long i = 0; i < 512; i++)
		if (i < first_pmd || i > last_pmd)
			boot_pd_kernel[i] = 0;
	protect_direct_map();
	write_cr3(read_cr3());
}

static unsigned long *next_table(unsigned long *entry)
{
	if (!(*entry & P_PRESENT))
		*entry = __pa(boot_alloc(PAGE_SIZE, PAGE_SIZE)) | P_TABLE;
	return __va(*entry & P_ADDR);
}

static void map_page(unsigned long va)
{
	unsigned long *t = boot_pgd;

	t = next_table(&t[(va >> 39) & 511]);
	t = next_table(&t[(va >> 30) & 511]);
	t = next_table(&t[(va >> 21) & 511]);
	t[(va >> 12) & 511] = __pa(boot_alloc(PAGE_SIZE, PAGE_SIZE)) | P_DATA;
}

static void map_stack(unsigned long base, unsigned long top, unsigned int pages)
{
	for (unsigned int i = 1; i <= pages; i++)
		map_page(base + top - i * PAGE_SIZE);
}

/* The word special entries find the CPU's GS base in: just above the first frame. */
static void set_gs_word(unsigned long base, unsigned long top, unsigned int cpu)
{
	*(unsigned long *)(base + top - 16) = per_cpu_offset(cpu);
}

void map_special_stacks(unsigned int cpu)
{
	unsigned long base = ESTACK_BASE(cpu);

	map_stack(base, ESTACK_ENTRY_TOP, 1);
	map_stack(base, ESTACK_PANIC_TOP, 3);
	map_stack(base, ESTACK_NMI_TOP, 2);
	map_stack(base, ESTACK_DF_TOP, 2);
	map_stack(base, ESTACK_MC_TOP, 2);
	set_gs_word(base, ESTACK_NMI_TOP, cpu);
	set_gs_word(base, ESTACK_DF_TOP, cpu);
	set_gs_word(base, ESTACK_MC_TOP, cpu);
	per_cpu(cpu_special_base, cpu) = base + ESTACK_PANIC;
}

/* All CPUs run in the upper half: nothing needs low addresses any more. */
void drop_identity_map(void)
{
	boot_pgd[0] = 0;
}
