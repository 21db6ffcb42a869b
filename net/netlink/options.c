// SPDX-License-Identifier: MIT
/*
 * getsockopt and setsockopt at the level SOL_NETLINK.
 *
 * What asks for something to be done in another way is a bit of nl->options, looked at where it counts: NETLINK_EXT_ACK lets answers carry
 * explanations, of which there are none so far, and NETLINK_GET_STRICT_CHK is about requests that are not known here.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/cred.h"
#include "kernel/x86/uaccess.h"
#include "net/netlink/netlink.h"

static unsigned int option_bit(int name)
{
	switch (name) {
	case NETLINK_PKTINFO:
		return NL_OPT_PKTINFO;
	case NETLINK_BROADCAST_ERROR:
		return NL_OPT_BROADCAST_ERROR;
	case NETLINK_NO_ENOBUFS:
		return NL_OPT_NO_ENOBUFS;
	case NETLINK_CAP_ACK:
		return NL_OPT_CAP_ACK;
	case NETLINK_EXT_ACK:
		return NL_OPT_EXT_ACK;
	case NETLINK_GET_STRICT_CHK:
		return NL_OPT_STRICT_CHK;
	}
	return 0;
}

/* ---- setting ---- */

static int change_membership(struct nl_sock *nl, int name, unsigned int group)
{
	u32 mask;

	if (!nl->proto->nonroot_recv && !capable(CAP_NET_ADMIN))
		return -EPERM;
	if (!group || group > 32)
		return -EINVAL;
	mask = nl_group_mask(group);
	if (name == NETLINK_ADD_MEMBERSHIP)
		nl_change_groups(nl, mask, 0);
	else
		nl_change_groups(nl, 0, mask);
	return 0;
}

static void change_option(struct nl_sock *nl, unsigned int bit, bool on)
{
	spin_lock(&nl->sock.lock);
	WRITE_ONCE(nl->options, on ? nl->options | bit : nl->options & ~bit);
	spin_unlock(&nl->sock.lock);
	if (bit == NL_OPT_NO_ENOBUFS && on)
		nl_no_longer_congested(nl);
}

int nl_setsockopt(struct socket *sock, int level, int name, const char __user *value, int len)
{
	unsigned int number = 0;

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (len >= (int)sizeof(number) && get_user(number, (const unsigned int __user *)value))
		return -EFAULT;
	if (name == NETLINK_ADD_MEMBERSHIP || name == NETLINK_DROP_MEMBERSHIP)
		return change_membership(nl_sk(sock), name, number);
	if (!option_bit(name))
		return -ENOPROTOOPT;
	change_option(nl_sk(sock), option_bit(name), number);
	return 0;
}

/* ---- asking ---- */

/* The groups as words of 32, of which there is one, or none before the first group was joined; and what length that has. */
static int list_memberships(struct nl_sock *nl, char __user *value, int len, int __user *ulen)
{
	int size = READ_ONCE(nl->member) ? sizeof(u32) : 0;

	if (size && len >= size && put_user(READ_ONCE(nl->groups), (u32 __user *)value))
		return -EFAULT;
	return put_user(size, ulen);
}

int nl_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *ulen)
{
	struct nl_sock *nl = nl_sk(sock);
	int len;

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (get_user(len, ulen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if (name == NETLINK_LIST_MEMBERSHIPS)
		return list_memberships(nl, value, len, ulen);
	if (!option_bit(name))
		return -ENOPROTOOPT;
	if (len < (int)sizeof(int))
		return -EINVAL;
	if (put_user((int)sizeof(int), ulen) || put_user(!!(READ_ONCE(nl->options) & option_bit(name)), (int __user *)value))
		return -EFAULT;
	return 0;
}
