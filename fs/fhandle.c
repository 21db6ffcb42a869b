// SPDX-License-Identifier: MIT
/*
 * name_to_handle_at and open_by_handle_at: file handles for programs. Whoever can open by handle walks past all directories and their
 * permissions, so that takes CAP_DAC_READ_SEARCH.
 */
#include "fs/exportfs.h"

#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/namei.h"
#include "fs/namespace_internal.h"
#include "fs/notify/fsnotify.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"

#define MAX_HANDLE_SZ 128

/* struct file_handle of the ABI; handle_bytes bytes follow */
struct file_handle {
	u32 handle_bytes;
	s32 handle_type;
};

/* 0, -EOVERFLOW with the length needed told, or another -errno. */
static long put_handle(const struct path *path, struct file_handle __user *uhandle, int __user *mount_id)
{
	u32 fid[FILEID_MAX_WORDS];
	struct file_handle handle;
	unsigned int words, room;
	int type;

	if (!path->dentry->d_sb->s_export_op)
		return -EOPNOTSUPP;
	if (copy_from_user(&handle, uhandle, sizeof(handle)))
		return -EFAULT;
	room = handle.handle_bytes;
	if (room > MAX_HANDLE_SZ)
		return -EINVAL;
	type = exportfs_encode(d_inode(path->dentry), fid, &words);
	if (type < 0)
		return type;
	handle.handle_bytes = words * sizeof(u32);
	handle.handle_type = room < handle.handle_bytes ? FILEID_INVALID : type;
	if (put_user(real_mount(path->mnt)->mnt_id, mount_id) || copy_to_user(uhandle, &handle, sizeof(handle)))
		return -EFAULT;
	if (room < handle.handle_bytes)
		return -EOVERFLOW;
	return copy_to_user((char __user *)uhandle + sizeof(handle), fid, handle.handle_bytes) ? -EFAULT : 0;
}

long sys_name_to_handle_at(int dfd, const char __user *name, void __user *handle, int __user *mount_id, int flags)
{
	struct path path;
	long ret;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	ret = user_path_at(dfd, name, (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0), &path);
	if (ret)
		return ret;
	ret = put_handle(&path, handle, mount_id);
	path_put(&path);
	return ret;
}

/* The mount that a descriptor is in; a reference on it. ERR_PTR. */
static struct vfsmount *get_mount_of(int fd)
{
	struct vfsmount *mnt;
	struct path pwd;
	struct fd f;

	if (fd == AT_FDCWD) {
		get_fs_pwd(current->fs, &pwd);
		mnt = mntget(pwd.mnt);
		path_put(&pwd);
		return mnt;
	}
	f = fdget(fd);
	if (!f.file)
		return ERR_PTR(-EBADF);
	mnt = mntget(f.file->f_path.mnt);
	fdput(f);
	return mnt;
}

/* 0 with references in *path, or -errno. */
static long handle_to_path(int mountdirfd, const struct file_handle __user *uhandle, struct path *path)
{
	u32 fid[MAX_HANDLE_SZ / sizeof(u32)];
	struct file_handle handle;

	if (!capable(CAP_DAC_READ_SEARCH))
		return -EPERM;
	if (copy_from_user(&handle, uhandle, sizeof(handle)))
		return -EFAULT;
	if (!handle.handle_bytes || handle.handle_bytes > MAX_HANDLE_SZ)
		return -EINVAL;
	if (copy_from_user(fid, (const char __user *)uhandle + sizeof(handle), handle.handle_bytes))
		return -EFAULT;
	path->mnt = get_mount_of(mountdirfd);
	if (IS_ERR(path->mnt))
		return PTR_ERR(path->mnt);
	path->dentry = exportfs_decode(path->mnt, fid, handle.handle_bytes / sizeof(u32), handle.handle_type);
	if (!IS_ERR(path->dentry))
		return 0;
	mntput(path->mnt);
	return PTR_ERR(path->dentry);
}

long sys_open_by_handle_at(int mountdirfd, const void __user *handle, int flags)
{
	struct file *file;
	struct path path;
	long ret = handle_to_path(mountdirfd, handle, &path);
	int fd;

	if (ret)
		return ret;
	fd = get_unused_fd_flags(flags);
	if (fd >= 0) {
		file = file_open_root(&path, "", flags | O_LARGEFILE, 0);
		if (IS_ERR(file)) {
			put_unused_fd(fd);
			fd = PTR_ERR(file);
		} else {
			fsnotify_open(file);
			fd_install(fd, file);
		}
	}
	path_put(&path);
	return fd;
}
