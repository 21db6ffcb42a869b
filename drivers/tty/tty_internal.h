/* SPDX-License-Identifier: MIT */
/*
 * tty_internal.h - the terminal's state, shared by tty.c (reading and writing), ldisc.c (what
 * becomes of input), tty_ioctl.c, job.c (sessions and groups) and what stands behind a terminal: a serial port, or the
 * master of a pseudo-terminal.
 */
#ifndef DRIVERS_TTY_TTY_INTERNAL_H
#define DRIVERS_TTY_TTY_INTERNAL_H

#include "kernel/lib/refcount.h"
#include "kernel/lib/types.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lock/wait.h"
#include "kernel/task/workqueue.h"
#include "drivers/tty/termbits.h"
#include "drivers/tty/tty.h"

#define TTY_BUF	 4096u /* a power of two */
#define TTY_ROOM 8u    /* what one character can become: a tab, eight spaces */

struct pid;
struct tty;

/* What stands behind a terminal. All but release: any context but NMI, tty->lock may be held; they take only locks of their own. */
struct tty_port {
	size_t (*write)(struct tty *tty, const u8 *buf, size_t len);	/* bytes taken */
	size_t (*room)(struct tty *tty);				/* that it would take */
	size_t (*pending)(struct tty *tty);				/* not yet gone; NULL: none ever */
	void (*set_stopped)(struct tty *tty, bool stopped);		/* flow control: ^S, ^Q */
	void (*discard)(struct tty *tty);				/* what is pending */
	void (*resume_input)(struct tty *tty);				/* there is room again */
	void (*modes_changed)(struct tty *tty, u32 old_iflag);		/* or NULL */
	int (*modem_lines)(struct tty *tty);				/* TIOCMGET; NULL: there are none */
	void (*release)(struct tty *tty);				/* the last reference is gone; NULL: never */
};

struct tty {
	const struct tty_port *port; /* constant, like the next two */
	dev_t dev;
	bool is_pty;
	refcount_t refs;

	spinlock_t lock;	  /* all up to the queues; interrupts off (input arrives in them) */
	struct ktermios termios;
	struct ktermios locked;	  /* TIOCSLCKTRMIOS: a set bit, or byte, keeps the one of termios as it is */
	u32 ispeed, ospeed;
	struct winsize winsize;

	/*
	 * Input: buf[tail..head) modulo TTY_BUF. In canonical mode, bytes before canon are
	 * complete lines and may be read; those behind it can still be edited. A bit in `mark`
	 * says that the byte at this place ends a line without belonging to it (end of file) or
	 * as an extra line end.
	 */
	u8 buf[TTY_BUF];
	unsigned long mark[TTY_BUF / 64];
	u32 head, canon, tail;
	unsigned int column;	  /* where the next character is written, for tabs */
	bool literal_next;	  /* ^V was typed */
	bool input_held;	  /* the port waits for room */
	bool stopped;		  /* ^S was typed */
	bool hung_up;		  /* the other side is gone for good: end of file, and EIO */
	bool exclusive;		  /* TIOCEXCL */
	unsigned long signals;	  /* to be sent to the foreground group by signal_work; atomic bits */

	wait_queue_head_t read_wait, write_wait;
	struct mutex read_mutex;  /* one reader at a time, so that lines are not torn apart */
	struct mutex write_mutex; /* one writer at a time */
	struct work_struct signal_work;

	spinlock_t ctrl_lock;	  /* session and pgrp; taken with interrupts off, a leaf */
	struct pid *session;	  /* whose controlling terminal it is, with a reference, or NULL */
	struct pid *pgrp;	  /* its foreground group, likewise */
};

#define I_FLAG(tty, f) ((tty)->termios.c_iflag & (f))
#define O_FLAG(tty, f) ((tty)->termios.c_oflag & (f))
#define L_FLAG(tty, f) ((tty)->termios.c_lflag & (f))
#define TTY_CC(tty, c) ((tty)->termios.c_cc[c])

/* tty.c: a new terminal with the customary modes */
void tty_setup(struct tty *tty, const struct tty_port *port, dev_t dev);
static inline struct tty *tty_get(struct tty *tty)
{
	refcount_inc(&tty->refs);
	return tty;
}
/* Output processing: bytes of @buf taken. tty->lock held. */
size_t tty_output(struct tty *tty, const u8 *buf, size_t len);

/* ldisc.c; with tty->lock held */
bool ldisc_input_ready(struct tty *tty);
size_t ldisc_read(struct tty *tty, u8 *buf, size_t count, bool *line_done);
size_t ldisc_available(struct tty *tty);
void ldisc_flush(struct tty *tty);
void ldisc_mode_changed(struct tty *tty);

/* Bytes of input the terminal can take now. Any context. */
size_t tty_receive_room(struct tty *tty);
/* After input was consumed: let the port go on if it was held. */
void tty_input_consumed(struct tty *tty);

/* job.c */
void tty_job_setup(struct tty *tty);
void tty_job_release(struct tty *tty);
/* Sends a signal to the foreground group, soon. Any context but NMI. */
void tty_signal_soon(struct tty *tty, int sig);
/*
 * May the caller, if this is its controlling terminal, read (SIGTTIN) or change things (SIGTTOU)? 0: yes. A background process is
 * stopped by the signal, which its whole group gets, and tries again (-ERESTARTSYS); -EIO if that would be for ever.
 */
int tty_check_change(struct tty *tty, int sig);
/* The other side is gone: end the session's connection to the terminal. */
void tty_hangup_session(struct tty *tty);
/* tty_termios.c; -ENOIOCTLCMD: none of those that get or set modes. May sleep. */
int tty_termios_ioctl(struct tty *tty, unsigned int cmd, void __user *arg);
/* job.c; -ENOIOCTLCMD: none of those that job control is about. @master: asked through the master of a pseudo-terminal. */
int tty_job_ioctl(struct tty *tty, unsigned int cmd, unsigned long arg, bool master);

#endif
