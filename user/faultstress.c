// SPDX-License-Identifier: MIT
/*
 * faultstress [--dir DIR] [--rounds N]
 *
 * Every call that takes a pointer gets every kind of bad one in every place: null, unmapped, mapped without access, read-only,
 * ending in the middle, not canonical, the kernel's own. The answer must be an error (mostly EFAULT), never a panic, never
 * a success that read or wrote something there. One line for each combination is printed with its answer, so that the same
 * binary's output on Linux says what the right answers are.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

enum kind { IN, OUT }; /* does the kernel read or write there? */

struct call {
	const char *name;
	long number;
	int place; /* which argument gets the bad pointer */
	enum kind kind;
	long args[6];
};

static char file[300], dir[300];
static int fd, dir_fd, pipe_in, pipe_out;
static char good[PAGE] __attribute__((aligned(4096)));
static struct call calls[128];
static int call_count;

static void add(const char *name, long number, int place, enum kind kind, long a, long b, long c, long d, long e, long f)
{
	calls[call_count++] = (struct call){ name, number, place, kind, { a, b, c, d, e, f } };
}

#define P(pointer) ((long)(pointer))

static void list_file_calls(void)
{
	add("open", SYS_open, 0, IN, 0, O_RDONLY, 0, 0, 0, 0);
	add("openat", SYS_openat, 1, IN, AT_FDCWD, 0, O_RDONLY, 0, 0, 0);
	add("stat path", SYS_stat, 0, IN, 0, P(good), 0, 0, 0, 0);
	add("stat buffer", SYS_stat, 1, OUT, P(file), 0, 0, 0, 0, 0);
	add("lstat buffer", SYS_lstat, 1, OUT, P(file), 0, 0, 0, 0, 0);
	add("fstat", SYS_fstat, 1, OUT, fd, 0, 0, 0, 0, 0);
	add("newfstatat", SYS_newfstatat, 2, OUT, AT_FDCWD, P(file), 0, 0, 0, 0);
	add("statx", SYS_statx, 4, OUT, AT_FDCWD, P(file), 0, 0x7ff, 0, 0);
	add("statfs", SYS_statfs, 1, OUT, P(dir), 0, 0, 0, 0, 0);
	add("fstatfs", SYS_fstatfs, 1, OUT, fd, 0, 0, 0, 0, 0);
	add("access", SYS_access, 0, IN, 0, R_OK, 0, 0, 0, 0);
	add("read", SYS_read, 1, OUT, fd, 0, 64, 0, 0, 0);
	add("pread64", SYS_pread64, 1, OUT, fd, 0, 64, 0, 0, 0);
	add("write", SYS_write, 1, IN, fd, 0, 64, 0, 0, 0);
	add("pwrite64", SYS_pwrite64, 1, IN, fd, 0, 64, 0, 0, 0);
	add("readv", SYS_readv, 1, IN, fd, 0, 1, 0, 0, 0);
	add("writev", SYS_writev, 1, IN, fd, 0, 1, 0, 0, 0);
	add("write pipe", SYS_write, 1, IN, pipe_in, 0, 64, 0, 0, 0);
	add("read pipe", SYS_read, 1, OUT, pipe_out, 0, 64, 0, 0, 0);
	add("getdents64", SYS_getdents64, 1, OUT, dir_fd, 0, 1024, 0, 0, 0);
	add("readlink path", SYS_readlink, 0, IN, 0, P(good), 64, 0, 0, 0);
	add("getcwd", SYS_getcwd, 0, OUT, 0, 1024, 0, 0, 0, 0);
	add("chdir", SYS_chdir, 0, IN, 0, 0, 0, 0, 0, 0);
	add("mkdir", SYS_mkdir, 0, IN, 0, 0755, 0, 0, 0, 0);
	add("rmdir", SYS_rmdir, 0, IN, 0, 0, 0, 0, 0, 0);
	add("unlink", SYS_unlink, 0, IN, 0, 0, 0, 0, 0, 0);
	add("rename old", SYS_rename, 0, IN, 0, P(file), 0, 0, 0, 0);
	add("rename new", SYS_rename, 1, IN, P(file), 0, 0, 0, 0, 0);
	add("link new", SYS_link, 1, IN, P(file), 0, 0, 0, 0, 0);
	add("symlink target", SYS_symlink, 0, IN, 0, P(file), 0, 0, 0, 0);
	add("symlink path", SYS_symlink, 1, IN, P("target"), 0, 0, 0, 0, 0);
	add("chmod", SYS_chmod, 0, IN, 0, 0644, 0, 0, 0, 0);
	add("truncate", SYS_truncate, 0, IN, 0, 4096, 0, 0, 0, 0);
	add("utimensat", SYS_utimensat, 2, IN, AT_FDCWD, P(file), 0, 0, 0, 0);
	add("mknod", SYS_mknod, 0, IN, 0, S_IFREG | 0644, 0, 0, 0, 0);
	add("pipe2", SYS_pipe2, 0, OUT, 0, 0, 0, 0, 0, 0);
	add("poll", SYS_poll, 0, IN, 0, 1, 0, 0, 0, 0);
	add("fcntl getlk", SYS_fcntl, 2, IN, fd, F_GETLK, 0, 0, 0, 0);
}

static void list_other_calls(void)
{
	add("nanosleep", SYS_nanosleep, 0, IN, 0, 0, 0, 0, 0, 0);
	add("clock_gettime", SYS_clock_gettime, 1, OUT, CLOCK_REALTIME, 0, 0, 0, 0, 0);
	add("clock_getres", SYS_clock_getres, 1, OUT, CLOCK_MONOTONIC, 0, 0, 0, 0, 0);
	add("gettimeofday", SYS_gettimeofday, 0, OUT, 0, 0, 0, 0, 0, 0);
	add("times", SYS_times, 0, OUT, 0, 0, 0, 0, 0, 0);
	add("uname", SYS_uname, 0, OUT, 0, 0, 0, 0, 0, 0);
	add("sysinfo", SYS_sysinfo, 0, OUT, 0, 0, 0, 0, 0, 0);
	add("getrusage", SYS_getrusage, 1, OUT, 0, 0, 0, 0, 0, 0);
	add("getrlimit", SYS_getrlimit, 1, OUT, 7, 0, 0, 0, 0, 0);
	add("prlimit64", SYS_prlimit64, 3, OUT, 0, 7, 0, 0, 0, 0);
	add("getrandom", SYS_getrandom, 0, OUT, 0, 64, 0, 0, 0, 0);
	add("sched_getaffinity", SYS_sched_getaffinity, 2, OUT, 0, 128, 0, 0, 0, 0);
	add("rt_sigaction new", SYS_rt_sigaction, 1, IN, SIGUSR1, 0, 0, 8, 0, 0);
	add("rt_sigaction old", SYS_rt_sigaction, 2, OUT, SIGUSR1, 0, 0, 8, 0, 0);
	add("rt_sigprocmask", SYS_rt_sigprocmask, 1, IN, SIG_BLOCK, 0, 0, 8, 0, 0);
	add("sigaltstack", SYS_sigaltstack, 0, IN, 0, 0, 0, 0, 0, 0);
	add("futex wait", SYS_futex, 0, IN, 0, 0 /* FUTEX_WAIT */, 12345, 0, 0, 0);
	add("futex timeout", SYS_futex, 3, IN, P(good), 0 /* FUTEX_WAIT */, 99999, 0, 0, 0);
	add("mincore", SYS_mincore, 2, OUT, P(good), PAGE, 0, 0, 0, 0);
}

static const char *const pointer_names[] = { "null",	  "one",     "unmapped", "no access",	"read only",
					     "edge",	  "noncanonical", "kernel", "kernel text", "minus one" };
#define POINTERS (int)(sizeof(pointer_names) / sizeof(pointer_names[0]))
static unsigned long pointers[POINTERS];

static void make_pointers(void)
{
	char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		die("mmap");
	memset(area, 'A', 4 * PAGE);
	area[2 * PAGE - 1] = 'A';
	munmap(area + 2 * PAGE, PAGE);
	mprotect(area, PAGE, PROT_READ);
	mprotect(area + 3 * PAGE, PAGE, PROT_NONE);
	pointers[0] = 0;
	pointers[1] = 1;
	pointers[2] = (unsigned long)area + 2 * PAGE;
	pointers[3] = (unsigned long)area + 3 * PAGE;
	pointers[4] = (unsigned long)area;
	pointers[5] = (unsigned long)area + 2 * PAGE - 3; /* three good bytes, then nothing */
	pointers[6] = 0x8000000000000000u;
	pointers[7] = 0xffff888000000000u;
	pointers[8] = 0xffffffff80200000u;
	pointers[9] = ~0ul;
}

/* Some answers are up to the system: a null that means "not given", a read-only place the kernel only reads. */
static bool skipped(const struct call *call, int pointer)
{
	return pointer == 4 && call->kind == IN;
}

static void round_of_calls(bool print)
{
	for (int i = 0; i < call_count; i++) {
		for (int p = 0; p < POINTERS; p++) {
			struct call *call = &calls[i];
			long args[6], result;

			if (skipped(call, p))
				continue;
			memcpy(args, call->args, sizeof(args));
			args[call->place] = (long)pointers[p];
			lseek(fd, 0, SEEK_SET);
			lseek(dir_fd, 0, SEEK_SET);
			if (!strcmp(call->name, "read pipe") && write(pipe_in, good, 64) != 64)
				die("filling the pipe");
			errno = 0;
			result = syscall(call->number, args[0], args[1], args[2], args[3], args[4], args[5]);
			if (print)
				printf("answer %s, %s: %s\n", call->name, pointer_names[p], result < 0 ? strerror(errno) : "done");
			if (result >= 0 && p >= 6)
				fail("%s took the pointer '%s'", call->name, pointer_names[p]);
			if (!strncmp(call->name, "read pipe", 9) || !strncmp(call->name, "write pipe", 10)) {
				fcntl(pipe_out, F_SETFL, O_NONBLOCK);
				while (read(pipe_out, good, sizeof(good)) > 0)
					continue;
			}
		}
	}
}

/* The kernel must be as it was: an ordinary piece of work still succeeds. */
static void still_works(void)
{
	char back[64];

	if (pwrite(fd, "still here", 10, 0) != 10 || pread(fd, back, 10, 0) != 10 || memcmp(back, "still here", 10))
		fail("the file no longer works: %s", strerror(errno));
	if (unlink(file) || rmdir(dir))
		fail("cleaning up: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	const char *base = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "";
	long rounds = option_long(argc, argv, "--rounds", 20);
	int pair[2];

	snprintf(dir, sizeof(dir), "%s/faultstress", base);
	snprintf(file, sizeof(file), "%s/faultstress/file", base);
	if (mkdir(dir, 0755) || (fd = open(file, O_RDWR | O_CREAT, 0644)) < 0 || ftruncate(fd, 8192) || pipe(pair))
		die("%s", dir);
	pipe_out = pair[0];
	pipe_in = pair[1];
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	make_pointers();
	list_file_calls();
	list_other_calls();
	for (long i = 0; i < rounds; i++)
		round_of_calls(i == 0);
	still_works();
	printf("faultstress: %s, %d calls, %ld rounds, %lu failures\n", failures() ? "FAILED" : "passed", call_count, rounds,
	       failures());
	return failures() ? 1 : 0;
}
