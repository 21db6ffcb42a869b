// SPDX-License-Identifier: MIT
/*
 * A place in the tree of mounted file systems: a dentry and the mount it is seen through.
 * Holding a struct path with references keeps both alive, and the superblock with them.
 */
#ifndef FS_PATH_H
#define FS_PATH_H

#include "kernel/lib/types.h"

struct dentry;
struct vfsmount;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

/* Takes one reference on each half. Any context but NMI. */
void path_get(const struct path *path);
/* Drops one reference on each half. May sleep. */
void path_put(const struct path *path);

static inline bool path_equal(const struct path *a, const struct path *b)
{
	return a->mnt == b->mnt && a->dentry == b->dentry;
}

#endif
