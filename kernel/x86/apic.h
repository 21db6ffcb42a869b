/* SPDX-License-Identifier: MIT */
/*
 * The local APIC of this CPU.
 */
#ifndef KERNEL_X86_APIC_H
#define KERNEL_X86_APIC_H

#include "kernel/lib/types.h"

#define APIC_ID		0x020
#define APIC_VERSION	0x030
#define APIC_TPR	0x080
#define APIC_EOI	0x0b0
#define APIC_LDR	0x0d0
#define APIC_SVR	0x0f0
#define APIC_ESR	0x280
#define APIC_ICR	0x300
#define APIC_ICR2	0x310
#define APIC_LVT_TIMER	0x320
#define APIC_LVT_PMC	0x340
#define APIC_LVT_LINT0	0x350
#define APIC_LVT_LINT1	0x360
#define APIC_LVT_ERROR	0x370
#define APIC_TIMER_INIT	0x380
#define APIC_TIMER_NOW	0x390
#define APIC_TIMER_DIV	0x3e0

#define APIC_LVT_MASKED		0x10000
#define APIC_DM_FIXED		0x000
#define APIC_DM_NMI		0x400
#define APIC_DM_INIT		0x500
#define APIC_DM_STARTUP		0x600
#define APIC_DM_EXTINT		0x700
#define APIC_ICR_BUSY		0x1000
#define APIC_ICR_ASSERT		0x4000
#define APIC_ICR_LEVEL		0x8000
#define APIC_DEST_OTHERS	0xc0000

u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 value);
void apic_eoi(void);

/* Send an inter-processor interrupt: @mode is APIC_DM_* | vector, or a shorthand.  Any context. */
void apic_send(u32 apic_id, u32 mode);
void apic_send_others(u32 mode);
/* Map the registers; boot CPU, once.  False if there is no APIC. */
bool apic_map(void);
bool apic_ready(void);

#endif
