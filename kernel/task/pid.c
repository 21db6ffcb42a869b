// SPDX-License-Identifier: MIT
/*
 * Numbers of threads, processes, groups and sessions: giving them out and finding tasks by them (see pid.h).
 *
 * The table is changed under pid_lock, which nests inside tasklist_lock and siglock (so interrupts are off), and read under RCU. A number is in the table from
 * alloc_pid() on, before it has members, so no two can be given out. It leaves with its last member; the structure goes
 * a grace period later, or with the last reference. A found task may be on its way out: its memory is safe to look at
 * but a lasting reference needs get_task_struct_rcu().
 */
#include "kernel/task/pid.h"
#include "kernel/lib/bug.h"
#include "kernel/lib/err.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/internal.h"
#include "mm/slab.h"

#define PID_BITS     12

static struct hlist_head pid_table[1 << PID_BITS]; /* pid_lock */
static DEFINE_SPINLOCK(pid_lock);
static pid_t last_pid;	       /* pid_lock */
static unsigned long forks;    /* pid_lock; all that were ever given out */
static unsigned int pids_used; /* pid_lock */
static struct kmem_cache *pid_cache;

DEFINE_SPINLOCK(tasklist_lock);
LIST_HEAD(task_list);

struct pid init_struct_pid = {
	.count = REFCOUNT_INIT(1),
	.wait_pidfd = __WAIT_QUEUE_HEAD_INITIALIZER(init_struct_pid.wait_pidfd),
};

static struct hlist_head *pid_bucket(pid_t nr)
{
	return &pid_table[hash_32(nr, PID_BITS)];
}

struct pid *find_pid(pid_t nr)
{
	struct pid *pid;

	hlist_for_each_entry_rcu (pid, pid_bucket(nr), link) {
		if (pid->nr == nr)
			return pid;
	}
	return NULL;
}

struct pid *find_get_pid(pid_t nr)
{
	struct pid *pid;

	rcu_read_lock();
	pid = find_pid(nr);
	if (pid && !refcount_inc_not_zero(&pid->count))
		pid = NULL;
	rcu_read_unlock();
	return pid;
}

struct task_struct *pid_task(struct pid *pid, enum pid_type type)
{
	struct hlist_node *first = pid ? rcu_dereference(pid->tasks[type].first) : NULL;

	return first ? container_of(first, struct task_struct, pid_links[type]) : NULL;
}

struct task_struct *get_pid_task(struct pid *pid, enum pid_type type)
{
	struct task_struct *p;

	rcu_read_lock();
	p = pid_task(pid, type);
	if (p && !get_task_struct_rcu(p))
		p = NULL;
	rcu_read_unlock();
	return p;
}

struct task_struct *find_task_by_vpid(pid_t nr)
{
	return pid_task(find_pid(nr), PIDTYPE_PID);
}

struct task_struct *find_get_task_by_vpid(pid_t nr)
{
	struct task_struct *p;

	rcu_read_lock();
	p = find_task_by_vpid(nr);
	if (p && !get_task_struct_rcu(p))
		p = NULL;
	rcu_read_unlock();
	return p;
}

static struct pid **pid_slot(struct task_struct *p, enum pid_type type)
{
	return type == PIDTYPE_PID ? &p->thread_pid : &p->signal->pids[type];
}

struct pid *task_pid_type(struct task_struct *p, enum pid_type type)
{
	return READ_ONCE(*pid_slot(p, type));
}

struct pid *get_task_pid(struct task_struct *p, enum pid_type type)
{
	struct pid *pid;

	rcu_read_lock();
	pid = task_pid_type(p, type);
	if (pid && !refcount_inc_not_zero(&pid->count))
		pid = NULL;
	rcu_read_unlock();
	return pid;
}

static void free_pid_rcu(struct rcu_head *head)
{
	put_pid(container_of(head, struct pid, rcu));
}

void put_pid(struct pid *pid)
{
	if (pid && refcount_dec_and_test(&pid->count)) {
		BUG_ON(pid == &init_struct_pid);
		kmem_cache_free(pid_cache, pid);
	}
}

struct pid *alloc_pid(void)
{
	struct pid *pid = kmem_cache_zalloc(pid_cache, GFP_KERNEL);

	if (!pid)
		return ERR_PTR(-ENOMEM);
	refcount_set(&pid->count, 1);
	init_waitqueue_head(&pid->wait_pidfd);
	spin_lock_irq(&pid_lock);
	if (pids_used >= PID_MAX - PID_RESERVED) {
		spin_unlock_irq(&pid_lock);
		kmem_cache_free(pid_cache, pid);
		return ERR_PTR(-EAGAIN);
	}
	do {
		if (++last_pid >= PID_MAX)
			last_pid = PID_RESERVED;
	} while (find_pid(last_pid));
	pid->nr = last_pid;
	pids_used++;
	WRITE_ONCE(forks, forks + 1);
	hlist_add_head_rcu(&pid->link, pid_bucket(pid->nr));
	spin_unlock_irq(&pid_lock);
	return pid;
}

unsigned long nr_forks(void)
{
	return READ_ONCE(forks);
}

pid_t last_pid_nr(void)
{
	return READ_ONCE(last_pid);
}

void free_pid(struct pid *pid)
{
	unsigned long flags;

	spin_lock_irqsave(&pid_lock, flags);
	hlist_del_rcu(&pid->link);
	pids_used--;
	spin_unlock_irqrestore(&pid_lock, flags);
	call_rcu(&pid->rcu, free_pid_rcu);
}

void attach_pid(struct task_struct *p, enum pid_type type)
{
	lockdep_assert_held(&tasklist_lock);
	hlist_add_head_rcu(&p->pid_links[type], &(*pid_slot(p, type))->tasks[type]);
}

void change_pid(struct task_struct *p, enum pid_type type, struct pid *new)
{
	struct pid **slot = pid_slot(p, type), *old = *slot;

	lockdep_assert_held(&tasklist_lock);
	hlist_del_rcu(&p->pid_links[type]);
	WRITE_ONCE(*slot, new);
	if (new)
		attach_pid(p, type);
	for (int i = 0; i < PIDTYPE_MAX; i++) {
		if (!hlist_empty(&old->tasks[i]))
			return;
	}
	if (old != &init_struct_pid)
		free_pid(old);
}

void detach_pid(struct task_struct *p, enum pid_type type)
{
	change_pid(p, type, NULL);
}

void exchange_tids(struct task_struct *left, struct task_struct *right)
{
	struct pid *a = left->thread_pid, *b = right->thread_pid;

	lockdep_assert_held(&tasklist_lock);
	/* never empty: a lookup by number always finds a thread of the process */
	hlist_swap_single_rcu(&a->tasks[PIDTYPE_PID], &b->tasks[PIDTYPE_PID]);
	WRITE_ONCE(left->thread_pid, b);
	WRITE_ONCE(right->thread_pid, a);
	WRITE_ONCE(left->pid, b->nr);
	WRITE_ONCE(right->pid, a->nr);
}

void transfer_pid(struct task_struct *old, struct task_struct *new, enum pid_type type)
{
	lockdep_assert_held(&tasklist_lock);
	hlist_replace_rcu(&old->pid_links[type], &new->pid_links[type]);
}

void pid_cache_init(void)
{
	pid_cache = kmem_cache_create("pid", sizeof(struct pid), 0, 0, NULL);
	BUG_ON(!pid_cache);
}
