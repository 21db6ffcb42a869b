// SPDX-License-Identifier: MIT
/*
 * Who may attach to a process of his own user: the rules of Linux's Yama, /proc/sys/kernel/yama/ptrace_scope.
 *
 *	0  anybody who passes the usual checks (the default, as in Debian)
 *	1  only its ancestors, whom it has named with prctl(PR_SET_PTRACER), that one's descendants, and who has CAP_SYS_PTRACE
 *	2  only who has CAP_SYS_PTRACE
 *	3  nobody, for good
 *
 * There is no ptrace here; attaching is what else reads and changes another's memory or takes its descriptors. Looking (most of /proc) is
 * not asked about.
 *
 * A process's choice is in its signal_struct, under siglock.
 */
#include "kernel/task/yama.h"
#include "kernel/lib/errno.h"
#include "kernel/task/cred.h"
#include "kernel/task/pid.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"

enum { SCOPE_DISABLED, SCOPE_RELATIONAL, SCOPE_CAPABILITY, SCOPE_NO_ATTACH };

static int ptrace_scope; /* one word */

/* Is task in the process of @ancestor, or of one it descends from? Under RCU. */
static bool descends_from(struct task_struct *task, const struct signal_struct *ancestor)
{
	for (;;) {
		struct task_struct *parent;

		if (task->signal == ancestor)
			return true;
		parent = rcu_dereference(READ_ONCE(task->group_leader)->real_parent);
		if (parent == task || parent->signal == task->signal || (parent->flags & PF_KTHREAD))
			return false;
		task = parent;
	}
}

/* Has the process said that the current one may? Under RCU. */
static bool is_welcome(struct task_struct *task)
{
	struct task_struct *named = NULL;
	unsigned long flags;
	bool any = false;

	if (!lock_task_sighand(task, &flags))
		return false;
	any = task->signal->ptracer_any;
	if (task->signal->ptracer)
		named = pid_task(task->signal->ptracer, PIDTYPE_TGID);
	unlock_task_sighand(task->sighand, &flags);
	return any || (named && descends_from(current, named->signal));
}

bool yama_permits(struct task_struct *task)
{
	bool ok = true;

	if (same_thread_group(task, current))
		return true;
	switch (READ_ONCE(ptrace_scope)) {
	case SCOPE_RELATIONAL:
		rcu_read_lock();
		ok = descends_from(task, current->signal) || is_welcome(task);
		rcu_read_unlock();
		return ok || capable(CAP_SYS_PTRACE);
	case SCOPE_CAPABILITY:
		return capable(CAP_SYS_PTRACE);
	case SCOPE_NO_ATTACH:
		return false;
	}
	return true;
}

static void set_ptracer(struct pid *pid, bool any)
{
	struct signal_struct *sig = current->signal;
	struct pid *old;

	spin_lock_irq(&current->sighand->siglock);
	old = sig->ptracer;
	sig->ptracer = pid;
	sig->ptracer_any = any;
	spin_unlock_irq(&current->sighand->siglock);
	put_pid(old);
}

long prctl_set_ptracer(unsigned long nr)
{
	struct task_struct *p;
	struct pid *pid = NULL;

	if (!nr || (int)nr == -1) {
		set_ptracer(NULL, nr);
		return 0;
	}
	rcu_read_lock();
	p = find_task_by_vpid((pid_t)nr);
	if (p) {
		pid = READ_ONCE(p->signal->pids[PIDTYPE_TGID]);
		if (pid && !refcount_inc_not_zero(&pid->count))
			pid = NULL;
	}
	rcu_read_unlock();
	if (!pid)
		return -EINVAL;
	set_ptracer(pid, false);
	return 0;
}

int yama_scope(void)
{
	return READ_ONCE(ptrace_scope);
}

int yama_set_scope(unsigned int scope)
{
	if (scope > SCOPE_NO_ATTACH)
		return -EINVAL;
	if (!capable(CAP_SYS_PTRACE))
		return -EPERM;
	if (READ_ONCE(ptrace_scope) == SCOPE_NO_ATTACH && scope != SCOPE_NO_ATTACH)
		return -EINVAL;
	WRITE_ONCE(ptrace_scope, (int)scope);
	return 0;
}
