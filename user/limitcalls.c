// SPDX-License-Identifier: MIT
/*
 * limitcalls --dir DIR
 *
 * Each limit that setrlimit(2) can set, and what happens at it. Each case runs in a child, so that nothing is left of it. The same on
 * Linux, for user 0.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define USER  43210 /* a user nobody else is */
#define USER2 43211

/* the call: not all libraries have it */
static int set_scheduler(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return syscall(SYS_sched_setscheduler, 0, policy, &param);
}

#ifndef RLIMIT_RTTIME
#define RLIMIT_RTTIME 15
#endif

static const char *dir;

static void limit(int which, rlim_t soft, rlim_t hard)
{
	struct rlimit r = { soft, hard };

	check(setrlimit(which, &r) == 0);
}

static void in_child(void (*run)(void), int signal)
{
	unsigned long before = failures();
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		run();
		_exit(failures() > before);
	}
	check(waitpid(pid, &status, 0) == pid);
	check(signal ? WIFSIGNALED(status) && WTERMSIG(status) == signal : status == 0);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	check(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

/* ---- processes ---- */

static void *no_thread(void *arg)
{
	return arg;
}

static void processes(void)
{
	siginfo_t info;
	pthread_t t;
	pid_t a, b;

	limit(RLIMIT_NPROC, 1, 100);
	a = sleeper(); /* user 0 is not counted */
	check(a > 0);
	end(a);
	limit(RLIMIT_NPROC, 3, 100);
	check(setgid(USER) == 0 && setuid(USER) == 0);
	a = sleeper();
	b = sleeper();
	check(a > 0 && b > 0);
	check_errno(fork(), EAGAIN);
	check(pthread_create(&t, NULL, no_thread, NULL) == EAGAIN);
	/* a zombie is one, too */
	check(kill(a, SIGKILL) == 0 && waitid(P_PID, a, &info, WEXITED | WNOWAIT) == 0);
	check_errno(fork(), EAGAIN);
	check(waitpid(a, NULL, 0) == a);
	check(pthread_create(&t, NULL, no_thread, NULL) == 0 && pthread_join(t, NULL) == 0);
	limit(RLIMIT_NPROC, 0, 100);
	check_errno(fork(), EAGAIN);
	end(b);
}

/* To become a user who has too many is no error; to run a program then is. */
static void too_many_for_exec(void)
{
	char *none[] = { "none", NULL };
	int ready[2];
	char c;
	pid_t pid;

	check(pipe(ready) == 0);
	pid = fork();
	if (pid == 0) {
		if (setuid(USER2) || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	check(read(ready[0], &c, 1) == 1);
	limit(RLIMIT_NPROC, 0, 100);
	check(setresuid(USER2, USER2, 0) == 0);
	check_errno(execv("/no/such/program", none), EAGAIN);
	limit(RLIMIT_NPROC, 2, 100);
	check(execv("/no/such/program", none) == -1 && errno != EAGAIN);
	limit(RLIMIT_NPROC, 0, 100); /* it was asked once, and well */
	check(execv("/no/such/program", none) == -1 && errno != EAGAIN);
	end(pid);
}

/* ---- time ---- */

static volatile int xcpu;

static void count_xcpu(int sig)
{
	(void)sig;
	xcpu++;
}

static void real_time(void)
{
	struct rlimit r;

	signal(SIGXCPU, count_xcpu);
	limit(RLIMIT_RTTIME, 100000, 100000000);
	while (clock() < CLOCKS_PER_SEC / 5)
		; /* not in real time, and so not counted */
	check(xcpu == 0 && set_scheduler(SCHED_FIFO, 1) == 0);
	while (!xcpu)
		;
	check(getrlimit(RLIMIT_RTTIME, &r) == 0 && r.rlim_cur >= 1100000 && r.rlim_max == 100000000);
	signal(SIGXCPU, SIG_IGN);
	limit(RLIMIT_RTTIME, 10000, 300000);
	for (;;)
		;
}

static void cpu_time(void)
{
	signal(SIGXCPU, SIG_IGN);
	limit(RLIMIT_CPU, 1, 2);
	for (;;)
		;
}

/* ---- files ---- */

static volatile int xfsz;

static void count_xfsz(int sig)
{
	(void)sig;
	xfsz++;
}

static void file_size(void)
{
	char name[300], buf[8192] = { 0 };
	struct iovec part[2] = { { buf, 1000 }, { buf, 1000 } };
	int fd, mem = syscall(SYS_memfd_create, "limit", 0);

	snprintf(name, sizeof(name), "%s/limit.file", dir);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	check(fd >= 0 && mem >= 0);
	signal(SIGXFSZ, count_xfsz);
	limit(RLIMIT_FSIZE, 5000, RLIM_INFINITY);
	check(write(fd, buf, sizeof(buf)) == 5000 && xfsz == 0);
	check_errno(write(fd, buf, 1), EFBIG);
	check(xfsz == 1);
	check_errno(pwrite(fd, buf, 1, 1000000), EFBIG);
	check_errno(ftruncate(fd, 5001), EFBIG);
	check_errno(fallocate(mem, 0, 0, 5001), EFBIG);
	check(xfsz == 4 && ftruncate(fd, 4000) == 0 && lseek(fd, 4000, SEEK_SET) == 4000);
	check(writev(fd, part, 2) == 1000);
	check(fallocate(mem, 0, 0, 5000) == 0 && pwrite(fd, buf, 1000, 0) == 1000);
	limit(RLIMIT_FSIZE, RLIM_INFINITY, RLIM_INFINITY);
	check(write(fd, buf, 1) == 1);
	close(fd);
	unlink(name);
}

static void file_size_kills(void)
{
	char name[300];
	int fd;

	snprintf(name, sizeof(name), "%s/limit.file", dir);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	unlink(name);
	limit(RLIMIT_FSIZE, 0, 0);
	check_errno(write(fd, "x", 1), EFBIG);
}

static void descriptors(void)
{
	struct pollfd polls[8] = { { .fd = -1 } };
	int fds[2];

	limit(RLIMIT_NOFILE, 5, 100);
	while (dup(0) >= 0)
		;
	check(errno == EMFILE);
	check_errno(fcntl(0, F_DUPFD, 5), EINVAL);
	check_errno(dup2(0, 5), EBADF);
	check_errno(pipe(fds), EMFILE);
	check_errno(poll(polls, 6, 0), EINVAL);
	limit(RLIMIT_NOFILE, 6, 100);
	check(dup(0) == 5);
}

/* ---- memory ---- */

#define MiB 1048576UL

static void address_space(void)
{
	void *p = mmap(NULL, 32 * MiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(p != MAP_FAILED && munmap(p, 32 * MiB) == 0);
	limit(RLIMIT_AS, 24 * MiB, RLIM_INFINITY);
	check_errno((long)mmap(NULL, 32 * MiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	check_errno((long)mmap(NULL, 32 * MiB, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), ENOMEM);
	p = mmap(NULL, 4 * MiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(p != MAP_FAILED);
	check_errno((long)mremap(p, 4 * MiB, 32 * MiB, MREMAP_MAYMOVE), ENOMEM);
}

static void data(void)
{
	limit(RLIMIT_DATA, 8 * MiB, RLIM_INFINITY);
	check_errno((long)mmap(NULL, 16 * MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	/* what is not private and writable is no data */
	check(mmap(NULL, 16 * MiB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	check(mmap(NULL, 16 * MiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}

static int deep(int n)
{
	volatile char frame[4096];

	frame[0] = (char)n;
	return n ? deep(n - 1) + frame[0] : 0;
}

static void stack(void)
{
	limit(RLIMIT_STACK, 256 * 1024, RLIM_INFINITY);
	check(deep(20) >= -100000);
	deep(10000);
}

/* ---- others ---- */

static void pending_signals(void)
{
	union sigval value = { .sival_int = 1 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	limit(RLIMIT_SIGPENDING, 3, 3);
	check(setgid(USER) == 0 && setuid(USER) == 0);
	for (int i = 0; i < 3; i++)
		check(sigqueue(getpid(), SIGRTMIN, value) == 0);
	check_errno(sigqueue(getpid(), SIGRTMIN, value), EAGAIN);
	check(kill(getpid(), SIGURG) == 0); /* one without a message is sent all the same */
	check(sigwaitinfo(&set, NULL) == SIGRTMIN && sigqueue(getpid(), SIGRTMIN, value) == 0);
}

static void message_queues(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 1000 };
	mqd_t mq;

	limit(RLIMIT_MSGQUEUE, 6000, 6000);
	check(setgid(USER) == 0 && setuid(USER) == 0);
	mq = mq_open("/limit.a", O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	check(mq != (mqd_t)-1);
	check_errno(mq_open("/limit.b", O_RDWR | O_CREAT | O_EXCL, 0600, &attr), EMFILE);
	check(mq_unlink("/limit.a") == 0 && mq_close(mq) == 0);
	mq = mq_open("/limit.b", O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	check(mq != (mqd_t)-1 && mq_unlink("/limit.b") == 0);
}

static void priorities(void)
{
	limit(RLIMIT_NICE, 15, 15); /* up to nice 5 */
	limit(RLIMIT_RTPRIO, 5, 5);
	check(setgid(USER) == 0 && setuid(USER) == 0);
	check(setpriority(PRIO_PROCESS, 0, 10) == 0 && setpriority(PRIO_PROCESS, 0, 5) == 0);
	check_errno(setpriority(PRIO_PROCESS, 0, 4), EACCES);
	check_errno(set_scheduler(SCHED_RR, 6), EPERM);
	check(set_scheduler(SCHED_RR, 5) == 0);
}

/* Raising the hard limit, and the limits of others. */
static void who_may(void)
{
	struct rlimit r = { 100, 200 }, old;
	pid_t pid = sleeper(), theirs;

	check(prlimit(pid, RLIMIT_NOFILE, &r, NULL) == 0);
	check(prlimit(pid, RLIMIT_NOFILE, NULL, &old) == 0 && old.rlim_cur == 100 && old.rlim_max == 200);
	check(getrlimit(RLIMIT_NOFILE, &old) == 0 && old.rlim_max != 200);
	check_errno(prlimit(pid, 16, NULL, &old), EINVAL);
	limit(RLIMIT_NOFILE, 100, 200);
	limit(RLIMIT_NOFILE, 100, 300);
	check(setgid(USER) == 0 && setuid(USER) == 0);
	r.rlim_max = 301;
	check_errno(setrlimit(RLIMIT_NOFILE, &r), EPERM);
	r.rlim_cur = 302;
	check_errno(setrlimit(RLIMIT_NOFILE, &r), EINVAL);
	r.rlim_cur = 100;
	check_errno(prlimit(pid, RLIMIT_NOFILE, NULL, &old), EPERM);
	theirs = sleeper();
	r.rlim_max = 150;
	check(prlimit(theirs, RLIMIT_NOFILE, &r, &old) == 0 && old.rlim_max == 300);
	check_errno(prlimit(0x3fffff, RLIMIT_NOFILE, NULL, &old), ESRCH);
	end(theirs);
}

/* User 0 in a container may not. */
static int may_raise(void)
{
	struct rlimit r;

	check(getrlimit(RLIMIT_MSGQUEUE, &r) == 0);
	if (r.rlim_max == RLIM_INFINITY)
		return 1;
	r.rlim_max++;
	return setrlimit(RLIMIT_MSGQUEUE, &r) == 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	dir = option(argc, argv, "--dir");
	if (!dir)
		dir = ".";
	if (geteuid()) {
		printf("limitcalls: only for user 0\n");
		return 0;
	}
	in_child(processes, 0);
	in_child(too_many_for_exec, 0);
	if (set_scheduler(SCHED_FIFO, 1) == 0 && set_scheduler(SCHED_OTHER, 0) == 0)
		in_child(real_time, SIGKILL);
	in_child(cpu_time, SIGKILL);
	in_child(file_size, 0);
	in_child(file_size_kills, SIGXFSZ);
	in_child(descriptors, 0);
	in_child(address_space, 0);
	in_child(data, 0);
	in_child(stack, SIGSEGV);
	in_child(pending_signals, 0);
	in_child(message_queues, 0);
	if (may_raise()) {
		in_child(priorities, 0);
		in_child(who_may, 0);
	}
	printf("limitcalls: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() != 0;
}
