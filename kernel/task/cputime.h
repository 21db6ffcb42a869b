// SPDX-License-Identifier: MIT
/* CPU times and other resource use of threads, processes and waited-for children. */
#ifndef KERNEL_TASK_CPUTIME_H
#define KERNEL_TASK_CPUTIME_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/task/task.h"
#include "kernel/x86/msr.h"

struct usage_sums;

/*
 * Time in the program is measured at each crossing, in ticks of the TSC, and is one word, so that others can read it without a lock: the
 * sum of the stretches that are over; during one, which nobody else can end, less when it began, and so negative (the TSC has counted
 * longer than any task has run). Switches need no care: a task gives up its CPU in the kernel only, where the word stands still.
 * Interrupts are off. What a thread used in all is the scheduler's to measure, and the rest of that is its time in the kernel.
 */
static __always_inline void utime_stop(void)
{
	current->utime_tsc += rdtsc();
}

static __always_inline void utime_start(void)
{
	current->utime_tsc -= rdtsc();
}

/* The sum, with the stretch the task is in. */
static inline s64 utime_ticks(const struct task_struct *p)
{
	s64 word = READ_ONCE(p->utime_tsc);

	return word < 0 ? word + (s64)rdtsc() : word;
}

/* ns of CPU time of tsk's process, its ended threads included; takes siglock, tsk is not released */
u64 group_cpu_ns(struct task_struct *tsk);
/* The same, divided into time in the program and in system calls. */
void group_cpu_split(struct task_struct *tsk, u64 *utime, u64 *stime);
/* One thread. */
void thread_cpu_split(struct task_struct *tsk, u64 *utime, u64 *stime);

/* Everything tsk's process has used, without its children; takes siglock. */
void group_usage(struct task_struct *tsk, struct usage_sums *sum);
void usage_add(struct usage_sums *to, const struct usage_sums *from);
void usage_add_thread(struct usage_sums *to, struct task_struct *t);
/* The total divided into time in the program and in the kernel. */
void usage_split(const struct usage_sums *sum, u64 *utime, u64 *stime);

#endif
