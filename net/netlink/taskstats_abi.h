/* SPDX-License-Identifier: MIT */
/*
 * struct taskstats, the record of the family TASKSTATS, in its version 13; and filling it in.
 */
#ifndef NET_NETLINK_TASKSTATS_ABI_H
#define NET_NETLINK_TASKSTATS_ABI_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct task_struct;

#define TASKSTATS_VERSION 13
#define TS_COMM_LEN	  32

/* ac_flag */
#define TS_AFORK  0x01	/* it has not run a program of its own since fork */
#define TS_AGROUP 0x20	/* the last of its process */

struct taskstats {
	u16 version;
	u32 ac_exitcode;
	u8 ac_flag, ac_nice;
	/* how often it waited for what, and ns of that */
	u64 cpu_count __aligned(8), cpu_delay_total;
	u64 blkio_count, blkio_delay_total;
	u64 swapin_count, swapin_delay_total;
	u64 cpu_run_real_total, cpu_run_virtual_total;	/* ns */
	char ac_comm[TS_COMM_LEN];
	u8 ac_sched __aligned(8);
	u8 ac_pad[3];
	u32 ac_uid __aligned(8), ac_gid, ac_pid, ac_ppid;
	u32 ac_btime;					/* seconds since 1970 */
	u64 ac_etime __aligned(8), ac_utime, ac_stime;	/* us */
	u64 ac_minflt, ac_majflt;
	u64 coremem, virtmem;				/* MiB times us */
	u64 hiwater_rss, hiwater_vm;			/* KiB */
	u64 read_char, write_char, read_syscalls, write_syscalls;
	u64 read_bytes, write_bytes, cancelled_write_bytes;
	u64 nvcsw, nivcsw;
	u64 ac_utimescaled, ac_stimescaled;		/* us */
	u64 cpu_scaled_run_real_total;			/* ns */
	u64 freepages_count, freepages_delay_total;
	u64 thrashing_count, thrashing_delay_total;
	u64 ac_btime64;
	u64 compact_count, compact_delay_total;
	u32 ac_tgid;
	u64 ac_tgetime __aligned(8);			/* us */
	u64 ac_exe_dev, ac_exe_inode;
	u64 wpcopy_count, wpcopy_delay_total;
};

BUILD_BUG_ON(sizeof(struct taskstats) != 416);

/* taskstats_fill.c; both may sleep. */
void taskstats_fill_task(struct taskstats *stats, struct task_struct *tsk);
void taskstats_fill_process(struct taskstats *stats, struct task_struct *tsk);

#endif
