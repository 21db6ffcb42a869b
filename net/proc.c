// SPDX-License-Identifier: MIT
/*
 * /proc/net: the sockets of each family.
 */
#include "fs/proc/proc_fs.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "net/socket.h"

static int net_proc_init(void)
{
	struct proc_dir_entry *dir = proc_mkdir("net", NULL);
	int err = dir ? unix_proc_init(dir) : -ENOMEM;

	return err ? err : netlink_proc_init(dir);
}
late_initcall(net_proc_init);
