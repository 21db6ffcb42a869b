/* SPDX-License-Identifier: MIT */
/*
 * Lock statistics, for each class of locks: how often taken, how often somebody had to wait and how long,
 * how long held.
 *
 * Acquisitions are always counted, with one instruction on memory of this CPU (held_push()). Waits are counted and
 * timed where somebody waits anyway. Hold times need the clock at both ends of every critical section, so they
 * are only taken while that is switched on: lock_stat=1 on the command line, or /proc/lock_stat.
 */
#ifndef KERNEL_LOCK_LOCK_STAT_H
#define KERNEL_LOCK_LOCK_STAT_H

#include "kernel/lock/lockdep.h"
#include "kernel/x86/msr.h"

#if CONFIG_CHECKS

/* Of one class, over all CPUs. Times in ns. */
struct lock_stat_sum {
	u64 acquisitions;	/* by wait, by try, or at once; in any mode */
	u64 contended;		/* of those, how many waited */
	u64 wait_total, wait_max;
	u64 holds;		/* how many holds were timed, from the acquisition to the release */
	u64 hold_total, hold_max;
	unsigned long first_ip, last_ip;	/* who waited first and last; 0: nobody */
};

/* Any context but NMI. Zeros for a class that does not exist. */
void lock_stat_read(unsigned int class, struct lock_stat_sum *sum);
/* Calls @fn for each class in the order of their numbers. */
void lock_stat_for_each(void (*fn)(unsigned int class, const char *name, unsigned int subclass,
				   const struct lock_stat_sum *sum, void *arg), void *arg);
/* Sets all to zero. Holds that have begun are counted when they end. May sleep. */
void lock_stat_clear(void);
/* Hold times on or off. Any context. */
void lock_stat_switch(bool on);
/* Holds of locks given to the I/O that could not be timed, for want of room. */
unsigned long lock_stat_lost(void);
/* Boot, before the page allocator: the memory, and the command line's lock_stat= word. */
void lock_stat_init(void);

/* ---- for the locks ---- */

/* Before waiting for a lock that is on the held stack; what it returns goes to one of the next two. */
static __always_inline u64 lock_stat_wait_begin(void)
{
	return rdtsc();
}
/* Got it. The caller still holds it. */
void lock_stat_waited(const void *lock, u64 since);
/* A signal came first: it was no acquisition. The entry is still on the held stack. */
void lock_stat_gave_up(const void *lock);

/* ---- for held stacks (lockdep.c); preemption off ---- */

extern bool lock_stat_timing;
/* The hold of entry @i of @h ends. */
void lock_stat_released(const struct held_locks *h, unsigned int i);
/* It becomes the I/O's; lock_stat_io_released() ends it, on any CPU. */
void lock_stat_handed_off(const struct held_locks *h, unsigned int i);
void lock_stat_io_released(const void *lock);

#else

static inline void lock_stat_init(void) { }
#define lock_stat_wait_begin()		0ULL
#define lock_stat_waited(lock, since)	do { (void)(since); } while (0)
#define lock_stat_gave_up(lock)		do { } while (0)

#endif
#endif
