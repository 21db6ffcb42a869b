// SPDX-License-Identifier: MIT
/*
 * Making names: create, mkdir, mknod, symlink, link, and the checks before them.
 *
 * The parent's i_rwsem is held exclusively from the lookup of the name to its creation, and write
 * access to the mount (with freeze protection) is taken before the lock.
 */
#include "fs/namei_internal.h"
#include "fs/notify/fsnotify.h"
#include "kernel/lib/bug.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/x86/uaccess.h"
#include "fs/fdtable.h"

/* May a name be made in dir? dir's i_rwsem held exclusively. */
int may_create(struct inode *dir, struct dentry *child)
{
	if (child->d_inode)
		return -EEXIST;
	if (IS_DEADDIR(dir))
		return -ENOENT;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

/* In a sticky directory only the owner of the file or the directory may remove a name. */
static bool check_sticky(struct inode *dir, struct inode *inode)
{
	uid_t fsuid = current_fsuid();

	if (!(dir->i_mode & S_ISVTX) || inode->i_uid == fsuid || dir->i_uid == fsuid)
		return false;
	return !capable(CAP_FOWNER);
}

/* May victim be removed from dir? Both positive; dir's i_rwsem held exclusively. */
int may_delete(struct inode *dir, struct dentry *victim, bool isdir)
{
	struct inode *inode = d_backing_inode(victim);
	int error;

	if (d_is_negative(victim))
		return -ENOENT;
	BUG_ON(!inode);
	BUG_ON(victim->d_parent->d_inode != dir);
	error = inode_permission(dir, MAY_WRITE | MAY_EXEC);
	if (error)
		return error;
	if (IS_APPEND(dir))
		return -EPERM;
	if (check_sticky(dir, inode) || IS_APPEND(inode) || IS_IMMUTABLE(inode) ||
	    IS_SWAPFILE(inode))
		return -EPERM;
	if (isdir) {
		if (!d_is_dir(victim))
			return -ENOTDIR;
		if (IS_ROOT(victim))
			return -EBUSY;
	} else if (d_is_dir(victim)) {
		return -EISDIR;
	}
	if (IS_DEADDIR(dir))
		return -ENOENT;
	return 0;
}

void dont_mount(struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	dentry->d_flags |= DCACHE_CANT_MOUNT;
	spin_unlock(&dentry->d_lock);
}

/* ---- the operations; dir's i_rwsem held exclusively ---- */

int vfs_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl)
{
	int error = may_create(dir, dentry);

	if (error)
		return error;
	if (!dir->i_op->create)
		return -EACCES;		/* shouldn't be ENOSYS, says tradition */
	mode &= S_IALLUGO;
	mode |= S_IFREG;
	error = iop_create(dir->i_op, dir, dentry, mode, excl);
	if (!error)
		fsnotify_create(dir, dentry, false);
	return error;
}

int vfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	int error = may_create(dir, dentry);

	if (error)
		return error;
	/* A character device 0:0 is none: it is a whiteout, which anybody may make. */
	if ((S_ISCHR(mode) || S_ISBLK(mode)) && !(S_ISCHR(mode) && !dev) && !capable(CAP_MKNOD))
		return -EPERM;
	if (!dir->i_op->mknod)
		return -EPERM;
	error = iop_mknod(dir->i_op, dir, dentry, mode, dev);
	if (!error)
		fsnotify_create(dir, dentry, false);
	return error;
}

int vfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	unsigned int max_links = dir->i_sb->s_max_links;
	int error = may_create(dir, dentry);

	if (error)
		return error;
	if (!dir->i_op->mkdir)
		return -EPERM;
	mode &= S_IRWXUGO | S_ISVTX;
	if (max_links && dir->i_nlink >= max_links)
		return -EMLINK;
	error = iop_mkdir(dir->i_op, dir, dentry, mode);
	if (!error)
		fsnotify_create(dir, dentry, true);
	return error;
}

int vfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	int error = may_create(dir, dentry);

	if (error)
		return error;
	if (!dir->i_op->symlink)
		return -EPERM;
	error = iop_symlink(dir->i_op, dir, dentry, target);
	if (!error)
		fsnotify_create(dir, dentry, false);
	return error;
}

/* A new name for an existing file. The caller has a reference to old. */
int vfs_link(struct dentry *old, struct inode *dir, struct dentry *new)
{
	struct inode *inode = old->d_inode;
	unsigned int max_links = dir->i_sb->s_max_links;
	int error;

	if (!inode)
		return -ENOENT;
	error = may_create(dir, new);
	if (error)
		return error;
	if (dir->i_sb != inode->i_sb)
		return -EXDEV;
	if (IS_APPEND(inode) || IS_IMMUTABLE(inode))
		return -EPERM;
	if (!dir->i_op->link)
		return -EPERM;
	if (S_ISDIR(inode->i_mode))
		return -EPERM;
	inode_lock(inode);
	/* A file whose last name is gone stays gone, unless it was made without one. */
	if (inode->i_nlink == 0 && !(inode->i_state & I_LINKABLE))
		error = -ENOENT;
	else if (max_links && inode->i_nlink >= max_links)
		error = -EMLINK;
	else
		error = iop_link(dir->i_op, old, dir, new);
	if (!error && (inode->i_state & I_LINKABLE)) {
		spin_lock(&inode->i_lock);
		inode->i_state &= ~I_LINKABLE;
		spin_unlock(&inode->i_lock);
	}
	inode_unlock(inode);
	if (!error) {
		fsnotify_link_count(inode);
		fsnotify_create(dir, new, false);
	}
	return error;
}

/* ---- the place for a new name ---- */

static struct dentry *filename_create(int dfd, struct filename *name, struct path *path,
				      unsigned int lookup_flags)
{
	bool is_dir = lookup_flags & LOOKUP_DIRECTORY;
	struct dentry *dentry = ERR_PTR(-EEXIST);
	struct qstr last;
	int type, err2, error;

	lookup_flags &= LOOKUP_REVAL;
	name = filename_parentat(dfd, name, lookup_flags, path, &last, &type);
	if (IS_ERR(name))
		return ERR_CAST(name);
	/* "/", "." and ".." exist. */
	if (unlikely(type != LAST_NORM))
		goto out;
	/* Remember a failure to get write access: an existing name is reported first. */
	err2 = mnt_want_write(path->mnt);
	lookup_flags |= LOOKUP_CREATE | LOOKUP_EXCL;
	inode_lock_nested(path->dentry->d_inode, I_MUTEX_PARENT);
	dentry = __lookup_hash(&last, path->dentry, lookup_flags);
	if (IS_ERR(dentry))
		goto unlock;
	error = -EEXIST;
	if (d_is_positive(dentry))
		goto fail;
	/* A trailing slash is fine for mkdir only. */
	error = -ENOENT;
	if (unlikely(!is_dir && last.name[last.len]))
		goto fail;
	error = err2;
	if (unlikely(error))
		goto fail;
	putname(name);
	return dentry;
fail:
	dput(dentry);
	dentry = ERR_PTR(error);
unlock:
	inode_unlock(path->dentry->d_inode);
	if (!err2)
		mnt_drop_write(path->mnt);
out:
	path_put(path);
	putname(name);
	return dentry;
}

struct dentry *kern_path_create(int dfd, const char *name, struct path *path, unsigned int flags)
{
	return filename_create(dfd, getname_kernel(name), path, flags);
}

struct dentry *user_path_create(int dfd, const char __user *name, struct path *path,
				unsigned int flags)
{
	return filename_create(dfd, getname(name), path, flags);
}

void done_path_create(struct path *path, struct dentry *dentry)
{
	dput(dentry);
	inode_unlock(path->dentry->d_inode);
	mnt_drop_write(path->mnt);
	path_put(path);
}

static umode_t apply_umask(const struct path *path, umode_t mode)
{
	return IS_POSIXACL(path->dentry->d_inode) ? mode : mode & ~current_umask();
}

/* ---- calls ---- */

long sys_mknodat(int dfd, const char __user *filename, umode_t mode, unsigned int dev)
{
	unsigned int lookup_flags = 0;
	struct dentry *dentry;
	struct path path;
	dev_t rdev = MKDEV((dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00));
	int error;

	switch (mode & S_IFMT) {
	case 0: case S_IFREG: case S_IFCHR: case S_IFBLK: case S_IFIFO: case S_IFSOCK:
		break;
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
retry:
	dentry = user_path_create(dfd, filename, &path, lookup_flags);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	mode = apply_umask(&path, mode);
	if ((mode & S_IFMT) == 0 || S_ISREG(mode))
		error = vfs_create(path.dentry->d_inode, dentry, mode, true);
	else
		error = vfs_mknod(path.dentry->d_inode, dentry, mode,
				  S_ISCHR(mode) || S_ISBLK(mode) ? rdev : 0);
	done_path_create(&path, dentry);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
	return error;
}

long sys_mknod(const char __user *path, umode_t mode, unsigned int dev)
{
	return sys_mknodat(AT_FDCWD, path, mode, dev);
}

long sys_mkdirat(int dfd, const char __user *pathname, umode_t mode)
{
	unsigned int lookup_flags = LOOKUP_DIRECTORY;
	struct dentry *dentry;
	struct path path;
	int error;
retry:
	dentry = user_path_create(dfd, pathname, &path, lookup_flags);
	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	error = vfs_mkdir(path.dentry->d_inode, dentry, apply_umask(&path, mode));
	done_path_create(&path, dentry);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
	return error;
}

long sys_mkdir(const char __user *path, umode_t mode)
{
	return sys_mkdirat(AT_FDCWD, path, mode);
}

long sys_symlinkat(const char __user *oldname, int newdfd, const char __user *newname)
{
	struct filename *from = getname(oldname);
	unsigned int lookup_flags = 0;
	struct dentry *dentry;
	struct path path;
	int error;

	if (IS_ERR(from))
		return PTR_ERR(from);
retry:
	dentry = user_path_create(newdfd, newname, &path, lookup_flags);
	error = PTR_ERR(dentry);
	if (IS_ERR(dentry))
		goto out;
	error = vfs_symlink(path.dentry->d_inode, dentry, from->name);
	done_path_create(&path, dentry);
	if (retry_estale(error, lookup_flags)) {
		lookup_flags |= LOOKUP_REVAL;
		goto retry;
	}
out:
	putname(from);
	return error;
}

long sys_symlink(const char __user *oldname, const char __user *newname)
{
	return sys_symlinkat(oldname, AT_FDCWD, newname);
}

long sys_linkat(int olddfd, const char __user *oldname, int newdfd, const char __user *newname,
		int flags)
{
	struct path old_path, new_path;
	struct dentry *new;
	unsigned int how = 0;
	int error;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	/* A descriptor may have been passed by somebody who wanted it to stay nameless. */
	if (flags & AT_EMPTY_PATH) {
		if (!capable(CAP_DAC_READ_SEARCH))
			return -ENOENT;
		how = LOOKUP_EMPTY;
	}
	if (flags & AT_SYMLINK_FOLLOW)
		how |= LOOKUP_FOLLOW;
retry:
	error = user_path_at(olddfd, oldname, how, &old_path);
	if (error)
		return error;
	new = user_path_create(newdfd, newname, &new_path, how & LOOKUP_REVAL);
	error = PTR_ERR(new);
	if (IS_ERR(new))
		goto out;
	error = -EXDEV;
	if (old_path.mnt == new_path.mnt)
		error = vfs_link(old_path.dentry, new_path.dentry->d_inode, new);
	done_path_create(&new_path, new);
	if (retry_estale(error, how)) {
		path_put(&old_path);
		how |= LOOKUP_REVAL;
		goto retry;
	}
out:
	path_put(&old_path);
	return error;
}

long sys_link(const char __user *oldname, const char __user *newname)
{
	return sys_linkat(AT_FDCWD, oldname, AT_FDCWD, newname, 0);
}
