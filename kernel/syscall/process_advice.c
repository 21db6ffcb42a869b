// SPDX-License-Identifier: MIT
/*
 * process_madvise and process_mrelease: what a manager of memory does to other processes, which he names by a descriptor, so that it is
 * never another that has got the same number since.
 */
#include "fs/pidfd.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/access.h"
#include "kernel/task/pid.h"
#include "kernel/task/sched.h"
#include "mm/iov_iter.h"
#include "mm/mm.h"
#include "mm/mman.h"
#include "mm/oom.h"
#include "mm/slab.h"

static struct task_struct *task_of_pidfd(int pidfd)
{
	struct task_struct *p;
	unsigned int unused;
	struct pid *pid = pidfd_get_pid(pidfd, &unused);

	if (IS_ERR(pid))
		return ERR_CAST(pid);
	p = get_pid_task(pid, PIDTYPE_TGID);
	put_pid(pid);
	return p ? p : ERR_PTR(-ESRCH);
}

/* Only what does not change what the other finds in its memory. */
static bool advice_for_others(int advice)
{
	return advice == MADV_COLD || advice == MADV_PAGEOUT || advice == MADV_WILLNEED;
}

/* Bytes that got the advice, or what was wrong with the first range. */
static ssize_t advise_ranges(struct mm_struct *mm, const struct iovec *ranges, unsigned long count, int advice)
{
	ssize_t done = 0;
	long err = 0;

	for (unsigned long i = 0; i < count && !err; i++) {
		err = do_madvise(mm, (unsigned long)ranges[i].iov_base, ranges[i].iov_len, advice);
		if (!err)
			done += ranges[i].iov_len;
	}
	return done ? done : err;
}

static ssize_t advise_process(int pidfd, const struct iovec *ranges, unsigned long count, int advice)
{
	struct task_struct *p = task_of_pidfd(pidfd);
	struct mm_struct *mm;
	ssize_t ret;

	if (IS_ERR(p))
		return PTR_ERR(p);
	mm = advice_for_others(advice) ? mm_access(p, ACCESS_FSCREDS) : ERR_PTR(-EINVAL);
	put_task_struct(p);
	if (IS_ERR_OR_NULL(mm))
		return mm ? PTR_ERR(mm) : -ESRCH;
	ret = capable(CAP_SYS_NICE) ? advise_ranges(mm, ranges, count, advice) : -EPERM;
	mmput(mm);
	return ret;
}

long sys_process_madvise(int pidfd, const struct iovec __user *vec, size_t count, int advice, unsigned int flags)
{
	struct iovec fast[UIO_FASTIOV], *ranges = fast;
	struct iov_iter unused;
	ssize_t ret;

	if (flags || count > UIO_MAXIOV)
		return -EINVAL;
	ret = import_iovec(READ, vec, count, UIO_FASTIOV, &ranges, &unused);
	if (ret >= 0)
		ret = advise_process(pidfd, ranges ? ranges : fast, count, advice);
	kfree(ranges);
	return ret;
}

/* No permission is asked for: it ends in any case, and this takes nothing from it that it will see again. */
long sys_process_mrelease(int pidfd, unsigned int flags)
{
	struct task_struct *p;
	long ret;

	if (flags)
		return -EINVAL;
	p = task_of_pidfd(pidfd);
	if (IS_ERR(p))
		return PTR_ERR(p);
	ret = mm_release_early(p);
	put_task_struct(p);
	return ret;
}
