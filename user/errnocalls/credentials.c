// SPDX-License-Identifier: MIT
/* User and group ids and capabilities: as root, and in a thread of another user. */
#include "errnocalls.h"
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>

static unsigned int groups[70000];

static void sizes(void)
{
	struct cap_header header = { 0, 0 };
	struct cap_data data[2];
	static const unsigned int versions[] = { 0x19980330, 0x20071026, 0x20080522 };

	T(getgroups, "negative", -1, groups);
	T(setgroups, "negative", -1, groups);
	T(setgroups, "too-many", 65537, groups);
	TV(setgroups, "three", 3, groups);
	T(getgroups, "too-few", 2, groups);
	TV(getgroups, "count", 0, NULL);
	TV(getgroups, "three", 3, groups);
	TV(setgroups, "none", 0, NULL);
	T(setuid, "minus-one", -1);
	T(setgid, "minus-one", -1);
	TV(setfsuid, "minus-one", -1);
	TV(setfsgid, "minus-one", -1);
	T(setresuid, "all-kept", -1, -1, -1);
	T(setresgid, "all-kept", -1, -1, -1);
	T(capget, "version-null-data", &header, NULL);
	header.version = 0;
	T(capget, "version", &header, data);
	report_value("capget", "version-told", header.version);
	header.version = 0;
	T(capset, "version", &header, data);
	for (int i = 0; i < 3; i++) {
		char what[24];

		header.version = versions[i];
		snprintf(what, sizeof(what), "version-%d", i + 1);
		report("capget", what, RAW(SYS_capget, &header, data));
		report("capset", what, RAW(SYS_capset, &header, data));
	}
	header.pid = -1;
	T(capget, "pid-negative", &header, data);
	header.pid = 4000000;
	T(capget, "nobody", &header, data);
	T(capset, "other", &header, data);
	header.pid = 1;
	T(capset, "init", &header, data);
}

static long set_caps(unsigned long effective, unsigned long permitted, unsigned long inheritable)
{
	struct cap_header header = { CAP_VERSION_3, 0 };
	struct cap_data data[2] = {
		{ (unsigned int)effective, (unsigned int)permitted, (unsigned int)inheritable },
		{ (unsigned int)(effective >> 32), (unsigned int)(permitted >> 32), (unsigned int)(inheritable >> 32) }
	};

	return RAW(SYS_capset, &header, data);
}

static void show_caps(const char *what)
{
	struct cap_header header = { CAP_VERSION_3, 0 };
	struct cap_data data[2];

	report("capget", what, RAW(SYS_capget, &header, data));
	report_value("effective-low", what, data[0].effective);
	report_value("effective-high", what, data[1].effective);
	report_value("permitted-low", what, data[0].permitted);
	report_value("permitted-high", what, data[1].permitted);
	report_value("inheritable-low", what, data[0].inheritable);
}

static void show_ids(const char *what)
{
	unsigned int ids[3];

	MUST(RAW(SYS_getresuid, &ids[0], &ids[1], &ids[2]));
	for (int i = 0; i < 3; i++)
		report_value(i == 0 ? "real" : i == 1 ? "effective" : "saved", what, ids[i]);
	report_value("fsuid", what, RAW(SYS_setfsuid, -1));
}

/* In a thread: these are not taken back. */
static void *from_root(void *unused)
{
	show_caps("root");
	T(setresuid, "root-to-user-saved-root", 1000, 1000, 0);
	show_ids("saved-root");
	show_caps("saved-root");
	T(setuid, "other-with-saved-root", 2000);
	T(setresuid, "back-to-root", 0, 0, 0);
	show_caps("root-again");
	report("setreuid", "effective-only", RAW(SYS_setreuid, -1, 1000));
	show_ids("setreuid-effective");
	report("setreuid", "back", RAW(SYS_setreuid, -1, 0));
	TV(setfsuid, "1000", 1000);
	show_caps("fsuid-1000");
	TV(setfsuid, "0", 0);
	show_caps("fsuid-0");
	TV(prctl, "keepcaps", PR_SET_KEEPCAPS, 1);
	T(setresuid, "root-to-user", 1000, 1000, 1000);
	show_caps("kept");
	TV(prctl, "keepcaps-is", PR_GET_KEEPCAPS);
	report("capset", "effective-of-permitted", set_caps(1UL << CAP_NET_RAW, 1UL << CAP_NET_RAW, 0));
	show_caps("one");
	report("capset", "permitted-grows", set_caps(0, 3UL << CAP_NET_RAW, 0));
	report("capset", "effective-beyond-permitted", set_caps(3UL << CAP_NET_RAW, 1UL << CAP_NET_RAW, 0));
	report("capset", "inheritable-of-permitted", set_caps(0, 1UL << CAP_NET_RAW, 1UL << CAP_NET_RAW));
	report("capset", "inheritable-beyond", set_caps(0, 1UL << CAP_NET_RAW, 3UL << CAP_NET_RAW));
	T(prctl, "ambient-raise", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0);
	TV(prctl, "ambient-is-set", PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW, 0, 0);
	report("capset", "inheritable-dropped", set_caps(0, 1UL << CAP_NET_RAW, 0));
	TV(prctl, "ambient-follows", PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_RAW, 0, 0);
	T(prctl, "capbset_drop-unprivileged", PR_CAPBSET_DROP, 1);
	return NULL;
}

static void *securebits(void *unused)
{
	T(prctl, "securebits-noroot-locked", PR_SET_SECUREBITS, 3);
	TV(prctl, "securebits", PR_GET_SECUREBITS);
	T(prctl, "securebits-unlock", PR_SET_SECUREBITS, 0);
	T(prctl, "securebits-keepcaps-locked", PR_SET_SECUREBITS, 3 | 0x20);
	T(prctl, "keepcaps-locked", PR_SET_KEEPCAPS, 1);
	T(prctl, "securebits-no-fixup", PR_SET_SECUREBITS, 3 | 0x20 | 4);
	T(setresuid, "without-fixup", 1000, 1000, 1000);
	show_caps("without-fixup");
	T(prctl, "capbset_drop", PR_CAPBSET_DROP, 5);
	TV(prctl, "capbset_read-dropped", PR_CAPBSET_READ, 5);
	report("capset", "inheritable-outside-bounding", set_caps(1UL << CAP_SETPCAP, 1UL << CAP_SETPCAP, 1UL << 5));
	T(prctl, "no_new_privs", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	TV(prctl, "no_new_privs-is", PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	T(prctl, "no_new_privs-back", PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
	return NULL;
}

static void as_nobody(void)
{
	struct rlimit raise = { RLIM_INFINITY, RLIM_INFINITY };
	int p1 = 1, p0 = 0; /* struct sched_param */
	struct timex tx = { .modes = ADJ_FREQUENCY };
	struct cap_header init_header = { CAP_VERSION_3, 1 };
	long ts[2] = { 1, 0 };

	T(setuid, "0", 0);
	T(setuid, "1000", 1000);
	T(setgid, "0", 0);
	T(setreuid, "0", 0, 0);
	T(setreuid, "kept", -1, -1);
	T(setregid, "0", 0, 0);
	T(setresuid, "2000", 1000, 1000, 2000);
	T(setresgid, "2000", 1000, 1000, 2000);
	T(setgroups, "none", 0, NULL);
	TV(setfsuid, "0", 0);
	TV(setfsuid, "unchanged", -1);
	T(sethostname, "", "x", 1);
	T(setdomainname, "", "x", 1);
	T(settimeofday, "", ts, NULL);
	T(clock_settime, "", 0, ts);
	T(adjtimex, "frequency", &tx);
	T(chroot, "", ".");
	T(mount, "", "none", "dir", "proc", 0, NULL);
	T(umount2, "", "dir", 0);
	T(umount2, "flags", "dir", 0x100);
	T(pivot_root, "", ".", ".");
	T(swapon, "", "file", 0);
	T(swapoff, "", "file");
	T(reboot, "", 0xfee1dead, 0x28121969, 0, NULL);
	T(mknod, "device", "open/device", S_IFCHR | 0666, makedev(1, 3));
	T(mknod, "fifo", "open/fifo", S_IFIFO | 0666, 0);
	T(mknod, "file", "open/plain", S_IFREG | 0666, 0);
	T(acct, "", NULL);
	T(vhangup, "");
	T(syslog, "read-all", 3, groups, 100);
	T(syslog, "clear", 5, NULL, 0);
	T(iopl, "", 3);
	T(ioperm, "", 0, 1, 1);
	T(setns, "", 900, 0);
	T(unshare, "newns", 0x20000);
	T(unshare, "newuts", 0x4000000);
	T(setpriority, "raise", PRIO_PROCESS, 0, -5);
	T(setpriority, "lower", PRIO_PROCESS, 0, 5);
	T(setpriority, "back", PRIO_PROCESS, 0, 0);
	T(sched_setscheduler, "fifo", 0, 1, &p1);
	T(sched_setscheduler, "other", 0, 0, &p0);
	T(setrlimit, "raise", RLIMIT_NOFILE, &raise);
	T(ioprio_set, "real-time", 1, 0, 1 << 13);
	T(kill, "own-process", getpid(), 0);
	T(capset, "other", &init_header, groups);
	T(init_module, "", NULL, 0, "");
	T(delete_module, "", "x", 0);
	T(quotactl, "", 0, NULL, 0, NULL);
	T(personality, "query", 0xffffffff);
	T(prctl, "capbset_drop", PR_CAPBSET_DROP, 1);
	T(prctl, "securebits", PR_SET_SECUREBITS, 1);
	T(prctl, "set_mm", PR_SET_MM, 1, 0, 0, 0);
	T(mlockall, "", 1);
	T(munlockall, "");
}

static void in_thread(void *(*fn)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fn, NULL) || pthread_join(thread, NULL))
		fail("pthread_create");
}

void credential_cases(void)
{
	sizes();
	in_thread(from_root);
	in_thread(securebits);
	as_user(1000, 1000, as_nobody);
	make_tree();
}
