// SPDX-License-Identifier: MIT
/* CPU times of a process, for the calls that report them. */
#ifndef KERNEL_SYSCALL_CPUTIME_H
#define KERNEL_SYSCALL_CPUTIME_H

#include "kernel/lib/types.h"

struct task_struct;

/* ns of CPU time of the current task's process; takes siglock */
u64 group_cpu_ns(struct task_struct *tsk);
/* The same, divided into time in the program and in system calls. */
void group_cpu_split(struct task_struct *tsk, u64 *utime, u64 *stime);
/* One thread: the current. */
void thread_cpu_split(struct task_struct *tsk, u64 *utime, u64 *stime);

#endif
