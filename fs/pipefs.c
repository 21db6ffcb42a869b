// SPDX-License-Identifier: MIT
/*
 * pipe(2): pipes without a name, the internal file system they live on, and the size of a pipe.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/pipe.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/slab.h"

static struct vfsmount *pipe_mnt;	/* constant after boot */

/* ---- size ---- */

static long pipe_set_size(struct pipe_inode_info *pipe, unsigned long arg)
{
	unsigned long size = roundup_pow_of_two(arg < PAGE_SIZE ? PAGE_SIZE : arg);
	unsigned int nr = size / PAGE_SIZE, used = pipe->head - pipe->tail;
	struct pipe_buffer *bufs;

	if (arg > (1UL << 31) || !size)
		return -EINVAL;
	if (size > PIPE_MAX_SIZE && nr > pipe->ring_size && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (nr < used)
		return -EBUSY;
	bufs = kcalloc(nr, sizeof(*bufs), GFP_KERNEL | __GFP_NOWARN);
	if (!bufs)
		return -ENOMEM;
	for (unsigned int i = 0; i < used; i++)
		bufs[i] = pipe->bufs[(pipe->tail + i) & (pipe->ring_size - 1)];
	kfree(pipe->bufs);
	pipe->bufs = bufs;
	pipe->ring_size = nr;
	pipe->tail = 0;
	pipe->head = used;
	wake_up_interruptible(&pipe->wr_wait);
	return nr * PAGE_SIZE;
}

long pipe_fcntl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pipe_inode_info *pipe = get_pipe_info(file);
	long ret;

	if (!pipe)
		return -EBADF;
	mutex_lock(&pipe->mutex);
	if (cmd == F_SETPIPE_SZ)
		ret = pipe_set_size(pipe, arg);
	else
		ret = pipe->ring_size * PAGE_SIZE;
	mutex_unlock(&pipe->mutex);
	return ret;
}

/* ---- pipe(2) ---- */

static struct inode *get_pipe_inode(void)
{
	struct inode *inode = new_inode_pseudo(pipe_mnt->mnt_sb);
	struct pipe_inode_info *pipe;

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	pipe = alloc_pipe_info();
	if (!pipe) {
		iput(inode);
		return NULL;
	}
	inode->i_pipe = pipe;
	pipe->files = 2;
	pipe->readers = pipe->writers = 1;
	inode->i_fop = &pipefifo_fops;
	/* Never on a writeback list: looks dirty, so that nobody puts it there. */
	inode->i_state = I_DIRTY;
	inode->i_mode = S_IFIFO | S_IRUSR | S_IWUSR;
	inode->i_uid = current_fsuid();
	inode->i_gid = current_fsgid();
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	return inode;
}

/* Two files on a new pipe: res[0] reads, res[1] writes. 0 or -errno. */
static int create_pipe_files(struct file **res, int flags)
{
	struct inode *inode = get_pipe_inode();
	struct file *f;

	if (!inode)
		return -ENFILE;
	f = alloc_file_pseudo(inode, pipe_mnt, "",
			      O_WRONLY | (flags & (O_NONBLOCK | O_DIRECT)), &pipefifo_fops);
	if (IS_ERR(f)) {
		free_pipe_info(inode->i_pipe);
		inode->i_pipe = NULL;
		iput(inode);
		return PTR_ERR(f);
	}
	f->private_data = inode->i_pipe;
	res[0] = alloc_file_clone(f, O_RDONLY | (flags & O_NONBLOCK), &pipefifo_fops);
	if (IS_ERR(res[0])) {
		put_pipe_info(inode, inode->i_pipe);
		fput(f);
		return PTR_ERR(res[0]);
	}
	res[0]->private_data = inode->i_pipe;
	res[1] = f;
	stream_open(inode, res[0]);
	stream_open(inode, res[1]);
	res[0]->f_mode |= FMODE_NOWAIT;
	res[1]->f_mode |= FMODE_NOWAIT;
	return 0;
}

long sys_pipe2(int __user *fildes, int flags)
{
	struct file *files[2] = { };
	int fd[2], error;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	error = create_pipe_files(files, flags);
	if (error)
		return error;
	error = get_unused_fd_flags(flags);
	if (error < 0)
		goto put_files;
	fd[0] = error;
	error = get_unused_fd_flags(flags);
	if (error < 0)
		goto put_fd0;
	fd[1] = error;
	error = -EFAULT;
	if (copy_to_user(fildes, fd, sizeof(fd)))
		goto put_fd1;
	fd_install(fd[0], files[0]);
	fd_install(fd[1], files[1]);
	return 0;
put_fd1:
	put_unused_fd(fd[1]);
put_fd0:
	put_unused_fd(fd[0]);
put_files:
	fput(files[0]);
	fput(files[1]);
	return error;
}

long sys_pipe(int __user *fildes)
{
	return sys_pipe2(fildes, 0);
}

/* ---- the file system that pipes live on ---- */

static char *pipefs_dname(struct dentry *dentry, char *buffer, int buflen)
{
	return dynamic_dname(dentry, buffer, buflen, "pipe:[%lu]", d_inode(dentry)->i_ino);
}

static const struct dentry_operations pipefs_dentry_operations = {
	.d_dname = pipefs_dname,
};

static struct dentry *pipefs_mount(struct file_system_type *type, int flags, const char *name,
				   void *data)
{
	return mount_pseudo(type, "pipe:", NULL, &pipefs_dentry_operations, PIPEFS_MAGIC);
}

static struct file_system_type pipe_fs_type = {
	.name = "pipefs",
	.mount = pipefs_mount,
	.kill_sb = kill_anon_super,
};

void pipe_init(void)
{
	BUG_ON(register_filesystem(&pipe_fs_type));
	pipe_mnt = kern_mount(&pipe_fs_type);
	BUG_ON(IS_ERR(pipe_mnt));
}
