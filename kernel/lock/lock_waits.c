// SPDX-License-Identifier: MIT
/*
 * Who holds what, and who waits for what held by whom: the lists in reports
 * and in the hung-task watch.
 *
 * A task notes what it sleeps for in its own held-lock stack, which nobody
 * else writes. Others read stack and note racily: the depth is bounded, a
 * class number is taken modulo the table, and an object waited for is only
 * compared, never looked into. So nothing here takes a lock, and the worst
 * that a race does is a line that was true a moment ago.
 *
 * The lock that a task waits for is on its stack already, as the last entry
 * (an order is checked before the wait): it is wanted, not held.
 */
#include "kernel/lock/lockdep.h"
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"

#if CONFIG_CHECKS

#define MAX_HOLDERS 8	/* printed of one lock */

void held_wait_begin(const char *kind, const void *object, unsigned long ip)
{
	struct held_locks *h = held_current_stack();
	unsigned int n = h->nr_waits;

	if (n < HELD_WAITS)
		h->waits[n] = (struct held_wait) {
			.object = object, .kind = kind, .ip = ip, .since = get_jiffies(),
		};
	barrier();
	WRITE_ONCE(h->nr_waits, n + 1);
}

void held_wait_end(void)
{
	struct held_locks *h = held_current_stack();

	WRITE_ONCE(h->nr_waits, h->nr_waits - 1);
}

/* Waiting for a condition, which may itself wait for a lock while it is evaluated. */
static bool for_condition(const struct held_wait *wait)
{
	return !strcmp(wait->kind, "event") || !strcmp(wait->kind, "variable");
}

/* An outer wait for a lock says more than the bit that it comes down to. */
const struct held_wait *held_wait_of(const struct held_locks *h)
{
	unsigned int n = min(READ_ONCE(h->nr_waits), (unsigned int)HELD_WAITS);

	for (unsigned int i = 0; i < n; i++)
		if (!for_condition(&h->waits[i]))
			return &h->waits[i];
	return n ? &h->waits[n - 1] : NULL;
}

static const char *mode_name(unsigned int flags)
{
	if (flags & HELD_SHARED)
		return flags & HELD_TRY ? "shared, try" : "shared";
	return flags & HELD_TRY ? "exclusive, try" : "exclusive";
}

static void print_class_of(const struct held_lock *e)
{
	const struct lock_class *c = &lock_classes[HELD_CLASS(e) % MAX_CLASSES];

	pr_cont("%s", c->name ? c->name : "?");
	if (c->subclass)
		pr_cont("/%u", c->subclass);
}

/* How many entries of @h are locks that it has, and not the one that it waits for. */
static unsigned int held_count(const struct held_locks *h, const struct held_wait *wait)
{
	unsigned int depth = min(READ_ONCE(h->depth), (unsigned int)HELD_MAX);

	return depth && wait && h->stack[depth - 1].lock == wait->object ? depth - 1 : depth;
}

/* @lead: the line's beginning. */
static void print_wait(const struct held_locks *h, const struct held_wait *wait, const char *lead)
{
	unsigned int held = held_count(h, wait);

	printk(KERN_ERR "%s %s ", lead, wait->kind);
	if (held < READ_ONCE(h->depth) && held < HELD_MAX) {
		print_class_of(&h->stack[held]);
		pr_cont(" ");
	}
	pr_cont("%p at %pS for %lu ms\n", wait->object, (void *)wait->ip, get_jiffies() - wait->since);
}

static void print_held(const struct held_locks *h, unsigned int held)
{
	if (!held)
		printk(KERN_ERR "  no locks held\n");
	for (unsigned int i = 0; i < held; i++) {
		const struct held_lock *e = &h->stack[i];

		printk(KERN_ERR "  #%u ", i);
		print_class_of(e);
		pr_cont(" (%s) %p taken at %pS on CPU %u\n", mode_name(HELD_FLAGS(e)), e->lock,
			(void *)e->ip, e->cpu);
	}
}

void held_print(struct held_locks *h)
{
	const struct held_wait *wait = held_wait_of(h);

	if (wait)
		print_wait(h, wait, "  waits for");
	print_held(h, held_count(h, wait));
}

struct holder_search {
	const void *object;
	unsigned int found;
};

/* Prints @p if it has the lock that is searched for, and what it waits for itself. */
static void print_if_holder(struct task_struct *p, void *arg)
{
	struct holder_search *s = arg;
	const struct held_locks *h = sched_held(p);
	const struct held_wait *wait = held_wait_of(h);
	unsigned int held = held_count(h, wait);

	for (unsigned int i = 0; i < held && s->found < MAX_HOLDERS; i++) {
		const struct held_lock *e = &h->stack[i];

		if (e->lock != s->object)
			continue;
		s->found++;
		printk(KERN_ERR "  held by task %d (%s): ", sched_pid(p), sched_comm(p));
		print_class_of(e);
		pr_cont(" (%s) taken at %pS on CPU %u\n", mode_name(HELD_FLAGS(e)), (void *)e->ip, e->cpu);
		if (wait)
			print_wait(h, wait, "    which itself waits for");
		return;
	}
}

static void print_holders(const void *lock)
{
	struct holder_search s = { .object = lock };

	sched_for_each_task(print_if_holder, &s);
	if (!s.found && held_by_io(lock))
		printk(KERN_ERR "  held by an I/O in flight\n");
}

void debug_show_held_locks(struct task_struct *p)
{
	const struct held_locks *h = sched_held(p);
	const struct held_wait *wait = held_wait_of(h);
	unsigned int held = held_count(h, wait);

	if (wait)
		print_wait(h, wait, "  waits for");
	if (wait && held != READ_ONCE(h->depth))	/* a lock that the stacks know */
		print_holders(wait->object);
	print_held(h, held);
}

#endif
