// SPDX-License-Identifier: MIT
/*
 * pidfd: a descriptor for a process. It names the process and never another that gets the same number later, because it holds the
 * struct pid; it does not keep the process, or its number, alive.
 *
 * It polls as readable once the process has ended, as a zombie with all threads gone or released since. do_notify_parent() wakes
 * pid->wait_pidfd after exit_state has been set, and the poller queues itself before it looks.
 */
#include "fs/pidfd.h"
#include "fs/anon_inodes.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/poll.h"
#include "kernel/lib/err.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/access.h"
#include "kernel/task/signal_internal.h"
#include "kernel/task/yama.h"
#include "kernel/x86/uaccess.h"

#define PIDFD_NONBLOCK O_NONBLOCK

static int pidfd_release(struct inode *inode, struct file *file)
{
	put_pid(file->private_data);
	return 0;
}

static bool has_ended(struct pid *pid)
{
	struct task_struct *p;
	bool ended;

	rcu_read_lock();
	p = pid_task(pid, PIDTYPE_TGID);
	ended = !p || (READ_ONCE(p->exit_state) && thread_group_empty(p));
	rcu_read_unlock();
	return ended;
}

static __poll_t pidfd_poll(struct file *file, poll_table *wait)
{
	struct pid *pid = file->private_data;

	poll_wait(file, &pid->wait_pidfd, wait);
	return has_ended(pid) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations pidfd_fops = {
	.release = pidfd_release,
	.poll = pidfd_poll,
};

int pidfd_prepare(struct pid *pid, unsigned int flags, struct file **file)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	*file = anon_inode_getfile("[pidfd]", &pidfd_fops, get_pid(pid), O_RDWR | flags);
	if (IS_ERR(*file)) {
		put_pid(pid);
		put_unused_fd(fd);
		return PTR_ERR(*file);
	}
	return fd;
}

struct pid *pidfd_get_pid(unsigned int fd, unsigned int *flags)
{
	struct fd f = fdget(fd);
	struct pid *pid = ERR_PTR(-EBADF);

	if (!f.file)
		return pid;
	if (f.file->f_op == &pidfd_fops) {
		pid = get_pid(f.file->private_data);
		*flags = f.file->f_flags;
	}
	fdput(f);
	return pid;
}

/* ---- system calls ---- */

static bool is_process(struct pid *pid)
{
	bool ret;

	rcu_read_lock();
	ret = pid_task(pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return ret;
}

long sys_pidfd_open(pid_t nr, unsigned int flags)
{
	struct file *file;
	struct pid *pid;
	int fd = -EINVAL; /* a thread, not a process */

	if ((flags & ~PIDFD_NONBLOCK) || nr <= 0)
		return -EINVAL;
	pid = find_get_pid(nr);
	if (!pid)
		return -ESRCH;
	if (is_process(pid))
		fd = pidfd_prepare(pid, flags, &file);
	if (fd >= 0)
		fd_install(fd, file);
	put_pid(pid);
	return fd;
}

/* A descriptor of the other process, made one of the caller's. */
static long take_descriptor(struct task_struct *p, unsigned int targetfd)
{
	struct file *file;
	int fd;

	if (!may_access_task(p, ACCESS_REALCREDS) || !yama_permits(p))
		return -EPERM;
	file = fget_task(p, targetfd);
	if (!file)
		return -EBADF;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

long sys_pidfd_getfd(int pidfd, int targetfd, unsigned int flags)
{
	struct task_struct *p;
	struct pid *pid;
	unsigned int unused;
	long ret;

	if (flags)
		return -EINVAL;
	pid = pidfd_get_pid(pidfd, &unused);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	p = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!p)
		return -ESRCH;
	ret = take_descriptor(p, targetfd);
	put_task_struct(p);
	return ret;
}
