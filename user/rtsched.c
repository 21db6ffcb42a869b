// SPDX-License-Identifier: MIT
/*
 * Real-time scheduling on one CPU: a higher priority runs first, SCHED_FIFO keeps the CPU from its equals, SCHED_RR shares it, a yield goes
 * to the tail, SCHED_IDLE gets what is left, and a real-time loop leaves something for others. Needs root; the same on Linux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_int stop, go;
static atomic_long count[4];
static int failed;

/* The library's own functions may be stubs. */
static int set_policy(int policy, int prio)
{
	return (int)syscall(SYS_sched_setscheduler, 0, policy, &prio);
}

static void check(int ok, const char *what)
{
	if (ok)
		return;
	printf("rtsched: %s (%ld %ld %ld, %s)\n", what, count[0], count[1], count[2], strerror(errno));
	failed = 1;
}

static void nap(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts))
		;
}

struct loop {
	int policy, prio, slot, yields;
};

static void *run(void *arg)
{
	struct loop *loop = arg;

	if (set_policy(loop->policy, loop->prio))
		check(0, "a policy was refused");
	while (!go)
		nap(1);
	while (!stop) {
		count[loop->slot]++;
		if (loop->yields)
			sched_yield();
	}
	return NULL;
}

/* Lets the loops run for a time; this thread is more important than all. */
static void race(struct loop *loops, int n, long ms)
{
	pthread_t threads[3];

	stop = go = 0;
	for (int i = 0; i < 3; i++)
		count[i] = 0;
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, run, &loops[i]))
			check(0, "pthread_create");
	nap(30);
	go = 1;
	nap(ms);
	stop = 1;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

int main(void)
{
	struct loop two[] = { { SCHED_FIFO, 20, 0, 0 }, { SCHED_FIFO, 10, 1, 0 } };
	struct loop equal[] = { { SCHED_FIFO, 10, 0, 0 }, { SCHED_FIFO, 10, 1, 0 } };
	struct loop yielding[] = { { SCHED_FIFO, 10, 0, 1 }, { SCHED_FIFO, 10, 1, 1 } };
	struct loop robin[] = { { SCHED_RR, 10, 0, 0 }, { SCHED_RR, 10, 1, 0 } };
	struct loop other[] = { { SCHED_FIFO, 10, 0, 0 }, { SCHED_OTHER, 0, 1, 0 } };
	struct loop idle[] = { { SCHED_OTHER, 0, 0, 0 }, { SCHED_IDLE, 0, 1, 0 } };
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu) || set_policy(SCHED_FIFO, 50))
		return perror("rtsched: without a real-time policy there is nothing to test"), 1;
	race(two, 2, 300);
	check(count[0] > 1000 && count[1] < count[0] / 50, "a lower priority ran beside a higher one");
	race(equal, 2, 300);
	check(count[0] > 1000 ? count[1] < count[0] / 50 : count[0] < count[1] / 50, "SCHED_FIFO gave way to an equal");
	race(yielding, 2, 300);
	check(count[0] && count[1] && count[0] < count[1] * 2 + 10 && count[1] < count[0] * 2 + 10, "yields do not alternate");
	race(robin, 2, 800);
	check(count[0] > count[1] / 8 && count[1] > count[0] / 8, "SCHED_RR does not share");
	race(other, 2, 2500);
	check(count[1] > 100, "a real-time loop left nothing for others");
	check(count[0] > count[1] * 3, "a real-time loop got too little");
	race(idle, 2, 600);
	check(count[0] > count[1] * 5, "SCHED_IDLE got too much");
	puts(failed ? "rtsched: FAILED" : "rtsched: passed");
	return failed;
}
