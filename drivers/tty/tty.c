// SPDX-License-Identifier: MIT
/*
 * tty.c - reading from and writing to a terminal.
 *
 * tty->lock guards the input buffer and the modes; read_mutex and write_mutex keep whole reads and
 * writes apart, so that a line goes to one reader and a write appears in one piece. Order:
 * read_mutex or write_mutex, then tty->lock, then the port's lock.
 *
 * No wakeup is lost: sleepers use wait_event on a condition that is computed under the lock which
 * the interrupt takes to change it, and the interrupt wakes them after it let go.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "drivers/tty/serial.h"
#include "drivers/tty/tty_internal.h"

/* poll bits, Linux's numbers */
#define TTY_POLLIN     0x0001
#define TTY_POLLOUT    0x0004
#define TTY_POLLERR    0x0008
#define TTY_POLLHUP    0x0010
#define TTY_POLLRDNORM 0x0040
#define TTY_POLLWRNORM 0x0100

#define TTY_DECISECOND 100 /* ms: the unit of VTIME */

static struct tty console_tty;

struct tty *tty_console(void)
{
	return &console_tty;
}

void tty_setup(struct tty *tty, const struct tty_port *port, dev_t dev)
{
	static const struct ktermios customary = {
		.c_iflag = ICRNL | IXON | IMAXBEL | IUTF8,
		.c_oflag = OPOST | ONLCR,
		.c_cflag = B38400 | CS8 | CREAD | HUPCL,
		.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		.c_cc = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0 },
	};

	tty->port = port;
	tty->dev = dev;
	refcount_set(&tty->refs, 1);
	tty->termios = customary;
	tty->ispeed = tty->ospeed = 38400;
	spin_lock_init(&tty->lock);
	init_waitqueue_head(&tty->read_wait);
	init_waitqueue_head(&tty->write_wait);
	mutex_init(&tty->read_mutex);
	mutex_init(&tty->write_mutex);
	tty_job_setup(tty);
}

void tty_put(struct tty *tty)
{
	if (!refcount_dec_and_test(&tty->refs))
		return;
	tty_job_release(tty);
	tty->port->release(tty);
}

/* ---- output ---- */

/* What a character becomes; @to has room for TTY_ROOM bytes. tty->lock held. */
static size_t output_char(struct tty *tty, u8 c, u8 *to)
{
	size_t n = 0;

	if (!O_FLAG(tty, OPOST)) {
		to[0] = c;
		return 1;
	}
	if (c == '\r' && O_FLAG(tty, OCRNL))
		c = '\n';
	switch (c) {
	case '\n':
		if (O_FLAG(tty, ONLCR))
			to[n++] = '\r';
		if (O_FLAG(tty, ONLCR) || O_FLAG(tty, ONLRET))
			tty->column = 0;
		break;
	case '\r':
		if (O_FLAG(tty, ONOCR) && !tty->column)
			return 0;
		tty->column = 0;
		break;
	case '\t':
		if (O_FLAG(tty, TABDLY) == XTABS) {
			do {
				to[n++] = ' ';
			} while (++tty->column % 8);
			return n;
		}
		tty->column = (tty->column | 7) + 1;
		break;
	case '\b':
		if (tty->column)
			tty->column--;
		break;
	default:
		/* Bytes that go on a character of UTF-8 take no place of their own. */
		if (c >= ' ' && (!I_FLAG(tty, IUTF8) || (c & 0xc0) != 0x80))
			tty->column++;
	}
	to[n++] = c;
	return n;
}

size_t tty_output(struct tty *tty, const u8 *buf, size_t len)
{
	u8 piece[64 + TTY_ROOM];
	size_t done = 0;

	while (done < len) {
		size_t room = tty->port->room(tty), n = 0;

		/* Nobody else writes while we hold the lock, so the room stays. */
		while (done < len && n < 64 && n + TTY_ROOM <= room)
			n += output_char(tty, buf[done++], piece + n);
		if (!n)
			break;
		tty->port->write(tty, piece, n);
	}
	return done;
}

/* ---- input ---- */

static bool input_ready(struct tty *tty)
{
	unsigned long flags;
	bool ready;

	spin_lock_irqsave(&tty->lock, flags);
	ready = ldisc_input_ready(tty) || tty->hung_up;
	spin_unlock_irqrestore(&tty->lock, flags);
	return ready;
}

/* Called after bytes left the buffer; not under tty->lock. */
void tty_input_consumed(struct tty *tty)
{
	unsigned long flags;
	bool resume;

	spin_lock_irqsave(&tty->lock, flags);
	resume = tty->input_held;
	tty->input_held = false;
	spin_unlock_irqrestore(&tty->lock, flags);
	if (resume)
		tty->port->resume_input(tty);
}

static size_t take_input(struct tty *tty, u8 *buf, size_t count, bool *line_done)
{
	unsigned long flags;
	size_t n;

	spin_lock_irqsave(&tty->lock, flags);
	n = ldisc_read(tty, buf, count, line_done);
	spin_unlock_irqrestore(&tty->lock, flags);
	tty_input_consumed(tty);
	return n;
}

/* Wait for input for at most @ms (0: for ever). 1: there is some, 0: time is up, -ERESTARTSYS. */
static long wait_input(struct tty *tty, long ms)
{
	long ret;

	if (!ms) {
		ret = wait_event_interruptible(tty->read_wait, input_ready(tty));
		return ret ? ret : 1;
	}
	ret = wait_event_interruptible_timeout(tty->read_wait, input_ready(tty), ms);
	return ret > 0 ? 1 : ret;
}

/* One line, or what was asked for of it. */
static ssize_t read_canonical(struct tty *tty, u8 *buf, size_t count, bool nonblock)
{
	bool line_done;
	long ret;

	if (!input_ready(tty)) {
		if (nonblock)
			return -EAGAIN;
		ret = wait_input(tty, 0);
		if (ret < 0)
			return ret;
	}
	return take_input(tty, buf, count, &line_done);
}

/*
 * VMIN and VTIME: with VMIN, wait for so many bytes, and with VTIME besides, no longer than that
 * between two bytes; with VTIME alone it bounds the wait for the first byte.
 */
static ssize_t read_raw(struct tty *tty, u8 *buf, size_t count, bool nonblock)
{
	size_t min_bytes = min_t(size_t, READ_ONCE(TTY_CC(tty, VMIN)), count);
	long interval = READ_ONCE(TTY_CC(tty, VTIME)) * TTY_DECISECOND;
	bool line_done;
	size_t n;
	long ret;

	n = take_input(tty, buf, count, &line_done);
	if (nonblock)
		return n || !min_bytes ? (ssize_t)n : -EAGAIN;
	while (n < max_t(size_t, min_bytes, 1) && !READ_ONCE(tty->hung_up)) {
		if (!min_bytes && !interval)
			break;
		ret = wait_input(tty, n || !min_bytes ? interval : 0);
		if (ret < 0)
			return n ? (ssize_t)n : ret;
		if (!ret)
			break;
		n += take_input(tty, buf + n, count - n, &line_done);
	}
	return n;
}

ssize_t tty_read(struct tty *tty, void *buf, size_t count, bool nonblock)
{
	ssize_t ret;

	if (!count || READ_ONCE(tty->hung_up))
		return 0;
	ret = tty_check_change(tty, SIGTTIN);
	if (ret)
		return ret;
	if (nonblock) {
		if (!mutex_trylock(&tty->read_mutex))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&tty->read_mutex)) {
		return -ERESTARTSYS;
	}
	if (L_FLAG(tty, ICANON))
		ret = read_canonical(tty, buf, count, nonblock);
	else
		ret = read_raw(tty, buf, count, nonblock);
	mutex_unlock(&tty->read_mutex);
	return ret;
}

static size_t write_some(struct tty *tty, const u8 *buf, size_t len)
{
	unsigned long flags;
	size_t n;

	spin_lock_irqsave(&tty->lock, flags);
	n = tty_output(tty, buf, len);
	spin_unlock_irqrestore(&tty->lock, flags);
	return n;
}

static bool output_ready(struct tty *tty)
{
	return READ_ONCE(tty->hung_up) || tty->port->room(tty) >= TTY_ROOM;
}

ssize_t tty_write(struct tty *tty, const void *buf, size_t count, bool nonblock)
{
	const u8 *p = buf;
	size_t done = 0;
	int err = 0;

	if (L_FLAG(tty, TOSTOP)) {
		err = tty_check_change(tty, SIGTTOU);
		if (err)
			return err;
	}
	if (nonblock) {
		if (!mutex_trylock(&tty->write_mutex))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&tty->write_mutex)) {
		return -ERESTARTSYS;
	}
	while (!err) {
		if (READ_ONCE(tty->hung_up)) {
			err = -EIO;
			break;
		}
		/* In pieces: interrupts are off meanwhile. */
		done += write_some(tty, p + done, min_t(size_t, count - done, 512));
		if (done == count)
			break;
		if (output_ready(tty))
			continue;
		if (nonblock)
			err = -EAGAIN;
		else
			err = wait_event_interruptible(tty->write_wait, output_ready(tty));
	}
	mutex_unlock(&tty->write_mutex);
	return done ? (ssize_t)done : err;
}

unsigned int tty_poll(struct tty *tty)
{
	unsigned int mask = READ_ONCE(tty->hung_up) ? TTY_POLLERR | TTY_POLLHUP : 0;

	if (input_ready(tty))
		mask |= TTY_POLLIN | TTY_POLLRDNORM;
	if (output_ready(tty))
		mask |= TTY_POLLOUT | TTY_POLLWRNORM;
	return mask;
}

struct wait_queue_head *tty_read_wait(struct tty *tty)
{
	return &tty->read_wait;
}

struct wait_queue_head *tty_write_wait(struct tty *tty)
{
	return &tty->write_wait;
}

/* The port has room again. */
void tty_write_wakeup(struct tty *tty)
{
	wake_up_interruptible_all(&tty->write_wait);
}

/* The last sixteen bytes leave the port without an interrupt of their own, so this looks again. */
void tty_drain(struct tty *tty)
{
	while (tty->port->pending && tty->port->pending(tty) && !tty->stopped) {
		if (fatal_signal_pending(current))
			return;
		msleep(1);
	}
}

void tty_init(void)
{
	struct tty *tty = &console_tty;
	int err;

	tty_setup(tty, &serial_port, MKDEV(4, 64));
	tty->winsize = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	err = serial_open(tty);
	if (err)
		pr_err("tty: no serial console: error %d\n", err);
}
