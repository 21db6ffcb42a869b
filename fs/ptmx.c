// SPDX-License-Identifier: MIT
/*
 * /dev/ptmx: the masters of pseudo-terminals as files. Opening it makes a pair and its slave's node (devpts.c), which belongs to the
 * opener and goes when the master is closed. The slaves' files are those of all terminals (console.c).
 */
#include "drivers/tty/pty.h"
#include "drivers/tty/termbits.h"
#include "drivers/tty/tty.h"
#include "fs/char_dev.h"
#include "fs/dev_node.h"
#include "fs/devpts.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/poll.h"
#include "gen/file_operations.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/slab.h"

/* An open master. Constant while it is open. */
struct master {
	struct pty *pty;
	struct dentry *slave;	/* its node */
};

static struct pty *master_pty(struct file *file)
{
	return ((struct master *)file->private_data)->pty;
}

static int make_pair(struct master *m)
{
	m->pty = pty_create();
	if (IS_ERR(m->pty))
		return PTR_ERR(m->pty);
	m->slave = devpts_add(m->pty);
	if (IS_ERR(m->slave))
		pty_master_close(m->pty);
	return PTR_ERR_OR_ZERO(m->slave);
}

static int ptmx_open(struct inode *inode, struct file *file)
{
	struct master *m = kmalloc(sizeof(*m), GFP_KERNEL);
	int err = m ? make_pair(m) : -ENOMEM;

	if (err) {
		kfree(m);
		return err;
	}
	file->private_data = m;
	return stream_open(inode, file);
}

static int ptmx_release(struct inode *inode, struct file *file)
{
	struct master *m = file->private_data;

	devpts_remove(m->slave);
	pty_master_close(m->pty);
	kfree(m);
	return 0;
}

static ssize_t ptmx_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	size_t room = min_t(size_t, count, PAGE_SIZE);
	void *page = kmalloc(room ? room : 1, GFP_KERNEL);
	ssize_t n;

	if (!page)
		return -ENOMEM;
	n = pty_master_read(master_pty(file), page, room, file->f_flags & O_NONBLOCK);
	if (n > 0 && copy_to_user(buf, page, n))
		n = -EFAULT;
	kfree(page);
	return n;
}

static ssize_t ptmx_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	size_t done = 0;
	ssize_t n = 0;
	void *page = kmalloc(PAGE_SIZE, GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	while (done < count) {
		size_t len = min_t(size_t, count - done, PAGE_SIZE);

		if (copy_from_user(page, buf + done, len)) {
			n = -EFAULT;
			break;
		}
		n = pty_master_write(master_pty(file), page, len, file->f_flags & O_NONBLOCK);
		if (n <= 0)
			break;
		done += n;
	}
	kfree(page);
	return done ? (ssize_t)done : n;
}

static __poll_t ptmx_poll(struct file *file, struct poll_table_struct *wait)
{
	struct pty *pty = master_pty(file);

	poll_wait(file, pty_master_read_wait(pty), wait);
	poll_wait(file, pty_master_write_wait(pty), wait);
	return pty_master_poll(pty);
}

/* TIOCGPTPEER: a descriptor of the slave, whatever its name is by now. */
static long open_peer(struct pty *pty, int flags)
{
	char path[24];
	struct file *file;
	int fd = get_unused_fd_flags(flags & O_CLOEXEC);

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), "/dev/pts/%d", pty_index(pty));
	file = filp_open(path, flags, 0);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static long ptmx_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cmd == TIOCGPTPEER)
		return open_peer(master_pty(file), arg);
	return pty_master_ioctl(master_pty(file), cmd, arg);
}

static const struct file_operations ptmx_fops = {
	.open = ptmx_open,
	.release = ptmx_release,
	.read = ptmx_read,
	.write = ptmx_write,
	.poll = ptmx_poll,
	.unlocked_ioctl = ptmx_ioctl,
	.llseek = no_llseek,
};

static int ptmx_init(void)
{
	int err = register_chrdev_fops(MKDEV(5, 2), &ptmx_fops);

	for (int i = 0; !err && i < PTY_MAX; i++)
		err = register_chrdev_fops(MKDEV(PTY_MAJOR + i / 256, i % 256), &console_fops);
	if (!err)
		err = dev_node_create("ptmx", S_IFCHR | 0666, MKDEV(5, 2));
	return err;
}
device_initcall(ptmx_init);
