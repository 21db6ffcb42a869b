// SPDX-License-Identifier: MIT
/*
 * cputime [--dir DIR]
 *
 * CPU times: of work in short bursts with sleeps between, in the program or in the kernel; of children that end after a few milliseconds;
 * and that all who tell of them agree: times(), getrusage(), the CPU clocks, /proc/self/stat. The same on Linux.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BURST 0.003

struct use {
	double user, system;
};

static double seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec * 1e-6;
}

static struct use usage(int who)
{
	struct rusage r;

	if (getrusage(who, &r))
		die("getrusage: %s", strerror(errno));
	return (struct use){ seconds(r.ru_utime), seconds(r.ru_stime) };
}

static double cpu_clock(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts))
		die("clock_gettime: %s", strerror(errno));
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* ---- work, for about BURST seconds of CPU time ---- */

static volatile unsigned long sink;
static char buf[1 << 18];
static int file;

static void compute(void)
{
	double end = cpu_clock(CLOCK_THREAD_CPUTIME_ID) + BURST;

	while (cpu_clock(CLOCK_THREAD_CPUTIME_ID) < end)
		for (int i = 0; i < 100000; i++)
			sink += (unsigned long)i * i;
}

static void call(void)
{
	double end = cpu_clock(CLOCK_THREAD_CPUTIME_ID) + BURST;

	while (cpu_clock(CLOCK_THREAD_CPUTIME_ID) < end)
		if (pread(file, buf, sizeof(buf), 0) != sizeof(buf))
			die("pread: %s", strerror(errno));
}

static void rest(void)
{
	const struct timespec ms = { .tv_nsec = 1300000 };

	nanosleep(&ms, NULL);
}

/* ---- how it divides ---- */

static void bursts(const char *what, void (*work)(void), bool in_kernel)
{
	struct use before = usage(RUSAGE_SELF), after;
	double clock = cpu_clock(CLOCK_PROCESS_CPUTIME_ID), user, system;

	for (int i = 0; i < 60; i++) {
		work();
		rest();
	}
	after = usage(RUSAGE_SELF);
	clock = cpu_clock(CLOCK_PROCESS_CPUTIME_ID) - clock;
	user = after.user - before.user;
	system = after.system - before.system;
	if (clock < 60 * BURST || user + system < clock * 0.9 - 0.02 || user + system > clock * 1.1 + 0.02)
		fail("%s: %.3f s in all, %.3f s user, %.3f s system", what, clock, user, system);
	if ((in_kernel ? system : user) < 0.6 * 60 * BURST)
		fail("%s: %.3f s user, %.3f s system", what, user, system);
}

/* None of them lives for a hundredth of a second. */
static void children(void (*work)(void), bool in_kernel)
{
	struct use before = usage(RUSAGE_CHILDREN), after;
	struct tms t0, t1;
	double user, system;

	times(&t0);
	for (int i = 0; i < 60; i++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			work();
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			die("a child: %s", strerror(errno));
	}
	after = usage(RUSAGE_CHILDREN);
	times(&t1);
	user = after.user - before.user;
	system = after.system - before.system;
	if (user + system < 60 * BURST * 0.9)
		fail("60 children used %.3f s", user + system);
	if ((in_kernel ? system : user) < 0.5 * 60 * BURST)
		fail("60 children: %.3f s user, %.3f s system", user, system);
	if ((double)(t1.tms_cutime + t1.tms_cstime - t0.tms_cutime - t0.tms_cstime) / 100 < user + system - 0.03)
		fail("60 children: %ld and %ld ticks, %.3f s", t1.tms_cutime, t1.tms_cstime, user + system);
}

/* ---- who tells the same ---- */

static double from_stat(void)
{
	char text[1024], *p;
	unsigned long user, system;
	int fd = open("/proc/self/stat", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		die("/proc/self/stat: %s", strerror(errno));
	close(fd);
	text[n] = 0;
	p = strrchr(text, ')');
	if (!p || sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		die("/proc/self/stat: %s", text);
	return (double)(user + system) / 100;
}

static void between(const char *who, double low, double x, double high)
{
	/* each of two parts is cut to hundredths */
	if (x < low - 0.021 || x > high + 0.021)
		fail("%s tells %.4f s, the clock %.4f to %.4f", who, x, low, high);
}

static void agree(void)
{
	double low, high, stat;
	struct use use;
	struct tms t;

	for (int i = 0; i < 20; i++) {
		i % 2 ? compute() : call();
		low = cpu_clock(CLOCK_PROCESS_CPUTIME_ID);
		use = usage(RUSAGE_SELF);
		times(&t);
		stat = from_stat();
		high = cpu_clock(CLOCK_PROCESS_CPUTIME_ID);
		between("getrusage", low, use.user + use.system, high);
		between("times", low, (double)(t.tms_utime + t.tms_stime) / 100, high);
		between("/proc/self/stat", low, stat, high);
	}
}

/* Neither part ever goes back. */
static void monotonic(void)
{
	struct use last = usage(RUSAGE_SELF), use;

	for (int i = 0; i < 20000; i++, last = use) {
		use = usage(RUSAGE_SELF);
		if (use.user < last.user || use.system < last.system)
			fail("user %.6f s after %.6f, system %.6f s after %.6f", use.user, last.user, use.system, last.system);
	}
}

int main(int argc, char **argv)
{
	char name[256];

	alarm(60);
	snprintf(name, sizeof(name), "%s/cputime.tmp", argc > 2 ? argv[2] : "/tmp");
	file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file < 0 || unlink(name) || write(file, buf, sizeof(buf)) != sizeof(buf))
		die("%s: %s", name, strerror(errno));
	bursts("computing", compute, false);
	bursts("system calls", call, true);
	children(compute, false);
	children(call, true);
	agree();
	monotonic();
	printf("cputime: %lu failures\n", failures());
	return failures() != 0;
}
