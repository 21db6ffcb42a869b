// SPDX-License-Identifier: MIT
/*
 * Processes: fork, vfork, wait in all its forms, orphans and subreapers, groups and sessions, copied and shared memory.
 *
 *	forktest [rounds]
 *
 * Prints a line for each test that failed and "forktest: all well" at the end; exit status 0 or 1. The same on Linux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;
static int rounds = 20;

#define CHECK(cond, ...)                                                                                               \
	do {                                                                                                           \
		if (!(cond)) {                                                                                         \
			failures++;                                                                                    \
			printf("forktest: line %d: %s (errno %s): ", __LINE__, #cond, strerror(errno));                  \
			printf(" " __VA_ARGS__);                                                                        \
			putchar('\n');                                                                                 \
			fflush(stdout);                                                                                \
		}                                                                                                      \
	} while (0)

static pid_t spawn(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("forktest: fork");
		exit(1);
	}
	return pid;
}

static int status_of(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void exit_codes(void)
{
	for (int code = 0; code < 256; code += 15) {
		pid_t pid = spawn();
		int status;

		if (!pid)
			_exit(code);
		status = status_of(pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == code, "code %d status %x", code, status);
	}
	errno = 0;
	CHECK(wait(NULL) == -1 && errno == ECHILD);
	CHECK(waitpid(1, NULL, 0) == -1 && errno == ECHILD);
	CHECK(waitpid(-1, NULL, 0x100) == -1 && errno == EINVAL);
}

static void killed_by(void)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGSEGV, SIGABRT, SIGPIPE, SIGUSR1 };

	for (unsigned int i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		pid_t pid = spawn();
		int status;

		if (!pid)
			for (;;)
				pause();
		kill(pid, signals[i]);
		status = status_of(pid);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signals[i], "signal %d status %x", signals[i], status);
	}
}

/* Private memory is copied, shared memory is not; both sides may write first. */
static void memory(void)
{
	size_t len = 256 * 4096;
	unsigned char *private = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *shared = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	CHECK(private != MAP_FAILED && shared != MAP_FAILED);
	memset(private, 1, len);
	memset(shared, 1, len / 2);
	pid = spawn();
	if (!pid) {
		int bad = 0;

		for (size_t i = 0; i < len; i += 4096) {
			bad |= private[i] != 1;
			private[i] = 2;
			shared[i] = 3;
		}
		_exit(bad);
	}
	for (size_t i = 0; i < len; i += 8192)
		private[i] = 4;
	CHECK(status_of(pid) == 0);
	for (size_t i = 0; i < len; i += 4096) {
		if (private[i] != (i % 8192 ? 1 : 4) || shared[i] != 3) {
			CHECK(0, "page %zu: private %d shared %d", i / 4096, private[i], shared[i]);
			break;
		}
	}
	munmap(private, len);
	munmap(shared, len);
}

/* Generations that all write to what they share copy on write. */
static void generations(void)
{
	volatile unsigned int *cell = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*cell = 0;
	for (int depth = 0; depth < 12; depth++) {
		pid_t pid = spawn();

		if (!pid) {
			*cell += 1;
			continue; /* the child makes the next one */
		}
		*cell += 1000;
		CHECK(status_of(pid) == 0);
		if (depth == 0) {
			CHECK(*cell == 1000);
			munmap((void *)cell, 4096);
			return;
		}
		_exit(*cell != (unsigned int)(1000 + depth));
	}
	_exit(*cell != 12);
}

static void vforked(void)
{
	static volatile int seen;
	pid_t pid;

	seen = 0;
	fflush(stdout);
	pid = vfork();
	if (!pid) {
		seen = 42; /* the parent's memory */
		_exit(7);
	}
	CHECK(pid > 0 && seen == 42);
	CHECK(WEXITSTATUS(status_of(pid)) == 7);
}

static void waitid_forms(void)
{
	siginfo_t info;
	pid_t pid = spawn();

	if (!pid)
		_exit(9);
	memset(&info, 0, sizeof(info));
	CHECK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(info.si_pid == pid && info.si_code == CLD_EXITED && info.si_status == 9 && info.si_signo == SIGCHLD);
	memset(&info, 0, sizeof(info));
	CHECK(waitid(P_ALL, 0, &info, WEXITED) == 0 && info.si_pid == pid);
	errno = 0;
	CHECK(waitid(P_ALL, 0, &info, WEXITED) == -1 && errno == ECHILD);
	CHECK(waitid(P_ALL, 0, &info, WNOHANG) == -1 && errno == EINVAL);

	pid = spawn();
	if (!pid)
		for (;;)
			pause();
	info.si_pid = 1;
	CHECK(waitid(P_PID, pid, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0);
	CHECK(waitpid(pid, NULL, WNOHANG) == 0);
	kill(pid, SIGKILL);
	CHECK(waitid(P_PID, pid, &info, WEXITED) == 0 && info.si_code == CLD_KILLED && info.si_status == SIGKILL);
}

static void groups_and_sessions(void)
{
	int to_parent[2];
	pid_t pid, child;
	char c;

	CHECK(getpgrp() == getpgid(0) && getsid(0) == getsid(getpid()));
	errno = 0;
	CHECK(getpgid(4000000) == -1 && errno == ESRCH);
	CHECK(setpgid(0, -1) == -1 && errno == EINVAL);
	CHECK(pipe(to_parent) == 0);
	pid = spawn();
	if (!pid) {
		int bad = 0;

		bad |= setpgid(0, 0) || getpgrp() != getpid();
		bad |= (setsid() != -1 || errno != EPERM) << 1; /* leads a group */
		child = fork();
		if (!child) {
			if (setsid() != getpid() || getpgrp() != getpid() || getsid(0) != getpid())
				_exit(1);
			_exit(setpgid(0, 0) == -1 && errno == EPERM ? 0 : 2); /* leads a session */
		}
		bad |= (status_of(child) != 0) << 2;
		if (write(to_parent[1], "x", 1) != 1)
			bad |= 8;
		if (bad)
			_exit(bad);
		for (;;)
			pause();
	}
	CHECK(read(to_parent[0], &c, 1) == 1);
	CHECK(getpgid(pid) == pid && getsid(pid) == getsid(0));
	CHECK(waitpid(-pid, NULL, WNOHANG) == 0);
	CHECK(waitpid(0, NULL, WNOHANG) == -1 && errno == ECHILD);
	kill(pid, SIGTERM);
	CHECK(waitpid(-pid, NULL, 0) == pid);
	close(to_parent[0]);
	close(to_parent[1]);
}

/* Grandchildren whose parent ends come to the subreaper. */
static void orphans(void)
{
	pid_t pid, got;
	int status, seen = 0;

	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	pid = spawn();
	if (!pid) {
		for (int i = 0; i < 5; i++) {
			if (!fork()) {
				while (getppid() == 1)
					;
				usleep(20000);
				_exit(50);
			}
		}
		_exit(51);
	}
	while ((got = wait(&status)) > 0) {
		CHECK(WEXITSTATUS(status) == (got == pid ? 51 : 50));
		seen++;
	}
	CHECK(seen == 6, "%d", seen);
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}

/* Who ignores SIGCHLD has no zombies, and waits until the last child has gone. */
static void ignored_children(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < 5; i++)
		if (!spawn())
			_exit(i);
	errno = 0;
	CHECK(wait(NULL) == -1 && errno == ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

static void usage_of_children(void)
{
	struct rusage before, after, one;
	pid_t pid = spawn();
	int status;

	if (!pid) {
		volatile unsigned long n = 0;

		while (n < 30000000)
			n++;
		_exit(0);
	}
	getrusage(RUSAGE_CHILDREN, &before);
	CHECK(wait4(pid, &status, 0, &one) == pid && status == 0);
	getrusage(RUSAGE_CHILDREN, &after);
	CHECK(one.ru_utime.tv_sec + one.ru_utime.tv_usec + one.ru_stime.tv_sec + one.ru_stime.tv_usec > 0);
	CHECK(after.ru_utime.tv_sec * 1000000 + after.ru_utime.tv_usec + after.ru_stime.tv_sec * 1000000 + after.ru_stime.tv_usec >
	      before.ru_utime.tv_sec * 1000000 + before.ru_utime.tv_usec + before.ru_stime.tv_sec * 1000000 + before.ru_stime.tv_usec);
	CHECK(one.ru_maxrss > 0 && one.ru_minflt > 0);
}

/* Threads fork while others do: children have one thread each, and every one is waited for by whoever made it. */
static void *forker(void *arg)
{
	long bad = 0;

	for (int i = 0; i < rounds; i++) {
		pid_t pid = fork();
		int status;

		if (!pid)
			_exit(syscall(SYS_gettid) == getpid() ? 3 : 4);
		if (pid < 0 || waitpid(pid, &status, __WNOTHREAD) != pid || WEXITSTATUS(status) != 3)
			bad++;
	}
	return (void *)bad;
}

static void forking_threads(void)
{
	pthread_t threads[4];

	fflush(stdout);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, forker, NULL) == 0);
	for (int i = 0; i < 4; i++) {
		void *bad;

		pthread_join(threads[i], &bad);
		CHECK(!bad, "%ld bad children", (long)bad);
	}
}

/* A process that ends while its threads run, by its leader's end or by exit_group elsewhere. */
static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

static void *ender(void *arg)
{
	usleep(2000);
	_exit(77);
	return NULL;
}

static void *late_ender(void *arg)
{
	usleep(20000);
	syscall(SYS_exit, 0);
	return NULL;
}

static void threads_end(void)
{
	pthread_t t;
	pid_t pid = spawn();

	if (!pid) {
		for (int i = 0; i < 3; i++)
			pthread_create(&t, NULL, sleeper, NULL);
		pthread_create(&t, NULL, ender, NULL);
		for (;;)
			pause();
	}
	CHECK(WEXITSTATUS(status_of(pid)) == 77);
	pid = spawn();
	if (!pid) {
		pthread_create(&t, NULL, late_ender, NULL);
		syscall(SYS_exit, 33); /* the leader's end, not the process's */
	}
	CHECK(waitpid(pid, NULL, WNOHANG) == 0);
	CHECK(WEXITSTATUS(status_of(pid)) == 33);
}

/* Descriptors: the table is copied, the open file and its position are shared. */
static void files(void)
{
	char name[] = "forktest.tmp", buf[4];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	pid_t pid;

	CHECK(fd >= 0 && write(fd, "abcdef", 6) == 6 && lseek(fd, 0, SEEK_SET) == 0);
	pid = spawn();
	if (!pid) {
		int ok = read(fd, buf, 3) == 3 && !memcmp(buf, "abc", 3);

		close(fd);
		_exit(!ok);
	}
	CHECK(status_of(pid) == 0);
	CHECK(read(fd, buf, 3) == 3 && !memcmp(buf, "def", 3));
	close(fd);
	unlink(name);
}

/* Many at once, killed in one go. */
static void crowd(void)
{
	pid_t pids[60];
	int n = 0, status;

	for (; n < 60; n++) {
		pids[n] = fork();
		if (pids[n] < 0)
			break;
		if (!pids[n])
			for (;;)
				pause();
	}
	CHECK(n == 60, "%d", n);
	for (int i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < n; i++) {
		CHECK(wait(&status) > 0 && WIFSIGNALED(status));
	}
}

int main(int argc, char **argv)
{
	static void (*const tests[])(void) = { exit_codes, killed_by, memory, generations, vforked, waitid_forms,
					       groups_and_sessions, orphans, ignored_children, usage_of_children,
					       forking_threads, threads_end, files, crowd };

	if (argc > 1)
		rounds = atoi(argv[1]);
	for (unsigned int i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tests[i]();
	if (!failures)
		puts("forktest: all well");
	return failures != 0;
}
