/* SPDX-License-Identifier: MIT */
/*
 * An error with a sequence number, so that every observer (an open file)
 * learns of each new error once, however many observers there are.
 *
 * Layout of the word: error number (12 bits), SEEN flag, counter.  The
 * counter advances only when a new error is recorded after the last one had
 * been seen, which keeps it from wrapping while nobody looks.
 */
#ifndef KERNEL_LIB_ERRSEQ_H
#define KERNEL_LIB_ERRSEQ_H

#include "kernel/lib/types.h"

typedef u32 errseq_t;

/* Records negative @err; any context. */
errseq_t errseq_set(errseq_t *eseq, int err);
/* A starting point for an observer: 0 (report also what was never seen) or the current value. */
errseq_t errseq_sample(errseq_t *eseq);
/* The error since @since, or 0; does not mark it seen. */
int errseq_check(errseq_t *eseq, errseq_t since);
/*
 * The error since *@since, or 0; marks it seen and advances *@since, which
 * the caller must serialise (f_lock).
 */
int errseq_check_and_advance(errseq_t *eseq, errseq_t *since);

#endif
