// SPDX-License-Identifier: MIT
/*
 * The end of tasks.
 *
 * A dying thread first settles what its program can see (robust locks, the word that pthread_join
 * waits on), then gives back memory, files and directories, runs what was deferred to it, and
 * only then becomes a zombie (exit_notify(), reap.c): whoever waits for a process may rely on all
 * of it being gone.
 */
#include "fs/fdtable.h"
#include "kernel/ipc/sem.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/futex.h"
#include "drivers/tty/tty.h"
#include "kernel/task/internal.h"
#include "kernel/task/proc_events.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/sched.h"
#include "kernel/task/task_work.h"
#include "kernel/task/taskstats.h"
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

/* A vfork parent goes on when the child needs its memory no more. */
static void release_vfork_parent(struct task_struct *tsk)
{
	struct completion *vfork;

	task_lock(tsk);
	vfork = tsk->vfork_done;
	tsk->vfork_done = NULL;
	if (vfork)
		complete(vfork); /* under the lock: a parent that is killed takes it back under it */
	task_unlock(tsk);
}

void mm_release(struct task_struct *tsk)
{
	exit_robust_list(tsk);
	exit_pi_states(tsk);
	release_child_tid(tsk);
	release_vfork_parent(tsk);
}

static void note_peak_memory(struct task_struct *tsk, struct mm_struct *mm)
{
	unsigned long peak = max(READ_ONCE(mm->hiwater_rss), get_mm_rss(mm));

	if (tsk->signal->gone.maxrss < peak)
		WRITE_ONCE(tsk->signal->gone.maxrss, peak);
}

static void exit_mm(struct task_struct *tsk)
{
	struct mm_struct *mm = tsk->mm;

	if (!mm)
		return;
	mm_release(tsk);
	note_peak_memory(tsk, mm);
	mmgrab(mm); /* for active_mm */
	task_lock(tsk);
	local_irq_disable();
	tsk->mm = NULL;
	enter_lazy_tlb(mm, tsk);
	local_irq_enable();
	task_unlock(tsk);
	mmput(mm);
}

static void leave_kernel(struct task_struct *tsk)
{
	spin_lock(&tasklist_lock);
	detach_pid(tsk, PIDTYPE_PID);
	list_del_rcu(&tsk->tasks);
	spin_unlock(&tasklist_lock);
	if (tsk->kthread)
		complete(&tsk->kthread->exited);
	uncharge_process(tsk);
	put_task_struct(tsk);
}

void do_exit(long code)
{
	struct task_struct *tsk = current;
	bool kernel = (tsk->flags & PF_KTHREAD) && tsk->signal == &init_signals, last;
	pid_t pid = tsk->pid; /* exec by another thread takes it from a leader that is a zombie */

	if (in_interrupt() || !tsk->pid)
		panic("exit in an interrupt or of an idle task (%s)", tsk->comm);
	if (preempt_count())
		panic("exit with preemption off (%s, count %#x)", tsk->comm, preempt_count());
	__set_current_state(TASK_RUNNING);
	ptrace_event(PTRACE_EVENT_EXIT, (unsigned long)code);
	exit_signals(tsk);
	tsk->exit_code = code;
	last = atomic_dec_and_test(&tsk->signal->live) && !kernel;
	if (last)
		itimer_exit(tsk->signal);
	taskstats_exit(tsk, last);
	exit_mm(tsk);
	exit_sem(tsk);
	if (tsk->files)
		exit_files(tsk);
	if (tsk->fs)
		exit_fs(tsk);
	if (last)
		disassociate_ctty(true);
	task_work_exit();
	held_check_empty("end of a task");
	if (kernel)
		leave_kernel(tsk);
	else
		exit_notify(tsk, last);
	proc_event_exit(pid);
	schedule_dead();
}

void do_group_exit(int exit_code)
{
	struct task_struct *tsk = current;
	struct signal_struct *sig = tsk->signal;

	spin_lock_irq(&tsk->sighand->siglock);
	if (sig->flags & SIGNAL_GROUP_EXIT) {
		exit_code = sig->group_exit_code;
	} else if (sig->group_exec_task && sig->group_exec_task != tsk) {
		exit_code = 0; /* the process goes on with another program; only this thread ends */
	} else {
		sig->group_exit_code = exit_code;
		sig->flags |= SIGNAL_GROUP_EXIT;
		zap_other_threads(tsk);
	}
	spin_unlock_irq(&tsk->sighand->siglock);
	do_exit(exit_code);
}
