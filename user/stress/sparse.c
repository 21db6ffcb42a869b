// SPDX-License-Identifier: MIT
/*
 * One file per thread that is nearly all hole: a few islands of data at any offset up to the limit, so that single, double
 * and triple indirection come into use and are freed again by truncation.
 */
#include "stress.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_sparse(struct worker *w, char *path, size_t len)
{
	int fd;

	snprintf(path, len, "%s/big", w->base);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (!counted(w, OP_open, fd >= 0))
		tolerated("open", path);
	else if (w->sparse_size < 0)
		w->sparse_size = 0;
	return fd;
}

static void add_island(struct worker *w, int fd, const char *path)
{
	/* Small exponents as often as large ones, so that every level of the block map is hit. */
	off_t range = (off_t)ISLAND_SIZE << rng_below(&w->rng, 22);
	off_t pos = (off_t)rng_below(&w->rng, (uint64_t)(range < config.sparse_limit ? range : config.sparse_limit));
	int slot = 0;
	ssize_t n;

	pos -= pos % ISLAND_SIZE;
	for (int i = 0; i < ISLANDS; i++)
		if (w->island[i] == pos && w->island_seed[i])
			return;
	while (slot < ISLANDS && w->island_seed[slot])
		slot++;
	if (slot == ISLANDS)
		return;
	w->island[slot] = pos;
	w->island_seed[slot] = rng_next(&w->rng) | 1;
	pattern_fill(w->buf, ISLAND_SIZE, w->island_seed[slot], 0);
	n = pwrite(fd, w->buf, ISLAND_SIZE, pos);
	if (!counted(w, OP_sparse, n == ISLAND_SIZE)) {
		if (n < 0)
			tolerated("write", path);
		else if (!config.no_space_ok)
			fail("%s: short write of %zd at %lld", path, n, (long long)pos);
		/* What a failed write left is unknown: cut the file there. */
		w->island_seed[slot] = 0;
		if (n > 0 && ftruncate(fd, w->sparse_size > pos ? pos : w->sparse_size))
			fail("truncate %s: %s", path, strerror(errno));
		if (n > 0 && w->sparse_size > pos)
			w->sparse_size = pos;
		for (int i = 0; n > 0 && i < ISLANDS; i++)
			if (w->island[i] >= w->sparse_size)
				w->island_seed[i] = 0;
		return;
	}
	if (pos + ISLAND_SIZE > w->sparse_size)
		w->sparse_size = pos + ISLAND_SIZE;
}

static void check_island(struct worker *w, int fd, const char *path, int slot)
{
	if (pread_all(fd, w->scratch, ISLAND_SIZE, w->island[slot]) != ISLAND_SIZE ||
	    pattern_check(w->scratch, ISLAND_SIZE, w->island_seed[slot], 0) >= 0)
		fail("%s: the island at %lld is not what was written", path, (long long)w->island[slot]);
}

static void check_hole(struct worker *w, int fd, const char *path)
{
	off_t pos;

	if (w->sparse_size < ISLAND_SIZE)
		return;
	pos = (off_t)rng_below(&w->rng, (uint64_t)w->sparse_size / ISLAND_SIZE) * ISLAND_SIZE;
	for (int i = 0; i < ISLANDS; i++)
		if (w->island_seed[i] && w->island[i] == pos)
			return;
	if (pread_all(fd, w->scratch, ISLAND_SIZE, pos) != ISLAND_SIZE || w->scratch[0] ||
	    memcmp(w->scratch, w->scratch + 1, ISLAND_SIZE - 1))
		fail("%s: the hole at %lld does not read as zeros", path, (long long)pos);
}

/* Cut at an island's start: that island and all behind it are gone, and the cut part reads as zeros if it grows again. */
static void cut(struct worker *w, int fd, const char *path)
{
	int slot = (int)rng_below(&w->rng, ISLANDS);
	off_t size = w->island_seed[slot] ? w->island[slot] : 0;

	if (!counted(w, OP_truncate, ftruncate(fd, size) == 0)) {
		fail("truncate %s to %lld: %s", path, (long long)size, strerror(errno));
		return;
	}
	for (int i = 0; i < ISLANDS; i++)
		if (w->island[i] >= size)
			w->island_seed[i] = 0;
	w->sparse_size = size;
}

void sparse_step(struct worker *w)
{
	char path[1200];
	int fd = open_sparse(w, path, sizeof(path)), slot = (int)rng_below(&w->rng, ISLANDS);

	if (fd < 0)
		return;
	if (rng_chance(&w->rng, 5))
		cut(w, fd, path);
	else
		add_island(w, fd, path);
	if (w->island_seed[slot])
		check_island(w, fd, path, slot);
	check_hole(w, fd, path);
	close(fd);
}

void sparse_verify(struct worker *w)
{
	char path[1200];
	struct stat st;
	int fd;

	if (w->sparse_size < 0)
		return;
	fd = open_sparse(w, path, sizeof(path));
	if (fd < 0)
		return;
	if (fstat(fd, &st) || st.st_size != w->sparse_size)
		fail("%s: size %lld, not %lld", path, (long long)st.st_size, (long long)w->sparse_size);
	for (int i = 0; i < ISLANDS; i++)
		if (w->island_seed[i])
			check_island(w, fd, path, i);
	close(fd);
}
