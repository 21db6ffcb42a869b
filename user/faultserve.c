// SPDX-License-Identifier: MIT
/*
 * userfaultfd: a thread serves the faults of others. Every case has one right answer, the same on Linux (as root).
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(cond)                                          \
	do {                                                 \
		if (!(cond))                                 \
			fail("%s (errno %d)", #cond, errno); \
	} while (0)

#define PAGE  4096UL
#define PAGES 64UL

/* ---- the interface, which the C library does not have ---- */

struct range {
	uint64_t start, len;
};
struct api {
	uint64_t api, features, ioctls;
};
struct reg {
	struct range range;
	uint64_t mode, ioctls;
};
struct copy {
	uint64_t dst, src, len, mode;
	int64_t copy;
};
struct zeropage {
	struct range range;
	uint64_t mode;
	int64_t zeropage;
};
struct msg {
	uint8_t event, r1;
	uint16_t r2;
	uint32_t r3;
	uint64_t flags, address;
	uint32_t ptid, pad;
};

#define UFFDIO_API	  _IOWR(0xAA, 0x3F, struct api)
#define UFFDIO_REGISTER	  _IOWR(0xAA, 0x00, struct reg)
#define UFFDIO_UNREGISTER _IOR(0xAA, 0x01, struct range)
#define UFFDIO_WAKE	  _IOR(0xAA, 0x02, struct range)
#define UFFDIO_COPY	  _IOWR(0xAA, 0x03, struct copy)
#define UFFDIO_ZEROPAGE	  _IOWR(0xAA, 0x04, struct zeropage)

#define USER_MODE_ONLY	  1
#define FEATURE_SIGBUS	  (1 << 7)
#define FEATURE_THREAD_ID (1 << 8)

static int open_uffd(int flags, uint64_t features)
{
	struct api api = { .api = 0xAA, .features = features };
	int fd = (int)syscall(SYS_userfaultfd, flags);

	if (fd < 0)
		die("userfaultfd: %s", strerror(errno));
	CHECK(!ioctl(fd, UFFDIO_API, &api) && (api.features & features) == features);
	return fd;
}

static unsigned char *map(unsigned long pages)
{
	void *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return p;
}

static int do_register(int fd, void *at, unsigned long pages)
{
	struct reg reg = { .range = { (uintptr_t)at, pages * PAGE }, .mode = 1 };
	int ret = ioctl(fd, UFFDIO_REGISTER, &reg);

	if (!ret)
		CHECK((reg.ioctls & 0x1c) == 0x1c);
	return ret;
}

static int do_copy(int fd, void *dst, const void *src, unsigned long pages, uint64_t mode)
{
	struct copy copy = { .dst = (uintptr_t)dst, .src = (uintptr_t)src, .len = pages * PAGE, .mode = mode };

	return ioctl(fd, UFFDIO_COPY, &copy);
}

static int do_zero(int fd, void *dst, unsigned long pages)
{
	struct zeropage zero = { .range = { (uintptr_t)dst, pages * PAGE } };

	return ioctl(fd, UFFDIO_ZEROPAGE, &zero);
}

static int do_range(int fd, unsigned long cmd, void *at, unsigned long pages)
{
	struct range range = { (uintptr_t)at, pages * PAGE };

	return ioctl(fd, (int)cmd, &range);
}

static void wait_message(int fd, struct msg *msg)
{
	CHECK(read(fd, msg, sizeof(*msg)) == sizeof(*msg) && msg->event == 0x12);
}

/* ---- a server: odd pages get their number, even ones zeroes ---- */

struct server {
	int fd;
	unsigned char *base;
	atomic_int served, stop;
};

static void *serve(void *arg)
{
	struct server *s = arg;
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	unsigned char page[PAGE];
	struct msg msg;

	while (!s->stop) {
		if (poll(&p, 1, 50) <= 0)
			continue;
		CHECK(p.revents == POLLIN);
		if (read(s->fd, &msg, sizeof(msg)) != sizeof(msg)) {
			CHECK(errno == EAGAIN);
			continue;
		}
		unsigned long n = (msg.address - (uintptr_t)s->base) / PAGE;
		int ret;

		s->served++;
		memset(page, (int)n, sizeof(page));
		ret = n & 1 ? do_copy(s->fd, s->base + n * PAGE, page, 1, 0) : do_zero(s->fd, s->base + n * PAGE, 1);
		CHECK(!ret || errno == EEXIST); /* two threads at one page make two messages */
		if (ret)
			do_range(s->fd, UFFDIO_WAKE, s->base + n * PAGE, 1);
	}
	return NULL;
}

static void *touch_all(void *arg)
{
	struct server *s = arg;

	for (unsigned long n = 0; n < PAGES; n++)
		CHECK(s->base[n * PAGE + 100] == (n & 1 ? n : 0));
	return NULL;
}

static void test_serving(void)
{
	struct server s = { .fd = open_uffd(O_NONBLOCK | O_CLOEXEC, 0), .base = map(PAGES) };
	pthread_t server, t[4];
	char byte = 'x';
	int p[2];

	CHECK(!do_register(s.fd, s.base, PAGES));
	pthread_create(&server, NULL, serve, &s);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 4; i++)
			pthread_create(&t[i], NULL, touch_all, &s);
		for (int i = 0; i < 4; i++)
			pthread_join(t[i], NULL);
		CHECK(!madvise(s.base, PAGES * PAGE, MADV_DONTNEED));
	}
	CHECK(s.served >= 10 * (int)PAGES);
	/* the kernel touches a missing page on the program's behalf */
	CHECK(!pipe(p) && write(p[1], &byte, 1) == 1);
	CHECK(read(p[0], s.base + 5 * PAGE, 1) == 1);
	CHECK(s.base[5 * PAGE] == 'x' && s.base[5 * PAGE + 1] == 5);
	close(p[0]);
	close(p[1]);
	s.stop = 1;
	pthread_join(server, NULL);
	close(s.fd);
	CHECK(s.base[7 * PAGE] == 0); /* nobody serves it any more */
	munmap(s.base, PAGES * PAGE);
}

/* ---- what is refused ---- */

static void test_errors(void)
{
	struct api api = { .api = 0xAA, .features = 1ULL << 40 };
	int fd = (int)syscall(SYS_userfaultfd, O_NONBLOCK), fd2;
	unsigned char *m = map(8), page[PAGE];
	struct msg msg;

	memset(page, 3, sizeof(page));
	CHECK(syscall(SYS_userfaultfd, 0x10) == -1 && errno == EINVAL);
	CHECK(read(fd, &msg, sizeof(msg)) == -1 && errno == EINVAL);
	CHECK(do_register(fd, m, 8) == -1 && errno == EINVAL);
	CHECK(ioctl(fd, UFFDIO_API, &api) == -1 && errno == EINVAL && !api.api);
	api = (struct api){ .api = 0xAA };
	CHECK(!ioctl(fd, UFFDIO_API, &api) && (api.ioctls & 3) == 3);
	CHECK(read(fd, &msg, sizeof(msg)) == -1 && errno == EAGAIN);
	CHECK(read(fd, &msg, sizeof(msg) - 1) == -1 && errno == EINVAL);
	CHECK(do_register(fd, m + 1, 8) == -1 && errno == EINVAL);
	CHECK(do_register(fd, m, 0) == -1 && errno == EINVAL);
	CHECK(do_copy(fd, m, page, 1, 0) == -1 && errno == ENOENT);
	CHECK(!do_register(fd, m, 8) && !do_register(fd, m, 8));
	fd2 = open_uffd(O_NONBLOCK, 0);
	CHECK(do_register(fd2, m, 8) == -1 && errno == EBUSY);
	CHECK(do_copy(fd, m, page, 1, 1ULL << 40) == -1 && errno == EINVAL);
	CHECK(!do_copy(fd, m, page, 1, 0) && m[17] == 3);
	CHECK(do_copy(fd, m, page, 1, 0) == -1 && errno == EEXIST);
	CHECK(do_zero(fd, m, 1) == -1 && errno == EEXIST);
	CHECK(do_copy(fd, m + PAGE, NULL, 1, 0) == -1 && errno == EFAULT);
	CHECK(!do_zero(fd, m + PAGE, 2) && m[PAGE] == 0);
	m[PAGE] = 9; /* the page of zeroes is not written to */
	CHECK(m[2 * PAGE] == 0 && m[PAGE] == 9);
	CHECK(do_zero(fd, m + 7 * PAGE, 2) == -1 && errno == ENOENT);
	CHECK(ioctl(fd, _IO(0xAA, 0x30)) == -1 && errno == EINVAL);
	/* no longer registered in the middle: two areas, and only they are */
	CHECK(!do_range(fd, UFFDIO_UNREGISTER, m + 3 * PAGE, 2));
	CHECK(m[3 * PAGE] == 0 && do_zero(fd, m + 4 * PAGE, 1) == -1 && errno == ENOENT);
	CHECK(!do_zero(fd, m + 5 * PAGE, 1));
	close(fd2);
	close(fd);
	munmap(m, 8 * PAGE);
}

/* ---- signals, waking, giving up ---- */

struct toucher {
	volatile unsigned char *at;
	unsigned char got;
	atomic_int tid, done;
};

static void *touch_one(void *arg)
{
	struct toucher *t = arg;

	t->tid = (int)syscall(SYS_gettid);
	t->got = *t->at;
	t->done = 1;
	return NULL;
}

static atomic_int caught;

static void count_signal(int sig)
{
	caught++;
}

static void test_waiting(void)
{
	int fd = open_uffd(0, FEATURE_THREAD_ID);
	unsigned char *m = map(4), page[PAGE];
	struct sigaction sa = { .sa_handler = count_signal };
	struct toucher t = { .at = m };
	struct msg msg;
	pthread_t thread;

	memset(page, 7, sizeof(page));
	CHECK(!do_register(fd, m, 4) && !sigaction(SIGUSR1, &sa, NULL));
	pthread_create(&thread, NULL, touch_one, &t);
	wait_message(fd, &msg);
	CHECK(msg.address == (uintptr_t)m && !msg.flags && (int)msg.ptid == t.tid);
	/* a signal is handled; the access is then told again */
	pthread_kill(thread, SIGUSR1);
	wait_message(fd, &msg);
	CHECK(caught == 1 && !t.done);
	/* woken without a page: told again */
	CHECK(!do_range(fd, UFFDIO_WAKE, m, 1));
	wait_message(fd, &msg);
	CHECK(!do_copy(fd, m, page, 1, 1) && !t.done);
	CHECK(!do_range(fd, UFFDIO_WAKE, m, 4));
	pthread_join(thread, NULL);
	CHECK(t.got == 7);
	/* unregistering wakes, and the page is an ordinary one */
	t = (struct toucher){ .at = m + PAGE };
	pthread_create(&thread, NULL, touch_one, &t);
	wait_message(fd, &msg);
	CHECK(!do_range(fd, UFFDIO_UNREGISTER, m, 4));
	pthread_join(thread, NULL);
	CHECK(t.got == 0);
	/* so does the end of the descriptor */
	CHECK(!do_register(fd, m, 4));
	t = (struct toucher){ .at = m + 2 * PAGE };
	pthread_create(&thread, NULL, touch_one, &t);
	wait_message(fd, &msg);
	close(fd);
	pthread_join(thread, NULL);
	CHECK(t.got == 0);
	munmap(m, 4 * PAGE);
}

/* ---- processes ---- */

static void test_processes(void)
{
	int fd = open_uffd(0, 0), status, p[2];
	unsigned char *m = map(4), *far, *moved;
	struct msg msg;
	char byte;
	pid_t pid;

	CHECK(!do_register(fd, m, 4));
	pid = fork();
	if (!pid)
		_exit(m[0] || m[PAGE]); /* the child's copy is not registered */
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	/* nor is what is moved */
	far = map(16); /* with something else on both sides */
	moved = mremap(m, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, far + 4 * PAGE);
	CHECK(moved != MAP_FAILED && moved[0] == 0);
	CHECK(!do_zero(fd, m + 2 * PAGE, 1));
	/* a process is killed in the middle of a fault */
	CHECK(!pipe(p));
	pid = fork();
	if (!pid) {
		struct toucher t = { .at = map(1) };
		pthread_t thread;
		int own = open_uffd(0, 0);

		do_register(own, (void *)t.at, 1);
		pthread_create(&thread, NULL, touch_one, &t);
		wait_message(own, &msg);
		(void)!write(p[1], "x", 1);
		_exit(*t.at); /* never gets so far */
	}
	CHECK(read(p[0], &byte, 1) == 1);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(fd);
	munmap(far, 16 * PAGE);
	munmap(m + 2 * PAGE, 2 * PAGE);
	close(p[0]);
	close(p[1]);
}

/* ---- choices ---- */

static volatile sig_atomic_t bus_address;
static unsigned char *volatile bus_page;

static void on_bus(int sig, siginfo_t *info, void *context)
{
	bus_address = info->si_addr == bus_page && info->si_code == BUS_ADRERR;
	mmap(bus_page, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void test_choices(void)
{
	struct sigaction sa = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };
	int user = open_uffd(USER_MODE_ONLY, 0), bus = open_uffd(0, FEATURE_SIGBUS), p[2];
	unsigned char *m = map(1);

	CHECK(!pipe(p) && write(p[1], "xy", 2) == 2);
	CHECK(!do_register(user, m, 1));
	CHECK(read(p[0], m, 1) == -1 && errno == EFAULT);
	CHECK(!do_range(user, UFFDIO_UNREGISTER, m, 1) && !do_register(bus, m, 1));
	CHECK(!sigaction(SIGBUS, &sa, NULL));
	bus_page = m;
	CHECK(*(volatile unsigned char *)m == 0 && bus_address);
	close(user);
	close(bus);
	close(p[0]);
	close(p[1]);
	munmap(m, PAGE);
}

int main(void)
{
	test_errors();
	test_serving();
	test_waiting();
	test_processes();
	test_choices();
	printf("faultserve: %lu failures\n", failures());
	return failures() ? 1 : 0;
}
