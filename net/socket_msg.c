// SPDX-License-Identifier: MIT
/*
 * The system calls that send and receive: one buffer with an address, or a message header with several buffers and control
 * data, or several such headers.
 */
#include "fs/fs.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/time64.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"
#include "net/socket_internal.h"

/* the ABI's headers */
struct user_msghdr {
	void __user *msg_name;
	int msg_namelen;
	struct iovec __user *msg_iov;
	size_t msg_iovlen;
	void __user *msg_control;
	size_t msg_controllen;
	unsigned int msg_flags;
};

struct mmsghdr {
	struct user_msghdr msg_hdr;
	unsigned int msg_len;
};

static unsigned int file_msg_flags(struct fd f)
{
	return f.file->f_flags & O_NONBLOCK ? MSG_DONTWAIT : 0;
}

/* ---- one buffer ---- */

long sys_sendto(int fd, void __user *buf, size_t len, unsigned int flags, void __user *uaddr, int addrlen)
{
	struct sockaddr_storage name;
	struct socket_msg msg = { };
	struct iovec iov;
	struct socket *sock;
	struct fd f;
	long ret;
	int err;

	err = import_single_range(WRITE, buf, len, &iov, &msg.iter);
	if (err)
		return err;
	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	if (uaddr) {
		ret = move_addr_to_kernel(uaddr, addrlen, &name);
		if (ret < 0)
			goto out;
		msg.name = &name;
		msg.namelen = addrlen;
	}
	msg.flags = flags | file_msg_flags(f);
	ret = sock->ops->sendmsg(sock, &msg);
out:
	fdput(f);
	return ret;
}

long sys_recvfrom(int fd, void __user *buf, size_t len, unsigned int flags, void __user *uaddr, int __user *ulen)
{
	struct sockaddr_storage name;
	struct socket_msg msg = { .name = uaddr ? &name : NULL };
	struct iovec iov;
	struct socket *sock;
	struct fd f;
	long ret;
	int err;

	err = import_single_range(READ, buf, len, &iov, &msg.iter);
	if (err)
		return err;
	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	ret = sock->ops->recvmsg(sock, &msg, flags | file_msg_flags(f));
	if (ret >= 0 && uaddr) {
		err = move_addr_to_user(&name, msg.namelen, uaddr, ulen);
		if (err)
			ret = err;
	}
	fdput(f);
	return ret;
}

/* ---- message headers ---- */

/* The buffers of a header: *iov is fast[] or what is to be freed. Bytes, or -errno. */
static ssize_t import_header(struct user_msghdr *hdr, const struct user_msghdr __user *uhdr, int rw, struct socket_msg *msg,
			     struct iovec **iov)
{
	ssize_t ret;

	if (copy_from_user(hdr, uhdr, sizeof(*hdr))) {
		*iov = NULL;
		return -EFAULT;
	}
	if (!hdr->msg_name)
		hdr->msg_namelen = 0;
	ret = hdr->msg_namelen < 0 ? -EINVAL : hdr->msg_iovlen > UIO_MAXIOV ? -EMSGSIZE : 0;
	if (ret) {
		*iov = NULL;
		return ret;
	}
	if (hdr->msg_namelen > (int)sizeof(struct sockaddr_storage))
		hdr->msg_namelen = sizeof(struct sockaddr_storage);
	return import_iovec(rw, hdr->msg_iov, hdr->msg_iovlen, UIO_FASTIOV, iov, &msg->iter);
}

static long send_header(struct socket *sock, struct user_msghdr __user *uhdr, unsigned int flags)
{
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	struct sockaddr_storage name;
	struct user_msghdr hdr;
	struct socket_msg msg = { .flags = flags };
	long ret;

	ret = import_header(&hdr, uhdr, WRITE, &msg, &iov);
	if (ret < 0)
		goto out;
	if (hdr.msg_namelen) {
		ret = move_addr_to_kernel(hdr.msg_name, hdr.msg_namelen, &name);
		if (ret < 0)
			goto out;
		msg.name = &name;
		msg.namelen = hdr.msg_namelen;
	}
	ret = -ENOBUFS;
	if (hdr.msg_controllen > SOCK_OPTMEM_MAX)
		goto out;
	msg.control = hdr.msg_control;
	msg.controllen = hdr.msg_control ? hdr.msg_controllen : 0;
	ret = sock->ops->sendmsg(sock, &msg);
out:
	kfree(iov);
	return ret;
}

static long recv_header(struct socket *sock, struct user_msghdr __user *uhdr, unsigned int flags)
{
	struct iovec fast[UIO_FASTIOV], *iov = fast;
	struct sockaddr_storage name;
	struct user_msghdr hdr;
	struct socket_msg msg = { .name = &name, .flags = flags & MSG_CMSG_CLOEXEC };
	long ret, err = 0;

	ret = import_header(&hdr, uhdr, READ, &msg, &iov);
	if (ret < 0)
		goto out;
	msg.control = hdr.msg_control;
	msg.controllen = hdr.msg_control ? hdr.msg_controllen : 0;
	ret = sock->ops->recvmsg(sock, &msg, flags);
	if (ret < 0)
		goto out;
	if (hdr.msg_name)
		err = move_addr_to_user(&name, msg.namelen, hdr.msg_name, &uhdr->msg_namelen);
	if (!err)
		err = put_user(msg.flags, &uhdr->msg_flags);
	if (!err)
		err = put_user(hdr.msg_control ? hdr.msg_controllen - msg.controllen : 0, &uhdr->msg_controllen);
	if (err)
		ret = err;
out:
	kfree(iov);
	return ret;
}

long sys_sendmsg(int fd, void __user *uhdr, unsigned int flags)
{
	struct socket *sock;
	struct fd f;
	long ret;
	int err;

	if (flags & MSG_CMSG_COMPAT)
		return -EINVAL;
	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	ret = send_header(sock, uhdr, flags | file_msg_flags(f));
	fdput(f);
	return ret;
}

long sys_recvmsg(int fd, void __user *uhdr, unsigned int flags)
{
	struct socket *sock;
	struct fd f;
	long ret;
	int err;

	if (flags & MSG_CMSG_COMPAT)
		return -EINVAL;
	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	ret = recv_header(sock, uhdr, flags | file_msg_flags(f));
	fdput(f);
	return ret;
}

/* ---- several headers ---- */

long sys_sendmmsg(int fd, void __user *uvec, unsigned int vlen, unsigned int flags)
{
	struct mmsghdr __user *vec = uvec;
	unsigned int done = 0;
	struct socket *sock;
	struct fd f;
	long ret = 0;
	int err;

	if (flags & MSG_CMSG_COMPAT)
		return -EINVAL;
	if (vlen > UIO_MAXIOV)
		vlen = UIO_MAXIOV;
	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	for (; done < vlen; done++) {
		ret = send_header(sock, &vec[done].msg_hdr, flags | file_msg_flags(f));
		if (ret >= 0)
			ret = put_user((unsigned int)ret, &vec[done].msg_len);
		if (ret < 0)
			break;
		cond_resched();
	}
	fdput(f);
	return done ? done : ret;
}

static long recv_several(struct socket *sock, struct mmsghdr __user *vec, unsigned int vlen, unsigned int flags,
			 const ktime_t *end)
{
	unsigned int done = 0;
	long ret = sock_error(sock);

	while (!ret && done < vlen) {
		ret = recv_header(sock, &vec[done].msg_hdr, flags & ~MSG_WAITFORONE);
		if (ret >= 0)
			ret = put_user((unsigned int)ret, &vec[done].msg_len);
		if (ret < 0)
			break;
		done++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (end && ktime_get() >= *end)
			break;
		cond_resched();
	}
	/* An error after the first message is told by the next call. */
	if (done && ret < 0 && ret != -EAGAIN && ret > -ERESTARTSYS)
		WRITE_ONCE(sock->err, -ret);
	return done ? done : ret;
}

/* The time is looked at between messages only, as on Linux: a wait for the first may be longer. */
long sys_recvmmsg(int fd, void __user *vec, unsigned int vlen, unsigned int flags, struct __kernel_timespec __user *uts)
{
	struct __kernel_timespec ts;
	struct timespec64 t64;
	struct socket *sock;
	ktime_t end, left;
	struct fd f;
	long ret;
	int err;

	if (flags & MSG_CMSG_COMPAT)
		return -EINVAL;
	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		t64 = (struct timespec64){ ts.tv_sec, ts.tv_nsec };
		if (!timespec64_valid(&t64))
			return -EINVAL;
		end = ktime_add_safe(timespec64_to_ktime(t64), ktime_get());
	}
	sock = sockfd_lookup(fd, &f, &err);
	if (!sock)
		return err;
	ret = recv_several(sock, vec, vlen, flags | file_msg_flags(f), uts ? &end : NULL);
	fdput(f);
	if (ret > 0 && uts) {
		left = end - ktime_get();
		if (left < 0)
			left = 0;
		ts = (struct __kernel_timespec){ left / 1000000000, left % 1000000000 };
		if (copy_to_user(uts, &ts, sizeof(ts)))
			return -EFAULT;
	}
	return ret;
}
