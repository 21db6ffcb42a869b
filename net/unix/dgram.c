// SPDX-License-Identifier: MIT
/*
 * Messages with boundaries: datagrams, and sequenced packets on a connection.
 *
 * A receiver that is not the sender's own peer takes only so many messages (UNIX_MAX_DGRAM_QLEN); senders then wait on
 * its peer_wait. Between two peers only the sender's memory limits.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "net/unix/unix.h"

/* ---- sending ---- */

enum { DELIVERED = 0, RECEIVER_DEAD = 1, RECEIVER_FULL = 2 };

/* An answer above, or -errno. */
static int deliver(struct unix_sock *u, struct unix_sock *to, struct unix_buf *buf, const struct scm_cookie *scm)
{
	int ret = DELIVERED;

	unix_buf_creds(buf, u, to, scm);
	spin_lock(&to->sock.lock);
	if (to->sock.dead)
		ret = RECEIVER_DEAD;
	else if (to->peer && to->peer != u)
		ret = -EPERM;
	else if (to->sock.shutdown & RCV_SHUTDOWN)
		ret = -EPIPE;
	else if (to != u && to->peer != u && unix_queue_full(to))
		ret = RECEIVER_FULL;
	else
		unix_queue(to, buf);
	spin_unlock(&to->sock.lock);
	if (ret == DELIVERED)
		unix_wake(to, EPOLLIN | EPOLLRDNORM | EPOLLRDBAND);
	return ret;
}

/* The default receiver has been closed: it is forgotten. False if it was not the default one. */
static bool forget_dead_peer(struct unix_sock *u, struct unix_sock *to)
{
	bool was;

	spin_lock(&u->sock.lock);
	was = u->peer == to;
	if (was) {
		u->peer = NULL;
		WRITE_ONCE(u->sock.state, SS_CLOSED);
	}
	spin_unlock(&u->sock.lock);
	if (!was)
		return false;
	if (unix_peer_wake_cancel(u, to))
		unix_wake(u, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	unix_dgram_disconnected(u, to);
	unix_put(to);
	return true;
}

static int wait_for_room(struct unix_sock *u, struct unix_sock *to, long *timeo)
{
	bool is_peer;

	if (*timeo)
		return sock_wait_event(to->peer_wait, timeo, READ_ONCE(to->sock.dead) || !unix_queue_full(to) ||
				       (READ_ONCE(to->sock.shutdown) & RCV_SHUTDOWN));
	/* A caller that goes on to poll edge-triggered must hear of room that comes from now on. */
	spin_lock(&u->sock.lock);
	is_peer = u->peer == to;
	if (is_peer)
		is_peer = !unix_peer_wake_me(u, to);
	spin_unlock(&u->sock.lock);
	return is_peer ? 0 : -EAGAIN;
}

/* To @to (counted, passes to us), or to whom the name in @msg says. */
static int send_to(struct unix_sock *u, struct unix_sock *to, struct socket_msg *msg, struct unix_buf *buf,
		   const struct scm_cookie *scm, long timeo)
{
	int ret;

	do {
		if (!to)
			to = unix_find(msg->name, msg->namelen, u->sock.type);
		if (IS_ERR(to))
			return PTR_ERR(to);
		ret = deliver(u, to, buf, scm);
		if (ret == RECEIVER_FULL) {
			ret = wait_for_room(u, to, &timeo);
			if (!ret)
				ret = RECEIVER_FULL;
		} else if (ret == RECEIVER_DEAD) {
			if (unix_connects(u))
				ret = -EPIPE;
			else if (forget_dead_peer(u, to))
				ret = -ECONNREFUSED;
			else if (!msg->namelen)
				ret = -ECONNRESET;
			unix_put(to);
			to = NULL;
		}
	} while (ret > 0);
	if (to)
		unix_put(to);
	return ret;
}

static ssize_t send_message(struct unix_sock *u, struct socket_msg *msg, struct scm_cookie *scm)
{
	long timeo = sock_sndtimeo(&u->sock, msg->flags & MSG_DONTWAIT);
	size_t len = iov_iter_count(&msg->iter);
	struct unix_sock *to = NULL;
	struct unix_buf *buf;
	int err = 0;

	if (msg->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (msg->namelen)
		err = unix_check_name(msg->name, msg->namelen);
	else if (!(to = unix_peer_get(u)))
		err = -ENOTCONN;
	if (!err && READ_ONCE(u->sock.passcred))
		err = unix_autobind(u);
	if (!err && len > READ_ONCE(u->sock.sndbuf) - 32)
		err = -EMSGSIZE;
	buf = err ? ERR_PTR(err) : unix_buf_from_msg(u, msg, len, &timeo);
	err = PTR_ERR_OR_ZERO(buf);
	if (!err && scm->fds) {
		err = unix_fds_depart(scm->fds);
		if (err) {
			unix_buf_free(buf);
		} else {
			buf->fds = scm->fds;
			scm->fds = NULL;
		}
	}
	if (err) {
		if (to)
			unix_put(to);
		return err;
	}
	err = send_to(u, to, msg, buf, scm, timeo);
	if (err)
		unix_buf_free(buf);
	return err ? err : len;
}

ssize_t unix_dgram_sendmsg(struct socket *sock, struct socket_msg *msg)
{
	struct scm_cookie scm;
	ssize_t ret = scm_send(sock, msg, &scm);

	if (ret)
		return ret;
	ret = send_message(unix_sk(sock), msg, &scm);
	scm_free_fds(scm.fds);
	return ret;
}

ssize_t unix_seqpacket_sendmsg(struct socket *sock, struct socket_msg *msg)
{
	int err = sock_error(sock);

	if (err)
		return err;
	if (READ_ONCE(sock->state) != SS_ESTABLISHED)
		return -ENOTCONN;
	/* The connection says where it goes. */
	msg->namelen = 0;
	return unix_dgram_sendmsg(sock, msg);
}

/* ---- receiving ---- */

/* The first message, still queued if it is only looked at. Under recv_mutex. NULL with *err if there is nothing to wait for. */
static struct unix_buf *first_message(struct unix_sock *u, bool peek, bool *end, int *err)
{
	struct unix_buf *buf = NULL;

	*end = false;
	*err = sock_error(&u->sock);
	if (*err)
		return NULL;
	spin_lock(&u->sock.lock);
	if (!list_empty(&u->queue)) {
		buf = list_first_entry(&u->queue, struct unix_buf, list);
		if (!peek)
			unix_unqueue(u, buf);
	} else if (u->sock.shutdown & RCV_SHUTDOWN) {
		*end = true;
	} else if (unix_connects(u) && u->sock.state != SS_ESTABLISHED) {
		*err = -ENOTCONN;
	}
	spin_unlock(&u->sock.lock);
	return buf;
}

/*
 * The first message, with recv_mutex held if it is only looked at. NULL with *err; at the end of a connection that is 0. A datagram
 * socket that was shut down says so to those who would wait; others hear that there is nothing.
 */
static struct unix_buf *wait_for_message(struct unix_sock *u, bool peek, long *timeo, int *err)
{
	struct unix_buf *buf;
	bool end;

	for (;;) {
		mutex_lock(&u->recv_mutex);
		buf = first_message(u, peek, &end, err);
		if (!buf || !peek)
			mutex_unlock(&u->recv_mutex);
		if (buf || *err)
			return buf;
		if (end) {
			*err = *timeo || unix_connects(u) ? 0 : -EAGAIN;
			return NULL;
		}
		*err = sock_wait_event(u->sock.wait, timeo, READ_ONCE(u->qlen) || READ_ONCE(u->sock.err) ||
				       (READ_ONCE(u->sock.shutdown) & RCV_SHUTDOWN));
		if (*err)
			return NULL;
	}
}

/* Copies a message out; @scm gets what came beside it. The bytes to be told, or -errno. */
static ssize_t read_message(struct unix_sock *u, struct unix_buf *buf, struct socket_msg *msg, unsigned int flags,
			    struct scm_cookie *scm)
{
	size_t n = min_t(size_t, buf->len, iov_iter_count(&msg->iter));

	if (msg->name)
		msg->namelen = smp_load_acquire(&buf->from->addr) ? unix_copy_name(buf->from, msg->name) : 0;
	if (n < buf->len)
		msg->flags |= MSG_TRUNC;
	if (copy_to_iter(buf->data, n, &msg->iter) < n)
		return -EFAULT;
	scm->has_creds = buf->has_creds;
	scm->creds = buf->creds;
	if (buf->fds && (flags & MSG_PEEK)) {
		scm->fds = unix_fds_peek(u, buf);
	} else if (buf->fds) {
		unix_fds_arrive(buf->fds);
		scm->fds = buf->fds;
		buf->fds = NULL;
	}
	return flags & MSG_TRUNC ? buf->len : n;
}

ssize_t unix_dgram_recvmsg(struct socket *sock, struct socket_msg *msg, unsigned int flags)
{
	long timeo = sock_rcvtimeo(sock, flags & MSG_DONTWAIT);
	struct unix_sock *u = unix_sk(sock);
	struct scm_cookie scm = { };
	struct unix_buf *buf;
	ssize_t ret;
	int err;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	msg->namelen = 0;
	buf = wait_for_message(u, flags & MSG_PEEK, &timeo, &err);
	if (!buf)
		return err;
	ret = read_message(u, buf, msg, flags, &scm);
	if (flags & MSG_PEEK) {
		mutex_unlock(&u->recv_mutex);
	} else {
		wake_up_interruptible_all(&u->peer_wait);
		unix_buf_free(buf);
	}
	if (ret >= 0)
		scm_recv(sock, msg, &scm);
	return ret;
}

ssize_t unix_seqpacket_recvmsg(struct socket *sock, struct socket_msg *msg, unsigned int flags)
{
	if (READ_ONCE(sock->state) != SS_ESTABLISHED)
		return -ENOTCONN;
	return unix_dgram_recvmsg(sock, msg, flags);
}
