/* SPDX-License-Identifier: MIT */
/*
 * The preemption count of this CPU, which is also the mark of its context:
 *
 *	bits 0-7	preempt_disable() nesting (spinlocks, RCU readers)
 *	bits 8-15	soft context: RCU callbacks run with it; local_bh_disable()
 *	bits 16-19	hard interrupt nesting
 *	bit 20		NMI
 *	bit 31		clear when a reschedule is due (inverted, so that "count fell to
 *			zero and a reschedule is due" is one test for zero)
 *
 * The count belongs to the CPU, not the task: every context switch happens
 * at the same count on both sides, so it needs no saving.  Only this CPU
 * writes its count, with single instructions, so interrupts (which leave it
 * as they found it, bit 31 apart) need no exclusion.
 */
#ifndef KERNEL_LOCK_PREEMPT_H
#define KERNEL_LOCK_PREEMPT_H

#include "kernel/lib/types.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/slow_call.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/irqflags.h"

#define PREEMPT_BITS		8
#define SOFTIRQ_BITS		8
#define HARDIRQ_BITS		4
#define NMI_BITS		1
#define PREEMPT_SHIFT		0
#define SOFTIRQ_SHIFT		(PREEMPT_SHIFT + PREEMPT_BITS)
#define HARDIRQ_SHIFT		(SOFTIRQ_SHIFT + SOFTIRQ_BITS)
#define NMI_SHIFT		(HARDIRQ_SHIFT + HARDIRQ_BITS)
#define PREEMPT_MASK		0x000000ffu
#define SOFTIRQ_MASK		0x0000ff00u
#define HARDIRQ_MASK		0x000f0000u
#define NMI_MASK		0x00100000u
#define PREEMPT_OFFSET		(1u << PREEMPT_SHIFT)
#define SOFTIRQ_OFFSET		(1u << SOFTIRQ_SHIFT)
#define SOFTIRQ_DISABLE_OFFSET	(2u * SOFTIRQ_OFFSET)
#define HARDIRQ_OFFSET		(1u << HARDIRQ_SHIFT)
#define NMI_OFFSET		(1u << NMI_SHIFT)
#define PREEMPT_NEED_RESCHED	0x80000000u

/* What a CPU starts with: preemption off (the idle task enables it), no reschedule due. */
#define INIT_PREEMPT_COUNT	(PREEMPT_OFFSET | PREEMPT_NEED_RESCHED)

DECLARE_PER_CPU(unsigned int, __preempt_count);

void preempt_schedule(void);	/* kernel/task */

static __always_inline unsigned int preempt_count(void)
{
	return this_cpu_read(__preempt_count) & ~PREEMPT_NEED_RESCHED;
}

/* Sets the count itself, keeping the reschedule mark. For the scheduler only. */
static __always_inline void preempt_count_set(unsigned int pc)
{
	unsigned int old = this_cpu_read(__preempt_count), found;

	while ((found = this_cpu_cmpxchg(__preempt_count, old,
					 (old & PREEMPT_NEED_RESCHED) | pc)) != old)
		old = found;
}

static __always_inline void preempt_count_add(unsigned int val)
{
	this_cpu_add(__preempt_count, val);
	barrier();
}

static __always_inline void preempt_count_sub(unsigned int val)
{
	barrier();
	this_cpu_sub(__preempt_count, val);
}

static __always_inline void set_preempt_need_resched(void)
{
	this_cpu_and(__preempt_count, ~PREEMPT_NEED_RESCHED);
}

static __always_inline void clear_preempt_need_resched(void)
{
	this_cpu_or(__preempt_count, PREEMPT_NEED_RESCHED);
}

static __always_inline bool test_preempt_need_resched(void)
{
	return !(this_cpu_read(__preempt_count) & PREEMPT_NEED_RESCHED);
}

/* Preemptible, and a reschedule is due. */
static __always_inline bool should_resched(unsigned int offset)
{
	return this_cpu_read(__preempt_count) == offset;
}

#define preempt_disable()	preempt_count_add(PREEMPT_OFFSET)
#define preempt_enable_no_resched() preempt_count_sub(PREEMPT_OFFSET)
#define sched_preempt_enable_no_resched() preempt_enable_no_resched()

/* A reschedule that became due meanwhile happens here, unless interrupts are off. */
#define preempt_enable()						\
do {									\
	barrier();							\
	if (unlikely(this_cpu_dec_and_test_int(__preempt_count)))	\
		SLOW_CALL0(preempt_schedule);				\
} while (0)

#define hardirq_count()		(preempt_count() & HARDIRQ_MASK)
#define softirq_count()		(preempt_count() & SOFTIRQ_MASK)
#define in_nmi()		(preempt_count() & NMI_MASK)
#define in_irq()		(hardirq_count() != 0)
#define in_hardirq()		(hardirq_count() != 0)
#define in_softirq()		(softirq_count() != 0)
#define in_interrupt()		((preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_MASK)) != 0)
#define in_task()		(!(preempt_count() & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET)))
#define in_atomic()		(preempt_count() != 0)
#define in_rcu_callback()	((preempt_count() & SOFTIRQ_OFFSET) != 0)
#define preemptible()		(preempt_count() == 0 && !irqs_disabled())

/* Soft context exists only in the RCU callback threads, so this only stops preemption. */
static __always_inline void local_bh_disable(void)
{
	preempt_count_add(SOFTIRQ_DISABLE_OFFSET);
}

static __always_inline void local_bh_enable(void)
{
	preempt_count_sub(SOFTIRQ_DISABLE_OFFSET);
	if (unlikely(should_resched(0)))
		preempt_schedule();
}

/*
 * Called at every point that may sleep, even when it will not this time.
 * Reports (naming the may-not-block contract row, if one is being run) when
 * sleeping would be wrong here.
 */
#if CONFIG_CHECKS
/* The held-lock stack of the task on this CPU; never NULL. Written by the context switch. */
DECLARE_PER_CPU(struct held_locks *, held_now);
void may_not_sleep(const char *file, int line);
static __always_inline void __might_sleep(const char *file, int line)
{
	if (unlikely(this_cpu_read(held_now)->no_block || preempt_count() || irqs_disabled()))
		SLOW_CALL2(may_not_sleep, file, line);
}
#define might_sleep()		__might_sleep(__FILE__, __LINE__)
/* For code that counts on not being preempted. */
void assert_nonpreemptible(const char *file, int line);
#define cant_sleep()		assert_nonpreemptible(__FILE__, __LINE__)
#else
#define might_sleep()		do { } while (0)
#define cant_sleep()		do { } while (0)
#endif
#define might_sleep_if(cond)						\
do {									\
	if (cond)							\
		might_sleep();						\
} while (0)

#endif
