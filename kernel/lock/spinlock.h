/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks.
 *
 * spin_lock() turns preemption off and waits for the lock; the _irq and
 * _irqsave forms turn interrupts off first, which is required for every lock
 * that an interrupt handler takes (the order checker sees to that). Nothing
 * that may sleep can be called while one is held.
 *
 * raw_spinlock_t is the lock without held-lock tracking: for the scheduler's
 * run queues (taken by one task, released by another) and for the insides of
 * this room. Everything else uses spinlock_t.
 *
 * Taking a lock is an acquire, releasing it a release.
 */
#ifndef KERNEL_LOCK_SPINLOCK_H
#define KERNEL_LOCK_SPINLOCK_H

#include "kernel/lock/preempt.h"
#include "kernel/lock/spinlock_types.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/processor.h"

/* The slow path: waits until the lock is this CPU's. */
void raw_spin_lock_slow(raw_spinlock_t *lock);

static __always_inline bool arch_spin_trylock(raw_spinlock_t *lock)
{
	u32 old = READ_ONCE(lock->val);

	if ((u16)old != (u16)(old >> 16))
		return false;
	return try_cmpxchg(&lock->val, &old, old + (1u << 16));
}

static __always_inline void arch_spin_lock(raw_spinlock_t *lock)
{
	if (unlikely(!arch_spin_trylock(lock)))
		raw_spin_lock_slow(lock);
}

static __always_inline void arch_spin_unlock(raw_spinlock_t *lock)
{
	smp_store_release(&lock->owner, (u16)(lock->owner + 1));
}

static __always_inline bool raw_spin_is_locked(raw_spinlock_t *lock)
{
	u32 v = READ_ONCE(lock->val);

	return (u16)v != (u16)(v >> 16);
}

static __always_inline bool raw_spin_is_contended(raw_spinlock_t *lock)
{
	u32 v = READ_ONCE(lock->val);

	return (u16)((u16)(v >> 16) - (u16)v) > 1;
}

#define raw_spin_lock_init(l)	((l)->val = 0)

static __always_inline void raw_spin_lock(raw_spinlock_t *lock)
{
	preempt_disable();
	arch_spin_lock(lock);
}

static __always_inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	arch_spin_unlock(lock);
	preempt_enable();
}

static __always_inline bool raw_spin_trylock(raw_spinlock_t *lock)
{
	preempt_disable();
	if (arch_spin_trylock(lock))
		return true;
	preempt_enable();
	return false;
}

static __always_inline void raw_spin_lock_irq(raw_spinlock_t *lock)
{
	local_irq_disable();
	raw_spin_lock(lock);
}

static __always_inline void raw_spin_unlock_irq(raw_spinlock_t *lock)
{
	arch_spin_unlock(lock);
	local_irq_enable();
	preempt_enable();
}

#define raw_spin_lock_irqsave(lock, flags)				\
do {									\
	local_irq_save(flags);						\
	raw_spin_lock(lock);						\
} while (0)

static __always_inline void raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	arch_spin_unlock(lock);
	local_irq_restore(flags);
	preempt_enable();
}

#define raw_spin_lock_nested(lock, subclass)	raw_spin_lock(lock)

#if CONFIG_CHECKS

#define spin_lock_init(l)						\
do {									\
	(l)->rlock.val = 0;						\
	lockdep_init_map_here(&(l)->dep_map, #l);			\
} while (0)

/* Out of line: tracking makes them too big to inline. @ip is the caller. */
void __spin_lock(spinlock_t *lock, unsigned int subclass, unsigned int flags);
void __spin_lock_plain(spinlock_t *lock);
void __spin_lock_irq(spinlock_t *lock);		/* interrupts are off already */
bool __spin_trylock(spinlock_t *lock, unsigned int flags);
void __spin_unlock(spinlock_t *lock);
unsigned long __spin_lock_irqsave(spinlock_t *lock, unsigned int subclass);

#else

#define spin_lock_init(l)	((l)->rlock.val = 0)
#define __spin_lock_plain(l)	raw_spin_lock(&(l)->rlock)
#define __spin_lock_irq(l)	raw_spin_lock(&(l)->rlock)

static __always_inline void __spin_lock(spinlock_t *lock, unsigned int subclass,
					unsigned int flags)
{
	raw_spin_lock(&lock->rlock);
}

static __always_inline bool __spin_trylock(spinlock_t *lock, unsigned int flags)
{
	return raw_spin_trylock(&lock->rlock);
}

/* Releases the lock but leaves preemption off. */
static __always_inline void __spin_unlock(spinlock_t *lock)
{
	arch_spin_unlock(&lock->rlock);
}

static __always_inline unsigned long __spin_lock_irqsave(spinlock_t *lock, unsigned int subclass)
{
	unsigned long flags;

	local_irq_save(flags);
	raw_spin_lock(&lock->rlock);
	return flags;
}

#endif

static __always_inline void spin_lock(spinlock_t *lock)
{
	__spin_lock_plain(lock);
}

static __always_inline void spin_lock_nested(spinlock_t *lock, unsigned int subclass)
{
	__spin_lock(lock, subclass, 0);
}

static __always_inline bool spin_trylock(spinlock_t *lock)
{
	return __spin_trylock(lock, 0);
}

static __always_inline void spin_unlock(spinlock_t *lock)
{
	__spin_unlock(lock);
	preempt_enable();
}

static __always_inline void spin_lock_irq(spinlock_t *lock)
{
	local_irq_disable();
	__spin_lock_irq(lock);
}

static __always_inline void spin_lock_irq_nested(spinlock_t *lock, unsigned int subclass)
{
	local_irq_disable();
	__spin_lock(lock, subclass, HELD_IRQS_OFF);
}

static __always_inline void spin_unlock_irq(spinlock_t *lock)
{
	__spin_unlock(lock);
	local_irq_enable();
	preempt_enable();
}

#define spin_lock_irqsave(lock, flags)		((flags) = __spin_lock_irqsave(lock, 0))
#define spin_lock_irqsave_nested(lock, flags, subclass)			\
	((flags) = __spin_lock_irqsave(lock, subclass))

static __always_inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	__spin_unlock(lock);
	local_irq_restore(flags);
	preempt_enable();
}

static __always_inline bool spin_trylock_irq(spinlock_t *lock)
{
	local_irq_disable();
	if (__spin_trylock(lock, HELD_IRQS_OFF))
		return true;
	local_irq_enable();
	return false;
}

#define spin_trylock_irqsave(lock, flags) ({				\
	local_irq_save(flags);						\
	__spin_trylock(lock, HELD_IRQS_OFF) ? true :			\
		({ local_irq_restore(flags); false; }); })

static __always_inline void spin_lock_bh(spinlock_t *lock)
{
	local_bh_disable();
	spin_lock(lock);
}

static __always_inline void spin_unlock_bh(spinlock_t *lock)
{
	spin_unlock(lock);
	local_bh_enable();
}

#define spin_is_locked(lock)	raw_spin_is_locked(&(lock)->rlock)
#define spin_is_contended(lock)	raw_spin_is_contended(&(lock)->rlock)
#define spin_needbreak(lock)	spin_is_contended(lock)
#define assert_spin_locked(lock) lockdep_assert_held(lock)

/*
 * Decrements @atomic; when that would make it 0, takes @lock first. True
 * with the lock held when the count fell to 0.
 */
bool _atomic_dec_and_lock(atomic_t *atomic, spinlock_t *lock);
#define atomic_dec_and_lock(atomic, lock) _atomic_dec_and_lock(atomic, lock)

#include "kernel/lock/rwlock.h"

#endif
