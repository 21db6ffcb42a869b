// SPDX-License-Identifier: MIT
/*
 * Mounts: a superblock's tree (or a part of it) attached to a place in another.
 *
 * The tree of mounts changes under namespace_sem held for writing and mount_lock held for
 * writing; lookup_mnt reads the hash under RCU and checks mount_lock's sequence.
 */
#ifndef FS_MOUNT_H
#define FS_MOUNT_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/x86/atomic.h"
#include "kernel/lock/seqlock.h"
#include "kernel/lock/rcu.h"
#include "fs/path.h"

struct super_block;
struct dentry;
struct file_system_type;

/* mnt_flags */
#define MNT_NOSUID	0x01
#define MNT_NODEV	0x02
#define MNT_NOEXEC	0x04
#define MNT_NOATIME	0x08
#define MNT_NODIRATIME	0x10
#define MNT_RELATIME	0x20
#define MNT_READONLY	0x40
#define MNT_NOSYMFOLLOW	0x80
#define MNT_WRITE_HOLD	0x200	/* a remount to read-only waits for writers; mount_lock */
#define MNT_INTERNAL	0x4000
#define MNT_DOOMED	0x1000000
#define MNT_SYNC_UMOUNT	0x2000000
#define MNT_UMOUNT	0x8000000

/* the part file systems and the walk see */
struct vfsmount {
	struct dentry *mnt_root;	/* constant */
	struct super_block *mnt_sb;	/* constant, holds an active reference */
	int mnt_flags;			/* mount_lock */
};

extern seqlock_t mount_lock;

struct vfsmount *mntget(struct vfsmount *mnt);
/* May sleep: the last one unmounts. */
void mntput(struct vfsmount *mnt);

/* Around each change made through a mount: -EROFS if read-only; waits while frozen. */
int mnt_want_write(struct vfsmount *mnt);
int mnt_want_write_file(struct file *file);
void mnt_drop_write(struct vfsmount *mnt);
void mnt_drop_write_file(struct file *file);
/* the same without freeze protection */
int __mnt_want_write(struct vfsmount *mnt);
void __mnt_drop_write(struct vfsmount *mnt);
bool __mnt_is_readonly(const struct vfsmount *mnt);

struct vfsmount *vfs_kern_mount(struct file_system_type *type, int flags, const char *name,
				void *data);
struct vfsmount *kern_mount(struct file_system_type *type);
void kern_unmount(struct vfsmount *mnt);

/* Mounts the root file system and makes it the root of the calling task. 0 or -errno. */
int mount_root(const char *dev_name, const char *fstype, int flags, const char *options);
/* At shutdown: syncs and unmounts everything. 0, or -EBUSY with the number of users logged. */
int umount_all(void);

long do_mount(const char *dev_name, const char *dir_name, const char *type, unsigned long flags,
	      void *data);

/* Unmounts by name, flags as umount2(2). */
int kern_umount(const char *name, int flags);

/* The file that a detached tree of mounts belongs to goes. May sleep. */
void dissolve_on_fput(struct vfsmount *mnt);

void mnt_init(void);

#endif
