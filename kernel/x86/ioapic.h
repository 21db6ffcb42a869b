/* SPDX-License-Identifier: MIT */
/* The IO-APICs: wired interrupts. */
#ifndef KERNEL_X86_IOAPIC_H
#define KERNEL_X86_IOAPIC_H

#include "kernel/lib/types.h"

/* Map all, mask every line.  Boot CPU, once. */
void ioapic_init(void);
/* Point a line at a CPU and vector, masked.  0, or -EINVAL for a line nobody has. */
int ioapic_route(u32 gsi, u32 apic_id, u8 vector, bool level, bool active_low);
/* Any context. */
void ioapic_mask(u32 gsi, bool masked);

#endif
