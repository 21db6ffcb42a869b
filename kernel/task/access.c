// SPDX-License-Identifier: MIT
/*
 * Access to another process: see access.h.
 *
 * Credentials are read under RCU. A task's mm is read under its alloc_lock, under which exit and exec give it up before they drop
 * their reference to it, so mm_users is not 0 while the lock is held.
 */
#include "kernel/task/access.h"
#include "fs/file.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "mm/mm.h"
#include "mm/mm_types.h"

/* What was loaded from a file that its user may not read, or has changed its rights, is for the privileged only. */
static bool is_dumpable(struct task_struct *task)
{
	bool dumpable;

	task_lock(task);
	dumpable = !task->mm || READ_ONCE(task->mm->dumpable);
	task_unlock(task);
	return dumpable;
}

bool may_access_task(struct task_struct *task, unsigned int creds)
{
	const struct cred *mine = current_cred(), *its;
	kuid_t uid = creds == ACCESS_FSCREDS ? mine->fsuid : mine->uid;
	kgid_t gid = creds == ACCESS_FSCREDS ? mine->fsgid : mine->gid;
	bool ok;

	if (same_thread_group(task, current))
		return true;
	rcu_read_lock();
	its = rcu_dereference(task->real_cred);
	ok = uid == its->euid && uid == its->suid && uid == its->uid && gid == its->egid && gid == its->sgid && gid == its->gid &&
	     !(its->cap_permitted.val & ~mine->cap_permitted.val);
	rcu_read_unlock();
	return (ok && is_dumpable(task)) || capable(CAP_SYS_PTRACE);
}

struct mm_struct *get_task_mm(struct task_struct *task)
{
	struct mm_struct *mm;

	task_lock(task);
	mm = task->mm;
	if (mm && (task->flags & PF_KTHREAD))
		mm = NULL;
	if (mm)
		mmget(mm);
	task_unlock(task);
	return mm;
}

struct mm_struct *mm_access(struct task_struct *task, unsigned int creds)
{
	struct mm_struct *mm = get_task_mm(task);

	/* the mm that was taken counts: exec sets another before the credentials that go with it */
	if (mm && mm != current->mm &&
	    (!may_access_task(task, creds) || (!READ_ONCE(mm->dumpable) && !capable(CAP_SYS_PTRACE)))) {
		mmput(mm);
		return ERR_PTR(-EACCES);
	}
	return mm;
}

/* exe_file is set before the address space gets its first user, and dropped after the last. */
struct file *get_task_exe_file(struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);
	struct file *file;

	if (!mm)
		return NULL;
	file = mm->exe_file ? get_file(mm->exe_file) : NULL;
	mmput(mm);
	return file;
}
