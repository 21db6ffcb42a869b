// SPDX-License-Identifier: MIT
/*
 * Groups and marks: what inotify, dnotify and fanotify have in common.
 *
 * A group is somebody who wants to be told; a mark is what he wants to be told about one place: an inode, a mount, a file system. The two
 * are parts of larger structures of whoever's group it is.
 *
 * Locks: a place's marks and mask, and whether a mark is attached there, are guarded by the place's lock (inode->i_lock; one lock for all
 * mounts and superblocks). Events are sent under RCU: a walk along the marks takes no lock but what ->handle takes.
 *
 * Lives: a mark holds its group, and its inode while attached; it is referenced once while attached. It is detached once, by whoever
 * clears `attached` under the place's lock: its owner, the end of the place (the inode's last name, unmount), or its only event. The memory
 * goes a grace period after the last reference, since a walk may still be reading it. Attached marks count in the superblock's
 * s_notify_marks: the file layer asks that first, and unmount waits for it.
 */
#ifndef FS_NOTIFY_GROUP_H
#define FS_NOTIFY_GROUP_H

#include "fs/notify/fsnotify.h"
#include "kernel/lib/refcount.h"
#include "kernel/lock/rcu.h"

struct fsnotify_mark;
struct mount;

/* What happened at a place. */
struct fsnotify_event {
	u32 mask;			/* one of FSNOTIFY_EVENTS, or what ends a mark; IN_ISDIR */
	u32 cookie;
	const struct qstr *name;	/* in the directory that is the place; or NULL */
	bool unlinked;			/* through an open file that has no name any more */
};

struct fsnotify_group {
	refcount_t refs;		/* its owner and each mark */
	const struct fsnotify_ops *ops;
};

struct fsnotify_ops {
	/* Under RCU. True: that was the only event of this mark, it goes. NULL: the group's marks are looked at by other means. */
	bool (*handle)(struct fsnotify_mark *mark, const struct fsnotify_event *event);
	/* It has been detached; may sleep. The caller holds the mark. */
	void (*detached)(struct fsnotify_mark *mark);
	/* After the grace period, any context. */
	void (*free_mark)(struct fsnotify_mark *mark);
	/* Without references; any context. A walk may look at it until the grace period ends. */
	void (*free_group)(struct fsnotify_group *group);
};

struct fsnotify_mark {
	refcount_t refs;
	struct fsnotify_group *group;	/* constant; a reference */
	struct fsnotify_place *place;	/* constant, like the next three */
	spinlock_t *lock;		/* of the place */
	struct inode *inode;		/* the place is its; a reference while attached. NULL: a mount's or a superblock's */
	struct super_block *sb;
	u32 mask;			/* lock; read under RCU */
	bool attached;			/* lock */
	atomic_t fired;			/* its only event has come */
	struct fsnotify_mark *next_fired;
	struct hlist_node link;		/* lock; RCU */
	struct rcu_head rcu;
};

/* A new mark, for an inode, a mount or a superblock, with one reference; the place is the caller's to hold. */
void fsnotify_init_mark(struct fsnotify_mark *mark, struct fsnotify_group *group, u32 mask);
void fsnotify_at_inode(struct fsnotify_mark *mark, struct inode *inode);
void fsnotify_at_mount(struct fsnotify_mark *mark, struct mount *mnt);
void fsnotify_at_super(struct fsnotify_mark *mark, struct super_block *sb);
/* Its reference is the place's from here on. */
void fsnotify_attach(struct fsnotify_mark *mark);
/* The caller has a reference. May sleep: the inode may go. False: somebody else detached it. */
bool fsnotify_detach(struct fsnotify_mark *mark);
void fsnotify_put_mark(struct fsnotify_mark *mark);
void fsnotify_put_group(struct fsnotify_group *group);
/* The place's mask, after a mark's mask has changed. The place's lock held. */
void fsnotify_recalc(struct fsnotify_place *place);
/* The first mark of the group (NULL: of any) there, with a reference; NULL if none. */
struct fsnotify_mark *fsnotify_find_mark(struct fsnotify_place *place, spinlock_t *lock, const struct fsnotify_group *group);

extern spinlock_t fsnotify_place_lock;	/* of the places of mounts and superblocks */

/* fanotify's part of an event through a file: it looks at all places at once (fanotify_event.c). */
void fanotify_file_event(struct file *file, u32 mask);

#endif
