// SPDX-License-Identifier: MIT
/*
 * punchcalls [--dir DIR] [--seconds N]
 *
 * Holes punched into files: what is refused; what is read then, by read() and through a mapping; that the blocks are given back and SEEK_DATA and
 * SEEK_HOLE know; and threads that write, store, punch and read, each in bytes of its own that share pages and blocks with the others'.
 * Status 0: every byte is what it was left as.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define KEEP   1
#define PUNCH  2
#define HOLE   (KEEP | PUNCH)
#define SIZE   (2 << 20)
#define CHUNK  6656	/* no multiple of a page or block, but more than one of each */
#define NR     4	/* threads */
#define EXT2   0xEF53

static char name[300];
static int file;
static unsigned char *map;	/* the file */
static unsigned char *model;	/* what it should be */
static double deadline;

static void refused(int fd)
{
	int rd = open(name, O_RDONLY), p[2];
	struct statfs sfs;

	CHECK(rd >= 0 && !pipe(p) && !fstatfs(fd, &sfs));
	FAILS(fallocate(rd, HOLE, 0, 4096), EBADF);
	FAILS(fallocate(p[1], HOLE, 0, 4096), ESPIPE);
	FAILS(fallocate(fd, PUNCH, 0, 4096), EOPNOTSUPP);
	FAILS(fallocate(fd, HOLE, -1, 4096), EINVAL);
	FAILS(fallocate(fd, HOLE, 0, 0), EINVAL);
	FAILS(fallocate(fd, HOLE | 16, 0, 4096), EOPNOTSUPP);
	CHECK(!ftruncate(fd, 5000) && !fallocate(fd, HOLE, 100000, 4096));
	close(rd);
	close(p[0]);
	close(p[1]);
}

static void same(off_t at, size_t len, const char *when)
{
	static unsigned char back[SIZE];

	CHECK(pread_all(file, back, len, at) == (ssize_t)len);
	for (size_t i = 0; i < len; i++) {
		if (back[i] != model[at + i])
			die("%s: byte %zu read is %d, not %d", when, (size_t)at + i, back[i], model[at + i]);
		if (map[at + i] != model[at + i])
			die("%s: byte %zu mapped is %d, not %d", when, (size_t)at + i, map[at + i], model[at + i]);
	}
}

static void punch(off_t at, off_t len)
{
	CHECK(!fallocate(file, HOLE, at, len));
	memset(model + at, 0, at >= SIZE ? 0 : at + len > SIZE ? SIZE - at : len);
}

static void fill(off_t at, size_t len, int byte)
{
	memset(model + at, byte, len);
	CHECK(pwrite_all(file, model + at, len, at) == (ssize_t)len);
}

static long blocks(void)
{
	struct stat st;

	CHECK(!fstat(file, &st) && st.st_size == SIZE);
	return st.st_blocks;
}

/* Each way a range can lie: in one block, over an edge, whole blocks, what one indirect block leads to, the end, beyond. */
static void ranges(void)
{
	static const struct {
		off_t at, len;
	} holes[] = {
		{ 10, 20 }, { 4090, 10 }, { 8192, 4096 }, { 9000, 10000 }, { 1024, 1024 }, { 3072, 2048 }, { 12 * 1024, 256 * 1024 },
		{ 268 * 1024, 256 * 1024 }, { 300000, 700001 }, { SIZE - 10, 10 }, { SIZE - 5000, 100000 }, { 48 * 1024, 1024 * 1024 }, { 0, SIZE },
	};
	long full, now_has;
	struct statfs sfs;
	struct stat st;
	bool ext2 = !fstatfs(file, &sfs) && sfs.f_type == EXT2;

	fill(0, SIZE, 'a');
	CHECK(!fsync(file));
	full = blocks();
	CHECK(full >= SIZE / 512);
	for (unsigned int i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
		off_t at = holes[i].at, end = at + holes[i].len > SIZE ? SIZE : at + holes[i].len, first = (at + 4095) & ~4095, last = end & ~4095;
		long had;

		fill(0, SIZE, 'b' + i);
		map[at + (end - at) / 2] = model[at + (end - at) / 2] = 1;	/* through the mapping, and not on the disk yet */
		if (i & 1)
			CHECK(!fsync(file));
		had = blocks();
		punch(at, holes[i].len);
		now_has = blocks();
		/* tmpfs counts in its own time */
		CHECK(last <= first || !ext2 || had - now_has >= (last - first) / 512);
		CHECK(last <= first || lseek(file, first, SEEK_HOLE) == first);
		CHECK(last <= first || end > SIZE - 4096 || lseek(file, first, SEEK_DATA) <= ((end + 4095) & ~4095));
		same(0, SIZE, "after punching");	/* in tmpfs a look through the mapping fills the hole */
		/* a store into the hole */
		map[at] = model[at] = 'z';
		same(0, SIZE, "after storing");
		CHECK(!fsync(file) && !posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED));
		same(0, SIZE, "from the disk");
		CHECK(lseek(file, at, SEEK_DATA) == at);
	}
	punch(0, SIZE);
	CHECK(lseek(file, 0, SEEK_HOLE) == 0 && (blocks() <= 16 || !ext2));
	FAILS(lseek(file, 0, SEEK_DATA), ENXIO);
	CHECK(!fstat(file, &st) && st.st_size == SIZE);
}

/* A private mapping keeps what was copied; a page that is in the hole as a whole is gone from it otherwise. */
static void private_copies(void)
{
	unsigned char *own = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);

	CHECK(own != MAP_FAILED);
	fill(0, 16384, 'p');
	own[0] = 'q';
	CHECK(own[8192] == 'p');
	punch(0, 16384);
	CHECK(own[0] == 'q' && own[1] == 'p' && own[8192] == 0);
	munmap(own, 16384);
}

/* A range within one of the thread's chunks. */
static void pick(struct rng *rng, int thread, off_t *at, size_t *len)
{
	size_t chunk = rng_below(rng, SIZE / CHUNK / NR) * NR + thread, from = rng_below(rng, CHUNK);

	if (rng_chance(rng, 3))
		from = 0;
	*at = chunk * CHUNK + from;
	*len = rng_chance(rng, 3) ? CHUNK - from : 1 + rng_below(rng, CHUNK - from);
}

static void *worker(void *arg)
{
	int thread = (int)(intptr_t)arg;
	struct rng rng = { .state = 77 + thread };
	unsigned char *buf = malloc(CHUNK);
	unsigned int turn = 0;
	size_t len;
	off_t at;

	while (now() < deadline) {
		unsigned char byte = 1 + rng_below(&rng, 255);

		pick(&rng, thread, &at, &len);
		switch (rng_below(&rng, 4)) {
		case 0:
			punch(at, len);
			break;
		case 1:
			fill(at, len, byte);
			break;
		case 2:
			memset(model + at, byte, len);
			memset(map + at, byte, len);
			break;
		default:
			CHECK(pread_all(file, buf, len, at) == (ssize_t)len);
			if (memcmp(buf, model + at, len) || memcmp(map + at, model + at, len))
				die("thread %d: %zu bytes at %lld are not what they were left as", thread, len, (long long)at);
		}
		if (thread == 0 && ++turn % 64 == 0)
			CHECK(!fdatasync(file) && !posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED));
	}
	free(buf);
	return NULL;
}

static void together(long seconds)
{
	pthread_t threads[NR];

	deadline = now() + seconds;
	for (int i = 0; i < NR; i++)
		CHECK(!pthread_create(&threads[i], NULL, worker, (void *)(intptr_t)i));
	for (int i = 0; i < NR; i++)
		pthread_join(threads[i], NULL);
	same(0, SIZE, "at the end");
	CHECK(!fsync(file) && !posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED));
	same(0, SIZE, "at the end, from the disk");
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");

	snprintf(name, sizeof(name), "%s/punchcalls.tmp", dir ? dir : ".");
	file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(file >= 0);
	if (fallocate(file, HOLE, 0, 4096)) {
		CHECK(errno == EOPNOTSUPP);
		printf("punchcalls: no holes in files here\n");
		return 0;
	}
	refused(file);
	CHECK(!ftruncate(file, 0) && !ftruncate(file, SIZE));
	map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	model = calloc(1, SIZE);
	CHECK(map != MAP_FAILED && model);
	ranges();
	private_copies();
	together(option_long(argc, argv, "--seconds", 2));
	unlink(name);
	printf("punchcalls: all as expected\n");
	return 0;
}
