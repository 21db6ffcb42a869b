// SPDX-License-Identifier: MIT
/*
 * Tracing: who traces whom, and the stops of the traced.
 *
 * A traced task (tracee) has a tracer, a thread, and is on its list. Both are changed under tasklist_lock; task->ptrace, the flags,
 * under siglock as well, so that signal code can ask with either lock.
 *
 * A tracee stops by itself, in ptrace_stop(): it notes under siglock what the stop is about and sets TASK_TRACED, then tells the
 * tracer under tasklist_lock, and sleeps. Only its tracer wakes it, or SIGKILL (TASK_WAKEKILL), both under siglock, so no wakeup is
 * missed. If the tracer has let it go between the two locks, it does not sleep at all.
 *
 * The tracer may look at a tracee that stands still: in TASK_TRACED, off its CPU, and frozen (TASK_WAKEKILL taken off under siglock,
 * see ptrace_request.c), so that not even SIGKILL lets it run while its registers are read. What the stop is about (exit_code,
 * last_siginfo, ptrace_message) is the tracee's until it is in TASK_TRACED, and the tracer's until it has been woken.
 *
 * Job control goes on underneath: a tracee takes part in its group's stop, but as a stop for its tracer. One that was attached
 * (PTRACE_ATTACH) tells it as a stop by the signal without a siginfo; one that was seized as PTRACE_EVENT_STOP, and it can be left
 * in that stop (PTRACE_LISTEN) and tell when SIGCONT ends it (JOBCTL_TRAP_NOTIFY).
 *
 * A zombie is first its tracer's to wait for, and then its parent's (wait_child.c). When the tracer ends, its tracees go on as if
 * nobody had traced them, or are killed (PTRACE_O_EXITKILL).
 */
#include "kernel/task/ptrace.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/access.h"
#include "kernel/task/internal.h"
#include "kernel/task/proc_events.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "kernel/x86/irqflags.h"
#include "mm/mm.h"
#include "mm/mm_types.h"

/* ---- stopping ---- */

/* A tracee gets to look again; resume: also out of its stop. siglock held. */
void ptrace_wake(struct task_struct *p, bool resume)
{
	signal_wake_up(p, false);
	if (resume)
		wake_up_state(p, __TASK_TRACED);
}

void ptrace_trap_notify(struct task_struct *p)
{
	lockdep_assert_held(&p->sighand->siglock);
	p->jobctl |= JOBCTL_TRAP_NOTIFY;
	ptrace_wake(p, p->jobctl & JOBCTL_LISTENING);
}

static void tell_tracer(struct task_struct *p, int why, bool group_stopped)
{
	int status = why == CLD_STOPPED ? p->signal->group_exit_code : p->exit_code;

	lockdep_assert_held(&tasklist_lock);
	notify_cldstop(p, p->tracer, why, status & 0x7f);
	if (group_stopped && ptrace_reparented(p))
		notify_cldstop(p, p->real_parent, CLD_STOPPED, p->signal->group_exit_code);
}

/*
 * Stops for the tracer, who is told @code as wait status, and why (CLD_*). Returns the code the tracer leaves: a signal or 0;
 * if there is no tracer any more, or the task is to die, @code, or 0 with @event. siglock is held, and released for a while.
 */
static int ptrace_stop(int code, int why, unsigned long message, kernel_siginfo_t *info, bool event)
{
	struct task_struct *t = current;
	bool group_stopped = false;

	lockdep_assert_held(&t->sighand->siglock);
	if (!t->ptrace || __fatal_signal_pending(t))
		return event ? 0 : code;
	t->last_siginfo = info;
	t->ptrace_message = message;
	t->exit_code = code;
	if (why == CLD_STOPPED && (t->jobctl & JOBCTL_STOP_PENDING))
		group_stopped = participate_in_stop(t);
	t->jobctl &= ~JOBCTL_TRAP_STOP;
	if (info && info->si_code >> 8 == PTRACE_EVENT_STOP)
		t->jobctl &= ~JOBCTL_TRAP_NOTIFY;
	__set_current_state(TASK_TRACED);
	spin_unlock_irq(&t->sighand->siglock);

	spin_lock(&tasklist_lock);
	if (t->ptrace) {
		tell_tracer(t, why, group_stopped);
	} else {
		__set_current_state(TASK_RUNNING);
		if (event)
			t->exit_code = 0;
		if (group_stopped)
			notify_cldstop(t, t->real_parent, CLD_STOPPED, t->signal->group_exit_code);
	}
	spin_unlock(&tasklist_lock);
	schedule();

	spin_lock_irq(&t->sighand->siglock);
	code = t->exit_code;
	t->exit_code = 0;
	t->last_siginfo = NULL;
	t->ptrace_message = 0;
	t->jobctl &= ~JOBCTL_LISTENING;
	/* never cleared here: a system call that was broken off for this stop has yet to be restarted, by do_signal() */
	if (recalc_needed(t))
		set_thread_flag(TIF_SIGPENDING);
	return code;
}

/* A stop that is about no signal but the tracer's own SIGTRAP. siglock held, released for a while. */
static int notify(int sig, int code, int why, unsigned long message)
{
	kernel_siginfo_t info;

	fill_user_info(&info, sig, code);
	info.si_pid = current->pid;
	return ptrace_stop(code, why, message, &info, true);
}

static int ptrace_notify(int code, unsigned long message)
{
	int sig;

	spin_lock_irq(&current->sighand->siglock);
	sig = notify(SIGTRAP, code, CLD_TRAPPED, message);
	spin_unlock_irq(&current->sighand->siglock);
	return sig;
}

void ptrace_trap(void)
{
	struct task_struct *t = current;
	struct signal_struct *signal = t->signal;
	int sig = t->jobctl & JOBCTL_STOP_SIGMASK;

	if (!t->ptrace) {
		t->jobctl &= ~JOBCTL_TRAP_MASK;
	} else if (t->ptrace & PT_SEIZED) {
		if (!signal->group_stop_count && !(signal->flags & SIGNAL_STOP_STOPPED))
			sig = SIGTRAP;
		notify(sig, sig | PTRACE_EVENT_STOP << 8, CLD_STOPPED, 0);
	} else {
		ptrace_stop(sig ?: SIGSTOP, CLD_STOPPED, 0, NULL, true);
	}
}

int ptrace_signal(int sig, kernel_siginfo_t *info)
{
	struct task_struct *t = current;

	t->jobctl |= JOBCTL_STOP_DEQUEUED; /* the tracer may turn it into a stop signal */
	sig = ptrace_stop(sig, CLD_TRAPPED, 0, info, false);
	if (!sig)
		return 0;
	if (sig != info->si_signo) {
		clear_siginfo(info);
		info->si_signo = sig;
		info->si_code = SI_USER;
		if (t->tracer) /* cannot go while siglock is held: it lets us go first */
			info->si_pid = t->tracer->tgid;
	}
	/* it was not blocked when it was taken, but its replacement may be; so may everything in a task that is to die */
	if ((t->blocked.sig[0] & sigmask(sig)) || __fatal_signal_pending(t)) {
		send_signal_locked(sig, info, t, false);
		return 0;
	}
	return sig;
}

/* ---- events ---- */

void ptrace_event(int event, unsigned long message)
{
	unsigned int ptrace = READ_ONCE(current->ptrace);

	if (likely(!ptrace))
		return;
	if (ptrace & PT_EVENT(event))
		ptrace_notify(event << 8 | SIGTRAP, message);
	else if (event == PTRACE_EVENT_EXEC && !(ptrace & PT_SEIZED))
		send_sig(SIGTRAP, current, 0);
}

static void report_syscall(unsigned long message)
{
	unsigned int ptrace = READ_ONCE(current->ptrace);
	int sig;

	if (!ptrace)
		return;
	sig = ptrace_notify(SIGTRAP | (ptrace & PT_OPT(PTRACE_O_TRACESYSGOOD) ? 0x80 : 0), message);
	if (sig > 0 && sig <= _NSIG) /* else the stop's own code: the tracer has ended before it waited */
		send_sig(sig, current, 1);
}

bool ptrace_syscall_entry(struct pt_regs *regs)
{
	if (!test_thread_flag(TIF_SYSCALL_TRACE))
		return true;
	regs->ax = -ENOSYS;
	report_syscall(PTRACE_EVENTMSG_SYSCALL_ENTRY);
	return !fatal_signal_pending(current);
}

void ptrace_syscall_exit(struct pt_regs *regs)
{
	if (test_thread_flag(TIF_SYSCALL_TRACE))
		report_syscall(PTRACE_EVENTMSG_SYSCALL_EXIT);
	/* the trap flag would trap after the next instruction only */
	if (test_thread_flag(TIF_SINGLESTEP))
		force_sig_fault(SIGTRAP, TRAP_BRKPT, (void __user *)regs->ip);
}

void ptrace_handler_entered(void)
{
	if (unlikely(test_thread_flag(TIF_SINGLESTEP)))
		ptrace_notify(SIGTRAP, 0);
}

/* ---- who traces whom ---- */

/* tasklist_lock and p's siglock held. */
static void link_tracee(struct task_struct *p, struct task_struct *tracer, unsigned int flags)
{
	WRITE_ONCE(p->tracer, tracer);
	WRITE_ONCE(p->ptrace, flags);
	list_add_tail(&p->ptrace_entry, &tracer->ptraced);
	tracer->signal->nr_tracees++;
}

void ptrace_set_single_step(struct task_struct *p, bool on)
{
	struct pt_regs *regs = task_pt_regs(p);

	if (on && !(regs->flags & X86_EFLAGS_TF)) {
		regs->flags |= X86_EFLAGS_TF;
		p->forced_tf = true;
	} else if (!on && p->forced_tf) {
		regs->flags &= ~X86_EFLAGS_TF;
		p->forced_tf = false;
	}
	if (on)
		set_tsk_thread_flag(p, TIF_SINGLESTEP);
	else
		clear_tsk_thread_flag(p, TIF_SINGLESTEP);
}

void ptrace_unlink(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;

	lockdep_assert_held(&tasklist_lock);
	p->tracer->signal->nr_tracees--;
	list_del_init(&p->ptrace_entry);
	clear_tsk_thread_flag(p, TIF_SYSCALL_TRACE);
	spin_lock_irq(&p->sighand->siglock);
	WRITE_ONCE(p->ptrace, 0);
	WRITE_ONCE(p->tracer, NULL);
	p->jobctl &= ~JOBCTL_TRAP_MASK;
	/* its group may have stopped without it */
	if (!(p->flags & PF_EXITING) && !(p->jobctl & JOBCTL_STOP_PENDING) &&
	    ((sig->flags & SIGNAL_STOP_STOPPED) || sig->group_stop_count)) {
		p->jobctl |= JOBCTL_STOP_PENDING;
		sig->group_stop_count++;
	}
	if ((p->jobctl & JOBCTL_STOP_PENDING) || task_is_traced(p))
		ptrace_wake(p, true);
	spin_unlock_irq(&p->sighand->siglock);
}

int ptrace_clone_event(u64 flags, int exit_signal)
{
	int event = PTRACE_EVENT_FORK;

	if (likely(!READ_ONCE(current->ptrace)) || (flags & CLONE_UNTRACED))
		return 0;
	if (flags & CLONE_VFORK)
		event = PTRACE_EVENT_VFORK;
	else if (exit_signal != SIGCHLD)
		event = PTRACE_EVENT_CLONE;
	return READ_ONCE(current->ptrace) & PT_EVENT(event) ? event : 0;
}

void ptrace_init_task(struct task_struct *p)
{
	unsigned int flags = current->ptrace;

	if (!flags)
		return;
	link_tracee(p, current->tracer, flags);
	if (flags & PT_SEIZED)
		p->jobctl |= JOBCTL_TRAP_STOP;
	else
		p->pending.signal.sig[0] |= sigmask(SIGSTOP);
	set_tsk_thread_flag(p, TIF_SIGPENDING);
}

/* The thread of the parent's process that made the current one, or the process's first. tasklist_lock held. */
static struct task_struct *parent_thread(void)
{
	struct task_struct *leader = current->real_parent, *t;

	list_for_each_entry (t, &leader->signal->thread_head, thread_node) {
		if (t->pid == current->parent_tid && !(t->flags & PF_EXITING))
			return t;
	}
	return leader;
}

static bool may_trace_all(struct task_struct *tracer)
{
	bool may;

	rcu_read_lock();
	may = rcu_dereference(tracer->real_cred)->cap_effective.val & 1ULL << CAP_SYS_PTRACE;
	rcu_read_unlock();
	return may;
}

static bool has_all_caps_of(struct task_struct *tracer, struct task_struct *p)
{
	const struct cred *its;
	bool ok;

	rcu_read_lock();
	its = rcu_dereference(tracer->real_cred);
	ok = !(rcu_dereference(p->real_cred)->cap_permitted.val & ~its->cap_permitted.val) ||
	     may_trace_all(tracer);
	rcu_read_unlock();
	return ok;
}

int ptrace_traceme(void)
{
	struct task_struct *t = current, *tracer;
	int err = -EPERM;

	spin_lock(&tasklist_lock);
	tracer = parent_thread();
	if (!t->ptrace && tracer->signal != &init_signals && !(tracer->flags & PF_EXITING) && has_all_caps_of(tracer, t)) {
		spin_lock_irq(&t->sighand->siglock);
		link_tracee(t, tracer, PT_PTRACED | (may_trace_all(tracer) ? PT_PRIVILEGED : 0));
		spin_unlock_irq(&t->sighand->siglock);
		err = 0;
	}
	spin_unlock(&tasklist_lock);
	return err;
}

/* The tracer must have its own life: one that is exiting has given up its tracees already. tasklist_lock held. */
static int attach_locked(struct task_struct *p, unsigned int flags)
{
	if (!may_access_task(p, ACCESS_REALCREDS) || p->exit_state || p->ptrace)
		return -EPERM;
	if (capable(CAP_SYS_PTRACE))
		flags |= PT_PRIVILEGED;
	spin_lock_irq(&p->sighand->siglock);
	link_tracee(p, current, flags);
	if (!(flags & PT_SEIZED))
		send_signal_locked(SIGSTOP, NULL, p, false);
	/* one that its group's stop holds gets into a stop for the tracer */
	if (task_is_stopped(p)) {
		p->jobctl |= JOBCTL_TRAP_STOP;
		signal_wake_up(p, false);
		wake_up_state(p, __TASK_STOPPED);
	}
	spin_unlock_irq(&p->sighand->siglock);
	return 0;
}

int ptrace_attach(struct task_struct *p, bool seize, unsigned long addr, unsigned long options)
{
	unsigned int flags = PT_PTRACED;
	int err;

	if (seize) {
		if (addr || (options & ~(unsigned long)PTRACE_O_MASK))
			return -EIO;
		flags |= PT_SEIZED | PT_OPT(options);
	}
	if ((p->flags & PF_KTHREAD) || same_thread_group(p, current))
		return -EPERM;
	spin_lock(&tasklist_lock);
	err = attach_locked(p, flags);
	spin_unlock(&tasklist_lock);
	if (!err)
		proc_event_ptrace(p, true);
	return err;
}

/* p was its zombie, and is nobody's tracee any more: is it to be released, because nobody will wait for it? */
static bool nobody_waits(struct task_struct *tracer, struct task_struct *p)
{
	struct sighand_struct *sighand = tracer->sighand;
	bool ignored;

	if (p->exit_state != EXIT_ZOMBIE)
		return false;
	if (!thread_group_leader(p))
		return true;
	if (!thread_group_empty(p))
		return false;
	if (!same_thread_group(p->real_parent, tracer))
		return do_notify_parent(p, p->exit_signal);
	spin_lock_irq(&sighand->siglock);
	ignored = sighand->action[SIGCHLD - 1].sa_handler == SIG_IGN || (sighand->action[SIGCHLD - 1].sa_flags & SA_NOCLDWAIT);
	spin_unlock_irq(&sighand->siglock);
	if (ignored)
		wake_up_parent(tracer);
	return ignored;
}

/* The tracee goes on, with @sig if that is not 0. It stands still; the caller is its tracer and has not frozen it. */
void ptrace_detach(struct task_struct *p, unsigned int sig)
{
	bool mine, dead = false;

	spin_lock(&tasklist_lock);
	mine = p->tracer == current;
	if (mine) { /* a SIGKILL may have ended it, and another thread of ours waited for it */
		if (!p->exit_state) {
			ptrace_set_single_step(p, false);
			p->exit_code = (int)sig;
		}
		ptrace_unlink(p);
		dead = nobody_waits(current, p);
		if (dead)
			p->exit_state = EXIT_DEAD;
	}
	spin_unlock(&tasklist_lock);
	if (mine)
		proc_event_ptrace(p, false);
	if (dead)
		release_task(p);
}

void exit_ptrace(struct task_struct *tracer, struct list_head *dead)
{
	struct task_struct *p, *next;

	lockdep_assert_held(&tasklist_lock);
	list_for_each_entry_safe (p, next, &tracer->ptraced, ptrace_entry) {
		if (p->ptrace & PT_OPT(PTRACE_O_EXITKILL))
			send_sig_info(SIGKILL, NULL, p, false);
		if (task_is_traced(p) && task_stands_still(p))
			ptrace_set_single_step(p, false); /* else the next step's SIGTRAP would kill it */
		ptrace_unlink(p);
		if (nobody_waits(tracer, p)) {
			p->exit_state = EXIT_DEAD;
			list_add(&p->ptrace_entry, dead);
		}
	}
}
