// SPDX-License-Identifier: MIT
/*
 * What poll and FIONREAD tell of AF_UNIX sockets.
 *
 * A datagram socket is not writable while its peer's queue is full. The peer may go away before the poller does, so the poller never waits on the
 * peer's queue of sleepers itself: the socket has one entry there (peer_wake), which passes the news on to its own sleepers and takes itself
 * out. It is there only while the peer is this socket's peer, which keeps the queue's memory.
 */
#include "kernel/lib/errno.h"
#include "net/unix/unix.h"

#define SIOCINQ	 0x541B
#define SIOCOUTQ 0x5411

/* ---- room at the peer ---- */

/* Under the lock of the peer's queue. */
int unix_peer_wake_fn(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	struct unix_sock *u = container_of(entry, struct unix_sock, peer_wake);

	list_del_init(&entry->entry);
	entry->private = NULL;
	unix_wake(u, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	return 0;
}

bool unix_peer_wake_cancel(struct unix_sock *u, struct unix_sock *peer)
{
	unsigned long flags;
	bool was;

	spin_lock_irqsave(&peer->peer_wait.lock, flags);
	was = u->peer_wake.private == peer;
	if (was) {
		list_del_init(&u->peer_wake.entry);
		u->peer_wake.private = NULL;
	}
	spin_unlock_irqrestore(&peer->peer_wait.lock, flags);
	return was;
}

/* u's lock held, so that @peer stays its peer. */
bool unix_peer_wake_me(struct unix_sock *u, struct unix_sock *peer)
{
	unsigned long flags;

	spin_lock_irqsave(&peer->peer_wait.lock, flags);
	if (!u->peer_wake.private) {
		u->peer_wake.private = peer;
		__add_wait_queue(&peer->peer_wait, &u->peer_wake);
	}
	spin_unlock_irqrestore(&peer->peer_wait.lock, flags);
	/* Pairs with the lock of peer_wait that whoever makes room takes after it: either he finds us or we see the room. */
	smp_mb();
	if (unix_queue_full(peer) && !READ_ONCE(peer->sock.dead))
		return true;
	unix_peer_wake_cancel(u, peer);
	return false;
}

static bool peer_full(struct unix_sock *u)
{
	struct unix_sock *peer;
	bool full = false;

	spin_lock(&u->sock.lock);
	peer = u->peer;
	if (peer && peer != u && READ_ONCE(peer->peer) != u && unix_queue_full(peer))
		full = unix_peer_wake_me(u, peer);
	spin_unlock(&u->sock.lock);
	return full;
}

/* ---- poll ---- */

static __poll_t common_mask(struct unix_sock *u)
{
	u8 shutdown = READ_ONCE(u->sock.shutdown);
	__poll_t mask = 0;

	if (READ_ONCE(u->sock.err))
		mask |= EPOLLERR;
	if (shutdown == SHUTDOWN_MASK)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLRDHUP | EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(u->qlen))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (unix_connects(u) && READ_ONCE(u->sock.state) == SS_CLOSED)
		mask |= EPOLLHUP;
	return mask;
}

__poll_t unix_poll(struct socket *sock, struct file *file, poll_table *wait)
{
	struct unix_sock *u = unix_sk(sock);
	__poll_t mask;

	poll_wait(file, &sock->wait, wait);
	mask = common_mask(u);
	if (unix_writable(u))
		mask |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	return mask;
}

__poll_t unix_dgram_poll(struct socket *sock, struct file *file, poll_table *wait)
{
	struct unix_sock *u = unix_sk(sock);
	__poll_t mask;

	poll_wait(file, &sock->wait, wait);
	mask = common_mask(u);
	if (unix_writable(u) && !peer_full(u))
		mask |= EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	return mask;
}

/* ---- ioctl ---- */

/* Bytes to be read: of a connection all, of a datagram socket the first message's. */
static int bytes_queued(struct unix_sock *u)
{
	struct unix_buf *buf;
	int amount = 0;

	spin_lock(&u->sock.lock);
	list_for_each_entry (buf, &u->queue, list) {
		amount += buf->len - buf->consumed;
		if (!unix_connects(u))
			break;
	}
	spin_unlock(&u->sock.lock);
	return amount;
}

int unix_ioctl(struct socket *sock, unsigned int cmd, int *value)
{
	struct unix_sock *u = unix_sk(sock);

	switch (cmd) {
	case SIOCINQ:
		if (READ_ONCE(sock->state) == SS_LISTEN)
			return -EINVAL;
		*value = bytes_queued(u);
		return 0;
	case SIOCOUTQ:
		*value = atomic_read(&sock->wmem);
		return 0;
	}
	return -ENOIOCTLCMD;
}
