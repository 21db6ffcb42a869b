/* SPDX-License-Identifier: MIT */
/* Whom the calls about priorities mean. */
#ifndef KERNEL_SYSCALL_PRIO_WALK_H
#define KERNEL_SYSCALL_PRIO_WALK_H

#include "kernel/lib/types.h"

struct task_struct;

#define PRIO_PROCESS 0
#define PRIO_PGRP    1
#define PRIO_USER    2

/* sched.c: the thread with this id (0: the caller) with a reference; NULL if there is none, or it is the kernel's. */
struct task_struct *get_program_task(pid_t pid);
/* sched.c: does the caller's effective user own p? */
bool same_owner(struct task_struct *p);

/*
 * Calls fn for one thread, or all of a process group, or all of a user; who 0 is the caller's. 0, -ESRCH if there is none, -EINVAL if
 * there is no such which. fn may not sleep.
 */
int for_each_meant_task(int which, int who, void (*fn)(struct task_struct *p, void *arg), void *arg);

#endif
