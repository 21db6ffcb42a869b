// SPDX-License-Identifier: MIT
/*
 * From the SYSCALL instruction to the function and back, and the work that waits for a task on
 * its way to the program.
 *
 * Interrupts are off at the last look at the work flags and stay off until the program runs:
 * whoever sets a flag for a task that runs on another CPU sends an interrupt after it, which then
 * comes either before that look, or after the return, and brings the task back here.
 */
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/syscall/missing.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cputime.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/rseq.h"
#include "kernel/task/sched.h"
#include "kernel/task/seccomp.h"
#include "kernel/task/task_work.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/traps.h"

typedef long (*syscall_fn)(unsigned long, unsigned long, unsigned long, unsigned long,
			   unsigned long, unsigned long);

static void user_work(struct pt_regs *regs, unsigned long work, bool in_syscall)
{
	local_irq_enable();
	if (work & (1UL << TIF_NEED_RESCHED))
		schedule();
	if (work & (1UL << TIF_NOTIFY_RESUME)) {
		clear_thread_flag(TIF_NOTIFY_RESUME);
		task_work_run();
	}
	if (work & (1UL << TIF_SIGPENDING))
		do_signal(regs, in_syscall);
	/* last: a system call that is begun anew has its place back by now */
	if (work & (1UL << TIF_NOTIFY_RESUME))
		rseq_resume(regs);
	local_irq_disable();
}

static noinline void all_user_work(struct pt_regs *regs, bool in_syscall)
{
	unsigned long work;

	while ((work = READ_ONCE(current->ti_flags) & TIF_WORK_MASK))
		user_work(regs, work, in_syscall);
}

static __always_inline void prepare_exit(struct pt_regs *regs, bool in_syscall)
{
	if (unlikely(READ_ONCE(current->ti_flags) & TIF_WORK_MASK))
		all_user_work(regs, in_syscall);
	held_check_task_empty("return to the program");
	rcu_user_return();
	utime_start();
}

void exit_to_user_mode_prepare(struct pt_regs *regs)
{
	prepare_exit(regs, false);
}

/* With TIF_SYSCALL_WORK: the tracer sees the call, and may change it; a filter then judges what is to be made. False: no call is. */
static bool before_syscall(struct pt_regs *regs)
{
	if (!ptrace_syscall_entry(regs) || (test_thread_flag(TIF_SECCOMP) && !seccomp_permits(regs)))
		return false;
	return (int)regs->orig_ax >= 0;
}

bool do_syscall(struct pt_regs *regs)
{
	unsigned int nr = regs->orig_ax; /* the number is an int: what is above it does not count */

	utime_stop();
	current->in_syscall = true;
	local_irq_enable();
	if (unlikely(READ_ONCE(current->ti_flags) & TIF_SYSCALL_WORK)) {
		if (!before_syscall(regs))
			goto out; /* the frame has the answer */
		nr = regs->orig_ax; /* a tracer may have another call made */
	}
	if (likely(nr < NR_SYSCALLS && syscall_table[nr].fn)) {
		syscall_fn fn = (syscall_fn)syscall_table[nr].fn;

		regs->ax = fn(regs->di, regs->si, regs->dx, regs->r10, regs->r8, regs->r9);
	} else {
		regs->ax = missing_syscall(nr);
	}
out:
	if (unlikely(READ_ONCE(current->ti_flags) & TIF_SYSCALL_WORK))
		ptrace_syscall_exit(regs);
	local_irq_disable();
	current->in_syscall = false;
	prepare_exit(regs, true);
	return x86_leave_syscall(regs);
}
