// SPDX-License-Identifier: MIT
/*
 * struct mount, and what the walk and the dentry cache need of the mount tree.
 */
#ifndef FS_NAMESPACE_INTERNAL_H
#define FS_NAMESPACE_INTERNAL_H

#include "fs/fs.h"
#include "fs/mount.h"
#include "kernel/task/task_work.h"

/*
 * The one set of mounts that programs see, and one for all trees that are mounted nowhere: each belongs to an open file (mount-tree.c). list and
 * count under namespace_sem and mount_lock
 */
struct mnt_namespace {
	struct list_head list;		/* all mounts in it, by mnt_list */
	struct mount *root;
	unsigned int mounts;
};

/* counts kept by each CPU; only the sum means something */
struct mnt_pcp {
	int count;
	int writers;
} __aligned(8);

struct mount {
	struct hlist_node mnt_hash;		/* by (parent, mountpoint); mount_lock, RCU readers */
	struct mount *mnt_parent;		/* itself for a root; mount_lock */
	struct dentry *mnt_mountpoint;		/* mount_lock */
	struct vfsmount mnt;
	struct mnt_pcp *mnt_pcp;		/* per-CPU */
	struct list_head mnt_mounts;		/* children; mount_lock */
	struct list_head mnt_child;		/* mount_lock */
	struct list_head mnt_instance;		/* of the superblock; mount_lock */
	const char *mnt_devname;
	struct list_head mnt_list;		/* of the namespace; namespace_sem */
	struct mnt_namespace *mnt_ns;		/* NULL: detached or internal; mount_lock */
	struct hlist_node mnt_umount;		/* waits to be dropped; namespace_sem */
	int mnt_id;
	int mnt_expiry_mark;			/* by MNT_EXPIRE, and not used since; atomic */
	struct fsnotify_place mnt_notify;	/* fsnotify_place_lock */
	union {
		struct rcu_head mnt_rcu;
		struct callback_head mnt_work;
		struct work_struct mnt_late;
	};
};

extern struct mnt_namespace init_mnt_ns, anon_mnt_ns;
extern struct rw_semaphore namespace_sem;

static inline struct mount *real_mount(const struct vfsmount *mnt)
{
	return container_of(mnt, struct mount, mnt);
}

static inline bool mnt_has_parent(const struct mount *mnt)
{
	return mnt != mnt->mnt_parent;
}

/* Is it in the tree that programs see? */
static inline bool check_mnt(const struct vfsmount *mnt)
{
	return real_mount(mnt)->mnt_ns == &init_mnt_ns;
}

static inline bool is_mounted(const struct vfsmount *mnt)
{
	return real_mount(mnt)->mnt_ns != NULL;
}

/* The mount at (mnt, dentry), RCU read lock or mount_lock held; no reference taken. */
struct mount *__lookup_mnt(struct vfsmount *mnt, struct dentry *dentry);
/* The same with a reference, whatever happens. */
struct vfsmount *lookup_mnt(const struct path *path);
/*
 * A reference to what an RCU walk found: 0; 1, without one, if the mount is gone or mount_lock
 * moved on; -1, with one that must be dropped outside RCU.
 */
int __legitimize_mnt(struct vfsmount *mnt, unsigned int seq);
bool legitimize_mnt(struct vfsmount *mnt, unsigned int seq);
/* Is the dentry a mountpoint in the namespace of any mount? */
bool __is_local_mountpoint(struct dentry *dentry);
static inline bool is_local_mountpoint(struct dentry *dentry)
{
	return d_mountpoint(dentry) && __is_local_mountpoint(dentry);
}
/* Unmounts, lazily, whatever hangs on a name that is going away. */
void __detach_mounts(struct dentry *dentry);
static inline void detach_mounts(struct dentry *dentry)
{
	if (d_mountpoint(dentry))
		__detach_mounts(dentry);
}

/* mntput() of somebody who does not count as a use to MNT_EXPIRE. */
void mntput_no_expire(struct mount *mnt);
void mnt_add_count(struct mount *mnt, int n);
int mnt_get_count(struct mount *mnt);
struct mount *alloc_vfsmnt(const char *name);
void free_vfsmnt_rcu(struct mount *mnt);
int mnt_get_writers(struct mount *mnt);
int mnt_make_readonly(struct mount *mnt);

void namespace_lock(void);
void namespace_unlock(void);
void attach_mnt(struct mount *mnt, struct mount *parent, struct dentry *mountpoint);
void attach_root(struct mount *mnt);
/* Into ns, out of the one it is in. mount_lock and namespace_sem held for writing. */
void join_ns(struct mount *mnt, struct mnt_namespace *ns);
/* The mount after p in a depth-first walk of the tree below root. */
struct mount *next_mnt(struct mount *p, struct mount *root);

/* ---- mount-tree.c ---- */

/*
 * Another view of old, from its directory `root` on, with what is mounted below it if `recurse`: a tree in anon_mnt_ns. ERR_PTR.
 * namespace_sem held for writing; may sleep.
 */
struct mount *copy_tree(struct mount *old, struct dentry *root, bool recurse);
/* A mount that is nowhere yet, whose reference becomes the tree's. */
void make_detached(struct mount *mnt);
/* The whole tree of mnt, which is at no place, at path, locked by lock_mount. 0 or -errno. */
int attach_tree(struct mount *mnt, struct path *path);
/* An open file for a detached tree, which goes with the file unless it is attached by then; on an error it goes at once. ERR_PTR. */
struct file *open_detached(struct mount *mnt);
int do_move_mount(struct path *from, struct path *to);
/* MOUNT_ATTR_*, as far as they are flags of one bit, as MNT_*. */
int mount_attr_flags(u64 attr);
#define MOUNT_ATTR__ATIME	0x70
#define MOUNT_ATTR_NOATIME	0x10
#define MOUNT_ATTR_STRICTATIME	0x20
#define MOUNT_ATTR_FLAGS	0x2000ff	/* those that there are */
/* The superblock flags that programs set. */
#define MS_SB_FLAGS (SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK | SB_DIRSYNC | SB_SILENT | SB_POSIXACL | SB_LAZYTIME | SB_I_VERSION)
/*
 * The steps of a move, mount_lock and namespace_sem held for writing: a mount that has no place gets one (DCACHE_MOUNTED is set already), or
 * gives it up; the caller drops where it was, and clears the mark of the mountpoint if nothing else is mounted there.
 */
void place_mnt(struct mount *mnt, struct mount *parent, struct dentry *mountpoint);
void unplace_mnt(struct mount *mnt, struct path *where);
void clear_mounted(struct dentry *dentry);
/*
 * Moves path to the top of what is mounted there and takes the mountpoint's i_rwsem and namespace_sem. -ENOENT if the directory is being
 * removed. Ends in unlock_mount. May sleep.
 */
int lock_mount(struct path *path);
void unlock_mount(struct path *path);
int finish_automount(struct vfsmount *m, struct path *path);
void umount_tree(struct mount *root, bool sync);

static inline int list_count(struct list_head *head)
{
	struct list_head *p;
	int n = 0;

	list_for_each(p, head)
		n++;
	return n;
}

#endif
