// SPDX-License-Identifier: MIT
/*
 * Making tasks: kernel threads, threads of a program, and a program's first thread.
 *
 * A new task is built completely, asleep in TASK_NEW, before it is linked where others can find
 * it; a wakeup then starts it like any sleeper. Each part that can be shared is either shared
 * with a reference or copied, as the clone flags say; the parts undo themselves in reverse order
 * on failure. The last step, under tasklist_lock and siglock, checks that the thread group is not
 * being killed: a thread linked after the killer has passed would be missed.
 */
#include "fs/fdtable.h"
#include "kernel/lib/err.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/rculist.h"
#include "kernel/lib/string.h"
#include "kernel/task/internal.h"
#include "kernel/task/rq.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"

static struct kmem_cache *task_cache, *signal_cache, *sighand_cache;

static void put_sighand(struct sighand_struct *sighand)
{
	if (refcount_dec_and_test(&sighand->count))
		kmem_cache_free(sighand_cache, sighand);
}

void put_signal_struct(struct signal_struct *sig)
{
	if (refcount_dec_and_test(&sig->sigcnt))
		kmem_cache_free(signal_cache, sig);
}

/* After a grace period: no lookup by pid can still look at the task. */
static void free_task_rcu(struct rcu_head *head)
{
	struct task_struct *p = container_of(head, struct task_struct, rcu);

	put_cred(p->real_cred);
	put_cred(p->cred);
	if (p->sighand)
		put_sighand(p->sighand);
	if (p->signal)
		put_signal_struct(p->signal);
	kfree(p->kthread);
	arch_thread_free(p);
	free_kernel_stack(p->stack);
	kmem_cache_free(task_cache, p);
}

void put_task_struct(struct task_struct *p)
{
	if (refcount_dec_and_test(&p->usage))
		call_rcu(&p->rcu, free_task_rcu);
}

static struct task_struct *alloc_task(void)
{
	struct task_struct *p = kmem_cache_zalloc(task_cache, GFP_KERNEL);

	if (!p)
		return NULL;
	p->stack = alloc_kernel_stack();
	if (!p->stack) {
		kmem_cache_free(task_cache, p);
		return NULL;
	}
	/* one reference for whoever made it or finds it, one for the scheduler */
	refcount_set(&p->usage, 2);
	p->state = TASK_NEW;
	raw_spin_lock_init(&p->pi_lock);
	spin_lock_init(&p->alloc_lock);
	held_locks_init(&p->held);
	p->cpu = raw_smp_processor_id();
	p->se.weight = NICE_0_WEIGHT;
	p->cpus_allowed = current->cpus_allowed;
	p->nr_cpus_allowed = current->nr_cpus_allowed;
	INIT_LIST_HEAD(&p->pending.list);
	INIT_LIST_HEAD(&p->thread_node);
	p->start_time = ktime_get_ns();
	p->last_switch_ns = p->start_time;
	p->nr_dirtied_pause = 32;
	p->sas.ss_flags = SS_DISABLE;
	return p;
}

static int copy_files(u64 flags, struct task_struct *p, bool kernel)
{
	struct files_struct *old = kernel ? &init_files : current->files;
	int err = 0;

	if (kernel || (flags & CLONE_FILES)) {
		atomic_inc(&old->count);
		p->files = old;
		return 0;
	}
	p->files = dup_fd(old, &err);
	return p->files ? 0 : err;
}

static int copy_fs(u64 flags, struct task_struct *p, bool kernel)
{
	struct fs_struct *old = kernel ? &init_fs : current->fs;

	if (kernel || (flags & CLONE_FS)) {
		spin_lock(&old->lock);
		old->users++;
		spin_unlock(&old->lock);
		p->fs = old;
		return 0;
	}
	p->fs = copy_fs_struct(old);
	return p->fs ? 0 : -ENOMEM;
}

static int copy_sighand(u64 flags, struct task_struct *p, bool kernel)
{
	struct sighand_struct *old = kernel ? &init_sighand : current->sighand;

	if (kernel || (flags & CLONE_SIGHAND)) {
		refcount_inc(&old->count);
		p->sighand = old;
		return 0;
	}
	p->sighand = kmem_cache_zalloc(sighand_cache, GFP_KERNEL);
	if (!p->sighand)
		return -ENOMEM;
	refcount_set(&p->sighand->count, 1);
	spin_lock_init(&p->sighand->siglock);
	init_waitqueue_head(&p->sighand->signalfd_wqh);
	spin_lock_irq(&old->siglock);
	memcpy(p->sighand->action, old->action, sizeof(old->action));
	spin_unlock_irq(&old->siglock);
	return 0;
}

static int copy_signal(u64 flags, struct task_struct *p, bool kernel)
{
	struct signal_struct *old = kernel ? &init_signals : current->signal, *sig;

	if (kernel || (flags & CLONE_THREAD)) {
		refcount_inc(&old->sigcnt);
		p->signal = old;
		return 0;
	}
	sig = kmem_cache_zalloc(signal_cache, GFP_KERNEL);
	if (!sig)
		return -ENOMEM;
	refcount_set(&sig->sigcnt, 1);
	INIT_LIST_HEAD(&sig->thread_head);
	INIT_LIST_HEAD(&sig->shared_pending.list);
	init_waitqueue_head(&sig->wait_chldexit);
	memcpy(sig->rlim, old->rlim, sizeof(sig->rlim));
	sig->pgrp = old->pgrp;
	sig->session = old->session;
	itimer_init(sig, p);
	p->signal = sig;
	return 0;
}

static int copy_mm(u64 flags, struct task_struct *p, bool kernel)
{
	struct mm_struct *mm = current->mm;

	if (kernel || !mm)
		return 0;
	if (flags & CLONE_VM) {
		mmget(mm);
	} else {
		mm = dup_mm(mm);
		if (!mm)
			return -ENOMEM;
	}
	p->mm = p->active_mm = mm;
	return 0;
}

static int copy_thread(const struct clone_args_k *args, struct task_struct *p)
{
	struct pt_regs regs;
	int err;

	if (args->fn) {
		arch_thread_init_kernel(p, args->fn, args->arg);
		return 0;
	}
	regs = *args->regs;
	if (args->stack)
		regs.sp = args->stack;
	err = arch_thread_init_user(p, &regs);
	if (!err && (args->flags & CLONE_SETTLS))
		arch_set_tls(p, args->tls);
	return err;
}

/* Makes the task findable. -EINTR if its group is being killed. */
static int link_task(const struct clone_args_k *args, struct task_struct *p, bool kernel)
{
	bool thread = !kernel && (args->flags & CLONE_THREAD);
	struct signal_struct *sig = p->signal;

	spin_lock(&tasklist_lock);
	spin_lock_irq(&p->sighand->siglock);
	if (thread && ((sig->flags & SIGNAL_GROUP_EXIT) || fatal_signal_pending(current))) {
		spin_unlock_irq(&p->sighand->siglock);
		spin_unlock(&tasklist_lock);
		return -EINTR;
	}
	p->pid = alloc_pid();
	p->tgid = thread ? current->tgid : p->pid;
	p->group_leader = thread ? current->group_leader : p;
	p->real_parent = thread ? current->real_parent : current->group_leader;
	if (!kernel) {
		sig->nr_threads++;
		list_add_tail_rcu(&p->thread_node, &sig->thread_head);
	}
	pid_hash(p);
	spin_unlock_irq(&p->sighand->siglock);
	spin_unlock(&tasklist_lock);
	return 0;
}

/* What the parent passes on by value. */
static void inherit(const struct clone_args_k *args, struct task_struct *p, bool kernel)
{
	p->set_child_tid = (args->flags & CLONE_CHILD_SETTID) ? args->child_tid : NULL;
	p->clear_child_tid = (args->flags & CLONE_CHILD_CLEARTID) ? args->child_tid : NULL;
	if (kernel) {
		p->flags = PF_KTHREAD;
		return;
	}
	strscpy(p->comm, current->comm, sizeof(p->comm));
	p->blocked = current->blocked;
	p->prio_nice = current->prio_nice;
	p->se.weight = current->se.weight;
	if (!(args->flags & CLONE_VM) || (args->flags & CLONE_VFORK))
		p->sas = current->sas;
}

static void undo_parts(struct task_struct *p)
{
	if (p->mm) {
		mmput(p->mm);
		p->mm = p->active_mm = NULL;
	}
	if (p->fs)
		exit_fs(p);
	if (p->files)
		exit_files(p);
	refcount_set(&p->usage, 1);
	put_task_struct(p);
}

struct task_struct *copy_process(const struct clone_args_k *args)
{
	bool kernel = args->fn && !args->new_process;
	struct task_struct *p = alloc_task();
	int err;

	if (!p)
		return ERR_PTR(-ENOMEM);
	inherit(args, p, kernel);
	err = cred_copy_for_clone(p);
	if (!err)
		err = copy_files(args->flags, p, kernel);
	if (!err)
		err = copy_fs(args->flags, p, kernel);
	if (!err)
		err = copy_sighand(args->flags, p, kernel);
	if (!err)
		err = copy_signal(args->flags, p, kernel);
	if (!err)
		err = copy_mm(args->flags, p, kernel);
	if (!err)
		err = copy_thread(args, p);
	if (!err)
		err = link_task(args, p, kernel);
	if (err) {
		undo_parts(p);
		return ERR_PTR(err);
	}
	return p;
}

struct task_struct *create_program_task(int (*fn)(void *), void *arg)
{
	struct clone_args_k args = { .fn = fn, .arg = arg, .new_process = true };
	struct task_struct *p = copy_process(&args);

	if (!IS_ERR(p))
		p->flags = PF_KTHREAD; /* until it has become a program */
	return p;
}

/* No function to start in: the CPU that comes up is already running it. */
struct task_struct *alloc_idle_task(int cpu)
{
	struct task_struct *p = alloc_task();

	if (!p)
		return ERR_PTR(-ENOMEM);
	p->cred = get_cred(&init_cred);
	p->real_cred = get_cred(&init_cred);
	p->files = &init_files;
	p->fs = &init_fs;
	refcount_inc(&init_sighand.count);
	p->sighand = &init_sighand;
	refcount_inc(&init_signals.sigcnt);
	p->signal = &init_signals;
	p->group_leader = p;
	p->real_parent = &init_task;
	mmgrab(&init_mm);
	p->active_mm = &init_mm;
	snprintf(p->comm, sizeof(p->comm), "swapper/%d", cpu);
	cpumask_clear(&p->cpus_allowed);
	cpumask_set_cpu(cpu, &p->cpus_allowed);
	p->nr_cpus_allowed = 1;
	return p;
}

void set_task_comm(struct task_struct *p, const char *name)
{
	task_lock(p);
	strscpy(p->comm, name, sizeof(p->comm));
	task_unlock(p);
}

void get_task_comm(char *buf, struct task_struct *p)
{
	task_lock(p);
	strscpy(buf, p->comm, TASK_COMM_LEN);
	task_unlock(p);
}

void task_init(void)
{
	task_cache = kmem_cache_create("task_struct", sizeof(struct task_struct), 64, 0, NULL);
	signal_cache = kmem_cache_create("signal_struct", sizeof(struct signal_struct), 0, 0, NULL);
	sighand_cache =
		kmem_cache_create("sighand_struct", sizeof(struct sighand_struct), 0, 0, NULL);
	BUG_ON(!task_cache || !signal_cache || !sighand_cache);
	init_waitqueue_head(&init_signals.wait_chldexit);
	init_waitqueue_head(&init_sighand.signalfd_wqh);
	held_locks_init(&init_task.held);
}
