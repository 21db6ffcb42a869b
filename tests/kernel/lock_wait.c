// SPDX-License-Identifier: MIT
/* Wait queues, completions, variable and bit waits: who is woken, how often, and when not. */
#include "tests/kernel/ktest.h"
#include "kernel/lock/completion.h"
#include "kernel/lock/wait.h"
#include "kernel/lock/wait_bit.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"

static wait_queue_head_t queue;
static atomic_t waiting, woken, tokens;
static volatile bool flag;

static bool take_token(void)
{
	return atomic_dec_if_positive(&tokens) >= 0;
}

/* Exclusive waiters: each wake-up with one token lets exactly one through. */
static void exclusive_thread(void *arg, unsigned int id)
{
	if (id == 0) {
		for (int i = 1; i <= 6; i++) {
			while (atomic_read(&waiting) < 6 - (i - 1))
				msleep(1);
			atomic_inc(&tokens);
			wake_up(&queue);
			while (atomic_read(&woken) < i)
				msleep(1);
			msleep(2);
			KTEST_EQ(atomic_read(&woken), i);
		}
		return;
	}
	atomic_inc(&waiting);
	wait_event_exclusive(queue, take_token());
	atomic_dec(&waiting);
	atomic_inc(&woken);
}

static void exclusive(void)
{
	init_waitqueue_head(&queue);
	atomic_set(&waiting, 0);
	atomic_set(&woken, 0);
	atomic_set(&tokens, 0);
	ktest_threads(7, exclusive_thread, NULL);
	KTEST_EXPECT(!waitqueue_active(&queue));
}
KTEST(lock_wait_exclusive, KTEST_QUICK, exclusive);

static void all_thread(void *arg, unsigned int id)
{
	if (id == 0) {
		msleep(5);
		flag = true;
		wake_up(&queue);
		return;
	}
	wait_event(queue, flag);
	atomic_inc(&woken);
}

static void all(void)
{
	init_waitqueue_head(&queue);
	for (int i = 0; i < 20; i++) {
		flag = false;
		atomic_set(&woken, 0);
		ktest_threads(6, all_thread, NULL);
		KTEST_EQ(atomic_read(&woken), 5);
	}
}
KTEST(lock_wait_all, KTEST_QUICK, all);

static void timeouts(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	u64 start = ktime_get_ns();
	long left;

	init_waitqueue_head(&queue);
	KTEST_EQ(wait_event_timeout(queue, false, 10), 0);
	KTEST_EXPECT(ktime_get_ns() - start >= 9 * NSEC_PER_MSEC);
	left = wait_event_timeout(queue, true, 10);
	KTEST_EQ(left, 10);
	KTEST_EQ(wait_for_completion_timeout(&done, 5), 0);
	complete(&done);
	KTEST_EXPECT(wait_for_completion_timeout(&done, 1000) > 0);
	KTEST_EXPECT(!try_wait_for_completion(&done));
	complete(&done);
	complete(&done);
	KTEST_EXPECT(completion_done(&done));
	wait_for_completion(&done);
	KTEST_EXPECT(try_wait_for_completion(&done));
	KTEST_EXPECT(!completion_done(&done));
	complete_all(&done);
	wait_for_completion(&done);
	wait_for_completion(&done);
}
KTEST(lock_wait_timeouts, KTEST_QUICK, timeouts);

/* Two threads hand a turn back and forth; a lost wake-up would hang. */
static volatile unsigned int turn;

static void ping_pong(void *arg, unsigned int id)
{
	for (unsigned int i = 0; i < 500; i++) {
		wait_event(queue, turn % 2 == id);
		turn++;
		wake_up_all(&queue);
	}
}

static void handover(void)
{
	init_waitqueue_head(&queue);
	turn = 0;
	ktest_threads(2, ping_pong, NULL);
	KTEST_EQ(turn, 1000);
}
KTEST(lock_wait_handover, KTEST_QUICK, handover);

static atomic_t variable;

static void var_thread(void *arg, unsigned int id)
{
	for (int i = 0; i < 200; i++) {
		wait_var_event(&variable, atomic_read(&variable) % 2 == (int)id);
		atomic_inc(&variable);
		smp_mb();
		wake_up_var(&variable);
	}
}

static void var_wait(void)
{
	atomic_set(&variable, 0);
	ktest_threads(2, var_thread, NULL);
	KTEST_EQ(atomic_read(&variable), 400);
}
KTEST(lock_wait_var, KTEST_QUICK, var_wait);

static unsigned long word;

static void bit_thread(void *arg, unsigned int id)
{
	if (id == 0) {
		msleep(5);
		clear_bit(7, &word);
		smp_mb__after_atomic();
		wake_up_bit(&word, 7);
		return;
	}
	KTEST_EQ(wait_on_bit(&word, 7, TASK_UNINTERRUPTIBLE), 0);
	atomic_inc(&woken);
}

static void bit_wait_test(void)
{
	for (int i = 0; i < 10; i++) {
		word = 1UL << 7;
		atomic_set(&woken, 0);
		ktest_threads(5, bit_thread, NULL);
		KTEST_EQ(atomic_read(&woken), 4);
	}
	word = 1UL << 7;
	KTEST_EQ(wait_on_bit_timeout(&word, 7, TASK_UNINTERRUPTIBLE, 5), -EAGAIN);
}
KTEST(lock_wait_bit, KTEST_QUICK, bit_wait_test);
