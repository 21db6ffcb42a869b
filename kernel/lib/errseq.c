// SPDX-License-Identifier: MIT
/*
 * Error sequences: see errseq.h.
 *
 * All changes are compare-and-exchange loops on the one word, so writers and
 * observers on any CPU and in any context need no lock. An observer marks the
 * error seen before it reports it; the next error then gets a new counter
 * value, which every observer will notice as different from its sample.
 */
#include "kernel/lib/errseq.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/err.h"
#include "kernel/x86/atomic.h"

#define ERRSEQ_SHIFT	12
#define ERRSEQ_ERR	((1U << ERRSEQ_SHIFT) - 1)
#define ERRSEQ_SEEN	(1U << ERRSEQ_SHIFT)
#define ERRSEQ_INC	(1U << (ERRSEQ_SHIFT + 1))

errseq_t errseq_set(errseq_t *eseq, int err)
{
	errseq_t old = READ_ONCE(*eseq), new;

	if (WARN_ON(err == 0 || err < -MAX_ERRNO))
		return old;
	do {
		new = (old & ~(ERRSEQ_ERR | ERRSEQ_SEEN)) | (u32)-err;
		if (old & ERRSEQ_SEEN)
			new += ERRSEQ_INC;
		if (new == old)
			break;		/* the same error, not yet seen by anybody */
	} while (!try_cmpxchg(eseq, &old, new));
	return new;
}

errseq_t errseq_sample(errseq_t *eseq)
{
	errseq_t old = READ_ONCE(*eseq);

	/* An error that nobody has seen yet is for the new observer too. */
	return old & ERRSEQ_SEEN ? old : 0;
}

int errseq_check(errseq_t *eseq, errseq_t since)
{
	errseq_t cur = READ_ONCE(*eseq);

	return cur == since ? 0 : -(int)(cur & ERRSEQ_ERR);
}

int errseq_check_and_advance(errseq_t *eseq, errseq_t *since)
{
	errseq_t old = READ_ONCE(*eseq), new;
	int err = 0;

	if (old != *since) {
		new = old | ERRSEQ_SEEN;
		/*
		 * A failed exchange means that a newer error or another
		 * observer's mark came in between. A newer error then shows as
		 * a difference next time; the mark is what we wanted to set.
		 */
		if (new != old)
			cmpxchg(eseq, old, new);
		*since = new;
		err = -(int)(new & ERRSEQ_ERR);
	}
	return err;
}
