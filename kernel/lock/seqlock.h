/* SPDX-License-Identifier: MIT */
/*
 * Sequence counters and locks: readers take nothing, look at a counter
 * before and after, and repeat when a writer was there (odd) or has been
 * (changed). What they read may be inconsistent until the check, so they
 * must not follow pointers that could be freed, unless RCU keeps them.
 *
 * A seqcount_t's writers are serialised by a lock of its user, and must not
 * be preempted (a reader would spin); a seqlock_t brings its own spinlock.
 */
#ifndef KERNEL_LOCK_SEQLOCK_H
#define KERNEL_LOCK_SEQLOCK_H

#include "kernel/lock/spinlock.h"

typedef struct seqcount {
	unsigned int sequence;		/* odd while a writer is at work */
} seqcount_t;

#define SEQCNT_ZERO(name)	{ .sequence = 0 }
#define seqcount_init(s)	((s)->sequence = 0)

static inline unsigned int __read_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq;

	while (unlikely((seq = READ_ONCE(s->sequence)) & 1))
		cpu_relax();
	return seq;
}

static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq = __read_seqcount_begin(s);

	smp_rmb();
	return seq;
}
#define raw_read_seqcount_begin(s)	read_seqcount_begin(s)

/* The counter as it is; a writer at work makes the retry check fail. */
static inline unsigned int raw_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq = READ_ONCE(s->sequence);

	smp_rmb();
	return seq & ~1U;
}

static inline unsigned int raw_read_seqcount(const seqcount_t *s)
{
	unsigned int seq = READ_ONCE(s->sequence);

	smp_rmb();
	return seq;
}

static inline int __read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	return unlikely(READ_ONCE(s->sequence) != start);
}

static inline int read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	smp_rmb();
	return __read_seqcount_retry(s, start);
}

static inline void raw_write_seqcount_begin(seqcount_t *s)
{
	WRITE_ONCE(s->sequence, s->sequence + 1);
	smp_wmb();
}

static inline void raw_write_seqcount_end(seqcount_t *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 1);
}

#define write_seqcount_begin(s)			raw_write_seqcount_begin(s)
#define write_seqcount_begin_nested(s, sub)	raw_write_seqcount_begin(s)
#define write_seqcount_end(s)			raw_write_seqcount_end(s)

/* Makes readers that began before repeat, without a write section. */
static inline void write_seqcount_invalidate(seqcount_t *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 2);
}
#define raw_write_seqcount_barrier(s)	write_seqcount_invalidate(s)

typedef struct {
	seqcount_t seqcount;		/* lock */
	spinlock_t lock;
} seqlock_t;

#define __SEQLOCK_UNLOCKED(name)					\
	{ .seqcount = SEQCNT_ZERO(name), .lock = __SPIN_LOCK_UNLOCKED(name) }
#define DEFINE_SEQLOCK(x)	seqlock_t x = __SEQLOCK_UNLOCKED(x)
#define seqlock_init(x)							\
do {									\
	seqcount_init(&(x)->seqcount);					\
	spin_lock_init(&(x)->lock);					\
} while (0)

static inline unsigned int read_seqbegin(const seqlock_t *sl)
{
	return read_seqcount_begin(&sl->seqcount);
}

static inline int read_seqretry(const seqlock_t *sl, unsigned int start)
{
	return read_seqcount_retry(&sl->seqcount, start);
}

static inline void write_seqlock(seqlock_t *sl)
{
	spin_lock(&sl->lock);
	write_seqcount_begin(&sl->seqcount);
}

static inline void write_sequnlock(seqlock_t *sl)
{
	write_seqcount_end(&sl->seqcount);
	spin_unlock(&sl->lock);
}

static inline void write_seqlock_irq(seqlock_t *sl)
{
	spin_lock_irq(&sl->lock);
	write_seqcount_begin(&sl->seqcount);
}

static inline void write_sequnlock_irq(seqlock_t *sl)
{
	write_seqcount_end(&sl->seqcount);
	spin_unlock_irq(&sl->lock);
}

#define write_seqlock_irqsave(sl, flags)				\
do {									\
	spin_lock_irqsave(&(sl)->lock, flags);				\
	write_seqcount_begin(&(sl)->seqcount);				\
} while (0)

static inline void write_sequnlock_irqrestore(seqlock_t *sl, unsigned long flags)
{
	write_seqcount_end(&sl->seqcount);
	spin_unlock_irqrestore(&sl->lock, flags);
}

/* A reader that keeps writers out instead of repeating. */
static inline void read_seqlock_excl(seqlock_t *sl)
{
	spin_lock(&sl->lock);
}

static inline void read_sequnlock_excl(seqlock_t *sl)
{
	spin_unlock(&sl->lock);
}

/* First round (even *seq) without the lock, the next (odd) with it. */
static inline void read_seqbegin_or_lock(seqlock_t *lock, int *seq)
{
	if (!(*seq & 1))
		*seq = (int)read_seqbegin(lock);
	else
		read_seqlock_excl(lock);
}

static inline int need_seqretry(seqlock_t *lock, int seq)
{
	return !(seq & 1) && read_seqretry(lock, (unsigned int)seq);
}

static inline void done_seqretry(seqlock_t *lock, int seq)
{
	if (seq & 1)
		read_sequnlock_excl(lock);
}

#endif
