// SPDX-License-Identifier: MIT
/* Scheduling calls: policies, nice values, affinity. Who may change what is decided here, what it means in kernel/task. */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/prio_walk.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/futex.h"
#include "kernel/task/sched.h"
#include "kernel/x86/smp.h"
#include "kernel/x86/uaccess.h"

/* A thread of the program with a reference, or NULL. */
struct task_struct *get_program_task(pid_t pid)
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

/* Is the caller p's owner, or may he do this to anybody? */
bool same_owner(struct task_struct *p)
{
	const struct cred *cred = current_cred(), *other;
	bool ok;

	rcu_read_lock();
	other = rcu_dereference(p->real_cred);
	ok = cred->euid == other->euid || cred->euid == other->uid;
	rcu_read_unlock();
	return ok;
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
	err = same_owner(p) || capable(CAP_SYS_NICE) ? set_cpus_allowed(p, &mask) : -EPERM;
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

/* ---- policies ---- */

#define SCHED_DEADLINE	     6
#define SCHED_RESET_ON_FORK  0x40000000

#define SCHED_FLAG_RESET_ON_FORK 0x01
#define SCHED_FLAG_KEEP_POLICY	 0x08
#define SCHED_FLAG_KEEP_PARAMS	 0x10

/* struct sched_attr of the ABI, first version; later ones add what is not there to be set */
struct sched_attr {
	u32 size, sched_policy;
	u64 sched_flags;
	s32 sched_nice;
	u32 sched_priority;
	u64 sched_runtime, sched_deadline, sched_period;
};

static bool known_policy(int policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE || rt_policy(policy);
}

/* May the caller give a task of p's process this nice value? */
static bool may_nice(struct task_struct *p, int nice)
{
	return 20 - nice <= (long)READ_ONCE(p->signal->rlim[RLIMIT_NICE].rlim_cur);
}

/* Without CAP_SYS_NICE: no more than what the limits allow. */
static bool may_set_policy(struct task_struct *p, int policy, int prio, bool reset, int nice)
{
	unsigned long limit = READ_ONCE(p->signal->rlim[RLIMIT_RTPRIO].rlim_cur);

	if (capable(CAP_SYS_NICE))
		return true;
	if (!rt_policy(policy) && nice < p->prio_nice && !may_nice(p, nice))
		return false;
	if (rt_policy(policy) && ((policy != p->policy && !limit) || (prio > p->rt_normal && prio > limit)))
		return false;
	if (p->policy == SCHED_IDLE && policy != SCHED_IDLE && !may_nice(p, p->prio_nice))
		return false;
	return same_owner(p) && !(p->sched_reset_on_fork && !reset);
}

static long set_policy(struct task_struct *p, int policy, int prio, bool reset, int nice)
{
	if (!known_policy(policy))
		return -EINVAL; /* SCHED_DEADLINE too: there is no such class */
	if (prio < 0 || prio > MAX_RT_PRIO || rt_policy(policy) != (prio != 0))
		return -EINVAL;
	if (!may_set_policy(p, policy, prio, reset, nice))
		return -EPERM;
	set_sched_policy(p, policy, prio, reset, nice);
	futex_pi_priority_changed(p);
	return 0;
}

long sys_sched_getscheduler(pid_t pid)
{
	struct task_struct *p;
	long policy;

	if (pid < 0)
		return -EINVAL;
	p = get_program_task(pid);
	if (!p)
		return -ESRCH;
	policy = READ_ONCE(p->policy) | (READ_ONCE(p->sched_reset_on_fork) ? SCHED_RESET_ON_FORK : 0);
	put_task_struct(p);
	return policy;
}

/* policy -1: as it is */
static long do_sched_setscheduler(pid_t pid, int policy, int __user *param)
{
	struct task_struct *p;
	bool reset;
	int prio;
	long ret;

	if (!param || pid < 0)
		return -EINVAL;
	if (get_user(prio, param))
		return -EFAULT;
	p = get_program_task(pid);
	if (!p)
		return -ESRCH;
	reset = policy == -1 ? p->sched_reset_on_fork : policy & SCHED_RESET_ON_FORK;
	if (policy == -1)
		policy = p->policy;
	ret = set_policy(p, policy & ~SCHED_RESET_ON_FORK, prio, reset, p->prio_nice);
	put_task_struct(p);
	return ret;
}

long sys_sched_setscheduler(pid_t pid, int policy, int __user *param)
{
	return policy < 0 ? -EINVAL : do_sched_setscheduler(pid, policy, param);
}

long sys_sched_setparam(pid_t pid, int __user *param)
{
	return do_sched_setscheduler(pid, -1, param);
}

long sys_sched_getparam(pid_t pid, int __user *param)
{
	struct task_struct *p;
	int prio;

	if (!param || pid < 0)
		return -EINVAL;
	p = get_program_task(pid);
	if (!p)
		return -ESRCH;
	prio = READ_ONCE(p->rt_normal);
	put_task_struct(p);
	return put_user(prio, param);
}

/* A structure of any later size will do as long as what we do not know is zero. */
static long copy_attr(struct sched_attr *attr, const struct sched_attr __user *uattr)
{
	u32 size;

	memset(attr, 0, sizeof(*attr));
	if (get_user(size, &uattr->size))
		return -EFAULT;
	if (!size)
		size = sizeof(*attr);
	if (size < sizeof(*attr) || size > PAGE_SIZE)
		return put_user((u32)sizeof(*attr), (u32 __user *)&uattr->size) ? -EFAULT : -E2BIG;
	return copy_struct_from_user(attr, sizeof(*attr), uattr, size);
}

long sys_sched_setattr(pid_t pid, void __user *uattr, unsigned int flags)
{
	struct sched_attr attr;
	struct task_struct *p;
	int policy, nice;
	long ret;

	if (!uattr || pid < 0 || flags)
		return -EINVAL;
	ret = copy_attr(&attr, uattr);
	if (ret)
		return ret;
	if ((int)attr.sched_policy < 0)
		return -EINVAL;
	p = get_program_task(pid);
	if (!p)
		return -ESRCH;
	policy = attr.sched_flags & SCHED_FLAG_KEEP_POLICY ? p->policy : (int)attr.sched_policy;
	nice = clamp_t(int, attr.sched_nice, -20, 19);
	if (attr.sched_flags & SCHED_FLAG_KEEP_PARAMS) {
		attr.sched_priority = p->rt_normal;
		nice = p->prio_nice;
	}
	if (attr.sched_flags & ~(u64)(SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS))
		ret = -EINVAL;
	else
		ret = set_policy(p, policy, attr.sched_priority, attr.sched_flags & SCHED_FLAG_RESET_ON_FORK,
				 rt_policy(policy) || policy == SCHED_IDLE ? p->prio_nice : nice);
	put_task_struct(p);
	return ret;
}

long sys_sched_getattr(pid_t pid, void __user *uattr, unsigned int size, unsigned int flags)
{
	struct sched_attr attr = { .size = sizeof(attr) };
	struct task_struct *p;

	if (!uattr || pid < 0 || size > PAGE_SIZE || size < sizeof(attr) || flags)
		return -EINVAL;
	p = get_program_task(pid);
	if (!p)
		return -ESRCH;
	attr.sched_policy = READ_ONCE(p->policy);
	attr.sched_flags = READ_ONCE(p->sched_reset_on_fork) ? SCHED_FLAG_RESET_ON_FORK : 0;
	if (rt_policy(attr.sched_policy))
		attr.sched_priority = READ_ONCE(p->rt_normal);
	else
		attr.sched_nice = READ_ONCE(p->prio_nice);
	put_task_struct(p);
	return copy_to_user(uattr, &attr, sizeof(attr)) ? -EFAULT : 0;
}

long sys_sched_rr_get_interval(pid_t pid, struct __kernel_timespec __user *uts)
{
	struct task_struct *p;
	u64 ns;

	if (pid < 0)
		return -EINVAL;
	p = get_program_task(pid);
	if (!p)
		return -ESRCH;
	ns = sched_rr_interval(p);
	put_task_struct(p);
	return copy_to_user(uts, &(struct __kernel_timespec){ ns / NSEC_PER_SEC, ns % NSEC_PER_SEC }, sizeof(*uts)) ? -EFAULT : 0;
}

long sys_sched_get_priority_max(int policy)
{
	if (rt_policy(policy))
		return MAX_RT_PRIO;
	return known_policy(policy) || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long sys_sched_get_priority_min(int policy)
{
	return rt_policy(policy) ? 1 : sys_sched_get_priority_max(policy);
}

/* ---- nice values, of one thread, a process group or a user ---- */

struct nice_request {
	int nice;
	long ret; /* what get found, or what went wrong last in set */
};

/* The highest priority among them, as 20 - nice: positive, so that it cannot be taken for an error. */
static void get_one_nice(struct task_struct *p, void *arg)
{
	struct nice_request *r = arg;

	r->ret = max(r->ret, 20L - READ_ONCE(p->prio_nice));
}

long sys_getpriority(int which, int who)
{
	struct nice_request r = { .ret = 0 };
	int err = for_each_meant_task(which, who, get_one_nice, &r);

	return err ? err : r.ret;
}

static void set_one_nice(struct task_struct *p, void *arg)
{
	struct nice_request *r = arg;

	if (!same_owner(p) && !capable(CAP_SYS_NICE))
		r->ret = -EPERM;
	else if (r->nice < p->prio_nice && !capable(CAP_SYS_NICE) && !may_nice(p, r->nice))
		r->ret = -EACCES;
	else
		set_user_nice(p, r->nice);
}

long sys_setpriority(int which, int who, int niceval)
{
	struct nice_request r = { .nice = clamp_t(int, niceval, -20, 19) };
	int err = for_each_meant_task(which, who, set_one_nice, &r);

	return err ? err : r.ret;
}

long sys_getcpu(unsigned int __user *cpu, unsigned int __user *node, void __user *unused)
{
	unsigned int here = raw_smp_processor_id();

	if ((cpu && put_user(here, cpu)) || (node && put_user(0, node)))
		return -EFAULT;
	return 0;
}
