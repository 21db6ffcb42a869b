/* SPDX-License-Identifier: MIT */
/* Which processes may attach to which: see yama.c. */
#ifndef KERNEL_TASK_YAMA_H
#define KERNEL_TASK_YAMA_H

#include "kernel/lib/types.h"

struct task_struct;

/* May the current task attach to another's process, besides what may_access_task() says? The caller has a reference. */
bool yama_permits(struct task_struct *task);
/* prctl(PR_SET_PTRACER): the process with this number may attach to the current one; 0: none but its ancestors, -1: any. 0 or -EINVAL. */
long prctl_set_ptracer(unsigned long pid);

/* /proc/sys/kernel/yama/ptrace_scope. Whoever may attach to everything may set it; 3 is not taken back. 0 or -errno. */
int yama_scope(void);
int yama_set_scope(unsigned int scope);

#endif
