/* SPDX-License-Identifier: MIT */
/*
 * tty.h - terminals: what the files and processes that use one call, and what a serial driver calls.
 */
#ifndef DRIVERS_TTY_TTY_H
#define DRIVERS_TTY_TTY_H

#include "kernel/lib/types.h"

struct signal_struct;
struct tty;
struct wait_queue_head;

/* struct termios as the kernel ABI has it (TCGETS, TCSETS). */
#define NCCS 19
struct ktermios {
	u32 c_iflag, c_oflag, c_cflag, c_lflag;
	u8 c_line;
	u8 c_cc[NCCS];
};

struct winsize {
	u16 ws_row, ws_col, ws_xpixel, ws_ypixel;
};

/* The terminal behind /dev/console and the standard streams. Never NULL. */
struct tty *tty_console(void);

/*
 * Read and write. @buf is kernel memory (the caller copies to and from the program). May sleep.
 * tty_read: bytes, 0 at end of file, -EAGAIN if @nonblock and nothing there, -ERESTARTSYS on a
 * signal. tty_write: bytes taken (output processing applied), -EAGAIN, -ERESTARTSYS, -EIO.
 */
ssize_t tty_read(struct tty *tty, void *buf, size_t count, bool nonblock);
ssize_t tty_write(struct tty *tty, const void *buf, size_t count, bool nonblock);

/* EPOLLIN-style bits (POLLIN 1, POLLOUT 4, POLLERR 8, POLLHUP 0x10, POLLRDNORM 0x40, POLLWRNORM 0x100). */
unsigned int tty_poll(struct tty *tty);
/* The queues to wait on for input and for output room. */
struct wait_queue_head *tty_read_wait(struct tty *tty);
struct wait_queue_head *tty_write_wait(struct tty *tty);

/*
 * Terminal ioctls: @arg is a user pointer or value. -ENOTTY: not a terminal ioctl. May sleep
 * (user copies, TCSETSW drains). @master: asked through the master of a pseudo-terminal.
 */
int tty_ioctl(struct tty *tty, unsigned int cmd, unsigned long arg, bool master);

/* Sleep until everything written has left for the wire. */
void tty_drain(struct tty *tty);

/* From the port, any context but NMI. */
void tty_receive(struct tty *tty, const u8 *buf, size_t count);
void tty_write_wakeup(struct tty *tty);

/* Drops a reference, such as get_current_tty() gives. Any context. */
void tty_put(struct tty *tty);

/* ---- sessions (job.c) ---- */

/* The caller's controlling terminal, with a reference, or NULL. */
struct tty *get_current_tty(void);
/* A terminal was opened without O_NOCTTY: a session leader without a terminal gets it, if no other session has it. */
void tty_open_controlling(struct tty *tty);
/* The session's leader ends (or gives its terminal up): nobody of the session has one any more. May sleep. */
void disassociate_ctty(bool on_exit);
/* setsid(): the process is in a new session. */
void proc_clear_tty(struct signal_struct *sig, struct tty **old);
/* fork: the child has its parent's terminal; tasklist_lock and the parent's siglock held. */
void tty_fork(struct signal_struct *child, const struct signal_struct *parent);
/* The process is released; siglock held. */
void tty_exit(struct signal_struct *sig);
/* For /proc/PID/stat: the terminal's number as the ABI has it, 0 without, and its foreground group, -1 without. siglock held. */
void tty_of_signal(const struct signal_struct *sig, int *nr, int *pgrp);

void tty_init(void); /* after the interrupt controller and the scheduler work */

/*
 * The end of the run: wait until the ring is empty, then only polled output. Safe to call
 * with interrupts off (then it polls).
 */
void console_flush_all(void);

#endif
