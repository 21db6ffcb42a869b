// SPDX-License-Identifier: MIT
/*
 * Shared by the parts of the lock code.
 */
#ifndef FS_LOCKS_INTERNAL_H
#define FS_LOCKS_INTERNAL_H

#include "fs/locks.h"

struct file_lock_context *locks_get_lock_context(struct inode *inode, int type);
struct file_lock *locks_alloc_lock(void);
void locks_release_private(struct file_lock *fl);
void locks_free_lock(struct file_lock *fl);
void locks_dispose_list(struct list_head *dispose);
void locks_copy_conflock(struct file_lock *new, struct file_lock *fl);
void locks_copy_lock(struct file_lock *new, struct file_lock *fl);
void locks_wake_up_blocks(struct file_lock *blocker);
void __locks_insert_block(struct file_lock *blocker, struct file_lock *waiter,
			  bool (*conflict)(struct file_lock *, struct file_lock *));
void locks_delete_lock_ctx(struct file_lock *fl, struct list_head *dispose);
/* Is its holder asked to give a lease up? flc_lock held. */
bool lease_is_breaking(const struct file_lock *fl);
void locks_remove_lease(struct file *filp, struct file_lock_context *ctx);

#endif
