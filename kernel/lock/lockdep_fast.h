/* SPDX-License-Identifier: MIT */
/*
 * The usual path of taking and releasing a tracked lock, inlined into the
 * lock operations: a context, an entry, a hash, one table look-up. Whatever
 * is unusual goes to the functions of lockdep.c.
 */
#ifndef KERNEL_LOCK_LOCKDEP_FAST_H
#define KERNEL_LOCK_LOCKDEP_FAST_H

#include "kernel/lock/lockdep.h"
#include "kernel/lock/lock_stat.h"

#if CONFIG_CHECKS

#include "kernel/lock/lockdep_internal.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lock/preempt.h"
#include "kernel/lib/hash.h"
#include "kernel/x86/irqflags.h"

DECLARE_PER_CPU(struct held_locks, held_irq);
DECLARE_PER_CPU(u64 [MAX_CLASSES], lock_acquisitions);
extern struct held_locks held_untracked;

/* The stack of this context; in an NMI one that tracks nothing. */
static __always_inline struct held_locks *held_context(unsigned int pc)
{
	if (likely(!(pc & (HARDIRQ_MASK | NMI_MASK))))
		return this_cpu_read(held_now);
	return pc & NMI_MASK ? &held_untracked : this_cpu_ptr(&held_irq);
}

/*
 * One step of the hash. The multiplication by an odd number loses nothing,
 * and its high bits, which choose the place in the table, depend on all.
 */
static __always_inline u64 held_chain_step(u64 chain, u32 what)
{
	return (chain ^ what) * GOLDEN_RATIO_64;
}

/*
 * Preemption is off: an interrupt that ends in a switch would run the
 * scheduler's own locks through this very stack, in the middle of the change.
 *
 * @key may be NULL (a lock that was never initialised), the sum of subclasses
 * too large, the stack full or off, the class new, the context an interrupt,
 * hold times may be taken: all that is slow.
 */
static __always_inline void held_push(const void *lock, struct lock_class_key *key,
				      unsigned int subclass, unsigned int flags,
				      unsigned long ip)
{
	struct held_locks *h = this_cpu_read(held_now);
	unsigned long depth = h->depth;
	unsigned int what = flags & ~(HELD_IRQS_ON | HELD_IRQS_OFF);
	struct held_lock *e = &h->stack[depth];
	unsigned int class;
	u64 chain;

	if (unlikely((this_cpu_read(__preempt_count) & (HARDIRQ_MASK | NMI_MASK)) ||
		     lock_stat_timing || depth >= h->limit || !key || subclass >= MAX_LOCKDEP_SUBCLASSES ||
		     !(class = READ_ONCE(key->id[subclass])))) {
		SLOW_CALL5(held_push_slow, lock, key, subclass, flags, ip);
		return;
	}
	if (flags & HELD_IRQS_ON)
		what |= ENTRY_IRQS_ON;
	else if (!(flags & HELD_IRQS_OFF) && likely(!irqs_disabled()))
		what |= ENTRY_IRQS_ON;
	what = what << 16 | class;
	this_cpu_inc(lock_acquisitions[class % MAX_CLASSES]);
	e->lock = lock;
	e->ip = ip;
	e->chain = h->chain;
	e->what = what;
	e->cpu = smp_processor_id();
	chain = held_chain_step(e->chain, what);
	if (unlikely(!lock_chain_known(chain))) {
		SLOW_CALL3(lock_chain_check, h, e, chain);
		return;
	}
	h->chain = chain;
	barrier();
	h->depth = (unsigned int)depth + 1;
}

/* Out of order by one, as a page that is returned locked makes it: the top, @e, takes the place of the one below. */
static __always_inline void held_move_top_down(struct held_locks *h, struct held_lock *e)
{
	u64 chain = e[-1].chain;

	e[-1] = *e;
	e[-1].chain = chain;
	h->chain = held_chain_step(chain, e[-1].what);
	barrier();
	h->depth--;
}

/* Preemption is off. */
static __always_inline void held_pop(const void *lock, unsigned long ip)
{
	struct held_locks *h = this_cpu_read(held_now);
	unsigned long top = (unsigned int)(h->depth - 1);
	struct held_lock *e = &h->stack[top];

	if (likely(!(this_cpu_read(__preempt_count) & (HARDIRQ_MASK | NMI_MASK)) && !lock_stat_timing && top < h->limit)) {
		if (likely(e->lock == lock)) {
			h->chain = e->chain;
			barrier();
			h->depth = (unsigned int)top;
			return;
		}
		if (top && e[-1].lock == lock) {
			held_move_top_down(h, e);
			return;
		}
	}
	SLOW_CALL2(held_pop_slow, lock, ip);
}

/* 0 not held by this context, 1 shared, 2 exclusive. */
static __always_inline int held_mode_of(const struct held_locks *h, const void *lock)
{
	int mode = 0;

	for (const struct held_lock *e = &h->stack[h->depth]; e-- > h->stack; ) {
		if (e->lock != lock)
			continue;
		if (!(HELD_FLAGS(e) & HELD_SHARED))
			return 2;
		mode = 1;
	}
	return mode;
}

/* For locks that are taken and released with preemption on. */
static __always_inline void held_push_preemptible(const void *lock, struct lock_class_key *key,
						  unsigned int subclass, unsigned int flags,
						  unsigned long ip)
{
	preempt_disable();
	held_push(lock, key, subclass, flags, ip);
	preempt_enable();
}

static __always_inline void held_pop_preemptible(const void *lock, unsigned long ip)
{
	preempt_disable();
	held_pop(lock, ip);
	preempt_enable();
}

/* What held_check_empty() does, where the context is known to be a task's. */
static __always_inline void held_check_task_empty(const char *where)
{
	if (unlikely(this_cpu_read(held_now)->depth))
		held_check_empty(where);
}

#define held_push_map(l, sub, flags, ip)				\
	held_push(l, (l)->dep_map.key, (l)->dep_map.subclass + (sub), flags, ip)
#define held_push_map_preemptible(l, sub, flags, ip)			\
	held_push_preemptible(l, (l)->dep_map.key, (l)->dep_map.subclass + (sub), flags, ip)

#else

#define held_push(lock, key, sub, flags, ip)	do { (void)(key); } while (0)
#define held_push_map(l, sub, flags, ip)	do { } while (0)
#define held_pop(lock, ip)			do { } while (0)
#define held_push_map_preemptible(l, sub, flags, ip) do { } while (0)
#define held_pop_preemptible(lock, ip)		do { } while (0)
#define held_check_task_empty(where)		do { } while (0)

#endif
#endif
