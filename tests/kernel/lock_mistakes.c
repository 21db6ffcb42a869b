// SPDX-License-Identifier: MIT
/*
 * Mistakes with locks that do not fit into the grid of lock_mustfail.c: nesting levels, downgrades, the order of
 * addresses, readers in interrupts, the documented order, reclaim, locks that the I/O has. Each must be reported as
 * what it is.
 */
#include "tests/kernel/ktest.h"
#include "fs/inode.h"
#include "kernel/lib/string.h"
#include "kernel/lock/contract.h"
#include "kernel/lock/hardirq.h"
#include "kernel/lock/lockdep.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/spinlock.h"

#if CONFIG_CHECKS

#define CYCLE	  "possible deadlock: locks taken in the opposite order before"
#define CLASS	  "possible deadlock: two locks of one class, no order between them"
#define ADDRESSES "possible deadlock: two locks of one class against the order of their addresses"
#define INTERRUPT "possible deadlock with an interrupt handler"

/* Runs the statement; exactly one report, of this title, must come of it. */
#define MUST_REPORT(title, statement)					\
do {									\
	lockdep_expect_begin();						\
	statement;							\
	check_report(title, lockdep_expected_title(), lockdep_expect_end(), #statement); \
} while (0)

static void check_report(const char *title, const char *got, unsigned long reports, const char *what)
{
	if (reports != 1 || !got || strcmp(got, title))
		KTEST_FAIL("%s: %lu reports, the last \"%s\", and not one of \"%s\"", what, reports, got ? got : "", title);
}

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

/* But a writer with interrupts on would be interrupted by such a reader, who would wait for it for ever. */
static void irq_reader_and_writer(void)
{
	static rwlock_t lock;

	rwlock_init(&lock);
	local_irq_disable();
	irq_enter();
	read_lock(&lock);
	read_unlock(&lock);
	irq_exit();
	local_irq_enable();
	MUST_REPORT(INTERRUPT, write_lock(&lock));
	write_unlock(&lock);
}
KTEST(lock_mustfail_irq_writer, KTEST_QUICK, irq_reader_and_writer);

/* Readers of different locks, each held while the other is wanted: readers wait for waiting writers, so it counts. */
static void readers_in_both_orders(void)
{
	static struct rw_semaphore a, b;

	init_rwsem(&a);
	init_rwsem(&b);
	down_read(&a);
	down_read(&b);
	up_read(&b);
	up_read(&a);
	down_read(&b);
	MUST_REPORT(CYCLE, down_read(&a));
	up_read(&a);
	up_read(&b);
}
KTEST(lock_mustfail_readers, KTEST_QUICK, readers_in_both_orders);

/* In an interrupt readers come in beside readers: both orders are legal there. */
static void recursive_readers_in_both_orders(void)
{
	static rwlock_t a, b;

	rwlock_init(&a);
	rwlock_init(&b);
	local_irq_disable();
	irq_enter();
	for (int i = 0; i < 2; i++) {
		read_lock(i ? &b : &a);
		read_lock(i ? &a : &b);
		read_unlock(i ? &a : &b);
		read_unlock(i ? &b : &a);
	}
	irq_exit();
	local_irq_enable();
}
KTEST(lock_mustfail_recursive_readers, KTEST_QUICK, recursive_readers_in_both_orders);

/*
 * Who holds the spinlock waits for the reader's lock as one who comes in beside readers, so it does not wait for who
 * reads and wants the spinlock: no cycle in an interrupt. Outside, where readers wait for waiting writers, it is one.
 */
static void reader_and_spinlock(void)
{
	static spinlock_t spin;
	static rwlock_t rw;

	for (int task = 0; task < 2; task++) {
		spin_lock_init(&spin);
		rwlock_init(&rw);
		lockdep_set_subclass(&spin, task);
		lockdep_set_subclass(&rw, task);
		local_irq_disable();
		if (!task)
			irq_enter();
		spin_lock(&spin);
		read_lock(&rw);
		read_unlock(&rw);
		spin_unlock(&spin);
		read_lock(&rw);
		if (task)
			MUST_REPORT(CYCLE, spin_lock(&spin));
		else
			spin_lock(&spin);
		spin_unlock(&spin);
		read_unlock(&rw);
		if (!task)
			irq_exit();
		local_irq_enable();
	}
}
KTEST(lock_mustfail_reader_and_spinlock, KTEST_QUICK, reader_and_spinlock);

/* A lock that was got by trying closes no cycle: nobody waited. But what is taken under it does. */
static void tried(void)
{
	static struct mutex a, b;

	mutex_init(&a);
	mutex_init(&b);
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	KTEST_EXPECT(mutex_trylock(&a));
	mutex_unlock(&a);
	mutex_unlock(&b);
	KTEST_EXPECT(mutex_trylock(&b));
	MUST_REPORT(CYCLE, mutex_lock(&a));
	mutex_unlock(&a);
	mutex_unlock(&b);
}
KTEST(lock_mustfail_tried, KTEST_QUICK, tried);

static void downgrades(void)
{
	static struct rw_semaphore sem, other;

	init_rwsem(&sem);
	init_rwsem(&other);
	/* Legal, once. What is held shared then has no other mode to give up. */
	down_write(&sem);
	downgrade_write(&sem);
	KTEST_EQ(held_mode(&sem), 1);
	MUST_REPORT("downgraded a lock that was held shared", held_downgrade(&sem, _THIS_IP_));
	up_read(&sem);
	MUST_REPORT("downgraded a lock that was not held", held_downgrade(&sem, _THIS_IP_));
	/* A lock taken under the downgraded one is under it all the same. */
	down_write(&sem);
	downgrade_write(&sem);
	down_write(&other);
	up_write(&other);
	up_read(&sem);
	down_write(&other);
	MUST_REPORT(CYCLE, down_write(&sem));
	up_write(&sem);
	up_write(&other);
}
KTEST(lock_mustfail_downgrade, KTEST_QUICK, downgrades);

/* Of two files the lower is locked first: fs/inode-attr.c. The levels are right both times here. */
static void address_order(void)
{
	static struct lock_class_key key = { .name = "test->i_mutex_key" };
	static struct inode files[2];

	for (int i = 0; i < 2; i++) {
		files[i].i_mode = S_IFREG;
		init_rwsem(&files[i].i_rwsem);
		lockdep_set_class(&files[i].i_rwsem, &key);
	}
	lock_two_nondirectories(&files[0], &files[1]);
	unlock_two_nondirectories(&files[0], &files[1]);
	lock_two_nondirectories(&files[1], &files[0]);
	unlock_two_nondirectories(&files[1], &files[0]);
	inode_lock(&files[1]);
	MUST_REPORT(ADDRESSES, inode_lock_nested(&files[0], I_MUTEX_NONDIR2));
	inode_unlock(&files[0]);
	inode_unlock(&files[1]);
	/* And with the levels the wrong way round as well, the addresses right. */
	inode_lock_nested(&files[0], I_MUTEX_NONDIR2);
	MUST_REPORT(CYCLE, inode_lock(&files[1]));
	inode_unlock(&files[1]);
	inode_unlock(&files[0]);
}
KTEST(lock_mustfail_address_order, KTEST_QUICK, address_order);

/* Directory levels: parent, second parent, child, victim. A wrong step is known to be wrong from boot: it comes first here. */
static void directory_levels(void)
{
	static const unsigned int order[] = { I_MUTEX_PARENT, I_MUTEX_PARENT2, I_MUTEX_CHILD, I_MUTEX_NORMAL };
	static struct lock_class_key keys[ARRAY_SIZE(order)];
	static struct rw_semaphore dirs[ARRAY_SIZE(order)];

	for (unsigned int wrong = 0; wrong < ARRAY_SIZE(order); wrong++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(order); i++) {
			init_rwsem(&dirs[i]);
			lockdep_set_class_and_name(&dirs[i], &keys[wrong], "test->i_mutex_dir_key");
		}
		if (wrong) {
			down_write_nested(&dirs[wrong], order[wrong]);
			MUST_REPORT(CYCLE, down_write_nested(&dirs[wrong - 1], order[wrong - 1]));
			up_write(&dirs[wrong - 1]);
			up_write(&dirs[wrong]);
		}
		for (unsigned int i = 0; i < ARRAY_SIZE(order); i++)
			down_write_nested(&dirs[i], order[i]);
		for (unsigned int i = 0; i < ARRAY_SIZE(order); i++)
			up_write(&dirs[i]);
	}
	down_write_nested(&dirs[0], I_MUTEX_PARENT);
	MUST_REPORT(CLASS, down_write_nested(&dirs[1], I_MUTEX_PARENT));
	up_write(&dirs[1]);
	up_write(&dirs[0]);
}
KTEST(lock_mustfail_directory_levels, KTEST_QUICK, directory_levels);

/* The documented order counts from boot: the wrong order is reported though the right one never was. */
static void documented_order(void)
{
	static struct lock_class_key write_key = { .name = "test->i_mutex_key" };
	static struct lock_class_key map_key = { .name = "test->mmap_sem" };
	static struct rw_semaphore write, map;

	init_rwsem(&write);
	init_rwsem(&map);
	lockdep_set_class(&write, &write_key);
	lockdep_set_class(&map, &map_key);
	down_read(&map);
	MUST_REPORT(CYCLE, down_write(&write));
	up_write(&write);
	up_read(&map);
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

	mutex_init(&m);
	reclaim_lock_acquire();
	mutex_lock(&m);
	mutex_unlock(&m);
	reclaim_lock_release();
	mutex_lock(&m);
	MUST_REPORT(CYCLE, reclaim_lock_might());
	mutex_unlock(&m);
}
KTEST(lock_mustfail_reclaim, KTEST_QUICK, reclaim);

/* Handed to the I/O: not this task's any more, released by a completion, once. */
static void handoff(void)
{
	static struct lock_class_key key = { .name = "test I/O lock" };
	static long object;

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
	MUST_REPORT("released a lock that was not held", held_release(&object, _THIS_IP_));
	MUST_REPORT("handed to the I/O a lock that was not held", held_handoff_io(&object, _THIS_IP_));
}
KTEST(lock_mustfail_handoff, KTEST_QUICK, handoff);

/* Assertions in the code say what they wanted. */
static void assertions(void)
{
	static struct rw_semaphore sem;

	init_rwsem(&sem);
	MUST_REPORT("lock assertion failed", lockdep_assert_held(&sem));
	down_read(&sem);
	MUST_REPORT("lock assertion failed", lockdep_assert_held_exclusive(&sem));
	MUST_REPORT("lock assertion failed", lockdep_assert_not_held(&sem));
	up_read(&sem);
}
KTEST(lock_mustfail_assertions, KTEST_QUICK, assertions);

/* For people: the classes and orders seen in this run, to be named after other tests. */
static void print_classes(void)
{
	lockdep_print_classes();
}
KTEST(lock_classes, KTEST_MANUAL, print_classes);

#endif
