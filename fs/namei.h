// SPDX-License-Identifier: MIT
/*
 * Path resolution.
 */
#ifndef FS_NAMEI_H
#define FS_NAMEI_H

#include "kernel/lib/types.h"
#include "fs/path.h"
#include "fs/fcntl.h"

struct dentry;
struct qstr;
struct inode;
struct super_block;

#define PATH_MAX	4096
#define NAME_MAX	255
#define MAXSYMLINKS	40	/* in one resolution, nested or in a row */

/* how the last component came out */
enum { LAST_NORM, LAST_ROOT, LAST_DOT, LAST_DOTDOT };

/* lookup flags */
#define LOOKUP_FOLLOW		0x0001	/* follow a symlink in the last component */
#define LOOKUP_DIRECTORY	0x0002	/* the last component must be a directory */
#define LOOKUP_AUTOMOUNT	0x0004
#define LOOKUP_EMPTY		0x4000	/* an empty path is the start */
#define LOOKUP_PARENT		0x0010
#define LOOKUP_REVAL		0x0020	/* do not trust cached names */
#define LOOKUP_RCU		0x0040	/* no references taken; may not sleep */
#define LOOKUP_NO_REVAL		0x0080
#define LOOKUP_OPEN		0x0100
#define LOOKUP_CREATE		0x0200
#define LOOKUP_EXCL		0x0400
#define LOOKUP_RENAME_TARGET	0x0800
#define LOOKUP_JUMPED		0x1000
#define LOOKUP_ROOT		0x2000
#define LOOKUP_DOWN		0x8000
/* openat2 restricts the walk; such walks take references from the start */
#define LOOKUP_NO_SYMLINKS	0x010000
#define LOOKUP_NO_MAGICLINKS	0x020000	/* no links that jump */
#define LOOKUP_NO_XDEV		0x040000	/* stays in one mount */
#define LOOKUP_BENEATH		0x080000	/* never leaves where it starts: an error */
#define LOOKUP_IN_ROOT		0x100000	/* where it starts is its root */
#define LOOKUP_CACHED		0x200000	/* only what is in the dentry cache */
#define LOOKUP_SCOPED		(LOOKUP_BENEATH | LOOKUP_IN_ROOT)
#define LOOKUP_RESTRICTED                                                                                              \
	(LOOKUP_NO_SYMLINKS | LOOKUP_NO_MAGICLINKS | LOOKUP_NO_XDEV | LOOKUP_SCOPED | LOOKUP_CACHED)

/* a path name copied from the program; refcnt lets it be shared by one task only */
struct filename {
	const char *name;
	const char __user *uptr;
	int refcnt;
	bool heap;		/* name is a separate page-sized buffer */
	char iname[];
};

/* Copies in a path: ENAMETOOLONG, ENOENT if empty (unless allowed by flags), EFAULT. */
struct filename *getname(const char __user *name);
struct filename *getname_flags(const char __user *name, int flags, int *empty);
struct filename *getname_kernel(const char *name);
void putname(struct filename *name);
void getname_init(void);

int user_path_at_empty(int dfd, const char __user *name, unsigned int flags, struct path *path,
		       int *empty);
static inline int user_path_at(int dfd, const char __user *name, unsigned int flags,
			       struct path *path)
{
	return user_path_at_empty(dfd, name, flags, path, NULL);
}
int kern_path(const char *name, unsigned int flags, struct path *path);
int filename_lookup(int dfd, struct filename *name, unsigned int flags, struct path *path,
		    struct path *root);
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt, const char *name,
		    unsigned int flags, struct path *path);

/*
 * The dentry of a name that is to be created: parent's i_rwsem held exclusively and write access
 * to the mount taken, until done_path_create.
 */
struct dentry *kern_path_create(int dfd, const char *name, struct path *path, unsigned int flags);
struct dentry *user_path_create(int dfd, const char __user *name, struct path *path,
				unsigned int flags);
void done_path_create(struct path *path, struct dentry *dentry);

/* One component below base, whose i_rwsem is held. */
struct dentry *lookup_one_len(const char *name, struct dentry *base, int len);
struct dentry *lookup_one_len_unlocked(const char *name, struct dentry *base, int len);

/*
 * Locks two parents for a rename: s_vfs_rename_sem and the ancestor first if they differ. Returns
 * the child of one that is an ancestor of the other, or NULL.
 */
struct dentry *lock_rename(struct dentry *p1, struct dentry *p2);
void unlock_rename(struct dentry *p1, struct dentry *p2);

/* For ->get_link of links that lead to an object, not to a name. */
void nd_jump_link(const struct path *path);

int follow_down_one(struct path *path);
int follow_up(struct path *path);

/* after a lookup that failed with ESTALE, try once more with LOOKUP_REVAL */
static inline bool retry_estale(long error, unsigned int flags)
{
	return error == -ESTALE && !(flags & LOOKUP_REVAL);
}

#endif
