// SPDX-License-Identifier: MIT
/*
 * Terminals as files: the program's standard streams, /dev/console, /dev/ttyS0, and /dev/tty, which is the caller's own.
 *
 * A file's private_data is its terminal, with a reference. The terminal takes and gives kernel memory, so data pass through a page of
 * our own; it does its own locking.
 */
#include "drivers/tty/pty.h"
#include "drivers/tty/tty_internal.h"
#include "fs/char_dev.h"
#include "fs/devpts.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "fs/poll.h"
#include "fs/super.h"
#include "gen/file_operations.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/slab.h"

static ssize_t console_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	size_t room = min_t(size_t, count, PAGE_SIZE);
	ssize_t n;
	void *page;

	if (!count)
		return 0;
	page = kmalloc(room, GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	n = tty_read(file->private_data, page, room, file->f_flags & O_NONBLOCK);
	if (n > 0 && copy_to_user(buf, page, n))
		n = -EFAULT;
	kfree(page);
	return n;
}

static ssize_t console_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	u8 small[256];
	size_t room = min_t(size_t, count, PAGE_SIZE), done = 0;
	void *piece = small;
	ssize_t n = 0;

	if (room > sizeof(small)) {
		piece = kmalloc(room, GFP_KERNEL);
		if (!piece)
			return -ENOMEM;
	}
	while (done < count) {
		size_t len = min_t(size_t, count - done, room);

		if (copy_from_user(piece, buf + done, len)) {
			n = -EFAULT;
			break;
		}
		n = tty_write(file->private_data, piece, len, file->f_flags & O_NONBLOCK);
		if (n <= 0)
			break;
		done += n;
	}
	if (piece != small)
		kfree(piece);
	return done ? done : n;
}

static __poll_t console_poll(struct file *file, struct poll_table_struct *wait)
{
	struct tty *tty = file->private_data;

	poll_wait(file, tty_read_wait(tty), wait);
	poll_wait(file, tty_write_wait(tty), wait);
	return tty_poll(tty);
}

static long console_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return tty_ioctl(file->private_data, cmd, arg, false);
}

static bool is_pts(dev_t dev)
{
	return MAJOR(dev) >= PTY_MAJOR && MAJOR(dev) < PTY_MAJOR + PTY_MAX / 256;
}

/* A slave is known by its node in devpts; its number alone means nothing. */
static struct tty *open_slave(struct inode *inode)
{
	struct tty *tty = devpts_tty(inode);
	int err = tty ? pty_open_slave(tty) : -EIO;

	return err ? ERR_PTR(err) : tty;
}

/* The terminal that @inode stands for, with a reference, or ERR_PTR. */
static struct tty *find_tty(struct inode *inode)
{
	struct tty *tty;

	switch (inode->i_rdev) {
	case MKDEV(5, 0):
		tty = get_current_tty();
		return tty ? tty : ERR_PTR(-ENXIO);
	case MKDEV(4, 64):
	case MKDEV(5, 1):
		return tty_get(tty_console());
	}
	return is_pts(inode->i_rdev) ? open_slave(inode) : ERR_PTR(-ENXIO);
}

/* /dev/tty does not count as one of the slave's files: its process has the terminal anyway. */
static void close_tty(struct inode *inode, struct tty *tty)
{
	if (is_pts(inode->i_rdev))
		pty_close_slave(tty);
	tty_put(tty);
}

static int console_open(struct inode *inode, struct file *file)
{
	struct tty *tty = find_tty(inode);

	if (IS_ERR(tty))
		return PTR_ERR(tty);
	if (READ_ONCE(tty->exclusive) && !capable(CAP_SYS_ADMIN)) {
		close_tty(inode, tty);
		return -EBUSY;
	}
	/* The console is nobody's by being opened as such: programs open it to leave a message. */
	if (!(file->f_flags & O_NOCTTY) && inode->i_rdev != MKDEV(5, 1) && inode->i_rdev != MKDEV(5, 0))
		tty_open_controlling(tty);
	file->private_data = tty;
	return 0;
}

static int console_release(struct inode *inode, struct file *file)
{
	close_tty(inode, file->private_data);
	return 0;
}

const struct file_operations console_fops = {
	.open = console_open,
	.release = console_release,
	.read = console_read,
	.write = console_write,
	.poll = console_poll,
	.unlocked_ioctl = console_ioctl,
	.llseek = no_llseek,
};

/* ---- the standard streams ---- */

/* On a disk without /dev the console needs an inode all the same: it lives in an internal file system. */
static struct dentry *console_mount(struct file_system_type *type, int flags, const char *dev_name, void *data)
{
	return mount_pseudo(type, "console:", NULL, NULL, 0x636f6e73);
}

static struct file_system_type console_type = {
	.name = "consolefs",
	.mount = console_mount,
	.kill_sb = kill_anon_super,
};

static struct vfsmount *console_mnt;	/* constant after boot */

static int console_fs_init(void)
{
	console_mnt = kern_mount(&console_type);
	return PTR_ERR_OR_ZERO(console_mnt);
}
fs_initcall(console_fs_init);

static struct file *open_nameless(void)
{
	struct vfsmount *mnt = console_mnt;
	struct inode *inode;
	struct file *file;

	inode = new_inode_pseudo(mnt->mnt_sb);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_ino = get_next_ino();
	inode->i_mode = S_IFCHR | 0600;
	inode->i_rdev = MKDEV(5, 1);
	inode->i_fop = &console_fops;
	file = alloc_file_pseudo(inode, mnt, "console", O_RDWR, &console_fops);
	if (IS_ERR(file)) {
		iput(inode);
		return file;
	}
	file->private_data = tty_get(tty_console());
	return file;
}

/* The node in /dev, so that ttyname() and /proc/self/fd tell a name that opens the same terminal; else a file without a name. */
static struct file *open_console(void)
{
	struct file *file = filp_open("/dev/console", O_RDWR, 0);

	if (!IS_ERR(file) && file->f_op == &console_fops)
		return file;
	if (!IS_ERR(file))
		fput(file);
	return open_nameless();
}

int console_open_std(void)
{
	struct file *file = open_console();

	if (IS_ERR(file))
		return PTR_ERR(file);
	for (int i = 0; i < 3; i++) {
		int fd = get_unused_fd_flags(0);

		if (fd < 0) {
			fput(file);
			return fd;
		}
		fd_install(fd, get_file(file));
	}
	fput(file);
	return 0;
}
