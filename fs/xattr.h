// SPDX-License-Identifier: MIT
/*
 * Extended attributes: handlers by name prefix, and the calls on top.
 */
#ifndef FS_XATTR_H
#define FS_XATTR_H

#include "kernel/lib/types.h"
#include "gen/xattr_handler.h"

struct dentry;
struct inode;

#define XATTR_NAME_MAX	255
#define XATTR_SIZE_MAX	65536
#define XATTR_LIST_MAX	65536
#define XATTR_CREATE	0x1
#define XATTR_REPLACE	0x2

#define XATTR_USER_PREFIX	"user."
#define XATTR_TRUSTED_PREFIX	"trusted."
#define XATTR_SECURITY_PREFIX	"security."
#define XATTR_SYSTEM_PREFIX	"system."

struct xattr_handler {
	const char *name;	/* full name, or NULL */
	const char *prefix;	/* else the prefix, with its dot */
	int flags;
	XATTR_HANDLER_OPS;
};

ssize_t vfs_getxattr(struct dentry *dentry, const char *name, void *value, size_t size);
ssize_t vfs_listxattr(struct dentry *dentry, char *list, size_t size);
int vfs_setxattr(struct dentry *dentry, const char *name, const void *value, size_t size,
		 int flags);
int vfs_removexattr(struct dentry *dentry, const char *name);
ssize_t generic_listxattr(struct dentry *dentry, char *list, size_t size);

#endif
