// SPDX-License-Identifier: MIT
/*
 * Threads: thread-local storage, robust lists, futexes.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/futex.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/thread.h"
#include "kernel/x86/uaccess.h"

long sys_set_tid_address(u32 __user *tidptr)
{
	current->clear_child_tid = tidptr;
	return current->pid;
}

long sys_arch_prctl(int option, unsigned long arg2)
{
	return do_arch_prctl(option, arg2);
}

long sys_set_robust_list(struct robust_list_head __user *head, size_t len)
{
	if (len != sizeof(*head))
		return -EINVAL;
	current->robust_list = head;
	return 0;
}

long sys_get_robust_list(int pid, struct robust_list_head __user *__user *head, size_t __user *len)
{
	struct robust_list_head __user *value;
	struct task_struct *p;

	rcu_read_lock();
	p = pid ? find_task_by_vpid(pid) : current;
	value = p ? p->robust_list : NULL;
	if (p && p != current && !same_thread_group(p, current) && !capable(CAP_SYS_PTRACE)) {
		rcu_read_unlock();
		return -EPERM;
	}
	rcu_read_unlock();
	if (!p)
		return -ESRCH;
	if (put_user(sizeof(struct robust_list_head), len) || put_user(value, head))
		return -EFAULT;
	return 0;
}

long sys_futex(u32 __user *uaddr, int op, u32 val, const struct __kernel_timespec __user *uts,
	       u32 __user *uaddr2, u32 val3)
{
	int cmd = op & FUTEX_CMD_MASK;
	struct __kernel_timespec ts;
	struct timespec64 t64;
	ktime_t expires, *timeout = NULL;

	if ((op & FUTEX_CLOCK_REALTIME) && cmd != FUTEX_WAIT && cmd != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	if (uts && (cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET)) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		t64 = (struct timespec64){ ts.tv_sec, ts.tv_nsec };
		if (!timespec64_valid(&t64))
			return -EINVAL;
		expires = timespec64_to_ktime(t64);
		if (cmd == FUTEX_WAIT) /* relative */
			expires = ktime_add_safe(expires, ktime_get());
		else if (op & FUTEX_CLOCK_REALTIME)
			expires -= (ktime_t)(ktime_get_real_ns() - ktime_get_ns());
		timeout = &expires;
	}
	/* these pass a second count where the others pass a timeout */
	return do_futex(uaddr, op, val, timeout, uaddr2, (u32)(unsigned long)uts, val3);
}
