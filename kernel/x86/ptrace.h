/* SPDX-License-Identifier: MIT */
/*
 * The registers of interrupted code, in Linux's order (a signal frame and a
 * debugger expect it).  entry.S builds it; entry_asm.h names the offsets.
 */
#ifndef KERNEL_X86_PTRACE_H
#define KERNEL_X86_PTRACE_H

#include "kernel/lib/types.h"

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax;		/* system call number, or the exception's error code */
	unsigned long ip, cs, flags, sp, ss;
};

/*
 * Did @regs interrupt the program (true) or the kernel (false)?  At ring 0 the
 * privilege level cannot tell, so the stack pointer does: the kernel runs on
 * its own stacks only.  Call it on the CPU and in the task that took the frame.
 */
bool user_mode(const struct pt_regs *regs);

/* Error code of a page fault (regs->orig_ax). */
#define PF_PROT		(1UL << 0)	/* the page is present: a protection fault */
#define PF_WRITE	(1UL << 1)
#define PF_USER		(1UL << 2)	/* the CPU was at ring 3; ask user_mode() instead */
#define PF_RSVD		(1UL << 3)
#define PF_INSTR	(1UL << 4)

static inline unsigned long instruction_pointer(const struct pt_regs *regs)
{
	return regs->ip;
}

static inline unsigned long user_stack_pointer(const struct pt_regs *regs)
{
	return regs->sp;
}

/* Print registers and the backtrace from them; any context, takes no lock. */
void show_regs(const struct pt_regs *regs);

#endif
