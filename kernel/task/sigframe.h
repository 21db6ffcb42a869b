// SPDX-License-Identifier: MIT
/* The signal frame's calls for the system-call layer. */
#ifndef KERNEL_TASK_SIGFRAME_H
#define KERNEL_TASK_SIGFRAME_H

#include "kernel/task/signal.h"

struct pt_regs;

/*
 * Sets the current thread's alternate signal stack (ss may be NULL) and tells the one before (oss may be NULL), for a program whose
 * stack pointer is sp. 0 or -errno.
 */
int do_sigaltstack(const stack_t *ss, stack_t *oss, unsigned long sp);
/* rt_sigreturn: regs->sp points behind the return address that led here. Restores what the frame holds; the restored ax. */
long sigreturn(struct pt_regs *regs);

#endif
