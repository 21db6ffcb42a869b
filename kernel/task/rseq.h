// SPDX-License-Identifier: MIT
/* Restartable sequences: code of a program that is not interrupted half-way, see rseq.c. */
#ifndef KERNEL_TASK_RSEQ_H
#define KERNEL_TASK_RSEQ_H

#include "kernel/task/task.h"

/* struct rseq of the ABI, as far as it is filled in; what a thread registers is at least RSEQ_SIZE long */
struct rseq {
	u32 cpu_id_start, cpu_id;
	u64 rseq_cs;
	u32 flags, node_id;
};
#define RSEQ_SIZE	  32
#define RSEQ_ALIGN	  32
#define RSEQ_FEATURE_SIZE 24 /* up to node_id */

struct rseq_cs {
	u32 version, flags;
	u64 start_ip, post_commit_offset, abort_ip;
};

struct pt_regs;

/* p has lost its CPU, or may be on another one when it runs again. Any context. */
static inline void rseq_mark(struct task_struct *p)
{
	if (p->rseq) {
		WRITE_ONCE(p->rseq_event, true);
		set_tsk_thread_flag(p, TIF_NOTIFY_RESUME);
	}
}

/* On the way to the program: a sequence that was interrupted starts anew, and the numbers are brought up to date. May sleep. */
void rseq_resume(struct pt_regs *regs);
/* The same for where a signal handler interrupts, before its frame is made; -EFAULT, and no signal, if the area is bad. */
int rseq_signal(struct pt_regs *regs);
void rseq_fork(struct task_struct *child, u64 clone_flags);
void rseq_exec(struct task_struct *tsk);

#endif
