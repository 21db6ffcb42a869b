// SPDX-License-Identifier: MIT
/*
 * Making tasks: kernel threads, threads of a program, processes, and the first program's first thread.
 *
 * A new task is built completely, asleep in TASK_NEW, before it is linked where others can find
 * it; a wakeup then starts it like any sleeper. Each part that can be shared is either shared
 * with a reference or copied, as the clone flags say; the parts undo themselves in reverse order
 * on failure. The last step, under tasklist_lock and siglock, checks that no signal is pending: one
 * sent to the process or its group (the sender holds tasklist_lock, too) has reached the parent
 * before, and then the call is restarted after it has been taken, or will find the child linked.
 */
#include "fs/fdtable.h"
#include "fs/pidfd.h"
#include "fs/poll.h"
#include "kernel/ipc/sem.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/rculist.h"
#include "kernel/lib/string.h"
#include "drivers/tty/tty.h"
#include "kernel/task/internal.h"
#include "kernel/task/proc_events.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/rq.h"
#include "kernel/task/rseq.h"
#include "kernel/task/seccomp.h"
#include "kernel/task/user_counts.h"
#include "kernel/x86/uaccess.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"

static struct kmem_cache *task_cache, *signal_cache, *sighand_cache;

static void free_sighand_rcu(struct rcu_head *head)
{
	kmem_cache_free(sighand_cache, container_of(head, struct sighand_struct, rcu));
}

/* A grace period: lock_task_sighand() may be looking at it. */
void put_sighand(struct sighand_struct *sighand)
{
	if (!refcount_dec_and_test(&sighand->count))
		return;
	/* only an epoll can still be there: nobody polls for this table any more */
	if (waitqueue_active(&sighand->signalfd_wqh))
		wake_up_pollfree(&sighand->signalfd_wqh);
	call_rcu(&sighand->rcu, free_sighand_rcu);
}

void put_signal_struct(struct signal_struct *sig)
{
	if (!refcount_dec_and_test(&sig->sigcnt))
		return;
	put_pid(sig->ptracer);
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
	INIT_LIST_HEAD(&p->sibling);
	INIT_LIST_HEAD(&p->pi_states);
	INIT_LIST_HEAD(&p->ptraced);
	INIT_LIST_HEAD(&p->ptrace_entry);
	p->exit_signal = -1;
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

struct sighand_struct *copy_sighand_struct(void)
{
	struct sighand_struct *old = current->sighand;
	struct sighand_struct *new = kmem_cache_zalloc(sighand_cache, GFP_KERNEL);

	if (!new)
		return NULL;
	refcount_set(&new->count, 1);
	spin_lock_init(&new->siglock);
	init_waitqueue_head(&new->signalfd_wqh);
	spin_lock_irq(&old->siglock);
	memcpy(new->action, old->action, sizeof(old->action));
	spin_unlock_irq(&old->siglock);
	return new;
}

static int copy_sighand(u64 flags, struct task_struct *p, bool kernel)
{
	struct sighand_struct *old = kernel ? &init_sighand : current->sighand;

	if (kernel || (flags & CLONE_SIGHAND)) {
		refcount_inc(&old->count);
		p->sighand = old;
		return 0;
	}
	p->sighand = copy_sighand_struct();
	if (!p->sighand)
		return -ENOMEM;
	for (int i = 0; (flags & CLONE_CLEAR_SIGHAND) && i < _NSIG; i++) {
		if (p->sighand->action[i].sa_handler != SIG_IGN)
			p->sighand->action[i] = (struct k_sigaction){ 0 };
	}
	return 0;
}

static int copy_signal(u64 flags, struct task_struct *p, bool kernel)
{
	struct signal_struct *old = kernel ? &init_signals : current->signal, *sig;

	if (kernel || (flags & CLONE_THREAD)) {
		refcount_inc(&old->sigcnt);
		atomic_inc(&old->live);
		p->signal = old;
		return 0;
	}
	sig = kmem_cache_zalloc(signal_cache, GFP_KERNEL);
	if (!sig)
		return -ENOMEM;
	refcount_set(&sig->sigcnt, 1);
	INIT_LIST_HEAD(&sig->thread_head);
	INIT_LIST_HEAD(&sig->children);
	atomic_set(&sig->live, 1);
	sig->oom_score_adj = READ_ONCE(old->oom_score_adj);
	sig->oom_score_adj_min = READ_ONCE(old->oom_score_adj_min);
	INIT_LIST_HEAD(&sig->shared_pending.list);
	init_waitqueue_head(&sig->wait_chldexit);
	task_lock(current->group_leader);
	memcpy(sig->rlim, old->rlim, sizeof(sig->rlim));
	task_unlock(current->group_leader);
	itimer_init(sig);
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

/* A process of its own joins its parent's group and session; the first program begins new ones. tasklist_lock held. */
static void link_process(const struct clone_args_k *args, struct task_struct *p)
{
	struct signal_struct *sig = p->signal, *old = current->signal;

	sig->pids[PIDTYPE_TGID] = p->thread_pid;
	sig->pids[PIDTYPE_PGID] = args->new_process ? p->thread_pid : old->pids[PIDTYPE_PGID];
	sig->pids[PIDTYPE_SID] = args->new_process ? p->thread_pid : old->pids[PIDTYPE_SID];
	sig->leader = args->new_process;
	if (!args->new_process)
		tty_fork(sig, old);
	for (int type = PIDTYPE_TGID; type < PIDTYPE_MAX; type++)
		attach_pid(p, type);
	list_add_tail(&p->sibling, &p->real_parent->signal->children);
	atomic_inc(&nr_processes);
}

static void choose_parent(const struct clone_args_k *args, struct task_struct *p, bool thread)
{
	bool sibling = thread || (args->flags & CLONE_PARENT);

	p->real_parent = sibling ? current->real_parent : current->group_leader;
	p->parent_tid = sibling ? current->parent_tid : current->pid;
	if (!thread)
		p->exit_signal = sibling ? current->group_leader->exit_signal : args->exit_signal;
}

/* Makes the task findable. -ERESTARTNOINTR if a signal came first. */
static int link_task(const struct clone_args_k *args, struct task_struct *p, bool kernel)
{
	bool thread = !kernel && (args->flags & CLONE_THREAD);
	struct signal_struct *sig = p->signal;

	spin_lock(&tasklist_lock);
	choose_parent(args, p, thread);
	spin_lock_irq(&current->sighand->siglock);
	recalc_sigpending();
	if (!kernel && signal_pending(current)) {
		spin_unlock_irq(&current->sighand->siglock);
		spin_unlock(&tasklist_lock);
		return -ERESTARTNOINTR;
	}
	p->tgid = thread ? current->tgid : p->pid;
	p->group_leader = thread ? current->group_leader : p;
	if (unlikely(args->traced)) /* before anybody can find it and send it signals under its own siglock */
		ptrace_init_task(p);
	if (!kernel) {
		sig->nr_threads++;
		list_add_tail_rcu(&p->thread_node, &sig->thread_head);
		if (!thread)
			link_process(args, p);
		seccomp_fork(p);
	}
	attach_pid(p, PIDTYPE_PID);
	list_add_tail_rcu(&p->tasks, &task_list);
	spin_unlock_irq(&current->sighand->siglock);
	spin_unlock(&tasklist_lock);
	return 0;
}

/* CLONE_PIDFD: the parent's descriptor for the child, told before the child can be found. */
static int make_pidfd(const struct clone_args_k *args, struct pid *pid, struct file **file)
{
	int fd = pidfd_prepare(pid, 0, file);

	if (fd >= 0 && put_user(fd, args->pidfd)) {
		put_unused_fd(fd);
		fput(*file);
		return -EFAULT;
	}
	return fd;
}

/* Gives the task its number, and links it. */
static int name_task(const struct clone_args_k *args, struct task_struct *p, bool kernel)
{
	struct pid *pid = alloc_pid();
	struct file *file = NULL;
	int fd = -1, err;

	if (IS_ERR(pid))
		return PTR_ERR(pid);
	p->thread_pid = pid;
	p->pid = pid->nr;
	if (args->flags & CLONE_PIDFD) {
		fd = make_pidfd(args, pid, &file);
		if (fd < 0)
			return fd;
	}
	err = link_task(args, p, kernel);
	if (file && !err) {
		fd_install(fd, file);
	} else if (file) {
		put_unused_fd(fd);
		fput(file);
	}
	return err;
}

/* What the parent passes on by value. */
static void inherit(const struct clone_args_k *args, struct task_struct *p, bool kernel)
{
	p->set_child_tid = (args->flags & CLONE_CHILD_SETTID) ? args->child_tid : NULL;
	p->vfork_done = args->vfork;
	p->clear_child_tid = (args->flags & CLONE_CHILD_CLEARTID) ? args->child_tid : NULL;
	if (kernel) {
		p->flags = PF_KTHREAD;
		return;
	}
	if (!(args->flags & CLONE_THREAD))
		p->flags |= PF_FORKNOEXEC;
	strscpy(p->comm, current->comm, sizeof(p->comm));
	p->personality = current->personality;
	p->no_new_privs = current->no_new_privs;
	p->mempolicy = current->mempolicy;
	p->timer_slack_ns = p->default_timer_slack_ns = current->timer_slack_ns ?: TIMER_SLACK_STANDARD;
	p->blocked = current->blocked;
	sched_inherit(p);
	rseq_fork(p, args->flags);
	if (!(args->flags & CLONE_VM) || (args->flags & CLONE_VFORK))
		p->sas = current->sas;
}

static void undo_parts(struct task_struct *p)
{
	if (p->thread_pid)
		free_pid(p->thread_pid);
	if (p->signal)
		atomic_dec(&p->signal->live);
	uncharge_process(p);
	if (p->mm) {
		mmput(p->mm);
		p->mm = p->active_mm = NULL;
	}
	exit_sem(p);
	if (p->fs)
		exit_fs(p);
	if (p->files)
		exit_files(p);
	refcount_set(&p->usage, 1);
	put_task_struct(p);
}

static int copy_parts(const struct clone_args_k *args, struct task_struct *p, bool kernel)
{
	int err = cred_copy_for_clone(p);

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
	if (!err && !kernel)
		err = copy_semundo(args->flags, p);
	return err ? err : copy_thread(args, p);
}

struct task_struct *copy_process(const struct clone_args_k *args)
{
	bool kernel = args->fn && !args->new_process;
	struct task_struct *p = alloc_task();
	int err;

	if (!p)
		return ERR_PTR(-ENOMEM);
	inherit(args, p, kernel);
	err = copy_parts(args, p, kernel);
	if (!err)
		err = name_task(args, p, kernel);
	if (err) {
		undo_parts(p);
		return ERR_PTR(err);
	}
	proc_event_fork(p);
	return p;
}

struct task_struct *create_program_task(int (*fn)(void *), void *arg)
{
	struct clone_args_k args = { .fn = fn, .arg = arg, .new_process = true, .exit_signal = SIGCHLD };
	struct task_struct *p;

	child_reaper = current->group_leader;
	p = copy_process(&args);
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
	p->thread_pid = &init_struct_pid;
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
	pid_cache_init();
	user_counts_init();
	task_cache = kmem_cache_create("task_struct", sizeof(struct task_struct), 64, 0, NULL);
	signal_cache = kmem_cache_create("signal_struct", sizeof(struct signal_struct), 0, 0, NULL);
	sighand_cache =
		kmem_cache_create("sighand_struct", sizeof(struct sighand_struct), 0, 0, NULL);
	BUG_ON(!task_cache || !signal_cache || !sighand_cache);
	init_waitqueue_head(&init_signals.wait_chldexit);
	INIT_LIST_HEAD(&init_signals.children);
	init_waitqueue_head(&init_sighand.signalfd_wqh);
	held_locks_init(&init_task.held);
}
