// SPDX-License-Identifier: MIT
/*
 * Threads as the machine sees them: the switch, the first frame, segment bases.
 *
 * A thread's thread_struct is written by the thread itself or by the switch that
 * takes it off its CPU (interrupts off, run queue's lock held), and read by the
 * switch that puts it on one; the scheduler's hand-over (on_cpu) orders the two.
 */
#include "kernel/x86/thread.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/task.h"
#include "kernel/x86/ioport.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/msr.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/traps.h"
#include "kernel/x86/uaccess.h"

extern char __boot_stack_end[];

DEFINE_PER_CPU(struct task_struct *, current_task) = &init_task;
/* First address above the kernel stack of the running thread. */
DEFINE_PER_CPU(unsigned long, cpu_stack_top) = (unsigned long)__boot_stack_end;

void thread_start(void);

/* What switch_stacks pops, in this order. */
struct switch_frame {
	unsigned long r15, r14, r13, r12, bx, bp, ip;
};

static unsigned long rdfsbase(void)
{
	unsigned long v;

	if (!cpu_features.fsgsbase)
		return rdmsr(MSR_FS_BASE);
	__asm__ __volatile__("rdfsbase %0" : "=r"(v));
	return v;
}

static void wrfsbase(unsigned long v)
{
	if (!cpu_features.fsgsbase)
		wrmsr(MSR_FS_BASE, v);
	else
		__asm__ __volatile__("wrfsbase %0" : : "r"(v) : "memory");
}

/*
 * The program's GS base.  At ring 3 it waits in KERNEL_GS_BASE while the kernel
 * runs; at ring 0 GS belongs to the kernel and programs have none.
 */
static unsigned long read_user_gs(void)
{
	return program_ring ? rdmsr(MSR_KERNEL_GS_BASE) : 0;
}

static void write_user_gs(unsigned long v)
{
	if (program_ring)
		wrmsr(MSR_KERNEL_GS_BASE, v);
}

static void save_bases(struct thread_struct *t)
{
	t->fsbase = rdfsbase();
	t->gsbase = read_user_gs();
}

static void load_bases(const struct thread_struct *t)
{
	wrfsbase(t->fsbase);
	if (t->gsbase || read_user_gs())
		write_user_gs(t->gsbase);
}

bool on_task_stack(const struct task_struct *p, unsigned long sp)
{
	return sp - (unsigned long)p->stack < THREAD_SIZE;
}

struct task_struct *__switch_to(struct task_struct *prev, struct task_struct *next)
{
	if (prev->thread.user) {
		save_bases(&prev->thread);
		fpu_switch_out(&prev->thread.fpu);
	}
	if (next->thread.user)
		load_bases(&next->thread);
	if (unlikely(prev->thread.has_ports || next->thread.has_ports))
		ioport_load(&next->thread);
	this_cpu_write(current_task, next);
	this_cpu_write(cpu_stack_top, (unsigned long)next->stack + THREAD_SIZE);
	return switch_stacks(&prev->thread.sp, next->thread.sp, prev);
}

static void make_first_frame(struct task_struct *p, int (*fn)(void *), void *arg)
{
	struct pt_regs *regs = task_stack_pt_regs(p->stack);
	struct switch_frame *f = (struct switch_frame *)regs - 1;

	*f = (struct switch_frame){
		.r12 = (unsigned long)fn,
		.r13 = (unsigned long)arg,
		.ip = (unsigned long)thread_start,
	};
	p->thread.sp = (unsigned long)f;
}

void arch_thread_init_kernel(struct task_struct *p, int (*fn)(void *), void *arg)
{
	memset(task_stack_pt_regs(p->stack), 0, sizeof(struct pt_regs));
	p->thread = (struct thread_struct){ .fpu.last_cpu = -1 };
	make_first_frame(p, fn, arg);
}

int arch_thread_init_user(struct task_struct *p, const struct pt_regs *regs)
{
	struct pt_regs *copy = task_stack_pt_regs(p->stack);
	int err;

	p->thread = (struct thread_struct){ .fpu.last_cpu = -1 };
	err = fpu_clone(&p->thread.fpu);
	if (err)
		return err;
	*copy = *regs;
	copy->ax = 0;
	if (current->forced_tf) /* the tracer steps the parent, not the child */
		copy->flags &= ~X86_EFLAGS_TF;
	p->thread.fsbase = rdfsbase();
	p->thread.gsbase = read_user_gs();
	p->thread.user = true;
	ioport_fork(&p->thread);
	make_first_frame(p, NULL, NULL);
	return 0;
}

void arch_thread_free(struct task_struct *p)
{
	fpu_free(&p->thread.fpu);
	ioport_free(&p->thread);
}

int arch_start_program(unsigned long ip, unsigned long sp)
{
	struct thread_struct *t = &current->thread;
	struct pt_regs *regs = task_pt_regs(current);
	unsigned long flags;

	if (!t->fpu.state) {
		int err = fpu_alloc(&t->fpu);

		if (err)
			return err;
	} else {
		fpu_reset_for_exec();
	}
	local_irq_save(flags);
	t->fsbase = t->gsbase = 0;
	wrfsbase(0);
	write_user_gs(0);
	t->user = true;
	local_irq_restore(flags);
	*regs = (struct pt_regs){
		.ip = ip,
		.sp = sp,
		.flags = X86_EFLAGS_IF | X86_EFLAGS_FIXED,
		.cs = program_ring ? __USER_CS : __KERNEL_CS,
		.ss = program_ring ? __USER_DS : __KERNEL_DS,
	};
	return 0;
}

void arch_set_tls(struct task_struct *p, unsigned long tls)
{
	p->thread.fsbase = tls;
}

void arch_sync_thread(void)
{
	unsigned long flags;

	local_irq_save(flags);
	save_bases(&current->thread);
	fpu_switch_out(&current->thread.fpu);
	local_irq_restore(flags);
}

long do_arch_prctl(int code, unsigned long addr)
{
	unsigned long flags;

	switch (code) {
	case ARCH_SET_FS:
		if (addr >= TASK_SIZE)
			return -EPERM;
		wrfsbase(addr);
		return 0;
	case ARCH_SET_GS:
		if (addr >= TASK_SIZE)
			return -EPERM;
		if (!program_ring)
			return -EINVAL;	/* at ring 0 GS is the kernel's */
		local_irq_save(flags);
		write_user_gs(addr);
		local_irq_restore(flags);
		return 0;
	case ARCH_GET_FS:
		return put_user(rdfsbase(), (unsigned long __user *)addr);
	case ARCH_GET_GS:
		return put_user(read_user_gs(), (unsigned long __user *)addr);
	}
	return -EINVAL;
}
