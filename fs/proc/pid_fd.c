// SPDX-License-Identifier: MIT
/*
 * /proc/PID/fd and /proc/PID/fdinfo: the open files of a process.
 *
 * A table of files belongs to the tasks that share it; a stranger reads it under the task's alloc_lock, under which exit_files()
 * takes it away, and so needs no reference to the table. The file itself is got with a reference as by any other lookup, so it may be
 * closed while its link is being followed.
 */
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "fs/proc/pid.h"
#include "kernel/lib/string.h"
#include "kernel/task/access.h"
#include "kernel/task/sched.h"

/* ---- looking ---- */

static umode_t link_mode(const struct file *file)
{
	return S_IFLNK | (file->f_mode & FMODE_READ ? S_IRUSR | S_IXUSR : 0) | (file->f_mode & FMODE_WRITE ? S_IWUSR | S_IXUSR : 0);
}

bool pid_fd_revalidate(struct inode *inode, struct task_struct *task)
{
	struct file *file = fget_task(task, PROC_I(inode)->fd);

	if (!file)
		return false;
	WRITE_ONCE(inode->i_mode, link_mode(file));
	fput(file);
	return true;
}

static int find_fd_object(struct dentry *dentry, struct path *path)
{
	struct inode *inode = d_inode(dentry);
	struct task_struct *task = get_proc_task(inode);
	struct file *file;

	if (!task)
		return -ENOENT;
	file = fget_task(task, PROC_I(inode)->fd);
	put_task_struct(task);
	if (!file)
		return -ENOENT;
	*path = file->f_path;
	path_get(path);
	fput(file);
	return 0;
}

static const char *fd_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	return pid_follow_link(dentry, find_fd_object);
}

static int fd_readlink(struct dentry *dentry, char __user *buffer, int buflen)
{
	return pid_read_link(dentry, buffer, buflen, find_fd_object);
}

static const struct inode_operations fd_link_inode_operations = {
	.get_link = fd_get_link,
	.readlink = fd_readlink,
	.getattr = pid_getattr,
	.setattr = proc_setattr,
};

/* ---- fdinfo ---- */

static int fdinfo_show(struct seq_file *m, void *v)
{
	struct inode *inode = m->private;
	struct task_struct *task = get_proc_task(inode);
	struct file *file = task ? fget_task(task, PROC_I(inode)->fd) : NULL;
	unsigned int flags;

	if (task)
		put_task_struct(task);
	if (!file)
		return -ENOENT;
	/* Close-on-exec is the descriptor's, not the file's; the file keeps what it was opened with. */
	flags = READ_ONCE(file->f_flags) & ~O_CLOEXEC;
	task = get_proc_task(inode);
	if (task) {
		if (task_close_on_exec(task, PROC_I(inode)->fd))
			flags |= O_CLOEXEC;
		put_task_struct(task);
	}
	seq_printf(m, "pos:\t%lli\nflags:\t0%o\nmnt_id:\t%i\nino:\t%lu\n", (long long)file->f_pos, flags,
		   real_mount(file->f_path.mnt)->mnt_id, file_inode(file)->i_ino);
	fput(file);
	return 0;
}

static int fdinfo_open(struct inode *inode, struct file *file)
{
	return single_open(file, fdinfo_show, inode);
}

static const struct file_operations fdinfo_operations = {
	.open = fdinfo_open,
	.read_iter = seq_read_iter,
	.llseek = seq_lseek,
	.release = single_release,
};

static const struct inode_operations fdinfo_inode_operations = {
	.getattr = pid_getattr,
	.setattr = proc_setattr,
};

/* ---- directories ---- */

static struct dentry *fd_lookup(struct inode *dir, struct dentry *dentry, bool info)
{
	struct task_struct *task = get_proc_task(dir);
	unsigned int fd = pid_name_to_number(&dentry->d_name);
	struct file *file = task && fd != UINT_MAX ? fget_task(task, fd) : NULL;
	struct inode *inode = NULL;

	if (file) {
		inode = pid_make_inode(dir->i_sb, task, info ? S_IFREG | S_IRUSR : link_mode(file), info ? PID_INO_FDINFO : PID_INO_FD, fd);
		fput(file);
	}
	if (inode) {
		PROC_I(inode)->fd = fd;
		inode->i_op = info ? &fdinfo_inode_operations : &fd_link_inode_operations;
		if (info)
			inode->i_fop = &fdinfo_operations;
		else
			inode->i_size = 64;
	}
	if (task)
		put_task_struct(task);
	return inode ? d_splice_alias(inode, dentry) : ERR_PTR(-ENOENT);
}

static struct dentry *fd_dir_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	return fd_lookup(dir, dentry, false);
}

static struct dentry *fdinfo_dir_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	return fd_lookup(dir, dentry, true);
}

/* A descriptor's position is its number and two for the dots. */
static int fd_readdir(struct file *dir, struct dir_context *ctx, bool info)
{
	struct inode *inode = file_inode(dir);
	struct task_struct *task = get_proc_task(inode);
	unsigned int fd;

	if (!task)
		return -ENOENT;
	if (dir_emit_dots(dir, ctx)) {
		for (fd = ctx->pos - 2; next_task_fd(task, &fd); fd++) {
			char name[12];
			int len = snprintf(name, sizeof(name), "%u", fd);

			ctx->pos = (loff_t)fd + 2;
			if (!dir_emit(ctx, name, len, pid_ino(pid_nr(PROC_I(inode)->pid), info ? PID_INO_FDINFO : PID_INO_FD, fd),
				      info ? DT_REG : DT_LNK))
				break;
			ctx->pos++;
			cond_resched();
		}
	}
	put_task_struct(task);
	return 0;
}

static int fd_dir_readdir(struct file *dir, struct dir_context *ctx)
{
	return fd_readdir(dir, ctx, false);
}

static int fdinfo_dir_readdir(struct file *dir, struct dir_context *ctx)
{
	return fd_readdir(dir, ctx, true);
}

/* One's own descriptors may always be looked at, whatever user one has become. */
static int fd_dir_permission(struct inode *inode, int mask, unsigned int flags)
{
	int err = generic_permission(inode, mask);
	struct task_struct *task;

	if (!err)
		return 0;
	rcu_read_lock();
	task = pid_task(PROC_I(inode)->pid, PIDTYPE_PID);
	if (task && same_thread_group(task, current))
		err = 0;
	rcu_read_unlock();
	return err;
}

const struct inode_operations pid_fd_dir_inode_operations = {
	.lookup = fd_dir_lookup,
	.permission = fd_dir_permission,
	.getattr = pid_getattr,
	.setattr = proc_setattr,
};

const struct file_operations pid_fd_dir_operations = {
	.llseek = generic_file_llseek,
	.iterate_shared = fd_dir_readdir,
};

const struct inode_operations pid_fdinfo_dir_inode_operations = {
	.lookup = fdinfo_dir_lookup,
	.permission = fd_dir_permission,
	.getattr = pid_getattr,
	.setattr = proc_setattr,
};

const struct file_operations pid_fdinfo_dir_operations = {
	.llseek = generic_file_llseek,
	.iterate_shared = fdinfo_dir_readdir,
};
