// SPDX-License-Identifier: MIT
/*
 * eventcalls
 *
 * eventfd, timerfd and epoll: what their calls answer, and what happens when threads wait, close and trigger at the same time.
 * Every expectation is Linux's; status 0: all were met.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif
#ifndef EPOLLEXCLUSIVE
#define EPOLLEXCLUSIVE (1U << 28)
#endif

static int readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	CHECK(poll(&p, 1, 0) >= 0);
	return p.revents;
}

static void in_thread(pthread_t *t, void *(*fn)(void *), void *arg)
{
	if (pthread_create(t, NULL, fn, arg))
		die("pthread_create");
}

static void sleep_ms(int ms)
{
	usleep(ms * 1000);
}

/* ---- eventfd ---- */

static void *write_one_later(void *fd)
{
	uint64_t one = 1;

	sleep_ms(30);
	CHECK(write((int)(intptr_t)fd, &one, 8) == 8);
	return NULL;
}

static void *read_later(void *fd)
{
	uint64_t v;

	sleep_ms(30);
	CHECK(read((int)(intptr_t)fd, &v, 8) == 8);
	return NULL;
}

static void eventfds(void)
{
	uint64_t v = 0;
	char name[64], link[64];
	pthread_t t;
	int fd, n;

	FAILS(eventfd(0, 0x40), EINVAL);
	fd = eventfd(5, EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GETFL) & O_NONBLOCK));
	CHECK(readable(fd) == (POLLIN | POLLOUT));
	FAILS(read(fd, &v, 7), EINVAL);
	FAILS(write(fd, &v, 4), EINVAL);
	FAILS(read(fd, (void *)8, 8), EFAULT); /* and the count is gone */
	FAILS(read(fd, &v, 8), EAGAIN);
	FAILS(pread(fd, &v, 8, 0), ESPIPE);
	v = 7;
	CHECK(write(fd, &v, 8) == 8 && write(fd, &v, 8) == 8);
	CHECK(read(fd, &v, 8) == 8 && v == 14);
	CHECK(readable(fd) == POLLOUT);
	v = UINT64_MAX;
	FAILS(write(fd, &v, 8), EINVAL);
	v = UINT64_MAX - 1;
	CHECK(write(fd, &v, 8) == 8);
	CHECK(readable(fd) == POLLIN);
	v = 1;
	FAILS(write(fd, &v, 8), EAGAIN);
	v = 0;
	CHECK(write(fd, &v, 8) == 8);
	CHECK(read(fd, &v, 8) == 8 && v == UINT64_MAX - 1);
	close(fd);

	fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	CHECK(read(fd, &v, 8) == 8 && v == 1 && read(fd, &v, 8) == 8 && v == 1);
	FAILS(read(fd, &v, 8), EAGAIN);
	close(fd);

	/* sleeping for a value, and for room */
	fd = eventfd(0, 0);
	in_thread(&t, write_one_later, (void *)(intptr_t)fd);
	CHECK(read(fd, &v, 8) == 8 && v == 1);
	pthread_join(t, NULL);
	v = UINT64_MAX - 1;
	CHECK(write(fd, &v, 8) == 8);
	in_thread(&t, read_later, (void *)(intptr_t)fd);
	v = 3;
	CHECK(write(fd, &v, 8) == 8);
	pthread_join(t, NULL);
	CHECK(read(fd, &v, 8) == 8 && v == 3);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, link, sizeof(link) - 1);
	if (n > 0) { /* where there is a /proc */
		link[n] = 0;
		CHECK(!strcmp(link, "anon_inode:[eventfd]"));
	}
	close(fd);
}

/* ---- timerfd ---- */

static struct itimerspec its(double value, double interval)
{
	return (struct itimerspec){ .it_value = { (time_t)value, (long)((value - (time_t)value) * 1e9) },
				    .it_interval = { (time_t)interval, (long)((interval - (time_t)interval) * 1e9) } };
}

static double secs(struct timespec ts)
{
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void timerfds(void)
{
	struct itimerspec it, old;
	struct timespec ts;
	uint64_t v;
	double t;
	int fd;

	FAILS(timerfd_create(99, 0), EINVAL);
	FAILS(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
	FAILS(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	CHECK(fd >= 0);
	FAILS(read(fd, &v, 8), EAGAIN);
	FAILS(read(fd, &v, 7), EINVAL);
	FAILS(write(fd, &v, 8), EINVAL);
	it = its(1, 0);
	FAILS(timerfd_settime(fd, 8, &it, NULL), EINVAL);
	FAILS(timerfd_settime(0x7fff, 0, &it, NULL), EBADF);
	it.it_value.tv_nsec = 1000000000;
	FAILS(timerfd_settime(fd, 0, &it, NULL), EINVAL);
	FAILS(timerfd_settime(fd, 0, (void *)8, NULL), EFAULT);
	CHECK(!timerfd_gettime(fd, &it) && secs(it.it_value) == 0 && secs(it.it_interval) == 0);

	it = its(1000, 0.25);
	CHECK(!timerfd_settime(fd, 0, &it, NULL));
	CHECK(!readable(fd));
	CHECK(!timerfd_gettime(fd, &it) && secs(it.it_value) > 900 && secs(it.it_value) <= 1000 && secs(it.it_interval) == 0.25);
	it = its(0.02, 0.01);
	CHECK(!timerfd_settime(fd, 0, &it, &old) && secs(old.it_value) > 900 && secs(old.it_interval) == 0.25);
	sleep_ms(100);
	CHECK(readable(fd) == POLLIN);
	CHECK(read(fd, &v, 8) == 8 && v >= 8);
	CHECK(!timerfd_gettime(fd, &it) && secs(it.it_value) <= 0.01 && secs(it.it_interval) == 0.01);
	it = its(0, 0);
	CHECK(!timerfd_settime(fd, 0, &it, &old) && secs(old.it_interval) == 0.01);
	sleep_ms(20);
	FAILS(read(fd, &v, 8), EAGAIN);
	close(fd);

	/* absolute, on each clock, waited for in read */
	for (int i = 0; i < 3; i++) {
		int clock = ((int[]){ CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME })[i];

		fd = timerfd_create(clock, TFD_CLOEXEC);
		CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
		clock_gettime(clock, &ts);
		t = now();
		it = (struct itimerspec){ .it_value = ts };
		it.it_value.tv_nsec += 40000000;
		it.it_value.tv_sec += it.it_value.tv_nsec / 1000000000;
		it.it_value.tv_nsec %= 1000000000;
		CHECK(!timerfd_settime(fd, TFD_TIMER_ABSTIME | (clock == CLOCK_REALTIME ? TFD_TIMER_CANCEL_ON_SET : 0), &it, NULL));
		CHECK(read(fd, &v, 8) == 8 && v == 1);
		t = now() - t;
		CHECK(t > 0.035 && t < 60);
		/* in the past: at once, and with all periods since */
		it.it_value = ts;
		it.it_interval.tv_nsec = 1000000;
		CHECK(!timerfd_settime(fd, TFD_TIMER_ABSTIME, &it, NULL));
		CHECK(read(fd, &v, 8) == 8 && v >= 30);
		close(fd);
	}
}

/* Setting the clock: moves wall-clock timers, cancels those that asked. Needs to be root of its own machine. */
static void clock_set(void)
{
	int cancel = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK), plain = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
	int relative = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
	struct itimerspec it = { 0 };
	struct timespec ts;
	uint64_t v;

	clock_gettime(CLOCK_REALTIME, &ts);
	it.it_value.tv_sec = ts.tv_sec + 1000;
	CHECK(!timerfd_settime(cancel, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &it, NULL));
	CHECK(!timerfd_settime(plain, TFD_TIMER_ABSTIME, &it, NULL));
	it.it_value.tv_sec = 1000;
	CHECK(!timerfd_settime(relative, 0, &it, NULL));
	ts.tv_sec += 2000;
	CHECK(!clock_settime(CLOCK_REALTIME, &ts));
	CHECK(readable(cancel) == POLLIN);
	FAILS(read(cancel, &v, 8), ECANCELED);
	sleep_ms(10);
	CHECK(read(plain, &v, 8) == 8 && v == 1);
	FAILS(read(relative, &v, 8), EAGAIN);
	CHECK(!timerfd_gettime(relative, &it) && it.it_value.tv_sec >= 990);
	ts.tv_sec -= 2000;
	CHECK(!clock_settime(CLOCK_REALTIME, &ts));
	close(cancel);
	close(plain);
	close(relative);
}

/* ---- epoll ---- */

static int add(int ep, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u64 = 0x1234567800000000ULL | (unsigned int)fd };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static int mod(int ep, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u64 = 0x1234567800000000ULL | (unsigned int)fd };

	return epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
}

static int del(int ep, int fd)
{
	return epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL);
}

/* The events of fd if it is the only one that is ready; 0: none. */
static uint32_t ready(int ep, int fd)
{
	struct epoll_event e[4];
	int n = epoll_wait(ep, e, 4, 0);

	CHECK(n >= 0 && n <= 1);
	if (!n)
		return 0;
	CHECK(e[0].data.u64 == (0x1234567800000000ULL | (unsigned int)fd));
	return e[0].events;
}

static void put(int fd)
{
	CHECK(write(fd, "x", 1) == 1);
}

static void take(int fd)
{
	char c;

	CHECK(read(fd, &c, 1) == 1);
}

static void epoll_errors(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC), p[2], file;
	struct timespec bad = { 0, 1000000000 }, zero = { 0, 0 };

	CHECK(ep >= 0 && fcntl(ep, F_GETFD) == FD_CLOEXEC && !pipe(p));
	FAILS(syscall(SYS_epoll_create, 0), EINVAL);
	FAILS(epoll_create1(1), EINVAL);
	file = open("eventcalls.tmp", O_RDWR | O_CREAT, 0600);
	CHECK(file >= 0);
	FAILS(add(ep, file, EPOLLIN), EPERM);
	close(file);
	unlink("eventcalls.tmp");
	FAILS(add(ep, 0x7fff, EPOLLIN), EBADF);
	FAILS(add(0x7fff, p[0], EPOLLIN), EBADF);
	FAILS(add(ep, ep, EPOLLIN), EINVAL);
	FAILS(add(p[1], p[0], EPOLLIN), EINVAL);
	FAILS(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], (void *)8), EFAULT);
	FAILS(epoll_ctl(ep, 77, p[0], &e), EINVAL);
	FAILS(mod(ep, p[0], EPOLLIN), ENOENT);
	FAILS(del(ep, p[0]), ENOENT);
	CHECK(!add(ep, p[0], EPOLLIN));
	FAILS(add(ep, p[0], EPOLLIN), EEXIST);
	FAILS(mod(ep, p[0], EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
	CHECK(!del(ep, p[0]));
	FAILS(add(ep, p[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL);
	CHECK(!add(ep, p[0], EPOLLIN | EPOLLEXCLUSIVE));
	FAILS(mod(ep, p[0], EPOLLIN), EINVAL);
	FAILS(epoll_wait(ep, &e, 0, 0), EINVAL);
	FAILS(epoll_wait(ep, &e, -1, 0), EINVAL);
	FAILS(epoll_wait(p[0], &e, 1, 0), EINVAL);
	FAILS(epoll_wait(0x7fff, &e, 1, 0), EBADF);
	FAILS(epoll_wait(ep, (void *)-4096L, 1, 0), EFAULT);
	put(p[1]);
	FAILS(epoll_wait(ep, (void *)8, 1, 0), EFAULT);
	CHECK(ready(ep, p[0]) == EPOLLIN); /* the failure did not eat it */
	FAILS(syscall(SYS_epoll_pwait2, ep, &e, 1, &bad, NULL, 8), EINVAL);
	FAILS(syscall(SYS_epoll_pwait, ep, &e, 1, 0, &e, 3), EINVAL);
	CHECK(syscall(SYS_epoll_pwait2, ep, &e, 1, &zero, NULL, 8) == 1);
	FAILS(read(ep, &e, 8), EINVAL);
	close(p[0]);
	close(p[1]);
	close(ep);
}

static void epoll_triggers(void)
{
	int ep = epoll_create1(0), p[2], q[2], copy;
	struct epoll_event e[4];
	double t;

	CHECK(!pipe(p) && !pipe(q));
	/* level: as long as there is something */
	CHECK(!add(ep, p[0], EPOLLIN) && !ready(ep, p[0]));
	put(p[1]);
	CHECK(ready(ep, p[0]) == EPOLLIN && ready(ep, p[0]) == EPOLLIN);
	take(p[0]);
	CHECK(!ready(ep, p[0]));
	/* edge: once for each arrival, also when something is still there */
	CHECK(!mod(ep, p[0], EPOLLIN | EPOLLET));
	put(p[1]);
	CHECK(ready(ep, p[0]) == EPOLLIN && !ready(ep, p[0]));
	put(p[1]);
	CHECK(ready(ep, p[0]) == EPOLLIN && !ready(ep, p[0]));
	/* a change of what is asked for reports what is there */
	CHECK(!mod(ep, p[0], EPOLLIN | EPOLLET) && ready(ep, p[0]) == EPOLLIN && !ready(ep, p[0]));
	/* one shot: once, until asked for again */
	CHECK(!mod(ep, p[0], EPOLLIN | EPOLLONESHOT) && ready(ep, p[0]) == EPOLLIN && !ready(ep, p[0]));
	put(p[1]);
	CHECK(!ready(ep, p[0]) && !mod(ep, p[0], EPOLLIN | EPOLLONESHOT) && ready(ep, p[0]) == EPOLLIN);
	CHECK(!mod(ep, p[0], EPOLLOUT) && !ready(ep, p[0]));
	/* ends are always told */
	close(p[1]);
	CHECK(ready(ep, p[0]) == EPOLLHUP);
	/* a closed file leaves by itself, unless it is open elsewhere */
	close(p[0]);
	CHECK(!ready(ep, p[0]));
	CHECK(!add(ep, q[0], EPOLLIN));
	copy = dup(q[0]);
	close(q[0]);
	put(q[1]);
	CHECK(ready(ep, q[0]) == EPOLLIN);
	close(copy);
	CHECK(!ready(ep, q[0]));
	close(q[1]);
	/* several: as many as there is room for, and the others next time */
	int fds[4];
	unsigned int seen = 0;

	for (int i = 0; i < 4; i++) {
		fds[i] = eventfd(1, 0);
		e[0] = (struct epoll_event){ .events = EPOLLIN, .data.u32 = i };
		CHECK(!epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e[0]));
	}
	for (int i = 0; i < 2; i++) {
		CHECK(epoll_wait(ep, e, 2, 0) == 2);
		seen |= 1 << e[0].data.u32 | 1 << e[1].data.u32;
	}
	CHECK(seen == 15);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	t = now();
	CHECK(!epoll_wait(ep, e, 4, 50));
	CHECK(now() - t >= 0.049);
	close(ep);
}

static void epoll_nests(void)
{
	int ep[7], p[2];

	CHECK(!pipe(p));
	for (int i = 0; i < 7; i++)
		ep[i] = epoll_create1(0);
	CHECK(!add(ep[0], p[0], EPOLLIN) && !add(ep[1], ep[0], EPOLLIN) && !add(ep[2], ep[1], EPOLLIN | EPOLLET));
	FAILS(add(ep[0], ep[2], EPOLLIN), ELOOP);
	FAILS(add(ep[0], ep[1], EPOLLIN), ELOOP);
	CHECK(!ready(ep[2], ep[1]) && !readable(ep[2]));
	put(p[1]);
	CHECK(readable(ep[2]) == POLLIN && readable(ep[0]) == POLLIN);
	CHECK(ready(ep[2], ep[1]) == EPOLLIN && ready(ep[1], ep[0]) == EPOLLIN && ready(ep[0], p[0]) == EPOLLIN);
	take(p[0]);
	CHECK(!ready(ep[2], ep[1]) && !ready(ep[1], ep[0]));
	FAILS(add(ep[3], ep[0], EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
	/* five in a row, and no more (EINVAL; younger versions of Linux say ELOOP) */
	CHECK(!add(ep[3], ep[2], EPOLLIN) && !add(ep[4], ep[3], EPOLLIN));
	CHECK(add(ep[5], ep[4], EPOLLIN) == -1 && (errno == EINVAL || errno == ELOOP));
	close(ep[0]); /* in the middle */
	put(p[1]);
	CHECK(!ready(ep[4], ep[3]));
	for (int i = 1; i < 7; i++)
		close(ep[i]);
	close(p[0]);
	close(p[1]);
}

/* Ways from one file to epolls are limited: a thousand direct ones, fewer through others. */
static void epoll_ways(void)
{
	int middle = epoll_create1(0), fd = eventfd(0, 0), tops[600], n;

	CHECK(!add(middle, fd, EPOLLIN));
	for (n = 0; n < 600; n++) {
		tops[n] = epoll_create1(0);
		CHECK(tops[n] >= 0);
		if (add(tops[n], middle, EPOLLIN))
			break;
	}
	CHECK(n == 500 && errno == EINVAL);
	for (int i = 0; i <= n; i++)
		close(tops[i]);
	close(middle);
	close(fd);
}

/* ---- at the same time ---- */

static volatile int stop, got, ctl_ep;

/* Milliseconds: longer than a busy machine holds a thread up. A lost wakeup lasts that long. */
#define LONG_WAIT 20000

static void *waiter(void *arg)
{
	struct epoll_event e;
	uint64_t v;

	(void)arg;
	while (!stop) {
		int n = epoll_wait(ctl_ep, &e, 1, LONG_WAIT);

		CHECK(n >= 0);
		if (n && !stop && read(e.data.fd, &v, 8) == 8)
			__atomic_fetch_add(&got, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

/* Each event is taken once by one of several waiters; none is lost while they go to sleep. */
static void epoll_crowd(uint32_t how)
{
	struct epoll_event e = { .events = EPOLLIN | how };
	int fd = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE), end = eventfd(0, 0);
	uint64_t one = 1;
	pthread_t t[3];

	ctl_ep = epoll_create1(0);
	stop = got = 0;
	e.data.fd = fd;
	CHECK(!epoll_ctl(ctl_ep, EPOLL_CTL_ADD, fd, &e));
	for (int i = 0; i < 3; i++)
		in_thread(&t[i], waiter, NULL);
	for (int i = 1; i <= 300; i++) {
		double start = now();

		CHECK(write(fd, &one, 8) == 8);
		while (got < i) {
			CHECK(now() - start < LONG_WAIT / 2000.0); /* woken, not timed out */
			sched_yield();
		}
	}
	stop = 1;
	e = (struct epoll_event){ .events = EPOLLIN, .data.fd = end };
	CHECK(!epoll_ctl(ctl_ep, EPOLL_CTL_ADD, end, &e));
	CHECK(write(end, &one, 8) == 8); /* nobody takes it: all of them see it */
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	close(ctl_ep);
	close(fd);
	close(end);
}

static void *add_and_remove(void *arg)
{
	unsigned int seed = (unsigned int)(intptr_t)arg;

	while (!stop) {
		int fd = rand_r(&seed) % 2 ? eventfd(1, 0) : timerfd_create(CLOCK_MONOTONIC, 0);
		struct itimerspec it = its(0.0001, 0.0001);

		CHECK(fd >= 0);
		timerfd_settime(fd, 0, &it, NULL);
		add(ctl_ep, fd, EPOLLIN | (rand_r(&seed) % 2 ? EPOLLET : 0));
		switch (rand_r(&seed) % 3) {
		case 0:
			del(ctl_ep, fd);
			break;
		case 1:
			mod(ctl_ep, fd, EPOLLIN | EPOLLONESHOT);
		}
		close(fd);
	}
	return NULL;
}

static void *churn_nests(void *arg)
{
	unsigned int seed = (unsigned int)(intptr_t)arg;

	while (!stop) {
		int inner = epoll_create1(0), outer = epoll_create1(0);

		add(inner, ctl_ep, EPOLLIN);
		add(outer, inner, EPOLLIN);
		add(ctl_ep, outer, EPOLLIN); /* ELOOP, or not yet watched: never a hang */
		if (rand_r(&seed) % 2) {
			close(outer);
			close(inner);
		} else {
			close(inner);
			close(outer);
		}
	}
	return NULL;
}

/* Files and epolls come and go under each other's feet. */
static void epoll_races(void)
{
	double start = now();
	pthread_t t[4];

	stop = 0;
	ctl_ep = epoll_create1(0);
	in_thread(&t[0], add_and_remove, (void *)1L);
	in_thread(&t[1], add_and_remove, (void *)2L);
	in_thread(&t[2], churn_nests, (void *)3L);
	in_thread(&t[3], churn_nests, (void *)4L);
	while (now() - start < 1.5) {
		struct epoll_event e[8];
		int n = epoll_wait(ctl_ep, e, 8, 10);

		CHECK(n >= 0);
		CHECK(readable(ctl_ep) >= 0);
		if (rand() % 50 == 0) { /* the epoll itself goes while others use it */
			int other = epoll_create1(0), number = ctl_ep;

			CHECK(dup2(other, number) == number);
			close(other);
		}
	}
	stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	close(ctl_ep);
}

static int watched_ep;

static void *watch_and_go(void *arg)
{
	while (!stop) {
		int top = epoll_create1(0);

		CHECK(top >= 0);
		add(top, watched_ep, EPOLLIN);
		close(top);
	}
	return arg;
}

/* An epoll's watchers end while the ways up from its files are counted: once for each file that is added to it. */
static void epoll_watchers_go(void)
{
	double start = now();
	int fd = eventfd(0, 0), keeper = epoll_create1(0);
	pthread_t t[3];

	stop = 0;
	watched_ep = epoll_create1(0);
	CHECK(!add(keeper, watched_ep, EPOLLIN));
	for (int i = 0; i < 3; i++)
		in_thread(&t[i], watch_and_go, NULL);
	while (now() - start < 1)
		CHECK(!add(watched_ep, fd, EPOLLIN) && !del(watched_ep, fd));
	stop = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	close(keeper);
	close(watched_ep);
	close(fd);
}

static void nothing(int sig)
{
	(void)sig;
}

static void *signal_main(void *main)
{
	sleep_ms(50);
	CHECK(!pthread_kill(*(pthread_t *)main, SIGUSR1));
	return NULL;
}

static void epoll_signals(void)
{
	struct sigaction sa = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	int ep = epoll_create1(0);
	struct epoll_event e;
	pthread_t t, self = pthread_self();
	sigset_t block, empty;

	sigaction(SIGUSR1, &sa, NULL);
	in_thread(&t, signal_main, &self);
	FAILS(epoll_wait(ep, &e, 1, -1), EINTR); /* SA_RESTART or not */
	pthread_join(t, NULL);
	sigemptyset(&empty);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &block, NULL);
	pthread_kill(self, SIGUSR1);
	CHECK(!epoll_wait(ep, &e, 1, 20));
	FAILS(epoll_pwait(ep, &e, 1, 5000, &empty), EINTR);
	CHECK(!epoll_wait(ep, &e, 1, 0));
	pthread_sigmask(SIG_UNBLOCK, &block, NULL);
	close(ep);
}

/* Files without a position have none to be moved, but most do not say so. */
static void positions(void)
{
	sigset_t set;
	int fds[5], n = 0;

	sigemptyset(&set);
	fds[n++] = eventfd(0, 0);
	fds[n++] = timerfd_create(CLOCK_MONOTONIC, 0);
	fds[n++] = epoll_create1(0);
	fds[n++] = signalfd(-1, &set, 0);
	fds[n++] = inotify_init1(0);
	for (int i = 0; i < n; i++) {
		char buf[8];

		CHECK(fds[i] >= 0 && lseek(fds[i], 5, SEEK_SET) == 0 && lseek(fds[i], 5, SEEK_CUR) == 0);
		FAILS(pread(fds[i], buf, sizeof(buf), 0), ESPIPE);
		close(fds[i]);
	}
}

int main(int argc, char **argv)
{
	bool may_set_clock = argc > 1 && !strcmp(argv[1], "--set-clock");

	eventfds();
	timerfds();
	if (may_set_clock)
		clock_set();
	epoll_errors();
	epoll_triggers();
	epoll_nests();
	epoll_ways();
	epoll_signals();
	epoll_crowd(0);
	epoll_crowd(EPOLLET);
	epoll_races();
	epoll_watchers_go();
	positions();
	printf("eventcalls: all as expected\n");
	return 0;
}
