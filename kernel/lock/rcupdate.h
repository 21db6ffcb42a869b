/* SPDX-License-Identifier: MIT */
/*
 * RCU: readers pay almost nothing, writers wait until every reader that
 * could have seen the old version is done.
 *
 * A reader is not preemptible and does not sleep. So a CPU that switches
 * tasks, idles or runs the program has no reader older than that moment; a
 * grace period ends when every CPU has passed such a moment since it began.
 * Interrupt handlers and regions with interrupts or preemption off are
 * readers too.
 *
 * Callbacks run in a per-CPU thread, in soft context (in_rcu_callback()):
 * they may take spinlocks and may not sleep.
 */
#ifndef KERNEL_LOCK_RCUPDATE_H
#define KERNEL_LOCK_RCUPDATE_H

#include "kernel/lock/preempt.h"
#include "kernel/lib/bug.h"
#include "kernel/x86/barrier.h"

#define rcu_read_lock()		preempt_disable()
#define rcu_read_unlock()	preempt_enable()
#define rcu_read_lock_bh()	local_bh_disable()
#define rcu_read_unlock_bh()	local_bh_enable()
#define rcu_read_lock_sched()	preempt_disable()
#define rcu_read_unlock_sched()	preempt_enable()

/* In a reader. With interrupts off one also is. */
static inline bool rcu_read_lock_held(void)
{
	return preempt_count() != 0 || irqs_disabled();
}

#define RCU_INIT_POINTER(p, v)	WRITE_ONCE(p, v)
/* Publishes what was stored in @v before. */
#define rcu_assign_pointer(p, v) smp_store_release(&(p), (__typeof__(p))(v))
/* The dependency orders the reads through the pointer (x86 needs nothing more). */
#define rcu_dereference_raw(p)	READ_ONCE(p)
#if CONFIG_CHECKS
#define rcu_dereference(p) ({						\
	if (unlikely(!rcu_read_lock_held()))				\
		rcu_misuse(__WHERE);					\
	READ_ONCE(p); })
void rcu_misuse(const char *where);
#else
#define rcu_dereference(p)	READ_ONCE(p)
#endif
#define rcu_dereference_bh(p)	rcu_dereference(p)
#define rcu_dereference_sched(p) rcu_dereference(p)
/* For writers: @c says which lock keeps the pointer still. */
#define rcu_dereference_protected(p, c) (p)
#define rcu_dereference_check(p, c) READ_ONCE(p)
/* The pointer's value only; it is not followed. */
#define rcu_access_pointer(p)	READ_ONCE(p)
#define rcu_pointer_handoff(p)	(p)
#define rcu_replace_pointer(p, v, c) ({					\
	__typeof__(p) __old = (p);					\
	rcu_assign_pointer(p, v);					\
	__old; })

/*
 * Calls @func(@head) after a grace period, in soft context on some CPU. Any
 * context but NMI; not under the scheduler's own locks.
 */
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
/* Sleeps for a grace period. */
void synchronize_rcu(void);
#define synchronize_rcu_expedited() synchronize_rcu()
#define synchronize_sched()	synchronize_rcu()
/* Sleeps until every callback queued before has run. */
void rcu_barrier(void);

/* A point in time, and the question whether a grace period has passed since. */
unsigned long get_state_synchronize_rcu(void);
bool poll_state_synchronize_rcu(unsigned long state);
void cond_synchronize_rcu(unsigned long state);

/* kfree() of the object that holds member @rhf (within its first 4 KiB), after a grace period. */
#define kfree_rcu(ptr, rhf)						\
do {									\
	__typeof__(ptr) __kp = (ptr);					\
	if (__kp)							\
		__kfree_rcu(&__kp->rhf, offsetof(__typeof__(*__kp), rhf)); \
} while (0)
void __kfree_rcu(struct rcu_head *head, unsigned long offset);

/*
 * Hooks. The scheduler calls rcu_note_context_switch() at the start of every
 * schedule(), preempting or not, interrupts off. The way out to the program
 * calls rcu_user_return(). The idle loop calls rcu_idle_enter() before it
 * halts and rcu_idle_exit() after, both with interrupts off; in between only
 * interrupt handlers run, inside irq_enter()/irq_exit().
 */
DECLARE_PER_CPU(bool, rcu_need_qs);	/* a grace period waits for this CPU */
DECLARE_PER_CPU(bool, rcu_in_idle);	/* between rcu_idle_enter() and rcu_idle_exit() */
void rcu_qs(void);
void rcu_idle_enter(void);
void rcu_idle_exit(void);
void __rcu_irq_enter(void);
void __rcu_irq_exit(void);

static __always_inline void rcu_note_context_switch(void)
{
	if (unlikely(this_cpu_read(rcu_need_qs)))
		rcu_qs();
}
#define rcu_user_return() rcu_note_context_switch()

static __always_inline void rcu_irq_enter(void)
{
	if (unlikely(this_cpu_read(rcu_in_idle)))
		__rcu_irq_enter();
}

static __always_inline void rcu_irq_exit(void)
{
	if (unlikely(this_cpu_read(rcu_in_idle)))
		__rcu_irq_exit();
}

/* Early boot, before anything calls call_rcu(). */
void rcu_init(void);
/* Kernel threads can be started now: starts RCU's own. Until then grace periods do not end. */
void rcu_start(void);

/* For the tests and reports. */
unsigned long rcu_grace_periods(void);

#endif
