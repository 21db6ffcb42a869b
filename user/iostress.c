// SPDX-License-Identifier: MIT
/*
 * iostress [--dir DIR] [--mib N] [--threads N] [--seed N] [--expect-errors]
 *
 * Files larger than memory: each thread writes its stripes of one common file and a file of its own, both in chunks of odd sizes,
 * with an fsync now and then, and reads all of it back, which by then must come from the disk. The default size is one and
 * a half times the memory. With --expect-errors the disk is one that fails: EIO and ENOSPC are answers, an fsync that
 * succeeded is a promise, and what is read is still never wrong.
 */
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define CHUNK (256 * 1024)

enum { OP_write, OP_read, OP_fsync, OP_COUNT };
static const char *const op_names[] = { "write", "read", "fsync" };
static struct op_table table = { op_names, OP_COUNT, { { 0, 0 } }, PTHREAD_MUTEX_INITIALIZER };

static int threads, common;
static bool expect_errors;
static off_t per_thread;
static uint64_t seed;

struct worker {
	pthread_t thread;
	int id, fd;
	bool wrote_all;
	uint8_t buf[CHUNK];
	struct op_count ops[MAX_OPS];
};

/* Thread i's chunk number n lies at stripe n * threads + i of the common file. */
static off_t stripe(struct worker *w, off_t pos)
{
	return (pos / CHUNK * threads + w->id) * CHUNK;
}

static bool excused(void)
{
	return expect_errors && (errno == EIO || errno == ENOSPC || errno == EROFS);
}

static void write_piece(struct worker *w, int fd, off_t pos, uint64_t key)
{
	/* Pieces that do not line up with pages or blocks; together they cover the chunk. */
	static const size_t sizes[] = { 65536, 4096, 100, 3996, 61440, 8192, 512, 118272 };
	size_t done = 0;

	pattern_fill(w->buf, CHUNK, key, (uint64_t)pos);
	for (int i = 0; done < CHUNK; i = (i + 1) % 8) {
		size_t len = sizes[i] < CHUNK - done ? sizes[i] : CHUNK - done;
		ssize_t n = pwrite_all(fd, w->buf + done, len, pos + (off_t)done);

		w->ops[OP_write].calls++;
		if (n != (ssize_t)len) {
			w->ops[OP_write].errors++;
			w->wrote_all = false;
			if (!excused())
				fail("write of %zu at %lld gives %zd: %s", len, (long long)pos, n, strerror(errno));
			return;
		}
		done += len;
	}
}

static void sync_file(struct worker *w, int fd)
{
	w->ops[OP_fsync].calls++;
	if (fsync(fd)) {
		w->ops[OP_fsync].errors++;
		w->wrote_all = false;
		if (!excused())
			fail("fsync: %s", strerror(errno));
	}
}

static void read_piece(struct worker *w, int fd, off_t pos, uint64_t key)
{
	ssize_t n = pread_all(fd, w->buf, CHUNK, pos);
	long bad;

	w->ops[OP_read].calls++;
	if (n != CHUNK) {
		w->ops[OP_read].errors++;
		if (!(n < 0 && excused()) && w->wrote_all)
			fail("read at %lld gives %zd: %s", (long long)pos, n, n < 0 ? strerror(errno) : "");
		return;
	}
	bad = pattern_check(w->buf, CHUNK, key, (uint64_t)pos);
	/* Where writes failed, what is there is unknown, except that it is nobody else's data. */
	if (bad >= 0 && w->wrote_all)
		fail("byte %lld is wrong", (long long)pos + bad);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	w->wrote_all = true;
	for (off_t pos = 0; pos < per_thread; pos += CHUNK) {
		write_piece(w, common, stripe(w, pos), seed);
		write_piece(w, w->fd, pos, seed + 1 + (uint64_t)w->id);
		if (pos / CHUNK % 64 == 63)
			sync_file(w, w->fd);
	}
	sync_file(w, w->fd);
	for (off_t pos = 0; pos < per_thread; pos += CHUNK) {
		read_piece(w, common, stripe(w, pos), seed);
		read_piece(w, w->fd, pos, seed + 1 + (uint64_t)w->id);
	}
	ops_add(&table, w->ops);
	return NULL;
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "";
	struct worker *workers;
	struct sysinfo info;
	char path[300];
	double start = now(), seconds;
	long mib;

	if (sysinfo(&info))
		die("sysinfo");
	mib = option_long(argc, argv, "--mib", (long)((unsigned long long)info.totalram * info.mem_unit >> 20) * 3 / 2);
	threads = (int)option_long(argc, argv, "--threads", 3);
	seed = (uint64_t)option_long(argc, argv, "--seed", 1);
	expect_errors = option_flag(argc, argv, "--expect-errors");
	per_thread = ((off_t)mib << 20) / threads / 2 / CHUNK * CHUNK;
	workers = calloc((size_t)threads, sizeof(*workers));
	snprintf(path, sizeof(path), "%s/iostress.common", dir);
	common = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (common < 0 || !workers)
		die("%s", path);
	for (int i = 0; i < threads; i++) {
		workers[i].id = i;
		snprintf(path, sizeof(path), "%s/iostress.%d", dir, i);
		workers[i].fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
		if (workers[i].fd < 0)
			die("%s", path);
		errno = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
		if (errno)
			die("thread %d", i);
	}
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	seconds = now() - start;
	ops_print(&table, seconds);
	printf("iostress: %ld MiB written and read by %d threads, %.1f MiB/s; memory is %llu MiB\n", mib, threads,
	       2.0 * (double)mib / seconds, (unsigned long long)info.totalram * info.mem_unit >> 20);
	printf("iostress: %s, %lu failures\n", failures() ? "FAILED" : "passed", failures());
	return failures() ? 1 : 0;
}
