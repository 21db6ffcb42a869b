/* SPDX-License-Identifier: MIT */
/* Out of memory: see oom.c. */
#ifndef MM_OOM_H
#define MM_OOM_H

struct task_struct;

#define OOM_SCORE_ADJ_MIN (-1000)
#define OOM_SCORE_ADJ_MAX 1000

/*
 * A page fault found no memory: ends a process, perhaps the current one, and waits a little. The fault is to be tried
 * again unless a fatal signal is pending then. No locks held; sleeps.
 */
void pagefault_out_of_memory(unsigned long address);

/* How likely the process is chosen: pages, moved by its oom_score_adj; LONG_MIN for never. Under rcu_read_lock(). */
long oom_badness(struct task_struct *leader);

/*
 * Gives the private memory of a process back that is on its way out, with all that share it, before it gets to that itself. 0, -EINVAL if it
 * does not end, -ESRCH if it has no memory any more, -EINTR. Sleeps.
 */
int mm_release_early(struct task_struct *p);

#endif
