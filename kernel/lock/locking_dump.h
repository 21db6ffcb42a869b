/* SPDX-License-Identifier: MIT */
/*
 * The counters of a run as records on the console, for the host (scripts/harvest.py) to keep.
 *
 * The command line asks for them: locking=rows for the rows of fs/locking.rst, locking=all for the
 * lock classes and their order as well. Without the word both functions do nothing.
 */
#ifndef KERNEL_LOCK_LOCKING_DUMP_H
#define KERNEL_LOCK_LOCKING_DUMP_H

#if CONFIG_CHECKS

/*
 * The program is about to start: what the kernel did so far, it did for itself. Called once, by
 * the program's first thread.
 */
void locking_program_starts(void);

/* The program (or the tests) ended: print the records. Task context, no locks held. */
void locking_dump(void);

#else

static inline void locking_program_starts(void) { }
static inline void locking_dump(void) { }

#endif
#endif
