// SPDX-License-Identifier: MIT
/*
 * yamacalls [--set-scope]
 *
 * prctl(PR_SET_PTRACER), and with --set-scope, for a machine of its own, what /proc/sys/kernel/yama/ptrace_scope forbids: reading
 * another's memory and taking its descriptors, for one that is no ancestor and was not named. The same on a Linux with Yama.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif
#define USER 43212

static int secret = 4711;

static int may_attach(pid_t pid)
{
	int got = 0, fd, mem, ok;
	struct iovec local = { &got, sizeof(got) }, remote = { &secret, sizeof(secret) };
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	char name[64];

	ok = process_vm_readv(pid, &local, 1, &remote, 1, 0) == sizeof(got) && got == 4711;
	fd = syscall(SYS_pidfd_getfd, pidfd, 0, 0);
	snprintf(name, sizeof(name), "/proc/%d/mem", pid);
	mem = open(name, O_RDONLY);
	if ((fd >= 0) != ok || (mem >= 0) != ok)
		fail("memory %d, descriptor %d, file %d", ok, fd, mem);
	close(fd);
	close(mem);
	close(pidfd);
	return ok;
}

static void set_scope(int scope)
{
	char text[4];
	int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_WRONLY);

	snprintf(text, sizeof(text), "%d", scope);
	check(fd >= 0 && write(fd, text, 1) == 1);
	close(fd);
}

/* Who waits to be looked at: names whom it is told to, and answers. */
static void tracee(int in, int out)
{
	int whom;

	while (read(in, &whom, sizeof(whom)) == sizeof(whom)) {
		int ret = prctl(PR_SET_PTRACER, (unsigned long)(long)whom, 0, 0, 0);

		check(write(out, &ret, sizeof(ret)) == sizeof(ret));
	}
	_exit(0);
}

static int asks(pid_t pid, int expected)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(may_attach(pid) != expected || failures());
	return waitpid(child, &status, 0) == child && status == 0;
}

static void scopes(void)
{
	int to[2], from[2], ret, whom;
	pid_t pid;

	check(pipe(to) == 0 && pipe(from) == 0);
	pid = fork();
	if (pid == 0) {
		if (setgid(USER) || setuid(USER) || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
			_exit(1);
		close(to[1]);
		tracee(to[0], from[1]);
	}
	close(to[0]);
#define NAME(who) (whom = (who), write(to[1], &whom, sizeof(whom)) == sizeof(whom) && read(from[0], &ret, sizeof(ret)) == sizeof(ret) && ret == 0)
	check(NAME(0)); /* it has become another user by now */
	set_scope(1);
	fflush(stdout);
	if (fork() == 0) {
		check(setgid(USER) == 0 && setuid(USER) == 0);
		check(!may_attach(pid) && NAME(-1) && may_attach(pid) && NAME(0) && !may_attach(pid));
		check(NAME(getpid()) && may_attach(pid) && asks(pid, 1)); /* and who descends from it */
		check(NAME(0) && asks(pid, 0));
		_exit(failures() != 0);
	}
	check(wait(&ret) > 0 && ret == 0);
	set_scope(2);
	if (fork() == 0) {
		check(setgid(USER) == 0 && setuid(USER) == 0);
		check(NAME(-1) && !may_attach(pid));
		_exit(failures() != 0);
	}
	check(wait(&ret) > 0 && ret == 0);
	check(may_attach(pid)); /* user 0 */
	set_scope(0);
	if (fork() == 0) {
		check(setgid(USER) == 0 && setuid(USER) == 0);
		check(NAME(0) && may_attach(pid));
		_exit(failures() != 0);
	}
	check(wait(&ret) > 0 && ret == 0);
	close(to[1]);
	check(waitpid(pid, NULL, 0) == pid);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	if (prctl(PR_SET_PTRACER, 0, 0, 0, 0) && errno == EINVAL) {
		printf("yamacalls: no Yama\n");
		return argc > 1;
	}
	check(prctl(PR_SET_PTRACER, -1L, 0, 0, 0) == 0 && prctl(PR_SET_PTRACER, (unsigned long)getppid(), 0, 0, 0) == 0);
	check_errno(prctl(PR_SET_PTRACER, 0x3fffffL, 0, 0, 0), EINVAL);
	check(prctl(PR_SET_PTRACER, 0, 0, 0, 0) == 0);
	if (argc > 1 && !strcmp(argv[1], "--set-scope"))
		scopes();
	printf("yamacalls: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() != 0;
}
