// SPDX-License-Identifier: MIT
/*
 * Where marks hang: part of every inode, mount and superblock.
 */
#ifndef FS_NOTIFY_PLACE_H
#define FS_NOTIFY_PLACE_H

#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

struct fsnotify_place {
	u32 mask;			/* what anybody here waits for; the place's lock, read without */
	struct hlist_head marks;	/* the place's lock; RCU readers */
};

#endif
