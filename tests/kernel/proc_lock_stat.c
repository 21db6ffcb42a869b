// SPDX-License-Identifier: MIT
/*
 * Lock statistics: acquisitions to the last one, waits where somebody had to wait, holds from the acquisition to the
 * release, through downgrades, interrupts and the I/O; and the order graph as readers see it.
 */
#include "tests/kernel/ktest.h"
#include "kernel/lock/bit_spinlock.h"
#include "kernel/lock/completion.h"
#include "kernel/lock/lock_stat.h"
#include "kernel/lock/lockdep_internal.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/percpu_rwsem.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lib/string.h"
#include "kernel/task/kthread.h"
#include "kernel/task/sched.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/time.h"

#if CONFIG_CHECKS

static spinlock_t spin;
static rwlock_t rw;
static struct mutex mutex;
static struct rw_semaphore sem;
static struct percpu_rw_semaphore percpu;
static unsigned long word;
static struct lock_class_key bit_key = { .name = "test bit lock" };
static struct lock_class_key io_key = { .name = "test I/O lock 2" };

static void init_locks(void)
{
	spin_lock_init(&spin);
	rwlock_init(&rw);
	mutex_init(&mutex);
	init_rwsem(&sem);
}

static struct lock_stat_sum stat_of(const struct lock_class_key *key, unsigned int sub)
{
	struct lock_stat_sum sum;

	lock_stat_read(key->id[sub], &sum);
	return sum;
}

#define STAT(lock)	stat_of((lock)->dep_map.key, 0)

/* ---- acquisitions ---- */

static DEFINE_SPINLOCK(irq_spin);

static void take_in_interrupt(void *unused)
{
	unsigned long flags;

	for (int i = 0; i < 3; i++) {
		spin_lock_irqsave(&irq_spin, flags);
		spin_unlock_irqrestore(&irq_spin, flags);
	}
}

static void count_all(void)
{
	static struct lock_class_key nested_key = { .name = "test nested" };
	struct lock_stat_sum before[2], after[2];
	unsigned long flags;

	lockdep_set_class(&spin, &nested_key);
	spin_lock(&spin);
	spin_unlock(&spin);
	spin_lock_nested(&spin, 1);
	spin_unlock(&spin);
	before[0] = stat_of(&nested_key, 0);
	before[1] = stat_of(&nested_key, 1);
	for (int i = 0; i < 100; i++) {
		spin_lock(&spin);
		spin_unlock(&spin);
	}
	for (int i = 0; i < 10; i++) {
		spin_lock_nested(&spin, 1);
		spin_unlock(&spin);
	}
	KTEST_EXPECT(spin_trylock(&spin));
	spin_unlock(&spin);
	spin_lock_irqsave(&spin, flags);
	/* A try that fails is no acquisition. */
	KTEST_EXPECT(!spin_trylock(&spin));
	spin_unlock_irqrestore(&spin, flags);
	after[0] = stat_of(&nested_key, 0);
	after[1] = stat_of(&nested_key, 1);
	KTEST_EQ(after[0].acquisitions - before[0].acquisitions, 102);
	KTEST_EQ(after[1].acquisitions - before[1].acquisitions, 10);
	KTEST_EQ(after[0].contended, before[0].contended);
	KTEST_EQ(after[0].wait_total, before[0].wait_total);
}

static void test_counts(void)
{
	struct lock_stat_sum before, after;

	init_locks();
	count_all();
	take_in_interrupt(NULL);
	before = STAT(&irq_spin);
	on_each_cpu(take_in_interrupt, NULL, true);
	after = STAT(&irq_spin);
	KTEST_EQ(after.acquisitions - before.acquisitions, 3 * num_online_cpus());
}
KTEST(proc_stat_counts, KTEST_QUICK, test_counts);

static void many(void *arg, unsigned int i)
{
	for (int n = 0; n < 2000; n++) {
		mutex_lock(&mutex);
		mutex_unlock(&mutex);
		down_read(&sem);
		up_read(&sem);
	}
}

/* Nothing is lost when all CPUs count at once and tasks move between them. */
static void test_counts_smp(void)
{
	struct lock_stat_sum m, s;

	init_locks();
	many(NULL, 0);
	m = STAT(&mutex);
	s = STAT(&sem);
	KTEST_EXPECT(ktest_threads(5, many, NULL));
	KTEST_EQ(STAT(&mutex).acquisitions - m.acquisitions, 10000);
	KTEST_EQ(STAT(&sem).acquisitions - s.acquisitions, 10000);
}
KTEST(proc_stat_counts_smp, KTEST_QUICK, test_counts_smp);

/* ---- waits ---- */

#define HOLD_MS 20

/* A holder keeps the lock for HOLD_MS; the waiter comes when it is held. */
struct contest {
	void (*lock)(void);
	void (*unlock)(void);
	bool spins;			/* the holder does not sleep */
	struct completion held;
};

static int holder(void *arg)
{
	struct contest *c = arg;

	c->lock();
	complete(&c->held);
	if (c->spins)
		mdelay(HOLD_MS);
	else
		msleep(HOLD_MS);
	c->unlock();
	return 0;
}

/* What @wait and @release added to the statistics of @key while a holder was there. */
static struct lock_stat_sum contend(struct contest *c, struct lock_class_key *key, void (*wait)(void),
				    void (*release)(void))
{
	struct lock_stat_sum before, after;
	struct task_struct *p;

	wait();
	release();
	before = stat_of(key, 0);
	init_completion(&c->held);
	p = kthread_create(holder, c, "ktest-holder");
	if (IS_ERR(p)) {
		KTEST_FAIL("no thread");
		return before;
	}
	wake_up_process(p);
	wait_for_completion(&c->held);
	wait();
	release();
	after = stat_of(key, 0);
	after.acquisitions -= before.acquisitions;
	after.contended -= before.contended;
	after.wait_total -= before.wait_total;
	return after;
}

static void lock_mutex(void)
{
	mutex_lock(&mutex);
}

static void unlock_mutex(void)
{
	mutex_unlock(&mutex);
}

static void lock_write(void)
{
	down_write(&sem);
}

static void unlock_write(void)
{
	up_write(&sem);
}

static void lock_read(void)
{
	down_read(&sem);
}

static void unlock_read(void)
{
	up_read(&sem);
}

static void lock_spin(void)
{
	spin_lock(&spin);
}

static void unlock_spin(void)
{
	spin_unlock(&spin);
}

static void lock_rw_write(void)
{
	write_lock(&rw);
}

static void unlock_rw_write(void)
{
	write_unlock(&rw);
}

static void lock_rw_read(void)
{
	read_lock(&rw);
}

static void unlock_rw_read(void)
{
	read_unlock(&rw);
}

static void lock_bit(void)
{
	bit_spin_lock_key(3, &word, &bit_key);
}

static void unlock_bit(void)
{
	bit_spin_unlock(3, &word);
}

static void lock_percpu_write(void)
{
	percpu_down_write(&percpu);
}

static void unlock_percpu_write(void)
{
	percpu_up_write(&percpu);
}

static void lock_percpu_read(void)
{
	percpu_down_read(&percpu);
}

static void unlock_percpu_read(void)
{
	percpu_up_read(&percpu);
}

/*
 * Until the two met: a busy host may let the holder finish before the other runs. @waits: how many of
 * the two have to wait (a percpu writer always does).
 */
static void check_waits(const char *what, struct contest *c, struct lock_class_key *key, void (*wait)(void),
			void (*release)(void), unsigned int waits)
{
	const u64 least = HOLD_MS * NSEC_PER_MSEC / 10;
	struct lock_stat_sum s = { };
	char place[64];

	/* Who comes late waits less; a tenth will do. */
	for (int tries = 0; tries < 50 && (s.contended != waits || s.wait_max < least); tries++) {
		s = contend(c, key, wait, release);
		if (s.acquisitions != 2 || s.contended > waits)
			break;
	}
	if (s.acquisitions != 2 || s.contended != waits || s.wait_max < least ||
	    s.wait_total > 20ull * NSEC_PER_SEC)
		KTEST_FAIL("%s: %llu acquisitions, %llu contended, %llu ns, longest %llu", what, s.acquisitions,
			   s.contended, s.wait_total, s.wait_max);
	snprintf(place, sizeof(place), "%ps", (void *)s.last_ip);
	if (strncmp(place, "lock_", 5) && strncmp(place, "contend", 7))
		KTEST_FAIL("%s: the last who waited was %s", what, place);
}

static void test_waits(void)
{
	struct contest m = { lock_mutex, unlock_mutex }, w = { lock_write, unlock_write };
	struct contest p = { lock_percpu_write, unlock_percpu_write };

	init_locks();
	KTEST_ASSERT(!percpu_init_rwsem(&percpu));
	check_waits("mutex", &m, mutex.dep_map.key, lock_mutex, unlock_mutex, 1);
	check_waits("rwsem writer", &w, sem.dep_map.key, lock_write, unlock_write, 1);
	check_waits("rwsem reader", &w, sem.dep_map.key, lock_read, unlock_read, 1);
	check_waits("percpu reader", &p, percpu.dep_map.key, lock_percpu_read, unlock_percpu_read, 2);
	check_waits("percpu writer", &p, percpu.dep_map.key, lock_percpu_write, unlock_percpu_write, 2);
	percpu_free_rwsem(&percpu);
}
KTEST(proc_stat_waits, KTEST_QUICK, test_waits);

static void test_spin_waits(void)
{
	struct contest s = { lock_spin, unlock_spin, true }, r = { lock_rw_write, unlock_rw_write, true };
	struct contest b = { lock_bit, unlock_bit, true };

	if (num_online_cpus() < 2)
		KTEST_SKIP("one CPU: nobody can spin");
	init_locks();
	check_waits("spinlock", &s, spin.dep_map.key, lock_spin, unlock_spin, 1);
	check_waits("rwlock writer", &r, rw.dep_map.key, lock_rw_write, unlock_rw_write, 1);
	check_waits("rwlock reader", &r, rw.dep_map.key, lock_rw_read, unlock_rw_read, 1);
	check_waits("bit spinlock", &b, &bit_key, lock_bit, unlock_bit, 1);
}
KTEST(proc_stat_spin_waits, KTEST_QUICK, test_spin_waits);

/* A wait that ends in a signal is neither an acquisition nor a wait. */
static void give_up(void)
{
	set_thread_flag(TIF_SIGPENDING);
	KTEST_EQ(mutex_lock_interruptible(&mutex), -EINTR);
	clear_thread_flag(TIF_SIGPENDING);
}

static void test_give_up(void)
{
	struct contest m = { lock_mutex, unlock_mutex };
	struct lock_stat_sum before, after;
	struct task_struct *p;

	init_locks();
	lock_mutex();
	unlock_mutex();
	before = STAT(&mutex);
	init_completion(&m.held);
	p = kthread_create(holder, &m, "ktest-holder");
	KTEST_ASSERT(!IS_ERR(p));
	wake_up_process(p);
	wait_for_completion(&m.held);
	give_up();
	lock_mutex();
	unlock_mutex();
	after = STAT(&mutex);
	KTEST_EQ(after.acquisitions - before.acquisitions, 2);
	KTEST_EXPECT(after.contended - before.contended <= 1);
}
KTEST(proc_stat_give_up, KTEST_QUICK, test_give_up);

/* ---- holds ---- */

static void release_elsewhere(void *lock)
{
	held_release(lock, _THIS_IP_);
}

static void check_hold(const char *what, const struct lock_stat_sum *before, struct lock_stat_sum after, u64 least)
{
	u64 ns = after.hold_total - before->hold_total;

	if (after.holds - before->holds != 1 || ns < least || after.hold_max < least || ns > 20ull * NSEC_PER_SEC)
		KTEST_FAIL("%s: %llu holds, %llu ns, longest %llu, expected one of %llu", what,
			   after.holds - before->holds, ns, after.hold_max, least);
}

static void hold_by_io(void)
{
	static long object;
	struct lock_stat_sum before;

	held_acquire(&object, &io_key, 0, HELD_IRQS_ON, _THIS_IP_);
	held_release(&object, _THIS_IP_);
	before = stat_of(&io_key, 0);
	held_acquire(&object, &io_key, 0, HELD_IRQS_ON, _THIS_IP_);
	msleep(3);
	held_handoff_io(&object, _THIS_IP_);
	msleep(3);
	KTEST_EQ(stat_of(&io_key, 0).holds, before.holds);
	/* In an interrupt of whatever CPU is last; another if there is one. */
	smp_call_function_single(num_online_cpus() - 1, release_elsewhere, &object, true);
	check_hold("handed to the I/O", &before, stat_of(&io_key, 0), 6 * NSEC_PER_MSEC);
	KTEST_EQ(lock_stat_lost(), 0);
}

static void hold_some(void)
{
	struct lock_stat_sum before = STAT(&mutex), outer;

	mutex_lock(&mutex);
	msleep(3);
	mutex_unlock(&mutex);
	check_hold("mutex", &before, STAT(&mutex), 3 * NSEC_PER_MSEC);
	before = STAT(&sem);
	down_write(&sem);
	msleep(2);
	downgrade_write(&sem);
	msleep(2);
	up_read(&sem);
	check_hold("downgraded", &before, STAT(&sem), 4 * NSEC_PER_MSEC);
	/* Out of order: each its own time. */
	outer = STAT(&mutex);
	before = STAT(&sem);
	mutex_lock(&mutex);
	down_read(&sem);
	msleep(2);
	mutex_unlock(&mutex);
	msleep(2);
	up_read(&sem);
	check_hold("released first", &outer, STAT(&mutex), 2 * NSEC_PER_MSEC);
	check_hold("released last", &before, STAT(&sem), 4 * NSEC_PER_MSEC);
	KTEST_EXPECT(STAT(&mutex).hold_total - outer.hold_total < STAT(&sem).hold_total - before.hold_total);
}

static void test_holds(void)
{
	bool was_on = lock_stat_timing;
	struct lock_stat_sum before;

	init_locks();
	lock_stat_switch(false);
	before = STAT(&mutex);
	lock_mutex();
	/* A hold that began before the switch is not counted: nobody knows when. */
	lock_stat_switch(true);
	unlock_mutex();
	KTEST_EQ(STAT(&mutex).holds, before.holds);
	hold_some();
	hold_by_io();
	lock_stat_switch(false);
	before = STAT(&mutex);
	lock_mutex();
	unlock_mutex();
	KTEST_EQ(STAT(&mutex).holds, before.holds);
	lock_stat_switch(was_on);
}
KTEST(proc_stat_holds, KTEST_QUICK, test_holds);

/* The wait is no part of the hold. */
static void test_hold_after_wait(void)
{
	struct contest m = { lock_mutex, unlock_mutex };
	bool was_on = lock_stat_timing;
	struct lock_stat_sum before, after;

	init_locks();
	lock_stat_switch(true);
	before = STAT(&mutex);
	contend(&m, mutex.dep_map.key, lock_mutex, unlock_mutex);
	after = STAT(&mutex);
	lock_stat_switch(was_on);
	/* three holds, one of them HOLD_MS: had the wait been counted, it were nearly two */
	KTEST_EQ(after.holds - before.holds, 3);
	KTEST_EXPECT(after.hold_total - before.hold_total >= HOLD_MS * NSEC_PER_MSEC);
	if (after.wait_total - before.wait_total > 15 * NSEC_PER_MSEC)
		KTEST_EXPECT(after.hold_total - before.hold_total <
			     after.hold_max + (after.wait_total - before.wait_total));
}
KTEST(proc_stat_hold_after_wait, KTEST_QUICK, test_hold_after_wait);

/* ---- clearing, and the graph ---- */

static void test_clear(void)
{
	init_locks();
	for (int i = 0; i < 50; i++) {
		lock_mutex();
		unlock_mutex();
	}
	KTEST_EXPECT(STAT(&mutex).acquisitions >= 50);
	lock_stat_clear();
	KTEST_EQ(STAT(&mutex).acquisitions, 0);
	KTEST_EQ(STAT(&mutex).wait_total, 0);
	KTEST_EQ(STAT(&mutex).first_ip, 0);
	lock_mutex();
	unlock_mutex();
	KTEST_EQ(STAT(&mutex).acquisitions, 1);
}
KTEST(proc_stat_clear, KTEST_QUICK, test_clear);

struct edges {
	unsigned int from, to, found, observed, documented, unknown;
};

static void look_at_edge(unsigned int from, unsigned int to, void *arg)
{
	struct edges *e = arg;
	unsigned int flags = lock_edge_flags(from, to);

	e->found += from == e->from && to == e->to;
	e->observed += (flags & LOCK_EDGE_OBSERVED) != 0;
	e->documented += (flags & LOCK_EDGE_DOCUMENTED) != 0;
	e->unknown += !flags;
}

static void test_edges(void)
{
	struct edges e = { };

	init_locks();
	mutex_lock(&mutex);
	down_read(&sem);
	up_read(&sem);
	mutex_unlock(&mutex);
	e.from = mutex.dep_map.key->id[0];
	e.to = sem.dep_map.key->id[0];
	KTEST_STREQ(lock_class_name(e.from), "&mutex");
	lock_edges_for_each(look_at_edge, &e);
	KTEST_EQ(e.found, 1);
	KTEST_EQ(lock_edge_flags(e.from, e.to), LOCK_EDGE_OBSERVED);
	KTEST_EQ(lock_edge_flags(e.to, e.from), 0);
	KTEST_EXPECT(e.observed > 5 && e.documented > 2);
	KTEST_EQ(e.unknown, 0);
}
KTEST(proc_stat_edges, KTEST_QUICK, test_edges);

#endif
