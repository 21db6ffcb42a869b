// SPDX-License-Identifier: MIT
/*
 * Addresses, sending, receiving, options: mostly on NETLINK_USERSOCK, where the kernel has no part of its own.
 */
#define _GNU_SOURCE
#include "nl.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define LAST_CHOSEN ((uint32_t)-4097)

static int send_to(int fd, const void *data, size_t len, uint32_t pid, uint32_t groups, int flags)
{
	struct nladdr to = { .family = AF_NETLINK, .pid = pid, .groups = groups };

	return sendto(fd, data, len, flags, (void *)&to, sizeof(to));
}

/* ---- making and naming ---- */

static void test_making(void)
{
	int pair[2], fd = make_socket(USERSOCK), value = 1;
	char name[16];
	socklen_t len = sizeof(value);
	struct nladdr addr;

	check_errno(socket(AF_NETLINK, SOCK_STREAM, USERSOCK), ESOCKTNOSUPPORT);
	check_errno(socket(AF_NETLINK, SOCK_SEQPACKET, USERSOCK), ESOCKTNOSUPPORT);
	check_errno(socket(AF_NETLINK, SOCK_RAW, 1), EPROTONOSUPPORT);
	check_errno(socket(AF_NETLINK, SOCK_RAW, 32), EPROTONOSUPPORT);
	check_errno(socket(AF_NETLINK, SOCK_RAW, -1), EPROTONOSUPPORT);
	check_errno(socketpair(AF_NETLINK, SOCK_RAW, USERSOCK, pair), EOPNOTSUPP);
	check_errno(socketpair(AF_NETLINK, SOCK_RAW, 1, pair), EPROTONOSUPPORT);
	check(!getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &len) && value == USERSOCK);
	check(!getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len) && value == SOCK_RAW);
	check(!getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &len) && value == AF_NETLINK);
	check(fgetxattr(fd, "system.sockprotoname", name, sizeof(name)) == 8 && !strcmp(name, "NETLINK"));
	check_errno(listen(fd, 1), EOPNOTSUPP);
	check_errno(accept(fd, NULL, NULL), EOPNOTSUPP);
	check_errno(shutdown(fd, SHUT_RDWR), EOPNOTSUPP);
	check_errno(ioctl(fd, FIONREAD, &value), ENOTTY);
	len = sizeof(addr) + 4;
	check(!getsockname(fd, (void *)&addr, &len) && len == sizeof(addr) && addr.family == AF_NETLINK && !addr.pid && !addr.groups);
	len = sizeof(addr);
	check(!getpeername(fd, (void *)&addr, &len) && !addr.pid && !addr.groups);
	close(fd);
}

static void test_names(void)
{
	struct nladdr addr = { .family = AF_NETLINK };
	int a = make_socket(USERSOCK), b = make_socket(USERSOCK), c = make_socket(GENERIC);
	socklen_t len = sizeof(addr);

	check_errno(bind(a, (void *)&addr, sizeof(addr) - 1), EINVAL);
	addr.family = AF_UNIX;
	check_errno(bind(a, (void *)&addr, sizeof(addr)), EINVAL);
	addr.family = AF_NETLINK;
	check(!bind(a, (void *)&addr, sizeof(addr)) && port_of(a) == (uint32_t)getpid());
	check_errno(bind(a, (void *)&addr, sizeof(addr)), EINVAL);
	addr.pid = getpid();
	check(!bind(a, (void *)&addr, sizeof(addr)));
	check_errno(bind(b, (void *)&addr, sizeof(addr)), EADDRINUSE);
	check(!bind(c, (void *)&addr, sizeof(addr))); /* of another protocol */
	addr.pid = 0;
	check(!bind(b, (void *)&addr, sizeof(addr)) && port_of(b) >= 0x80000000 && port_of(b) <= LAST_CHOSEN);
	close(a);
	a = make_socket(USERSOCK);
	addr.pid = getpid(); /* is free again */
	check(!bind(a, (void *)&addr, sizeof(addr)));

	check_errno(connect(a, (void *)&addr, 1), EINVAL);
	check_errno(connect(a, (void *)&addr, sizeof(addr) - 1), EINVAL);
	addr = (struct nladdr){ .family = AF_NETLINK, .pid = 77, .groups = 4 | 8 };
	check(!connect(a, (void *)&addr, sizeof(addr)));
	check(!getpeername(a, (void *)&addr, &len) && addr.pid == 77 && addr.groups == 4);
	addr.family = AF_UNSPEC;
	check(!connect(a, (void *)&addr, 2));
	check(!getpeername(a, (void *)&addr, &len) && !addr.pid && !addr.groups);
	close(a);
	close(b);
	close(c);
	/* connecting gives a port as well */
	a = make_socket(USERSOCK);
	addr = (struct nladdr){ .family = AF_NETLINK };
	check(!connect(a, (void *)&addr, sizeof(addr)) && port_of(a) == (uint32_t)getpid());
	close(a);
}

/* ---- datagrams ---- */

static void test_errors_of_sending(void)
{
	static char big[1 << 20];
	int a = make_socket(USERSOCK);
	struct nladdr to = { .family = AF_UNIX };

	check_errno(send(a, "x", 0, 0), ENODATA);
	check_errno(send(a, "x", 1, MSG_OOB), EOPNOTSUPP);
	check_errno(recv(a, big, 1, MSG_OOB), EOPNOTSUPP);
	check_errno(recv(a, big, 1, MSG_DONTWAIT), EAGAIN);
	check_errno(sendto(a, "x", 1, 0, (void *)&to, sizeof(to)), EINVAL);
	check_errno(sendto(a, "x", 1, 0, (void *)&to, sizeof(to) - 1), EINVAL);
	check_errno(send(a, big, sizeof(big), 0), EMSGSIZE);
	check_errno(send(a, "x", 1, 0), ECONNREFUSED); /* no kernel here */
	check(port_of(a) == (uint32_t)getpid());
	check_errno(send_to(a, "x", 1, 12345, 0, 0), ECONNREFUSED);
	close(a);
}

static void test_datagrams(void)
{
	int a = bound_socket(USERSOCK, 0), b = bound_socket(USERSOCK, 0), c = bound_socket(USERSOCK, 0), value;
	struct nladdr from;
	socklen_t len = sizeof(from);
	struct pollfd p = { .fd = b, .events = POLLIN | POLLOUT };
	char buf[16] = "";

	check(poll(&p, 1, 0) == 1 && p.revents == POLLOUT);
	check(send_to(a, "hello", 5, port_of(b), 0, 0) == 5);
	check(send_to(a, "again", 5, port_of(b), 0, 0) == 5);
	check(poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLOUT));
	check(recvfrom(b, buf, sizeof(buf), MSG_PEEK, (void *)&from, &len) == 5 && !memcmp(buf, "hello", 5));
	check(len == sizeof(from) && from.family == AF_NETLINK && from.pid == port_of(a) && !from.groups);
	check(recv(b, buf, 2, MSG_PEEK | MSG_TRUNC) == 5);
	check(recv(b, buf, 2, 0) == 2 && !memcmp(buf, "he", 2)); /* the rest is lost */
	check(read(b, buf, sizeof(buf)) == 5 && !memcmp(buf, "again", 5));
	check_errno(recv(b, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);

	/* a connected socket hears only its peer */
	from = (struct nladdr){ .family = AF_NETLINK, .pid = port_of(a) };
	check(!connect(b, (void *)&from, sizeof(from)));
	check_errno(send_to(c, "x", 1, port_of(b), 0, 0), ECONNREFUSED);
	check(send_to(a, "y", 1, port_of(b), 0, 0) == 1 && send(b, "z", 1, 0) == 1);
	check(recv(b, buf, 1, 0) == 1 && *buf == 'y' && recv(a, buf, 1, 0) == 1 && *buf == 'z');

	/* to itself; what is left in the queue goes with the socket */
	check(send_to(a, "self", 4, port_of(a), 0, 0) == 4 && send_to(b, "left", 4, port_of(a), 0, 0) == 4);
	check(recv(a, buf, sizeof(buf), 0) == 4 && !memcmp(buf, "self", 4));
	value = 1;
	check(!ioctl(a, FIONBIO, &value));
	check(recv(a, buf, sizeof(buf), MSG_PEEK) == 4);
	close(a);
	check_errno(send(b, "x", 1, 0), ECONNREFUSED);
	close(b);
	close(c);
}

static void test_control_messages(void)
{
	int a = bound_socket(USERSOCK, 0), b = bound_socket(USERSOCK, 0);
	union {
		struct cmsghdr hdr;
		char space[128];
	} control = { .hdr = { CMSG_LEN(sizeof(int)), 0, SOL_SOCKET, SCM_RIGHTS } };
	struct nladdr addr = { .family = AF_NETLINK, .pid = port_of(b) };
	struct iovec iov = { .iov_base = "data", .iov_len = 4 };
	struct msghdr msg = { .msg_name = &addr, .msg_namelen = sizeof(addr), .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control, .msg_controllen = CMSG_LEN(sizeof(int)) };
	struct cmsghdr *c;
	char buf[3];

	memset(CMSG_DATA(&control.hdr), 0xff, sizeof(int));
	check_errno(sendmsg(a, &msg, 0), EINVAL);
	msg.msg_controllen = 0;
	check(sendmsg(a, &msg, 0) == 4);
	set_int(b, SOL_SOCKET, SO_PASSCRED, 1);
	set_int(b, SOL_NETLINK, PKTINFO, 1);
	iov = (struct iovec){ buf, sizeof(buf) };
	memset(&addr, 0, sizeof(addr));
	msg.msg_controllen = sizeof(control);
	check(recvmsg(b, &msg, 0) == 3 && (msg.msg_flags & MSG_TRUNC) && addr.pid == port_of(a) && msg.msg_namelen == sizeof(addr));
	c = CMSG_FIRSTHDR(&msg);
	check(c && c->cmsg_level == SOL_NETLINK && c->cmsg_type == PKTINFO && *(uint32_t *)CMSG_DATA(c) == 0);
	c = c ? CMSG_NXTHDR(&msg, c) : NULL;
	check(c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS && ((struct ucred *)CMSG_DATA(c))->pid == getpid());
	close(a);
	close(b);
}

/* ---- full queues ---- */

static int fill(int from, uint32_t port)
{
	static const char data[1000];
	int sent = 0;

	while (send_to(from, data, sizeof(data), port, 0, MSG_DONTWAIT) == sizeof(data))
		sent++;
	check(errno == EAGAIN);
	return sent;
}

struct sender {
	int fd;
	uint32_t port;
	long result;
	int error;
};

static void *send_one(void *arg)
{
	struct sender *s = arg;
	/* as long as the others: Linux may find room for less */
	static const char last[1000] = "last";

	s->result = send_to(s->fd, last, sizeof(last), s->port, 0, 0);
	s->error = errno;
	return NULL;
}

static void test_full_queue(void)
{
	int a = bound_socket(USERSOCK, 0), b = bound_socket(USERSOCK, 0), sent, got = 0;
	struct sender s = { .fd = a, .port = port_of(b) };
	pthread_t thread;
	char buf[1000];

	set_int(b, SOL_SOCKET, SO_RCVBUF, 10000);
	sent = fill(a, s.port);
	check(sent > 2 && sent < 30);
	/* a sender waits for room; it is not told when by reading all there is */
	CHECK(!pthread_create(&thread, NULL, send_one, &s));
	while (got < sent + 1 && readable(b) && recv(b, buf, sizeof(buf), 0) > 0)
		got++;
	check(got == sent + 1 && !memcmp(buf, "last", 4));
	CHECK(!pthread_join(thread, NULL));
	check(s.result == 1000);
	/* or until the receiver is closed */
	fill(a, s.port);
	CHECK(!pthread_create(&thread, NULL, send_one, &s));
	close(b);
	CHECK(!pthread_join(thread, NULL));
	check(s.result == -1 && s.error == ECONNREFUSED);
	close(a);
}

static volatile bool stop;
static uint32_t shared_port;

/* A port that opens, is read a little, and closes with senders waiting for room. */
static void *open_and_close(void *arg)
{
	struct nladdr addr = { .family = AF_NETLINK, .pid = shared_port };
	unsigned long rounds = 0;
	char buf[1000];

	do {
		int fd = make_socket(USERSOCK);

		set_int(fd, SOL_SOCKET, SO_RCVBUF, 0);
		if (bind(fd, (void *)&addr, sizeof(addr)))
			check(errno == EADDRINUSE); /* the other thread has it */
		for (int i = 0; i < (int)(rounds % 7); i++)
			recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		close(fd);
		rounds++;
	} while (!stop);
	return (void *)rounds;
}

static void *send_and_wait(void *arg)
{
	int fd = bound_socket(USERSOCK, 0);
	unsigned long sent = 0;
	char buf[1000] = "";

	while (!stop) {
		int n = send_to(fd, buf, sizeof(buf), shared_port, 0, 0);

		check(n == sizeof(buf) || (n == -1 && errno == ECONNREFUSED));
		sent += n > 0;
	}
	close(fd);
	return (void *)sent;
}

static void test_ports_together(void)
{
	pthread_t threads[4];

	shared_port = 1000000000 + getpid();
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, i < 2 ? open_and_close : send_and_wait, NULL));
	for (double end = now() + 0.5; now() < end; usleep(10000))
		;
	stop = true;
	for (int i = 0; i < 4; i++) {
		void *done;

		CHECK(!pthread_join(threads[i], &done));
		check(done || i >= 2);
	}
}

/* ---- groups ---- */

static void test_groups_unprivileged(void)
{
	struct nladdr addr = { .family = AF_NETLINK, .groups = 1 };
	int fd = make_socket(USERSOCK), value = 3;

	if (privileged) {
		pid_t child = fork();
		int status;

		if (!child) {
			bool ok = !setuid(65534) && bind(fd, (void *)&addr, sizeof(addr)) && errno == EPERM &&
				  setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, &value, sizeof(value)) && errno == EPERM;

			_exit(!ok);
		}
		check(waitpid(child, &status, 0) == child && !status);
	} else {
		check_errno(bind(fd, (void *)&addr, sizeof(addr)), EPERM);
		check_errno(setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, &value, sizeof(value)), EPERM);
	}
	close(fd);
	/* generic netlink's groups are for everybody */
	fd = bound_socket(GENERIC, 0x8000);
	check(!setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, &value, sizeof(value)));
	close(fd);
}

static void test_groups(void)
{
	/* groups are for all on the machine: another such program shall not be in the way */
	uint32_t number = 2 + getpid() % 30, group = 1U << (number - 1);
	int a = bound_socket(USERSOCK, group), b = bound_socket(USERSOCK, group), c = bound_socket(USERSOCK, 0), bare = make_socket(USERSOCK);
	uint32_t groups[2] = { 0 };
	struct nladdr from;
	socklen_t len = sizeof(groups);
	char buf[1000] = "";
	int value = number, sent = 0, got = 0;

	check(!getsockopt(bare, SOL_NETLINK, LIST_MEMBERSHIPS, groups, &len) && !len);
	set_int(c, SOL_NETLINK, ADD_MEMBERSHIP, number);
	set_int(bare, SOL_NETLINK, ADD_MEMBERSHIP, number);
	len = sizeof(groups);
	check(!getsockopt(c, SOL_NETLINK, LIST_MEMBERSHIPS, groups, &len) && len == 4 && groups[0] == group);
	/* sent to the group, and refused by the kernel's port, which is named as well */
	check_errno(send_to(a, "all", 3, 0, group, 0), ECONNREFUSED);
	len = sizeof(from);
	check(recvfrom(b, buf, sizeof(buf), 0, (void *)&from, &len) == 3 && from.pid == port_of(a) && from.groups == group);
	check(recv(c, buf, sizeof(buf), 0) == 3);
	check_errno(recv(a, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);	 /* not the sender */
	check_errno(recv(bare, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN); /* not the kernel's port, which this one has so far */
	/* whoever is named gets it once, not as a member */
	check(send_to(a, "one", 3, port_of(b), group, 0) == 3);
	check(recv(b, buf, sizeof(buf), 0) == 3 && recv(c, buf, sizeof(buf), 0) == 3);
	check_errno(recv(b, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	check(!setsockopt(c, SOL_NETLINK, DROP_MEMBERSHIP, &value, sizeof(value)));
	check_errno(send_to(a, "all", 3, 0, group, 0), ECONNREFUSED);
	check_errno(recv(c, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	check(recv(b, buf, sizeof(buf), 0) == 3);

	/* what does not fit is lost: told once, then what was before it, then nothing until it has been read */
	set_int(b, SOL_SOCKET, SO_RCVBUF, 10000);
	for (; sent < 100; sent++)
		send_to(a, buf, sizeof(buf), 0, group, 0);
	check_errno(recv(b, buf, sizeof(buf), MSG_DONTWAIT), ENOBUFS);
	check(recv(b, buf, sizeof(buf), MSG_DONTWAIT) == sizeof(buf));
	send_to(a, "lost", 4, 0, group, 0);
	for (got = 1; recv(b, buf, sizeof(buf), MSG_DONTWAIT) > 0; got++)
		check(memcmp(buf, "lost", 4));
	check(errno == EAGAIN && got > 2 && got < 30);
	send_to(a, "new", 3, 0, group, 0);
	check(recv(b, buf, sizeof(buf), MSG_DONTWAIT) == 3);
	/* or not told at all */
	set_int(b, SOL_NETLINK, NO_ENOBUFS, 1);
	for (sent = 0; sent < 100; sent++)
		send_to(a, buf, sizeof(buf), 0, group, 0);
	for (got = 0; recv(b, buf, sizeof(buf), MSG_DONTWAIT) > 0; got++)
		;
	check(errno == EAGAIN && got > 2 && got < 30);
	close(a);
	close(b);
	close(c);
	close(bare);
}

static void test_options(void)
{
	int fd = make_socket(GENERIC), value = 0;
	socklen_t len = sizeof(value);

	for (int name = CAP_ACK; name <= CAP_ACK + 2; name++) {
		check(!getsockopt(fd, SOL_NETLINK, name, &value, &len) && !value && len == sizeof(value));
		set_int(fd, SOL_NETLINK, name, 17);
		check(!getsockopt(fd, SOL_NETLINK, name, &value, &len) && value == 1);
	}
	check_errno(getsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, &value, &len), ENOPROTOOPT);
	check_errno(getsockopt(fd, 0, 1, &value, &len), ENOPROTOOPT);
	check_errno(setsockopt(fd, SOL_NETLINK, 99, &value, sizeof(value)), ENOPROTOOPT);
	check_errno(setsockopt(fd, 0, 1, &value, sizeof(value)), ENOPROTOOPT);
	len = 2;
	check_errno(getsockopt(fd, SOL_NETLINK, CAP_ACK, &value, &len), EINVAL);
	value = 0;
	check_errno(setsockopt(fd, SOL_NETLINK, ADD_MEMBERSHIP, &value, sizeof(value)), EINVAL);
	check_errno(setsockopt(fd, SOL_NETLINK, CAP_ACK, NULL, sizeof(value)), EFAULT);
	close(fd);
}

void test_sockets(void)
{
	test_making();
	test_names();
	test_errors_of_sending();
	test_datagrams();
	test_control_messages();
	test_full_queue();
	test_ports_together();
	test_options();
	test_groups_unprivileged();
	if (privileged)
		test_groups();
}
