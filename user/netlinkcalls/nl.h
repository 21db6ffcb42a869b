/* SPDX-License-Identifier: MIT */
/*
 * Netlink's numbers and structures, which the C library here has no headers for, and what the parts of the program share.
 */
#ifndef USER_NETLINKCALLS_NL_H
#define USER_NETLINKCALLS_NL_H

#include "../lib/check.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define USERSOCK  2
#define CONNECTOR 11
#define GENERIC	  16

#define SOL_NETLINK	 270
#define ADD_MEMBERSHIP	 1
#define DROP_MEMBERSHIP	 2
#define PKTINFO		 3
#define NO_ENOBUFS	 5
#define LIST_MEMBERSHIPS 9
#define CAP_ACK		 10

struct nladdr {
	uint16_t family, pad;
	uint32_t pid, groups;
};

struct nlmsg {
	uint32_t len;
	uint16_t type, flags;
	uint32_t seq, pid;
};

#define F_REQUEST 1
#define F_MULTI	  2
#define F_ACK	  4
#define F_CAPPED  0x100
#define F_DUMP	  0x300

#define TYPE_ERROR 2
#define TYPE_DONE  3

struct nlattr {
	uint16_t len, type;
};

#define ALIGNED(len) (((len) + 3) & ~3)

/* SO_RCVBUFFORCE could be set: CAP_NET_ADMIN, which most of this is for. */
extern bool privileged;

int make_socket(int protocol);
/* With a port of the kernel's choice; in @groups. */
int bound_socket(int protocol, uint32_t groups);
uint32_t port_of(int fd);
/* Waits ten seconds for something to read. */
bool readable(int fd);
void set_int(int fd, int level, int name, int value);

void test_sockets(void);
void test_generic(void);
void test_statistics(void);
/* A socket that hears of every exit. */
int exit_listener(void);
void test_events(const char *self);

#endif
