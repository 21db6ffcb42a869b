// SPDX-License-Identifier: MIT
/*
 * A stopped tracee's registers, as its tracer reads and sets them: struct user_regs_struct, the FXSAVE area, and struct user, of
 * which the registers are the beginning.
 *
 * The tracee stands still and is off its CPU, so its frame at the top of its kernel stack, its segment bases and its vector state
 * are in memory and nobody else's. What is set is made harmless as in a signal frame (sigframe.c): program addresses, program flags.
 * The selectors are those a program at ring 3 sees, whatever this one runs at; they can be read, and set to what they are.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/sigframe.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/layout.h"
#include "kernel/x86/thread.h"
#include "kernel/x86/uaccess.h"

/* struct user_regs_struct: struct pt_regs, and the segments */
struct user_regs {
	struct pt_regs regs;
	unsigned long fs_base, gs_base, ds, es, fs, gs;
};
static_assert(sizeof(struct user_regs) == USER_REGS_SIZE, "user_regs_struct");

#define USER_SIZE	912 /* struct user */
#define USER_DEBUGREGS	848 /* u_debugreg[8], the last of it */

static struct user_regs read_regs(struct task_struct *p)
{
	struct user_regs u = { .regs = *task_pt_regs(p), .fs_base = p->thread.fsbase, .gs_base = p->thread.gsbase };

	u.regs.cs = __USER_CS;
	u.regs.ss = __USER_DS;
	if (p->forced_tf)
		u.regs.flags &= ~X86_EFLAGS_TF;
	return u;
}

void ptrace_copy_regs(struct task_struct *p, void *to)
{
	struct user_regs u = read_regs(p);

	memcpy(to, &u, sizeof(u));
}

static bool selectors_ok(const struct user_regs *u)
{
	return u->regs.cs == __USER_CS && u->regs.ss == __USER_DS && !u->ds && !u->es && !u->fs && !u->gs;
}

/* 0 or -EIO; then nothing is changed. */
static long write_regs(struct task_struct *p, const struct user_regs *u)
{
	struct pt_regs *regs = task_pt_regs(p), new = u->regs;
	unsigned long flags = regs->flags;

	if (!selectors_ok(u) || new.ip >= TASK_SIZE || new.sp >= TASK_SIZE || u->fs_base >= TASK_SIZE || u->gs_base >= TASK_SIZE)
		return -EIO;
	if (u->gs_base && !program_ring)
		return -EIO; /* at ring 0 GS is the kernel's */
	new.flags = (flags & ~FIX_EFLAGS) | (new.flags & FIX_EFLAGS);
	if (new.flags & X86_EFLAGS_TF)
		p->forced_tf = false; /* now it is the program's own */
	else if (p->forced_tf)
		new.flags |= X86_EFLAGS_TF;
	new.cs = regs->cs;
	new.ss = regs->ss;
	*regs = new;
	p->thread.fsbase = u->fs_base;
	p->thread.gsbase = u->gs_base;
	return 0;
}

long ptrace_get_regs(struct task_struct *p, void __user *to, size_t size)
{
	struct user_regs u = read_regs(p);

	return copy_to_user(to, &u, min(size, sizeof(u))) ? -EFAULT : 0;
}

long ptrace_set_regs(struct task_struct *p, const void __user *from, size_t size)
{
	struct user_regs u = read_regs(p);

	if (size % sizeof(long))
		return -EINVAL;
	if (copy_from_user(&u, from, min(size, sizeof(u))))
		return -EFAULT;
	return write_regs(p, &u);
}

long ptrace_get_fpregs(struct task_struct *p, void __user *to, size_t size)
{
	const void *area = fpu_area_of(&p->thread.fpu);

	return copy_to_user(to, area, min(size, fpu_area_size())) ? -EFAULT : 0;
}

/* What is read is put in place only when all is there: a fault changes nothing. */
long ptrace_set_fpregs(struct task_struct *p, const void __user *from, size_t size)
{
	return fpu_set_area(&p->thread.fpu, from, min(size, fpu_area_size()));
}

/* Debug registers are not given out: they read as unused, and cannot be armed. */
long ptrace_peek_user(struct task_struct *p, unsigned long addr, unsigned long *value)
{
	struct user_regs u;

	if (addr % sizeof(long) || addr >= USER_SIZE)
		return -EIO;
	*value = 0;
	if (addr < sizeof(u)) {
		u = read_regs(p);
		memcpy(value, (char *)&u + addr, sizeof(*value));
	}
	return 0;
}

long ptrace_poke_user(struct task_struct *p, unsigned long addr, unsigned long value)
{
	struct user_regs u = read_regs(p);

	if (addr % sizeof(long) || addr >= USER_SIZE)
		return -EIO;
	if (addr >= USER_DEBUGREGS)
		return value ? -EINVAL : 0;
	if (addr >= sizeof(u))
		return -EIO;
	memcpy((char *)&u + addr, &value, sizeof(value));
	return write_regs(p, &u);
}
