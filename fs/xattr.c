// SPDX-License-Identifier: MIT
/*
 * Extended attributes: permission by name space, the handler for a name, and the system calls. A file
 * system without handlers answers EOPNOTSUPP.
 */
#include "fs/fs.h"
#include "fs/notify/fsnotify.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/xattr.h"
#include "gen/xattr_handler_calls.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

/* The handler of a full name; *name is moved behind the prefix. ERR_PTR(-EOPNOTSUPP). */
static const struct xattr_handler *xattr_resolve(struct inode *inode, const char **name)
{
	const struct xattr_handler **handlers = inode->i_sb->s_xattr, *h;

	if (!(inode->i_opflags & IOP_XATTR) || !handlers)
		return ERR_PTR(is_bad_inode(inode) ? -EIO : -EOPNOTSUPP);
	for (; (h = *handlers); handlers++) {
		const char *pfx = h->name ? h->name : h->prefix;
		size_t len = strlen(pfx);

		if (strncmp(*name, pfx, len))
			continue;
		/* A whole name must match to its end, a prefix must leave something. */
		if (!!h->name ^ !(*name)[len]) {
			if (h->name)
				continue;
			return ERR_PTR(-EINVAL);
		}
		*name += len;
		return h;
	}
	return ERR_PTR(-EOPNOTSUPP);
}

static int xattr_permission(struct inode *inode, const char *name, int mask)
{
	if ((mask & MAY_WRITE) && (IS_IMMUTABLE(inode) || IS_APPEND(inode)))
		return -EPERM;
	/* The file system decides about these. */
	if (!strncmp(name, XATTR_SECURITY_PREFIX, sizeof(XATTR_SECURITY_PREFIX) - 1) ||
	    !strncmp(name, XATTR_SYSTEM_PREFIX, sizeof(XATTR_SYSTEM_PREFIX) - 1))
		return 0;
	if (!strncmp(name, XATTR_TRUSTED_PREFIX, sizeof(XATTR_TRUSTED_PREFIX) - 1)) {
		if (!capable(CAP_SYS_ADMIN))
			return mask & MAY_WRITE ? -EPERM : -ENODATA;
		return 0;
	}
	if (!strncmp(name, XATTR_USER_PREFIX, sizeof(XATTR_USER_PREFIX) - 1)) {
		if (!S_ISREG(inode->i_mode) && !S_ISDIR(inode->i_mode))
			return mask & MAY_WRITE ? -EPERM : -ENODATA;
		if (S_ISDIR(inode->i_mode) && (inode->i_mode & S_ISVTX) && (mask & MAY_WRITE) &&
		    !inode_owner_or_capable(inode))
			return -EPERM;
	}
	return inode_permission(inode, mask);
}

/* value NULL: remove. Takes i_rwsem. Write access to the mount held. */
static int do_set(struct dentry *dentry, const char *name, const void *value, size_t size,
		  int flags)
{
	struct inode *inode = dentry->d_inode;
	const struct xattr_handler *handler;
	int error = xattr_permission(inode, name, MAY_WRITE);

	if (error)
		return error;
	inode_lock(inode);
	handler = xattr_resolve(inode, &name);
	if (IS_ERR(handler))
		error = PTR_ERR(handler);
	else if (!handler->set)
		error = -EOPNOTSUPP;
	else
		error = xop_set(handler, handler, dentry, inode, name, value, size, flags);
	if (!error)
		fsnotify_attrib(dentry);
	inode_unlock(inode);
	return error;
}

int vfs_setxattr(struct dentry *dentry, const char *name, const void *value, size_t size, int flags)
{
	return do_set(dentry, name, size ? value : "", size, flags);
}

int vfs_removexattr(struct dentry *dentry, const char *name)
{
	return do_set(dentry, name, NULL, 0, XATTR_REPLACE);
}

/* size 0: only how big it is. */
ssize_t vfs_getxattr(struct dentry *dentry, const char *name, void *value, size_t size)
{
	struct inode *inode = dentry->d_inode;
	const struct xattr_handler *handler;
	int error = xattr_permission(inode, name, MAY_READ);

	if (error)
		return error;
	handler = xattr_resolve(inode, &name);
	if (IS_ERR(handler))
		return PTR_ERR(handler);
	if (!handler->get)
		return -EOPNOTSUPP;
	return xop_get(handler, handler, dentry, inode, name, value, size);
}

/* The names of the handlers that have one name each and apply here. */
ssize_t generic_listxattr(struct dentry *dentry, char *buffer, size_t size)
{
	const struct xattr_handler **h = dentry->d_sb->s_xattr;
	size_t total = 0;

	for (; h && *h; h++) {
		size_t len;

		if (!(*h)->name || ((*h)->list && !xop_list(*h, dentry)))
			continue;
		len = strlen((*h)->name) + 1;
		if (buffer) {
			if (total + len > size)
				return -ERANGE;
			memcpy(buffer + total, (*h)->name, len);
		}
		total += len;
	}
	return total;
}

ssize_t vfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct inode *inode = dentry->d_inode;

	if (inode->i_op->listxattr && (inode->i_opflags & IOP_XATTR))
		return iop_listxattr(inode->i_op, dentry, list, size);
	return 0;
}

/* ---- system calls ---- */

static int copy_name(char *kname, const char __user *name)
{
	long error = strncpy_from_user(kname, name, XATTR_NAME_MAX + 1);

	if (error == 0 || error == XATTR_NAME_MAX + 1)
		return -ERANGE;
	return error < 0 ? error : 0;
}

/* What the program names a file by: a path (followed or not) or a descriptor. */
struct xattr_target {
	struct path path;
	struct fd f;
};

static int target_by_path(struct xattr_target *t, const char __user *path, unsigned int lookup)
{
	t->f.file = NULL;
	return user_path_at(AT_FDCWD, path, lookup, &t->path);
}

static int target_by_fd(struct xattr_target *t, int fd)
{
	t->f = fdget(fd);
	if (!t->f.file)
		return -EBADF;
	t->path = t->f.file->f_path;
	return 0;
}

static void target_put(struct xattr_target *t)
{
	if (t->f.file)
		fdput(t->f);
	else
		path_put(&t->path);
}

static long setxattr(struct xattr_target *t, const char __user *name, const void __user *value,
		     size_t size, int flags)
{
	char kname[XATTR_NAME_MAX + 1];
	void *kvalue = NULL;
	int error;

	error = flags & ~(XATTR_CREATE | XATTR_REPLACE) ? -EINVAL : copy_name(kname, name);
	if (!error && size > XATTR_SIZE_MAX)
		error = -E2BIG;
	if (!error && size) {
		kvalue = kvmalloc(size, GFP_KERNEL);
		if (!kvalue)
			error = -ENOMEM;
		else if (copy_from_user(kvalue, value, size))
			error = -EFAULT;
	}
	if (!error)
		error = mnt_want_write(t->path.mnt);
	if (!error) {
		error = vfs_setxattr(t->path.dentry, kname, kvalue, size, flags);
		mnt_drop_write(t->path.mnt);
	}
	kvfree(kvalue);
	target_put(t);
	return error;
}

long sys_setxattr(const char __user *path, const char __user *name, const void __user *value,
		  size_t size, int flags)
{
	struct xattr_target t;
	int error = target_by_path(&t, path, LOOKUP_FOLLOW);

	return error ? error : setxattr(&t, name, value, size, flags);
}

long sys_lsetxattr(const char __user *path, const char __user *name, const void __user *value,
		   size_t size, int flags)
{
	struct xattr_target t;
	int error = target_by_path(&t, path, 0);

	return error ? error : setxattr(&t, name, value, size, flags);
}

long sys_fsetxattr(int fd, const char __user *name, const void __user *value, size_t size, int flags)
{
	struct xattr_target t;
	int error = target_by_fd(&t, fd);

	return error ? error : setxattr(&t, name, value, size, flags);
}

static long getxattr(struct xattr_target *t, const char __user *name, void __user *value,
		     size_t size)
{
	char kname[XATTR_NAME_MAX + 1];
	void *kvalue = NULL;
	ssize_t error = copy_name(kname, name);

	if (!error && size) {
		if (size > XATTR_SIZE_MAX)
			size = XATTR_SIZE_MAX;
		kvalue = kvzalloc(size, GFP_KERNEL);
		if (!kvalue)
			error = -ENOMEM;
	}
	if (!error)
		error = vfs_getxattr(t->path.dentry, kname, kvalue, size);
	if (error > 0 && size && copy_to_user(value, kvalue, error))
		error = -EFAULT;
	else if (error == -ERANGE && size >= XATTR_SIZE_MAX)
		error = -E2BIG;
	kvfree(kvalue);
	target_put(t);
	return error;
}

long sys_getxattr(const char __user *path, const char __user *name, void __user *value, size_t size)
{
	struct xattr_target t;
	int error = target_by_path(&t, path, LOOKUP_FOLLOW);

	return error ? error : getxattr(&t, name, value, size);
}

long sys_lgetxattr(const char __user *path, const char __user *name, void __user *value,
		   size_t size)
{
	struct xattr_target t;
	int error = target_by_path(&t, path, 0);

	return error ? error : getxattr(&t, name, value, size);
}

long sys_fgetxattr(int fd, const char __user *name, void __user *value, size_t size)
{
	struct xattr_target t;
	int error = target_by_fd(&t, fd);

	return error ? error : getxattr(&t, name, value, size);
}

static long listxattr(struct xattr_target *t, char __user *list, size_t size)
{
	char *klist = NULL;
	ssize_t error = 0;

	if (size) {
		if (size > XATTR_LIST_MAX)
			size = XATTR_LIST_MAX;
		klist = kvmalloc(size, GFP_KERNEL);
		if (!klist)
			error = -ENOMEM;
	}
	if (!error)
		error = vfs_listxattr(t->path.dentry, klist, size);
	if (error > 0 && size && copy_to_user(list, klist, error))
		error = -EFAULT;
	else if (error == -ERANGE && size >= XATTR_LIST_MAX)
		error = -E2BIG;
	kvfree(klist);
	target_put(t);
	return error;
}

long sys_listxattr(const char __user *path, char __user *list, size_t size)
{
	struct xattr_target t;
	int error = target_by_path(&t, path, LOOKUP_FOLLOW);

	return error ? error : listxattr(&t, list, size);
}

long sys_llistxattr(const char __user *path, char __user *list, size_t size)
{
	struct xattr_target t;
	int error = target_by_path(&t, path, 0);

	return error ? error : listxattr(&t, list, size);
}

long sys_flistxattr(int fd, char __user *list, size_t size)
{
	struct xattr_target t;
	int error = target_by_fd(&t, fd);

	return error ? error : listxattr(&t, list, size);
}

static long removexattr(struct xattr_target *t, const char __user *name)
{
	char kname[XATTR_NAME_MAX + 1];
	int error = copy_name(kname, name);

	if (!error)
		error = mnt_want_write(t->path.mnt);
	if (!error) {
		error = vfs_removexattr(t->path.dentry, kname);
		mnt_drop_write(t->path.mnt);
	}
	target_put(t);
	return error;
}

long sys_removexattr(const char __user *path, const char __user *name)
{
	struct xattr_target t;
	int error = target_by_path(&t, path, LOOKUP_FOLLOW);

	return error ? error : removexattr(&t, name);
}

long sys_lremovexattr(const char __user *path, const char __user *name)
{
	struct xattr_target t;
	int error = target_by_path(&t, path, 0);

	return error ? error : removexattr(&t, name);
}

long sys_fremovexattr(int fd, const char __user *name)
{
	struct xattr_target t;
	int error = target_by_fd(&t, fd);

	return error ? error : removexattr(&t, name);
}
