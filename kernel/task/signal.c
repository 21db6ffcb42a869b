// SPDX-License-Identifier: MIT
/*
 * Signals: sending and queueing.
 *
 * siglock guards it all. A sender puts the signal on a queue, then marks and wakes a thread that
 * does not block it; the mark is set before the wakeup, and a sleeper tests it after it has set
 * its state, so an interruptible sleep cannot swallow it. A thread that runs its program on
 * another CPU is interrupted, and looks on its way back.
 *
 * A signal that ends the process marks the group at once (SIGNAL_GROUP_EXIT) and gives every
 * thread a SIGKILL, so that killable sleeps end too.
 */
#include "kernel/task/signal.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/rculist.h"
#include "kernel/lib/string.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "kernel/x86/smp.h"
#include "mm/slab.h"

static struct kmem_cache *sigqueue_cache;

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

void flush_sigqueue(struct sigpending *queue)
{
	struct sigqueue *q, *next;

	queue->signal.sig[0] = 0;
	list_for_each_entry_safe (q, next, &queue->list, list) {
		list_del(&q->list);
		kmem_cache_free(sigqueue_cache, q);
	}
}

void free_sigqueue(struct sigqueue *q)
{
	kmem_cache_free(sigqueue_cache, q);
}

/* Would the signal have no effect if it were delivered now? siglock held. */
static bool sig_ignored(struct task_struct *p, int sig)
{
	__sighandler_t handler = p->sighand->action[sig - 1].sa_handler;

	if (p->blocked.sig[0] & sigmask(sig))
		return false; /* the handler may change before it is unblocked */
	return handler == SIG_IGN || (handler == SIG_DFL && sig_default_ignored(sig));
}

static bool wants_signal(int sig, struct task_struct *p)
{
	if (p->exit_state || (p->flags & PF_EXITING))
		return false;
	return sig == SIGKILL || !(p->blocked.sig[0] & sigmask(sig));
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

	list_for_each_entry (t, &p->signal->thread_head, thread_node) {
		if (t == p || t->exit_state)
			continue;
		t->pending.signal.sig[0] |= sigmask(SIGKILL);
		signal_wake_up(t, true);
		count++;
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
	if (sig_fatal(p, sig) && !(signal->flags & SIGNAL_GROUP_EXIT) &&
	    (sig == SIGKILL || !(t->real_blocked.sig[0] & sigmask(sig)))) {
		signal->flags |= SIGNAL_GROUP_EXIT;
		signal->group_exit_code = sig;
		zap_other_threads(t);
		t->pending.signal.sig[0] |= sigmask(SIGKILL);
		signal_wake_up(t, true);
		return;
	}
	signal_wake_up(t, sig == SIGKILL);
}

static void fill_info(siginfo_t *dst, int sig, const siginfo_t *info)
{
	if (info) {
		*dst = *info;
		return;
	}
	memset(dst, 0, sizeof(*dst));
	dst->si_signo = sig;
	dst->si_code = SI_KERNEL;
}

int send_signal_locked(int sig, const siginfo_t *info, struct task_struct *p, bool group)
{
	struct sigpending *pending = group ? &p->signal->shared_pending : &p->pending;
	struct sigqueue *q;

	lockdep_assert_held(&p->sighand->siglock);
	if ((p->flags & PF_KTHREAD) || p->exit_state == EXIT_DEAD || sig_ignored(p, sig))
		return 0;
	if (sig < SIGRTMIN && (pending->signal.sig[0] & sigmask(sig)))
		return 0; /* once is enough */
	q = kmem_cache_alloc(sigqueue_cache, GFP_ATOMIC);
	if (q) {
		fill_info(&q->info, sig, info);
		list_add_tail(&q->list, &pending->list);
	} else if (sig >= SIGRTMIN) {
		return -EAGAIN;
	}
	pending->signal.sig[0] |= sigmask(sig);
	complete_signal(sig, p, group);
	return 0;
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

int send_sig_info(int sig, const siginfo_t *info, struct task_struct *p, bool group)
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
	return send_sig_info(sig, NULL, p, false);
}

static void force_sig_info(const siginfo_t *info)
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
	}
	send_signal_locked(sig, info, t, false);
	spin_unlock_irqrestore(&t->sighand->siglock, flags);
}

void force_sig(int sig)
{
	siginfo_t info = { .si_signo = sig, .si_code = SI_KERNEL };

	force_sig_info(&info);
}

void force_sig_fault(int sig, int code, void __user *addr)
{
	siginfo_t info = { .si_signo = sig, .si_code = code };

	info.si_addr = addr;
	force_sig_info(&info);
}

void set_current_blocked(sigset_t *newset)
{
	struct task_struct *t = current;

	newset->sig[0] &= ~(sigmask(SIGKILL) | sigmask(SIGSTOP));
	spin_lock_irq(&t->sighand->siglock);
	t->blocked = *newset;
	recalc_sigpending();
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
	sigqueue_cache = kmem_cache_create("sigqueue", sizeof(struct sigqueue), 0, 0, NULL);
	BUG_ON(!sigqueue_cache);
}
