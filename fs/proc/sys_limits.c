// SPDX-License-Identifier: MIT
/*
 * /proc/sys: limits of IPC, of processes and of memory, and policies. Most are told and cannot be changed, because they are constants of
 * this kernel; what Linux would let one change and this kernel does not is read-only here, so that nobody believes it was changed.
 */
#include "drivers/tty/pty.h"
#include "fs/dcache.h"
#include "fs/fs.h"
#include "fs/locks.h"
#include "fs/proc/sysctl.h"
#include "fs/seq_file.h"
#include "kernel/ipc/mqueue.h"
#include "kernel/ipc/msg.h"
#include "kernel/ipc/sem.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/pid.h"
#include "mm/internal.h"
#include "mm/page.h"

static const int threads_max = PID_MAX - PID_RESERVED, rr_slice_ms = 100, rt_period_us = 1000000, rt_runtime_us = 950000,
		 msg_queues = MSGMNI, msg_bytes = MSGMAX, msg_queue_bytes = MSGMNB, mq_queues = MQ_QUEUES_MAX, mq_messages = MQ_DEFAULT_MSG,
		 mq_size = MQ_DEFAULT_SIZE, ptys_max = PTY_MAX;

/* SEMMSL, SEMMNS, SEMOPM, SEMMNI */
static void show_sem(struct seq_file *m, const struct sysctl *ctl)
{
	seq_printf(m, "%d\t%d\t%d\t%d", SEMMSL, SEMMNS, SEMOPM, SEMMNI);
}

static void show_ptys(struct seq_file *m, const struct sysctl *ctl)
{
	seq_printf(m, "%u", pty_count());
}

static void show_min_free(struct seq_file *m, const struct sysctl *ctl)
{
	seq_printf(m, "%lu", the_zone.wmark_min << (PAGE_SHIFT - 10));
}

static const struct sysctl values[] = {
	{ "kernel", "threads-max", SYSCTL_INT, (void *)&threads_max },
	{ "kernel", "core_pattern", SYSCTL_TEXT, "core" },
	{ "kernel", "core_uses_pid", SYSCTL_TEXT, "0" },
	{ "kernel", "overflowuid", SYSCTL_TEXT, "65534" },
	{ "kernel", "overflowgid", SYSCTL_TEXT, "65534" },
	{ "kernel", "panic", SYSCTL_TEXT, "0" },
	{ "kernel", "panic_on_oops", SYSCTL_TEXT, "1" },
	{ "kernel", "dmesg_restrict", SYSCTL_TEXT, "0" },
	{ "kernel", "sched_rr_timeslice_ms", SYSCTL_INT, (void *)&rr_slice_ms },
	{ "kernel", "sched_rt_period_us", SYSCTL_INT, (void *)&rt_period_us },
	{ "kernel", "sched_rt_runtime_us", SYSCTL_INT, (void *)&rt_runtime_us },
	{ "kernel", "sem", SYSCTL_FN, NULL, false, 0, 0, show_sem },
	{ "kernel", "msgmni", SYSCTL_INT, (void *)&msg_queues },
	{ "kernel", "msgmax", SYSCTL_INT, (void *)&msg_bytes },
	{ "kernel", "msgmnb", SYSCTL_INT, (void *)&msg_queue_bytes },
	{ "kernel", "shm_rmid_forced", SYSCTL_TEXT, "0" },
	{ "kernel/pty", "max", SYSCTL_INT, (void *)&ptys_max },
	{ "kernel/pty", "nr", SYSCTL_FN, NULL, false, 0, 0, show_ptys },
	{ "fs", "lease-break-time", SYSCTL_INT, &lease_break_time, true, 0, INT_MAX / 1000 },
	{ "fs", "leases-enable", SYSCTL_INT, &leases_enable, true, 0, 1 },
	{ "fs", "overflowuid", SYSCTL_TEXT, "65534" },
	{ "fs", "overflowgid", SYSCTL_TEXT, "65534" },
	{ "fs", "suid_dumpable", SYSCTL_TEXT, "0" },
	{ "fs/mqueue", "queues_max", SYSCTL_INT, (void *)&mq_queues },
	{ "fs/mqueue", "msg_max", SYSCTL_INT, (void *)&mq_messages },
	{ "fs/mqueue", "msgsize_max", SYSCTL_INT, (void *)&mq_size },
	{ "fs/mqueue", "msg_default", SYSCTL_INT, (void *)&mq_messages },
	{ "fs/mqueue", "msgsize_default", SYSCTL_INT, (void *)&mq_size },
	{ "vm", "overcommit_memory", SYSCTL_TEXT, "0" },
	{ "vm", "overcommit_ratio", SYSCTL_TEXT, "50" },
	{ "vm", "overcommit_kbytes", SYSCTL_TEXT, "0" },
	{ "vm", "min_free_kbytes", SYSCTL_FN, NULL, false, 0, 0, show_min_free },
	{ "vm", "nr_hugepages", SYSCTL_TEXT, "0" },
	{ "vm", "panic_on_oom", SYSCTL_TEXT, "0" },
	{ "vm", "oom_kill_allocating_task", SYSCTL_TEXT, "0" },
	{ "vm", "oom_dump_tasks", SYSCTL_TEXT, "0" },
};

static int sys_limits_init(void)
{
	return sysctl_register(values, ARRAY_SIZE(values));
}
late_initcall(sys_limits_init);
