// SPDX-License-Identifier: MIT
/*
 * What is in a netlink datagram: messages, each a header and a body, and attributes (type, length, value), which may hold others.
 * Both are padded to multiples of four, and so is the place where the next begins.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "net/netlink/netlink.h"

/* ---- writing ---- */

void *nl_append(struct nl_msg *msg, size_t len)
{
	void *at = msg->data + msg->len;

	if (msg->overflow || NL_ALIGN(len) > msg->size - msg->len) {
		msg->overflow = true;
		return NULL;
	}
	memset(at, 0, NL_ALIGN(len));
	msg->len += NL_ALIGN(len);
	return at;
}

struct nlmsghdr *nl_begin(struct nl_msg *msg, u32 portid, u32 seq, u16 type, u16 flags)
{
	struct nlmsghdr *hdr = nl_append(msg, sizeof(*hdr));

	if (hdr) {
		hdr->nlmsg_type = type;
		hdr->nlmsg_flags = flags;
		hdr->nlmsg_seq = seq;
		hdr->nlmsg_pid = portid;
	}
	return hdr;
}

void nl_end(struct nl_msg *msg, struct nlmsghdr *hdr)
{
	if (hdr)
		hdr->nlmsg_len = msg->data + msg->len - (char *)hdr;
}

void nla_put(struct nl_msg *msg, u16 type, const void *data, size_t len)
{
	struct nlattr *attr = nl_append(msg, sizeof(*attr) + len);

	if (!attr)
		return;
	attr->nla_type = type;
	attr->nla_len = sizeof(*attr) + len;
	memcpy(nla_data(attr), data, len);
}

void nla_put_u16(struct nl_msg *msg, u16 type, u16 value)
{
	nla_put(msg, type, &value, sizeof(value));
}

void nla_put_u32(struct nl_msg *msg, u16 type, u32 value)
{
	nla_put(msg, type, &value, sizeof(value));
}

void nla_put_string(struct nl_msg *msg, u16 type, const char *text)
{
	nla_put(msg, type, text, strlen(text) + 1);
}

struct nlattr *nla_begin(struct nl_msg *msg, u16 type)
{
	struct nlattr *attr = nl_append(msg, sizeof(*attr));

	if (attr)
		attr->nla_type = type;
	return attr;
}

void nla_end(struct nl_msg *msg, struct nlattr *attr)
{
	if (attr)
		attr->nla_len = msg->data + msg->len - (char *)attr;
}

/* ---- reading ---- */

void nla_parse(const struct nlattr **tb, int max, const void *data, int len)
{
	const struct nlattr *attr;
	int step;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	for (; len >= (int)sizeof(*attr); data += step, len -= step) {
		attr = data;
		if (attr->nla_len < sizeof(*attr) || attr->nla_len > len)
			return;
		if ((attr->nla_type & NLA_TYPE_MASK) <= max)
			tb[attr->nla_type & NLA_TYPE_MASK] = attr;
		step = NL_ALIGN(attr->nla_len);
	}
}

int nla_get_u16(const struct nlattr *attr, u16 *value)
{
	if (nla_size(attr) < (int)sizeof(*value))
		return -ERANGE;
	*value = *(const u16 *)nla_data(attr);
	return 0;
}

int nla_get_u32(const struct nlattr *attr, u32 *value)
{
	if (nla_size(attr) < (int)sizeof(*value))
		return -ERANGE;
	*value = *(const u32 *)nla_data(attr);
	return 0;
}
