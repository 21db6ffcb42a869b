// SPDX-License-Identifier: MIT
/*
 * getsockopt and setsockopt: what is the same for all sockets (SOL_SOCKET).
 *
 * Options are single words that each call reads once, so setting one needs no lock.
 */
#include "fs/file.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/lib/time64.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/uaccess.h"
#include "net/socket.h"

#define SO_DEBUG	1
#define SO_REUSEADDR	2
#define SO_TYPE		3
#define SO_ERROR	4
#define SO_DONTROUTE	5
#define SO_BROADCAST	6
#define SO_SNDBUF	7
#define SO_RCVBUF	8
#define SO_KEEPALIVE	9
#define SO_OOBINLINE	10
#define SO_PRIORITY	12
#define SO_LINGER	13
#define SO_PASSCRED	16
#define SO_PEERCRED	17
#define SO_RCVLOWAT	18
#define SO_SNDLOWAT	19
#define SO_RCVTIMEO	20
#define SO_SNDTIMEO	21
#define SO_ACCEPTCONN	30
#define SO_SNDBUFFORCE	32
#define SO_RCVBUFFORCE	33
#define SO_PROTOCOL	38
#define SO_DOMAIN	39
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67

struct linger {
	int l_onoff;
	int l_linger;
};

/* what an answer may be; the length says which */
union answer {
	int value;
	struct linger linger;
	struct __kernel_old_timeval time;
	struct ucred creds;
};

static void timeout_to_user(long timeo, struct __kernel_old_timeval *tv)
{
	bool for_ever = timeo == MAX_SCHEDULE_TIMEOUT;

	tv->tv_sec = for_ever ? 0 : timeo / 1000;
	tv->tv_usec = for_ever ? 0 : timeo % 1000 * 1000;
}

/* Less than a tick is a tick; nothing is for ever; less than nothing is not at all. */
static int timeout_from_user(long *timeo, const char __user *value, int len)
{
	struct __kernel_old_timeval tv;

	if (len < (int)sizeof(tv))
		return -EINVAL;
	if (copy_from_user(&tv, value, sizeof(tv)))
		return -EFAULT;
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	if (tv.tv_sec < 0)
		WRITE_ONCE(*timeo, 0);
	else if ((!tv.tv_sec && !tv.tv_usec) || tv.tv_sec >= MAX_SCHEDULE_TIMEOUT / 1000 - 1)
		WRITE_ONCE(*timeo, MAX_SCHEDULE_TIMEOUT);
	else
		WRITE_ONCE(*timeo, tv.tv_sec * 1000 + DIV_ROUND_UP(tv.tv_usec, 1000));
	return 0;
}

/* ---- asking ---- */

static int get_option(struct socket *sock, int name, union answer *a, int *size)
{
	*size = sizeof(int);
	switch (name) {
	case SO_TYPE:
		a->value = sock->type;
		return 0;
	case SO_DOMAIN:
		a->value = sock->ops->family;
		return 0;
	case SO_ERROR:
		a->value = -sock_error(sock);
		return 0;
	case SO_ACCEPTCONN:
		a->value = READ_ONCE(sock->state) == SS_LISTEN;
		return 0;
	case SO_SNDBUF:
		a->value = sock->sndbuf;
		return 0;
	case SO_RCVBUF:
		a->value = sock->rcvbuf;
		return 0;
	case SO_REUSEADDR:
		a->value = sock->reuseaddr;
		return 0;
	case SO_KEEPALIVE:
		a->value = sock->keepalive;
		return 0;
	case SO_BROADCAST:
		a->value = sock->broadcast;
		return 0;
	case SO_DONTROUTE:
		a->value = sock->dontroute;
		return 0;
	case SO_OOBINLINE:
		a->value = sock->oobinline;
		return 0;
	case SO_PASSCRED:
		a->value = sock->passcred;
		return 0;
	case SO_PRIORITY:
		a->value = sock->priority;
		return 0;
	case SO_RCVLOWAT:
		a->value = sock->rcvlowat;
		return 0;
	case SO_SNDLOWAT:
		a->value = 1;
		return 0;
	case SO_DEBUG:
		a->value = sock->debug;
		return 0;
	case SO_PROTOCOL:
		a->value = sock->protocol;
		return 0;
	case SO_LINGER:
		a->linger = (struct linger){ sock->linger_on, sock->linger };
		*size = sizeof(a->linger);
		return 0;
	case SO_RCVTIMEO:
	case SO_RCVTIMEO_NEW:
		timeout_to_user(READ_ONCE(sock->rcvtimeo), &a->time);
		*size = sizeof(a->time);
		return 0;
	case SO_SNDTIMEO:
	case SO_SNDTIMEO_NEW:
		timeout_to_user(READ_ONCE(sock->sndtimeo), &a->time);
		*size = sizeof(a->time);
		return 0;
	case SO_PEERCRED:
		spin_lock(&sock->lock);
		a->creds = sock->peer;
		spin_unlock(&sock->lock);
		*size = sizeof(a->creds);
		return 0;
	}
	return -ENOPROTOOPT;
}

int sock_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *ulen)
{
	union answer a = { };
	int len, size, err;

	if (level != SOL_SOCKET)
		return sock->ops->getsockopt ? sock->ops->getsockopt(sock, level, name, value, ulen) : -EOPNOTSUPP;
	if (get_user(len, ulen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	err = get_option(sock, name, &a, &size);
	if (err)
		return err;
	if (len > size)
		len = size;
	if (copy_to_user(value, &a, len))
		return -EFAULT;
	return put_user(len, ulen);
}

/* ---- setting ---- */

/* Twice what was asked for, because the kernel's own structures count too. */
static void set_buffer(int *buf, int value, int smallest, bool force)
{
	int most = force ? INT_MAX / 2 : SOCK_MEM_MAX;

	if (value < 0)
		value = force ? 0 : most;
	WRITE_ONCE(*buf, max_t(int, min_t(int, value, most) * 2, smallest));
}

static int set_linger(struct socket *sock, const char __user *value, int len)
{
	struct linger linger;

	if (len < (int)sizeof(linger))
		return -EINVAL;
	if (copy_from_user(&linger, value, sizeof(linger)))
		return -EFAULT;
	sock->linger_on = linger.l_onoff;
	if (linger.l_onoff)
		sock->linger = linger.l_linger;
	return 0;
}

static int set_option(struct socket *sock, int name, int value)
{
	switch (name) {
	case SO_DEBUG:
		if (value && !capable(CAP_NET_ADMIN))
			return -EACCES;
		sock->debug = value;
		return 0;
	case SO_REUSEADDR:
		sock->reuseaddr = value;
		return 0;
	case SO_KEEPALIVE:
		sock->keepalive = value;
		return 0;
	case SO_BROADCAST:
		sock->broadcast = value;
		return 0;
	case SO_DONTROUTE:
		sock->dontroute = value;
		return 0;
	case SO_OOBINLINE:
		sock->oobinline = value;
		return 0;
	case SO_PASSCRED:
		WRITE_ONCE(sock->passcred, value);
		return 0;
	case SO_PRIORITY:
		if ((value < 0 || value > 6) && !capable(CAP_NET_ADMIN))
			return -EPERM;
		sock->priority = value;
		return 0;
	case SO_RCVLOWAT:
		WRITE_ONCE(sock->rcvlowat, value < 0 ? INT_MAX : value ? value : 1);
		return 0;
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
		if (!capable(CAP_NET_ADMIN))
			return -EPERM;
		set_buffer(name == SO_SNDBUFFORCE ? &sock->sndbuf : &sock->rcvbuf, value,
			   name == SO_SNDBUFFORCE ? SOCK_MIN_SNDBUF : SOCK_MIN_RCVBUF, true);
		return 0;
	case SO_SNDBUF:
		set_buffer(&sock->sndbuf, value, SOCK_MIN_SNDBUF, false);
		wake_up_interruptible_poll(&sock->wait, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
		return 0;
	case SO_RCVBUF:
		set_buffer(&sock->rcvbuf, value, SOCK_MIN_RCVBUF, false);
		return 0;
	}
	return -ENOPROTOOPT;
}

int sock_setsockopt(struct socket *sock, int level, int name, const char __user *value, int len)
{
	int number;

	if (level != SOL_SOCKET)
		return sock->ops->setsockopt ? sock->ops->setsockopt(sock, level, name, value, len) : -EOPNOTSUPP;
	if (len < (int)sizeof(int))
		return -EINVAL;
	if (get_user(number, (const int __user *)value))
		return -EFAULT;
	switch (name) {
	case SO_LINGER:
		return set_linger(sock, value, len);
	case SO_RCVTIMEO:
	case SO_RCVTIMEO_NEW:
		return timeout_from_user(&sock->rcvtimeo, value, len);
	case SO_SNDTIMEO:
	case SO_SNDTIMEO_NEW:
		return timeout_from_user(&sock->sndtimeo, value, len);
	}
	return set_option(sock, name, number);
}
