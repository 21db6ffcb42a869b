/* SPDX-License-Identifier: MIT */
/* Between clock.c and calibrate.c. */
#ifndef KERNEL_X86_CLOCK_INTERNAL_H
#define KERNEL_X86_CLOCK_INTERNAL_H

#include "kernel/lib/types.h"

/* a * b / c with a 128-bit product; the quotient must fit 64 bits. */
static inline u64 mul_div(u64 a, u64 b, u64 c)
{
	u64 hi, q, rem;

	__asm__("mulq %3" : "=a"(q), "=d"(hi) : "0"(a), "rm"(b) : "cc");
	__asm__("divq %4" : "=a"(q), "=d"(rem) : "0"(q), "1"(hi), "rm"(c) : "cc");
	return q;
}

void clock_set_rate(u64 hz, u64 base);
u64 clock_ns_to_tsc(u64 ns);

#endif
