// SPDX-License-Identifier: MIT
/*
 * struct super_block, file system types, freezing.
 *
 * s_count keeps the memory (sb_lock); s_active keeps the file system mounted: the last one shuts
 * it down under s_umount held exclusively. s_writers is the freeze protection: one
 * per-CPU rwsem for each level, taken shared by writers in the order write -> page fault ->
 * internal, and exclusively, in the same order, by freeze.
 */
#ifndef FS_SUPER_H
#define FS_SUPER_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lib/errseq.h"
#include "kernel/x86/atomic.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/percpu_rwsem.h"
#include "kernel/lock/wait.h"
#include "kernel/task/workqueue.h"
#include "fs/notify/place.h"
#include "fs/quota.h"
#include "mm/shrinker.h"
#include "gen/super_operations.h"
#include "gen/file_system_type.h"

struct dentry_operations;
struct xattr_handler;
struct block_device;
struct backing_dev_info;
struct dentry;
struct inode;
struct export_operations;

/* s_flags, and flags of mount(2) that become them */
#define SB_RDONLY	1
#define SB_NOSUID	2
#define SB_NODEV	4
#define SB_NOEXEC	8
#define SB_SYNCHRONOUS	16
#define SB_MANDLOCK	64
#define SB_DIRSYNC	128
#define SB_NOATIME	1024
#define SB_NODIRATIME	2048
#define SB_SILENT	32768
#define SB_POSIXACL	(1 << 16)
#define SB_KERNMOUNT	(1 << 22)
#define SB_I_VERSION	(1 << 23)
#define SB_LAZYTIME	(1 << 25)
#define SB_NOUSER	(1U << 31)
#define SB_BORN		(1 << 29)
#define SB_ACTIVE	(1 << 30)

/* s_iflags */
#define SB_I_CGROUPWB	0x01
#define SB_I_NOEXEC	0x02
#define SB_I_NODEV	0x04

/* freeze levels: s_writers.frozen, and s_writers.rw_sem[level - 1] */
enum {
	SB_UNFROZEN = 0,
	SB_FREEZE_WRITE = 1,		/* writes, directory operations, ioctls */
	SB_FREEZE_PAGEFAULT = 2,	/* page faults */
	SB_FREEZE_FS = 3,		/* the file system's own threads */
	SB_FREEZE_COMPLETE = 4,
};
#define SB_FREEZE_LEVELS (SB_FREEZE_COMPLETE - 1)

struct sb_writers {
	int frozen;			/* s_umount */
	wait_queue_head_t wait_unfrozen;
	struct percpu_rw_semaphore rw_sem[SB_FREEZE_LEVELS];
};

struct super_block {
	struct list_head s_list;		/* super_blocks; sb_lock */
	dev_t s_dev;
	unsigned char s_blocksize_bits;
	unsigned long s_blocksize;		/* bytes */
	loff_t s_maxbytes;
	struct file_system_type *s_type;
	const struct super_operations *s_op;
	const struct dentry_operations *s_d_op;
	const struct xattr_handler **s_xattr;
	const struct export_operations *s_export_op;
	unsigned long s_flags;			/* s_umount exclusive */
	unsigned long s_iflags;
	unsigned long s_magic;
	struct dentry *s_root;
	struct rw_semaphore s_umount;
	int s_count;				/* sb_lock */
	atomic_long_t s_notify_marks;		/* marks on us, our inodes and our mounts */
	struct fsnotify_place s_notify;		/* fsnotify_place_lock */
	atomic_t s_active;
	struct hlist_node s_instances;		/* of the type; sb_lock */
	struct block_device *s_bdev;
	struct backing_dev_info *s_bdi;
	struct sb_writers s_writers;
	void *s_fs_info;
	u32 s_time_gran;			/* ns */
	time64_t s_time_min;
	time64_t s_time_max;
	char s_id[32];
	u8 s_uuid[16];
	unsigned int s_max_links;
	fmode_t s_mode;
	struct mutex s_vfs_rename_sem;		/* renames between directories */
	struct quota_info s_dquot;
	char *s_subtype;
	const struct dentry_operations *s_default_d_op;
	struct shrinker s_shrink;
	atomic_long_t s_remove_count;		/* inodes unlinked but still open */
	int s_readonly_remount;			/* mount_lock */
	errseq_t s_wb_err;
	struct work_struct destroy_work;
	struct rcu_head rcu;
	struct mutex s_sync_lock;		/* one sync walks s_inodes_wb at a time */
	int s_stack_depth;

	spinlock_t s_dentry_lru_lock;
	struct list_head s_dentry_lru;		/* s_dentry_lru_lock */
	long s_nr_dentry_unused;
	spinlock_t s_inode_lru_lock;
	struct list_head s_inode_lru;		/* s_inode_lru_lock */
	long s_nr_inode_unused;

	spinlock_t s_roots_lock;
	struct hlist_head s_roots;		/* disconnected roots; s_roots_lock */
	struct list_head s_mounts;		/* mount_lock */

	spinlock_t s_inode_list_lock;
	struct list_head s_inodes;		/* s_inode_list_lock */
	spinlock_t s_inode_wblist_lock;
	struct list_head s_inodes_wb;		/* inodes under writeback; s_inode_wblist_lock */
};

struct file_system_type {
	const char *name;
	int fs_flags;				/* FS_* */
#define FS_REQUIRES_DEV		1
#define FS_BINARY_MOUNTDATA	2
#define FS_HAS_SUBTYPE		4
#define FS_USERNS_MOUNT		8
#define FS_RENAME_DOES_D_MOVE	32768
	FILE_SYSTEM_TYPE_OPS;
	struct file_system_type *next;		/* file_systems_lock */
	struct hlist_head fs_supers;		/* sb_lock */
	struct lock_class_key s_lock_key;
	struct lock_class_key s_umount_key;
	struct lock_class_key s_vfs_rename_key;
	struct lock_class_key s_writers_key[SB_FREEZE_LEVELS];
	struct lock_class_key i_lock_key;
	struct lock_class_key i_mutex_key;
	struct lock_class_key i_mutex_dir_key;
};

static inline bool sb_rdonly(const struct super_block *sb)
{
	return sb->s_flags & SB_RDONLY;
}

int register_filesystem(struct file_system_type *type);
int unregister_filesystem(struct file_system_type *type);
struct file_system_type *get_fs_type(const char *name);
/* Calls @fn for each type, in the order of registration; it must not sleep. */
void for_each_filesystem(void (*fn)(const struct file_system_type *type, void *arg), void *arg);

/* Returns a superblock with s_umount held exclusively: found by test, or new, through set. */
struct super_block *sget(struct file_system_type *type,
			 int (*test)(struct super_block *, void *),
			 int (*set)(struct super_block *, void *), int flags, void *data);
int set_anon_super(struct super_block *sb, void *data);
int get_anon_bdev(dev_t *dev);
void free_anon_bdev(dev_t dev);

/* ->mount helpers: root dentry with its superblock's s_umount held exclusively, or ERR_PTR */
struct dentry *mount_bdev(struct file_system_type *type, int flags, const char *dev_name,
			  void *data, int (*fill_super)(struct super_block *, void *, int));
struct dentry *mount_nodev(struct file_system_type *type, int flags, void *data,
			   int (*fill_super)(struct super_block *, void *, int));
struct dentry *mount_pseudo(struct file_system_type *type, const char *name,
			    const struct super_operations *ops,
			    const struct dentry_operations *dops, unsigned long magic);

/* ->kill_sb helpers: s_umount held exclusively, dropped with the reference */
void generic_shutdown_super(struct super_block *sb);
void kill_block_super(struct super_block *sb);
void kill_anon_super(struct super_block *sb);
void kill_litter_super(struct super_block *sb);

void deactivate_super(struct super_block *sb);
void deactivate_locked_super(struct super_block *sb);
void drop_super(struct super_block *sb);
void drop_super_exclusive(struct super_block *sb);
/* s_umount shared if the superblock is alive: for writeback and reclaim, never sleeps on it */
bool trylock_super(struct super_block *sb);
/* An active reference with s_umount shared (get_super) by device; NULL if not mounted. */
struct super_block *get_super(struct block_device *bdev);
struct super_block *user_get_super(dev_t dev);
struct super_block *get_active_super(struct block_device *bdev);
void iterate_supers(void (*fn)(struct super_block *, void *), void *arg);
/* s_umount exclusive */
int do_remount_sb(struct super_block *sb, int sb_flags, void *data, int force);
void emergency_remount(void);
/* P18 for all cached pages of all file systems: after a test, and before the final unmount. May sleep. */
#if CONFIG_CHECKS
void check_page_marks(void);
#else
static inline void check_page_marks(void) { }
#endif
int freeze_super(struct super_block *sb);
int thaw_super(struct super_block *sb);
int sync_filesystem(struct super_block *sb);

/* buffer-size choice of a block file system; s_umount exclusive (block_dev.c) */
int sb_set_blocksize(struct super_block *sb, int size);
int sb_min_blocksize(struct super_block *sb, int size);

/* ---- freeze protection ---- */

void __sb_start_write(struct super_block *sb, int level);
bool __sb_start_write_trylock(struct super_block *sb, int level);
void __sb_end_write(struct super_block *sb, int level);

/* Around every change of the file system from a system call. Sleeps while frozen. */
static inline void sb_start_write(struct super_block *sb)
{
	__sb_start_write(sb, SB_FREEZE_WRITE);
}

static inline bool sb_start_write_trylock(struct super_block *sb)
{
	return __sb_start_write_trylock(sb, SB_FREEZE_WRITE);
}

/* A write level that one task passed and another will leave: for the held-lock stack; the level stays taken. */
static inline void sb_write_handed_over(struct super_block *sb)
{
	percpu_rwsem_release(&sb->s_writers.rw_sem[SB_FREEZE_WRITE - 1], true, _THIS_IP_);
}

static inline void sb_write_taken_over(struct super_block *sb)
{
	percpu_rwsem_acquire(&sb->s_writers.rw_sem[SB_FREEZE_WRITE - 1], true, _THIS_IP_);
}

static inline void sb_end_write(struct super_block *sb)
{
	__sb_end_write(sb, SB_FREEZE_WRITE);
}

/* Around page_mkwrite; mmap_sem held. */
static inline void sb_start_pagefault(struct super_block *sb)
{
	__sb_start_write(sb, SB_FREEZE_PAGEFAULT);
}

static inline void sb_end_pagefault(struct super_block *sb)
{
	__sb_end_write(sb, SB_FREEZE_PAGEFAULT);
}

/* Around changes a file system makes on its own, e.g. freeing blocks at the last iput. */
static inline void sb_start_intwrite(struct super_block *sb)
{
	__sb_start_write(sb, SB_FREEZE_FS);
}

static inline void sb_end_intwrite(struct super_block *sb)
{
	__sb_end_write(sb, SB_FREEZE_FS);
}

#endif
