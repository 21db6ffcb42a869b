// SPDX-License-Identifier: MIT
/*
 * inotify: groups (one for each inotify descriptor), the marks they put on inodes, and their queues of events.
 *
 * Locks beside those of group.h: mutex, outermost: one inotify_add_watch at a time, so that a group has at most one mark on an inode;
 * lock, innermost: the queue, and what must not be queued any more (dead).
 *
 * When a mark is detached (inotify_rm_watch, the end of the group, the end of the inode's last name, unmount, its only event), IN_IGNORED is
 * queued, after which `dead` keeps every event of that watch out of the queue.
 */
#ifndef FS_NOTIFY_INOTIFY_H
#define FS_NOTIFY_INOTIFY_H

#include "fs/notify/group.h"
#include "kernel/lib/xarray.h"
#include "kernel/lock/mutex.h"
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
	struct fsnotify_group group;
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
	struct fsnotify_mark mark;
	int wd;				/* constant once attached */
	u32 flags;			/* IN_ONESHOT, IN_EXCL_UNLINK; i_lock, read under RCU */
	bool dead;			/* group's lock: IN_IGNORED is queued */
};

static inline struct inotify_group *inotify_group(const struct inotify_mark *mark)
{
	return container_of(mark->mark.group, struct inotify_group, group);
}

/* queue.c; inotify_queue() under RCU or with a reference on the mark */
void inotify_queue(struct inotify_mark *mark, u32 mask, const struct qstr *name, u32 cookie);
size_t inotify_event_size(const struct inotify_queued *event);
struct inotify_queued *inotify_dequeue(struct inotify_group *group, size_t room, int *err);
void inotify_flush(struct inotify_group *group);
void inotify_free_event(struct inotify_group *group, struct inotify_queued *event);

#endif
