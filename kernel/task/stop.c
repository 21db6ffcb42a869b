// SPDX-License-Identifier: MIT
/*
 * Job control: stopping and continuing processes.
 *
 * A stop is the whole thread group's. The thread that takes the stop signal marks every thread that can join (JOBCTL_STOP_PENDING)
 * and counts them in signal->group_stop_count. Each looks on its way to the program, takes off its mark and one from the count,
 * and sleeps in TASK_STOPPED. The last one sets SIGNAL_STOP_STOPPED and tells the parent. So the count is the number of marks, and a
 * mark goes exactly once: by stopping, by exiting (exit_signals()), or with all others when the stop is called off by SIGCONT, by a
 * fatal signal or by exec (cancel_group_stop()).
 *
 * No thread is missed. A new thread is linked under siglock by a parent that has no signal pending, and a mark counts as one
 * (recalc_needed()); so while a stop is in progress none is made, and one made before is on the list when the marks are set.
 *
 * SIGCONT takes effect when it is sent, whether blocked, ignored or handled: pending stop signals are forgotten, and stopped threads
 * woken. The other way round a stop signal that is sent makes a pending SIGCONT forgotten. Between taking a stop signal and
 * stopping, siglock is released to ask whether the process group is orphaned; JOBCTL_STOP_DEQUEUED, which SIGCONT and SIGKILL take
 * off, tells that neither has come in between.
 *
 * A thread sets TASK_STOPPED under siglock, and whoever wakes it holds siglock and has changed the reason before: it cannot miss it.
 * TASK_STOPPED has TASK_WAKEKILL, so SIGKILL wakes it, and nothing else but SIGCONT does.
 *
 * The parent is told under tasklist_lock, which comes before siglock, and therefore by a thread of the group itself with its
 * siglock released: the last one that stops; after SIGCONT, the first that goes on (SIGNAL_CLD_CONTINUED, SIGNAL_CLD_STOPPED). Its
 * waiters are woken after the flags they read under siglock have been set.
 */
#include "kernel/lib/rculist.h"
#include "kernel/task/coredump.h"
#include "kernel/task/cputime.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "kernel/task/sigqueue.h"

#define CLOCK_TICK_NS	(NSEC_PER_SEC / 100)
#define STOP_SIGNALS	(sigmask(SIGSTOP) | sigmask(SIGTSTP) | sigmask(SIGTTIN) | sigmask(SIGTTOU))
#define SIGNAL_CLD_MASK (SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED)
#define SIGNAL_STOP_MASK (SIGNAL_CLD_MASK | SIGNAL_STOP_STOPPED | SIGNAL_STOP_CONTINUED)

static void set_stop_flags(struct signal_struct *sig, unsigned int flags)
{
	WRITE_ONCE(sig->flags, (sig->flags & ~SIGNAL_STOP_MASK) | flags);
}

/* One thread less to wait for. True if it was the last: the group is stopped. siglock held. */
bool participate_in_stop(struct task_struct *t)
{
	struct signal_struct *sig = t->signal;

	t->jobctl &= ~(JOBCTL_STOP_PENDING | JOBCTL_STOP_DEQUEUED);
	if (--sig->group_stop_count || (sig->flags & SIGNAL_STOP_STOPPED))
		return false; /* or it was a tracee that ran on in a stopped group, and has joined it again */
	set_stop_flags(sig, SIGNAL_STOP_STOPPED);
	return true;
}

void cancel_group_stop(struct signal_struct *sig)
{
	struct task_struct *t;

	sig->group_stop_count = 0;
	list_for_each_entry (t, &sig->thread_head, thread_node)
		t->jobctl &= ~(JOBCTL_STOP_PENDING | JOBCTL_STOP_DEQUEUED);
}

void continue_group(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	struct task_struct *t;
	unsigned int why = 0;

	forget_signals(p, STOP_SIGNALS);
	if (sig->flags & SIGNAL_STOP_STOPPED)
		why = SIGNAL_CLD_CONTINUED;
	else if (sig->group_stop_count)
		why = SIGNAL_CLD_STOPPED;
	cancel_group_stop(sig);
	if (why) {
		set_stop_flags(sig, why | SIGNAL_STOP_CONTINUED);
		sig->group_exit_code = 0;
	}
	list_for_each_entry (t, &sig->thread_head, thread_node) {
		if (unlikely(t->ptrace & PT_SEIZED))
			ptrace_trap_notify(t);
		else
			wake_up_state(t, __TASK_STOPPED);
	}
}

/* ---- telling the parent ---- */

/* status: the signal that stopped it, which a wait may have taken from the process already, or SIGCONT. tasklist_lock held. */
void notify_cldstop(struct task_struct *tsk, struct task_struct *parent, int why, int status)
{
	u64 utime, stime;
	kernel_siginfo_t info;

	lockdep_assert_held(&tasklist_lock);
	if (parent->signal != &init_signals) {
		clear_siginfo(&info);
		info.si_signo = SIGCHLD;
		info.si_code = why;
		info.__chld_pid = parent == tsk->tracer ? tsk->pid : tsk->tgid;
		info.__chld_uid = tsk->real_cred->uid;
		info.si_status = status;
		group_cpu_split(tsk, &utime, &stime);
		info.si_utime = utime / CLOCK_TICK_NS;
		info.si_stime = stime / CLOCK_TICK_NS;
		spin_lock_irq(&parent->sighand->siglock);
		if (parent->sighand->action[SIGCHLD - 1].sa_handler != SIG_IGN &&
		    !(parent->sighand->action[SIGCHLD - 1].sa_flags & SA_NOCLDSTOP))
			send_signal_locked(SIGCHLD, &info, parent, true);
		spin_unlock_irq(&parent->sighand->siglock);
	}
	wake_up_parent(parent);
}

static void tell_parent(int why, int status)
{
	spin_lock(&tasklist_lock);
	notify_cldstop(current, current->real_parent, why, status);
	spin_unlock(&tasklist_lock);
}

bool tell_continued(void)
{
	struct signal_struct *sig = current->signal;
	unsigned int why = sig->flags & SIGNAL_CLD_MASK;

	if (!why)
		return false;
	WRITE_ONCE(sig->flags, sig->flags & ~SIGNAL_CLD_MASK);
	spin_unlock_irq(&current->sighand->siglock);
	if (why & SIGNAL_CLD_CONTINUED)
		tell_parent(CLD_CONTINUED, SIGCONT);
	else
		tell_parent(CLD_STOPPED, 0); /* the stop was broken off: there is no signal that it stands for any more */
	return true;
}

/* ---- stopping ---- */

/* The current thread begins a stop of its group. False if it is not to be, because something else came first. */
static bool begin_group_stop(int signr)
{
	struct task_struct *self = current, *t;
	struct signal_struct *sig = self->signal;

	if (!(self->jobctl & JOBCTL_STOP_DEQUEUED) || (sig->flags & SIGNAL_GROUP_EXIT) || sig->group_exec_task)
		return false;
	if (!(sig->flags & SIGNAL_STOP_STOPPED)) /* else it is the stop of a tracee that had been let out of the first one */
		sig->group_exit_code = signr;
	list_for_each_entry (t, &sig->thread_head, thread_node) {
		if ((t->flags & PF_EXITING) || task_is_stopped(t) || (t->jobctl & JOBCTL_STOP_PENDING))
			continue;
		t->jobctl = (t->jobctl & ~JOBCTL_STOP_SIGMASK) | JOBCTL_STOP_PENDING | (unsigned int)signr;
		sig->group_stop_count++;
		if (t == self)
			continue;
		if (unlikely(t->ptrace & PT_SEIZED))
			ptrace_trap_notify(t);
		else
			signal_wake_up(t, false);
	}
	return true;
}

bool do_signal_stop(int signr)
{
	struct task_struct *self = current;
	bool last;
	int code;

	lockdep_assert_held(&self->sighand->siglock);
	if (!(self->jobctl & JOBCTL_STOP_PENDING) && (!signr || !begin_group_stop(signr)))
		return false;
	if (unlikely(self->ptrace)) {
		self->jobctl |= JOBCTL_TRAP_STOP; /* as a stop for the tracer, see ptrace_trap() */
		return false;
	}
	last = participate_in_stop(self);
	code = self->signal->group_exit_code;
	__set_current_state(TASK_STOPPED);
	spin_unlock_irq(&self->sighand->siglock);
	if (last)
		tell_parent(CLD_STOPPED, code);
	schedule();
	return true;
}

/*
 * The current thread begins to exit: no signal is given to it any more, those to the process that it may have been woken for are
 * passed on, and nobody waits for it to stop. A core dump that is under way sees it first.
 */
void exit_signals(struct task_struct *tsk)
{
	bool stopped = false, dumped = false;
	struct core_thread self;
	int code;

	spin_lock_irq(&tsk->sighand->siglock);
	tsk->flags |= PF_EXITING;
	if (!(tsk->flags & PF_KTHREAD)) {
		retarget_shared_pending(tsk, ~tsk->blocked.sig[0]);
		if (thread_group_empty(tsk))
			cancel_group_stop(tsk->signal); /* the process ends: that is what its parent is to be told */
		else if (tsk->jobctl & JOBCTL_STOP_PENDING)
			stopped = participate_in_stop(tsk);
	}
	code = tsk->signal->group_exit_code;
	if (!(tsk->flags & PF_KTHREAD))
		dumped = coredump_join(&self);
	spin_unlock_irq(&tsk->sighand->siglock);
	if (stopped)
		tell_parent(CLD_STOPPED, code);
	if (unlikely(dumped))
		coredump_wait(&self);
}
