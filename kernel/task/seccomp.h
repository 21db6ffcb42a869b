/* SPDX-License-Identifier: MIT */
/* Which system calls a thread may make: see seccomp.c. */
#ifndef KERNEL_TASK_SECCOMP_H
#define KERNEL_TASK_SECCOMP_H

#include "kernel/lib/types.h"

struct pt_regs;
struct task_struct;

#define SECCOMP_MODE_DISABLED 0
#define SECCOMP_MODE_STRICT   1
#define SECCOMP_MODE_FILTER   2

#define SECCOMP_FILTER_FLAG_TSYNC	       0x01
#define SECCOMP_FILTER_FLAG_LOG		       0x02
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW	       0x04
#define SECCOMP_FILTER_FLAG_NEW_LISTENER       0x08
#define SECCOMP_FILTER_FLAG_TSYNC_ESRCH	       0x10
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV 0x20

/* the upper half of what a filter returns; the one that is smallest as a signed number counts */
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#define SECCOMP_RET_KILL_THREAD	 0x00000000U
#define SECCOMP_RET_TRAP	 0x00030000U
#define SECCOMP_RET_ERRNO	 0x00050000U
#define SECCOMP_RET_USER_NOTIF	 0x7fc00000U
#define SECCOMP_RET_TRACE	 0x7ff00000U
#define SECCOMP_RET_LOG		 0x7ffc0000U
#define SECCOMP_RET_ALLOW	 0x7fff0000U
#define SECCOMP_RET_ACTION_FULL	 0xffff0000U
#define SECCOMP_RET_DATA	 0x0000ffffU

/*
 * May the current thread make the call that its frame asks for? For threads with TIF_SECCOMP. False: the frame has the result already, or a
 * signal is on its way. May not return.
 */
bool seccomp_permits(struct pt_regs *regs);

/* Of the current thread: only read, write, exit and rt_sigreturn from now on. 0 or -EINVAL. */
long seccomp_set_strict(void);
/* One more filter, a struct sock_fprog of the program. 0, the id of a thread that cannot be given it, or -errno. May sleep. */
long seccomp_add_filter(unsigned int flags, const void __user *fprog);

/* The child gets what the current task has. Its siglock held; the child can still not be found. */
void seccomp_fork(struct task_struct *child);
/* The task makes no more calls and cannot be found. */
void seccomp_release(struct task_struct *task);

#endif
