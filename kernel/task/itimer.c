// SPDX-License-Identifier: MIT
/*
 * The interval timer of a process (ITIMER_REAL): after its time it sends SIGALRM to the process,
 * again and again if it has an interval.
 *
 * The timer is part of signal_struct and runs in interrupt context; it finds the process by its
 * pid, whoever leads it then. The last thread that exits cancels the timer, and waits for a
 * running callback. Setting is serialised by the
 * hrtimer itself; it_interval is guarded by siglock.
 */
#include "kernel/lib/errno.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"

static enum hrtimer_restart itimer_fire(struct hrtimer *timer)
{
	struct signal_struct *sig = container_of(timer, struct signal_struct, real_timer);
	struct task_struct *leader;
	ktime_t interval;

	rcu_read_lock();
	leader = pid_task(READ_ONCE(sig->pids[PIDTYPE_TGID]), PIDTYPE_TGID);
	if (leader)
		send_sig_info(SIGALRM, NULL, leader, true);
	rcu_read_unlock();
	interval = READ_ONCE(sig->it_interval);
	if (!interval)
		return HRTIMER_NORESTART;
	hrtimer_forward_now(timer, interval);
	return HRTIMER_RESTART;
}

void itimer_init(struct signal_struct *sig)
{
	hrtimer_init(&sig->real_timer, itimer_fire);
}

void itimer_exit(struct signal_struct *sig)
{
	sig->it_interval = 0;
	hrtimer_cancel(&sig->real_timer);
}

/* ns until the timer fires and its interval; 0, 0 if it is not set. */
void itimer_get(ktime_t *left, ktime_t *interval)
{
	struct signal_struct *sig = current->signal;
	ktime_t now = ktime_get();

	spin_lock_irq(&current->sighand->siglock);
	*interval = sig->it_interval;
	spin_unlock_irq(&current->sighand->siglock);
	*left = 0;
	if (READ_ONCE(sig->real_timer.t.queued)) {
		*left = (ktime_t)sig->real_timer.t.expires - now;
		/* about to fire: still set */
		*left = *left > 0 ? *left : 1;
	}
}

/* value 0: off. May not sleep, but waits for a callback that is running. */
void itimer_set(ktime_t value, ktime_t interval)
{
	struct signal_struct *sig = current->signal;

	spin_lock_irq(&current->sighand->siglock);
	sig->it_interval = 0; /* a callback that runs now does not start it again */
	spin_unlock_irq(&current->sighand->siglock);
	hrtimer_cancel(&sig->real_timer);
	if (!value)
		return;
	spin_lock_irq(&current->sighand->siglock);
	sig->it_interval = interval;
	spin_unlock_irq(&current->sighand->siglock);
	hrtimer_start(&sig->real_timer, value, HRTIMER_MODE_REL);
}
