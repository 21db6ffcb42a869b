// SPDX-License-Identifier: MIT
/*
 * tty.c - reading from and writing to the console terminal.
 *
 * tty->lock guards the input buffer and the modes; read_mutex and write_mutex keep whole reads and
 * writes apart, so that a line goes to one reader and a write appears in one piece. Order:
 * read_mutex or write_mutex, then tty->lock, then the serial driver's raw lock.
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
#define TTY_POLLRDNORM 0x0040
#define TTY_POLLWRNORM 0x0100

#define TTY_DECISECOND 100 /* ms: the unit of VTIME */

static struct tty console_tty = {
	.termios = {
		.c_iflag = ICRNL | IXON | IMAXBEL | IUTF8,
		.c_oflag = OPOST | ONLCR,
		.c_cflag = B38400 | CS8 | CREAD | HUPCL,
		.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		.c_cc = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0 },
	},
	.winsize = { .ws_row = 24, .ws_col = 80 },
};

struct tty *tty_console(void)
{
	return &console_tty;
}

/* A process group of 0 is that of the process itself. */
pid_t tty_current_pgrp(void)
{
	pid_t pgrp;

	rcu_read_lock();
	pgrp = pid_nr(task_pgrp(current));
	rcu_read_unlock();

	return pgrp ? pgrp : current->tgid;
}

static bool input_ready(struct tty *tty)
{
	unsigned long flags;
	bool ready;

	spin_lock_irqsave(&tty->lock, flags);
	ready = ldisc_input_ready(tty);
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
		serial_resume_input();
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
	while (n < max_t(size_t, min_bytes, 1)) {
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

/* The first program to use the terminal gets its signals, until TIOCSPGRP names another. */
static void adopt(struct tty *tty)
{
	if (!READ_ONCE(tty->pgrp))
		WRITE_ONCE(tty->pgrp, tty_current_pgrp());
}

ssize_t tty_read(struct tty *tty, void *buf, size_t count, bool nonblock)
{
	ssize_t ret;

	if (!count)
		return 0;
	adopt(tty);
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

ssize_t tty_write(struct tty *tty, const void *buf, size_t count, bool nonblock)
{
	const u8 *p = buf;
	size_t done = 0;
	bool onlcr;
	int err = 0;

	if (nonblock) {
		if (!mutex_trylock(&tty->write_mutex))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&tty->write_mutex)) {
		return -ERESTARTSYS;
	}
	adopt(tty);
	for (;;) {
		onlcr = O_FLAG(tty, OPOST) && O_FLAG(tty, ONLCR);
		done += serial_write(p + done, count - done, onlcr);
		if (done == count)
			break;
		if (nonblock) {
			err = -EAGAIN;
			break;
		}
		err = wait_event_interruptible(tty->write_wait, serial_room() >= 2);
		if (err)
			break;
	}
	mutex_unlock(&tty->write_mutex);
	return done ? (ssize_t)done : err;
}

unsigned int tty_poll(struct tty *tty)
{
	unsigned int mask = 0;

	if (input_ready(tty))
		mask |= TTY_POLLIN | TTY_POLLRDNORM;
	if (serial_room() >= 2)
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

/* Interrupt: the serial ring has room again. */
void tty_write_wakeup(struct tty *tty)
{
	wake_up_interruptible_all(&tty->write_wait);
}

/* The last sixteen bytes leave the port without an interrupt of their own, so this looks again. */
void tty_drain(struct tty *tty)
{
	while (serial_pending() && !tty->stopped) {
		if (fatal_signal_pending(current))
			return;
		msleep(1);
	}
}

void tty_init(void)
{
	struct tty *tty = &console_tty;
	int err;

	spin_lock_init(&tty->lock);
	init_waitqueue_head(&tty->read_wait);
	init_waitqueue_head(&tty->write_wait);
	mutex_init(&tty->read_mutex);
	mutex_init(&tty->write_mutex);
	err = serial_open(tty);
	if (err)
		pr_err("tty: no serial console: error %d\n", err);
}
