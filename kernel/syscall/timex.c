// SPDX-License-Identifier: MIT
/*
 * adjtimex and clock_adjtime: what the clock's discipline is, which here is none, told as Linux tells it of a clock that nothing
 * steers: not synchronised, no offset, no correction. Steering it is not supported, except for setting the time.
 */
#include "kernel/lib/errno.h"
#include "kernel/syscall/missing.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"

/* struct timex of the ABI */
struct timex {
	unsigned int modes;
	int __pad1;
	long offset, freq, maxerror, esterror;
	int status, __pad2;
	long constant, precision, tolerance;
	struct __kernel_old_timeval time;
	long tick, ppsfreq, jitter;
	int shift, __pad3;
	long stabil, jitcnt, calcnt, errcnt, stbcnt;
	int tai;
	int __pad4[11];
};

#define ADJ_TICK	      0x4000
#define ADJ_ADJTIME	      0x8000
#define ADJ_OFFSET_READONLY   0x2000
#define ADJ_OFFSET_SINGLESHOT 0x0001
#define STA_UNSYNC	      0x0040
#define TIME_ERROR	      5
#define MAX_ERROR_US	      16000000
#define TOLERANCE	      (500L << 16) /* parts per million */

#define CLOCK_REALTIME	0

/* 0: only reading */
static long check_modes(const struct timex *t)
{
	if (t->modes & ADJ_ADJTIME) { /* adjtime() */
		if (!(t->modes & ADJ_OFFSET_SINGLESHOT))
			return -EINVAL;
		if (t->modes & ADJ_OFFSET_READONLY)
			return 0;
	}
	if (t->modes && !capable(CAP_SYS_TIME))
		return -EPERM;
	if ((t->modes & ADJ_TICK) && (t->tick < 9000 || t->tick > 11000))
		return -EINVAL;
	if (t->modes)
		unsupported("steering the clock");
	return t->modes ? -EINVAL : 0;
}

long sys_adjtimex(void __user *ut)
{
	struct timex t;
	long err;
	u64 now;

	if (copy_from_user(&t, ut, sizeof(t)))
		return -EFAULT;
	err = check_modes(&t);
	if (err)
		return err;
	now = ktime_get_real_ns();
	t.offset = t.freq = t.ppsfreq = t.jitter = t.shift = t.stabil = 0;
	t.jitcnt = t.calcnt = t.errcnt = t.stbcnt = t.tai = 0;
	t.maxerror = t.esterror = MAX_ERROR_US;
	t.status = STA_UNSYNC;
	t.constant = 2;
	t.precision = 1;
	t.tolerance = TOLERANCE;
	t.tick = 10000;
	t.time = (struct __kernel_old_timeval){ now / NSEC_PER_SEC, now % NSEC_PER_SEC / NSEC_PER_USEC };
	return copy_to_user(ut, &t, sizeof(t)) ? -EFAULT : TIME_ERROR;
}

long sys_clock_adjtime(clockid_t clk, void __user *ut)
{
	struct __kernel_timespec __user *none = NULL;
	struct timex t;

	if (copy_from_user(&t, ut, sizeof(t)))
		return -EFAULT;
	if (clk == CLOCK_REALTIME)
		return sys_adjtimex(ut);
	/* any other clock that there is cannot be adjusted */
	return sys_clock_getres(clk, none) ? -EINVAL : -EOPNOTSUPP;
}
