// SPDX-License-Identifier: MIT
/*
 * What the lock checks must report, for every type of lock, as a grid: one
 * row a mistake, one column a type. Each cell makes the mistake on purpose
 * (without a real deadlock) and counts the reports; only an unexpected count
 * is a failure. The last rows are legal and must report nothing.
 */
#include "tests/kernel/ktest.h"
#include "kernel/lib/string.h"
#include "kernel/lock/bit_spinlock.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/hardirq.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/spinlock.h"

#if CONFIG_CHECKS

struct lock_set {
	spinlock_t spin;
	rwlock_t rw;
	struct mutex mutex;
	struct rw_semaphore sem;
	unsigned long bits;
};

static struct lock_set set_a, set_b, set_c;
static struct lock_class_key *bit_keys[3];

struct lock_type {
	const char *name;
	void (*lock)(struct lock_set *s);
	void (*unlock)(struct lock_set *s);
	bool sleeps;
};

static struct lock_class_key *bit_key(struct lock_set *s)
{
	return bit_keys[s == &set_a ? 0 : s == &set_b ? 1 : 2];
}

static void do_spin_lock(struct lock_set *s) { spin_lock(&s->spin); }
static void do_spin_unlock(struct lock_set *s) { spin_unlock(&s->spin); }
static void do_write_lock(struct lock_set *s) { write_lock(&s->rw); }
static void do_write_unlock(struct lock_set *s) { write_unlock(&s->rw); }
static void do_read_lock(struct lock_set *s) { read_lock(&s->rw); }
static void do_read_unlock(struct lock_set *s) { read_unlock(&s->rw); }
static void do_bit_lock(struct lock_set *s) { bit_spin_lock_key(0, &s->bits, bit_key(s)); }
static void do_bit_unlock(struct lock_set *s) { bit_spin_unlock(0, &s->bits); }
static void do_mutex_lock(struct lock_set *s) { mutex_lock(&s->mutex); }
static void do_mutex_unlock(struct lock_set *s) { mutex_unlock(&s->mutex); }
static void do_down_write(struct lock_set *s) { down_write(&s->sem); }
static void do_up_write(struct lock_set *s) { up_write(&s->sem); }
static void do_down_read(struct lock_set *s) { down_read(&s->sem); }
static void do_up_read(struct lock_set *s) { up_read(&s->sem); }

static const struct lock_type types[] = {
	{ "spin", do_spin_lock, do_spin_unlock, false },
	{ "write", do_write_lock, do_write_unlock, false },
	{ "read", do_read_lock, do_read_unlock, false },
	{ "bit", do_bit_lock, do_bit_unlock, false },
	{ "mutex", do_mutex_lock, do_mutex_unlock, true },
	{ "rwsem-w", do_down_write, do_up_write, true },
	{ "rwsem-r", do_down_read, do_up_read, true },
};

#define MAX_CASES 10

/* Each cell has classes of its own, for the order graph remembers for ever. */
static struct lock_class_key cell_keys[MAX_CASES][ARRAY_SIZE(types)][3];

static void init_set(struct lock_set *s, struct lock_class_key *key)
{
	spin_lock_init(&s->spin);
	rwlock_init(&s->rw);
	mutex_init(&s->mutex);
	init_rwsem(&s->sem);
	s->bits = 0;
	lockdep_set_class_and_name(&s->spin, key, "test");
	lockdep_set_class_and_name(&s->rw, key, "test");
	lockdep_set_class_and_name(&s->mutex, key, "test");
	lockdep_set_class_and_name(&s->sem, key, "test");
}

static void init_sets(struct lock_class_key *keys)
{
	init_set(&set_a, &keys[0]);
	init_set(&set_b, &keys[1]);
	init_set(&set_c, &keys[2]);
	for (int i = 0; i < 3; i++)
		bit_keys[i] = &keys[i];
}

static void nest(const struct lock_type *t, struct lock_set *x, struct lock_set *y)
{
	t->lock(x);
	t->lock(y);
	t->unlock(y);
	t->unlock(x);
}

/* A, B; then B, A. */
static void case_abba(const struct lock_type *t)
{
	nest(t, &set_a, &set_b);
	nest(t, &set_b, &set_a);
}

/* A, B; B, C; C, A. */
static void case_abc(const struct lock_type *t)
{
	nest(t, &set_a, &set_b);
	nest(t, &set_b, &set_c);
	nest(t, &set_c, &set_a);
}

/* Two locks of one class without nesting level. */
static struct lock_set twin[2];

static void case_same_class(const struct lock_type *t)
{
	for (int i = 0; i < 2; i++)
		init_set(&twin[i], bit_keys[0]);
	nest(t, &twin[0], &twin[1]);
}

/* Released twice. */
static void case_not_held(const struct lock_type *t)
{
	t->lock(&set_a);
	t->unlock(&set_a);
	held_release(&set_a, _THIS_IP_);
}

static void case_at_exit(const struct lock_type *t)
{
	t->lock(&set_a);
	held_check_empty("the test's end");
	/* The check forgets what it reported: put the entry back for the release. */
	held_acquire(t->lock == do_spin_lock ? (void *)&set_a.spin :
		     t->lock == do_write_lock || t->lock == do_read_lock ? (void *)&set_a.rw :
		     t->lock == do_bit_lock ? (void *)&set_a.bits :
		     t->lock == do_mutex_lock ? (void *)&set_a.mutex : (void *)&set_a.sem,
		     &lockdep_no_validate_key, 0, HELD_TRY, _THIS_IP_);
	t->unlock(&set_a);
}

static void case_freed(const struct lock_type *t)
{
	t->lock(&set_a);
	debug_check_no_locks_freed(&set_a, sizeof(set_a));
	t->unlock(&set_a);
}

/* might_sleep() inside; legal under sleeping locks. */
static void case_sleep(const struct lock_type *t)
{
	t->lock(&set_a);
	might_sleep();
	t->unlock(&set_a);
}

/* In an interrupt, then with interrupts on. */
static void case_irq(const struct lock_type *t)
{
	local_irq_disable();
	irq_enter();
	t->lock(&set_c);
	t->unlock(&set_c);
	irq_exit();
	local_irq_enable();
	t->lock(&set_c);
	t->unlock(&set_c);
}

/* A is taken in interrupts; B, taken with interrupts on, nests in it. */
static void case_irq_nest(const struct lock_type *t)
{
	t->lock(&set_b);
	t->unlock(&set_b);
	local_irq_disable();
	irq_enter();
	t->lock(&set_a);
	t->unlock(&set_a);
	irq_exit();
	t->lock(&set_a);
	t->lock(&set_b);
	t->unlock(&set_b);
	t->unlock(&set_a);
	local_irq_enable();
}

/* Always in one order, released in any. */
static void case_good_order(const struct lock_type *t)
{
	for (int i = 0; i < 3; i++) {
		t->lock(&set_a);
		t->lock(&set_b);
		t->lock(&set_c);
		t->unlock(i == 0 ? &set_c : &set_a);
		t->unlock(&set_b);
		t->unlock(i == 0 ? &set_a : &set_c);
	}
}

/* Fails at a condition: 0 reports none, 1 at least one, 2 depends on whether the type sleeps. */
enum want { NONE, SOME, SOME_IF_SPINS };

static const struct {
	const char *name;
	void (*fn)(const struct lock_type *t);
	enum want want;
	bool spinning_only;	/* would sleep in an interrupt */
} cases[] = {
	{ "A-B, B-A", case_abba, SOME, false },
	{ "A-B, B-C, C-A", case_abc, SOME, false },
	{ "two of a class", case_same_class, SOME, false },
	{ "not held", case_not_held, SOME, false },
	{ "held at exit", case_at_exit, SOME, false },
	{ "freed while held", case_freed, SOME, false },
	{ "sleep under it", case_sleep, SOME_IF_SPINS, false },
	{ "irq and irqs on", case_irq, SOME, true },
	{ "irqs-on in irq lock", case_irq_nest, SOME, true },
	{ "one order", case_good_order, NONE, false },
};

/* Readers in interrupts are legal among readers; the twins' bit locks have no such class. */
static bool applies(unsigned int c, const struct lock_type *t)
{
	if (cases[c].spinning_only && (t->sleeps || t->lock == do_read_lock))
		return false;
	if (cases[c].fn == case_same_class && t->lock == do_bit_lock)
		return false;
	return true;
}

static_assert(ARRAY_SIZE(cases) <= MAX_CASES, "more cases than keys");

static void grid(void)
{
	char line[160];
	int n;

	n = scnprintf(line, sizeof(line), "%-20s", "");
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++)
		n += scnprintf(line + n, sizeof(line) - (size_t)n, " %8s", types[i].name);
	pr_info("# %s\n", line);
	for (unsigned int c = 0; c < ARRAY_SIZE(cases); c++) {
		n = scnprintf(line, sizeof(line), "%-20s", cases[c].name);
		for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
			const struct lock_type *t = &types[i];
			const char *cell = "-";

			if (applies(c, t)) {
				bool want = cases[c].want == SOME ||
					    (cases[c].want == SOME_IF_SPINS && !t->sleeps);
				unsigned long got;

				init_sets(cell_keys[c][i]);
				lockdep_expect_begin();
				cases[c].fn(t);
				got = lockdep_expect_end();
				cell = !!got == want ? (got ? "reported" : "quiet") : "WRONG";
				if (!!got != want)
					KTEST_FAIL("%s with %s: %lu reports", cases[c].name,
						   t->name, got);
			}
			n += scnprintf(line + n, sizeof(line) - (size_t)n, " %8s", cell);
		}
		pr_info("# %s\n", line);
	}
}
KTEST(lock_mustfail_grid, KTEST_QUICK, grid);

/* A recursive reader in an interrupt, with the lock read elsewhere with interrupts on: legal. */
static void irq_reader(void)
{
	static rwlock_t lock;

	rwlock_init(&lock);
	read_lock(&lock);
	local_irq_disable();
	irq_enter();
	read_lock(&lock);
	read_unlock(&lock);
	irq_exit();
	local_irq_enable();
	read_unlock(&lock);
}
KTEST(lock_mustfail_irq_reader, KTEST_QUICK, irq_reader);

/* Nesting levels keep locks of one class apart, in both orders they must not be used. */
static void subclasses(void)
{
	static struct mutex m[2];
	unsigned long got;

	for (int i = 0; i < 2; i++)
		mutex_init(&m[i]);
	mutex_lock(&m[0]);
	mutex_lock_nested(&m[1], 1);
	mutex_unlock(&m[1]);
	mutex_unlock(&m[0]);
	lockdep_expect_begin();
	mutex_lock_nested(&m[1], 1);
	mutex_lock(&m[0]);
	mutex_unlock(&m[0]);
	mutex_unlock(&m[1]);
	got = lockdep_expect_end();
	KTEST_EXPECT(got != 0);
}
KTEST(lock_mustfail_subclass, KTEST_QUICK, subclasses);

/* The documented order counts from boot: the wrong order is reported though the right one never was. */
static void documented_order(void)
{
	static struct lock_class_key write_key = { .name = "test->i_mutex_key" };
	static struct lock_class_key map_key = { .name = "test->mmap_sem" };
	static struct rw_semaphore write, map;
	unsigned long got;

	init_rwsem(&write);
	init_rwsem(&map);
	lockdep_set_class(&write, &write_key);
	lockdep_set_class(&map, &map_key);
	lockdep_expect_begin();
	down_read(&map);
	down_write(&write);
	up_write(&write);
	up_read(&map);
	got = lockdep_expect_end();
	KTEST_EXPECT(got != 0);
	down_write(&write);
	down_read(&map);
	up_read(&map);
	up_write(&write);
}
KTEST(lock_mustfail_documented_order, KTEST_QUICK, documented_order);

/* A lock taken under reclaim must not be held over an allocation that may reclaim. */
static void reclaim(void)
{
	static struct mutex m;
	unsigned long got;

	mutex_init(&m);
	reclaim_lock_acquire();
	mutex_lock(&m);
	mutex_unlock(&m);
	reclaim_lock_release();
	lockdep_expect_begin();
	mutex_lock(&m);
	reclaim_lock_might();
	mutex_unlock(&m);
	got = lockdep_expect_end();
	KTEST_EXPECT(got != 0);
}
KTEST(lock_mustfail_reclaim, KTEST_QUICK, reclaim);

/* Handed to the I/O: not this task's any more, released by a completion, once. */
static void handoff(void)
{
	static struct lock_class_key key = { .name = "test I/O lock" };
	static long object;
	unsigned long got;

	held_acquire(&object, &key, 0, HELD_EXCLUSIVE | HELD_IRQS_ON, _THIS_IP_);
	KTEST_EQ(held_mode(&object), 2);
	held_handoff_io(&object, _THIS_IP_);
	KTEST_EQ(held_mode(&object), 0);
	KTEST_EXPECT(held_by_io(&object));
	local_irq_disable();
	irq_enter();
	held_release(&object, _THIS_IP_);
	irq_exit();
	local_irq_enable();
	KTEST_EXPECT(!held_by_io(&object));
	lockdep_expect_begin();
	held_release(&object, _THIS_IP_);
	held_handoff_io(&object, _THIS_IP_);
	got = lockdep_expect_end();
	KTEST_EQ(got, 2);
}
KTEST(lock_mustfail_handoff, KTEST_QUICK, handoff);

/* ---- contracts --------------------------------------------------------------- */

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
	static struct lock_class_key keys[3];

	init_sets(keys);
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


/* For people: the classes and orders seen in this run, to be named after other tests. */
static void print_classes(void)
{
	lockdep_print_classes();
}
KTEST(lock_classes, KTEST_MANUAL, print_classes);

#endif
