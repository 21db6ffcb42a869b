// SPDX-License-Identifier: MIT
/*
 * seccomp: a thread gives up making certain system calls, for itself, its children, and what they execute.
 *
 * In strict mode four calls are left. In filter mode each call is shown to classic BPF programs (bpf_classic.c), all of the thread's, and the
 * most severe of their answers counts. Filters are only added: each is immutable and refers to the one that was there before, so the filters
 * of all threads form trees, with a reference for each thread and each child. Both modes are for good.
 *
 * A thread changes its own state, and another of its process can give it more filters (TSYNC), both under siglock; fork copies the state
 * under the parent's siglock, in the same hold in which the child becomes findable, so that a TSYNC reaches the one or the other. A thread reads
 * its own state without a lock: the filters it may just be running are part of any newer chain it can have been given meanwhile, and
 * that chain it keeps. TIF_SECCOMP is set last.
 *
 * Without no_new_privs only who has CAP_SYS_ADMIN may add a filter: a program with set-user-id must not run under its caller's.
 */
#include "kernel/task/seccomp.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/refcount.h"
#include "kernel/task/bpf_classic.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

#define AUDIT_ARCH_X86_64  0xc000003eU
#define MAX_ERRNO_RETURNED 4095
/* Of all filters of a thread together, each with a little for itself. Linux has the same number, but counts what it translates them to. */
#define MAX_INSNS_PER_PATH 32768
#define FILTER_PENALTY	   4

/* What a filter looks at; the ABI. */
struct seccomp_data {
	int nr;
	u32 arch;
	u64 instruction_pointer;
	u64 args[6];
};

struct seccomp_filter {
	refcount_t users; /* threads that begin with it, and filters behind which it is */
	unsigned int len;
	bool log;
	struct seccomp_filter *prev; /* a reference */
	struct sock_filter prog[];
};

/* ---- filters ---- */

static void put_filter(struct seccomp_filter *filter)
{
	while (filter && refcount_dec_and_test(&filter->users)) {
		struct seccomp_filter *prev = filter->prev;

		kvfree(filter);
		filter = prev;
	}
}

static struct seccomp_filter *filter_from_user(const void __user *ufprog)
{
	struct seccomp_filter *filter;
	struct sock_fprog fprog;
	int err;

	if (copy_from_user(&fprog, ufprog, sizeof(fprog)))
		return ERR_PTR(-EFAULT);
	if (!fprog.len || fprog.len > BPF_MAXINSNS)
		return ERR_PTR(-EINVAL);
	if (!current->no_new_privs && !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EACCES);
	filter = kvmalloc(sizeof(*filter) + fprog.len * sizeof(filter->prog[0]), GFP_KERNEL);
	if (!filter)
		return ERR_PTR(-ENOMEM);
	*filter = (struct seccomp_filter){ .users = REFCOUNT_INIT(1), .len = fprog.len };
	err = copy_from_user(filter->prog, fprog.filter, fprog.len * sizeof(filter->prog[0])) ? -EFAULT : 0;
	if (!err)
		err = bpf_check_classic(filter->prog, filter->len, sizeof(struct seccomp_data));
	if (!err)
		return filter;
	kvfree(filter);
	return ERR_PTR(err);
}

static bool is_ancestor(const struct seccomp_filter *parent, const struct seccomp_filter *child)
{
	if (!parent)
		return true;
	while (child && child != parent)
		child = child->prev;
	return child;
}

static bool may_assign_mode(int mode)
{
	return !current->seccomp_mode || current->seccomp_mode == mode;
}

/* siglock held */
static void assign_mode(struct task_struct *task, int mode)
{
	task->seccomp_mode = mode;
	smp_mb();
	set_tsk_thread_flag(task, TIF_SECCOMP);
}

long seccomp_set_strict(void)
{
	long err = -EINVAL;

	spin_lock_irq(&current->sighand->siglock);
	if (may_assign_mode(SECCOMP_MODE_STRICT)) {
		assign_mode(current, SECCOMP_MODE_STRICT);
		err = 0;
	}
	spin_unlock_irq(&current->sighand->siglock);
	return err;
}

/* The thread that has filters the caller has not, or strict mode, and so cannot be given his; NULL: all can. siglock held. */
static struct task_struct *cannot_follow(void)
{
	struct task_struct *t;

	list_for_each_entry (t, &current->signal->thread_head, thread_node) {
		if (t == current || (t->flags & PF_EXITING))
			continue;
		if (t->seccomp_mode == SECCOMP_MODE_DISABLED ||
		    (t->seccomp_mode == SECCOMP_MODE_FILTER && is_ancestor(t->seccomp_filter, current->seccomp_filter)))
			continue;
		return t;
	}
	return NULL;
}

/* Their old filters stay as part of the caller's. siglock held. */
static void all_follow(void)
{
	struct task_struct *t;

	list_for_each_entry (t, &current->signal->thread_head, thread_node) {
		struct seccomp_filter *old = t->seccomp_filter;

		if (t == current || (t->flags & PF_EXITING))
			continue;
		refcount_inc(&current->seccomp_filter->users);
		WRITE_ONCE(t->seccomp_filter, current->seccomp_filter);
		t->seccomp_count = current->seccomp_count;
		put_filter(old); /* not its end: it is behind ours */
		if (current->no_new_privs)
			t->no_new_privs = true;
		assign_mode(t, SECCOMP_MODE_FILTER);
	}
}

/* Takes the reference over if it succeeds. siglock held. */
static long attach(struct seccomp_filter *filter, unsigned int flags)
{
	unsigned long insns = filter->len;
	struct task_struct *t;

	if (!may_assign_mode(SECCOMP_MODE_FILTER))
		return -EINVAL;
	for (struct seccomp_filter *f = current->seccomp_filter; f; f = f->prev)
		insns += f->len + FILTER_PENALTY;
	if (insns > MAX_INSNS_PER_PATH)
		return -ENOMEM;
	t = flags & SECCOMP_FILTER_FLAG_TSYNC ? cannot_follow() : NULL;
	if (t)
		return flags & SECCOMP_FILTER_FLAG_TSYNC_ESRCH ? -ESRCH : t->pid;
	filter->log = flags & SECCOMP_FILTER_FLAG_LOG;
	filter->prev = current->seccomp_filter;
	WRITE_ONCE(current->seccomp_filter, filter);
	current->seccomp_count++;
	assign_mode(current, SECCOMP_MODE_FILTER);
	if (flags & SECCOMP_FILTER_FLAG_TSYNC)
		all_follow();
	return 0;
}

long seccomp_add_filter(unsigned int flags, const void __user *ufprog)
{
	struct seccomp_filter *filter = filter_from_user(ufprog);
	long ret;

	if (IS_ERR(filter))
		return PTR_ERR(filter);
	spin_lock_irq(&current->sighand->siglock);
	ret = attach(filter, flags);
	spin_unlock_irq(&current->sighand->siglock);
	if (ret)
		kvfree(filter);
	return ret;
}

/* ---- life of a task ---- */

void seccomp_fork(struct task_struct *child)
{
	if (!current->seccomp_mode)
		return;
	if (current->seccomp_filter)
		refcount_inc(&current->seccomp_filter->users);
	child->seccomp_filter = current->seccomp_filter;
	child->seccomp_count = current->seccomp_count;
	child->no_new_privs = current->no_new_privs; /* a TSYNC may have set it since the child began */
	assign_mode(child, current->seccomp_mode);
}

void seccomp_release(struct task_struct *task)
{
	put_filter(task->seccomp_filter);
	task->seccomp_filter = NULL;
}

/* ---- a call ---- */

static u32 run_filters(const struct seccomp_data *data, struct seccomp_filter **match)
{
	u32 ret = SECCOMP_RET_ALLOW;

	for (struct seccomp_filter *f = READ_ONCE(current->seccomp_filter); f; f = f->prev) {
		u32 one = bpf_run_classic(f->prog, data, sizeof(*data));

		if ((s32)(one & SECCOMP_RET_ACTION_FULL) < (s32)(ret & SECCOMP_RET_ACTION_FULL)) {
			ret = one;
			*match = f;
		}
	}
	return ret;
}

static void log_call(int nr, int sig, const char *action)
{
	pr_info_ratelimited("seccomp: %s[%d]: call %d: %s, signal %d\n", current->comm, current->pid, nr, action, sig);
}

static void fill_sigsys(kernel_siginfo_t *info, const struct pt_regs *regs, u32 data)
{
	clear_siginfo(info);
	info->si_signo = SIGSYS;
	info->si_code = SYS_SECCOMP;
	info->si_errno = data;
	info->si_call_addr = (void *)regs->ip;
	info->si_syscall = (int)regs->orig_ax;
	info->si_arch = AUDIT_ARCH_X86_64;
}

static void end_thread(int nr, bool process)
{
	log_call(nr, SIGSYS, process ? "process ends" : "thread ends");
	if (process || READ_ONCE(current->signal->nr_threads) == 1)
		do_group_exit(SIGSYS);
	do_exit(SIGSYS);
}

static bool strict_permits(int nr)
{
	static const int allowed[] = { 0 /* read */, 1 /* write */, 60 /* exit */, 15 /* rt_sigreturn */ };

	for (unsigned int i = 0; i < ARRAY_SIZE(allowed); i++)
		if (nr == allowed[i])
			return true;
	log_call(nr, SIGKILL, "thread ends");
	do_exit(SIGKILL);
}

/* The tracer decides, and may put another call in its place, which is then judged. False: no call is to be made. */
static bool tracer_permits(struct pt_regs *regs, u32 message)
{
	regs->ax = -ENOSYS;
	if (!(READ_ONCE(current->ptrace) & PT_EVENT(PTRACE_EVENT_SECCOMP)))
		return false;
	ptrace_event(PTRACE_EVENT_SECCOMP, message);
	return !fatal_signal_pending(current) && (int)regs->orig_ax >= 0;
}

/* @traced: the tracer has been asked. */
static bool filters_permit(struct pt_regs *regs, bool traced)
{
	struct seccomp_data data = { (int)regs->orig_ax, AUDIT_ARCH_X86_64, regs->ip,
				     { regs->di, regs->si, regs->dx, regs->r10, regs->r8, regs->r9 } };
	struct seccomp_filter *match = NULL;
	u32 ret = run_filters(&data, &match);
	kernel_siginfo_t info;

	switch (ret & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return true;
	case SECCOMP_RET_LOG:
		log_call(data.nr, 0, "allowed");
		return true;
	case SECCOMP_RET_ERRNO:
		if (match->log)
			log_call(data.nr, 0, "refused");
		regs->ax = -(unsigned long)min_t(u32, ret & SECCOMP_RET_DATA, MAX_ERRNO_RETURNED);
		return false;
	case SECCOMP_RET_TRAP:
		/* as if the call had not been made: a handler may make it, and say what it returns */
		regs->ax = regs->orig_ax;
		fill_sigsys(&info, regs, ret & SECCOMP_RET_DATA);
		force_sig_info(&info);
		return false;
	case SECCOMP_RET_TRACE:
		return traced || (tracer_permits(regs, ret & SECCOMP_RET_DATA) && filters_permit(regs, true));
	case SECCOMP_RET_USER_NOTIF:
		regs->ax = -ENOSYS; /* nobody listens */
		return false;
	}
	end_thread(data.nr, (ret & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_KILL_THREAD);
	return false;
}

bool seccomp_permits(struct pt_regs *regs)
{
	if (current->seccomp_mode == SECCOMP_MODE_STRICT)
		return strict_permits((int)regs->orig_ax);
	return filters_permit(regs, false);
}
