// SPDX-License-Identifier: MIT
/*
 * serial8250.c - COM1, a 16550, driven by interrupts in both directions, and as printk's console.
 *
 * Output goes into a ring; the "transmitter empty" interrupt, on only while the ring holds
 * something, moves it to the port sixteen bytes at a time. Input goes to the terminal as it comes;
 * when that has no room, the receive interrupt is switched off and the bytes stay in the port,
 * whose sender then waits, until the terminal's reader has made room.
 *
 * uart_lock guards the ring and the port's registers. It is a raw lock (printk() may be called
 * with the order checker's own state in flux), taken with interrupts off, and nothing is called
 * under it; so a console write can always wait for it. The exceptions are an NMI and a panic in
 * the middle of it: they give up waiting after a while and write regardless, which at worst
 * mixes characters.
 *
 * A console write first sends what the ring holds, by polling, so that kernel messages and the
 * program's output appear in the order in which they were written; and it ends a line that the
 * program left open, so that a message, and above all the last record of a run, begins a line.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lock/spinlock.h"
#include "kernel/x86/io.h"
#include "kernel/x86/irq.h"
#include "kernel/x86/processor.h"
#include "drivers/tty/serial.h"
#include "drivers/tty/tty.h"
#include "drivers/tty/tty_internal.h"

#define COM1	 0x3f8
#define COM1_IRQ 4

#define UART_RX	 (COM1 + 0)
#define UART_TX	 (COM1 + 0)
#define UART_IER (COM1 + 1)
#define UART_IIR (COM1 + 2)
#define UART_FCR (COM1 + 2)
#define UART_LCR (COM1 + 3)
#define UART_MCR (COM1 + 4)
#define UART_LSR (COM1 + 5)
#define UART_MSR (COM1 + 6)

#define IER_RX	     0x01 /* data received */
#define IER_TX	     0x02 /* transmitter empty */
#define IER_LINE     0x04 /* line status */
#define IIR_NONE     0x01
#define FCR_ENABLE   0x01
#define LCR_8N1	     0x03
#define MCR_DTR_RTS  0x03
#define MCR_OUT2     0x08 /* lets interrupts out */
#define LSR_READY    0x01
#define LSR_BREAK    0x10
#define LSR_TX_EMPTY 0x20 /* FIFO empty: sixteen bytes may be written */
#define LSR_IDLE     0x40 /* the last bit has left */

#define FIFO_SIZE    16
#define RING_SIZE    16384u /* a power of two */
#define RING_LOW     (RING_SIZE / 2) /* writers are woken below this */
#define SPIN_LIMIT   1000000u
#define RX_BATCH     64
#define IRQ_ROUNDS   64 /* what one interrupt does at most: 1 KiB out, 4 KiB in */

static DEFINE_RAW_SPINLOCK(uart_lock);

/* uart_lock; head and tail run freely, head - tail is what the ring holds */
static u8 ring[RING_SIZE];
static u32 ring_head, ring_tail;
static bool ring_was_full; /* somebody may wait for room */
static bool tx_stopped;
static bool line_open; /* the program's last byte was no newline */
static u8 ier;

static bool uart_absent;     /* no port there: output vanishes; constant once set */
static struct tty *uart_tty; /* constant once set; NULL before serial_open() */

static u32 ring_used(void)
{
	return ring_head - ring_tail;
}

static void set_ier(u8 bits)
{
	if (ier == bits)
		return;
	ier = bits;
	outb(ier, UART_IER);
}

/* Fill the port's FIFO if it is empty, and keep its interrupt on while there is more. */
static void uart_fill(void)
{
	unsigned int n;

	if (ring_used() && !tx_stopped && (inb(UART_LSR) & LSR_TX_EMPTY))
		for (n = 0; n < FIFO_SIZE && ring_used(); n++)
			outb(ring[ring_tail++ % RING_SIZE], UART_TX);
	if (uart_tty)
		set_ier(ring_used() && !tx_stopped ? ier | IER_TX : ier & ~IER_TX);
}

/* Wait, but not for ever, for the FIFO to be empty. */
static void uart_poll_empty(void)
{
	unsigned int i;

	for (i = 0; i < SPIN_LIMIT && !(inb(UART_LSR) & LSR_TX_EMPTY); i++)
		cpu_relax();
}

static void uart_poll_ring(void)
{
	unsigned int n;

	while (ring_used()) {
		uart_poll_empty();
		for (n = 0; n < FIFO_SIZE && ring_used(); n++)
			outb(ring[ring_tail++ % RING_SIZE], UART_TX);
	}
}

static size_t serial_write(struct tty *tty, const u8 *buf, size_t len)
{
	unsigned long flags;
	size_t done = 0;

	if (uart_absent)
		return len;
	raw_spin_lock_irqsave(&uart_lock, flags);
	while (done < len) {
		if (RING_SIZE - ring_used() < 1) {
			ring_was_full = true;
			break;
		}
		line_open = buf[done] != '\n';
		ring[ring_head++ % RING_SIZE] = buf[done++];
	}
	uart_fill();
	raw_spin_unlock_irqrestore(&uart_lock, flags);
	return done;
}

/* A writer that finds too little waits for the ring to be half empty. */
static size_t serial_room(struct tty *tty)
{
	size_t room = uart_absent ? RING_SIZE : RING_SIZE - (READ_ONCE(ring_head) - READ_ONCE(ring_tail));
	unsigned long flags;

	if (room < TTY_ROOM) {
		raw_spin_lock_irqsave(&uart_lock, flags);
		room = RING_SIZE - ring_used();
		if (room < TTY_ROOM)
			ring_was_full = true;
		raw_spin_unlock_irqrestore(&uart_lock, flags);
	}
	return room;
}

static size_t serial_pending(struct tty *tty)
{
	u32 used = READ_ONCE(ring_head) - READ_ONCE(ring_tail);

	return used ? used : !(inb(UART_LSR) & LSR_IDLE);
}

static void serial_set_stopped(struct tty *tty, bool stopped)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&uart_lock, flags);
	tx_stopped = stopped;
	uart_fill();
	raw_spin_unlock_irqrestore(&uart_lock, flags);
}

static void serial_discard(struct tty *tty)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&uart_lock, flags);
	ring_tail = ring_head;
	uart_fill();
	raw_spin_unlock_irqrestore(&uart_lock, flags);
}

static void serial_resume_input(struct tty *tty)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&uart_lock, flags);
	set_ier(ier | IER_RX);
	raw_spin_unlock_irqrestore(&uart_lock, flags);
}

/*
 * Take what has arrived, as far as the terminal has room. Returns the count; switches the receive
 * interrupt off if bytes had to be left behind. Only the interrupt handler receives, and it does
 * not run on two CPUs at once, so the order of bytes is kept.
 */
static unsigned int uart_receive(u8 *buf, unsigned int max)
{
	unsigned long flags;
	unsigned int n = 0;
	u8 status;

	raw_spin_lock_irqsave(&uart_lock, flags);
	while ((status = inb(UART_LSR)) & LSR_READY) {
		u8 c;

		if (n == max) {
			if (max < RX_BATCH)
				set_ier(ier & ~IER_RX);
			break;
		}
		c = inb(UART_RX);
		if (!(status & LSR_BREAK))
			buf[n++] = c;
	}
	raw_spin_unlock_irqrestore(&uart_lock, flags);
	return n;
}

/* Send more; true if writers should be woken. */
static bool uart_transmit(void)
{
	unsigned long flags;
	bool wake = false;

	raw_spin_lock_irqsave(&uart_lock, flags);
	uart_fill();
	if (ring_was_full && ring_used() <= RING_LOW) {
		ring_was_full = false;
		wake = true;
	}
	raw_spin_unlock_irqrestore(&uart_lock, flags);
	return wake;
}

/*
 * The line is edge-triggered: the port raises it for the first cause and lowers it when no cause
 * is left. Whoever stops looking before that must make a new edge, and reading IIR has already
 * acknowledged an empty transmitter; switching the causes off and on again does both.
 */
static void uart_raise_again(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&uart_lock, flags);
	outb(0, UART_IER);
	outb(ier, UART_IER);
	raw_spin_unlock_irqrestore(&uart_lock, flags);
}

static irqreturn_t uart_irq(int irq, void *arg)
{
	struct tty *tty = arg;
	u8 buf[RX_BATCH];
	unsigned int n, rounds = 0;

	if (inb(UART_IIR) & IIR_NONE)
		return IRQ_NONE;
	do {
		n = uart_receive(buf, min_t(size_t, tty_receive_room(tty), RX_BATCH));
		if (n)
			tty_receive(tty, buf, n);
		/* Room may have come since we found none and switched input off. */
		if (!(READ_ONCE(ier) & IER_RX) && tty_receive_room(tty))
			serial_resume_input(tty);
		if (uart_transmit())
			tty_write_wakeup(tty);
		inb(UART_MSR); /* a modem status interrupt is cleared by looking */
		if (++rounds == IRQ_ROUNDS) { /* enough in one go: others want the CPU */
			uart_raise_again();
			break;
		}
	} while (!(inb(UART_IIR) & IIR_NONE));
	return IRQ_HANDLED;
}

/* Polled output of @len bytes; a newline becomes CR LF. */
static void uart_poll_write(const char *s, unsigned int len)
{
	unsigned int room = 0;

	for (; len; s++, len--) {
		if (room < 2) {
			uart_poll_empty();
			room = FIFO_SIZE;
		}
		if (*s == '\n') {
			outb('\r', UART_TX);
			room--;
		}
		outb(*s, UART_TX);
		room--;
	}
}

/* printk's console: interrupts off. */
static void serial_console_write(struct console *con, const char *s, unsigned int len)
{
	unsigned int spins = 0;
	bool locked;

	while (!(locked = raw_spin_trylock(&uart_lock)) && spins++ < SPIN_LIMIT)
		cpu_relax();
	if (!tx_stopped || oops_in_progress)
		uart_poll_ring();
	if (len && line_open) {
		uart_poll_write("\n", 1);
		line_open = false;
	}
	uart_poll_write(s, len);
	if (locked)
		raw_spin_unlock(&uart_lock);
}

static struct console serial_console = {
	.name = "ttyS0",
	.write = serial_console_write,
};

/* Sends all that is buffered, by polling, ^S or not. Any context but NMI. */
void console_flush_all(void)
{
	unsigned int i;

	serial_set_stopped(NULL, false);
	serial_console_write(&serial_console, "", 0);
	for (i = 0; i < SPIN_LIMIT && !(inb(UART_LSR) & LSR_IDLE); i++)
		cpu_relax();
}

/* What the program may know of the modem's lines, by the ABI's bits. */
static int serial_modem_lines(struct tty *tty)
{
	u8 out = inb(UART_MCR), in = inb(UART_MSR);

	return (out & 0x01 ? TIOCM_DTR : 0) | (out & 0x02 ? TIOCM_RTS : 0) | (in & 0x10 ? TIOCM_CTS : 0) | (in & 0x20 ? TIOCM_DSR : 0) |
	       (in & 0x40 ? TIOCM_RNG : 0) | (in & 0x80 ? TIOCM_CAR : 0);
}

const struct tty_port serial_port = {
	.write = serial_write,
	.room = serial_room,
	.pending = serial_pending,
	.set_stopped = serial_set_stopped,
	.discard = serial_discard,
	.resume_input = serial_resume_input,
	.modem_lines = serial_modem_lines,
};

int serial_open(struct tty *tty)
{
	int irq, err;

	if (inb(UART_LSR) == 0xff) {
		uart_absent = true;
		return -ENODEV;
	}
	outb(0, UART_IER);
	outb(LCR_8N1, UART_LCR);
	outb(FCR_ENABLE, UART_FCR); /* interrupt at one byte: input is for people */
	outb(MCR_DTR_RTS | MCR_OUT2, UART_MCR);
	irq = isa_irq_to_irq(COM1_IRQ);
	if (irq < 0)
		return irq;
	err = request_irq(irq, uart_irq, 0, "ttyS0", tty);
	if (err)
		return err;
	raw_spin_lock_irq(&uart_lock);
	uart_tty = tty;
	ier = 0;
	set_ier(IER_RX);
	uart_fill();
	raw_spin_unlock_irq(&uart_lock);
	register_console(&serial_console);
	return 0;
}
