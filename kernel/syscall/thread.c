// SPDX-License-Identifier: MIT
/*
 * Threads: thread-local storage, robust lists, futexes, prctl, membarrier.
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
#include "mm/mm_types.h"

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

#define PR_SET_PDEATHSIG	    1
#define PR_GET_PDEATHSIG	    2
#define PR_GET_DUMPABLE	    3
#define PR_SET_DUMPABLE	    4
#define PR_SET_NAME	    15
#define PR_GET_NAME	    16
#define PR_SET_TIMERSLACK   29
#define PR_GET_TIMERSLACK   30
#define PR_SET_CHILD_SUBREAPER 36
#define PR_GET_CHILD_SUBREAPER 37
#define PR_SET_NO_NEW_PRIVS 38
#define PR_GET_NO_NEW_PRIVS 39

static long set_name(const char __user *name)
{
	char comm[TASK_COMM_LEN];

	if (strncpy_from_user(comm, name, sizeof(comm) - 1) < 0)
		return -EFAULT;
	comm[sizeof(comm) - 1] = '\0';
	set_task_comm(current, comm);
	return 0;
}

long sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
	char comm[TASK_COMM_LEN];

	switch (option) {
	case PR_SET_PDEATHSIG:
		if (a2 > _NSIG)
			return -EINVAL;
		current->pdeath_signal = a2;
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user(current->pdeath_signal, (int __user *)a2);
	case PR_SET_CHILD_SUBREAPER:
		WRITE_ONCE(current->signal->is_child_subreaper, !!a2);
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)current->signal->is_child_subreaper, (int __user *)a2);
	case PR_SET_NAME:
		return set_name((const char __user *)a2);
	case PR_GET_NAME:
		get_task_comm(comm, current);
		return copy_to_user((void __user *)a2, comm, sizeof(comm)) ? -EFAULT : 0;
	case PR_GET_DUMPABLE:
		return READ_ONCE(current->mm->dumpable);
	case PR_SET_DUMPABLE:
		if (a2 > 1)
			return -EINVAL;
		WRITE_ONCE(current->mm->dumpable, a2);
		return 0;
	case PR_SET_NO_NEW_PRIVS:
		if (a2 != 1 || a3 || a4 || a5)
			return -EINVAL;
		current->no_new_privs = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		if (a2 || a3 || a4 || a5)
			return -EINVAL;
		return current->no_new_privs;
	case PR_SET_TIMERSLACK:
		/* how late timers may be to save power: a permission that nothing makes use of */
		current->timer_slack_ns = a2 > 0 && (long)a2 > 0 ? a2 : TIMER_SLACK_STANDARD;
		return 0;
	case PR_GET_TIMERSLACK:
		return current->timer_slack_ns;
	}
	return -EINVAL;
}

#define MEMBARRIER_CMD_QUERY			     0
#define MEMBARRIER_CMD_GLOBAL			     1
#define MEMBARRIER_CMD_PRIVATE_EXPEDITED	     8
#define MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED    16

static void barrier_here(void *unused)
{
	smp_mb();
}

long sys_membarrier(int cmd, unsigned int flags, int cpu_id)
{
	if (flags)
		return -EINVAL;
	switch (cmd) {
	case MEMBARRIER_CMD_QUERY:
		return MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_PRIVATE_EXPEDITED |
		       MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		return 0; /* every process may */
	case MEMBARRIER_CMD_GLOBAL:
		synchronize_rcu(); /* every CPU has switched, halted or entered the kernel */
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		on_each_cpu(barrier_here, NULL, true);
		return 0;
	}
	return -EINVAL;
}
