/* SPDX-License-Identifier: MIT */
/*
 * Between the files of kernel/x86 only: the steps of start-up and what the
 * parts need of each other.
 */
#ifndef KERNEL_X86_BOOT_INTERNAL_H
#define KERNEL_X86_BOOT_INTERNAL_H

#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/percpu.h"

void boot_info_init(u32 magic, u64 info);

/* cpu.c */
void cpu_detect(void);			/* boot CPU: fill cpu_features */
void cpu_init_control(void);		/* each CPU: control registers, MSRs */
void cpu_init_tables(void);		/* each CPU: GDT, TSS, IDT, system call entry */

/* paging.c */
void kernel_map_init(void);		/* boot CPU: protect the image */
void map_special_stacks(unsigned int cpu);
void drop_identity_map(void);

/* idt.c */
void idt_init(void);
void idt_load(void);

/* acpi.c: before the page allocator; fills the tables in acpi.h */
void acpi_early_init(void);

/* apic.c */
void apic_init_cpu(void);		/* each CPU */

/* clock.c */
void clock_init_secondary(void);	/* each further CPU: its timer */

/* Kernel stack of each CPU that is being started; trampoline.S reads it. */
extern unsigned long secondary_stack[NR_CPUS];
extern u32 cpu_apic_id[NR_CPUS];

/*
 * Special stacks of one CPU, at a fixed place in the address space, an unmapped
 * page below each.  None is ever switched away from.
 */
#define ESTACK_SLOT		(PAGE_SIZE * 16)
#define ESTACK_BASE(cpu)	(ESTACK_AREA_START + (unsigned long)(cpu) * ESTACK_SLOT)
#define ESTACK_ENTRY_TOP	(PAGE_SIZE * 2)		/* 1 page: first landing of all entries */
#define ESTACK_PANIC		(PAGE_SIZE * 3)		/* 3 pages: kernel stack overflow */
#define ESTACK_PANIC_TOP	(PAGE_SIZE * 6)
#define ESTACK_NMI_TOP		(PAGE_SIZE * 9)		/* 2 pages */
#define ESTACK_DF_TOP		(PAGE_SIZE * 12)	/* 2 pages */
#define ESTACK_MC_TOP		(PAGE_SIZE * 15)	/* 2 pages */

/* TSS.ist index + 1 */
#define IST_ENTRY	1
#define IST_NMI		2
#define IST_DF		3
#define IST_MC		4

#endif
