// SPDX-License-Identifier: MIT
/*
 * Whole paths: to an existing object, to the parent of one, and one name below a directory. Each
 * tries rcu mode first, then ref mode, then once more without trusting cached names (ESTALE).
 */
#include "fs/namei_internal.h"
#include "kernel/lib/string.h"
#include "kernel/x86/uaccess.h"

/* The last component of a walk that ends on an existing object. 1: a symlink to follow. */
static int lookup_last(struct nameidata *nd)
{
	if (nd->last_type == LAST_NORM && nd->last.name[nd->last.len])
		nd->flags |= LOOKUP_FOLLOW | LOOKUP_DIRECTORY;
	nd->flags &= ~LOOKUP_PARENT;
	return walk_component(nd, 0);
}

int path_lookupat(struct nameidata *nd, unsigned int flags, struct path *path)
{
	const char *s = path_init(nd, flags);
	int err;

	while (!(err = link_path_walk(s, nd)) && (err = lookup_last(nd)) > 0)
		s = trailing_symlink(nd);
	if (!err)
		err = complete_walk(nd);
	if (!err && (nd->flags & LOOKUP_DIRECTORY) && !d_can_lookup(nd->path.dentry))
		err = -ENOTDIR;
	if (!err) {
		*path = nd->path;
		nd->path.mnt = NULL;
		nd->path.dentry = NULL;
	}
	terminate_walk(nd);
	return err;
}

/* Consumes name. root: where an absolute path starts, and its top; NULL: the process's. */
int filename_lookup(int dfd, struct filename *name, unsigned int flags, struct path *path,
		    struct path *root)
{
	struct nameidata nd;
	int retval;

	if (IS_ERR(name))
		return PTR_ERR(name);
	if (unlikely(root)) {
		nd.root = *root;
		flags |= LOOKUP_ROOT;
	}
	set_nameidata(&nd, dfd, name);
	retval = path_lookupat(&nd, flags | LOOKUP_RCU, path);
	if (unlikely(retval == -ECHILD)) {
		nd.total_link_count = 0;
		retval = path_lookupat(&nd, flags, path);
	}
	if (unlikely(retval == -ESTALE)) {
		nd.total_link_count = 0;
		retval = path_lookupat(&nd, flags | LOOKUP_REVAL, path);
	}
	restore_nameidata(&nd);
	putname(name);
	return retval;
}

static int path_parentat(struct nameidata *nd, unsigned int flags, struct path *parent)
{
	const char *s = path_init(nd, flags);
	int err = link_path_walk(s, nd);

	if (!err)
		err = complete_walk(nd);
	if (!err) {
		*parent = nd->path;
		nd->path.mnt = NULL;
		nd->path.dentry = NULL;
	}
	terminate_walk(nd);
	return err;
}

/* The parent of a path and its last component, which points into name. ERR_PTR eats name. */
struct filename *filename_parentat(int dfd, struct filename *name, unsigned int flags,
				   struct path *parent, struct qstr *last, int *type)
{
	struct nameidata nd;
	int retval;

	if (IS_ERR(name))
		return name;
	set_nameidata(&nd, dfd, name);
	retval = path_parentat(&nd, flags | LOOKUP_RCU, parent);
	if (unlikely(retval == -ECHILD)) {
		nd.total_link_count = 0;
		retval = path_parentat(&nd, flags, parent);
	}
	if (unlikely(retval == -ESTALE)) {
		nd.total_link_count = 0;
		retval = path_parentat(&nd, flags | LOOKUP_REVAL, parent);
	}
	restore_nameidata(&nd);
	if (likely(!retval)) {
		*last = nd.last;
		*type = nd.last_type;
		return name;
	}
	putname(name);
	return ERR_PTR(retval);
}

int kern_path(const char *name, unsigned int flags, struct path *path)
{
	return filename_lookup(AT_FDCWD, getname_kernel(name), flags, path, NULL);
}

int user_path_at_empty(int dfd, const char __user *name, unsigned int flags, struct path *path,
		       int *empty)
{
	return filename_lookup(dfd, getname_flags(name, flags, empty), flags, path, NULL);
}

/* name relative to a given place, which is also the root of the walk. */
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt, const char *name,
		    unsigned int flags, struct path *path)
{
	struct path root = { .mnt = mnt, .dentry = dentry };

	return filename_lookup(AT_FDCWD, getname_kernel(name), flags, path, &root);
}

/* ---- one name ---- */

struct dentry *__lookup_hash(const struct qstr *name, struct dentry *base, unsigned int flags)
{
	struct dentry *dentry = d_lookup(base, name);

	if (dentry) {
		int error = d_revalidate(dentry, flags);

		if (likely(error > 0))
			return dentry;
		if (!error)
			d_invalidate(dentry);
		dput(dentry);
		if (error)
			return ERR_PTR(error);
	}
	return __lookup_slow(name, base, flags);
}

/* Checks a single component. */
static int lookup_one_common(const char *name, struct dentry *base, int len, struct qstr *this)
{
	this->name = (const unsigned char *)name;
	this->len = len;
	this->hash = full_name_hash(base, name, len);
	if (!len)
		return -EACCES;
	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return -EACCES;
	for (int i = 0; i < len; i++)
		if (name[i] == '/' || name[i] == '\0')
			return -EACCES;
	if (base->d_flags & DCACHE_OP_HASH) {
		int err = dop_hash(base->d_op, base, this);

		if (err < 0)
			return err;
	}
	return inode_permission(base->d_inode, MAY_EXEC);
}

/* base's i_rwsem held. A dentry (positive or negative), or ERR_PTR. */
struct dentry *lookup_one_len(const char *name, struct dentry *base, int len)
{
	struct qstr this;
	int err = lookup_one_common(name, base, len, &this);

	return err ? ERR_PTR(err) : __lookup_hash(&this, base, 0);
}

struct dentry *lookup_one_len_unlocked(const char *name, struct dentry *base, int len)
{
	struct dentry *ret;
	struct qstr this;
	int err = lookup_one_common(name, base, len, &this);

	if (err)
		return ERR_PTR(err);
	ret = d_lookup(base, &this);
	if (ret) {
		if (d_revalidate(ret, 0) > 0)
			return ret;
		d_invalidate(ret);
		dput(ret);
	}
	inode_lock_shared(base->d_inode);
	ret = __lookup_slow(&this, base, 0);
	inode_unlock_shared(base->d_inode);
	return ret;
}
