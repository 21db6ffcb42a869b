// SPDX-License-Identifier: MIT
/*
 * What an uncontended lock costs. In QEMU with one CPU and
 * -accel tcg,thread=single -icount shift=0,sleep=off one nanosecond is one
 * instruction. Compare a build with CHECKS=0 to see what the checks cost.
 */
#include "tests/kernel/ktest.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/spinlock.h"
#include "kernel/x86/time.h"

#define LOOPS 20000

static DEFINE_RAW_SPINLOCK(raw);
static spinlock_t outer, inner;
static rwlock_t rwlock;
static struct mutex mutex;
static struct rw_semaphore rwsem;
static unsigned long flags;

#define COST(name, code)						\
do {									\
	u64 __start, __ns;						\
	code;								\
	__start = ktime_get_ns();					\
	for (int __i = 0; __i < LOOPS; __i++) {				\
		code;							\
	}								\
	__ns = ktime_get_ns() - __start;				\
	pr_info("# %4llu.%llu ns %s\n", __ns / LOOPS, __ns * 10 / LOOPS % 10, name); \
} while (0)

static void cost(void)
{
	spin_lock_init(&outer);
	spin_lock_init(&inner);
	rwlock_init(&rwlock);
	mutex_init(&mutex);
	init_rwsem(&rwsem);
	COST("an empty turn", barrier());
	COST("rcu_read_lock and unlock", rcu_read_lock(); rcu_read_unlock());
	COST("raw spinlock", raw_spin_lock(&raw); raw_spin_unlock(&raw));
	COST("spinlock", spin_lock(&outer); spin_unlock(&outer));
	COST("spinlock in a spinlock",
	     spin_lock(&outer); spin_lock(&inner); spin_unlock(&inner); spin_unlock(&outer));
	COST("spinlock, irqsave",
	     spin_lock_irqsave(&outer, flags); spin_unlock_irqrestore(&outer, flags));
	COST("rwlock, read", read_lock(&rwlock); read_unlock(&rwlock));
	COST("mutex", mutex_lock(&mutex); mutex_unlock(&mutex));
	COST("rwsem, shared", down_read(&rwsem); up_read(&rwsem));
	COST("rwsem, exclusive", down_write(&rwsem); up_write(&rwsem));
	COST("might_sleep", might_sleep());
#if CONFIG_CHECKS
	down_write(&rwsem);
	{
		static struct contract_row row = { .table = "t", .op = "o", .rule = "", .line = 1 };
		struct contract_call c;

		COST("contract of one lock and may-block", contract_enter(&c, &row);
		     contract_check_rwsem(&c, &rwsem, CONTRACT_EXCLUSIVE, "sem", "arg");
		     contract_check_block(&c, CONTRACT_MAY_BLOCK); contract_leave(&c));
	}
	up_write(&rwsem);
#endif
}
KTEST(lock_cost, KTEST_SLOW, cost);
