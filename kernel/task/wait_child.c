// SPDX-License-Identifier: MIT
/*
 * Waiting for children: zombies, stopped and continued ones.
 *
 * A waiter queues itself, sets its state, and looks at every child under tasklist_lock. A child that changes state does
 * so under that lock or its siglock and then wakes the parent's queue, so it is seen in this look or ends the sleep. Of
 * two threads that wait for one zombie, the first to take tasklist_lock turns it from EXIT_ZOMBIE to EXIT_DEAD and has it.
 */
#include "kernel/task/wait_child.h"
#include "kernel/lib/errno.h"
#include "kernel/task/cputime.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"

/* Is this a child the caller asked for? tasklist_lock held. */
static bool eligible(const struct wait_opts *wo, struct task_struct *p)
{
	if (wo->type != PIDTYPE_MAX && (!wo->pid || task_pid_type(p, wo->type) != wo->pid))
		return false;
	if ((wo->flags & __WNOTHREAD) && p->parent_tid != current->pid)
		return false;
	/* children by clone with another signal than SIGCHLD are waited for only by those who say so */
	return (wo->flags & __WALL) || (p->exit_signal != SIGCHLD) == !!(wo->flags & __WCLONE);
}

static void note_child(struct wait_opts *wo, struct task_struct *p, int code, int cause, int status)
{
	wo->child = p->tgid;
	rcu_read_lock();
	wo->uid = rcu_dereference(p->real_cred)->uid;
	rcu_read_unlock();
	wo->code = code;
	wo->cause = cause;
	wo->status = status;
	group_usage(p, &wo->usage);
	usage_add(&wo->usage, &p->signal->children_use);
}

/* The child's use, and that of its own children, becomes part of the parent's. */
static void account_child(const struct wait_opts *wo)
{
	spin_lock_irq(&current->sighand->siglock);
	usage_add(&current->signal->children_use, &wo->usage);
	spin_unlock_irq(&current->sighand->siglock);
}

/* tasklist_lock held. True if it is one; then *reap says that the caller has to release it. */
static bool try_zombie(struct wait_opts *wo, struct task_struct *p, bool *reap)
{
	int status;

	if (p->exit_state != EXIT_ZOMBIE || !thread_group_empty(p) || !(wo->flags & WEXITED))
		return false;
	status = group_exit_status(p);
	if (status & 0x7f)
		note_child(wo, p, status & 0x80 ? CLD_DUMPED : CLD_KILLED, status & 0x7f, status);
	else
		note_child(wo, p, CLD_EXITED, status >> 8 & 0xff, status);
	*reap = !(wo->flags & WNOWAIT);
	if (*reap) {
		p->exit_state = EXIT_DEAD;
		account_child(wo);
	}
	return true;
}

/* tasklist_lock held. A stop is told once: its signal is then taken out of group_exit_code. */
static bool try_stopped(struct wait_opts *wo, struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	int code = 0;

	if (!(wo->flags & WSTOPPED))
		return false;
	spin_lock_irq(&p->sighand->siglock);
	if ((sig->flags & SIGNAL_STOP_STOPPED) && !(sig->flags & SIGNAL_GROUP_EXIT)) {
		code = sig->group_exit_code;
		if (!(wo->flags & WNOWAIT))
			sig->group_exit_code = 0;
	}
	spin_unlock_irq(&p->sighand->siglock);
	if (code)
		note_child(wo, p, CLD_STOPPED, code, code << 8 | 0x7f);
	return code;
}

static bool try_continued(struct wait_opts *wo, struct task_struct *p)
{
	struct signal_struct *sig = p->signal;
	bool continued;

	if (!(wo->flags & WCONTINUED))
		return false;
	spin_lock_irq(&p->sighand->siglock);
	continued = sig->flags & SIGNAL_STOP_CONTINUED;
	if (continued && !(wo->flags & WNOWAIT))
		sig->flags &= ~SIGNAL_STOP_CONTINUED;
	spin_unlock_irq(&p->sighand->siglock);
	if (continued)
		note_child(wo, p, CLD_CONTINUED, SIGCONT, 0xffff);
	return continued;
}

/* One look at all children: a process id, 0 (nothing yet), or -ECHILD. */
static long look(struct wait_opts *wo)
{
	struct task_struct *p;
	bool reap = false, any = false, found = false;

	spin_lock(&tasklist_lock);
	list_for_each_entry (p, &current->signal->children, sibling) {
		if (p->exit_state == EXIT_DEAD || !eligible(wo, p))
			continue;
		any = true;
		found = try_zombie(wo, p, &reap);
		if (!found && p->exit_state != EXIT_ZOMBIE)
			found = try_stopped(wo, p) || try_continued(wo, p);
		if (found)
			break;
	}
	if (reap)
		get_task_struct(p);
	spin_unlock(&tasklist_lock);
	if (reap) {
		__set_current_state(TASK_RUNNING);
		release_task(p);
		put_task_struct(p);
	}
	if (found)
		return wo->child;
	return any ? 0 : -ECHILD;
}

long do_wait(struct wait_opts *wo)
{
	wait_queue_head_t *queue = &current->signal->wait_chldexit;
	DECLARE_WAITQUEUE(wait, current);
	long ret;

	might_sleep();
	add_wait_queue(queue, &wait);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		ret = look(wo);
		if (ret || (wo->flags & WNOHANG))
			break;
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	remove_wait_queue(queue, &wait);
	return ret;
}
