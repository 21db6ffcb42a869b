// SPDX-License-Identifier: MIT
/*
 * What each user has in use of things that are limited per user, whoever of his processes made them.
 */
#ifndef KERNEL_TASK_USER_COUNTS_H
#define KERNEL_TASK_USER_COUNTS_H

#include "kernel/lib/list.h"
#include "kernel/task/uidgid.h"
#include "kernel/x86/atomic.h"

/* Counters are atomic; an object that is counted keeps a reference on the structure it is counted in. */
struct user_counts {
	struct hlist_node hash;	/* user_counts_lock */
	atomic_t refs;		/* becomes 0 under user_counts_lock */
	kuid_t uid;
	atomic_long_t processes;	/* threads too, until they are released; RLIMIT_NPROC */
	atomic_long_t sigpending;	/* queued signals; RLIMIT_SIGPENDING */
	atomic_long_t epoll_watches;
	atomic_long_t inotify_instances;
	atomic_long_t inotify_watches;
	atomic_long_t fanotify_groups;
	atomic_long_t fanotify_marks;
	atomic_long_t mqueue_bytes;	/* RLIMIT_MSGQUEUE */
	atomic_long_t fds_inflight;	/* in messages of sockets: RLIMIT_NOFILE */
};

/* The first user's, who always is. */
extern struct user_counts root_user_counts;
void user_counts_init(void);

/* The counts of a user, with a reference; NULL without memory. May sleep. */
struct user_counts *get_user_counts(kuid_t uid);
/* Another reference for one who has one, or sees under RCU a cred that has. Any context. */
static inline struct user_counts *hold_user_counts(struct user_counts *counts)
{
	atomic_inc(&counts->refs);
	return counts;
}
/* Any context. */
void put_user_counts(struct user_counts *counts);

/* Counts n more unless that would be more than limit. */
static inline bool user_count_inc_by(atomic_long_t *count, long n, long limit)
{
	if (atomic_long_add_return(n, count) <= limit)
		return true;
	atomic_long_sub(n, count);
	return false;
}

static inline bool user_count_inc(atomic_long_t *count, long limit)
{
	return user_count_inc_by(count, 1, limit);
}

#endif
