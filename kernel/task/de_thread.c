// SPDX-License-Identifier: MIT
/*
 * exec by one of several threads: the others end, and the one that is left is the process.
 *
 * The caller marks itself as the survivor (group_exec_task, siglock) and kills the rest. Whoever leaves the thread group
 * counts notify_count down under siglock and wakes it at zero; a leader does not leave, it stays as a zombie, so a
 * caller that is not the leader then waits for that and takes over its place, number and children: to everybody else the
 * process is the same before and after.
 *
 * Only one thread can be the survivor. Another one that calls exec meanwhile is among those that are killed, and so is
 * every caller once the group is on its way out: they get EAGAIN, which nobody will see.
 */
#include "kernel/lib/errno.h"
#include "kernel/task/binprm.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"

static int end_survival(struct signal_struct *sig, struct sighand_struct *sighand, int err)
{
	spin_lock_irq(&sighand->siglock);
	sig->group_exec_task = NULL;
	sig->notify_count = 0;
	spin_unlock_irq(&sighand->siglock);
	return err;
}

/* Until all threads but this one, and the leader, have gone. */
static int kill_others(struct task_struct *tsk, struct signal_struct *sig, struct sighand_struct *sighand)
{
	spin_lock_irq(&sighand->siglock);
	if ((sig->flags & SIGNAL_GROUP_EXIT) || sig->group_exec_task) {
		spin_unlock_irq(&sighand->siglock);
		return -EAGAIN;
	}
	sig->group_exec_task = tsk;
	sig->notify_count = zap_other_threads(tsk);
	if (!thread_group_leader(tsk))
		sig->notify_count--;
	while (sig->notify_count) {
		set_current_state(TASK_KILLABLE);
		spin_unlock_irq(&sighand->siglock);
		schedule();
		if (__fatal_signal_pending(tsk))
			return end_survival(sig, sighand, -EAGAIN);
		spin_lock_irq(&sighand->siglock);
	}
	spin_unlock_irq(&sighand->siglock);
	return 0;
}

/* Until the leader, the only other thread left, is a zombie; then its place is ours. */
static int replace_leader(struct task_struct *tsk, struct signal_struct *sig, struct sighand_struct *sighand)
{
	struct task_struct *leader = tsk->group_leader;

	for (;;) {
		spin_lock(&tasklist_lock);
		spin_lock_irq(&sighand->siglock);
		sig->notify_count = -1;
		spin_unlock_irq(&sighand->siglock);
		if (leader->exit_state)
			break;
		set_current_state(TASK_KILLABLE);
		spin_unlock(&tasklist_lock);
		schedule();
		if (__fatal_signal_pending(tsk))
			return end_survival(sig, sighand, -EAGAIN);
	}
	leader = take_over_leadership();
	spin_unlock(&tasklist_lock);
	release_task(leader);
	return 0;
}

int de_thread(void)
{
	struct task_struct *tsk = current;
	struct sighand_struct *sighand = tsk->sighand;
	struct signal_struct *sig = tsk->signal;
	int err;

	if (!thread_group_empty(tsk)) {
		err = kill_others(tsk, sig, sighand);
		if (err)
			return err;
		if (!thread_group_leader(tsk))
			err = replace_leader(tsk, sig, sighand);
		if (err)
			return err;
		end_survival(sig, sighand, 0);
	}
	/* a parent that wanted another signal, or none, from its clone gets the usual one from a program */
	spin_lock(&tasklist_lock);
	tsk->exit_signal = SIGCHLD;
	spin_unlock(&tasklist_lock);
	return 0;
}

/* Handlers of its own, for a process that shared them with another (clone with CLONE_SIGHAND, without CLONE_THREAD). */
int unshare_sighand(void)
{
	struct task_struct *tsk = current;
	struct sighand_struct *old = tsk->sighand, *new;

	if (refcount_read(&old->count) == 1)
		return 0;
	new = copy_sighand_struct();
	if (!new)
		return -ENOMEM;
	/* senders look again at whose table it is once they have its lock: lock_task_sighand() */
	spin_lock(&tasklist_lock);
	spin_lock_irq(&old->siglock);
	WRITE_ONCE(tsk->sighand, new);
	spin_unlock_irq(&old->siglock);
	spin_unlock(&tasklist_lock);
	put_sighand(old);
	return 0;
}
