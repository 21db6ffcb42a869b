/* SPDX-License-Identifier: MIT */
/* Helpers of the memory tests: random numbers, and a program's address space for a test thread. */
#ifndef TESTS_MM_TEST_H
#define TESTS_MM_TEST_H

#include "kernel/lib/types.h"

struct mm_struct;

/* xorshift; @state must not be 0 */
static inline u64 test_random(u64 *state)
{
	u64 x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

/* The current kernel thread uses @mm (takes a user reference) until mm_test_leave(). */
void mm_test_enter(struct mm_struct *mm);
void mm_test_leave(void);

/* Run @fn(arg, i) in @n kernel threads, i = 0.., and wait for all.  The sum of their results. */
long mm_test_threads(int n, long (*fn)(void *arg, int i), void *arg);

#endif
