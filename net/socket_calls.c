// SPDX-License-Identifier: MIT
/*
 * The system calls on sockets that move no bytes: making, naming, connecting, shutting down, options.
 *
 * Each holds the file from the look-up of the descriptor to its end, so that a close in another thread takes effect
 * after it: the socket's ->release cannot run beside another of its operations.
 */
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/x86/uaccess.h"
#include "net/socket_internal.h"

struct socket *sockfd_lookup(int fd, struct fd *f, int *err)
{
	struct socket *sock;

	*f = fdget(fd);
	if (!f->file) {
		*err = -EBADF;
		return NULL;
	}
	sock = sock_from_file(f->file);
	if (!sock) {
		fdput(*f);
		*err = -ENOTSOCK;
	}
	return sock;
}

/* ---- names ---- */

int move_addr_to_kernel(const void __user *uaddr, int len, struct sockaddr_storage *name)
{
	if (len < 0 || len > (int)sizeof(*name))
		return -EINVAL;
	return len && copy_from_user(name, uaddr, len) ? -EFAULT : 0;
}

/* What does not fit is cut off, but its length is told. */
int move_addr_to_user(const struct sockaddr_storage *name, int klen, void __user *uaddr, int __user *ulen)
{
	int len, err = get_user(len, ulen);

	if (err)
		return err;
	if (len > klen)
		len = klen;
	if (len < 0)
		return -EINVAL;
	if (len && copy_to_user(uaddr, name, len))
		return -EFAULT;
	return put_user(klen, ulen);
}

/* ---- making ---- */

static int check_type(int family, int type)
{
	if (family < 0 || family >= AF_MAX)
		return -EAFNOSUPPORT;
	if (type < 0 || type >= SOCK_MAX)
		return -EINVAL;
	return family == AF_UNIX || family == AF_NETLINK ? 0 : -EAFNOSUPPORT;
}

static int create(int family, int type, int protocol, struct socket **res)
{
	return family == AF_UNIX ? unix_create(type, protocol, res) : netlink_create(type, protocol, res);
}

static int create_pair(int family, int type, int protocol, struct socket *pair[2])
{
	return family == AF_UNIX ? unix_socketpair(type, protocol, pair) : netlink_socketpair(type, protocol, pair);
}

long sys_socket(int family, int type, int protocol)
{
	int fd, err, flags = type & ~SOCK_TYPE_MASK;
	struct socket *sock;
	struct file *file;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	type &= SOCK_TYPE_MASK;
	err = check_type(family, type);
	if (err)
		return err;
	file = sock_alloc_file(family, type, flags);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = create(family, type, protocol, &sock);
	if (err)
		goto put_file;
	sock_attach(file, sock);
	fd = err = get_unused_fd_flags(flags);
	if (err < 0)
		goto put_file;
	fd_install(fd, file);
	return fd;
put_file:
	fput(file);
	return err;
}

static int pair_files(struct file *files[2], int family, int type, int protocol, int flags)
{
	struct socket *pair[2];
	int err;

	files[0] = sock_alloc_file(family, type, flags);
	if (IS_ERR(files[0]))
		return PTR_ERR(files[0]);
	files[1] = sock_alloc_file(family, type, flags);
	if (IS_ERR(files[1])) {
		fput(files[0]);
		return PTR_ERR(files[1]);
	}
	err = create_pair(family, type, protocol, pair);
	if (err) {
		fput(files[0]);
		fput(files[1]);
		return err;
	}
	sock_attach(files[0], pair[0]);
	sock_attach(files[1], pair[1]);
	return 0;
}

long sys_socketpair(int family, int type, int protocol, int __user *fds)
{
	int fd[2], err, flags = type & ~SOCK_TYPE_MASK;
	struct file *files[2] = { };

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	type &= SOCK_TYPE_MASK;
	fd[0] = err = get_unused_fd_flags(flags);
	if (err < 0)
		return err;
	fd[1] = err = get_unused_fd_flags(flags);
	if (err < 0)
		goto put_fd0;
	err = -EFAULT;
	if (copy_to_user(fds, fd, sizeof(fd)))
		goto put_fd1;
	err = check_type(family, type);
	if (!err)
		err = pair_files(files, family, type, protocol, flags);
	if (err)
		goto put_fd1;
	fd_install(fd[0], files[0]);
	fd_install(fd[1], files[1]);
	return 0;
put_fd1:
	put_unused_fd(fd[1]);
put_fd0:
	put_unused_fd(fd[0]);
	return err;
}

/* ---- naming and connecting ---- */

long sys_bind(int fd, void __user *uaddr, int len)
{
	struct sockaddr_storage name;
	struct socket *sock;
	struct fd f;
	int err;

	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	err = move_addr_to_kernel(uaddr, len, &name);
	if (!err)
		err = sock->ops->bind(sock, &name, len);
	fdput(f);
	return err;
}

long sys_listen(int fd, int backlog)
{
	struct socket *sock;
	struct fd f;
	int err;

	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	if ((unsigned int)backlog > SOMAXCONN)
		backlog = SOMAXCONN;
	err = sock->ops->listen(sock, backlog);
	fdput(f);
	return err;
}

/*
 * The file is made before the connection is taken off the queue, so that only a bad pointer of the caller's, which Linux
 * punishes in the same way, can cost it a connection that was there.
 */
static int do_accept(struct socket *sock, int file_flags, void __user *uaddr, int __user *ulen, int flags)
{
	struct file *file = sock_alloc_file(sock->ops->family, sock->type, flags);
	struct sockaddr_storage name;
	struct socket *new;
	int fd, len, err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = err = get_unused_fd_flags(flags);
	if (err < 0)
		goto put_file;
	new = sock->ops->accept(sock, file_flags);
	err = PTR_ERR_OR_ZERO(new);
	if (err)
		goto put_fd;
	sock_attach(file, new);
	if (uaddr) {
		len = new->ops->getname(new, &name, true);
		err = len < 0 ? -ECONNABORTED : move_addr_to_user(&name, len, uaddr, ulen);
		if (err)
			goto put_fd;
	}
	fd_install(fd, file);
	return fd;
put_fd:
	put_unused_fd(fd);
put_file:
	fput(file);
	return err;
}

long sys_accept4(int fd, void __user *uaddr, int __user *ulen, int flags)
{
	struct socket *sock;
	struct fd f;
	int err;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	err = do_accept(sock, f.file->f_flags, uaddr, ulen, flags);
	fdput(f);
	return err;
}

long sys_accept(int fd, void __user *uaddr, int __user *ulen)
{
	return sys_accept4(fd, uaddr, ulen, 0);
}

long sys_connect(int fd, void __user *uaddr, int len)
{
	struct sockaddr_storage name;
	struct socket *sock;
	struct fd f;
	int err;

	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	err = move_addr_to_kernel(uaddr, len, &name);
	if (!err)
		err = sock->ops->connect(sock, &name, len, f.file->f_flags);
	fdput(f);
	return err;
}

static long do_getname(int fd, void __user *uaddr, int __user *ulen, bool peer)
{
	struct sockaddr_storage name;
	struct socket *sock;
	struct fd f;
	int err;

	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	err = sock->ops->getname(sock, &name, peer);
	if (err >= 0)
		err = move_addr_to_user(&name, err, uaddr, ulen);
	fdput(f);
	return err;
}

long sys_getsockname(int fd, void __user *uaddr, int __user *ulen)
{
	return do_getname(fd, uaddr, ulen, false);
}

long sys_getpeername(int fd, void __user *uaddr, int __user *ulen)
{
	return do_getname(fd, uaddr, ulen, true);
}

long sys_shutdown(int fd, int how)
{
	struct socket *sock;
	struct fd f;
	int err;

	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	err = sock->ops->shutdown(sock, how);
	fdput(f);
	return err;
}

/* ---- options ---- */

long sys_setsockopt(int fd, int level, int name, const char __user *value, int len)
{
	struct socket *sock;
	struct fd f;
	int err;

	if (len < 0)
		return -EINVAL;
	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	err = sock_setsockopt(sock, level, name, value, len);
	fdput(f);
	return err;
}

long sys_getsockopt(int fd, int level, int name, char __user *value, int __user *len)
{
	struct socket *sock;
	struct fd f;
	int err;

	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	err = sock_getsockopt(sock, level, name, value, len);
	fdput(f);
	return err;
}
