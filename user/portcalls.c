// SPDX-License-Identifier: MIT
/*
 * portcalls [--ports]
 *
 * ioperm and iopl: who may, and what a thread and its children may touch then. With --ports, for a machine of its own, ports are read:
 * 0x80 and 0x81, which have nothing behind them. A program at ring 0 has all ports anyway, and then only the calls are looked at.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static __thread sigjmp_buf back;

static void on_fault(int sig)
{
	siglongjmp(back, sig);
}

/* Can this thread read the port? */
static int can_read(unsigned short port)
{
	unsigned char value;

	if (sigsetjmp(back, 1))
		return 0;
	__asm__ volatile("inb %1, %0" : "=a"(value) : "d"(port));
	return 1;
}

static long ioperm_(unsigned long from, unsigned long num, int on)
{
	return syscall(SYS_ioperm, from, num, on);
}

static long iopl_(unsigned int level)
{
	return syscall(SYS_iopl, level);
}

static void arguments(void)
{
	pid_t pid;
	int status;

	check_errno(ioperm_(65536, 1, 1), EINVAL);
	check_errno(ioperm_(65535, 2, 1), EINVAL);
	check_errno(ioperm_(0, 0, 1), EINVAL);
	check_errno(ioperm_(-1UL, 2, 0), EINVAL);
	check_errno(iopl_(4), EINVAL);
	check(iopl_(0) == 0 && ioperm_(0, 65536, 0) == 0);
	if (geteuid())
		return;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		check(setuid(65534) == 0);
		check_errno(ioperm_(0x80, 1, 1), EPERM);
		check_errno(iopl_(3), EPERM);
		check(ioperm_(0x80, 1, 0) == 0 && iopl_(0) == 0);
		_exit(failures() != 0);
	}
	check(waitpid(pid, &status, 0) == pid && status == 0);
}

static void *thread_takes(void *arg)
{
	/* it began with its maker's, and what it changes is its own */
	check(can_read(0x80) && !can_read(0x81));
	check(ioperm_(0x80, 1, 0) == 0 && ioperm_(0x81, 1, 1) == 0);
	for (int i = 0; i < 1000; i++) {
		check(!can_read(0x80) && can_read(0x81));
		sched_yield();
	}
	return arg;
}

static void ports(void)
{
	struct sigaction sa = { .sa_handler = on_fault };
	pthread_t t;
	pid_t pid;
	int status;

	sigaction(SIGSEGV, &sa, NULL);
	if (can_read(0x80))
		return; /* ring 0 */
	check(ioperm_(0x80, 1, 1) == 0 && can_read(0x80) && !can_read(0x81) && !can_read(0x7f));
	pid = fork();
	if (pid == 0) {
		check(can_read(0x80) && ioperm_(0x80, 1, 0) == 0 && !can_read(0x80));
		_exit(failures() != 0);
	}
	check(waitpid(pid, &status, 0) == pid && status == 0);
	check(can_read(0x80) && pthread_create(&t, NULL, thread_takes, NULL) == 0);
	for (int i = 0; i < 1000; i++) {
		check(can_read(0x80) && !can_read(0x81));
		sched_yield();
	}
	pthread_join(t, NULL);
	check(iopl_(3) == 0 && can_read(0x81) && can_read(0x80));
	check(iopl_(0) == 0 && !can_read(0x81) && can_read(0x80));
	check(ioperm_(0, 65536, 0) == 0 && !can_read(0x80));
	check(ioperm_(0xffff, 1, 1) == 0 && can_read(0xffff) && !can_read(0xfffe) && ioperm_(0xffff, 1, 0) == 0);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	if (argc == 1 && ioperm_(0, 1, 0) && errno == ENOSYS) {
		printf("portcalls: no such calls\n");
		return 0;
	}
	arguments();
	if (argc > 1 && !strcmp(argv[1], "--ports"))
		ports();
	printf("portcalls: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() != 0;
}
