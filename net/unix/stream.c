// SPDX-License-Identifier: MIT
/*
 * Streams: bytes without boundaries, cut into large pieces on the way.
 *
 * Open files and credentials belong to the first byte they were sent with: files end a read behind the piece they came
 * with, and a receiver that asks for credentials gets bytes of one writer only.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "net/unix/unix.h"

#define STREAM_PIECE 32768

/* ---- sending ---- */

/* One piece into the peer's queue. Bytes, or -errno; -EPIPE if it takes no more. */
static ssize_t send_piece(struct unix_sock *u, struct unix_sock *peer, struct socket_msg *msg, struct scm_cookie *scm,
			  long *timeo)
{
	size_t len = min_t(size_t, iov_iter_count(&msg->iter), READ_ONCE(u->sock.sndbuf) / 2 - 64);
	struct unix_buf *buf;
	int err = 0;

	len = min_t(size_t, len, STREAM_PIECE);
	buf = unix_buf_from_msg(u, msg, len, timeo);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	if (scm->fds) {
		err = unix_fds_depart(scm->fds);
		if (err)
			goto free;
		buf->fds = scm->fds;
		scm->fds = NULL;
	}
	unix_buf_creds(buf, u, peer, scm);
	spin_lock(&peer->sock.lock);
	if (peer->sock.dead || (peer->sock.shutdown & RCV_SHUTDOWN))
		err = -EPIPE;
	else
		unix_queue(peer, buf);
	spin_unlock(&peer->sock.lock);
	if (err)
		goto free;
	unix_wake(peer, EPOLLIN | EPOLLRDNORM | EPOLLRDBAND);
	return len;
free:
	unix_buf_free(buf);
	return err;
}

static ssize_t send_all(struct unix_sock *u, struct socket_msg *msg, struct scm_cookie *scm)
{
	long timeo = sock_sndtimeo(&u->sock, msg->flags & MSG_DONTWAIT);
	struct unix_sock *peer = unix_peer_get(u);
	ssize_t sent = 0, n = 0;

	if (!peer)
		return -ENOTCONN;
	if (READ_ONCE(u->sock.shutdown) & SEND_SHUTDOWN)
		n = -EPIPE;
	while (n >= 0 && iov_iter_count(&msg->iter)) {
		n = send_piece(u, peer, msg, scm, &timeo);
		if (n > 0)
			sent += n;
	}
	unix_put(peer);
	if (n == -EPIPE && !sent && !(msg->flags & MSG_NOSIGNAL))
		send_sig(SIGPIPE, current, 0);
	return sent ? sent : n;
}

ssize_t unix_stream_sendmsg(struct socket *sock, struct socket_msg *msg)
{
	struct unix_sock *u = unix_sk(sock);
	struct scm_cookie scm;
	ssize_t ret = scm_send(sock, msg, &scm);

	if (ret)
		return ret;
	if (msg->flags & MSG_OOB)
		ret = -EOPNOTSUPP;
	else if (msg->namelen)
		ret = READ_ONCE(sock->state) == SS_ESTABLISHED ? -EISCONN : -EOPNOTSUPP;
	else
		ret = send_all(u, msg, &scm);
	scm_free_fds(scm.fds);
	return ret;
}

/* ---- receiving ---- */

struct stream_read {
	struct unix_sock *u;
	struct socket_msg *msg;
	bool peek;
	bool whose;			/* scm has the writer */
	struct scm_cookie scm;
	ssize_t copied;
};

/* Written by the same as what was read so far? */
static bool same_writer(const struct stream_read *r, const struct unix_buf *buf)
{
	return r->scm.has_creds == buf->has_creds && !memcmp(&r->scm.creds, &buf->creds, sizeof(buf->creds));
}

/* @n bytes of @buf are used; it is gone if they were the last. */
static void consume(struct stream_read *r, struct unix_buf *buf, size_t n)
{
	struct unix_sock *u = r->u;
	struct scm_fds *fds;
	bool empty;

	spin_lock(&u->sock.lock);
	buf->consumed += n;
	fds = buf->fds;
	buf->fds = NULL;
	empty = buf->consumed == buf->len;
	if (empty)
		unix_unqueue(u, buf);
	spin_unlock(&u->sock.lock);
	if (fds) {
		unix_fds_arrive(fds);
		r->scm.fds = fds;
	}
	if (empty)
		unix_buf_free(buf);
}

/* Reads from @buf, under recv_mutex. Is the next piece wanted too? */
static bool read_piece(struct stream_read *r, struct unix_buf *buf)
{
	size_t n = min_t(size_t, buf->len - buf->consumed, iov_iter_count(&r->msg->iter));
	bool files = buf->fds;

	if (!r->whose) {
		r->scm.has_creds = buf->has_creds;
		r->scm.creds = buf->creds;
		r->whose = true;
	} else if (READ_ONCE(r->u->sock.passcred) && !same_writer(r, buf)) {
		return false;
	}
	if (r->msg->name && !r->copied)
		r->msg->namelen = smp_load_acquire(&buf->from->addr) ? unix_copy_name(buf->from, r->msg->name) : 0;
	if (copy_to_iter(buf->data + buf->consumed, n, &r->msg->iter) < n) {
		if (!r->copied)
			r->copied = -EFAULT;
		return false;
	}
	r->copied += n;
	if (!r->peek)
		consume(r, buf, n);
	else if (files)
		r->scm.fds = unix_fds_peek(r->u, buf);
	return !files && iov_iter_count(&r->msg->iter);
}

/* The piece behind @after, or the first. NULL if there is none; then *end and *err say if it is of use to wait (@wait: one would). */
static struct unix_buf *next_piece(struct unix_sock *u, struct unix_buf *after, bool wait, bool *end, int *err)
{
	struct list_head *from = after ? &after->list : &u->queue;
	struct unix_buf *buf = NULL;

	*err = 0;
	spin_lock(&u->sock.lock);
	if (!list_is_last(from, &u->queue))
		buf = list_entry(from->next, struct unix_buf, list);
	else if (wait)
		*err = sock_error(&u->sock);
	*end = !buf && (*err || (u->sock.shutdown & RCV_SHUTDOWN));
	spin_unlock(&u->sock.lock);
	return buf;
}

static int read_pieces(struct stream_read *r, size_t target, long *timeo)
{
	struct unix_sock *u = r->u;
	struct unix_buf *buf = NULL;
	bool end, wait, more = true;
	int err = 0;

	mutex_lock(&u->recv_mutex);
	while (more) {
		wait = r->copied < (ssize_t)target && !(r->peek && r->copied);
		buf = next_piece(u, r->peek ? buf : NULL, wait, &end, &err);
		if (buf) {
			more = read_piece(r, buf);
			continue;
		}
		if (end || !wait)
			break;
		mutex_unlock(&u->recv_mutex);
		err = sock_wait_event(u->sock.wait, timeo, READ_ONCE(u->qlen) || READ_ONCE(u->sock.err) ||
				      (READ_ONCE(u->sock.shutdown) & RCV_SHUTDOWN));
		if (err)
			return err;
		mutex_lock(&u->recv_mutex);
	}
	mutex_unlock(&u->recv_mutex);
	return err;
}

ssize_t unix_stream_recvmsg(struct socket *sock, struct socket_msg *msg, unsigned int flags)
{
	size_t size = iov_iter_count(&msg->iter), target;
	long timeo = sock_rcvtimeo(sock, flags & MSG_DONTWAIT);
	struct stream_read r = { .u = unix_sk(sock), .msg = msg, .peek = flags & MSG_PEEK };
	int err;

	if (READ_ONCE(sock->state) != SS_ESTABLISHED)
		return -EINVAL;
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	target = flags & MSG_WAITALL ? size : min_t(size_t, READ_ONCE(sock->rcvlowat), size);
	msg->namelen = 0;
	err = read_pieces(&r, target ? target : 1, &timeo);
	scm_recv(sock, msg, &r.scm);
	return r.copied ? r.copied : err;
}
