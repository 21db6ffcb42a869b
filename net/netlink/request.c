// SPDX-License-Identifier: MIT
/*
 * Requests to the kernel: a datagram holds messages one after the other, and each gets an answer if it asks for one or fails.
 *
 * A message whose length is wrong ends the datagram: nobody knows where the next begins. The datagram itself is the kernel's copy,
 * so that what has been checked stays.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "net/netlink/netlink.h"

/* There is no memory for the answer: that there should be one is told all the same. */
static void answer_lost(struct nl_sock *from)
{
	WRITE_ONCE(from->sock.err, ENOBUFS);
	sock_wake(&from->sock, EPOLLERR);
}

/* NLMSG_ERROR: the error, 0 for none, and the request; of one that failed all of it, unless that is not wanted. */
static void acknowledge(struct nl_sock *from, const struct nlmsghdr *hdr, int err)
{
	bool whole = err && !(READ_ONCE(from->options) & NL_OPT_CAP_ACK);
	size_t body = whole ? hdr->nlmsg_len - sizeof(*hdr) : 0;
	struct nl_msg *msg = nl_alloc(sizeof(*hdr) + sizeof(struct nlmsgerr) + NL_ALIGN(body));
	struct nlmsgerr *answer;
	struct nlmsghdr *head;

	if (!msg) {
		answer_lost(from);
		return;
	}
	head = nl_begin(msg, from->portid, hdr->nlmsg_seq, NLMSG_ERROR, whole ? 0 : NLM_F_CAPPED);
	answer = nl_append(msg, sizeof(*answer) + body);
	answer->error = err;
	memcpy(&answer->msg, hdr, sizeof(*hdr) + body);
	nl_end(msg, head);
	nl_deliver(from, msg);
	nl_msg_put(msg);
}

void nl_handle_requests(struct nl_sock *from, const struct nl_msg *msg,
			int (*handle)(struct nl_sock *from, const struct nl_msg *msg, const struct nlmsghdr *hdr))
{
	const struct nlmsghdr *hdr;
	u32 at, left;
	int ret;

	for (at = 0; at < msg->len && msg->len - at >= sizeof(*hdr); at += min(NL_ALIGN(hdr->nlmsg_len), left)) {
		hdr = (const struct nlmsghdr *)(msg->data + at);
		left = msg->len - at;
		if (hdr->nlmsg_len < sizeof(*hdr) || hdr->nlmsg_len > left)
			return;
		ret = 0;
		if ((hdr->nlmsg_flags & NLM_F_REQUEST) && hdr->nlmsg_type >= NLMSG_MIN_TYPE)
			ret = handle(from, msg, hdr);
		if (ret != NL_ANSWERED && (ret || (hdr->nlmsg_flags & NLM_F_ACK)))
			acknowledge(from, hdr, ret);
	}
}
