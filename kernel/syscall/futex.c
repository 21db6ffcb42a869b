// SPDX-License-Identifier: MIT
/* Futex calls: what their arguments mean; what is done is in kernel/task/futex*.c. */
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/deadline.h"
#include "kernel/task/futex.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

static int get_timeout(const struct __kernel_timespec __user *uts, ktime_t *t)
{
	struct __kernel_timespec ts;
	struct timespec64 t64;

	if (copy_from_user(&ts, uts, sizeof(ts)))
		return -EFAULT;
	t64 = (struct timespec64){ ts.tv_sec, ts.tv_nsec };
	if (!timespec64_valid(&t64))
		return -EINVAL;
	*t = timespec64_to_ktime(t64);
	return 0;
}

static bool takes_timeout(int cmd)
{
	return cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_LOCK_PI || cmd == FUTEX_LOCK_PI2 ||
	       cmd == FUTEX_WAIT_REQUEUE_PI;
}

long sys_futex(u32 __user *uaddr, int op, u32 val, const struct __kernel_timespec __user *uts, u32 __user *uaddr2, u32 val3)
{
	int cmd = op & FUTEX_CMD_MASK, err;
	struct deadline end = { 0 };
	bool timed = uts && takes_timeout(cmd);

	if (timed) {
		err = get_timeout(uts, &end.at);
		if (err)
			return err;
		if (cmd == FUTEX_WAIT) /* relative */
			end.at = ktime_add_safe(end.at, ktime_get());
		else
			end.wall = (op & FUTEX_CLOCK_REALTIME) || cmd == FUTEX_LOCK_PI;
	}
	if ((op & FUTEX_CLOCK_REALTIME) && cmd != FUTEX_WAIT_BITSET && cmd != FUTEX_WAIT_REQUEUE_PI && cmd != FUTEX_LOCK_PI2)
		return -ENOSYS;
	/* these pass a second count where the others pass a timeout */
	return do_futex(uaddr, op, val, timed ? &end : NULL, uaddr2, (u32)(unsigned long)uts, val3);
}

static int copy_words(struct futex_waitv *words, const struct futex_waitv __user *uwords, unsigned int nr)
{
	if (copy_from_user(words, uwords, nr * sizeof(*words)))
		return -EFAULT;
	for (unsigned int i = 0; i < nr; i++) {
		if ((words[i].flags & ~(FUTEX_32 | FUTEX_PRIVATE_FLAG)) || !(words[i].flags & FUTEX_32) || words[i].__reserved)
			return -EINVAL;
		if (words[i].val != (u32)words[i].val)
			return -EINVAL;
	}
	return 0;
}

long sys_futex_waitv(struct futex_waitv __user *waiters, unsigned int nr, unsigned int flags,
		     struct __kernel_timespec __user *uts, clockid_t clock)
{
	struct deadline end = { .wall = clock == CLOCK_REALTIME };
	struct futex_waitv *words;
	long ret;

	if (flags || !nr || nr > FUTEX_WAITV_MAX || !waiters)
		return -EINVAL;
	if (uts) {
		if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
			return -EINVAL;
		ret = get_timeout(uts, &end.at);
		if (ret)
			return ret;
	}
	words = kmalloc_array(nr, sizeof(*words), GFP_KERNEL);
	if (!words)
		return -ENOMEM;
	ret = copy_words(words, waiters, nr);
	if (!ret)
		ret = futex_wait_multiple(words, nr, uts ? &end : NULL);
	kfree(words);
	return ret;
}
