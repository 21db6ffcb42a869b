// SPDX-License-Identifier: MIT
/*
 * Core dumps: when, by whom, and into which file.
 *
 * A signal whose default action is to dump core does not end the group when it is sent, if a core is wanted (RLIMIT_CORE is at least
 * a page): the thread that takes it does. It becomes the dumper: under siglock it marks the group as exiting, sets
 * signal->core_state, and counts the threads that have not begun to exit; then it waits for them. Each of them, killed, comes to
 * exit_signals(), where PF_EXITING is set under the same lock: so a thread was either not counted, or finds core_state, joins the
 * list and stands still with its registers in its frame and its memory in place, until the dumper lets all go.
 *
 * SIGKILL reaches a group that dumps, and breaks the dump off (prepare_signal(), complete_signal()).
 *
 * The file is `core` in the current directory, as /proc/sys/kernel/core_pattern says. One that is there is overwritten, if it is
 * a regular file of the process's own with this name only: else others could be made to overwrite, or read, what is not theirs.
 */
#include "kernel/task/coredump.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "kernel/lib/err.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/rculist.h"
#include "kernel/task/internal.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal_internal.h"
#include "mm/mm_types.h"

/* signal->core_state: on the dumper's stack; siglock guards it */
struct core_state {
	int awaited; /* threads that have still to come */
	struct core_thread *threads;
	struct completion all_here;
};

bool wants_coredump(int sig, struct task_struct *p)
{
	return sig_default_coredump(sig) && READ_ONCE(p->signal->rlim[RLIMIT_CORE].rlim_cur) >= PAGE_SIZE;
}

/* ---- the other threads ---- */

bool coredump_join(struct core_thread *self)
{
	struct core_state *core = current->signal->core_state;

	lockdep_assert_held(&current->sighand->siglock);
	if (!core)
		return false;
	self->task = current;
	self->next = core->threads;
	core->threads = self;
	if (!--core->awaited)
		complete(&core->all_here);
	return true;
}

void coredump_wait(struct core_thread *self)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		if (!READ_ONCE(self->task))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/* The current thread is the dumper. False: the process is ending already, or becomes another program. */
static bool begin(struct core_state *core, int sig)
{
	struct task_struct *self = current, *t;
	struct signal_struct *signal = self->signal;
	bool ok = false;

	init_completion(&core->all_here);
	spin_lock_irq(&self->sighand->siglock);
	if (!(signal->flags & SIGNAL_GROUP_EXIT) && !signal->group_exec_task) {
		ok = true;
		signal->group_exit_code = sig;
		WRITE_ONCE(signal->core_state, core);
		smp_store_release(&signal->flags, signal->flags | SIGNAL_GROUP_EXIT); /* see process_ends() in mm/oom.c */
		list_for_each_entry (t, &signal->thread_head, thread_node)
			core->awaited += t != self && !(t->flags & PF_EXITING);
		zap_other_threads(self);
		if (!core->awaited)
			complete(&core->all_here);
		clear_thread_flag(TIF_SIGPENDING); /* writing is not to be interrupted; SIGKILL sets it again */
	}
	spin_unlock_irq(&self->sighand->siglock);
	if (ok)
		wait_for_completion(&core->all_here);
	return ok;
}

static void finish(struct core_state *core, bool dumped)
{
	struct signal_struct *signal = current->signal;
	struct core_thread *t, *next;

	spin_lock_irq(&current->sighand->siglock);
	if (dumped && !__fatal_signal_pending(current))
		signal->group_exit_code |= 0x80;
	signal->core_state = NULL;
	spin_unlock_irq(&current->sighand->siglock);
	for (t = core->threads; t; t = next) {
		struct task_struct *task = get_task_struct(t->task);

		next = t->next;
		smp_store_release(&t->task, NULL); /* now it may go, and *t with it */
		wake_up_process(task);
		put_task_struct(task);
	}
}

/* ---- the file ---- */

bool dump_emit(struct coredump *cd, const void *buf, size_t len)
{
	if (cd->pos + (loff_t)len > cd->limit || fatal_signal_pending(current))
		return false;
	if (!buf) {
		cd->pos += (loff_t)len;
		return true;
	}
	while (len) {
		ssize_t n = kernel_write(cd->file, buf, len, &cd->pos);

		if (n <= 0)
			return false;
		buf = (const char *)buf + n;
		len -= (size_t)n;
	}
	return true;
}

static bool usable(struct file *file)
{
	struct inode *inode = file_inode(file);

	return S_ISREG(inode->i_mode) && READ_ONCE(inode->i_nlink) == 1 && inode->i_uid == current_fsuid() &&
	       !do_truncate(file->f_path.dentry, 0, 0, file);
}

static bool write_core(struct coredump *cd)
{
	bool dumped = false;

	cd->file = filp_open("core", O_CREAT | O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (IS_ERR(cd->file))
		return false;
	if (usable(cd->file)) {
		dumped = elf_core_dump(cd);
		if (i_size_read(file_inode(cd->file)) < cd->pos) /* it ends in a hole */
			dumped &= !do_truncate(cd->file->f_path.dentry, cd->pos, 0, cd->file);
	}
	return !filp_close(cd->file) && dumped;
}

void do_coredump(const kernel_siginfo_t *info)
{
	struct core_state core = { 0 };
	struct coredump cd = { .info = info, .limit = (loff_t)min_t(unsigned long, rlimit(RLIMIT_CORE), S64_MAX) };

	if (!wants_coredump(info->si_signo, current) || !READ_ONCE(current->mm->dumpable) || !begin(&core, info->si_signo))
		return;
	cd.threads = core.threads;
	finish(&core, write_core(&cd));
}
