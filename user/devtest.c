// SPDX-License-Identifier: MIT
/*
 * devtest mounted | tmp-on-disk | bare
 *
 * What the kernel mounts before the first program, and that the devices in /dev are what they should be. "mounted": with tmp=tmpfs on
 * a disk with all directories; "tmp-on-disk": the same disk without that word; "bare": a disk without directories.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TMPFS_MAGIC 0x01021994
#define check(cond)                                                                                                    \
	do {                                                                                                           \
		if (!(cond))                                                                                           \
			fail("%s (errno %d, %s)", #cond, errno, strerror(errno));                                      \
	} while (0)

static bool is_tmpfs(const char *dir)
{
	struct statfs sf;

	return statfs(dir, &sf) == 0 && sf.f_type == TMPFS_MAGIC;
}

static mode_t mode_of(const char *name)
{
	struct stat st = { 0 };

	check(stat(name, &st) == 0);
	return st.st_mode;
}

static void check_device(const char *name, mode_t mode, unsigned int major, unsigned int minor)
{
	struct stat st;

	if (stat(name, &st))
		fail("%s: %s", name, strerror(errno));
	else if (st.st_mode != mode || (major && st.st_rdev != makedev(major, minor)))
		fail("%s: mode %o, device %u:%u", name, st.st_mode, major(st.st_rdev), minor(st.st_rdev));
}

/* What is written to the log is its last record, with a number and a time. */
static void check_log(void)
{
	char record[1200], *text;
	int fd = open("/dev/kmsg", O_RDWR | O_NONBLOCK), found = 0;
	long number = -1, n, level, next;

	check(fd >= 0 && write(fd, "<4>devtest was here\n", 20) == 20);
	while ((n = read(fd, record, sizeof(record) - 1)) > 0) {
		record[n] = 0;
		check(record[n - 1] == '\n' && sscanf(record, "%ld,%ld,", &level, &next) == 2);
		check(number < 0 || next == number + 1);
		number = next;
		text = strchr(record, ';');
		found += text && !strcmp(text, ";devtest was here\n");
	}
	check(n == -1 && errno == EAGAIN && found == 1);
	check(lseek(fd, 0, SEEK_SET) == 0 && read(fd, record, 3) == -1 && errno == EINVAL && read(fd, record, sizeof(record)) > 0);
	close(fd);
}

static void check_devices(void)
{
	char buf[5000], other[32];
	int fd, ends[2];

	check_device("/dev/null", S_IFCHR | 0666, 1, 3);
	check_device("/dev/zero", S_IFCHR | 0666, 1, 5);
	check_device("/dev/full", S_IFCHR | 0666, 1, 7);
	check_device("/dev/random", S_IFCHR | 0666, 1, 8);
	check_device("/dev/urandom", S_IFCHR | 0666, 1, 9);
	check_device("/dev/kmsg", S_IFCHR | 0644, 1, 11);
	check_device("/dev/tty", S_IFCHR | 0666, 5, 0);
	check_device("/dev/console", S_IFCHR | 0600, 5, 1);
	check_device("/dev/vda", S_IFBLK | 0660, 0, 0);
	check(readlink("/dev/fd", buf, sizeof(buf)) == 13 && !memcmp(buf, "/proc/self/fd", 13));
	check(readlink("/dev/stderr", buf, sizeof(buf)) == 15);

	fd = open("/dev/null", O_RDWR);
	check(fd >= 0 && write(fd, "gone", 4) == 4 && read(fd, buf, 4) == 0 && lseek(fd, 5, SEEK_SET) == 0);
	close(fd);
	check(pipe(ends) == 0 && write(ends[1], "through", 7) == 7);
	fd = open("/dev/null", O_WRONLY);
	check(splice(ends[0], NULL, fd, NULL, 7, 0) == 7);
	close(fd);
	fd = open("/dev/zero", O_RDWR);
	memset(buf, 1, sizeof(buf));
	check(read(fd, buf, sizeof(buf)) == sizeof(buf) && buf[0] == 0 && buf[4999] == 0 && write(fd, buf, 9) == 9);
	close(fd);
	fd = open("/dev/full", O_RDWR);
	check(read(fd, buf, 5) == 5 && write(fd, buf, 1) == -1 && errno == ENOSPC);
	close(fd);
	fd = open("/dev/urandom", O_RDONLY);
	check(read(fd, buf, 32) == 32 && read(fd, other, 32) == 32 && memcmp(buf, other, 32));
	close(fd);
	fd = open("/dev/vda", O_RDONLY);
	/* the disk's own superblock, with ext2's magic number */
	check(fd >= 0 && pread(fd, buf, 2, 1024 + 56) == 2 && !memcmp(buf, "\x53\xef", 2));
	close(fd);
	check_log();
	/* programs may add their own, and remove them */
	check(mknod("/dev/mine", S_IFCHR | 0600, makedev(1, 3)) == 0 && unlink("/dev/mine") == 0);
}

static void check_shm(void)
{
	int fd = shm_open("/devtest", O_RDWR | O_CREAT | O_EXCL, 0600);
	char *map;

	check(fd >= 0 && ftruncate(fd, 8192) == 0);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED);
	if (map == MAP_FAILED)
		return;
	strcpy(map + 4096, "posix");
	check(pread(fd, map, 6, 4096) == 6 && !strcmp(map, "posix"));
	/* left open, mapped, and with its name: the end of the run takes it all the same */
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "bare")) {
		check(access("/dev", F_OK) != 0 && access("/run", F_OK) != 0);
	} else {
		check_devices();
		check(is_tmpfs("/dev") && is_tmpfs("/dev/shm") && is_tmpfs("/run"));
		check((mode_of("/dev/shm") & 07777) == 01777 && (mode_of("/run") & 07777) == 0755 &&
		      (mode_of("/dev") & 07777) == 0755);
		check(is_tmpfs("/tmp") == !strcmp(what, "mounted"));
		check_shm();
		check(open("/tmp/left", O_CREAT | O_RDWR, 0600) >= 0 && open("/run/left", O_CREAT | O_RDWR, 0600) >= 0);
		unlink("/tmp/left");
	}
	printf("devtest: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() ? 1 : 0;
}
