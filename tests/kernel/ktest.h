/* SPDX-License-Identifier: MIT */
/*
 * In-guest unit tests.
 *
 *	static void my_test(void)
 *	{
 *		KTEST_ASSERT(thing != NULL);	fails and returns
 *		KTEST_EQ(value, 5);		fails, shows both, goes on
 *	}
 *	KTEST(room_subject_case, KTEST_QUICK, my_test);
 *
 * A test runs in a kernel thread of its own making or in the init thread,
 * may sleep, and leaves nothing behind: after each one the framework compares
 * free memory, objects, locks held, preemption count, warnings and unexpected
 * lock reports with what was before. Growth that repeats when the test is run
 * again is a leak and fails it.
 *
 * The command line's test= chooses: quick, slow (the slow ones only), all, or
 * names and prefixes with * separated by commas; loop=N repeats. The report
 * is KTAP on the console.
 */
#ifndef TESTS_KERNEL_KTEST_H
#define TESTS_KERNEL_KTEST_H

#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/bug.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"

#define KTEST_QUICK	0x1	/* part of quick and all */
#define KTEST_SLOW	0x2	/* part of slow and all */
#define KTEST_MANUAL	0x4	/* only by its full name */
#define KTEST_GROWS	0x8	/* fills caches on purpose: no leak check */

struct ktest {
	const char *name;
	unsigned int flags;
	void (*fn)(void);
};

#define KTEST(tname, tflags, tfn)					\
	static const struct ktest __ktest_##tname			\
	__attribute__((__used__, __section__(".ktests"), __aligned__(8))) = \
		{ .name = #tname, .flags = (tflags), .fn = (tfn) }

/* Record a failure of the running test; any thread, any context. */
void ktest_fail(const char *where, const char *fmt, ...) __printf(2, 3);
void ktest_skip(const char *why);
/* Has the running test failed already? For helpers that want to stop. */
bool ktest_failed(void);
/* A pseudo-random number; the seed is the command line's seed=, printed at the start. */
u64 ktest_random(void);

#define KTEST_FAIL(fmt, ...)	ktest_fail(__WHERE, fmt, ##__VA_ARGS__)

#define KTEST_ASSERT(cond)						\
do {									\
	if (unlikely(!(cond))) {					\
		ktest_fail(__WHERE, "%s", #cond);			\
		return;							\
	}								\
} while (0)

/* Like KTEST_ASSERT, but goes on. */
#define KTEST_EXPECT(cond)						\
do {									\
	if (unlikely(!(cond)))						\
		ktest_fail(__WHERE, "%s", #cond);			\
} while (0)

#define KTEST_EQ(a, b)							\
do {									\
	long __ka = (long)(a), __kb = (long)(b);			\
	if (unlikely(__ka != __kb))					\
		ktest_fail(__WHERE, "%s is %ld (0x%lx), expected %ld (0x%lx)", #a, \
			   __ka, __ka, __kb, __kb);			\
} while (0)

#define KTEST_STREQ(a, b)						\
do {									\
	const char *__ka = (a), *__kb = (b);				\
	if (unlikely(strcmp(__ka, __kb) != 0))				\
		ktest_fail(__WHERE, "%s is \"%s\", expected \"%s\"", #a, __ka, __kb); \
} while (0)

#define KTEST_SKIP(why)							\
do {									\
	ktest_skip(why);						\
	return;								\
} while (0)

/*
 * Waits for what must come about soon, on however busy a host: a virtual CPU may get no time for
 * many milliseconds. True as soon as @cond holds, false when it does not after ten seconds.
 */
#define ktest_wait(cond) ({						\
	u64 __end = ktime_get_ns() + 10 * NSEC_PER_SEC;			\
	bool __late, __met;						\
	for (;;) {							\
		__late = ktime_get_ns() >= __end;			\
		__met = (cond);						\
		if (__met || __late)					\
			break;						\
		msleep(1);						\
	}								\
	__met; })

/*
 * Runs @fn(arg, i) in @n kernel threads (i = 0..n-1) at once and waits for
 * all of them. False when a thread could not be made.
 */
bool ktest_threads(unsigned int n, void (*fn)(void *arg, unsigned int i), void *arg);

/* Runs the selection; how many failed. */
int ktest_main(const char *spec);

#endif
