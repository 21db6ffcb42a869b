// SPDX-License-Identifier: MIT
/*
 * synclog [--dir DIR] [--seconds N] [--threads N] [--seed N]
 *
 * The guest's half of the power-cut test. Each thread makes files and says on the console, after fsync has returned, what
 * must from then on survive whatever happens to the power:
 *
 *	synced PATH SIZE CRC		this name leads to these bytes
 *	replacing PATH SIZE CRC		from now on PATH may also be this (a rename over it is about to happen)
 *	either PATH PATH SIZE CRC	one of the two names leads to these bytes
 *
 * Between these, unsynced work goes on (files written, cut and removed without a promise), so that the disk always has
 * something half done. A line is written with one write(), so that lines of threads do not mix.
 */
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRS 4
#define MAX_LEN 200000

static const char *dir;
static double end;

struct worker {
	pthread_t thread;
	int id, serial;
	struct rng rng;
	uint8_t buf[MAX_LEN];
};

static void say(const char *what, const char *path, size_t len, uint32_t crc)
{
	char line[300];
	int n = snprintf(line, sizeof(line), "%s %s %zu %08x\n", what, path, len, crc);

	if (write(1, line, (size_t)n) != n)
		die("console");
}

static size_t fill(struct worker *w)
{
	size_t len = 1 + rng_below(&w->rng, rng_chance(&w->rng, 4) ? MAX_LEN : 9000);

	pattern_fill(w->buf, len, rng_next(&w->rng), 0);
	return len;
}

static int write_file(struct worker *w, const char *path, size_t len)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || pwrite_all(fd, w->buf, len, 0) != (ssize_t)len)
		die("writing %s", path);
	return fd;
}

static void sync_close(int fd, const char *path)
{
	if (fsync(fd) || close(fd))
		die("fsync of %s", path);
}

static void new_file(struct worker *w)
{
	size_t len = fill(w);
	char path[200], deep[180];
	int fd;

	snprintf(deep, sizeof(deep), "%s/t%d/d%d", dir, w->id, (int)rng_below(&w->rng, DIRS));
	mkdir(deep, 0755); /* may be there already; if not, the fsync below has to bring it along */
	snprintf(path, sizeof(path), "%s/f%d", deep, w->serial++);
	fd = write_file(w, path, len);
	sync_close(fd, path);
	say("synced", path, len, crc32(0, w->buf, len));
}

static void renamed_file(struct worker *w)
{
	size_t len = fill(w);
	char temporary[200], path[200];
	int fd;

	snprintf(temporary, sizeof(temporary), "%s/t%d/temporary", dir, w->id);
	snprintf(path, sizeof(path), "%s/t%d/r%d", dir, w->id, w->serial++);
	fd = write_file(w, temporary, len);
	if (rename(temporary, path))
		die("rename to %s", path);
	sync_close(fd, path);
	say("synced", path, len, crc32(0, w->buf, len));
}

/* The way programs replace a file: write another, fsync it, rename it over, fsync again. */
static void replaced_file(struct worker *w)
{
	size_t len = fill(w);
	char temporary[200], path[200];
	int fd;

	snprintf(temporary, sizeof(temporary), "%s/t%d/next", dir, w->id);
	snprintf(path, sizeof(path), "%s/t%d/replaced", dir, w->id);
	fd = write_file(w, temporary, len);
	if (fsync(fd))
		die("fsync of %s", temporary);
	say("replacing", path, len, crc32(0, w->buf, len));
	if (rename(temporary, path))
		die("rename to %s", path);
	sync_close(fd, path);
	say("synced", path, len, crc32(0, w->buf, len));
}

/* A file moves the old way: it gets a second name, in another directory, and loses the first. One of the two is always there. */
static void relinked_file(struct worker *w)
{
	size_t len = fill(w);
	char first[200], second[200], line[500];
	int fd, n;

	snprintf(first, sizeof(first), "%s/t%d/l%d", dir, w->id, w->serial);
	snprintf(second, sizeof(second), "%s/t%d/links", dir, w->id);
	mkdir(second, 0755);
	snprintf(second, sizeof(second), "%s/t%d/links/l%d", dir, w->id, w->serial++);
	fd = write_file(w, first, len);
	sync_close(fd, first);
	n = snprintf(line, sizeof(line), "either %s %s %zu %08x\n", first, second, len, crc32(0, w->buf, len));
	if (write(1, line, (size_t)n) != n)
		die("console");
	if (link(first, second) || unlink(first))
		die("moving %s", first);
}

static void churn(struct worker *w)
{
	size_t len = fill(w);
	char path[200];
	int fd;

	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/t%d/churn%d", dir, w->id, (int)rng_below(&w->rng, 8));
		if (rng_chance(&w->rng, 2)) {
			fd = write_file(w, path, len);
			if (rng_chance(&w->rng, 3) && ftruncate(fd, (off_t)(len / 2)))
				die("truncate %s", path);
			close(fd);
		} else if (unlink(path) && errno != ENOENT) {
			die("unlink %s", path);
		}
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	char path[200];

	snprintf(path, sizeof(path), "%s/t%d", dir, w->id);
	if (mkdir(path, 0755))
		die("mkdir %s", path);
	while (now() < end) {
		switch (rng_below(&w->rng, 8)) {
		case 0:
		case 1:
			new_file(w);
			break;
		case 2:
			renamed_file(w);
			break;
		case 3:
			replaced_file(w);
			break;
		case 4:
			relinked_file(w);
			break;
		default:
			churn(w);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = (int)option_long(argc, argv, "--threads", 3);
	uint64_t seed = (uint64_t)option_long(argc, argv, "--seed", 1);
	struct worker *workers = calloc((size_t)threads, sizeof(*workers));

	dir = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "/synclog";
	if (!workers || mkdir(dir, 0755))
		die("mkdir %s", dir);
	end = now() + (double)option_long(argc, argv, "--seconds", 5);
	for (int i = 0; i < threads; i++) {
		workers[i].id = i;
		workers[i].rng.state = seed * 31337 + (uint64_t)i;
		errno = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
		if (errno)
			die("thread %d", i);
	}
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	printf("synclog: passed\n");
	return 0;
}
