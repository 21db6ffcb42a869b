// SPDX-License-Identifier: MIT
/*
 * CPU times and resource use. The total of a thread is measured by the scheduler, its time in the program at each crossing (cputime.h);
 * time in the kernel is the difference, so what a thread reads of itself never goes back.
 *
 * A process's use is the sum over its threads, those that are gone (signal->gone) included. A thread adds itself there
 * and leaves the list under one hold of siglock, so a reader under siglock counts it once.
 */
#include "kernel/task/cputime.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"
#include "mm/mm.h"
#include "mm/mm_types.h"

/* The two are read one after the other: of a thread that runs meanwhile the part may exceed the whole, by that much. */
void usage_split(const struct usage_sums *sum, u64 *utime, u64 *stime)
{
	*utime = min(sum->utime, sum->sum_exec_runtime);
	*stime = sum->sum_exec_runtime - *utime;
}

static u64 thread_utime(const struct task_struct *t)
{
	return clock_tsc_to_ns(utime_ticks(t));
}

void thread_cpu_split(struct task_struct *tsk, u64 *utime, u64 *stime)
{
	const struct usage_sums sum = { .utime = thread_utime(tsk), .sum_exec_runtime = task_sched_runtime(tsk) };

	usage_split(&sum, utime, stime);
}

void usage_add(struct usage_sums *to, const struct usage_sums *from)
{
	to->sum_exec_runtime += from->sum_exec_runtime;
	to->utime += from->utime;
	to->min_flt += from->min_flt;
	to->maj_flt += from->maj_flt;
	to->nvcsw += from->nvcsw;
	to->nivcsw += from->nivcsw;
	to->inblock += from->inblock;
	to->oublock += from->oublock;
	to->rchar += from->rchar;
	to->wchar += from->wchar;
	to->syscr += from->syscr;
	to->syscw += from->syscw;
	to->maxrss = max(to->maxrss, from->maxrss);
}

void usage_add_thread(struct usage_sums *to, struct task_struct *t)
{
	struct usage_sums one = {
		.utime = thread_utime(t),
		.sum_exec_runtime = task_sched_runtime(t),
		.min_flt = READ_ONCE(t->min_flt),
		.maj_flt = READ_ONCE(t->maj_flt),
		.nvcsw = READ_ONCE(t->nvcsw),
		.nivcsw = READ_ONCE(t->nivcsw),
		.inblock = READ_ONCE(t->inblock),
		.oublock = READ_ONCE(t->oublock),
		.rchar = READ_ONCE(t->rchar),
		.wchar = READ_ONCE(t->wchar),
		.syscr = READ_ONCE(t->syscr),
		.syscw = READ_ONCE(t->syscw),
	};

	usage_add(to, &one);
}

/* The peak of the memory it has now, and of any it left by exec. */
static unsigned long peak_memory(struct task_struct *tsk)
{
	unsigned long peak = 0;

	task_lock(tsk);
	if (tsk->mm)
		peak = max(READ_ONCE(tsk->mm->hiwater_rss), get_mm_rss(tsk->mm));
	task_unlock(tsk);
	return peak;
}

void group_usage(struct task_struct *tsk, struct usage_sums *sum)
{
	struct signal_struct *sig = tsk->signal;
	unsigned long flags, peak = peak_memory(tsk);
	struct sighand_struct *sighand = lock_task_sighand(tsk, &flags);
	struct task_struct *t;

	*sum = sig->gone; /* all there is if it was released meanwhile */
	if (sighand) {
		list_for_each_entry (t, &sig->thread_head, thread_node)
			usage_add_thread(sum, t);
		unlock_task_sighand(sighand, &flags);
	}
	sum->maxrss = max(sum->maxrss, peak);
}

u64 group_cpu_ns(struct task_struct *tsk)
{
	struct usage_sums sum;

	group_usage(tsk, &sum);
	return sum.sum_exec_runtime;
}

void group_cpu_split(struct task_struct *tsk, u64 *utime, u64 *stime)
{
	struct usage_sums sum;

	group_usage(tsk, &sum);
	usage_split(&sum, utime, stime);
}
