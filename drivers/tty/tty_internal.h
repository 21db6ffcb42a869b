/* SPDX-License-Identifier: MIT */
/*
 * tty_internal.h - the terminal's state, shared by tty.c (reading and writing), ldisc.c (what
 * becomes of input) and tty_ioctl.c.
 */
#ifndef DRIVERS_TTY_TTY_INTERNAL_H
#define DRIVERS_TTY_TTY_INTERNAL_H

#include "kernel/lib/types.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait.h"
#include "drivers/tty/termbits.h"
#include "drivers/tty/tty.h"

#define TTY_BUF 4096u /* a power of two */

struct tty {
	spinlock_t lock;	  /* all up to the queues; interrupts off (input arrives in them) */
	struct ktermios termios;
	struct winsize winsize;
	pid_t pgrp;		  /* whom ^C goes to; READ_ONCE, WRITE_ONCE */

	/*
	 * Input: buf[tail..head) modulo TTY_BUF. In canonical mode, bytes before canon are
	 * complete lines and may be read; those behind it can still be edited. A bit in `mark`
	 * says that the byte at this place ends a line without belonging to it (end of file) or
	 * as an extra line end.
	 */
	u8 buf[TTY_BUF];
	unsigned long mark[TTY_BUF / 64];
	u32 head, canon, tail;
	bool literal_next;	  /* ^V was typed */
	bool input_held;	  /* the port waits for room */
	bool stopped;		  /* ^S was typed */

	wait_queue_head_t read_wait, write_wait;
	struct mutex read_mutex;  /* one reader at a time, so that lines are not torn apart */
	struct mutex write_mutex; /* one writer at a time */
};

#define I_FLAG(tty, f) ((tty)->termios.c_iflag & (f))
#define O_FLAG(tty, f) ((tty)->termios.c_oflag & (f))
#define L_FLAG(tty, f) ((tty)->termios.c_lflag & (f))
#define TTY_CC(tty, c) ((tty)->termios.c_cc[c])

/* ldisc.c; with tty->lock held */
bool ldisc_input_ready(struct tty *tty);
size_t ldisc_read(struct tty *tty, u8 *buf, size_t count, bool *line_done);
size_t ldisc_available(struct tty *tty);
void ldisc_flush(struct tty *tty);
void ldisc_mode_changed(struct tty *tty);

/* The process group of the caller. */
pid_t tty_current_pgrp(void);

/* Bytes of input the terminal can take now. Any context. */
size_t tty_receive_room(struct tty *tty);
/* After input was consumed: let the port go on if it was held. */
void tty_input_consumed(struct tty *tty);

#endif
