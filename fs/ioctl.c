// SPDX-License-Identifier: MIT
/*
 * ioctl: what is the same for all files, then the file's own.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/fiemap.h"
#include "fs/file_internal.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"

#define FIBMAP		1
#define FIGETBSZ	2
#define FIONREAD	0x541B
#define FIONBIO		0x5421
#define FIONCLEX	0x5450
#define FIOCLEX		0x5451
#define FIOASYNC	0x5452
#define FIOQSIZE	0x5460
#define FICLONE		0x40049409U
#define FICLONERANGE	0x4020940DU
#define FIDEDUPERANGE	0xC0189436U
#define FIFREEZE	0xC0045877U
#define FITHAW		0xC0045878U

int vfs_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	int error = -ENOTTY;

	if (filp->f_op->unlocked_ioctl) {
		error = fop_unlocked_ioctl(filp->f_op, filp, cmd, arg);
		if (error == -ENOIOCTLCMD)
			error = -ENOTTY;
	}
	return error;
}

/* The block of the device behind a block of the file; 0: a hole. */
static int ioctl_fibmap(struct file *filp, int __user *p)
{
	struct address_space *mapping = filp->f_mapping;
	unsigned int caller;
	int block, res;
	sector_t nr;

	if (!mapping->a_ops->bmap)
		return -EINVAL;
	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	res = get_user(block, p);
	if (res)
		return res;
	if (block < 0)
		return -EINVAL;
	caller = contract_caller_begin(CONTRACT_CALLER_FIBMAP);
	nr = aop_bmap(mapping->a_ops, mapping, block);
	contract_caller_end(caller);
	if (nr > 0x7fffffff)
		return put_user(0, p) ? -EFAULT : -ERANGE;
	return put_user((int)nr, p);
}

static int ioctl_fionbio(struct file *filp, int __user *argp)
{
	int on, error = get_user(on, argp);

	if (error)
		return error;
	spin_lock(&filp->f_lock);
	if (on)
		filp->f_flags |= O_NONBLOCK;
	else
		filp->f_flags &= ~O_NONBLOCK;
	spin_unlock(&filp->f_lock);
	return 0;
}

static int ioctl_fioasync(unsigned int fd, struct file *filp, int __user *argp)
{
	int on, error = get_user(on, argp);

	if (error)
		return error;
	if (!!on == !!(filp->f_flags & FASYNC))
		return 0;
	if (!filp->f_op->fasync)
		return -ENOTTY;
	error = fop_fasync(filp->f_op, fd, filp, on);
	return error < 0 ? error : 0;
}

static int ioctl_freeze(struct file *filp, bool freeze)
{
	struct super_block *sb = file_inode(filp)->i_sb;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!freeze)
		return thaw_super(sb);
	/* A file system without the operation cannot promise a state to freeze in. */
	if (!sb->s_op->freeze_fs)
		return -EOPNOTSUPP;
	return freeze_super(sb);
}

/* ---- sharing blocks between files ---- */

struct file_clone_range {
	s64 src_fd;
	u64 src_offset, src_length, dest_offset;
};

struct file_dedupe_range {
	u64 src_offset, src_length;
	u16 dest_count, reserved1;
	u32 reserved2;
	/* struct file_dedupe_range_info info[dest_count], of 32 bytes each */
};

/* No file system here lets two files have one block; what is wrong with the request is told first, as where one does. */
static int ioctl_file_clone(struct file *dst_file, int src_fd)
{
	struct inode *dst = file_inode(dst_file), *src;
	struct fd f = fdget(src_fd);
	int err = -EOPNOTSUPP;

	if (!f.file)
		return -EBADF;
	src = file_inode(f.file);
	if (src->i_sb != dst->i_sb)
		err = -EXDEV;
	else if (S_ISDIR(src->i_mode) || S_ISDIR(dst->i_mode))
		err = -EISDIR;
	else if (!S_ISREG(src->i_mode) || !S_ISREG(dst->i_mode))
		err = -EINVAL;
	else if (!(f.file->f_mode & FMODE_READ) || !(dst_file->f_mode & FMODE_WRITE) || (dst_file->f_flags & O_APPEND))
		err = -EBADF;
	fdput(f);
	return err;
}

static int ioctl_file_clone_range(struct file *file, const void __user *arg)
{
	struct file_clone_range range;

	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	return ioctl_file_clone(file, range.src_fd);
}

static int ioctl_file_dedupe_range(struct file *file, const void __user *arg)
{
	struct inode *inode = file_inode(file);
	struct file_dedupe_range range;

	if (copy_from_user(&range, arg, sizeof(range)))
		return -EFAULT;
	if (sizeof(range) + range.dest_count * 32UL > PAGE_SIZE)
		return -ENOMEM;
	if (!(file->f_mode & FMODE_READ) || range.reserved1 || range.reserved2)
		return -EINVAL;
	if (S_ISDIR(inode->i_mode))
		return -EISDIR;
	return S_ISREG(inode->i_mode) ? -EOPNOTSUPP : -EINVAL;
}

static int file_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct inode *inode = file_inode(filp);

	switch (cmd) {
	case FIBMAP:
		return ioctl_fibmap(filp, (int __user *)arg);
	case FS_IOC_FIEMAP:
		return ioctl_fiemap(filp, (void __user *)arg);
	case FIONREAD:
		return put_user((int)(i_size_read(inode) - filp->f_pos), (int __user *)arg);
	}
	return vfs_ioctl(filp, cmd, arg);
}

static int do_vfs_ioctl(struct file *filp, unsigned int fd, unsigned int cmd, unsigned long arg)
{
	struct inode *inode = file_inode(filp);
	loff_t size;

	switch (cmd) {
	case FIOCLEX:
		set_close_on_exec(fd, 1);
		return 0;
	case FIONCLEX:
		set_close_on_exec(fd, 0);
		return 0;
	case FIONBIO:
		return ioctl_fionbio(filp, (int __user *)arg);
	case FIOASYNC:
		return ioctl_fioasync(fd, filp, (int __user *)arg);
	case FIOQSIZE:
		if (!S_ISDIR(inode->i_mode) && !S_ISREG(inode->i_mode) && !S_ISLNK(inode->i_mode))
			return -ENOTTY;
		size = inode_get_bytes(inode);
		return copy_to_user((void __user *)arg, &size, sizeof(size)) ? -EFAULT : 0;
	case FIFREEZE:
		return ioctl_freeze(filp, true);
	case FITHAW:
		return ioctl_freeze(filp, false);
	case FICLONE:
		return ioctl_file_clone(filp, (int)arg);
	case FICLONERANGE:
		return ioctl_file_clone_range(filp, (const void __user *)arg);
	case FIDEDUPERANGE:
		return ioctl_file_dedupe_range(filp, (const void __user *)arg);
	case FIGETBSZ:
		if (!inode->i_sb->s_blocksize)
			return -EINVAL;
		return put_user((int)inode->i_sb->s_blocksize, (int __user *)arg);
	}
	if (S_ISREG(inode->i_mode))
		return file_ioctl(filp, cmd, arg);
	return vfs_ioctl(filp, cmd, arg);
}

long sys_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg)
{
	struct fd f = fdget(fd);
	int error;

	if (!f.file)
		return -EBADF;
	error = do_vfs_ioctl(f.file, fd, cmd, arg);
	fdput(f);
	return error;
}
