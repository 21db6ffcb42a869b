// SPDX-License-Identifier: MIT
/*
 * Thread ids: giving them out and finding tasks by them.
 *
 * Changes are made under tasklist_lock; lookups run under RCU. A found task may be on its way out,
 * so its memory is safe to look at but a lasting reference needs get_task_struct_rcu().
 */
#include "kernel/lib/hash.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/internal.h"

#define PID_MAX	     4194304
#define PID_RESERVED 300 /* after the numbers have wrapped, start here */
#define PID_BITS     10

static struct hlist_head pid_table[1 << PID_BITS]; /* tasklist_lock */
static pid_t last_pid;				   /* tasklist_lock */

DEFINE_SPINLOCK(tasklist_lock);
LIST_HEAD(task_list);

static struct hlist_head *pid_bucket(pid_t pid)
{
	return &pid_table[hash_32(pid, PID_BITS)];
}

struct task_struct *find_task_by_vpid(pid_t pid)
{
	struct task_struct *p;

	hlist_for_each_entry_rcu (p, pid_bucket(pid), pid_link) {
		if (p->pid == pid)
			return p;
	}
	return NULL;
}

struct task_struct *find_get_task_by_vpid(pid_t pid)
{
	struct task_struct *p;

	rcu_read_lock();
	p = find_task_by_vpid(pid);
	if (p && !get_task_struct_rcu(p))
		p = NULL;
	rcu_read_unlock();
	return p;
}

/* A number nobody has; tasklist_lock held until it is hashed. */
pid_t alloc_pid(void)
{
	do {
		if (++last_pid >= PID_MAX)
			last_pid = PID_RESERVED;
	} while (find_task_by_vpid(last_pid));
	return last_pid;
}

void pid_hash(struct task_struct *p)
{
	hlist_add_head_rcu(&p->pid_link, pid_bucket(p->pid));
	list_add_tail_rcu(&p->tasks, &task_list);
}

void pid_unhash(struct task_struct *p)
{
	hlist_del_rcu(&p->pid_link);
	list_del_rcu(&p->tasks);
}
