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

#if CONFIG_CHECKS

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
