// SPDX-License-Identifier: MIT
/*
 * eventfd as other parts of the kernel use it: to tell a program that something is done.
 */
#ifndef FS_EVENTFD_H
#define FS_EVENTFD_H

#include "kernel/lib/types.h"

struct eventfd_ctx;

/* The counter behind a descriptor, with a reference. ERR_PTR: -EBADF, -EINVAL (not an eventfd). */
struct eventfd_ctx *eventfd_ctx_fdget(int fd);
void eventfd_ctx_put(struct eventfd_ctx *ctx);
/*
 * Adds n, as far as it fits, and wakes readers. Any context, but not from a wake-up function: the queue woken here may be the one
 * whose lock the caller holds.
 */
void eventfd_signal(struct eventfd_ctx *ctx, u64 n);

#endif
