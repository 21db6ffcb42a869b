// SPDX-License-Identifier: MIT
/*
 * Sockets as files: the internal file system that their inodes live on, and read, write, poll and ioctl.
 *
 * file->private_data is the socket from sock_attach() on, which comes before anybody else can find the file. It is NULL
 * only in a file that is given up half-made. The file's reference to the socket ends in ->release.
 */
#include "net/socket.h"

#include "fs/dcache.h"
#include "fs/fasync.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "fs/xattr.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/init.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/siginfo.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"

#define SOCKFS_MAGIC 0x534F434B

#define FIONREAD 0x541B
#define TIOCOUTQ 0x5411

static struct vfsmount *sock_mnt;	/* constant after boot */

void socket_init(struct socket *sock, const struct socket_operations *ops, short type)
{
	sock->ops = ops;
	sock->type = type;
	refcount_set(&sock->refs, 1);
	spin_lock_init(&sock->lock);
	init_waitqueue_head(&sock->wait);
	sock->sndbuf = sock->rcvbuf = SOCK_MEM_DEFAULT;
	sock->rcvlowat = 1;
	sock->sndtimeo = sock->rcvtimeo = MAX_SCHEDULE_TIMEOUT;
	sock->peer = (struct ucred){ .pid = 0, .uid = -1, .gid = -1 };
}

int sock_error(struct socket *sock)
{
	return READ_ONCE(sock->err) ? -xchg(&sock->err, 0) : 0;
}

void sock_wake(struct socket *sock, __poll_t events)
{
	if (wq_has_sleeper(&sock->wait))
		__wake_up(&sock->wait, TASK_NORMAL, 0, (void *)(unsigned long)events);
	if (READ_ONCE(sock->fasync))
		kill_fasync(&sock->fasync, SIGIO, events & EPOLLHUP ? POLL_HUP : events & EPOLLIN ? POLL_IN : POLL_OUT);
}

/* ---- the file's operations ---- */

static ssize_t sock_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	struct socket *sock = file->private_data;
	struct socket_msg msg = { .iter = *to };
	unsigned int flags = 0;
	ssize_t ret;

	if ((file->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT))
		flags |= MSG_DONTWAIT;
	if (iocb->ki_pos)
		return -ESPIPE;
	if (!iov_iter_count(to))
		return 0;
	ret = sock->ops->recvmsg(sock, &msg, flags);
	*to = msg.iter;
	return ret;
}

static ssize_t sock_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *file = iocb->ki_filp;
	struct socket *sock = file->private_data;
	struct socket_msg msg = { .iter = *from };
	ssize_t ret;

	if (iocb->ki_pos)
		return -ESPIPE;
	if ((file->f_flags & O_NONBLOCK) || (iocb->ki_flags & IOCB_NOWAIT))
		msg.flags |= MSG_DONTWAIT;
	if (sock->type == SOCK_SEQPACKET)
		msg.flags |= MSG_EOR;
	ret = sock->ops->sendmsg(sock, &msg);
	*from = msg.iter;
	return ret;
}

static __poll_t sock_poll(struct file *file, struct poll_table_struct *wait)
{
	struct socket *sock = file->private_data;

	return sock->ops->poll(sock, file, wait);
}

static long sock_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct socket *sock = file->private_data;
	int value = 0, err = -ENOIOCTLCMD;

	if (cmd == FIONREAD || cmd == TIOCOUTQ)
		err = sock->ops->ioctl(sock, cmd, &value);
	return err ? err : put_user(value, (int __user *)arg);
}

/* O_ASYNC: SIGIO when there is something to read or room to write. */
static int sock_fasync(int fd, struct file *file, int on)
{
	struct socket *sock = file->private_data;

	return fasync_helper(fd, file, on, &sock->fasync);
}

static int sock_release(struct inode *inode, struct file *file)
{
	struct socket *sock = file->private_data;

	if (sock)
		sock->ops->release(sock);
	return 0;
}

static const struct file_operations socket_file_ops = {
	.llseek = no_llseek,
	.read_iter = sock_read_iter,
	.splice_read = copy_splice_read,
	.write_iter = sock_write_iter,
	.poll = sock_poll,
	.unlocked_ioctl = sock_ioctl,
	.fasync = sock_fasync,
	.release = sock_release,
};

/* ---- making files ---- */

struct socket *sock_from_file(struct file *file)
{
	return file->f_op == &socket_file_ops ? file->private_data : NULL;
}

/*
 * What protocol a socket speaks is an attribute of it. Its name is that of the dentry, which is never seen otherwise (sockfs_dname). Other
 * names in security. are for a security module to set, which here is none: Linux then answers EAGAIN.
 */
#define SOCKPROTONAME "system.sockprotoname"

static int sockprotoname_get(const struct xattr_handler *handler, struct dentry *dentry, struct inode *inode, const char *name, void *buffer,
			     size_t size)
{
	size_t len = dentry->d_name.len + 1;

	if (buffer) {
		if (len > size)
			return -ERANGE;
		memcpy(buffer, dentry->d_name.name, len);
	}
	return len;
}

static int sock_security_set(const struct xattr_handler *handler, struct dentry *dentry, struct inode *inode, const char *name,
			     const void *value, size_t size, int flags)
{
	return -EAGAIN;
}

static const struct xattr_handler sockprotoname_handler = {
	.name = SOCKPROTONAME,
	.get = sockprotoname_get,
};

static const struct xattr_handler sock_security_handler = {
	.prefix = XATTR_SECURITY_PREFIX,
	.set = sock_security_set,
};

static const struct xattr_handler *sockfs_xattr_handlers[] = { &sockprotoname_handler, &sock_security_handler, NULL };

static const struct inode_operations sock_inode_operations = {
	.listxattr = generic_listxattr,
};

static struct inode *sock_alloc_inode(void)
{
	struct inode *inode = new_inode_pseudo(sock_mnt->mnt_sb);

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	init_special_inode(inode, S_IFSOCK | S_IRWXUGO, 0);
	inode->i_op = &sock_inode_operations;
	/* Never on a writeback list: looks dirty, so that nobody puts it there. */
	inode->i_state = I_DIRTY;
	inode->i_uid = current_fsuid();
	inode->i_gid = current_fsgid();
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	return inode;
}

static const char *protocol_name(int family, int type)
{
	if (family == AF_NETLINK)
		return "NETLINK";
	return type == SOCK_STREAM ? "UNIX-STREAM" : "UNIX";
}

struct file *sock_alloc_file(int family, int type, int flags)
{
	struct inode *inode = sock_alloc_inode();
	struct file *file;

	if (!inode)
		return ERR_PTR(-ENFILE);
	file = alloc_file_pseudo(inode, sock_mnt, protocol_name(family, type), O_RDWR | (flags & O_NONBLOCK), &socket_file_ops);
	if (IS_ERR(file)) {
		iput(inode);
		return file;
	}
	stream_open(inode, file);
	file->f_mode |= FMODE_NOWAIT;
	return file;
}

void sock_attach(struct file *file, struct socket *sock)
{
	file->private_data = sock;
	WRITE_ONCE(sock->ino, file_inode(file)->i_ino);
	WRITE_ONCE(sock->file, file);
}

/* ---- the file system that sockets live on ---- */

static char *sockfs_dname(struct dentry *dentry, char *buffer, int buflen)
{
	return dynamic_dname(dentry, buffer, buflen, "socket:[%lu]", d_inode(dentry)->i_ino);
}

static const struct dentry_operations sockfs_dentry_operations = {
	.d_dname = sockfs_dname,
};

static struct dentry *sockfs_mount(struct file_system_type *type, int flags, const char *name, void *data)
{
	struct dentry *root = mount_pseudo(type, "socket:", NULL, &sockfs_dentry_operations, SOCKFS_MAGIC);

	if (!IS_ERR(root))
		root->d_sb->s_xattr = sockfs_xattr_handlers;
	return root;
}

static struct file_system_type sock_fs_type = {
	.name = "sockfs",
	.mount = sockfs_mount,
	.kill_sb = kill_anon_super,
};

static int sockfs_init(void)
{
	int err = register_filesystem(&sock_fs_type);

	if (err)
		return err;
	sock_mnt = kern_mount(&sock_fs_type);
	return PTR_ERR_OR_ZERO(sock_mnt);
}
fs_initcall(sockfs_init);
