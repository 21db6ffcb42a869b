// SPDX-License-Identifier: MIT
/*
 * splicecalls [--dir DIR]
 *
 * splice, tee and vmsplice between files and pipes, checked byte for byte, with what they refuse; signals for O_ASYNC. Status 0: all as on
 * Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#define SIZE (256 * 1024)

static unsigned char *data, *back;
static char name[300];

/* Everything that is in a pipe; its length. */
static size_t drain(int fd, size_t most)
{
	size_t n = 0;
	ssize_t got;

	while (n < most && (got = read(fd, back + n, most - n)) > 0)
		n += got;
	return n;
}

static void errors(int file)
{
	int p[2], q[2];
	loff_t off = 0, neg = -1;
	struct iovec iov = { data, 10 };

	CHECK(!pipe2(p, O_NONBLOCK) && !pipe(q));
	FAILS(splice(file, NULL, file, NULL, 10, 0), EINVAL);
	FAILS(splice(p[0], NULL, p[1], NULL, 10, 0), EINVAL);
	FAILS(splice(file, NULL, p[1], &off, 10, 0), ESPIPE);
	FAILS(splice(p[0], &off, file, NULL, 10, 0), ESPIPE);
	FAILS(splice(0x7fff, NULL, p[1], NULL, 10, 0), EBADF);
	FAILS(splice(p[1], NULL, file, NULL, 10, 0), EBADF);
	FAILS(splice(file, NULL, p[1], NULL, 10, 0x100), EINVAL);
	FAILS(splice(file, &neg, p[1], NULL, 10, 0), EINVAL);
	FAILS(splice(file, (void *)8, p[1], NULL, 10, 0), EFAULT);
	CHECK(!splice(0x7fff, NULL, p[1], NULL, 0, 0));
	FAILS(splice(p[0], NULL, file, NULL, 10, SPLICE_F_NONBLOCK), EAGAIN);
	FAILS(splice(q[0], NULL, p[1], NULL, 10, SPLICE_F_NONBLOCK), EAGAIN);
	FAILS(tee(file, p[1], 10, 0), EINVAL);
	FAILS(tee(p[0], p[1], 10, 0), EINVAL);
	FAILS(tee(q[0], p[1], 10, SPLICE_F_NONBLOCK), EAGAIN);
	FAILS(tee(p[1], q[0], 10, 0), EBADF);
	FAILS(vmsplice(file, &iov, 1, 0), EBADF);
	FAILS(vmsplice(p[1], &iov, 1, 0x100), EINVAL);
	FAILS(vmsplice(p[1], (void *)8, 1, 0), EFAULT);
	FAILS(vmsplice(p[0], &iov, 1, SPLICE_F_NONBLOCK), EAGAIN);
	CHECK(!vmsplice(p[1], &iov, 0, 0));
	close(q[1]);
	CHECK(!splice(q[0], NULL, p[1], NULL, 10, 0) && !tee(q[0], p[1], 10, 0) && !splice(q[0], NULL, file, NULL, 10, 0));
	close(q[0]);
	close(p[0]);
	signal(SIGPIPE, SIG_IGN);
	FAILS(splice(file, NULL, p[1], NULL, 10, 0), EPIPE);
	FAILS(vmsplice(p[1], &iov, 1, 0), EPIPE);
	close(p[1]);
}

static void files(int file)
{
	int p[2], q[2], out;
	char copy[310];
	loff_t in_off = 3, out_off = 5;
	size_t done = 0;

	snprintf(copy, sizeof(copy), "%s.copy", name);
	out = open(copy, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(out >= 0 && !pipe(p) && !pipe2(q, O_NONBLOCK));
	/* a whole file through a pipe, by the files' own positions */
	CHECK(!lseek(file, 0, SEEK_SET));
	while (done < SIZE) {
		ssize_t n = splice(file, NULL, p[1], NULL, SIZE, SPLICE_F_MOVE), m;

		CHECK(n > 0 && n <= 65536);
		for (ssize_t left = n; left; left -= m)
			CHECK((m = splice(p[0], NULL, out, NULL, left, SPLICE_F_MOVE)) > 0);
		done += n;
	}
	CHECK(!splice(file, NULL, p[1], NULL, 10, 0) && lseek(out, 0, SEEK_CUR) == SIZE);
	CHECK(pread_all(out, back, SIZE, 0) == SIZE && !memcmp(back, data, SIZE));
	/* at offsets that are not a page's, by given positions */
	CHECK(splice(file, &in_off, p[1], NULL, 5000, 0) == 5000 && in_off == 5003);
	CHECK(splice(p[0], NULL, out, &out_off, 5000, 0) == 5000 && out_off == 5005);
	CHECK(pread_all(out, back, 5000, 5) == 5000 && !memcmp(back, data + 3, 5000));
	/* tee: both pipes have it, and a part of a buffer can go on */
	CHECK(write(p[1], data, 6000) == 6000 && tee(p[0], q[1], 5000, 0) == 5000);
	CHECK(drain(q[0], SIZE) == 5000 && !memcmp(back, data, 5000));
	CHECK(write(p[1], data + 6000, 100) == 100);
	CHECK(splice(p[0], NULL, q[1], NULL, 10, 0) == 10 && drain(q[0], SIZE) == 10 && !memcmp(back, data, 10));
	CHECK(drain(p[0], 6090) == 6090 && !memcmp(back, data + 10, 6090));
	/* what one pipe adds to its last buffer the other does not get */
	CHECK(write(p[1], "abc", 3) == 3 && tee(p[0], q[1], 3, 0) == 3);
	CHECK(write(p[1], "def", 3) == 3 && write(q[1], "xyz", 3) == 3);
	CHECK(drain(p[0], 6) == 6 && !memcmp(back, "abcdef", 6) && drain(q[0], SIZE) == 6 && !memcmp(back, "abcxyz", 6));
	/* only as much as there is room for */
	CHECK(fcntl(q[1], F_SETPIPE_SZ, 4096) == 4096);
	CHECK(write(p[1], data, 10000) == 10000 && splice(p[0], NULL, q[1], NULL, 10000, 0) == 4096);
	FAILS(splice(p[0], NULL, q[1], NULL, 10000, 0), EAGAIN);
	CHECK(drain(q[0], SIZE) == 4096 && drain(p[0], 10000 - 4096) == 10000 - 4096 && !memcmp(back, data + 4096, 10000 - 4096));
	/* the program's own pages, both ways */
	struct iovec iov[2] = { { data + 100, 7000 }, { data + 20000, 300 } }, to = { back, SIZE };

	CHECK(vmsplice(p[1], iov, 2, 0) == 7300 && vmsplice(p[0], &to, 1, 0) == 7300);
	CHECK(!memcmp(back, data + 100, 7000) && !memcmp(back + 7000, data + 20000, 300));
	/* from a descriptor without pages, to one that appends */
	CHECK(fcntl(out, F_SETFL, O_APPEND) == 0 && write(p[1], "x", 1) == 1);
	FAILS(splice(p[0], NULL, out, NULL, 1, 0), EINVAL);
	CHECK(drain(p[0], 1) == 1);
	/* sendfile into a pipe */
	off_t off = 4095;

	CHECK(sendfile(p[1], file, &off, 3000) == 3000 && off == 7095 && drain(p[0], 3000) == 3000 && !memcmp(back, data + 4095, 3000));
	close(p[0]);
	close(p[1]);
	close(q[0]);
	close(q[1]);
	close(out);
	unlink(copy);
}

static void *feeder(void *arg)
{
	int fd = (int)(intptr_t)arg;

	for (size_t n = 0; n < SIZE; ) {
		size_t want = 1 + n % 7919;
		ssize_t m = write(fd, data + n, want < SIZE - n ? want : SIZE - n);

		CHECK(m > 0);
		n += m;
	}
	close(fd);
	return NULL;
}

/* A chain of pipes with waits at each end: what goes in comes out. */
static void chain(void)
{
	int a[2], b[2], c[2];
	size_t through = 0, teed = 0;
	pthread_t t;

	CHECK(!pipe(a) && !pipe(b) && !pipe(c));
	CHECK(!pthread_create(&t, NULL, feeder, (void *)(intptr_t)a[1]));
	for (;;) {
		ssize_t n = tee(a[0], b[1], 20000, 0), m;

		CHECK(n >= 0);
		if (!n)
			break;
		for (ssize_t left = n; left; left -= m)
			CHECK((m = splice(a[0], NULL, c[1], NULL, left, 0)) > 0);
		CHECK(drain(b[0], n) == (size_t)n && !memcmp(back, data + teed, n));
		teed += n;
		CHECK(drain(c[0], n) == (size_t)n && !memcmp(back, data + through, n));
		through += n;
	}
	CHECK(through == SIZE);
	pthread_join(t, NULL);
	close(a[0]);
	for (int i = 0; i < 2; i++) {
		close(b[i]);
		close(c[i]);
	}
}

static volatile sig_atomic_t signals, signal_fd, signal_band, signal_code;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	signals++;
	signal_fd = info->si_fd;
	signal_band = info->si_band;
	signal_code = info->si_code;
}

static void async(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct f_owner_ex {
		int type, pid;
	} ex = { 2, getpgrp() };
	int p[2];
	char c;

	CHECK(!pipe(p));
	sigaction(SIGIO, &sa, NULL);
	sigaction(SIGRTMIN, &sa, NULL);
	CHECK(!fcntl(p[0], F_SETOWN, getpid()) && fcntl(p[0], F_GETOWN) == getpid());
	CHECK(write(p[1], "x", 1) == 1 && !signals); /* not asked for yet */
	CHECK(!fcntl(p[0], F_SETFL, O_ASYNC) && (fcntl(p[0], F_GETFL) & O_ASYNC));
	CHECK(read(p[0], &c, 1) == 1 && write(p[1], "x", 1) == 1);
	CHECK(signals == 1);
	CHECK(!fcntl(p[0], F_SETSIG, SIGRTMIN) && fcntl(p[0], F_GETSIG) == SIGRTMIN);
	CHECK(read(p[0], &c, 1) == 1 && write(p[1], "x", 1) == 1);
	CHECK(signals == 2 && signal_fd == p[0] && signal_code == POLL_IN && signal_band == (POLLIN | POLLRDNORM));
	CHECK(read(p[0], &c, 1) == 1 && !fcntl(p[0], F_SETFL, 0) && !(fcntl(p[0], F_GETFL) & O_ASYNC));
	CHECK(write(p[1], "x", 1) == 1 && signals == 2);
	FAILS(fcntl(p[0], F_SETSIG, 65), EINVAL);
	FAILS(fcntl(p[0], F_SETOWN, 0x3fffffff), ESRCH);
	CHECK(!fcntl(p[0], 15 /* F_SETOWN_EX */, &ex) && fcntl(p[0], F_GETOWN) == -getpgrp());
	CHECK(!fcntl(p[0], F_SETOWN, 0));
	close(p[0]);
	close(p[1]);
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");
	int file;

	snprintf(name, sizeof(name), "%s/splicecalls.tmp", dir ? dir : "");
	data = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	back = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pattern_fill(data, SIZE, 1, 0);
	file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(file >= 0 && pwrite_all(file, data, SIZE, 0) == SIZE);
	errors(file);
	files(file);
	chain();
	async();
	unlink(name);
	printf("splicecalls: all as expected\n");
	return 0;
}
