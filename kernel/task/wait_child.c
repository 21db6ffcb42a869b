// SPDX-License-Identifier: MIT
/*
 * Waiting for children: zombies, stopped and continued ones.
 *
 * A waiter queues itself, sets its state, and looks at every child under tasklist_lock. A child that changes state does
 * so under that lock or its siglock and then wakes the parent's queue, so it is seen in this look or ends the sleep. Of
 * two threads that wait for one zombie, the first to take tasklist_lock turns it from EXIT_ZOMBIE to EXIT_DEAD and has it.
 *
 * Tracees are looked at besides (ptrace.c). A child that another process traces is as if it lived on for its parent until its
 * tracer has waited for it; one that is traced from the parent's own process is looked at as a tracee only.
 */
#include "kernel/task/wait_child.h"
#include "kernel/lib/errno.h"
#include "kernel/task/cputime.h"
#include "kernel/task/internal.h"
#include "kernel/task/ptrace.h"
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

/* A tracee is told by its own number, and no flag hides it. tasklist_lock held. */
static bool eligible_tracee(const struct wait_opts *wo, struct task_struct *p)
{
	if (wo->type == PIDTYPE_MAX)
		return true;
	return (wo->type == PIDTYPE_TGID ? p->thread_pid : task_pid_type(p, wo->type)) == wo->pid;
}

static void note_child(struct wait_opts *wo, struct task_struct *p, int code, int cause, int status)
{
	wo->child = p->pid;
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

static void note_zombie(struct wait_opts *wo, struct task_struct *p)
{
	int status = group_exit_status(p);

	if (status & 0x7f)
		note_child(wo, p, status & 0x80 ? CLD_DUMPED : CLD_KILLED, status & 0x7f, status);
	else
		note_child(wo, p, CLD_EXITED, status >> 8 & 0xff, status);
}

/* A leader is one only when its group is empty. tasklist_lock held. */
static bool is_zombie(const struct wait_opts *wo, struct task_struct *p)
{
	return p->exit_state == EXIT_ZOMBIE && (!thread_group_leader(p) || thread_group_empty(p)) && (wo->flags & WEXITED);
}

/* tasklist_lock held. True if it is one; then *reap says that the caller has to release it. */
static bool try_zombie(struct wait_opts *wo, struct task_struct *p, bool *reap)
{
	if (p->ptrace || !is_zombie(wo, p))
		return false;
	note_zombie(wo, p);
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

/* A tracee's zombie goes on to its parent, if that is another process and it is not only a thread's. tasklist_lock held. */
static bool try_tracee_zombie(struct wait_opts *wo, struct task_struct *p, bool *reap)
{
	bool on, child;

	if (!is_zombie(wo, p))
		return false;
	note_zombie(wo, p);
	if (wo->flags & WNOWAIT)
		return true;
	on = ptrace_reparented(p) && thread_group_leader(p);
	child = !on && thread_group_leader(p);
	ptrace_unlink(p);
	*reap = !on || do_notify_parent(p, p->exit_signal);
	if (*reap)
		p->exit_state = EXIT_DEAD;
	if (child)
		account_child(wo);
	return true;
}

/* A tracee's stop, whatever the flags ask for, told once: exit_code is then 0. tasklist_lock held. */
static bool try_tracee_stopped(struct wait_opts *wo, struct task_struct *p)
{
	int code = 0;

	spin_lock_irq(&p->sighand->siglock);
	if (task_is_traced(p) && !(p->jobctl & JOBCTL_LISTENING)) {
		code = p->exit_code;
		if (!(wo->flags & WNOWAIT))
			p->exit_code = 0;
	}
	spin_unlock_irq(&p->sighand->siglock);
	if (code)
		note_child(wo, p, CLD_TRAPPED, code, code << 8 | 0x7f);
	return code;
}

/* The tracees of one thread: the one that has something to tell, or NULL. tasklist_lock held. */
static struct task_struct *look_at_tracees(struct wait_opts *wo, struct task_struct *tracer, bool *any, bool *reap)
{
	struct task_struct *p;

	list_for_each_entry (p, &tracer->ptraced, ptrace_entry) {
		if (p->exit_state == EXIT_DEAD || !eligible_tracee(wo, p))
			continue;
		*any = true;
		if (p->exit_state == EXIT_ZOMBIE ? try_tracee_zombie(wo, p, reap) : try_tracee_stopped(wo, p))
			return p;
	}
	return NULL;
}

/* Those of all threads of the process, or with __WNOTHREAD of the caller. tasklist_lock held. */
static struct task_struct *look_at_all_tracees(struct wait_opts *wo, bool *any, bool *reap)
{
	struct task_struct *t, *p = NULL;

	if (wo->flags & __WNOTHREAD)
		return look_at_tracees(wo, current, any, reap);
	list_for_each_entry (t, &current->signal->thread_head, thread_node) {
		p = look_at_tracees(wo, t, any, reap);
		if (p)
			break;
	}
	return p;
}

/* tasklist_lock held. */
static struct task_struct *look_at_children(struct wait_opts *wo, bool *any, bool *reap)
{
	struct task_struct *p;

	list_for_each_entry (p, &current->signal->children, sibling) {
		if (p->exit_state == EXIT_DEAD || !eligible(wo, p))
			continue;
		*any = true;
		if (unlikely(p->ptrace) && !ptrace_reparented(p))
			continue;
		if (try_zombie(wo, p, reap))
			return p;
		if (p->exit_state != EXIT_ZOMBIE && (try_stopped(wo, p) || try_continued(wo, p)))
			return p;
	}
	return NULL;
}

/* One look at all children: a process id, 0 (nothing yet), or -ECHILD. */
static long look(struct wait_opts *wo)
{
	bool reap = false, any = false;
	struct task_struct *p;

	spin_lock(&tasklist_lock);
	p = look_at_children(wo, &any, &reap);
	if (!p && unlikely(current->signal->nr_tracees))
		p = look_at_all_tracees(wo, &any, &reap);
	if (reap)
		get_task_struct(p);
	spin_unlock(&tasklist_lock);
	if (reap) { /* the reference keeps p from being freed, and nobody else's release can come: it is dead by our hand */
		__set_current_state(TASK_RUNNING);
		release_task(p);
		put_task_struct(p);
	}
	if (p)
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
