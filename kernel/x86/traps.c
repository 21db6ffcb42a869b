// SPDX-License-Identifier: MIT
/*
 * Exceptions, and the common way through an entry.
 *
 * entry.S calls x86_trap() with interrupts off, on the stack the handler may
 * use.  Faults of the program become signals; faults of the kernel are repaired
 * by the exception table or end in a report.  On the way to the program
 * interrupts are off from exit_to_user_mode_prepare() until the program's flags
 * are loaded, so nothing it checked can become stale.
 */
#include "kernel/x86/traps.h"
#include "kernel/x86/uaccess.h"
#include "kernel/lib/kernel.h"
#include "kernel/lock/hardirq.h"
#include "kernel/lock/preempt.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cputime.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "kernel/x86/boot_internal.h"
#include "kernel/x86/extable.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/thread.h"
#include "mm/mm.h"

DECLARE_PER_CPU(unsigned long, cpu_stack_top);
DECLARE_PER_CPU(unsigned long, cpu_special_base);

extern char entry_quick_jump[];

static const char *const exception_names[32] = {
	"divide error", "debug trap", "NMI", "breakpoint", "overflow", "bound range",
	"invalid opcode", "no FPU", "double fault", "coprocessor overrun", "invalid TSS",
	"segment not present", "stack fault", "general protection fault", "page fault",
	"reserved exception", "x87 error", "alignment check", "machine check", "SIMD error",
};

/* The same decision as entry.S makes; see there. */
bool user_mode(const struct pt_regs *regs)
{
	if (regs->cs & 3)
		return true;
	if (this_cpu_read(cpu_stack_top) - regs->sp <= THREAD_SIZE + PAGE_SIZE)
		return false;
	return regs->sp - this_cpu_read(cpu_special_base) >= PAGE_SIZE * 13;
}

static void program_exception(struct pt_regs *regs, unsigned int vector)
{
	void __user *ip = (void __user *)regs->ip;
	int code;

	local_irq_enable();
	current->thread.trap_nr = vector;
	current->thread.error_code = regs->orig_ax;
	switch (vector) {
	case VEC_DE:
		force_sig_fault(SIGFPE, FPE_INTDIV, ip);
		break;
	case VEC_DB:
		force_sig_fault(SIGTRAP, TRAP_TRACE, ip);
		break;
	case VEC_BP:
		force_sig_fault(SIGTRAP, SI_KERNEL, NULL);
		break;
	case VEC_UD:
	case VEC_NM:
		force_sig_fault(SIGILL, ILL_ILLOPN, ip);
		break;
	case VEC_MF:
	case VEC_XM:
		code = fpu_exception_code(vector);
		if (code) /* else the program has cleared it since, or it was another's: nothing to tell */
			force_sig_fault(SIGFPE, code, ip);
		break;
	case VEC_AC:
		force_sig_fault(SIGBUS, BUS_ADRALN, NULL);
		break;
	case VEC_NP:
	case VEC_SS:
		force_sig_fault(SIGBUS, SI_KERNEL, NULL);
		break;
	default:
		force_sig_fault(SIGSEGV, SI_KERNEL, NULL);
		break;
	}
	local_irq_disable();
}

static void kernel_exception(struct pt_regs *regs, unsigned int vector)
{
	const char *name = exception_names[vector];

	if (fixup_exception(regs))
		return;
	if (vector == VEC_BP)
		name = "breakpoint instruction in the kernel";
	die(name ? name : "reserved exception", regs, regs->orig_ax);
}

/*
 * A handler that leaves the count changed does no harm here: somebody else would be found
 * scheduling with preemption off, or with it on inside a lock, much later.
 */
static void check_count(unsigned int before, unsigned int vector)
{
	if (CONFIG_CHECKS && unlikely(preempt_count() != before))
		panic("interrupt vector %#x left preempt count %#x, found %#x", vector,
		      preempt_count(), before);
}

static void interrupt(struct pt_regs *regs, unsigned int vector, bool user)
{
	unsigned int count = preempt_count();

	irq_enter();
	x86_interrupt(regs, vector);
	irq_exit();
	check_count(count, vector);
	/* Preempt the kernel code that was interrupted, if it allows that. */
	if (!user && should_resched(0))
		preempt_schedule_irq();
}

/*
 * Interrupts off, the work that waited for the task is done.  True if the frame may leave by
 * the quick system call exit.
 */
static bool leave_to_program(struct pt_regs *regs)
{
	fpu_return_to_user(&current->thread.fpu);
	/* Whoever built the frame, the program runs with interrupts on and its own privilege. */
	regs->flags = (regs->flags | X86_EFLAGS_IF | X86_EFLAGS_FIXED) &
		      ~(X86_EFLAGS_NT | X86_EFLAGS_VM | X86_EFLAGS_IOPL);
	regs->cs = program_ring ? __USER_CS : __KERNEL_CS;
	regs->ss = program_ring ? __USER_DS : __KERNEL_DS;
	/* iretq to a non-canonical address would fault in the kernel; let the program fault */
	if (unlikely((long)(regs->ip << 16) >> 16 != (long)regs->ip))
		regs->ip = TASK_SIZE;
	return regs->cx == regs->ip && regs->r11 == regs->flags && regs->ip < TASK_SIZE &&
	       !(regs->flags & (X86_EFLAGS_TF | X86_EFLAGS_RF));
}

void x86_trap(struct pt_regs *regs, unsigned int vector)
{
	bool user;

	if (unlikely(vector & VEC_OVERFLOW_FLAG))
		die("kernel stack overflow", regs, regs->orig_ax);
	user = user_mode(regs);
	if (unlikely(user && kernel_text_address(regs->ip))) {
		/* one instruction of ours may run on the program's stack: its last jump */
		if (regs->ip != (unsigned long)entry_quick_jump)
			die("kernel code on a foreign stack", regs, regs->orig_ax);
		regs->ip = regs->cx;
	}
	if (user)
		utime_stop();
	if (vector >= VEC_FIRST_EXTERNAL)
		interrupt(regs, vector, user);
	else if (vector == VEC_PF)
		do_page_fault(regs, regs->orig_ax, read_cr2());
	else if (user)
		program_exception(regs, vector);
	else
		kernel_exception(regs, vector);
	local_irq_disable();
	if (user) {
		exit_to_user_mode_prepare(regs);
		leave_to_program(regs);
	}
}

#define QUICK_FLAGS	(X86_EFLAGS_IF | X86_EFLAGS_FIXED)
#define SLOW_FLAGS	(X86_EFLAGS_TF | X86_EFLAGS_RF | X86_EFLAGS_NT | X86_EFLAGS_VM | X86_EFLAGS_IOPL)

/* A frame that nobody has changed is as the program's own instruction left it: nothing to set right. The segments are the quick exit's. */
bool x86_leave_syscall(struct pt_regs *regs)
{
	if (unlikely(regs->cx != regs->ip || regs->r11 != regs->flags || regs->ip >= TASK_SIZE ||
		     (regs->flags & (QUICK_FLAGS | SLOW_FLAGS)) != QUICK_FLAGS))
		return leave_to_program(regs);
	fpu_return_to_user(&current->thread.fpu);
	return true;
}

/* First code of a new thread, interrupts off, the run queue's lock held. */
void x86_thread_start(struct task_struct *prev, int (*fn)(void *), void *arg)
{
	schedule_tail(prev);
	local_irq_enable();
	if (current->set_child_tid)
		put_user(current->pid, current->set_child_tid); /* a bad address is the caller's loss */
	if (fn)
		fn(arg);
	if (!current->thread.user)
		panic("kernel thread %s returned", current->comm);
	local_irq_disable();
	exit_to_user_mode_prepare(task_pt_regs(current));
	leave_to_program(task_pt_regs(current));
}

void x86_double_fault(struct pt_regs *regs)
{
	die("double fault", regs, regs->orig_ax);
}

void x86_machine_check(struct pt_regs *regs)
{
	die("machine check", regs, 0);
}
