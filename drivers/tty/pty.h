/* SPDX-License-Identifier: MIT */
/* pty.h - pseudo-terminals: a terminal (the slave) whose other side is a program (the master) instead of a wire. */
#ifndef DRIVERS_TTY_PTY_H
#define DRIVERS_TTY_PTY_H

#include "kernel/lib/types.h"

struct pty;
struct tty;
struct wait_queue_head;

#define PTY_MAX	  1024
#define PTY_MAJOR 136 /* and the next three: 256 slaves each */

/* A new pair, locked, with its master open; ERR_PTR: -ENOSPC, -ENOMEM. May sleep. */
struct pty *pty_create(void);
/* How many pairs there are. */
unsigned int pty_count(void);
int pty_index(const struct pty *pty);
struct tty *pty_slave(struct pty *pty);
/* The end of the master: hangs the slave up. May sleep. */
void pty_master_close(struct pty *pty);

/* Kernel memory. As tty_read() and tty_write(); -EIO when the slave has been closed. */
ssize_t pty_master_read(struct pty *pty, void *buf, size_t count, bool nonblock);
ssize_t pty_master_write(struct pty *pty, const void *buf, size_t count, bool nonblock);
unsigned int pty_master_poll(struct pty *pty);
struct wait_queue_head *pty_master_read_wait(struct pty *pty);
struct wait_queue_head *pty_master_write_wait(struct pty *pty);
/* Those of the master itself and, for the rest, of the slave's modes. */
int pty_master_ioctl(struct pty *pty, unsigned int cmd, unsigned long arg);

/* The slave, to which the caller has a reference, opened once more, with a reference of its own. -EIO: locked, or the master is closed. */
int pty_open_slave(struct tty *tty);
/* One open file less. */
void pty_close_slave(struct tty *tty);

#endif
