// SPDX-License-Identifier: MIT
/*
 * The end of tasks.
 *
 * A dying thread first settles what its program can see (robust locks, the word that pthread_join
 * waits on), then gives back memory, files and directories, runs what was deferred to it, and
 * only then leaves its thread group: whoever waits for the group to be empty may rely on all of
 * it being gone. A leader that ends before its threads stays findable under its id until the
 * last of them has gone.
 */
#include "fs/fdtable.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/futex.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "kernel/task/task_work.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/tlbflush.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm.h"
#include "mm/mm_types.h"

/* The kernel's half of thread joining: zero the word and wake who sleeps on it. */
static void release_child_tid(struct task_struct *tsk)
{
	u32 __user *tidptr = tsk->clear_child_tid;

	if (!tidptr)
		return;
	tsk->clear_child_tid = NULL;
	if (atomic_read(&tsk->mm->mm_users) > 1 && !put_user(0, tidptr))
		futex_wake(tidptr, true, 1, FUTEX_BITSET_MATCH_ANY);
}

static void exit_mm(struct task_struct *tsk)
{
	struct mm_struct *mm = tsk->mm;

	if (!mm)
		return;
	exit_robust_list(tsk);
	release_child_tid(tsk);
	mmgrab(mm); /* for active_mm */
	task_lock(tsk);
	local_irq_disable();
	tsk->mm = NULL;
	enter_lazy_tlb(mm, tsk);
	local_irq_enable();
	task_unlock(tsk);
	mmput(mm);
}

/* Sums of a thread that goes, kept for getrusage. siglock held. */
static void account_exit(struct task_struct *tsk, struct signal_struct *sig)
{
	sig->sum_exec_runtime += tsk->se.sum_exec_runtime;
	sig->utime += tsk->utime;
	sig->stime += tsk->stime;
	sig->min_flt += tsk->min_flt;
	sig->maj_flt += tsk->maj_flt;
	sig->nvcsw += tsk->nvcsw;
	sig->nivcsw += tsk->nivcsw;
	sig->inblock += tsk->inblock;
	sig->oublock += tsk->oublock;
}

/* tasklist_lock held. */
static void unlink_task(struct task_struct *p)
{
	struct signal_struct *sig = p->signal;

	spin_lock_irq(&p->sighand->siglock);
	account_exit(p, sig);
	flush_sigqueue(&p->pending);
	p->exit_state = EXIT_DEAD;
	list_del_rcu(&p->thread_node);
	spin_unlock_irq(&p->sighand->siglock);
	pid_unhash(p);
	put_task_struct(p);
}

/*
 * Leaves the group. True if it is empty now. A leader that is not the last stays; the last thread
 * takes it along.
 */
static bool leave_group(struct task_struct *tsk)
{
	struct signal_struct *sig = tsk->signal;
	struct task_struct *leader = tsk->group_leader;
	bool last;

	spin_lock(&tasklist_lock);
	last = sig->nr_threads == 1; /* then nobody is left who could make another */
	if (last)
		itimer_exit(sig);
	if (tsk == leader && !last) {
		tsk->exit_state = EXIT_ZOMBIE;
	} else {
		unlink_task(tsk);
		if (last && leader != tsk)
			unlink_task(leader);
	}
	if (last && !(sig->flags & SIGNAL_GROUP_EXIT))
		sig->group_exit_code = leader->exit_code;
	WRITE_ONCE(sig->nr_threads, sig->nr_threads - 1);
	spin_unlock(&tasklist_lock);
	return last;
}

static void leave_kernel(struct task_struct *tsk)
{
	spin_lock(&tasklist_lock);
	pid_unhash(tsk);
	spin_unlock(&tasklist_lock);
	if (tsk->kthread)
		complete(&tsk->kthread->exited);
	put_task_struct(tsk);
}

/*
 * From here on no signal is given to this thread. Signals to the whole group that it may have
 * been woken for are passed on to the others.
 */
static void exit_signals(struct task_struct *tsk)
{
	struct task_struct *t;
	unsigned long shared;

	spin_lock_irq(&tsk->sighand->siglock);
	tsk->flags |= PF_EXITING;
	shared = tsk->signal->shared_pending.signal.sig[0] & ~tsk->blocked.sig[0];
	if (shared && !(tsk->flags & PF_KTHREAD)) {
		list_for_each_entry (t, &tsk->signal->thread_head, thread_node) {
			if (t != tsk && !(t->flags & PF_EXITING) && (shared & ~t->blocked.sig[0]))
				signal_wake_up(t, false);
		}
	}
	spin_unlock_irq(&tsk->sighand->siglock);
}

void do_exit(long code)
{
	struct task_struct *tsk = current;
	bool kernel = (tsk->flags & PF_KTHREAD) && tsk->signal == &init_signals;

	if (in_interrupt() || !tsk->pid)
		panic("exit in an interrupt or of an idle task (%s)", tsk->comm);
	if (preempt_count())
		panic("exit with preemption off (%s, count %#x)", tsk->comm, preempt_count());
	__set_current_state(TASK_RUNNING);
	exit_signals(tsk);
	tsk->exit_code = code;
	exit_mm(tsk);
	if (tsk->files)
		exit_files(tsk);
	if (tsk->fs)
		exit_fs(tsk);
	task_work_exit();
	held_check_empty("end of a task");
	if (kernel) {
		leave_kernel(tsk);
	} else {
		struct signal_struct *sig = tsk->signal;

		/* sig stays: this task holds a reference until it is freed */
		if (leave_group(tsk))
			wake_up_all(&sig->wait_chldexit);
	}
	schedule_dead();
}

void do_group_exit(int exit_code)
{
	struct task_struct *tsk = current;
	struct signal_struct *sig = tsk->signal;

	spin_lock_irq(&tsk->sighand->siglock);
	if (sig->flags & SIGNAL_GROUP_EXIT) {
		exit_code = sig->group_exit_code;
	} else {
		sig->group_exit_code = exit_code;
		sig->flags |= SIGNAL_GROUP_EXIT;
		zap_other_threads(tsk);
	}
	spin_unlock_irq(&tsk->sighand->siglock);
	do_exit(exit_code);
}
