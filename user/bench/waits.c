// SPDX-License-Identifier: MIT
/* Rows of what programs wait with, and of memory: many descriptors at once, counters, datagrams, turns, protections. */
#define _GNU_SOURCE
#include "bench.h"
#include "../lib/util.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WATCHED 100

static struct pollfd watched[WATCHED];

/* A hundred empty eventfds, and one byte's worth in the last. */
static void open_watched(void)
{
	for (int i = 0; i < WATCHED; i++) {
		watched[i] = (struct pollfd){ .fd = eventfd(i == WATCHED - 1, 0), .events = POLLIN };
		if (watched[i].fd < 0 || watched[i].fd >= FD_SETSIZE)
			die("eventfd");
	}
}

static void close_watched(void)
{
	for (int i = 0; i < WATCHED; i++)
		close(watched[i].fd);
}

static void do_poll(long n)
{
	while (n--)
		if (poll(watched, WATCHED, -1) != 1)
			die("poll");
}

static void do_select(long n)
{
	fd_set all, set;

	FD_ZERO(&all);
	for (int i = 0; i < WATCHED; i++)
		FD_SET(watched[i].fd, &all);
	while (n--) {
		set = all;
		if (select(watched[WATCHED - 1].fd + 1, &set, NULL, NULL, NULL) != 1)
			die("select");
	}
}

static void do_eventfd(long n)
{
	uint64_t value = 1;
	int e = eventfd(0, 0);

	while (n--)
		if (write(e, &value, 8) != 8 || read(e, &value, 8) != 8)
			die("eventfd");
	close(e);
}

static void do_datagram(long n)
{
	char text[100] = "";
	int s[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, s))
		die("socketpair");
	while (n--)
		if (send(s[0], text, sizeof(text), 0) != sizeof(text) || recv(s[1], text, sizeof(text), 0) != sizeof(text))
			die("datagram");
	close(s[0]);
	close(s[1]);
}

static void *yield_too(void *count)
{
	for (long n = (long)count; n--; )
		sched_yield();
	return NULL;
}

/* Two threads that give the CPU to each other. */
static void do_yield(long n)
{
	pthread_t t;

	if (pthread_create(&t, NULL, yield_too, (void *)(n / 2)))
		die("a thread");
	yield_too((void *)(n / 2));
	pthread_join(t, NULL);
}

static void do_sigprocmask(long n)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	while (n--)
		if (sigprocmask(n & 1 ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL))
			die("sigprocmask");
}

static void do_timerfd(long n)
{
	struct itimerspec far = { .it_value = { .tv_sec = 1000 } }, off = { 0 };
	int t = timerfd_create(CLOCK_MONOTONIC, 0);

	while (n--)
		if (timerfd_settime(t, 0, n & 1 ? &far : &off, NULL))
			die("timerfd");
	close(t);
}

/* One page of sixteen in use becomes read-only and writable again: the area is divided and joined. */
static void do_mprotect(long n)
{
	char *map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		die("mmap");
	memset(map, 1, 65536);
	while (n--)
		if (mprotect(map + 8192, 4096, PROT_READ) || mprotect(map + 8192, 4096, PROT_READ | PROT_WRITE))
			die("mprotect");
	munmap(map, 65536);
}

/* Four pages more and back, the first of them used; musl's own sbrk() only tells where it is. */
static void do_brk(long n)
{
	uintptr_t end = (uintptr_t)syscall(SYS_brk, 0);

	while (n--) {
		if ((uintptr_t)syscall(SYS_brk, end + 16384) != end + 16384)
			die("brk");
		*(volatile char *)end = 1;
		if ((uintptr_t)syscall(SYS_brk, end) != end)
			die("brk");
	}
}

static void do_dontneed(long n)
{
	char *map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		die("mmap");
	while (n--) {
		for (int i = 0; i < 16; i++)
			map[i * 4096] = 1;
		if (madvise(map, 65536, MADV_DONTNEED))
			die("madvise");
	}
	munmap(map, 65536);
}

void bench_waits(long scale)
{
	open_watched();
	per_second("poll-100", do_poll, 200 * scale);
	per_second("select-100", do_select, 200 * scale);
	close_watched();
	per_second("eventfd", do_eventfd, 3000 * scale);
	per_second("unix-datagram", do_datagram, 2000 * scale);
	per_second("sched-yield", do_yield, 3000 * scale);
	per_second("sigprocmask", do_sigprocmask, 5000 * scale);
	per_second("timerfd-settime", do_timerfd, 2000 * scale);
	per_second("mprotect-twice", do_mprotect, 1000 * scale);
	per_second("brk-touch-brk", do_brk, 1000 * scale);
	per_second("dontneed-16-pages", do_dontneed, 100 * scale);
}
