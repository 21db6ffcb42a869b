// SPDX-License-Identifier: MIT
/*
 * /proc/PID/stat, statm and the short texts: numbers of a process or thread, in the formats of proc(5).
 *
 * A process is looked at part by part, each part under its lock: ids and the parent under RCU, signals and sums of use under
 * siglock, the address space with a reference. So the parts of a line may be of slightly different moments. What a process that has
 * ended no longer has reads as 0.
 */
#include "drivers/tty/tty.h"
#include "fs/proc/pid.h"
#include "kernel/lib/string.h"
#include "kernel/task/access.h"
#include "kernel/task/cputime.h"
#include "kernel/task/internal.h"
#include "kernel/task/proc_events.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"
#include "mm/gfp.h"
#include "mm/internal.h"
#include "mm/mm.h"

#define TICK_NS (NSEC_PER_SEC / 100) /* the unit of times in these texts */

const char *pid_state_text(struct task_struct *task)
{
	long state = READ_ONCE(task->state);

	switch (READ_ONCE(task->exit_state)) {
	case EXIT_ZOMBIE:
		return "Z (zombie)";
	case EXIT_DEAD:
		return "X (dead)";
	}
	if (state & __TASK_STOPPED)
		return "T (stopped)";
	if (state & __TASK_TRACED)
		return "t (tracing stop)";
	if (state & TASK_PARKED)
		return "P (parked)";
	if (state & TASK_INTERRUPTIBLE)
		return "S (sleeping)";
	if ((state & TASK_IDLE) == TASK_IDLE)
		return "I (idle)";
	if (state & TASK_UNINTERRUPTIBLE)
		return "D (disk sleep)";
	if (state & TASK_DEAD)
		return "X (dead)";
	return "R (running)";
}

/* ---- what is gathered under siglock ---- */

struct signal_part {
	struct usage_sums own, children;
	u64 pending, blocked, ignored, caught;
	int threads;
	int tty_nr;
	pid_t tty_pgrp;
};

static void gather_signals(struct task_struct *task, bool whole, struct signal_part *part)
{
	struct sighand_struct *sighand;
	struct signal_struct *sig = task->signal;
	unsigned long flags;

	memset(part, 0, sizeof(*part));
	part->tty_pgrp = -1;
	sighand = lock_task_sighand(task, &flags);
	if (!sighand)
		return;
	part->threads = sig->nr_threads;
	part->children = sig->children_use;
	part->pending = task->pending.signal.sig[0];
	part->blocked = task->blocked.sig[0];
	for (int i = 0; i < _NSIG; i++) {
		if (sighand->action[i].sa_handler == SIG_IGN)
			part->ignored |= 1UL << i;
		else if (sighand->action[i].sa_handler != SIG_DFL)
			part->caught |= 1UL << i;
	}
	tty_of_signal(sig, &part->tty_nr, &part->tty_pgrp);
	unlock_task_sighand(sighand, &flags);
	if (whole)
		group_usage(task, &part->own);
	else
		usage_add_thread(&part->own, task);
}

/* ---- stat ---- */

struct mm_part {
	unsigned long vsize, rss, start_code, end_code, start_stack;
	unsigned long start_data, end_data, start_brk, arg_start, arg_end, env_start, env_end;
};

/* Addresses are told only to whom they help in nothing that is not allowed anyway. */
static void gather_mm(struct task_struct *task, bool permitted, struct mm_part *part)
{
	struct mm_struct *mm = get_task_mm(task);

	memset(part, 0, sizeof(*part));
	if (!mm)
		return;
	part->vsize = READ_ONCE(mm->total_vm) << PAGE_SHIFT;
	part->rss = get_mm_rss(mm);
	part->start_code = part->end_code = 1;
	if (permitted) {
		part->start_code = mm->start_code;
		part->end_code = mm->end_code;
		part->start_stack = mm->start_stack;
		part->start_data = mm->start_data;
		part->end_data = mm->end_data;
		part->start_brk = mm->start_brk;
		part->arg_start = mm->arg_start;
		part->arg_end = mm->arg_end;
		part->env_start = mm->env_start;
		part->env_end = mm->env_end;
	}
	mmput(mm);
}

static void show_ticks(struct seq_file *m, const struct usage_sums *use)
{
	u64 user, kernel;

	usage_split(use, &user, &kernel);
	seq_printf(m, " %llu %llu", user / TICK_NS, kernel / TICK_NS);
}

/* 20 and the nice value, or below zero what counts among real-time tasks, lent priorities included. */
static int stat_priority(struct task_struct *task)
{
	int rt = READ_ONCE(task->rt_priority);

	return rt ? -1 - rt : 20 + READ_ONCE(task->prio_nice);
}

int pid_stat_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	bool permitted = may_access_task(task, ACCESS_FSCREDS);
	pid_t ppid, pgid, sid;
	struct signal_part s;
	struct mm_part v;
	char comm[TASK_COMM_LEN];
	u64 rsslim;

	gather_signals(task, whole, &s);
	gather_mm(task, permitted, &v);
	get_task_comm(comm, task);
	rcu_read_lock();
	ppid = READ_ONCE(task->real_parent)->tgid;
	pgid = pid_nr(task_pgrp(task));
	sid = pid_nr(task_session(task));
	rcu_read_unlock();
	rsslim = READ_ONCE(task->signal->rlim[RLIMIT_RSS].rlim_cur);

	seq_printf(m, "%d (", task_pid_nr(task));
	seq_escape(m, comm, "\n");
	seq_printf(m, ") %c %d %d %d %d %d %u", *pid_state_text(task), ppid, pgid, sid, s.tty_nr, s.tty_pgrp, task->flags);
	seq_printf(m, " %lu %lu %lu %lu", s.own.min_flt, s.children.min_flt, s.own.maj_flt, s.children.maj_flt);
	show_ticks(m, &s.own);
	show_ticks(m, &s.children);
	seq_printf(m, " %d %d %d 0 %llu %lu %lu %llu", stat_priority(task), READ_ONCE(task->prio_nice), s.threads,
		   task->start_time / TICK_NS, v.vsize, v.rss, rsslim);
	/* The stack pointer and instruction pointer of a running program are not told. */
	seq_printf(m, " %lu %lu %lu 0 0", v.start_code, v.end_code, v.start_stack);
	seq_printf(m, " %llu %llu %llu %llu", s.pending & 0x7fffffff, s.blocked & 0x7fffffff, s.ignored & 0x7fffffff,
		   s.caught & 0x7fffffff);
	seq_printf(m, " %d 0 0 %d %u %d %d 0 0 0", *pid_state_text(task) != 'R', task->exit_signal, task_cpu(task),
		   READ_ONCE(task->rt_normal), READ_ONCE(task->policy));
	seq_printf(m, " %lu %lu %lu %lu %lu %lu %lu %d\n", v.start_data, v.end_data, v.start_brk, v.arg_start, v.arg_end,
		   v.env_start, v.env_end, permitted ? task->exit_code : 0);
	return 0;
}

/* Pages: in all, resident, of these backed by files, code, 0, data and stack, 0. */
int pid_statm_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	struct mm_struct *mm = get_task_mm(task);

	if (!mm) {
		seq_puts(m, "0 0 0 0 0 0 0\n");
		return 0;
	}
	seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", READ_ONCE(mm->total_vm), get_mm_rss(mm), get_mm_counter(mm, MM_FILEPAGES),
		   (PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK)) >> PAGE_SHIFT,
		   READ_ONCE(mm->data_vm) + READ_ONCE(mm->stack_vm));
	mmput(mm);
	return 0;
}

/* ---- limits ---- */

static void show_limit(struct seq_file *m, unsigned long value)
{
	if (value == RLIM_INFINITY)
		seq_printf(m, "%-20s ", "unlimited");
	else
		seq_printf(m, "%-20lu ", value);
}

int pid_limits_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	static const struct {
		const char *name, *unit;
	} limits[RLIM_NLIMITS] = {
		[RLIMIT_CPU] = { "Max cpu time", "seconds" },
		[RLIMIT_FSIZE] = { "Max file size", "bytes" },
		[RLIMIT_DATA] = { "Max data size", "bytes" },
		[RLIMIT_STACK] = { "Max stack size", "bytes" },
		[RLIMIT_CORE] = { "Max core file size", "bytes" },
		[RLIMIT_RSS] = { "Max resident set", "bytes" },
		[RLIMIT_NPROC] = { "Max processes", "processes" },
		[RLIMIT_NOFILE] = { "Max open files", "files" },
		[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
		[RLIMIT_AS] = { "Max address space", "bytes" },
		[RLIMIT_LOCKS] = { "Max file locks", "locks" },
		[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
		[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
		[RLIMIT_NICE] = { "Max nice priority", NULL },
		[RLIMIT_RTPRIO] = { "Max realtime priority", NULL },
		[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
	};
	struct rlimit rlim[RLIM_NLIMITS];

	/* They are guarded by the leader's lock; a task has its group_leader for as long as there is a reference to it. */
	task_lock(task->group_leader);
	memcpy(rlim, task->signal->rlim, sizeof(rlim));
	task_unlock(task->group_leader);
	seq_printf(m, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned int i = 0; i < RLIM_NLIMITS; i++) {
		seq_printf(m, "%-25s ", limits[i].name);
		show_limit(m, rlim[i].rlim_cur);
		show_limit(m, rlim[i].rlim_max);
		seq_printf(m, limits[i].unit ? "%-10s\n" : "%s\n", limits[i].unit ? limits[i].unit : "");
	}
	return 0;
}

/* ---- short ones ---- */

/* "0": where a task waits is not told. */
int pid_wchan_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	seq_putc(m, '0');
	return 0;
}

int pid_cgroup_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	seq_puts(m, "0::/\n");
	return 0;
}

/* ---- comm ---- */

static int comm_show(struct seq_file *m, void *v)
{
	struct task_struct *task = get_proc_task(m->private);
	char comm[TASK_COMM_LEN];

	if (!task)
		return -ESRCH;
	get_task_comm(comm, task);
	put_task_struct(task);
	seq_escape(m, comm, "\n");
	seq_putc(m, '\n');
	return 0;
}

static int comm_open(struct inode *inode, struct file *file)
{
	return single_open(file, comm_show, inode);
}

/* A process names its own threads, others do not. What is too long is cut. */
static ssize_t comm_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	struct task_struct *task = get_proc_task(file_inode(file));
	char comm[TASK_COMM_LEN] = "";
	ssize_t ret = count;

	if (!task)
		return -ESRCH;
	if (copy_from_user(comm, buf, min_t(size_t, count, sizeof(comm) - 1)))
		ret = -EFAULT;
	else if (!same_thread_group(current, task))
		ret = -EINVAL;
	else
		set_task_comm(task, comm);
	if (ret >= 0)
		proc_event_comm(task);
	put_task_struct(task);
	return ret;
}

const struct file_operations pid_comm_operations = {
	.open = comm_open,
	.read_iter = seq_read_iter,
	.write = comm_write,
	.llseek = seq_lseek,
	.release = single_release,
};
