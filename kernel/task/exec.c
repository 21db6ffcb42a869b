// SPDX-License-Identifier: MIT
/*
 * execve: a process becomes another program.
 *
 * First everything that can be refused is done on the side (struct linux_binprm): file, arguments, credentials, the
 * images' headers. begin_new_exec() is the step over: the other threads end, the old address space is left, and
 * what belonged to the old program is reset. After it nothing can be given back to the caller: what fails there ends
 * the process.
 *
 * The script loop: a file that begins with #! is replaced by its interpreter, a few times at most; what is loaded in
 * the end is an ELF image.
 */
#include "kernel/task/exec.h"
#include "fs/fdtable.h"
#include "fs/fs.h"
#include "fs/namei.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/binprm.h"
#include "kernel/task/futex.h"
#include "kernel/task/internal.h"
#include "kernel/task/personality.h"
#include "kernel/task/posix_timer.h"
#include "kernel/task/proc_events.h"
#include "kernel/task/ptrace.h"
#include "kernel/task/rseq.h"
#include "kernel/task/sched.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/thread.h"
#include "kernel/x86/tlbflush.h"
#include "mm/mm.h"
#include "mm/mm_types.h"
#include "mm/slab.h"

/* ---- the step over ---- */

/*
 * The new address space becomes the current one; the old one loses this user. Others look at mm under task_lock.
 * What the old program left in its memory for others (robust futexes, a parent in vfork) is settled while it is still there.
 */
static void exec_mmap(struct mm_struct *mm)
{
	struct task_struct *tsk = current;
	struct mm_struct *old = tsk->mm, *active;

	if (old)
		mm_release(tsk);
	task_lock(tsk);
	local_irq_disable();
	active = tsk->active_mm;
	tsk->mm = mm;
	tsk->active_mm = mm;
	switch_mm_irqs_off(active, mm, tsk);
	local_irq_enable();
	task_unlock(tsk);
	if (old)
		mmput(old);
	else
		mmdrop(active); /* a kernel thread had only borrowed it */
}

/* Handlers are addresses in the old program; what was ignored stays ignored. */
static void reset_handlers(struct sighand_struct *sighand)
{
	spin_lock_irq(&sighand->siglock);
	for (int i = 0; i < _NSIG; i++) {
		struct k_sigaction *ka = &sighand->action[i];

		*ka = (struct k_sigaction){
			.sa_handler = ka->sa_handler == SIG_IGN ? SIG_IGN : SIG_DFL,
		};
	}
	spin_unlock_irq(&sighand->siglock);
}

static void set_comm_from_path(const char *path)
{
	const char *base = strrchr(path, '/');

	set_task_comm(current, base ? base + 1 : path);
}

/* Descriptors are this process's alone from here on. */
static int unshare_and_close_files(void)
{
	struct files_struct *displaced;
	int err = unshare_files(&displaced);

	if (err)
		return err;
	if (displaced)
		put_files_struct(displaced);
	do_close_on_exec(current->files);
	return 0;
}

/* A program with more rights than its caller is not influenced through what else it inherits. */
static void secure_new_program(struct task_struct *tsk)
{
	struct rlimit *stack = &tsk->signal->rlim[RLIMIT_STACK];

	tsk->pdeath_signal = 0;
	task_lock(tsk->group_leader);
	if (stack->rlim_cur > DEFAULT_STACK)
		stack->rlim_cur = DEFAULT_STACK;
	task_unlock(tsk->group_leader);
}

/*
 * A tracer without rights may have come since the credentials were chosen (bprm_fill_creds()). It asks for permission and links
 * itself under one hold of tasklist_lock: so either it saw the new credentials and was refused, or it is seen here. Then it loses
 * the task before it could look into it, and the program does not begin.
 */
static int commit_new_creds(struct linux_binprm *bprm)
{
	int err = 0;

	commit_creds(bprm->cred);
	bprm->cred = NULL;
	if (likely(!bprm->gained || bprm->unsafe))
		return 0;
	spin_lock(&tasklist_lock);
	if (unlikely(ptrace_unsafe(current))) {
		ptrace_unlink(current);
		err = -EPERM;
	}
	spin_unlock(&tasklist_lock);
	return err;
}

int begin_new_exec(struct linux_binprm *bprm)
{
	struct task_struct *tsk = current;
	int err;

	bprm->point_of_no_return = true;
	err = de_thread();
	if (err)
		return err;
	/* alone: no other thread can set no_new_privs behind it, and a filter with it (TSYNC) */
	bprm_fill_creds(bprm);
	set_mm_exe_file(bprm->mm, bprm->img.file);
	bprm->mm->dumpable = bprm->dumpable;
	rseq_exec(tsk);
	exec_mmap(bprm->mm);
	bprm->mm = NULL;
	exit_posix_timers(tsk->signal); /* while siglock is still theirs */
	err = unshare_sighand();
	if (!err)
		err = unshare_and_close_files();
	if (err)
		return err;
	tsk->flags &= ~(PF_KTHREAD | PF_FORKNOEXEC);
	tsk->personality &= ~(READ_IMPLIES_EXEC | bprm->per_clear);
	tsk->sas = (stack_t){ .ss_flags = SS_DISABLE };
	reset_handlers(tsk->sighand);
	set_comm_from_path(bprm->filename);
	if (bprm->secureexec)
		secure_new_program(tsk);
	return commit_new_creds(bprm);
}

/* ---- the request ---- */

static int load_binary(struct linux_binprm *bprm)
{
	for (int depth = 0;; depth++) {
		int err = bprm_read_head(bprm);

		if (err)
			return err;
		if (bprm->buf[0] != '#' || bprm->buf[1] != '!')
			return load_elf(bprm);
		if (depth == SCRIPT_NESTING_LIMIT)
			return -ELOOP;
		err = load_script(bprm);
		if (err)
			return err;
	}
}

/* bprm->img and the names are set. */
static int exec_binprm(struct linux_binprm *bprm, const struct exec_strings *argv, const struct exec_strings *envp)
{
	int err;

	bprm->cred = prepare_creds();
	if (!bprm->cred)
		return -ENOMEM;
	err = bprm_mm_init(bprm);
	if (!err)
		err = bprm_copy_args(bprm, argv, envp);
	if (!err)
		err = load_binary(bprm);
	if (!err)
		proc_event_exec();
	return err;
}

/* Frees it all. A program that is gone cannot be told about an error. */
static int end_exec(struct linux_binprm *bprm, int err, bool *gone)
{
	*gone = err && bprm->point_of_no_return;
	bprm_free(bprm);
	return err;
}

static int open_for_exec(struct linux_binprm *bprm, int fd, struct filename *name, int flags)
{
	struct file *file = do_open_execat(fd, name, flags);
	size_t size = strlen(name->name) + 24;

	if (IS_ERR(file))
		return PTR_ERR(file);
	bprm->img.file = file;
	bprm->filename = name->name;
	if (fd != AT_FDCWD && name->name[0] != '/') {
		bprm->fdpath = kmalloc(size, GFP_KERNEL);
		if (!bprm->fdpath)
			return -ENOMEM;
		snprintf(bprm->fdpath, size, "/dev/fd/%d%s%s", fd, name->name[0] ? "/" : "", name->name);
		bprm->filename = bprm->fdpath;
		bprm->path_inaccessible = get_close_on_exec(fd);
	}
	bprm->interp = bprm->filename;
	return 0;
}

/* For execve and execveat; takes over the name. */
int do_execveat(int fd, struct filename *name, const char __user *const __user *argv,
		const char __user *const __user *envp, int flags)
{
	const struct exec_strings args = { .user = argv }, env = { .user = envp };
	const pid_t old_pid = current->pid; /* a thread gets its process's */
	struct linux_binprm *bprm;
	const char *why = NULL;
	bool gone;
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	if (process_limit_exceeded()) {
		putname(name);
		return -EAGAIN;
	}
	bprm = kzalloc(sizeof(*bprm), GFP_KERNEL);
	if (!bprm) {
		putname(name);
		return -ENOMEM;
	}
	bprm->img.why = &why;
	err = open_for_exec(bprm, fd, name, flags);
	if (!err)
		err = exec_binprm(bprm, &args, &env);
	err = end_exec(bprm, err, &gone);
	putname(name);
	if (gone && !fatal_signal_pending(current))
		do_group_exit(SIGSEGV);
	if (!err)
		ptrace_event(PTRACE_EVENT_EXEC, (unsigned long)old_pid);
	return err;
}

int kernel_execve(const char *path, const struct program_image *img, const char *const *argv,
		  const char *const *envp)
{
	const struct exec_strings args = { .kernel = argv }, env = { .kernel = envp };
	struct linux_binprm *bprm = kzalloc(sizeof(*bprm), GFP_KERNEL);
	struct filename *name = NULL;
	bool gone;
	int err = 0;

	if (!bprm)
		return -ENOMEM;
	bprm->img = *img;
	if (img->bytes) {
		bprm->filename = bprm->interp = path;
	} else {
		name = getname_kernel(path);
		err = IS_ERR(name) ? PTR_ERR(name) : open_for_exec(bprm, AT_FDCWD, name, 0);
	}
	if (!err)
		err = exec_binprm(bprm, &args, &env);
	err = end_exec(bprm, err, &gone);
	putname(name);
	return err;
}
