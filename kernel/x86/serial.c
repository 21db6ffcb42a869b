// SPDX-License-Identifier: MIT
/*
 * The first serial port, polled: for early boot and for reports that must not
 * depend on anything.  The tty driver takes over for everything else.
 *
 * No lock: two CPUs that write at once mix their characters, nothing worse.
 */
#include "kernel/x86/io.h"
#include "kernel/x86/panic.h"
#include "kernel/x86/processor.h"

#define COM1		0x3f8
#define UART_TX		(COM1 + 0)
#define UART_IER	(COM1 + 1)
#define UART_FCR	(COM1 + 2)
#define UART_LCR	(COM1 + 3)
#define UART_MCR	(COM1 + 4)
#define UART_LSR	(COM1 + 5)
#define LSR_TX_EMPTY	0x20

static bool present;

void early_serial_init(void)
{
	outb(0, UART_IER);
	outb(0x80, UART_LCR);		/* divisor: 115200 */
	outb(1, COM1 + 0);
	outb(0, COM1 + 1);
	outb(3, UART_LCR);		/* 8 bits, no parity */
	outb(0xc7, UART_FCR);		/* FIFOs on and empty */
	outb(0x0b, UART_MCR);
	present = inb(UART_LSR) != 0xff;
}

static void put(char c)
{
	/* A port that never drains must not hang a report for ever. */
	for (unsigned int i = 0; i < 100000 && !(inb(UART_LSR) & LSR_TX_EMPTY); i++)
		cpu_relax();
	outb((u8)c, UART_TX);
}

void early_serial_write(const char *s, size_t len)
{
	if (!present)
		return;
	for (; len; len--, s++) {
		if (*s == '\n')
			put('\r');
		put(*s);
	}
}
