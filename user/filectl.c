// SPDX-License-Identifier: MIT
/*
 * filectl [--dir DIR] [--mounts]
 *
 * What is asked of descriptors beside reading and writing: RWF_NOWAIT, leases against writers, write hints, FICLONE and its kin, attributes of
 * sockets, what can be spliced and sent; with --mounts (it changes the machine) FITRIM and MNT_EXPIRE as well. Status 0: all as on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif
#define EXT2_MAGIC   0xEF53
#define GET_RW_HINT  1035
#define SET_RW_HINT  1036
#define CLONE	     0x40049409
#define CLONE_RANGE  0x4020940D
#define DEDUPE_RANGE 0xC0189436
#define TRIM	     0xC0185879
#define MIB	     (1 << 20)

static char name[300], mount_point[310];
static char *page;

/* The C library has none for these two. */
static ssize_t read_flags(int fd, size_t len, off_t pos, int flags)
{
	struct iovec iov = { page, len };

	return syscall(SYS_preadv2, fd, &iov, 1, pos, 0, flags);
}

static ssize_t write_flags(int fd, size_t len, off_t pos, int flags)
{
	struct iovec iov = { page, len };

	return syscall(SYS_pwritev2, fd, &iov, 1, pos, 0, flags);
}

static bool on_ext2(int fd)
{
	struct statfs sfs;

	return !fstatfs(fd, &sfs) && sfs.f_type == EXT2_MAGIC;
}

/* What is cached is read, what is not is EAGAIN; a write through the cache is refused, and a direct one may not allocate. */
static void nowait(int fd)
{
	int direct;

	CHECK(pwrite_all(fd, page, 4096, 0) == 4096 && !fsync(fd));
	CHECK(read_flags(fd, 4096, 0, RWF_NOWAIT) == 4096);
	CHECK(read_flags(fd, 4096, 4096, RWF_NOWAIT) == 0);
	FAILS(write_flags(fd, 4096, 0, RWF_NOWAIT), EOPNOTSUPP);
	CHECK(!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	FAILS(read_flags(fd, 4096, 0, RWF_NOWAIT), EAGAIN);
	direct = open(name, O_RDWR | O_DIRECT);
	CHECK(direct >= 0 && read_flags(direct, 4096, 0, RWF_NOWAIT) == 4096);
	/* newer Linux would have to wait for a new mtime */
	CHECK(write_flags(direct, 4096, 0, RWF_NOWAIT) == 4096 || errno == EAGAIN);
	FAILS(write_flags(direct, 4096, 8 * MIB, RWF_NOWAIT), EAGAIN);
	close(direct);
}

static void nowait_streams(void)
{
	int p[2], s[2], fd = open("/dev/zero", O_RDONLY);

	CHECK(!pipe(p) && !socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	FAILS(read_flags(p[0], 4, -1, RWF_NOWAIT), EAGAIN);
	FAILS(read_flags(s[0], 4, -1, RWF_NOWAIT), EAGAIN);
	CHECK(write_flags(p[1], 4, -1, RWF_NOWAIT) == 4 && read_flags(p[0], 4, -1, RWF_NOWAIT) == 4);
	CHECK(fd < 0 || read_flags(fd, 4, -1, RWF_NOWAIT) == 4);
	close(fd);
	for (int i = 0; i < 2; i++)
		close(p[i]), close(s[i]);
}

static void leases(int rw)
{
	int rd = open(name, O_RDONLY), other;

	FAILS(fcntl(rw, F_SETLEASE, F_RDLCK), EAGAIN);
	FAILS(fcntl(rd, F_SETLEASE, F_RDLCK), EAGAIN);
	FAILS(fcntl(rd, F_SETLEASE, F_UNLCK), EAGAIN);
	close(rw);
	CHECK(!fcntl(rd, F_SETLEASE, F_RDLCK) && fcntl(rd, F_GETLEASE) == F_RDLCK);
	other = open(name, O_RDONLY);
	CHECK(other >= 0);
	FAILS(open(name, O_WRONLY | O_NONBLOCK), EAGAIN);
	CHECK(!fcntl(rd, F_SETLEASE, F_UNLCK) && fcntl(rd, F_GETLEASE) == F_UNLCK);
	close(other);
	close(rd);
}

static void hints(int fd)
{
	uint64_t hint = 9;

	CHECK(!fcntl(fd, GET_RW_HINT, &hint) && hint == 0);
	hint = 5;
	CHECK(!fcntl(fd, SET_RW_HINT, &hint));
	hint = 6;
	FAILS(fcntl(fd, SET_RW_HINT, &hint), EINVAL);
	CHECK(!fcntl(fd, GET_RW_HINT, &hint) && hint == 5);
	FAILS(fcntl(fd, GET_RW_HINT, 8), EFAULT);
	hint = 0;
	CHECK(!fcntl(fd, SET_RW_HINT, &hint));
}

static void clones(int fd)
{
	struct {
		int64_t fd;
		uint64_t from, length, to;
	} range = { .fd = fd };
	struct {
		uint64_t from, length;
		uint16_t count, reserved1;
		uint32_t reserved2;
	} dedupe = { .count = 200 };
	int dir = open(".", O_RDONLY), p[2];

	CHECK(!pipe(p));
	FAILS(ioctl(fd, CLONE, fd), EOPNOTSUPP);
	FAILS(ioctl(fd, CLONE, 900), EBADF);
	FAILS(ioctl(fd, CLONE, p[0]), EXDEV);
	FAILS(ioctl(dir, CLONE, dir), EISDIR);
	FAILS(ioctl(p[0], CLONE, p[0]), EINVAL);
	FAILS(ioctl(fd, CLONE_RANGE, &range), EOPNOTSUPP);
	FAILS(ioctl(fd, CLONE_RANGE, 8), EFAULT);
	FAILS(ioctl(fd, DEDUPE_RANGE, &dedupe), ENOMEM);
	close(dir);
	close(p[0]);
	close(p[1]);
}

static void socket_attributes(void)
{
	char text[32];
	int s[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	CHECK(flistxattr(s[0], text, sizeof(text)) == 21 && !strcmp(text, "system.sockprotoname"));
	CHECK(flistxattr(s[0], NULL, 0) == 21);
	FAILS(flistxattr(s[0], text, 20), ERANGE);
	CHECK(fgetxattr(s[0], "system.sockprotoname", text, sizeof(text)) == 12 && !strcmp(text, "UNIX-STREAM"));
	CHECK(fgetxattr(s[0], "system.sockprotoname", NULL, 0) == 12);
	FAILS(fgetxattr(s[0], "system.sockprotoname", text, 11), ERANGE);
	FAILS(fsetxattr(s[0], "system.sockprotoname", "x", 1, 0), EOPNOTSUPP);
	FAILS(fgetxattr(s[0], "system.other", text, sizeof(text)), EOPNOTSUPP);
	FAILS(fgetxattr(s[0], "user.x", text, sizeof(text)), ENODATA);
	close(s[0]);
	close(s[1]);
	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
	CHECK(fgetxattr(s[0], "system.sockprotoname", text, sizeof(text)) == 5 && !strcmp(text, "UNIX"));
	close(s[0]);
	close(s[1]);
}

/* From a socket into a pipe, what has no data to give, and what a stream may not be sent to. */
static void streams(int fd)
{
	int p[2], s[2], null = open("/dev/null", O_RDWR);
	struct iovec iov = { page, 0 };
	loff_t zero = 0;

	CHECK(!pipe2(p, O_NONBLOCK) && !socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	CHECK(write(s[1], "abcdefgh", 8) == 8 && splice(s[0], NULL, p[1], NULL, 3, 0) == 3);
	CHECK(sendfile(p[1], s[0], NULL, 100) == 5 && read(p[0], page, 100) == 8 && !memcmp(page, "abcdefgh", 8));
	FAILS(splice(s[0], NULL, p[1], NULL, 3, SPLICE_F_NONBLOCK), EAGAIN);
	FAILS(splice(s[0], &zero, p[1], NULL, 3, 0), EINVAL);
	FAILS(sendfile(p[1], s[0], &zero, 3), ESPIPE);
	FAILS(sendfile(fd, s[0], NULL, 3), EINVAL);
	FAILS(sendfile(fd, p[0], NULL, 3), EINVAL);
	close(s[1]);
	CHECK(!splice(s[0], NULL, p[1], NULL, 3, 0) && !sendfile(p[1], s[0], NULL, 3));
	if (null >= 0) {
		FAILS(splice(null, NULL, p[1], NULL, 1, 0), EINVAL);
		FAILS(sendfile(p[1], null, NULL, 1), EINVAL);
		FAILS(sendfile(fd, null, NULL, 1), EINVAL);
	}
	CHECK(!vmsplice(fd, &iov, 1, 0) && !vmsplice(fd, NULL, 0, 0));
	iov.iov_len = 1;
	FAILS(vmsplice(fd, &iov, 1, 0), EBADF);
	close(null);
	close(s[0]);
	close(p[0]);
	close(p[1]);
}

/* All that is free is told to the device; what files have stays. */
static void trim(int fd)
{
	struct {
		uint64_t start, len, minlen;
	} range = { 0, ~0ULL, 0 }, small = { 0, 1, 0 }, far = { 1ULL << 60, 1 << 20, 0 };
	uint64_t all;
	struct statfs sfs;

	for (size_t i = 0; i < 256; i++) {
		pattern_fill(page, 4096, 7, i * 4096);
		CHECK(pwrite_all(fd, page, 4096, i * 4096) == 4096);
	}
	CHECK(!fsync(fd));
	if (ioctl(fd, TRIM, &range)) {
		CHECK(errno == EOPNOTSUPP);
		return;
	}
	CHECK(!fstatfs(fd, &sfs));
	all = range.len;
	CHECK(all <= sfs.f_bfree * sfs.f_bsize && all >= sfs.f_bfree * sfs.f_bsize / 2);
	range.len = ~0ULL;
	range.minlen = 1 << 20;
	CHECK(!ioctl(fd, TRIM, &range) && range.len <= all);
	FAILS(ioctl(fd, TRIM, &small), EINVAL);
	FAILS(ioctl(fd, TRIM, &far), EINVAL);
	FAILS(ioctl(fd, TRIM, 8), EFAULT);
	CHECK(!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	for (size_t i = 0; i < 256; i++)
		CHECK(pread_all(fd, page, 4096, i * 4096) == 4096 && pattern_check(page, 4096, 7, i * 4096) < 0);
}

static void expire(void)
{
	char inside[330];
	int fd;

	snprintf(inside, sizeof(inside), "%s/f", mount_point);
	CHECK(!mkdir(mount_point, 0755) && !mount("none", mount_point, "tmpfs", 0, NULL));
	FAILS(umount2(mount_point, MNT_EXPIRE | MNT_DETACH), EINVAL);
	fd = open(inside, O_RDWR | O_CREAT, 0600);
	FAILS(umount2(mount_point, MNT_EXPIRE), EBUSY);
	close(fd);
	FAILS(umount2(mount_point, MNT_EXPIRE), EAGAIN);
	CHECK(!access(inside, F_OK));			/* a use takes the mark away */
	FAILS(umount2(mount_point, MNT_EXPIRE), EAGAIN);
	CHECK(!umount2(mount_point, MNT_EXPIRE));
	FAILS(umount2(mount_point, MNT_EXPIRE), EINVAL);
	CHECK(!rmdir(mount_point));
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");
	bool mounts = option_flag(argc, argv, "--mounts");
	int fd;

	snprintf(name, sizeof(name), "%s/filectl.tmp", dir ? dir : ".");
	snprintf(mount_point, sizeof(mount_point), "%s/filectl.mnt", dir ? dir : ".");
	signal(SIGIO, SIG_IGN);
	CHECK(!posix_memalign((void **)&page, 4096, 4096));
	memset(page, 'x', 4096);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0);
	if (on_ext2(fd))
		nowait(fd);
	nowait_streams();
	hints(fd);
	clones(fd);
	socket_attributes();
	streams(fd);
	if (mounts) {
		trim(fd);
		expire();
	}
	leases(fd);
	unlink(name);
	printf("filectl: all as expected\n");
	return 0;
}
