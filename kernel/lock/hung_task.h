/* SPDX-License-Identifier: MIT */
/* The watchdog over sleeping tasks. */
#ifndef KERNEL_LOCK_HUNG_TASK_H
#define KERNEL_LOCK_HUNG_TASK_H

/*
 * Lists every task that has slept uninterruptibly for longer than @ms with
 * what it waits for, who had that, and what it holds. Returns how many.
 * Any context.
 */
unsigned int hung_task_report(unsigned int ms);
/* What task @cpu is running, with its locks. Any context. */
void hung_cpu_report(unsigned int cpu);

#endif
