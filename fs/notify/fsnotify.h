// SPDX-License-Identifier: MIT
/*
 * What the file layer tells about what it does: one function for each kind of event. If nobody watches anything on the file system, all
 * of them are a load and a test.
 *
 * Context: may be called with i_rwsem held; must be able to sleep (a watch that fires once drops its inode).
 */
#ifndef FS_NOTIFY_FSNOTIFY_H
#define FS_NOTIFY_FSNOTIFY_H

#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/namespace_internal.h"

#define IN_ACCESS	 0x00000001
#define IN_MODIFY	 0x00000002
#define IN_ATTRIB	 0x00000004
#define IN_CLOSE_WRITE	 0x00000008
#define IN_CLOSE_NOWRITE 0x00000010
#define IN_OPEN		 0x00000020
#define IN_MOVED_FROM	 0x00000040
#define IN_MOVED_TO	 0x00000080
#define IN_CREATE	 0x00000100
#define IN_DELETE	 0x00000200
#define IN_DELETE_SELF	 0x00000400
#define IN_MOVE_SELF	 0x00000800
#define IN_UNMOUNT	 0x00002000
#define IN_Q_OVERFLOW	 0x00004000
#define IN_IGNORED	 0x00008000
#define IN_ISDIR	 0x40000000

/* Not inotify's: opened to be executed (fanotify); renamed within its directory (dnotify) */
#define FS_OPEN_EXEC	 0x00001000
#define FS_DN_RENAME	 0x10000000

#define FSNOTIFY_EVENTS	 (0x00000fff | FS_OPEN_EXEC | FS_DN_RENAME)

/* The slow half: somebody watches something on this file system. */
void __fsnotify_inode(struct inode *inode, u32 mask, const struct qstr *name, u32 cookie);
void __fsnotify_dentry(struct dentry *dentry, u32 mask);
void __fsnotify_file(struct file *file, u32 mask);
void __fsnotify_move(struct inode *old_dir, const struct qstr *old_name, struct inode *new_dir, struct dentry *moved,
		     struct inode *target);
void __fsnotify_inode_removed(struct inode *inode);
void __fsnotify_unmount(struct super_block *sb);
void __fsnotify_mount_gone(struct mount *mnt);

static inline bool fsnotify_watched(const struct super_block *sb)
{
	return unlikely(atomic_long_read(&sb->s_notify_marks));
}

/* To those who watch the object, and its directory, by name: what was done through an open file */
static inline void fsnotify_file(struct file *file, u32 mask)
{
	if (fsnotify_watched(file_inode(file)->i_sb) && !(file->f_mode & (FMODE_PATH | FMODE_NONOTIFY)))
		__fsnotify_file(file, mask);
}

static inline void fsnotify_access(struct file *file)
{
	fsnotify_file(file, IN_ACCESS);
}

static inline void fsnotify_modify(struct file *file)
{
	fsnotify_file(file, IN_MODIFY);
}

static inline void fsnotify_open(struct file *file)
{
	fsnotify_file(file, IN_OPEN);
}

static inline void fsnotify_open_exec(struct file *file)
{
	fsnotify_file(file, IN_OPEN | FS_OPEN_EXEC);
}

static inline void fsnotify_close(struct file *file)
{
	fsnotify_file(file, file->f_mode & FMODE_WRITE ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
}

/* and what was done by name */
static inline void fsnotify_dentry(struct dentry *dentry, u32 mask)
{
	if (fsnotify_watched(dentry->d_sb))
		__fsnotify_dentry(dentry, mask);
}

static inline void fsnotify_attrib(struct dentry *dentry)
{
	fsnotify_dentry(dentry, IN_ATTRIB);
}

/* After a change of attributes (ATTR_*) */
static inline void fsnotify_change(struct dentry *dentry, unsigned int ia_valid)
{
	u32 mask = 0;

	if (ia_valid & (ATTR_UID | ATTR_GID | ATTR_MODE))
		mask |= IN_ATTRIB;
	if (ia_valid & ATTR_SIZE)
		mask |= IN_MODIFY;
	if ((ia_valid & (ATTR_ATIME | ATTR_MTIME)) == (ATTR_ATIME | ATTR_MTIME))
		mask |= IN_ATTRIB;
	else if (ia_valid & ATTR_ATIME)
		mask |= IN_ACCESS;
	else if (ia_valid & ATTR_MTIME)
		mask |= IN_MODIFY;
	if (mask)
		fsnotify_dentry(dentry, mask);
}

/* To those who watch the inode itself */
static inline void fsnotify_link_count(struct inode *inode)
{
	if (fsnotify_watched(inode->i_sb))
		__fsnotify_inode(inode, IN_ATTRIB, NULL, 0);
}

/* To those who watch a directory, whose i_rwsem is held exclusively: a name of it */
static inline void fsnotify_create(struct inode *dir, struct dentry *dentry, bool is_dir)
{
	if (fsnotify_watched(dir->i_sb))
		__fsnotify_inode(dir, IN_CREATE | (is_dir ? IN_ISDIR : 0), &dentry->d_name, 0);
}

static inline void fsnotify_delete(struct inode *dir, struct dentry *dentry, bool is_dir)
{
	if (fsnotify_watched(dir->i_sb))
		__fsnotify_inode(dir, IN_DELETE | (is_dir ? IN_ISDIR : 0), &dentry->d_name, 0);
}

/* moved has its new name; old_name is a copy. target: what it replaced, or NULL. */
static inline void fsnotify_move(struct inode *old_dir, const struct qstr *old_name, struct inode *new_dir, struct dentry *moved,
				 struct inode *target)
{
	if (fsnotify_watched(old_dir->i_sb))
		__fsnotify_move(old_dir, old_name, new_dir, moved, target);
}

/* A dentry has let go of an inode without links. */
static inline void fsnotify_inode_removed(struct inode *inode)
{
	if (fsnotify_watched(inode->i_sb))
		__fsnotify_inode_removed(inode);
}

/* fcntl(F_NOTIFY) */
long fcntl_dirnotify(int fd, struct file *file, unsigned long arg);
void __dnotify_flush(struct file *file, const void *owner);

/* A descriptor of the file is being closed; owner: in which table. */
static inline void dnotify_flush(struct file *file, const void *owner)
{
	struct inode *inode = file_inode(file);

	if (fsnotify_watched(inode->i_sb) && S_ISDIR(inode->i_mode))
		__dnotify_flush(file, owner);
}

/* The mount is gone: nobody can put a mark on it any more. */
static inline void fsnotify_mount_gone(struct mount *mnt)
{
	if (fsnotify_watched(mnt->mnt.mnt_sb))
		__fsnotify_mount_gone(mnt);
}

/* The superblock is being shut down. */
static inline void fsnotify_unmount(struct super_block *sb)
{
	if (fsnotify_watched(sb))
		__fsnotify_unmount(sb);
}

#endif
