// SPDX-License-Identifier: MIT
/* prctl(2): what a thread says about itself. The options about capabilities are in caps.c. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/caps.h"
#include "kernel/syscall/missing.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/internal.h"
#include "kernel/task/proc_events.h"
#include "kernel/task/sched.h"
#include "kernel/task/yama.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm_types.h"

#define PR_SET_PDEATHSIG	1
#define PR_GET_PDEATHSIG	2
#define PR_GET_DUMPABLE		3
#define PR_SET_DUMPABLE		4
#define PR_GET_TIMING		13
#define PR_SET_TIMING		14
#define PR_SET_NAME		15
#define PR_GET_NAME		16
#define PR_GET_SECCOMP		21
#define PR_SET_SECCOMP		22
#define PR_GET_TSC		25
#define PR_SET_TSC		26
#define PR_SET_TIMERSLACK	29
#define PR_GET_TIMERSLACK	30
#define PR_MCE_KILL		33
#define PR_MCE_KILL_GET		34
#define PR_SET_MM		35
#define PR_SET_CHILD_SUBREAPER	36
#define PR_GET_CHILD_SUBREAPER	37
#define PR_SET_NO_NEW_PRIVS	38
#define PR_GET_NO_NEW_PRIVS	39
#define PR_GET_TID_ADDRESS	40
#define PR_SET_THP_DISABLE	41
#define PR_GET_THP_DISABLE	42
#define PR_GET_SPECULATION_CTRL 52
#define PR_SET_IO_FLUSHER	57
#define PR_SET_PTRACER		0x59616d61

#define PR_TSC_ENABLE	       1
#define PR_TSC_SIGSEGV	       2
#define PR_MCE_KILL_DEFAULT    2
#define PR_SPEC_KINDS	       3 /* store bypass, indirect branch, flush of the first cache */

static long set_name(const char __user *name)
{
	char comm[TASK_COMM_LEN];

	if (strncpy_from_user(comm, name, sizeof(comm) - 1) < 0)
		return -EFAULT;
	comm[sizeof(comm) - 1] = '\0';
	set_task_comm(current, comm);
	proc_event_comm(current);
	return 0;
}

static long get_name(char __user *name)
{
	char comm[TASK_COMM_LEN];

	get_task_comm(comm, current);
	return copy_to_user(name, comm, sizeof(comm)) ? -EFAULT : 0;
}

/* A bit of the memory's flags; readers take it as of some moment. */
static long set_mm_flag(int bit, bool on)
{
	if (on)
		set_bit(bit, &current->mm->flags);
	else
		clear_bit(bit, &current->mm->flags);
	return 0;
}

static long set_dumpable(unsigned long value)
{
	if (value > 1)
		return -EINVAL;
	WRITE_ONCE(current->mm->dumpable, value);
	return 0;
}

/* 0: as it was when the thread began. Timers come when they are due; being allowed to be late asks for nothing. */
static long set_timer_slack(unsigned long ns)
{
	current->timer_slack_ns = (long)ns <= 0 ? current->default_timer_slack_ns : ns;
	return 0;
}

static long get_timer_slack(void)
{
	return current->timer_slack_ns ? (long)current->timer_slack_ns : TIMER_SLACK_STANDARD;
}

static long set_tsc(unsigned long how)
{
	if (how == PR_TSC_SIGSEGV)
		unsupported("PR_TSC_SIGSEGV");
	return how == PR_TSC_ENABLE ? 0 : -EINVAL;
}

static long no_new_privs(unsigned long value, bool nothing_else)
{
	if (value != 1 || !nothing_else)
		return -EINVAL;
	current->no_new_privs = true;
	return 0;
}

static long refuse(const char *what)
{
	unsupported(what);
	return -EINVAL;
}

/* The options that say how the thread and its children live. */
static long prctl_process(int option, unsigned long a2)
{
	switch (option) {
	case PR_SET_PDEATHSIG:
		if (a2 > _NSIG)
			return -EINVAL;
		current->pdeath_signal = a2;
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user(current->pdeath_signal, (int __user *)a2);
	case PR_SET_CHILD_SUBREAPER:
		WRITE_ONCE(current->signal->is_child_subreaper, !!a2);
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)current->signal->is_child_subreaper, (int __user *)a2);
	case PR_GET_TID_ADDRESS:
		return put_user(current->clear_child_tid, (u32 __user *__user *)a2);
	}
	return -EINVAL;
}

long sys_prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
	if (is_caps_option(option))
		return prctl_caps(option, a2, a3, a4, a5);
	switch (option) {
	case PR_SET_NAME:
		return set_name((const char __user *)a2);
	case PR_GET_NAME:
		return get_name((char __user *)a2);
	case PR_SET_DUMPABLE:
		return set_dumpable(a2);
	case PR_GET_DUMPABLE:
		return READ_ONCE(current->mm->dumpable);
	case PR_GET_TIMING:
		return 0; /* statistical */
	case PR_SET_TIMING:
		return a2 ? -EINVAL : 0;
	case PR_GET_SECCOMP:
		return current->seccomp_mode;
	case PR_SET_SECCOMP:
		return prctl_set_seccomp(a2, (void __user *)a3);
	case PR_GET_TSC:
		return put_user(PR_TSC_ENABLE, (int __user *)a2);
	case PR_SET_TSC:
		return set_tsc(a2);
	case PR_SET_TIMERSLACK:
		return set_timer_slack(a2);
	case PR_GET_TIMERSLACK:
		return get_timer_slack();
	case PR_MCE_KILL:
		return refuse("PR_MCE_KILL");
	case PR_MCE_KILL_GET:
		return a2 | a3 | a4 | a5 ? -EINVAL : PR_MCE_KILL_DEFAULT;
	case PR_SET_MM:
		return capable(CAP_SYS_RESOURCE) ? refuse("PR_SET_MM") : -EPERM;
	case PR_SET_NO_NEW_PRIVS:
		return no_new_privs(a2, !(a3 | a4 | a5));
	case PR_GET_NO_NEW_PRIVS:
		return a2 | a3 | a4 | a5 ? -EINVAL : current->no_new_privs;
	case PR_SET_THP_DISABLE:
		return a3 | a4 | a5 ? -EINVAL : set_mm_flag(MMF_THP_DISABLE, a2);
	case PR_GET_THP_DISABLE:
		return a2 | a3 | a4 | a5 ? -EINVAL : test_bit(MMF_THP_DISABLE, &current->mm->flags);
	case PR_GET_SPECULATION_CTRL:
		return a3 | a4 | a5 ? -EINVAL : a2 >= PR_SPEC_KINDS ? -ENODEV : refuse("PR_GET_SPECULATION_CTRL");
	case PR_SET_PTRACER:
		return prctl_set_ptracer(a2);
	case PR_SET_IO_FLUSHER:
		return refuse("PR_SET_IO_FLUSHER");
	}
	return prctl_process(option, a2);
}
