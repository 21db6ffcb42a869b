// SPDX-License-Identifier: MIT
/*
 * What superblock code shares with mounts and sync.
 */
#ifndef FS_SUPER_INTERNAL_H
#define FS_SUPER_INTERNAL_H

#include "fs/fs.h"

/* the flags a remount may change */
#define SB_RMT_MASK (SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK | SB_LAZYTIME | SB_DIRSYNC | \
		     SB_NOATIME | SB_NODIRATIME)

extern struct list_head super_blocks;
extern spinlock_t sb_lock;

void put_super(struct super_block *sb);
/* the root dentry with its superblock's s_umount released and SB_BORN set */
struct dentry *mount_fs(struct file_system_type *type, int flags, const char *name, void *data);
int sb_prepare_remount_readonly(struct super_block *sb);

#endif
