// SPDX-License-Identifier: MIT
/*
 * poll and select: a file's ->poll registers the caller on its wait queues through poll_wait and
 * returns what is ready now.
 */
#ifndef FS_POLL_H
#define FS_POLL_H

#include "kernel/lib/types.h"
#include "kernel/lock/wait.h"

struct file;

#define EPOLLIN		0x0001
#define EPOLLPRI	0x0002
#define EPOLLOUT	0x0004
#define EPOLLERR	0x0008
#define EPOLLHUP	0x0010
#define EPOLLNVAL	0x0020
#define EPOLLRDNORM	0x0040
#define EPOLLRDBAND	0x0080
#define EPOLLWRNORM	0x0100
#define EPOLLWRBAND	0x0200
#define EPOLLMSG	0x0400
#define EPOLLRDHUP	0x2000

/* Not for programs: the wait queue is about to go, although files that were polled on it live on. */
#define POLLFREE	0x4000

/* What a waker announces, as the key that wake-up functions get; no key (NULL): anything. */
#define poll_to_key(m)	((void *)(unsigned long)(m))
#define key_to_poll(k)	((__poll_t)(unsigned long)(k))

/*
 * The last wake-up of a queue that goes before its pollers do (a signal handler table's). All entries are off the queue when it
 * returns; the memory must stay a wait queue for one RCU grace period more. Nobody may be in poll or select on it.
 */
void wake_up_pollfree(wait_queue_head_t *wq);

#define DEFAULT_POLLMASK (EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM)

struct poll_table_struct;
typedef void (*poll_queue_proc)(struct file *file, wait_queue_head_t *wq,
				struct poll_table_struct *pt);

typedef struct poll_table_struct {
	poll_queue_proc _qproc;		/* NULL: just report */
	__poll_t _key;			/* events of interest */
} poll_table;

/* Called by ->poll for each queue that may announce a change. May sleep (allocates). */
static inline void poll_wait(struct file *file, wait_queue_head_t *wq, poll_table *pt)
{
	if (pt && pt->_qproc && wq)
		pt->_qproc(file, wq, pt);
}

static inline void init_poll_funcptr(poll_table *pt, poll_queue_proc proc)
{
	pt->_qproc = proc;
	pt->_key = ~(__poll_t)0;
}

struct pollfd {
	int fd;
	short events;
	short revents;
};

__poll_t vfs_poll(struct file *file, poll_table *pt);

#endif
