/* SPDX-License-Identifier: MIT */
/*
 * NETLINK_CONNECTOR: messages with an address of two numbers, of which the kernel serves one: the process events.
 */
#ifndef NET_NETLINK_CONNECTOR_H
#define NET_NETLINK_CONNECTOR_H

#include "net/netlink/netlink.h"

#define CN_IDX_PROC 1
#define CN_VAL_PROC 1

struct cn_msg {
	u32 idx, val;
	u32 seq, ack;
	u16 len;	/* of what follows */
	u16 flags;
};

/* proc_events.c: a message to the process events, with all its cn->len bytes behind it. */
void proc_events_request(struct nl_sock *from, const struct nl_msg *msg, const struct cn_msg *cn);
void proc_events_release(struct nl_sock *nl);

#endif
