// SPDX-License-Identifier: MIT
/*
 * fdstress [--dir DIR] [--seconds N] [--threads N]
 *
 * One table of descriptors, many threads: numbers are opened, duplicated, replaced and closed while others read through them. File
 * number k holds the letter 'a' + k all over, so whatever a read returns must be one of the letters, and the same letter
 * throughout; a number that is closed is EBADF and nothing else. The table is made to grow meanwhile.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES	8
#define FIRST	100	/* numbers below are left alone */
#define NUMBERS 60	/* contested ones */
#define HIGH	3000	/* the table grows to here */

static const char *dir;
static int originals[FILES];
static double stop;
static unsigned long seed;
static unsigned long reads, changes;

static void name_of(char *name, size_t size, int k)
{
	snprintf(name, size, "%s/fdstress%d", dir, k);
}

static void reader(struct rng *rng)
{
	int number = FIRST + (int)rng_below(rng, NUMBERS);
	char buf[64];
	ssize_t n = pread(number, buf, sizeof(buf), (off_t)rng_below(rng, 4000));

	if (n < 0) {
		if (errno != EBADF)
			fail("pread of %d: %s", number, strerror(errno));
		return;
	}
	if (n != sizeof(buf))
		fail("pread of %d: %zd bytes", number, n);
	for (int i = 0; i < (int)sizeof(buf); i++)
		if (buf[i] != buf[0] || buf[i] < 'a' || buf[i] >= 'a' + FILES) {
			fail("pread of %d: byte %d is %d after %d", number, i, buf[i], buf[0]);
			break;
		}
	__atomic_add_fetch(&reads, 1, __ATOMIC_RELAXED);
}

static void changer(struct rng *rng)
{
	int number = FIRST + (int)rng_below(rng, NUMBERS), k = (int)rng_below(rng, FILES), fd;
	char name[300];

	switch (rng_below(rng, 6)) {
	case 0:
		if (close(number) && errno != EBADF)
			fail("close of %d: %s", number, strerror(errno));
		break;
	case 1:
		name_of(name, sizeof(name), k);
		fd = open(name, O_RDONLY);
		if (fd < 0) {
			fail("open: %s", strerror(errno));
			break;
		}
		if (dup2(fd, number) < 0 && errno != EBUSY)
			fail("dup2 of a new file: %s", strerror(errno));
		/* Somebody else may have closed or replaced it if it was in the contested range. */
		if (fd < FIRST || fd >= FIRST + NUMBERS)
			close(fd);
		break;
	case 2:
		fd = fcntl(originals[k], F_DUPFD, FIRST);
		if (fd < 0)
			fail("F_DUPFD: %s", strerror(errno));
		else if (fd >= FIRST + NUMBERS)
			close(fd);
		break;
	case 3:
		fd = fcntl(originals[k], F_DUPFD_CLOEXEC, 300 + (int)rng_below(rng, HIGH));
		if (fd < 0)
			fail("F_DUPFD_CLOEXEC: %s", strerror(errno));
		else if (close(fd))
			fail("close of a high one: %s", strerror(errno));
		break;
	default:
		if (dup2(originals[k], number) < 0 && errno != EBUSY)
			fail("dup2 to %d: %s", number, strerror(errno));
	}
	__atomic_add_fetch(&changes, 1, __ATOMIC_RELAXED);
}

static void *thread(void *arg)
{
	struct rng rng = { seed * 1000 + (unsigned long)arg };

	while (now() < stop && failures() < 20)
		for (int i = 0; i < 20; i++)
			if ((long)arg & 1)
				reader(&rng);
			else
				changer(&rng);
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = (int)option_long(argc, argv, "--threads", 6), seconds = (int)option_long(argc, argv, "--seconds", 5);
	struct rlimit limit = { 4096, 4096 };
	pthread_t id[64];
	char text[4096], name[300];

	seed = (unsigned long)option_long(argc, argv, "--seed", 1);
	dir = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "";
	if (threads > 64)
		threads = 64;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int k = 0; k < FILES; k++) {
		name_of(name, sizeof(name), k);
		memset(text, 'a' + k, sizeof(text));
		originals[k] = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
		if (originals[k] < 0 || write(originals[k], text, sizeof(text)) != sizeof(text))
			die("preparing %s: %s", name, strerror(errno));
	}
	stop = now() + seconds;
	for (long i = 0; i < threads; i++)
		if (pthread_create(&id[i], NULL, thread, (void *)i))
			die("no thread");
	for (int i = 0; i < threads; i++)
		pthread_join(id[i], NULL);
	for (int i = FIRST; i < 4096; i++)
		close(i);
	for (int k = 0; k < FILES; k++) {
		name_of(name, sizeof(name), k);
		unlink(name);
		if (close(originals[k]))
			fail("close: %s", strerror(errno));
	}
	printf("fdstress: %lu reads, %lu changes\n", reads, changes);
	printf("fdstress: %s, %lu failures\n", failures() ? "FAILED" : "passed", failures());
	return failures() ? 1 : 0;
}
