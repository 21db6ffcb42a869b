// SPDX-License-Identifier: MIT
/*
 * directstress [--dir DIR] [--seconds N] [--threads N] [--seed N]
 *
 * O_DIRECT beside the page cache. Each thread has a file, opened twice (directly and through the cache) and mapped. Steps write a
 * range one way, at offsets and lengths that are multiples of a sector, and read it back another way: whatever was
 * written last must be seen, by every way, at once. Files grow, have holes, and are truncated, so that direct writes meet allocated
 * blocks, holes and the end of the file.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SECTOR 512
#define LIMIT  (2 << 20)	/* bytes of the largest file */
#define MAX_IO (192 * 1024)

enum { OP_direct_write, OP_cached_write, OP_mapped_write, OP_direct_read, OP_cached_read, OP_mapped_read, OP_truncate, OP_unaligned, OP_COUNT };
static const char *const op_names[] = { "direct write", "cached write", "mapped write", "direct read", "cached read", "mapped read", "truncate", "unaligned" };
static struct op_table table = { op_names, OP_COUNT, { { 0, 0 } }, PTHREAD_MUTEX_INITIALIZER };
static double end;

struct worker {
	pthread_t thread;
	int direct, cached;
	uint8_t *map;
	uint8_t *model;		/* what the file holds, LIMIT bytes */
	uint8_t *buf;		/* aligned */
	off_t size;
	struct rng rng;
	struct op_count ops[MAX_OPS];
};

static void count(struct worker *w, int op, bool ok)
{
	w->ops[op].calls++;
	w->ops[op].errors += !ok;
}

/* A random range in sectors, within LIMIT. */
static void pick(struct worker *w, off_t *pos, size_t *len)
{
	*pos = (off_t)rng_below(&w->rng, LIMIT / SECTOR - 1) * SECTOR;
	*len = (1 + rng_below(&w->rng, rng_chance(&w->rng, 2) ? 16 : MAX_IO / SECTOR)) * SECTOR;
	if (*pos + (off_t)*len > LIMIT)
		*len = (size_t)(LIMIT - *pos);
}

static void written(struct worker *w, off_t pos, size_t len)
{
	memcpy(w->model + pos, w->buf, len);
	if (pos + (off_t)len > w->size)
		w->size = pos + (off_t)len;
}

static void step_write(struct worker *w, int op)
{
	off_t pos;
	size_t len;
	ssize_t n;

	pick(w, &pos, &len);
	pattern_fill(w->buf, len, rng_next(&w->rng), 0);
	if (op == OP_mapped_write) {
		if (pos >= w->size)
			return;
		if (pos + (off_t)len > w->size)
			len = (size_t)(w->size - pos);
		memcpy(w->map + pos, w->buf, len);
		n = (ssize_t)len;
	} else {
		n = pwrite_all(op == OP_direct_write ? w->direct : w->cached, w->buf, len, pos);
	}
	count(w, op, n == (ssize_t)len);
	if (n != (ssize_t)len)
		fail("%s of %zu at %lld gives %zd: %s", op_names[op], len, (long long)pos, n, strerror(errno));
	else
		written(w, pos, len);
}

static void step_read(struct worker *w, int op)
{
	off_t pos;
	size_t len, expect;
	ssize_t n;

	pick(w, &pos, &len);
	expect = pos >= w->size ? 0 : len;
	if (expect && pos + (off_t)len > w->size)
		expect = (size_t)(w->size - pos);
	if (op == OP_mapped_read) {
		memcpy(w->buf, w->map + pos, expect);
		n = (ssize_t)expect;
	} else {
		n = pread(op == OP_direct_read ? w->direct : w->cached, w->buf, len, pos);
	}
	count(w, op, n == (ssize_t)expect);
	if (n != (ssize_t)expect) {
		fail("%s of %zu at %lld of %lld gives %zd: %s", op_names[op], len, (long long)pos, (long long)w->size, n,
		     n < 0 ? strerror(errno) : "");
		return;
	}
	for (size_t i = 0; i < expect; i++) {
		if (w->buf[i] != w->model[pos + (off_t)i]) {
			fail("%s: byte %lld of %lld is %02x, not %02x", op_names[op], (long long)pos + (long long)i,
			     (long long)w->size, w->buf[i], w->model[pos + (off_t)i]);
			return;
		}
	}
}

static void step_truncate(struct worker *w)
{
	off_t size = (off_t)rng_below(&w->rng, LIMIT);
	int err = ftruncate(w->cached, size);

	count(w, OP_truncate, !err);
	if (err) {
		fail("truncate to %lld: %s", (long long)size, strerror(errno));
		return;
	}
	if (size < w->size)
		memset(w->model + size, 0, (size_t)(w->size - size));
	w->size = size;
}

/* An odd offset, length or address is EINVAL, unless the file system reads through its cache then, as some do. */
static void step_unaligned(struct worker *w)
{
	static const struct {
		int shift, len, pos;
	} odd[] = { { 0, SECTOR, 17 }, { 0, SECTOR + 1, 0 }, { 1, SECTOR, 0 } };

	for (int i = 0; i < 3; i++) {
		ssize_t n = pread(w->direct, w->buf + odd[i].shift, (size_t)odd[i].len, odd[i].pos);
		bool ok = n >= 0 || errno == EINVAL;

		count(w, OP_unaligned, ok);
		if (!ok)
			fail("unaligned direct read %d gives %zd: %s", i, n, strerror(errno));
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (now() < end && failures() < 10) {
		unsigned int what = (unsigned int)rng_below(&w->rng, 40);

		if (what < 18)
			step_write(w, OP_direct_write + (int)what % 3);
		else if (what < 37)
			step_read(w, OP_direct_read + (int)what % 3);
		else if (what < 39)
			step_truncate(w);
		else
			step_unaligned(w);
	}
	ops_add(&table, w->ops);
	return NULL;
}

static void set_up(struct worker *w, const char *dir, int i, uint64_t seed)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/direct.%d", dir, i);
	w->cached = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	w->direct = open(path, O_RDWR | O_DIRECT);
	if (w->cached < 0 || w->direct < 0)
		die("%s: %s", path, strerror(errno));
	w->map = mmap(NULL, LIMIT, PROT_READ | PROT_WRITE, MAP_SHARED, w->cached, 0);
	w->model = calloc(1, LIMIT);
	if (w->map == MAP_FAILED || !w->model || posix_memalign((void **)&w->buf, 4096, MAX_IO))
		die("no memory");
	w->rng.state = seed + (uint64_t)i * 1000003;
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "";
	int threads = (int)option_long(argc, argv, "--threads", 3);
	uint64_t seed = (uint64_t)option_long(argc, argv, "--seed", 1);
	double start = now();
	struct worker *workers = calloc((size_t)threads, sizeof(*workers));

	end = start + (double)option_long(argc, argv, "--seconds", 10);
	if (!workers)
		die("no memory");
	for (int i = 0; i < threads; i++) {
		set_up(&workers[i], dir, i, seed);
		errno = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
		if (errno)
			die("thread %d", i);
	}
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	ops_print(&table, now() - start);
	printf("directstress: %s, %lu failures\n", failures() ? "FAILED" : "passed", failures());
	return failures() ? 1 : 0;
}
