// SPDX-License-Identifier: MIT
/*
 * Threads: clone, exit, ids, thread-local storage, prctl, membarrier.
 *
 * clone makes threads of the calling process; the flags of a new process (without CLONE_VM,
 * CLONE_SIGHAND and CLONE_THREAD) answer ENOSYS.
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

#define THREAD_FLAGS (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

/* struct clone_args of clone3, first version and its extensions */
struct clone_args {
	u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	u64 set_tid, set_tid_size, cgroup;
};

#define CLONE_ARGS_SIZE_VER0 64

static long clone_thread(struct clone_args_k *args)
{
	struct task_struct *p;
	pid_t pid;

	if ((args->flags & (CLONE_THREAD | CLONE_SIGHAND)) == CLONE_THREAD ||
	    (args->flags & (CLONE_SIGHAND | CLONE_VM)) == CLONE_SIGHAND)
		return -EINVAL;
	if ((args->flags & THREAD_FLAGS) != THREAD_FLAGS)
		return -ENOSYS; /* processes */
	if (args->flags & (CLONE_NEWNS | CLONE_PIDFD | CLONE_VFORK))
		return -EINVAL;
	args->regs = task_pt_regs(current);
	p = copy_process(args);
	if (IS_ERR(p))
		return PTR_ERR(p);
	pid = p->pid;
	/*
	 * Before it runs: the words must hold the id when clone returns in either thread. Both are
	 * in the one address space; as on Linux, a bad address is the caller's loss.
	 */
	if (args->flags & CLONE_PARENT_SETTID)
		put_user(pid, args->parent_tid);
	if (args->flags & CLONE_CHILD_SETTID)
		put_user(pid, args->child_tid);
	wake_up_new_task(p);
	return pid;
}

long sys_clone(unsigned long flags, unsigned long stack, u32 __user *parent_tid,
	       u32 __user *child_tid, unsigned long tls)
{
	struct clone_args_k args = {
		.flags = flags & ~0xffUL,
		.exit_signal = flags & 0xff,
		.stack = stack,
		.parent_tid = parent_tid,
		.child_tid = child_tid,
		.tls = tls,
	};

	return clone_thread(&args);
}

/* A bigger structure than ours is fine as long as what we do not know is zero. */
static int copy_clone_args(struct clone_args *to, const struct clone_args __user *from, size_t size)
{
	const char __user *rest = (const char __user *)from + sizeof(*to);
	size_t n = size < sizeof(*to) ? size : sizeof(*to);

	if (size > 4096)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	memset(to, 0, sizeof(*to));
	if (copy_from_user(to, from, n))
		return -EFAULT;
	for (size_t i = sizeof(*to); i < size; i++, rest++) {
		char c;

		if (get_user(c, rest))
			return -EFAULT;
		if (c)
			return -E2BIG;
	}
	return 0;
}

long sys_clone3(struct clone_args __user *uargs, size_t size)
{
	struct clone_args_k args = { 0 };
	struct clone_args a;
	int err = copy_clone_args(&a, uargs, size);

	if (err)
		return err;
	if ((a.flags & 0xff) || a.flags >> 32 || a.exit_signal > _NSIG || a.set_tid_size || a.cgroup)
		return -EINVAL;
	if (!a.stack != !a.stack_size || a.stack + a.stack_size < a.stack)
		return -EINVAL;
	args.flags = a.flags;
	args.exit_signal = a.exit_signal;
	args.stack = a.stack + a.stack_size;
	args.parent_tid = (u32 __user *)a.parent_tid;
	args.child_tid = (u32 __user *)a.child_tid;
	args.tls = a.tls;
	return clone_thread(&args);
}

long sys_exit(int code)
{
	do_exit((code & 0xff) << 8);
}

long sys_exit_group(int code)
{
	do_group_exit((code & 0xff) << 8);
}

long sys_set_tid_address(u32 __user *tidptr)
{
	current->clear_child_tid = tidptr;
	return current->pid;
}

long sys_gettid(void)
{
	return current->pid;
}

long sys_getpid(void)
{
	return current->tgid;
}

/* The kernel's own first thread is the program's parent. */
long sys_getppid(void)
{
	pid_t pid;

	rcu_read_lock();
	pid = READ_ONCE(current->real_parent)->tgid;
	rcu_read_unlock();
	return pid;
}

/* The process itself is the only one there is. */
static bool is_self(pid_t pid)
{
	return pid == 0 || pid == current->tgid;
}

long sys_getpgid(pid_t pid)
{
	if (!is_self(pid))
		return -ESRCH;
	return current->signal->pgrp ? current->signal->pgrp : current->tgid;
}

long sys_getpgrp(void)
{
	return sys_getpgid(0);
}

long sys_getsid(pid_t pid)
{
	if (!is_self(pid))
		return -ESRCH;
	return current->signal->session ? current->signal->session : current->tgid;
}

long sys_setpgid(pid_t pid, pid_t pgid)
{
	if (pgid < 0)
		return -EINVAL;
	if (!is_self(pid))
		return -ESRCH;
	/* a session leader's group is fixed, and there is no other group to join */
	return sys_getsid(0) == current->tgid || !is_self(pgid) ? -EPERM : 0;
}

long sys_setsid(void)
{
	return -EPERM; /* it is a group leader already */
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

#define PR_GET_DUMPABLE	    3
#define PR_SET_DUMPABLE	    4
#define PR_SET_NAME	    15
#define PR_GET_NAME	    16
#define PR_SET_TIMERSLACK   29
#define PR_GET_TIMERSLACK   30
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
	case PR_SET_NAME:
		return set_name((const char __user *)a2);
	case PR_GET_NAME:
		get_task_comm(comm, current);
		return copy_to_user((void __user *)a2, comm, sizeof(comm)) ? -EFAULT : 0;
	case PR_GET_DUMPABLE:
		return 0; /* there are no core dumps */
	case PR_GET_TIMERSLACK:
		return 0; /* timers are not delayed */
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

/* A process without children has nobody to wait for. */
long sys_wait4(pid_t pid, int __user *status, int options, struct rusage __user *ru)
{
	return -ECHILD;
}
