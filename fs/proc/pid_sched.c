// SPDX-License-Identifier: MIT
/*
 * /proc/PID/sched, schedstat, io, syscall, personality, timerslack_ns, timers and task/TID/children: what the scheduler and the
 * system calls know of a thread or process.
 *
 * What a thread does at the moment can only be told of one that sleeps, and it may wake meanwhile: its frame is read with
 * its reference held, so it is there, and what comes out may mix two moments, as on Linux.
 */
#include "fs/fs.h"
#include "fs/proc/pid.h"
#include "kernel/lib/string.h"
#include "kernel/task/access.h"
#include "kernel/task/cputime.h"
#include "kernel/task/cred.h"
#include "kernel/task/internal.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/sched.h"
#include "kernel/task/sigqueue.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"
#include "mm/slab.h"

/* ---- sched, schedstat ---- */

static void show_ms(struct seq_file *m, const char *name, u64 ns)
{
	seq_printf(m, "%-45s:%14llu.%06llu\n", name, ns / NSEC_PER_MSEC, ns % NSEC_PER_MSEC);
}

static void show_number(struct seq_file *m, const char *name, u64 value)
{
	seq_printf(m, "%-45s:%21llu\n", name, value);
}

int pid_sched_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	const struct sched_entity *se = &task->se;
	unsigned long voluntary = READ_ONCE(task->nvcsw), involuntary = READ_ONCE(task->nivcsw);
	u64 runtime = task_sched_runtime(task);
	char comm[TASK_COMM_LEN];
	int prio = READ_ONCE(task->rt_priority);

	get_task_comm(comm, task);
	seq_printf(m, "%s (%d, #threads: %d)\n", comm, task_pid_nr(task), READ_ONCE(task->signal->nr_threads));
	seq_puts(m, "-------------------------------------------------------------------\n");
	show_ms(m, "se.exec_start", READ_ONCE(se->exec_start));
	show_ms(m, "se.vruntime", READ_ONCE(se->vruntime));
	show_ms(m, "se.sum_exec_runtime", runtime);
	show_number(m, "se.nr_migrations", READ_ONCE(se->nr_migrations));
	show_number(m, "nr_switches", voluntary + involuntary);
	show_number(m, "nr_voluntary_switches", voluntary);
	show_number(m, "nr_involuntary_switches", involuntary);
	show_number(m, "se.load.weight", (u64)READ_ONCE(se->weight) << 10);
	show_number(m, "policy", READ_ONCE(task->policy));
	show_number(m, "prio", prio ? MAX_RT_PRIO - prio : 120 + READ_ONCE(task->prio_nice));
	return 0;
}

/* ns on a CPU, ns of waiting for one, and how often it got one. */
int pid_schedstat_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	u64 runtime = task_sched_runtime(task);

	seq_printf(m, "%llu %llu %llu\n", runtime, READ_ONCE(task->se.wait_sum), READ_ONCE(task->se.nr_picked));
	return 0;
}

/* ---- io ---- */

int pid_io_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	struct usage_sums use = { 0 };

	if (!may_access_task(task, ACCESS_FSCREDS))
		return -EACCES;
	if (whole)
		group_usage(task, &use);
	else
		usage_add_thread(&use, task);
	seq_printf(m, "rchar: %llu\nwchar: %llu\nsyscr: %llu\nsyscw: %llu\n", use.rchar, use.wchar, use.syscr, use.syscw);
	/* A dirty page that is thrown away before it is written is not taken off again. */
	seq_printf(m, "read_bytes: %llu\nwrite_bytes: %llu\ncancelled_write_bytes: 0\n", (u64)use.inblock << 9, (u64)use.oublock << 9);
	return 0;
}

/* ---- syscall, stack, personality ---- */

int pid_syscall_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	const struct pt_regs *regs = task_pt_regs(task);

	if (!may_access_task(task, ACCESS_FSCREDS))
		return -EPERM;
	if (task->flags & PF_KTHREAD)
		seq_puts(m, "-1 0x0 0x0\n");
	else if (task == current || !READ_ONCE(task->state))
		seq_puts(m, "running\n");
	else if (!READ_ONCE(task->in_syscall))
		seq_printf(m, "-1 0x%lx 0x%lx\n", regs->sp, regs->ip);
	else
		seq_printf(m, "%ld 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx\n", (long)regs->orig_ax, regs->di, regs->si, regs->dx,
			   regs->r10, regs->r8, regs->r9, regs->sp, regs->ip);
	return 0;
}

int pid_personality_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	if (!may_access_task(task, ACCESS_FSCREDS))
		return -EPERM;
	seq_printf(m, "%08x\n", READ_ONCE(task->personality));
	return 0;
}

/* ---- timers ---- */

int pid_timers_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	static const char *const how[] = { "signal", "none", "thread" };
	struct k_itimer *timer;
	unsigned long flags;
	struct sighand_struct *sighand = lock_task_sighand(task, &flags);

	if (!sighand)
		return -ESRCH;
	list_for_each_entry (timer, &task->signal->posix_timers, list) {
		bool to_thread = timer->thread;

		seq_printf(m, "ID: %d\nsignal: %d/%px\n", timer->id, timer->sigq ? timer->sigq->info.si_signo : 0,
			   timer->sigq ? timer->sigq->info.si_value.sival_ptr : NULL);
		seq_printf(m, "notify: %s/%s.%d\nClockID: %d\n", how[timer->notify & 3 & ~(to_thread ? 3 : 0)], to_thread ? "tid" : "pid",
			   to_thread ? pid_nr(timer->thread) : task->tgid, timer->clock);
	}
	unlock_task_sighand(sighand, &flags);
	return 0;
}

/* ---- task/TID/children: whom this thread has made, and who are still its process's children ---- */

int pid_children_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	struct task_struct *p;

	spin_lock(&tasklist_lock);
	list_for_each_entry (p, &task->signal->children, sibling) {
		if (p->parent_tid == task_pid_nr(task) || thread_group_leader(task))
			seq_printf(m, "%d ", task_pid_nr(p));
	}
	spin_unlock(&tasklist_lock);
	return 0;
}

/* ---- timerslack_ns ---- */

static int slack_show(struct seq_file *m, void *v)
{
	struct task_struct *task = get_proc_task(m->private);

	if (!task)
		return -ESRCH;
	if (task != current && !capable(CAP_SYS_NICE)) {
		put_task_struct(task);
		return -EPERM;
	}
	seq_printf(m, "%llu\n", READ_ONCE(task->timer_slack_ns));
	put_task_struct(task);
	return 0;
}

static int slack_open(struct inode *inode, struct file *file)
{
	return single_open(file, slack_show, inode);
}

/* 0: what it was when the program began. */
static ssize_t slack_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct task_struct *task = get_proc_task(file_inode(file));
	unsigned long long ns;
	char text[24] = "";
	ssize_t ret = count;

	if (!task)
		return -ESRCH;
	if (task != current && !capable(CAP_SYS_NICE))
		ret = -EPERM;
	else if (copy_from_user(text, buf, min_t(size_t, count, sizeof(text) - 1)))
		ret = -EFAULT;
	else if (kstrtoull(strim(text), 10, &ns))
		ret = -EINVAL;
	else
		WRITE_ONCE(task->timer_slack_ns, (long)ns > 0 ? ns : task->default_timer_slack_ns);
	put_task_struct(task);
	return ret;
}

const struct file_operations pid_timerslack_operations = {
	.open = slack_open,
	.read_iter = seq_read_iter,
	.write = slack_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* ---- what namespaces map: there is one of each, and it maps everything to itself ---- */

int pid_id_map_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	seq_printf(m, "%10u %10u %10u\n", 0, 0, UINT_MAX);
	return 0;
}

int pid_setgroups_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	seq_puts(m, "allow\n");
	return 0;
}
