// SPDX-License-Identifier: MIT
/*
 * The interrupt descriptor table, one for all CPUs: every gate turns interrupts
 * off and names an IST slot (see entry.S).  Written once on the boot CPU.
 */
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/desc.h"

static struct idt_gate idt[256] __aligned(16);

extern char entry_stubs[];
void entry_nmi(void);
void entry_double_fault(void);
void entry_machine_check(void);

static void set_gate(unsigned int vector, unsigned long target, unsigned int ist, unsigned int dpl)
{
	idt[vector] = (struct idt_gate){
		.offset_lo = (u16)target,
		.selector = __KERNEL_CS,
		.ist = (u8)ist,
		.type = (u8)(0x8e | dpl << 5),	/* present, interrupt gate */
		.offset_mid = (u16)(target >> 16),
		.offset_hi = (u32)(target >> 32),
	};
}

void idt_init(void)
{
	for (unsigned int v = 0; v < 256; v++)
		set_gate(v, (unsigned long)entry_stubs + 16 * v, IST_ENTRY, 0);
	/* breakpoint and overflow instructions are allowed to programs */
	set_gate(3, (unsigned long)entry_stubs + 16 * 3, IST_ENTRY, 3);
	set_gate(4, (unsigned long)entry_stubs + 16 * 4, IST_ENTRY, 3);
	set_gate(2, (unsigned long)entry_nmi, IST_NMI, 0);
	set_gate(8, (unsigned long)entry_double_fault, IST_DF, 0);
	set_gate(18, (unsigned long)entry_machine_check, IST_MC, 0);
}

void idt_load(void)
{
	struct desc_ptr p = { sizeof(idt) - 1, (u64)idt };

	__asm__ __volatile__("lidt %0" : : "m"(p));
}
