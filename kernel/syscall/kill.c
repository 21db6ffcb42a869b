// SPDX-License-Identifier: MIT
/* The calls that send signals. Whom they reach, and who may, is in kernel/task/kill.c. */
#include "fs/pidfd.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/signal_internal.h"
#include "kernel/x86/uaccess.h"

#define SI_DETHREAD (-7)
#define SI_ASYNCNL  (-60)

long sys_kill(pid_t pid, int sig)
{
	kernel_siginfo_t info;
	struct pid *to;
	long ret;

	fill_user_info(&info, sig, SI_USER);
	if (pid == -1)
		return sig < 0 || sig > _NSIG ? -EINVAL : kill_everybody_info(sig, &info);
	if (pid == -0x7fffffff - 1)
		return -ESRCH; /* has no positive counterpart */
	if (pid)
		to = find_get_pid(pid > 0 ? pid : -pid);
	else
		to = get_task_pid(current, PIDTYPE_PGID);
	ret = pid > 0 ? kill_pid_info(sig, &info, to) : kill_pgrp_info(sig, &info, to);
	put_pid(to);
	return ret;
}

/* To one thread, of the given process if tgid is not 0. */
static long send_to_thread(pid_t tgid, pid_t tid, int sig, const kernel_siginfo_t *info)
{
	struct task_struct *p = find_get_task_by_vpid(tid);
	long ret = -ESRCH;

	if (!p)
		return -ESRCH;
	if (!(p->flags & PF_KTHREAD) && (!tgid || p->tgid == tgid)) {
		ret = check_kill_permission(sig, info, p);
		if (!ret && sig)
			ret = send_sig_info(sig, info, p, false);
		if (ret == -ESRCH)
			ret = 0; /* it was there, and has gone since: as if it had got it in time */
	}
	put_task_struct(p);
	return ret;
}

long sys_tkill(pid_t pid, int sig)
{
	kernel_siginfo_t info;

	fill_user_info(&info, sig, SI_TKILL);
	return pid <= 0 ? -EINVAL : send_to_thread(0, pid, sig, &info);
}

long sys_tgkill(pid_t tgid, pid_t pid, int sig)
{
	kernel_siginfo_t info;

	fill_user_info(&info, sig, SI_TKILL);
	return pid <= 0 || tgid <= 0 ? -EINVAL : send_to_thread(tgid, pid, sig, &info);
}

/* What a program says of its signal. Codes of a meaning unknown here may not use room that has none. */
static int copy_siginfo_from_user(kernel_siginfo_t *info, const siginfo_t __user *uinfo)
{
	u64 spare[sizeof(uinfo->spare) / sizeof(u64)];

	if (copy_from_user(info, &uinfo->known, sizeof(*info)))
		return -EFAULT;
	if (info->si_code >= SI_DETHREAD || info->si_code == SI_ASYNCNL)
		return 0;
	if (copy_from_user(spare, uinfo->spare, sizeof(spare)))
		return -EFAULT;
	for (size_t i = 0; i < sizeof(spare) / sizeof(u64); i++) {
		if (spare[i])
			return -E2BIG;
	}
	return 0;
}

/* Codes from 0 up and kill()'s say that the kernel tells of it: to others nobody else may. */
static bool pretends(const kernel_siginfo_t *info, pid_t to)
{
	return (info->si_code >= 0 || info->si_code == SI_TKILL) && to != current->pid;
}

long sys_rt_sigqueueinfo(pid_t pid, int sig, siginfo_t __user *uinfo)
{
	kernel_siginfo_t info;
	struct pid *to;
	long ret = copy_siginfo_from_user(&info, uinfo);

	if (ret)
		return ret;
	info.si_signo = sig;
	if (pretends(&info, pid))
		return -EPERM;
	to = find_get_pid(pid);
	ret = kill_pid_info(sig, &info, to);
	put_pid(to);
	return ret;
}

long sys_pidfd_send_signal(int pidfd, int sig, siginfo_t __user *uinfo, unsigned int flags)
{
	unsigned int unused;
	kernel_siginfo_t info;
	struct pid *to;
	long ret;

	if (flags)
		return -EINVAL;
	to = pidfd_get_pid(pidfd, &unused);
	if (IS_ERR(to))
		return PTR_ERR(to);
	if (!uinfo) {
		fill_user_info(&info, sig, SI_USER);
		ret = 0;
	} else {
		ret = copy_siginfo_from_user(&info, uinfo);
		if (!ret && info.si_signo != sig)
			ret = -EINVAL;
		if (!ret && pretends(&info, pid_nr(to)))
			ret = -EPERM;
	}
	if (!ret)
		ret = kill_pid_info(sig, &info, to);
	put_pid(to);
	return ret;
}

long sys_rt_tgsigqueueinfo(pid_t tgid, pid_t pid, int sig, siginfo_t __user *uinfo)
{
	kernel_siginfo_t info;
	long ret = copy_siginfo_from_user(&info, uinfo);

	if (ret)
		return ret;
	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	info.si_signo = sig;
	return pretends(&info, pid) ? -EPERM : send_to_thread(tgid, pid, sig, &info);
}
