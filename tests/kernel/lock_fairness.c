// SPDX-License-Identifier: MIT
/*
 * Does everybody get a contended lock in the end? Whoever runs may take a free sleeping lock past those who wait for it, so what is
 * tested is that this has an end: for a writer among readers, for a reader among writers, among equals, and against one who gives the
 * lock back only to take it again before anybody could wake.
 */
#include "tests/kernel/ktest.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/preempt.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/spinlock.h"
#include "kernel/task/sched.h"

#define TURNS 50

static struct mutex mutex;
static struct rw_semaphore rwsem;
static spinlock_t spin;
static volatile bool stop;
static volatile unsigned long turns[4];

static void hold_a_little(void)
{
	for (int i = 0; i < 200; i++)
		cpu_relax();
}

static void begin(void)
{
	mutex_init(&mutex);
	init_rwsem(&rwsem);
	spin_lock_init(&spin);
	stop = false;
	for (unsigned int i = 0; i < ARRAY_SIZE(turns); i++)
		turns[i] = 0;
}

/* ---- one kind against a stream of the other ---- */

/* The readers overlap, so without a rule the lock would never be free. */
static void writer_among_readers(void *arg, unsigned int id)
{
	if (id == 0) {
		for (int i = 0; i < TURNS; i++) {
			down_write(&rwsem);
			turns[0]++;
			up_write(&rwsem);
		}
		stop = true;
		return;
	}
	while (!stop) {
		down_read(&rwsem);
		hold_a_little();
		if (id == 1)
			yield();
		up_read(&rwsem);
	}
}

static void reader_among_writers(void *arg, unsigned int id)
{
	if (id == 0) {
		for (int i = 0; i < TURNS; i++) {
			down_read(&rwsem);
			turns[0]++;
			up_read(&rwsem);
		}
		stop = true;
		return;
	}
	while (!stop) {
		down_write(&rwsem);
		hold_a_little();
		if (id == 1)
			yield();
		up_write(&rwsem);
	}
}

static void rwsem_fairness(void)
{
	begin();
	ktest_threads(5, writer_among_readers, NULL);
	KTEST_EQ(turns[0], TURNS);
	begin();
	ktest_threads(5, reader_among_writers, NULL);
	KTEST_EQ(turns[0], TURNS);
	KTEST_EXPECT(!rwsem_is_locked(&rwsem) && !rwsem_is_contended(&rwsem));
}
KTEST(lock_rwsem_fairness, KTEST_QUICK, rwsem_fairness);

/* ---- equals ---- */

/* All go on until the last has had its turns. */
static void note_turn(unsigned int id)
{
	turns[id]++;
	for (unsigned int i = 0; i < ARRAY_SIZE(turns); i++)
		if (turns[i] < TURNS)
			return;
	stop = true;
}

static void mutex_hog(void *arg, unsigned int id)
{
	while (!stop) {
		mutex_lock(&mutex);
		note_turn(id);
		hold_a_little();
		mutex_unlock(&mutex);
	}
}

static void write_hog(void *arg, unsigned int id)
{
	while (!stop) {
		down_write(&rwsem);
		note_turn(id);
		hold_a_little();
		up_write(&rwsem);
	}
}

static void spin_hog(void *arg, unsigned int id)
{
	while (!stop) {
		spin_lock(&spin);
		note_turn(id);
		hold_a_little();
		spin_unlock(&spin);
	}
}

static void equals(void)
{
	static void (*const hogs[])(void *arg, unsigned int id) = { mutex_hog, write_hog, spin_hog };

	for (unsigned int i = 0; i < ARRAY_SIZE(hogs); i++) {
		begin();
		ktest_threads(ARRAY_SIZE(turns), hogs[i], NULL);
		KTEST_EXPECT(stop);
	}
}
KTEST(lock_equal_hogs, KTEST_QUICK, equals);

/* ---- against one who always takes it again at once ---- */

static void lock_it(unsigned int which)
{
	if (which == 0)
		mutex_lock(&mutex);
	else if (which == 1)
		down_write(&rwsem);
	else
		down_read(&rwsem);
}

static void unlock_it(unsigned int which)
{
	if (which == 0)
		mutex_unlock(&mutex);
	else if (which == 1)
		up_write(&rwsem);
	else
		up_read(&rwsem);
}

/* Gives the lock back and takes it again before anybody who is woken by that can run here; false if it is promised to somebody. */
static bool take_again(unsigned int which)
{
	bool taken;

	preempt_disable();
	unlock_it(which);
	taken = which ? down_write_trylock(&rwsem) : mutex_trylock(&mutex);
	preempt_enable();
	return taken;
}

static bool is_contended(unsigned int which)
{
	return which ? rwsem_is_contended(&rwsem) : atomic_long_read(&mutex.owner) & MUTEX_WAITERS;
}

/*
 * Thread 0 has the lock nearly always, for a ms at a time: whoever is woken by its release finds it taken again. The waiter
 * has a claim when it has lost so for a few ms. Without it, it would get the lock only by an accident of timing.
 */
static void greedy(void *arg, unsigned int id)
{
	unsigned int which = (unsigned long)arg, taken_again = 0;
	unsigned int greedy_one = which == 2 ? 1 : which; /* a reader waits for a writer */

	if (id) {
		while (!turns[0])
			schedule_timeout_uninterruptible(1);
		lock_it(which);
		turns[1] = 1;
		unlock_it(which);
		return;
	}
	lock_it(greedy_one);
	turns[0] = 1;
	while (!is_contended(which))
		schedule_timeout_uninterruptible(1);
	while (take_again(greedy_one)) {
		if (++taken_again == 2000) {
			KTEST_FAIL("type %u: taken again %u times while somebody waits", which, taken_again);
			unlock_it(greedy_one);
			return;
		}
		schedule_timeout_uninterruptible(1);
	}
}

static void handed_over(void)
{
	for (unsigned long which = 0; which < 3; which++) {
		begin();
		ktest_threads(2, greedy, (void *)which);
	}
}
KTEST(lock_handed_over, KTEST_QUICK, handed_over);
