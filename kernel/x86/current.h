/* SPDX-License-Identifier: MIT */
/*
 * The task running on this CPU.  Written only by the context switch; a task
 * always sees itself, whichever CPU it is on.
 */
#ifndef KERNEL_X86_CURRENT_H
#define KERNEL_X86_CURRENT_H

#include "kernel/x86/percpu.h"

struct task_struct;
DECLARE_PER_CPU(struct task_struct *, current_task);

static __always_inline struct task_struct *get_current(void)
{
	return this_cpu_read_stable(current_task);
}
#define current get_current()

#endif
