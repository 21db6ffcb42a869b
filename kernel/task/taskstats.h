/* SPDX-License-Identifier: MIT */
/*
 * Records of what tasks used, for programs that ask or that want one of every task that ends (net/netlink/taskstats.c).
 */
#ifndef KERNEL_TASK_TASKSTATS_H
#define KERNEL_TASK_TASKSTATS_H

#include "kernel/lib/compiler.h"
#include "kernel/task/task.h"

extern atomic_t taskstats_listeners;

/* May sleep. */
void taskstats_send_exit(struct task_struct *tsk, bool last);

/* The current task is on its way out, with its memory still there; @last: no other thread of its process is left. */
static inline void taskstats_exit(struct task_struct *tsk, bool last)
{
	if (unlikely(atomic_read(&taskstats_listeners)))
		taskstats_send_exit(tsk, last);
}

#endif
