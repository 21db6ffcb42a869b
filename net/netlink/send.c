// SPDX-License-Identifier: MIT
/*
 * Sending on a netlink socket: to the kernel, which works on the request at once; to a port; to a group.
 */
#include "fs/file.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/task/cred.h"
#include "net/netlink/netlink.h"

struct destination {
	u32 portid, group;
	bool named;	/* by the call */
};

static int find_destination(struct nl_sock *nl, const struct socket_msg *msg, struct destination *to)
{
	const struct sockaddr_nl *addr = (struct sockaddr_nl *)msg->name;

	if (!msg->namelen) {
		spin_lock(&nl->sock.lock);
		*to = (struct destination){ .portid = nl->dst_portid, .group = nl->dst_group };
		spin_unlock(&nl->sock.lock);
		return 0;
	}
	if (msg->namelen < (int)sizeof(*addr) || addr->nl_family != AF_NETLINK)
		return -EINVAL;
	*to = (struct destination){ .portid = addr->nl_pid, .group = ffs(addr->nl_groups), .named = true };
	if ((to->portid || to->group) && !nl->proto->nonroot_send && !capable(CAP_NET_ADMIN))
		return -EPERM;
	return 0;
}

static struct nl_msg *read_message(struct nl_sock *nl, struct socket_msg *from, size_t len)
{
	struct nl_msg *msg = nl_alloc(len);

	if (!msg)
		return ERR_PTR(-ENOBUFS);
	if (!copy_from_iter_full(msg->data, len, &from->iter)) {
		nl_msg_put(msg);
		return ERR_PTR(-EFAULT);
	}
	msg->len = len;
	msg->portid = READ_ONCE(nl->portid);
	return msg;
}

static int send_to_port(struct nl_sock *nl, u32 portid, struct nl_msg *msg, long timeo)
{
	struct nl_sock *to = nl_find(nl->proto, portid);
	u32 talks_to;
	int err;

	if (!to)
		return -ECONNREFUSED;
	/* A connected socket hears nobody but whom it is connected to. */
	spin_lock(&to->sock.lock);
	talks_to = to->connected ? to->dst_portid : msg->portid;
	spin_unlock(&to->sock.lock);
	err = talks_to == msg->portid ? nl_deliver_wait(to, msg, &timeo) : -ECONNREFUSED;
	nl_put(to);
	return err;
}

static int send_message(struct nl_sock *nl, const struct destination *to, struct nl_msg *msg, long timeo)
{
	/* As on Linux a group's members get it, whatever then becomes of it at the port that the address names as well. */
	if (to->group)
		nl_multicast(nl->proto, msg, to->group, nl, to->portid);
	if (to->portid)
		return send_to_port(nl, to->portid, msg, timeo);
	if (!nl->proto->input)
		return -ECONNREFUSED;
	nl->proto->input(nl, msg);
	return 0;
}

ssize_t nl_sendmsg(struct socket *sock, struct socket_msg *from)
{
	long timeo = sock_sndtimeo(sock, from->flags & MSG_DONTWAIT);
	size_t len = iov_iter_count(&from->iter);
	struct nl_sock *nl = nl_sk(sock);
	struct destination to;
	struct scm_cookie scm;
	struct nl_msg *msg;
	int err;

	if (from->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (!len)
		return -ENODATA;
	err = scm_send(sock, from, &scm);
	if (err)
		return err;
	err = find_destination(nl, from, &to);
	if (err)
		return err;
	nl_autobind(nl);
	if (len > (size_t)READ_ONCE(sock->sndbuf) - 32)
		return -EMSGSIZE;
	msg = read_message(nl, from, len);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	msg->group = to.group;
	msg->addressed = to.named;
	if (scm.has_creds)
		msg->creds = scm.creds;
	else
		scm_own_creds(&msg->creds);
	err = send_message(nl, &to, msg, timeo);
	nl_msg_put(msg);
	return err ? err : len;
}
