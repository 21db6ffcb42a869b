// SPDX-License-Identifier: MIT
/*
 * Timers as a program sees them: interval timers, timer_create and its signals and overruns, CPU clocks, sleeping on each
 * clock, the limit of CPU time. Every case has one right answer, the same on Linux.
 *
 *	timercalls
 *
 * Prints a line for each check that failed; exit status 0 or 1.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define CHECK(cond)                                                                                                    \
	do {                                                                                                           \
		if (!(cond))                                                                                           \
			fail("%s (errno %d)", #cond, errno);                                                           \
	} while (0)

/* the kernel's own interface: numbers for timers, and errors that a library may turn into others */
typedef int ktimer_t;

static int ktimer_create(clockid_t clock, struct sigevent *event, ktimer_t *id)
{
	return syscall(SYS_timer_create, clock, event, id);
}

static int ktimer_settime(ktimer_t id, int flags, const struct itimerspec *new, struct itimerspec *old)
{
	return syscall(SYS_timer_settime, id, flags, new, old);
}

static int ktimer_gettime(ktimer_t id, struct itimerspec *it)
{
	return syscall(SYS_timer_gettime, id, it);
}

static int ktimer_getoverrun(ktimer_t id)
{
	return syscall(SYS_timer_getoverrun, id);
}

static int ktimer_delete(ktimer_t id)
{
	return syscall(SYS_timer_delete, id);
}

static long long ns_of(struct timespec ts)
{
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static struct timespec ts_of(long long ns)
{
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

static long long clock_ns(clockid_t clock)
{
	struct timespec ts = { 0 };

	if (clock_gettime(clock, &ts))
		fail("clock %d: errno %d", clock, errno);
	return ns_of(ts);
}

static void sleep_ms(int ms)
{
	struct timespec ts = ts_of(ms * 1000000LL);

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static void burn_ms(int ms)
{
	long long end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + ms * 1000000LL;

	while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < end)
		for (volatile int i = 0; i < 10000; i++)
			;
}

static volatile sig_atomic_t count;
static siginfo_t last;

static void counter(int sig, siginfo_t *info, void *context)
{
	last = *info;
	count++;
}

static void handle(int sig)
{
	struct sigaction sa = { .sa_sigaction = counter, .sa_flags = SA_SIGINFO | SA_RESTART };

	count = 0;
	sigaction(sig, &sa, NULL);
}

static sigset_t set_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

/* ---- interval timers ---- */

static void real_timer(void)
{
	struct itimerval it = { { 0, 5000 }, { 0, 20000 } }, old;
	double start;

	handle(SIGALRM);
	start = now();
	CHECK(setitimer(ITIMER_REAL, &it, NULL) == 0);
	CHECK(getitimer(ITIMER_REAL, &old) == 0);
	CHECK(old.it_interval.tv_usec == 5000 && old.it_value.tv_sec == 0 && old.it_value.tv_usec <= 20000 && old.it_value.tv_usec > 0);
	while (count < 5 && now() - start < 5)
		pause();
	CHECK(count >= 5 && now() - start > 0.039);
	CHECK(last.si_signo == SIGALRM && last.si_code == SI_KERNEL);
	memset(&it, 0, sizeof(it));
	CHECK(setitimer(ITIMER_REAL, &it, &old) == 0 && old.it_interval.tv_usec == 5000);
	count = 0;
	sleep_ms(20);
	CHECK(count == 0);
	memset(&it, 0, sizeof(it));
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK(alarm(100) == 0);
	CHECK(alarm(0) == 100);
	CHECK(getitimer(ITIMER_REAL, &old) == 0 && old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0);
	it.it_value.tv_usec = 1000000;
	CHECK(setitimer(ITIMER_REAL, &it, NULL) == -1 && errno == EINVAL);
	CHECK(setitimer(17, NULL, NULL) == -1 && errno == EINVAL);
	CHECK(getitimer(-1, &old) == -1 && errno == EINVAL);
}

static void cpu_itimers(void)
{
	static const struct {
		int which, sig;
	} kinds[] = { { ITIMER_VIRTUAL, SIGVTALRM }, { ITIMER_PROF, SIGPROF } };

	for (int i = 0; i < 2; i++) {
		struct itimerval it = { { 0, 20000 }, { 0, 20000 } }, old;
		double start = now();

		handle(kinds[i].sig);
		CHECK(setitimer(kinds[i].which, &it, NULL) == 0);
		sleep_ms(60);
		CHECK(count == 0); /* sleeping takes no CPU time */
		while (count < 3 && now() - start < 20)
			for (volatile int j = 0; j < 10000; j++)
				;
		CHECK(count >= 3);
		CHECK(last.si_code == SI_KERNEL);
		CHECK(getitimer(kinds[i].which, &old) == 0 && old.it_interval.tv_usec == 20000);
		memset(&it, 0, sizeof(it));
		CHECK(setitimer(kinds[i].which, &it, &old) == 0 && old.it_value.tv_usec <= 20000);
		signal(kinds[i].sig, SIG_DFL);
	}
}

/* ---- timer_create ---- */

static void one_shot(clockid_t clock)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 4711 };
	struct itimerspec it = { .it_value = ts_of(10000000) }, got;
	ktimer_t id;
	double start = now();

	handle(SIGRTMIN + 1);
	CHECK(ktimer_create(clock, &event, &id) == 0);
	CHECK(ktimer_gettime(id, &got) == 0 && !ns_of(got.it_value) && !ns_of(got.it_interval));
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	CHECK(ktimer_gettime(id, &got) == 0 && ns_of(got.it_value) > 0 && ns_of(got.it_value) <= 10000000);
	while (!count && now() - start < 5)
		sleep_ms(1);
	CHECK(count == 1 && now() - start >= 0.0099);
	CHECK(last.si_code == SI_TIMER && last.si_signo == SIGRTMIN + 1 && last.si_value.sival_int == 4711);
	CHECK(last.si_timerid == id && last.si_overrun == 0);
	CHECK(ktimer_gettime(id, &got) == 0 && !ns_of(got.it_value));
	/* absolute, in the past: at once */
	it.it_value = ts_of(clock_ns(clock) - 1000000);
	count = 0;
	CHECK(ktimer_settime(id, TIMER_ABSTIME, &it, NULL) == 0);
	for (start = now(); !count && now() - start < 5;)
		sleep_ms(1);
	CHECK(count == 1);
	it.it_value = ts_of(clock_ns(clock) + 5000000);
	count = 0;
	start = now();
	CHECK(ktimer_settime(id, TIMER_ABSTIME, &it, NULL) == 0);
	while (!count && now() - start < 5)
		sleep_ms(1);
	CHECK(count == 1 && now() - start >= 0.0049);
	/* set and taken back */
	it.it_value = ts_of(5000000000);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	it.it_value = ts_of(0);
	CHECK(ktimer_settime(id, 0, &it, &got) == 0 && ns_of(got.it_value) > 4000000000 && ns_of(got.it_value) <= 5000000000);
	CHECK(ktimer_delete(id) == 0);
	CHECK(ktimer_delete(id) == -1 && errno == EINVAL);
	CHECK(ktimer_gettime(id, &got) == -1 && errno == EINVAL);
	CHECK(ktimer_settime(id, 0, &it, NULL) == -1 && errno == EINVAL);
	CHECK(ktimer_getoverrun(id) == -1 && errno == EINVAL);
}

static void overruns(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 2 };
	struct itimerspec it = { .it_value = ts_of(1000000), .it_interval = ts_of(1000000) };
	sigset_t set = set_of(SIGRTMIN + 2), pending;
	siginfo_t info;
	ktimer_t id;

	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK(ktimer_create(CLOCK_MONOTONIC, &event, &id) == 0);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	sleep_ms(50);
	/* one signal for all of them */
	CHECK(sigwaitinfo(&set, &info) == SIGRTMIN + 2);
	CHECK(info.si_code == SI_TIMER && info.si_overrun >= 45 && info.si_overrun < 5000);
	CHECK(ktimer_getoverrun(id) == info.si_overrun);
	CHECK(sigwaitinfo(&set, &info) == SIGRTMIN + 2 && info.si_overrun < 1000);
	/* a tiny interval does not take the machine */
	it.it_interval = ts_of(1);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	sleep_ms(20);
	CHECK(sigwaitinfo(&set, &info) == SIGRTMIN + 2 && info.si_overrun > 100000);
	it.it_value = it.it_interval = ts_of(0);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	while (sigtimedwait(&set, &info, &(struct timespec){ 0, 0 }) > 0)
		;
	CHECK(ktimer_delete(id) == 0);
	/* deleted while its signal is pending */
	CHECK(ktimer_create(CLOCK_MONOTONIC, &event, &id) == 0);
	it.it_value = ts_of(1000000);
	it.it_interval = ts_of(1000000);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	sleep_ms(10);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGRTMIN + 2));
	CHECK(ktimer_delete(id) == 0);
	while (sigtimedwait(&set, &info, &(struct timespec){ 0, 0 }) > 0)
		;
	sleep_ms(5);
	CHECK(sigtimedwait(&set, &info, &(struct timespec){ 0, 0 }) == -1 && errno == EAGAIN);
	/* ignored while it runs */
	signal(SIGRTMIN + 2, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK(ktimer_create(CLOCK_MONOTONIC, &event, &id) == 0);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	sleep_ms(20);
	handle(SIGRTMIN + 2);
	for (double start = now(); !count && now() - start < 5;)
		sleep_ms(1);
	CHECK(count > 0);
	CHECK(ktimer_delete(id) == 0);
}

static pid_t taker;
static volatile int handled_by;

static void note_thread(int sig)
{
	handled_by = gettid();
}

static void *take(void *arg)
{
	taker = gettid();
	for (double start = now(); !handled_by && now() - start < 5;)
		sleep_ms(1);
	return NULL;
}

static void notices(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct itimerspec it = { .it_value = ts_of(5000000), .it_interval = ts_of(7000000) }, got;
	struct sigaction sa = { .sa_handler = note_thread };
	pthread_t thread;
	ktimer_t id, other;

	/* no signal, only a time to ask for */
	CHECK(ktimer_create(CLOCK_MONOTONIC, &event, &id) == 0);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	sleep_ms(20);
	CHECK(ktimer_gettime(id, &got) == 0 && ns_of(got.it_value) > 0 && ns_of(got.it_value) <= 7000000);
	CHECK(ns_of(got.it_interval) == 7000000);
	CHECK(ktimer_delete(id) == 0);
	/* to one thread */
	sigaction(SIGRTMIN + 3, &sa, NULL);
	pthread_create(&thread, NULL, take, NULL);
	while (!taker)
		sleep_ms(1);
	event = (struct sigevent){ .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 3 };
	event.sigev_notify_thread_id = taker;
	CHECK(ktimer_create(CLOCK_MONOTONIC, &event, &id) == 0);
	it.it_interval = ts_of(0);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	pthread_join(thread, NULL);
	CHECK(handled_by == taker);
	CHECK(ktimer_delete(id) == 0);
	/* the standard: SIGALRM with the timer's number */
	handle(SIGALRM);
	CHECK(ktimer_create(CLOCK_REALTIME, NULL, &id) == 0);
	CHECK(ktimer_create(CLOCK_REALTIME, NULL, &other) == 0 && other != id);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	for (double start = now(); !count && now() - start < 5;)
		sleep_ms(1);
	CHECK(last.si_value.sival_int == id && last.si_signo == SIGALRM);
	CHECK(ktimer_delete(id) == 0 && ktimer_delete(other) == 0);
	/* what is refused */
	event = (struct sigevent){ .sigev_notify = 99, .sigev_signo = SIGALRM };
	CHECK(ktimer_create(CLOCK_MONOTONIC, &event, &id) == -1 && errno == EINVAL);
	event = (struct sigevent){ .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65 };
	CHECK(ktimer_create(CLOCK_MONOTONIC, &event, &id) == -1 && errno == EINVAL);
	event.sigev_signo = 0;
	CHECK(ktimer_create(CLOCK_MONOTONIC, &event, &id) == -1 && errno == EINVAL);
	event = (struct sigevent){ .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM };
	event.sigev_notify_thread_id = 1; /* not a thread of this process */
	CHECK(getpid() == 1 || (ktimer_create(CLOCK_MONOTONIC, &event, &id) == -1 && errno == EINVAL));
	CHECK(ktimer_create(9999, NULL, &id) == -1 && errno == EINVAL);
	CHECK(ktimer_create(CLOCK_MONOTONIC_COARSE, NULL, &id) == -1 && errno == EOPNOTSUPP);
	CHECK(ktimer_create(CLOCK_MONOTONIC, NULL, (void *)8) == -1 && errno == EFAULT);
	CHECK(ktimer_settime(12345, 0, &it, NULL) == -1 && errno == EINVAL);
}

/* Timers are the process's own: a child has none, and those of a program end with it. */
static void inherited(void)
{
	struct itimerspec it = { .it_value = ts_of(1000000000) }, got;
	ktimer_t id;
	int status;
	pid_t pid;

	CHECK(ktimer_create(CLOCK_MONOTONIC, NULL, &id) == 0);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	pid = fork();
	if (!pid)
		_exit(ktimer_gettime(id, &got) == -1 && errno == EINVAL && alarm(0) == 0 ? 0 : 1);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(ktimer_delete(id) == 0);
}

/* ---- CPU clocks ---- */

static void *burn(void *arg)
{
	burn_ms(30);
	return NULL;
}

static clockid_t process_clock(pid_t pid)
{
	return (clockid_t)((~(unsigned)pid << 3) | 2);
}

static clockid_t thread_clock(pid_t tid)
{
	return process_clock(tid) | 4;
}

static void cpu_clocks(void)
{
	long long process = clock_ns(CLOCK_PROCESS_CPUTIME_ID), thread = clock_ns(CLOCK_THREAD_CPUTIME_ID), spent;
	struct timespec ts;
	pthread_t t;
	clockid_t id;

	pthread_create(&t, NULL, burn, NULL);
	pthread_join(t, NULL);
	burn_ms(10);
	spent = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - process;
	CHECK(spent >= 40000000 && spent < 20000000000);
	spent = clock_ns(CLOCK_THREAD_CPUTIME_ID) - thread;
	CHECK(spent >= 10000000);
	CHECK(clock_getcpuclockid(getpid(), &id) == 0 && id == process_clock(getpid()));
	CHECK(clock_ns(id) >= process + 40000000);
	CHECK(clock_ns(thread_clock(gettid())) >= thread + 10000000);
	CHECK(clock_ns(process_clock(0)) >= process);
	CHECK(clock_gettime(process_clock(4000000), &ts) == -1 && errno == EINVAL);
	CHECK(clock_gettime(thread_clock(4000000), &ts) == -1 && errno == EINVAL);
	CHECK(clock_gettime(process_clock(getpid()) | 3, &ts) == -1 && errno == EINVAL);
	CHECK(clock_getres(CLOCK_PROCESS_CPUTIME_ID, &ts) == 0 && ns_of(ts) == 1);
	ts = ts_of(0);
	CHECK(clock_settime(process_clock(getpid()), &ts) == -1 && errno == EPERM);
	CHECK(clock_settime(CLOCK_MONOTONIC, &ts) == -1 && errno == EINVAL);
	CHECK(clock_gettime(CLOCK_BOOTTIME, &ts) == 0 && clock_gettime(CLOCK_TAI, &ts) == 0);
}

static void cpu_timer(clockid_t clock)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 4 };
	struct itimerspec it = { .it_value = ts_of(20000000), .it_interval = ts_of(20000000) }, got;
	long long start = clock_ns(clock);
	ktimer_t id;

	handle(SIGRTMIN + 4);
	CHECK(ktimer_create(clock, &event, &id) == 0);
	CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
	sleep_ms(50);
	CHECK(count == 0);
	CHECK(ktimer_gettime(id, &got) == 0 && ns_of(got.it_value) > 0 && ns_of(got.it_value) <= 20000000);
	while (count < 2 && clock_ns(clock) - start < 5000000000)
		for (volatile int i = 0; i < 10000; i++)
			;
	CHECK(count >= 2 && clock_ns(clock) - start >= 40000000);
	CHECK(last.si_code == SI_TIMER);
	CHECK(ktimer_delete(id) == 0);
}

static void *burn_on(void *stop)
{
	while (!*(volatile int *)stop)
		for (volatile int i = 0; i < 1000; i++)
			;
	return NULL;
}

static int interrupted_sleep(clockid_t clock, int flags, struct timespec *ts, struct timespec *rem)
{
	struct itimerval it = { .it_value.tv_usec = 20000 };
	int err;

	setitimer(ITIMER_REAL, &it, NULL);
	err = syscall(SYS_clock_nanosleep, clock, flags, ts, rem) ? errno : 0;
	return err;
}

/* The clocks that wake a machine are for those who may. */
static void alarm_clocks(void)
{
	static const clockid_t clocks[2] = { 8, 9 }; /* CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM */
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct timespec ts = { 0 };
	ktimer_t id;
	pid_t pid;
	int status;

	if (geteuid() || syscall(SYS_timer_create, clocks[0], &event, &id))
		return; /* no such clock in this machine */
	CHECK(!ktimer_delete(id));
	for (int i = 0; i < 2; i++) {
		CHECK(!clock_getres(clocks[i], &ts) && ns_of(ts) == 1);
		one_shot(clocks[i]);
		ts = ts_of(clock_ns(clocks[i]) + 20000000);
		CHECK(!syscall(SYS_clock_nanosleep, clocks[i], TIMER_ABSTIME, &ts, NULL));
		CHECK(syscall(SYS_clock_nanosleep, clocks[i], 4, &ts, NULL) == -1 && errno == EINVAL);
	}
	pid = fork();
	if (!pid) {
		CHECK(!setuid(65534));
		for (int i = 0; i < 2; i++) {
			CHECK(syscall(SYS_timer_create, clocks[i], &event, &id) == -1 && errno == EPERM);
			CHECK(syscall(SYS_clock_nanosleep, clocks[i], 0, &ts, NULL) == -1 && errno == EPERM);
			CHECK(clock_ns(clocks[i]) > 0);
		}
		_exit(failures() ? 1 : 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && !status);
}

static void sleeping(void)
{
	struct sigaction sa = { .sa_sigaction = counter, .sa_flags = SA_SIGINFO };
	struct timespec ts = ts_of(50000000), rem;
	long long start;
	pthread_t t;
	int stop = 0;

	for (int clock = 0; clock < 2; clock++) {
		start = clock_ns(clock);
		ts = ts_of(start + 30000000);
		CHECK(clock_nanosleep(clock, TIMER_ABSTIME, &ts, NULL) == 0 && clock_ns(clock) - start >= 30000000);
	}
	sigaction(SIGALRM, &sa, NULL);
	/* EINTR although nothing else is wrong, and what was left */
	ts = ts_of(10000000000);
	CHECK(interrupted_sleep(CLOCK_MONOTONIC, 0, &ts, &rem) == EINTR);
	CHECK(ns_of(rem) > 9000000000 && ns_of(rem) < 9990000000);
	ts = ts_of(clock_ns(CLOCK_REALTIME) + 10000000000);
	CHECK(interrupted_sleep(CLOCK_REALTIME, TIMER_ABSTIME, &ts, NULL) == EINTR);
	/* a clock that runs only while another thread does */
	pthread_create(&t, NULL, burn_on, &stop);
	start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	ts = ts_of(40000000);
	CHECK(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &ts, NULL) == 0);
	CHECK(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start >= 40000000);
	ts = ts_of(10000000000);
	CHECK(interrupted_sleep(CLOCK_PROCESS_CPUTIME_ID, 0, &ts, &rem) == EINTR && ns_of(rem) < 10000000000);
	stop = 1;
	pthread_join(t, NULL);
	CHECK(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC_COARSE, 0, &ts, NULL) == -1 && errno == EOPNOTSUPP);
	CHECK(syscall(SYS_clock_nanosleep, 777, 0, &ts, NULL) == -1 && errno == EINVAL);
	ts.tv_nsec = 1000000000;
	CHECK(nanosleep(&ts, NULL) == -1 && errno == EINVAL);
	/* as long as it gets: at least it does not return at once */
	ts = (struct timespec){ LONG_MAX, 0 };
	CHECK(interrupted_sleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR);
	CHECK(interrupted_sleep(CLOCK_MONOTONIC, 0, &ts, NULL) == EINTR);
}

/* ---- limits and sums ---- */

static void cpu_limit(void)
{
	struct rlimit lim = { 1, 2 };
	int status;
	pid_t pid = fork();

	if (!pid) {
		handle(SIGXCPU);
		setrlimit(RLIMIT_CPU, &lim);
		while (!count)
			;
		if (clock_ns(CLOCK_PROCESS_CPUTIME_ID) < 200000000) /* Linux counts ticks */
			_exit(1);
		for (;;)
			; /* SIGKILL at the hard limit */
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	pid = fork();
	if (!pid) {
		setrlimit(RLIMIT_CPU, &lim);
		for (;;)
			;
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU && !WCOREDUMP(status));
}

static void process_times(void)
{
	struct tms before, after;
	clock_t start = times(&before), end;
	pid_t pid;

	CHECK(start != (clock_t)-1);
	burn_ms(60);
	pid = fork();
	if (!pid) {
		burn_ms(80);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	end = times(&after);
	CHECK(end - start >= 13);
	CHECK(after.tms_utime + after.tms_stime - before.tms_utime - before.tms_stime >= 5);
	CHECK(after.tms_cutime + after.tms_cstime - before.tms_cutime - before.tms_cstime >= 7);
}

/* Setting, expiry and deletion from several threads at once. */
static void *churn(void *arg)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 5 };
	struct itimerspec it = { .it_value = ts_of(50000), .it_interval = ts_of(30000) };
	ktimer_t id;

	for (int i = 0; i < 300; i++) {
		if (ktimer_create(i % 3 ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &event, &id)) {
			fail("timer_create: errno %d", errno);
			break;
		}
		CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
		if (i % 4 == 0)
			sleep_ms(1);
		CHECK(ktimer_settime(id, 0, &it, NULL) == 0);
		CHECK(ktimer_delete(id) == 0);
	}
	return NULL;
}

static void concurrent(void)
{
	pthread_t t[4];

	handle(SIGRTMIN + 5);
	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, churn, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK(count > 0);
}

/* Each timer takes one of the user's queued signals. */
static void timer_limit(void)
{
	struct rlimit lim, old;
	ktimer_t id[64];
	int n = 0;

	getrlimit(RLIMIT_SIGPENDING, &old);
	lim = (struct rlimit){ 0, old.rlim_max };
	CHECK(setrlimit(RLIMIT_SIGPENDING, &lim) == 0);
	CHECK(ktimer_create(CLOCK_MONOTONIC, NULL, &id[0]) == -1 && errno == EAGAIN);
	CHECK(setrlimit(RLIMIT_SIGPENDING, &old) == 0);
	for (n = 0; n < 64; n++)
		CHECK(ktimer_create(CLOCK_MONOTONIC, NULL, &id[n]) == 0);
	while (n--)
		CHECK(ktimer_delete(id[n]) == 0);
}

int main(void)
{
	real_timer();
	cpu_itimers();
	one_shot(CLOCK_REALTIME);
	one_shot(CLOCK_MONOTONIC);
	one_shot(CLOCK_BOOTTIME);
	overruns();
	notices();
	inherited();
	cpu_clocks();
	cpu_timer(CLOCK_PROCESS_CPUTIME_ID);
	cpu_timer(CLOCK_THREAD_CPUTIME_ID);
	cpu_timer(thread_clock(gettid()));
	sleeping();
	alarm_clocks();
	concurrent();
	timer_limit();
	process_times();
	cpu_limit();
	if (!failures())
		printf("timercalls: all well\n");
	return failures() ? 1 : 0;
}
