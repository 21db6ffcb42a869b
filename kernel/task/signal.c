// SPDX-License-Identifier: MIT
/*
 * Signals: sending.
 *
 * siglock guards it all. A sender puts the signal on a queue, then marks and wakes a thread that does not block it; the mark is set
 * before the wakeup, and a sleeper tests it after it has set its state, so an interruptible sleep cannot swallow it. A thread that
 * runs its program on another CPU is interrupted, and looks on its way back.
 *
 * A signal to a process that the chosen thread does not take after all, because it blocks it first or exits, is passed on to the
 * threads that would (retarget_shared_pending()).
 *
 * A signal that ends the process marks the group at once (SIGNAL_GROUP_EXIT) and gives every thread a SIGKILL, so that killable
 * sleeps and stops end too.
 *
 * Who may send what to whom is asked in kill.c; here everything may be sent.
 */
#include "kernel/task/signal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/coredump.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "kernel/task/sigqueue.h"
#include "kernel/x86/smp.h"

void recalc_sigpending(void)
{
	if (recalc_needed(current))
		set_thread_flag(TIF_SIGPENDING);
	else
		clear_thread_flag(TIF_SIGPENDING);
}

void signal_wake_up(struct task_struct *p, bool fatal)
{
	int cpu;

	set_tsk_thread_flag(p, TIF_SIGPENDING);
	if (wake_up_state(p, TASK_INTERRUPTIBLE | (fatal ? TASK_WAKEKILL : 0)))
		return;
	cpu = task_cpu(p);
	if (p != current && READ_ONCE(p->on_cpu) && cpu != raw_smp_processor_id())
		smp_send_reschedule(cpu);
}

/* Would the signal have no effect if it were delivered now? siglock held. */
static bool sig_ignored(struct task_struct *p, int sig)
{
	__sighandler_t handler = p->sighand->action[sig - 1].sa_handler;

	/* real_blocked: it waits for the signal in sigtimedwait(), which takes it whatever the action */
	if ((p->blocked.sig[0] | p->real_blocked.sig[0]) & sigmask(sig))
		return false; /* the handler may change before it is unblocked */
	if (unlikely(p->ptrace) && sig != SIGKILL)
		return false; /* the tracer hears of it */
	return handler == SIG_IGN || (handler == SIG_DFL && sig_default_ignored(sig));
}

/* A stopped thread takes nothing but SIGKILL until it is continued. */
static bool wants_signal(int sig, struct task_struct *p)
{
	if (p->exit_state || (p->flags & PF_EXITING))
		return false;
	return sig == SIGKILL || (!(p->blocked.sig[0] & sigmask(sig)) && !task_is_stopped(p) && !task_is_traced(p));
}

static struct task_struct *choose_thread(int sig, struct task_struct *p, bool group)
{
	struct task_struct *t;

	if (wants_signal(sig, p))
		return p;
	if (!group)
		return NULL;
	list_for_each_entry (t, &p->signal->thread_head, thread_node) {
		if (wants_signal(sig, t))
			return t;
	}
	return NULL;
}

int zap_other_threads(struct task_struct *p)
{
	struct task_struct *t;
	int count = 0;

	cancel_group_stop(p->signal);
	list_for_each_entry (t, &p->signal->thread_head, thread_node) {
		if (t == p)
			continue;
		count++; /* also one that has ended: it is still to leave */
		if (t->exit_state)
			continue;
		t->pending.signal.sig[0] |= sigmask(SIGKILL);
		signal_wake_up(t, true);
	}
	return count;
}

/* A thread of the group is to take sig; a fatal one ends the whole group. siglock held. */
static void complete_signal(int sig, struct task_struct *p, bool group)
{
	struct task_struct *t = choose_thread(sig, p, group);
	struct signal_struct *signal = p->signal;

	if (!t)
		return;
	if (sig_fatal(p, sig) && (!(signal->flags & SIGNAL_GROUP_EXIT) || signal->core_state) && !wants_coredump(sig, p) &&
	    (sig == SIGKILL || (!(t->real_blocked.sig[0] & sigmask(sig)) && !p->ptrace && !t->ptrace))) {
		signal->flags |= SIGNAL_GROUP_EXIT;
		signal->group_exit_code = sig;
		zap_other_threads(t);
		t->pending.signal.sig[0] |= sigmask(SIGKILL);
		signal_wake_up(t, true);
		return;
	}
	signal_wake_up(t, sig == SIGKILL);
}

/* On the queue it goes, now that it is known to be wanted. siglock held. */
static void add_pending(int sig, struct task_struct *p, bool group)
{
	struct sigpending *pending = group ? &p->signal->shared_pending : &p->pending;

	pending->signal.sig[0] |= sigmask(sig);
	if (waitqueue_active(&p->sighand->signalfd_wqh))
		wake_up(&p->sighand->signalfd_wqh);
	complete_signal(sig, p, group);
}

/* What sending does whether or not the signal is then wanted; false: it is not. siglock held. */
static bool prepare_signal(int sig, struct task_struct *p)
{
	if ((p->flags & PF_KTHREAD) || p->exit_state == EXIT_DEAD)
		return false;
	if (p->signal->flags & SIGNAL_GROUP_EXIT) /* on its way out already; a dump can still be broken off */
		return p->signal->core_state && sig == SIGKILL;
	if (sig_default_stop(sig))
		forget_signals(p, sigmask(SIGCONT));
	else if (sig == SIGCONT)
		continue_group(p);
	return !sig_ignored(p, sig);
}

static void fill_info(kernel_siginfo_t *dst, int sig, const kernel_siginfo_t *info)
{
	if (info) {
		*dst = *info;
		return;
	}
	clear_siginfo(dst);
	dst->si_signo = sig;
	dst->si_code = SI_KERNEL;
}

int send_signal_locked(int sig, const kernel_siginfo_t *info, struct task_struct *p, bool group)
{
	struct sigpending *pending = group ? &p->signal->shared_pending : &p->pending;
	bool must = sig < SIGRTMIN && (!info || info->si_code >= 0);
	struct sigqueue *q;

	lockdep_assert_held(&p->sighand->siglock);
	if (!prepare_signal(sig, p))
		return 0;
	if (sig < SIGRTMIN && (pending->signal.sig[0] & sigmask(sig)))
		return 0; /* once is enough */
	q = sigqueue_alloc(p, must);
	if (q) {
		fill_info(&q->info, sig, info);
		list_add_tail(&q->list, &pending->list);
	} else if (sig >= SIGRTMIN && info && info->si_code != SI_USER) {
		return -EAGAIN;
	} /* else it arrives, as one from kill(), without saying more */
	add_pending(sig, p, group);
	return 0;
}

bool send_sigqueue_locked(struct sigqueue *q, struct task_struct *p, bool group)
{
	int sig = q->info.si_signo;

	lockdep_assert_held(&p->sighand->siglock);
	if (!prepare_signal(sig, p))
		return false;
	list_add_tail(&q->list, group ? &p->signal->shared_pending.list : &p->pending.list);
	add_pending(sig, p, group);
	return true;
}

struct sighand_struct *lock_task_sighand(struct task_struct *p, unsigned long *flags)
{
	struct sighand_struct *sighand;

	rcu_read_lock();
	while ((sighand = READ_ONCE(p->sighand))) {
		spin_lock_irqsave(&sighand->siglock, *flags);
		/* exec may have given the task another meanwhile, exit none */
		if (likely(sighand == READ_ONCE(p->sighand)))
			break;
		spin_unlock_irqrestore(&sighand->siglock, *flags);
	}
	rcu_read_unlock();
	return sighand;
}

struct task_struct *lock_group_sighand(struct signal_struct *sig, unsigned long *flags)
{
	struct task_struct *p;

	/* a thread that goes leaves the list and loses its table under one hold of siglock: then the next is first */
	while ((p = list_first_or_null_rcu(&sig->thread_head, struct task_struct, thread_node))) {
		if (lock_task_sighand(p, flags))
			break;
		cpu_relax();
	}
	return p;
}

int send_sig_info(int sig, const kernel_siginfo_t *info, struct task_struct *p, bool group)
{
	unsigned long flags;
	struct sighand_struct *sighand = lock_task_sighand(p, &flags);
	int ret = -ESRCH;

	if (sighand) {
		ret = send_signal_locked(sig, info, p, group);
		unlock_task_sighand(sighand, &flags);
	}
	return ret;
}

int send_sig(int sig, struct task_struct *p, int priv)
{
	kernel_siginfo_t info;

	if (priv)
		return send_sig_info(sig, NULL, p, false);
	fill_user_info(&info, sig, SI_USER);
	return send_sig_info(sig, &info, p, false);
}

void force_sig_info(const kernel_siginfo_t *info)
{
	struct task_struct *t = current;
	int sig = info->si_signo;
	struct k_sigaction *ka = &t->sighand->action[sig - 1];
	unsigned long flags;

	spin_lock_irqsave(&t->sighand->siglock, flags);
	if (ka->sa_handler == SIG_IGN || (t->blocked.sig[0] & sigmask(sig))) {
		/* it would come again for ever: let it end the process */
		ka->sa_handler = SIG_DFL;
		t->blocked.sig[0] &= ~sigmask(sig);
		recalc_sigpending();
	}
	send_signal_locked(sig, info, t, false);
	spin_unlock_irqrestore(&t->sighand->siglock, flags);
}

void force_sig(int sig)
{
	kernel_siginfo_t info;

	clear_siginfo(&info);
	info.si_signo = sig;
	info.si_code = SI_KERNEL;
	force_sig_info(&info);
}

void force_sig_fault(int sig, int code, void __user *addr)
{
	kernel_siginfo_t info;

	clear_siginfo(&info);
	info.si_signo = sig;
	info.si_code = code;
	info.si_addr = addr;
	force_sig_info(&info);
}

/* ---- masks ---- */

void retarget_shared_pending(struct task_struct *tsk, unsigned long which)
{
	struct task_struct *t;

	which &= tsk->signal->shared_pending.signal.sig[0];
	if (!which)
		return;
	list_for_each_entry (t, &tsk->signal->thread_head, thread_node) {
		if (t == tsk || (t->flags & PF_EXITING) || !(which & ~t->blocked.sig[0]))
			continue;
		signal_wake_up(t, false);
		which &= t->blocked.sig[0];
		if (!which)
			break;
	}
}

void set_current_blocked_locked(const sigset_t *newset)
{
	struct task_struct *t = current;
	unsigned long newly = newset->sig[0] & ~t->blocked.sig[0];

	if (signal_pending(t) && !thread_group_empty(t))
		retarget_shared_pending(t, newly);
	t->blocked = *newset;
	recalc_sigpending();
}

void set_current_blocked(sigset_t *newset)
{
	struct task_struct *t = current;

	newset->sig[0] &= ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
	spin_lock_irq(&t->sighand->siglock);
	set_current_blocked_locked(newset);
	spin_unlock_irq(&t->sighand->siglock);
}

unsigned long rlimit(unsigned int limit)
{
	return READ_ONCE(current->signal->rlim[limit].rlim_cur);
}

unsigned long rlimit_max(unsigned int limit)
{
	return READ_ONCE(current->signal->rlim[limit].rlim_max);
}

void signals_init(void)
{
	sigqueue_init();
	posix_timers_init();
}
