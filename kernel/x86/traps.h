/* SPDX-License-Identifier: MIT */
/*
 * Vector numbers, and what entry.S calls.
 */
#ifndef KERNEL_X86_TRAPS_H
#define KERNEL_X86_TRAPS_H

#include "kernel/lib/types.h"
#include "kernel/x86/ptrace.h"

#define VEC_DE	0
#define VEC_DB	1
#define VEC_NMI	2
#define VEC_BP	3
#define VEC_OF	4
#define VEC_BR	5
#define VEC_UD	6
#define VEC_NM	7
#define VEC_DF	8
#define VEC_TS	10
#define VEC_NP	11
#define VEC_SS	12
#define VEC_GP	13
#define VEC_PF	14
#define VEC_MF	16
#define VEC_AC	17
#define VEC_MC	18
#define VEC_XM	19

#define VEC_OVERFLOW_FLAG	0x100	/* the interrupted kernel stack has no room */

#define VEC_FIRST_EXTERNAL	32
#define VEC_FIRST_DEVICE	48
#define VEC_LAST_DEVICE		239
#define VEC_TIMER		240
#define VEC_RESCHEDULE		241
#define VEC_CALL_FUNCTION	242
#define VEC_ERROR		254
#define VEC_SPURIOUS		255

struct task_struct;

void x86_trap(struct pt_regs *regs, unsigned int vector);
void x86_nmi(struct pt_regs *regs);
void x86_double_fault(struct pt_regs *regs) __noreturn;
void x86_machine_check(struct pt_regs *regs) __noreturn;
/* The end of do_syscall(). */
bool x86_leave_syscall(struct pt_regs *regs);
void x86_thread_start(struct task_struct *prev, int (*fn)(void *), void *arg);
struct task_struct *switch_stacks(unsigned long *save_sp, unsigned long new_sp,
				  struct task_struct *prev);

/* irq.c: an external interrupt, hard interrupt context already entered. */
void x86_interrupt(struct pt_regs *regs, unsigned int vector);

#endif
