// SPDX-License-Identifier: MIT
/*
 * CPU clocks and what waits on them: timers, ITIMER_VIRTUAL, ITIMER_PROF, RLIMIT_CPU, and RLIMIT_RTTIME.
 *
 * A CPU clock moves only while a thread of its process runs, so it is looked at then: the timer interrupt that looks at a running
 * task (scheduler_tick(), every 10 ms) calls cpu_timers_tick(). What expires is late by up to one such look, never early. A
 * process without timers on CPU clocks and without a limit pays two loads.
 *
 * All state is guarded by siglock of the process that owns the timers; only clocks of that same process can have them. The clock of
 * another process can be read. The tick runs with interrupts off and no run queue's lock, in the very task it looks at.
 *
 * ITIMER_VIRTUAL counts time in the program as cputime.c measures it. Of a thread that runs on another CPU it may seem to fall back by
 * the time between two readings; a timer then waits until it has caught up.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/cputime.h"
#include "kernel/task/internal.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"

/* siglock held */
static void sum_up(struct signal_struct *sig, struct usage_sums *sum)
{
	struct task_struct *t;

	*sum = sig->gone;
	list_for_each_entry (t, &sig->thread_head, thread_node)
		usage_add_thread(sum, t);
}

static u64 time_of(const struct usage_sums *sum, int which)
{
	u64 utime, stime;

	if (which != CPUCLOCK_VIRT)
		return sum->sum_exec_runtime;
	usage_split(sum, &utime, &stime);
	return utime;
}

static u64 thread_time(struct task_struct *t, int which)
{
	u64 utime, stime;

	thread_cpu_split(t, &utime, &stime);
	return which == CPUCLOCK_VIRT ? utime : utime + stime;
}

/* ---- clocks ---- */

/* The number in a clock id; 0: the caller's own. Under RCU. */
static struct pid *clock_owner(clockid_t id, bool thread)
{
	pid_t nr = CPUCLOCK_PID(id);
	struct pid *pid = nr ? find_pid(nr) : task_pid_type(current, thread ? PIDTYPE_PID : PIDTYPE_TGID);
	struct task_struct *p;

	if (thread) {
		p = pid_task(pid, PIDTYPE_PID);
		return p && same_thread_group(p, current) ? pid : NULL;
	}
	if (pid == task_pid(current))
		return task_tgid(current);
	return pid_task(pid, PIDTYPE_TGID) ? pid : NULL;
}

int cpu_clock_get(clockid_t id, struct cpu_clock *clock)
{
	struct pid *pid;

	if (id == CLOCK_PROCESS_CPUTIME_ID)
		id = (clockid_t)(~0U << 3) | CPUCLOCK_SCHED;
	else if (id == CLOCK_THREAD_CPUTIME_ID)
		id = (clockid_t)(~0U << 3) | CPUCLOCK_SCHED | CPUCLOCK_THREAD;
	if (id >= 0 || CPUCLOCK_WHICH(id) >= CPUCLOCK_MAX)
		return -EINVAL;
	clock->which = CPUCLOCK_WHICH(id);
	clock->thread = id & CPUCLOCK_THREAD;
	rcu_read_lock();
	pid = clock_owner(id, clock->thread);
	clock->pid = pid && refcount_inc_not_zero(&pid->count) ? pid : NULL;
	rcu_read_unlock();
	return clock->pid ? 0 : -EINVAL;
}

void cpu_clock_put(struct cpu_clock *clock)
{
	put_pid(clock->pid);
	clock->pid = NULL;
}

bool cpu_clock_is_ours(const struct cpu_clock *clock)
{
	return clock->thread || clock->pid == task_tgid(current);
}

int cpu_clock_read(const struct cpu_clock *clock, u64 *ns)
{
	struct task_struct *p = get_pid_task(clock->pid, clock->thread ? PIDTYPE_PID : PIDTYPE_TGID);
	struct usage_sums sum;

	if (!p)
		return -EINVAL;
	if (clock->thread) {
		*ns = thread_time(p, clock->which);
	} else {
		group_usage(p, &sum);
		*ns = time_of(&sum, clock->which);
	}
	put_task_struct(p);
	return 0;
}

u64 cpu_clock_read_locked(struct signal_struct *sig, const struct cpu_clock *clock)
{
	struct usage_sums sum;
	struct task_struct *t;
	u64 ns = 0;

	if (!clock->thread) {
		sum_up(sig, &sum);
		return time_of(&sum, clock->which);
	}
	rcu_read_lock();
	t = pid_task(clock->pid, PIDTYPE_PID);
	if (t)
		ns = thread_time(t, clock->which);
	rcu_read_unlock();
	return ns;
}

/* ---- timers ---- */

void cpu_timer_arm(struct signal_struct *sig, struct cpu_timer *t)
{
	list_add_tail(&t->list, &sig->cpu_timers);
}

void cpu_timer_disarm(struct cpu_timer *t)
{
	list_del_init(&t->list);
}

static void run_timers(struct task_struct *p, const struct usage_sums *sum)
{
	struct cpu_timer *t, *next;
	LIST_HEAD(expired);

	list_for_each_entry_safe (t, next, &p->signal->cpu_timers, list) {
		u64 now;

		if (t->clock.thread && t->clock.pid != p->thread_pid)
			continue; /* another thread's clock: its own tick looks */
		now = t->clock.thread ? thread_time(p, t->clock.which) : time_of(sum, t->clock.which);
		if (now >= t->expires)
			list_move_tail(&t->list, &expired);
	}
	while (!list_empty(&expired)) {
		t = list_first_entry(&expired, struct cpu_timer, list);
		list_del_init(&t->list);
		t->fire(t);
	}
}

struct cpu_sleeper {
	struct cpu_timer timer;
	struct task_struct *task;
};

static void wake_sleeper(struct cpu_timer *t)
{
	wake_up_process(container_of(t, struct cpu_sleeper, timer)->task);
}

int cpu_clock_sleep(const struct cpu_clock *clock, u64 expires, u64 *left)
{
	struct cpu_sleeper s = { .timer = { .clock = *clock, .expires = expires, .fire = wake_sleeper }, .task = current };
	struct signal_struct *sig = current->signal;
	u64 now;

	spin_lock_irq(&current->sighand->siglock);
	now = cpu_clock_read_locked(sig, clock);
	INIT_LIST_HEAD(&s.timer.list);
	while (now < s.timer.expires && !signal_pending(current)) {
		if (list_empty(&s.timer.list)) /* again, if the clock has fallen back since */
			cpu_timer_arm(sig, &s.timer);
		set_current_state(TASK_INTERRUPTIBLE);
		spin_unlock_irq(&current->sighand->siglock);
		schedule();
		spin_lock_irq(&current->sighand->siglock);
		now = cpu_clock_read_locked(sig, clock);
	}
	cpu_timer_disarm(&s.timer);
	spin_unlock_irq(&current->sighand->siglock);
	__set_current_state(TASK_RUNNING);
	*left = s.timer.expires > now ? s.timer.expires - now : 0;
	return *left ? -EINTR : 0;
}

/* ---- interval timers ---- */

static const struct {
	int clock, sig;
} itimers[2] = { { CPUCLOCK_VIRT, SIGVTALRM }, { CPUCLOCK_PROF, SIGPROF } };

static void run_itimer(struct task_struct *p, int which, const struct usage_sums *sum)
{
	struct cpu_itimer *it = &p->signal->cpu_itimers[which];
	u64 now;

	if (!it->expires)
		return;
	now = time_of(sum, itimers[which].clock);
	if (now < it->expires)
		return;
	/* missed ones are one signal, as a second would find the first pending */
	it->expires = it->interval ? it->expires + ((now - it->expires) / it->interval + 1) * it->interval : 0;
	send_signal_locked(itimers[which].sig, NULL, p, true);
}

static void read_itimer(const struct cpu_itimer *it, u64 now, u64 *left, u64 *interval)
{
	*interval = it->interval;
	if (!it->expires)
		*left = 0;
	else
		*left = it->expires > now ? it->expires - now : 1; /* about to fire: still set */
}

void cpu_itimer_set(int which, u64 value, u64 interval, u64 *left, u64 *old_interval)
{
	struct cpu_itimer *it = &current->signal->cpu_itimers[which];
	struct usage_sums sum;
	u64 now;

	spin_lock_irq(&current->sighand->siglock);
	sum_up(current->signal, &sum);
	now = time_of(&sum, itimers[which].clock);
	read_itimer(it, now, left, old_interval);
	it->expires = value ? (u64)ktime_add_safe((ktime_t)now, (ktime_t)value) : 0;
	it->interval = value ? interval : 0;
	spin_unlock_irq(&current->sighand->siglock);
}

void cpu_itimer_get(int which, u64 *left, u64 *interval)
{
	const struct cpu_itimer *it = &current->signal->cpu_itimers[which];
	struct usage_sums sum;

	spin_lock_irq(&current->sighand->siglock);
	sum_up(current->signal, &sum);
	read_itimer(it, time_of(&sum, itimers[which].clock), left, interval);
	spin_unlock_irq(&current->sighand->siglock);
}

/* ---- the limit ---- */

/* SIGXCPU at the soft limit and every second from there; the end at the hard one. A limit of 0 seconds is one of 1. */
static void check_limit(struct task_struct *p, u64 ns)
{
	struct signal_struct *sig = p->signal;
	u64 seconds = ns / NSEC_PER_SEC, soft = max_t(u64, READ_ONCE(sig->rlim[RLIMIT_CPU].rlim_cur), 1),
	    hard = max_t(u64, READ_ONCE(sig->rlim[RLIMIT_CPU].rlim_max), 1);

	if (seconds >= hard) {
		send_signal_locked(SIGKILL, NULL, p, true);
	} else if (seconds >= max(soft, sig->cpu_limit_next)) {
		sig->cpu_limit_next = seconds + 1;
		send_signal_locked(SIGXCPU, NULL, p, true);
	}
}

void cpu_limit_changed(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	unsigned long flags;

	if (!lock_task_sighand(p, &flags))
		return;
	sig->cpu_limit_next = 0;
	unlock_task_sighand(p->sighand, &flags);
}

/*
 * RLIMIT_RTTIME, in microseconds: how long a real-time thread may run without sleeping. SIGXCPU at the soft limit, which moves on by a
 * second then, for all to see; the end at the hard one.
 */
static void check_rt_limit(struct task_struct *p)
{
	struct rlimit *lim = &p->signal->rlim[RLIMIT_RTTIME];
	u64 ran = (p->se.sum_exec_runtime - READ_ONCE(p->se.run_start)) / NSEC_PER_USEC;

	if (ran >= READ_ONCE(lim->rlim_max)) {
		send_signal_locked(SIGKILL, NULL, p, true);
	} else if (ran >= READ_ONCE(lim->rlim_cur)) {
		WRITE_ONCE(lim->rlim_cur, lim->rlim_cur + USEC_PER_SEC);
		send_signal_locked(SIGXCPU, NULL, p, true);
	}
}

static bool rt_limited(struct task_struct *p)
{
	return rt_policy(READ_ONCE(p->policy)) && READ_ONCE(p->signal->rlim[RLIMIT_RTTIME].rlim_cur) != RLIM_INFINITY;
}

static bool limited(struct signal_struct *sig)
{
	return READ_ONCE(sig->rlim[RLIMIT_CPU].rlim_cur) != RLIM_INFINITY;
}

void cpu_timers_tick(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	struct usage_sums sum;
	unsigned long flags;

	if (p->flags & (PF_KTHREAD | PF_EXITING))
		return;
	if (!limited(sig) && !rt_limited(p) && list_empty(&sig->cpu_timers) && !READ_ONCE(sig->cpu_itimers[0].expires) &&
	    !READ_ONCE(sig->cpu_itimers[1].expires))
		return;
	if (!lock_task_sighand(p, &flags))
		return;
	sum_up(sig, &sum);
	if (limited(sig))
		check_limit(p, sum.sum_exec_runtime);
	if (rt_limited(p))
		check_rt_limit(p);
	run_itimer(p, 0, &sum);
	run_itimer(p, 1, &sum);
	run_timers(p, &sum);
	unlock_task_sighand(p->sighand, &flags);
}
