// SPDX-License-Identifier: MIT
/*
 * Removing names: unlink and rmdir. The parent's i_rwsem and then the victim's are held exclusively;
 * the last reference to the removed inode is dropped after both, because evicting it may take long.
 */
#include "fs/namei_internal.h"
#include "fs/notify/fsnotify.h"
#include "kernel/syscall/syscalls.h"

/* dir's i_rwsem held exclusively. */
int vfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	int error = may_delete(dir, dentry, true);

	if (error)
		return error;
	if (!dir->i_op->rmdir)
		return -EPERM;
	dget(dentry);
	inode_lock(dentry->d_inode);
	error = -EBUSY;
	if (is_local_mountpoint(dentry))
		goto out;
	error = iop_rmdir(dir->i_op, dir, dentry);
	if (error)
		goto out;
	shrink_dcache_parent(dentry);
	dentry->d_inode->i_flags |= S_DEAD;
	dont_mount(dentry);
	detach_mounts(dentry);
out:
	inode_unlock(dentry->d_inode);
	dput(dentry);
	if (!error) {
		d_delete(dentry);
		fsnotify_delete(dir, dentry, true);
	}
	return error;
}

/* dir's i_rwsem held exclusively. */
int vfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *target = dentry->d_inode;
	int error = may_delete(dir, dentry, false);

	if (error)
		return error;
	if (!dir->i_op->unlink)
		return -EPERM;
	inode_lock(target);
	if (is_local_mountpoint(dentry)) {
		error = -EBUSY;
	} else {
		error = iop_unlink(dir->i_op, dir, dentry);
		if (!error) {
			dont_mount(dentry);
			detach_mounts(dentry);
		}
	}
	inode_unlock(target);
	if (!error) {
		fsnotify_link_count(target);
		d_delete(dentry);
		fsnotify_delete(dir, dentry, false);
	}
	return error;
}

static long do_rmdir(int dfd, const char __user *pathname)
{
	unsigned int lookup_flags = 0;
	struct filename *name;
	struct dentry *dentry;
	struct path path;
	struct qstr last;
	int type, error;
retry:
	name = filename_parentat(dfd, getname(pathname), lookup_flags, &path, &last, &type);
	if (IS_ERR(name))
		return PTR_ERR(name);
	switch (type) {
	case LAST_DOTDOT:
		error = -ENOTEMPTY;
		goto exit;
	case LAST_DOT:
		error = -EINVAL;
		goto exit;
	case LAST_ROOT:
		error = -EBUSY;
		goto exit;
	}
	error = mnt_want_write(path.mnt);
	if (error)
		goto exit;
	inode_lock_nested(path.dentry->d_inode, I_MUTEX_PARENT);
	dentry = __lookup_hash(&last, path.dentry, lookup_flags);
	error = PTR_ERR(dentry);
	if (!IS_ERR(dentry)) {
		error = -ENOENT;
		if (dentry->d_inode)
			error = vfs_rmdir(path.dentry->d_inode, dentry);
		dput(dentry);
	}
	inode_unlock(path.dentry->d_inode);
	mnt_drop_write(path.mnt);
exit:
	path_put(&path);
	putname(name);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
	return error;
}

static long do_unlinkat(int dfd, const char __user *pathname)
{
	unsigned int lookup_flags = 0;
	struct inode *inode = NULL;
	struct filename *name;
	struct dentry *dentry;
	struct path path;
	struct qstr last;
	int type, error;
retry:
	name = filename_parentat(dfd, getname(pathname), lookup_flags, &path, &last, &type);
	if (IS_ERR(name))
		return PTR_ERR(name);
	error = -EISDIR;
	if (type != LAST_NORM)
		goto exit;
	error = mnt_want_write(path.mnt);
	if (error)
		goto exit;
	inode_lock_nested(path.dentry->d_inode, I_MUTEX_PARENT);
	dentry = __lookup_hash(&last, path.dentry, lookup_flags);
	error = PTR_ERR(dentry);
	if (!IS_ERR(dentry)) {
		inode = dentry->d_inode;
		if (d_is_negative(dentry)) {
			error = -ENOENT;
			inode = NULL;
		} else if (last.name[last.len]) {
			/* "file/" */
			error = d_is_dir(dentry) ? -EISDIR : -ENOTDIR;
			inode = NULL;
		} else {
			ihold(inode);
			error = vfs_unlink(path.dentry->d_inode, dentry);
		}
		dput(dentry);
	}
	inode_unlock(path.dentry->d_inode);
	iput(inode);
	inode = NULL;
	mnt_drop_write(path.mnt);
exit:
	path_put(&path);
	putname(name);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
	return error;
}

long sys_rmdir(const char __user *path)
{
	return do_rmdir(AT_FDCWD, path);
}

long sys_unlink(const char __user *path)
{
	return do_unlinkat(AT_FDCWD, path);
}

long sys_unlinkat(int dfd, const char __user *path, int flag)
{
	if (flag & ~AT_REMOVEDIR)
		return -EINVAL;
	return flag & AT_REMOVEDIR ? do_rmdir(dfd, path) : do_unlinkat(dfd, path);
}
