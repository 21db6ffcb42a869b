/* SPDX-License-Identifier: MIT */
/* serial.h - between the 16550 driver and the terminal above it. */
#ifndef DRIVERS_TTY_SERIAL_H
#define DRIVERS_TTY_SERIAL_H

#include "kernel/lib/types.h"

struct tty;

/* Take over COM1 for @tty. Returns 0 or a negative errno. May sleep. */
int serial_open(struct tty *tty);

/*
 * Queue output; returns the bytes of @buf taken, fewer when the ring fills up. With @onlcr a
 * newline becomes CR LF. Any context but NMI.
 */
size_t serial_write(const u8 *buf, size_t len, bool onlcr);
size_t serial_room(void);    /* bytes that serial_write would take */
size_t serial_pending(void); /* bytes not yet given to the port */

/* Stop and restart output (flow control). Any context but NMI. */
void serial_set_stopped(bool stopped);
/* Drop output that has not been sent. */
void serial_discard(void);

/* Let the port deliver input again after tty_receive_room() was 0. Any context but NMI. */
void serial_resume_input(void);

#endif
