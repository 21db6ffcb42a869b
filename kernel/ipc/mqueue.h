/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues: what the file system that holds them (mqueue_fs.c) and the calls (mqueue.c) share.
 */
#ifndef KERNEL_IPC_MQUEUE_H
#define KERNEL_IPC_MQUEUE_H

#include "fs/fs.h"
#include "kernel/lib/list.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait.h"
#include "kernel/task/siginfo.h"

struct pid;
struct user_counts;

#define MQ_PRIO_MAX	   32768
#define MQ_QUEUES_MAX	   256
#define MQ_DEFAULT_MSG	   10		/* and the most without CAP_SYS_RESOURCE */
#define MQ_DEFAULT_SIZE	   8192
#define MQ_HARD_MSG	   65536
#define MQ_HARD_SIZE	   (16 << 20)

struct mq_attr {
	long mq_flags, mq_maxmsg, mq_msgsize, mq_curmsgs;
	long reserved[4];
};

struct mq_message {
	struct list_head list;
	unsigned int priority;
	size_t size;
	char text[];
};

#define SIGEV_SIGNAL 0
#define SIGEV_NONE   1
#define SIGEV_THREAD 2

/* In an inode's i_private from its creation to its eviction. */
struct mqueue {
	spinlock_t lock;			/* guards the rest, but for what is constant */
	struct list_head messages;		/* the highest priority first, of one priority the oldest */
	long count;				/* read without the lock by those who wait */
	long max_messages, message_size;	/* constant */
	size_t bytes;				/* in messages */
	wait_queue_head_t senders, receivers;
	unsigned int receiving;			/* tasks that wait for a message: they come before a notification */
	struct pid *notify_pid;			/* the process to be told of a message, counted; NULL: none */
	int notify_how, notify_signal;
	sigval_t notify_value;
	struct user_counts *user;		/* counted: who pays */
	long charge;
};

extern const struct file_operations mqueue_file_operations;

/* The root of the one file system there is; constant after boot. */
extern struct vfsmount *mqueue_mnt;

static inline struct mqueue *mqueue_of(const struct inode *inode)
{
	return inode->i_private;
}

/* Makes the queue of a negative dentry in the root, whose i_rwsem is held exclusively. @attr NULL: as is usual. */
int mqueue_create(struct inode *dir, struct dentry *dentry, umode_t mode, const struct mq_attr *attr);
/* The end of every name. May sleep. */
void mqueue_remove_all(void);
/* Nobody is told any more. The queue's lock held. */
void mqueue_forget_notify(struct mqueue *mq);

#endif
