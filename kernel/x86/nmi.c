// SPDX-License-Identifier: MIT
/*
 * Non-maskable interrupts.
 *
 * An NMI may interrupt anything, so its handler takes no lock that others take,
 * touches no memory that may fault, and never reschedules.  It is used to stop
 * CPUs for a report.  Any other is counted; with nmi=report on the command line
 * each CPU then prints where it is, one after the other, straight to the serial
 * port: QEMU's monitor command `nmi` shows where a machine hangs.
 */
#include "kernel/x86/nmi.h"
#include "kernel/lib/init.h"
#include "kernel/lib/string.h"
#include "kernel/lock/hardirq.h"
#include "kernel/x86/cmpxchg.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/report.h"
#include "kernel/x86/traps.h"

DEFINE_PER_CPU(unsigned long, nmi_count);

/* Set once, before the NMIs that make it take effect are sent; never cleared. */
bool nmi_stop_requested;

static bool report_wanted;	/* set at boot */
static int reporting;		/* one CPU prints at a time */

void nmi_init(void)
{
	char how[8];

	report_wanted = cmdline_get("nmi", how, sizeof(how)) && !strcmp(how, "report");
}

static void report(const struct pt_regs *regs)
{
	while (xchg(&reporting, 1))
		cpu_relax();
	report_printf("NMI: ");
	show_regs(regs);
	smp_store_release(&reporting, 0);
}

void x86_nmi(struct pt_regs *regs)
{
	nmi_enter();
	this_cpu_inc(nmi_count);
	if (READ_ONCE(nmi_stop_requested) && !panic_on_this_cpu())
		for (;;)
			__asm__ __volatile__("cli; hlt" : : : "memory");
	if (report_wanted)
		report(regs);
	nmi_exit();
}
