// SPDX-License-Identifier: MIT
/*
 * stat in all its forms, and readlink.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/x86/uaccess.h"

/* struct stat of the ABI */
struct stat {
	unsigned long st_dev;
	unsigned long st_ino;
	unsigned long st_nlink;
	unsigned int st_mode;
	unsigned int st_uid;
	unsigned int st_gid;
	unsigned int __pad0;
	unsigned long st_rdev;
	long st_size;
	long st_blksize;
	long st_blocks;
	unsigned long st_atime;
	unsigned long st_atime_nsec;
	unsigned long st_mtime;
	unsigned long st_mtime_nsec;
	unsigned long st_ctime;
	unsigned long st_ctime_nsec;
	long __unused[3];
};

struct statx_timestamp {
	s64 tv_sec;
	u32 tv_nsec;
	s32 __reserved;
};

/* struct statx of the ABI */
struct statx {
	u32 stx_mask;
	u32 stx_blksize;
	u64 stx_attributes;
	u32 stx_nlink;
	u32 stx_uid;
	u32 stx_gid;
	u16 stx_mode;
	u16 __spare0;
	u64 stx_ino;
	u64 stx_size;
	u64 stx_blocks;
	u64 stx_attributes_mask;
	struct statx_timestamp stx_atime, stx_btime, stx_ctime, stx_mtime;
	u32 stx_rdev_major;
	u32 stx_rdev_minor;
	u32 stx_dev_major;
	u32 stx_dev_minor;
	u64 __spare2[14];
};

static_assert(sizeof(struct stat) == 144, "struct stat has the ABI's size");
static_assert(sizeof(struct statx) == 256, "struct statx has the ABI's size");

/* From the fields of the inode alone. */
void generic_fillattr(struct inode *inode, struct kstat *stat)
{
	stat->dev = inode->i_sb->s_dev;
	stat->ino = inode->i_ino;
	stat->mode = inode->i_mode;
	stat->nlink = inode->i_nlink;
	stat->uid = inode->i_uid;
	stat->gid = inode->i_gid;
	stat->rdev = inode->i_rdev;
	stat->size = i_size_read(inode);
	stat->atime = inode->i_atime;
	stat->mtime = inode->i_mtime;
	stat->ctime = inode->i_ctime;
	stat->blksize = i_blocksize(inode);
	stat->blocks = inode->i_blocks;
}

/* i_rwsem not held. */
int vfs_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags)
{
	struct inode *inode = d_backing_inode(path->dentry);

	memset(stat, 0, sizeof(*stat));
	stat->result_mask |= STATX_BASIC_STATS;
	if (IS_NOATIME(inode))
		stat->result_mask &= ~STATX_ATIME;
	if (inode->i_op->getattr)
		return iop_getattr(inode->i_op, path, stat, mask & (STATX_BASIC_STATS | STATX_BTIME),
				   flags & AT_STATX_SYNC_TYPE);
	generic_fillattr(inode, stat);
	return 0;
}

static int vfs_fstat(unsigned int fd, struct kstat *stat, u32 mask, unsigned int flags)
{
	struct fd f = fdget_raw(fd);
	int error = -EBADF;

	if (f.file) {
		error = vfs_getattr(&f.file->f_path, stat, mask, flags);
		fdput(f);
	}
	return error;
}

static int vfs_statx(int dfd, const char __user *filename, int flags, struct kstat *stat, u32 mask)
{
	unsigned int lookup_flags = LOOKUP_FOLLOW | LOOKUP_AUTOMOUNT;
	struct path path;
	int error;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	if (flags & AT_SYMLINK_NOFOLLOW)
		lookup_flags &= ~LOOKUP_FOLLOW;
	if (flags & AT_NO_AUTOMOUNT)
		lookup_flags &= ~LOOKUP_AUTOMOUNT;
	if (flags & AT_EMPTY_PATH)
		lookup_flags |= LOOKUP_EMPTY;
retry:
	error = user_path_at(dfd, filename, lookup_flags, &path);
	if (error)
		return error;
	error = vfs_getattr(&path, stat, mask, flags);
	path_put(&path);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
	return error;
}

/* The 64-bit form of a device number: 12 bits of major around 20 of minor. */
static unsigned long encode_dev(dev_t dev)
{
	unsigned long major = MAJOR(dev), minor = MINOR(dev);

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffUL) << 12);
}

static int cp_new_stat(const struct kstat *stat, struct stat __user *statbuf)
{
	struct stat tmp = {
		.st_dev = encode_dev(stat->dev),
		.st_ino = stat->ino,
		.st_nlink = stat->nlink,
		.st_mode = stat->mode,
		.st_uid = stat->uid,
		.st_gid = stat->gid,
		.st_rdev = encode_dev(stat->rdev),
		.st_size = stat->size,
		.st_blksize = stat->blksize,
		.st_blocks = stat->blocks,
		.st_atime = stat->atime.tv_sec,
		.st_atime_nsec = stat->atime.tv_nsec,
		.st_mtime = stat->mtime.tv_sec,
		.st_mtime_nsec = stat->mtime.tv_nsec,
		.st_ctime = stat->ctime.tv_sec,
		.st_ctime_nsec = stat->ctime.tv_nsec,
	};

	return copy_to_user(statbuf, &tmp, sizeof(tmp)) ? -EFAULT : 0;
}

long sys_newfstatat(int dfd, const char __user *path, struct stat __user *st, int flag)
{
	struct kstat stat;
	int error = vfs_statx(dfd, path, flag | AT_NO_AUTOMOUNT, &stat, STATX_BASIC_STATS);

	return error ? error : cp_new_stat(&stat, st);
}

long sys_stat(const char __user *path, struct stat __user *st)
{
	return sys_newfstatat(AT_FDCWD, path, st, 0);
}

long sys_lstat(const char __user *path, struct stat __user *st)
{
	return sys_newfstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

long sys_fstat(unsigned int fd, struct stat __user *st)
{
	struct kstat stat;
	int error = vfs_fstat(fd, &stat, STATX_BASIC_STATS, 0);

	return error ? error : cp_new_stat(&stat, st);
}

static struct statx_timestamp statx_time(struct timespec64 t)
{
	return (struct statx_timestamp){ .tv_sec = t.tv_sec, .tv_nsec = t.tv_nsec };
}

long sys_statx(int dfd, const char __user *path, unsigned int flags, unsigned int mask,
	       struct statx __user *buf)
{
	struct statx tmp;
	struct kstat stat;
	int error;

	if (mask & STATX__RESERVED)
		return -EINVAL;
	if ((flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	error = vfs_statx(dfd, path, flags, &stat, mask);
	if (error)
		return error;
	memset(&tmp, 0, sizeof(tmp));
	tmp.stx_mask = stat.result_mask;
	tmp.stx_blksize = stat.blksize;
	tmp.stx_attributes = stat.attributes;
	tmp.stx_attributes_mask = stat.attributes_mask;
	tmp.stx_nlink = stat.nlink;
	tmp.stx_uid = stat.uid;
	tmp.stx_gid = stat.gid;
	tmp.stx_mode = stat.mode;
	tmp.stx_ino = stat.ino;
	tmp.stx_size = stat.size;
	tmp.stx_blocks = stat.blocks;
	tmp.stx_atime = statx_time(stat.atime);
	tmp.stx_btime = statx_time(stat.btime);
	tmp.stx_ctime = statx_time(stat.ctime);
	tmp.stx_mtime = statx_time(stat.mtime);
	tmp.stx_rdev_major = MAJOR(stat.rdev);
	tmp.stx_rdev_minor = MINOR(stat.rdev);
	tmp.stx_dev_major = MAJOR(stat.dev);
	tmp.stx_dev_minor = MINOR(stat.dev);
	return copy_to_user(buf, &tmp, sizeof(tmp)) ? -EFAULT : 0;
}

/* ---- readlink ---- */

/* As much of the body as fits, without terminator; bytes copied. */
int readlink_copy(char __user *buffer, int buflen, const char *link)
{
	int len = PTR_ERR(link);

	if (IS_ERR(link))
		return len;
	len = strlen(link);
	if (len > buflen)
		len = buflen;
	return copy_to_user(buffer, link, len) ? -EFAULT : len;
}

/* Through ->get_link. i_rwsem not held. */
int generic_readlink(struct dentry *dentry, char __user *buffer, int buflen)
{
	struct inode *inode = d_inode(dentry);
	struct delayed_call done = { };
	const char *link;
	int res;

	link = READ_ONCE(inode->i_link);
	if (!link) {
		if (!inode->i_op->get_link)
			return -EINVAL;
		link = iop_get_link(inode->i_op, dentry, inode, &done);
		if (IS_ERR(link))
			return PTR_ERR(link);
	}
	res = readlink_copy(buffer, buflen, link);
	do_delayed_call(&done);
	return res;
}

long sys_readlinkat(int dfd, const char __user *pathname, char __user *buf, int bufsiz)
{
	unsigned int lookup_flags = LOOKUP_EMPTY;
	struct path path;
	int error, empty = 0;

	if (bufsiz <= 0)
		return -EINVAL;
retry:
	error = user_path_at_empty(dfd, pathname, lookup_flags, &path, &empty);
	if (error)
		return error;
	error = empty ? -ENOENT : -EINVAL;
	if (d_is_symlink(path.dentry)) {
		struct inode *inode = d_backing_inode(path.dentry);

		touch_atime(&path);
		if (inode->i_op->readlink)
			error = iop_readlink(inode->i_op, path.dentry, buf, bufsiz);
		else
			error = generic_readlink(path.dentry, buf, bufsiz);
	}
	path_put(&path);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
	return error;
}

long sys_readlink(const char __user *path, char __user *buf, int bufsiz)
{
	return sys_readlinkat(AT_FDCWD, path, buf, bufsiz);
}
