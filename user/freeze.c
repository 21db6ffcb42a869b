// SPDX-License-Identifier: MIT
/*
 * freeze [--dir DIR]
 *
 * Freezing and remounting a file system under writers: FIFREEZE stops those that write, map or make names until FITHAW; a remount
 * to read-only is refused while a file is open for writing or removed but open, and afterwards nothing can be written until it is
 * undone. Needs to be root, and a file system of its own.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define FREEZE 0xC0045877UL
#define THAW   0xC0045878UL

static const char *dir;
static unsigned long steps[4]; /* what each writer has done */
static volatile bool stop;

static const char *path_of(const char *name)
{
	static __thread char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void *write_file(void *arg)
{
	int fd = open(path_of("written"), O_CREAT | O_RDWR, 0644);

	while (!stop) {
		if (pwrite(fd, "x", 1, (off_t)(steps[0] % 100000)) != 1)
			fail("pwrite: %s", strerror(errno));
		__atomic_add_fetch(&steps[0], 1, __ATOMIC_RELAXED);
	}
	close(fd);
	return arg;
}

static void *make_names(void *arg)
{
	while (!stop) {
		if (mkdir(path_of("made"), 0755) || rmdir(path_of("made")))
			fail("mkdir, rmdir: %s", strerror(errno));
		__atomic_add_fetch(&steps[1], 1, __ATOMIC_RELAXED);
	}
	return arg;
}

/* Each round the page is clean again, so that the write to it is a fault. */
static void *write_mapping(void *arg)
{
	int fd = open(path_of("mapped"), O_CREAT | O_RDWR, 0644);
	char *map;

	if (ftruncate(fd, 4096))
		fail("ftruncate: %s", strerror(errno));
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	while (!stop) {
		map[steps[2] % 4096]++;
		if (msync(map, 4096, MS_SYNC))
			fail("msync: %s", strerror(errno));
		__atomic_add_fetch(&steps[2], 1, __ATOMIC_RELAXED);
	}
	munmap(map, 4096);
	close(fd);
	return arg;
}

static void *truncate_file(void *arg)
{
	close(open(path_of("cut"), O_CREAT | O_RDWR, 0644));
	while (!stop) {
		if (truncate(path_of("cut"), (off_t)(steps[3] % 7 * 1000)))
			fail("truncate: %s", strerror(errno));
		__atomic_add_fetch(&steps[3], 1, __ATOMIC_RELAXED);
	}
	return arg;
}

static void freezing(int top)
{
	void *(*const writers[4])(void *) = { write_file, make_names, write_mapping, truncate_file };
	static const char *const names[4] = { "a write", "a new name", "a write to a mapping", "a truncation" };
	pthread_t id[4];

	for (int i = 0; i < 4; i++)
		if (pthread_create(&id[i], NULL, writers[i], NULL))
			die("no thread");
	for (int round = 0; round < 5; round++) {
		unsigned long before[4];

		usleep(50000);
		if (ioctl(top, FREEZE, 0)) {
			fail("freezing: %s", strerror(errno));
			break;
		}
		if (!ioctl(top, FREEZE, 0) || errno != EBUSY)
			fail("freezing twice: %s", strerror(errno));
		usleep(20000);
		memcpy(before, steps, sizeof(before));
		usleep(50000);
		for (int i = 0; i < 4; i++)
			if (steps[i] != before[i])
				fail("%s passed while frozen", names[i]);
		/* Reading is not stopped. */
		if (access(path_of("written"), F_OK))
			fail("access while frozen: %s", strerror(errno));
		if (ioctl(top, THAW, 0))
			fail("thawing: %s", strerror(errno));
		if (!ioctl(top, THAW, 0) || errno != EINVAL)
			fail("thawing twice: %s", strerror(errno));
		for (int i = 0; i < 4; i++) {
			double end = now() + 10;

			while (steps[i] == before[i] && now() < end)
				usleep(1000);
			if (steps[i] == before[i])
				fail("%s did not go on after thawing", names[i]);
		}
	}
	stop = true;
	for (int i = 0; i < 4; i++)
		pthread_join(id[i], NULL);
}

static int remount(unsigned long flags)
{
	return mount("none", *dir ? dir : "/", NULL, MS_REMOUNT | flags, NULL);
}

static void remounting(void)
{
	int fd = open(path_of("open"), O_CREAT | O_RDWR, 0644);

	if (!remount(MS_RDONLY) || errno != EBUSY)
		fail("read-only with a file open for writing: %s", strerror(errno));
	if (write(fd, "still", 5) != 5)
		fail("writing after that: %s", strerror(errno));
	close(fd);
	fd = open(path_of("open"), O_RDONLY);
	unlink(path_of("open"));
	if (!remount(MS_RDONLY) || errno != EBUSY)
		fail("read-only with a removed file open: %s", strerror(errno));
	close(fd);
	if (remount(MS_RDONLY))
		fail("read-only: %s", strerror(errno));
	if (open(path_of("new"), O_CREAT | O_RDWR, 0644) >= 0 || errno != EROFS)
		fail("creating while read-only: %s", strerror(errno));
	if (open(path_of("written"), O_WRONLY) >= 0 || errno != EROFS)
		fail("opening to write while read-only: %s", strerror(errno));
	if (!unlink(path_of("written")) || errno != EROFS)
		fail("unlink while read-only: %s", strerror(errno));
	if (!mkdir(path_of("written"), 0755) || errno != EEXIST)
		fail("mkdir of an existing name while read-only: %s", strerror(errno));
	if (!chmod(path_of("written"), 0600) || errno != EROFS)
		fail("chmod while read-only: %s", strerror(errno));
	if (!access(path_of("written"), W_OK) || errno != EROFS)
		fail("access while read-only: %s", strerror(errno));
	if (remount(0))
		fail("read-write again: %s", strerror(errno));
	fd = open(path_of("new"), O_CREAT | O_RDWR, 0644);
	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd))
		fail("writing again: %s", strerror(errno));
	close(fd);
}

int main(int argc, char **argv)
{
	int top;

	dir = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "";
	top = open(*dir ? dir : "/", O_RDONLY | O_DIRECTORY);
	if (top < 0)
		die("%s: %s", dir, strerror(errno));
	freezing(top);
	remounting();
	close(top);
	unlink(path_of("written"));
	unlink(path_of("mapped"));
	unlink(path_of("cut"));
	unlink(path_of("new"));
	printf("freeze: %s, %lu failures; %lu writes, %lu names, %lu faults, %lu truncations\n", failures() ? "FAILED" : "passed",
	       failures(), steps[0], steps[1], steps[2], steps[3]);
	return failures() ? 1 : 0;
}
