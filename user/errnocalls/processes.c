// SPDX-License-Identifier: MIT
/* Identity, limits, scheduling, and the calls about the system. */
#include "errnocalls.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char buffer[4096];

static void identity(void)
{
	T(getpgid, "nobody", 4000000);
	T(getpgid, "negative", -1);
	T(getsid, "nobody", 4000000);
	T(getsid, "negative", -1);
	T(setpgid, "nobody", 4000000, 0);
	T(setpgid, "group-negative", 0, -1);
	T(setpgid, "no-such-group", 0, 4000000);
	T(wait4, "no-children", -1, NULL, 0, NULL);
	T(wait4, "no-children-nohang", -1, NULL, WNOHANG, NULL);
	T(wait4, "options", -1, NULL, 0x100, NULL);
	T(wait4, "nobody", 4000000, NULL, 0, NULL);
	T(wait4, "minimum", 0x80000000, NULL, 0, NULL);
	T(waitid, "no-options", P_ALL, 0, NULL, 0, NULL);
	T(waitid, "options", P_ALL, 0, NULL, 0x100 | WEXITED, NULL);
	T(waitid, "type", 9, 0, NULL, WEXITED, NULL);
	T(waitid, "no-children", P_ALL, 0, NULL, WEXITED, NULL);
	T(waitid, "pid-0", P_PID, 0, NULL, WEXITED, NULL);
	T(waitid, "pgid-negative", P_PGID, -1, NULL, WEXITED, NULL);
	T(pidfd_open, "nobody", 4000000, 0);
	T(pidfd_open, "negative", -1, 0);
	T(pidfd_open, "0", 0, 0);
	T(pidfd_open, "flags", 1, 0x1);
	T(clone, "thread-without-sighand", CLONE_THREAD, 0, NULL, NULL, 0);
	T(clone, "sighand-without-vm", CLONE_SIGHAND, 0, NULL, NULL, 0);
	T(clone, "fs-and-newns", CLONE_FS | CLONE_NEWNS, 0, NULL, NULL, 0);
	T(clone, "newuser-and-fs", CLONE_NEWUSER | CLONE_FS, 0, NULL, NULL, 0);
	T(clone, "pidfd-and-thread", CLONE_PIDFD | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0, NULL, NULL, 0);
	T(clone, "pidfd-and-parent_settid", CLONE_PIDFD | CLONE_PARENT_SETTID, 0, buffer, NULL, 0);
	T(clone, "pidfd-and-detached", CLONE_PIDFD | 0x00400000, 0, buffer, NULL, 0);
	T(clone3, "size-small", buffer, 8);
	T(clone3, "size-huge", buffer, 8192);
	memset(buffer, 0, 200);
	*(unsigned long *)buffer = 0x11;
	T(clone3, "signal-in-flags", buffer, 88);
	*(unsigned long *)buffer = 0;
	((unsigned long *)buffer)[4] = 99;
	T(clone3, "exit-signal", buffer, 88);
	((unsigned long *)buffer)[4] = 0;
	((unsigned long *)buffer)[5] = 4096;
	T(clone3, "stack-without-size", buffer, 88);
	((unsigned long *)buffer)[5] = 0;
	((unsigned long *)buffer)[6] = 4096;
	T(clone3, "size-without-stack", buffer, 88);
	((unsigned long *)buffer)[6] = 0;
	((unsigned long *)buffer)[11] = 1;
	T(clone3, "more-than-known", buffer, 96);
	T(unshare, "unknown", 0x1);
	T(unshare, "thread", CLONE_THREAD);
	T(unshare, "nothing", 0);
	T(unshare, "files", CLONE_FILES);
	T(unshare, "fs", CLONE_FS);
	T(setns, "closed", 900, 0);
	T(kcmp, "type", getpid(), getpid(), 99, 0, 0);
	T(kcmp, "nobody", 4000000, 4000000, 0, 0, 0);
	T(process_mrelease, "closed", 900, 0);
	T(pidfd_getfd, "closed", 900, 0, 0);
}

static void limits(void)
{
	struct rlimit backwards = { 10, 5 }, many = { 2000000, 2000000 }, old;

	T(getrlimit, "resource", 16, buffer);
	T(getrlimit, "resource-negative", -1, buffer);
	T(setrlimit, "resource", 16, &backwards);
	T(setrlimit, "backwards", RLIMIT_CPU, &backwards);
	T(setrlimit, "nofile-above-nr_open", RLIMIT_NOFILE, &many);
	T(prlimit64, "nobody", 4000000, RLIMIT_CPU, NULL, &old);
	T(prlimit64, "negative", -1, RLIMIT_CPU, NULL, &old);
	T(prlimit64, "resource", 0, 16, NULL, &old);
	T(prlimit64, "read", 0, RLIMIT_CPU, NULL, &old);
	T(prlimit64, "nothing", 0, RLIMIT_CPU, NULL, NULL);
	T(getrusage, "who", 7, buffer);
	T(getrusage, "who-negative", -2, buffer);
	T(getrusage, "children", -1, buffer);
	T(getrusage, "thread", 1, buffer);
	T(getpriority, "which", 3, 0);
	T(getpriority, "which-negative", -1, 0);
	T(getpriority, "nobody", PRIO_PROCESS, 4000000);
	T(getpriority, "no-group", PRIO_PGRP, 4000000);
	T(getpriority, "no-user", PRIO_USER, 4000000);
	TV(getpriority, "self", PRIO_PROCESS, 0);
	T(setpriority, "which", 3, 0, 0);
	T(setpriority, "nobody", PRIO_PROCESS, 4000000, 0);
	T(setpriority, "beyond", PRIO_PROCESS, 0, 100);
	TV(getpriority, "after-beyond", PRIO_PROCESS, 0);
	T(setpriority, "back", PRIO_PROCESS, 0, 0);
	T(setpriority, "group", PRIO_PGRP, 0, 0);
	T(setpriority, "user", PRIO_USER, 0, 0);
}

static void scheduling(void)
{
	int p0 = 0, p1 = 1, p99 = 99, p100 = 100, minus = -1; /* struct sched_param */
	struct {
		unsigned int size, policy;
		unsigned long flags;
		int nice;
		unsigned int priority;
		unsigned long runtime, deadline, period;
		unsigned int util_min, util_max;
	} attr = { .size = 48 };
	unsigned long mask = 1, none = 0;

	T(sched_getscheduler, "nobody", 4000000);
	T(sched_getscheduler, "negative", -1);
	T(sched_getparam, "nobody", 4000000, &p0);
	T(sched_getparam, "null", 0, NULL);
	T(sched_setscheduler, "policy", 0, 77, &p0);
	T(sched_setscheduler, "policy-negative", 0, -1, &p0);
	T(sched_setscheduler, "null", 0, SCHED_OTHER, NULL);
	T(sched_setscheduler, "other-with-priority", 0, SCHED_OTHER, &p1);
	T(sched_setscheduler, "fifo-without-priority", 0, SCHED_FIFO, &p0);
	T(sched_setscheduler, "fifo-100", 0, SCHED_FIFO, &p100);
	T(sched_setscheduler, "fifo-minus", 0, SCHED_FIFO, &minus);
	T(sched_setscheduler, "nobody", 4000000, SCHED_FIFO, &p1);
	T(sched_setscheduler, "deadline", 0, 6, &p0);
	TV(sched_setscheduler, "batch", 0, SCHED_BATCH, &p0);
	TV(sched_getscheduler, "batch", 0);
	TV(sched_setscheduler, "idle", 0, SCHED_IDLE, &p0);
	TV(sched_getscheduler, "idle", 0);
	TV(sched_setscheduler, "rr", 0, SCHED_RR, &p1);
	TV(sched_getscheduler, "rr", 0);
	T(sched_rr_get_interval, "rr", 0, buffer);
	TV(sched_setscheduler, "fifo-99", 0, SCHED_FIFO, &p99);
	TV(sched_getscheduler, "fifo", 0);
	T(sched_setparam, "0-for-fifo", 0, &p0);
	TV(sched_setparam, "1-for-fifo", 0, &p1);
	TV(sched_setscheduler, "fifo-reset-on-fork", 0, SCHED_FIFO | 0x40000000, &p1);
	TV(sched_getscheduler, "fifo-reset-on-fork", 0);
	TV(sched_setscheduler, "back", 0, SCHED_OTHER, &p0);
	T(sched_setparam, "1-for-other", 0, &p1);
	T(sched_setparam, "null", 0, NULL);
	T(sched_setparam, "nobody", 4000000, &p0);
	for (int policy = -1; policy < 8; policy++) {
		char what[24];

		snprintf(what, sizeof(what), "policy-%d", policy);
		report_value("sched_get_priority_max", what, RAW(SYS_sched_get_priority_max, policy));
		report_value("sched_get_priority_min", what, RAW(SYS_sched_get_priority_min, policy));
	}
	T(sched_rr_get_interval, "nobody", 4000000, buffer);
	T(sched_rr_get_interval, "negative", -1, buffer);
	T(sched_rr_get_interval, "other", 0, buffer);
	T(sched_setaffinity, "nobody", 4000000, 8, &mask);
	T(sched_setaffinity, "no-cpu", 0, 8, &none);
	T(sched_setaffinity, "length-0", 0, 0, &mask);
	T(sched_setaffinity, "cpu-0", 0, 8, &mask);
	T(sched_getaffinity, "length-odd", 0, 7, buffer);
	T(sched_getaffinity, "length-0", 0, 0, buffer);
	T(sched_getaffinity, "nobody", 4000000, 128, buffer);
	T(sched_getattr, "null", 0, NULL, 48, 0);
	T(sched_getattr, "size-small", 0, buffer, 40, 0);
	T(sched_getattr, "size-huge", 0, buffer, 8192, 0);
	T(sched_getattr, "flags", 0, buffer, 48, 1);
	T(sched_getattr, "nobody", 4000000, buffer, 48, 0);
	T(sched_getattr, "self", 0, buffer, 48, 0);
	T(sched_setattr, "flags", 0, &attr, 1);
	T(sched_setattr, "null", 0, NULL, 0);
	T(sched_setattr, "nobody", 4000000, &attr, 0);
	T(sched_setattr, "self", 0, &attr, 0);
	attr.policy = 77;
	T(sched_setattr, "policy", 0, &attr, 0);
	attr.policy = 6;
	T(sched_setattr, "deadline-without-times", 0, &attr, 0);
	attr.policy = 0, attr.flags = 0x1000;
	T(sched_setattr, "unknown-flags", 0, &attr, 0);
	attr.flags = 0, attr.size = 10;
	T(sched_setattr, "size-small", 0, &attr, 0);
	attr.size = 100000;
	T(sched_setattr, "size-huge", 0, &attr, 0);
	attr.size = 48, attr.nice = 77;
	T(sched_setattr, "nice-beyond", 0, &attr, 0);
	T(setpriority, "nice-back", PRIO_PROCESS, 0, 0);
	T(ioprio_get, "which", 9, 0);
	T(ioprio_get, "nobody", 1, 4000000);
	TV(ioprio_get, "self", 1, 0);
	T(ioprio_set, "which", 9, 0, 0);
	T(ioprio_set, "nobody", 1, 4000000, 0);
	T(ioprio_set, "class-none-with-level", 1, 0, 3);
	T(ioprio_set, "class-unknown", 1, 0, 5 << 13);
	TV(ioprio_set, "best-effort-4", 1, 0, (2 << 13) | 4);
	TV(ioprio_get, "best-effort-4", 1, 0);
	TV(ioprio_set, "level-8", 1, 0, (2 << 13) | 8);
	TV(ioprio_set, "idle", 1, 0, 3 << 13);
	TV(ioprio_get, "idle", 1, 0);
	TV(ioprio_set, "none", 1, 0, 0);
}

static void system_calls(void)
{
	static char long_name[100];

	memset(long_name, 'h', sizeof(long_name));
	T(sethostname, "length-negative", "x", -1);
	T(sethostname, "length-65", long_name, 65);
	TV(sethostname, "length-64", long_name, 64);
	T(sethostname, "length-0", long_name, 0);
	T(setdomainname, "length-negative", "x", -1);
	T(setdomainname, "length-65", long_name, 65);
	T(sysfs, "option", 9, 0, 0);
	T(sysfs, "by-name-missing", 1, "no-such-type", 0);
	T(sysfs, "by-name", 1, "proc", 0);
	T(sysfs, "by-index", 2, 0, buffer);
	T(sysfs, "by-index-beyond", 2, 10000, buffer);
	T(sysfs, "count", 3, 0, 0);
	T(syslog, "type", 77, NULL, 0);
	T(syslog, "type-negative", -1, NULL, 0);
	T(syslog, "read-null", 2, NULL, 10);
	T(syslog, "read-negative", 2, buffer, -1);
	TV(syslog, "read-nothing", 2, buffer, 0);
	T(syslog, "read-all", 3, buffer, sizeof(buffer));
	T(syslog, "size-of-buffer", 10, NULL, 0);
	T(syslog, "console-level-9", 8, NULL, 9);
	T(syslog, "console-level-0", 8, NULL, 0);
	T(reboot, "magic", 1, 2, 0, NULL);
	T(reboot, "magic2", 0xfee1dead, 2, 0, NULL);
	T(reboot, "command", 0xfee1dead, 0x28121969, 77, NULL);
	T(getrandom, "flags", buffer, 8, 8);
	T(getrandom, "random-and-insecure", buffer, 8, 6);
	TV(getrandom, "nothing", buffer, 0, 0);
	TV(getrandom, "8", buffer, 8, 0);
	T(getcpu, "nothing", NULL, NULL, NULL);
	T(personality, "query", 0xffffffff);
	T(arch_prctl, "code", 0x77, 0);
	T(arch_prctl, "set-fs-kernel", 0x1002, KERNEL_ADDRESS);
	T(arch_prctl, "set-gs-non-canonical", 0x1001, NON_CANONICAL);
	T(set_tid_address, "", buffer);
	T(rseq, "size", buffer, 8, 0, 0x53053053);
	T(rseq, "flags", buffer, 32, 4, 0x53053053);
	T(rseq, "unregister-not-registered", buffer, 32, 1, 0x53053053);
	T(rseq, "odd", buffer + 1, 32, 0, 0x53053053);
	T(swapon, "missing", "missing", 0);
	T(swapoff, "missing", "missing");
	T(init_module, "nothing", NULL, 0, "");
	T(delete_module, "unknown", "no-such-module", 0);
	T(iopl, "4", 4);
	T(ioperm, "from-65536", 65536, 1, 1);
	T(modify_ldt, "function", 77, NULL, 0);
	for (long nr = 335; nr < 424; nr += 8) {
		char what[24];

		snprintf(what, sizeof(what), "number-%ld", nr);
		report("none", what, RAW(nr));
	}
	report("none", "number-451", RAW(460));
	report("none", "number-huge", RAW(0x40000000000));
	report("none", "number-minus-one", RAW(-1));
	T(_sysctl, "", NULL);
	T(create_module, "", NULL, 0);
	T(query_module, "", NULL, 0, NULL, 0, NULL);
	T(nfsservctl, "", 0, NULL, NULL);
	T(getpmsg, "", 0);
	T(putpmsg, "", 0);
	T(afs_syscall, "", 0);
	T(tuxcall, "", 0);
	T(security, "", 0);
	T(vserver, "", 0);
	T(epoll_ctl_old, "", 0);
	T(epoll_wait_old, "", 0);
	T(uselib, "", "missing");
}

static void options(void)
{
	static const int reads[] = { PR_GET_DUMPABLE, PR_GET_KEEPCAPS, PR_GET_TIMING, PR_GET_SECCOMP, PR_GET_SECUREBITS,
				     PR_GET_TIMERSLACK, PR_GET_NO_NEW_PRIVS, PR_GET_THP_DISABLE, PR_MCE_KILL_GET };

	for (int i = 0; i < (int)(sizeof(reads) / sizeof(reads[0])); i++) {
		char what[32];

		snprintf(what, sizeof(what), "read-%d", reads[i]);
		report("prctl", what, RAW(SYS_prctl, reads[i], 0, 0, 0, 0));
	}
	T(prctl, "option", 7777, 0, 0, 0, 0);
	T(prctl, "option-negative", -1, 0, 0, 0, 0);
	T(prctl, "pdeathsig-65", PR_SET_PDEATHSIG, 65);
	T(prctl, "pdeathsig-0", PR_SET_PDEATHSIG, 0);
	T(prctl, "dumpable-2", PR_SET_DUMPABLE, 2);
	T(prctl, "dumpable-1", PR_SET_DUMPABLE, 1);
	T(prctl, "dumpable-0", PR_SET_DUMPABLE, 0);
	TV(prctl, "dumpable-is-0", PR_GET_DUMPABLE);
	T(prctl, "dumpable-back", PR_SET_DUMPABLE, 1);
	T(prctl, "keepcaps-2", PR_SET_KEEPCAPS, 2);
	T(prctl, "keepcaps-1", PR_SET_KEEPCAPS, 1);
	TV(prctl, "keepcaps-is-1", PR_GET_KEEPCAPS);
	T(prctl, "keepcaps-0", PR_SET_KEEPCAPS, 0);
	T(prctl, "timing-1", PR_SET_TIMING, 1);
	T(prctl, "timing-0", PR_SET_TIMING, 0);
	T(prctl, "capbset_read-41", PR_CAPBSET_READ, 41);
	TV(prctl, "capbset_read-40", PR_CAPBSET_READ, 40);
	T(prctl, "capbset_drop-99", PR_CAPBSET_DROP, 99);
	T(prctl, "no_new_privs-0", PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
	T(prctl, "no_new_privs-extra", PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0);
	T(prctl, "get_no_new_privs-extra", PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0);
	T(prctl, "securebits-unknown", PR_SET_SECUREBITS, 0x1000);
	T(prctl, "securebits-0", PR_SET_SECUREBITS, 0);
	T(prctl, "ambient-unknown", PR_CAP_AMBIENT, 9, 0, 0, 0);
	T(prctl, "ambient-cap-99", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 99, 0, 0);
	T(prctl, "ambient-is-set", PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5, 0, 0);
	T(prctl, "ambient-raise-not-inheritable", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 5, 0, 0);
	T(prctl, "ambient-lower", PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, 5, 0, 0);
	T(prctl, "ambient-clear", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	T(prctl, "ambient-clear-extra", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0);
	T(prctl, "subreaper-1", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	T(prctl, "subreaper-0", PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	T(prctl, "get_subreaper", PR_GET_CHILD_SUBREAPER, buffer, 0, 0, 0);
	T(prctl, "timerslack", PR_SET_TIMERSLACK, 1000);
	TV(prctl, "timerslack-is", PR_GET_TIMERSLACK);
	T(prctl, "timerslack-0", PR_SET_TIMERSLACK, 0);
	T(prctl, "get_tsc", PR_GET_TSC, buffer);
	T(prctl, "set_tsc-9", PR_SET_TSC, 9);
	T(prctl, "set_mm-unknown", PR_SET_MM, 99, 0, 0, 0);
	T(prctl, "get_tid_address", PR_GET_TID_ADDRESS, buffer);
	T(prctl, "seccomp-9", PR_SET_SECCOMP, 9, 0);
	T(prctl, "fpemu", PR_GET_FPEMU, buffer);
	T(prctl, "endian", PR_GET_ENDIAN, buffer);
	T(prctl, "unalign", PR_GET_UNALIGN, buffer);
	T(prctl, "thp_disable-extra", PR_SET_THP_DISABLE, 1, 1, 0, 0);
	T(prctl, "thp_disable", PR_SET_THP_DISABLE, 0, 0, 0, 0);
	T(prctl, "mce_kill-unknown", PR_MCE_KILL, 9, 0, 0, 0);
	T(prctl, "set_ptracer", PR_SET_PTRACER, 0, 0, 0, 0);
	T(prctl, "speculation", PR_GET_SPECULATION_CTRL, 99, 0, 0, 0);
	T(prctl, "io_flusher-2", PR_SET_IO_FLUSHER, 2, 0, 0, 0);
	T(seccomp, "operation", 99, 0, NULL);
	T(seccomp, "strict-flags", 0, 1, NULL);
}

void process_cases(void)
{
	identity();
	limits();
	scheduling();
	system_calls();
	options();
}
