// SPDX-License-Identifier: MIT
/* Actions, masks, waiting for signals, and the restart of calls they broke off. Sending is in kill.c. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/task/sigframe.h"
#include "kernel/task/signal_internal.h"
#include "kernel/x86/ptrace.h"
#include "kernel/x86/uaccess.h"

#define SA_KNOWN                                                                                                    \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_EXPOSE_TAGBITS | SA_RESTORER | SA_ONSTACK | SA_RESTART |     \
	 SA_NODEFER | SA_RESETHAND)

long sys_rt_sigaction(int sig, const struct k_sigaction __user *act,
		      struct k_sigaction __user *oact, size_t sigsetsize)
{
	struct task_struct *t = current;
	struct k_sigaction new, old, *ka;

	if (sigsetsize != sizeof(sigset_t))
		return -EINVAL;
	if (act && copy_from_user(&new, act, sizeof(new)))
		return -EFAULT;
	if (sig < 1 || sig > _NSIG || (act && (sig == SIGKILL || sig == SIGSTOP)))
		return -EINVAL;
	ka = &t->sighand->action[sig - 1];
	spin_lock_irq(&t->sighand->siglock);
	old = *ka;
	if (act) {
		new.sa_flags &= SA_KNOWN; /* a program that asks for others is to see that it has not got them */
		new.sa_mask.sig[0] &= ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
		*ka = new;
		if (new.sa_handler == SIG_IGN ||
		    (new.sa_handler == SIG_DFL && sig_default_ignored(sig)))
			forget_signals(t, sigmask(sig));
	}
	spin_unlock_irq(&t->sighand->siglock);
	if (oact && copy_to_user(oact, &old, sizeof(old)))
		return -EFAULT;
	return 0;
}

long sys_rt_sigprocmask(int how, const sigset_t __user *uset, sigset_t __user *uoset,
			size_t sigsetsize)
{
	sigset_t old = current->blocked, set, new;

	if (sigsetsize != sizeof(sigset_t))
		return -EINVAL;
	if (uset) {
		if (copy_from_user(&set, uset, sizeof(set)))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK:
			new.sig[0] = old.sig[0] | set.sig[0];
			break;
		case SIG_UNBLOCK:
			new.sig[0] = old.sig[0] & ~set.sig[0];
			break;
		case SIG_SETMASK:
			new = set;
			break;
		default:
			return -EINVAL;
		}
		set_current_blocked(&new);
	}
	if (uoset && copy_to_user(uoset, &old, sizeof(old)))
		return -EFAULT;
	return 0;
}

long sys_rt_sigreturn(void)
{
	return sigreturn(task_pt_regs(current));
}

long sys_rt_sigpending(sigset_t __user *uset, size_t sigsetsize)
{
	struct task_struct *t = current;
	sigset_t set;

	if (sigsetsize > sizeof(sigset_t))
		return -EINVAL;
	spin_lock_irq(&t->sighand->siglock);
	set.sig[0] = (t->pending.signal.sig[0] | t->signal->shared_pending.signal.sig[0]) &
		     t->blocked.sig[0];
	spin_unlock_irq(&t->sighand->siglock);
	return copy_to_user(uset, &set, sigsetsize) ? -EFAULT : 0;
}

/* Sleeps with the wanted signals let through; they are taken here, not delivered. */
static int sigtimedwait(sigset_t *wanted, kernel_siginfo_t *info, const ktime_t *timeout)
{
	struct task_struct *t = current;
	sigset_t except = { { ~wanted->sig[0] } };
	int sig, timed_out = 0;

	spin_lock_irq(&t->sighand->siglock);
	sig = dequeue_signal(t, &except, info);
	if (!sig && (!timeout || *timeout > 0)) {
		t->real_blocked = t->blocked;
		t->blocked.sig[0] &= ~wanted->sig[0];
		recalc_sigpending();
		set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock_irq(&t->sighand->siglock);
		timed_out = !schedule_hrtimeout(
			timeout ? ktime_add_safe(ktime_get(), *timeout) : KTIME_MAX);
		spin_lock_irq(&t->sighand->siglock);
		set_current_blocked_locked(&t->real_blocked);
		t->real_blocked.sig[0] = 0;
		sig = dequeue_signal(t, &except, info);
	}
	spin_unlock_irq(&t->sighand->siglock);
	if (sig)
		return sig;
	return timed_out || (timeout && *timeout <= 0) ? -EAGAIN : -EINTR;
}

long sys_rt_sigtimedwait(const sigset_t __user *uset, siginfo_t __user *uinfo,
			 const struct __kernel_timespec __user *uts, size_t sigsetsize)
{
	struct __kernel_timespec ts;
	struct timespec64 t64;
	kernel_siginfo_t info;
	sigset_t set;
	ktime_t timeout = 0;
	int sig;

	if (sigsetsize != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, uset, sizeof(set)))
		return -EFAULT;
	set.sig[0] &= ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		t64 = (struct timespec64){ ts.tv_sec, ts.tv_nsec };
		if (!timespec64_valid(&t64))
			return -EINVAL;
		timeout = timespec64_to_ktime(t64);
	}
	sig = sigtimedwait(&set, &info, uts ? &timeout : NULL);
	if (sig > 0 && uinfo && copy_siginfo_to_user(uinfo, &info))
		return -EFAULT;
	return sig;
}

long sys_pause(void)
{
	while (!signal_pending(current)) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (signal_pending(current))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return -ERESTARTNOHAND;
}

long sys_rt_sigsuspend(const sigset_t __user *uset, size_t sigsetsize)
{
	int err;

	if (sigsetsize != sizeof(sigset_t))
		return -EINVAL;
	if (!uset)
		return -EFAULT;
	err = set_user_sigmask(uset, sigsetsize);
	return err ? err : sys_pause();
}

long sys_sigaltstack(const stack_t __user *uss, stack_t __user *uoss)
{
	stack_t ss, old;
	int err;

	if (uss && copy_from_user(&ss, uss, sizeof(ss)))
		return -EFAULT;
	err = do_sigaltstack(uss ? &ss : NULL, &old, task_pt_regs(current)->sp);
	if (err)
		return err;
	return uoss && copy_to_user(uoss, &old, sizeof(old)) ? -EFAULT : 0;
}

long sys_restart_syscall(void)
{
	struct restart_block *rb = &current->restart_block;
	long (*fn)(struct restart_block *) = rb->fn;

	rb->fn = NULL;
	return fn ? fn(rb) : -EINTR;
}
