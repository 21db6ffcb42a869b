// SPDX-License-Identifier: MIT
/*
 * tasktest [--threads N] [--rounds N]
 *
 * Threads, locks, time and signals as a program sees them: every case has one right answer, the
 * same on Linux. Registers and the red zone below the stack pointer are watched while other
 * threads preempt and signals arrive.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond))                                                                       \
			fail("%s (errno %d)", #cond, errno);                                       \
	} while (0)

static int threads = 6, rounds = 1;

static long long ns_now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* ---- threads and their locks ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static long guarded, pair[2];
static int turn;
static _Thread_local long mine = 7;

static void *count_up(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		pthread_mutex_lock(&mutex);
		guarded++;
		pthread_mutex_unlock(&mutex);
		mine++;
	}
	return (void *)mine;
}

static void *take_turns(void *arg)
{
	int me = (int)(intptr_t)arg;

	for (int i = 0; i < 300; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != me)
			pthread_cond_wait(&cond, &mutex);
		turn = (turn + 1) % threads;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *read_write(void *arg)
{
	int me = (int)(intptr_t)arg;

	for (int i = 0; i < 3000; i++) {
		if (i % 8 == me % 8) {
			pthread_rwlock_wrlock(&rwlock);
			pair[0]++;
			pair[1]++;
			pthread_rwlock_unlock(&rwlock);
		} else {
			pthread_rwlock_rdlock(&rwlock);
			CHECK(pair[0] == pair[1]);
			pthread_rwlock_unlock(&rwlock);
		}
	}
	return NULL;
}

static void *meet(void *arg)
{
	atomic_int *arrived = arg;

	for (int i = 0; i < 100; i++) {
		atomic_fetch_add(arrived, 1);
		pthread_barrier_wait(&barrier);
		CHECK(atomic_load(arrived) >= (i + 1) * threads);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void run_threads(void *(*fn)(void *), void *arg, long expect)
{
	pthread_t t[64];

	for (int i = 0; i < threads; i++)
		CHECK(!pthread_create(&t[i], NULL, fn, arg ? arg : (void *)(intptr_t)i));
	for (int i = 0; i < threads; i++) {
		void *ret;

		CHECK(!pthread_join(t[i], &ret));
		CHECK((long)ret == expect);
	}
}

static void test_locks(void)
{
	atomic_int arrived = 0;

	guarded = 0;
	run_threads(count_up, NULL, 20007);
	CHECK(guarded == 20000L * threads);
	turn = 0;
	run_threads(take_turns, NULL, 0);
	run_threads(read_write, NULL, 0);
	CHECK(pair[0] == pair[1]);
	pthread_barrier_init(&barrier, NULL, (unsigned)threads);
	run_threads(meet, &arrived, 0);
	CHECK(arrived == 100 * threads);
}

static void *come_and_go(void *arg)
{
	return arg;
}

static void test_create_join(void)
{
	for (int i = 0; i < 500; i++) {
		pthread_t t;
		void *ret;

		CHECK(!pthread_create(&t, NULL, come_and_go, (void *)(intptr_t)i));
		CHECK(!pthread_join(t, &ret) && (intptr_t)ret == i);
	}
}

static pthread_mutex_t robust;

static void *die_with_lock(void *arg)
{
	CHECK(!pthread_mutex_lock(&robust));
	return NULL;
}

static void test_robust(void)
{
	pthread_mutexattr_t attr;
	pthread_t t;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attr);
	CHECK(!pthread_create(&t, NULL, die_with_lock, NULL));
	pthread_join(t, NULL);
	CHECK(pthread_mutex_lock(&robust) == EOWNERDEAD);
	CHECK(!pthread_mutex_consistent(&robust));
	CHECK(!pthread_mutex_unlock(&robust));
	CHECK(!pthread_mutex_lock(&robust));
	pthread_mutex_unlock(&robust);
}

static void test_timed_waits(void)
{
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	struct timespec ts;
	long long start = ns_now(CLOCK_REALTIME);

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += 20000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&m);
	CHECK(pthread_cond_timedwait(&c, &m, &ts) == ETIMEDOUT);
	CHECK(ns_now(CLOCK_REALTIME) - start >= 20000000);
	CHECK(pthread_mutex_timedlock(&m, &ts) == ETIMEDOUT);
	pthread_mutex_unlock(&m);
	start = ns_now(CLOCK_MONOTONIC);
	sleep_ms(15);
	CHECK(ns_now(CLOCK_MONOTONIC) - start >= 15000000);
	ts = (struct timespec){ 0, 1 }; /* long past */
	CHECK(!clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL));
}

/* ---- futex operations that libraries seldom use ---- */

static uint32_t word1, word2;
static atomic_int woken;

static long futex(uint32_t *uaddr, int op, uint32_t val, long val2, uint32_t *uaddr2, uint32_t val3)
{
	return syscall(SYS_futex, uaddr, op, val, val2, uaddr2, val3);
}

static void *futex_waiter(void *arg)
{
	while (futex(&word1, 0, 0, 0, NULL, 0) && errno == EINTR)
		;
	atomic_fetch_add(&woken, 1);
	return NULL;
}

static void test_futex(void)
{
	struct timespec ts = { 0, 10000000 };
	pthread_t t[6];

	word1 = word2 = 0;
	woken = 0;
	CHECK(futex(&word1, 0, 1, 0, NULL, 0) == -1 && errno == EAGAIN);
	CHECK(futex(&word1, 0, 0, (long)&ts, NULL, 0) == -1 && errno == ETIMEDOUT);
	CHECK(futex(&word1, 9, 0, (long)&ts, NULL, 0) == -1 && errno == EINVAL);
	CHECK(futex((uint32_t *)((char *)&word1 + 1), 1, 1, 0, NULL, 0) == -1 && errno == EINVAL);
	for (int i = 0; i < 6; i++)
		CHECK(!pthread_create(&t[i], NULL, futex_waiter, NULL));
	/* all six asleep on word1: wake one, move two, and find the rest where they were */
	while (futex(&word1, 3 /* REQUEUE */, 0, 6, &word1, 0) < 6)
		sched_yield();
	CHECK(futex(&word1, 4 /* CMP_REQUEUE */, 1, 2, &word2, 5) == -1 && errno == EAGAIN);
	CHECK(futex(&word1, 4, 1, 2, &word2, 0) == 3);
	CHECK(futex(&word2, 1, 100, 0, NULL, 0) == 2);
	/* WAKE_OP: *word2 becomes 5; it was 0, so one of word2's (none) and two of word1's */
	CHECK(futex(&word1, 5, 2, 1, &word2, 0u << 28 | 0u << 24 | 5u << 12 | 0) == 2);
	CHECK(word2 == 5);
	CHECK(futex(&word1, 1, 100, 0, NULL, 0) == 1);
	for (int i = 0; i < 6; i++)
		pthread_join(t[i], NULL);
	CHECK(woken == 6);
}

/* ---- signals ---- */

static volatile sig_atomic_t caught, caught_in_handler, on_altstack;
static volatile uintptr_t fault_address;
static sigjmp_buf env;
static char *altstack;

static void note(int sig)
{
	caught = sig;
}

static void handle(int sig, void (*fn)(int), int flags)
{
	struct sigaction sa = { .sa_flags = flags };

	sa.sa_handler = fn;
	sigemptyset(&sa.sa_mask);
	CHECK(!sigaction(sig, &sa, NULL));
}

static void nested(int sig)
{
	sigset_t set;

	raise(SIGUSR2); /* not blocked: comes at once */
	caught_in_handler = caught;
	sigprocmask(SIG_BLOCK, NULL, &set);
	CHECK(sigismember(&set, SIGUSR1));
	CHECK(!sigismember(&set, SIGUSR2));
	caught = sig;
}

static void fault(int sig, siginfo_t *info, void *ucontext)
{
	char here;

	fault_address = (uintptr_t)info->si_addr;
	on_altstack = &here >= altstack && &here < altstack + 65536;
	siglongjmp(env, sig);
}

static int recurse(volatile char *below, int depth)
{
	volatile char frame[4096];

	frame[0] = (char)depth;
	return depth > 100000 ? 0 : recurse(frame, depth + 1) + frame[0];
}

static void test_signals(void)
{
	sigset_t set, old, pending;
	siginfo_t info;
	struct timespec ts = { 0, 0 };

	handle(SIGUSR1, note, 0);
	handle(SIGUSR2, note, 0);
	caught = 0;
	raise(SIGUSR1);
	CHECK(caught == SIGUSR1);
	kill(getpid(), SIGUSR2);
	CHECK(caught == SIGUSR2);

	handle(SIGUSR1, nested, 0);
	raise(SIGUSR1);
	CHECK(caught == SIGUSR1 && caught_in_handler == SIGUSR2);

	/* blocked, pending, taken by hand, delivered when unblocked */
	handle(SIGUSR1, note, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	caught = 0;
	raise(SIGUSR1);
	CHECK(!caught);
	sigpending(&pending);
	CHECK(sigismember(&pending, SIGUSR1));
	CHECK(sigtimedwait(&set, &info, &ts) == SIGUSR1 && info.si_pid == getpid());
	CHECK(sigtimedwait(&set, &info, &ts) == -1 && errno == EAGAIN);
	raise(SIGUSR1);
	sigprocmask(SIG_SETMASK, &old, NULL);
	CHECK(caught == SIGUSR1);

	/* reset to the default, ignored signals */
	handle(SIGUSR1, note, SA_RESETHAND);
	raise(SIGUSR1);
	{
		struct sigaction now;

		sigaction(SIGUSR1, NULL, &now);
		CHECK(now.sa_handler == SIG_DFL);
	}
	handle(SIGUSR1, SIG_IGN, 0);
	caught = 0;
	raise(SIGUSR1);
	CHECK(!caught);
	CHECK(kill(getpid(), 0) == 0);
	CHECK(kill(getpid(), 65) == -1 && errno == EINVAL);
}

static void test_faults(void)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t ss = { .ss_size = 65536 };
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int sig;

	altstack = ss.ss_sp = malloc(65536);
	CHECK(!sigaltstack(&ss, NULL));
	sa.sa_sigaction = fault;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGFPE, &sa, NULL);
	sigaction(SIGILL, &sa, NULL);
	for (int i = 0; i < 20; i++) {
		sig = sigsetjmp(env, 1);
		if (!sig) {
			*(volatile char *)(page + 5) = 1;
			fail("a write to a read-only page went through");
		}
		CHECK(sig == SIGSEGV && fault_address == (uintptr_t)page + 5 && on_altstack);
	}
	sig = sigsetjmp(env, 1);
	if (!sig) {
		volatile int zero = 0, one = 1;

		one /= zero;
		fail("a division by zero went through");
	}
	CHECK(sig == SIGFPE);
	sig = sigsetjmp(env, 1);
	if (!sig)
		__asm__ volatile("ud2");
	CHECK(sig == SIGILL);
	/* the stack overflows: the handler can only run on the other one */
	sig = sigsetjmp(env, 1);
	if (!sig)
		recurse(NULL, 0);
	CHECK(sig == SIGSEGV && on_altstack);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGFPE, SIG_DFL);
	signal(SIGILL, SIG_DFL);
	ss.ss_flags = SS_DISABLE;
	sigaltstack(&ss, NULL);
	free(altstack);
	munmap(page, 4096);
}

struct interrupter {
	pthread_t target;
	atomic_bool stop;
	int every_us;
};

static void *interrupt(void *arg)
{
	struct interrupter *in = arg;

	while (!atomic_load(&in->stop)) {
		struct timespec ts = { 0, in->every_us * 1000L };

		nanosleep(&ts, NULL);
		pthread_kill(in->target, SIGUSR1);
	}
	return NULL;
}

/* System calls broken off by a handler: EINTR without SA_RESTART, finished with it. */
static void test_restart(void)
{
	struct interrupter in = { .target = pthread_self(), .every_us = 3000 };
	struct timespec ts = { 0, 30000000 }, left;
	long long start;
	pthread_t t;
	int fds[2], n = 0;
	char c;

	CHECK(!pipe(fds));
	handle(SIGUSR1, note, 0);
	pthread_create(&t, NULL, interrupt, &in);
	CHECK(read(fds[0], &c, 1) == -1 && errno == EINTR);
	start = ns_now(CLOCK_MONOTONIC);
	while (nanosleep(&ts, &left) == -1 && errno == EINTR) {
		CHECK(left.tv_nsec < ts.tv_nsec);
		ts = left;
		n++;
	}
	CHECK(n > 0 && ns_now(CLOCK_MONOTONIC) - start >= 30000000);
	handle(SIGUSR1, note, SA_RESTART);
	ts = (struct timespec){ 0, 20000000 };
	CHECK(nanosleep(&ts, &left) == -1 && errno == EINTR); /* never restarted */
	atomic_store(&in.stop, true);
	pthread_join(t, NULL);

	/* nobody interrupts any more; with SA_RESTART the read survives one that comes now */
	caught = 0;
	in.stop = false;
	pthread_create(&t, NULL, interrupt, &in);
	{
		pthread_t writer;
		extern void *late_writer(void *);

		pthread_create(&writer, NULL, late_writer, &fds[1]);
		CHECK(read(fds[0], &c, 1) == 1 && c == 'x');
		pthread_join(writer, NULL);
	}
	atomic_store(&in.stop, true);
	pthread_join(t, NULL);
	CHECK(caught == SIGUSR1);
	close(fds[0]);
	close(fds[1]);
}

void *late_writer(void *arg);
void *late_writer(void *arg)
{
	sleep_ms(20);
	if (write(*(int *)arg, "x", 1) != 1)
		fail("write");
	return NULL;
}

static volatile sig_atomic_t alarms;

static void count_alarm(int sig)
{
	alarms++;
}

static void test_itimer(void)
{
	struct itimerval it = { { 0, 2000 }, { 0, 5000 } }, old;
	long long start = ns_now(CLOCK_MONOTONIC);
	sigset_t none;

	alarms = 0;
	sigemptyset(&none);
	handle(SIGALRM, count_alarm, SA_RESTART);
	CHECK(!setitimer(ITIMER_REAL, &it, NULL));
	while (alarms < 10)
		sigsuspend(&none);
	CHECK(ns_now(CLOCK_MONOTONIC) - start >= 5000000 + 9 * 2000000 - 1000000);
	it.it_value.tv_usec = it.it_interval.tv_usec = 0;
	CHECK(!setitimer(ITIMER_REAL, &it, &old));
	CHECK(old.it_interval.tv_usec == 2000);
	CHECK(alarm(100) == 0);
	CHECK(alarm(0) == 100);
}

/* ---- registers, vector state and the red zone under preemption and signals ---- */

static __attribute__((noinline)) long red_zone_rounds(long n)
{
	long bad = 0;

	/* words below the stack pointer, written and compared without moving it */
	__asm__ volatile("1:\n"
			 "movq %0, -8(%%rsp)\n"
			 "movq %0, -64(%%rsp)\n"
			 "movq %0, -128(%%rsp)\n"
			 "movq %0, %%xmm7\n"
			 "movl $200, %%ecx\n"
			 "2: pause\n"
			 "decl %%ecx\n"
			 "jnz 2b\n"
			 "movq %%xmm7, %%rax\n"
			 "xorq %0, %%rax\n"
			 "orq %%rax, %1\n"
			 "movq -8(%%rsp), %%rax\n"
			 "xorq %0, %%rax\n"
			 "orq %%rax, %1\n"
			 "movq -64(%%rsp), %%rax\n"
			 "xorq %0, %%rax\n"
			 "orq %%rax, %1\n"
			 "movq -128(%%rsp), %%rax\n"
			 "xorq %0, %%rax\n"
			 "orq %%rax, %1\n"
			 "decq %0\n"
			 "jnz 1b\n"
			 : "+r"(n), "+r"(bad)
			 :
			 : "rax", "rcx", "xmm7", "memory", "cc");
	return bad;
}

static void clobber_vectors(int sig)
{
	__asm__ volatile("pxor %%xmm7, %%xmm7\n pcmpeqd %%xmm0, %%xmm0" : : : "xmm0", "xmm7");
	caught = sig;
}

static void *compute(void *arg)
{
	double x = 1.0 + (double)(intptr_t)arg, sum = 0;

	for (int i = 0; i < 200000; i++) {
		sum += x;
		if (i % 5000 == 0)
			sched_yield();
	}
	CHECK(sum == 200000 * x);
	CHECK(red_zone_rounds(2000) == 0);
	return NULL;
}

static void test_state(void)
{
	struct interrupter in = { .target = pthread_self(), .every_us = 200 };
	pthread_t t;

	handle(SIGUSR1, clobber_vectors, SA_RESTART);
	pthread_create(&t, NULL, interrupt, &in);
	CHECK(red_zone_rounds(20000) == 0);
	run_threads(compute, NULL, 0);
	atomic_store(&in.stop, true);
	pthread_join(t, NULL);
	CHECK(caught == SIGUSR1);
}

/* ---- affinity ---- */

#define PLACINGS 500

struct places {
	pid_t tid;
	int count, cpu[CPU_SETSIZE];
	pthread_barrier_t both;
	atomic_bool stop;
};

static int place(pid_t tid, int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(tid, sizeof(one), &one);
}

static void *place_other(void *arg)
{
	struct places *places = arg;

	for (int i = 0; i < PLACINGS; i++) {
		pthread_barrier_wait(&places->both);
		for (int wait = i % 50 * 20; wait; wait--)
			__asm__ volatile("pause");
		CHECK(!place(places->tid, places->cpu[(i + 1) % places->count]));
	}
	return NULL;
}

static void *keep_busy(void *arg)
{
	struct places *places = arg;

	while (!atomic_load(&places->stop))
		;
	return NULL;
}

/* A thread moves itself while another one moves it elsewhere: each call comes back, wherever the thread then is. */
static void test_affinity(void)
{
	struct places places = { .tid = (pid_t)syscall(SYS_gettid) };
	pthread_t other, busy[2];
	cpu_set_t all;

	CHECK(!sched_getaffinity(0, sizeof(all), &all));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &all))
			places.cpu[places.count++] = cpu;
	}
	pthread_barrier_init(&places.both, NULL, 2);
	pthread_create(&other, NULL, place_other, &places);
	for (int i = 0; i < 2; i++)
		pthread_create(&busy[i], NULL, keep_busy, &places);
	for (int i = 0; i < PLACINGS; i++) {
		pthread_barrier_wait(&places.both);
		CHECK(!place(0, places.cpu[i % places.count]));
	}
	atomic_store(&places.stop, true);
	pthread_join(other, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(busy[i], NULL);
	pthread_barrier_destroy(&places.both);
	CHECK(!sched_setaffinity(0, sizeof(all), &all));
}

/* ---- small things ---- */

static void test_misc(void)
{
	struct rlimit lim;
	struct rusage ru;
	cpu_set_t all, one;
	char a[32], b[32];

	CHECK(!sched_getaffinity(0, sizeof(all), &all));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		CHECK(!sched_setaffinity(0, sizeof(one), &one));
		CHECK(sched_getcpu() == cpu);
	}
	CHECK(!sched_setaffinity(0, sizeof(all), &all));
	CHECK(!getrlimit(RLIMIT_NOFILE, &lim) && lim.rlim_cur > 0);
	lim.rlim_cur = 100;
	CHECK(!setrlimit(RLIMIT_NOFILE, &lim));
	CHECK(!getrlimit(RLIMIT_NOFILE, &lim) && lim.rlim_cur == 100);
	CHECK(!getrusage(RUSAGE_SELF, &ru));
	CHECK(ru.ru_utime.tv_sec + ru.ru_utime.tv_usec + ru.ru_stime.tv_usec > 0);
	CHECK(syscall(SYS_getrandom, a, sizeof(a), 0) == sizeof(a));
	CHECK(syscall(SYS_getrandom, b, sizeof(b), 0) == sizeof(b));
	CHECK(memcmp(a, b, sizeof(a)) != 0);
	CHECK(syscall(SYS_gettid) == getpid());
	CHECK(syscall(449 + 200) == -1 && errno == ENOSYS);
	CHECK(ns_now(CLOCK_PROCESS_CPUTIME_ID) >= ns_now(CLOCK_THREAD_CPUTIME_ID));
}

static const struct {
	const char *name;
	void (*fn)(void);
} tests[] = {
	{ "locks", test_locks },     { "create", test_create_join }, { "robust", test_robust },
	{ "timed", test_timed_waits }, { "futex", test_futex },      { "signals", test_signals },
	{ "faults", test_faults },   { "restart", test_restart },    { "itimer", test_itimer },
	{ "state", test_state },     { "affinity", test_affinity },  { "misc", test_misc },
};

int main(int argc, char **argv)
{
	threads = (int)option_long(argc, argv, "--threads", 6);
	rounds = (int)option_long(argc, argv, "--rounds", 1);
	if (threads < 1 || threads > 64)
		threads = 6;
	for (int r = 0; r < rounds; r++) {
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
			unsigned long before = failures();
			long long start = ns_now(CLOCK_MONOTONIC);

			tests[i].fn();
			printf("tasktest: %-8s %s, %lld ms\n", tests[i].name,
			       failures() == before ? "passed" : "FAILED",
			       (ns_now(CLOCK_MONOTONIC) - start) / 1000000);
			fflush(stdout);
		}
	}
	printf("tasktest: %s, %lu failures\n", failures() ? "FAILED" : "passed", failures());
	return failures() ? 1 : 0;
}
