/* SPDX-License-Identifier: MIT */
/*
 * Events in the life of processes, for programs that listen to them (net/netlink/proc_events.c).
 *
 * Each is told right after it happened, by the task it happened to (a fork: by the parent), holding no lock. While nobody listens, a hook
 * is a look at one word.
 */
#ifndef KERNEL_TASK_PROC_EVENTS_H
#define KERNEL_TASK_PROC_EVENTS_H

#include "kernel/lib/compiler.h"
#include "kernel/task/task.h"

extern atomic_t proc_event_listeners;

/* All may sleep. Called only while somebody listens. */
void proc_send_fork(struct task_struct *child);
void proc_send_exec(void);
void proc_send_ids(const struct cred *old, const struct cred *new);
void proc_send_sid(void);
void proc_send_comm(struct task_struct *task);
void proc_send_ptrace(struct task_struct *task, bool attached);
void proc_send_coredump(void);
void proc_send_exit(pid_t pid);

static inline bool proc_events_wanted(void)
{
	return unlikely(atomic_read(&proc_event_listeners));
}

/* A task, process or thread, was made; it has not run yet. */
static inline void proc_event_fork(struct task_struct *child)
{
	if (proc_events_wanted())
		proc_send_fork(child);
}

static inline void proc_event_exec(void)
{
	if (proc_events_wanted())
		proc_send_exec();
}

/* The current task's credentials were replaced; @old is still there. */
static inline void proc_event_ids(const struct cred *old, const struct cred *new)
{
	if (proc_events_wanted())
		proc_send_ids(old, new);
}

static inline void proc_event_sid(void)
{
	if (proc_events_wanted())
		proc_send_sid();
}

/* A task, the caller's or another of its process, was given a name (not by exec). */
static inline void proc_event_comm(struct task_struct *task)
{
	if (proc_events_wanted())
		proc_send_comm(task);
}

/* The current task has become the tracer of @task, or no longer is it because it wished so. */
static inline void proc_event_ptrace(struct task_struct *task, bool attached)
{
	if (proc_events_wanted())
		proc_send_ptrace(task, attached);
}

/* A signal that by default leaves a core ends the process; whether one is written is another matter. */
static inline void proc_event_coredump(void)
{
	if (proc_events_wanted())
		proc_send_coredump();
}

/* The current task, which had the number @pid, is a zombie, or released already. */
static inline void proc_event_exit(pid_t pid)
{
	if (proc_events_wanted())
		proc_send_exit(pid);
}

#endif
