/* SPDX-License-Identifier: MIT */
/*
 * What the other rooms and this one call in each other while starting, and the
 * few functions this room expects from the scheduler and the fault handler.
 */
#ifndef KERNEL_X86_SETUP_H
#define KERNEL_X86_SETUP_H

#include "kernel/lib/types.h"
#include "kernel/x86/ptrace.h"

struct task_struct;

/* First C code on the boot CPU (from boot/): ends in start_kernel(). */
void x86_start(u32 magic, u64 info) __noreturn;
/* First C code on every other CPU. */
void x86_start_secondary(void) __noreturn;

/* kernel/main.c */
void start_kernel(void) __noreturn;

/* kernel/task: */
void cpu_startup_entry(void) __noreturn;	/* idle loop of a CPU that just started */
struct task_struct *idle_task_for(int cpu);	/* its idle task, stack allocated */
void scheduler_ipi(void);
void timer_interrupt(void);			/* hard interrupt context */
void preempt_schedule_irq(void);		/* interrupts off on entry and return */
void exit_to_user_mode_prepare(struct pt_regs *regs);	/* the same */
long do_syscall(struct pt_regs *regs);		/* the same; turns them on in between */
void force_sig_fault(int sig, int code, void __user *addr);
void schedule_tail(struct task_struct *prev);

/*
 * mm: a page fault at @address.  Interrupts are on if they were on where the
 * fault happened.  Returns when the access can be repeated or has been dealt
 * with (signal, fixup_exception()); calls die() otherwise.
 */
void do_page_fault(struct pt_regs *regs, unsigned long error_code, unsigned long address);
#define PF_PROT		(1UL << 0)	/* the page is present: a protection fault */
#define PF_WRITE	(1UL << 1)
#define PF_USER		(1UL << 2)	/* CPU at ring 3; use user_mode(regs) instead */
#define PF_RSVD		(1UL << 3)
#define PF_INSTR	(1UL << 4)

/* Bring-up of one CPU's tables; boot CPU first, then each other CPU. */
void cpu_init(void);
void trap_init(void);
void paging_init(void);

#endif
