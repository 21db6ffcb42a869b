// SPDX-License-Identifier: MIT
/*
 * Whom the calls about priorities mean, and the priorities of I/O. Those are kept for each thread and told, and new tasks take them
 * over; requests are not ordered by them, as on Linux with the scheduler "none".
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/prio_walk.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/pid.h"
#include "kernel/task/sched.h"

/* Under RCU. */
static bool is_meant(int which, struct pid *pgrp, uid_t uid, struct task_struct *p)
{
	if (p->flags & PF_KTHREAD)
		return false;
	if (which == PRIO_PGRP)
		return task_pgrp(p) == pgrp;
	return rcu_dereference(p->real_cred)->uid == uid;
}

int for_each_meant_task(int which, int who, void (*fn)(struct task_struct *p, void *arg), void *arg)
{
	uid_t uid = who ? (uid_t)who : current_uid();
	struct pid *pgrp = NULL;
	struct task_struct *p;
	int ret = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	if (which == PRIO_PROCESS) {
		p = get_program_task(who);
		if (!p)
			return -ESRCH;
		fn(p, arg);
		put_task_struct(p);
		return 0;
	}
	if (which == PRIO_PGRP) {
		pgrp = who ? find_get_pid(who) : get_task_pid(current, PIDTYPE_PGID);
		if (!pgrp)
			return -ESRCH;
	}
	rcu_read_lock();
	for_each_task_rcu (p) {
		if (is_meant(which, pgrp, uid, p)) {
			fn(p, arg);
			ret = 0;
		}
	}
	rcu_read_unlock();
	put_pid(pgrp);
	return ret;
}

#define IOPRIO_WHO_PROCESS 1 /* and group and user behind it: as PRIO_*, plus one */
#define IOPRIO_CLASS_SHIFT 13
#define IOPRIO_CLASS_NONE  0
#define IOPRIO_CLASS_RT	   1
#define IOPRIO_CLASS_BE	   2
#define IOPRIO_CLASS_IDLE  3

struct ioprio_request {
	int ioprio;
	long ret;
};

/* The best of them: a lower class and a lower level are better, none is worst. */
static void get_one(struct task_struct *p, void *arg)
{
	struct ioprio_request *r = arg;
	int ioprio = READ_ONCE(p->ioprio);

	if (ioprio && (!r->ret || ioprio < r->ret))
		r->ret = ioprio;
}

long sys_ioprio_get(int which, int who)
{
	struct ioprio_request r = { .ret = 0 };
	int err = for_each_meant_task(which - IOPRIO_WHO_PROCESS, who, get_one, &r);

	return err ? err : r.ret;
}

static void set_one(struct task_struct *p, void *arg)
{
	struct ioprio_request *r = arg;

	if (!same_owner(p) && !capable(CAP_SYS_NICE))
		r->ret = -EPERM;
	else
		WRITE_ONCE(p->ioprio, r->ioprio);
}

long sys_ioprio_set(int which, int who, int ioprio)
{
	struct ioprio_request r = { .ioprio = ioprio };
	int class = ioprio >> IOPRIO_CLASS_SHIFT, err;

	switch (class) {
	case IOPRIO_CLASS_NONE:
		if (ioprio)
			return -EINVAL;
		break;
	case IOPRIO_CLASS_RT:
		if (!capable(CAP_SYS_ADMIN) && !capable(CAP_SYS_NICE))
			return -EPERM;
		break;
	case IOPRIO_CLASS_BE:
	case IOPRIO_CLASS_IDLE:
		break;
	default:
		return -EINVAL;
	}
	err = for_each_meant_task(which - IOPRIO_WHO_PROCESS, who, set_one, &r);
	return err ? err : r.ret;
}
