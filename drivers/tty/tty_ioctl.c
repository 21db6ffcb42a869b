// SPDX-License-Identifier: MIT
/*
 * tty_ioctl.c - terminal modes, window size, queue lengths and flushing, by Linux's numbers.
 *
 * User memory is copied before or after tty->lock is held, never under it.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "kernel/x86/uaccess.h"
#include "drivers/tty/serial.h"
#include "drivers/tty/tty_internal.h"

static int get_termios(struct tty *tty, void __user *arg)
{
	struct ktermios copy;

	spin_lock_irq(&tty->lock);
	copy = tty->termios;
	spin_unlock_irq(&tty->lock);
	return copy_to_user(arg, &copy, sizeof(copy)) ? -EFAULT : 0;
}

static int set_termios(struct tty *tty, unsigned int cmd, void __user *arg)
{
	struct ktermios copy;
	bool ready;

	if (copy_from_user(&copy, arg, sizeof(copy)))
		return -EFAULT;
	if (cmd != TCSETS)
		tty_drain(tty);
	spin_lock_irq(&tty->lock);
	if (cmd == TCSETSF)
		ldisc_flush(tty);
	swap(copy, tty->termios);
	if ((copy.c_lflag ^ tty->termios.c_lflag) & ICANON)
		ldisc_mode_changed(tty);
	ready = ldisc_input_ready(tty);
	spin_unlock_irq(&tty->lock);
	if (cmd == TCSETSF)
		tty_input_consumed(tty);
	if (ready)
		wake_up_interruptible_all(&tty->read_wait);
	return 0;
}

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

	if (copy_from_user(&copy, arg, sizeof(copy)))
		return -EFAULT;
	spin_lock_irq(&tty->lock);
	tty->winsize = copy;
	spin_unlock_irq(&tty->lock);
	return 0;
}

static int set_pgrp(struct tty *tty, unsigned long arg)
{
	int pgrp;

	if (get_user(pgrp, (int __user *)arg))
		return -EFAULT;
	if (pgrp <= 0)
		return -EINVAL;
	WRITE_ONCE(tty->pgrp, pgrp);
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
		serial_discard();
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
		serial_set_stopped(tty->stopped);
		spin_unlock_irq(&tty->lock);
		return 0;
	case TCIOFF:
	case TCION:
		c = READ_ONCE(TTY_CC(tty, chars[what]));
		if (c)
			serial_write(&c, 1, false);
		return 0;
	}
	return -EINVAL;
}

int tty_ioctl(struct tty *tty, unsigned int cmd, unsigned long arg)
{
	void __user *p = (void __user *)arg;

	switch (cmd) {
	case TCGETS:
		return get_termios(tty, p);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(tty, cmd, p);
	case TIOCGWINSZ:
		return get_winsize(tty, p);
	case TIOCSWINSZ:
		return set_winsize(tty, p);
	case TIOCGPGRP:
		return put_user((int)READ_ONCE(tty->pgrp), (int __user *)arg);
	case TIOCSPGRP:
		return set_pgrp(tty, arg);
	case TIOCGSID:
		return put_user((int)tty_current_pgrp(), (int __user *)arg);
	case TIOCSCTTY:
		WRITE_ONCE(tty->pgrp, tty_current_pgrp());
		return 0;
	case FIONREAD:
		return available(tty, arg);
	case TIOCOUTQ:
		return put_user((int)serial_pending(), (int __user *)arg);
	case TCFLSH:
		return flush(tty, arg);
	case TCXONC:
		return flow(tty, arg);
	case TCSBRK: /* a break is not sent; draining is what callers want (tcdrain) */
	case TCSBRKP:
		tty_drain(tty);
		return fatal_signal_pending(current) ? -ERESTARTSYS : 0;
	}
	return -ENOIOCTLCMD;
}
