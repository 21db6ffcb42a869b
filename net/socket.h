// SPDX-License-Identifier: MIT
/*
 * Sockets: what an address family provides, and what all of them share.
 *
 * A struct socket is one end of a conversation. It is counted: the open file has one reference, and whoever
 * of the family points to it another. Its file is the last to use it from the program's side: ->release is called
 * when the last descriptor is gone, while peers may still hold the memory and must find it marked dead.
 */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include "fs/poll.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/types.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait.h"
#include "mm/iov_iter.h"

struct fasync_struct;
struct file;
struct proc_dir_entry;
struct scm_fds;

#define AF_UNSPEC  0
#define AF_UNIX	   1
#define AF_NETLINK 16
#define AF_MAX	   46

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_SEQPACKET 5
#define SOCK_MAX       11

#define SOCK_TYPE_MASK 0xf
#define SOCK_CLOEXEC   02000000
#define SOCK_NONBLOCK  00004000

#define MSG_OOB		 0x01
#define MSG_PEEK	 0x02
#define MSG_CTRUNC	 0x08
#define MSG_TRUNC	 0x20
#define MSG_DONTWAIT	 0x40
#define MSG_EOR		 0x80
#define MSG_WAITALL	 0x100
#define MSG_ERRQUEUE	 0x2000
#define MSG_NOSIGNAL	 0x4000
#define MSG_WAITFORONE	 0x10000
#define MSG_CMSG_CLOEXEC 0x40000000
#define MSG_CMSG_COMPAT	 0x80000000U

#define SHUT_RD	  0
#define SHUT_WR	  1
#define SHUT_RDWR 2

/* shutdown, as a mask: how + 1 */
#define RCV_SHUTDOWN  1
#define SEND_SHUTDOWN 2
#define SHUTDOWN_MASK 3

#define SOMAXCONN 4096

#define SOL_SOCKET 1

/* memory that a socket's messages may take: the default, and the most that SO_SNDBUF gives */
#define SOCK_MEM_DEFAULT 212992
#define SOCK_MEM_MAX	 212992
#define SOCK_MIN_SNDBUF	 4608
#define SOCK_MIN_RCVBUF	 2304
#define SOCK_OPTMEM_MAX	 131072

struct sockaddr {
	u16 sa_family;
	char sa_data[14];
};

struct sockaddr_storage {
	union {
		u16 ss_family;
		char data[128];
		unsigned long align;
	};
};

struct ucred {
	int pid;
	uid_t uid;
	gid_t gid;
};

enum socket_state {
	SS_CLOSED,	/* as made; a datagram socket without a peer */
	SS_ESTABLISHED,
	SS_LISTEN,
};

/* One message on its way in or out, with what goes beside the bytes. */
struct socket_msg {
	struct iov_iter iter;
	struct sockaddr_storage *name;	/* the kernel's copy, or NULL */
	int namelen;
	void __user *control;		/* what is left of it: advanced as replies are put there */
	size_t controllen;
	unsigned int flags;		/* MSG_*: of the call when sending, of the reply when receiving */
};

struct socket_operations;

struct socket {
	const struct socket_operations *ops;
	struct file *file;		/* not counted; set once, NULL until a file has it */
	unsigned long ino;		/* of that file's inode */
	short type;
	int protocol;			/* constant; what SO_PROTOCOL tells */
	refcount_t refs;
	spinlock_t lock;		/* guards what is marked (L); see docs/sockets.md for the order */
	wait_queue_head_t wait;		/* for anything that poll reports */
	u8 state;			/* (L), read without */
	u8 shutdown;			/* (L), read without */
	bool dead;			/* (L), read without: ->release has begun */
	bool passcred;			/* options: plain words, each read once */
	bool keepalive, reuseaddr, broadcast, oobinline, linger_on, dontroute, debug;
	int err;			/* to be told once; changed by exchange */
	int sndbuf, rcvbuf, rcvlowat, linger, priority;
	long sndtimeo, rcvtimeo;	/* jiffies, MAX_SCHEDULE_TIMEOUT: for ever */
	struct fasync_struct *fasync;	/* files that want signals; fs/fasync.c */
	atomic_t wmem;			/* bytes of memory in messages sent and not yet taken */
	struct ucred peer;		/* (L) who was at the other end when the connection was made */
};

/*
 * What a family does for each type. @flags are those of the file (O_NONBLOCK). All may sleep. The socket has a file that is
 * held for the time of the call, but for ->release, which ends it and drops the file's reference.
 */
struct socket_operations {
	int family;
	void (*release)(struct socket *sock);
	int (*bind)(struct socket *sock, struct sockaddr_storage *name, int namelen);
	int (*connect)(struct socket *sock, struct sockaddr_storage *name, int namelen, int flags);
	/* The next connection, with the reference that its file is to have, or an error pointer. */
	struct socket *(*accept)(struct socket *sock, int flags);
	/* Length of the name put into @name, or an error. */
	int (*getname)(struct socket *sock, struct sockaddr_storage *name, bool peer);
	__poll_t (*poll)(struct socket *sock, struct file *file, poll_table *wait);
	int (*listen)(struct socket *sock, int backlog);
	int (*shutdown)(struct socket *sock, int how);
	/* 0 with *@value set, or -ENOIOCTLCMD. */
	int (*ioctl)(struct socket *sock, unsigned int cmd, int *value);
	/* Options of levels other than SOL_SOCKET. NULL: there are none. */
	int (*setsockopt)(struct socket *sock, int level, int name, const char __user *value, int len);
	int (*getsockopt)(struct socket *sock, int level, int name, char __user *value, int __user *len);
	ssize_t (*sendmsg)(struct socket *sock, struct socket_msg *msg);
	ssize_t (*recvmsg)(struct socket *sock, struct socket_msg *msg, unsigned int flags);
};

/* A family's makers. Sockets come with one reference, without a file. */
int unix_create(int type, int protocol, struct socket **res);
int unix_socketpair(int type, int protocol, struct socket *pair[2]);
int netlink_create(int type, int protocol, struct socket **res);
int netlink_socketpair(int type, int protocol, struct socket *pair[2]);

int unix_proc_init(struct proc_dir_entry *net);
int netlink_proc_init(struct proc_dir_entry *net);

/* At the end of a run: what only messages held is closed; says what is left. May sleep. */
void unix_gc_drain(void);

/* Sets up what is the same in all families. */
void socket_init(struct socket *sock, const struct socket_operations *ops, short type);

/* Everybody who sleeps on the socket for one of @events looks again, and who wants a signal gets it. May be under RCU. */
void sock_wake(struct socket *sock, __poll_t events);

/* socket.c: files. */
struct file *sock_alloc_file(int family, int type, int flags);	/* without a socket yet; ERR_PTR */
void sock_attach(struct file *file, struct socket *sock);	/* takes over the socket's reference */
struct socket *sock_from_file(struct file *file);		/* NULL if it is none */

int sock_getsockopt(struct socket *sock, int level, int name, char __user *value, int __user *len);
int sock_setsockopt(struct socket *sock, int level, int name, const char __user *value, int len);

/* Name from and to the program: 0 or -errno. */
int move_addr_to_kernel(const void __user *uaddr, int len, struct sockaddr_storage *name);
int move_addr_to_user(const struct sockaddr_storage *name, int klen, void __user *uaddr, int __user *ulen);

/* The error that was noted, as a negative errno; it is told only once. */
int sock_error(struct socket *sock);

static inline long sock_sndtimeo(const struct socket *sock, bool nonblock)
{
	return nonblock ? 0 : READ_ONCE(sock->sndtimeo);
}

static inline long sock_rcvtimeo(const struct socket *sock, bool nonblock)
{
	return nonblock ? 0 : READ_ONCE(sock->rcvtimeo);
}

/*
 * Sleeps on @wq until @condition, for at most *@timeo, which is lowered by the time it took. 0, -EAGAIN when the time is
 * over, or what a signal makes of the call: it is restarted only if it was to wait for ever.
 */
#define sock_wait_event(wq, timeo, condition) ({						\
	long *__timeo = (timeo), __left = -EAGAIN;						\
	if (*__timeo) {										\
		__left = wait_event_interruptible_timeout(wq, condition, *__timeo);		\
		if (__left < 0)									\
			__left = *__timeo == MAX_SCHEDULE_TIMEOUT ? -ERESTARTSYS : -EINTR;	\
		else if (*__timeo != MAX_SCHEDULE_TIMEOUT)					\
			*__timeo = __left;							\
		if (!__left)									\
			__left = -EAGAIN;							\
	}											\
	(int)(__left > 0 ? 0 : __left); })

#endif
