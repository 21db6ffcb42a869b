// SPDX-License-Identifier: MIT
/*
 * Working directory, root, umask.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/namei.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/cmpxchg.h"

long sys_chdir(const char __user *filename)
{
	unsigned int lookup_flags = LOOKUP_FOLLOW | LOOKUP_DIRECTORY;
	struct path path;
	int error;
retry:
	error = user_path_at(AT_FDCWD, filename, lookup_flags, &path);
	if (error)
		return error;
	error = inode_permission(path.dentry->d_inode, MAY_EXEC | MAY_CHDIR);
	if (!error)
		set_fs_pwd(current->fs, &path);
	path_put(&path);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
	return error;
}

long sys_fchdir(unsigned int fd)
{
	struct fd f = fdget_raw(fd);
	int error = -EBADF;

	if (!f.file)
		return error;
	error = -ENOTDIR;
	if (d_can_lookup(f.file->f_path.dentry)) {
		error = inode_permission(file_inode(f.file), MAY_EXEC | MAY_CHDIR);
		if (!error)
			set_fs_pwd(current->fs, &f.file->f_path);
	}
	fdput(f);
	return error;
}

long sys_chroot(const char __user *filename)
{
	unsigned int lookup_flags = LOOKUP_FOLLOW | LOOKUP_DIRECTORY;
	struct path path;
	int error;
retry:
	error = user_path_at(AT_FDCWD, filename, lookup_flags, &path);
	if (error)
		return error;
	error = inode_permission(path.dentry->d_inode, MAY_EXEC | MAY_CHDIR);
	if (!error && !capable(CAP_SYS_CHROOT))
		error = -EPERM;
	if (!error)
		set_fs_root(current->fs, &path);
	path_put(&path);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
	return error;
}

long sys_umask(int mask)
{
	return xchg(&current->fs->umask, mask & S_IRWXUGO);
}
