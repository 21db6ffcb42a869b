// SPDX-License-Identifier: MIT
/*
 * What the inode cache's parts and the superblock code share.
 */
#ifndef FS_INODE_INTERNAL_H
#define FS_INODE_INTERNAL_H

#include "fs/fs.h"
#include "kernel/lock/wait_bit.h"

#ifndef DEFINE_WAIT_BIT
#define DEFINE_WAIT_BIT(name, word, bit)				\
	struct wait_bit_queue_entry name = {				\
		.key = { .flags = (word), .bit_nr = (bit) },		\
		.wq_entry = {						\
			.private = current,				\
			.func = wake_bit_function,			\
			.entry = LIST_HEAD_INIT((name).wq_entry.entry),	\
		},							\
	}
#endif

struct inode *alloc_inode(struct super_block *sb);
long prune_icache_sb(struct super_block *sb, unsigned long nr);
void inode_cache_init(void);
void inode_hash_init(void);
/* fs/locks.c: the inode's lock lists, empty by now */
void locks_free_lock_context(struct inode *inode);

#endif
