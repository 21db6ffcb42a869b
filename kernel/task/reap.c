// SPDX-License-Identifier: MIT
/*
 * After the end of tasks: zombies, orphans, and what parents are told.
 *
 * A thread that is not its group's leader is released at once by itself. A leader stays as a zombie, findable under its
 * id, until its group is otherwise empty and its parent has waited for it, or does not want to: then whoever learns that
 * last releases it. The steps are decided under tasklist_lock: exit_state goes from 0 to EXIT_ZOMBIE to EXIT_DEAD there,
 * and only the one that sets EXIT_DEAD calls release_task().
 *
 * Orphans get the nearest ancestor that asked for them (PR_SET_CHILD_SUBREAPER), else the kernel, which as a parent
 * never waits: its children are released as they end, but for the first program, which run_program() waits for.
 *
 * A process group is orphaned when no member has a parent in another group of the same session: nobody is left who
 * could continue it, so if a member is stopped then, all get SIGHUP and SIGCONT (POSIX, _exit).
 */
#include "kernel/lib/bug.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/cputime.h"
#include "drivers/tty/tty.h"
#include "kernel/task/internal.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/sched.h"
#include "kernel/task/seccomp.h"
#include "kernel/task/signal_internal.h"

#define CLOCK_TICK_NS (NSEC_PER_SEC / 100)

atomic_t nr_processes;
DECLARE_WAIT_QUEUE_HEAD(processes_gone);
struct task_struct *child_reaper; /* constant once the first program is made */

int group_exit_status(struct task_struct *tsk)
{
	struct signal_struct *sig = tsk->signal;

	return READ_ONCE(sig->flags) & SIGNAL_GROUP_EXIT ? sig->group_exit_code : tsk->exit_code;
}

/* The last one out: the process has no name any more. tasklist_lock and siglock held. */
static void unlink_process(struct task_struct *p)
{
	list_del_init(&p->sibling);
	for (int type = PIDTYPE_TGID; type < PIDTYPE_MAX; type++)
		detach_pid(p, type);
	tty_exit(p->signal);
	flush_sigqueue(&p->signal->shared_pending);
}

/* Out of the lists and numbers; tasklist_lock held. */
static void unlink_task(struct task_struct *p)
{
	struct sighand_struct *sighand = p->sighand;
	struct signal_struct *sig = p->signal;

	if (unlikely(p->ptrace))
		ptrace_unlink(p);
	spin_lock_irq(&sighand->siglock);
	usage_add_thread(&sig->gone, p);
	flush_sigqueue(&p->pending);
	list_del_rcu(&p->thread_node);
	list_del_rcu(&p->tasks);
	WRITE_ONCE(sig->nr_threads, sig->nr_threads - 1);
	if (sig->notify_count > 0 && !--sig->notify_count)
		wake_up_process(sig->group_exec_task);
	if (thread_group_leader(p))
		unlink_process(p);
	detach_pid(p, PIDTYPE_PID);
	WRITE_ONCE(p->sighand, NULL); /* lock_task_sighand() finds nobody from here on */
	spin_unlock_irq(&sighand->siglock);
	put_sighand(sighand);
}

/* A leader that waited as a zombie for its last thread: now its end can be told. True if nobody wants to know. */
static bool leader_may_go(struct task_struct *leader, struct task_struct *p)
{
	if (leader == p || leader->exit_state != EXIT_ZOMBIE || !thread_group_empty(leader))
		return false;
	if (!do_notify_parent(leader, leader->exit_signal))
		return false;
	leader->exit_state = EXIT_DEAD;
	return true;
}

void release_task(struct task_struct *p)
{
	struct task_struct *leader;
	bool process;

	do {
		process = thread_group_leader(p);
		leader = p->group_leader;
		spin_lock(&tasklist_lock);
		unlink_task(p);
		if (!leader_may_go(leader, p))
			leader = NULL;
		spin_unlock(&tasklist_lock);
		uncharge_process(p);
		seccomp_release(p);
		put_task_struct(p);
		if (process && atomic_dec_and_test(&nr_processes))
			wake_up_all(&processes_gone);
		p = leader;
	} while (p);
}

/* ---- telling the parent ---- */

void wake_up_parent(struct task_struct *parent)
{
	wake_up_all(&parent->signal->wait_chldexit); /* run_program() waits uninterruptibly */
}

static void fill_exit_info(kernel_siginfo_t *info, struct task_struct *tsk, int sig)
{
	int code = group_exit_status(tsk);
	u64 utime, stime;

	group_cpu_split(tsk, &utime, &stime);
	*info = (kernel_siginfo_t){ .si_signo = sig };
	info->__chld_pid = tsk->pid; /* a thread's: only its tracer is told */
	info->__chld_uid = tsk->real_cred->uid;
	info->si_utime = utime / CLOCK_TICK_NS;
	info->si_stime = stime / CLOCK_TICK_NS;
	if (code & 0x7f) {
		info->si_code = code & 0x80 ? CLD_DUMPED : CLD_KILLED;
		info->si_status = code & 0x7f;
	} else {
		info->si_code = CLD_EXITED;
		info->si_status = code >> 8;
	}
}

bool do_notify_parent(struct task_struct *tsk, int sig)
{
	struct task_struct *parent = tsk->tracer ?: tsk->real_parent;
	struct k_sigaction *action;
	kernel_siginfo_t info;
	bool ignored = false;

	lockdep_assert_held(&tasklist_lock);
	wake_up_all(&task_pid(tsk)->wait_pidfd);
	if (parent->signal == &init_signals) {
		wake_up_parent(parent);
		return !(tsk->signal->flags & SIGNAL_FIRST_PROGRAM);
	}
	fill_exit_info(&info, tsk, sig);
	spin_lock_irq(&parent->sighand->siglock);
	action = &parent->sighand->action[SIGCHLD - 1];
	if (!tsk->ptrace && sig == SIGCHLD && (action->sa_handler == SIG_IGN || (action->sa_flags & SA_NOCLDWAIT)))
		ignored = true; /* POSIX: such a parent has no zombies; its waits end when the last child has gone */
	if (sig > 0 && !(ignored && action->sa_handler == SIG_IGN))
		send_signal_locked(sig, &info, parent, true);
	spin_unlock_irq(&parent->sighand->siglock);
	wake_up_parent(parent);
	return ignored;
}

/*
 * exec by a thread that is not the leader, which is a zombie: the current task takes its place and number. The caller
 * then releases the old leader, which is returned, dead. tasklist_lock held.
 */
struct task_struct *take_over_leadership(void)
{
	struct task_struct *new = current, *old = new->group_leader, *child, *t;

	lockdep_assert_held(&tasklist_lock);
	exchange_tids(new, old);
	for (int type = PIDTYPE_TGID; type < PIDTYPE_MAX; type++)
		transfer_pid(old, new, type);
	list_replace_init(&old->sibling, &new->sibling);
	list_for_each_entry (child, &new->signal->children, sibling) {
		list_for_each_entry (t, &child->signal->thread_head, thread_node)
			WRITE_ONCE(t->real_parent, new);
	}
	new->exit_signal = old->exit_signal;
	old->exit_signal = -1;
	new->parent_tid = old->parent_tid;
	new->start_time = old->start_time;
	new->group_leader = new;
	old->group_leader = new;
	old->exit_state = EXIT_DEAD;
	return old;
}

/* ---- orphaned process groups ---- */

/* Would the group have no member with a parent elsewhere in the session, not counting @ignored? tasklist_lock held. */
static bool will_become_orphaned_pgrp(struct pid *pgrp, struct task_struct *ignored)
{
	struct task_struct *p;

	for_each_pid_task (p, pgrp, PIDTYPE_PGID) {
		struct task_struct *parent = p->real_parent;

		if (p == ignored || (p->exit_state && thread_group_empty(p)) || parent->signal == &init_signals)
			continue;
		if (task_pgrp(parent) != pgrp && task_session(parent) == task_session(p))
			return false;
	}
	return true;
}

bool is_current_pgrp_orphaned(void)
{
	bool ret;

	spin_lock(&tasklist_lock);
	ret = will_become_orphaned_pgrp(task_pgrp(current), NULL);
	spin_unlock(&tasklist_lock);
	return ret;
}

static bool has_stopped_jobs(struct pid *pgrp)
{
	struct task_struct *p;

	for_each_pid_task (p, pgrp, PIDTYPE_PGID) {
		if (READ_ONCE(p->signal->flags) & SIGNAL_STOP_STOPPED)
			return true;
	}
	return false;
}

/*
 * tsk's exit, or its move to another parent (the old one given), may orphan a group that was connected to its
 * session only through it. tasklist_lock held.
 */
static void kill_orphaned_pgrp(struct task_struct *tsk, struct task_struct *parent)
{
	struct pid *pgrp = task_pgrp(tsk);
	struct task_struct *ignored = tsk, *p;

	if (parent)
		ignored = NULL; /* the child goes on: it counts */
	else
		parent = tsk->real_parent;
	if (parent->signal == &init_signals || task_pgrp(parent) == pgrp || task_session(parent) != task_session(tsk))
		return;
	if (!will_become_orphaned_pgrp(pgrp, ignored) || !has_stopped_jobs(pgrp))
		return;
	for_each_pid_task (p, pgrp, PIDTYPE_PGID) {
		send_sig_info(SIGHUP, NULL, p, true);
		send_sig_info(SIGCONT, NULL, p, true);
	}
}

/* ---- orphans ---- */

/* Who gets the children of a process that has ended. tasklist_lock held. */
static struct task_struct *find_new_reaper(struct task_struct *father)
{
	struct task_struct *p;

	for (p = father->group_leader->real_parent; p->signal != &init_signals; p = p->real_parent) {
		if (p->signal->is_child_subreaper && atomic_read(&p->signal->live))
			return p->group_leader;
	}
	return child_reaper;
}

/*
 * The children of the current process, which has ended, go to another. Those that are zombies and that their new
 * parent will not wait for are put on @dead by their siblings' links. tasklist_lock held.
 */
static void forget_original_parent(struct task_struct *father, struct list_head *dead)
{
	struct task_struct *reaper, *p, *next;

	if (list_empty(&father->signal->children))
		return;
	reaper = find_new_reaper(father);
	list_for_each_entry_safe (p, next, &father->signal->children, sibling) {
		struct task_struct *t;

		list_for_each_entry (t, &p->signal->thread_head, thread_node) {
			WRITE_ONCE(t->real_parent, reaper);
			if (t->pdeath_signal)
				send_sig_info(t->pdeath_signal, NULL, t, false);
		}
		list_move_tail(&p->sibling, &reaper->signal->children);
		p->exit_signal = SIGCHLD;
		if (!p->ptrace && p->exit_state == EXIT_ZOMBIE && thread_group_empty(p) && do_notify_parent(p, p->exit_signal)) {
			p->exit_state = EXIT_DEAD;
			list_move(&p->sibling, dead);
		}
		kill_orphaned_pgrp(p, father);
	}
}

/* What tsk's tracer is sent: the signal its parent would get, if it is that and the process ends; else SIGCHLD. */
static int exit_signal_for_tracer(struct task_struct *tsk)
{
	if (thread_group_leader(tsk) && thread_group_empty(tsk) && !ptrace_reparented(tsk))
		return tsk->exit_signal;
	return SIGCHLD;
}

/*
 * The current task becomes a zombie, or goes at once. @last: no other thread of the process is left that has not
 * begun to exit.
 */
void exit_notify(struct task_struct *tsk, bool last)
{
	LIST_HEAD(dead);
	LIST_HEAD(dead_tracees);
	bool reap = true;

	spin_lock(&tasklist_lock);
	if (unlikely(!list_empty(&tsk->ptraced)))
		exit_ptrace(tsk, &dead_tracees);
	if (last) {
		forget_original_parent(tsk, &dead);
		kill_orphaned_pgrp(tsk->group_leader, NULL);
	}
	tsk->exit_state = EXIT_ZOMBIE;
	if (unlikely(tsk->ptrace))
		reap = do_notify_parent(tsk, exit_signal_for_tracer(tsk));
	else if (thread_group_leader(tsk))
		reap = thread_group_empty(tsk) && do_notify_parent(tsk, tsk->exit_signal);
	if (reap)
		tsk->exit_state = EXIT_DEAD;
	/* exec by another thread waits for the leader to be a zombie */
	spin_lock_irq(&tsk->sighand->siglock);
	if (tsk->signal->notify_count < 0 && thread_group_leader(tsk))
		wake_up_process(tsk->signal->group_exec_task);
	spin_unlock_irq(&tsk->sighand->siglock);
	spin_unlock(&tasklist_lock);

	/* release_task() takes each off the list */
	while (!list_empty(&dead))
		release_task(list_first_entry(&dead, struct task_struct, sibling));
	while (unlikely(!list_empty(&dead_tracees))) {
		struct task_struct *p = list_first_entry(&dead_tracees, struct task_struct, ptrace_entry);

		list_del_init(&p->ptrace_entry);
		release_task(p);
	}
	if (reap)
		release_task(tsk);
}
