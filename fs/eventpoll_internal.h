// SPDX-License-Identifier: MIT
/*
 * epoll: an item for each watched file and descriptor number, a list of the items that may be ready, and two kinds of sleepers.
 *
 * The pieces:
 *	struct eventpoll	one epoll file; reference counted: one for the file, one for each item
 *	struct epitem		one watched file; in the tree of its epoll, on the list of the file it watches (ep_watchers())
 *	struct eppoll_entry	one entry on one wait queue of the watched file; its wake-up function is ep_poll_callback()
 *
 * Locks, outermost first:
 *	epnested_mutex		one at a time adds an epoll to an epoll, so that two cannot close a loop from two sides
 *	ep->mtx			the tree, the events of each item, and the transfer of events. May be held while files are polled. Of
 *				nested epolls the watching one's is taken before the watched one's, at levels counted by depth
 *	file->f_lock		the list f_ep of a watched file, and the mark `dying` of its items
 *	(a wait queue's lock)	held by whoever wakes it, interrupts off, often in an interrupt
 *	ep->lock		interrupts off: the ready list, the overflow list, and who is on neither. Taken by the wake-up function, so it
 *				comes below every wait-queue lock that can be polled; below it only those that wake tasks
 *	ep->poll_wait.lock	of an epoll that is itself polled. ep->lock is not held when it is taken, but it nests in itself: a
 *				watched epoll's outside the watching one's, level by level (ep_poll_safewake())
 *
 * Life of an item. It is removed by epoll_ctl, by the end of the epoll, or by the end of the watched file, whichever is first, and in
 * each case under ep->mtx. The end of the file marks it `dying` under f_lock before it goes for ep->mtx; the two others leave a dying
 * item alone, so that item and epoll are there until the end of the file has got the mutex. The memory of items and
 * epolls outlives them by a grace period, because walks upwards (who watches this epoll?) go by RCU. The memory of files does not:
 * so the list of who watches an epoll is in the struct eventpoll, and such a walk never comes to a struct file.
 *
 * A watched file is not referenced: it stays as long as the item is on f_ep, for its last fput waits in eventpoll_release_file().
 * But it may be past its last reference, so polling it takes one first, or calls it silent (ep_item_poll()).
 */
#ifndef FS_EVENTPOLL_INTERNAL_H
#define FS_EVENTPOLL_INTERNAL_H

#include "fs/eventpoll.h"
#include "fs/fs.h"
#include "fs/poll.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/refcount.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/user_counts.h"

#define EPOLL_CTL_ADD	1
#define EPOLL_CTL_DEL	2
#define EPOLL_CTL_MOD	3

#define EPOLLEXCLUSIVE	(1U << 28)
#define EPOLLWAKEUP	(1U << 29)
#define EPOLLONESHOT	(1U << 30)
#define EPOLLET		(1U << 31)
/* what is no event but says how to treat events */
#define EP_PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)
/* what may be asked together with EPOLLEXCLUSIVE */
#define EPOLLEXCLUSIVE_OK_BITS \
	(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

#define EP_MAX_NESTS 4	/* epolls watched through epolls */

/* struct epoll_event of the ABI: twelve bytes on x86-64 */
struct epoll_event {
	u32 events;
	u64 data;
} __attribute__((packed));

struct epitem {
	union {
		struct rb_node rbn;		/* ep->mtx */
		struct rcu_head rcu;
	};
	struct list_head rdllink;		/* ep->lock: on the ready list, or a scan's own list */
	struct epitem *next;			/* ep->lock: on the overflow list; EP_UNACTIVE: not */
	struct file *file;
	int fd;
	bool dying;				/* f_lock */
	struct eppoll_entry *pwqlist;		/* ep->mtx */
	struct eventpoll *ep;			/* constant; a reference */
	struct hlist_node fllink;		/* f_lock; read under RCU */
	struct epoll_event event;		/* ep->mtx; the wake-up function reads events with ep->lock */
};

struct eppoll_entry {
	struct eppoll_entry *next;		/* ep->mtx */
	struct epitem *base;
	wait_queue_entry_t wait;
	/* NULL once the queue itself has gone (POLLFREE) */
	wait_queue_head_t *whead;
};

struct eventpoll {
	struct mutex mtx;
	spinlock_t lock;
	wait_queue_head_t wq;			/* in epoll_wait */
	wait_queue_head_t poll_wait;		/* polls of the epoll file itself */
	struct list_head rdllist;		/* lock */
	struct epitem *ovflist;			/* lock: woken during a scan; EP_UNACTIVE: no scan is going on */
	struct rb_root rbr;			/* mtx */
	struct hlist_head watchers;		/* of the epoll file itself: what f_ep is of other files */
	struct user_counts *user;
	refcount_t refs;
	unsigned int wake_level;		/* poll_wait.lock: nesting of the wake-up that is under way */
	u64 visited;				/* epnested_mutex: the walk that has been here */
	struct rcu_head rcu;
};

#define EP_UNACTIVE ((void *)-1L)

extern const struct file_operations eventpoll_fops;

static inline bool is_file_epoll(const struct file *f)
{
	return f->f_op == &eventpoll_fops;
}

/* The items that watch a file; f_lock to change it, RCU to read. */
static inline struct hlist_head *ep_watchers(struct file *f)
{
	return is_file_epoll(f) ? &((struct eventpoll *)f->private_data)->watchers : &f->f_ep;
}

/* eventpoll_item.c; ep->mtx held */
struct epitem *ep_find(struct eventpoll *ep, struct file *file, int fd);
int ep_insert(struct eventpoll *ep, const struct epoll_event *event, struct file *file, int fd, bool nested);
void ep_modify(struct eventpoll *ep, struct epitem *epi, const struct epoll_event *event);
/* The item goes, unless its file's end is about to take it. True: ep was last held by it, ep_free() is due after unlocking. */
bool ep_remove(struct eventpoll *ep, struct epitem *epi);
void ep_unregister_pollwait(struct epitem *epi);
void ep_free(struct eventpoll *ep);
/* Any context, no lock of ep held: tells those who poll ep's file. base: the item through which ep itself was woken, or NULL. */
void ep_poll_safewake(struct eventpoll *ep, struct epitem *base, __poll_t events);
void ep_items_init(void);

/* eventpoll_scan.c */
static inline bool ep_events_available(struct eventpoll *ep)
{
	return !list_empty_careful(&ep->rdllist) || READ_ONCE(ep->ovflist) != EP_UNACTIVE;
}

/* What of the item's events its file has now. depth: of the watched epoll's mutex, if it is one. ep->mtx held. */
__poll_t ep_item_poll(struct epitem *epi, poll_table *pt, int depth);
__poll_t ep_eventpoll_poll(struct file *file, poll_table *wait);
long ep_wait(struct eventpoll *ep, struct epoll_event __user *events, int maxevents, const ktime_t *end);

/* eventpoll_loop.c; epnested_mutex held */
extern struct mutex epnested_mutex;
int ep_loop_check(struct eventpoll *ep, struct eventpoll *to);
/* After a file was linked: too many ways to it, or to what it watches? If it is an epoll, its mutex is held (level 1). */
int ep_paths_check(struct file *file);

#endif
