// SPDX-License-Identifier: MIT
/*
 * Native asynchronous I/O: contexts with a ring of events that the program can read, and the requests in flight.
 *
 * Locks:
 *	mm->ioctxs' own lock	which contexts an address space has, by the address of their ring, which is their name
 *	ctx->read_lock		mutex: one reader of the ring at a time
 *	ctx->lock		interrupts off: writing the ring, the count in flight, the list of requests that can be cancelled, dead. Nothing
 *				but the work queues' locks is taken under it
 *
 * Life. A context is referenced by its address space's table, by each system call that uses it, and by each request in flight. Whoever
 * takes it out of the table (io_destroy, the end of the address space, whichever is first) marks it dead, cancels what can
 * be cancelled, and waits until nothing is in flight: so no I/O goes on into memory of a process that has ended. A dead context takes no new requests.
 *
 * A request belongs to whoever completes it, once: aio_complete() puts its event into the ring and frees it. There is always
 * room: a request is only taken in if the ring has a place for its event beside those unread and those in flight.
 */
#ifndef FS_AIO_INTERNAL_H
#define FS_AIO_INTERNAL_H

#include "fs/aio.h"
#include "fs/fs.h"
#include "fs/poll.h"
#include "kernel/lib/refcount.h"
#include "kernel/lock/mutex.h"
#include "kernel/task/workqueue.h"

#define IOCB_CMD_PREAD	 0
#define IOCB_CMD_PWRITE	 1
#define IOCB_CMD_FSYNC	 2
#define IOCB_CMD_FDSYNC	 3
#define IOCB_CMD_POLL	 5
#define IOCB_CMD_PREADV	 7
#define IOCB_CMD_PWRITEV 8

#define IOCB_FLAG_RESFD	 1
#define IOCB_FLAG_IOPRIO 2

#define KIOCB_KEY 0

/* struct iocb of the ABI */
struct iocb {
	u64 aio_data;
	u32 aio_key;
	u32 aio_rw_flags;
	u16 aio_lio_opcode;
	s16 aio_reqprio;
	u32 aio_fildes;
	u64 aio_buf;
	u64 aio_nbytes;
	s64 aio_offset;
	u64 aio_reserved2;
	u32 aio_flags;
	u32 aio_resfd;
};

struct io_event {
	u64 data;
	u64 obj;
	s64 res;
	s64 res2;
};

/* The ring as the program sees it; events follow. libaio reads events itself if the magic is right. */
struct aio_ring {
	u32 id;
	u32 nr;			/* places */
	u32 head;		/* the program and we write it: not to be trusted */
	u32 tail;
	u32 magic;
	u32 compat_features;
	u32 incompat_features;
	u32 header_length;
};

#define AIO_RING_MAGIC		  0xa10a10a1
#define AIO_RING_COMPAT_FEATURES  1
#define AIO_RING_INCOMPAT_FEATURES 0

struct kioctx {
	refcount_t refs;
	unsigned long user_id;		/* address of the ring in the program */
	unsigned int max_reqs;		/* what it counts for in aio_nr */
	unsigned int nr_events;		/* places in the ring */
	unsigned int nr_pages;
	struct page **pages;		/* of the ring, referenced */
	struct mutex read_lock;
	spinlock_t lock;
	unsigned int tail;		/* lock: what ring->tail should be */
	unsigned int inflight;		/* lock: requests whose event is not in the ring yet */
	unsigned int busy;		/* lock: requests that are not over and cleared away */
	bool dead;			/* lock; never cleared */
	struct list_head active;	/* lock: requests that can be cancelled */
	wait_queue_head_t wait;		/* for events, and for nothing in flight */
	struct rcu_head rcu;		/* lookups find it under RCU */
};

struct aio_poll {
	wait_queue_head_t *head;	/* NULL: it is gone (POLLFREE) */
	struct wait_queue_entry wait;	/* head's lock */
	__poll_t events;		/* constant */
	bool cancelled;
	struct work_struct work;
};

/* One request. `file` and the rest below are cleared away by whoever completes it. */
struct aio_kiocb {
	union {
		struct kiocb rw;
		struct work_struct fsync;
		struct aio_poll poll;
	};
	struct file *file;		/* referenced */
	struct kioctx *ctx;		/* referenced */
	struct eventfd_ctx *eventfd;	/* referenced, or NULL */
	struct io_event event;
	struct list_head list;		/* ctx->lock: on ctx->active */
	const struct cred *cred;	/* fsync: whose */
	bool datasync;			/* fsync */
};

/* aio_ring.c */
struct kioctx *aio_lookup(unsigned long id);
void aio_put_ctx(struct kioctx *ctx);
/* A request in flight, with a place in the ring for its event; ERR_PTR: -EAGAIN, -EINVAL (dead). */
struct aio_kiocb *aio_get_req(struct kioctx *ctx);
/* A request that was never started: no event comes of it. */
void aio_abort(struct aio_kiocb *req);
/* Its event goes to the program. The request is gone then. Any context. */
void aio_complete(struct aio_kiocb *req, s64 res);
struct aio_kiocb *aio_find_active(struct kioctx *ctx, u64 obj);

/* aio_poll.c */
int aio_poll_submit(struct aio_kiocb *req, const struct iocb *iocb);
/* ctx->lock held, the request on ctx->active. Its event comes soon. */
void aio_poll_cancel(struct aio_kiocb *req);

#endif
