/* SPDX-License-Identifier: MIT */
/* Shared by the parts of writeback: the lists (wb-inode.c), the flusher (fs-writeback.c). */
#ifndef FS_WB_INTERNAL_H
#define FS_WB_INTERNAL_H

#include "fs/fs.h"
#include "mm/backing-dev.h"
#include "mm/writeback.h"

/* list_lock held by all of these. */
bool inode_io_list_move_locked(struct inode *inode, struct bdi_writeback *wb,
			       struct list_head *head);
void inode_io_list_del_locked(struct inode *inode, struct bdi_writeback *wb);
/* Dirty again: to the newest end of b_dirty, keeping the list ordered by age. */
void redirty_tail(struct inode *inode, struct bdi_writeback *wb);

/* i_lock held: nobody writes the inode any more.  Wakes who waits for that. */
void inode_sync_complete(struct inode *inode);
/* i_lock held, dropped and retaken. */
void __inode_wait_for_writeback(struct inode *inode);
/* Write the pages and the inode; I_SYNC set by the caller.  Sleeps. */
int __writeback_single_inode(struct inode *inode, struct writeback_control *wbc);

static inline struct inode *wb_inode(struct list_head *head)
{
	return list_entry(head, struct inode, i_io_list);
}

#endif
