/* SPDX-License-Identifier: MIT */
/* Between clock.c and calibrate.c. */
#ifndef KERNEL_X86_CLOCK_INTERNAL_H
#define KERNEL_X86_CLOCK_INTERNAL_H

#include "kernel/lib/types.h"

void clock_set_rate(u64 hz, u64 base);
u64 clock_ns_to_tsc(u64 ns);

#endif
