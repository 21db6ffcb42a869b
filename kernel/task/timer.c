// SPDX-License-Identifier: MIT
/*
 * Timers of every kind: one tree a CPU, sorted by expiry, run from the CPU's one-shot interrupt.
 *
 * Arming and disarming are O(log n); the earliest is cached. The hardware is programmed only when
 * something earlier than what it already waits for is armed; an interrupt that comes too early,
 * because its timer was taken back, finds nothing to do and programs the next.
 *
 * Locking. A timer belongs to the base it was last armed on (t->base) and its fields are guarded
 * by that base's lock. It changes base only under the old base's lock, and only while it is
 * neither armed nor running there; whoever locks a base re-reads t->base afterwards. base->running
 * is the timer whose callback runs, dropped locks and all; it is compared, never followed, after
 * the callback, which may have freed its timer. A base's lock is a leaf: callbacks run without it.
 *
 * A timer armed for another CPU sets that base's `poke` and sends a reschedule interrupt, whose
 * handler programs the clock there.
 */
#include "kernel/task/timer.h"
#include "kernel/lib/bug.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/preempt.h"
#include "kernel/task/sched.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/percpu.h"
#include "kernel/x86/processor.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/time.h"

struct timer_base {
	raw_spinlock_t lock;
	struct rb_root tree;
	struct rb_node *first;
	struct ktimer *running;
	u64 programmed;	    /* what the hardware waits for; ~0: nothing */
	u64 sched_deadline; /* the scheduler's wish; ~0: none */
	bool in_interrupt;  /* timer_interrupt() will program the clock when it ends */
	bool poke;
	int cpu;
};

static DEFINE_PER_CPU_ALIGNED(struct timer_base, timer_bases);

#define NEVER (~0ULL)

static inline struct ktimer *timer_of(struct rb_node *node)
{
	return rb_entry(node, struct ktimer, node);
}

static void base_insert(struct timer_base *base, struct ktimer *t)
{
	struct rb_node **link = &base->tree.rb_node, *parent = NULL;
	bool first = true;

	BUG_ON(t->queued);
	while (*link) {
		parent = *link;
		if (t->expires < timer_of(parent)->expires) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			first = false;
		}
	}
	rb_link_node(&t->node, parent, link);
	rb_insert_color(&t->node, &base->tree);
	if (first)
		base->first = &t->node;
	WRITE_ONCE(t->queued, true);
}

static void base_remove(struct timer_base *base, struct ktimer *t)
{
	if (base->first == &t->node)
		base->first = rb_next(&t->node);
	rb_erase(&t->node, &base->tree);
	WRITE_ONCE(t->queued, false);
}

static u64 next_event(const struct timer_base *base)
{
	u64 next = base->sched_deadline;

	if (base->first && timer_of(base->first)->expires < next)
		next = timer_of(base->first)->expires;
	return next;
}

/* Sees to it that the base's CPU is interrupted in time. base->lock held, interrupts off. */
static void base_program(struct timer_base *base)
{
	u64 next = next_event(base);

	if (base->in_interrupt || next >= base->programmed)
		return;
	if (base->cpu != smp_processor_id()) {
		base->poke = true;
		smp_send_reschedule(base->cpu);
		return;
	}
	base->programmed = next;
	clockevent_program(next);
}

/* Locks the base t belongs to. Interrupts off. */
static struct timer_base *lock_base_of(struct ktimer *t)
{
	for (;;) {
		struct timer_base *base = READ_ONCE(t->base);

		raw_spin_lock(&base->lock);
		if (base == READ_ONCE(t->base))
			return base;
		raw_spin_unlock(&base->lock);
	}
}

void ktimer_init(struct ktimer *t, void (*run)(struct ktimer *))
{
	t->base = &per_cpu(timer_bases, 0);
	t->queued = false;
	t->expires = 0;
	t->run = run;
}

bool ktimer_start(struct ktimer *t, u64 expires_ns, int cpu)
{
	struct timer_base *base, *want;
	unsigned long flags;
	bool was_queued = false;

	local_irq_save(flags);
	want = cpu < 0 ? this_cpu_ptr(&timer_bases) : per_cpu_ptr(&timer_bases, cpu);
	base = lock_base_of(t);
	for (;;) {
		if (t->queued) {
			base_remove(base, t);
			was_queued = true;
		}
		if (base == want || base->running == t)
			break;
		WRITE_ONCE(t->base, want);
		raw_spin_unlock(&base->lock);
		base = lock_base_of(t); /* somebody may have moved or armed it meanwhile */
	}
	t->expires = expires_ns;
	base_insert(base, t);
	base_program(base);
	raw_spin_unlock(&base->lock);
	local_irq_restore(flags);
	return was_queued;
}

/* Takes it off its tree; its callback may be running all the same. */
static bool ktimer_dequeue(struct ktimer *t)
{
	struct timer_base *base;
	unsigned long flags;
	bool was_queued;

	local_irq_save(flags);
	base = lock_base_of(t);
	was_queued = t->queued;
	if (was_queued)
		base_remove(base, t);
	raw_spin_unlock(&base->lock);
	local_irq_restore(flags);
	return was_queued;
}

/* A callback that runs may arm its timer again: as long as it runs nothing is cancelled. */
int ktimer_try_cancel(struct ktimer *t)
{
	struct timer_base *base;
	unsigned long flags;
	int ret = 0;

	local_irq_save(flags);
	base = lock_base_of(t);
	if (base->running == t) {
		ret = -1;
	} else if (t->queued) {
		base_remove(base, t);
		ret = 1;
	}
	raw_spin_unlock(&base->lock);
	local_irq_restore(flags);
	return ret;
}

int ktimer_cancel(struct ktimer *t)
{
	int ret;

	while ((ret = ktimer_try_cancel(t)) < 0)
		cpu_relax();
	return ret;
}

static void run_expired(struct timer_base *base)
{
	u64 now = ktime_get_ns();

	while (base->first) {
		struct ktimer *t = timer_of(base->first);

		if (t->expires > now) {
			now = ktime_get_ns();
			if (t->expires > now)
				break;
		}
		base_remove(base, t);
		base->running = t;
		raw_spin_unlock(&base->lock);
		t->run(t);
		raw_spin_lock(&base->lock);
		base->running = NULL;
	}
}

void timer_interrupt(void)
{
	struct timer_base *base = this_cpu_ptr(&timer_bases);
	u64 next;

	raw_spin_lock(&base->lock);
	base->in_interrupt = true;
	base->programmed = NEVER;
	run_expired(base);
	if (ktime_get_ns() >= base->sched_deadline) {
		base->sched_deadline = NEVER;
		raw_spin_unlock(&base->lock);
		scheduler_tick();
		raw_spin_lock(&base->lock);
	}
	base->in_interrupt = false;
	next = next_event(base);
	if (next != NEVER) {
		base->programmed = next;
		clockevent_program(next);
	}
	raw_spin_unlock(&base->lock);
}

void timer_check_remote(void)
{
	struct timer_base *base = this_cpu_ptr(&timer_bases);

	if (!READ_ONCE(base->poke))
		return;
	raw_spin_lock(&base->lock);
	base->poke = false;
	base_program(base);
	raw_spin_unlock(&base->lock);
}

void timer_set_sched_deadline(int cpu, u64 ns)
{
	struct timer_base *base = per_cpu_ptr(&timer_bases, cpu);

	if (!ns) {
		/* a superfluous interrupt later is cheaper than programming the clock now */
		WRITE_ONCE(base->sched_deadline, NEVER);
		return;
	}
	raw_spin_lock(&base->lock);
	base->sched_deadline = ns;
	base_program(base);
	raw_spin_unlock(&base->lock);
}

/* struct timer_list */

static void run_timer_list(struct ktimer *t)
{
	struct timer_list *timer = container_of(t, struct timer_list, t);

	timer->function(timer);
}

void timer_setup(struct timer_list *timer, void (*fn)(struct timer_list *), unsigned int flags)
{
	ktimer_init(&timer->t, run_timer_list);
	timer->function = fn;
	timer->flags = flags;
	timer->expires = 0;
}

/* jiffies are the clock in ms, rounded down: the tick after the one asked for is never early */
static u64 jiffies_to_expiry(unsigned long j)
{
	return j >= NEVER / NSEC_PER_MSEC ? NEVER - 1 : (u64)j * NSEC_PER_MSEC;
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	timer->expires = expires;
	return ktimer_start(&timer->t, jiffies_to_expiry(expires), -1);
}

void add_timer(struct timer_list *timer)
{
	BUG_ON(timer_pending(timer));
	mod_timer(timer, timer->expires);
}

void add_timer_on(struct timer_list *timer, int cpu)
{
	BUG_ON(timer_pending(timer));
	ktimer_start(&timer->t, jiffies_to_expiry(timer->expires), cpu);
}

int del_timer(struct timer_list *timer)
{
	return READ_ONCE(timer->t.queued) && ktimer_dequeue(&timer->t);
}

int try_to_del_timer_sync(struct timer_list *timer)
{
	return ktimer_try_cancel(&timer->t);
}

int del_timer_sync(struct timer_list *timer)
{
	return ktimer_cancel(&timer->t);
}

/* struct hrtimer */

static void run_hrtimer(struct ktimer *t)
{
	struct hrtimer *timer = container_of(t, struct hrtimer, t);

	if (timer->function(timer) == HRTIMER_RESTART && !t->queued)
		ktimer_start(t, t->expires, -1);
}

void hrtimer_init(struct hrtimer *timer, enum hrtimer_restart (*fn)(struct hrtimer *))
{
	ktimer_init(&timer->t, run_hrtimer);
	timer->function = fn;
}

void hrtimer_start(struct hrtimer *timer, ktime_t time, enum hrtimer_mode mode)
{
	u64 expires = time > 0 ? time : 0;

	if (mode == HRTIMER_MODE_REL)
		expires += ktime_get_ns();
	ktimer_start(&timer->t, expires, -1);
}

u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval)
{
	u64 now = ktime_get_ns(), n;

	if (now < timer->t.expires)
		return 0;
	n = (now - timer->t.expires) / interval + 1;
	timer->t.expires += n * interval;
	return n;
}

int hrtimer_try_to_cancel(struct hrtimer *timer)
{
	return ktimer_try_cancel(&timer->t);
}

int hrtimer_cancel(struct hrtimer *timer)
{
	return ktimer_cancel(&timer->t);
}

void timers_init(void)
{
	int cpu;

	for_each_possible_cpu (cpu) {
		struct timer_base *base = per_cpu_ptr(&timer_bases, cpu);

		raw_spin_lock_init(&base->lock);
		base->tree = RB_ROOT;
		base->first = NULL;
		base->programmed = NEVER;
		base->sched_deadline = NEVER;
		base->cpu = cpu;
	}
}
