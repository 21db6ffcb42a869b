// SPDX-License-Identifier: MIT
/*
 * Which netlink sockets there are: protocols, ports, members of groups.
 *
 * Ports are in one hash table for all protocols; the sockets that ever joined a group are on a list for each protocol. Both are changed
 * under nl_table_lock and walked under RCU. A socket stays on both until it is closed, and never comes back: so a walker that stands on it
 * always gets on.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/random.h"
#include "kernel/task/task.h"
#include "net/netlink/netlink.h"

#define PORT_BITS 6

/* ports that the kernel chooses when the process's number is taken: from the lowest negative number to this one */
#define CHOSEN_LAST ((u32)-4097)

static DEFINE_SPINLOCK(nl_table_lock);
static struct hlist_head ports[1 << PORT_BITS];
static struct hlist_head members[NL_PROTOCOLS];

/* For programs among each other; the kernel listens to nobody here. */
static const struct nl_protocol nl_usersock = { .number = NETLINK_USERSOCK, .nonroot_send = true };

static const struct nl_protocol *const protocols[NL_PROTOCOLS] = {
	[NETLINK_USERSOCK] = &nl_usersock,
	[NETLINK_CONNECTOR] = &nl_connector,
	[NETLINK_GENERIC] = &nl_generic,
};

const struct nl_protocol *nl_find_protocol(int number)
{
	return number >= 0 && number < NL_PROTOCOLS ? protocols[number] : NULL;
}

/* ---- ports ---- */

static struct hlist_head *port_chain(const struct nl_protocol *proto, u32 portid)
{
	return &ports[hash_32(portid * NL_PROTOCOLS + proto->number, PORT_BITS)];
}

/* Under RCU or nl_table_lock. */
static struct nl_sock *find_port(const struct nl_protocol *proto, u32 portid)
{
	struct nl_sock *nl;

	hlist_for_each_entry_rcu (nl, port_chain(proto, portid), port_node) {
		if (nl->proto == proto && nl->portid == portid)
			return nl;
	}
	return NULL;
}

struct nl_sock *nl_find(const struct nl_protocol *proto, u32 portid)
{
	struct nl_sock *nl;

	rcu_read_lock();
	nl = find_port(proto, portid);
	if (nl && !refcount_inc_not_zero(&nl->sock.refs))
		nl = NULL;
	rcu_read_unlock();
	return nl;
}

/* nl_table_lock held. */
static u32 choose_port(const struct nl_protocol *proto)
{
	u32 portid = current->tgid;

	if (!find_port(proto, portid))
		return portid;
	portid = get_random_u32() | 0x80000000;
	while (portid > CHOSEN_LAST || find_port(proto, portid))
		portid = (portid - 1) | 0x80000000;
	return portid;
}

/* nl_table_lock held. */
static int insert(struct nl_sock *nl, u32 portid)
{
	if (nl->bound)
		return -EBUSY;
	if (!portid)
		portid = choose_port(nl->proto);
	else if (find_port(nl->proto, portid))
		return -EADDRINUSE;
	WRITE_ONCE(nl->portid, portid);
	smp_store_release(&nl->bound, true);
	hlist_add_head_rcu(&nl->port_node, port_chain(nl->proto, portid));
	return 0;
}

void nl_autobind(struct nl_sock *nl)
{
	if (smp_load_acquire(&nl->bound))
		return;
	spin_lock(&nl_table_lock);
	insert(nl, 0); /* if another thread was first, it has one */
	spin_unlock(&nl_table_lock);
}

/* ---- groups ---- */

/* nl_table_lock held. */
static void set_groups(struct nl_sock *nl, u32 groups)
{
	WRITE_ONCE(nl->groups, groups);
	if (groups && !nl->member) {
		nl->member = true;
		hlist_add_head_rcu(&nl->member_node, &members[nl->proto->number]);
	}
}

int nl_bind_groups(struct nl_sock *nl, u32 portid, u32 groups)
{
	int err = 0;

	spin_lock(&nl_table_lock);
	if (!nl->bound)
		err = insert(nl, portid);
	else if (portid != nl->portid)
		err = -EINVAL;
	if (!err)
		set_groups(nl, groups);
	spin_unlock(&nl_table_lock);
	return err;
}

void nl_change_groups(struct nl_sock *nl, u32 set, u32 clear)
{
	spin_lock(&nl_table_lock);
	set_groups(nl, (nl->groups | set) & ~clear);
	spin_unlock(&nl_table_lock);
}

void nl_forget(struct nl_sock *nl)
{
	spin_lock(&nl_table_lock);
	if (nl->bound)
		hlist_del_rcu(&nl->port_node);
	if (nl->member)
		hlist_del_rcu(&nl->member_node);
	spin_unlock(&nl_table_lock);
}

void nl_multicast(const struct nl_protocol *proto, struct nl_msg *msg, u32 group, const struct nl_sock *except, u32 except_portid)
{
	struct nl_sock *nl;

	rcu_read_lock();
	hlist_for_each_entry_rcu (nl, &members[proto->number], member_node) {
		if (nl != except && (READ_ONCE(nl->groups) & nl_group_mask(group)) && READ_ONCE(nl->portid) != except_portid)
			nl_deliver(nl, msg);
	}
	rcu_read_unlock();
}

void nl_for_each(void (*fn)(struct nl_sock *nl, void *arg), void *arg)
{
	struct nl_sock *nl;

	rcu_read_lock();
	for (unsigned int i = 0; i < ARRAY_SIZE(ports); i++) {
		hlist_for_each_entry_rcu (nl, &ports[i], port_node)
			fn(nl, arg);
	}
	rcu_read_unlock();
}
