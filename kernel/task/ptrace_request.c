// SPDX-License-Identifier: MIT
/*
 * ptrace(2): the requests of a tracer. Who traces whom, and the stops, are in ptrace.c, the registers in ptrace_regs.c.
 *
 * But for the few that say otherwise, a request is for a tracee that stands still. It is first frozen: under tasklist_lock it is
 * seen to be ours and in TASK_TRACED, and under siglock TASK_WAKEKILL is taken off its state, so that SIGKILL, too, has to wait; then
 * we wait until it has left its CPU, which it will, having nothing but schedule() before it. Thawing puts TASK_WAKEKILL back, or
 * lets it run if SIGKILL came meanwhile. Only the tracer's own thread makes requests, so there is one at a time.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/missing.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/access.h"
#include "kernel/task/internal.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/rseq.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/mm.h"

#define NT_PRSTATUS   1
#define NT_PRFPREG    2
#define NT_X86_XSTATE 0x202

#define AUDIT_ARCH_X86_64 0xc000003e

/* ---- freezing ---- */

/* Is p a tracee of ours that stands still, and is it kept so? 0 or -ESRCH. May sleep. */
static int freeze(struct task_struct *p)
{
	int err = -ESRCH;

	spin_lock(&tasklist_lock);
	if (p->tracer == current) {
		spin_lock_irq(&p->sighand->siglock);
		if (task_is_traced(p) && !__fatal_signal_pending(p) && !(p->jobctl & JOBCTL_LISTENING)) {
			WRITE_ONCE(p->state, __TASK_TRACED);
			err = 0;
		}
		spin_unlock_irq(&p->sighand->siglock);
	}
	spin_unlock(&tasklist_lock);
	/* SIGKILL may have been seen by schedule() with the state from before: then it does not stand still, but runs to its end */
	for (int looks = 0; !err && !task_stands_still(p); looks++) {
		if (READ_ONCE(p->state) != __TASK_TRACED)
			err = -ESRCH;
		else if (looks < 20)
			cond_resched();
		else
			msleep(1); /* it may wait for this CPU */
	}
	return !err && READ_ONCE(p->state) != __TASK_TRACED ? -ESRCH : err;
}

/* It may have been let go by the request itself, and have ended since. */
static void thaw(struct task_struct *p)
{
	unsigned long flags;
	struct sighand_struct *sighand = lock_task_sighand(p, &flags);

	if (!sighand)
		return;
	if (READ_ONCE(p->state) == __TASK_TRACED) {
		if (__fatal_signal_pending(p))
			wake_up_state(p, __TASK_TRACED);
		else
			WRITE_ONCE(p->state, TASK_TRACED);
	}
	unlock_task_sighand(sighand, &flags);
}

/* ---- memory ---- */

static long access_word(struct task_struct *p, unsigned long addr, unsigned long *word, bool write)
{
	struct mm_struct *mm = get_task_mm(p);
	int n;

	if (!mm)
		return -EIO;
	if (!READ_ONCE(mm->dumpable) && !(p->ptrace & PT_PRIVILEGED)) { /* a program that the tracer may not read */
		mmput(mm);
		return -EIO;
	}
	n = access_process_vm(mm, addr, word, sizeof(*word), FOLL_FORCE | (write ? FOLL_WRITE : 0));
	mmput(mm);
	return n == sizeof(*word) ? 0 : -EIO;
}

static long peek(struct task_struct *p, unsigned long request, unsigned long addr, unsigned long __user *to)
{
	unsigned long word;
	long err = request == PTRACE_PEEKUSER ? ptrace_peek_user(p, addr, &word) : access_word(p, addr, &word, false);

	return err ? err : put_user(word, to);
}

/* ---- signals ---- */

/* What the stop is about, or all that is to be delivered in its place; -EINVAL in a group's stop. */
static long get_siginfo(struct task_struct *p, siginfo_t __user *to)
{
	return p->last_siginfo ? copy_siginfo_to_user(to, p->last_siginfo) : -EINVAL;
}

static long set_siginfo(struct task_struct *p, const siginfo_t __user *from)
{
	siginfo_t info;

	if (copy_from_user(&info, from, sizeof(info)))
		return -EFAULT;
	if (!p->last_siginfo)
		return -EINVAL;
	*p->last_siginfo = info.known;
	return 0;
}

/* With its mask for the time of a system call in force, the one to come back to. */
static long get_sigmask(struct task_struct *p, unsigned long size, sigset_t __user *to)
{
	const sigset_t *mask = test_tsk_thread_flag(p, TIF_RESTORE_SIGMASK) ? &p->saved_sigmask : &p->blocked;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	return copy_to_user(to, mask, sizeof(*mask)) ? -EFAULT : 0;
}

static long set_sigmask(struct task_struct *p, unsigned long size, const sigset_t __user *from)
{
	sigset_t mask;

	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&mask, from, sizeof(mask)))
		return -EFAULT;
	mask.sig[0] &= ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
	spin_lock_irq(&p->sighand->siglock);
	p->blocked = mask; /* it looks for signals when it goes on */
	spin_unlock_irq(&p->sighand->siglock);
	clear_tsk_thread_flag(p, TIF_RESTORE_SIGMASK);
	return 0;
}

/* ---- asking ---- */

static long register_set(struct task_struct *p, bool set, unsigned long type, struct iovec __user *uiov)
{
	struct iovec iov;
	size_t size;
	long ret;

	if (copy_from_user(&iov, uiov, sizeof(iov)))
		return -EFAULT;
	switch (type) {
	case NT_PRSTATUS:
		size = min_t(size_t, iov.iov_len, USER_REGS_SIZE);
		ret = set ? ptrace_set_regs(p, iov.iov_base, size) : ptrace_get_regs(p, iov.iov_base, size);
		break;
	case NT_PRFPREG:
		size = min_t(size_t, iov.iov_len, USER_FPREGS_SIZE);
		if (set && size != USER_FPREGS_SIZE)
			return -EINVAL;
		ret = set ? ptrace_set_fpregs(p, iov.iov_base, size) : ptrace_get_fpregs(p, iov.iov_base, size);
		break;
	case NT_X86_XSTATE:
		if (!cpu_features.xsave)
			return -ENODEV;
		size = min_t(size_t, iov.iov_len, fpu_area_size());
		if (set && size != fpu_area_size())
			return -EFAULT;
		ret = set ? ptrace_set_fpregs(p, iov.iov_base, size) : ptrace_get_fpregs(p, iov.iov_base, size);
		break;
	default:
		return -EINVAL;
	}
	return ret ? ret : put_user(size, &uiov->iov_len);
}

/* struct ptrace_syscall_info */
struct syscall_info {
	u8 op, pad[3];
	u32 arch;
	u64 ip, sp;
	union {
		struct {
			u64 nr, args[6];
		} entry;
		struct {
			s64 rval;
			u8 is_error;
		} exit;
		struct {
			u64 nr, args[6];
			u32 ret_data;
		} seccomp;
	};
};
enum { SYSCALL_INFO_NONE, SYSCALL_INFO_ENTRY, SYSCALL_INFO_EXIT, SYSCALL_INFO_SECCOMP };

/* The same place in both, see static_assert. */
static void fill_call(struct syscall_info *info, const struct pt_regs *regs)
{
	static_assert(offsetof(struct syscall_info, entry.args) == offsetof(struct syscall_info, seccomp.args), "syscall_info");
	info->entry.nr = regs->orig_ax;
	info->entry.args[0] = regs->di;
	info->entry.args[1] = regs->si;
	info->entry.args[2] = regs->dx;
	info->entry.args[3] = regs->r10;
	info->entry.args[4] = regs->r8;
	info->entry.args[5] = regs->r9;
}

static size_t fill_syscall_info(struct task_struct *p, struct syscall_info *info)
{
	const struct pt_regs *regs = task_pt_regs(p);
	bool syscall_stop = p->last_siginfo && p->last_siginfo->si_code == (SIGTRAP | 0x80);

	info->arch = AUDIT_ARCH_X86_64;
	info->ip = regs->ip;
	info->sp = regs->sp;
	if (syscall_stop && p->ptrace_message == PTRACE_EVENTMSG_SYSCALL_ENTRY) {
		info->op = SYSCALL_INFO_ENTRY;
		fill_call(info, regs);
		return offsetof(struct syscall_info, entry) + sizeof(info->entry);
	}
	if (syscall_stop && p->ptrace_message == PTRACE_EVENTMSG_SYSCALL_EXIT) {
		info->op = SYSCALL_INFO_EXIT;
		info->exit.rval = (s64)regs->ax;
		info->exit.is_error = info->exit.rval < 0 && info->exit.rval >= -4095;
		return offsetof(struct syscall_info, exit.is_error) + sizeof(info->exit.is_error);
	}
	if (p->last_siginfo && p->last_siginfo->si_code == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
		info->op = SYSCALL_INFO_SECCOMP;
		fill_call(info, regs);
		info->seccomp.ret_data = (u32)p->ptrace_message;
		return offsetof(struct syscall_info, seccomp.ret_data) + sizeof(info->seccomp.ret_data);
	}
	info->op = SYSCALL_INFO_NONE;
	return offsetof(struct syscall_info, entry);
}

/* The size that it would take, of which @size at most are written. */
static long get_syscall_info(struct task_struct *p, unsigned long size, void __user *to)
{
	struct syscall_info info = { 0 };
	size_t full = fill_syscall_info(p, &info);

	return copy_to_user(to, &info, min_t(size_t, full, size)) ? -EFAULT : (long)full;
}

/* struct ptrace_rseq_configuration */
struct rseq_configuration {
	u64 area;
	u32 size, signature, flags, pad;
};

static long get_rseq(struct task_struct *p, unsigned long size, void __user *to)
{
	struct rseq_configuration c = { (u64)p->rseq, p->rseq_len, p->rseq_sig, 0, 0 };

	return copy_to_user(to, &c, min_t(size_t, sizeof(c), size)) ? -EFAULT : (long)sizeof(c);
}

/* ---- going on ---- */

static long set_options(struct task_struct *p, unsigned long options)
{
	if (options & ~(unsigned long)PTRACE_O_MASK)
		return -EINVAL;
	spin_lock(&tasklist_lock);
	spin_lock_irq(&p->sighand->siglock);
	WRITE_ONCE(p->ptrace, (p->ptrace & ~PT_OPT(PTRACE_O_MASK)) | PT_OPT(options));
	spin_unlock_irq(&p->sighand->siglock);
	spin_unlock(&tasklist_lock);
	return 0;
}

static long resume(struct task_struct *p, unsigned long request, unsigned long sig)
{
	if (sig > _NSIG)
		return -EIO;
	if (request == PTRACE_SYSCALL)
		set_tsk_thread_flag(p, TIF_SYSCALL_TRACE);
	else
		clear_tsk_thread_flag(p, TIF_SYSCALL_TRACE);
	ptrace_set_single_step(p, request == PTRACE_SINGLESTEP);
	spin_lock_irq(&p->sighand->siglock);
	p->exit_code = (int)sig;
	wake_up_state(p, __TASK_TRACED);
	spin_unlock_irq(&p->sighand->siglock);
	return 0;
}

/* Leaves the tracee in its group's stop, to be told of the stop's end. It is frozen. */
static long listen(struct task_struct *p)
{
	long err = -EIO;

	if (!(p->ptrace & PT_SEIZED))
		return -EIO;
	spin_lock_irq(&p->sighand->siglock);
	if (p->last_siginfo && p->last_siginfo->si_code >> 8 == PTRACE_EVENT_STOP) {
		p->jobctl |= JOBCTL_LISTENING;
		if (p->jobctl & JOBCTL_TRAP_NOTIFY)
			ptrace_wake(p, true);
		err = 0;
	}
	spin_unlock_irq(&p->sighand->siglock);
	return err;
}

/* Stops a seized tracee, wherever it is. */
static long interrupt(struct task_struct *p)
{
	unsigned long flags;
	struct sighand_struct *sighand;
	long err = -EIO;

	if (!(READ_ONCE(p->ptrace) & PT_SEIZED))
		return err;
	sighand = lock_task_sighand(p, &flags);
	if (!sighand)
		return -ESRCH;
	if (p->ptrace & PT_SEIZED) {
		p->jobctl |= JOBCTL_TRAP_STOP;
		ptrace_wake(p, p->jobctl & JOBCTL_LISTENING);
		err = 0;
	}
	unlock_task_sighand(sighand, &flags);
	return err;
}

/* ---- the call ---- */

static long frozen_request(struct task_struct *p, unsigned long request, unsigned long addr, unsigned long data)
{
	void __user *to = (void __user *)data;

	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
	case PTRACE_PEEKUSER:
		return peek(p, request, addr, to);
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		return access_word(p, addr, &data, true);
	case PTRACE_POKEUSER:
		return ptrace_poke_user(p, addr, data);
	case PTRACE_GETREGS:
		return ptrace_get_regs(p, to, USER_REGS_SIZE);
	case PTRACE_SETREGS:
		return ptrace_set_regs(p, to, USER_REGS_SIZE);
	case PTRACE_GETFPREGS:
		return ptrace_get_fpregs(p, to, USER_FPREGS_SIZE);
	case PTRACE_SETFPREGS:
		return ptrace_set_fpregs(p, to, USER_FPREGS_SIZE);
	case PTRACE_GETREGSET:
	case PTRACE_SETREGSET:
		return register_set(p, request == PTRACE_SETREGSET, addr, to);
	case PTRACE_GETSIGINFO:
		return get_siginfo(p, to);
	case PTRACE_SETSIGINFO:
		return set_siginfo(p, to);
	case PTRACE_GETSIGMASK:
		return get_sigmask(p, addr, to);
	case PTRACE_SETSIGMASK:
		return set_sigmask(p, addr, to);
	case PTRACE_GETEVENTMSG:
		return put_user(p->ptrace_message, (unsigned long __user *)to);
	case PTRACE_GET_SYSCALL_INFO:
		return get_syscall_info(p, addr, to);
	case PTRACE_GET_RSEQ_CONFIGURATION:
		return get_rseq(p, addr, to);
	case PTRACE_SETOPTIONS:
		return set_options(p, data);
	case PTRACE_LISTEN:
		return listen(p);
	case PTRACE_CONT:
	case PTRACE_SYSCALL:
	case PTRACE_SINGLESTEP:
		return resume(p, request, data);
	}
	unsupported("a request of ptrace");
	return -EIO;
}

/* A request to a tracee that need not stand still: PTRACE_KILL, PTRACE_INTERRUPT. */
static long request_running(struct task_struct *p, unsigned long request)
{
	bool mine;

	spin_lock(&tasklist_lock);
	mine = p->tracer == current; /* and stays so: only the current thread, or the tracee's end, changes it */
	spin_unlock(&tasklist_lock);
	if (!mine)
		return -ESRCH;
	if (request == PTRACE_INTERRUPT)
		return interrupt(p);
	send_sig_info(SIGKILL, NULL, p, false);
	return 0;
}

static long request_of(struct task_struct *p, unsigned long request, unsigned long addr, unsigned long data)
{
	long ret;

	if (request == PTRACE_ATTACH || request == PTRACE_SEIZE)
		return ptrace_attach(p, request == PTRACE_SEIZE, addr, data);
	if (request == PTRACE_KILL || request == PTRACE_INTERRUPT)
		return request_running(p, request);
	ret = freeze(p);
	if (ret)
		return ret;
	if (request == PTRACE_DETACH) {
		if (data <= _NSIG) {
			ptrace_detach(p, (unsigned int)data);
			return 0;
		}
		ret = -EIO;
	} else {
		ret = frozen_request(p, request, addr, data);
	}
	thaw(p);
	return ret;
}

long sys_ptrace(unsigned long request, unsigned long pid, unsigned long addr, unsigned long data)
{
	struct task_struct *p;
	long ret;

	if (request == PTRACE_TRACEME)
		return ptrace_traceme();
	p = find_get_task_by_vpid((pid_t)pid);
	if (!p)
		return -ESRCH;
	ret = request_of(p, request, addr, data);
	put_task_struct(p);
	return ret;
}
