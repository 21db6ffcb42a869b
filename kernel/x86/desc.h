/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables as the CPU reads them.
 */
#ifndef KERNEL_X86_DESC_H
#define KERNEL_X86_DESC_H

#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, iomap_base;
} __packed;

#define GDT_ENTRIES	11

/* One per CPU; cpu.c fills it, the CPU reads it (and sets the TSS busy bit). */
struct cpu_tables {
	u64 gdt[GDT_ENTRIES] __aligned(16);
	struct tss tss __aligned(16);
};

struct desc_ptr {
	u16 limit;
	u64 base;
} __packed;

struct idt_gate {
	u16 offset_lo, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_hi, reserved;
};

#endif
