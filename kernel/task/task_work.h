// SPDX-License-Identifier: MIT
/*
 * Task work: something a task must do itself before it next returns to its program, such as the
 * last reference to a file dropped where it could not be put. Kernel threads never return there:
 * task_work_add() refuses them, and callers fall back to a work queue.
 */
#ifndef KERNEL_TASK_TASK_WORK_H
#define KERNEL_TASK_TASK_WORK_H

#include "kernel/lib/types.h"

struct task_struct;

static inline void init_task_work(struct callback_head *twork, void (*func)(struct callback_head *))
{
	twork->next = NULL;
	twork->func = func;
}

/* Queues; -ESRCH if the task has already run its last work. Any context but NMI. */
int task_work_add(struct task_struct *task, struct callback_head *twork, bool notify);
/* Runs everything queued for the current task. May sleep. */
void task_work_run(void);
/* The last time, from do_exit(): nothing can be added afterwards. */
void task_work_exit(void);

#endif
