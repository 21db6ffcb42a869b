// SPDX-License-Identifier: MIT
/*
 * picalls: futexes with priority inheritance, and futex_waitv, as a program sees them. Exit status 0 if all is as on Linux.
 *
 * Waits are ended by what is waited for; who should be asleep is found so in its word or in /proc, never by time passing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* <linux/futex.h>, which not every C library brings */
#define FUTEX_WAIT	      0
#define FUTEX_WAKE	      1
#define FUTEX_CMP_REQUEUE     4
#define FUTEX_LOCK_PI	      6
#define FUTEX_UNLOCK_PI	      7
#define FUTEX_TRYLOCK_PI      8
#define FUTEX_WAIT_REQUEUE_PI 11
#define FUTEX_CMP_REQUEUE_PI  12
#define FUTEX_LOCK_PI2	      13
#define FUTEX_PRIVATE_FLAG    128
#define FUTEX_CLOCK_REALTIME  256
#define FUTEX_WAITERS	      0x80000000U
#define FUTEX_OWNER_DIED      0x40000000U
#define FUTEX_TID_MASK	      0x3fffffffU
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
struct word {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};
#define WORD_32 2

static int failures;
static __thread pid_t self;

#define CHECK(cond)                                                                                                    \
	do {                                                                                                           \
		if (!(cond)) {                                                                                         \
			printf("picalls: line %d: %s (errno %d)\n", __LINE__, #cond, errno);                               \
			failures++;                                                                                    \
		}                                                                                                      \
	} while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static long futex(volatile uint32_t *word, int op, uint32_t val, const void *timeout, volatile uint32_t *word2, uint32_t val3)
{
	return syscall(SYS_futex, word, op, val, timeout, word2, val3);
}

static pid_t tid(void)
{
	if (!self)
		self = syscall(SYS_gettid);
	return self;
}

static void lock(volatile uint32_t *word)
{
	if (!__sync_bool_compare_and_swap(word, 0, tid()))
		CHECK(futex(word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0);
}

static void unlock(volatile uint32_t *word)
{
	if (!__sync_bool_compare_and_swap(word, tid(), 0))
		CHECK(futex(word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0);
}

static void until(volatile uint32_t *word, uint32_t bits)
{
	while (!(__atomic_load_n(word, __ATOMIC_SEQ_CST) & bits))
		usleep(1000);
}

/* A field of /proc/self/task/N/stat: 3 the state, 18 the priority. */
static long stat_field(pid_t thread, int field)
{
	char path[64], line[512] = "", *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread);
	f = fopen(path, "r");
	if (!f)
		return INT_MIN;
	p = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	if (!p)
		return INT_MIN;
	p += 2;
	if (field == 3)
		return *p;
	for (int i = 3; i < field && p; i++)
		p = strchr(p + 1, ' ');
	return p ? atol(p) : INT_MIN;
}

static void until_asleep(volatile pid_t *thread)
{
	while (!*thread || stat_field(*thread, 3) != 'S')
		usleep(1000);
}

static struct timespec in_ms(clockid_t clock, int ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000L;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* ---- one thread ---- */

static void alone(void)
{
	volatile uint32_t word = 0;
	uint32_t other;

	CHECK(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0 && word == (uint32_t)tid());
	FAILS(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
	FAILS(futex(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), EDEADLK);
	CHECK(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0 && word == 0);
	FAILS(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
	CHECK(futex(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0) == 0 && word == (uint32_t)tid());
	word = FUTEX_OWNER_DIED;
	CHECK(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0 && word == ((uint32_t)tid() | FUTEX_OWNER_DIED));
	word = 0x3ffffff0; /* no such thread */
	FAILS(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), ESRCH);
	FAILS(futex((uint32_t *)((char *)&word + 1), FUTEX_LOCK_PI, 0, NULL, NULL, 0), EINVAL);
	FAILS(futex((uint32_t *)8, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EFAULT);
	FAILS(futex((uint32_t *)8, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EFAULT);
	FAILS(futex(&word, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0), ENOSYS);
	FAILS(futex(&word, FUTEX_CMP_REQUEUE_PI, 2, NULL, &other, 0), EINVAL);
	FAILS(futex(&word, FUTEX_CMP_REQUEUE_PI, 1, NULL, &word, word), EINVAL);
	FAILS(futex(&word, FUTEX_WAIT_REQUEUE_PI, word, NULL, &word, 0), EINVAL);
	FAILS(futex(&word, FUTEX_WAIT_REQUEUE_PI, 1, NULL, &other, 0), EAGAIN);
}

/* ---- waiting, in order, with time limits ---- */

static volatile uint32_t a, b;
static volatile pid_t thread_tid;

static void *take_and_leave(void *arg)
{
	thread_tid = tid();
	lock(arg);
	unlock(arg);
	return NULL;
}

static void *try_for_a_while(void *arg)
{
	struct timespec past = in_ms(CLOCK_REALTIME, 20), later = in_ms(CLOCK_MONOTONIC, 20);

	(void)arg;
	FAILS(futex(&a, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), EAGAIN);
	FAILS(futex(&a, FUTEX_LOCK_PI, 0, &past, NULL, 0), ETIMEDOUT);
	FAILS(futex(&a, FUTEX_LOCK_PI2, 0, &later, NULL, 0), ETIMEDOUT);
	past = in_ms(CLOCK_REALTIME, 20);
	FAILS(futex(&a, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME, 0, &past, NULL, 0), ETIMEDOUT);
	FAILS(futex(&a, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
	return NULL;
}

static void waiting(void)
{
	pthread_t t;

	lock(&a);
	pthread_create(&t, NULL, try_for_a_while, NULL);
	pthread_join(t, NULL);
	CHECK(a == ((uint32_t)tid() | FUTEX_WAITERS)); /* nobody waits any more, but that is found out only by unlocking */
	CHECK(futex(&a, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0 && a == 0);

	lock(&a);
	thread_tid = 0;
	pthread_create(&t, NULL, take_and_leave, (void *)&a);
	until(&a, FUTEX_WAITERS);
	until_asleep(&thread_tid);
	unlock(&a);
	pthread_join(t, NULL);
	CHECK(a == 0);
}

static void *crosswise(void *arg)
{
	(void)arg;
	lock(&b);
	lock(&a); /* sleeps until main has given up */
	unlock(&a);
	unlock(&b);
	return NULL;
}

static void deadlock(void)
{
	pthread_t t;

	lock(&a);
	pthread_create(&t, NULL, crosswise, NULL);
	until(&a, FUTEX_WAITERS);
	while (futex(&b, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0 || errno != EDEADLK) {
		CHECK(errno == EDEADLK);
		if (failures)
			exit(1);
	}
	unlock(&a);
	pthread_join(t, NULL);
	CHECK(a == 0 && b == 0);
}

/* ---- inheritance ---- */

static void real_time(int prio)
{
	CHECK(syscall(SYS_sched_setscheduler, 0, prio ? SCHED_FIFO : SCHED_OTHER, &(struct sched_param){ .sched_priority = prio }) == 0);
}

static void *middle(void *arg)
{
	(void)arg;
	lock(&b);
	thread_tid = tid();
	lock(&a);
	unlock(&a);
	unlock(&b);
	return NULL;
}

static void *important(void *arg)
{
	(void)arg;
	real_time(30);
	lock(&b);
	CHECK(stat_field(tid(), 18) == -31);
	unlock(&b);
	return NULL;
}

static void until_priority(pid_t thread, int prio)
{
	for (int i = 0; i < 10000 && stat_field(thread, 18) != prio; i++)
		usleep(1000);
	CHECK(stat_field(thread, 18) == prio);
}

/* main has a, the middle thread has b and waits for a, the important one waits for b: its priority goes all the way. */
static void inheritance(void)
{
	pthread_t m, i;

	lock(&a);
	thread_tid = 0;
	pthread_create(&m, NULL, middle, NULL);
	until_asleep(&thread_tid);
	until(&a, FUTEX_WAITERS);
	CHECK(stat_field(tid(), 18) == 20);
	pthread_create(&i, NULL, important, NULL);
	until_priority(thread_tid, -31);
	until_priority(tid(), -31);
	CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER); /* it is lent, not set */
	unlock(&a);
	CHECK(stat_field(tid(), 18) == 20);
	pthread_join(m, NULL);
	pthread_join(i, NULL);
	CHECK(a == 0 && b == 0);
}

static volatile int order[3], places;

static void *queue_up(void *arg)
{
	real_time((long)arg);
	lock(&a);
	order[places++] = (long)arg;
	unlock(&a);
	return NULL;
}

/* The most important waiter is first, whoever came first. */
static void precedence(void)
{
	pthread_t t[3];

	lock(&a);
	for (long i = 0; i < 3; i++) {
		pthread_create(&t[i], NULL, queue_up, (void *)(i == 1 ? 12 : 10 + i / 2));
		until_priority(tid(), i ? -13 : -11);
	}
	while (stat_field(tid(), 18) != -13)
		usleep(1000);
	usleep(20000); /* so that the last is likely to be queued, too; its place is the same if it is not */
	unlock(&a);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	CHECK(order[0] == 12);
	CHECK(order[1] == 10 || order[1] == 11);
}

/* ---- mutexes of the C library ---- */

static struct shared {
	pthread_mutex_t mutex, robust;
	volatile int count, held;
} *shared;

static void *count_up(void *arg)
{
	(void)arg;
	for (int i = 0; i < 500; i++) {
		CHECK(pthread_mutex_lock(&shared->mutex) == 0);
		int n = shared->count;
		if (i % 50 == 0)
			sched_yield();
		shared->count = n + 1;
		CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
	}
	return NULL;
}

static void make_mutexes(void)
{
	pthread_mutexattr_t attr;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&attr);
	CHECK(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT) == 0);
	CHECK(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED) == 0);
	CHECK(pthread_mutex_init(&shared->mutex, &attr) == 0);
	CHECK(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
	CHECK(pthread_mutex_init(&shared->robust, &attr) == 0);
}

/* Two processes of three threads each. */
static void counting(void)
{
	pthread_t t[3];
	pid_t child = fork();

	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, count_up, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	if (!child)
		_exit(failures != 0);
	int status;
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK(shared->count == 3000);
}

/* The lock's word is the first in one C library's mutex, the second in the other's; the highest bit of the other word is clear. */
static void until_contended(volatile uint32_t *mutex)
{
	while (!((mutex[0] | mutex[1]) & FUTEX_WAITERS))
		usleep(1000);
}

/* The child dies with the lock: before the parent asks for it, or while it waits. */
static void owner_dies(int waiting)
{
	pid_t child;

	shared->held = 0;
	child = fork();
	if (!child) {
		self = 0;
		CHECK(pthread_mutex_lock(&shared->robust) == 0);
		shared->held = 1;
		if (waiting)
			until_contended((volatile uint32_t *)&shared->robust);
		_exit(failures != 0);
	}
	while (!shared->held)
		usleep(1000);
	if (!waiting)
		CHECK(waitpid(child, NULL, 0) == child);
	CHECK(pthread_mutex_lock(&shared->robust) == EOWNERDEAD);
	CHECK(pthread_mutex_consistent(&shared->robust) == 0);
	CHECK(pthread_mutex_unlock(&shared->robust) == 0);
	if (waiting)
		CHECK(waitpid(child, NULL, 0) == child);
	CHECK(pthread_mutex_lock(&shared->robust) == 0);
	CHECK(pthread_mutex_unlock(&shared->robust) == 0);
}

static void *die_with_a(void *arg)
{
	(void)arg;
	lock(&a);
	thread_tid = tid();
	until(&a, FUTEX_WAITERS);
	syscall(SYS_exit, 0); /* without the library, and without a robust list that names the lock */
	return NULL;
}

/* Who waits gets a lock whose owner has just gone, too. */
static void owner_vanishes(void)
{
	pthread_t t;

	thread_tid = 0;
	pthread_create(&t, NULL, die_with_a, NULL);
	while (!thread_tid)
		usleep(1000);
	CHECK(futex(&a, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0);
	CHECK((a & FUTEX_TID_MASK) == (uint32_t)tid() && (a & FUTEX_OWNER_DIED));
	CHECK(futex(&a, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0);
	a = 0;
}

/* ---- moved to a lock ---- */

#define MOVED 4
static volatile uint32_t cond, count_moved;
static volatile pid_t moved_tid[MOVED];

static void *wait_for_move(void *arg)
{
	moved_tid[(long)arg] = tid();
	CHECK(futex(&cond, FUTEX_WAIT_REQUEUE_PI, 0, NULL, &a, 0) == 0);
	CHECK((a & FUTEX_TID_MASK) == (uint32_t)tid());
	count_moved++;
	unlock(&a);
	return NULL;
}

static void moving(int locked)
{
	pthread_t t[MOVED];
	struct timespec soon;
	volatile uint32_t other = 0;

	count_moved = 0;
	for (long i = 0; i < MOVED; i++) {
		moved_tid[i] = 0;
		pthread_create(&t[i], NULL, wait_for_move, (void *)i);
		until_asleep(&moved_tid[i]);
	}
	soon = in_ms(CLOCK_MONOTONIC, 10);
	FAILS(futex(&cond, FUTEX_WAIT_REQUEUE_PI, 0, &soon, &a, 0), ETIMEDOUT);
	FAILS(futex(&cond, FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL);
	FAILS(futex(&cond, FUTEX_CMP_REQUEUE, 1, (void *)1, &a, 0), EINVAL);
	FAILS(futex(&cond, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &a, 1), EAGAIN);
	FAILS(futex(&cond, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &other, 0), EINVAL);
	if (locked)
		lock(&a);
	CHECK(futex(&cond, FUTEX_CMP_REQUEUE_PI, 1, (void *)(long)INT_MAX, &a, 0) == MOVED);
	if (locked) {
		CHECK(a == ((uint32_t)tid() | FUTEX_WAITERS) && count_moved == 0);
		unlock(&a);
	}
	for (int i = 0; i < MOVED; i++)
		pthread_join(t[i], NULL);
	CHECK(count_moved == MOVED && (a & FUTEX_TID_MASK) == 0);
	a = 0;
}

/* ---- any of several words ---- */

static volatile uint32_t words[3];

static void *wake_second(void *arg)
{
	(void)arg;
	until_asleep(&thread_tid);
	while (futex(&words[1], FUTEX_WAKE, 1, NULL, NULL, 0) != 1)
		usleep(1000);
	return NULL;
}

static void several(void)
{
	struct word w[3];
	struct timespec soon = in_ms(CLOCK_MONOTONIC, 10);
	pthread_t t;

	for (int i = 0; i < 3; i++)
		w[i] = (struct word){ 0, (uintptr_t)&words[i], WORD_32 | (i & 1 ? FUTEX_PRIVATE_FLAG : 0), 0 };
	w[1].flags = WORD_32;
	FAILS(syscall(SYS_futex_waitv, w, 3, 0, &soon, CLOCK_MONOTONIC), ETIMEDOUT);
	FAILS(syscall(SYS_futex_waitv, w, 0, 0, NULL, 0), EINVAL);
	FAILS(syscall(SYS_futex_waitv, w, 129, 0, NULL, 0), EINVAL);
	FAILS(syscall(SYS_futex_waitv, w, 3, 1, NULL, 0), EINVAL);
	FAILS(syscall(SYS_futex_waitv, w, 3, 0, &soon, CLOCK_BOOTTIME), EINVAL);
	FAILS(syscall(SYS_futex_waitv, (void *)8, 3, 0, NULL, 0), EFAULT);
	w[2].flags = 0;
	FAILS(syscall(SYS_futex_waitv, w, 3, 0, NULL, 0), EINVAL);
	w[2].flags = WORD_32;
	words[2] = 1;
	FAILS(syscall(SYS_futex_waitv, w, 3, 0, NULL, 0), EAGAIN);
	words[2] = 0;
	thread_tid = tid();
	pthread_create(&t, NULL, wake_second, NULL);
	CHECK(syscall(SYS_futex_waitv, w, 3, 0, NULL, 0) == 1);
	pthread_join(t, NULL);
}

/* ---- many ---- */

#define CROWD 40 /* more than the kernel wakes in one go */

static volatile pid_t crowd_tid[CROWD];

static void *stand(void *arg)
{
	crowd_tid[(long)arg] = tid();
	while (!words[0])
		futex(&words[0], FUTEX_WAIT, 0, NULL, NULL, 0);
	return NULL;
}

/* With no limit to how many are woken and moved, all are woken. */
static void crowd(void)
{
	pthread_t t[CROWD];

	words[0] = words[1] = 0;
	for (long i = 0; i < CROWD; i++)
		pthread_create(&t[i], NULL, stand, (void *)i);
	for (int i = 0; i < CROWD; i++)
		until_asleep(&crowd_tid[i]);
	words[0] = 1;
	CHECK(futex(&words[0], FUTEX_CMP_REQUEUE, INT_MAX, (void *)(long)INT_MAX, &words[1], 1) == CROWD);
	CHECK(futex(&words[1], FUTEX_WAKE, INT_MAX, NULL, NULL, 0) == 0);
	for (int i = 0; i < CROWD; i++)
		pthread_join(t[i], NULL);
}

int main(void)
{
	if (stat_field(tid(), 18) == INT_MIN) {
		fprintf(stderr, "picalls: there is no /proc to see with who sleeps and at what priority\n");
		return 2;
	}
	alone();
	waiting();
	deadlock();
	inheritance();
	precedence();
	make_mutexes();
	counting();
	owner_dies(0);
	owner_dies(1);
	owner_vanishes();
	moving(0);
	moving(1);
	several();
	crowd();
	printf("picalls: %s\n", failures ? "FAILED" : "ok");
	return failures != 0;
}
