// SPDX-License-Identifier: MIT
/*
 * Completions: see completion.h. Everything happens under the queue's lock,
 * also the waiter's last look at @done, so a waiter that returns knows that
 * complete() has released the structure but for the unlock itself, and for
 * that completion_done() and the waiters take the lock once.
 */
#include "kernel/lock/completion.h"
#include "kernel/lib/limits.h"

void complete(struct completion *x)
{
	unsigned long flags;

	spin_lock_irqsave(&x->wait.lock, flags);
	if (x->done != UINT_MAX)
		x->done++;
	__wake_up_locked(&x->wait, TASK_NORMAL, 1);
	spin_unlock_irqrestore(&x->wait.lock, flags);
}

void complete_all(struct completion *x)
{
	unsigned long flags;

	spin_lock_irqsave(&x->wait.lock, flags);
	x->done = UINT_MAX;
	__wake_up_locked(&x->wait, TASK_NORMAL, 0);
	spin_unlock_irqrestore(&x->wait.lock, flags);
}

/* What is left of the timeout (>= 1), 0 when it passed, or -ERESTARTSYS. */
static long wait_common(struct completion *x, long timeout, unsigned int state, bool io,
			unsigned long ip)
{
	DEFINE_WAIT_FUNC(wait, default_wake_function);

	might_sleep();
	wait.flags = WQ_FLAG_EXCLUSIVE;
	spin_lock_irq(&x->wait.lock);
	if (!x->done) {
		held_wait_begin("completion", x, ip);
		__add_wait_queue_entry_tail(&x->wait, &wait);
		do {
			if (sched_signal_pending(state)) {
				timeout = -ERESTARTSYS;
				break;
			}
			sched_set_state(state);
			spin_unlock_irq(&x->wait.lock);
			timeout = io ? io_schedule_timeout(timeout) : schedule_timeout(timeout);
			spin_lock_irq(&x->wait.lock);
		} while (!x->done && timeout);
		__remove_wait_queue(&x->wait, &wait);
		held_wait_end();
	}
	if (x->done) {
		if (x->done != UINT_MAX)
			x->done--;
		if (timeout <= 0)
			timeout = 1;	/* it came with the signal or in the last moment */
	}
	spin_unlock_irq(&x->wait.lock);
	return timeout;
}

void wait_for_completion(struct completion *x)
{
	wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE, false, _RET_IP_);
}

void wait_for_completion_io(struct completion *x)
{
	wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE, true, _RET_IP_);
}

int wait_for_completion_interruptible(struct completion *x)
{
	long t = wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_INTERRUPTIBLE, false, _RET_IP_);

	return t < 0 ? (int)t : 0;
}

int wait_for_completion_killable(struct completion *x)
{
	long t = wait_common(x, MAX_SCHEDULE_TIMEOUT, TASK_KILLABLE, false, _RET_IP_);

	return t < 0 ? (int)t : 0;
}

unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout)
{
	return (unsigned long)wait_common(x, (long)timeout, TASK_UNINTERRUPTIBLE, false, _RET_IP_);
}

unsigned long wait_for_completion_io_timeout(struct completion *x, unsigned long timeout)
{
	return (unsigned long)wait_common(x, (long)timeout, TASK_UNINTERRUPTIBLE, true, _RET_IP_);
}

long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout)
{
	return wait_common(x, (long)timeout, TASK_INTERRUPTIBLE, false, _RET_IP_);
}

long wait_for_completion_killable_timeout(struct completion *x, unsigned long timeout)
{
	return wait_common(x, (long)timeout, TASK_KILLABLE, false, _RET_IP_);
}

bool try_wait_for_completion(struct completion *x)
{
	unsigned long flags;
	bool got;

	spin_lock_irqsave(&x->wait.lock, flags);
	got = x->done != 0;
	if (got && x->done != UINT_MAX)
		x->done--;
	spin_unlock_irqrestore(&x->wait.lock, flags);
	return got;
}

bool completion_done(struct completion *x)
{
	unsigned long flags;
	bool done;

	/* The lock: so that complete() has finished with the structure when we say yes. */
	spin_lock_irqsave(&x->wait.lock, flags);
	done = x->done != 0;
	spin_unlock_irqrestore(&x->wait.lock, flags);
	return done;
}
