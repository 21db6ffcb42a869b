// SPDX-License-Identifier: MIT
/*
 * Sending signals to other processes: permission, and process groups.
 *
 * A signal to a process group reaches every member, also one that is being made while it is sent: the walk holds tasklist_lock, and
 * fork links a child under that lock and under siglock only if no signal is pending for the parent. So a child is either on the list
 * when the walk comes, or its parent got the signal first and makes the child, if at all, after it has been handled.
 *
 * A process is found by its struct pid; when a thread that is not the leader execs, the number passes from one thread to another
 * (de_thread), and a send that hits the one that has just gone is repeated.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/signal_internal.h"

void fill_user_info(kernel_siginfo_t *info, int sig, int code)
{
	clear_siginfo(info);
	info->si_signo = sig;
	info->si_code = code;
	info->si_pid = current->tgid;
	info->si_uid = current_uid();
}

/* The sender's real or effective user must be the receiver's real or saved one. */
static bool kill_ok_by_cred(struct task_struct *p)
{
	const struct cred *cred = current_cred(), *other;
	bool ok;

	rcu_read_lock();
	other = rcu_dereference(p->real_cred);
	ok = cred->euid == other->suid || cred->euid == other->uid || cred->uid == other->suid || cred->uid == other->uid;
	rcu_read_unlock();
	return ok || capable(CAP_KILL);
}

int check_kill_permission(int sig, const kernel_siginfo_t *info, struct task_struct *p)
{
	bool same_session;

	if (sig < 0 || sig > _NSIG)
		return -EINVAL;
	if (!si_fromuser(info) || same_thread_group(current, p) || kill_ok_by_cred(p))
		return 0;
	if (sig != SIGCONT)
		return -EPERM;
	/* a shell may continue whatever it has started */
	rcu_read_lock();
	same_session = task_session(p) == task_session(current);
	rcu_read_unlock();
	return same_session ? 0 : -EPERM;
}

/* To the whole process of p. */
static int group_send_sig_info(int sig, const kernel_siginfo_t *info, struct task_struct *p)
{
	int err = check_kill_permission(sig, info, p);

	return err || !sig ? err : send_sig_info(sig, info, p, true);
}

int kill_pid_info(int sig, const kernel_siginfo_t *info, struct pid *pid)
{
	struct task_struct *p;
	int err = -ESRCH;

	rcu_read_lock();
	while ((p = pid_task(pid, PIDTYPE_PID)) && !(p->flags & PF_KTHREAD)) {
		err = group_send_sig_info(sig, info, p);
		if (err != -ESRCH)
			break;
	}
	rcu_read_unlock();
	return p ? err : -ESRCH;
}

int kill_pgrp_info(int sig, const kernel_siginfo_t *info, struct pid *pgrp)
{
	struct task_struct *p;
	int ret = -ESRCH, err;
	bool reached = false;

	if (!pgrp)
		return -ESRCH;
	spin_lock(&tasklist_lock);
	for_each_pid_task (p, pgrp, PIDTYPE_PGID) {
		err = group_send_sig_info(sig, info, p);
		reached |= !err;
		ret = err;
	}
	spin_unlock(&tasklist_lock);
	return reached ? 0 : ret;
}

int kill_everybody_info(int sig, const kernel_siginfo_t *info)
{
	struct task_struct *p;
	int ret = 0, count = 0, err;

	spin_lock(&tasklist_lock);
	list_for_each_entry (p, &task_list, tasks) {
		if (!thread_group_leader(p) || (p->flags & PF_KTHREAD) || same_thread_group(p, current))
			continue;
		if (p->signal->flags & SIGNAL_FIRST_PROGRAM)
			continue; /* as good as init */
		err = group_send_sig_info(sig, info, p);
		count++;
		if (err != -EPERM)
			ret = err;
	}
	spin_unlock(&tasklist_lock);
	return count ? ret : -ESRCH;
}

int kill_pid(struct pid *pid, int sig, int priv)
{
	kernel_siginfo_t info;

	fill_user_info(&info, sig, SI_USER);
	return kill_pid_info(sig, priv ? NULL : &info, pid);
}

int kill_pgrp(struct pid *pgrp, int sig, int priv)
{
	kernel_siginfo_t info;

	fill_user_info(&info, sig, SI_USER);
	return kill_pgrp_info(sig, priv ? NULL : &info, pgrp);
}
