/* SPDX-License-Identifier: MIT */
/* Waiting for child processes: what wait4() and waitid() have in common (wait_child.c). */
#ifndef KERNEL_TASK_WAIT_CHILD_H
#define KERNEL_TASK_WAIT_CHILD_H

#include "kernel/task/pid.h"
#include "kernel/task/signal.h"

#define WNOHANG	    0x00000001
#define WUNTRACED   0x00000002
#define WSTOPPED    WUNTRACED
#define WEXITED	    0x00000004
#define WCONTINUED  0x00000008
#define WNOWAIT	    0x01000000
#define __WNOTHREAD 0x20000000
#define __WALL	    0x40000000
#define __WCLONE    0x80000000

struct wait_opts {
	/* in */
	enum pid_type type; /* which children: PIDTYPE_MAX for any, else those with this pid */
	struct pid *pid;    /* NULL with a type: nobody */
	unsigned int flags; /* W* */
	/* out */
	pid_t child;	    /* 0: none (WNOHANG) */
	int status;	    /* as wait4() gives it */
	int code;	    /* CLD_* */
	int cause;	    /* exit code or signal number */
	uid_t uid;
	struct usage_sums usage;
};

/*
 * Waits for a child to change state as asked. Returns its process id, 0 (WNOHANG: none has yet), -ECHILD (no child to
 * wait for) or -ERESTARTSYS. No locks held; may sleep.
 */
long do_wait(struct wait_opts *wo);

#endif
