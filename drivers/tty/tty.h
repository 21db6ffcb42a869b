/* SPDX-License-Identifier: MIT */
/*
 * tty.h - the console as a terminal: what the console file calls, and what a serial driver calls.
 */
#ifndef DRIVERS_TTY_TTY_H
#define DRIVERS_TTY_TTY_H

#include "kernel/lib/types.h"

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
 * signal. tty_write: bytes taken (output processing applied), -EAGAIN, -ERESTARTSYS.
 */
ssize_t tty_read(struct tty *tty, void *buf, size_t count, bool nonblock);
ssize_t tty_write(struct tty *tty, const void *buf, size_t count, bool nonblock);

/* EPOLLIN-style bits (POLLIN 1, POLLOUT 4, POLLHUP 0x10, POLLRDNORM 0x40, POLLWRNORM 0x100). */
unsigned int tty_poll(struct tty *tty);
/* The queues to wait on for input and for output room. */
struct wait_queue_head *tty_read_wait(struct tty *tty);
struct wait_queue_head *tty_write_wait(struct tty *tty);

/*
 * Terminal ioctls: @arg is a user pointer or value. -ENOIOCTLCMD: not a terminal ioctl. May sleep
 * (user copies, TCSETSW drains).
 */
int tty_ioctl(struct tty *tty, unsigned int cmd, unsigned long arg);

/* Sleep until everything written has left for the wire. */
void tty_drain(struct tty *tty);

/* From the serial driver, interrupt context. */
void tty_receive(struct tty *tty, const u8 *buf, size_t count);
void tty_write_wakeup(struct tty *tty);

void tty_init(void); /* after the interrupt controller and the scheduler work */

/*
 * The end of the run: wait until the ring is empty, then only polled output. Safe to call
 * with interrupts off (then it polls).
 */
void console_flush_all(void);

#endif
