// SPDX-License-Identifier: MIT
/*
 * swaplog [--dir DIR] [--seconds N] [--threads N] [--seed N]
 *
 * The guest's half of the power-cut test for names that change places (RENAME_EXCHANGE), and for directories that move. Each
 * thread makes pairs of objects (two files, a file and a directory, two directories; in two directories and in two blocks of one),
 * has fsync promise what is in them, says so on the console and exchanges their names over and over:
 *
 *	synced PATH SIZE CRC		this name leads to these bytes
 *	replacing PATH SIZE CRC		from now on PATH may also be this
 *	either PATH PATH SIZE CRC	these bytes are found under one of the two names
 *	exchanged PATH PATH SIZE CRC	the same, or under the name that the file system gives for the time of an exchange
 *
 * Directories are never fsynced themselves: a file in each is, which has to hold the directory too. A line is written with
 * one write(), so that lines of threads do not mix.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_LEN	 6000
#define PATH_LEN 160
#define EXCHANGE 2

static const char *dir;
static double seconds;

/* Two names in @where[0] and @where[1], below the thread's directory.  Object i was made under name i. */
struct pair {
	const char *name;
	const char *where[2];
	bool is_dir[2];
	bool swapped;
	size_t len[2]; /* what is in the object, or in the file in it */
	uint32_t crc[2];
};

/* In "p" and "q" there is room; both blocks of "full" that hold names of pairs have none left for a longer name. */
#define PAIRS 8
static const struct pair all_pairs[PAIRS] = {
	{ .name = "ff", .where = { "p", "q" }, .is_dir = { false, false } },
	{ .name = "fd", .where = { "p", "q" }, .is_dir = { false, true } },
	{ .name = "df", .where = { "p", "q" }, .is_dir = { true, false } },
	{ .name = "dd", .where = { "p", "q" }, .is_dir = { true, true } },
	{ .name = "ff", .where = { "full", "full" }, .is_dir = { false, false } },
	{ .name = "fd", .where = { "full", "full" }, .is_dir = { false, true } },
	{ .name = "df", .where = { "full", "full" }, .is_dir = { true, false } },
	{ .name = "dd", .where = { "full", "full" }, .is_dir = { true, true } },
};

struct worker {
	pthread_t thread;
	int id, serial;
	struct rng rng;
	struct pair pairs[PAIRS];
	uint8_t buf[MAX_LEN];
	size_t len; /* what is in buf */
};

static void say(const char *what, const char *a, const char *b, size_t len, uint32_t crc)
{
	char line[2 * PATH_LEN + 60];
	int n = snprintf(line, sizeof(line), "%s %s%s%s %zu %08x\n", what, a, b ? " " : "", b ? b : "", len, crc);

	if (write(1, line, (size_t)n) != n)
		die("console");
}

/* New contents into the buffer; their checksum. */
static uint32_t fill(struct worker *w)
{
	w->len = 1 + rng_below(&w->rng, MAX_LEN);
	pattern_fill(w->buf, w->len, rng_next(&w->rng), 0);
	return crc32(0, w->buf, w->len);
}

static void write_file(struct worker *w, const char *path, bool sync)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || pwrite_all(fd, w->buf, w->len, 0) != (ssize_t)w->len || (sync && fsync(fd)) || close(fd))
		die("writing %s: %s", path, strerror(errno));
}

static void sync_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fsync(fd) || close(fd))
		die("fsync of %s: %s", path, strerror(errno));
}

static void exchange(const char *a, const char *b)
{
	if (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, EXCHANGE))
		die("exchange of %s and %s: %s", a, b, strerror(errno));
}

static void make_dir(struct worker *w, const char *name)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "%s/t%d%s%s", dir, w->id, *name ? "/" : "", name);
	if (mkdir(path, 0755))
		die("mkdir %s: %s", path, strerror(errno));
}

/* Name @side of a pair; with @file, the file in the object, which is the object itself unless @is_dir. */
static void pair_path(struct worker *w, const struct pair *pair, int side, bool file, bool is_dir, char *path)
{
	snprintf(path, PATH_LEN, "%s/t%d/%s/%s%d%s", dir, w->id, pair->where[side], pair->name, side, file && is_dir ? "/f" : "");
}

/* Make the object that begins under name @side, and have it promised. */
static void make_object(struct worker *w, struct pair *pair, int side)
{
	bool is_dir = pair->is_dir[side];
	char path[PATH_LEN];

	pair->crc[side] = fill(w);
	pair->len[side] = w->len;
	if (is_dir) {
		pair_path(w, pair, side, false, true, path);
		if (mkdir(path, 0755))
			die("mkdir %s: %s", path, strerror(errno));
	}
	pair_path(w, pair, side, true, is_dir, path);
	write_file(w, path, true);
}

/*
 * Say what is promised of the pair.  Two directories are under one of their two names at any time, if there is room for one entry
 * more in either block; a directory and a file: the directory is.  And two of a kind leave no name without one of them.
 */
static void announce(struct worker *w, const struct pair *pair)
{
	bool both = pair->is_dir[0] && pair->is_dir[1], full = !strcmp(pair->where[0], "full");
	char path[2][PATH_LEN];

	for (int i = 0; i < 2; i++) {
		bool strict = both ? !full : pair->is_dir[i];

		for (int side = 0; side < 2; side++)
			pair_path(w, pair, side, true, pair->is_dir[i], path[side]);
		say(strict ? "either" : "exchanged", path[0], path[1], pair->len[i], pair->crc[i]);
	}
	if (pair->is_dir[0] != pair->is_dir[1] || (both && full))
		return;
	for (int i = 0; i < 2; i++)
		say("synced", path[i], NULL, pair->len[i], pair->crc[i]);
	for (int i = 0; i < 2; i++)
		say("replacing", path[i], NULL, pair->len[!i], pair->crc[!i]);
}

/* Entries of 264 and then of 12 bytes, until a block of 4 KiB has no room for any more. */
static void fill_block(struct worker *w, int block)
{
	char target[PATH_LEN], path[PATH_LEN + 260];

	snprintf(target, sizeof(target), "%s/t%d/pad", dir, w->id);
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "%s/t%d/full/%d%0*d", dir, w->id, block, i < 13 ? 254 : 3, i);
		if (link(target, path))
			die("link to %s: %s", path, strerror(errno));
	}
}

static void make_pairs(struct worker *w)
{
	char path[PATH_LEN];

	memcpy(w->pairs, all_pairs, sizeof(all_pairs));
	make_dir(w, "");
	make_dir(w, "p");
	make_dir(w, "q");
	make_dir(w, "r");
	make_dir(w, "s");
	make_dir(w, "full");
	snprintf(path, sizeof(path), "%s/t%d/pad", dir, w->id);
	w->len = 0;
	write_file(w, path, false);
	for (int side = 0; side < 2; side++) {
		for (int i = 0; i < PAIRS; i++)
			make_object(w, &w->pairs[i], side);
		fill_block(w, side);
	}
	for (int i = 0; i < PAIRS; i++)
		announce(w, &w->pairs[i]);
}

static void exchange_pair(struct worker *w)
{
	struct pair *pair = &w->pairs[rng_below(&w->rng, PAIRS)];
	int side = (int)rng_below(&w->rng, 2);
	char path[2][PATH_LEN];

	pair_path(w, pair, side, false, false, path[0]);
	pair_path(w, pair, !side, false, false, path[1]);
	exchange(path[0], path[1]);
	pair->swapped = !pair->swapped;
	if (rng_chance(&w->rng, 4)) {
		pair_path(w, pair, side, true, pair->is_dir[side ^ pair->swapped], path[0]);
		sync_file(path[0]);
	}
}

/* A promised file gives its name to one that is not, and keeps on living under the other's. */
static void replace_by_exchange(struct worker *w)
{
	char path[PATH_LEN], next[PATH_LEN];
	uint32_t crc = fill(w);

	snprintf(path, sizeof(path), "%s/t%d/p/current", dir, w->id);
	snprintf(next, sizeof(next), "%s/t%d/q/next", dir, w->id);
	if (access(path, F_OK)) {
		write_file(w, path, true);
		say("synced", path, NULL, w->len, crc);
		crc = fill(w);
	}
	unlink(next);
	write_file(w, next, rng_chance(&w->rng, 2));
	say("replacing", path, NULL, w->len, crc);
	exchange(next, path);
	sync_file(path);
	say("synced", path, NULL, w->len, crc);
}

/* A new directory with a promised file in it moves. */
static void move_dir(struct worker *w)
{
	char from[PATH_LEN], to[PATH_LEN], file[2][PATH_LEN + 2];
	uint32_t crc = fill(w);

	snprintf(from, sizeof(from), "%s/t%d/r/m%d", dir, w->id, w->serial);
	snprintf(to, sizeof(to), "%s/t%d/s/m%d", dir, w->id, w->serial++);
	if (mkdir(from, 0755))
		die("mkdir %s: %s", from, strerror(errno));
	snprintf(file[0], sizeof(file[0]), "%s/f", from);
	snprintf(file[1], sizeof(file[1]), "%s/f", to);
	write_file(w, file[0], true);
	say("either", file[0], file[1], w->len, crc);
	if (rename(from, to))
		die("rename %s: %s", from, strerror(errno));
}

struct race {
	char path[2][PATH_LEN];
	size_t len;
	uint32_t crc;
	int fd;
};

static void *sync_and_say(void *arg)
{
	struct race *race = arg;

	if (fsync(race->fd) || close(race->fd))
		die("fsync of %s: %s", race->path[0], strerror(errno));
	say("exchanged", race->path[0], race->path[1], race->len, race->crc);
	return NULL;
}

/* A new file changes its name while an fsync of it is under way: when that returns, the promise holds all the same. */
static void exchange_during_fsync(struct worker *w)
{
	struct race race;
	pthread_t thread;

	for (int i = 0; i < 2; i++) {
		snprintf(race.path[i], PATH_LEN, "%s/t%d/%c/u%d", dir, w->id, "pq"[i], w->serial);
		race.crc = fill(w);
		race.len = w->len;
		write_file(w, race.path[i], false);
	}
	w->serial++;
	race.fd = open(race.path[1], O_RDONLY);
	errno = race.fd < 0 ? errno : pthread_create(&thread, NULL, sync_and_say, &race);
	if (errno)
		die("%s", race.path[1]);
	for (int i = (int)rng_below(&w->rng, 4); i > 0; i--) {
		usleep((unsigned int)rng_below(&w->rng, 5000));
		exchange(race.path[0], race.path[1]);
	}
	pthread_join(thread, NULL);
}

/* Something unsynced is always on its way to the disk. */
static void churn(struct worker *w)
{
	char path[PATH_LEN];

	fill(w);
	snprintf(path, sizeof(path), "%s/t%d/%c/churn%d", dir, w->id, "pq"[rng_below(&w->rng, 2)], (int)rng_below(&w->rng, 8));
	if (rng_chance(&w->rng, 2))
		write_file(w, path, false);
	else if (unlink(path) && errno != ENOENT)
		die("unlink %s: %s", path, strerror(errno));
}

static void *work(void *arg)
{
	struct worker *w = arg;
	double end;

	make_pairs(w);
	end = now() + seconds;
	while (now() < end) {
		switch (rng_below(&w->rng, 12)) {
		case 0:
			replace_by_exchange(w);
			break;
		case 1:
			move_dir(w);
			break;
		case 2:
			exchange_during_fsync(w);
			break;
		case 3:
		case 4:
			churn(w);
			break;
		default:
			exchange_pair(w);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = (int)option_long(argc, argv, "--threads", 3);
	uint64_t seed = (uint64_t)option_long(argc, argv, "--seed", 1);
	struct worker *workers = calloc((size_t)threads, sizeof(*workers));

	dir = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "/swaplog";
	if (!workers || mkdir(dir, 0755))
		die("mkdir %s", dir);
	seconds = (double)option_long(argc, argv, "--seconds", 5);
	for (int i = 0; i < threads; i++) {
		workers[i].id = i;
		workers[i].rng.state = seed * 31337 + (uint64_t)i;
		errno = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
		if (errno)
			die("thread %d", i);
	}
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	printf("swaplog: passed\n");
	return 0;
}
