// SPDX-License-Identifier: MIT
/*
 * The life of AF_NETLINK sockets, and their addresses.
 */
#include "fs/file.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/task/cred.h"
#include "mm/slab.h"
#include "net/netlink/netlink.h"

static void free_rcu(struct rcu_head *head)
{
	kfree(container_of(head, struct nl_sock, rcu));
}

/* A grace period: who walks the tables may be looking at it. */
void nl_put(struct nl_sock *nl)
{
	if (refcount_dec_and_test(&nl->sock.refs))
		call_rcu(&nl->rcu, free_rcu);
}

/*
 * A descriptor that was passed on, or is the output of a program with more rights, shall not do what whoever opened it may
 * not; but only the address in the call itself can come from somebody else.
 */
bool nl_capable(const struct nl_sock *from, const struct nl_msg *msg, int cap)
{
	if (msg->addressed && !(from->sock.file->f_cred->cap_effective.val >> cap & 1))
		return false;
	return capable(cap);
}

static void nl_release(struct socket *sock)
{
	struct nl_sock *nl = nl_sk(sock);

	nl_forget(nl);
	if (nl->proto->release)
		nl->proto->release(nl);
	nl_drain(nl);
	nl_put(nl);
}

/* ---- addresses ---- */

static int nl_bind(struct socket *sock, struct sockaddr_storage *name, int namelen)
{
	const struct sockaddr_nl *addr = (struct sockaddr_nl *)name;
	struct nl_sock *nl = nl_sk(sock);

	if (namelen < (int)sizeof(*addr) || addr->nl_family != AF_NETLINK)
		return -EINVAL;
	if (addr->nl_groups && !nl->proto->nonroot_recv && !capable(CAP_NET_ADMIN))
		return -EPERM;
	return nl_bind_groups(nl, addr->nl_pid, addr->nl_groups);
}

static void set_destination(struct nl_sock *nl, u32 portid, u32 groups, bool connected)
{
	spin_lock(&nl->sock.lock);
	nl->dst_portid = portid;
	nl->dst_group = ffs(groups);
	WRITE_ONCE(nl->connected, connected);
	spin_unlock(&nl->sock.lock);
}

static int nl_connect(struct socket *sock, struct sockaddr_storage *name, int namelen, int flags)
{
	const struct sockaddr_nl *addr = (struct sockaddr_nl *)name;
	struct nl_sock *nl = nl_sk(sock);

	if (namelen < (int)sizeof(addr->nl_family))
		return -EINVAL;
	if (addr->nl_family == AF_UNSPEC) {
		set_destination(nl, 0, 0, false);
		return 0;
	}
	if (addr->nl_family != AF_NETLINK || namelen < (int)sizeof(*addr))
		return -EINVAL;
	if ((addr->nl_groups || addr->nl_pid) && !nl->proto->nonroot_send && !capable(CAP_NET_ADMIN))
		return -EPERM;
	nl_autobind(nl);
	set_destination(nl, addr->nl_pid, addr->nl_groups, true);
	return 0;
}

static int nl_getname(struct socket *sock, struct sockaddr_storage *name, bool peer)
{
	struct sockaddr_nl *addr = (struct sockaddr_nl *)name;
	struct nl_sock *nl = nl_sk(sock);

	*addr = (struct sockaddr_nl){ .nl_family = AF_NETLINK };
	if (peer) {
		spin_lock(&sock->lock);
		addr->nl_pid = nl->dst_portid;
		addr->nl_groups = nl_group_mask(nl->dst_group);
		spin_unlock(&sock->lock);
	} else {
		addr->nl_pid = READ_ONCE(nl->portid);
		addr->nl_groups = READ_ONCE(nl->groups);
	}
	return sizeof(*addr);
}

/* ---- what there is not: connections ---- */

static struct socket *nl_accept(struct socket *sock, int flags)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static int nl_listen(struct socket *sock, int backlog)
{
	return -EOPNOTSUPP;
}

static int nl_shutdown(struct socket *sock, int how)
{
	return -EOPNOTSUPP;
}

static int nl_ioctl(struct socket *sock, unsigned int cmd, int *value)
{
	return -ENOIOCTLCMD;
}

static const struct socket_operations nl_ops = {
	.family = AF_NETLINK,
	.release = nl_release,
	.bind = nl_bind,
	.connect = nl_connect,
	.accept = nl_accept,
	.getname = nl_getname,
	.poll = nl_poll,
	.listen = nl_listen,
	.shutdown = nl_shutdown,
	.ioctl = nl_ioctl,
	.setsockopt = nl_setsockopt,
	.getsockopt = nl_getsockopt,
	.sendmsg = nl_sendmsg,
	.recvmsg = nl_recvmsg,
};

/* ---- making ---- */

static int check_protocol(int type, int protocol)
{
	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	return nl_find_protocol(protocol) ? 0 : -EPROTONOSUPPORT;
}

int netlink_create(int type, int protocol, struct socket **res)
{
	int err = check_protocol(type, protocol);
	struct nl_sock *nl;

	if (err)
		return err;
	nl = kzalloc(sizeof(*nl), GFP_KERNEL);
	if (!nl)
		return -ENOMEM;
	socket_init(&nl->sock, &nl_ops, type);
	nl->sock.protocol = protocol;
	nl->proto = nl_find_protocol(protocol);
	INIT_LIST_HEAD(&nl->queue);
	init_waitqueue_head(&nl->room);
	*res = &nl->sock;
	return 0;
}

/* Two sockets are made and found not to go together. */
int netlink_socketpair(int type, int protocol, struct socket *pair[2])
{
	int err = check_protocol(type, protocol);

	return err ? err : -EOPNOTSUPP;
}
