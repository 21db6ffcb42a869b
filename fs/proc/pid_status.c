// SPDX-License-Identifier: MIT
/*
 * /proc/PID/status: what stat says, and more, in words. Gathered part by part as in pid_stat.c; a line about what does not exist here is
 * left out.
 */
#include "fs/fdtable.h"
#include "fs/proc/pid.h"
#include "kernel/lib/string.h"
#include "kernel/task/access.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/task/sigqueue.h"
#include "kernel/x86/cpumask.h"
#include "kernel/x86/percpu.h"
#include "mm/gfp.h"
#include "mm/internal.h"
#include "mm/mm.h"

static void show_ids(struct seq_file *m, struct task_struct *task)
{
	struct task_struct *tracer;
	pid_t ppid, tracer_pid;
	int umask = -1;

	task_lock(task);
	if (task->fs)
		umask = READ_ONCE(task->fs->umask);
	task_unlock(task);
	rcu_read_lock();
	ppid = READ_ONCE(task->real_parent)->tgid;
	tracer = READ_ONCE(task->tracer);
	tracer_pid = tracer ? tracer->pid : 0;
	rcu_read_unlock();
	if (umask >= 0)
		seq_printf(m, "Umask:\t%#04o\n", umask);
	seq_printf(m, "State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", pid_state_text(task),
		   task->tgid, task_pid_nr(task), ppid, tracer_pid);
}

static void show_groups(struct seq_file *m, const struct group_info *groups)
{
	seq_puts(m, "Groups:\t");
	for (int i = 0; i < groups->ngroups; i++)
		seq_printf(m, "%s%u", i ? " " : "", groups->gid[i]);
	seq_puts(m, " \n");
}

static void show_creds(struct seq_file *m, struct task_struct *task, const struct cred *cred)
{
	unsigned int fdsize = 0;

	task_lock(task);
	rcu_read_lock();
	if (task->files)
		fdsize = rcu_dereference(task->files->fdt)->max_fds;
	rcu_read_unlock();
	task_unlock(task);
	seq_printf(m, "Uid:\t%u\t%u\t%u\t%u\n", cred->uid, cred->euid, cred->suid, cred->fsuid);
	seq_printf(m, "Gid:\t%u\t%u\t%u\t%u\n", cred->gid, cred->egid, cred->sgid, cred->fsgid);
	seq_printf(m, "FDSize:\t%u\n", fdsize);
	show_groups(m, cred->group_info);
}

/* The numbers again, in the one namespace there is. */
static void show_ns_ids(struct seq_file *m, struct task_struct *task)
{
	pid_t pgid, sid;

	rcu_read_lock();
	pgid = pid_nr(task_pgrp(task));
	sid = pid_nr(task_session(task));
	rcu_read_unlock();
	seq_printf(m, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", task->tgid, task_pid_nr(task), pgid, sid);
}

static void show_kib(struct seq_file *m, const char *name, unsigned long pages)
{
	seq_printf(m, "%s:\t%8lu kB\n", name, pages << (PAGE_SHIFT - 10));
}

static void show_memory(struct seq_file *m, struct task_struct *task)
{
	struct mm_struct *mm = get_task_mm(task);
	unsigned long anon, file, text, total;

	if (!mm)
		return;
	anon = get_mm_counter(mm, MM_ANONPAGES);
	file = get_mm_counter(mm, MM_FILEPAGES);
	total = READ_ONCE(mm->total_vm);
	text = (PAGE_ALIGN(mm->end_code) - (mm->start_code & PAGE_MASK)) >> PAGE_SHIFT;
	show_kib(m, "VmPeak", max(total, READ_ONCE(mm->hiwater_vm)));
	show_kib(m, "VmSize", total);
	show_kib(m, "VmLck", READ_ONCE(mm->locked_vm));
	show_kib(m, "VmPin", 0);
	show_kib(m, "VmHWM", max(anon + file, READ_ONCE(mm->hiwater_rss)));
	show_kib(m, "VmRSS", anon + file);
	show_kib(m, "RssAnon", anon);
	show_kib(m, "RssFile", file);
	show_kib(m, "VmData", READ_ONCE(mm->data_vm));
	show_kib(m, "VmStk", READ_ONCE(mm->stack_vm));
	show_kib(m, "VmExe", text);
	show_kib(m, "VmLib", READ_ONCE(mm->exec_vm) > text ? READ_ONCE(mm->exec_vm) - text : 0);
	show_kib(m, "VmPTE", atomic64_read(&mm->pgtables_bytes) >> PAGE_SHIFT);
	show_kib(m, "VmSwap", 0);
	show_kib(m, "HugetlbPages", 0);
	seq_puts(m, "CoreDumping:\t0\n");
	mmput(mm);
}

static void show_signals(struct seq_file *m, struct task_struct *task)
{
	u64 pending = 0, shared = 0, blocked = 0, ignored = 0, caught = 0;
	struct sighand_struct *sighand;
	unsigned long flags;
	int threads = 0;

	sighand = lock_task_sighand(task, &flags);
	if (sighand) {
		threads = task->signal->nr_threads;
		pending = task->pending.signal.sig[0];
		shared = task->signal->shared_pending.signal.sig[0];
		blocked = task->blocked.sig[0];
		for (int i = 0; i < _NSIG; i++) {
			if (sighand->action[i].sa_handler == SIG_IGN)
				ignored |= 1UL << i;
			else if (sighand->action[i].sa_handler != SIG_DFL)
				caught |= 1UL << i;
		}
		unlock_task_sighand(sighand, &flags);
	}
	seq_printf(m, "Threads:\t%d\nSigQ:\t%lu/%lu\n", threads, sigqueue_count(task),
		   READ_ONCE(task->signal->rlim[RLIMIT_SIGPENDING].rlim_cur));
	seq_printf(m, "SigPnd:\t%016llx\nShdPnd:\t%016llx\n", pending, shared);
	seq_printf(m, "SigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\n", blocked, ignored, caught);
}

static void show_caps(struct seq_file *m, const struct cred *cred)
{
	seq_printf(m, "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\nCapAmb:\t%016llx\n",
		   cred->cap_inheritable.val, cred->cap_permitted.val, cred->cap_effective.val, cred->cap_bset.val, cred->cap_ambient.val);
}

int pid_status_show(struct seq_file *m, struct task_struct *task, bool whole)
{
	const struct cred *cred;
	char comm[TASK_COMM_LEN];
	cpumask_t mask;

	get_task_comm(comm, task);
	seq_puts(m, "Name:\t");
	seq_escape(m, comm, "\n");
	seq_putc(m, '\n');
	cred = get_task_cred(task);
	show_ids(m, task);
	show_creds(m, task, cred);
	show_ns_ids(m, task);
	show_memory(m, task);
	show_signals(m, task);
	show_caps(m, cred);
	seq_printf(m, "NoNewPrivs:\t%d\nSeccomp:\t%d\nSeccomp_filters:\t%u\n", READ_ONCE(task->no_new_privs),
		   READ_ONCE(task->seccomp_mode), READ_ONCE(task->seccomp_count));
	put_cred(cred);
	cpumask_copy(&mask, &task->cpus_allowed);
	seq_puts(m, "Cpus_allowed:\t");
	proc_show_cpumask(m, &mask);
	seq_puts(m, "Cpus_allowed_list:\t");
	proc_show_cpulist(m, &mask);
	seq_printf(m, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n", READ_ONCE(task->nvcsw),
		   READ_ONCE(task->nivcsw));
	return 0;
}
