// SPDX-License-Identifier: MIT
/*
 * Extended attributes of tmpfs: trusted.* and security.*, kept in memory. There are no user.* ones here, as on Linux up to 6.5:
 * their size would be for any user to choose, and nothing limits it.
 */
#include "fs/tmpfs/tmpfs.h"
#include "fs/dcache.h"
#include "fs/xattr.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "mm/gfp.h"
#include "mm/slab.h"

static void free_xattr(struct tmpfs_xattr *xattr)
{
	if (xattr)
		kfree(xattr->name);
	kvfree(xattr);
}

/* With prefix and suffix as the full name; NULL: no memory. */
static struct tmpfs_xattr *new_xattr(const char *prefix, const char *suffix, const void *value, size_t size)
{
	size_t len = strlen(prefix) + strlen(suffix) + 1;
	struct tmpfs_xattr *xattr = kvmalloc(sizeof(*xattr) + size, GFP_KERNEL);

	if (!xattr)
		return NULL;
	xattr->name = kmalloc(len, GFP_KERNEL);
	if (!xattr->name) {
		kvfree(xattr);
		return NULL;
	}
	snprintf(xattr->name, len, "%s%s", prefix, suffix);
	xattr->size = size;
	memcpy(xattr->value, value, size);
	return xattr;
}

/* xattr_lock held. */
static struct tmpfs_xattr *find_xattr(struct tmpfs_inode_info *info, const char *prefix, const char *suffix)
{
	size_t len = strlen(prefix);
	struct tmpfs_xattr *xattr;

	list_for_each_entry(xattr, &info->xattrs, list) {
		if (!strncmp(xattr->name, prefix, len) && !strcmp(xattr->name + len, suffix))
			return xattr;
	}
	return NULL;
}

static int tmpfs_xattr_get(const struct xattr_handler *handler, struct dentry *dentry, struct inode *inode,
			   const char *name, void *buffer, size_t size)
{
	struct tmpfs_inode_info *info = TMPFS_I(inode);
	struct tmpfs_xattr *xattr;
	int ret = -ENODATA;

	mutex_lock(&info->xattr_lock);
	xattr = find_xattr(info, handler->prefix, name);
	if (xattr) {
		ret = xattr->size;
		if (buffer && size < xattr->size)
			ret = -ERANGE;
		else if (buffer)
			memcpy(buffer, xattr->value, xattr->size);
	}
	mutex_unlock(&info->xattr_lock);
	return ret;
}

/* @value NULL: removed. */
static int tmpfs_xattr_set(const struct xattr_handler *handler, struct dentry *dentry, struct inode *inode,
			   const char *name, const void *value, size_t size, int flags)
{
	struct tmpfs_inode_info *info = TMPFS_I(inode);
	struct tmpfs_xattr *new = NULL, *old;
	int err = 0;

	if (value) {
		new = new_xattr(handler->prefix, name, value, size);
		if (!new)
			return -ENOMEM;
	}
	mutex_lock(&info->xattr_lock);
	old = find_xattr(info, handler->prefix, name);
	if (old && (flags & XATTR_CREATE))
		err = -EEXIST;
	else if (!old && (flags & XATTR_REPLACE))
		err = -ENODATA;
	if (!err && new)
		list_add_tail(&new->list, old ? &old->list : &info->xattrs);
	if (!err && old)
		list_del(&old->list);
	mutex_unlock(&info->xattr_lock);
	free_xattr(err ? new : old);
	if (!err)
		inode->i_ctime = current_time(inode);
	return err;
}

/* Names of trusted.* are shown to who may read them. */
ssize_t tmpfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct tmpfs_inode_info *info = TMPFS_I(d_inode(dentry));
	bool trusted = capable(CAP_SYS_ADMIN);
	struct tmpfs_xattr *xattr;
	ssize_t total = 0;

	mutex_lock(&info->xattr_lock);
	list_for_each_entry(xattr, &info->xattrs, list) {
		size_t len = strlen(xattr->name) + 1;

		if (!trusted && !strncmp(xattr->name, XATTR_TRUSTED_PREFIX, sizeof(XATTR_TRUSTED_PREFIX) - 1))
			continue;
		if (list && total + len > size) {
			total = -ERANGE;
			break;
		}
		if (list)
			memcpy(list + total, xattr->name, len);
		total += len;
	}
	mutex_unlock(&info->xattr_lock);
	return total;
}

/* The inode is being evicted: nobody else has it. */
void tmpfs_free_xattrs(struct inode *inode)
{
	struct tmpfs_inode_info *info = TMPFS_I(inode);

	while (!list_empty(&info->xattrs)) {
		struct tmpfs_xattr *xattr = list_first_entry(&info->xattrs, struct tmpfs_xattr, list);

		list_del(&xattr->list);
		free_xattr(xattr);
	}
}

static const struct xattr_handler trusted_handler = {
	.prefix = XATTR_TRUSTED_PREFIX,
	.get = tmpfs_xattr_get,
	.set = tmpfs_xattr_set,
};

static const struct xattr_handler security_handler = {
	.prefix = XATTR_SECURITY_PREFIX,
	.get = tmpfs_xattr_get,
	.set = tmpfs_xattr_set,
};

const struct xattr_handler *tmpfs_xattr_handlers[] = { &trusted_handler, &security_handler, NULL };
