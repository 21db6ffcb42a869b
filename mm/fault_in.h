/* SPDX-License-Identifier: MIT */
/*
 * Fault user pages in before a page lock is taken, so that a copy under the lock can run with page
 * faults disabled and still make progress.  No locks held but what may be held over mmap_sem.
 */
#ifndef MM_FAULT_IN_H
#define MM_FAULT_IN_H

#include "kernel/lib/types.h"

/* Touch every page of the range.  0 or -EFAULT; @size in bytes, not negative. */
int fault_in_pages_readable(const char *uaddr, size_t size);
int fault_in_pages_writeable(char *uaddr, size_t size);

#endif
