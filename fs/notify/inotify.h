// SPDX-License-Identifier: MIT
/*
 * inotify: groups (one for each inotify descriptor), the marks they put on inodes, and their queues of events.
 *
 * Locks, outermost first:
 *	group->mutex	one inotify_add_watch at a time, so that a group has at most one mark on an inode
 *	inode->i_lock	the inode's list of marks, i_notify_mask, and whether a mark is attached
 *	group->lock	the queue, and what must not be queued any more (dead)
 * Events are sent under RCU: a walk along an inode's marks takes no lock but those of the queues.
 *
 * A mark holds its inode and its group, and is referenced once while attached. It is detached once, by whoever clears `attached` under
 * i_lock: inotify_rm_watch, the end of the group, the end of the inode's last name, unmount, or its only event (IN_ONESHOT). The
 * detacher queues IN_IGNORED, after which `dead` keeps every event of that watch out of the queue.
 */
#ifndef FS_NOTIFY_INOTIFY_H
#define FS_NOTIFY_INOTIFY_H

#include "fs/notify/fsnotify.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/xarray.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/rcu.h"
#include "kernel/lock/wait.h"
#include "kernel/task/user_counts.h"

#define IN_ALL_EVENTS	 0x00000fff
#define IN_ONLYDIR	 0x01000000
#define IN_DONT_FOLLOW	 0x02000000
#define IN_EXCL_UNLINK	 0x04000000
#define IN_MASK_CREATE	 0x10000000
#define IN_MASK_ADD	 0x20000000
#define IN_ONESHOT	 0x80000000
#define ALL_INOTIFY_BITS (IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW | \
			  IN_EXCL_UNLINK | IN_MASK_CREATE | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT)

/* fs.inotify.* */
extern int inotify_max_user_instances;
extern int inotify_max_user_watches;
extern int inotify_max_queued_events;

struct inotify_queued {
	struct list_head list;
	int wd;
	u32 mask, cookie;
	unsigned int name_len;
	char name[];
};

struct inotify_group {
	refcount_t refs;		/* the file and each mark */
	struct mutex mutex;
	spinlock_t lock;
	struct list_head queue;		/* lock */
	unsigned int count;		/* lock: events in it */
	bool dead;			/* lock: the file is gone */
	bool overflow_queued;		/* lock */
	struct inotify_queued *overflow; /* IN_Q_OVERFLOW, there from the start */
	wait_queue_head_t wait;
	struct xarray marks;		/* by watch descriptor; own lock */
	u32 next_wd;			/* mutex */
	struct user_counts *user;
	struct rcu_head rcu;
};

struct inotify_mark {
	refcount_t refs;
	struct inode *inode;		/* constant; a reference while attached */
	struct inotify_group *group;	/* constant; a reference */
	int wd;				/* constant once attached */
	u32 mask;			/* i_lock; read under RCU */
	bool attached;			/* i_lock */
	bool dead;			/* group->lock: IN_IGNORED is queued */
	atomic_t fired;			/* IN_ONESHOT has had its event */
	struct inotify_mark *next_fired;
	struct hlist_node inode_link;	/* i_lock; RCU */
	struct rcu_head rcu;
};

/* mark.c */
struct inotify_mark *inotify_new_mark(struct inotify_group *group, struct inode *inode, u32 mask);
int inotify_attach(struct inotify_mark *mark);
struct inotify_mark *inotify_find_mark(struct inotify_group *group, int wd);
/* Changes the mask of the group's mark on the inode; its descriptor, or -ENOENT, -EEXIST. */
int inotify_update_mark(struct inotify_group *group, struct inode *inode, u32 mask);
void inotify_detach(struct inotify_mark *mark);
void inotify_put_mark(struct inotify_mark *mark);
void inotify_put_group(struct inotify_group *group);

/* queue.c; under RCU or with a reference on the mark */
void inotify_queue(struct inotify_mark *mark, u32 mask, const struct qstr *name, u32 cookie);
size_t inotify_event_size(const struct inotify_queued *event);
struct inotify_queued *inotify_dequeue(struct inotify_group *group, size_t room, int *err);
void inotify_flush(struct inotify_group *group);
void inotify_free_event(struct inotify_group *group, struct inotify_queued *event);

#endif
