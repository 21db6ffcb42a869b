// SPDX-License-Identifier: MIT
/*
 * Descriptors: dup and its relatives, fcntl, flags, owners of asynchronous signals.
 */
#include "fs/fs.h"
#include "fs/fdtable.h"
#include "fs/file_internal.h"
#include "fs/locks.h"
#include "fs/memfd.h"
#include "fs/notify/fsnotify.h"
#include "fs/pipe.h"
#include "kernel/lock/rcu.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/pid.h"
#include "kernel/task/cred.h"
#include "kernel/task/pid.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"

/* ---- dup ---- */

static long do_dup_from(struct file *file, unsigned int from, int flags)
{
	int fd;

	if (from >= rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	fd = __alloc_fd(current->files, from, rlimit(RLIMIT_NOFILE), flags);
	if (fd >= 0) {
		get_file(file);
		fd_install(fd, file);
	}
	return fd;
}

long sys_dup(unsigned int fd)
{
	struct file *file = fget_raw(fd);
	int ret;

	if (!file)
		return -EBADF;
	ret = get_unused_fd_flags(0);
	if (ret >= 0)
		fd_install(ret, file);
	else
		fput(file);
	return ret;
}

static long do_dup3(unsigned int oldfd, unsigned int newfd, int flags)
{
	struct file *file;
	long err;

	if (newfd >= rlimit(RLIMIT_NOFILE))
		return -EBADF;
	file = fget_raw(oldfd);
	if (!file)
		return -EBADF;
	err = replace_fd(newfd, file, flags);
	/* More than sysctl_nr_open is a bad number here, not too many files. */
	if (err == -EMFILE)
		err = -EBADF;
	fput(file);
	return err;
}

long sys_dup3(unsigned int oldfd, unsigned int newfd, int flags)
{
	if (flags & ~O_CLOEXEC)
		return -EINVAL;
	if (oldfd == newfd)
		return -EINVAL;
	return do_dup3(oldfd, newfd, flags);
}

long sys_dup2(unsigned int oldfd, unsigned int newfd)
{
	if (oldfd == newfd) {
		struct file *file = fget_raw(oldfd);

		if (!file)
			return -EBADF;
		fput(file);
		return oldfd;
	}
	return do_dup3(oldfd, newfd, 0);
}

/* ---- status flags ---- */

/* FASYNC is not among them: ->fasync keeps it. */
#define SETFL_MASK (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME)

static int setfl(unsigned int fd, struct file *filp, unsigned long arg)
{
	struct inode *inode = file_inode(filp);
	int error = 0;

	if (((arg ^ filp->f_flags) & O_APPEND) && IS_APPEND(inode))
		return -EPERM;
	if ((arg & O_NOATIME) && !(filp->f_flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	if ((arg & O_DIRECT) && (!filp->f_mapping || !filp->f_mapping->a_ops ||
				 !filp->f_mapping->a_ops->direct_IO))
		return -EINVAL;
	if (filp->f_op->check_flags)
		error = fop_check_flags(filp->f_op, arg);
	if (error)
		return error;
	if (((arg ^ filp->f_flags) & FASYNC) && filp->f_op->fasync) {
		/* ->fasync keeps the FASYNC bit of f_flags. */
		error = fop_fasync(filp->f_op, fd, filp, (arg & FASYNC) != 0);
		if (error < 0)
			return error;
		error = 0;
	}
	spin_lock(&filp->f_lock);
	filp->f_flags = (arg & SETFL_MASK) | (filp->f_flags & ~SETFL_MASK);
	spin_unlock(&filp->f_lock);
	return error;
}

/* ---- owners ---- */

static void f_setown(struct file *filp, int who, int type)
{
	write_lock_irq(&filp->f_owner.lock);
	filp->f_owner.pid = who;
	filp->f_owner.pid_type = type;
	filp->f_owner.uid = current_uid();
	filp->f_owner.euid = current_euid();
	write_unlock_irq(&filp->f_owner.lock);
}

void f_setown_if_none(struct file *filp)
{
	write_lock_irq(&filp->f_owner.lock);
	if (!filp->f_owner.pid) {
		filp->f_owner.pid = current->tgid;
		filp->f_owner.pid_type = F_OWNER_PID;
		filp->f_owner.uid = current_uid();
		filp->f_owner.euid = current_euid();
	}
	write_unlock_irq(&filp->f_owner.lock);
}

static long f_setown_ex(struct file *filp, struct f_owner_ex __user *arg)
{
	struct f_owner_ex owner;
	bool there;

	if (copy_from_user(&owner, arg, sizeof(owner)))
		return -EFAULT;
	if (owner.type < F_OWNER_TID || owner.type > F_OWNER_PGRP)
		return -EINVAL;
	if (owner.pid && owner.type != F_OWNER_PGRP) {
		rcu_read_lock();
		there = find_task_by_vpid(owner.pid) != NULL;
		rcu_read_unlock();
		if (!there)
			return -ESRCH;
	}
	f_setown(filp, owner.pid, owner.type);
	return 0;
}

static long f_getown_ex(struct file *filp, struct f_owner_ex __user *arg)
{
	struct f_owner_ex owner;

	read_lock(&filp->f_owner.lock);
	owner.pid = filp->f_owner.pid;
	owner.type = filp->f_owner.pid_type;
	read_unlock(&filp->f_owner.lock);
	return copy_to_user(arg, &owner, sizeof(owner)) ? -EFAULT : 0;
}

/* Is there a process or group with this number? */
static bool somebody(pid_t nr)
{
	struct pid *pid = find_get_pid(nr);

	put_pid(pid);
	return pid != NULL;
}

static long f_owner_cmd(struct file *filp, unsigned int cmd, unsigned long arg)
{
	int who = (int)arg;
	long ret;

	switch (cmd) {
	case F_GETOWN:
		read_lock(&filp->f_owner.lock);
		ret = filp->f_owner.pid_type == F_OWNER_PGRP ? -filp->f_owner.pid :
			filp->f_owner.pid;
		read_unlock(&filp->f_owner.lock);
		return ret;
	case F_SETOWN:
		if (who == (int)(1U << 31))
			return -EINVAL;
		if (who && !somebody(who < 0 ? -who : who))
			return -ESRCH;
		f_setown(filp, who < 0 ? -who : who, who < 0 ? F_OWNER_PGRP : F_OWNER_PID);
		return 0;
	case F_GETSIG:
		return filp->f_owner.signum;
	case F_SETSIG:
		if (arg > _NSIG)
			return -EINVAL;
		filp->f_owner.signum = arg;
		return 0;
	}
	return -EINVAL;
}

/* ---- how long what is written will live ---- */

/*
 * A word of the inode's that programs may leave and find again. Nothing here places data by it, as on Linux without a device that asks.
 */
static long rw_hint_cmd(struct file *filp, unsigned int cmd, u64 __user *arg)
{
	struct inode *inode = file_inode(filp);
	u64 hint;

	if (cmd == F_GET_RW_HINT) {
		hint = READ_ONCE(inode->i_write_hint);
		return copy_to_user(arg, &hint, sizeof(hint)) ? -EFAULT : 0;
	}
	if (!inode_owner_or_capable(inode))
		return -EPERM;
	if (copy_from_user(&hint, arg, sizeof(hint)))
		return -EFAULT;
	if (hint > RWH_WRITE_LIFE_EXTREME)
		return -EINVAL;
	WRITE_ONCE(inode->i_write_hint, hint);
	return 0;
}

/* ---- fcntl ---- */

static long do_fcntl(unsigned int fd, unsigned int cmd, unsigned long arg, struct file *filp)
{
	switch (cmd) {
	case F_DUPFD:
		return do_dup_from(filp, arg, 0);
	case F_DUPFD_CLOEXEC:
		return do_dup_from(filp, arg, O_CLOEXEC);
	case F_GETFD:
		return get_close_on_exec(fd) ? FD_CLOEXEC : 0;
	case F_SETFD:
		set_close_on_exec(fd, arg & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return filp->f_flags;
	case F_SETFL:
		return setfl(fd, filp, arg);
	case F_GETLK:
	case F_OFD_GETLK:
		return fcntl_getlk(filp, cmd, (struct flock __user *)arg);
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return fcntl_setlk(fd, filp, cmd, (struct flock __user *)arg);
	case F_GETOWN_EX:
		return f_getown_ex(filp, (struct f_owner_ex __user *)arg);
	case F_SETOWN_EX:
		return f_setown_ex(filp, (struct f_owner_ex __user *)arg);
	case F_GETOWN:
	case F_SETOWN:
	case F_GETSIG:
	case F_SETSIG:
		return f_owner_cmd(filp, cmd, arg);
	case F_GETLEASE:
		return fcntl_getlease(filp);
	case F_SETLEASE:
		return fcntl_setlease(fd, filp, arg);
	case F_GET_RW_HINT:
	case F_SET_RW_HINT:
		return rw_hint_cmd(filp, cmd, (u64 __user *)arg);
	case F_NOTIFY:
		return fcntl_dirnotify(fd, filp, arg);
	case F_SETPIPE_SZ:
	case F_GETPIPE_SZ:
		return pipe_fcntl(filp, cmd, arg);
	case F_ADD_SEALS:
		return memfd_add_seals(filp, arg);
	case F_GET_SEALS:
		return memfd_get_seals(filp);
	}
	return -EINVAL;
}

long sys_fcntl(unsigned int fd, unsigned int cmd, unsigned long arg)
{
	struct fd f = fdget_raw(fd);
	long err = -EBADF;

	if (!f.file)
		return err;
	/* What can be asked of a file that is only a place. */
	if (!(f.file->f_mode & FMODE_PATH) || cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC ||
	    cmd == F_GETFD || cmd == F_SETFD || cmd == F_GETFL)
		err = do_fcntl(fd, cmd, arg, f.file);
	fdput(f);
	return err;
}
