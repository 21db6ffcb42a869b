/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables as the CPU reads them.
 */
#ifndef KERNEL_X86_DESC_H
#define KERNEL_X86_DESC_H

#include "kernel/lib/types.h"
#include "kernel/x86/layout.h"

#define IO_PORTS 65536

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, iomap_base;
	u8 io_map[IO_PORTS / 8]; /* the running thread's, if it has ports: see ioport.c */
	u8 io_end;		 /* all bits set: the CPU reads one byte behind a port's */
} __packed;

#define TSS_IO_MAP    offsetof(struct tss, io_map)
#define TSS_NO_IO_MAP sizeof(struct tss)

/* Of this CPU, with interrupts off. */
struct tss *this_cpu_tss(void);

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
