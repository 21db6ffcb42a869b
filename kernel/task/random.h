// SPDX-License-Identifier: MIT
/* Random numbers. */
#ifndef KERNEL_TASK_RANDOM_H
#define KERNEL_TASK_RANDOM_H

#include "kernel/lib/types.h"

/* Fills a buffer with bytes nobody can predict (or, with seed= on the command line, repeat). */
void get_random_bytes(void *buf, size_t len);
/* The same from a sequence of its own, for the addresses of new programs. */
void get_layout_random(void *buf, size_t len);
u32 get_random_u32(void);
u64 get_random_u64(void);
/* Below ceiling, all values equally likely; ceiling > 0. */
u32 prandom_u32_max(u32 ceiling);
/* Boot, once the clock works. */
void random_init(void);

#endif
