// SPDX-License-Identifier: MIT
/* The signal frame's calls for the system-call layer. */
#ifndef KERNEL_TASK_SIGFRAME_H
#define KERNEL_TASK_SIGFRAME_H

#include "kernel/lib/types.h"

struct pt_regs;

/* Is a program's stack pointer on the alternate signal stack? */
bool on_sig_stack(unsigned long sp);
/* SS_DISABLE, SS_ONSTACK or 0 for the given stack pointer. */
int sas_ss_flags(unsigned long sp);
/* Restores what a handler's frame holds; the value is the restored ax. */
long sigreturn(struct pt_regs *regs);

#endif
