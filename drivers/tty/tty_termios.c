// SPDX-License-Identifier: MIT
/*
 * tty_termios.c - getting and setting a terminal's modes: struct termios (tcsetattr), termios2 with its speeds in numbers, System V's
 * termio with half the bits, and the locked modes that no setting changes.
 *
 * All forms become one struct ktermios2 outside the lock, and only that is put in place under tty->lock: a reader never sees half of
 * a setting. termio says only the lower 16 bits of each word, so the others are taken from the modes in force, and because they are
 * read and put in place in two steps, a setting between the two can be lost, as it can in tcgetattr followed by tcsetattr.
 *
 * User memory is copied before or after tty->lock is held, never under it. See ioctl_tty(2).
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/x86/uaccess.h"
#include "drivers/tty/tty_internal.h"

/* struct termios2: the speeds in numbers behind the modes */
struct ktermios2 {
	struct ktermios modes;
	u32 ispeed, ospeed;
};

/* struct termio, of System V */
#define NCC 8
struct termio {
	u16 c_iflag, c_oflag, c_cflag, c_lflag;
	u8 c_line;
	u8 c_cc[NCC];
};

/* How the modes are to be set: at once, after output has gone, or with input thrown away besides. */
enum { SET_NOW, SET_DRAINED, SET_FLUSHED };

static struct ktermios2 modes_of(struct tty *tty)
{
	struct ktermios2 copy;

	spin_lock_irq(&tty->lock);
	copy = (struct ktermios2){ tty->termios, tty->ispeed, tty->ospeed };
	spin_unlock_irq(&tty->lock);
	return copy;
}

static int get_termios(struct tty *tty, void __user *arg, size_t size)
{
	struct ktermios2 copy = modes_of(tty);

	return copy_to_user(arg, &copy, size) ? -EFAULT : 0;
}

static int get_termio(struct tty *tty, void __user *arg)
{
	const struct ktermios2 now = modes_of(tty);
	const struct ktermios *m = &now.modes;
	struct termio t;

	memset(&t, 0, sizeof(t)); /* with its padding */
	t.c_iflag = (u16)m->c_iflag;
	t.c_oflag = (u16)m->c_oflag;
	t.c_cflag = (u16)m->c_cflag;
	t.c_lflag = (u16)m->c_lflag;
	t.c_line = m->c_line;
	memcpy(t.c_cc, m->c_cc, NCC);
	return copy_to_user(arg, &t, sizeof(t)) ? -EFAULT : 0;
}

static int get_locked(struct tty *tty, void __user *arg)
{
	struct ktermios copy;

	spin_lock_irq(&tty->lock);
	copy = tty->locked;
	spin_unlock_irq(&tty->lock);
	return copy_to_user(arg, &copy, sizeof(copy)) ? -EFAULT : 0;
}

static int set_locked(struct tty *tty, void __user *arg)
{
	struct ktermios copy;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&copy, arg, sizeof(copy)))
		return -EFAULT;
	spin_lock_irq(&tty->lock);
	tty->locked = copy;
	spin_unlock_irq(&tty->lock);
	return 0;
}

/* The speed that the bits of @cflag name, in bits a second; BOTHER: @other. */
static u32 speed_of(u32 cflag, u32 other)
{
	static const u32 slow[] = { 0,	  50,	75,   110,  134,  150,	200,   300,
				    600, 1200, 1800, 2400, 4800, 9600, 19200, 38400 };
	static const u32 fast[] = { 0,	    57600,   115200,  230400,  460800,	500000,	 576000,  921600,
				    1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000 };

	if ((cflag & CBAUD) == BOTHER)
		return other;
	return (cflag & CBAUDEX ? fast : slow)[cflag & CBAUD & ~CBAUDEX];
}

#define IBSHIFT 16 /* c_cflag's bits for the speed of input, above those for output; none: the same speed */

static void tell_speeds(struct ktermios2 *t)
{
	u32 in = t->modes.c_cflag >> IBSHIFT & CBAUD;

	t->ospeed = speed_of(t->modes.c_cflag, t->ospeed);
	t->ispeed = in ? speed_of(in, t->ispeed) : t->ospeed;
}

static u32 keep_locked(u32 wanted, u32 now, u32 locked)
{
	return (wanted & ~locked) | (now & locked);
}

static void keep_all_locked(struct ktermios *wanted, const struct ktermios *now, const struct ktermios *locked)
{
	wanted->c_iflag = keep_locked(wanted->c_iflag, now->c_iflag, locked->c_iflag);
	wanted->c_oflag = keep_locked(wanted->c_oflag, now->c_oflag, locked->c_oflag);
	wanted->c_cflag = keep_locked(wanted->c_cflag, now->c_cflag, locked->c_cflag);
	wanted->c_lflag = keep_locked(wanted->c_lflag, now->c_lflag, locked->c_lflag);
	if (locked->c_line)
		wanted->c_line = now->c_line;
	for (int i = 0; i < NCCS; i++)
		if (locked->c_cc[i])
			wanted->c_cc[i] = now->c_cc[i];
}

static int put_in_place(struct tty *tty, int how, struct ktermios2 *t)
{
	struct ktermios old;
	bool ready;

	tell_speeds(t);
	if (how != SET_NOW) {
		tty_drain(tty);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	spin_lock_irq(&tty->lock);
	if (how == SET_FLUSHED)
		ldisc_flush(tty);
	old = tty->termios;
	keep_all_locked(&t->modes, &old, &tty->locked);
	tty->termios = t->modes;
	tty->ispeed = t->ispeed;
	tty->ospeed = t->ospeed;
	if ((old.c_lflag ^ tty->termios.c_lflag) & ICANON)
		ldisc_mode_changed(tty);
	if (tty->port->modes_changed)
		tty->port->modes_changed(tty, old.c_iflag);
	ready = ldisc_input_ready(tty);
	spin_unlock_irq(&tty->lock);
	if (how == SET_FLUSHED)
		tty_input_consumed(tty);
	if (ready)
		wake_up_interruptible_all(&tty->read_wait);
	return 0;
}

static int set_termios(struct tty *tty, int how, void __user *arg, size_t size)
{
	struct ktermios2 t = modes_of(tty);

	return copy_from_user(&t, arg, size) ? -EFAULT : put_in_place(tty, how, &t);
}

static u32 lower_half(u32 now, u16 wanted)
{
	return (now & 0xffff0000u) | wanted;
}

static int set_termio(struct tty *tty, int how, void __user *arg)
{
	struct ktermios2 t = modes_of(tty);
	struct termio in;

	if (copy_from_user(&in, arg, sizeof(in)))
		return -EFAULT;
	t.modes.c_iflag = lower_half(t.modes.c_iflag, in.c_iflag);
	t.modes.c_oflag = lower_half(t.modes.c_oflag, in.c_oflag);
	t.modes.c_cflag = lower_half(t.modes.c_cflag, in.c_cflag);
	t.modes.c_lflag = lower_half(t.modes.c_lflag, in.c_lflag);
	t.modes.c_line = in.c_line;
	memcpy(t.modes.c_cc, in.c_cc, NCC);
	return put_in_place(tty, how, &t);
}

static int get_ioctl(struct tty *tty, unsigned int cmd, void __user *p)
{
	switch (cmd) {
	case TCGETS:
		return get_termios(tty, p, sizeof(struct ktermios));
	case TCGETS2:
		return get_termios(tty, p, sizeof(struct ktermios2));
	case TCGETA:
		return get_termio(tty, p);
	case TIOCGLCKTRMIOS:
		return get_locked(tty, p);
	}
	return -ENOIOCTLCMD;
}

int tty_termios_ioctl(struct tty *tty, unsigned int cmd, void __user *p)
{
	const size_t modes = sizeof(struct ktermios), both = sizeof(struct ktermios2);

	switch (cmd) {
	case TCSETS:
		return set_termios(tty, SET_NOW, p, modes);
	case TCSETS2:
		return set_termios(tty, SET_NOW, p, both);
	case TCSETA:
		return set_termio(tty, SET_NOW, p);
	case TCSETSW:
		return set_termios(tty, SET_DRAINED, p, modes);
	case TCSETSW2:
		return set_termios(tty, SET_DRAINED, p, both);
	case TCSETAW:
		return set_termio(tty, SET_DRAINED, p);
	case TCSETSF:
		return set_termios(tty, SET_FLUSHED, p, modes);
	case TCSETSF2:
		return set_termios(tty, SET_FLUSHED, p, both);
	case TCSETAF:
		return set_termio(tty, SET_FLUSHED, p);
	case TIOCSLCKTRMIOS:
		return set_locked(tty, p);
	}
	return get_ioctl(tty, cmd, p);
}
