/* SPDX-License-Identifier: MIT */
/*
 * Between the files of tmpfs: a file system whose storage is the page cache and the dentry cache.
 *
 * A file's pages are its contents: they are dirty for ever, are written nowhere, and leave memory only when the file is
 * truncated or goes away. A directory is the set of its dentries, each pinned by one reference for as long as it
 * names something, and a table from positions to dentries, so that a position of readdir means the same entry
 * whatever else comes and goes.
 *
 * What guards what, beside the locks of the VFS:
 *   tmpfs_sb_info.lock	 the limits, when they change (remount); a leaf
 *   used_blocks, used_inodes  atomic; charged before a page or inode is made, uncharged when it is gone
 *   tmpfs_inode_info.seals  i_rwsem exclusive to change; read under it, or once where a race with sealing is the program's
 *   entries, next_position  i_rwsem of the directory: exclusive to change, shared to read
 *   xattrs		 xattr_lock, a mutex that is a leaf but for memory
 */
#ifndef FS_TMPFS_TMPFS_H
#define FS_TMPFS_TMPFS_H

#include "fs/fs.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/xarray.h"
#include "kernel/lock/mutex.h"

#define TMPFS_MAGIC	0x01021994
/* What an entry adds to the size of its directory, as Linux has it. */
#define TMPFS_DIRENT	20

struct tmpfs_sb_info {
	spinlock_t lock;		/* the three below, to change */
	unsigned long max_blocks;	/* pages of all files; 0: no limit */
	unsigned long max_inodes;	/* names and inodes; 0: no limit */
	atomic_long_t used_blocks;
	atomic_long_t used_inodes;
	atomic_long_t next_ino;
	u32 generation;			/* of all inodes; constant */
	struct xarray handles;		/* inodes that have been given handles, by number; own lock */
	umode_t mode;			/* of the root; constant after mount, like the next two */
	uid_t uid;
	gid_t gid;
};

struct tmpfs_xattr {
	struct list_head list;
	char *name;
	size_t size;
	char value[];
};

struct tmpfs_inode_info {
	unsigned int seals;		/* F_SEAL_*; files of memfd_create start without F_SEAL_SEAL */
	struct xarray entries;		/* of a directory: position -> dentry */
	unsigned long next_position;
	struct mutex xattr_lock;
	struct list_head xattrs;	/* struct tmpfs_xattr */
	struct inode vfs_inode;
};

static inline struct tmpfs_inode_info *TMPFS_I(const struct inode *inode)
{
	return container_of(inode, struct tmpfs_inode_info, vfs_inode);
}

static inline struct tmpfs_sb_info *TMPFS_SB(const struct super_block *sb)
{
	return sb->s_fs_info;
}

/* inode.c */
/* A new inode of @mode, charged; ERR_PTR(-ENOSPC or -ENOMEM). @dir is its parent, or NULL. */
struct inode *tmpfs_new_inode(struct super_block *sb, const struct inode *dir, umode_t mode, dev_t dev);
/* One more inode or name; -ENOSPC. */
int tmpfs_charge_inode(struct super_block *sb);
void tmpfs_uncharge_inode(struct super_block *sb);
/* The type's inode memory and the operations of its superblocks. */
int tmpfs_inode_init(void);
extern const struct super_operations tmpfs_super_operations;

/* super.c */
extern struct file_system_type tmpfs_type;
/* Fills a superblock from the options in @data (NULL: the defaults); SB_KERNMOUNT: no limits. */
int tmpfs_fill_super(struct super_block *sb, void *data, int silent);
int tmpfs_statfs(struct dentry *dentry, struct kstatfs *buf);
int tmpfs_remount(struct super_block *sb, int *flags, char *data);
int tmpfs_show_options(struct seq_file *m, struct dentry *root);

/* page.c */
enum tmpfs_get {
	TMPFS_WRITE,		/* made if missing; the caller fills what it does not overwrite, and sets uptodate */
	TMPFS_ZERO,		/* made if missing, and up to date */
	TMPFS_ALLOC,		/* fallocate: made if missing, and then it has PG_checked; contents come later */
};
/* The page at @index, locked and with a reference. 0, -ENOSPC, -ENOMEM. May sleep. */
int tmpfs_get_page(struct inode *inode, pgoff_t index, enum tmpfs_get how, struct page **pagep);
/* The file is to grow from its size: what a mapping stored behind its end in the last page becomes zero. i_rwsem held. */
void tmpfs_zero_behind_end(struct inode *inode);
extern const struct address_space_operations tmpfs_aops;

/* file.c */
extern const struct file_operations tmpfs_file_operations;
extern const struct inode_operations tmpfs_file_inode_operations;
int tmpfs_setattr(struct dentry *dentry, struct iattr *attr);

/* fallocate.c */
long tmpfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len);

/* dir.c */
/* @dentry, whose inode is set, becomes an entry of @dir. i_rwsem exclusive. -ENOMEM. */
int tmpfs_dir_add(struct inode *dir, struct dentry *dentry);
void tmpfs_dir_remove(struct inode *dir, struct dentry *dentry);
/* An entry of @old_dir becomes one of @new_dir; within one directory it keeps its position. -ENOMEM. */
int tmpfs_dir_move(struct inode *old_dir, struct dentry *dentry, struct inode *new_dir);
/* The positions of two entries change places; cannot fail. */
void tmpfs_dir_exchange(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new);
bool tmpfs_dir_empty(struct inode *dir);
extern const struct file_operations tmpfs_dir_operations;

/* namei.c */
extern const struct inode_operations tmpfs_dir_inode_operations;
extern const struct inode_operations tmpfs_special_inode_operations;
extern const struct inode_operations tmpfs_symlink_inode_operations;

/* xattr.c */
extern const struct xattr_handler *tmpfs_xattr_handlers[];

/* export.c */
extern const struct export_operations tmpfs_export_operations;
/* The inode is evicted. */
void tmpfs_forget(struct inode *inode);
ssize_t tmpfs_listxattr(struct dentry *dentry, char *list, size_t size);
void tmpfs_free_xattrs(struct inode *inode);

/* devtmpfs.c */
int devtmpfs_init(void);

/* shmem.c */
int shmem_init(void);

#endif
