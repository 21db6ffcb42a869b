// SPDX-License-Identifier: MIT
/*
 * holecalls [--dir DIR]
 *
 * Where a sparse file has data, asked in three ways (SEEK_DATA and SEEK_HOLE, FIEMAP, FIBMAP), compared with what was written; files without
 * a name that get one later. Only for file systems that know their holes. Status 0: they agree.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef O_TMPFILE
#define O_TMPFILE (020000000 | O_DIRECTORY)
#endif
#define FS_IOC_FIEMAP 0xC020660BU
#define FIBMAP	      1
#define FIGETBSZ      2
#define EXTENTS	      512

struct extent {
	uint64_t logical, physical, length, reserved64[2];
	uint32_t flags, reserved[3];
};

static struct {
	uint64_t start, length;
	uint32_t flags, mapped, count, reserved;
	struct extent extents[EXTENTS];
} map;

static int fiemap(int fd, uint64_t start, uint64_t length, uint32_t flags, uint32_t count)
{
	map.start = start;
	map.length = length;
	map.flags = flags;
	map.count = count;
	map.mapped = 0;
	return ioctl(fd, FS_IOC_FIEMAP, &map);
}

#define GIB (1LL << 30)

static void sparse(int fd, int bs)
{
	/* direct, each kind of indirect (for 1 KiB blocks), and far away; blocks of data, and where */
	const long long at[] = { 0, 3LL * bs, 12LL * bs, 500LL * bs, 700000LL * bs, 3 * GIB, 15 * GIB };
	enum { N = sizeof(at) / sizeof(at[0]) };
	char *block = malloc(2 * bs);
	off_t size, pos = 0;
	unsigned int e = 0;

	memset(block, 'x', 2 * bs);
	for (int i = 0; i < N; i++)
		CHECK(pwrite_all(fd, block, i % 2 ? 2 * bs : bs, at[i]) > 0);
	size = at[N - 1] + 100LL * bs + 7;
	CHECK(!ftruncate(fd, size) && !fsync(fd));
	CHECK(!fiemap(fd, 0, ~0ULL, 0, EXTENTS) && map.mapped >= N && (map.extents[map.mapped - 1].flags & 1));
	for (int i = 0; i < N; i++) {
		off_t len = i % 2 ? 2 * bs : bs;

		CHECK(lseek(fd, pos, SEEK_DATA) == at[i]);
		CHECK(lseek(fd, at[i], SEEK_DATA) == at[i] && lseek(fd, at[i] + 1, SEEK_DATA) == at[i] + 1);
		CHECK(lseek(fd, at[i] + 1, SEEK_HOLE) == at[i] + len);
		CHECK(lseek(fd, at[i] + len, SEEK_HOLE) == at[i] + len);
		pos = at[i] + len;
		/* the extents cover exactly these blocks */
		for (off_t done = 0; done < len; e++) {
			struct extent *x = &map.extents[e];
			int number = (at[i] + done) / bs;

			CHECK(e < map.mapped && (off_t)x->logical == at[i] + done && x->length && (off_t)x->length <= len - done);
			if ((at[i] + done) / bs < 0x7fffffff) {
				CHECK(!ioctl(fd, FIBMAP, &number));
				CHECK((uint64_t)number == x->physical / bs);
			}
			done += x->length;
		}
	}
	CHECK(e == map.mapped);
	FAILS(lseek(fd, pos, SEEK_DATA), ENXIO);
	FAILS(lseek(fd, size, SEEK_HOLE), ENXIO);
	FAILS(lseek(fd, -1, SEEK_DATA), ENXIO);
	CHECK(lseek(fd, size - 1, SEEK_HOLE) == size - 1);
	/* counted only; a part; too little room; what is refused */
	e = map.mapped;
	CHECK(!fiemap(fd, 0, ~0ULL, 1, 0) && map.mapped == e);
	CHECK(!fiemap(fd, bs, 100LL * bs, 0, EXTENTS) && map.extents[0].logical == 3ULL * bs && !(map.extents[map.mapped - 1].flags & 1));
	CHECK(!fiemap(fd, 0, ~0ULL, 0, 1) && map.mapped == 1);
	FAILS(fiemap(fd, 0, 0, 0, 1), EINVAL);
	FAILS(fiemap(fd, 0, 1, 0x80, 1), EBADR);
	CHECK(map.flags == 0x80);
	free(block);
}

static void without_name(const char *dir)
{
	char path[64], name[300];
	struct stat st;
	int fd = open(dir, O_TMPFILE | O_RDWR, 0600);

	CHECK(fd >= 0 && !fstat(fd, &st) && st.st_nlink == 0 && write(fd, "hello", 5) == 5);
	snprintf(name, sizeof(name), "%s/named", dir);
	CHECK(!linkat(fd, "", AT_FDCWD, name, AT_EMPTY_PATH) && !stat(name, &st) && st.st_nlink == 1 && st.st_size == 5);
	CHECK(!unlink(name));
	close(fd);
	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL, 0600);
	CHECK(fd >= 0);
	FAILS(linkat(fd, "", AT_FDCWD, name, AT_EMPTY_PATH), ENOENT);
	close(fd);
	fd = open(dir, O_TMPFILE | O_RDWR, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!stat(path, &st)) {
		CHECK(!linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) && !unlink(name));
	}
	FAILS(open(dir, O_TMPFILE | O_RDONLY, 0600), EINVAL);
	close(fd);
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");
	char name[300];
	int fd, bs;

	snprintf(name, sizeof(name), "%s/holecalls.tmp", dir ? dir : "");
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && !ioctl(fd, FIGETBSZ, &bs) && bs >= 1024);
	sparse(fd, bs);
	close(fd);
	unlink(name);
	without_name(dir ? dir : "/");
	printf("holecalls: all as expected\n");
	return 0;
}
