// SPDX-License-Identifier: MIT
/*
 * The last words.
 *
 * The first CPU to panic takes panic_cpu and reports; any other that panics
 * meanwhile stops.  A panic inside the report (a fault while printing) prints
 * one line and leaves.  Nothing here takes a lock, allocates, or waits for
 * another CPU longer than a moment: all locks may be held by whoever is broken.
 */
#include "kernel/x86/panic.h"
#include "drivers/tty/tty.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/contract_trace.h"
#include "kernel/lock/preempt.h"
#include "kernel/task/task.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/io.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/report.h"
#include "kernel/x86/smp.h"

#define EXIT_PORT	0xf4

bool panic_in_progress;
static int panic_cpu = -1;	/* set once by cmpxchg */
static int panic_depth;		/* panic_cpu only */

bool panic_on_this_cpu(void)
{
	return READ_ONCE(panic_cpu) == (int)smp_processor_id();
}

void machine_halt(void)
{
	for (;;)
		__asm__ __volatile__("cli; hlt" : : : "memory");
}

void exit_device(u8 value)
{
	outb(value, EXIT_PORT);
	machine_halt();
}

void report_printf(const char *fmt, ...)
{
	char buf[256];
	va_list args;
	int n;

	va_start(args, fmt);
	if (panic_in_progress || in_nmi()) {
		n = vscnprintf(buf, sizeof(buf), fmt, args);
		early_serial_write(buf, (size_t)n);
	} else {
		vprintk(fmt, args);
	}
	va_end(args);
}

/* Only the CPU that reports comes back from this. */
static void begin_panic(void)
{
	int cpu = (int)smp_processor_id(), owner = -1;

	local_irq_disable();
	if (!try_cmpxchg(&panic_cpu, &owner, cpu) && owner != cpu)
		machine_halt();
	if (panic_depth++ > 0)
		return;
	smp_stop_others_nmi();
	/* what the program and the kernel wrote before comes first */
	bust_spinlocks(1);
	console_flush_all();
	WRITE_ONCE(panic_in_progress, true);
}

static void end_panic(const char *what) __noreturn;
static void end_panic(const char *what)
{
	char nonce[64];

	if (!cmdline_get("nonce", nonce, sizeof(nonce)))
		nonce[0] = '\0';
	report_printf("rowlock: panic nonce=%s %s\n", nonce, what);
	exit_device(EXIT_PANIC);
}

void panic(const char *fmt, ...)
{
	char msg[192];
	va_list args;

	begin_panic();
	va_start(args, fmt);
	vscnprintf(msg, sizeof(msg), fmt, args);
	va_end(args);
	if (panic_depth > 2)
		exit_device(EXIT_PANIC);
	if (panic_depth > 1)
		end_panic(msg);
	report_printf("\npanic: %s\n", msg);
	dump_stack();
	contract_trace_print();
	end_panic(msg);
}

void die(const char *what, const struct pt_regs *regs, unsigned long error_code)
{
	char sym[KSYM_NAME_LEN + 40], msg[192];

	begin_panic();
	if (panic_depth > 2)
		exit_device(EXIT_PANIC);
	sprint_symbol(sym, sizeof(sym), regs->ip);
	scnprintf(msg, sizeof(msg), "%s at %s", what, sym);
	if (panic_depth > 1)
		end_panic(msg);
	report_printf("\npanic: %s, error code %lx, cr2 %lx\n", what, error_code, read_cr2());
	show_regs(regs);
	contract_trace_print();
	end_panic(msg);
}
