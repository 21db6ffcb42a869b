/* SPDX-License-Identifier: MIT */
/* serial.h - between the 16550 driver and the terminal above it. */
#ifndef DRIVERS_TTY_SERIAL_H
#define DRIVERS_TTY_SERIAL_H

#include "kernel/lib/types.h"

struct tty;
struct tty_port;

/* Take over COM1 for @tty. Returns 0 or a negative errno. May sleep. */
int serial_open(struct tty *tty);

extern const struct tty_port serial_port;

#endif
