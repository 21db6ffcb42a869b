// SPDX-License-Identifier: MIT
/*
 * RCU under load: readers walk to the current object, dwell, and look
 * whether it was poisoned under them; updaters replace it and poison the old
 * one after a grace period, by callback or by waiting.
 */
#include "tests/kernel/ktest.h"
#include "kernel/lib/rculist.h"
#include "kernel/lib/string.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/lock/spinlock.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"
#include "mm/gfp.h"
#include "mm/slab.h"

#define ALIVE	0x600dcafeu
#define DEAD	0xdeadbeefu

struct object {
	u32 state;
	u32 pad;
	struct rcu_head rcu;
};

static struct object __rcu *current_object;
static DEFINE_SPINLOCK(update_lock);
static volatile bool stop;
static atomic_t reads, updates, freed;
static unsigned int duration_ms;

static void free_object(struct rcu_head *head)
{
	struct object *o = container_of(head, struct object, rcu);

	if (!in_rcu_callback())
		KTEST_FAIL("a callback outside of callback context");
	o->state = DEAD;
	kfree(o);
	atomic_inc(&freed);
}

static struct object *new_object(void)
{
	struct object *o = kmalloc(sizeof(*o), GFP_KERNEL);

	if (o)
		o->state = ALIVE;
	return o;
}

static struct object *replace(struct object *new)
{
	struct object *old;

	spin_lock(&update_lock);
	old = rcu_replace_pointer(current_object, new, true);
	spin_unlock(&update_lock);
	atomic_inc(&updates);
	return old;
}

static void updater(unsigned int id)
{
	for (unsigned int i = 0; !stop; i++) {
		struct object *new = new_object(), *old;

		KTEST_ASSERT(new);
		old = replace(new);
		if (i % 8 == id % 8) {
			synchronize_rcu();
			old->state = DEAD;
			kfree(old);
			atomic_inc(&freed);
		} else {
			call_rcu(&old->rcu, free_object);
		}
		if (i % 16 == 0)
			msleep(1);
		cond_resched();
	}
}

static void reader(unsigned int id)
{
	u64 seed = id * 77 + 1;

	while (!stop) {
		struct object *o;

		rcu_read_lock();
		o = rcu_dereference(current_object);
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		for (unsigned int i = seed >> 54; i; i--)
			cpu_relax();
		if (o->state != ALIVE)
			KTEST_FAIL("a reader found state %x", o->state);
		rcu_read_unlock();
		atomic_inc(&reads);
		if (seed >> 60 == 0)
			yield();
		cond_resched();
	}
}

static void torture_thread(void *arg, unsigned int id)
{
	if (id == 0) {
		msleep(duration_ms);
		stop = true;
	} else if (id <= 2) {
		updater(id);
	} else {
		reader(id);
	}
}

static void torture(unsigned int ms)
{
	struct object *o = new_object();
	unsigned long periods = rcu_grace_periods();

	KTEST_ASSERT(o);
	rcu_assign_pointer(current_object, o);
	stop = false;
	atomic_set(&reads, 0);
	atomic_set(&updates, 0);
	atomic_set(&freed, 0);
	duration_ms = ms;
	ktest_threads(7, torture_thread, NULL);
	rcu_barrier();
	KTEST_EQ(atomic_read(&freed), atomic_read(&updates));
	KTEST_EXPECT(atomic_read(&reads) > 0 && atomic_read(&updates) > 0);
	pr_info("# %d reads, %d updates, %lu grace periods in %u ms\n", atomic_read(&reads),
		atomic_read(&updates), rcu_grace_periods() - periods, ms);
	o = current_object;
	RCU_INIT_POINTER(current_object, NULL);
	kfree(o);
}

static void torture_quick(void)
{
	torture(500);
}
KTEST(lock_rcu_torture, KTEST_QUICK, torture_quick);

static void torture_slow(void)
{
	torture(10000);
}
KTEST(lock_rcu_torture_long, KTEST_SLOW, torture_slow);

/* A grace period does not end under a reader, and ends soon after it. */
static volatile int phase;

static void gp_thread(void *arg, unsigned int id)
{
	if (id == 0) {
		rcu_read_lock();
		phase = 1;
		for (u64 end = ktime_get_ns() + 20 * NSEC_PER_MSEC; ktime_get_ns() < end; )
			cpu_relax();
		if (phase != 1)
			KTEST_FAIL("a grace period ended under a reader");
		rcu_read_unlock();
	} else {
		while (!phase)
			yield();
		synchronize_rcu();
		phase = 2;
	}
}

static void grace_period(void)
{
	unsigned long state;

	for (int i = 0; i < 5; i++) {
		phase = 0;
		ktest_threads(2, gp_thread, NULL);
		KTEST_EQ(phase, 2);
	}
	state = get_state_synchronize_rcu();
	synchronize_rcu();
	KTEST_EXPECT(poll_state_synchronize_rcu(state));
}
KTEST(lock_rcu_grace_period, KTEST_QUICK, grace_period);

/* rcu_barrier() waits for callbacks queued on every CPU; kfree_rcu() frees. */
static atomic_t ran;

static void count_callback(struct rcu_head *head)
{
	atomic_inc(&ran);
}

static struct rcu_head heads[64];

static void queue_some(void *arg, unsigned int id)
{
	for (unsigned int i = 0; i < 8; i++)
		call_rcu(&heads[id * 8 + i], count_callback);
}

static void barrier_test(void)
{
	atomic_set(&ran, 0);
	ktest_threads(8, queue_some, NULL);
	rcu_barrier();
	KTEST_EQ(atomic_read(&ran), 64);
	for (int i = 0; i < 100; i++) {
		struct object *o = new_object();

		KTEST_ASSERT(o);
		kfree_rcu(o, rcu);
	}
}
KTEST(lock_rcu_barrier, KTEST_QUICK, barrier_test);
