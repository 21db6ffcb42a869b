// SPDX-License-Identifier: MIT
/*
 * clockset --set-clock
 *
 * Everything that waits for a time of the wall clock follows when that is set: absolute sleeps, futexes,
 * message queues, POSIX timers; what waits for a duration does not. It sets the clock, and so runs in a machine of its own only: without
 * the word it does nothing.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define AHEAD 1000 /* seconds that everybody is to wait, if nobody sets the clock */

static struct timespec in_seconds(long seconds)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += seconds;
	return ts;
}

static void set_clock(long seconds)
{
	struct timespec ts = in_seconds(seconds);

	CHECK(!clock_settime(CLOCK_REALTIME, &ts));
}

static struct timespec end;
static atomic_int tids[4];

static void here(int i)
{
	atomic_store(&tids[i], (int)syscall(SYS_gettid));
}

static void *sleeps(void *arg)
{
	(void)arg;
	here(0);
	CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &end, NULL) == 0);
	return NULL;
}

/* The calls and not the library's functions, which may make a duration of the time. */
static void *waits_for_lock(void *arg)
{
	here(1);
	FAILS(syscall(SYS_futex, arg, 6, 0, &end), ETIMEDOUT); /* FUTEX_LOCK_PI */
	return NULL;
}

static void *waits_for_futex(void *arg)
{
	int word = 1;

	(void)arg;
	here(2);
	FAILS(syscall(SYS_futex, &word, 9 | 256, 1, &end, NULL, -1), ETIMEDOUT); /* FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME */
	return NULL;
}

static void *receives(void *arg)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 16 };
	mqd_t mq = mq_open("/clockset", O_RDWR | O_CREAT, 0600, &attr);
	char buf[16];

	(void)arg;
	CHECK(mq != (mqd_t)-1);
	mq_unlink("/clockset");
	here(3);
	FAILS(mq_timedreceive(mq, buf, sizeof(buf), NULL, &end), ETIMEDOUT);
	CHECK(mq_send(mq, "full", 4, 0) == 0);
	FAILS(mq_timedsend(mq, "more", 4, 0, &end), ETIMEDOUT);
	mq_close(mq);
	return NULL;
}

/* In most runs they wait by the time the clock is set; those that do not yet see it set. */
static void everybody_wakes(void)
{
	void *(*const mains[4])(void *) = { sleeps, waits_for_lock, waits_for_futex, receives };
	struct timespec moment = { .tv_nsec = 50000000 };
	int lock = (int)syscall(SYS_gettid); /* as its owner */
	pthread_t threads[4];

	end = in_seconds(AHEAD);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, mains[i], &lock));
	for (int i = 0; i < 4; i++)
		while (!atomic_load(&tids[i]))
			sched_yield();
	nanosleep(&moment, NULL);
	set_clock(AHEAD / 2); /* all are woken, none has an end */
	nanosleep(&moment, NULL);
	set_clock(AHEAD);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_join(threads[i], NULL));
	set_clock(-AHEAD - AHEAD / 2);
}

static long left(int id)
{
	struct itimerspec it;

	CHECK(syscall(SYS_timer_gettime, id, &it) == 0);
	return it.it_value.tv_sec;
}

static void timers(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec it = { .it_interval.tv_sec = 100 };
	siginfo_t info;
	sigset_t set;
	int absolute, relative;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK(syscall(SYS_timer_create, CLOCK_REALTIME, &event, &absolute) == 0);
	CHECK(syscall(SYS_timer_create, CLOCK_REALTIME, &event, &relative) == 0);
	it.it_value = in_seconds(AHEAD);
	CHECK(syscall(SYS_timer_settime, absolute, TIMER_ABSTIME, &it, NULL) == 0);
	it.it_value = (struct timespec){ .tv_sec = AHEAD };
	CHECK(syscall(SYS_timer_settime, relative, 0, &it, NULL) == 0);
	set_clock(-AHEAD);
	CHECK(left(absolute) > AHEAD + AHEAD / 2 && left(relative) <= AHEAD);
	set_clock(2 * AHEAD + 250); /* two and a half intervals late */
	CHECK(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_timerid == absolute && info.si_overrun == 2);
	CHECK(left(absolute) <= 100 && left(relative) > AHEAD / 2);
	set_clock(-AHEAD - 250);
	CHECK(left(absolute) > 100);
	CHECK(syscall(SYS_timer_delete, absolute) == 0 && syscall(SYS_timer_delete, relative) == 0);
}

int main(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "--set-clock")) {
		printf("clockset: not asked to set the clock\n");
		return 0;
	}
	everybody_wakes();
	timers();
	printf("clockset: all as expected\n");
	return 0;
}
