// SPDX-License-Identifier: MIT
/* Clocks, sleeping, and CPU times. */
#include "fs/timerfd.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/task/cputime.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"

#define CLOCK_REALTIME		 0
#define CLOCK_MONOTONIC		 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID	 3
#define CLOCK_MONOTONIC_RAW	 4
#define CLOCK_REALTIME_COARSE	 5
#define CLOCK_MONOTONIC_COARSE	 6
#define CLOCK_BOOTTIME		 7
#define TIMER_ABSTIME		 1
#define COARSE_NS		 1000000

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

static int read_clock(clockid_t clk, u64 *ns)
{
	switch (clk) {
	case CLOCK_REALTIME:
		*ns = ktime_get_real_ns();
		return 0;
	case CLOCK_REALTIME_COARSE:
		*ns = ktime_get_real_ns() / COARSE_NS * COARSE_NS;
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
		*ns = ktime_get_ns();
		return 0;
	case CLOCK_MONOTONIC_COARSE:
		*ns = ktime_get_ns() / COARSE_NS * COARSE_NS;
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		*ns = group_cpu_ns(current);
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		*ns = task_sched_runtime(current);
		return 0;
	}
	return -EINVAL;
}

long sys_clock_gettime(clockid_t clk, struct __kernel_timespec __user *tp)
{
	u64 ns;
	int err = read_clock(clk, &ns);

	return err ? err : put_ts(tp, ns);
}

long sys_clock_getres(clockid_t clk, struct __kernel_timespec __user *tp)
{
	bool coarse = clk == CLOCK_REALTIME_COARSE || clk == CLOCK_MONOTONIC_COARSE;
	u64 ns;
	int err = read_clock(clk, &ns);

	if (err || !tp)
		return err;
	return put_ts(tp, coarse ? COARSE_NS : 1);
}

static void set_wallclock(u64 ns)
{
	timekeeping_set_wallclock(ns);
	timerfd_clock_was_set();
}

long sys_clock_settime(clockid_t clk, const struct __kernel_timespec __user *tp)
{
	ktime_t ns;
	int err;

	if (clk != CLOCK_REALTIME)
		return -EINVAL;
	err = get_ts(&ns, tp);
	if (err)
		return err;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	set_wallclock(ns);
	return 0;
}

/* Sleeps until a monotonic time; rem, if any, gets what was left of an interrupted sleep. */
static long sleep_until(ktime_t expires, struct __kernel_timespec __user *rem);

static long sleep_restart(struct restart_block *rb)
{
	return sleep_until(rb->expires, rb->rmtp);
}

static long sleep_until(ktime_t expires, struct __kernel_timespec __user *rem)
{
	struct restart_block *rb = &current->restart_block;
	ktime_t left;

	while ((left = expires - ktime_get()) > 0) {
		if (signal_pending(current)) {
			if (rem && put_ts(rem, left))
				return -EFAULT;
			rb->fn = sleep_restart;
			rb->expires = expires;
			rb->rmtp = rem;
			return -ERESTART_RESTARTBLOCK;
		}
		set_current_state(TASK_INTERRUPTIBLE);
		schedule_hrtimeout(expires);
	}
	return 0;
}

long sys_clock_nanosleep(clockid_t clk, int flags, const struct __kernel_timespec __user *req,
			 struct __kernel_timespec __user *rem)
{
	u64 now;
	ktime_t t;
	long ret;
	int err;

	if (clk == CLOCK_THREAD_CPUTIME_ID || clk == CLOCK_REALTIME_COARSE ||
	    clk == CLOCK_MONOTONIC_COARSE || clk == CLOCK_MONOTONIC_RAW)
		return -EINVAL;
	if (clk == CLOCK_PROCESS_CPUTIME_ID)
		return -EOPNOTSUPP;
	err = read_clock(clk, &now);
	if (!err)
		err = get_ts(&t, req);
	if (err)
		return err;
	if (!(flags & TIMER_ABSTIME))
		return sleep_until(ktime_add_safe(ktime_get(), t), rem);
	/* absolute: in terms of the monotonic clock, again after each interruption */
	ret = sleep_until(t - (ktime_t)now + ktime_get(), NULL);
	return ret == -ERESTART_RESTARTBLOCK ? -ERESTARTNOHAND : ret;
}

long sys_nanosleep(const struct __kernel_timespec __user *req, struct __kernel_timespec __user *rem)
{
	ktime_t t;
	int err = get_ts(&t, req);

	return err ? err : sleep_until(ktime_add_safe(ktime_get(), t), rem);
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
	set_wallclock(tv.tv_sec * NSEC_PER_SEC + tv.tv_usec * NSEC_PER_USEC);
	return 0;
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

#define ITIMER_REAL 0

static struct __kernel_old_timeval ns_to_timeval(ktime_t ns)
{
	/* rounded up: a timer that is set never reads as one that is not */
	ns += NSEC_PER_USEC - 1;
	return (struct __kernel_old_timeval){ ns / NSEC_PER_SEC,
					      ns % NSEC_PER_SEC / NSEC_PER_USEC };
}

static bool timeval_to_ns(const struct __kernel_old_timeval *tv, ktime_t *ns)
{
	if (tv->tv_sec < 0 || (unsigned long)tv->tv_usec >= USEC_PER_SEC)
		return false;
	*ns = ktime_set(tv->tv_sec, tv->tv_usec * NSEC_PER_USEC);
	return true;
}

long sys_getitimer(int which, void __user *uvalue)
{
	struct __kernel_old_itimerval it;
	ktime_t left, interval;

	if (which != ITIMER_REAL)
		return which < 0 || which > 2 ? -EINVAL : -ENOSYS;
	itimer_get(&left, &interval);
	it.it_value = ns_to_timeval(left);
	it.it_interval = ns_to_timeval(interval);
	return copy_to_user(uvalue, &it, sizeof(it)) ? -EFAULT : 0;
}

long sys_setitimer(int which, void __user *uvalue, void __user *uold)
{
	struct __kernel_old_itimerval it = { 0 };
	ktime_t value, interval;

	if (which != ITIMER_REAL)
		return which < 0 || which > 2 ? -EINVAL : -ENOSYS;
	if (uvalue && copy_from_user(&it, uvalue, sizeof(it)))
		return -EFAULT;
	if (!timeval_to_ns(&it.it_value, &value) || !timeval_to_ns(&it.it_interval, &interval))
		return -EINVAL;
	if (uold) {
		long err = sys_getitimer(which, uold);

		if (err)
			return err;
	}
	itimer_set(value, interval);
	return 0;
}

long sys_alarm(unsigned int seconds)
{
	ktime_t left, interval;

	itimer_get(&left, &interval);
	itimer_set(seconds * NSEC_PER_SEC, 0);
	return (left + NSEC_PER_SEC - 1) / NSEC_PER_SEC;
}
