// SPDX-License-Identifier: MIT
/*
 * fanotify: groups (one for each descriptor of fanotify_init), their marks on inodes, mounts and file systems, and their queues. What is
 * told is what is done through open files; with each event the reader gets a descriptor of the object.
 *
 * Locks beside those of group.h: mutex, outermost: one fanotify_mark at a time, so that a group has at most one mark at a place; lock,
 * innermost but for d_lock: the queue, and the list of marks.
 */
#ifndef FS_NOTIFY_FANOTIFY_H
#define FS_NOTIFY_FANOTIFY_H

#include "fs/notify/group.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/wait.h"
#include "kernel/task/user_counts.h"

#define FAN_ACCESS		IN_ACCESS
#define FAN_MODIFY		IN_MODIFY
#define FAN_CLOSE_WRITE		IN_CLOSE_WRITE
#define FAN_CLOSE_NOWRITE	IN_CLOSE_NOWRITE
#define FAN_OPEN		IN_OPEN
#define FAN_OPEN_EXEC		FS_OPEN_EXEC
#define FAN_Q_OVERFLOW		IN_Q_OVERFLOW
#define FAN_EVENT_ON_CHILD	0x08000000
#define FAN_ONDIR		IN_ISDIR
/* what comes with a descriptor, and so needs an open file */
#define FAN_FILE_EVENTS	(FAN_ACCESS | FAN_MODIFY | FAN_CLOSE_WRITE | FAN_CLOSE_NOWRITE | FAN_OPEN | FAN_OPEN_EXEC)

/* fs.fanotify.* */
extern int fanotify_max_user_groups;
extern int fanotify_max_user_marks;
extern int fanotify_max_queued_events;

struct fanotify_event {
	struct list_head list;
	struct path path;		/* references; none in the overflow event */
	u32 mask;
	int pid;
};

struct fanotify_group {
	struct fsnotify_group group;
	struct mutex mutex;
	spinlock_t lock;
	struct list_head queue;		/* lock */
	unsigned int count;		/* lock: events in it */
	bool dead;			/* lock: the file is gone */
	bool overflow_queued;		/* lock */
	struct fanotify_event *overflow; /* FAN_Q_OVERFLOW, there from the start */
	wait_queue_head_t wait;
	struct list_head marks;		/* lock */
	unsigned int flags;		/* FAN_* of fanotify_init; constant, like the next two */
	unsigned int event_f_flags;	/* of the descriptors that come with events */
	struct user_counts *user;
	struct rcu_head rcu;
};

struct fanotify_mark {
	struct fsnotify_mark mark;	/* mark.mask: what makes us look: wanted, and what ends `ignored` */
	u32 wanted;			/* the place's lock, like the next two; read under RCU */
	u32 ignored;
	bool ignored_survives;		/* a change of the object */
	struct list_head list;		/* group's lock */
};

extern const struct fsnotify_ops fanotify_ops;
extern atomic_long_t fanotify_nr_marks;	/* of all groups: nothing to do without */

static inline struct fanotify_group *fanotify_group(const struct fsnotify_mark *mark)
{
	return container_of(mark->group, struct fanotify_group, group);
}

static inline struct fanotify_mark *fanotify_mark(struct fsnotify_mark *mark)
{
	return container_of(mark, struct fanotify_mark, mark);
}

/* After a change of the mark; the place's lock held. */
void fanotify_update_interest(struct fanotify_mark *mark);
/* The first event, off the queue; NULL if there is none. */
struct fanotify_event *fanotify_dequeue(struct fanotify_group *group);
/* Off the queue. May sleep. */
void fanotify_free_event(struct fanotify_group *group, struct fanotify_event *event);

#endif
