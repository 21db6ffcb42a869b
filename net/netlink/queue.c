// SPDX-License-Identifier: MIT
/*
 * The queue of a netlink socket: datagrams that came, what they cost, and reading them.
 *
 * What is queued is charged to the receiver, who takes as much as SO_RCVBUF says and one datagram more. A program that sends waits for
 * room; the kernel does not: what does not fit is lost, and the receiver hears ENOBUFS once (unless it asked not to). From then
 * on nothing comes in until it has read its queue empty, so that what it has read was without a gap and what it reads
 * afterwards is new.
 */
#include "fs/poll.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "mm/slab.h"
#include "net/netlink/netlink.h"

/* what a datagram costs beyond its bytes; about what Linux charges, since programs size their buffers by it */
#define MSG_OVERHEAD 576

/* ---- datagrams ---- */

struct nl_msg *nl_alloc(size_t size)
{
	struct nl_msg *msg = kvmalloc(sizeof(*msg) + size, GFP_KERNEL);

	if (!msg)
		return NULL;
	memset(msg, 0, sizeof(*msg));
	refcount_set(&msg->refs, 1);
	msg->size = size;
	return msg;
}

void nl_msg_put(struct nl_msg *msg)
{
	if (refcount_dec_and_test(&msg->refs))
		kvfree(msg);
}

static void free_link(struct nl_link *link)
{
	nl_msg_put(link->msg);
	kfree(link);
}

/* ---- coming in ---- */

static bool is_full(const struct nl_sock *nl)
{
	return READ_ONCE(nl->congested) || READ_ONCE(nl->rmem) > READ_ONCE(nl->sock.rcvbuf);
}

/* sock.lock held. */
static void queue_link(struct nl_sock *nl, struct nl_link *link)
{
	list_add_tail(&link->list, &nl->queue);
	WRITE_ONCE(nl->qlen, nl->qlen + 1);
	WRITE_ONCE(nl->rmem, nl->rmem + link->msg->len + MSG_OVERHEAD);
}

/* sock.lock held. True if somebody is to be woken. */
static bool note_loss(struct nl_sock *nl)
{
	nl->drops++;
	if (nl->congested || (READ_ONCE(nl->options) & NL_OPT_NO_ENOBUFS))
		return false;
	WRITE_ONCE(nl->congested, true);
	WRITE_ONCE(nl->sock.err, ENOBUFS);
	return true;
}

int nl_deliver(struct nl_sock *to, struct nl_msg *msg)
{
	struct nl_link *link = msg ? kmalloc(sizeof(*link), GFP_NOWAIT | __GFP_NOWARN) : NULL;
	__poll_t events = 0;
	int err = 0;

	spin_lock(&to->sock.lock);
	if (to->sock.dead) {
		err = -ECONNREFUSED;
	} else if (!link || is_full(to)) {
		err = -ENOBUFS;
		events = note_loss(to) ? EPOLLERR : 0;
	} else {
		link->msg = msg;
		refcount_inc(&msg->refs);
		queue_link(to, link);
		link = NULL;
		events = EPOLLIN | EPOLLRDNORM;
	}
	spin_unlock(&to->sock.lock);
	kfree(link);
	if (events)
		sock_wake(&to->sock, events);
	return err;
}

int nl_deliver_wait(struct nl_sock *to, struct nl_msg *msg, long *timeo)
{
	struct nl_link *link = kmalloc(sizeof(*link), GFP_KERNEL);
	int err = 0;

	if (!link)
		return -ENOBUFS;
	link->msg = msg;
	for (;;) {
		spin_lock(&to->sock.lock);
		if (to->sock.dead || !is_full(to))
			break;
		spin_unlock(&to->sock.lock);
		err = sock_wait_event(to->room, timeo, READ_ONCE(to->sock.dead) || !is_full(to));
		if (err) {
			kfree(link);
			return err;
		}
	}
	if (to->sock.dead) {
		err = -ECONNREFUSED;
	} else {
		refcount_inc(&msg->refs);
		queue_link(to, link);
		link = NULL;
	}
	spin_unlock(&to->sock.lock);
	kfree(link);
	if (!err)
		sock_wake(&to->sock, EPOLLIN | EPOLLRDNORM);
	return err;
}

/* ---- going out ---- */

static void wake_senders(struct nl_sock *nl)
{
	if (wq_has_sleeper(&nl->room))
		wake_up_interruptible_all(&nl->room);
}

void nl_drain(struct nl_sock *nl)
{
	struct nl_link *link, *next;
	LIST_HEAD(links);

	spin_lock(&nl->sock.lock);
	WRITE_ONCE(nl->sock.dead, true);
	list_splice_init(&nl->queue, &links);
	WRITE_ONCE(nl->qlen, 0);
	WRITE_ONCE(nl->rmem, 0);
	spin_unlock(&nl->sock.lock);
	wake_senders(nl);
	list_for_each_entry_safe (link, next, &links, list)
		free_link(link);
}

void nl_no_longer_congested(struct nl_sock *nl)
{
	spin_lock(&nl->sock.lock);
	WRITE_ONCE(nl->congested, false);
	spin_unlock(&nl->sock.lock);
	wake_senders(nl);
}

/* The first datagram, counted, and taken off the queue unless it is only looked at. NULL: there is none. */
static struct nl_msg *first_message(struct nl_sock *nl, bool peek)
{
	struct nl_link *link;
	struct nl_msg *msg = NULL;

	spin_lock(&nl->sock.lock);
	link = list_first_entry_or_null(&nl->queue, struct nl_link, list);
	if (link)
		msg = link->msg;
	if (link && peek) {
		refcount_inc(&msg->refs);
		link = NULL;
	} else if (link) {
		list_del(&link->list);
		WRITE_ONCE(nl->qlen, nl->qlen - 1);
		WRITE_ONCE(nl->rmem, nl->rmem - (msg->len + MSG_OVERHEAD));
	}
	if (!nl->qlen)
		WRITE_ONCE(nl->congested, false);
	spin_unlock(&nl->sock.lock);
	kfree(link);
	if (!is_full(nl))
		wake_senders(nl);
	return msg;
}

static struct nl_msg *wait_for_message(struct nl_sock *nl, bool peek, long *timeo, int *err)
{
	struct nl_msg *msg;

	for (;;) {
		*err = sock_error(&nl->sock);
		if (*err)
			return NULL;
		msg = first_message(nl, peek);
		if (msg)
			return msg;
		*err = sock_wait_event(nl->sock.wait, timeo, READ_ONCE(nl->qlen) || READ_ONCE(nl->sock.err));
		if (*err)
			return NULL;
	}
}

static void tell_sender(struct socket_msg *to, const struct nl_msg *msg)
{
	struct sockaddr_nl *addr = (struct sockaddr_nl *)to->name;

	*addr = (struct sockaddr_nl){
		.nl_family = AF_NETLINK, .nl_pid = msg->portid, .nl_groups = nl_group_mask(msg->group),
	};
	to->namelen = sizeof(*addr);
}

ssize_t nl_recvmsg(struct socket *sock, struct socket_msg *to, unsigned int flags)
{
	long timeo = sock_rcvtimeo(sock, flags & MSG_DONTWAIT);
	size_t room = iov_iter_count(&to->iter), n;
	struct nl_sock *nl = nl_sk(sock);
	struct scm_cookie scm = { .has_creds = true };
	struct nl_msg *msg;
	ssize_t ret;
	int err;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	msg = wait_for_message(nl, flags & MSG_PEEK, &timeo, &err);
	if (!msg)
		return err;
	n = min_t(size_t, msg->len, room);
	if (n < msg->len)
		to->flags |= MSG_TRUNC;
	ret = flags & MSG_TRUNC ? msg->len : n;
	if (copy_to_iter(msg->data, n, &to->iter) < n)
		ret = -EFAULT;
	if (ret >= 0) {
		if (to->name)
			tell_sender(to, msg);
		if (READ_ONCE(nl->options) & NL_OPT_PKTINFO)
			put_cmsg(to, SOL_NETLINK, NETLINK_PKTINFO, &msg->group, sizeof(msg->group));
		scm.creds = msg->creds;
		scm_recv(sock, to, &scm);
	}
	nl_msg_put(msg);
	return ret;
}

/* A sender waits only for its receiver, of whom it learns when it sends. */
__poll_t nl_poll(struct socket *sock, struct file *file, poll_table *wait)
{
	struct nl_sock *nl = nl_sk(sock);
	__poll_t mask = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;

	poll_wait(file, &sock->wait, wait);
	if (READ_ONCE(sock->err))
		mask |= EPOLLERR;
	if (READ_ONCE(nl->qlen))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}
