// SPDX-License-Identifier: MIT
/*
 * tty_ioctl.c - window size, queue lengths and flushing, by Linux's numbers. The modes are in tty_termios.c.
 *
 * User memory is copied before or after tty->lock is held, never under it.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/uaccess.h"
#include "drivers/tty/tty_internal.h"

static int get_winsize(struct tty *tty, void __user *arg)
{
	struct winsize copy;

	spin_lock_irq(&tty->lock);
	copy = tty->winsize;
	spin_unlock_irq(&tty->lock);
	return copy_to_user(arg, &copy, sizeof(copy)) ? -EFAULT : 0;
}

static int set_winsize(struct tty *tty, void __user *arg)
{
	struct winsize copy;
	bool changed;

	if (copy_from_user(&copy, arg, sizeof(copy)))
		return -EFAULT;
	spin_lock_irq(&tty->lock);
	changed = memcmp(&copy, &tty->winsize, sizeof(copy));
	tty->winsize = copy;
	spin_unlock_irq(&tty->lock);
	if (changed)
		tty_signal_soon(tty, SIGWINCH);
	return 0;
}

static int available(struct tty *tty, unsigned long arg)
{
	int n;

	spin_lock_irq(&tty->lock);
	n = ldisc_available(tty);
	spin_unlock_irq(&tty->lock);
	return put_user(n, (int __user *)arg);
}

static int flush(struct tty *tty, unsigned long which)
{
	if (which > TCIOFLUSH)
		return -EINVAL;
	if (which != TCOFLUSH) {
		spin_lock_irq(&tty->lock);
		ldisc_flush(tty);
		spin_unlock_irq(&tty->lock);
		tty_input_consumed(tty);
	}
	if (which != TCIFLUSH) {
		tty->port->discard(tty);
		tty_write_wakeup(tty);
	}
	return 0;
}

/* Output can be stopped and restarted; TCIOFF and TCION would send ^S and ^Q to the other side. */
static int flow(struct tty *tty, unsigned long what)
{
	static const u32 chars[] = { [TCIOFF] = VSTOP, [TCION] = VSTART };
	u8 c;

	switch (what) {
	case TCOOFF:
	case TCOON:
		spin_lock_irq(&tty->lock);
		tty->stopped = what == TCOOFF;
		tty->port->set_stopped(tty, tty->stopped);
		spin_unlock_irq(&tty->lock);
		return 0;
	case TCIOFF:
	case TCION:
		c = READ_ONCE(TTY_CC(tty, chars[what]));
		if (c)
			tty->port->write(tty, &c, 1);
		return 0;
	}
	return -EINVAL;
}

/* TIOCSTI: as if the character had been typed, on one's own terminal. */
static int simulate(struct tty *tty, unsigned long arg)
{
	struct tty *mine = get_current_tty();
	bool own = mine == tty;
	u8 c;

	if (mine)
		tty_put(mine);
	if (!own && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(c, (u8 __user *)arg))
		return -EFAULT;
	if (tty_receive_room(tty))
		tty_receive(tty, &c, 1);
	return 0;
}

static int set_discipline(unsigned long arg)
{
	int which;

	if (get_user(which, (int __user *)arg))
		return -EFAULT;
	return which ? -EINVAL : 0; /* there is one: N_TTY */
}

static int exclusive(struct tty *tty, bool on)
{
	WRITE_ONCE(tty->exclusive, on);
	return 0;
}

/* Does it change the terminal for all, which is not for background processes? */
static bool changes(unsigned int cmd)
{
	switch (cmd) {
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
	case TCSETA:
	case TCSETAW:
	case TCSETAF:
	case TCFLSH:
	case TCXONC:
	case TCSBRK:
	case TCSBRKP:
	case TIOCSETD:
		return true;
	}
	return false;
}

static int queue_ioctl(struct tty *tty, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCGWINSZ:
		return get_winsize(tty, (void __user *)arg);
	case TIOCSWINSZ:
		return set_winsize(tty, (void __user *)arg);
	case FIONREAD:
		return available(tty, arg);
	case TIOCOUTQ:
		return put_user(tty->port->pending ? (int)tty->port->pending(tty) : 0, (int __user *)arg);
	case TCFLSH:
		return flush(tty, arg);
	case TCXONC:
		return flow(tty, arg);
	case TCSBRK: /* a break is not sent; draining is what callers want (tcdrain) */
	case TCSBRKP:
		tty_drain(tty);
		return fatal_signal_pending(current) ? -ERESTARTSYS : 0;
	case TIOCSTI:
		return simulate(tty, arg);
	}
	return -ENOIOCTLCMD;
}

static int other_ioctl(struct tty *tty, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCEXCL:
	case TIOCNXCL:
		return exclusive(tty, cmd == TIOCEXCL);
	case TIOCGEXCL:
		return put_user((int)READ_ONCE(tty->exclusive), (int __user *)arg);
	case TIOCGETD:
		return put_user(0, (int __user *)arg);
	case TIOCSETD:
		return set_discipline(arg);
	case TIOCMGET:
		return tty->port->modem_lines ? put_user(tty->port->modem_lines(tty), (int __user *)arg) : -ENOTTY;
	}
	return -ENOTTY;
}

int tty_ioctl(struct tty *tty, unsigned int cmd, unsigned long arg, bool master)
{
	int ret;

	if (READ_ONCE(tty->hung_up) && !master)
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	ret = changes(cmd) && !master ? tty_check_change(tty, SIGTTOU) : 0;
	if (ret)
		return ret;
	ret = tty_job_ioctl(tty, cmd, arg, master);
	if (ret == -ENOIOCTLCMD)
		ret = tty_termios_ioctl(tty, cmd, (void __user *)arg);
	if (ret == -ENOIOCTLCMD)
		ret = queue_ioctl(tty, cmd, arg);
	return ret == -ENOIOCTLCMD ? other_ioctl(tty, cmd, arg) : ret;
}
