// SPDX-License-Identifier: MIT
/*
 * rseqtest: restartable sequences. Exit status 0 if all is as on Linux. For a C library that registers none itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYS_RSEQ 334
#define SIG	 0x53053053

struct area {
	uint32_t cpu_id_start, cpu_id;
	uint64_t cs;
	uint32_t flags, node_id, more[2];
} __attribute__((aligned(32)));

static struct area area = { .cpu_id = -1U }, second;
static int failures;

#define CHECK(cond)                                                                                                    \
	do {                                                                                                           \
		if (!(cond)) {                                                                                         \
			printf("rseqtest: line %d: %s (errno %d)\n", __LINE__, #cond, errno);                              \
			failures++;                                                                                    \
		}                                                                                                      \
	} while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static long rseq(void *a, unsigned int len, int flags, unsigned int sig)
{
	return syscall(SYS_RSEQ, a, len, flags, sig);
}

/* A sequence that never commits: it ends only by being aborted. */
static void spin_until_aborted(void)
{
	__asm__ volatile(".pushsection sequences, \"aw\"\n"
			 ".balign 32\n"
			 "3: .long 0, 0\n"
			 ".quad 1f, 2f - 1f, 4f\n"
			 ".popsection\n"
			 "leaq 3b(%%rip), %%rax\n"
			 "movq %%rax, %[cs]\n"
			 "1: pause\n"
			 "jmp 1b\n"
			 "2: ud2\n"
			 ".long 0x53053053\n"
			 "4:\n"
			 : [cs] "+m"(area.cs)
			 :
			 : "rax", "memory", "cc");
}

static volatile int signals, done;

static void on_alarm(int sig)
{
	(void)sig;
	signals++;
	CHECK(area.cs == 0);
}

static void *busy(void *arg)
{
	(void)arg;
	FAILS(rseq(&area, 32, 1, SIG), EINVAL); /* a thread begins without one */
	while (!done)
		;
	return NULL;
}

static void on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	CHECK(sched_setaffinity(0, sizeof(set), &set) == 0);
}

static void by_signal(void)
{
	struct itimerval soon = { { 0, 0 }, { 0, 20000 } };

	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &soon, NULL);
	while (!signals)
		spin_until_aborted(); /* a switch may come first */
	CHECK(area.cs == 0);
}

static void by_preemption(void)
{
	pthread_t t;

	pthread_create(&t, NULL, busy, NULL);
	for (int i = 0; i < 5; i++)
		spin_until_aborted();
	done = 1;
	pthread_join(t, NULL);
	CHECK(area.cs == 0);
}

static void ignore(int sig)
{
	(void)sig;
}

static void across_processes(char *me)
{
	pid_t child = fork();
	int status;

	if (!child) {
		CHECK(area.cpu_id < 1024);
		FAILS(rseq(&area, 32, 0, SIG), EBUSY);
		if (!failures)
			execl(me, me, "again", NULL);
		_exit(1);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	/* a handler cannot be entered either, so it is no way out */
	for (int handled = 0; handled < 2; handled++) {
		child = fork();
		if (!child) {
			struct sigaction sa = { .sa_handler = ignore, .sa_flags = SA_NODEFER };

			if (handled)
				sigaction(SIGSEGV, &sa, NULL);
			area.cs = 8; /* nothing is there */
			sched_yield();
			for (;;)
				usleep(1000);
		}
		CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1) { /* after exec none is registered */
		FAILS(rseq(&area, 32, 1, SIG), EINVAL);
		return failures != 0;
	}
	FAILS(rseq(&area, 32, 1, SIG), EINVAL);
	FAILS(rseq(&area, 16, 0, SIG), EINVAL);
	FAILS(rseq((char *)&area + 4, 32, 0, SIG), EINVAL);
	FAILS(rseq(&area, 32, 2, SIG), EINVAL);
	CHECK(rseq(&area, 32, 0, SIG) == 0);
	CHECK(area.cpu_id < 1024 && area.cpu_id_start == area.cpu_id);
	FAILS(rseq(&area, 32, 0, SIG), EBUSY);
	FAILS(rseq(&area, 32, 0, SIG + 1), EPERM);
	FAILS(rseq(&second, 32, 0, SIG), EINVAL);
	FAILS(rseq(&area, 32, 1, SIG + 1), EPERM);
	on_one_cpu();
	CHECK(area.cpu_id == 0 && area.cpu_id_start == 0);
	by_signal();
	by_preemption();
	across_processes(argv[0]);
	CHECK(rseq(&area, 32, 1, SIG) == 0);
	CHECK(area.cpu_id == -1U);
	printf("rseqtest: %s\n", failures ? "FAILED" : "ok");
	return failures != 0;
}
