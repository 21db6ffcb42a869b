// SPDX-License-Identifier: MIT
/* Bit spinlocks: see bit_spinlock.h. Unfair: who sees the bit clear and sets it first has it. */
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/bit_spinlock.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/barrier.h"

struct lock_class_key bit_spin_lock_class = { .name = "bit spinlock" };

static noinline void wait_for_bit(int bitnum, unsigned long *addr)
{
	u64 since = lock_stat_wait_begin();

	do {
		while (test_bit(bitnum, addr))
			cpu_relax();
	} while (test_and_set_bit(bitnum, addr));
	lock_stat_waited(addr, since);
}

void bit_spin_lock_key(int bitnum, unsigned long *addr, struct lock_class_key *key)
{
	preempt_disable();
	held_push(addr, key, 0, HELD_EXCLUSIVE, _RET_IP_);
	if (unlikely(test_and_set_bit(bitnum, addr)))
		wait_for_bit(bitnum, addr);
}

bool bit_spin_trylock_key(int bitnum, unsigned long *addr, struct lock_class_key *key)
{
	preempt_disable();
	if (test_and_set_bit(bitnum, addr)) {
		preempt_enable();
		return false;
	}
	held_push(addr, key, 0, HELD_TRY, _RET_IP_);
	return true;
}

void bit_spin_unlock(int bitnum, unsigned long *addr)
{
	held_pop(addr, _RET_IP_);
	barrier();
	clear_bit(bitnum, addr);	/* a locked operation: release and more */
	preempt_enable();
}

void __bit_spin_unlock(int bitnum, unsigned long *addr)
{
	held_pop(addr, _RET_IP_);
	smp_store_release(addr, *addr & ~(1UL << bitnum));
	preempt_enable();
}
