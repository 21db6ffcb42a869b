// SPDX-License-Identifier: MIT
/*
 * CPU times. The total of a thread is exact (the scheduler's clock); how it divides between the
 * program and its system calls is measured by sampling, in proportion to the samples taken on
 * each side (task->utime and stime count samples; see scheduler_tick()).
 */
#include "kernel/syscall/cputime.h"
#include "kernel/task/sched.h"

static void split(u64 total, u64 in_program, u64 in_kernel, u64 *utime, u64 *stime)
{
	u64 samples = in_program + in_kernel;

	/* scaled to parts of 1024: the product cannot overflow, and samples are no finer anyway */
	*stime = samples ? total / 1024 * (in_kernel * 1024 / samples) : 0;
	*utime = total - *stime;
}

void thread_cpu_split(struct task_struct *tsk, u64 *utime, u64 *stime)
{
	split(task_sched_runtime(tsk), tsk->utime, tsk->stime, utime, stime);
}

void group_cpu_split(struct task_struct *tsk, u64 *utime, u64 *stime)
{
	struct signal_struct *sig = tsk->signal;
	struct task_struct *t;
	u64 in_program, in_kernel;

	spin_lock_irq(&tsk->sighand->siglock);
	in_program = sig->utime;
	in_kernel = sig->stime;
	list_for_each_entry (t, &sig->thread_head, thread_node) {
		in_program += READ_ONCE(t->utime);
		in_kernel += READ_ONCE(t->stime);
	}
	spin_unlock_irq(&tsk->sighand->siglock);
	split(group_cpu_ns(tsk), in_program, in_kernel, utime, stime);
}
