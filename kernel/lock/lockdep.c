// SPDX-License-Identifier: MIT
/*
 * Held-lock stacks: see lockdep.h.
 *
 * A stack belongs to one context: a task, or the interrupt handlers of one
 * CPU (which cannot interrupt each other). Only that context changes it, and
 * an interrupt in the middle of a change uses the other stack, so no locking
 * is needed. But an interrupt may end in a switch to another task, and the
 * locks the scheduler takes on the way go to the interrupted task's stack: so
 * every change is made with preemption off. The per-CPU pointer held_now is the running task's stack; read
 * in one instruction it is right even if the task migrates after that.
 *
 * h->chain is a hash over the classes and modes of the stack from the bottom
 * up. An entry remembers the hash below it, so that pushing and popping cost
 * one step, and removing from the middle redoes those above.
 *
 * Locks handed to the I/O are counted by hash of their address, so that a
 * release of something that neither this context nor any I/O holds is found.
 */
#include "kernel/lock/lockdep.h"
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lock/preempt.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/irqflags.h"

#if CONFIG_CHECKS

/* What a CPU has before its first task is known: tracks nothing. */
struct held_locks held_untracked = { .off = 1 };

DEFINE_PER_CPU(struct held_locks *, held_now) = &held_untracked;
DEFINE_PER_CPU(struct held_locks, held_irq) = { .limit = HELD_MAX };

struct lock_class_key lockdep_no_validate_key = { .name = "not ordered" };
static struct lock_class_key reclaim_key = { .name = "fs reclaim" };
static char reclaim_lock;		/* its address stands for the lock */

#define IO_BITS 10
static atomic_t io_owned[1 << IO_BITS];

static inline struct held_locks *context_stack(void)
{
	return held_context(preempt_count());
}

struct held_locks *held_current_stack(void)
{
	return context_stack();
}

void held_locks_init(struct held_locks *h)
{
	memset(h, 0, sizeof(*h));
	h->limit = HELD_MAX;
}

void held_switch(struct held_locks *next)
{
	this_cpu_write(held_now, next);
}

void lockdep_init(void)
{
	lock_class_register(&lockdep_no_validate_key, 0);	/* while there is room */
	held_locks_init(sched_held(current));
	held_switch(sched_held(current));
}

void lockdep_init_map(struct lockdep_map *map, struct lock_class_key *key)
{
	*map = (struct lockdep_map) { .key = key };
}

void lockdep_map_set_class(struct lockdep_map *map, struct lock_class_key *key,
			   const char *name, unsigned int subclass)
{
	if (name && !key->name)
		key->name = name;
	*map = (struct lockdep_map) { .key = key, .subclass = (u16)subclass };
}

static noinline void report_overflow(struct held_locks *h)
{
	if (h->overflow++ == 0 && lock_report_begin(h, "too many locks held at once"))
		lock_report_end(h);
}

static noinline struct lock_class_key *uninitialised(const void *lock, unsigned long ip)
{
	static int reported;

	if (reported++ < 10)
		pr_warn("lock %p used at %pS was never initialised\n", lock, (void *)ip);
	return &lockdep_no_validate_key;
}

void held_push_slow(const void *lock, struct lock_class_key *key, unsigned int subclass,
		    unsigned int flags, unsigned long ip)
{
	struct held_locks *h = context_stack();
	struct held_lock *e;
	unsigned int class;
	u64 chain;

	if (h->off)
		return;
	if (h->depth >= h->limit) {
		report_overflow(h);
		return;
	}
	if (!key)
		key = uninitialised(lock, ip);
	if (subclass >= MAX_LOCKDEP_SUBCLASSES)
		subclass = MAX_LOCKDEP_SUBCLASSES - 1;
	class = READ_ONCE(key->id[subclass]);
	if (!class)
		class = lock_class_register(key, subclass);
	if (!class)
		/* The table of classes is full: such locks are held, but not ordered. */
		class = lockdep_no_validate_key.id[0];
	if ((flags & HELD_IRQS_ON) || (!(flags & HELD_IRQS_OFF) && !irqs_disabled()))
		flags |= ENTRY_IRQS_ON;
	if (in_hardirq())
		flags |= ENTRY_IN_IRQ;
	flags &= ~(HELD_IRQS_ON | HELD_IRQS_OFF);
	this_cpu_inc(lock_acquisitions[class % MAX_CLASSES]);
	h->since[h->depth] = lock_stat_timing ? rdtsc() : 0;
	e = &h->stack[h->depth];
	*e = (struct held_lock) {
		.lock = lock, .ip = ip, .chain = h->chain, .what = flags << 16 | class,
		.cpu = smp_processor_id(),
	};
	chain = held_chain_step(e->chain, e->what);
	if (!lock_chain_known(chain)) {
		lock_chain_check(h, e, chain);
		return;
	}
	h->chain = chain;
	barrier();
	h->depth++;
}

void held_acquire(const void *lock, struct lock_class_key *key, unsigned int subclass,
		  unsigned int flags, unsigned long ip)
{
	if (flags & HELD_NOCHECK)
		key = &lockdep_no_validate_key;
	held_push_preemptible(lock, key, subclass, flags, ip);
}

static struct held_lock *find_entry(struct held_locks *h, const void *lock)
{
	for (unsigned int i = h->depth; i-- > 0; )
		if (h->stack[i].lock == lock)
			return &h->stack[i];
	return NULL;
}

/* Redoes the hashes from entry @i up. */
static void rehash(struct held_locks *h, unsigned int i)
{
	u64 chain = h->stack[i].chain;

	for (; i < h->depth; i++) {
		h->stack[i].chain = chain;
		chain = held_chain_step(chain, h->stack[i].what);
	}
	h->chain = chain;
}

/* Those above @e move down by one, and their hashes change. */
static void remove_entry(struct held_locks *h, struct held_lock *e)
{
	struct held_lock *end = &h->stack[--h->depth];
	u64 chain = e->chain, *since = &h->since[e - h->stack];

	for (; e < end; e++, since++) {
		*e = e[1];
		*since = since[1];
		e->chain = chain;
		chain = held_chain_step(chain, e->what);
	}
	h->chain = chain;
}

static inline atomic_t *io_slot(const void *lock)
{
	return &io_owned[hash_ptr(lock, IO_BITS)];
}

bool held_by_io(const void *lock)
{
	return atomic_read(io_slot(lock)) > 0;
}

static noinline void report_not_held(struct held_locks *h, const void *lock, const char *what,
				     unsigned long ip)
{
	if (h->overflow) {
		h->overflow--;		/* one of those that did not fit */
		return;
	}
	if (!lock_report_begin(h, what))
		return;
	printk(KERN_ERR "lock %p (%pS) at %pS\n", lock, lock, (void *)ip);
	lock_report_end(h);
}

void held_release(const void *lock, unsigned long ip)
{
	held_pop_preemptible(lock, ip);
}

void held_pop_slow(const void *lock, unsigned long ip)
{
	struct held_locks *h = context_stack();
	struct held_lock *e;

	if (unlikely(h->off))
		return;
	e = find_entry(h, lock);
	if (likely(e)) {
		if (unlikely(lock_stat_timing))
			lock_stat_released(h, (unsigned int)(e - h->stack));
		remove_entry(h, e);
	} else if (atomic_add_unless(io_slot(lock), -1, 0)) {
		lock_stat_io_released(lock);
	} else {
		report_not_held(h, lock, "released a lock that was not held", ip);
	}
}

void held_handoff_io(const void *lock, unsigned long ip)
{
	struct held_locks *h = context_stack();
	struct held_lock *e;

	if (unlikely(h->off))
		return;
	preempt_disable();
	e = find_entry(h, lock);
	if (likely(e)) {
		if (unlikely(lock_stat_timing))
			lock_stat_handed_off(h, (unsigned int)(e - h->stack));
		remove_entry(h, e);
		atomic_inc(io_slot(lock));
	}
	preempt_enable();
	/* An I/O that is continued or tried again has it already. */
	if (!e && !held_by_io(lock))
		report_not_held(h, lock, "handed to the I/O a lock that was not held", ip);
}

void held_downgrade(const void *lock, unsigned long ip)
{
	struct held_locks *h = context_stack();
	struct held_lock *e;

	if (h->off)
		return;
	e = find_entry(h, lock);
	if (!e) {
		report_not_held(h, lock, "downgraded a lock that was not held", ip);
		return;
	}
	if (HELD_FLAGS(e) & HELD_SHARED)
		report_not_held(h, lock, "downgraded a lock that was held shared", ip);
	preempt_disable();
	e->what |= HELD_SHARED << 16;
	rehash(h, (unsigned int)(e - h->stack));
	preempt_enable();
}

int held_mode(const void *lock)
{
	return held_mode_of(context_stack(), lock);
}

bool held_by_current(const void *lock)
{
	struct held_locks *h = context_stack();

	return h->off || find_entry(h, lock);
}

unsigned int held_depth(void)
{
	return context_stack()->depth;
}

void held_check_address_order(const void *lock, const struct lock_class_key *key, unsigned long ip)
{
	struct held_locks *h = context_stack();

	if (h->off || !key)
		return;
	for (unsigned int i = 0; i < h->depth; i++) {
		struct held_lock *e = &h->stack[i];

		if (e->lock <= lock || lock_classes[HELD_CLASS(e) % MAX_CLASSES].key != key)
			continue;
		if (lock_report_begin(h, "possible deadlock: two locks of one class against the order "
				      "of their addresses")) {
			printk(KERN_ERR "wants %p at %pS\n", lock, (void *)ip);
			printk(KERN_ERR "while it holds %p, which lies above it, taken at %pS\n",
			       e->lock, (void *)e->ip);
			lock_report_end(h);
		}
		return;
	}
}

void held_check_empty(const char *where)
{
	struct held_locks *h = context_stack();

	if (likely(!h->depth) || h->off)
		return;
	if (lock_report_begin(h, "locks held where none may be")) {
		printk(KERN_ERR "at %s\n", where);
		lock_report_end(h);
	}
	h->depth = 0;
	h->chain = 0;
	h->overflow = 0;
}

void debug_check_no_locks_freed(const void *addr, size_t size)
{
	struct held_locks *h = context_stack();

	if (likely(!h->depth) || h->off)
		return;
	for (unsigned int i = 0; i < h->depth; i++) {
		unsigned long off = (unsigned long)h->stack[i].lock - (unsigned long)addr;

		if (off >= size)
			continue;
		if (lock_report_begin(h, "memory freed with a held lock in it")) {
			printk(KERN_ERR "%p..%p, lock %u of the list\n", addr,
			       (const char *)addr + size, i);
			lock_report_end(h);
		}
		return;
	}
}

void lockdep_assert_failed(const char *what, const char *expected, unsigned long ip)
{
	struct held_locks *h = context_stack();

	if (h->off || !lock_report_begin(h, "lock assertion failed"))
		return;
	printk(KERN_ERR "%s should be %s at %pS\n", what, expected, (void *)ip);
	lock_report_end(h);
}

void reclaim_lock_acquire_map(bool holds, unsigned long ip)
{
	held_acquire(&reclaim_lock, &reclaim_key, 0, HELD_IRQS_ON, ip);
	if (!holds)
		held_release(&reclaim_lock, ip);
}

void reclaim_lock_release_map(void)
{
	held_release(&reclaim_lock, _RET_IP_);
}

#endif
