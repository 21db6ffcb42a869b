// SPDX-License-Identifier: MIT
/*
 * The first task: it runs from power-on on the boot stack, and becomes the boot CPU's idle task.
 * Kernel threads share its signal state, files and directories.
 */
#include "kernel/task/task.h"
#include "fs/fdtable.h"
#include "kernel/task/internal.h"
#include "kernel/task/rq.h"
#include "mm/mm.h"

extern char __boot_stack[];

struct signal_struct init_signals = {
	.sigcnt = REFCOUNT_INIT(1),
	.live = ATOMIC_INIT(1),
	.nr_threads = 1,
	.pids = { [PIDTYPE_TGID] = &init_struct_pid, [PIDTYPE_PGID] = &init_struct_pid, [PIDTYPE_SID] = &init_struct_pid },
	.children = LIST_HEAD_INIT(init_signals.children),
	.thread_head = LIST_HEAD_INIT(init_signals.thread_head),
	.shared_pending.list = LIST_HEAD_INIT(init_signals.shared_pending.list),
	.cpu_timers = LIST_HEAD_INIT(init_signals.cpu_timers),
	.posix_timers = LIST_HEAD_INIT(init_signals.posix_timers),
	.rlim = {
		[RLIMIT_CPU] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_FSIZE] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_DATA] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_STACK] = { 8UL << 20, RLIM_INFINITY },
		[RLIMIT_CORE] = { 0, RLIM_INFINITY },
		[RLIMIT_RSS] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_NPROC] = { (PID_MAX - PID_RESERVED) / 2, (PID_MAX - PID_RESERVED) / 2 },
		[RLIMIT_NOFILE] = { 1024, 1048576 },
		[RLIMIT_MEMLOCK] = { 8UL << 20, 8UL << 20 },
		[RLIMIT_AS] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_LOCKS] = { RLIM_INFINITY, RLIM_INFINITY },
		[RLIMIT_SIGPENDING] = { 4096, 4096 },
		[RLIMIT_MSGQUEUE] = { 819200, 819200 },
		[RLIMIT_NICE] = { 0, 0 },
		[RLIMIT_RTPRIO] = { 0, 0 },
		[RLIMIT_RTTIME] = { RLIM_INFINITY, RLIM_INFINITY },
	},
};

struct sighand_struct init_sighand = {
	.count = REFCOUNT_INIT(1),
	.siglock = __SPIN_LOCK_UNLOCKED(init_sighand.siglock),
};

struct task_struct init_task = {
	.stack = __boot_stack,
	.usage = REFCOUNT_INIT(2),
	.flags = PF_KTHREAD | PF_IDLE,
	.on_cpu = 1,
	.on_rq = TASK_ON_RQ_QUEUED,
	.se.weight = NICE_0_WEIGHT,
	.pi_lock = __RAW_SPIN_LOCK_UNLOCKED(init_task.pi_lock),
	.cpus_allowed = { { [0 ... BITS_TO_LONGS(NR_CPUS) - 1] = ~0UL } },
	.nr_cpus_allowed = NR_CPUS,
	.active_mm = &init_mm,
	.comm = "swapper/0",
	.timer_slack_ns = TIMER_SLACK_STANDARD,
	.default_timer_slack_ns = TIMER_SLACK_STANDARD,
	.thread_pid = &init_struct_pid,
	.group_leader = &init_task,
	.sibling = LIST_HEAD_INIT(init_task.sibling),
	.exit_signal = -1,
	.real_parent = &init_task,
	.thread_node = LIST_HEAD_INIT(init_task.thread_node),
	.tasks = LIST_HEAD_INIT(init_task.tasks),
	.ptraced = LIST_HEAD_INIT(init_task.ptraced),
	.ptrace_entry = LIST_HEAD_INIT(init_task.ptrace_entry),
	.cred = &init_cred,
	.real_cred = &init_cred,
	.alloc_lock = __SPIN_LOCK_UNLOCKED(init_task.alloc_lock),
	.files = &init_files,
	.fs = &init_fs,
	.signal = &init_signals,
	.sighand = &init_sighand,
	.pending.list = LIST_HEAD_INIT(init_task.pending.list),
};
