// SPDX-License-Identifier: MIT
/*
 * Non-maskable interrupts.
 *
 * An NMI may interrupt anything, so its handler takes no lock, touches no memory
 * that may fault, and never reschedules.  It is used to stop CPUs for a report;
 * any other is counted and reported later by whoever asks.
 */
#include "kernel/x86/nmi.h"
#include "kernel/lock/hardirq.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/traps.h"

DEFINE_PER_CPU(unsigned long, nmi_count);

/* Set once, before the NMIs that make it take effect are sent; never cleared. */
bool nmi_stop_requested;

void x86_nmi(struct pt_regs *regs)
{
	nmi_enter();
	this_cpu_inc(nmi_count);
	if (READ_ONCE(nmi_stop_requested) && !panic_on_this_cpu())
		for (;;)
			__asm__ __volatile__("cli; hlt" : : : "memory");
	nmi_exit();
}
