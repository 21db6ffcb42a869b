// SPDX-License-Identifier: MIT
/* What the lock room may ask of the scheduler: kernel/lock/sched_iface.h. */
#include "kernel/lock/sched_iface.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/kthread.h"
#include "kernel/task/sched.h"
#include "kernel/x86/panic.h"

void sched_set_state(unsigned int state)
{
	set_current_state(state);
}

bool sched_signal_pending(unsigned int state)
{
	return signal_pending_state(state, current);
}

void sched_get_task(struct task_struct *p)
{
	get_task_struct(p);
}

void sched_put_task(struct task_struct *p)
{
	put_task_struct(p);
}

bool sched_on_cpu(const struct task_struct *p)
{
	return READ_ONCE(p->on_cpu);
}

bool sched_need_resched(void)
{
	return need_resched();
}

bool sched_is_realtime(void)
{
	return rt_task(current);
}

const char *sched_comm(const struct task_struct *p)
{
	return p->comm;
}

int sched_pid(const struct task_struct *p)
{
	return p->pid;
}

int sched_cpu(const struct task_struct *p)
{
	return task_cpu(p);
}

long sched_state(const struct task_struct *p)
{
	return READ_ONCE(p->state);
}

struct held_locks *sched_held(struct task_struct *p)
{
	return &p->held;
}

void sched_show_stack(struct task_struct *p)
{
	show_task_backtrace(p);
}

void sched_for_each_task(void (*fn)(struct task_struct *p, void *arg), void *arg)
{
	struct task_struct *p;

	rcu_read_lock();
	for_each_task_rcu (p)
		fn(p, arg);
	rcu_read_unlock();
}

struct task_struct *sched_start_thread(int (*fn)(void *arg), void *arg, int cpu, const char *name)
{
	struct task_struct *p;

	if (cpu < 0)
		p = kthread_create(fn, arg, "%s", name);
	else
		p = kthread_create_on_cpu(fn, arg, cpu, name);
	if (IS_ERR(p))
		return NULL;
	wake_up_process(p);
	return p;
}

bool sched_in_rcu_walk(void)
{
	return current->in_rcu_walk;
}
