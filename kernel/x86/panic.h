/* SPDX-License-Identifier: MIT */
/*
 * The end of the line: reports that take no lock, backtraces, leaving QEMU.
 */
#ifndef KERNEL_X86_PANIC_H
#define KERNEL_X86_PANIC_H

#include "kernel/lib/types.h"
#include "kernel/x86/ptrace.h"

/*
 * Stop all CPUs, print the message, registers of the caller, a symbolised
 * backtrace and the record `rowlock: panic nonce=...`, and leave QEMU with
 * status 127.  Any context; writes to the serial port directly.
 */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn __cold;

/* The same, reporting @regs as the place of the fault. */
void die(const char *what, const struct pt_regs *regs, unsigned long error_code)
	__noreturn __cold;

/* True from the first panic on: printk writes directly, locks are not waited for. */
extern bool panic_in_progress;
/* Is it this CPU that reports? */
bool panic_on_this_cpu(void);

/* Print this CPU's call chain from the caller; any context. */
void dump_stack(void);
/* Print the chain that starts with frame pointer @bp, its first return address included. */
void show_backtrace(unsigned long bp);
struct task_struct;
/* Print the chain of a task that is not running (best effort if it is). */
void show_task_backtrace(struct task_struct *p);

/* Store up to @max return addresses of the caller's chain, innermost first; how many. */
unsigned int stack_trace_save(unsigned long *store, unsigned int max, unsigned int skip);

/*
 * The symbol that contains @addr: its name, with *@offset and *@size set; NULL
 * when @addr is not in kernel text.  @buf must hold KSYM_NAME_LEN bytes.
 */
#define KSYM_NAME_LEN	128
const char *kallsyms_lookup(unsigned long addr, unsigned long *offset, unsigned long *size,
			    char *buf);
/* snprintf of symbol+0xoffset/0xsize, or the plain number; returns the length. */
int sprint_symbol(char *buf, size_t len, unsigned long addr);
/* The address of a symbol, 0 if there is none of that name. */
unsigned long kallsyms_lookup_name(const char *name);

/*
 * Write @value to QEMU's exit device: its status becomes value << 1 | 1.  On a
 * machine without the device: halt for ever.  0x2a: regular end, 0x3f: panic.
 */
#define EXIT_REGULAR	0x2a
#define EXIT_PANIC	0x3f
void exit_device(u8 value) __noreturn;
void machine_halt(void) __noreturn;

/* Serial port, polled, from the first instruction on; any context, no lock. */
void early_serial_init(void);
void early_serial_write(const char *s, size_t len);

#endif
