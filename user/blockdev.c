// SPDX-License-Identifier: MIT
/*
 * blockdev DIR MAJOR MINOR
 *
 * Uses a whole disk as a file, through a node it makes in DIR: size and geometry, reads and writes at odd places, O_DIRECT beside
 * the cache, a mapping, zeroing and discarding ranges, flushing, and both ends of the disk. Everything on the disk is lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/util.h"

/* As the kernel headers have them, which musl systems need not have. */
#define BLKROGET     0x125e
#define BLKGETSIZE   0x1260
#define BLKFLSBUF    0x1261
#define BLKSSZGET    0x1268
#define BLKBSZGET    _IOR(0x12, 112, size_t)
#define BLKGETSIZE64 _IOR(0x12, 114, size_t)
#define BLKDISCARD   0x1277
#define BLKPBSZGET   0x127b
#define BLKZEROOUT   0x127f
#define HDIO_GETGEO  0x0301

struct geometry {
	unsigned char heads, sectors;
	unsigned short cylinders;
	unsigned long start;
};

#define AREA (1 << 20)

static int bad; /* checks that failed */
static unsigned char *shadow, *buf;
static uint64_t size;

#define check(cond)                                                                                                                \
	do {                                                                                                                       \
		if (!(cond)) {                                                                                                     \
			bad++;                                                                                                     \
			printf("blockdev: line %d: %s (errno %d, %s)\n", __LINE__, #cond, errno, strerror(errno));                 \
		}                                                                                                                  \
	} while (0)

static bool same(int fd)
{
	return pread(fd, buf, AREA, 0) == AREA && !memcmp(buf, shadow, AREA);
}

static void facts(int fd)
{
	unsigned long sectors = 0;
	unsigned int block = 0, physical = 0;
	struct geometry geo = { 0 };
	size_t soft = 0;
	int ro = -1;

	check(ioctl(fd, BLKGETSIZE64, &size) == 0 && size >= 2 * AREA);
	check(ioctl(fd, BLKGETSIZE, &sectors) == 0 && sectors == size / 512);
	check(ioctl(fd, BLKSSZGET, &block) == 0 && block >= 512 && !(block & (block - 1)));
	check(ioctl(fd, BLKPBSZGET, &physical) == 0 && physical >= block);
	check(ioctl(fd, BLKBSZGET, &soft) == 0 && (int)soft >= (int)block);
	check(ioctl(fd, BLKROGET, &ro) == 0 && ro == 0);
	check(ioctl(fd, HDIO_GETGEO, &geo) == 0 && geo.heads && geo.sectors && geo.cylinders && !geo.start);
	check(ioctl(fd, 0x12fe, 0) == -1 && errno == ENOTTY);
	check(lseek(fd, 0, SEEK_END) == (off_t)size);
	printf("blockdev: %llu bytes, blocks of %u, %u/%u/%u\n", (unsigned long long)size, block, geo.cylinders, geo.heads,
	       geo.sectors);
}

/* Pieces of any size at any place. */
static void odd_places(int fd, struct rng *rng)
{
	for (int i = 0; i < 200; i++) {
		size_t at = rng_below(rng, AREA), len = 1 + rng_below(rng, 9000);

		if (at + len > AREA)
			len = AREA - at;
		memset(shadow + at, i + 1, len);
		check(pwrite(fd, shadow + at, len, at) == (ssize_t)len);
		at = rng_below(rng, AREA - 9000);
		check(pread(fd, buf, len, at) == (ssize_t)len && !memcmp(buf, shadow + at, len));
	}
	check(fsync(fd) == 0);
	check(ioctl(fd, BLKFLSBUF, 0) == 0);
	check(same(fd));
}

/* Past the cache and through it must show the same. */
static void direct(const char *node, int fd)
{
	int dfd = open(node, O_RDWR | O_DIRECT);

	check(dfd >= 0);
	if (dfd < 0)
		return;
	memset(shadow + 8192, 0xd1, 16384);
	check(pwrite(dfd, memcpy(buf, shadow + 8192, 16384), 16384, 8192) == 16384);
	check(same(fd));
	memset(shadow + 12288, 0xc2, 4096);
	check(pwrite(fd, shadow + 12288, 4096, 12288) == 4096);
	check(pread(dfd, buf, 16384, 8192) == 16384 && !memcmp(buf, shadow + 8192, 16384));
	check(pread(dfd, buf + 1, 512, 0) == -1 && errno == EINVAL);
	check(pread(dfd, buf, 512, 3) == -1 && errno == EINVAL);
	check(close(dfd) == 0);
}

static void mapping(int fd)
{
	unsigned char *map = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	check(map != MAP_FAILED);
	if (map == MAP_FAILED)
		return;
	check(!memcmp(map, shadow, AREA));
	memset(map + 100000, 0x3a, 5000);
	memset(shadow + 100000, 0x3a, 5000);
	check(same(fd));
	check(msync(map, AREA, MS_SYNC) == 0);
	check(munmap(map, AREA) == 0);
	check(ioctl(fd, BLKFLSBUF, 0) == 0);
	check(same(fd));
}

static void ranges(int fd)
{
	uint64_t range[2] = { 65536, 131072 };

	check(ioctl(fd, BLKZEROOUT, range) == 0);
	memset(shadow + 65536, 0, 131072);
	check(same(fd));
	range[1] = 1000;
	check(ioctl(fd, BLKZEROOUT, range) == -1 && errno == EINVAL);
	range[0] = size;
	range[1] = 4096;
	check(ioctl(fd, BLKZEROOUT, range) == -1 && errno == EINVAL);
	/* What a discarded range holds is the disk's affair; the rest must be untouched. */
	range[0] = 262144;
	range[1] = 65536;
	check(ioctl(fd, BLKDISCARD, range) == 0 || errno == EOPNOTSUPP);
	check(pread(fd, shadow + 262144, 65536, 262144) == 65536);
	check(same(fd));
}

static void ends(int fd)
{
	check(pread(fd, buf, 4096, size) == 0);
	check(pread(fd, buf, 8192, size - 4096) == 4096);
	check(pwrite(fd, buf, 8192, size - 4096) == 4096);
	check(pwrite(fd, buf, 1, size) == -1 && errno == ENOSPC);
	check(ftruncate(fd, 0) == -1 && errno == EINVAL);
}

int main(int argc, char **argv)
{
	struct rng rng = { .state = 1 };
	char node[200];
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: blockdev DIR MAJOR MINOR\n");
		return 2;
	}
	snprintf(node, sizeof(node), "%s/blockdev-node", argv[1]);
	mkdir(argv[1], 0755);
	unlink(node);
	check(mknod(node, S_IFBLK | 0600, makedev(atoi(argv[2]), atoi(argv[3]))) == 0);
	fd = open(node, O_RDWR);
	check(fd >= 0);
	shadow = aligned_alloc(4096, AREA);
	buf = aligned_alloc(4096, AREA);
	if (fd < 0 || !shadow || !buf)
		return 1;
	memset(shadow, 0, AREA);
	facts(fd);
	check(pwrite(fd, shadow, AREA, 0) == AREA);
	odd_places(fd, &rng);
	direct(node, fd);
	mapping(fd);
	ranges(fd);
	ends(fd);
	check(fsync(fd) == 0 && close(fd) == 0);
	check(unlink(node) == 0);
	printf("blockdev: %s\n", bad ? "failed" : "passed");
	return bad != 0;
}
