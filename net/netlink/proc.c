// SPDX-License-Identifier: MIT
/*
 * /proc/net/netlink: the sockets that have a port, in Linux's columns. Addresses of the kernel's are not told.
 */
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "kernel/lib/errno.h"
#include "net/netlink/netlink.h"

static void show_socket(struct nl_sock *nl, void *arg)
{
	seq_printf(arg, "%016lx %-3d %-10u %08x %-8u %-8d %-5d %-8u %-8u %-8lu\n", 0UL, nl->proto->number, READ_ONCE(nl->portid),
		   READ_ONCE(nl->groups), READ_ONCE(nl->rmem), 0, 0, refcount_read(&nl->sock.refs), READ_ONCE(nl->drops),
		   READ_ONCE(nl->sock.ino));
}

static int netlink_show(struct seq_file *m, void *v)
{
	seq_puts(m, "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n");
	nl_for_each(show_socket, m);
	return 0;
}

int netlink_proc_init(struct proc_dir_entry *net)
{
	return proc_create_single("netlink", S_IRUGO, net, netlink_show, NULL) ? 0 : -ENOMEM;
}
