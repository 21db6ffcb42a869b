// SPDX-License-Identifier: MIT
/* Limits, resource use, and what the system says of itself. */
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/syscall/rusage.h"
#include "kernel/syscall/utsname.h"
#include "kernel/task/cputime.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/random.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/slab.h"

#define RUSAGE_SELF	0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD	1

static struct __kernel_old_timeval ns_to_timeval(u64 ns)
{
	return (struct __kernel_old_timeval){ ns / NSEC_PER_SEC,
					      ns % NSEC_PER_SEC / NSEC_PER_USEC };
}

void fill_rusage(struct rusage *r, const struct usage_sums *use)
{
	u64 utime, stime;

	usage_split(use, &utime, &stime);
	*r = (struct rusage){
		.ru_utime = ns_to_timeval(utime),
		.ru_stime = ns_to_timeval(stime),
		.ru_maxrss = use->maxrss * (PAGE_SIZE / 1024),
		.ru_minflt = use->min_flt,
		.ru_majflt = use->maj_flt,
		.ru_inblock = use->inblock,
		.ru_oublock = use->oublock,
		.ru_nvcsw = use->nvcsw,
		.ru_nivcsw = use->nivcsw,
	};
}

long sys_getrusage(int who, struct rusage __user *ru)
{
	struct usage_sums use = { 0 };
	struct rusage r;

	switch (who) {
	case RUSAGE_SELF:
		group_usage(current, &use);
		break;
	case RUSAGE_THREAD:
		usage_add_thread(&use, current);
		use.maxrss = max(READ_ONCE(current->mm->hiwater_rss), get_mm_rss(current->mm));
		break;
	case RUSAGE_CHILDREN:
		spin_lock_irq(&current->sighand->siglock);
		use = current->signal->children_use;
		spin_unlock_irq(&current->sighand->siglock);
		break;
	default:
		return -EINVAL;
	}
	fill_rusage(&r, &use);
	return copy_to_user(ru, &r, sizeof(r)) ? -EFAULT : 0;
}

#define NR_OPEN_MAX (1024 * 1024) /* Linux's fs.nr_open */

/* Reads and changes one limit of a process; new may be NULL. tasklist_lock held for another's: its leader stays the same. */
static int do_prlimit(struct task_struct *p, unsigned int resource, const struct rlimit *new, struct rlimit *old)
{
	struct task_struct *leader = p->group_leader;
	struct rlimit *lim;
	int err = 0;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	if (new && new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (new && resource == RLIMIT_NOFILE && new->rlim_max > NR_OPEN_MAX)
		return -EPERM;
	lim = &p->signal->rlim[resource];
	task_lock(leader);
	*old = *lim;
	if (new && new->rlim_max > lim->rlim_max && !capable(CAP_SYS_RESOURCE))
		err = -EPERM;
	else if (new)
		*lim = *new;
	task_unlock(leader);
	if (!err && new && resource == RLIMIT_CPU)
		cpu_limit_changed(p);
	return err;
}

long sys_getrlimit(unsigned int resource, struct rlimit __user *rlim)
{
	struct rlimit old;
	int err = do_prlimit(current, resource, NULL, &old);

	if (err)
		return err;
	return copy_to_user(rlim, &old, sizeof(old)) ? -EFAULT : 0;
}

long sys_setrlimit(unsigned int resource, struct rlimit __user *rlim)
{
	struct rlimit new, old;

	if (copy_from_user(&new, rlim, sizeof(new)))
		return -EFAULT;
	return do_prlimit(current, resource, &new, &old);
}

/* The limits of another are for the same user in all his ids, and for who may set limits at all. */
static bool may_limit(struct task_struct *p)
{
	const struct cred *mine = current_cred(), *its;
	bool same;

	rcu_read_lock();
	its = rcu_dereference(p->real_cred);
	same = mine->uid == its->euid && mine->uid == its->suid && mine->uid == its->uid && mine->gid == its->egid &&
	       mine->gid == its->sgid && mine->gid == its->gid;
	rcu_read_unlock();
	return same || capable(CAP_SYS_RESOURCE);
}

static int prlimit_of(struct task_struct *p, unsigned int resource, const struct rlimit *new, struct rlimit *old)
{
	int err;

	if (same_thread_group(p, current))
		return do_prlimit(p, resource, new, old);
	if (!may_limit(p))
		return -EPERM;
	spin_lock(&tasklist_lock);
	err = p->sighand ? do_prlimit(p, resource, new, old) : -ESRCH;
	spin_unlock(&tasklist_lock);
	return err;
}

long sys_prlimit64(pid_t pid, unsigned int resource, const struct rlimit __user *unew,
		   struct rlimit __user *uold)
{
	struct rlimit new, old;
	struct task_struct *p;
	int err;

	if (unew && copy_from_user(&new, unew, sizeof(new)))
		return -EFAULT;
	p = pid ? find_get_task_by_vpid(pid) : get_task_struct(current);
	if (!p)
		return -ESRCH;
	err = prlimit_of(p, resource, unew ? &new : NULL, &old);
	put_task_struct(p);
	if (err)
		return err;
	return uold && copy_to_user(uold, &old, sizeof(old)) ? -EFAULT : 0;
}

struct utsname {
	char sysname[UTS_LEN], nodename[UTS_LEN], release[UTS_LEN], version[UTS_LEN];
	char machine[UTS_LEN], domainname[UTS_LEN];
};

static char uts_names[NR_UTS_NAMES][UTS_LEN] = { "rowlock", "(none)" }; /* uts_lock */
static DEFINE_SPINLOCK(uts_lock);

void uts_get(enum uts_name which, char *name)
{
	spin_lock(&uts_lock);
	memcpy(name, uts_names[which], UTS_LEN);
	spin_unlock(&uts_lock);
}

int uts_set(enum uts_name which, const char *name, int len)
{
	if (len < 0 || len >= UTS_LEN)
		return -EINVAL;
	spin_lock(&uts_lock);
	memset(uts_names[which], 0, UTS_LEN);
	memcpy(uts_names[which], name, len);
	spin_unlock(&uts_lock);
	return 0;
}

long sys_uname(struct utsname __user *name)
{
	struct utsname u = {
		.sysname = UTS_SYSNAME,
		.release = UTS_RELEASE,
		.version = UTS_VERSION,
		.machine = "x86_64",
	};

	uts_get(UTS_NODENAME, u.nodename);
	uts_get(UTS_DOMAINNAME, u.domainname);
	return copy_to_user(name, &u, sizeof(u)) ? -EFAULT : 0;
}

static long set_uts_name(enum uts_name which, char __user *name, int len)
{
	char new[UTS_LEN];

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len >= UTS_LEN)
		return -EINVAL;
	if (copy_from_user(new, name, len))
		return -EFAULT;
	return uts_set(which, new, len);
}

long sys_sethostname(char __user *name, int len)
{
	return set_uts_name(UTS_NODENAME, name, len);
}

long sys_setdomainname(char __user *name, int len)
{
	return set_uts_name(UTS_DOMAINNAME, name, len);
}

struct sysinfo {
	long uptime;
	unsigned long loads[3];
	unsigned long totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	unsigned short procs, pad;
	unsigned long totalhigh, freehigh;
	unsigned int mem_unit;
	char _f[4];
};

static unsigned int count_tasks(void)
{
	struct task_struct *p;
	unsigned int n = 0;

	rcu_read_lock();
	for_each_task_rcu (p)
		n++;
	rcu_read_unlock();
	return n;
}

long sys_sysinfo(struct sysinfo __user *info)
{
	struct sysinfo s = {
		.uptime = ktime_get_ns() / NSEC_PER_SEC,
		.totalram = totalram_pages(),
		.freeram = nr_free_pages(),
		.procs = count_tasks(),
		.mem_unit = PAGE_SIZE,
	};

	get_avenrun(s.loads, 0);
	return copy_to_user(info, &s, sizeof(s)) ? -EFAULT : 0;
}

#define GRND_NONBLOCK 1
#define GRND_RANDOM   2
#define GRND_INSECURE 4

long sys_getrandom(char __user *buf, size_t count, unsigned int flags)
{
	u8 block[256];
	size_t done = 0, left;
	long err = 0;

	if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if (count > 0x7ffff000)
		count = 0x7ffff000;
	while (done < count) {
		size_t n = count - done < sizeof(block) ? count - done : sizeof(block);

		get_random_bytes(block, n);
		left = copy_to_user(buf + done, block, n);
		done += n - left;
		if (left) {
			err = -EFAULT;
			break;
		}
		if (signal_pending(current) && done < count)
			break;
		cond_resched();
	}
	memset(block, 0, sizeof(block));
	barrier();
	return done ? (long)done : err;
}
