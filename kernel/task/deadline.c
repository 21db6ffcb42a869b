// SPDX-License-Identifier: MIT
/*
 * Sleeping until a time by a clock that can be set, and what else is to happen when it is set.
 *
 * Timers run on the monotonic clock. A sleep until a time of the wall clock is one until the monotonic time that this is by now; the
 * sleeper is on a list meanwhile, and when the clock is set all on it are woken. Whoever sleeps looks at his condition again and sleeps
 * again, by the new offset. Nobody is missed: the clock is set before the list is walked, and a sleeper is on the list before he reads the
 * offset.
 *
 * wall_lock guards the list; no interrupt takes it. A sleeper is on its task's stack and off the list before that frame goes.
 */
#include "kernel/task/deadline.h"
#include "fs/timerfd.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"

struct wall_sleeper {
	struct list_head list;
	struct task_struct *task;
};

static DEFINE_SPINLOCK(wall_lock);
static LIST_HEAD(wall_sleepers); /* wall_lock */

static int sleep_by_wall(ktime_t at)
{
	struct wall_sleeper s = { .task = current };
	int ret;

	spin_lock(&wall_lock);
	list_add(&s.list, &wall_sleepers);
	spin_unlock(&wall_lock);
	ret = schedule_hrtimeout(at - ktime_real_offset());
	spin_lock(&wall_lock);
	list_del(&s.list);
	spin_unlock(&wall_lock);
	/* the clock may have been set back after the timer had been set: then it was not the time yet */
	return !ret && (ktime_t)ktime_get_real_ns() < at ? -EINTR : ret;
}

int schedule_deadline(const struct deadline *end)
{
	if (!end)
		return schedule_hrtimeout(KTIME_MAX);
	return end->wall ? sleep_by_wall(end->at) : schedule_hrtimeout(end->at);
}

int set_wall_clock(u64 ns)
{
	struct wall_sleeper *s;

	if (ns < ktime_get_ns())
		return -EINVAL;
	timekeeping_set_wallclock(ns);
	spin_lock(&wall_lock);
	list_for_each_entry (s, &wall_sleepers, list)
		wake_up_process(s->task);
	spin_unlock(&wall_lock);
	posix_timers_clock_was_set();
	timerfd_clock_was_set();
	return 0;
}
