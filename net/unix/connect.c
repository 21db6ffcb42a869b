// SPDX-License-Identifier: MIT
/*
 * Connections: listen, connect, accept, shutdown.
 *
 * connect makes the server's end itself, joins it to its own and puts it into the listening socket's queue, all under the
 * locks of both; from then on the client may send, whether or not the connection is ever accepted. accept takes the end off the
 * queue and gives it a file. Closing the listening socket hangs up on all that wait.
 */
#include "fs/fcntl.h"
#include "fs/file.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "net/unix/unix.h"

void unix_set_creds(struct ucred *creds)
{
	creds->pid = current->tgid;
	creds->uid = current_euid();
	creds->gid = current_egid();
}

int unix_no_listen(struct socket *sock, int backlog)
{
	return -EOPNOTSUPP;
}

struct socket *unix_no_accept(struct socket *sock, int flags)
{
	return ERR_PTR(-EOPNOTSUPP);
}

int unix_listen(struct socket *sock, int backlog)
{
	struct unix_sock *u = unix_sk(sock);
	bool more = false;
	int err = 0;

	if (!smp_load_acquire(&u->addr))
		return -EINVAL;
	spin_lock(&sock->lock);
	if (sock->state == SS_ESTABLISHED) {
		err = -EINVAL;
	} else {
		more = backlog > (int)u->max_qlen;
		WRITE_ONCE(u->max_qlen, backlog);
		WRITE_ONCE(sock->state, SS_LISTEN);
		unix_set_creds(&sock->peer);
	}
	spin_unlock(&sock->lock);
	if (more)
		wake_up_all(&u->peer_wait);
	return err;
}

/* ---- connecting a stream ---- */

/* Both ends and the listening socket are locked, or not seen by anybody. */
static void join(struct unix_sock *u, struct unix_sock *server, struct unix_sock *listener)
{
	unix_hold(u);
	server->peer = u;
	server->sock.state = SS_ESTABLISHED;
	unix_set_creds(&server->sock.peer);
	server->sock.passcred = listener->sock.passcred;
	if (listener->addr) {
		refcount_inc(&listener->addr->refs);
		server->addr = listener->addr;
	}
	unix_hold(server);
	u->peer = server;
	u->sock.peer = listener->sock.peer;
	WRITE_ONCE(u->sock.state, SS_ESTABLISHED);
	/* The queue has the reference that the server's end was made with. */
	list_add_tail(&server->pending_node, &listener->pending);
	WRITE_ONCE(listener->qlen, listener->qlen + 1);
}

/* Both locked. 0, -EAGAIN when there is no room, 1 when the name has another owner by now. */
static int try_connect(struct unix_sock *u, struct unix_sock *server, struct unix_sock *listener)
{
	if (listener->sock.dead)
		return 1;
	if (listener->sock.state != SS_LISTEN || (listener->sock.shutdown & RCV_SHUTDOWN))
		return -ECONNREFUSED;
	if (unix_queue_full(listener))
		return -EAGAIN;
	if (u->sock.state == SS_ESTABLISHED)
		return -EISCONN;
	if (u->sock.state != SS_CLOSED)
		return -EINVAL;
	join(u, server, listener);
	return 0;
}

static bool may_have_room(struct unix_sock *listener)
{
	return READ_ONCE(listener->sock.dead) || (READ_ONCE(listener->sock.shutdown) & RCV_SHUTDOWN) ||
	       !unix_queue_full(listener);
}

int unix_connect(struct socket *sock, struct sockaddr_storage *name, int namelen, int flags)
{
	struct unix_sock *u = unix_sk(sock), *server, *listener;
	long timeo = sock_sndtimeo(sock, flags & O_NONBLOCK);
	int err = unix_check_name(name, namelen);

	if (!err && READ_ONCE(sock->passcred))
		err = unix_autobind(u);
	if (err)
		return err;
	server = unix_alloc(sock->type);
	if (!server)
		return -ENOMEM;
	do {
		listener = unix_find(name, namelen, sock->type);
		if (IS_ERR(listener)) {
			err = PTR_ERR(listener);
			break;
		}
		unix_lock_two(u, listener);
		err = try_connect(u, server, listener);
		unix_unlock_two(u, listener);
		if (!err)
			unix_wake(listener, EPOLLIN | EPOLLRDNORM);
		if (err == -EAGAIN) {
			err = sock_wait_event(listener->peer_wait, &timeo, may_have_room(listener));
			if (!err)
				err = 1;
		}
		unix_put(listener);
	} while (err > 0);
	if (err)
		unix_put(server);
	else
		unix_wake(u, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	return err;
}

/* ---- accepting ---- */

/* True if *err has the answer that ends accept's waiting without a connection, or *res the connection. */
static bool take_pending(struct unix_sock *u, struct unix_sock **res, int *err)
{
	spin_lock(&u->sock.lock);
	if (!list_empty(&u->pending)) {
		*res = list_first_entry(&u->pending, struct unix_sock, pending_node);
		list_del_init(&(*res)->pending_node);
		WRITE_ONCE(u->qlen, u->qlen - 1);
	} else if (u->sock.state != SS_LISTEN || (u->sock.shutdown & RCV_SHUTDOWN)) {
		*err = -EINVAL;
	}
	spin_unlock(&u->sock.lock);
	return *res || *err;
}

struct socket *unix_accept(struct socket *sock, int flags)
{
	struct unix_sock *u = unix_sk(sock), *res = NULL;
	long timeo = sock_rcvtimeo(sock, flags & O_NONBLOCK);
	int err = 0;

	while (!take_pending(u, &res, &err)) {
		err = sock_wait_event(sock->wait, &timeo, READ_ONCE(u->qlen) || READ_ONCE(sock->shutdown));
		if (err)
			break;
	}
	if (err)
		return ERR_PTR(err);
	wake_up_interruptible_all(&u->peer_wait);
	return &res->sock;
}

/* ---- datagram sockets: whom to send to by default ---- */

/* A peer that talks to somebody else only does not hear us. */
static bool may_send(const struct unix_sock *u, const struct unix_sock *to)
{
	return !to->peer || to->peer == u;
}

/*
 * What we had from the peer before is lost, and the peer, if it still thinks it talks to us, hears of it. Neither is locked; both are held.
 */
void unix_dgram_disconnected(struct unix_sock *u, struct unix_sock *peer)
{
	LIST_HEAD(messages);
	bool told = false;

	/* A receiver that only looks may be copying the first of them. */
	mutex_lock(&u->recv_mutex);
	spin_lock(&u->sock.lock);
	list_splice_init(&u->queue, &messages);
	WRITE_ONCE(u->qlen, 0);
	spin_unlock(&u->sock.lock);
	mutex_unlock(&u->recv_mutex);
	if (list_empty(&messages))
		return;
	unix_buf_free_list(&messages);
	wake_up_interruptible_all(&u->peer_wait);
	spin_lock(&peer->sock.lock);
	if (!peer->sock.dead && peer->peer == u) {
		WRITE_ONCE(peer->sock.err, ECONNRESET);
		told = true;
	}
	spin_unlock(&peer->sock.lock);
	if (told)
		unix_wake(peer, EPOLLERR);
}

/* @peer is counted for us, or NULL. Both are locked. The peer so far, whose reference passes to the caller. */
static struct unix_sock *set_peer(struct unix_sock *u, struct unix_sock *peer)
{
	struct unix_sock *old = u->peer;

	u->peer = peer;
	if (peer)
		WRITE_ONCE(peer->sock.state, SS_ESTABLISHED);
	WRITE_ONCE(u->sock.state, peer ? SS_ESTABLISHED : SS_CLOSED);
	return old;
}

static void leave_peer(struct unix_sock *u, struct unix_sock *old, struct unix_sock *peer)
{
	if (unix_peer_wake_cancel(u, old))
		unix_wake(u, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	if (old != peer) {
		unix_dgram_disconnected(u, old);
		spin_lock(&old->sock.lock);
		if (!old->peer)
			WRITE_ONCE(old->sock.state, SS_CLOSED);
		spin_unlock(&old->sock.lock);
	}
	unix_put(old);
}

int unix_dgram_connect(struct socket *sock, struct sockaddr_storage *name, int namelen, int flags)
{
	struct unix_sock *u = unix_sk(sock), *peer = NULL, *old = NULL;
	int err;

	if (namelen < (int)sizeof(name->ss_family))
		return -EINVAL;
	if (name->ss_family == AF_UNSPEC) {
		spin_lock(&sock->lock);
		old = set_peer(u, NULL);
		spin_unlock(&sock->lock);
	} else {
		err = unix_check_name(name, namelen);
		if (!err && READ_ONCE(sock->passcred))
			err = unix_autobind(u);
		if (err)
			return err;
		do {
			peer = unix_find(name, namelen, sock->type);
			if (IS_ERR(peer))
				return PTR_ERR(peer);
			unix_lock_two(u, peer);
			err = peer->sock.dead ? 1 : may_send(u, peer) ? 0 : -EPERM;
			if (!err)
				old = set_peer(u, peer);
			unix_unlock_two(u, peer);
			if (err)
				unix_put(peer);
		} while (err > 0);
		if (err)
			return err;
	}
	if (old)
		leave_peer(u, old, peer);
	return 0;
}

/* ---- shutdown ---- */

int unix_shutdown(struct socket *sock, int how)
{
	struct unix_sock *u = unix_sk(sock), *peer;
	u8 mask = how + 1, peer_mask = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	spin_lock(&sock->lock);
	WRITE_ONCE(sock->shutdown, sock->shutdown | mask);
	peer = u->peer;
	if (peer)
		unix_hold(peer);
	spin_unlock(&sock->lock);
	unix_wake(u, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLRDHUP);
	/* Connecters to a listening socket, senders to a full queue. */
	wake_up_all(&u->peer_wait);
	if (!peer)
		return 0;
	if (unix_connects(u)) {
		if (mask & RCV_SHUTDOWN)
			peer_mask |= SEND_SHUTDOWN;
		if (mask & SEND_SHUTDOWN)
			peer_mask |= RCV_SHUTDOWN;
		spin_lock(&peer->sock.lock);
		WRITE_ONCE(peer->sock.shutdown, peer->sock.shutdown | peer_mask);
		spin_unlock(&peer->sock.lock);
		unix_wake(peer, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLRDHUP);
	}
	unix_put(peer);
	return 0;
}
