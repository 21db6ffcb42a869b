// SPDX-License-Identifier: MIT
/*
 * Lock statistics: see lock_stat.h.
 *
 * Each CPU has its own record of each class, which only it writes, with interrupts off or with a single instruction; so
 * nothing is lost, and no cache line is shared. A reader adds them up while they change: each number it sees was
 * true at some moment, but not all of them at the same. Clearing is done by each CPU for itself.
 *
 * Which class an acquisition or a wait belongs to, and where it was made, says the entry on the held stack, which is there
 * before the wait begins. When a hold began is kept beside the entry (held_locks.since). A stamp older than the last
 * switching-on is a remnant of an entry that was there before in this place, and is not used.
 *
 * A lock handed to the I/O leaves the stack before it is released. Its stamp moves to a small table, found by the
 * lock's address; a slot is claimed by compare-and-exchange, filled by its claimant, and freed by whoever releases the lock.
 */
#include "kernel/lock/lock_stat.h"
#include "kernel/lock/lockdep_fast.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/x86/atomic.h"
#include "kernel/x86/boot_info.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/time.h"

#if CONFIG_CHECKS

/* One class on one CPU; ticks of the clock. Written by that CPU with interrupts off. */
struct lock_record {
	u64 contended, gave_up;
	u64 wait_total, wait_max;
	u64 holds, hold_total, hold_max;
	u64 first_at, last_at;			/* when the places below waited */
	unsigned long first_ip, last_ip;
};

bool lock_stat_timing;
static u64 timing_since;			/* ticks; written before lock_stat_timing is set */

DEFINE_PER_CPU(u64 [MAX_CLASSES], lock_acquisitions);
static DEFINE_PER_CPU(struct lock_record *, lock_records);	/* MAX_CLASSES; set at boot */

/* Holds that go on in the I/O. */
struct io_hold {
	const void *lock;		/* NULL: free; IO_CLAIMED: being filled */
	u64 since;
	unsigned int class;
};

#define IO_SLOT_BITS	10
#define IO_PROBES	4
#define IO_CLAIMED	((const void *)1)

static struct io_hold io_holds[1 << IO_SLOT_BITS];
static atomic_t io_used;		/* slots taken: none is looked for when there is none */
static atomic_long_t io_lost;

void lock_stat_init(void)
{
	unsigned int cpu;
	char word[4];

	for_each_possible_cpu(cpu)
		per_cpu(lock_records, cpu) = boot_alloc(MAX_CLASSES * sizeof(struct lock_record), 64);
	if (cmdline_get("lock_stat", word, sizeof(word)) && !strcmp(word, "1"))
		lock_stat_switch(true);
}

void lock_stat_switch(bool on)
{
	WRITE_ONCE(timing_since, rdtsc());
	smp_wmb();
	WRITE_ONCE(lock_stat_timing, on);
}

/* This CPU's record of an entry's class; NULL before there is any. Interrupts off. */
static struct lock_record *record_of(unsigned int what)
{
	struct lock_record *r = this_cpu_read(lock_records);

	return r ? &r[what % MAX_CLASSES] : NULL;
}

/* ---- waits ---- */

static void record_wait(struct lock_record *r, unsigned long ip, u64 now, u64 ticks)
{
	r->contended++;
	r->wait_total += ticks;
	r->wait_max = max(r->wait_max, ticks);
	if (!r->first_at) {
		r->first_at = now;
		r->first_ip = ip;
	}
	r->last_at = now;
	r->last_ip = ip;
}

/* Where @lock is on the stack, topmost first; -1: nowhere. */
static int entry_of(const struct held_locks *h, const void *lock)
{
	int i = (int)h->depth - 1;

	while (i >= 0 && h->stack[i].lock != lock)
		i--;
	return i;
}

void lock_stat_waited(const void *lock, u64 since)
{
	u64 now = rdtsc();
	struct lock_record *r;
	struct held_locks *h;
	unsigned long flags;
	int i;

	local_irq_save(flags);
	h = held_current_stack();
	i = h->off ? -1 : entry_of(h, lock);
	if (i >= 0) {
		/* The hold begins here, not where the wait began. */
		h->since[i] = now;
		r = record_of(h->stack[i].what);
		if (r)
			record_wait(r, h->stack[i].ip, now, now > since ? now - since : 0);
	}
	local_irq_restore(flags);
}

void lock_stat_gave_up(const void *lock)
{
	struct lock_record *r;
	struct held_locks *h;
	unsigned long flags;
	int i;

	local_irq_save(flags);
	h = held_current_stack();
	i = h->off ? -1 : entry_of(h, lock);
	if (i >= 0) {
		h->since[i] = 0;
		r = record_of(h->stack[i].what);
		if (r)
			r->gave_up++;
	}
	local_irq_restore(flags);
}

/* ---- holds ---- */

static void record_hold(unsigned int what, u64 since)
{
	u64 now = rdtsc(), ticks = now > since ? now - since : 0;
	struct lock_record *r;
	unsigned long flags;

	if (since < READ_ONCE(timing_since))
		return;
	local_irq_save(flags);
	r = record_of(what);
	if (r) {
		r->holds++;
		r->hold_total += ticks;
		r->hold_max = max(r->hold_max, ticks);
	}
	local_irq_restore(flags);
}

void lock_stat_released(const struct held_locks *h, unsigned int i)
{
	record_hold(h->stack[i].what, h->since[i]);
}

static inline struct io_hold *io_slot(const void *lock, unsigned int probe)
{
	return &io_holds[(hash_ptr(lock, IO_SLOT_BITS) + probe) % ARRAY_SIZE(io_holds)];
}

void lock_stat_handed_off(const struct held_locks *h, unsigned int i)
{
	const void *lock = h->stack[i].lock;

	if (h->since[i] < READ_ONCE(timing_since))
		return;
	for (unsigned int probe = 0; probe < IO_PROBES; probe++) {
		struct io_hold *slot = io_slot(lock, probe);
		const void *none = NULL;

		if (READ_ONCE(slot->lock) || !try_cmpxchg(&slot->lock, &none, IO_CLAIMED))
			continue;
		slot->since = h->since[i];
		slot->class = h->stack[i].what % MAX_CLASSES;
		atomic_inc(&io_used);
		smp_store_release(&slot->lock, lock);
		return;
	}
	atomic_long_inc(&io_lost);
}

void lock_stat_io_released(const void *lock)
{
	if (!atomic_read(&io_used))
		return;
	for (unsigned int probe = 0; probe < IO_PROBES; probe++) {
		struct io_hold *slot = io_slot(lock, probe);
		unsigned int class;
		u64 since;

		if (smp_load_acquire(&slot->lock) != lock)
			continue;
		since = slot->since;
		class = slot->class;
		smp_store_release(&slot->lock, NULL);
		atomic_dec(&io_used);
		if (READ_ONCE(lock_stat_timing))
			record_hold(class, since);
		return;
	}
}

unsigned long lock_stat_lost(void)
{
	return (unsigned long)atomic_long_read(&io_lost);
}

/* ---- reading and clearing ---- */

static u64 to_ns(u64 ticks)
{
	return tsc_khz ? mul_u64_u64_div_u64(ticks, NSEC_PER_MSEC, tsc_khz) : ticks;
}

static void add_record(struct lock_stat_sum *sum, const struct lock_record *r, u64 *first, u64 *last)
{
	u64 first_at = READ_ONCE(r->first_at), last_at = READ_ONCE(r->last_at);

	sum->contended += READ_ONCE(r->contended);
	sum->wait_total += READ_ONCE(r->wait_total);
	sum->wait_max = max(sum->wait_max, READ_ONCE(r->wait_max));
	sum->holds += READ_ONCE(r->holds);
	sum->hold_total += READ_ONCE(r->hold_total);
	sum->hold_max = max(sum->hold_max, READ_ONCE(r->hold_max));
	if (first_at && first_at < *first) {
		*first = first_at;
		sum->first_ip = READ_ONCE(r->first_ip);
	}
	if (last_at > *last) {
		*last = last_at;
		sum->last_ip = READ_ONCE(r->last_ip);
	}
}

void lock_stat_read(unsigned int class, struct lock_stat_sum *sum)
{
	u64 gave_up = 0, first = ~0ULL, last = 0;
	unsigned int cpu;

	*sum = (struct lock_stat_sum) { };
	if (!class || class >= MAX_CLASSES)
		return;
	for_each_possible_cpu(cpu) {
		const struct lock_record *r = per_cpu(lock_records, cpu);

		/* Before the acquisitions that it is to be taken from. */
		if (r) {
			gave_up += READ_ONCE(r[class].gave_up);
			add_record(sum, &r[class], &first, &last);
		}
		sum->acquisitions += READ_ONCE(per_cpu(lock_acquisitions, cpu)[class]);
	}
	sum->acquisitions -= min(gave_up, sum->acquisitions);
	sum->wait_total = to_ns(sum->wait_total);
	sum->wait_max = to_ns(sum->wait_max);
	sum->hold_total = to_ns(sum->hold_total);
	sum->hold_max = to_ns(sum->hold_max);
}

void lock_stat_for_each(void (*fn)(unsigned int class, const char *name, unsigned int subclass,
				   const struct lock_stat_sum *sum, void *arg), void *arg)
{
	unsigned int count = lock_class_count();

	for (unsigned int class = 1; class < count; class++) {
		struct lock_stat_sum sum;

		lock_stat_read(class, &sum);
		fn(class, lock_class_name(class), lock_class_subclass(class), &sum, arg);
	}
}

/* On each CPU, interrupts off. */
static void clear_this_cpu(void *unused)
{
	struct lock_record *r = this_cpu_read(lock_records);

	memset(this_cpu_ptr(&lock_acquisitions), 0, sizeof(lock_acquisitions));
	if (r)
		memset(r, 0, MAX_CLASSES * sizeof(*r));
}

void lock_stat_clear(void)
{
	might_sleep();
	on_each_cpu(clear_this_cpu, NULL, true);
	atomic_long_set(&io_lost, 0);
}

#endif
