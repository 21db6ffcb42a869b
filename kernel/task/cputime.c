// SPDX-License-Identifier: MIT
/*
 * CPU times and resource use. The total of a thread is exact (the scheduler's clock); how it divides between the
 * program and its system calls is measured by sampling, in proportion to the samples taken on
 * each side (task->utime and stime count samples; see scheduler_tick()).
 *
 * A process's use is the sum over its threads, those that are gone (signal->gone) included. A thread adds itself there
 * and leaves the list under one hold of siglock, so a reader under siglock counts it once.
 */
#include "kernel/task/cputime.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "mm/mm.h"
#include "mm/mm_types.h"

static void split(u64 total, u64 in_program, u64 in_kernel, u64 *utime, u64 *stime)
{
	u64 samples = in_program + in_kernel;

	/* scaled to parts of 1024: the product cannot overflow, and samples are no finer anyway */
	*stime = samples ? total / 1024 * (in_kernel * 1024 / samples) : 0;
	*utime = total - *stime;
}

void usage_split(const struct usage_sums *sum, u64 *utime, u64 *stime)
{
	split(sum->sum_exec_runtime, sum->utime, sum->stime, utime, stime);
}

void thread_cpu_split(struct task_struct *tsk, u64 *utime, u64 *stime)
{
	split(task_sched_runtime(tsk), READ_ONCE(tsk->utime), READ_ONCE(tsk->stime), utime, stime);
}

void usage_add(struct usage_sums *to, const struct usage_sums *from)
{
	to->sum_exec_runtime += from->sum_exec_runtime;
	to->utime += from->utime;
	to->stime += from->stime;
	to->min_flt += from->min_flt;
	to->maj_flt += from->maj_flt;
	to->nvcsw += from->nvcsw;
	to->nivcsw += from->nivcsw;
	to->inblock += from->inblock;
	to->oublock += from->oublock;
	to->maxrss = max(to->maxrss, from->maxrss);
}

void usage_add_thread(struct usage_sums *to, struct task_struct *t)
{
	struct usage_sums one = {
		.sum_exec_runtime = task_sched_runtime(t),
		.utime = READ_ONCE(t->utime),
		.stime = READ_ONCE(t->stime),
		.min_flt = READ_ONCE(t->min_flt),
		.maj_flt = READ_ONCE(t->maj_flt),
		.nvcsw = READ_ONCE(t->nvcsw),
		.nivcsw = READ_ONCE(t->nivcsw),
		.inblock = READ_ONCE(t->inblock),
		.oublock = READ_ONCE(t->oublock),
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
