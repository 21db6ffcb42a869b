// SPDX-License-Identifier: MIT
/*
 * terminal LINES CRC
 *
 * Talks with whoever is at the other end of the console, and checks that nothing is lost either way: the terminal's attributes,
 * LINES lines of input up to the end of file (CRC is the crc32 of all of them), 4,000 numbered lines of output, raw input with
 * poll(), and an interrupt from the keyboard. What it waits for is announced in a line "terminal: ready for ...".
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <termios.h>
#include <unistd.h>

#include "lib/util.h"

static int bad; /* checks that failed */

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	bad++;
	printf("terminal: FAILED: %s (errno %d)\n", what, errno);
}

static void ready(const char *what)
{
	printf("terminal: ready for %s\n", what);
	fflush(stdout);
}

static void attributes(struct termios *old)
{
	struct winsize size = { 0 };

	check(isatty(0) && isatty(1) && isatty(2), "the standard streams are no terminal");
	check(ioctl(0, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row, "no window size");
	check(tcgetattr(0, old) == 0, "tcgetattr");
	check(old->c_lflag & ICANON && old->c_lflag & ECHO && old->c_oflag & ONLCR, "not the customary modes");
}

static void set_lflag(const struct termios *old, tcflag_t off)
{
	struct termios t = *old;

	t.c_lflag &= ~off;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	check(tcsetattr(0, TCSADRAIN, &t) == 0, "tcsetattr");
}

/* Lines arrive one for each read, up to an end of file, which is not final. */
static void lines(unsigned int want, uint32_t want_crc)
{
	unsigned int got = 0;
	uint32_t crc = 0;
	char buf[512];
	ssize_t n;

	ready("lines");
	while ((n = read(0, buf, sizeof(buf))) > 0) {
		check(memchr(buf, '\n', n) == buf + n - 1, "a read returned other than one line");
		crc = crc32(crc, buf, n);
		got++;
	}
	check(n == 0, "read");
	check(got == want && crc == want_crc, "lines were lost or changed");
	printf("terminal: %u lines read\n", got);
}

/* Half of the lines in small pieces, half in one that no buffer holds. */
static void output(void)
{
	char *all = malloc(2000 * 40), *end = all;

	for (int i = 0; i < 2000; i++)
		printf("terminal: output line %d of 4000\n", i);
	fflush(stdout);
	for (int i = 2000; i < 4000; i++)
		end += sprintf(end, "terminal: output line %d of 4000\n", i);
	check(write(1, all, end - all) == end - all, "a large write was cut short");
	free(all);
}

static void raw(void)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	char c = 0;

	check(poll(&p, 1, 50) == 0, "input before anybody typed");
	ready("a key");
	check(poll(&p, 1, 20000) == 1 && p.revents & POLLIN, "poll");
	check(read(0, &c, 1) == 1 && c == 'k', "the key");
	check(poll(&p, 1, 0) == 0, "input left over");
}

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	interrupted = sig;
}

/* ^C interrupts a wait. The signal is let in only while pselect() waits, so it cannot come too early. */
static void interrupt(void)
{
	struct sigaction action = { .sa_handler = on_interrupt };
	struct timespec limit = { .tv_sec = 20 };
	sigset_t block, open;
	fd_set fds;

	sigemptyset(&open);
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	check(sigprocmask(SIG_BLOCK, &block, NULL) == 0, "sigprocmask");
	check(sigaction(SIGINT, &action, NULL) == 0, "sigaction");
	ready("an interrupt");
	FD_ZERO(&fds);
	FD_SET(0, &fds);
	check(pselect(1, &fds, NULL, NULL, &limit, &open) == -1 && errno == EINTR, "the wait was not interrupted");
	check(interrupted == SIGINT, "no SIGINT");
}

int main(int argc, char **argv)
{
	struct termios old;

	if (argc != 3) {
		fprintf(stderr, "usage: terminal LINES CRC\n");
		return 2;
	}
	attributes(&old);
	set_lflag(&old, ECHO);
	lines(strtoul(argv[1], NULL, 0), strtoul(argv[2], NULL, 0));
	output();
	set_lflag(&old, ECHO | ICANON | ISIG);
	raw();
	set_lflag(&old, ECHO);
	interrupt();
	check(tcsetattr(0, TCSANOW, &old) == 0, "tcsetattr");
	printf("terminal: %s\n", bad ? "failed" : "passed");
	return bad != 0;
}
