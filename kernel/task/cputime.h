// SPDX-License-Identifier: MIT
/* CPU times and other resource use of threads, processes and waited-for children. */
#ifndef KERNEL_TASK_CPUTIME_H
#define KERNEL_TASK_CPUTIME_H

#include "kernel/lib/types.h"

struct task_struct;
struct usage_sums;

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
/* The exact total divided as the samples say. */
void usage_split(const struct usage_sums *sum, u64 *utime, u64 *stime);

#endif
