// SPDX-License-Identifier: MIT
/* Scheduling calls: one policy (SCHED_OTHER), nice values, affinity. */
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/sched.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/uaccess.h"

#define SCHED_OTHER 0
#define SCHED_FIFO  1
#define SCHED_RR    2
#define SCHED_BATCH 3
#define SCHED_IDLE  5

#define PRIO_PROCESS 0
#define PRIO_PGRP    1
#define PRIO_USER    2

/* A thread of the program with a reference, or NULL. */
static struct task_struct *get_program_task(pid_t pid)
{
	struct task_struct *p;

	if (!pid)
		return get_task_struct(current);
	p = find_get_task_by_vpid(pid);
	if (p && (p->flags & PF_KTHREAD)) {
		put_task_struct(p);
		p = NULL;
	}
	return p;
}

long sys_sched_yield(void)
{
	yield();
	return 0;
}

long sys_sched_setaffinity(pid_t pid, unsigned int len, unsigned long __user *umask)
{
	struct task_struct *p;
	cpumask_t mask;
	int err;

	cpumask_clear(&mask);
	if (copy_from_user(&mask, umask, len < sizeof(mask) ? len : sizeof(mask)))
		return -EFAULT;
	p = get_program_task(pid);
	if (!p)
		return -ESRCH;
	cpumask_and(&mask, &mask, cpu_online_mask);
	err = set_cpus_allowed(p, &mask);
	put_task_struct(p);
	return err;
}

long sys_sched_getaffinity(pid_t pid, unsigned int len, unsigned long __user *umask)
{
	struct task_struct *p;
	unsigned long flags;
	long n = (nr_cpu_ids + 63) / 64 * 8;
	cpumask_t mask;

	if (len < n || (len & 7))
		return -EINVAL;
	p = get_program_task(pid);
	if (!p)
		return -ESRCH;
	raw_spin_lock_irqsave(&p->pi_lock, flags);
	cpumask_and(&mask, &p->cpus_allowed, cpu_online_mask);
	raw_spin_unlock_irqrestore(&p->pi_lock, flags);
	put_task_struct(p);
	return copy_to_user(umask, &mask, n) ? -EFAULT : (long)n;
}

long sys_sched_getscheduler(pid_t pid)
{
	struct task_struct *p;

	if (pid < 0)
		return -EINVAL;
	p = get_program_task(pid);
	if (!p)
		return -ESRCH;
	put_task_struct(p);
	return SCHED_OTHER;
}

long sys_sched_setscheduler(pid_t pid, int policy, int __user *param)
{
	int prio;

	if (!param || pid < 0)
		return -EINVAL;
	if (get_user(prio, param))
		return -EFAULT;
	if (policy == SCHED_FIFO || policy == SCHED_RR)
		return -EPERM; /* there is no real-time class to enter */
	if (policy != SCHED_OTHER && policy != SCHED_BATCH)
		return -EINVAL;
	return prio ? -EINVAL : sys_sched_getscheduler(pid);
}

long sys_sched_getparam(pid_t pid, int __user *param)
{
	long ret = param ? sys_sched_getscheduler(pid) : -EINVAL;

	if (ret < 0)
		return ret;
	return put_user(0, param);
}

long sys_sched_setparam(pid_t pid, int __user *param)
{
	long ret = sys_sched_setscheduler(pid, SCHED_OTHER, param);

	return ret < 0 ? ret : 0;
}

long sys_sched_get_priority_max(int policy)
{
	if (policy == SCHED_FIFO || policy == SCHED_RR)
		return 99;
	return policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE ? 0 : -EINVAL;
}

long sys_sched_get_priority_min(int policy)
{
	if (policy == SCHED_FIFO || policy == SCHED_RR)
		return 1;
	return sys_sched_get_priority_max(policy);
}

/* Which tasks a call on "who" means: here always threads of the one process. */
static struct task_struct *prio_target(int which, int who)
{
	if (which == PRIO_PROCESS)
		return get_program_task(who);
	if (which == PRIO_PGRP && (!who || who == current->tgid))
		return get_task_struct(current);
	if (which == PRIO_USER && (!who || who == current_uid()))
		return get_task_struct(current);
	return NULL;
}

long sys_getpriority(int which, int who)
{
	struct task_struct *p;
	long nice;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	p = prio_target(which, who);
	if (!p)
		return -ESRCH;
	nice = p->prio_nice;
	put_task_struct(p);
	return 20 - nice; /* positive, so that it cannot be taken for an error */
}

long sys_setpriority(int which, int who, int niceval)
{
	struct task_struct *p;
	long err = 0;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	niceval = niceval < -20 ? -20 : niceval > 19 ? 19 : niceval;
	p = prio_target(which, who);
	if (!p)
		return -ESRCH;
	if (niceval < p->prio_nice && !capable(CAP_SYS_NICE))
		err = -EACCES;
	else
		set_user_nice(p, niceval);
	put_task_struct(p);
	return err;
}

long sys_getcpu(unsigned int __user *cpu, unsigned int __user *node, void __user *unused)
{
	unsigned int here = raw_smp_processor_id();

	if ((cpu && put_user(here, cpu)) || (node && put_user(0, node)))
		return -EFAULT;
	return 0;
}
