// SPDX-License-Identifier: MIT
/*
 * POSIX timers: timer_create() and friends.
 *
 * Every timer belongs to a process and is guarded by its siglock: the list, the settings, and what has become of its signal. Expiry
 * happens in interrupt context and takes siglock; so whoever stops a timer may not hold siglock while its callback runs, and tries
 * again (lock_timer()). With the timer stopped and siglock held nobody else can reach it but through its queued signal.
 *
 * Signal and timer. A timer has one queue entry of its own. When it expires the entry is queued, and an interval timer rests until
 * that signal is taken: then it is started again in the future, and the expiries that have been missed are told as its overruns. A
 * program thus gets one signal however short the interval, and the kernel is not busy with timers nobody listens to. If the signal
 * is ignored the timer goes on by itself, at intervals of not less than IGNORED_MIN, and its expiries count as overruns of the next
 * signal. If the signal is forgotten, because it is ignored from now on, the timer is started as if it had been taken.
 *
 * A timer set anew while its signal is pending leaves it pending; an expiry then counts as an overrun of that signal. When a timer is
 * deleted its queued entry stays as an ordinary one.
 *
 * A timer set for a time of the wall clock counts in that clock, also its intervals, and only the hrtimer below it knows what this
 * is by the monotonic one; when the clock is set, such timers are started again. They are found by going through all processes: the clock
 * is set first, and who sets a timer reads it under the same siglock under which it would be found.
 *
 * Timers end with the process or its exec, before the last thread has gone and before siglock is another.
 */
#include "kernel/task/posix_timer.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/limits.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "kernel/task/sigqueue.h"
#include "kernel/x86/processor.h"
#include "mm/slab.h"

#define IGNORED_MIN NSEC_PER_MSEC

#define SIGEV_SIGNAL	0
#define SIGEV_NONE	1
#define SIGEV_THREAD	2
#define SIGEV_THREAD_ID 4

static struct kmem_cache *timer_cache;

static u64 timer_now(const struct k_itimer *timer)
{
	if (timer->wall)
		return ktime_get_real_ns();
	return timer->on_cpu_clock ? cpu_clock_read_locked(timer->owner, &timer->cpu_timer.clock) : ktime_get_ns();
}

/* siglock held */
static void start_timer(struct k_itimer *timer)
{
	/* beyond the end of time: at it */
	timer->expires = min_t(u64, timer->expires, KTIME_MAX);
	if (timer->notify == SIGEV_NONE)
		return; /* nothing happens at its time: it is only asked how long that is */
	if (timer->on_cpu_clock) {
		timer->cpu_timer.expires = timer->expires;
		cpu_timer_arm(timer->owner, &timer->cpu_timer);
	} else {
		ktime_t offset = timer->wall ? ktime_real_offset() : 0;

		hrtimer_start(&timer->hrtimer, (ktime_t)timer->expires - offset, HRTIMER_MODE_ABS);
	}
}

/* siglock held; false: its callback is running, which needs siglock */
static bool try_stop_timer(struct k_itimer *timer)
{
	if (!timer->on_cpu_clock)
		return hrtimer_try_to_cancel(&timer->hrtimer) >= 0;
	cpu_timer_disarm(&timer->cpu_timer);
	return true;
}

/* Moves the expiry, which has passed, a whole number of intervals on, beyond @from. How many. */
static u64 forward(struct k_itimer *timer, u64 from)
{
	u64 n;

	if (from < timer->expires)
		return 0;
	n = (from - timer->expires) / timer->interval + 1;
	timer->expires += n * timer->interval;
	return n;
}

static int clamp_overrun(u64 n)
{
	return n > INT_MAX ? INT_MAX : n;
}

/* ---- expiry ---- */

/* True if the signal is on its way. Under RCU and siglock. */
static bool send_timer_signal(struct k_itimer *timer, struct task_struct *p)
{
	struct sigqueue *q = timer->sigq;

	if (timer->thread) {
		p = pid_task(timer->thread, PIDTYPE_PID);
		if (!p || p->signal != timer->owner || !p->sighand)
			return false; /* nobody is left to get it */
	}
	if (!list_empty(&q->list)) {
		if (q->info.si_overrun < INT_MAX)
			q->info.si_overrun++;
		return true;
	}
	q->info.si_overrun = 0;
	return send_sigqueue_locked(q, p, !timer->thread);
}

/* The time has come. Under RCU and siglock; p is a thread of the process. */
static void timer_expired(struct k_itimer *timer, struct task_struct *p)
{
	bool queued = send_timer_signal(timer, p);

	if (!timer->interval) {
		timer->armed = false;
	} else if (queued) {
		timer->waiting = true;
	} else {
		timer->overrun += forward(timer, timer_now(timer) + (timer->interval < IGNORED_MIN ? IGNORED_MIN : 0));
		start_timer(timer);
	}
}

static enum hrtimer_restart timer_fire(struct hrtimer *hrtimer)
{
	struct k_itimer *timer = container_of(hrtimer, struct k_itimer, hrtimer);
	struct task_struct *p;
	unsigned long flags;

	rcu_read_lock();
	p = lock_group_sighand(timer->owner, &flags);
	if (p) {
		timer_expired(timer, p);
		unlock_task_sighand(p->sighand, &flags);
	}
	rcu_read_unlock();
	return HRTIMER_NORESTART;
}

static void cpu_timer_fire(struct cpu_timer *t)
{
	rcu_read_lock();
	timer_expired(container_of(t, struct k_itimer, cpu_timer), current);
	rcu_read_unlock();
}

void posix_timer_taken(struct k_itimer *timer, kernel_siginfo_t *info)
{
	u64 missed = timer->overrun + info->si_overrun, n;

	timer->overrun = 0;
	if (timer->waiting) {
		timer->waiting = false;
		n = forward(timer, timer_now(timer)); /* 0 if the clock has been set back behind it since */
		missed += n ? n - 1 : 0; /* the signal itself tells of one */
		start_timer(timer);
	}
	timer->overrun_last = clamp_overrun(missed);
	info->si_overrun = timer->overrun_last;
}

void posix_timer_dropped(struct k_itimer *timer)
{
	if (!timer->waiting)
		return;
	timer->waiting = false;
	timer->overrun += forward(timer, timer_now(timer));
	start_timer(timer);
}

/* ---- making and ending ---- */

static struct k_itimer *find_timer(int id)
{
	struct k_itimer *timer;

	list_for_each_entry (timer, &current->signal->posix_timers, list) {
		if (timer->id == id)
			return timer;
	}
	return NULL;
}

/* The timer with this id, stopped, with siglock held; or NULL. */
static struct k_itimer *lock_timer(int id)
{
	struct k_itimer *timer;

	for (;;) {
		spin_lock_irq(&current->sighand->siglock);
		timer = find_timer(id);
		if (!timer)
			break;
		if (try_stop_timer(timer))
			return timer;
		spin_unlock_irq(&current->sighand->siglock);
		cpu_relax();
	}
	spin_unlock_irq(&current->sighand->siglock);
	return NULL;
}

static int choose_clock(struct k_itimer *timer, clockid_t clock)
{
	struct cpu_clock *cpu = &timer->cpu_timer.clock;
	int err;

	timer->clock = clock;
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		/* nothing suspends here, so an alarm is the same as its clock; but it is for the same programs as on Linux */
		if ((clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM) && !capable(CAP_WAKE_ALARM))
			return -EPERM;
		hrtimer_init(&timer->hrtimer, timer_fire);
		return 0;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return -EOPNOTSUPP;
	}
	err = cpu_clock_get(clock, cpu);
	if (err)
		return err;
	if (!cpu_clock_is_ours(cpu)) {
		cpu_clock_put(cpu);
		return -EOPNOTSUPP;
	}
	timer->on_cpu_clock = true;
	timer->cpu_timer.fire = cpu_timer_fire;
	INIT_LIST_HEAD(&timer->cpu_timer.list);
	return 0;
}

static int choose_notice(struct k_itimer *timer, const struct sigevent_k *event)
{
	struct task_struct *p;

	timer->notify = event->notify;
	if (event->notify == SIGEV_THREAD_ID) {
		rcu_read_lock();
		p = find_task_by_vpid(event->tid);
		timer->thread = p && same_thread_group(p, current) ? get_task_pid(p, PIDTYPE_PID) : NULL;
		rcu_read_unlock();
		if (!timer->thread)
			return -EINVAL;
	} else if (event->notify != SIGEV_SIGNAL && event->notify != SIGEV_THREAD && event->notify != SIGEV_NONE) {
		return -EINVAL;
	}
	if (event->notify == SIGEV_NONE)
		return 0;
	if (event->signo <= 0 || event->signo > _NSIG)
		return -EINVAL;
	timer->sigq = sigqueue_alloc(current, false);
	if (!timer->sigq)
		return -EAGAIN;
	timer->sigq->timer = timer;
	clear_siginfo(&timer->sigq->info);
	timer->sigq->info.si_signo = event->signo;
	timer->sigq->info.si_code = SI_TIMER;
	timer->sigq->info.si_value = event->value;
	return 0;
}

/* The timer, which nobody can find any more and which is stopped, gives its entry up. siglock held. */
static void detach_entry(struct k_itimer *timer)
{
	struct sigqueue *q = timer->sigq;

	if (!q)
		return;
	q->timer = NULL;
	if (list_empty(&q->list))
		sigqueue_free(q); /* else it is like any other, and freed when its signal is taken */
}

static void free_timer(struct k_itimer *timer)
{
	put_pid(timer->thread);
	if (timer->on_cpu_clock)
		cpu_clock_put(&timer->cpu_timer.clock);
	kmem_cache_free(timer_cache, timer);
}

/* Numbers are given out in turn, so that one just deleted does not come back at once. siglock held. */
static int new_id(struct signal_struct *sig)
{
	int id;

	do {
		id = sig->next_timer_id;
		sig->next_timer_id = id == INT_MAX ? 0 : id + 1;
	} while (find_timer(id));
	return id;
}

long posix_timer_create(clockid_t clock, const struct sigevent_k *event)
{
	struct sigevent_k standard = { .signo = SIGALRM, .notify = SIGEV_SIGNAL };
	struct signal_struct *sig = current->signal;
	struct k_itimer *timer = kmem_cache_zalloc(timer_cache, GFP_KERNEL);
	long err;

	if (!timer)
		return -EAGAIN;
	timer->owner = sig;
	err = choose_clock(timer, clock);
	if (!err)
		err = choose_notice(timer, event ? event : &standard);
	if (err) {
		free_timer(timer);
		return err;
	}
	spin_lock_irq(&current->sighand->siglock);
	timer->id = new_id(sig);
	if (timer->sigq) {
		timer->sigq->info.si_timerid = timer->id;
		if (!event)
			timer->sigq->info.si_value.sival_int = timer->id;
	}
	list_add_tail(&timer->list, &sig->posix_timers);
	err = timer->id; /* it may be deleted from here on */
	spin_unlock_irq(&current->sighand->siglock);
	return err;
}

long posix_timer_delete(int id)
{
	struct k_itimer *timer = lock_timer(id);

	if (!timer)
		return -EINVAL;
	list_del(&timer->list);
	detach_entry(timer);
	spin_unlock_irq(&current->sighand->siglock);
	free_timer(timer);
	return 0;
}

void exit_posix_timers(struct signal_struct *sig)
{
	struct k_itimer *timer;

	while (!list_empty(&sig->posix_timers)) {
		timer = list_first_entry(&sig->posix_timers, struct k_itimer, list);
		posix_timer_delete(timer->id); /* this is the last thread: nobody else does */
	}
}

/* ---- setting and asking ---- */

/* ns to the next expiry, 0: not set. siglock held. */
static u64 time_left(const struct k_itimer *timer)
{
	u64 now;

	if (!timer->armed)
		return 0;
	now = timer_now(timer);
	if (timer->expires > now)
		return timer->expires - now;
	if (timer->interval)
		return timer->interval - (now - timer->expires) % timer->interval;
	return timer->notify == SIGEV_NONE ? 0 : 1; /* about to fire: still set */
}

static bool on_wall_clock(const struct k_itimer *timer)
{
	return timer->clock == CLOCK_REALTIME || timer->clock == CLOCK_TAI || timer->clock == CLOCK_REALTIME_ALARM;
}

long posix_timer_settime(int id, bool absolute, u64 value, u64 interval, u64 *old_value, u64 *old_interval)
{
	struct k_itimer *timer = lock_timer(id);

	if (!timer)
		return -EINVAL;
	*old_value = time_left(timer);
	*old_interval = timer->interval;
	timer->armed = value;
	timer->waiting = false;
	timer->overrun = 0;
	timer->overrun_last = 0;
	timer->interval = value ? interval : 0;
	timer->wall = absolute && on_wall_clock(timer);
	if (value) {
		timer->expires = absolute ? value : (u64)ktime_add_safe((ktime_t)timer_now(timer), (ktime_t)value);
		start_timer(timer);
	}
	spin_unlock_irq(&current->sighand->siglock);
	return 0;
}

long posix_timer_gettime(int id, u64 *value, u64 *interval)
{
	struct k_itimer *timer;

	spin_lock_irq(&current->sighand->siglock);
	timer = find_timer(id);
	if (timer) {
		*value = time_left(timer);
		*interval = timer->interval;
	}
	spin_unlock_irq(&current->sighand->siglock);
	return timer ? 0 : -EINVAL;
}

long posix_timer_getoverrun(int id)
{
	struct k_itimer *timer;
	long ret = -EINVAL;

	spin_lock_irq(&current->sighand->siglock);
	timer = find_timer(id);
	if (timer)
		ret = timer->overrun_last;
	spin_unlock_irq(&current->sighand->siglock);
	return ret;
}

/* ---- setting the clock ---- */

/* One that is expiring at this moment has done so before the clock was set. siglock held. */
static void restart_wall_timers(struct signal_struct *sig)
{
	struct k_itimer *timer;

	list_for_each_entry (timer, &sig->posix_timers, list) {
		if (timer->wall && hrtimer_try_to_cancel(&timer->hrtimer) == 1)
			start_timer(timer);
	}
}

void posix_timers_clock_was_set(void)
{
	struct task_struct *p;
	unsigned long flags;

	rcu_read_lock();
	for_each_task_rcu (p) {
		struct task_struct *t;

		if (!thread_group_leader(p) || list_empty(&p->signal->posix_timers))
			continue;
		t = lock_group_sighand(p->signal, &flags);
		if (!t)
			continue;
		restart_wall_timers(p->signal);
		unlock_task_sighand(t->sighand, &flags);
	}
	rcu_read_unlock();
}

void posix_timers_init(void)
{
	timer_cache = kmem_cache_create("posix_timer", sizeof(struct k_itimer), 0, 0, NULL);
	BUG_ON(!timer_cache);
}
