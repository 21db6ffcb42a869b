/* SPDX-License-Identifier: MIT */
/* May this task look into, or change, another process? */
#ifndef KERNEL_TASK_ACCESS_H
#define KERNEL_TASK_ACCESS_H

#include "kernel/lib/types.h"

struct file;
struct mm_struct;
struct task_struct;

/* whose ids count: those for access to files (for /proc), or the real ones (for system calls) */
#define ACCESS_FSCREDS	 0
#define ACCESS_REALCREDS 1

/*
 * As ptrace(2) has it: everything within one's own process; another's if its real, effective and saved ids are the caller's own
 * and it has no capability that the caller has not, and is dumpable; or with CAP_SYS_PTRACE. Any context, without its alloc_lock.
 */
bool may_access_task(struct task_struct *task, unsigned int creds);

/* The task's address space, with a reference on its users, or NULL if it has none (any more): mmput(). */
struct mm_struct *get_task_mm(struct task_struct *task);
/* The same if the caller may access the task; ERR_PTR(-EACCES) if not. */
struct mm_struct *mm_access(struct task_struct *task, unsigned int creds);
/* The file that the program was loaded from, with a reference, or NULL. May sleep. */
struct file *get_task_exe_file(struct task_struct *task);

#endif
