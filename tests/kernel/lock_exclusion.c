// SPDX-License-Identifier: MIT
/*
 * Do the locks exclude? Several threads change two variables that must stay
 * equal, under each type of lock, and readers look whether they are.
 */
#include "tests/kernel/ktest.h"
#include "kernel/lock/bit_spinlock.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/percpu_rwsem.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/semaphore.h"
#include "kernel/lock/seqlock.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait_bit.h"
#include "kernel/task/sched.h"

#define THREADS	6
#define ROUNDS	1000

/* The pair under test; by the lock under test. */
static volatile unsigned long left, right;

static spinlock_t spin;
static rwlock_t rwlock;
static struct mutex mutex;
static struct rw_semaphore rwsem;
static struct percpu_rw_semaphore percpu_rwsem;
static struct semaphore semaphore;
static seqlock_t seqlock;
static unsigned long bit_word;

static void bump(void)
{
	unsigned long v = left;

	left = v + 1;
	for (int i = 0; i < 3; i++)
		cpu_relax();
	right = v + 1;
}

static void look(void)
{
	if (left != right)
		KTEST_FAIL("a reader saw %lu and %lu", left, right);
}

static void spin_worker(void *arg, unsigned int id)
{
	for (int i = 0; i < ROUNDS; i++) {
		unsigned long flags;

		if (i % 3 == 0) {
			spin_lock_irqsave(&spin, flags);
			bump();
			spin_unlock_irqrestore(&spin, flags);
		} else if (i % 3 == 1 && spin_trylock_irqsave(&spin, flags)) {
			bump();
			spin_unlock_irqrestore(&spin, flags);
		} else {
			spin_lock_irq(&spin);
			bump();
			spin_unlock_irq(&spin);
		}
	}
}

static void rwlock_worker(void *arg, unsigned int id)
{
	for (int i = 0; i < ROUNDS; i++) {
		if ((i + id) % 4 == 0) {
			write_lock(&rwlock);
			bump();
			write_unlock(&rwlock);
		} else {
			read_lock(&rwlock);
			look();
			read_unlock(&rwlock);
		}
	}
}

static void mutex_worker(void *arg, unsigned int id)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (i % 5 != 0 || !mutex_trylock(&mutex))
			mutex_lock(&mutex);
		bump();
		if (i % 64 == 0)
			yield();
		mutex_unlock(&mutex);
	}
}

static void rwsem_worker(void *arg, unsigned int id)
{
	for (int i = 0; i < ROUNDS; i++) {
		switch ((i + id) % 5) {
		case 0:
			down_write(&rwsem);
			bump();
			up_write(&rwsem);
			break;
		case 1:
			down_write(&rwsem);
			bump();
			downgrade_write(&rwsem);
			look();
			up_read(&rwsem);
			break;
		case 2:
			if (down_read_trylock(&rwsem)) {
				look();
				up_read(&rwsem);
			}
			break;
		case 3:
			if (down_write_trylock(&rwsem)) {
				bump();
				if (i % 64 == 0)
					yield();
				up_write(&rwsem);
			}
			break;
		default:
			down_read(&rwsem);
			look();
			up_read(&rwsem);
		}
	}
}

static void percpu_worker(void *arg, unsigned int id)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (id == 0 && i % 100 == 0) {
			percpu_down_write(&percpu_rwsem);
			bump();
			percpu_up_write(&percpu_rwsem);
			continue;
		}
		percpu_down_read(&percpu_rwsem);
		look();
		if (i % 128 == 0)
			yield();
		percpu_up_read(&percpu_rwsem);
	}
}

static void semaphore_worker(void *arg, unsigned int id)
{
	for (int i = 0; i < ROUNDS; i++) {
		down(&semaphore);
		bump();
		up(&semaphore);
	}
}

static void seqlock_worker(void *arg, unsigned int id)
{
	for (int i = 0; i < ROUNDS; i++) {
		unsigned int seq;
		unsigned long a, b;

		if (id < 2) {
			write_seqlock(&seqlock);
			bump();
			write_sequnlock(&seqlock);
			continue;
		}
		do {
			seq = read_seqbegin(&seqlock);
			a = left;
			b = right;
		} while (read_seqretry(&seqlock, seq));
		if (a != b)
			KTEST_FAIL("a sequence reader saw %lu and %lu", a, b);
	}
}

static struct lock_class_key test_bit_key = { .name = "test bit" };

static void bit_spin_worker(void *arg, unsigned int id)
{
	for (int i = 0; i < ROUNDS; i++) {
		bit_spin_lock_key(3, &bit_word, &test_bit_key);
		bump();
		bit_spin_unlock(3, &bit_word);
	}
}

static void bit_sleep_worker(void *arg, unsigned int id)
{
	for (int i = 0; i < ROUNDS; i++) {
		KTEST_EQ(wait_on_bit_lock(&bit_word, 5, TASK_UNINTERRUPTIBLE), 0);
		bump();
		if (i % 64 == 0)
			yield();
		clear_bit(5, &bit_word);
		smp_mb__after_atomic();
		wake_up_bit(&bit_word, 5);
	}
}

static void run(const char *name, void (*worker)(void *arg, unsigned int i))
{
	left = right = 0;
	ktest_threads(THREADS, worker, NULL);
	if (left != right)
		KTEST_FAIL("%s: %lu and %lu at the end", name, left, right);
}

static void exclusion(void)
{
	spin_lock_init(&spin);
	rwlock_init(&rwlock);
	mutex_init(&mutex);
	init_rwsem(&rwsem);
	sema_init(&semaphore, 1);
	seqlock_init(&seqlock);
	bit_word = 0;
	run("spinlock", spin_worker);
	KTEST_EQ(left, THREADS * ROUNDS);
	run("rwlock", rwlock_worker);
	run("mutex", mutex_worker);
	KTEST_EQ(left, THREADS * ROUNDS);
	run("rwsem", rwsem_worker);
	run("semaphore", semaphore_worker);
	KTEST_EQ(left, THREADS * ROUNDS);
	run("seqlock", seqlock_worker);
	run("bit spinlock", bit_spin_worker);
	KTEST_EQ(left, THREADS * ROUNDS);
	run("bit wait", bit_sleep_worker);
	KTEST_EQ(left, THREADS * ROUNDS);
	KTEST_EQ(bit_word, 0);
	KTEST_EXPECT(!rwsem_is_locked(&rwsem) && !rwsem_is_contended(&rwsem));
	KTEST_EXPECT(!mutex_is_locked(&mutex));
}
KTEST(lock_exclusion, KTEST_QUICK, exclusion);

static void percpu_exclusion(void)
{
	KTEST_ASSERT(percpu_init_rwsem(&percpu_rwsem) == 0);
	run("percpu rwsem", percpu_worker);
	percpu_free_rwsem(&percpu_rwsem);
}
KTEST(lock_percpu_rwsem, KTEST_QUICK, percpu_exclusion);

static volatile bool stop;

static void preempted_thread(void *arg, unsigned int id)
{
	if (id < 2) {
		/* Wakes often, by a timer interrupt that preempts the others. */
		for (int i = 0; i < 200; i++)
			usleep_range(300, 400);
		stop = true;
		return;
	}
	while (!stop) {
		down_read(&rwsem);
		mutex_lock(&mutex);
		up_read(&rwsem);
		mutex_unlock(&mutex);
		cond_resched();
	}
}

/* A switch in the middle of taking or releasing a lock leaves the list of held locks right. */
static void preempted(void)
{
	init_rwsem(&rwsem);
	mutex_init(&mutex);
	stop = false;
	ktest_threads(2 + num_online_cpus(), preempted_thread, NULL);
}
KTEST(lock_held_preempted, KTEST_QUICK, preempted);
