// SPDX-License-Identifier: MIT
/*
 * The watch over tasks that hang: a task that has been in an uninterruptible sleep for longer than
 * the command line's hung= says (in seconds; 60 unless given, 0 turns the watch off) is reported
 * once a sleep: what it waits for and who holds that (kernel/lock/lock_waits.c, with checks compiled in),
 * the locks it holds itself, and where it is. Idle workers (TASK_NOLOAD) and killable sleeps are
 * no news.
 *
 * A sleeping task's last_switch_ns does not change, so reading it without its queue's lock at
 * worst misses a task that has only just gone to sleep.
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/kthread.h"
#include "kernel/task/program.h"
#include "kernel/task/sched.h"
#include "kernel/x86/panic.h"

#define DEFAULT_HUNG_S 60

static const char *state_name(long state)
{
	if (state == TASK_RUNNING)
		return "running";
	if (state & TASK_NOLOAD)
		return "idle";
	if (state & TASK_UNINTERRUPTIBLE)
		return state & TASK_WAKEKILL ? "killable" : "uninterruptible";
	if (state & TASK_INTERRUPTIBLE)
		return "interruptible";
	return state & TASK_DEAD ? "dead" : "other";
}

static void show_task(struct task_struct *p)
{
	pr_info("%-16s pid %d cpu %d %s\n", p->comm, p->pid, task_cpu(p),
		p->on_cpu ? "on cpu" : state_name(READ_ONCE(p->state)));
	debug_show_held_locks(p);
	if (!p->on_cpu)
		show_task_backtrace(p);
}

void show_programs(void)
{
	struct task_struct *p;

	rcu_read_lock();
	for_each_task_rcu (p) {
		if (!(p->flags & PF_KTHREAD))
			show_task(p);
	}
	rcu_read_unlock();
}

static bool hung(struct task_struct *p, u64 now, unsigned int ms)
{
	long state = READ_ONCE(p->state);
	u64 since = READ_ONCE(p->last_switch_ns);

	return (state & TASK_UNINTERRUPTIBLE) && !(state & (TASK_NOLOAD | TASK_WAKEKILL)) &&
	       !p->on_rq && since < now && now - since > (u64)ms * NSEC_PER_MSEC;
}

int report_hung_tasks(unsigned int ms)
{
	struct task_struct *p;
	u64 now = ktime_get_ns();
	int count = 0;

	rcu_read_lock();
	for_each_task_rcu (p) {
		if (!hung(p, now, ms) || p->hung_reported == p->nvcsw)
			continue;
		p->hung_reported = p->nvcsw;
		pr_err("task %s:%d has slept uninterruptibly for %llu s\n", p->comm, p->pid,
		       (now - p->last_switch_ns) / NSEC_PER_SEC);
		show_task(p);
		count++;
	}
	rcu_read_unlock();
	return count;
}

static int watchdog_thread(void *arg)
{
	unsigned int seconds = (unsigned long)arg;

	for (;;) {
		schedule_timeout_idle(seconds * MSEC_PER_SEC / 2);
		report_hung_tasks(seconds * MSEC_PER_SEC);
	}
	return 0;
}

void watchdog_init(void)
{
	unsigned long seconds = cmdline_long("hung", DEFAULT_HUNG_S);
	struct task_struct *p;

	if (!seconds)
		return;
	p = kthread_run(watchdog_thread, (void *)seconds, "watchdog");
	WARN_ON(IS_ERR(p));
}
