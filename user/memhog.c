// SPDX-License-Identifier: MIT
/*
 * memhog [--mib N] [--threads N] [--file PATH] [--read]
 *
 * Touches N MiB of anonymous memory (default: without end). More than the machine has ends the program with SIGKILL, and only the program.
 * With --read it is the kernel that touches it, in a read(). With a file, threads write and read it meanwhile, so that reclaim, writeback and the last free pages meet.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK (1ul << 20)

static const char *file;

static void *write_and_read(void *arg)
{
	char name[300], buf[16384];
	int fd;

	snprintf(name, sizeof(name), "%s.%ld", file, (long)arg);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		die("%s: %s", name, strerror(errno));
	for (uint64_t round = 0;; round++) {
		off_t at = (off_t)(round % 512) * (off_t)sizeof(buf);

		pattern_fill(buf, sizeof(buf), round / 512 + 1, (uint64_t)at);
		if (pwrite_all(fd, buf, sizeof(buf), at) < 0 && errno != ENOMEM)
			die("write: %s", strerror(errno));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	bool by_read = option_flag(argc, argv, "--read");
	int ends[2];
	long mib = option_long(argc, argv, "--mib", 1l << 40), threads = option_long(argc, argv, "--threads", 0), i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	file = option(argc, argv, "--file");
	for (i = 0; file && i < threads; i++) {
		pthread_t t;

		if (pthread_create(&t, NULL, write_and_read, (void *)i))
			die("no thread");
	}
	if (pipe(ends))
		die("pipe: %s", strerror(errno));
	for (i = 0; i < mib; i++) {
		char *p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED) {
			printf("memhog: no address space after %ld MiB: %s\n", i, strerror(errno));
			return 3;
		}
		for (size_t k = 0; k < CHUNK; k += 4096)
			if (!by_read)
				p[k] = 1;
			else if (write(ends[1], "", 1) != 1 || read(ends[0], p + k, 1) != 1)
				die("read: %s", strerror(errno));
		if (i % 16 == 15)
			printf("memhog: %ld MiB\n", i + 1);
	}
	printf("memhog: done\n");
	return 0;
}
