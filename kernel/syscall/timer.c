// SPDX-License-Identifier: MIT
/* Interval timers, alarm, and POSIX timers. */
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/internal.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"

#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF    2

static struct __kernel_old_timeval ns_to_timeval(ktime_t ns)
{
	/* rounded up: a timer that is set never reads as one that is not */
	ns = ktime_add_safe(ns, NSEC_PER_USEC - 1);
	return (struct __kernel_old_timeval){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / NSEC_PER_USEC };
}

static bool timeval_to_ns(const struct __kernel_old_timeval *tv, ktime_t *ns)
{
	if (tv->tv_sec < 0 || (unsigned long)tv->tv_usec >= USEC_PER_SEC)
		return false;
	*ns = ktime_set(tv->tv_sec, tv->tv_usec * NSEC_PER_USEC);
	return true;
}

static int put_itimerval(struct __kernel_old_itimerval __user *u, ktime_t value, ktime_t interval)
{
	struct __kernel_old_itimerval it = { .it_value = ns_to_timeval(value), .it_interval = ns_to_timeval(interval) };

	return copy_to_user(u, &it, sizeof(it)) ? -EFAULT : 0;
}

long sys_getitimer(int which, struct __kernel_old_itimerval __user *uvalue)
{
	ktime_t left, interval;

	if (which == ITIMER_REAL)
		itimer_get(&left, &interval);
	else if (which == ITIMER_VIRTUAL || which == ITIMER_PROF)
		cpu_itimer_get(which - ITIMER_VIRTUAL, (u64 *)&left, (u64 *)&interval);
	else
		return -EINVAL;
	return put_itimerval(uvalue, left, interval);
}

long sys_setitimer(int which, const struct __kernel_old_itimerval __user *uvalue, struct __kernel_old_itimerval __user *uold)
{
	struct __kernel_old_itimerval it = { 0 };
	ktime_t value, interval, left, old_interval;

	/* no value is a value of zero */
	if (uvalue && copy_from_user(&it, uvalue, sizeof(it)))
		return -EFAULT;
	if (!timeval_to_ns(&it.it_value, &value) || !timeval_to_ns(&it.it_interval, &interval))
		return -EINVAL;
	if (which == ITIMER_REAL)
		itimer_set(value, interval, &left, &old_interval);
	else if (which == ITIMER_VIRTUAL || which == ITIMER_PROF)
		cpu_itimer_set(which - ITIMER_VIRTUAL, value, interval, (u64 *)&left, (u64 *)&old_interval);
	else
		return -EINVAL;
	return uold ? put_itimerval(uold, left, old_interval) : 0;
}

long sys_alarm(unsigned int seconds)
{
	ktime_t left, interval;
	long rest;

	itimer_set(seconds * NSEC_PER_SEC, 0, &left, &interval);
	/* rounded, but a timer that was set never tells 0 */
	rest = (left + NSEC_PER_SEC / 2) / NSEC_PER_SEC;
	return left && !rest ? 1 : rest;
}

/* ---- timer_create and friends ---- */

struct sigevent {
	sigval_t sigev_value;
	int sigev_signo;
	int sigev_notify;
	union {
		int _pad[12];
		pid_t sigev_notify_thread_id;
	};
};

static_assert(sizeof(struct sigevent) == 64, "sigevent");

long sys_timer_create(clockid_t clock, struct sigevent __user *uevent, int __user *uid)
{
	struct sigevent e;
	struct sigevent_k event;
	long id;

	if (uevent) {
		if (copy_from_user(&e, uevent, sizeof(e)))
			return -EFAULT;
		event = (struct sigevent_k){ e.sigev_value, e.sigev_signo, e.sigev_notify, e.sigev_notify_thread_id };
	}
	id = posix_timer_create(clock, uevent ? &event : NULL);
	if (id < 0)
		return id;
	if (put_user((int)id, uid)) {
		posix_timer_delete(id);
		return -EFAULT;
	}
	return 0;
}

static bool timespec_to_ns(const struct __kernel_timespec *ts, ktime_t *ns)
{
	struct timespec64 t64 = { ts->tv_sec, ts->tv_nsec };

	if (!timespec64_valid(&t64))
		return false;
	*ns = timespec64_to_ktime(t64);
	return true;
}

static int put_itimerspec(struct __kernel_itimerspec __user *u, u64 value, u64 interval)
{
	struct __kernel_itimerspec it = {
		.it_value = { value / NSEC_PER_SEC, value % NSEC_PER_SEC },
		.it_interval = { interval / NSEC_PER_SEC, interval % NSEC_PER_SEC },
	};

	return copy_to_user(u, &it, sizeof(it)) ? -EFAULT : 0;
}

long sys_timer_settime(int id, int flags, const struct __kernel_itimerspec __user *unew, struct __kernel_itimerspec __user *uold)
{
	u64 old_value, old_interval;
	ktime_t value, interval;
	struct __kernel_itimerspec new;
	long err;

	if (!unew)
		return -EINVAL;
	if (copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	if (!timespec_to_ns(&new.it_value, &value) || !timespec_to_ns(&new.it_interval, &interval))
		return -EINVAL;
	err = posix_timer_settime(id, flags & TIMER_ABSTIME, value, interval, &old_value, &old_interval);
	return err || !uold ? err : put_itimerspec(uold, old_value, old_interval);
}

long sys_timer_gettime(int id, struct __kernel_itimerspec __user *uit)
{
	u64 value, interval;
	long err = posix_timer_gettime(id, &value, &interval);

	return err ? err : put_itimerspec(uit, value, interval);
}

long sys_timer_getoverrun(int id)
{
	return posix_timer_getoverrun(id);
}

long sys_timer_delete(int id)
{
	return posix_timer_delete(id);
}
