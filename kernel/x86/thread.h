/* SPDX-License-Identifier: MIT */
/*
 * What a thread needs of the machine: its kernel stack pointer, segment bases
 * and vector state, the first frame of a new thread, and the switch itself.
 */
#ifndef KERNEL_X86_THREAD_H
#define KERNEL_X86_THREAD_H

#include "kernel/lib/types.h"
#include "kernel/x86/fpu.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/current.h"

struct io_bitmap;
struct task_struct;

/*
 * Embedded in task_struct as `thread`.  Written by the owning thread, or by
 * whoever builds it before it first runs; the context switch writes sp.
 */
struct thread_struct {
	unsigned long sp;	/* kernel stack pointer while not running */
	unsigned long fsbase;	/* program's; valid while not running */
	unsigned long gsbase;
	struct fpu fpu;
	/* the program's last exception, for signal frames; trap_nr is its vector */
	unsigned long cr2, trap_nr, error_code;
	struct io_bitmap *io_bitmap; /* ports it may use; see ioport.c, likewise the next two */
	u8 iopl;
	bool has_ports;
	bool user;		/* has a program: segment bases and vector state count */
};

/*
 * Switch stacks from @prev (current) to @next.  Interrupts off, run-queue lock
 * held, on return in another context: the result is the task that ran before
 * on this CPU.  @next->stack is its THREAD_SIZE kernel stack.
 */
struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next);
#define switch_to(prev, next, last)	((last) = __switch_to(prev, next))

/* True when RSP-style address @sp is on the kernel stack of @p. */
bool on_task_stack(const struct task_struct *p, unsigned long sp);

/*
 * Prepare @p (->stack allocated, not yet runnable) to run fn(arg) first.  After
 * schedule_tail(), fn is called with interrupts on.  fn must not return, unless
 * it has filled in task_pt_regs(current) (arch_start_program() helps): then the
 * thread goes to its program.
 */
void arch_thread_init_kernel(struct task_struct *p, int (*fn)(void *), void *arg);

/*
 * Prepare @p to return to the program with a copy of @regs (ax set to 0),
 * inheriting segment bases and vector state of current.  0 or -ENOMEM; may sleep.
 */
int arch_thread_init_user(struct task_struct *p, const struct pt_regs *regs);

/* Release what thread_struct owns; @p never runs again. */
void arch_thread_free(struct task_struct *p);

/*
 * Make current a program thread about to start at @ip with stack @sp: fresh
 * registers in task_pt_regs(current), segment bases zero, fresh vector state.
 * 0 or -ENOMEM; may sleep.
 */
int arch_start_program(unsigned long ip, unsigned long sp);

/* arch_prctl(2): ARCH_SET_FS, ARCH_GET_FS, ARCH_SET_GS, ARCH_GET_GS.  Current only. */
#define ARCH_SET_GS	0x1001
#define ARCH_SET_FS	0x1002
#define ARCH_GET_FS	0x1003
#define ARCH_GET_GS	0x1004
long do_arch_prctl(int code, unsigned long addr);
/* Current's segment bases and vector state are stored where they can be read as those of a thread off its CPU. */
void arch_sync_thread(void);
/* CLONE_SETTLS for a thread that has not run yet. */
void arch_set_tls(struct task_struct *p, unsigned long tls);

/* The register frame of the program, at the top of the kernel stack. */
#define task_stack_pt_regs(stack)	\
	((struct pt_regs *)((unsigned long)(stack) + THREAD_SIZE) - 1)

/*
 * The privilege level programs run at: 0 or 3, from the command line; constant
 * after early boot.
 */
extern int program_ring;

#endif
