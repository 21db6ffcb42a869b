// SPDX-License-Identifier: MIT
/*
 * netlinkcalls [--exec FILE]
 *
 * AF_NETLINK: ports and groups of programs among each other, generic netlink with TASKSTATS, and the process events connector. FILE is
 * this program, by a path to run it by. With the environment's ALONE nobody else on the machine listens to anything. What only
 * the privileged may do is left out by others. Status 0: all as on Linux.
 */
#define _GNU_SOURCE
#include "nl.h"

#include <poll.h>
#include <unistd.h>

bool privileged;

int make_socket(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		die("socket(AF_NETLINK, %d): %s", protocol, strerror(errno));
	return fd;
}

int bound_socket(int protocol, uint32_t groups)
{
	struct nladdr addr = { .family = AF_NETLINK, .groups = groups };
	int fd = make_socket(protocol);

	CHECK(!bind(fd, (void *)&addr, sizeof(addr)));
	return fd;
}

uint32_t port_of(int fd)
{
	struct nladdr addr;
	socklen_t len = sizeof(addr);

	CHECK(!getsockname(fd, (void *)&addr, &len) && len == sizeof(addr));
	return addr.pid;
}

bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 10000) == 1;
}

void set_int(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		die("setsockopt(%d, %d, %d): %s", level, name, value, strerror(errno));
}

int main(int argc, char **argv)
{
	const char *self = "/proc/self/exe";
	int fd, size = 1 << 20;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--exec") && i + 1 < argc)
			self = argv[++i];
		else if (!strcmp(argv[i], "end"))
			return 7; /* by test_events() */
	}
	fd = make_socket(USERSOCK);
	privileged = !setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) && !geteuid();
	close(fd);
	test_sockets();
	test_generic();
	if (privileged) {
		test_statistics();
		test_events(self);
	}
	printf("netlinkcalls: %lu failures%s\n", failures(), privileged ? "" : ", not privileged: half of it left out");
	return failures() ? 1 : 0;
}
