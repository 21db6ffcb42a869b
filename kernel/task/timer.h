// SPDX-License-Identifier: MIT
/*
 * Timers: jiffies, struct timer_list (milliseconds) and struct hrtimer (nanoseconds).
 *
 * Both live on one sorted tree for each CPU and run from the timer interrupt: **callbacks run in
 * hard interrupt context with interrupts off**, may not sleep, and every lock they take must be
 * taken with interrupts off elsewhere. A callback may re-arm or free its own timer.
 */
#ifndef KERNEL_TASK_TIMER_H
#define KERNEL_TASK_TIMER_H

#include "kernel/lib/types.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/kernel.h"
#include "kernel/x86/time.h"

struct timer_base;

/* the common part: guarded by the lock of the base it was last armed on */
struct ktimer {
	struct rb_node node;
	u64 expires;		 /* ns, monotonic */
	struct timer_base *base; /* base of the last arming; NULL: never armed */
	bool queued;
	void (*run)(struct ktimer *);
};

struct timer_list {
	struct ktimer t;
	unsigned long expires; /* jiffies */
	void (*function)(struct timer_list *);
	unsigned int flags;
};

enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };
enum hrtimer_mode { HRTIMER_MODE_ABS = 0, HRTIMER_MODE_REL = 1 };

struct hrtimer {
	struct ktimer t;
	enum hrtimer_restart (*function)(struct hrtimer *);
};

void timer_setup(struct timer_list *timer, void (*fn)(struct timer_list *), unsigned int flags);
#define from_timer(var, callback_timer, timer_fieldname)                                           \
	container_of(callback_timer, typeof(*var), timer_fieldname)

/* Arms or moves a timer; 1 if it was pending. Any context but NMI. */
int mod_timer(struct timer_list *timer, unsigned long expires);
void add_timer(struct timer_list *timer);
void add_timer_on(struct timer_list *timer, int cpu);
/* Disarms; 1 if it was pending. The callback may still be running elsewhere. Any context. */
int del_timer(struct timer_list *timer);
/* Disarms and waits for a running callback; not from interrupts, nor with its locks held. */
int del_timer_sync(struct timer_list *timer);
/* Like del_timer_sync() but returns -1 instead of waiting. */
int try_to_del_timer_sync(struct timer_list *timer);

static inline int timer_pending(const struct timer_list *timer)
{
	return timer->t.queued;
}

void hrtimer_init(struct hrtimer *timer, enum hrtimer_restart (*fn)(struct hrtimer *));
void hrtimer_start(struct hrtimer *timer, ktime_t time, enum hrtimer_mode mode);
/* Moves the expiry past now in whole intervals, for HRTIMER_RESTART; returns how many. */
u64 hrtimer_forward_now(struct hrtimer *timer, ktime_t interval);
int hrtimer_cancel(struct hrtimer *timer);
int hrtimer_try_to_cancel(struct hrtimer *timer);

/* From the one-shot clock's interrupt. */
void timer_interrupt(void);
/* Sets up the bases of all possible CPUs. */
void timers_init(void);
/*
 * The scheduler wants an interrupt on a CPU at the given time, 0: none any more. Interrupts off;
 * the run queue's lock may be held.
 */
void timer_set_sched_deadline(int cpu, u64 ns);
/* From the reschedule interrupt: another CPU may have armed something here. */
void timer_check_remote(void);

/* A bare timer for the task room's own sleeps: run(t) is called with interrupts off. */
void ktimer_init(struct ktimer *t, void (*run)(struct ktimer *));
bool ktimer_start(struct ktimer *t, u64 expires_ns, int cpu); /* cpu -1: this one; true: was armed */
int ktimer_try_cancel(struct ktimer *t); /* 1 disarmed, 0 was not armed, -1 running now */
int ktimer_cancel(struct ktimer *t);	 /* waits for a running callback */

#endif
