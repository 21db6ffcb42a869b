/* SPDX-License-Identifier: MIT */
/*
 * struct pid: a number for a task, a process, a process group or a session.
 *
 * One struct pid stands for one number, and lists who has it in each of its four meanings: the one thread, the leader
 * of the one process, the leaders of the processes in the group, and in the session. It stays hashed as long as any list
 * has a member, so a process group keeps its number when its leader is gone, and nobody else can get it. A reference
 * (get_pid) keeps the structure, not the number: a terminal or a descriptor that holds one can tell that all members
 * have gone, and never mistakes a later process for them, which a plain number would.
 *
 * tasklist_lock guards the lists and the slots that point here (task->thread_pid, signal->pids); RCU readers may follow
 * both. Lists are added to at the head, so a walk under RCU may miss a task that is just being made: whoever must reach
 * every member of a group (signals) holds tasklist_lock.
 */
#ifndef KERNEL_TASK_PID_H
#define KERNEL_TASK_PID_H

#include "kernel/lib/list.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/types.h"
#include "kernel/lock/rcupdate.h"
#include "kernel/lock/wait.h"

struct task_struct;

#define PID_MAX 4194304
#define PID_RESERVED 300 /* after the numbers have wrapped, start here */

enum pid_type {
	PIDTYPE_PID,  /* the thread */
	PIDTYPE_TGID, /* the process; the list holds its leader */
	PIDTYPE_PGID, /* the process group; leaders */
	PIDTYPE_SID,  /* the session; leaders */
	PIDTYPE_MAX,
};

struct pid {
	refcount_t count;
	pid_t nr;			      /* constant */
	struct hlist_node link;		      /* in the table; pid_lock, RCU readers */
	struct hlist_head tasks[PIDTYPE_MAX]; /* tasklist_lock, RCU readers */
	wait_queue_head_t wait_pidfd;	      /* polls of descriptors: woken when the process has ended */
	struct rcu_head rcu;
};

extern struct pid init_struct_pid; /* number 0: the idle tasks and the kernel */

static inline struct pid *get_pid(struct pid *pid)
{
	if (pid)
		refcount_inc(&pid->count);
	return pid;
}

/* Any context; NULL is allowed. */
void put_pid(struct pid *pid);

static inline pid_t pid_nr(const struct pid *pid)
{
	return pid ? pid->nr : 0;
}

/* The pid with this number, or NULL. Under rcu_read_lock() or tasklist_lock. */
struct pid *find_pid(pid_t nr);
/* The same with a reference. */
struct pid *find_get_pid(pid_t nr);

/* The first task on the list, or NULL. Under rcu_read_lock() or tasklist_lock. */
struct task_struct *pid_task(struct pid *pid, enum pid_type type);
/* The same with a reference. */
struct task_struct *get_pid_task(struct pid *pid, enum pid_type type);

/*
 * A task's numbers. Under rcu_read_lock() or tasklist_lock, or of the current task and type PID or TGID; NULL once the
 * task has been released. For a lasting reference: get_task_pid().
 */
struct pid *task_pid_type(struct task_struct *p, enum pid_type type);
struct pid *get_task_pid(struct task_struct *p, enum pid_type type);
#define task_pid(p)	(task_pid_type(p, PIDTYPE_PID))
#define task_tgid(p)	(task_pid_type(p, PIDTYPE_TGID))
#define task_pgrp(p)	(task_pid_type(p, PIDTYPE_PGID))
#define task_session(p) (task_pid_type(p, PIDTYPE_SID))

/* Every member, under tasklist_lock (or RCU, where missing a new one does no harm). */
#define for_each_pid_task(p, pid, type) hlist_for_each_entry_rcu (p, &(pid)->tasks[type], pid_links[type])

/* A new number without members; ERR_PTR(-ENOMEM or -EAGAIN). May sleep. */
struct pid *alloc_pid(void);
/* How many were ever given out, and the last one. */
unsigned long nr_forks(void);
pid_t last_pid_nr(void);
/* Gives back one that never got a member. */
void free_pid(struct pid *pid);

/* With tasklist_lock held. The slot has been set to the pid (attach) or is set (the others). */
void attach_pid(struct task_struct *p, enum pid_type type);
void detach_pid(struct task_struct *p, enum pid_type type);
void change_pid(struct task_struct *p, enum pid_type type, struct pid *pid);
/* exec by a thread that is not the leader: they trade thread ids. */
void exchange_tids(struct task_struct *left, struct task_struct *right);
/* The new task takes the old one's place on the list. */
void transfer_pid(struct task_struct *old, struct task_struct *new, enum pid_type type);

#endif
