// SPDX-License-Identifier: MIT
/*
 * unixcalls [--dir DIR] [--seconds N]
 *
 * Sockets of the AF_UNIX family, call for call: prints a line "answer PART, WHAT: RESULT" for each, so that the same binary on Linux says what
 * is right. Then threads race with each other (connect with close, send with shutdown, descriptors sent in circles) for N seconds (default 0: not at
 * all), where only wrong bytes, lost messages and hangs are failures. DIR must be empty or missing.
 */
#define _GNU_SOURCE
#include "../lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SIOCOUTQ
#define SIOCOUTQ TIOCOUTQ
#endif

static char part[40];

static void group(const char *name)
{
	snprintf(part, sizeof(part), "%s", name);
}

static void say(const char *what, long result)
{
	if (result < 0)
		printf("answer %s, %s: %s\n", part, what, strerror(errno));
	else
		printf("answer %s, %s: %ld\n", part, what, result);
}

static void say_fd(const char *what, int fd)
{
	say(what, fd < 0 ? -1 : 0);
	if (fd >= 0)
		close(fd);
}

#define SAY(call)    (errno = 0, say(#call, (long)(call)))
#define SAY_FD(call) (errno = 0, say_fd(#call, (call)))

static int sock(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	if (fd < 0)
		die("socket: %s", strerror(errno));
	return fd;
}

static void pair(int type, int fd[2])
{
	if (socketpair(AF_UNIX, type, 0, fd))
		die("socketpair: %s", strerror(errno));
}

/* An address and its length; @name beginning with '@' is abstract. */
static socklen_t address(struct sockaddr_un *un, const char *name)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, name, strlen(name));
	if (name[0] != '@')
		return offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1;
	un->sun_path[0] = '\0';
	return offsetof(struct sockaddr_un, sun_path) + strlen(name);
}

static int bind_to(int fd, const char *name)
{
	struct sockaddr_un un;
	socklen_t len = address(&un, name);

	return bind(fd, (struct sockaddr *)&un, len);
}

static int connect_to(int fd, const char *name)
{
	struct sockaddr_un un;
	socklen_t len = address(&un, name);

	return connect(fd, (struct sockaddr *)&un, len);
}

static ssize_t send_to(int fd, const char *text, const char *name)
{
	struct sockaddr_un un;
	socklen_t len = address(&un, name);

	return sendto(fd, text, strlen(text), MSG_DONTWAIT, (struct sockaddr *)&un, len);
}

static int opt(int fd, int name)
{
	int value = -77;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) ? -1 : value;
}

static int set_opt(int fd, int name, int value)
{
	return setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value));
}

static int events(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT | POLLRDHUP | POLLPRI, 0 };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

/* The name of a socket or of its peer, printable. */
static void say_name(const char *what, int fd, int (*fn)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un);

	memset(&un, 0, sizeof(un));
	errno = 0;
	if (fn(fd, (struct sockaddr *)&un, &len)) {
		say(what, -1);
		return;
	}
	if (len > 2 && !un.sun_path[0])
		un.sun_path[0] = '@';
	printf("answer %s, %s: family %d, length %d, '%s'\n", part, what, un.sun_family, (int)len, un.sun_path);
}

/* ---- making ---- */

static void making(void)
{
	int fd[2], value;
	struct stat st;
	char link[64];

	group("making");
	SAY(socket(AF_UNIX, SOCK_STREAM, 2));
	SAY(socket(AF_UNIX, 4, 0));
	SAY(socket(AF_UNIX, 7, 0));
	SAY(socket(AF_UNIX, 12, 0));
	SAY(socket(99, SOCK_STREAM, 0));
	SAY(socket(-1, SOCK_STREAM, 0));
	SAY(socket(AF_UNIX, SOCK_STREAM | 0x100, 0));
	SAY_FD(socket(AF_UNIX, SOCK_STREAM, 1));
	SAY_FD(socket(AF_UNIX, SOCK_RAW, 0));
	SAY(socketpair(AF_UNIX, SOCK_STREAM, 0, NULL));
	SAY(socketpair(AF_UNIX, 9, 0, fd));
	pair(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, fd);
	SAY(fcntl(fd[0], F_GETFD));
	SAY(fcntl(fd[1], F_GETFL) == (O_RDWR | O_NONBLOCK));
	SAY(fstat(fd[0], &st));
	SAY(S_ISSOCK(st.st_mode) ? (long)st.st_mode : -1L);
	SAY(st.st_size);
	SAY(lseek(fd[0], 0, SEEK_SET));
	SAY(pread(fd[0], link, 1, 0));
	SAY(ftruncate(fd[0], 0));
	SAY(fsync(fd[0]));
	SAY(ioctl(fd[0], FIONREAD, &value));
	SAY(ioctl(fd[0], FIONREAD, NULL));
	SAY(ioctl(fd[0], 0x1234, &value));
	value = 0;
	SAY(ioctl(fd[0], FIONBIO, &value));
	SAY(fcntl(fd[0], F_GETFL) == O_RDWR);
	close(fd[0]);
	close(fd[1]);
	SAY(listen(0, 1));
	SAY(bind_to(99, "x"));
	SAY(connect_to(99, "x"));
	SAY(shutdown(99, 0));
	SAY(recv(99, link, 1, 0));
	SAY(opt(99, SO_TYPE));
}

/* ---- options ---- */

static void options(void)
{
	int fd = sock(SOCK_SEQPACKET), value = 1;
	struct timeval tv = { 1, 500000 };
	struct linger linger = { 1, 5 };
	socklen_t len = sizeof(tv);

	group("options");
	SAY(opt(fd, SO_TYPE));
	SAY(opt(fd, SO_DOMAIN));
	SAY(opt(fd, SO_PROTOCOL));
	SAY(opt(fd, SO_ERROR));
	SAY(opt(fd, SO_ACCEPTCONN));
	SAY(opt(fd, SO_SNDBUF));
	SAY(opt(fd, SO_RCVBUF));
	SAY(set_opt(fd, SO_SNDBUF, 10000));
	SAY(opt(fd, SO_SNDBUF));
	SAY(set_opt(fd, SO_SNDBUF, 1));
	SAY(opt(fd, SO_SNDBUF));
	SAY(set_opt(fd, SO_RCVBUF, 0));
	SAY(opt(fd, SO_RCVBUF));
	SAY(set_opt(fd, SO_REUSEADDR, 5));
	SAY(opt(fd, SO_REUSEADDR));
	SAY(set_opt(fd, SO_KEEPALIVE, 1));
	SAY(opt(fd, SO_KEEPALIVE));
	SAY(set_opt(fd, SO_BROADCAST, 1));
	SAY(opt(fd, SO_BROADCAST));
	SAY(set_opt(fd, SO_PASSCRED, 1));
	SAY(opt(fd, SO_PASSCRED));
	SAY(opt(fd, SO_RCVLOWAT));
	SAY(set_opt(fd, SO_RCVLOWAT, 7));
	SAY(opt(fd, SO_RCVLOWAT));
	SAY(opt(fd, SO_SNDLOWAT));
	SAY(set_opt(fd, SO_SNDLOWAT, 7));
	SAY(set_opt(fd, SO_TYPE, 7));
	SAY(opt(fd, 1234));
	SAY(set_opt(fd, 1234, 0));
	SAY(setsockopt(fd, 77, SO_REUSEADDR, &value, sizeof(value)));
	SAY(getsockopt(fd, 77, SO_REUSEADDR, &value, &len));
	SAY(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, 2));
	SAY(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, NULL, sizeof(value)));
	SAY(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	tv.tv_sec = 0;
	SAY(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	SAY(tv.tv_sec * 1000000 + tv.tv_usec);
	SAY(len);
	tv.tv_usec = 1000000;
	SAY(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	SAY(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, 4));
	SAY(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	len = 1000;
	SAY(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len));
	SAY(linger.l_onoff * 100 + linger.l_linger);
	SAY(len);
	len = 2;
	SAY(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
	SAY(len);
	len = -1;
	SAY(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
	SAY(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, NULL));
	close(fd);
}

/* ---- names ---- */

static void names(void)
{
	int a = sock(SOCK_STREAM), b = sock(SOCK_STREAM), c = sock(SOCK_DGRAM), fd[2];
	struct sockaddr_un un;
	char longest[200], text[10];
	socklen_t len;
	struct stat st;

	group("names");
	umask(022);
	say_name("unnamed", a, getsockname);
	say_name("no peer", a, getpeername);
	SAY(bind_to(a, "sock"));
	say_name("path", a, getsockname);
	SAY(stat("sock", &st));
	SAY(st.st_mode);
	SAY(open("sock", O_RDONLY));
	SAY(open("sock", O_RDWR | O_CREAT, 0600));
	SAY(bind_to(b, "sock"));
	SAY(bind_to(a, "other"));
	SAY(access("other", F_OK));
	SAY(bind_to(b, "missing/sock"));
	SAY(bind_to(b, "sock/sock"));
	SAY(connect_to(b, "sock"));
	SAY(connect_to(b, "missing"));
	SAY(connect_to(b, "."));
	SAY(connect_to(c, "sock"));
	SAY(listen(a, 1));
	SAY(connect_to(c, "sock"));
	SAY(unlink("sock"));
	SAY(connect_to(b, "sock"));
	SAY(bind_to(b, "sock"));
	close(b);
	b = sock(SOCK_STREAM);
	SAY(bind_to(b, "sock"));
	SAY(connect_to(c, "sock"));
	close(b);
	b = sock(SOCK_STREAM);
	SAY(bind_to(b, "@abstract"));
	say_name("abstract", b, getsockname);
	close(a);
	a = sock(SOCK_STREAM);
	SAY(bind_to(a, "@abstract"));
	SAY(bind_to(c, "@abstract"));
	SAY(connect_to(a, "@abstract"));
	SAY(connect_to(a, "@absent"));
	SAY(listen(b, 0));
	SAY(connect_to(a, "@abstract"));
	say_name("peer of a connected", a, getpeername);
	close(b);
	SAY(bind_to(a, "@abstract"));
	say_name("peer that is closed", a, getpeername);
	close(a);
	a = sock(SOCK_STREAM);
	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	SAY(bind(a, (struct sockaddr *)&un, 1));
	SAY(bind(a, (struct sockaddr *)&un, sizeof(un) + 1));
	SAY(bind(a, (struct sockaddr *)&un, 1000));
	SAY(bind(a, NULL, 10));
	SAY(connect(a, (struct sockaddr *)&un, 2));
	un.sun_family = AF_INET;
	SAY(bind(a, (struct sockaddr *)&un, 10));
	SAY(connect(a, (struct sockaddr *)&un, 10));
	un.sun_family = AF_UNIX;
	SAY(bind(a, (struct sockaddr *)&un, 2));
	len = sizeof(un);
	SAY(getsockname(a, (struct sockaddr *)&un, &len));
	SAY(len);
	SAY(strspn(un.sun_path + 1, "0123456789abcdef"));
	len = 3;
	SAY(getsockname(a, (struct sockaddr *)&un, &len));
	SAY(len);
	len = -1;
	SAY(getsockname(a, (struct sockaddr *)&un, &len));
	SAY(getsockname(a, NULL, &len));
	close(a);
	/* A path that fills the address has no terminator. */
	a = sock(SOCK_STREAM);
	memset(longest, 'n', sizeof(longest));
	memset(un.sun_path, 'n', sizeof(un.sun_path));
	SAY(bind(a, (struct sockaddr *)&un, sizeof(un)));
	longest[sizeof(un.sun_path)] = '\0';
	SAY(access(longest, F_OK));
	len = sizeof(un);
	SAY(getsockname(a, (struct sockaddr *)&un, &len));
	SAY(len);
	SAY(unlink(longest));
	close(a);
	close(c);
	/* A name with bytes behind its end. */
	a = sock(SOCK_DGRAM);
	memset(&un, 0, sizeof(un));
	un.sun_family = AF_UNIX;
	strcpy(un.sun_path, "dg");
	SAY(bind(a, (struct sockaddr *)&un, sizeof(un)));
	say_name("with bytes behind", a, getsockname);
	b = sock(SOCK_DGRAM);
	SAY(symlink("dg", "link"));
	SAY(send_to(b, "hello", "link"));
	SAY(recv(a, text, sizeof(text), 0));
	SAY(chmod("dg", 0));
	SAY(unlink("dg"));
	SAY(unlink("link"));
	close(a);
	close(b);
	pair(SOCK_STREAM, fd);
	say_name("of a pair", fd[0], getsockname);
	say_name("peer of a pair", fd[0], getpeername);
	close(fd[1]);
	say_name("closed peer of a pair", fd[0], getpeername);
	close(fd[0]);
	SAY(mknod("node", S_IFSOCK | 0666, 0));
	a = sock(SOCK_STREAM);
	SAY(connect_to(a, "node"));
	SAY(unlink("node"));
	SAY(unlink("sock"));
	close(a);
}

/* ---- connections ---- */

static void connections(int type)
{
	int l = sock(type), a = sock(type), b = sock(type), c = sock(type), s;
	struct sockaddr_un un;
	socklen_t len = sizeof(un);
	char text[10];

	group(type == SOCK_STREAM ? "connections" : "seqpacket connections");
	SAY(listen(l, 5));
	SAY(accept(l, NULL, NULL));
	SAY(bind_to(l, "listen"));
	SAY(accept(l, NULL, NULL));
	SAY(events(l));
	SAY(connect_to(a, "listen"));
	SAY(listen(l, 0));
	SAY(opt(l, SO_ACCEPTCONN));
	SAY(events(l));
	fcntl(l, F_SETFL, O_NONBLOCK);
	SAY(accept(l, NULL, NULL));
	SAY(connect_to(a, "listen"));
	SAY(events(l));
	SAY(events(a));
	SAY(send(a, "early", 5, 0));
	fcntl(c, F_SETFL, O_NONBLOCK);
	fcntl(a, F_SETFL, O_NONBLOCK);
	SAY(connect_to(c, "listen"));
	SAY(connect_to(a, "listen"));
	SAY(connect_to(l, "listen"));
	SAY(listen(a, 1));
	SAY(accept(a, NULL, NULL));
	SAY(recv(l, text, 1, 0));
	SAY(send(l, text, 1, MSG_NOSIGNAL));
	SAY(recv(b, text, 1, MSG_DONTWAIT));
	SAY(send(b, text, 1, MSG_NOSIGNAL));
	SAY(events(b));
	SAY(send_to(b, "x", "listen"));
	SAY(send_to(a, "x", "listen"));
	SAY(accept4(l, NULL, NULL, 1));
	s = accept4(l, (struct sockaddr *)&un, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	SAY(s < 0 ? -1 : 0);
	SAY(len);
	SAY(fcntl(s, F_GETFD));
	SAY(fcntl(s, F_GETFL) == (O_RDWR | O_NONBLOCK));
	say_name("accepted", s, getsockname);
	say_name("accepted peer", s, getpeername);
	SAY(recv(s, text, sizeof(text), 0));
	if (type == SOCK_SEQPACKET)
		SAY(recv(s, text, sizeof(text), 0));
	SAY(recv(s, text, sizeof(text), 0));
	SAY(events(s));
	SAY(connect_to(s, "listen"));
	close(a);
	SAY(events(s));
	SAY(recv(s, text, sizeof(text), 0));
	SAY(send(s, text, 1, MSG_NOSIGNAL));
	close(s);
	/* A listening socket that closes hangs up on those who wait. */
	SAY(connect_to(b, "listen"));
	close(l);
	SAY(events(b));
	SAY(recv(b, text, 1, 0));
	SAY(recv(b, text, 1, 0));
	SAY(send(b, text, 1, MSG_NOSIGNAL));
	SAY(connect_to(c, "listen"));
	close(b);
	close(c);
	unlink("listen");
	/* What was not read is lost, and the other side hears of it. */
	l = sock(type);
	bind_to(l, "listen");
	listen(l, 5);
	a = sock(type);
	connect_to(a, "listen");
	s = accept(l, NULL, NULL);
	SAY(send(a, "unread", 6, 0));
	SAY(send(s, "read", 4, 0));
	close(s);
	SAY(events(a));
	SAY(opt(a, SO_ERROR));
	SAY(opt(a, SO_ERROR));
	SAY(recv(a, text, sizeof(text), 0));
	SAY(recv(a, text, sizeof(text), 0));
	close(a);
	SAY(shutdown(l, SHUT_RD));
	a = sock(type);
	SAY(connect_to(a, "listen"));
	SAY(accept(l, NULL, NULL));
	SAY(events(l));
	close(a);
	close(l);
	unlink("listen");
}

/* ---- shutdown ---- */

static void shutdowns(int type)
{
	int fd[2], lone = sock(type);
	char text[10];

	group(type == SOCK_STREAM ? "shutdown stream" : type == SOCK_DGRAM ? "shutdown dgram" : "shutdown seqpacket");
	SAY(shutdown(lone, SHUT_WR));
	SAY(shutdown(lone, 3));
	SAY(shutdown(lone, -1));
	SAY(events(lone));
	close(lone);
	pair(type, fd);
	SAY(events(fd[0]));
	SAY(send(fd[0], "abc", 3, 0));
	SAY(shutdown(fd[0], SHUT_WR));
	SAY(events(fd[0]));
	SAY(events(fd[1]));
	SAY(send(fd[0], "d", 1, MSG_NOSIGNAL));
	SAY(recv(fd[1], text, sizeof(text), 0));
	SAY(recv(fd[1], text, sizeof(text), MSG_DONTWAIT));
	SAY(send(fd[1], "back", 4, 0));
	SAY(recv(fd[0], text, sizeof(text), 0));
	SAY(shutdown(fd[1], SHUT_WR));
	SAY(events(fd[0]));
	SAY(events(fd[1]));
	close(fd[0]);
	close(fd[1]);
	pair(type, fd);
	SAY(shutdown(fd[0], SHUT_RD));
	SAY(recv(fd[0], text, 1, MSG_DONTWAIT));
	SAY(send(fd[1], "x", 1, MSG_NOSIGNAL));
	SAY(send(fd[0], "x", 1, MSG_NOSIGNAL));
	close(fd[0]);
	SAY(events(fd[1]));
	SAY(recv(fd[1], text, 1, 0));
	SAY(recv(fd[1], text, 1, MSG_DONTWAIT));
	SAY(send(fd[1], "x", 1, MSG_NOSIGNAL));
	SAY(send(fd[1], "x", 1, MSG_NOSIGNAL));
	close(fd[1]);
}

/* ---- bytes and messages ---- */

static volatile sig_atomic_t pipes;

static void on_pipe(int sig)
{
	pipes++;
}

static void broken(int type)
{
	int fd[2];

	signal(SIGPIPE, on_pipe);
	pair(type, fd);
	close(fd[1]);
	pipes = 0;
	SAY(write(fd[0], "x", 1));
	SAY(pipes);
	SAY(send(fd[0], "x", 1, MSG_NOSIGNAL));
	SAY(pipes);
	close(fd[0]);
}

static void stream_bytes(void)
{
	int fd[2], value;
	char text[100];
	struct iovec iov[3] = { { text, 2 }, { text + 10, 0 }, { text + 20, 5 } };

	group("stream bytes");
	pair(SOCK_STREAM, fd);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	SAY(read(fd[0], text, 1));
	SAY(write(fd[1], "0123456789", 10));
	SAY(ioctl(fd[0], FIONREAD, &value));
	SAY(value);
	SAY(ioctl(fd[1], SIOCOUTQ, &value));
	SAY(value > 0);
	SAY(recv(fd[0], text, 4, MSG_PEEK));
	SAY(recv(fd[0], text, 4, MSG_TRUNC));
	SAY(read(fd[0], NULL, 4));
	SAY(recv(fd[0], text, 0, 0));
	SAY(readv(fd[0], iov, 3));
	SAY(memcmp(text + 20, "6789", 4));
	SAY(read(fd[0], text, 100));
	SAY(writev(fd[1], iov, 3));
	SAY(write(fd[1], "more", 4));
	SAY(recv(fd[0], text, 100, MSG_PEEK | MSG_WAITALL));
	SAY(recv(fd[0], text, 11, MSG_WAITALL));
	SAY(write(fd[1], text, 0));
	SAY(write(fd[1], NULL, 5));
	SAY(send(fd[1], "oob", 0, MSG_OOB) == 0 || errno == EOPNOTSUPP);
	SAY(recv(fd[0], text, 1, MSG_DONTWAIT));
	SAY(ioctl(fd[1], SIOCOUTQ, &value));
	SAY(value);
	close(fd[0]);
	close(fd[1]);
	broken(SOCK_STREAM);
}

static void messages(int type)
{
	int fd[2], value;
	char text[100], big[300000];

	group(type == SOCK_DGRAM ? "datagrams" : "sequenced packets");
	memset(big, 'b', sizeof(big));
	pair(type, fd);
	SAY(send(fd[0], "first", 5, MSG_EOR));
	SAY(send(fd[0], "", 0, 0));
	SAY(write(fd[0], "third message", 13));
	SAY(ioctl(fd[1], FIONREAD, &value));
	SAY(value);
	SAY(recv(fd[1], text, 3, MSG_PEEK));
	SAY(recv(fd[1], text, 3, MSG_PEEK | MSG_TRUNC));
	SAY(recv(fd[1], text, 3, 0));
	SAY(events(fd[1]));
	SAY(recv(fd[1], text, sizeof(text), 0));
	SAY(recv(fd[1], text, 5, MSG_TRUNC));
	SAY(recv(fd[1], text, 5, MSG_DONTWAIT));
	SAY(send(fd[0], "x", 1, MSG_OOB));
	SAY(recv(fd[1], text, 5, MSG_OOB | MSG_DONTWAIT));
	SAY(send(fd[0], big, sizeof(big), 0));
	SAY(send(fd[0], big, 212992 - 32, 0));
	SAY(send(fd[0], big, 1, MSG_DONTWAIT));
	SAY(recv(fd[1], big, sizeof(big), 0));
	SAY(send(fd[0], NULL, 10, 0));
	close(fd[0]);
	close(fd[1]);
	broken(type);
}

static void datagram_names(void)
{
	int a = sock(SOCK_DGRAM), b = sock(SOCK_DGRAM), c = sock(SOCK_DGRAM), sent = 0;
	struct sockaddr_un un;
	socklen_t len = sizeof(un);
	char text[100];

	group("datagram names");
	SAY(send(a, "x", 1, 0));
	SAY(recv(a, text, 1, MSG_DONTWAIT));
	SAY(listen(a, 1));
	SAY(accept(a, NULL, NULL));
	SAY(send_to(a, "x", "absent"));
	SAY(bind_to(b, "b"));
	SAY(send_to(a, "to b", "b"));
	SAY(recvfrom(b, text, 100, 0, (struct sockaddr *)&un, &len));
	SAY(len);
	SAY(bind_to(a, "@a"));
	SAY(send_to(a, "to b", "b"));
	len = sizeof(un);
	SAY(recvfrom(b, text, 100, 0, (struct sockaddr *)&un, &len));
	SAY(len);
	/* A queue takes so many from strangers. */
	while (send_to(a, "x", "b") > 0)
		sent++;
	say("full", -1);
	SAY(sent);
	SAY(connect_to(c, "b"));
	SAY(events(c));
	SAY(recv(b, text, 1, 0));
	SAY(events(c));
	SAY(send(c, "from c", 6, MSG_DONTWAIT));
	SAY(events(c));
	SAY(send(c, "from c", 6, MSG_DONTWAIT));
	/* Who is connected hears only its peer. */
	SAY(connect_to(b, "@a"));
	SAY(recv(b, text, 1, MSG_DONTWAIT));
	SAY(send(c, "from c", 6, MSG_DONTWAIT));
	SAY(send_to(a, "from a", "b"));
	SAY(recv(b, text, 100, 0));
	SAY(send(b, "answer", 6, 0));
	SAY(connect_to(c, "b"));
	SAY(events(b));
	un.sun_family = AF_UNSPEC;
	SAY(connect(b, (struct sockaddr *)&un, 2));
	SAY(send(b, "x", 1, 0));
	SAY(connect_to(c, "b"));
	close(b);
	SAY(events(c));
	SAY(send(c, "x", 1, 0));
	SAY(send(c, "x", 1, 0));
	SAY(send_to(c, "x", "b"));
	SAY(connect_to(a, "@a"));
	SAY(recv(a, text, 100, 0));
	SAY(send(a, "self", 4, 0));
	SAY(recv(a, text, 100, 0));
	close(a);
	close(c);
	unlink("b");
}

/* ---- control messages ---- */

union control {
	char buf[CMSG_SPACE(300 * sizeof(int))];
	struct cmsghdr align;
};

/* Sends a byte with @count descriptors. */
static ssize_t send_fds(int to, const int *fd, int count)
{
	union control control;
	char byte = 'f';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf,
			      .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	memset(&control, 0, sizeof(control));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fd, count * sizeof(int));
	return sendmsg(to, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Receives with room for @room bytes of control data. What came is in @fd, how many in *count, the flags in *flags. */
static ssize_t recv_fds(int from, int *fd, int *count, size_t room, int flags, int *out_flags)
{
	union control control;
	char text[10];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf, .msg_controllen = room };
	ssize_t ret = recvmsg(from, &msg, flags | MSG_DONTWAIT);

	*count = 0;
	*out_flags = msg.msg_flags;
	if (ret < 0)
		return ret;
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS) {
			*count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(fd, CMSG_DATA(cmsg), *count * sizeof(int));
		}
	}
	return ret;
}

static void close_all(const int *fd, int count)
{
	for (int i = 0; i < count; i++)
		close(fd[i]);
}

static void rights(int type)
{
	int fd[2], sent[300], got[300], count, flags, p[2], bad;
	char text[10];

	group(type == SOCK_STREAM ? "rights by stream" : "rights by datagram");
	pair(type, fd);
	if (pipe(p))
		die("pipe");
	for (int i = 0; i < 300; i++)
		sent[i] = p[i % 2];
	SAY(send_fds(fd[0], p, 2));
	close(p[0]);
	SAY(recv_fds(fd[1], got, &count, CMSG_SPACE(8), MSG_PEEK, &flags));
	SAY(count * 1000 + flags);
	SAY(write(p[1], "through", 7));
	SAY(read(got[0], text, 3));
	close_all(got, count);
	SAY(recv_fds(fd[1], got, &count, CMSG_SPACE(8), MSG_CMSG_CLOEXEC, &flags));
	SAY(count * 1000 + (flags & 0xffff));
	SAY((flags & MSG_CMSG_CLOEXEC) != 0);
	SAY(fcntl(got[0], F_GETFD));
	SAY(read(got[0], text, 10));
	sent[0] = got[0];
	SAY(send_fds(fd[0], &p[1], 1));
	SAY(recv_fds(fd[1], got + 2, &count, 0, 0, &flags));
	SAY(count * 1000 + flags);
	SAY(send_fds(fd[0], p + 1, 1));
	SAY(recv_fds(fd[1], got + 2, &count, CMSG_LEN(0) + 3, 0, &flags));
	SAY(count * 1000 + flags);
	for (int i = 1; i < 300; i++)
		sent[i] = p[1];
	SAY(send_fds(fd[0], sent, 4));
	SAY(recv_fds(fd[1], got + 2, &count, CMSG_LEN(8), 0, &flags));
	SAY(count * 1000 + flags);
	close_all(got + 2, count);
	SAY(send_fds(fd[0], sent, 254));
	SAY(send_fds(fd[0], sent, 253));
	SAY(recv_fds(fd[1], got + 2, &count, sizeof(union control), 0, &flags));
	SAY(count * 1000 + flags);
	close_all(got + 2, count);
	bad = 99;
	SAY(send_fds(fd[0], &bad, 1));
	SAY(recv(fd[1], text, 1, MSG_DONTWAIT));
	/* What is read without asking for them is dropped. */
	SAY(send_fds(fd[0], sent, 1));
	SAY(read(fd[1], text, 10));
	SAY(send_fds(fd[0], sent, 1));
	SAY(send_fds(fd[0], sent, 2));
	SAY(send(fd[0], "plain", 5, 0));
	SAY(recv_fds(fd[1], got + 2, &count, sizeof(union control), 0, &flags));
	SAY(count * 1000 + flags);
	close_all(got + 2, count);
	SAY(recv_fds(fd[1], got + 2, &count, sizeof(union control), 0, &flags));
	SAY(count * 1000 + flags);
	close_all(got + 2, count);
	SAY(recv_fds(fd[1], got + 2, &count, sizeof(union control), 0, &flags));
	SAY(count * 1000 + flags);
	close(p[1]);
	close(got[0]);
	close(got[1]);
	close(fd[0]);
	close(fd[1]);
}

static ssize_t send_control(int to, int level, int type, const void *data, size_t len, size_t claimed)
{
	union control control;
	char byte = 'c';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf, .msg_controllen = CMSG_SPACE(len) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	memset(&control, 0, sizeof(control));
	cmsg->cmsg_level = level;
	cmsg->cmsg_type = type;
	cmsg->cmsg_len = claimed;
	memcpy(CMSG_DATA(cmsg), data, len);
	return sendmsg(to, &msg, MSG_DONTWAIT);
}

/* The credentials that came with a byte: whether the pid is ours, uid, gid. */
static void say_creds(const char *what, int fd)
{
	union control control;
	char text[10];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.buf, .msg_controllen = sizeof(control) };
	struct ucred creds = { -1, -1, -1 };
	ssize_t ret = recvmsg(fd, &msg, MSG_DONTWAIT);
	struct cmsghdr *cmsg = ret < 0 ? NULL : CMSG_FIRSTHDR(&msg);

	if (cmsg && cmsg->cmsg_type == SCM_CREDENTIALS)
		memcpy(&creds, CMSG_DATA(cmsg), sizeof(creds));
	printf("answer %s, %s: %zd, flags %x, control %s, pid %s, uid %s, gid %s\n", part, what, ret, ret < 0 ? 0 : msg.msg_flags,
	       cmsg ? "yes" : "no", creds.pid == getpid() ? "ours" : creds.pid ? "none" : "0",
	       creds.uid == getuid() ? "ours" : creds.uid == 65534 ? "nobody" : "none",
	       creds.gid == getgid() ? "ours" : creds.gid == 65534 ? "nobody" : "none");
}

static void credentials(int type)
{
	struct ucred creds = { getpid(), getuid(), getgid() }, peer;
	socklen_t len = sizeof(peer);
	int fd[2], lone = sock(type);

	group(type == SOCK_STREAM ? "credentials by stream" : "credentials by datagram");
	SAY(getsockopt(lone, SOL_SOCKET, SO_PEERCRED, &peer, &len));
	SAY(peer.pid);
	SAY((int)peer.uid == -1 && (int)peer.gid == -1);
	close(lone);
	pair(type, fd);
	SAY(getsockopt(fd[0], SOL_SOCKET, SO_PEERCRED, &peer, &len));
	SAY(peer.pid == getpid() && peer.uid == getuid() && peer.gid == getgid());
	SAY(send(fd[0], "x", 1, 0));
	say_creds("not asked for", fd[1]);
	SAY(send(fd[0], "x", 1, 0));
	SAY(set_opt(fd[1], SO_PASSCRED, 1));
	SAY(send(fd[0], "y", 1, 0));
	say_creds("asked for too late", fd[1]);
	say_creds("asked for", fd[1]);
	SAY(send_control(fd[0], SOL_SOCKET, SCM_CREDENTIALS, &creds, sizeof(creds), CMSG_LEN(sizeof(creds))));
	say_creds("said", fd[1]);
	creds.pid = 999999;
	SAY(send_control(fd[0], SOL_SOCKET, SCM_CREDENTIALS, &creds, sizeof(creds), CMSG_LEN(sizeof(creds))));
	SAY(send_control(fd[0], SOL_SOCKET, SCM_CREDENTIALS, &creds, 4, CMSG_LEN(4)));
	SAY(send_control(fd[0], SOL_SOCKET, 99, &creds, 4, CMSG_LEN(4)));
	SAY(send_control(fd[0], SOL_SOCKET, SCM_RIGHTS, &creds, 4, 3));
	SAY(send_control(fd[0], SOL_SOCKET, SCM_RIGHTS, &creds, 4, 300));
	SAY(send_control(fd[0], SOL_SOCKET, SCM_RIGHTS, &creds, 0, CMSG_LEN(0)));
	say_creds("no descriptors", fd[1]);
	SAY(send_control(fd[0], 77, 99, &creds, 4, CMSG_LEN(4)));
	say_creds("another level", fd[1]);
	close(fd[0]);
	close(fd[1]);
}

static void many(void)
{
	struct mmsghdr vec[4];
	struct iovec iov[4];
	char text[4][10];
	struct timespec ts = { 0, 0 };
	int fd[2];

	group("several messages");
	pair(SOCK_DGRAM, fd);
	memset(vec, 0, sizeof(vec));
	for (int i = 0; i < 4; i++) {
		iov[i] = (struct iovec){ text[i], i + 1 };
		vec[i].msg_hdr.msg_iov = &iov[i];
		vec[i].msg_hdr.msg_iovlen = 1;
	}
	memset(text, 'm', sizeof(text));
	SAY(sendmmsg(fd[0], vec, 4, 0));
	SAY(vec[3].msg_len);
	SAY(recvmmsg(fd[1], vec, 2, 0, NULL));
	SAY(vec[0].msg_len * 10 + vec[1].msg_len);
	SAY(recvmmsg(fd[1], vec, 4, MSG_WAITFORONE, NULL));
	SAY(vec[0].msg_len * 10 + vec[1].msg_len);
	SAY(vec[0].msg_hdr.msg_flags);
	SAY(recvmmsg(fd[1], vec, 4, MSG_DONTWAIT, NULL));
	SAY(send(fd[0], "xx", 2, 0));
	SAY(send(fd[0], "xx", 2, 0));
	SAY(recvmmsg(fd[1], vec, 4, 0, &ts));
	ts.tv_nsec = -1;
	SAY(recvmmsg(fd[1], vec, 4, 0, &ts));
	SAY(sendmmsg(99, vec, 1, 0));
	SAY(sendmmsg(fd[0], vec, 0, 0));
	vec[1].msg_hdr.msg_iov = NULL;
	SAY(sendmmsg(fd[0], vec, 2, 0));
	vec[0].msg_hdr.msg_iovlen = 2000;
	SAY(sendmsg(fd[0], &vec[0].msg_hdr, 0));
	close(fd[0]);
	close(fd[1]);
}

/* ---- waiting ---- */

static void on_alarm(int sig)
{
}

/* In ms, roughly: 0 for at once. */
static long waited(double since)
{
	return (long)((now() - since) * 1000) >= 80;
}

static void timeouts(void)
{
	struct timeval tv = { 0, 100000 };
	struct itimerval timer = { .it_value = { 0, 100000 } };
	struct sigaction sa = { .sa_handler = on_alarm };
	int fd[2], l = sock(SOCK_STREAM), a = sock(SOCK_STREAM), b = sock(SOCK_STREAM);
	char big[10000];
	double start;

	group("timeouts");
	sigaction(SIGALRM, &sa, NULL);
	pair(SOCK_STREAM, fd);
	SAY(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	start = now();
	SAY(recv(fd[0], big, 1, 0));
	SAY(waited(start));
	SAY(send(fd[1], "part", 4, 0));
	start = now();
	SAY(recv(fd[0], big, 10, MSG_WAITALL));
	SAY(waited(start));
	setitimer(ITIMER_REAL, &timer, NULL);
	SAY(recv(fd[1], big, 1, 0));
	SAY(setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	SAY(set_opt(fd[0], SO_SNDBUF, 4608));
	memset(big, 'b', sizeof(big));
	while (send(fd[0], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	say("full", -1);
	SAY(events(fd[0]));
	start = now();
	SAY(send(fd[0], big, 1, 0));
	SAY(waited(start));
	while (recv(fd[1], big, sizeof(big), MSG_DONTWAIT) > 0)
		;
	SAY(events(fd[0]));
	close(fd[0]);
	close(fd[1]);
	bind_to(l, "@timeouts");
	listen(l, 0);
	SAY(connect_to(a, "@timeouts"));
	SAY(setsockopt(b, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	start = now();
	SAY(connect_to(b, "@timeouts"));
	SAY(waited(start));
	SAY_FD(accept(l, NULL, NULL));
	SAY(connect_to(b, "@timeouts"));
	SAY_FD(accept(l, NULL, NULL));
	SAY(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	start = now();
	SAY(accept(l, NULL, NULL));
	SAY(waited(start));
	close(a);
	close(b);
	close(l);
}

#include "async.h"
#include "processes.h"
#include "races.h"

int main(int argc, char **argv)
{
	const char *dir = "/unix";
	int seconds = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--dir"))
			dir = argv[i + 1];
		else if (!strcmp(argv[i], "--seconds"))
			seconds = atoi(argv[i + 1]);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if ((mkdir(dir, 0755) && errno != EEXIST) || chdir(dir))
		die("%s: %s", dir, strerror(errno));
	making();
	options();
	names();
	connections(SOCK_STREAM);
	connections(SOCK_SEQPACKET);
	shutdowns(SOCK_STREAM);
	shutdowns(SOCK_DGRAM);
	shutdowns(SOCK_SEQPACKET);
	stream_bytes();
	messages(SOCK_DGRAM);
	messages(SOCK_SEQPACKET);
	datagram_names();
	rights(SOCK_STREAM);
	rights(SOCK_DGRAM);
	credentials(SOCK_STREAM);
	credentials(SOCK_DGRAM);
	many();
	timeouts();
	asynchronous();
	passing();
	dying();
	if (seconds)
		races(seconds);
	if (failures())
		printf("unixcalls: %lu failures\n", failures());
	return failures() ? 1 : 0;
}
