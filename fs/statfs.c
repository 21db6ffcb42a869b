// SPDX-License-Identifier: MIT
/*
 * statfs, fstatfs, ustat.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/x86/uaccess.h"

/* struct statfs of the ABI */
struct statfs {
	long f_type;
	long f_bsize;
	long f_blocks;
	long f_bfree;
	long f_bavail;
	long f_files;
	long f_ffree;
	__kernel_fsid_t f_fsid;
	long f_namelen;
	long f_frsize;
	long f_flags;
	long f_spare[4];
};

static int statfs_by_dentry(struct dentry *dentry, struct kstatfs *buf)
{
	int retval;

	if (!dentry->d_sb->s_op->statfs)
		return -ENOSYS;
	memset(buf, 0, sizeof(*buf));
	retval = sop_statfs(dentry->d_sb->s_op, dentry, buf);
	if (!retval && !buf->f_frsize)
		buf->f_frsize = buf->f_bsize;
	return retval;
}

static long flags_of(const struct vfsmount *mnt)
{
	unsigned long s = mnt->mnt_sb->s_flags;
	long flags = ST_VALID;

	if ((mnt->mnt_flags & MNT_READONLY) || (s & SB_RDONLY))
		flags |= ST_RDONLY;
	if (mnt->mnt_flags & MNT_NOSUID)
		flags |= ST_NOSUID;
	if (mnt->mnt_flags & MNT_NODEV)
		flags |= ST_NODEV;
	if (mnt->mnt_flags & MNT_NOEXEC)
		flags |= ST_NOEXEC;
	if (mnt->mnt_flags & MNT_NOATIME)
		flags |= ST_NOATIME;
	if (mnt->mnt_flags & MNT_NODIRATIME)
		flags |= ST_NODIRATIME;
	if (mnt->mnt_flags & MNT_RELATIME)
		flags |= ST_RELATIME;
	if (mnt->mnt_flags & MNT_NOSYMFOLLOW)
		flags |= ST_NOSYMFOLLOW;
	if (s & SB_SYNCHRONOUS)
		flags |= ST_SYNCHRONOUS;
	return flags;
}

/* The path pins the superblock; s_umount is not held. */
int vfs_statfs(const struct path *path, struct kstatfs *buf)
{
	int error = statfs_by_dentry(path->dentry, buf);

	if (!error)
		buf->f_flags = flags_of(path->mnt);
	return error;
}

static int do_statfs_native(const struct kstatfs *st, struct statfs __user *p)
{
	struct statfs buf = {
		.f_type = st->f_type,
		.f_bsize = st->f_bsize,
		.f_blocks = st->f_blocks,
		.f_bfree = st->f_bfree,
		.f_bavail = st->f_bavail,
		.f_files = st->f_files,
		.f_ffree = st->f_ffree,
		.f_fsid = st->f_fsid,
		.f_namelen = st->f_namelen,
		.f_frsize = st->f_frsize,
		.f_flags = st->f_flags,
	};

	return copy_to_user(p, &buf, sizeof(buf)) ? -EFAULT : 0;
}

long sys_statfs(const char __user *pathname, struct statfs __user *buf)
{
	unsigned int lookup_flags = LOOKUP_FOLLOW | LOOKUP_AUTOMOUNT;
	struct kstatfs st;
	struct path path;
	int error;
retry:
	error = user_path_at(AT_FDCWD, pathname, lookup_flags, &path);
	if (error)
		return error;
	error = vfs_statfs(&path, &st);
	path_put(&path);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
	return error ? error : do_statfs_native(&st, buf);
}

long sys_fstatfs(unsigned int fd, struct statfs __user *buf)
{
	struct fd f = fdget_raw(fd);
	struct kstatfs st;
	int error;

	if (!f.file)
		return -EBADF;
	error = vfs_statfs(&f.file->f_path, &st);
	fdput(f);
	return error ? error : do_statfs_native(&st, buf);
}

struct ustat {
	int f_tfree;
	unsigned long f_tinode;
	char f_fname[6];
	char f_fpack[6];
};

/* Only a device number: s_umount, shared, is what pins the superblock here. */
long sys_ustat(unsigned int dev, void __user *ubuf)
{
	struct super_block *s;
	struct ustat tmp;
	struct kstatfs sbuf;
	unsigned int caller;
	int err;

	s = user_get_super(MKDEV((dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)));
	if (!s)
		return -EINVAL;
	caller = contract_caller_begin(CONTRACT_CALLER_USTAT);
	err = statfs_by_dentry(s->s_root, &sbuf);
	contract_caller_end(caller);
	drop_super(s);
	if (err)
		return err;
	memset(&tmp, 0, sizeof(tmp));
	tmp.f_tfree = sbuf.f_bfree;
	tmp.f_tinode = sbuf.f_ffree;
	return copy_to_user(ubuf, &tmp, sizeof(tmp)) ? -EFAULT : 0;
}
