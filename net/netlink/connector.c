// SPDX-License-Identifier: MIT
/*
 * NETLINK_CONNECTOR: what comes in. A datagram is one message, and is answered by whom it is for or not at all; one that is broken or
 * for nobody is dropped without a word.
 */
#include "net/netlink/connector.h"

#define CN_MAX_MSG_SIZE 16384

static void cn_input(struct nl_sock *from, const struct nl_msg *msg)
{
	const struct nlmsghdr *hdr = (const struct nlmsghdr *)msg->data;
	const struct cn_msg *cn = (const struct cn_msg *)(hdr + 1);
	u32 len;

	if (msg->len < sizeof(*hdr) || hdr->nlmsg_len < sizeof(*hdr) || hdr->nlmsg_len > msg->len)
		return;
	len = hdr->nlmsg_len - sizeof(*hdr);
	if (len < sizeof(*cn) || len > CN_MAX_MSG_SIZE || cn->len > len - sizeof(*cn))
		return;
	if (cn->idx == CN_IDX_PROC && cn->val == CN_VAL_PROC)
		proc_events_request(from, msg, cn);
}

const struct nl_protocol nl_connector = {
	.number = NETLINK_CONNECTOR,
	.input = cn_input,
	.release = proc_events_release,
};
