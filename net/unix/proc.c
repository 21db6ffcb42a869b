// SPDX-License-Identifier: MIT
/*
 * /proc/net/unix: all sockets of the family, in Linux's columns. Addresses of the kernel's are not told.
 */
#include "fs/fs.h"
#include "fs/proc/proc_fs.h"
#include "fs/seq_file.h"
#include "net/unix/unix.h"

#define SO_ACCEPTCON 0x10000

/* Linux's states of a socket, as this file shows them */
#define UNCONNECTED   1
#define CONNECTING    2
#define CONNECTED     3
#define DISCONNECTING 4

static void show_name(struct seq_file *m, const struct unix_sock *u)
{
	const struct unix_address *addr = smp_load_acquire(&u->addr);
	int len = addr ? addr->len - UNIX_PATH_OFFSET : 0;

	if (!len)
		return;
	seq_putc(m, ' ');
	/* A path's terminator is not shown. */
	if (addr->name.sun_path[0])
		len--;
	for (int i = 0; i < len; i++)
		seq_putc(m, addr->name.sun_path[i] ? addr->name.sun_path[i] : '@');
}

static void show_socket(struct unix_sock *u, void *arg)
{
	u8 state = READ_ONCE(u->sock.state);
	struct seq_file *m = arg;
	int shown;

	if (READ_ONCE(u->sock.file))
		shown = state == SS_ESTABLISHED ? CONNECTED : UNCONNECTED;
	else
		shown = state == SS_ESTABLISHED ? CONNECTING : DISCONNECTING;
	seq_printf(m, "%016lx: %08X %08X %08X %04X %02X %5lu", 0UL, refcount_read(&u->sock.refs), 0,
		   state == SS_LISTEN ? SO_ACCEPTCON : 0, u->sock.type, shown, READ_ONCE(u->sock.ino));
	show_name(m, u);
	seq_putc(m, '\n');
}

static int unix_show(struct seq_file *m, void *v)
{
	seq_puts(m, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	unix_for_each(show_socket, m);
	return 0;
}

int unix_proc_init(struct proc_dir_entry *net)
{
	return proc_create_single("unix", S_IRUGO, net, unix_show, NULL) ? 0 : -ENOMEM;
}
