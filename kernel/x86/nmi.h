/* SPDX-License-Identifier: MIT */
/* Non-maskable interrupts: count for each CPU, and the request to stop. */
#ifndef KERNEL_X86_NMI_H
#define KERNEL_X86_NMI_H

#include "kernel/x86/percpu.h"

DECLARE_PER_CPU(unsigned long, nmi_count);
extern bool nmi_stop_requested;

/* Boot: what to do with an NMI nobody asked for. */
void nmi_init(void);

#endif
