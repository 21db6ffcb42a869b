// SPDX-License-Identifier: MIT
/*
 * The life of AF_UNIX sockets: made, joined in pairs, closed.
 */
#include "fs/fasync.h"
#include "fs/fcntl.h"
#include "fs/file.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/task/siginfo.h"
#include "kernel/task/signal.h"
#include "mm/slab.h"
#include "net/unix/unix.h"

static LIST_HEAD(sockets);		/* sockets_lock */
static long nr_sockets;			/* sockets_lock, read without */
static DEFINE_SPINLOCK(sockets_lock);

static const struct socket_operations unix_stream_ops = {
	.family = AF_UNIX,
	.release = unix_release,
	.bind = unix_bind,
	.connect = unix_connect,
	.accept = unix_accept,
	.getname = unix_getname,
	.poll = unix_poll,
	.listen = unix_listen,
	.shutdown = unix_shutdown,
	.ioctl = unix_ioctl,
	.sendmsg = unix_stream_sendmsg,
	.recvmsg = unix_stream_recvmsg,
};

static const struct socket_operations unix_dgram_ops = {
	.family = AF_UNIX,
	.release = unix_release,
	.bind = unix_bind,
	.connect = unix_dgram_connect,
	.accept = unix_no_accept,
	.getname = unix_getname,
	.poll = unix_dgram_poll,
	.listen = unix_no_listen,
	.shutdown = unix_shutdown,
	.ioctl = unix_ioctl,
	.sendmsg = unix_dgram_sendmsg,
	.recvmsg = unix_dgram_recvmsg,
};

static const struct socket_operations unix_seqpacket_ops = {
	.family = AF_UNIX,
	.release = unix_release,
	.bind = unix_bind,
	.connect = unix_connect,
	.accept = unix_accept,
	.getname = unix_getname,
	.poll = unix_dgram_poll,
	.listen = unix_listen,
	.shutdown = unix_shutdown,
	.ioctl = unix_ioctl,
	.sendmsg = unix_seqpacket_sendmsg,
	.recvmsg = unix_seqpacket_recvmsg,
};

long unix_sockets(void)
{
	return READ_ONCE(nr_sockets);
}

void unix_for_each(void (*fn)(struct unix_sock *u, void *arg), void *arg)
{
	struct unix_sock *u;

	spin_lock(&sockets_lock);
	list_for_each_entry (u, &sockets, all)
		fn(u, arg);
	spin_unlock(&sockets_lock);
}

struct unix_sock *unix_alloc(int type)
{
	struct unix_sock *u = kzalloc(sizeof(*u), GFP_KERNEL);

	if (!u)
		return NULL;
	socket_init(&u->sock, type == SOCK_STREAM ? &unix_stream_ops : type == SOCK_DGRAM ? &unix_dgram_ops :
		    &unix_seqpacket_ops, type);
	mutex_init(&u->name_mutex);
	mutex_init(&u->recv_mutex);
	INIT_LIST_HEAD(&u->queue);
	INIT_LIST_HEAD(&u->pending);
	INIT_LIST_HEAD(&u->pending_node);
	INIT_LIST_HEAD(&u->gc_link);
	init_waitqueue_head(&u->peer_wait);
	init_waitqueue_func_entry(&u->peer_wake, unix_peer_wake_fn);
	u->max_qlen = UNIX_MAX_DGRAM_QLEN;
	spin_lock(&sockets_lock);
	list_add_tail(&u->all, &sockets);
	nr_sockets++;
	spin_unlock(&sockets_lock);
	return u;
}

void unix_put(struct unix_sock *u)
{
	if (!refcount_dec_and_test(&u->sock.refs))
		return;
	spin_lock(&sockets_lock);
	list_del(&u->all);
	nr_sockets--;
	spin_unlock(&sockets_lock);
	if (u->addr)
		unix_put_address(u->addr);
	kfree(u);
}

static int check_type(int *type, int protocol)
{
	if (protocol && protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	switch (*type) {
	case SOCK_RAW:
		*type = SOCK_DGRAM;
		return 0;
	case SOCK_STREAM:
	case SOCK_DGRAM:
	case SOCK_SEQPACKET:
		return 0;
	}
	return -ESOCKTNOSUPPORT;
}

int unix_create(int type, int protocol, struct socket **res)
{
	struct unix_sock *u;
	int err = check_type(&type, protocol);

	if (err)
		return err;
	u = unix_alloc(type);
	if (!u)
		return -ENOMEM;
	*res = &u->sock;
	return 0;
}

/* Nobody else sees them yet. */
int unix_socketpair(int type, int protocol, struct socket *pair[2])
{
	struct unix_sock *a, *b;
	int err = check_type(&type, protocol);

	if (err)
		return err;
	a = unix_alloc(type);
	if (!a)
		return -ENOMEM;
	b = unix_alloc(type);
	if (!b) {
		unix_put(a);
		return -ENOMEM;
	}
	unix_hold(a);
	unix_hold(b);
	a->peer = b;
	b->peer = a;
	a->sock.state = b->sock.state = SS_ESTABLISHED;
	unix_set_creds(&a->sock.peer);
	unix_set_creds(&b->sock.peer);
	pair[0] = &a->sock;
	pair[1] = &b->sock;
	return 0;
}

/* ---- two at once ---- */

void unix_lock_two(struct unix_sock *a, struct unix_sock *b)
{
	struct unix_sock *first = a < b ? a : b, *second = a < b ? b : a;

	spin_lock(&first->sock.lock);
	if (first != second)
		spin_lock_nested(&second->sock.lock, SINGLE_DEPTH_NESTING);
}

void unix_unlock_two(struct unix_sock *a, struct unix_sock *b)
{
	if (a != b)
		spin_unlock(&b->sock.lock);
	spin_unlock(&a->sock.lock);
}

struct unix_sock *unix_peer_get(struct unix_sock *u)
{
	struct unix_sock *peer;

	spin_lock(&u->sock.lock);
	peer = u->peer;
	if (peer)
		unix_hold(peer);
	spin_unlock(&u->sock.lock);
	return peer;
}

/* ---- closing ---- */

/* The other end of a connection can neither send nor receive; what we had not read is lost, and it hears of it. */
static void hang_up(struct unix_sock *peer, bool lost)
{
	spin_lock(&peer->sock.lock);
	WRITE_ONCE(peer->sock.shutdown, SHUTDOWN_MASK);
	if (lost)
		WRITE_ONCE(peer->sock.err, ECONNRESET);
	spin_unlock(&peer->sock.lock);
	unix_wake(peer, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLERR | EPOLLRDHUP);
}

/* @pending: it was never accepted. The caller's reference goes on to unix_put(). */
static void end_socket(struct unix_sock *u, bool pending)
{
	struct unix_sock *peer, *c, *next;
	LIST_HEAD(messages);
	LIST_HEAD(connections);
	bool lost;

	unix_forget_name(u);
	spin_lock(&u->sock.lock);
	WRITE_ONCE(u->sock.dead, true);
	WRITE_ONCE(u->sock.shutdown, SHUTDOWN_MASK);
	WRITE_ONCE(u->sock.state, SS_CLOSED);
	peer = u->peer;
	u->peer = NULL;
	lost = pending || !list_empty(&u->queue);
	list_splice_init(&u->queue, &messages);
	list_splice_init(&u->pending, &connections);
	WRITE_ONCE(u->qlen, 0);
	spin_unlock(&u->sock.lock);
	/* Those who wait for room see that it is dead. */
	wake_up_all(&u->peer_wait);
	if (peer) {
		if (unix_connects(u))
			hang_up(peer, lost);
		unix_peer_wake_cancel(u, peer);
		unix_put(peer);
	}
	list_for_each_entry_safe (c, next, &connections, pending_node) {
		list_del_init(&c->pending_node);
		unix_release_pending(c);
	}
	unix_buf_free_list(&messages);
}

void unix_release_pending(struct unix_sock *u)
{
	end_socket(u, true);
	unix_put(u);
}

void unix_release(struct socket *sock)
{
	struct unix_sock *u = unix_sk(sock);
	struct path path = u->path;

	end_socket(u, false);
	if (path.dentry)
		path_put(&path);
	unix_put(u);
	unix_gc_maybe();
}
