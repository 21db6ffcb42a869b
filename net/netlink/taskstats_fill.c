// SPDX-License-Identifier: MIT
/*
 * What a record of TASKSTATS says of a thread or a process.
 *
 * Measured here are the times, the wait for a CPU, faults, context switches, and bytes read and written. Not measured, and 0 as on a
 * Linux without delay accounting, are the waits for the disk and for memory, and memory multiplied by time. Nothing is scaled: CPUs run
 * at one speed.
 */
#include "fs/fs.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/access.h"
#include "kernel/task/cputime.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "net/netlink/taskstats_abi.h"

#define PAGES_TO_KIB(pages) ((u64)(pages) << (PAGE_SHIFT - 10))
#define DEV_MINOR_BITS	    20

static void fill_identity(struct taskstats *stats, struct task_struct *tsk)
{
	const struct cred *cred = get_task_cred(tsk);

	stats->ac_uid = cred->uid;
	stats->ac_gid = cred->gid;
	put_cred(cred);
	stats->ac_pid = tsk->pid;
	stats->ac_tgid = tsk->tgid;
	get_task_comm(stats->ac_comm, tsk);
	stats->ac_nice = READ_ONCE(tsk->prio_nice);
	stats->ac_sched = READ_ONCE(tsk->policy);
	if (READ_ONCE(tsk->flags) & PF_EXITING)
		stats->ac_exitcode = READ_ONCE(tsk->exit_code);
	rcu_read_lock();
	/* until it is released, its parent is not either */
	if (READ_ONCE(tsk->thread_pid))
		stats->ac_ppid = READ_ONCE(tsk->real_parent)->tgid;
	if (thread_group_leader(tsk) && (READ_ONCE(tsk->flags) & PF_FORKNOEXEC))
		stats->ac_flag |= TS_AFORK;
	/* a leader's task stays until its threads have gone */
	stats->ac_tgetime = (ktime_get_ns() - READ_ONCE(tsk->group_leader)->start_time) / NSEC_PER_USEC;
	rcu_read_unlock();
}

static void fill_times(struct taskstats *stats, struct task_struct *tsk)
{
	u64 elapsed = ktime_get_ns() - READ_ONCE(tsk->start_time), utime, stime;

	stats->ac_etime = elapsed / NSEC_PER_USEC;
	stats->ac_btime64 = ktime_get_real_seconds() - elapsed / NSEC_PER_SEC;
	stats->ac_btime = min_t(u64, stats->ac_btime64, U32_MAX);
	thread_cpu_split(tsk, &utime, &stime);
	stats->ac_utime = stats->ac_utimescaled = utime / NSEC_PER_USEC;
	stats->ac_stime = stats->ac_stimescaled = stime / NSEC_PER_USEC;
	stats->cpu_run_real_total = stats->cpu_scaled_run_real_total = stats->cpu_run_virtual_total = utime + stime;
	stats->cpu_count = READ_ONCE(tsk->se.nr_picked);
	stats->cpu_delay_total = READ_ONCE(tsk->se.wait_sum);
}

static void fill_memory(struct taskstats *stats, struct task_struct *tsk)
{
	struct mm_struct *mm = get_task_mm(tsk);
	struct file *exe;

	if (!mm)
		return;
	stats->hiwater_rss = PAGES_TO_KIB(max(READ_ONCE(mm->hiwater_rss), get_mm_rss(mm)));
	stats->hiwater_vm = PAGES_TO_KIB(max(READ_ONCE(mm->hiwater_vm), READ_ONCE(mm->total_vm)));
	exe = get_mm_exe_file(mm);
	if (exe) {
		const struct inode *inode = file_inode(exe);

		stats->ac_exe_dev = inode->i_sb->s_dev;
		stats->ac_exe_inode = inode->i_ino;
		fput(exe);
	}
	mmput(mm);
}

void taskstats_fill_task(struct taskstats *stats, struct task_struct *tsk)
{
	struct usage_sums use = { };

	memset(stats, 0, sizeof(*stats));
	stats->version = TASKSTATS_VERSION;
	fill_identity(stats, tsk);
	fill_times(stats, tsk);
	fill_memory(stats, tsk);
	usage_add_thread(&use, tsk);
	stats->ac_minflt = use.min_flt;
	stats->ac_majflt = use.maj_flt;
	stats->nvcsw = use.nvcsw;
	stats->nivcsw = use.nivcsw;
	stats->read_char = use.rchar;
	stats->write_char = use.wchar;
	stats->read_syscalls = use.syscr;
	stats->write_syscalls = use.syscw;
	stats->read_bytes = (use.inblock * 512) & ~1023UL;
	stats->write_bytes = (use.oublock * 512) & ~1023UL;
}

/* Sums over the threads, those that are gone included; what belongs to one thread only stays 0, as on Linux. */
void taskstats_fill_process(struct taskstats *stats, struct task_struct *tsk)
{
	u64 now = ktime_get_ns(), utime, stime;
	struct sighand_struct *sighand;
	struct usage_sums use;
	struct task_struct *t;
	unsigned long flags;

	memset(stats, 0, sizeof(*stats));
	stats->version = TASKSTATS_VERSION;
	group_usage(tsk, &use);
	usage_split(&use, &utime, &stime);
	stats->ac_utime = utime / NSEC_PER_USEC;
	stats->ac_stime = stime / NSEC_PER_USEC;
	stats->cpu_run_real_total = stats->cpu_scaled_run_real_total = stats->cpu_run_virtual_total = utime + stime;
	stats->nvcsw = use.nvcsw;
	stats->nivcsw = use.nivcsw;
	sighand = lock_task_sighand(tsk, &flags);
	if (!sighand)
		return;
	list_for_each_entry (t, &tsk->signal->thread_head, thread_node) {
		stats->ac_etime += (now - t->start_time) / NSEC_PER_USEC;
		stats->cpu_count += READ_ONCE(t->se.nr_picked);
		stats->cpu_delay_total += READ_ONCE(t->se.wait_sum);
	}
	unlock_task_sighand(sighand, &flags);
}
