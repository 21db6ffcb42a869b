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
