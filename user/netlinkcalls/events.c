// SPDX-License-Identifier: MIT
/*
 * The process events connector: what is told of a process from fork to exit; who may listen; listeners that come and go while
 * processes do.
 */
#define _GNU_SOURCE
#include "nl.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTEN 1
#define IGNORE 2

#define EV_NONE	    0
#define EV_FORK	    1
#define EV_EXEC	    2
#define EV_UID	    4
#define EV_GID	    0x40
#define EV_SID	    0x80
#define EV_PTRACE   0x100
#define EV_COMM	    0x200
#define EV_COREDUMP 0x40000000
#define EV_EXIT	    0x80000000

struct message {
	struct nlmsg nl;
	uint32_t idx, val, seq, ack;
	uint16_t len, flags;
	union {
		uint32_t op;
		struct {
			uint32_t what, cpu;
			uint64_t time;
			uint32_t arg[6];
		} __attribute__((packed));
	};
};

static int send_op(int fd, uint32_t op, int len)
{
	struct message m = { .nl = { .len = 16 + 20 + len, .type = TYPE_DONE, .pid = getpid() }, .idx = 1, .val = 1, .seq = 5, .ack = getpid(),
			     .len = len, .op = op };

	return send(fd, &m, m.nl.len, 0);
}

static bool next_event(int fd, struct message *m)
{
	while (readable(fd)) {
		int n = recv(fd, m, sizeof(*m), MSG_DONTWAIT);

		if (n == 76)
			return m->nl.type == TYPE_DONE && m->nl.len == 76 && m->idx == 1 && m->val == 1 && m->len == 40;
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return false;
	}
	return false;
}

static int listener(void)
{
	int fd = bound_socket(CONNECTOR, 1), size = 1 << 22;

	CHECK(!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));
	CHECK(send_op(fd, LISTEN, 4) == 40);
	return fd;
}

/* ---- one process's events ---- */

#define MAX_EVENTS 64

static struct message seen[MAX_EVENTS];

/* All events of process @pid until its end; how many there are. */
static int collect(int fd, uint32_t pid)
{
	struct message m;
	int n = 0;

	while (n < MAX_EVENTS && next_event(fd, &m)) {
		bool fork = m.what == EV_FORK;

		if (m.what == EV_NONE || m.arg[fork ? 3 : 1] != pid)
			continue;
		seen[n++] = m;
		if (m.what == EV_EXIT && m.arg[0] == pid)
			break;
	}
	return n;
}

static const struct message *first(int n, uint32_t what)
{
	for (int i = 0; i < n; i++) {
		if (seen[i].what == what)
			return &seen[i];
	}
	fail("no event %#x among %d", what, n);
	return seen;
}

/* exec changes the saved group id as well. */
static void one_life(const char *self)
{
	if (setsid() < 0 || prctl(PR_SET_NAME, "newname") || setresgid(11, 12, 13) || setresuid(21, 0, 0))
		_exit(99);
	execl(self, "netlinkcalls", "end", NULL);
	_exit(98);
}

static void test_life(int fd, const char *self)
{
	static const uint32_t order[] = { EV_FORK, EV_SID, EV_COMM, EV_GID, EV_UID, EV_GID, EV_EXEC, EV_EXIT };
	const struct message *m;
	int status, n;
	pid_t child = fork();
	uint32_t pid = child;

	if (!child)
		one_life(self);
	check(waitpid(child, &status, 0) == child && status == 7 << 8);
	n = collect(fd, pid);
	check(n == sizeof(order) / sizeof(order[0]));
	for (int i = 0; i < n && i < (int)(sizeof(order) / sizeof(order[0])); i++)
		check(seen[i].what == order[i]);
	for (int i = 1; i < n; i++)
		check(seen[i].time >= seen[i - 1].time && seen[i].ack == 0 && seen[i].seq == seen[i].nl.seq && seen[i].cpu < 4096);
	m = first(n, EV_FORK);
	check(m->arg[0] == (uint32_t)getpid() && m->arg[1] == (uint32_t)getpid() && m->arg[2] == pid && m->arg[3] == pid);
	check(!strncmp((char *)&first(n, EV_COMM)->arg[2], "newname", 16));
	m = first(n, EV_GID);
	check(m->arg[0] == pid && m->arg[2] == 11 && m->arg[3] == 12);
	m = first(n, EV_UID);
	check(m->arg[0] == pid && m->arg[2] == 21 && !m->arg[3]);
	m = first(n, EV_EXIT);
	check(m->arg[0] == pid && m->arg[2] == 7 << 8 && m->arg[3] == SIGCHLD);
}

/* A tracer comes and goes. */
static void test_tracer(int fd)
{
	uint32_t tracer[2] = { getpid(), 0 };
	int status, n, found = 0;
	pid_t child = fork();

	if (!child) {
		for (;;)
			pause();
	}
	if (ptrace(PTRACE_SEIZE, child, 0, 0)) {
		check(!getenv("ALONE")); /* a container may not allow it */
	} else {
		check(!ptrace(PTRACE_INTERRUPT, child, 0, 0) && waitpid(child, &status, 0) == child && WIFSTOPPED(status));
		check(!ptrace(PTRACE_DETACH, child, 0, 0));
	}
	kill(child, SIGKILL);
	check(waitpid(child, &status, 0) == child);
	n = collect(fd, child);
	for (int i = 0; i < n; i++) {
		if (seen[i].what != EV_PTRACE)
			continue;
		check(found < 2 && seen[i].arg[0] == (uint32_t)child && seen[i].arg[2] == tracer[found] && seen[i].arg[3] == tracer[found]);
		found++;
	}
	check(found == 2 || !getenv("ALONE"));
}

static void *thread_id(void *arg)
{
	*(uint32_t *)arg = syscall(SYS_gettid);
	return NULL;
}

static void test_thread(int fd)
{
	uint32_t tid = 0, pid = getpid();
	struct message m = { 0 };
	pthread_t thread;
	bool made = false;

	CHECK(!pthread_create(&thread, NULL, thread_id, &tid) && !pthread_join(thread, NULL));
	while (next_event(fd, &m)) {
		made |= m.what == EV_FORK && m.arg[2] == tid && m.arg[3] == pid;
		if (m.what == EV_EXIT && m.arg[0] == tid)
			break;
	}
	check(made && m.what == EV_EXIT && m.arg[0] == tid && m.arg[1] == pid && !m.arg[2] && m.arg[3] == (uint32_t)-1);
}

static void test_crash(int fd)
{
	struct rlimit none = { 0, 0 };
	const struct message *m;
	int status, n;
	pid_t child = fork();

	if (!child) {
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		abort();
	}
	check(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	n = collect(fd, child);
	m = first(n, EV_COREDUMP);
	check(m->arg[0] == (uint32_t)child && m->arg[2] == (uint32_t)getpid());
	check((first(n, EV_EXIT)->arg[2] & 0x7f) == SIGABRT);
}

/* Of each CPU the events come in sequence, without a gap as long as there is room. An exit may be told after the parent has waited. */
static void test_numbers(int fd)
{
	static uint32_t next[4096];
	static bool known[4096];
	int status, events = 0;
	struct message m;

	for (int i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (int j = 0; j < 10; j++) {
			if (!fork())
				_exit(0);
			wait(&status);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		;
	while (recv(fd, &m, sizeof(m), MSG_DONTWAIT) == 76) {
		CHECK(m.cpu < 4096);
		check(!known[m.cpu] || m.seq == next[m.cpu]);
		known[m.cpu] = true;
		next[m.cpu] = m.seq + 1;
		events++;
	}
	/* on a busy machine there may have been too many of others */
	check((errno == EAGAIN && events >= 44) || (errno == ENOBUFS && !getenv("ALONE")));
}

/* ---- who listens ---- */

static void test_requests(int fd)
{
	struct message m;

	/* An event without an error, with the request's acknowledgement number and one. (Others' answers are for all, too.) */
	while (next_event(fd, &m) && !(m.what == EV_NONE && m.ack == (uint32_t)getpid() + 1))
		;
	check(m.what == EV_NONE && !m.arg[0]);
	check(send_op(fd, 77, 4) == 40);
	while (next_event(fd, &m) && !(m.what == EV_NONE && m.ack == (uint32_t)getpid() + 1))
		;
	check(m.what == EV_NONE && m.arg[0] == EINVAL);
}

/* Nobody else does: with the last listener the events end, even if it says it twice. */
static void test_end(int fd)
{
	int silent = bound_socket(CONNECTOR, 1), again, status;
	struct message m;
	pid_t child;

	check(send_op(fd, LISTEN, 4) == 40);
	again = listener();
	close(again);
	check(send_op(fd, IGNORE, 4) == 40 && send_op(fd, IGNORE, 4) == 40);
	if (!getenv("ALONE")) {
		close(silent);
		return;
	}
	while (recv(silent, &m, sizeof(m), MSG_DONTWAIT) > 0)
		;
	child = fork();
	if (!child)
		_exit(0);
	check(waitpid(child, &status, 0) == child);
	check_errno(recv(silent, &m, sizeof(m), MSG_DONTWAIT), EAGAIN);
	close(silent);
}

static void test_permission(int fd)
{
	int status;
	pid_t child = fork();

	if (!child) {
		struct nladdr addr = { .family = AF_NETLINK, .groups = 2 };
		int mine;

		if (setuid(65534))
			_exit(1);
		mine = make_socket(CONNECTOR);
		_exit(bind(mine, (void *)&addr, sizeof(addr)) != -1 || errno != EPERM ? 2 : 0);
	}
	check(waitpid(child, &status, 0) == child && !status);
	(void)fd;
}

/* ---- together ---- */

static volatile bool stop;

/* Opens, listens, reads a little, closes, with and without saying so. */
static void *come_and_go(void *arg)
{
	unsigned long rounds = 0;
	struct message m;

	do {
		int fd = rounds % 3 ? listener() : exit_listener();

		for (int i = 0; i < (int)(rounds % 5); i++)
			recv(fd, &m, sizeof(m), MSG_DONTWAIT);
		if (rounds % 3 && rounds % 2)
			send_op(fd, IGNORE, 4);
		rounds++;
		close(fd);
	} while (!stop);
	return (void *)rounds;
}

static void *have_children(void *arg)
{
	unsigned long children = 0;
	pthread_t thread;
	int status;

	/* enough events to overflow the small queue */
	while (!stop || children < 20) {
		pid_t child = fork();
		uint32_t tid;

		if (!child)
			_exit(0);
		if (child < 0 || waitpid(child, &status, 0) != child || pthread_create(&thread, NULL, thread_id, &tid))
			die("no child or no thread: %s", strerror(errno));
		pthread_join(thread, NULL);
		children++;
	}
	return (void *)children;
}

/* One listener is there all the time and reads nothing: it is told that it lost events, and the machine's memory is not lost to it. */
static void test_together(void)
{
	int small = bound_socket(CONNECTOR, 1), value = 2304, errors = 0;
	pthread_t threads[4];
	struct message m;

	CHECK(!setsockopt(small, SOL_SOCKET, SO_RCVBUF, &value, sizeof(value)) && send_op(small, LISTEN, 4) == 40);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, i < 2 ? come_and_go : have_children, NULL));
	for (double end = now() + 1; now() < end; usleep(10000))
		;
	stop = true;
	for (int i = 0; i < 4; i++) {
		void *done;

		CHECK(!pthread_join(threads[i], &done));
		check(done != NULL);
	}
	for (int i = 0; i < 100; i++)
		errors += recv(small, &m, sizeof(m), MSG_DONTWAIT) < 0 && errno == ENOBUFS;
	check(errors >= 1);
	close(small);
}

void test_events(const char *self)
{
	int fd = bound_socket(CONNECTOR, 1), size = 1 << 22;

	CHECK(!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)));
	if (send_op(fd, LISTEN, 4) != 40) {
		/* not in the machine's first network namespace */
		check(errno == ECONNREFUSED && !getenv("ALONE"));
		close(fd);
		return;
	}
	test_requests(fd);
	test_life(fd, self);
	test_thread(fd);
	test_numbers(fd);
	test_crash(fd);
	test_tracer(fd);
	test_permission(fd);
	test_end(fd);
	close(fd);
	test_together();
}
