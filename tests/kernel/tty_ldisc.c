// SPDX-License-Identifier: MIT
/*
 * tty_ldisc.c - line editing, end of file and raw input, on a terminal that is no real one. Echo
 * is off, or it would end up on the console.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/string.h"
#include "mm/slab.h"
#include "drivers/tty/tty_internal.h"
#include "tests/kernel/ktest.h"

static struct tty *make_tty(u32 lflag)
{
	struct tty *tty = kzalloc(sizeof(*tty), GFP_KERNEL);

	if (!tty)
		return NULL;
	tty_setup(tty, tty_console()->port, 0);
	tty->termios.c_lflag = lflag;
	tty->termios.c_iflag &= ~IMAXBEL;
	return tty;
}

static void type(struct tty *tty, const char *s)
{
	tty_receive(tty, (const u8 *)s, strlen(s));
}

/* Does a read of @count without waiting give @want? NULL: nothing there yet. */
static bool reads(struct tty *tty, size_t count, const char *want)
{
	char buf[64];
	ssize_t n = tty_read(tty, buf, min_t(size_t, count, sizeof(buf)), true);

	if (!want)
		return n == -EAGAIN;
	return n == (ssize_t)strlen(want) && !memcmp(buf, want, n);
}

static void test_canonical(void)
{
	struct tty *tty = make_tty(ICANON | ISIG | IEXTEN);

	KTEST_ASSERT(tty);
	type(tty, "hal");
	KTEST_ASSERT(reads(tty, 64, NULL));
	type(tty, "\177llo\r");
	KTEST_ASSERT(reads(tty, 64, "hallo\n"));
	KTEST_ASSERT(reads(tty, 64, NULL));
	type(tty, "one two\027three\nfour\n");
	KTEST_ASSERT(reads(tty, 64, "one three\n"));
	KTEST_ASSERT(reads(tty, 2, "fo"));
	KTEST_ASSERT(reads(tty, 64, "ur\n"));
	type(tty, "gone\025kept\n");
	KTEST_ASSERT(reads(tty, 64, "kept\n"));
	type(tty, "\026\025x\n"); /* ^V takes the next one literally */
	KTEST_ASSERT(reads(tty, 64, "\025x\n"));
	type(tty, "lost\003"); /* an interrupt drops the line */
	type(tty, "new\n");
	KTEST_ASSERT(reads(tty, 64, "new\n"));
	kfree(tty);
}
KTEST(tty_canonical, KTEST_QUICK, test_canonical);

static void test_eof(void)
{
	struct tty *tty = make_tty(ICANON);

	KTEST_ASSERT(tty);
	type(tty, "\004");
	KTEST_ASSERT(reads(tty, 64, "")); /* end of file */
	KTEST_ASSERT(reads(tty, 64, NULL));
	type(tty, "abc\004"); /* after text: hands out what is there */
	KTEST_ASSERT(reads(tty, 64, "abc"));
	KTEST_ASSERT(reads(tty, 64, NULL));
	type(tty, "abc\004\004");
	KTEST_ASSERT(reads(tty, 3, "abc")); /* no end of file in between */
	KTEST_ASSERT(reads(tty, 64, ""));
	kfree(tty);
}
KTEST(tty_eof, KTEST_QUICK, test_eof);

static void test_raw(void)
{
	struct tty *tty = make_tty(0);

	KTEST_ASSERT(tty);
	tty->termios.c_iflag = 0;
	KTEST_ASSERT(reads(tty, 64, NULL));
	type(tty, "\003\004\177\r");
	KTEST_ASSERT(reads(tty, 3, "\003\004\177"));
	KTEST_ASSERT(reads(tty, 64, "\r"));
	tty->termios.c_cc[VMIN] = 0;
	KTEST_ASSERT(reads(tty, 64, ""));
	kfree(tty);
}
KTEST(tty_raw, KTEST_QUICK, test_raw);

/* Input without end: a line that is too long still ends; raw input is held back, not dropped. */
static void test_overflow(void)
{
	struct tty *tty = make_tty(ICANON);
	char buf[64];
	unsigned int i;
	size_t total = 0;
	ssize_t n;

	KTEST_ASSERT(tty);
	for (i = 0; i < 2 * TTY_BUF; i++) {
		KTEST_ASSERT(tty_receive_room(tty) > 0);
		type(tty, "x");
	}
	type(tty, "\n");
	while ((n = tty_read(tty, buf, sizeof(buf), true)) > 0)
		total += n;
	KTEST_EQ(total, TTY_BUF);
	KTEST_EQ(buf[(total - 1) % sizeof(buf)], '\n');

	tty->termios.c_lflag = 0;
	while (tty_receive_room(tty))
		type(tty, "y");
	KTEST_ASSERT(tty->input_held);
	KTEST_EQ(tty_read(tty, buf, sizeof(buf), true), sizeof(buf));
	KTEST_ASSERT(!tty->input_held && tty_receive_room(tty) > 0);
	kfree(tty);
}
KTEST(tty_overflow, KTEST_QUICK, test_overflow);
