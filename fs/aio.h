// SPDX-License-Identifier: MIT
/* Linux's native asynchronous I/O, as the rest of the kernel sees it. */
#ifndef FS_AIO_H
#define FS_AIO_H

#include "kernel/x86/atomic.h"

struct mm_struct;

/* Requests that all contexts together may hold, and do (fs.aio-max-nr, fs.aio-nr). */
extern unsigned long aio_max_nr;
extern atomic_long_t aio_nr;

/* The last user of an address space is leaving: cancels what can be, and waits for the rest. May sleep. */
void exit_aio(struct mm_struct *mm);
void aio_init(void);

#endif
