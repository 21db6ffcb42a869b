/* SPDX-License-Identifier: MIT */
/*
 * The usual path of taking and releasing a tracked lock, inlined into the
 * lock operations: a context, an entry, a hash, one table look-up. Whatever
 * is unusual goes to the functions of lockdep.c.
 */
#ifndef KERNEL_LOCK_LOCKDEP_FAST_H
#define KERNEL_LOCK_LOCKDEP_FAST_H

#include "kernel/lock/lockdep.h"

#if CONFIG_CHECKS

#include "kernel/lock/lockdep_internal.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lock/preempt.h"
#include "kernel/lib/hash.h"
#include "kernel/x86/irqflags.h"

DECLARE_PER_CPU(struct held_locks, held_irq);
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
	return (chain ^ what ^ 0x5bd1e995u) * GOLDEN_RATIO_64;
}

static __always_inline void held_push(const void *lock, struct lock_class_key *key,
				      unsigned int subclass, unsigned int flags,
				      unsigned long ip)
{
	unsigned int pc = this_cpu_read(__preempt_count);
	struct held_locks *h = held_context(pc);
	unsigned int depth = h->depth;
	struct held_lock *e = &h->stack[depth];
	u64 chain;
	u32 what;

	if (unlikely(depth >= h->limit || !key || subclass >= MAX_LOCKDEP_SUBCLASSES)) {
		held_push_slow(lock, key, subclass, flags, ip);
		return;
	}
	if (flags & HELD_IRQS_ON)
		flags |= ENTRY_IRQS_ON;
	else if (!(flags & HELD_IRQS_OFF) && !irqs_disabled())
		flags |= ENTRY_IRQS_ON;
	if (unlikely(pc & HARDIRQ_MASK))
		flags |= ENTRY_IN_IRQ;
	what = READ_ONCE(key->id[subclass]);
	if (unlikely(!what)) {
		held_push_slow(lock, key, subclass, flags, ip);
		return;
	}
	what |= (flags & ~(HELD_IRQS_ON | HELD_IRQS_OFF)) << 16;
	e->lock = lock;
	e->ip = ip;
	e->chain = h->chain;
	e->what = what;
	e->cpu = smp_processor_id();
	chain = held_chain_step(e->chain, what);
	if (unlikely(!lock_chain_known(chain))) {
		lock_chain_check(h, e, chain);
		return;
	}
	h->chain = chain;
	barrier();
	h->depth = depth + 1;
}

static __always_inline void held_pop(const void *lock, unsigned long ip)
{
	struct held_locks *h = held_context(this_cpu_read(__preempt_count));
	unsigned int top = h->depth - 1;
	struct held_lock *e = &h->stack[top];

	if (likely(top < h->limit && e->lock == lock)) {
		h->chain = e->chain;
		barrier();
		h->depth = top;
		return;
	}
	held_pop_slow(lock, ip);
}

#define held_push_map(l, sub, flags, ip)				\
	held_push(l, (l)->dep_map.key, (l)->dep_map.subclass + (sub), flags, ip)

#else

#define held_push(lock, key, sub, flags, ip)	do { (void)(key); } while (0)
#define held_push_map(l, sub, flags, ip)	do { } while (0)
#define held_pop(lock, ip)			do { } while (0)

#endif
#endif
