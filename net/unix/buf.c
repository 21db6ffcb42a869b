// SPDX-License-Identifier: MIT
/*
 * Messages of AF_UNIX sockets, and what they cost.
 *
 * A message is one allocation if it is small, two if not. Its size is charged to the sender until it is taken; a sender that
 * has more than SO_SNDBUF under way waits until three quarters of it are taken, so that the two ends do not
 * wake each other for every message.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "mm/slab.h"
#include "net/unix/unix.h"

#define INSIDE_MAX (2048 - sizeof(struct unix_buf))

/* what a message costs beyond its bytes; about what Linux charges, since programs size their buffers by it */
#define BUF_OVERHEAD 576

bool unix_writable(const struct unix_sock *u)
{
	return READ_ONCE(u->sock.state) != SS_LISTEN && atomic_read(&u->sock.wmem) * 4L <= READ_ONCE(u->sock.sndbuf);
}

static bool may_send_now(struct unix_sock *u)
{
	return READ_ONCE(u->sock.err) || (READ_ONCE(u->sock.shutdown) & SEND_SHUTDOWN) ||
	       atomic_read(&u->sock.wmem) < READ_ONCE(u->sock.sndbuf);
}

static int wait_for_memory(struct unix_sock *u, long *timeo)
{
	int err;

	for (;;) {
		err = sock_error(&u->sock);
		if (err)
			return err;
		if (READ_ONCE(u->sock.shutdown) & SEND_SHUTDOWN)
			return -EPIPE;
		if (atomic_read(&u->sock.wmem) < READ_ONCE(u->sock.sndbuf))
			return 0;
		err = sock_wait_event(u->sock.wait, timeo, may_send_now(u));
		if (err)
			return err;
	}
}

static struct unix_buf *alloc_buf(size_t len)
{
	bool inside = len <= INSIDE_MAX;
	struct unix_buf *buf = kmalloc(sizeof(*buf) + (inside ? len : 0), GFP_KERNEL);

	if (!buf)
		return NULL;
	*buf = (struct unix_buf){ .len = len, .charge = len + BUF_OVERHEAD, .data = buf->inside };
	if (!inside) {
		buf->data = kvmalloc(len, GFP_KERNEL);
		if (!buf->data) {
			kfree(buf);
			return NULL;
		}
	}
	INIT_LIST_HEAD(&buf->list);
	return buf;
}

struct unix_buf *unix_buf_from_msg(struct unix_sock *u, struct socket_msg *msg, size_t len, long *timeo)
{
	struct unix_buf *buf;
	int err = wait_for_memory(u, timeo);

	if (err)
		return ERR_PTR(err);
	buf = alloc_buf(len);
	if (!buf)
		return ERR_PTR(-ENOBUFS);
	unix_hold(u);
	buf->from = u;
	atomic_add(buf->charge, &u->sock.wmem);
	if (!copy_from_iter_full(buf->data, len, &msg->iter)) {
		unix_buf_free(buf);
		return ERR_PTR(-EFAULT);
	}
	return buf;
}

void unix_buf_free(struct unix_buf *buf)
{
	struct unix_sock *from = buf->from;

	if (buf->fds) {
		unix_fds_arrive(buf->fds);
		scm_free_fds(buf->fds);
	}
	atomic_sub(buf->charge, &from->sock.wmem);
	if (unix_writable(from))
		unix_wake(from, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	unix_put(from);
	if (buf->data != buf->inside)
		kvfree(buf->data);
	kfree(buf);
}

void unix_buf_free_list(struct list_head *list)
{
	struct unix_buf *buf, *next;

	list_for_each_entry_safe (buf, next, list, list) {
		list_del(&buf->list);
		unix_buf_free(buf);
	}
}

void unix_queue(struct unix_sock *to, struct unix_buf *buf)
{
	list_add_tail(&buf->list, &to->queue);
	WRITE_ONCE(to->qlen, to->qlen + 1);
}

void unix_unqueue(struct unix_sock *to, struct unix_buf *buf)
{
	list_del(&buf->list);
	WRITE_ONCE(to->qlen, to->qlen - 1);
}

void unix_buf_creds(struct unix_buf *buf, const struct unix_sock *from, const struct unix_sock *to,
		    const struct scm_cookie *scm)
{
	if (scm->has_creds) {
		buf->creds = scm->creds;
		buf->has_creds = true;
	} else if (READ_ONCE(from->sock.passcred) || READ_ONCE(to->sock.passcred) || !READ_ONCE(to->sock.file)) {
		scm_own_creds(&buf->creds);
		buf->has_creds = true;
	}
}
