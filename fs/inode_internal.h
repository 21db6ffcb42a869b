// SPDX-License-Identifier: MIT
/*
 * What the inode cache's parts and the superblock code share.
 */
#ifndef FS_INODE_INTERNAL_H
#define FS_INODE_INTERNAL_H

#include "fs/fs.h"

struct inode *alloc_inode(struct super_block *sb);
long prune_icache_sb(struct super_block *sb, unsigned long nr);
void inode_cache_init(void);
void inode_hash_init(void);
/* fs/locks.c: the inode's lock lists, empty by now */
void locks_free_lock_context(struct inode *inode);

#endif
