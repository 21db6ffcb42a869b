/* SPDX-License-Identifier: MIT */
/*
 * The checks of contract.h as the generated code makes them: the usual answer, that all is well,
 * is found inline, and whatever else goes to the functions of contract.c, which look again and
 * report, and describe the argument that the lock was reached from. Conditions are counted in the call and added to the row's counter when it ends.
 */
#ifndef KERNEL_LOCK_CONTRACT_FAST_H
#define KERNEL_LOCK_CONTRACT_FAST_H

#include "kernel/lock/contract.h"
#include "kernel/lock/lockdep_fast.h"
#include "kernel/x86/msr.h"

#if CONFIG_CHECKS

#define MAX_ROWS 192

/* One slot a row, by contract_row.index; slot 0 takes what comes before contract_init(). */
DECLARE_PER_CPU(struct contract_counts [MAX_ROWS], contract_counts);

static __always_inline void fast_enter(struct contract_call *call, struct contract_row *row)
{
	struct held_locks *held = held_context(this_cpu_read(__preempt_count));

	call->row = row;
	call->about_kind = CONTRACT_ABOUT_NONE;
	call->no_block = false;
	call->no_recursion = false;
	call->watched = NULL;
	call->checks = 0;
	call->held = held;
	call->caller = held->caller;
	held->caller = CONTRACT_CALLER_NONE;
	this_cpu_inc(contract_counts[row->index].calls);
	call->start = rdtsc();
}

static __always_inline void fast_leave(struct contract_call *call)
{
	u64 took = rdtsc() - call->start;
	struct held_locks *held = call->held;
	int index = call->row->index;

	held->caller = call->caller;
	if (call->no_block && --held->no_block == 0)
		held->no_block_row = NULL;
	if (unlikely(call->no_recursion) && --held->no_recursion == 0)
		held->no_recursion_row = NULL;
	if (call->watched)
		held->watching = call->outer;
	this_cpu_add(contract_counts[index].checks, call->checks);
	/* Two CPUs' parts are never mixed; a race with an interrupt may lose a maximum. */
	if (unlikely(took > this_cpu_read(contract_counts[index].longest)))
		this_cpu_write(contract_counts[index].longest, took);
}

static __always_inline bool mode_fits(int mode, enum contract_state state)
{
	if (state == CONTRACT_NOT_HELD)
		return mode == 0;
	return state == CONTRACT_EXCLUSIVE ? mode == 2 : mode != 0;
}

#define FAST_CHECK(kind, type)							\
static __always_inline void fast_check_##kind(struct contract_call *call,	\
					      const type *lock,			\
					      enum contract_state state,	\
					      const char *column, const char *arg, \
					      enum contract_kind about, const void *object) \
{										\
	if (!lock)								\
		return;								\
	if (likely(mode_fits(held_mode_of(call->held, lock), state))) {		\
		call->checks++;							\
		return;								\
	}									\
	if (about != CONTRACT_ABOUT_NONE)					\
		contract_about(call, about, object, arg);			\
	contract_check_##kind(call, lock, state, column, arg);			\
}

FAST_CHECK(rwsem, struct rw_semaphore)
FAST_CHECK(spin, spinlock_t)
FAST_CHECK(mutex, struct mutex)
FAST_CHECK(page, struct page)
FAST_CHECK(buffer, struct buffer_head)

static __always_inline void fast_check_block(struct contract_call *call, enum contract_block block)
{
	if (block == CONTRACT_MAY_BLOCK && likely(!preempt_count() && !call->held->no_block && !irqs_disabled()))
		call->checks++;
	else
		contract_check_block(call, block);
}

#endif
#endif
