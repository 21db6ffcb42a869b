// SPDX-License-Identifier: MIT
/* Clocks, sleeping, and CPU times. Timers are in timer.c. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/cputime.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/deadline.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/timer.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"

#define COARSE_NS     1000000
#define CPU_SAMPLE_NS 10000000 /* see cputime.c */

static int put_ts(struct __kernel_timespec __user *u, u64 ns)
{
	struct __kernel_timespec ts = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	return copy_to_user(u, &ts, sizeof(ts)) ? -EFAULT : 0;
}

static int get_ts(ktime_t *ns, const struct __kernel_timespec __user *u)
{
	struct __kernel_timespec ts;
	struct timespec64 t64;

	if (copy_from_user(&ts, u, sizeof(ts)))
		return -EFAULT;
	t64 = (struct timespec64){ ts.tv_sec, ts.tv_nsec };
	if (!timespec64_valid(&t64))
		return -EINVAL;
	*ns = timespec64_to_ktime(t64);
	return 0;
}

static int read_cpu_clock(clockid_t clk, u64 *ns)
{
	struct cpu_clock clock;
	int err = cpu_clock_get(clk, &clock);

	if (err)
		return err;
	err = cpu_clock_read(&clock, ns);
	cpu_clock_put(&clock);
	return err;
}

static int read_clock(clockid_t clk, u64 *ns)
{
	switch (clk) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI: /* no leap seconds have been told */
		*ns = ktime_get_real_ns();
		return 0;
	case CLOCK_REALTIME_COARSE:
		*ns = ktime_get_real_ns() / COARSE_NS * COARSE_NS;
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*ns = ktime_get_ns();
		return 0;
	case CLOCK_MONOTONIC_COARSE:
		*ns = ktime_get_ns() / COARSE_NS * COARSE_NS;
		return 0;
	}
	return read_cpu_clock(clk, ns);
}

long sys_clock_gettime(clockid_t clk, struct __kernel_timespec __user *tp)
{
	u64 ns;
	int err = read_clock(clk, &ns);

	return err ? err : put_ts(tp, ns);
}

long sys_clock_getres(clockid_t clk, struct __kernel_timespec __user *tp)
{
	u64 ns, res = 1;
	int err = read_clock(clk, &ns);

	if (err || !tp)
		return err;
	if (clk == CLOCK_REALTIME_COARSE || clk == CLOCK_MONOTONIC_COARSE)
		res = COARSE_NS;
	else if (clk < 0 && CPUCLOCK_WHICH(clk) != CPUCLOCK_SCHED)
		res = CPU_SAMPLE_NS;
	return put_ts(tp, res);
}

long sys_clock_settime(clockid_t clk, const struct __kernel_timespec __user *tp)
{
	ktime_t ns;
	int err;

	if (clk < 0) { /* a CPU clock: there it is, and cannot be set */
		u64 now;

		err = read_cpu_clock(clk, &now);
		return err ? err : -EPERM;
	}
	if (clk != CLOCK_REALTIME)
		return -EINVAL;
	err = get_ts(&ns, tp);
	if (err)
		return err;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return set_wall_clock(ns);
}

/* Sleeps until a time; rem, if any, gets what was left of an interrupted sleep, which is by the monotonic clock then. */
static long sleep_until(const struct deadline *end, struct __kernel_timespec __user *rem);

static long sleep_restart(struct restart_block *rb)
{
	struct deadline end = { .at = rb->expires };

	return sleep_until(&end, rb->rmtp);
}

static ktime_t time_left(const struct deadline *end)
{
	return end->at - (end->wall ? (ktime_t)ktime_get_real_ns() : ktime_get());
}

static long sleep_until(const struct deadline *end, struct __kernel_timespec __user *rem)
{
	struct restart_block *rb = &current->restart_block;
	ktime_t left;

	while ((left = time_left(end)) > 0) {
		if (signal_pending(current)) {
			if (rem && put_ts(rem, left))
				return -EFAULT;
			rb->fn = sleep_restart;
			rb->expires = end->at;
			rb->rmtp = rem;
			return -ERESTART_RESTARTBLOCK;
		}
		set_current_state(TASK_INTERRUPTIBLE);
		schedule_deadline(end);
	}
	return 0;
}

static long sleep_for(ktime_t ns, struct __kernel_timespec __user *rem)
{
	struct deadline end = { .at = ktime_add_safe(ktime_get(), ns) };

	return sleep_until(&end, rem);
}

static long cpu_sleep(clockid_t clk, bool absolute, u64 ns, struct __kernel_timespec __user *rem);

static long cpu_sleep_restart(struct restart_block *rb)
{
	return cpu_sleep(rb->clockid, true, rb->expires, rb->rmtp);
}

/* By a CPU clock of the own process. Restarts are absolute, so that no interruption makes the sleep longer. */
static long cpu_sleep(clockid_t clk, bool absolute, u64 ns, struct __kernel_timespec __user *rem)
{
	struct restart_block *rb = &current->restart_block;
	struct cpu_clock clock;
	u64 left, now;
	int err = cpu_clock_get(clk, &clock);

	if (err)
		return err;
	if (clock.thread && clock.pid == task_pid(current))
		err = -EINVAL; /* it would stand still meanwhile */
	else if (!cpu_clock_is_ours(&clock))
		err = -EOPNOTSUPP;
	else
		err = cpu_clock_read(&clock, &now);
	if (!err && !absolute)
		ns = ktime_add_safe((ktime_t)now, (ktime_t)ns);
	if (!err)
		err = cpu_clock_sleep(&clock, ns, &left);
	cpu_clock_put(&clock);
	if (err != -EINTR)
		return err;
	if (rem && put_ts(rem, left))
		return -EFAULT;
	rb->fn = cpu_sleep_restart;
	rb->clockid = clk;
	rb->expires = ns;
	rb->rmtp = rem;
	return -ERESTART_RESTARTBLOCK;
}

/* Of the clocks that wake a machine: who may, and with what. Nothing suspends here, so they are their clocks otherwise. */
static int check_alarm(clockid_t clk, int flags)
{
	if (clk != CLOCK_REALTIME_ALARM && clk != CLOCK_BOOTTIME_ALARM)
		return 0;
	if (flags & ~TIMER_ABSTIME)
		return -EINVAL;
	return capable(CAP_WAKE_ALARM) ? 0 : -EPERM;
}

long sys_clock_nanosleep(clockid_t clk, int flags, const struct __kernel_timespec __user *req,
			 struct __kernel_timespec __user *rem)
{
	bool absolute = flags & TIMER_ABSTIME;
	struct deadline end;
	u64 now;
	long ret;
	int err = read_clock(clk, &now);

	if (err)
		return err;
	if (clk == CLOCK_THREAD_CPUTIME_ID || clk == CLOCK_REALTIME_COARSE || clk == CLOCK_MONOTONIC_COARSE ||
	    clk == CLOCK_MONOTONIC_RAW)
		return -EOPNOTSUPP;
	err = get_ts(&end.at, req);
	if (!err)
		err = check_alarm(clk, flags);
	if (err)
		return err;
	end.wall = clk == CLOCK_REALTIME || clk == CLOCK_TAI || clk == CLOCK_REALTIME_ALARM;
	if (clk < 0 || clk == CLOCK_PROCESS_CPUTIME_ID)
		ret = cpu_sleep(clk, absolute, end.at, absolute ? NULL : rem);
	else if (absolute)
		ret = sleep_until(&end, NULL);
	else
		ret = sleep_for(end.at, rem);
	return absolute && ret == -ERESTART_RESTARTBLOCK ? -ERESTARTNOHAND : ret;
}

long sys_nanosleep(const struct __kernel_timespec __user *req, struct __kernel_timespec __user *rem)
{
	ktime_t t;
	int err = get_ts(&t, req);

	return err ? err : sleep_for(t, rem);
}

long sys_gettimeofday(struct __kernel_old_timeval __user *utv, void __user *tz)
{
	u64 ns = ktime_get_real_ns();
	struct __kernel_old_timeval tv = { ns / NSEC_PER_SEC,
					   ns % NSEC_PER_SEC / NSEC_PER_USEC };

	if (utv && copy_to_user(utv, &tv, sizeof(tv)))
		return -EFAULT;
	return tz && clear_user(tz, 8) ? -EFAULT : 0;
}

long sys_settimeofday(struct __kernel_old_timeval __user *utv, void __user *tz)
{
	struct __kernel_old_timeval tv;

	if (!utv)
		return tz ? -EINVAL : 0;
	if (copy_from_user(&tv, utv, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_sec < 0 || (unsigned long)tv.tv_usec >= USEC_PER_SEC)
		return -EINVAL;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	return set_wall_clock(ktime_set(tv.tv_sec, (unsigned long)tv.tv_usec * NSEC_PER_USEC));
}

long sys_time(time64_t __user *tloc)
{
	time64_t t = ktime_get_real_seconds();

	return tloc && put_user(t, tloc) ? -EFAULT : t;
}

struct tms {
	long tms_utime, tms_stime, tms_cutime, tms_cstime;
};

#define CLK_TCK_NS (NSEC_PER_SEC / 100)

long sys_times(struct tms __user *tbuf)
{
	struct usage_sums children;
	struct tms t = { 0 };
	u64 utime, stime;

	group_cpu_split(current, &utime, &stime);
	t.tms_utime = utime / CLK_TCK_NS;
	t.tms_stime = stime / CLK_TCK_NS;
	spin_lock_irq(&current->sighand->siglock);
	children = current->signal->children_use;
	spin_unlock_irq(&current->sighand->siglock);
	usage_split(&children, &utime, &stime);
	t.tms_cutime = utime / CLK_TCK_NS;
	t.tms_cstime = stime / CLK_TCK_NS;
	if (tbuf && copy_to_user(tbuf, &t, sizeof(t)))
		return -EFAULT;
	return ktime_get_ns() / CLK_TCK_NS;
}
