// SPDX-License-Identifier: MIT
/*
 * timerfd: a timer behind a descriptor; a read returns how often it has expired since the last.
 *
 * The lock of the wait queue guards a timer's state; the callback takes it in the timer interrupt. A periodic timer is not armed again by
 * the callback but when somebody looks (read, gettime, settime), who then adds the periods that have passed: a program that
 * does not read costs no interrupts.
 *
 * All timers run on the monotonic clock. One for a wall-clock time is converted with the clock's offset; when the clock is set, it is
 * moved by the change. For that, timers of the wall clock are on a list. Nobody is missed: the clock is set before the list
 * is walked, and settime reads the offset under the same lock under which the walk moves the timer.
 *
 * Lock order: wall_lock, then a timer's lock, then the timer base's. The callback holds none when it takes the second.
 */
#include "fs/timerfd.h"

#include "fs/anon_inodes.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/poll.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/task/timer.h"
#include "kernel/x86/uaccess.h"
#include "mm/iov_iter.h"
#include "mm/slab.h"

#define CLOCK_REALTIME	     0
#define CLOCK_MONOTONIC	     1
#define CLOCK_BOOTTIME	     7
#define CLOCK_REALTIME_ALARM 8
#define CLOCK_BOOTTIME_ALARM 9

#define TFD_TIMER_ABSTIME	1
#define TFD_TIMER_CANCEL_ON_SET 2

struct timerfd_ctx {
	struct hrtimer timer;
	wait_queue_head_t wqh;	/* its lock guards the rest */
	u64 ticks;		/* expiries not read yet */
	ktime_t expires;	/* monotonic: next, or, if expired, last; below 0 for a wall-clock time before boot. 0: not set */
	ktime_t interval;	/* 0: once */
	s64 offset;		/* wall: what the monotonic clock lacked when expires was computed */
	bool expired;		/* and not armed again since */
	bool wall;		/* for a wall-clock time */
	bool cancel_on_set, canceled;
	int clockid;		/* constant */
	struct list_head wall_link; /* wall_lock */
};

static DEFINE_SPINLOCK(wall_lock);
static LIST_HEAD(wall_list);

static bool is_wall_clock(int clockid)
{
	return clockid == CLOCK_REALTIME || clockid == CLOCK_REALTIME_ALARM;
}

/* ---- the timer; its lock held ---- */

static enum hrtimer_restart timerfd_fire(struct hrtimer *timer)
{
	struct timerfd_ctx *ctx = container_of(timer, struct timerfd_ctx, timer);
	unsigned long flags;

	spin_lock_irqsave(&ctx->wqh.lock, flags);
	ctx->expired = true;
	ctx->ticks++;
	__wake_up_locked_key(&ctx->wqh, TASK_NORMAL, poll_to_key(EPOLLIN));
	spin_unlock_irqrestore(&ctx->wqh.lock, flags);
	return HRTIMER_NORESTART;
}

static void timerfd_start(struct timerfd_ctx *ctx)
{
	hrtimer_start(&ctx->timer, ctx->expires, HRTIMER_MODE_ABS);
}

/* A periodic timer that has fired: counts the periods since. True if it did and is to be started for the next. */
static bool timerfd_advance(struct timerfd_ctx *ctx)
{
	ktime_t now = ktime_get();
	u64 n;

	if (!ctx->expired || !ctx->interval)
		return false;
	ctx->expired = false;
	if (now >= ctx->expires) {
		n = (u64)(now - ctx->expires) / (u64)ctx->interval + 1;
		ctx->expires += n * ctx->interval;
		ctx->ticks += n - 1;
	}
	return true;
}

static void timerfd_catch_up(struct timerfd_ctx *ctx)
{
	if (timerfd_advance(ctx))
		timerfd_start(ctx);
}

static ktime_t timerfd_remaining(const struct timerfd_ctx *ctx)
{
	ktime_t left = ctx->expires - ktime_get();

	return ctx->expired || left < 0 ? 0 : left;
}

/* Takes the lock when the timer's callback does not run, with the timer stopped. True if it had been armed. */
static bool timerfd_lock_stopped(struct timerfd_ctx *ctx)
{
	int ret;

	for (;;) {
		spin_lock_irq(&ctx->wqh.lock);
		ret = hrtimer_try_to_cancel(&ctx->timer);
		if (ret >= 0)
			return ret;
		spin_unlock_irq(&ctx->wqh.lock);
		cpu_relax();
	}
}

static bool timerfd_take_canceled(struct timerfd_ctx *ctx)
{
	bool canceled = ctx->canceled;

	ctx->canceled = false;
	return canceled;
}

/* Stopped and locked. 0, or -ECANCELED: it is set all the same, but the clock was set since the last look. */
static int timerfd_setup(struct timerfd_ctx *ctx, int flags, ktime_t value, ktime_t interval)
{
	ctx->wall = (flags & TFD_TIMER_ABSTIME) && is_wall_clock(ctx->clockid);
	ctx->cancel_on_set = ctx->wall && (flags & TFD_TIMER_CANCEL_ON_SET);
	if (!ctx->cancel_on_set)
		ctx->canceled = false;
	ctx->expired = false;
	ctx->ticks = 0;
	ctx->interval = interval;
	ctx->expires = 0;
	ctx->offset = ktime_real_offset();
	if (!value)
		return 0;
	if (ctx->wall)
		ctx->expires = value - ctx->offset;
	else
		ctx->expires = flags & TFD_TIMER_ABSTIME ? value : ktime_add_safe(ktime_get(), value);
	timerfd_start(ctx);
	return timerfd_take_canceled(ctx) ? -ECANCELED : 0;
}

/* ---- setting the clock ---- */

static void timerfd_clock_moved(struct timerfd_ctx *ctx, s64 offset)
{
	bool armed = timerfd_lock_stopped(ctx);

	if (ctx->wall && ctx->offset != offset) {
		if (ctx->expires)
			ctx->expires -= offset - ctx->offset;
		ctx->offset = offset;
		if (ctx->cancel_on_set) {
			ctx->canceled = true;
			ctx->ticks++;
			__wake_up_locked_key(&ctx->wqh, TASK_NORMAL, poll_to_key(EPOLLIN));
		}
	}
	if (armed)
		timerfd_start(ctx);
	spin_unlock_irq(&ctx->wqh.lock);
}

/* Interrupts stay on under wall_lock, which no interrupt takes: a callback on this CPU can finish while it is waited for. */
void timerfd_clock_was_set(void)
{
	struct timerfd_ctx *ctx;

	spin_lock(&wall_lock);
	list_for_each_entry(ctx, &wall_list, wall_link)
		timerfd_clock_moved(ctx, ktime_real_offset());
	spin_unlock(&wall_lock);
}

/* ---- the file ---- */

static void timerfd_free(struct timerfd_ctx *ctx)
{
	if (is_wall_clock(ctx->clockid)) {
		spin_lock(&wall_lock);
		list_del(&ctx->wall_link);
		spin_unlock(&wall_lock);
	}
	hrtimer_cancel(&ctx->timer);
	kfree(ctx);
}

static int timerfd_release(struct inode *inode, struct file *file)
{
	timerfd_free(file->private_data);
	return 0;
}

static __poll_t timerfd_poll(struct file *file, poll_table *wait)
{
	struct timerfd_ctx *ctx = file->private_data;

	poll_wait(file, &ctx->wqh, wait);
	return READ_ONCE(ctx->ticks) ? EPOLLIN : 0;
}

static ssize_t timerfd_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	struct timerfd_ctx *ctx = file->private_data;
	u64 ticks;

	if (iov_iter_count(to) < sizeof(ticks))
		return -EINVAL;
	spin_lock_irq(&ctx->wqh.lock);
	while (!ctx->ticks) {
		spin_unlock_irq(&ctx->wqh.lock);
		if ((file->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT))
			return -EAGAIN;
		if (wait_event_interruptible(ctx->wqh, READ_ONCE(ctx->ticks)))
			return -ERESTARTSYS;
		spin_lock_irq(&ctx->wqh.lock);
	}
	if (timerfd_take_canceled(ctx)) {
		ctx->ticks = 0;
		ctx->expired = false;
		spin_unlock_irq(&ctx->wqh.lock);
		return -ECANCELED;
	}
	timerfd_catch_up(ctx);
	ticks = ctx->ticks;
	ctx->ticks = 0;
	spin_unlock_irq(&ctx->wqh.lock);
	return copy_to_iter(&ticks, sizeof(ticks), to) == sizeof(ticks) ? (ssize_t)sizeof(ticks) : -EFAULT;
}

static const struct file_operations timerfd_fops = {
	.release = timerfd_release,
	.poll = timerfd_poll,
	.read_iter = timerfd_read,
	.llseek = noop_llseek,
};

/* ---- system calls ---- */

long sys_timerfd_create(int clockid, int flags)
{
	bool alarm = clockid == CLOCK_REALTIME_ALARM || clockid == CLOCK_BOOTTIME_ALARM;
	struct timerfd_ctx *ctx;
	int fd;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (!alarm && clockid != CLOCK_REALTIME && clockid != CLOCK_MONOTONIC && clockid != CLOCK_BOOTTIME)
		return -EINVAL;
	/* Nothing suspends here, so an alarm is the same as its clock; but it is for the same programs as on Linux. */
	if (alarm && !capable(CAP_WAKE_ALARM))
		return -EPERM;
	ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	if (!ctx)
		return -ENOMEM;
	init_waitqueue_head(&ctx->wqh);
	hrtimer_init(&ctx->timer, timerfd_fire);
	ctx->clockid = clockid;
	if (is_wall_clock(clockid)) {
		spin_lock(&wall_lock);
		list_add(&ctx->wall_link, &wall_list);
		spin_unlock(&wall_lock);
	}
	fd = anon_inode_getfd("[timerfd]", &timerfd_fops, ctx, O_RDWR | flags);
	if (fd < 0)
		timerfd_free(ctx);
	return fd;
}

/* The timer behind a descriptor: 0 with a reference in *f, or -EBADF, -EINVAL. */
static int timerfd_get(int fd, struct fd *f)
{
	*f = fdget(fd);
	if (!f->file)
		return -EBADF;
	if (f->file->f_op == &timerfd_fops)
		return 0;
	fdput(*f);
	return -EINVAL;
}

static bool read_time(const struct __kernel_timespec *ts, ktime_t *ns)
{
	struct timespec64 t64 = { ts->tv_sec, ts->tv_nsec };

	*ns = timespec64_to_ktime(t64);
	return timespec64_valid(&t64);
}

static int put_times(struct __kernel_itimerspec __user *to, ktime_t left, ktime_t interval)
{
	struct __kernel_itimerspec it = {
		.it_interval = { interval / NSEC_PER_SEC, interval % NSEC_PER_SEC },
		.it_value = { left / NSEC_PER_SEC, left % NSEC_PER_SEC },
	};

	return copy_to_user(to, &it, sizeof(it)) ? -EFAULT : 0;
}

long sys_timerfd_settime(int fd, int flags, const struct __kernel_itimerspec __user *unew,
			 struct __kernel_itimerspec __user *old)
{
	ktime_t value, interval, old_left, old_interval;
	struct __kernel_itimerspec new;
	struct timerfd_ctx *ctx;
	struct fd f;
	long err;

	if (copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) || !read_time(&new.it_value, &value) ||
	    !read_time(&new.it_interval, &interval))
		return -EINVAL;
	err = timerfd_get(fd, &f);
	if (err)
		return err;
	ctx = f.file->private_data;
	timerfd_lock_stopped(ctx);
	timerfd_advance(ctx);
	old_left = timerfd_remaining(ctx);
	old_interval = ctx->interval;
	err = timerfd_setup(ctx, flags, value, interval);
	spin_unlock_irq(&ctx->wqh.lock);
	fdput(f);
	if (!err && old)
		err = put_times(old, old_left, old_interval);
	return err;
}

long sys_timerfd_gettime(int fd, struct __kernel_itimerspec __user *now)
{
	struct timerfd_ctx *ctx;
	ktime_t left, interval;
	struct fd f;
	int err = timerfd_get(fd, &f);

	if (err)
		return err;
	ctx = f.file->private_data;
	spin_lock_irq(&ctx->wqh.lock);
	timerfd_catch_up(ctx);
	left = timerfd_remaining(ctx);
	interval = ctx->interval;
	spin_unlock_irq(&ctx->wqh.lock);
	fdput(f);
	return put_times(now, left, interval);
}
