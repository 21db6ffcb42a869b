// SPDX-License-Identifier: MIT
/*
 * Who waits for what: a watchdog thread looks every ten seconds at every
 * task that sleeps uninterruptibly and says what it waits for, since when,
 * who had it, and what locks it holds itself.
 *
 * Everything is read without locks from tasks that may change meanwhile; the
 * tasks themselves stay, since the walk runs under RCU. The command line's
 * hung=SECONDS sets the limit (30; 0 turns the watchdog off).
 */
#include "kernel/lock/hung_task.h"
#include "kernel/lock/lock_report.h"
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/init.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/bug.h"

#if CONFIG_CHECKS

struct survey {
	unsigned int limit_ms;
	unsigned int found;
};

static void look_at(struct task_struct *p, void *arg)
{
	struct survey *s = arg;
	struct held_locks *h = sched_held(p);
	const void *object = READ_ONCE(h->wait_object);
	unsigned long waited = get_jiffies() - READ_ONCE(h->wait_since);
	long state = sched_state(p);

	if (!(state & TASK_UNINTERRUPTIBLE) || (state & TASK_NOLOAD) || !object ||
	    waited < s->limit_ms)
		return;
	s->found++;
	pr_err("task %d (%s) has waited %lu ms for %s %p at %pS\n", sched_pid(p), sched_comm(p),
	       waited, h->wait_kind, object, (void *)h->wait_ip);
	held_print(h);
	sched_show_stack(p);
}

unsigned int hung_task_report(unsigned int ms)
{
	struct survey s = { .limit_ms = ms };

	sched_for_each_task(look_at, &s);
	return s.found;
}

static int watchdog(void *arg)
{
	unsigned int limit = (unsigned int)(unsigned long)arg;
	unsigned int quiet = 0;

	for (;;) {
		sched_set_state(TASK_IDLE);
		schedule_timeout(10000);
		if (quiet) {
			quiet--;	/* after a report, a pause */
			continue;
		}
		if (hung_task_report(limit))
			quiet = 6;
	}
	return 0;
}

static int hung_task_init(void)
{
	long seconds = cmdline_long("hung", 30);

	if (seconds <= 0)
		return 0;
	if (!sched_start_thread(watchdog, (void *)(seconds * 1000), -1, "hung_task"))
		return -ENOMEM;
	return 0;
}
late_initcall(hung_task_init);

#else

unsigned int hung_task_report(unsigned int ms)
{
	return 0;
}

#endif

struct cpu_survey {
	int cpu;
};

static void show_if_on_cpu(struct task_struct *p, void *arg)
{
	struct cpu_survey *s = arg;

	if (!sched_on_cpu(p) || sched_cpu(p) != s->cpu)
		return;
	pr_err("CPU %d runs task %d (%s)\n", s->cpu, sched_pid(p), sched_comm(p));
	debug_show_held_locks(p);
	sched_show_stack(p);
}

void hung_cpu_report(unsigned int cpu)
{
	struct cpu_survey s = { .cpu = (int)cpu };

	sched_for_each_task(show_if_on_cpu, &s);
}
