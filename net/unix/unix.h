// SPDX-License-Identifier: MIT
/*
 * Sockets of the AF_UNIX family: structures and what its files call in each other.
 *
 * Locks, outermost first:
 *
 *	recv_mutex	of the receiving socket: one receiver at a time, so that the head of the queue stays while it is copied
 *	name_mutex	of a socket: it gets a name at most once
 *	gc_lock		(garbage.c) which open sockets are under way, and in how many messages
 *	sock.lock	state, peer, queues; of two sockets the lower address first (unix_lock_two), of a listening
 *			socket and one that waits on it to be accepted the listening one first
 *	name table	(names.c)
 *	wait queues	peer_wait before wait
 *
 * A message is copied from the sender's memory before any lock is taken, and to the receiver's under recv_mutex alone. Nothing here is
 * touched by interrupts.
 *
 * References: the open file has one, a peer one, a message one to its sender (whom it costs memory), the queue
 * of a listening socket one to each that waits there. Closing takes the socket out of the name table, marks it
 * dead under its lock, and empties its queues; who found it before sees the mark when it has the lock. So nothing is ever queued
 * at a socket that has been emptied, and the references between two peers fall with their files.
 */
#ifndef NET_UNIX_UNIX_H
#define NET_UNIX_UNIX_H

#include "fs/path.h"
#include "kernel/lib/list.h"
#include "kernel/lock/mutex.h"
#include "net/scm.h"
#include "net/socket.h"

#define UNIX_PATH_MAX	   108
#define UNIX_MAX_DGRAM_QLEN 10

struct sockaddr_un {
	u16 sun_family;
	char sun_path[UNIX_PATH_MAX];
};

#define UNIX_PATH_OFFSET 2

/* A name; constant once it is seen. Freed with its last reference. */
struct unix_address {
	refcount_t refs;
	int len;			/* of what getsockname gives */
	u32 hash;			/* abstract names */
	struct sockaddr_un name;
	char end;			/* a path may fill sun_path; this is its terminator */
};

struct unix_sock {
	struct socket sock;		/* the first member */
	struct mutex name_mutex;
	struct unix_address *addr;	/* set once, under name_mutex, with a release; read with an acquire */
	struct path path;		/* of a name in the file system: set before addr */
	struct hlist_node name_node;	/* name table's lock */
	struct unix_sock *peer;		/* sock.lock; counted. A stream keeps it until it is closed */
	struct mutex recv_mutex;
	struct list_head queue;		/* messages to be received; sock.lock, heads stay under recv_mutex */
	unsigned int qlen;		/* of queue, or of pending; sock.lock, read without */
	unsigned int max_qlen;		/* sock.lock, read without: one more than this fit */
	struct list_head pending;	/* listening: connections to be accepted; sock.lock; counted */
	struct list_head pending_node;	/* the lock of the listening socket */
	wait_queue_head_t peer_wait;	/* others, for room in this queue */
	wait_queue_entry_t peer_wake;	/* in the peer's peer_wait, by poll; that queue's lock */
	struct list_head all;		/* sockets_lock */
	/* garbage.c; gc_lock */
	unsigned int inflight;		/* messages under way that hold this socket's file */
	struct list_head gc_link;	/* while inflight */
	unsigned int gc_refs;
	bool gc_candidate;
};

/* One message, or a piece of a stream. */
struct unix_buf {
	struct list_head list;		/* in the receiver's queue; its lock */
	struct unix_sock *from;		/* counted */
	unsigned int len;
	unsigned int consumed;		/* of a stream's; changed by the receiver under recv_mutex and the lock */
	unsigned int charge;		/* what it costs the sender */
	bool has_creds;
	struct ucred creds;
	struct scm_fds *fds;		/* owned; receiver's lock once it is queued */
	char *data;			/* inside[], or memory of its own */
	char inside[];
};

static inline struct unix_sock *unix_sk(struct socket *sock)
{
	return (struct unix_sock *)sock;
}

static inline void unix_hold(struct unix_sock *u)
{
	refcount_inc(&u->sock.refs);
}

static inline void unix_wake(struct unix_sock *u, __poll_t events)
{
	sock_wake(&u->sock, events);
}

static inline bool unix_connects(const struct unix_sock *u)
{
	return u->sock.type != SOCK_DGRAM;
}

static inline bool unix_queue_full(const struct unix_sock *u)
{
	return READ_ONCE(u->qlen) > READ_ONCE(u->max_qlen);
}

/* sockets.c */
struct unix_sock *unix_alloc(int type);			/* NULL without memory */
void unix_put(struct unix_sock *u);			/* may sleep with the last */
void unix_lock_two(struct unix_sock *a, struct unix_sock *b);
void unix_unlock_two(struct unix_sock *a, struct unix_sock *b);
struct unix_sock *unix_peer_get(struct unix_sock *u);	/* counted, or NULL */
void unix_release(struct socket *sock);
/* Ends a connection that nobody accepted. */
void unix_release_pending(struct unix_sock *u);
long unix_sockets(void);				/* how many there are */
/* Calls @fn, which must not sleep, for each socket there is, also one that is just being given up. */
void unix_for_each(void (*fn)(struct unix_sock *u, void *arg), void *arg);

/* names.c */
int unix_bind(struct socket *sock, struct sockaddr_storage *name, int namelen);
int unix_getname(struct socket *sock, struct sockaddr_storage *name, bool peer);
int unix_check_name(const struct sockaddr_storage *name, int namelen);
/* The socket of a name and type, counted; an error pointer if there is none. May sleep. */
struct unix_sock *unix_find(struct sockaddr_storage *name, int namelen, int type);
int unix_autobind(struct unix_sock *u);
void unix_forget_name(struct unix_sock *u);
void unix_put_address(struct unix_address *addr);
int unix_copy_name(const struct unix_sock *u, struct sockaddr_storage *name);

/* connect.c */
int unix_listen(struct socket *sock, int backlog);
int unix_connect(struct socket *sock, struct sockaddr_storage *name, int namelen, int flags);
int unix_dgram_connect(struct socket *sock, struct sockaddr_storage *name, int namelen, int flags);
struct socket *unix_accept(struct socket *sock, int flags);
int unix_shutdown(struct socket *sock, int how);
int unix_no_listen(struct socket *sock, int backlog);
struct socket *unix_no_accept(struct socket *sock, int flags);
void unix_set_creds(struct ucred *creds);

/* buf.c */
/* A message of @len bytes from @msg, paid for by @u; waits for its memory. An error pointer. */
struct unix_buf *unix_buf_from_msg(struct unix_sock *u, struct socket_msg *msg, size_t len, long *timeo);
void unix_buf_free(struct unix_buf *buf);
void unix_buf_free_list(struct list_head *list);
/* Under the receiver's lock. */
void unix_queue(struct unix_sock *to, struct unix_buf *buf);
void unix_unqueue(struct unix_sock *to, struct unix_buf *buf);
/* Who sent it, if either side wants to know. */
void unix_buf_creds(struct unix_buf *buf, const struct unix_sock *from, const struct unix_sock *to,
		    const struct scm_cookie *scm);
bool unix_writable(const struct unix_sock *u);

/* poll.c */
__poll_t unix_poll(struct socket *sock, struct file *file, poll_table *wait);
__poll_t unix_dgram_poll(struct socket *sock, struct file *file, poll_table *wait);
int unix_ioctl(struct socket *sock, unsigned int cmd, int *value);
int unix_peer_wake_fn(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key);
/* Is @peer full, and @u to be woken when it no longer is? */
bool unix_peer_wake_me(struct unix_sock *u, struct unix_sock *peer);
/* @u is no longer interested in room at @peer. True if it was. */
bool unix_peer_wake_cancel(struct unix_sock *u, struct unix_sock *peer);

/* stream.c, dgram.c */
ssize_t unix_stream_sendmsg(struct socket *sock, struct socket_msg *msg);
ssize_t unix_stream_recvmsg(struct socket *sock, struct socket_msg *msg, unsigned int flags);
ssize_t unix_dgram_sendmsg(struct socket *sock, struct socket_msg *msg);
ssize_t unix_dgram_recvmsg(struct socket *sock, struct socket_msg *msg, unsigned int flags);
ssize_t unix_seqpacket_sendmsg(struct socket *sock, struct socket_msg *msg);
ssize_t unix_seqpacket_recvmsg(struct socket *sock, struct socket_msg *msg, unsigned int flags);
void unix_dgram_disconnected(struct unix_sock *u, struct unix_sock *peer);

/* garbage.c */
/* Files of a message are now under way, or no longer. -ETOOMANYREFS from the first. */
int unix_fds_depart(struct scm_fds *fds);
void unix_fds_arrive(struct scm_fds *fds);
/* For a receiver that only looks. */
struct scm_fds *unix_fds_peek(struct unix_sock *u, struct unix_buf *buf);
void unix_gc_maybe(void);

#endif
