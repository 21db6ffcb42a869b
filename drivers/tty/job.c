// SPDX-License-Identifier: MIT
/*
 * job.c - job control: whose terminal this is, which group is in the foreground, who may use it.
 *
 * A process's controlling terminal is signal->tty, guarded by its siglock and counted; a terminal's session and foreground group are
 * tty->session and tty->pgrp, guarded by ctrl_lock and counted. The two sides agree because they are tied and untied under job_mutex.
 * A process that is forked inherits the terminal in the same hold of tasklist_lock in which it joins the session, and whoever takes
 * the terminal away from a session goes through its members under that lock, so none is missed.
 *
 * Order: job_mutex -> tasklist_lock -> siglock -> ctrl_lock. Characters that mean a signal arrive in interrupts, but a group is
 * signalled under tasklist_lock, which is taken with interrupts on: so a work item sends it.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/cred.h"
#include "kernel/task/internal.h"
#include "kernel/task/pid.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/uaccess.h"
#include "drivers/tty/tty_internal.h"

static DEFINE_MUTEX(job_mutex); /* ties and unties sessions and terminals */

/* ---- references ---- */

struct tty *get_current_tty(void)
{
	struct tty *tty;

	spin_lock_irq(&current->sighand->siglock);
	tty = current->signal->tty;
	if (tty)
		tty_get(tty);
	spin_unlock_irq(&current->sighand->siglock);
	return tty;
}

static bool is_current_tty(struct tty *tty)
{
	return READ_ONCE(current->signal->tty) == tty;
}

/* The terminal's group or session, with a reference, or NULL. */
static struct pid *get_ctrl_pid(struct tty *tty, struct pid **slot)
{
	unsigned long flags;
	struct pid *pid;

	spin_lock_irqsave(&tty->ctrl_lock, flags);
	pid = get_pid(*slot);
	spin_unlock_irqrestore(&tty->ctrl_lock, flags);
	return pid;
}

/* Sets both; the references are taken over. */
static void set_ctrl(struct tty *tty, struct pid *session, struct pid *pgrp)
{
	unsigned long flags;

	spin_lock_irqsave(&tty->ctrl_lock, flags);
	swap(tty->session, session);
	swap(tty->pgrp, pgrp);
	spin_unlock_irqrestore(&tty->ctrl_lock, flags);
	put_pid(session);
	put_pid(pgrp);
}

void tty_job_release(struct tty *tty)
{
	set_ctrl(tty, NULL, NULL);
}

/* ---- signals to the foreground group ---- */

static void signal_group(struct tty *tty, int sig)
{
	struct pid *pgrp = get_ctrl_pid(tty, &tty->pgrp);

	if (pgrp)
		kill_pgrp(pgrp, sig, 1);
	put_pid(pgrp);
}

static void send_signals(struct work_struct *work)
{
	struct tty *tty = container_of(work, struct tty, signal_work);

	for (int sig = 1; sig < 32; sig++) {
		if (test_and_clear_bit(sig, &tty->signals))
			signal_group(tty, sig);
	}
	tty_put(tty);
}

/* The work holds a reference while it is queued; it looks at the bits after it has left the queue, so none is lost. */
void tty_signal_soon(struct tty *tty, int sig)
{
	set_bit(sig, &tty->signals);
	tty_get(tty);
	if (!schedule_work(&tty->signal_work))
		tty_put(tty);
}

void tty_job_setup(struct tty *tty)
{
	spin_lock_init(&tty->ctrl_lock);
	INIT_WORK(&tty->signal_work, send_signals);
}

/* Is the signal one that would not stop the caller? */
static bool unmoved_by(int sig)
{
	struct sighand_struct *sighand = current->sighand;
	bool ret;

	spin_lock_irq(&sighand->siglock);
	ret = (current->blocked.sig[0] & sigmask(sig)) || sighand->action[sig - 1].sa_handler == SIG_IGN;
	spin_unlock_irq(&sighand->siglock);
	return ret;
}

int tty_check_change(struct tty *tty, int sig)
{
	struct pid *mine, *foreground;
	int ret = 0;

	if (!is_current_tty(tty))
		return 0;
	mine = get_task_pid(current, PIDTYPE_PGID);
	foreground = get_ctrl_pid(tty, &tty->pgrp);
	if (foreground && mine != foreground) {
		if (unmoved_by(sig)) {
			ret = sig == SIGTTIN ? -EIO : 0;
		} else if (is_current_pgrp_orphaned()) {
			ret = -EIO;
		} else {
			kill_pgrp(mine, sig, 1);
			set_thread_flag(TIF_SIGPENDING);
			ret = -ERESTARTSYS;
		}
	}
	put_pid(foreground);
	put_pid(mine);
	return ret;
}

/* ---- tying ---- */

void proc_clear_tty(struct signal_struct *sig, struct tty **old)
{
	*old = sig->tty;
	WRITE_ONCE(sig->tty, NULL);
}

static void clear_task_tty(struct task_struct *p)
{
	struct sighand_struct *sighand;
	struct tty *old = NULL;
	unsigned long flags;

	sighand = lock_task_sighand(p, &flags);
	if (sighand) {
		proc_clear_tty(p->signal, &old);
		unlock_task_sighand(sighand, &flags);
	}
	if (old)
		tty_put(old);
}

/* Nobody in the session has a controlling terminal any more. job_mutex held. */
static void session_clear_tty(struct pid *session)
{
	struct task_struct *p;

	spin_lock(&tasklist_lock);
	for_each_pid_task (p, session, PIDTYPE_SID)
		clear_task_tty(p);
	spin_unlock(&tasklist_lock);
}

/* The caller's session gets the terminal. job_mutex held. */
static void take_tty(struct tty *tty)
{
	struct tty *old;

	set_ctrl(tty, get_task_pid(current, PIDTYPE_SID), get_task_pid(current, PIDTYPE_PGID));
	tty_get(tty);
	spin_lock_irq(&current->sighand->siglock);
	proc_clear_tty(current->signal, &old);
	WRITE_ONCE(current->signal->tty, tty);
	spin_unlock_irq(&current->sighand->siglock);
	if (old)
		tty_put(old);
}

void tty_open_controlling(struct tty *tty)
{
	mutex_lock(&job_mutex);
	if (current->signal->leader && !current->signal->tty && !tty->session && !READ_ONCE(tty->hung_up))
		take_tty(tty);
	mutex_unlock(&job_mutex);
}

/* TIOCSCTTY: for a leader without a terminal; another session's only by force. */
static int take_by_ioctl(struct tty *tty, bool force)
{
	struct pid *mine;
	int err = 0;

	mutex_lock(&job_mutex);
	mine = get_task_pid(current, PIDTYPE_SID);
	if (current->signal->leader && mine == tty->session)
		goto out;
	err = -EPERM;
	if (!current->signal->leader || current->signal->tty)
		goto out;
	if (tty->session) {
		if (!force || !capable(CAP_SYS_ADMIN))
			goto out;
		session_clear_tty(tty->session);
	}
	take_tty(tty);
	err = 0;
out:
	put_pid(mine);
	mutex_unlock(&job_mutex);
	return err;
}

/* ---- untying ---- */

void disassociate_ctty(bool on_exit)
{
	struct pid *session;
	struct tty *tty;

	if (!current->signal->leader)
		return;
	tty = get_current_tty();
	if (!tty)
		return;
	signal_group(tty, SIGHUP);
	signal_group(tty, SIGCONT);
	mutex_lock(&job_mutex);
	session = get_task_pid(current, PIDTYPE_SID);
	/* It may have been taken away meanwhile. */
	if (session && tty->session == session)
		set_ctrl(tty, NULL, NULL);
	if (session)
		session_clear_tty(session);
	put_pid(session);
	mutex_unlock(&job_mutex);
	tty_put(tty);
}

static int give_up(struct tty *tty)
{
	if (!is_current_tty(tty))
		return -ENOTTY;
	if (current->signal->leader)
		disassociate_ctty(false);
	else
		clear_task_tty(current);
	return 0;
}

void tty_hangup_session(struct tty *tty)
{
	struct task_struct *p;
	struct pid *session;

	mutex_lock(&job_mutex);
	session = get_ctrl_pid(tty, &tty->session);
	if (session) {
		session_clear_tty(session); /* first: who handles the signal finds the terminal gone */
		spin_lock(&tasklist_lock);
		for_each_pid_task (p, session, PIDTYPE_SID) {
			if (p->signal->leader) {
				send_sig(SIGHUP, p, 1);
				send_sig(SIGCONT, p, 1);
			}
		}
		spin_unlock(&tasklist_lock);
		signal_group(tty, SIGHUP);
		signal_group(tty, SIGCONT);
	}
	set_ctrl(tty, NULL, NULL);
	put_pid(session);
	mutex_unlock(&job_mutex);
}

/* ---- fork and exit ---- */

void tty_fork(struct signal_struct *child, const struct signal_struct *parent)
{
	child->tty = parent->tty ? tty_get(parent->tty) : NULL;
}

void tty_exit(struct signal_struct *sig)
{
	struct tty *old;

	proc_clear_tty(sig, &old);
	if (old)
		tty_put(old);
}

void tty_of_signal(const struct signal_struct *sig, int *nr, int *pgrp)
{
	struct tty *tty = sig->tty;
	unsigned long flags;

	*nr = 0;
	*pgrp = -1;
	if (!tty)
		return;
	*nr = (MINOR(tty->dev) & 0xff) | MAJOR(tty->dev) << 8 | (MINOR(tty->dev) & ~0xffU) << 12;
	spin_lock_irqsave(&tty->ctrl_lock, flags);
	if (tty->pgrp)
		*pgrp = pid_nr(tty->pgrp);
	spin_unlock_irqrestore(&tty->ctrl_lock, flags);
}

/* ---- ioctls ---- */

/* The session of a group that has members, or NULL. Under RCU. */
static struct pid *session_of(struct pid *pgrp)
{
	struct task_struct *p = pid_task(pgrp, PIDTYPE_PGID);

	return p ? task_session(p) : NULL;
}

static int set_foreground(struct tty *tty, unsigned long arg)
{
	struct pid *pgrp, *mine;
	int nr, err = tty_check_change(tty, SIGTTOU);

	if (err)
		return err == -EIO ? -ENOTTY : err;
	if (get_user(nr, (int __user *)arg))
		return -EFAULT;
	if (nr < 0)
		return -EINVAL;
	mutex_lock(&job_mutex);
	mine = get_task_pid(current, PIDTYPE_SID);
	err = -ENOTTY;
	if (!is_current_tty(tty) || tty->session != mine)
		goto out;
	rcu_read_lock();
	pgrp = find_pid(nr);
	err = !pgrp ? -ESRCH : session_of(pgrp) != mine ? -EPERM : 0;
	if (!err)
		pgrp = find_get_pid(nr);
	rcu_read_unlock();
	if (!err)
		set_ctrl(tty, get_pid(mine), pgrp);
out:
	put_pid(mine);
	mutex_unlock(&job_mutex);
	return err;
}

static int tell_pid(struct tty *tty, struct pid **slot, unsigned long arg, bool must_be)
{
	struct pid *pid = get_ctrl_pid(tty, slot);
	int ret = !pid && must_be ? -ENOTTY : put_user((int)pid_nr(pid), (int __user *)arg);

	put_pid(pid);
	return ret;
}

int tty_job_ioctl(struct tty *tty, unsigned int cmd, unsigned long arg, bool master)
{
	switch (cmd) {
	case TIOCGPGRP:
		return master || is_current_tty(tty) ? tell_pid(tty, &tty->pgrp, arg, false) : -ENOTTY;
	case TIOCSPGRP:
		return set_foreground(tty, arg);
	case TIOCGSID:
		return master || is_current_tty(tty) ? tell_pid(tty, &tty->session, arg, true) : -ENOTTY;
	case TIOCSCTTY:
		return take_by_ioctl(tty, arg == 1);
	case TIOCNOTTY:
		return give_up(tty);
	}
	return -ENOIOCTLCMD;
}
