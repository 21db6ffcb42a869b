/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks that are one bit of a word, for tables where a full lock a slot
 * would cost too much. All of them are one class to the order checker
 * (bit_spin_lock_key()); a user with its own order gives its own key.
 */
#ifndef KERNEL_LOCK_BIT_SPINLOCK_H
#define KERNEL_LOCK_BIT_SPINLOCK_H

#include "kernel/lock/preempt.h"
#include "kernel/lock/lockdep.h"
#include "kernel/x86/bitops.h"

extern struct lock_class_key bit_spin_lock_class;

/* Preemption is off while the bit is held. */
void bit_spin_lock_key(int bitnum, unsigned long *addr, struct lock_class_key *key);
bool bit_spin_trylock_key(int bitnum, unsigned long *addr, struct lock_class_key *key);
void bit_spin_unlock(int bitnum, unsigned long *addr);

#define bit_spin_lock(bitnum, addr)	bit_spin_lock_key(bitnum, addr, &bit_spin_lock_class)
#define bit_spin_trylock(bitnum, addr)	bit_spin_trylock_key(bitnum, addr, &bit_spin_lock_class)
/* The word is written by the holder alone, so the release needs no locked operation. */
void __bit_spin_unlock(int bitnum, unsigned long *addr);

static inline bool bit_spin_is_locked(int bitnum, const unsigned long *addr)
{
	return test_bit(bitnum, addr);
}

#endif
