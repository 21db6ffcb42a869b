// SPDX-License-Identifier: MIT
/*
 * Signals: taking them, on the way to the program, and restarting the system calls they broke off.
 *
 * A system call that was interrupted returned one of the ERESTART codes. If a handler runs, the
 * program sees EINTR, or with SA_RESTART the call again after the handler; if none runs, the call
 * is restarted at once. Restarting means setting the instruction pointer back by the two bytes of
 * SYSCALL with the number in ax again.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/coredump.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/proc_events.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/rseq.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "kernel/task/sigqueue.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/uaccess.h"

#define SYSCALL_INSN_LEN   2
#define NR_restart_syscall 219

/* Faults of the thread itself come first: their context is the one that faulted. */
#define SYNCHRONOUS_MASK                                                                           \
	(sigmask(SIGSEGV) | sigmask(SIGBUS) | sigmask(SIGILL) | sigmask(SIGTRAP) |                 \
	 sigmask(SIGFPE) | sigmask(SIGSYS))

static int next_signal(struct sigpending *pending, const sigset_t *mask)
{
	unsigned long set = pending->signal.sig[0] & ~mask->sig[0];

	if (!set)
		return 0;
	if (set & sigmask(SIGKILL))
		return SIGKILL;
	if (set & SYNCHRONOUS_MASK)
		set &= SYNCHRONOUS_MASK;
	return __builtin_ctzl(set) + 1;
}

/* Takes the first entry for sig, and the signal with it if there is no other. */
static void collect(int sig, struct sigpending *pending, kernel_siginfo_t *info)
{
	struct sigqueue *q, *first = NULL;
	bool more = false;

	list_for_each_entry (q, &pending->list, list) {
		if (q->info.si_signo != sig)
			continue;
		if (first) {
			more = true;
			break;
		}
		first = q;
	}
	if (!more)
		pending->signal.sig[0] &= ~sigmask(sig);
	if (first) {
		*info = first->info;
		list_del_init(&first->list);
		if (first->timer)
			posix_timer_taken(first->timer, info);
		sigqueue_free(first);
	} else {
		clear_siginfo(info);
		info->si_signo = sig;
		info->si_code = SI_USER;
	}
}

int dequeue_signal(struct task_struct *p, const sigset_t *mask, kernel_siginfo_t *info)
{
	struct sigpending *pending = &p->pending;
	int sig = next_signal(pending, mask);

	if (!sig) {
		pending = &p->signal->shared_pending;
		sig = next_signal(pending, mask);
	}
	if (sig) {
		collect(sig, pending, info);
		if (sig == SIGALRM)
			itimer_taken(p->signal);
		if (sig_default_stop(sig))
			p->jobctl |= JOBCTL_STOP_DEQUEUED;
	}
	recalc_sigpending();
	return sig;
}

static void report_fatal(int sig, const kernel_siginfo_t *info, const struct pt_regs *regs)
{
	if (info->si_code > 0 && sigmask(sig) & (SYNCHRONOUS_MASK & ~sigmask(SIGTRAP)))
		pr_info("%s[%d]: signal %d code %d at ip %lx sp %lx, address %lx\n", current->comm,
			current->pid, sig, info->si_code, regs->ip, regs->sp,
			(unsigned long)info->si_addr);
}

/* The process, or with exec by another thread this one, is to end. siglock held; does not return if so. */
static void die_if_told(struct task_struct *t)
{
	struct signal_struct *signal = t->signal;
	int code = signal->group_exit_code;

	if (signal->flags & SIGNAL_GROUP_EXIT) {
		spin_unlock_irq(&t->sighand->siglock);
		do_group_exit(code);
	}
	if (signal->group_exec_task && signal->group_exec_task != t) {
		spin_unlock_irq(&t->sighand->siglock);
		do_exit(0);
	}
}

/* A stop signal without a handler. siglock is held, and released for a while. */
static void take_stop_signal(int sig)
{
	struct sighand_struct *sighand = current->sighand;
	bool orphaned = false;

	if (sig != SIGSTOP) {
		/* nobody could continue it: POSIX has it run on */
		spin_unlock_irq(&sighand->siglock);
		orphaned = is_current_pgrp_orphaned();
		spin_lock_irq(&sighand->siglock);
	}
	if (!orphaned && do_signal_stop(sig))
		spin_lock_irq(&sighand->siglock);
}

/* A signal taken whose action is SIG_DFL. siglock held; does not return if the process is to end. */
static void default_action(int sig, const kernel_siginfo_t *info, const struct pt_regs *regs)
{
	if (sig_default_ignored(sig))
		return;
	if (sig_default_stop(sig)) {
		take_stop_signal(sig);
		return;
	}
	spin_unlock_irq(&current->sighand->siglock);
	report_fatal(sig, info, regs);
	if (sig_default_coredump(sig))
		proc_event_coredump();
	do_coredump(info);
	do_group_exit(sig);
}

/* The next signal that has a handler, its action in *ka; 0 if there is none. Does not return if the process is to end. */
static int get_signal(struct k_sigaction *ka, kernel_siginfo_t *info, struct pt_regs *regs)
{
	struct task_struct *t = current;
	struct sighand_struct *sighand = t->sighand;
	struct k_sigaction *action;
	int sig;

	spin_lock_irq(&sighand->siglock);
	for (;;) {
		if (tell_continued()) {
			spin_lock_irq(&sighand->siglock);
			continue;
		}
		die_if_told(t);
		if (do_signal_stop(0)) {
			spin_lock_irq(&sighand->siglock);
			continue;
		}
		if (unlikely(t->jobctl & JOBCTL_TRAP_MASK)) {
			ptrace_trap();
			continue;
		}
		sig = dequeue_signal(t, &t->blocked, info);
		if (!sig)
			break;
		if (unlikely(t->ptrace) && sig != SIGKILL) {
			sig = ptrace_signal(sig, info);
			if (!sig)
				continue;
		}
		action = &sighand->action[sig - 1];
		if (action->sa_handler == SIG_DFL || sig == SIGKILL) {
			default_action(sig, info, regs);
		} else if (action->sa_handler != SIG_IGN) {
			*ka = *action;
			if (action->sa_flags & SA_RESETHAND)
				action->sa_handler = SIG_DFL;
			break;
		}
	}
	spin_unlock_irq(&sighand->siglock);
	return sig;
}

static void restart(struct pt_regs *regs, unsigned long nr)
{
	regs->ax = nr;
	regs->ip -= SYSCALL_INSN_LEN;
}

/* A handler is going to run. */
static void fix_syscall_for_handler(struct pt_regs *regs, const struct k_sigaction *ka)
{
	switch ((long)regs->ax) {
	case -ERESTARTSYS:
		if (ka->sa_flags & SA_RESTART) {
			restart(regs, regs->orig_ax);
			break;
		}
		fallthrough;
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		regs->ax = -EINTR;
		break;
	case -ERESTARTNOINTR:
		restart(regs, regs->orig_ax);
		break;
	}
}

static void fix_syscall_without_handler(struct pt_regs *regs)
{
	switch ((long)regs->ax) {
	case -ERESTARTSYS:
	case -ERESTARTNOHAND:
	case -ERESTARTNOINTR:
		restart(regs, regs->orig_ax);
		break;
	case -ERESTART_RESTARTBLOCK:
		restart(regs, NR_restart_syscall);
		break;
	}
}

static void handle_signal(int sig, const struct k_sigaction *ka, const kernel_siginfo_t *info,
			  struct pt_regs *regs)
{
	struct task_struct *t = current;
	sigset_t oldset = t->blocked, newset;

	if (test_thread_flag(TIF_RESTORE_SIGMASK)) {
		clear_thread_flag(TIF_RESTORE_SIGMASK);
		oldset = t->saved_sigmask;
	}
	if (rseq_signal(regs) || setup_rt_frame(sig, ka, info, &oldset, regs)) {
		pr_info("%s[%d]: no room for a signal frame at sp %lx, or a bad rseq area\n", t->comm, t->pid, regs->sp);
		spin_lock_irq(&t->sighand->siglock);
		if (sig == SIGSEGV)
			t->sighand->action[sig - 1].sa_handler = SIG_DFL;
		spin_unlock_irq(&t->sighand->siglock);
		force_sig(SIGSEGV);
		return;
	}
	newset.sig[0] = t->blocked.sig[0] | ka->sa_mask.sig[0];
	if (!(ka->sa_flags & SA_NODEFER))
		newset.sig[0] |= sigmask(sig);
	set_current_blocked(&newset);
	ptrace_handler_entered();
}

void do_signal(struct pt_regs *regs, bool in_syscall)
{
	struct k_sigaction ka;
	kernel_siginfo_t info;
	int sig = get_signal(&ka, &info, regs);

	/* rt_sigreturn leaves orig_ax -1: what it restored must not be restarted */
	in_syscall = in_syscall && (long)regs->orig_ax >= 0;
	if (sig) {
		if (in_syscall)
			fix_syscall_for_handler(regs, &ka);
		regs->orig_ax = -1UL; /* a second handler must not change it again */
		handle_signal(sig, &ka, &info, regs);
		return;
	}
	if (in_syscall) {
		fix_syscall_without_handler(regs);
		regs->orig_ax = -1UL;
	}
	if (test_thread_flag(TIF_RESTORE_SIGMASK)) {
		clear_thread_flag(TIF_RESTORE_SIGMASK);
		set_current_blocked(&current->saved_sigmask);
	}
}

int set_user_sigmask(const sigset_t __user *umask, size_t sigsetsize)
{
	sigset_t set;

	if (!umask)
		return 0;
	if (sigsetsize != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&set, umask, sizeof(set)))
		return -EFAULT;
	current->saved_sigmask = current->blocked;
	set_thread_flag(TIF_RESTORE_SIGMASK);
	set_current_blocked(&set);
	return 0;
}

void restore_saved_sigmask_unless(bool interrupted)
{
	if (interrupted) {
		/* do_signal() restores it, after a handler saw the temporary mask */
		WARN_ON(!signal_pending(current));
		return;
	}
	if (test_thread_flag(TIF_RESTORE_SIGMASK)) {
		clear_thread_flag(TIF_RESTORE_SIGMASK);
		set_current_blocked(&current->saved_sigmask);
	}
}
