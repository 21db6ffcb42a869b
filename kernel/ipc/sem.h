/* SPDX-License-Identifier: MIT */
/*
 * System V semaphores: what sem.c and semctl.c share, and what the life of a task needs.
 */
#ifndef KERNEL_IPC_SEM_H
#define KERNEL_IPC_SEM_H

#include "kernel/ipc/util.h"
#include "kernel/lib/list.h"
#include "kernel/lib/time64.h"

struct task_struct;

#define SEMMNI 32000
#define SEMMSL 32000
#define SEMMNS (SEMMNI * SEMMSL)
#define SEMOPM 500
#define SEMVMX 32767
#define SEMAEM SEMVMX

struct semaphore_value {
	int value;
	int pid;			/* of the last operation */
};

/* A set. Everything but the count of semaphores is guarded by perm.lock. */
struct sem_array {
	struct ipc_perm perm;		/* first: see sem_of() */
	time64_t otime, ctime;
	unsigned int nsems;		/* constant */
	struct list_head pending;	/* struct sem_queue: operations that sleep, the longest first */
	struct list_head undo;		/* struct sem_undo: of all processes */
	struct semaphore_value sem[];
};

extern struct ipc_ids sem_ids;
/* Every one of them is removed, as IPC_RMID does. */
void sem_remove_all(void);
extern unsigned int sem_used;		/* semaphores in all sets; sem_ids.rwsem */

static inline struct sem_array *sem_of(struct ipc_perm *perm)
{
	return container_of(perm, struct sem_array, perm);
}

/* Values have changed: lets those go on whose operations are possible now. perm.lock held. */
void sem_update(struct sem_array *sma);
/* Ends all sleeps with @status. perm.lock held. */
void sem_wake_all(struct sem_array *sma, int status);
/* How many sleep because @num is too small, or (@zero) because it is not 0. perm.lock held. */
int sem_count_waiting(struct sem_array *sma, unsigned int num, bool zero);
/* What processes are to undo at @num, or at all with -1, is forgotten: the value was set. perm.lock held. */
void sem_forget_undo(struct sem_array *sma, int num);

/* At clone: CLONE_SYSVSEM shares what is to be undone. 0 or -ENOMEM. May sleep. */
int copy_semundo(u64 clone_flags, struct task_struct *p);
/* At the end of a task: the last that shares it undoes. May sleep. */
void exit_sem(struct task_struct *tsk);

#endif
