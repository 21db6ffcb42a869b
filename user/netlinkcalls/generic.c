// SPDX-License-Identifier: MIT
/*
 * Generic netlink: requests and their answers, the controller, TASKSTATS.
 */
#define _GNU_SOURCE
#include "nl.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NLCTRL	      0x10
#define CMD_NEWFAMILY 1
#define CMD_GETFAMILY 3
#define ATTR_ID	      1
#define ATTR_NAME     2

struct genl {
	struct nlmsg nl;
	uint8_t cmd, version;
	uint16_t reserved;
	char data[400];
};

struct answer {
	struct nlmsg nl;
	union {
		struct {
			int error;
			struct nlmsg request;
			char rest[400];
		};
		struct {
			uint8_t cmd, version;
			uint16_t reserved;
			char data[2000];
		};
	};
};

static struct genl request(int family, int cmd, int flags)
{
	return (struct genl){ .nl = { .len = 20, .type = family, .flags = F_REQUEST | flags, .seq = 4711, .pid = 815 }, .cmd = cmd,
			      .version = 1 };
}

static void add(struct genl *r, int type, const void *data, int len)
{
	struct nlattr *attr = (void *)((char *)r + ALIGNED(r->nl.len));

	attr->type = type;
	attr->len = sizeof(*attr) + len;
	memcpy(attr + 1, data, len);
	r->nl.len = ALIGNED(r->nl.len) + attr->len;
}

static const void *find(const void *data, int len, int type, int *size)
{
	for (const struct nlattr *a = data; len >= 4 && a->len >= 4; len -= ALIGNED(a->len), a = (void *)((char *)a + ALIGNED(a->len))) {
		if ((a->type & 0x3fff) == type) {
			*size = a->len - 4;
			return a + 1;
		}
	}
	*size = 0;
	return NULL;
}

static int ask(int fd, const struct genl *r, struct answer *a)
{
	CHECK(send(fd, r, r->nl.len, 0) == (ssize_t)r->nl.len);
	memset(a, 0, sizeof(*a));
	return recv(fd, a, sizeof(*a), MSG_DONTWAIT);
}

/* The answer is this error, with all of the request or only its header. */
static void refused(int line, int fd, const struct genl *r, int error, bool capped)
{
	struct answer a;
	int n = ask(fd, r, &a), want = 36 + (capped ? 0 : ALIGNED(r->nl.len) - 16);

	if (n != want || a.nl.type != TYPE_ERROR || a.error != -error || a.nl.flags != (capped ? F_CAPPED : 0) || a.nl.seq != 4711 ||
	    a.nl.pid != port_of(fd) || memcmp(&a.request, r, capped ? sizeof(a.request) : r->nl.len))
		fail("line %d: %d bytes, not %d, type %d, error %d, not %d, flags %#x", line, n, want, a.nl.type, -a.error, error, a.nl.flags);
}

#define REFUSED(fd, r, error, capped) refused(__LINE__, fd, r, error, capped)

static int family_id(int fd, const char *name)
{
	struct genl r = request(NLCTRL, CMD_GETFAMILY, 0);
	struct answer a;
	const uint16_t *id;
	int n, size;

	add(&r, ATTR_NAME, name, strlen(name) + 1);
	n = ask(fd, &r, &a);
	id = n > 20 && a.nl.type == NLCTRL && a.cmd == CMD_NEWFAMILY ? find(a.data, n - 20, ATTR_ID, &size) : NULL;
	return id ? *id : -1;
}

static void test_controller(int fd)
{
	struct genl r = request(NLCTRL, CMD_GETFAMILY, 0), good;
	uint16_t id = NLCTRL;
	struct answer a;
	const char *name;
	int n, size, families = 0;

	check(family_id(fd, "nlctrl") == NLCTRL);
	REFUSED(fd, &r, EINVAL, false);
	add(&r, ATTR_NAME, "nosuchfamily", 13);
	REFUSED(fd, &r, ENOENT, false);
	r = request(NLCTRL, CMD_GETFAMILY, 0);
	add(&r, ATTR_ID, &id, 1);
	REFUSED(fd, &r, ERANGE, false);
	r = request(NLCTRL, CMD_GETFAMILY, 0);
	add(&r, ATTR_NAME, "sixteencharacter", 16);
	REFUSED(fd, &r, EINVAL, false);
	r = request(NLCTRL, 77, 0);
	REFUSED(fd, &r, EOPNOTSUPP, false);
	r = request(1000, 1, 0);
	REFUSED(fd, &r, ENOENT, false);
	r.nl.len = 16;
	REFUSED(fd, &r, ENOENT, false);
	r.nl.type = NLCTRL;
	REFUSED(fd, &r, EINVAL, false);
	set_int(fd, SOL_NETLINK, CAP_ACK, 1);
	REFUSED(fd, &r, EINVAL, true);
	set_int(fd, SOL_NETLINK, CAP_ACK, 0);

	/* by number, with an acknowledgement after the answer */
	good = request(NLCTRL, CMD_GETFAMILY, F_ACK);
	add(&good, ATTR_ID, &id, sizeof(id));
	n = ask(fd, &good, &a);
	name = find(a.data, n - 20, ATTR_NAME, &size);
	check(a.nl.type == NLCTRL && a.nl.len == (uint32_t)n && a.nl.seq == 4711 && a.nl.pid == port_of(fd));
	check(name && size == 7 && !strcmp(name, "nlctrl"));
	check(recv(fd, &a, sizeof(a), MSG_DONTWAIT) == 36 && a.nl.type == TYPE_ERROR && !a.error && a.nl.flags == F_CAPPED);
	check_errno(recv(fd, &a, sizeof(a), MSG_DONTWAIT), EAGAIN);

	/* what is no request is only acknowledged; what is broken is dropped */
	r = request(NLCTRL, CMD_GETFAMILY, F_ACK);
	r.nl.flags = F_ACK;
	REFUSED(fd, &r, 0, true);
	r.nl.len = 15;
	check(send(fd, &r, 20, 0) == 20);
	r.nl.len = 21;
	check(send(fd, &r, 20, 0) == 20 && send(fd, &r, 15, 0) == 15);
	check_errno(recv(fd, &a, sizeof(a), MSG_DONTWAIT), EAGAIN);

	/* all of them, ended by a message of its own or in the last datagram */
	r = request(NLCTRL, CMD_GETFAMILY, F_DUMP | F_ACK);
	check(send(fd, &r, r.nl.len, 0) == (ssize_t)r.nl.len);
	for (bool done = false; !done && (n = recv(fd, &a, sizeof(a), MSG_DONTWAIT)) > 0; ) {
		struct nlmsg *m = &a.nl;

		for (; n >= 16; n -= ALIGNED(m->len), m = (void *)((char *)m + ALIGNED(m->len))) {
			check((m->flags & F_MULTI) && m->seq == 4711);
			done |= m->type == TYPE_DONE;
			families += m->type == NLCTRL;
		}
	}
	check(families >= 2 && n == 0);
	check_errno(recv(fd, &a, sizeof(a), MSG_DONTWAIT), EAGAIN);
}

/* Two in one datagram, the first of which fails. */
static void test_several(int fd)
{
	char both[64];
	struct genl r = request(1000, 1, 0), s = request(NLCTRL, 77, 0);
	struct answer a;

	memcpy(both, &r, 20);
	memcpy(both + 20, &s, 20);
	check(write(fd, both, 40) == 40);
	check(recv(fd, &a, sizeof(a), MSG_DONTWAIT) > 0 && a.error == -ENOENT);
	check(recv(fd, &a, sizeof(a), MSG_DONTWAIT) > 0 && a.error == -EOPNOTSUPP);
	check_errno(recv(fd, &a, sizeof(a), MSG_DONTWAIT), EAGAIN);
}

void test_generic(void)
{
	int fd = bound_socket(GENERIC, 0);

	test_controller(fd);
	test_several(fd);
	close(fd);
}

/* ---- TASKSTATS ---- */

#define STATS_GET	     1
#define STATS_NEW	     2
#define STATS_ATTR_PID	     1
#define STATS_ATTR_TGID	     2
#define STATS_ATTR_REGISTER  3
#define STATS_ATTR_DEREGISTER 4
#define STATS_PID	     1
#define STATS_TGID	     2
#define STATS_STATS	     3
#define STATS_AGGR_PID	     4
#define STATS_AGGR_TGID	     5

/* offsets in struct taskstats that never change */
#define AT_VERSION  0
#define AT_EXITCODE 4
#define AT_COMM	    80
#define AT_UID	    120
#define AT_PID	    128
#define AT_PPID	    132
#define AT_ETIME    144
#define AT_UTIME    152
#define AT_STIME    160
#define AT_MINFLT   168
#define AT_RSS	    200
#define AT_WCHAR    224
#define AT_SIZE	    328	/* of the first versions */

static uint64_t u64_at(const char *stats, int at)
{
	uint64_t value;

	memcpy(&value, stats + at, sizeof(value));
	return value;
}

static uint32_t u32_at(const char *stats, int at)
{
	return u64_at(stats, at);
}

/* The record nested in an answer, NULL if there is none or it is of another task. */
static const char *record(const struct answer *a, int n, bool process, uint32_t nr)
{
	const char *aggr, *stats;
	const uint32_t *id;
	int size, len;

	if (n < 20 || a->cmd != STATS_NEW)
		return NULL;
	aggr = find(a->data, n - 20, process ? STATS_AGGR_TGID : STATS_AGGR_PID, &size);
	if (!aggr)
		return NULL;
	id = find(aggr, size, process ? STATS_TGID : STATS_PID, &len);
	stats = find(aggr, size, STATS_STATS, &len);
	return id && *id == nr && stats && len >= AT_SIZE ? stats : NULL;
}

static void test_on_demand(int fd, int family)
{
	struct genl r = request(family, STATS_GET, 0);
	uint32_t pid = getpid(), none = 0x3fffffff;
	uint64_t wchar;
	struct answer a;
	int status, ends[2];
	const char *s;
	pid_t child;

	REFUSED(fd, &r, EINVAL, false);
	add(&r, STATS_ATTR_PID, &none, 4);
	REFUSED(fd, &r, ESRCH, false);
	r = request(family, STATS_GET, 0);
	add(&r, STATS_ATTR_PID, &pid, 4);
	s = record(&a, ask(fd, &r, &a), false, pid);
	check(s);
	if (!s)
		return;
	check(*(uint16_t *)s >= 8 && u32_at(s, AT_PID) == pid && u32_at(s, AT_PPID) == (uint32_t)getppid() && !u32_at(s, AT_UID));
	check(!strncmp(s + AT_COMM, "netlinkcalls", 12));
	check(u64_at(s, AT_ETIME) && u64_at(s, AT_MINFLT));
	/* Linux may know times only by the tick, and may have been built without counting the other */
	check((u64_at(s, AT_UTIME) + u64_at(s, AT_STIME) && u64_at(s, AT_RSS)) || !getenv("ALONE"));
	wchar = u64_at(s, AT_WCHAR);
	CHECK(!pipe(ends));
	check(write(ends[1], "0123456789", 10) == 10);
	close(ends[0]);
	close(ends[1]);
	s = record(&a, ask(fd, &r, &a), false, pid);
	check(s && (u64_at(s, AT_WCHAR) >= wchar + 10 || !getenv("ALONE")));

	r = request(family, STATS_GET, 0);
	add(&r, STATS_ATTR_TGID, &pid, 4);
	s = record(&a, ask(fd, &r, &a), true, pid);
	check(s && u64_at(s, AT_ETIME) && (u64_at(s, AT_UTIME) + u64_at(s, AT_STIME) || !getenv("ALONE")));

	child = fork();
	if (!child) {
		if (setuid(65534))
			_exit(2);
		_exit(ask(fd, &r, &a) <= 0 || a.nl.type != TYPE_ERROR || a.error != -EPERM);
	}
	check(waitpid(child, &status, 0) == child && !status);
}

static void *idle(void *arg)
{
	return arg;
}

/* Reads until the record of this task comes. */
static bool await(int fd, struct answer *a, uint32_t pid, const char **thread, const char **process)
{
	*thread = *process = NULL;
	while (!*thread && readable(fd)) {
		int n = recv(fd, a, sizeof(*a), 0);

		*thread = record(a, n, false, pid);
		*process = record(a, n, true, pid);
	}
	return *thread;
}

static void test_exits(int fd, int family)
{
	struct genl r = request(family, STATS_GET, F_ACK);
	const char *s, *p;
	struct answer a;
	char cpus[64] = "";
	FILE *possible = fopen("/sys/devices/system/cpu/possible", "r");
	int status;
	pid_t child;

	add(&r, STATS_ATTR_REGISTER, "x", 2);
	REFUSED(fd, &r, EINVAL, false);
	r = request(family, STATS_GET, F_ACK);
	if (!possible || !fgets(cpus, sizeof(cpus), possible))
		snprintf(cpus, sizeof(cpus), "0-%ld", sysconf(_SC_NPROCESSORS_CONF) - 1);
	if (possible)
		fclose(possible);
	add(&r, STATS_ATTR_REGISTER, cpus, strlen(cpus) + 1);
	REFUSED(fd, &r, 0, true);

	child = fork();
	if (!child)
		_exit(3);
	check(waitpid(child, &status, 0) == child);
	check(await(fd, &a, child, &s, &p) && u32_at(s, AT_EXITCODE) == 3 << 8 && u32_at(s, AT_PPID) == (uint32_t)getpid() && !p);

	/* a process that had threads: with its last one's record there is its own */
	child = fork();
	if (!child) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, idle, NULL) || pthread_join(thread, NULL))
			_exit(2);
		_exit(4);
	}
	check(waitpid(child, &status, 0) == child && status == 4 << 8);
	check(await(fd, &a, child, &s, &p) && u32_at(s, AT_EXITCODE) == 4 << 8 && p);

	r = request(family, STATS_GET, F_ACK);
	add(&r, STATS_ATTR_DEREGISTER, cpus, strlen(cpus) + 1);
	check(send(fd, &r, r.nl.len, 0) == (ssize_t)r.nl.len);
	while (recv(fd, &a, sizeof(a), MSG_DONTWAIT) > 0 && a.nl.type != TYPE_ERROR)
		;
	check(a.nl.type == TYPE_ERROR && !a.error);
	child = fork();
	if (!child)
		_exit(5);
	check(waitpid(child, &status, 0) == child);
	check_errno(recv(fd, &a, sizeof(a), MSG_DONTWAIT), EAGAIN);
	/* registered when it is closed */
	r = request(family, STATS_GET, F_ACK);
	add(&r, STATS_ATTR_REGISTER, cpus, strlen(cpus) + 1);
	REFUSED(fd, &r, 0, true);
}

int exit_listener(void)
{
	int fd = bound_socket(GENERIC, 0), family = family_id(fd, "TASKSTATS");
	struct genl r = request(family, STATS_GET, 0);

	add(&r, STATS_ATTR_REGISTER, "0", 2);
	CHECK(send(fd, &r, r.nl.len, 0) == (ssize_t)r.nl.len);
	return fd;
}

void test_statistics(void)
{
	int fd = bound_socket(GENERIC, 0), family, size = 1 << 22;

	CHECK(!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));
	family = family_id(fd, "TASKSTATS");
	if (family < 0) {
		fail("no family TASKSTATS");
		return;
	}
	test_on_demand(fd, family);
	test_exits(fd, family);
	close(fd);
}
