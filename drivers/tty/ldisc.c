// SPDX-License-Identifier: MIT
/*
 * ldisc.c - what becomes of the characters typed at the terminal: editing a line, echo, end of
 * file, signals, or nothing of all that in raw mode.
 *
 * Input arrives in interrupts. Everything runs under tty->lock with interrupts off; echo goes to
 * the port, whose lock nests inside; it is dropped if there is no room. Wakeups and
 * signals are sent after the lock is let go, signals by a work item (job.c).
 */
#include "kernel/lib/kernel.h"
#include "kernel/task/sched.h"
#include "kernel/task/signal.h"
#include "drivers/tty/tty_internal.h"

#define NO_CHAR 0 /* a c_cc entry that is switched off */

static bool is_cc(struct tty *tty, u8 c, unsigned int which)
{
	return TTY_CC(tty, which) != NO_CHAR && TTY_CC(tty, which) == c;
}

static void set_mark(struct tty *tty, u32 pos, bool on)
{
	unsigned long bit = 1UL << (pos % 64);
	unsigned long *word = &tty->mark[pos % TTY_BUF / 64];

	*word = on ? *word | bit : *word & ~bit;
}

static bool marked(struct tty *tty, u32 pos)
{
	return tty->mark[pos % TTY_BUF / 64] >> (pos % 64) & 1;
}

static void put_input(struct tty *tty, u8 c, bool mark)
{
	tty->buf[tty->head % TTY_BUF] = c;
	set_mark(tty, tty->head, mark);
	tty->head++;
}

static bool is_control(u8 c)
{
	return c < 32 || c == 127;
}

static void echo_raw(struct tty *tty, const char *s, size_t len)
{
	tty_output(tty, (const u8 *)s, len);
}

static void echo_char(struct tty *tty, u8 c)
{
	char caret[2] = { '^', c ^ 0x40 };

	if (is_control(c) && c != '\n' && c != '\t' && L_FLAG(tty, ECHOCTL))
		echo_raw(tty, caret, 2);
	else
		echo_raw(tty, (char *)&c, 1);
}

/* Take the echo of the last character off the screen. */
static void echo_erase(struct tty *tty, u8 c)
{
	unsigned int columns = 1;

	if (!L_FLAG(tty, ECHO))
		return;
	if (!L_FLAG(tty, ECHOE)) {
		echo_char(tty, c);
		return;
	}
	if (is_control(c))
		columns = L_FLAG(tty, ECHOCTL) ? 2 : 0;
	if (I_FLAG(tty, IUTF8) && (c & 0xc0) == 0x80)
		columns = 0; /* the first byte of the sequence stands for the column */
	while (columns--)
		echo_raw(tty, "\b \b", 3);
}

static bool erase_one(struct tty *tty)
{
	u8 c;

	if (tty->head == tty->canon)
		return false;
	do {
		tty->head--;
		c = tty->buf[tty->head % TTY_BUF];
		echo_erase(tty, c);
	} while (I_FLAG(tty, IUTF8) && (c & 0xc0) == 0x80 && tty->head != tty->canon);
	return true;
}

static bool is_word(u8 c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c >= 0x80;
}

static void erase_word(struct tty *tty)
{
	while (tty->head != tty->canon && !is_word(tty->buf[(tty->head - 1) % TTY_BUF]))
		erase_one(tty);
	while (tty->head != tty->canon && is_word(tty->buf[(tty->head - 1) % TTY_BUF]))
		erase_one(tty);
}

static void kill_line(struct tty *tty, u8 c)
{
	if (L_FLAG(tty, ECHO) && !(L_FLAG(tty, ECHOKE) && L_FLAG(tty, ECHOE))) {
		tty->head = tty->canon;
		echo_char(tty, c);
		if (L_FLAG(tty, ECHOK))
			echo_raw(tty, "\n", 1);
		return;
	}
	while (erase_one(tty))
		;
}

static void reprint(struct tty *tty, u8 c)
{
	u32 pos;

	if (!L_FLAG(tty, ECHO))
		return;
	echo_char(tty, c);
	echo_raw(tty, "\n", 1);
	for (pos = tty->canon; pos != tty->head; pos++)
		echo_char(tty, tty->buf[pos % TTY_BUF]);
}

/* The signal that the character stands for, or 0. */
static int signal_of(struct tty *tty, u8 c)
{
	if (!L_FLAG(tty, ISIG))
		return 0;
	if (is_cc(tty, c, VINTR))
		return SIGINT;
	if (is_cc(tty, c, VQUIT))
		return SIGQUIT;
	if (is_cc(tty, c, VSUSP))
		return SIGTSTP;
	return 0;
}

/* ^S and ^Q; true if the character was one. */
static bool flow_control(struct tty *tty, u8 c)
{
	if (!I_FLAG(tty, IXON))
		return false;
	if (is_cc(tty, c, VSTART) || (tty->stopped && I_FLAG(tty, IXANY))) {
		tty->stopped = false;
		tty->port->set_stopped(tty, false);
		return is_cc(tty, c, VSTART);
	}
	if (!is_cc(tty, c, VSTOP))
		return false;
	tty->stopped = true;
	tty->port->set_stopped(tty, true);
	return true;
}

/* Editing characters of canonical mode; true if the character was one. */
static bool edit(struct tty *tty, u8 c)
{
	if (is_cc(tty, c, VERASE))
		erase_one(tty);
	else if (is_cc(tty, c, VKILL))
		kill_line(tty, c);
	else if (L_FLAG(tty, IEXTEN) && is_cc(tty, c, VWERASE))
		erase_word(tty);
	else if (L_FLAG(tty, IEXTEN) && is_cc(tty, c, VREPRINT))
		reprint(tty, c);
	else if (L_FLAG(tty, IEXTEN) && is_cc(tty, c, VLNEXT))
		tty->literal_next = true;
	else
		return false;
	return true;
}

/* A character of a line, or its end. One place is kept free for the end. */
static void canonical_char(struct tty *tty, u8 c)
{
	bool eof = is_cc(tty, c, VEOF);
	bool eol = c == '\n' || is_cc(tty, c, VEOL) || is_cc(tty, c, VEOL2);
	u32 used = tty->head - tty->tail;

	if (used >= TTY_BUF - (eof || eol ? 0 : 1)) {
		if (I_FLAG(tty, IMAXBEL))
			echo_raw(tty, "\a", 1);
		return;
	}
	if (!eof && (L_FLAG(tty, ECHO) || (c == '\n' && L_FLAG(tty, ECHONL))))
		echo_char(tty, c);
	put_input(tty, c, eof);
	if (eof || eol)
		tty->canon = tty->head;
}

/* One character from the port; returns a signal to send, or 0. */
static int receive_char(struct tty *tty, u8 c)
{
	int sig;

	if (I_FLAG(tty, ISTRIP))
		c &= 0x7f;
	if (tty->literal_next) {
		tty->literal_next = false;
		if (tty->head - tty->tail < TTY_BUF - 1) {
			if (L_FLAG(tty, ECHO))
				echo_char(tty, c);
			put_input(tty, c, false);
		}
		return 0;
	}
	sig = signal_of(tty, c);
	if (sig) {
		if (L_FLAG(tty, ECHO))
			echo_char(tty, c);
		if (!L_FLAG(tty, NOFLSH))
			ldisc_flush(tty);
		return sig;
	}
	if (flow_control(tty, c))
		return 0;
	if (c == '\r' && I_FLAG(tty, IGNCR))
		return 0;
	if (c == '\r' && I_FLAG(tty, ICRNL))
		c = '\n';
	else if (c == '\n' && I_FLAG(tty, INLCR))
		c = '\r';
	if (L_FLAG(tty, ICANON)) {
		if (!edit(tty, c))
			canonical_char(tty, c);
		return 0;
	}
	if (tty->head - tty->tail < TTY_BUF) {
		if (L_FLAG(tty, ECHO))
			echo_char(tty, c);
		put_input(tty, c, false);
	}
	return 0;
}

void tty_receive(struct tty *tty, const u8 *buf, size_t count)
{
	unsigned long flags;
	bool ready;
	int sig;

	for (; count; buf++, count--) {
		spin_lock_irqsave(&tty->lock, flags);
		sig = receive_char(tty, *buf);
		spin_unlock_irqrestore(&tty->lock, flags);
		if (sig)
			tty_signal_soon(tty, sig);
	}
	spin_lock_irqsave(&tty->lock, flags);
	ready = ldisc_input_ready(tty);
	spin_unlock_irqrestore(&tty->lock, flags);
	if (ready)
		wake_up_interruptible_all(&tty->read_wait);
}

/*
 * A line that is still being edited is never held back: without its end nobody could read it. What
 * is too much of it is dropped with a bell, as a terminal does.
 */
size_t tty_receive_room(struct tty *tty)
{
	unsigned long flags;
	size_t room;

	spin_lock_irqsave(&tty->lock, flags);
	room = TTY_BUF - 1 - min_t(u32, tty->head - tty->tail, TTY_BUF - 1);
	if (!room && L_FLAG(tty, ICANON) && tty->canon == tty->tail)
		room = 1;
	if (!room)
		tty->input_held = true;
	spin_unlock_irqrestore(&tty->lock, flags);
	return room;
}

/* Is there something to read: a line, or in raw mode any byte? */
bool ldisc_input_ready(struct tty *tty)
{
	return L_FLAG(tty, ICANON) ? tty->canon != tty->tail : tty->head != tty->tail;
}

/* Bytes that FIONREAD reports. */
size_t ldisc_available(struct tty *tty)
{
	u32 end = L_FLAG(tty, ICANON) ? tty->canon : tty->head;
	size_t n = 0;
	u32 pos;

	for (pos = tty->tail; pos != end; pos++)
		n += !marked(tty, pos);
	return n;
}

/*
 * Move up to @count bytes to @buf, in canonical mode not beyond the end of a line, which *line_done
 * reports. An end-of-file mark is consumed and not copied. When exactly @count bytes precede a
 * mark, it is consumed with them, so that the next read does not see an end of file that is none.
 */
size_t ldisc_read(struct tty *tty, u8 *buf, size_t count, bool *line_done)
{
	bool canonical = L_FLAG(tty, ICANON);
	u32 end = canonical ? tty->canon : tty->head;
	size_t n = 0;

	*line_done = false;
	while (tty->tail != end && n < count) {
		u8 c = tty->buf[tty->tail % TTY_BUF];
		bool mark = marked(tty, tty->tail);

		tty->tail++;
		if (!mark)
			buf[n++] = c;
		if (canonical &&
		    (mark || c == '\n' || is_cc(tty, c, VEOL) || is_cc(tty, c, VEOL2))) {
			*line_done = true;
			return n;
		}
	}
	if (canonical && n && tty->tail != end && marked(tty, tty->tail)) {
		tty->tail++;
		*line_done = true;
	}
	return n;
}

void ldisc_flush(struct tty *tty)
{
	tty->head = tty->canon = tty->tail = 0;
	tty->literal_next = false;
}

/* Between canonical and raw, what was typed so far becomes readable. */
void ldisc_mode_changed(struct tty *tty)
{
	tty->canon = tty->head;
	tty->literal_next = false;
	if (tty->stopped && !I_FLAG(tty, IXON)) {
		tty->stopped = false;
		tty->port->set_stopped(tty, false);
	}
}
