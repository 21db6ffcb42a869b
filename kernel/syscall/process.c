// SPDX-License-Identifier: MIT
/*
 * Processes: making them (fork, vfork, clone, clone3), ending, waiting, and their ids.
 */
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/pidfd.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/lock/completion.h"
#include "kernel/syscall/rusage.h"
#include "drivers/tty/tty.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/internal.h"
#include "kernel/task/proc_events.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/sched.h"
#include "kernel/task/wait_child.h"
#include "kernel/x86/uaccess.h"

#define CLONE_NEW_NAMESPACES                                                                                           \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* struct clone_args of clone3, first version and its extensions */
struct clone_args {
	u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	u64 set_tid, set_tid_size, cgroup;
};

#define CLONE_ARGS_SIZE_VER0 64

static int check_flags(u64 flags)
{
	if ((flags & (CLONE_THREAD | CLONE_SIGHAND)) == CLONE_THREAD || (flags & (CLONE_SIGHAND | CLONE_VM)) == CLONE_SIGHAND)
		return -EINVAL;
	if ((flags & CLONE_PIDFD) && (flags & (CLONE_THREAD | CLONE_DETACHED)))
		return -EINVAL;
	if ((flags & (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND)) == (CLONE_SIGHAND | CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_PIDFD) && (flags & (CLONE_THREAD | CLONE_DETACHED)))
		return -EINVAL;
	if (flags & (CLONE_NEW_NAMESPACES | CLONE_INTO_CGROUP))
		return -EINVAL; /* a Linux without namespaces says the same */
	return 0;
}

/* A parent by vfork sleeps until the child has left its memory. Killed, it takes its completion back. */
static void wait_for_vfork_done(struct task_struct *child, struct completion *vfork)
{
	if (wait_for_completion_killable(vfork)) {
		task_lock(child);
		child->vfork_done = NULL;
		task_unlock(child);
	}
}

static long kernel_clone(struct clone_args_k *args)
{
	struct completion vfork;
	struct task_struct *p;
	pid_t pid;
	int err = check_flags(args->flags), event;

	if (err)
		return err;
	event = ptrace_clone_event(args->flags, args->exit_signal);
	args->traced = event || (args->flags & CLONE_PTRACE);
	if (args->flags & CLONE_VFORK) {
		init_completion(&vfork);
		args->vfork = &vfork;
	}
	args->regs = task_pt_regs(current);
	p = copy_process(args);
	if (IS_ERR(p))
		return PTR_ERR(p);
	pid = p->pid;
	if (args->flags & CLONE_PARENT_SETTID)
		put_user(pid, args->parent_tid); /* before it runs; a bad address is the caller's loss */
	if (args->flags & CLONE_VFORK)
		get_task_struct(p);
	wake_up_new_task(p);
	if (unlikely(event))
		ptrace_event(event, (unsigned long)pid);
	if (args->flags & CLONE_VFORK) {
		wait_for_vfork_done(p, &vfork);
		put_task_struct(p);
		ptrace_event(PTRACE_EVENT_VFORK_DONE, (unsigned long)pid);
	}
	return pid;
}

long sys_clone(unsigned long flags, unsigned long stack, u32 __user *parent_tid, u32 __user *child_tid, unsigned long tls)
{
	struct clone_args_k args = {
		.flags = (u32)flags & ~0xffUL,
		.exit_signal = flags & 0xff,
		.stack = stack,
		.parent_tid = parent_tid,
		.pidfd = parent_tid, /* one argument for both: not together */
		.child_tid = child_tid,
		.tls = tls,
	};

	if ((args.flags & CLONE_PIDFD) && (args.flags & CLONE_PARENT_SETTID))
		return -EINVAL;
	return kernel_clone(&args);
}

static int copy_clone_args(struct clone_args *to, const struct clone_args __user *from, size_t size)
{
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE_VER0)
		return -EINVAL;
	return copy_struct_from_user(to, sizeof(*to), from, size);
}

long sys_clone3(struct clone_args __user *uargs, size_t size)
{
	struct clone_args_k args = { 0 };
	struct clone_args a;
	int err = copy_clone_args(&a, uargs, size);

	if (err)
		return err;
	if ((a.flags & (0xff | CLONE_DETACHED)) || a.flags >> 34 || a.exit_signal > _NSIG || a.set_tid_size || a.set_tid)
		return -EINVAL;
	if ((a.flags & (CLONE_THREAD | CLONE_PARENT)) && a.exit_signal)
		return -EINVAL;
	if (!a.stack != !a.stack_size || a.stack + a.stack_size < a.stack)
		return -EINVAL;
	args.flags = a.flags;
	args.exit_signal = a.exit_signal;
	args.stack = a.stack + a.stack_size;
	args.pidfd = (u32 __user *)a.pidfd;
	args.parent_tid = (u32 __user *)a.parent_tid;
	args.child_tid = (u32 __user *)a.child_tid;
	args.tls = a.tls;
	return kernel_clone(&args);
}

long sys_fork(void)
{
	struct clone_args_k args = { .exit_signal = SIGCHLD };

	return kernel_clone(&args);
}

long sys_vfork(void)
{
	struct clone_args_k args = { .flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD };

	return kernel_clone(&args);
}

long sys_exit(int code)
{
	do_exit((code & 0xff) << 8);
}

long sys_exit_group(int code)
{
	do_group_exit((code & 0xff) << 8);
}

/* ---- waiting ---- */

long sys_wait4(pid_t upid, int __user *ustatus, int options, struct rusage __user *ru)
{
	struct wait_opts wo = { .type = PIDTYPE_MAX, .flags = (unsigned int)options | WEXITED };
	struct rusage r;
	long ret;

	if (options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (upid == INT_MIN)
		return -ESRCH;
	if (upid < -1) {
		wo.type = PIDTYPE_PGID;
		wo.pid = find_get_pid(-upid);
	} else if (upid == 0) {
		wo.type = PIDTYPE_PGID;
		wo.pid = get_task_pid(current, PIDTYPE_PGID);
	} else if (upid > 0) {
		wo.type = PIDTYPE_TGID;
		wo.pid = find_get_pid(upid);
	}
	ret = do_wait(&wo);
	put_pid(wo.pid);
	if (ret <= 0)
		return ret;
	fill_rusage(&r, &wo.usage);
	if (ustatus && put_user(wo.status, ustatus))
		return -EFAULT;
	return ru && copy_to_user(ru, &r, sizeof(r)) ? -EFAULT : ret;
}

#define P_ALL	0
#define P_PID	1
#define P_PGID	2
#define P_PIDFD 3

/* Which children waitid() means. 0 or -errno; wo->pid has a reference. nonblock: EAGAIN instead of waiting. */
static int waitid_target(struct wait_opts *wo, int which, pid_t id, bool *nonblock)
{
	unsigned int flags;

	switch (which) {
	case P_ALL:
		return 0;
	case P_PID:
		if (id <= 0)
			return -EINVAL;
		wo->type = PIDTYPE_TGID;
		wo->pid = find_get_pid(id);
		return 0;
	case P_PGID:
		if (id < 0)
			return -EINVAL;
		wo->type = PIDTYPE_PGID;
		wo->pid = id ? find_get_pid(id) : get_task_pid(current, PIDTYPE_PGID);
		return 0;
	case P_PIDFD:
		if (id < 0)
			return -EINVAL;
		wo->type = PIDTYPE_TGID;
		wo->pid = pidfd_get_pid(id, &flags);
		if (IS_ERR(wo->pid)) {
			long err = PTR_ERR(wo->pid);

			wo->pid = NULL;
			return err;
		}
		*nonblock = flags & O_NONBLOCK;
		return 0;
	}
	return -EINVAL;
}

long sys_waitid(int which, pid_t id, siginfo_t __user *uinfo, int options, struct rusage __user *ru)
{
	struct wait_opts wo = { .type = PIDTYPE_MAX, .flags = (unsigned int)options };
	kernel_siginfo_t info = { 0 };
	bool nonblock = false;
	struct rusage r;
	long ret;

	if (options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL))
		return -EINVAL;
	if (!(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	ret = waitid_target(&wo, which, id, &nonblock);
	if (!ret) {
		nonblock = nonblock && !(options & WNOHANG);
		if (nonblock)
			wo.flags |= WNOHANG;
		ret = do_wait(&wo);
		if (!ret && nonblock)
			ret = -EAGAIN;
	}
	put_pid(wo.pid);
	if (ret > 0) {
		info.si_signo = SIGCHLD;
		info.si_code = wo.code;
		info.__chld_pid = wo.child;
		info.__chld_uid = wo.uid;
		info.si_status = wo.cause;
		fill_rusage(&r, &wo.usage);
		if (ru && copy_to_user(ru, &r, sizeof(r)))
			return -EFAULT;
	}
	/* what the ABI writes: the fields of SIGCHLD, and no more */
	if (uinfo && copy_to_user(uinfo, &info, offsetof(kernel_siginfo_t, si_utime)))
		return -EFAULT;
	return ret < 0 ? ret : 0;
}

/* ---- ids ---- */

long sys_gettid(void)
{
	return current->pid;
}

long sys_getpid(void)
{
	return current->tgid;
}

/* Orphans have the kernel's own first thread. */
long sys_getppid(void)
{
	pid_t pid;

	rcu_read_lock();
	pid = READ_ONCE(current->real_parent)->tgid;
	rcu_read_unlock();
	return pid;
}

/* The number of a process's group or session, or -ESRCH. */
static long number_of(pid_t nr, enum pid_type type)
{
	struct task_struct *p;
	struct pid *pid;
	long ret = -ESRCH;

	rcu_read_lock();
	p = nr ? find_task_by_vpid(nr) : current;
	pid = p && !(p->flags & PF_KTHREAD) ? task_pid_type(p, type) : NULL;
	if (pid)
		ret = pid_nr(pid);
	rcu_read_unlock();
	return ret;
}

long sys_getpgid(pid_t pid)
{
	return number_of(pid, PIDTYPE_PGID);
}

long sys_getpgrp(void)
{
	return number_of(0, PIDTYPE_PGID);
}

long sys_getsid(pid_t pid)
{
	return number_of(pid, PIDTYPE_SID);
}

/* May the caller move the process @p (a leader) to another group? tasklist_lock held. */
static int may_setpgid(struct task_struct *p)
{
	struct task_struct *self = current->group_leader;

	if (p->real_parent == self) {
		if (task_session(p) != task_session(self))
			return -EPERM;
		if (!(p->flags & PF_FORKNOEXEC))
			return -EACCES; /* it has run a program of its own since */
	} else if (p != self) {
		return -ESRCH;
	}
	return p->signal->leader ? -EPERM : 0;
}

long sys_setpgid(pid_t nr, pid_t pgid)
{
	struct task_struct *p, *member;
	struct pid *pgrp;
	int err = -ESRCH;

	if (pgid < 0)
		return -EINVAL;
	if (!nr)
		nr = current->tgid;
	if (!pgid)
		pgid = nr;
	spin_lock(&tasklist_lock);
	p = find_task_by_vpid(nr);
	if (!p || (p->flags & PF_KTHREAD))
		goto out;
	err = -EINVAL;
	if (!thread_group_leader(p))
		goto out;
	err = may_setpgid(p);
	if (err)
		goto out;
	pgrp = task_tgid(p);
	if (pgid != nr) {
		/* an existing group of the same session */
		pgrp = find_pid(pgid);
		member = pid_task(pgrp, PIDTYPE_PGID);
		err = -EPERM;
		if (!member || task_session(member) != task_session(current->group_leader))
			goto out;
		err = 0;
	}
	if (task_pgrp(p) != pgrp)
		change_pid(p, PIDTYPE_PGID, pgrp);
out:
	spin_unlock(&tasklist_lock);
	return err;
}

long sys_setsid(void)
{
	struct task_struct *leader = current->group_leader;
	struct tty *old = NULL;
	struct pid *pid;
	long ret = -EPERM;

	spin_lock(&tasklist_lock);
	pid = task_tgid(leader);
	/* neither a session leader nor the number of a group that somebody is in */
	if (!leader->signal->leader && !pid_task(pid, PIDTYPE_PGID)) {
		leader->signal->leader = true;
		spin_lock_irq(&leader->sighand->siglock);
		proc_clear_tty(leader->signal, &old);
		spin_unlock_irq(&leader->sighand->siglock);
		change_pid(leader, PIDTYPE_SID, pid);
		change_pid(leader, PIDTYPE_PGID, pid);
		ret = pid_nr(pid);
	}
	spin_unlock(&tasklist_lock);
	if (old)
		tty_put(old);
	if (ret > 0)
		proc_event_sid();
	return ret;
}
