// SPDX-License-Identifier: MIT
/*
 * The interval timer of a process (ITIMER_REAL): after its time it sends SIGALRM to the process, again and again if it has an
 * interval.
 *
 * The timer is part of signal_struct and runs in interrupt context; it finds the process through whichever thread is there. All of
 * it is guarded by siglock, which the callback takes: so whoever cancels the timer may not hold siglock while a callback runs, and
 * tries again (stop_timer()). The last thread that exits cancels it.
 *
 * While its SIGALRM is pending an interval timer rests: it is started again, a whole number of intervals later, when the signal is
 * taken. A program can so not drown in its own interrupts. While SIGALRM is ignored it goes on, but not at shorter intervals than
 * IGNORED_MIN.
 */
#include "kernel/lib/rculist.h"
#include "kernel/task/internal.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "kernel/task/timer.h"
#include "kernel/x86/processor.h"

#define IGNORED_MIN NSEC_PER_MSEC

/* The next expiry is a whole number of intervals after the last, and at least delay from now. siglock held. */
static void start_next(struct signal_struct *sig, u64 delay)
{
	struct hrtimer *timer = &sig->real_timer;
	u64 from = ktime_get_ns() + delay, expires = timer->t.expires;

	if (expires <= from)
		expires += ((from - expires) / sig->it_interval + 1) * sig->it_interval;
	hrtimer_start(timer, min_t(u64, expires, KTIME_MAX), HRTIMER_MODE_ABS);
}

static enum hrtimer_restart itimer_fire(struct hrtimer *timer)
{
	struct signal_struct *sig = container_of(timer, struct signal_struct, real_timer);
	struct task_struct *p;
	unsigned long flags;

	rcu_read_lock();
	p = lock_group_sighand(sig, &flags);
	if (p) {
		send_signal_locked(SIGALRM, NULL, p, true);
		if (sig->it_interval && !(sig->shared_pending.signal.sig[0] & sigmask(SIGALRM)))
			start_next(sig, sig->it_interval < IGNORED_MIN ? IGNORED_MIN : 0);
		unlock_task_sighand(p->sighand, &flags);
	}
	rcu_read_unlock();
	return HRTIMER_NORESTART;
}

void itimer_taken(struct signal_struct *sig)
{
	if (sig->it_interval && !READ_ONCE(sig->real_timer.t.queued))
		start_next(sig, 0);
}

void itimer_init(struct signal_struct *sig)
{
	hrtimer_init(&sig->real_timer, itimer_fire);
	INIT_LIST_HEAD(&sig->cpu_timers);
	INIT_LIST_HEAD(&sig->posix_timers);
}

/* Locks siglock of the current process with the timer stopped and no callback running. True if it was set. */
static bool stop_timer(struct signal_struct *sig)
{
	int was_set;

	for (;;) {
		spin_lock_irq(&current->sighand->siglock);
		was_set = hrtimer_try_to_cancel(&sig->real_timer);
		if (was_set >= 0)
			return was_set;
		spin_unlock_irq(&current->sighand->siglock);
		cpu_relax();
	}
}

void itimer_exit(struct signal_struct *sig)
{
	stop_timer(sig);
	sig->it_interval = 0;
	spin_unlock_irq(&current->sighand->siglock);
	exit_posix_timers(sig);
}

static ktime_t time_left(struct signal_struct *sig)
{
	ktime_t left = (ktime_t)sig->real_timer.t.expires - ktime_get();

	return left > 0 ? left : 1; /* about to fire: still set */
}

void itimer_get(ktime_t *left, ktime_t *interval)
{
	struct signal_struct *sig = current->signal;

	spin_lock_irq(&current->sighand->siglock);
	*interval = sig->it_interval;
	*left = READ_ONCE(sig->real_timer.t.queued) ? time_left(sig) : 0;
	spin_unlock_irq(&current->sighand->siglock);
}

void itimer_set(ktime_t value, ktime_t interval, ktime_t *left, ktime_t *old_interval)
{
	struct signal_struct *sig = current->signal;
	bool was_set = stop_timer(sig);

	*left = was_set ? time_left(sig) : 0;
	*old_interval = sig->it_interval;
	sig->it_interval = value ? interval : 0;
	if (value)
		hrtimer_start(&sig->real_timer, ktime_add_safe(ktime_get(), value), HRTIMER_MODE_ABS);
	spin_unlock_irq(&current->sighand->siglock);
}
