/* SPDX-License-Identifier: MIT */
/*
 * Sockets of the AF_NETLINK family: structures and what its files call in each other.
 *
 * A netlink socket is a port of one protocol, to which the kernel (port 0) and other ports send datagrams, and a member of some of
 * the protocol's 32 groups. A request to the kernel is worked on inside the sendmsg() that brought it, so it may sleep.
 *
 * Locks:
 *
 *	nl_table_lock	(table.c) the table of ports and the lists of members; of each socket its port and its groups
 *	sock.lock	the queue and what counts it, whether the socket is dead
 *
 * Neither is taken under the other, and wakeups follow the unlock. Who looks for receivers walks the tables under RCU and takes
 * only the lock of the receiver he has found: events come out of fork, exec and exit, which thus never wait for each other nor for a
 * program that binds or closes. A closing socket leaves the tables, is marked dead under its lock, and is then emptied; who has found
 * it before sees the mark when he has the lock, so that nothing is ever queued at a socket that has been emptied. Its memory stays for a
 * grace period. None of this is touched by interrupts.
 *
 * References: the open file has one, and who waits for room in the queue.
 */
#ifndef NET_NETLINK_NETLINK_H
#define NET_NETLINK_NETLINK_H

#include "kernel/lib/list.h"
#include "kernel/x86/cpumask.h"
#include "net/netlink/abi.h"
#include "net/scm.h"
#include "net/socket.h"

struct nl_sock;

/*
 * One datagram, which any number of queues may hold. Whoever makes it appends to it; once it is sent it never changes.
 */
struct nl_msg {
	refcount_t refs;
	u32 len, size;		/* bytes there are, and room for */
	bool overflow;		/* something did not fit */
	u32 portid, group;	/* the sender's port; the group it was sent to, 0: none */
	bool addressed;		/* the call that sent it named the receiver */
	struct ucred creds;	/* of the sender; all 0: the kernel */
	char data[] __aligned(8);
};

/* Its place in one queue. */
struct nl_link {
	struct list_head list;
	struct nl_msg *msg;	/* counted */
};

struct nl_protocol {
	int number;
	bool nonroot_recv, nonroot_send;	/* groups are for everybody to join; ports and groups are for everybody to send to */
	/* A datagram for the kernel. May sleep. NULL: nobody is there. */
	void (*input)(struct nl_sock *from, const struct nl_msg *msg);
	/* The socket is being closed and can no longer be found. NULL: nothing to do. */
	void (*release)(struct nl_sock *nl);
};

extern const struct nl_protocol nl_connector, nl_generic;

/* nl_sock->options */
#define NL_OPT_PKTINFO	       0x01
#define NL_OPT_BROADCAST_ERROR 0x02
#define NL_OPT_NO_ENOBUFS      0x04
#define NL_OPT_CAP_ACK	       0x08
#define NL_OPT_EXT_ACK	       0x10
#define NL_OPT_STRICT_CHK      0x20

struct nl_sock {
	struct socket sock;		/* the first member */
	const struct nl_protocol *proto;
	/* nl_table_lock to change, read without */
	bool bound;			/* it has a port; set with a release after that */
	bool member;			/* it is on the list of those who are in groups, where it stays until it is closed */
	u32 portid;
	u32 groups;
	struct hlist_node port_node, member_node;
	/* sock.lock */
	u32 dst_portid, dst_group;	/* where to send by default */
	bool connected;			/* and nobody else may send to it */
	struct list_head queue;
	unsigned int qlen;		/* read without */
	unsigned int rmem;		/* what the queue holds costs this much; read without */
	bool congested;			/* something was lost: nothing comes in until the queue has been read empty */
	unsigned int drops;
	unsigned int options;		/* NL_OPT_*; read without */
	wait_queue_head_t room;		/* senders that wait for the queue to be read */
	/* of NETLINK_CONNECTOR */
	int listens;			/* it is counted in proc_event_listeners; changed by xchg */
	/* of NETLINK_GENERIC: which CPUs' exits it wants to hear of; all by taskstats.c's lock, read under RCU */
	cpumask_t exit_cpus;
	struct hlist_node exit_node;
	struct rcu_head rcu;
};

static inline struct nl_sock *nl_sk(struct socket *sock)
{
	return (struct nl_sock *)sock;
}

static inline u32 nl_group_mask(u32 group)
{
	return group ? 1U << (group - 1) : 0;
}

/* sockets.c */
void nl_put(struct nl_sock *nl);
/* May the caller, and for a named receiver whoever opened the socket, do this? */
bool nl_capable(const struct nl_sock *from, const struct nl_msg *msg, int cap);

/* table.c */
const struct nl_protocol *nl_find_protocol(int number);
/* Gives it one that is free unless it has one. */
void nl_autobind(struct nl_sock *nl);
/*
 * The socket gets the port @portid (0: one that is free) unless it has that already, and is in @groups from now on. -EADDRINUSE; -EINVAL:
 * it has another port.
 */
int nl_bind_groups(struct nl_sock *nl, u32 portid, u32 groups);
void nl_change_groups(struct nl_sock *nl, u32 set, u32 clear);
void nl_forget(struct nl_sock *nl);
/* The socket with this port, counted, or NULL. */
struct nl_sock *nl_find(const struct nl_protocol *proto, u32 portid);
/*
 * To all members of the group but @except and whoever has the port @except_portid. @msg NULL: a message for them is lost. Does not sleep.
 */
void nl_multicast(const struct nl_protocol *proto, struct nl_msg *msg, u32 group, const struct nl_sock *except, u32 except_portid);
/* Calls @fn, which must not sleep, for each socket that has a port. */
void nl_for_each(void (*fn)(struct nl_sock *nl, void *arg), void *arg);

/* queue.c */
struct nl_msg *nl_alloc(size_t size);	/* room for @size bytes; NULL without memory; may sleep */
void nl_msg_put(struct nl_msg *msg);	/* may sleep with the last */
/*
 * Queues @msg (which gets a reference of its own) without waiting, or notes that it was lost, as it is if @msg is NULL.
 * 0, -ENOBUFS, -ECONNREFUSED: the socket is closed. Does not sleep.
 */
int nl_deliver(struct nl_sock *to, struct nl_msg *msg);
/* The same for a sender that waits for room, for *@timeo at most; -EAGAIN, or what a signal makes of it. */
int nl_deliver_wait(struct nl_sock *to, struct nl_msg *msg, long *timeo);
void nl_drain(struct nl_sock *nl);	/* marks it dead and empties it */
void nl_no_longer_congested(struct nl_sock *nl);
ssize_t nl_recvmsg(struct socket *sock, struct socket_msg *msg, unsigned int flags);
__poll_t nl_poll(struct socket *sock, struct file *file, poll_table *wait);

/* send.c */
ssize_t nl_sendmsg(struct socket *sock, struct socket_msg *msg);

/* options.c */
int nl_setsockopt(struct socket *sock, int level, int name, const char __user *value, int len);
int nl_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *len);

/*
 * message.c: what is in a datagram. What does not fit is left out and noted in msg->overflow, so that only the end needs to ask.
 */
/* Room for @len bytes, zeroed, and padding behind them; NULL: there is none. */
void *nl_append(struct nl_msg *msg, size_t len);
/* The header of a message; nl_end() sets its length to what was appended since. NULL: no room. */
struct nlmsghdr *nl_begin(struct nl_msg *msg, u32 portid, u32 seq, u16 type, u16 flags);
void nl_end(struct nl_msg *msg, struct nlmsghdr *hdr);
void nla_put(struct nl_msg *msg, u16 type, const void *data, size_t len);
void nla_put_u16(struct nl_msg *msg, u16 type, u16 value);
void nla_put_u32(struct nl_msg *msg, u16 type, u32 value);
void nla_put_string(struct nl_msg *msg, u16 type, const char *text);
struct nlattr *nla_begin(struct nl_msg *msg, u16 type);
void nla_end(struct nl_msg *msg, struct nlattr *attr);

static inline void *nla_data(const struct nlattr *attr)
{
	return (void *)(attr + 1);
}

static inline int nla_size(const struct nlattr *attr)
{
	return attr->nla_len - (int)sizeof(*attr);
}

/* Sorts the attributes at @data into tb[0..max]; of two of a type the last counts, unknown types and a broken rest are left out. */
void nla_parse(const struct nlattr **tb, int max, const void *data, int len);
/* 0 with *@value; -ERANGE: too short. */
int nla_get_u16(const struct nlattr *attr, u16 *value);
int nla_get_u32(const struct nlattr *attr, u32 *value);

/*
 * request.c: the messages of a datagram, one after the other. @handle answers each, 0 or an error, which is told to the sender if he asked
 * for it or if it is one; NL_ANSWERED: what was to be said has been said.
 */
#define NL_ANSWERED 1
void nl_handle_requests(struct nl_sock *from, const struct nl_msg *msg,
			int (*handle)(struct nl_sock *from, const struct nl_msg *msg, const struct nlmsghdr *hdr));

#endif
