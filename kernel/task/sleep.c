// SPDX-License-Identifier: MIT
/*
 * Sleeping for a time.
 *
 * The timer lives on the sleeper's stack; it is cancelled, and a running callback waited for,
 * before the frame goes away. The callback wakes the task whatever it waits for: a wakeup with
 * nothing to do is harmless, since every sleep tests its condition again.
 */
#include "kernel/task/sched.h"
#include "drivers/block/blkdev.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/timer.h"
#include "kernel/x86/time.h"

struct sleeper {
	struct ktimer timer;
	struct task_struct *task;
	bool fired; /* written in the callback, read after it has been cancelled */
};

static void sleeper_fire(struct ktimer *t)
{
	struct sleeper *s = container_of(t, struct sleeper, timer);
	struct task_struct *task = s->task;

	WRITE_ONCE(s->fired, true);
	wake_up_process(task);
}

int schedule_hrtimeout(ktime_t expires)
{
	struct sleeper s = { .task = current };

	if (expires == KTIME_MAX) {
		schedule();
		return -EINTR;
	}
	ktimer_init(&s.timer, sleeper_fire);
	ktimer_start(&s.timer, expires > 0 ? expires : 0, -1);
	if (!READ_ONCE(s.fired))
		schedule();
	ktimer_cancel(&s.timer);
	__set_current_state(TASK_RUNNING);
	return s.fired ? 0 : -EINTR;
}

long schedule_timeout(long timeout)
{
	u64 end;
	s64 left;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (timeout < 0) {
		WARN_ON(1);
		__set_current_state(TASK_RUNNING);
		return 0;
	}
	end = ktime_get_ns() + (u64)timeout * NSEC_PER_MSEC;
	schedule_hrtimeout(end);
	left = end - ktime_get_ns();
	return left > 0 ? DIV_ROUND_UP(left, NSEC_PER_MSEC) : 0;
}

long schedule_timeout_interruptible(long timeout)
{
	__set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_killable(long timeout)
{
	__set_current_state(TASK_KILLABLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_uninterruptible(long timeout)
{
	__set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_idle(long timeout)
{
	__set_current_state(TASK_IDLE);
	return schedule_timeout(timeout);
}

int io_schedule_prepare(void)
{
	int old = current->in_iowait;

	current->in_iowait = true;
	if (current->plug)
		blk_schedule_flush_plug(current);
	return old;
}

void io_schedule_finish(int token)
{
	current->in_iowait = token;
}

void io_schedule(void)
{
	int token = io_schedule_prepare();

	schedule();
	io_schedule_finish(token);
}

long io_schedule_timeout(long timeout)
{
	int token = io_schedule_prepare();
	long ret = schedule_timeout(timeout);

	io_schedule_finish(token);
	return ret;
}

void msleep(unsigned int msecs)
{
	long left = msecs;

	while (left)
		left = schedule_timeout_uninterruptible(left);
}

unsigned long msleep_interruptible(unsigned int msecs)
{
	long left = msecs;

	while (left && !signal_pending(current))
		left = schedule_timeout_interruptible(left);
	return left;
}

void usleep_range(unsigned long min, unsigned long max)
{
	u64 end = ktime_get_ns() + (u64)min * NSEC_PER_USEC;

	do {
		__set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_hrtimeout(end);
	} while (ktime_get_ns() < end);
}
