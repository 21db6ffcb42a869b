// SPDX-License-Identifier: MIT
/*
 * Spinlocks: the slow path, and the tracked forms.
 *
 * The lock word holds two tickets; the lock is free when they are equal. Two
 * ways to wait share it:
 *
 * - In order, on real hardware: take a ticket from @next and wait until
 *   @owner shows it. Fair, and each release wakes exactly one CPU's spin.
 * - Out of order, under a hypervisor: watch until the halves are equal, then
 *   try to take the next ticket by compare-and-exchange. Where 8 virtual CPUs
 *   share 2 real ones, the next in line is usually not running, and everybody
 *   behind it would wait for the host to run it; here whoever runs gets the
 *   lock. Who has seen SPIN_OVERTAKEN others get it takes a ticket too: while
 *   one is out the halves differ, so nobody else can come before it.
 *
 * The two mix correctly, since both only ever take the lock by advancing
 * @next. Which one is used is decided from CPUID's hypervisor bit.
 *
 * Ordering: taking is a locked read-modify-write (full barrier), releasing is
 * a store that x86 keeps behind all earlier accesses.
 */
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/x86/current.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"

#define SPIN_OVERTAKEN	1000

/* @owner goes up by one at each release. */
static __always_inline bool may_go_on_out_of_order(const raw_spinlock_t *lock, u16 first_seen)
{
	return cpu_features.hypervisor && (u16)(READ_ONCE(lock->owner) - first_seen) < SPIN_OVERTAKEN;
}

static __always_inline bool take_out_of_order(raw_spinlock_t *lock)
{
	return !raw_spin_is_locked(lock) && arch_spin_trylock(lock);
}

void raw_spin_lock_slow(raw_spinlock_t *lock)
{
	u16 first_seen = READ_ONCE(lock->owner), ticket;

	while (may_go_on_out_of_order(lock, first_seen)) {
		if (take_out_of_order(lock))
			return;
		cpu_relax();
	}
	ticket = xadd(&lock->next, (u16)1);
	while (READ_ONCE(lock->owner) != ticket)
		cpu_relax();
	barrier();
}

bool _atomic_dec_and_lock(atomic_t *atomic, spinlock_t *lock)
{
	if (atomic_add_unless(atomic, -1, 1))
		return false;
	spin_lock(lock);
	if (atomic_dec_and_test(atomic))
		return true;
	spin_unlock(lock);
	return false;
}

#if CONFIG_CHECKS

/* About half a minute at a few ns an iteration; a machine that slow is reported once, no more. */
#define SPIN_LIMIT	(1UL << 32)

static noinline void spin_stuck(spinlock_t *lock, unsigned long ip)
{
	struct task_struct *owner = READ_ONCE(lock->dep_map.owner);

	printk(KERN_ERR "spinlock %s (%p): CPU %u waits at %pS\n",
	       lock->dep_map.key ? lock->dep_map.key->name : "?", lock, smp_processor_id(),
	       (void *)ip);
	if (owner) {
		printk(KERN_ERR "owner: task %d (%s) on CPU %d\n", sched_pid(owner),
		       sched_comm(owner), sched_cpu(owner));
		debug_show_held_locks(owner);
	}
	dump_stack();
}

/* Waits like raw_spin_lock_slow(), and reports a wait that has no end. */
static void spin_reporting(spinlock_t *lock, unsigned long ip)
{
	raw_spinlock_t *raw = &lock->rlock;
	u16 first_seen = READ_ONCE(raw->owner), ticket;
	unsigned long spins = 0;

	while (may_go_on_out_of_order(raw, first_seen)) {
		if (take_out_of_order(raw))
			return;
		cpu_relax();
		if (unlikely(++spins == SPIN_LIMIT))
			spin_stuck(lock, ip);
	}
	ticket = xadd(&raw->next, (u16)1);
	while (READ_ONCE(raw->owner) != ticket) {
		cpu_relax();
		if (unlikely(++spins == SPIN_LIMIT))
			spin_stuck(lock, ip);
	}
	barrier();
}

void spin_wait(spinlock_t *lock, unsigned long ip);
void spin_wait(spinlock_t *lock, unsigned long ip)
{
	u64 since = lock_stat_wait_begin();

	spin_reporting(lock, ip);
	lock_stat_waited(lock, since);
}

static __always_inline void lock_tracked(spinlock_t *lock, unsigned int subclass, unsigned int flags,
				unsigned long ip)
{
	preempt_disable();
	held_push_map(lock, subclass, flags, ip);
	if (unlikely(!arch_spin_trylock(&lock->rlock)))
		SLOW_CALL2(spin_wait, lock, ip);
	lockdep_note_owner(lock);
}

void __spin_lock(spinlock_t *lock, unsigned int subclass, unsigned int flags)
{
	lock_tracked(lock, subclass, flags, _RET_IP_);
}

void __spin_lock_plain(spinlock_t *lock)
{
	lock_tracked(lock, 0, 0, _RET_IP_);
}

void __spin_lock_irq(spinlock_t *lock)
{
	lock_tracked(lock, 0, HELD_IRQS_OFF, _RET_IP_);
}

unsigned long __spin_lock_irqsave(spinlock_t *lock, unsigned int subclass)
{
	unsigned long flags;

	local_irq_save(flags);
	lock_tracked(lock, subclass, HELD_IRQS_OFF, _RET_IP_);
	return flags;
}

bool __spin_trylock(spinlock_t *lock, unsigned int flags)
{
	preempt_disable();
	if (!arch_spin_trylock(&lock->rlock)) {
		preempt_enable();
		return false;
	}
	held_push_map(lock, 0, flags | HELD_TRY, _RET_IP_);
	lockdep_note_owner(lock);
	return true;
}

void __spin_unlock(spinlock_t *lock)
{
	held_pop(lock, _RET_IP_);
	lockdep_clear_owner(lock);
	arch_spin_unlock(&lock->rlock);
}

#endif
