// SPDX-License-Identifier: MIT
/* The checks that the generated code calls (kernel/lock/contract.h), each with what it must and must not accept. */
#include "tests/kernel/ktest.h"
#include "tests/kernel/lock_types.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/hardirq.h"

#if CONFIG_CHECKS

static struct contract_row test_row = {
	.table = "test_operations", .op = "op", .rule = "for the test", .line = 1,
};

/* Runs one check in a call and says whether it was violated, by this row. */
#define VIOLATES(check) ({						\
	struct contract_call __c, *call = &__c;				\
	struct contract_row *__row = NULL;				\
	unsigned int __n;						\
	contract_expect_begin();					\
	contract_enter(call, &test_row);				\
	check;								\
	contract_leave(call);						\
	__n = contract_expect_end(&__row);				\
	__n && __row == &test_row; })

static void contract_locks(void)
{
	static struct lock_class_key key;
	static struct lock_set set_a;

	KTEST_ASSERT(lock_set_init(&set_a, &key));
#define SEM(state) contract_check_rwsem(call, &set_a.sem, state, "sem", "a")
	KTEST_EXPECT(!VIOLATES(SEM(CONTRACT_NOT_HELD)));
	KTEST_EXPECT(VIOLATES(SEM(CONTRACT_HELD)));
	down_read(&set_a.sem);
	KTEST_EXPECT(VIOLATES(SEM(CONTRACT_NOT_HELD)));
	KTEST_EXPECT(!VIOLATES(SEM(CONTRACT_HELD)));
	KTEST_EXPECT(!VIOLATES(SEM(CONTRACT_SHARED)));
	KTEST_EXPECT(VIOLATES(SEM(CONTRACT_EXCLUSIVE)));
	up_read(&set_a.sem);
	down_write(&set_a.sem);
	KTEST_EXPECT(!VIOLATES(SEM(CONTRACT_EXCLUSIVE)));
	KTEST_EXPECT(!VIOLATES(SEM(CONTRACT_SHARED)));
	downgrade_write(&set_a.sem);
	KTEST_EXPECT(VIOLATES(SEM(CONTRACT_EXCLUSIVE)));
	KTEST_EXPECT(!VIOLATES(SEM(CONTRACT_SHARED)));
	up_read(&set_a.sem);
	KTEST_EXPECT(VIOLATES(contract_check_mutex(call, &set_a.mutex, CONTRACT_HELD, "m", "a")));
	mutex_lock(&set_a.mutex);
	KTEST_EXPECT(!VIOLATES(contract_check_mutex(call, &set_a.mutex, CONTRACT_HELD, "m", "a")));
	mutex_unlock(&set_a.mutex);
	KTEST_EXPECT(VIOLATES(contract_check_spin(call, &set_a.spin, CONTRACT_HELD, "l", "a")));
	spin_lock(&set_a.spin);
	KTEST_EXPECT(!VIOLATES(contract_check_spin(call, &set_a.spin, CONTRACT_HELD, "l", "a")));
	KTEST_EXPECT(VIOLATES(contract_check_block(call, CONTRACT_MAY_BLOCK)));
	spin_unlock(&set_a.spin);
	KTEST_EXPECT(!VIOLATES(contract_check_block(call, CONTRACT_MAY_BLOCK)));
	KTEST_EXPECT(!VIOLATES(contract_check_spin(call, NULL, CONTRACT_HELD, "l", "a")));
	lock_set_destroy(&set_a);
}
KTEST(lock_contract_locks, KTEST_QUICK, contract_locks);

static void contract_contexts(void)
{
	unsigned long got;
	struct contract_call c;

	/* might_sleep() inside a row that must not block is reported, after it not. */
	lockdep_expect_begin();
	contract_enter(&c, &test_row);
	contract_check_block(&c, CONTRACT_MUST_NOT_BLOCK);
	might_sleep();
	contract_leave(&c);
	might_sleep();
	got = lockdep_expect_end();
	KTEST_EQ(got, 1);
	KTEST_EXPECT(VIOLATES(contract_check_context(call, CONTRACT_CONTEXT_INTERRUPT)));
	KTEST_EXPECT(VIOLATES(contract_check_context(call, CONTRACT_CONTEXT_RCU_CALLBACK)));
	local_irq_disable();
	irq_enter();
	KTEST_EXPECT(!VIOLATES(contract_check_context(call, CONTRACT_CONTEXT_INTERRUPT)));
	irq_exit();
	local_irq_enable();
}
KTEST(lock_contract_contexts, KTEST_QUICK, contract_contexts);

#endif
