// SPDX-License-Identifier: MIT
/*
 * The VFS in one include: inodes, open files, superblocks, operation tables, helpers that
 * file systems build their tables from. Lock order: see docs/locking-order.md.
 */
#ifndef FS_FS_H
#define FS_FS_H

#include "kernel/lib/types.h"
#include "kernel/lib/list.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "fs/fcntl.h"
#include "fs/stat.h"
#include "fs/path.h"
#include "fs/inode.h"
#include "fs/super.h"
#include "fs/file.h"
#include "gen/inode_operations.h"
#include "gen/file_operations.h"
#include "gen/dentry_operations.h"
#include "gen/address_space_operations.h"

struct writeback_control;
struct delayed_call;

/* ---- readdir ---- */

struct dir_context;
typedef int (*filldir_t)(struct dir_context *ctx, const char *name, int namelen, loff_t offset,
			 u64 ino, unsigned int type);

/* pos is the cookie of the next entry; actor returns non-zero to stop */
struct dir_context {
	const filldir_t actor;
	loff_t pos;
};

static inline bool dir_emit(struct dir_context *ctx, const char *name, int namelen, u64 ino,
			    unsigned int type)
{
	return ctx->actor(ctx, name, namelen, ctx->pos, ino, type) == 0;
}

bool dir_emit_dots(struct file *file, struct dir_context *ctx);
int iterate_dir(struct file *file, struct dir_context *ctx);

/* ---- symlinks ---- */

/* how to release what ->get_link returned, once the walk is done with it */
struct delayed_call {
	void (*fn)(void *arg);
	void *arg;
};

static inline void set_delayed_call(struct delayed_call *call, void (*fn)(void *), void *arg)
{
	call->fn = fn;
	call->arg = arg;
}

static inline void do_delayed_call(struct delayed_call *call)
{
	if (call->fn)
		call->fn(call->arg);
}

static inline void clear_delayed_call(struct delayed_call *call)
{
	call->fn = NULL;
}

const char *page_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done);
const char *simple_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done);
int page_symlink(struct inode *inode, const char *symname, int len);
int __page_symlink(struct inode *inode, const char *symname, int len, int nofs);
void page_put_link(void *arg);
void kfree_link(void *arg);
int readlink_copy(char __user *buffer, int buflen, const char *link);
int generic_readlink(struct dentry *dentry, char __user *buffer, int buflen);
extern const struct inode_operations page_symlink_inode_operations;
extern const struct inode_operations simple_symlink_inode_operations;

/* ---- namespace operations; parent's i_rwsem exclusive ---- */

int vfs_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl);
int vfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode);
int vfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev);
int vfs_symlink(struct inode *dir, struct dentry *dentry, const char *target);
int vfs_link(struct dentry *old, struct inode *dir, struct dentry *new);
int vfs_rmdir(struct inode *dir, struct dentry *dentry);
int vfs_unlink(struct inode *dir, struct dentry *dentry);
/* both parents locked by lock_rename */
int vfs_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
	       struct dentry *new, unsigned int flags);
struct dentry *vfs_tmpfile(struct dentry *dir, umode_t mode, int open_flag);

/* ---- stat, statfs ---- */

int vfs_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags);
int vfs_statfs(const struct path *path, struct kstatfs *buf);
int vfs_truncate(const struct path *path, loff_t length);
int do_truncate(struct dentry *dentry, loff_t length, unsigned int attrs, struct file *file);

/* ---- libfs ---- */

/* Of a file system whose names cost nothing to look up: one that is not there, or is not used, need not be remembered. */
extern const struct dentry_operations simple_dentry_operations;
struct dentry *simple_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags);
int simple_statfs(struct dentry *dentry, struct kstatfs *buf);
int simple_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags);
int noop_fsync(struct file *file, loff_t start, loff_t end, int datasync);
ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *pos, const void *from,
				size_t available);
extern const struct file_operations def_blk_fops;	/* block_dev.c */
extern const struct file_operations def_chr_fops;
extern const struct file_operations pipefifo_fops;

/* Everything to disk; returns when it is there. May sleep. */
void ksys_sync(void);

/* one-time setup */
void vfs_caches_init(void);
void vfs_init(void);
/* descriptors 0, 1, 2 of the calling task on the console. 0 or -errno. */
int console_open_std(void);

#endif
