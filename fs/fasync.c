// SPDX-License-Identifier: MIT
/*
 * Signal-driven I/O: see fasync.h.
 *
 * An object (a pipe's end, a terminal) has a list with an entry for each open file that has O_ASYNC. fasync_lock guards all lists and
 * f_flags' FASYNC bit with them; signals walk the list under RCU. An entry's own lock is held while its owner is told, and taken with
 * interrupts off to clear its file: so once it is off the list and cleared, the file may go.
 */
#include "fs/fasync.h"

#include "fs/fs.h"
#include "fs/poll.h"
#include "kernel/lock/rcu.h"
#include "kernel/task/cred.h"
#include "kernel/task/pid.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/task/task.h"
#include "mm/slab.h"

struct fasync_struct {
	rwlock_t lock;			/* guards file and fd */
	struct file *file;		/* NULL: taken off */
	int fd;				/* told in si_fd */
	struct fasync_struct *next;	/* fasync_lock; RCU */
	struct rcu_head rcu;
};

static DEFINE_SPINLOCK(fasync_lock);

static void set_fasync_bit(struct file *file, bool on)
{
	spin_lock(&file->f_lock);
	if (on)
		file->f_flags |= FASYNC;
	else
		file->f_flags &= ~FASYNC;
	spin_unlock(&file->f_lock);
}

static void free_entry_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct fasync_struct, rcu));
}

/* fasync_lock held. */
static struct fasync_struct **find_entry(struct fasync_struct **list, const struct file *file)
{
	while (*list && (*list)->file != file)
		list = &(*list)->next;
	return list;
}

static int fasync_remove(struct file *file, struct fasync_struct **list)
{
	struct fasync_struct **link, *entry;

	spin_lock(&fasync_lock);
	link = find_entry(list, file);
	entry = *link;
	if (entry) {
		write_lock_irq(&entry->lock);
		entry->file = NULL;
		write_unlock_irq(&entry->lock);
		WRITE_ONCE(*link, entry->next);
	}
	set_fasync_bit(file, false);
	spin_unlock(&fasync_lock);
	if (entry)
		call_rcu(&entry->rcu, free_entry_rcu);
	return entry != NULL;
}

int fasync_helper(int fd, struct file *file, int on, struct fasync_struct **list)
{
	struct fasync_struct *new, *entry;

	if (!on)
		return fasync_remove(file, list);
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	rwlock_init(&new->lock);
	new->file = file;
	new->fd = fd;
	spin_lock(&fasync_lock);
	entry = *find_entry(list, file);
	if (entry) {
		write_lock_irq(&entry->lock);
		entry->fd = fd;
		write_unlock_irq(&entry->lock);
	} else {
		new->next = *list;
		rcu_assign_pointer(*list, new);
	}
	set_fasync_bit(file, true);
	spin_unlock(&fasync_lock);
	if (entry)
		kfree(new);
	return !entry;
}

void kill_fasync(struct fasync_struct **list, int sig, int band)
{
	struct fasync_struct *entry;
	unsigned long flags;

	if (!READ_ONCE(*list))
		return;
	rcu_read_lock();
	for (entry = READ_ONCE(*list); entry; entry = READ_ONCE(entry->next)) {
		read_lock_irqsave(&entry->lock, flags);
		/* SIGURG is sent by default only to owners that were set on purpose. */
		if (entry->file && !(sig == SIGURG && !entry->file->f_owner.pid))
			send_sigio(&entry->file->f_owner, entry->fd, band);
		read_unlock_irqrestore(&entry->lock, flags);
	}
	rcu_read_unlock();
}

/* ---- telling one owner ---- */

/* What poll would say of the event, for si_band. */
static long band_events(int band)
{
	switch (band) {
	case POLL_IN:
		return EPOLLIN | EPOLLRDNORM;
	case POLL_OUT:
		return EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;
	case POLL_MSG:
		return EPOLLIN | EPOLLRDNORM | EPOLLMSG;
	case POLL_ERR:
		return EPOLLERR;
	case POLL_PRI:
		return EPOLLPRI | EPOLLRDBAND;
	case POLL_HUP:
		return EPOLLHUP | EPOLLERR;
	}
	return 0;
}

/* Whoever set the owner must have been allowed to signal it. Under RCU. */
static bool may_signal(struct task_struct *p, const struct fown_struct *fown)
{
	const struct cred *cred = rcu_dereference_raw(p->cred);

	return fown->euid == 0 || fown->euid == cred->suid || fown->euid == cred->uid || fown->uid == cred->suid ||
	       fown->uid == cred->uid;
}

static void tell_task(struct task_struct *p, const struct fown_struct *fown, int fd, int band, bool group)
{
	kernel_siginfo_t info;

	if (!may_signal(p, fown))
		return;
	if (fown->signum) {
		clear_siginfo(&info);
		info.si_signo = fown->signum;
		info.si_code = band;
		info.si_band = band_events(band);
		info.si_fd = fd;
		if (!send_sig_info(fown->signum, &info, p, group))
			return;
		/* the queue is full: the plain signal says that something was lost */
	}
	send_sig_info(SIGIO, NULL, p, group);
}

void send_sigio(struct fown_struct *fown, int fd, int band)
{
	struct task_struct *p;
	unsigned long flags;
	struct pid *pid;

	read_lock_irqsave(&fown->lock, flags);
	rcu_read_lock();
	pid = fown->pid > 0 ? find_pid(fown->pid) : NULL;
	if (!pid)
		goto out;
	switch (fown->pid_type) {
	case F_OWNER_TID:
		p = pid_task(pid, PIDTYPE_PID);
		if (p)
			tell_task(p, fown, fd, band, false);
		break;
	case F_OWNER_PID:
		p = pid_task(pid, PIDTYPE_TGID);
		if (p)
			tell_task(p, fown, fd, band, true);
		break;
	case F_OWNER_PGRP:
		for_each_pid_task(p, pid, PIDTYPE_PGID)
			tell_task(p, fown, fd, band, true);
	}
out:
	rcu_read_unlock();
	read_unlock_irqrestore(&fown->lock, flags);
}
