// SPDX-License-Identifier: MIT
/*
 * tmpfstest DIR [small]
 *
 * Mounts a small tmpfs on DIR/tmpfstest and goes through what it promises: limits, holes, mappings, names, directories that
 * change while they are read, attributes, threads on one file; and that the memory comes back. "small": the machine has less memory
 * than the file system is allowed to use. Runs on Linux too, as root.
 */
#define _GNU_SOURCE
#include "lib/check.h"
#include "lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE	 2
#define RENAME_WHITEOUT	 4
#endif
#ifndef FALLOC_FL_KEEP_SIZE
#define FALLOC_FL_KEEP_SIZE  1
#define FALLOC_FL_PUNCH_HOLE 2
#endif

#define PAGE 4096L
#define MIB  (1L << 20)

static char block[64 * PAGE];

static int renameat2_(const char *old, const char *new, unsigned int flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, flags);
}

static struct stat stat_fd(int fd)
{
	struct stat st = { 0 };

	check(fstat(fd, &st) == 0);
	return st;
}

static struct stat stat_name(const char *name)
{
	struct stat st = { 0 };

	check(lstat(name, &st) == 0);
	return st;
}

static int create(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		die("cannot create %s: %s", name, strerror(errno));
	return fd;
}

/* Writes until an error; returns the bytes. */
static long fill(int fd)
{
	long total = 0;
	ssize_t n;

	memset(block, 'x', sizeof(block));
	while ((n = write(fd, block, sizeof(block))) > 0)
		total += n;
	return total;
}

/* ---- stores that end in a signal ---- */

static sigjmp_buf back;

static void on_bus(int sig)
{
	siglongjmp(back, sig);
}

/* 0, or the signal. */
static int store(volatile char *p)
{
	int sig = sigsetjmp(back, 1);

	if (!sig)
		*p = 'm';
	return sig;
}

/* ---- limits ---- */

static void test_limits(void)
{
	int fd = create("full"), n;
	struct statfs sf;
	char name[32];

	check(statfs(".", &sf) == 0);
	check(sf.f_type == 0x01021994 && sf.f_bsize == PAGE && sf.f_namelen == 255);
	check(sf.f_blocks == 2 * MIB / PAGE && sf.f_bfree == sf.f_blocks && sf.f_files == 400);
	check(stat_name(".").st_mode == (S_IFDIR | 0750));
	check(fill(fd) == 2 * MIB && errno == ENOSPC);
	check(statfs(".", &sf) == 0 && sf.f_bfree == 0 && sf.f_bavail == 0);
	check(stat_fd(fd).st_size == 2 * MIB && stat_fd(fd).st_blocks == 2 * MIB / 512);
	check_errno(pwrite(fd, "x", 1, 3 * MIB), ENOSPC);
	/* within what it has it can be written, and punching makes room for others */
	check(pwrite(fd, "yy", 2, 5) == 2);
	check(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, 2 * PAGE) == 0);
	check(stat_fd(fd).st_blocks == 2 * MIB / 512 - 16);
	check(pwrite(fd, "z", 1, 3 * MIB) == 1);
	check(mount("none", ".", NULL, MS_REMOUNT, "size=1m") == -1 && errno == EINVAL);
	check(mount("none", ".", NULL, MS_REMOUNT, "size=3m") == 0);
	check(statfs(".", &sf) == 0 && sf.f_blocks == 3 * MIB / PAGE);
	check(mount("none", ".", NULL, MS_REMOUNT, "size=3m,nonsense=1") == -1);
	check(ftruncate(fd, 0) == 0 && stat_fd(fd).st_blocks == 0);
	check(mount("none", ".", NULL, MS_REMOUNT, "size=2m") == 0);
	close(fd);
	check(unlink("full") == 0);
	check(statfs(".", &sf) == 0 && sf.f_bfree == sf.f_blocks);

	for (n = 0; n < 500; n++) {
		snprintf(name, sizeof(name), "i%d", n);
		if (mknod(name, S_IFREG | 0600, 0))
			break;
	}
	check(errno == ENOSPC && n == 399);
	check_errno(link("i0", "one-more"), ENOSPC);
	check(unlink("i1") == 0 && link("i0", "one-more") == 0);
	check_errno(mkdir("and-another", 0700), ENOSPC);
	check(unlink("one-more") == 0 && mkdir("and-another", 0700) == 0 && rmdir("and-another") == 0);
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "i%d", i);
		unlink(name);
	}
	check(statfs(".", &sf) == 0 && sf.f_ffree == 399);
}

/* ---- holes and allocation ---- */

static void test_holes(void)
{
	int fd = create("holes");
	char c[3] = "ab";
	struct stat st;

	check(pwrite(fd, "first", 5, 0) == 5 && pwrite(fd, "last", 4, 1L << 40) == 4);
	st = stat_fd(fd);
	check(st.st_size == (1L << 40) + 4 && st.st_blocks == 16);
	check(pread(fd, c, 2, 1L << 30) == 2 && c[0] == 0 && c[1] == 0);
	check(stat_fd(fd).st_blocks == 16);	/* reading a hole fills nothing */
	check(lseek(fd, 0, SEEK_HOLE) == PAGE && lseek(fd, 1, SEEK_DATA) == 1);
	check(lseek(fd, PAGE, SEEK_DATA) == 1L << 40);
	check(lseek(fd, 1L << 40, SEEK_HOLE) == (1L << 40) + 4);
	check_errno(lseek(fd, (1L << 40) + 4, SEEK_DATA), ENXIO);
	check_errno(lseek(fd, 1L << 50, SEEK_HOLE), ENXIO);
	check(pread(fd, c, 2, (1L << 40) + 3) == 1 && c[0] == 't');

	check(ftruncate(fd, 3) == 0 && ftruncate(fd, 2 * PAGE) == 0);
	check(pread(fd, c, 2, 2) == 2 && c[0] == 'r' && c[1] == 0);

	/* allocated, but no data; and what does not fit is not kept in part */
	check(fallocate(fd, 0, PAGE, 10 * PAGE) == 0);
	st = stat_fd(fd);
	check(st.st_size == 11 * PAGE && st.st_blocks == 11 * 8);
	check(lseek(fd, PAGE, SEEK_HOLE) == PAGE);
	check(pread(fd, c, 1, 5 * PAGE) == 1 && c[0] == 0);
	check(fallocate(fd, FALLOC_FL_KEEP_SIZE, 20 * PAGE, PAGE) == 0);
	check(stat_fd(fd).st_size == 11 * PAGE && stat_fd(fd).st_blocks == 12 * 8);
	check_errno(fallocate(fd, 0, 30 * PAGE, 505 * PAGE), ENOSPC);
	check_errno(fallocate(fd, 0, 0, 1L << 40), ENOSPC);
	check(stat_fd(fd).st_blocks == 12 * 8 && stat_fd(fd).st_size == 11 * PAGE);
	check_errno(fallocate(fd, 0x10, 0, PAGE), EOPNOTSUPP);
	check(ftruncate(fd, 11 * PAGE) == 0 && stat_fd(fd).st_blocks == 11 * 8);

	/* a hole with ragged edges */
	memset(block, 'd', 3 * PAGE);
	check(pwrite(fd, block, 3 * PAGE, 0) == 3 * PAGE);
	check(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 2 * PAGE) == 0);
	check(pread(fd, block, 3 * PAGE, 0) == 3 * PAGE);
	check(block[99] == 'd' && block[100] == 0 && block[PAGE + 5] == 0 && block[2 * PAGE + 99] == 0 &&
	      block[2 * PAGE + 100] == 'd');
	check(stat_fd(fd).st_blocks == 10 * 8);
	close(fd);
	check(unlink("holes") == 0);
}

/* ---- mappings ---- */

static void test_mappings(void)
{
	int fd = create("mapped"), other;
	char c[4], *a, *p;

	check(ftruncate(fd, 3 * PAGE + 10) == 0);
	a = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	check(a != MAP_FAILED && p != MAP_FAILED);
	check(a[PAGE] == 0 && p[PAGE] == 0);
	strcpy(a + PAGE, "shared");
	check(pread(fd, c, 3, PAGE) == 3 && !memcmp(c, "sha", 3));
	check(!strcmp(p + PAGE, "shared"));
	strcpy(p + PAGE, "private");
	check(!strcmp(a + PAGE, "shared") && pread(fd, c, 3, PAGE) == 3 && !memcmp(c, "sha", 3));
	check(pwrite(fd, "written", 8, 2 * PAGE) == 8 && !strcmp(a + 2 * PAGE, "written"));
	check(store(a + 4 * PAGE) == SIGBUS);
	/* what is stored behind the end is not in the file when it grows; Linux's tmpfs lets it through */
	check(store(a + 3 * PAGE + 100) == 0 && ftruncate(fd, 4 * PAGE) == 0);
	check(pread(fd, c, 1, 3 * PAGE + 100) == 1 && (c[0] == 0 || !getenv("ALONE")));
	check(store(a + 3 * PAGE + 100) == 0 && ftruncate(fd, 2 * PAGE) == 0);
	check(store(a + 2 * PAGE) == SIGBUS && store(p + 3 * PAGE) == SIGBUS);
	check(!strcmp(p + PAGE, "private"));
	check(ftruncate(fd, 4 * PAGE) == 0 && a[3 * PAGE + 100] == 0);
	/* a punched page is a new one, in the mapping too */
	check(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, PAGE) == 0 && a[PAGE] == 0);
	check(madvise(a, PAGE, MADV_DONTNEED) == 0);
	check(msync(a, 4 * PAGE, MS_SYNC) == 0 && fsync(fd) == 0);
	/* no room: the store that needs a page ends in SIGBUS, and the ones that have theirs go on */
	check(ftruncate(fd, 8 * PAGE) == 0);
	other = create("filler");
	fill(other);
	check(store(a + 7 * PAGE) == SIGBUS && store(a + PAGE) == 0);
	close(other);
	check(unlink("filler") == 0 && store(a + 7 * PAGE) == 0);
	/* the file outlives its name and its descriptor in the mapping */
	strcpy(a, "still");
	close(fd);
	check(unlink("mapped") == 0 && !strcmp(a, "still"));
	check(munmap(a, 8 * PAGE) == 0 && munmap(p, 4 * PAGE) == 0);
}

/* ---- names ---- */

static void test_names(void)
{
	char body[5000], got[5000];
	struct stat st;
	int fd;

	check(mkdir("d", 0755) == 0 && stat_name("d").st_size == 40 && stat_name("d").st_nlink == 2);
	check(mkdir("d/e", 0755) == 0 && stat_name("d").st_size == 60 && stat_name("d").st_nlink == 3);
	close(create("d/f"));
	check(link("d/f", "d/g") == 0 && stat_name("d/f").st_nlink == 2);
	check(rename("d/f", "d/g") == 0 && stat_name("d/f").st_nlink == 2);	/* one file: nothing happens */
	check_errno(rmdir("d"), ENOTEMPTY);
	check_errno(rename("d", "d/e/x"), EINVAL);
	check_errno(rename("d/f", "d/e"), EISDIR);
	check_errno(rename("d/e", "d/f"), ENOTDIR);
	check_errno(renameat2_("d/f", "d/g", RENAME_NOREPLACE), EEXIST);
	check(renameat2_("d/e", "d/g", RENAME_EXCHANGE) == 0 && S_ISDIR(stat_name("d/g").st_mode));
	check(mkdir("h", 0700) == 0 && renameat2_("d/g", "h/new", 0) == 0 && stat_name("d").st_nlink == 2 &&
	      stat_name("h").st_nlink == 3);
	close(create("h/file"));
	check(renameat2_("d/e", "h/new", RENAME_EXCHANGE) == 0 && S_ISDIR(stat_name("d/e").st_mode) &&
	      stat_name("d").st_nlink == 3 && stat_name("h").st_nlink == 2);
	check(renameat2_("h/file", "d/moved", RENAME_WHITEOUT) == 0);
	st = stat_name("h/file");
	check(S_ISCHR(st.st_mode) && st.st_rdev == 0 && S_ISREG(stat_name("d/moved").st_mode));
	check(unlink("h/file") == 0 && unlink("h/new") == 0 && rmdir("h") == 0);
	check(mkdir("empty", 0700) == 0 && rename("d/e", "empty") == 0);
	check_errno(rename("empty", "d"), ENOTEMPTY);
	check(rmdir("empty") == 0 && unlink("d/f") == 0 && unlink("d/moved") == 0 && rmdir("d") == 0);

	memset(body, 'l', sizeof(body));
	body[4095] = 0;
	check(symlink(body, "link") == 0 && readlink("link", got, sizeof(got)) == 4095 && !memcmp(got, body, 4095));
	check(stat_name("link").st_size == 4095 && unlink("link") == 0);
	check(symlink("target", "link") == 0 && close(create("target")) == 0 && access("link", R_OK) == 0);
	check(unlink("link") == 0 && unlink("target") == 0);

	check(mkfifo("fifo", 0600) == 0 && S_ISFIFO(stat_name("fifo").st_mode));
	check(mknod("socket", S_IFSOCK | 0600, 0) == 0 && S_ISSOCK(stat_name("socket").st_mode));
	check(mknod("null", S_IFCHR | 0600, makedev(1, 3)) == 0 && stat_name("null").st_rdev == makedev(1, 3));
	check(unlink("fifo") == 0 && unlink("socket") == 0 && unlink("null") == 0);

	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	check(fd >= 0 && write(fd, "nameless", 8) == 8 && stat_fd(fd).st_nlink == 0);
	snprintf(got, sizeof(got), "/proc/self/fd/%d", fd);
	if (linkat(fd, "", AT_FDCWD, "named", AT_EMPTY_PATH) == 0)
		check(stat_name("named").st_size == 8 && stat_name("named").st_nlink == 1 && unlink("named") == 0);
	else
		fail("linkat: %s", strerror(errno));
	close(fd);
}

/* ---- directories that change while they are read ---- */

#define ENTRIES 300

static void test_readdir(void)
{
	unsigned char seen[ENTRIES] = { 0 };
	long place = 0;
	struct dirent *e;
	char name[300];
	int n = 0;
	DIR *dir;

	check(mkdir("many", 0700) == 0);
	for (int i = 0; i < ENTRIES; i++) {
		snprintf(name, sizeof(name), "many/e%d", i);
		check(mknod(name, S_IFREG | 0600, 0) == 0);
	}
	dir = opendir("many");
	check(dir != NULL);
	/* every third entry goes when it is seen; each is seen once, and those that are gone no more */
	while ((e = readdir(dir))) {
		int i;

		if (sscanf(e->d_name, "e%d", &i) != 1)
			continue;
		seen[i]++;
		if (++n == 100)
			place = telldir(dir);
		if (n % 3 == 0) {
			snprintf(name, sizeof(name), "many/%s", e->d_name);
			check(unlink(name) == 0);
		}
	}
	for (int i = 0; i < ENTRIES; i++)
		if (seen[i] != 1)
			fail("entry %d was seen %d times", i, seen[i]);
	/* back to where 100 had been read: the rest that is left, exactly */
	seekdir(dir, place);
	for (n = 0; (e = readdir(dir)); n++)
		;
	check(n == 200 - 67);	/* the 102nd, 105th, ... 300th are gone */
	closedir(dir);
	dir = opendir("many");
	for (n = 0; (e = readdir(dir));) {
		if (e->d_name[0] != 'e')
			continue;
		n++;
		snprintf(name, sizeof(name), "many/%s", e->d_name);
		check(unlink(name) == 0);
	}
	closedir(dir);
	check(n == 200 && rmdir("many") == 0);
}

/* ---- attributes ---- */

static void test_attributes(void)
{
	char got[64];
	int fd = create("attr");

	check(setxattr("attr", "trusted.t", "value", 5, XATTR_CREATE) == 0);
	check_errno(setxattr("attr", "trusted.t", "value", 5, XATTR_CREATE), EEXIST);
	check(setxattr("attr", "trusted.t", "longer value", 12, XATTR_REPLACE) == 0);
	check(getxattr("attr", "trusted.t", got, sizeof(got)) == 12 && !memcmp(got, "longer value", 12));
	check_errno(getxattr("attr", "trusted.t", got, 3), ERANGE);
	check_errno(getxattr("attr", "trusted.none", got, 3), ENODATA);
	check(listxattr("attr", got, sizeof(got)) == 10 && !strcmp(got, "trusted.t"));
	check(removexattr("attr", "trusted.t") == 0 && listxattr("attr", got, sizeof(got)) == 0);
	check_errno(removexattr("attr", "trusted.t"), ENODATA);
	/* since Linux 6.6 there are user.* ones too */
	if (setxattr("attr", "user.u", "v", 1, 0))
		check(errno == EOPNOTSUPP);
	check(fchmod(fd, 0471) == 0 && (stat_fd(fd).st_mode & 07777) == 0471);
	check(fchown(fd, 12, 34) == 0 && stat_fd(fd).st_uid == 12 && stat_fd(fd).st_gid == 34);
	close(fd);
	check(unlink("attr") == 0);
}

/* ---- threads on one file ---- */

#define THREADS 4
#define SPAN	(64 * PAGE)

static double until;
static int shared_fd;

/* Each byte of the file is zero, or 'a' plus the number of the thread that owns its page. */
static void check_span(const char *data, long n, long pos)
{
	for (long i = 0; i < n; i++) {
		int owner = (pos + i) / PAGE % THREADS;

		if (data[i] != 0 && data[i] != 'a' + owner) {
			fail("byte %ld is %d", pos + i, data[i]);
			return;
		}
	}
}

static void *hammer(void *arg)
{
	long self = (long)arg;
	struct rng rng = { 77 + self };
	char *map = mmap(NULL, SPAN, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0), buf[PAGE], all[4 * PAGE];

	memset(buf, 'a' + self, sizeof(buf));
	while (now() < until && !failures()) {
		long page = rng_below(&rng, SPAN / PAGE / THREADS) * THREADS + self, pos;
		ssize_t n;

		switch (rng_below(&rng, 6)) {
		case 0:
			check(pwrite(shared_fd, buf, 1 + rng_below(&rng, PAGE), page * PAGE) > 0 || errno == ENOSPC);
			break;
		case 1:
			check(fallocate(shared_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page * PAGE, PAGE) == 0);
			break;
		case 2:
			check(fallocate(shared_fd, FALLOC_FL_KEEP_SIZE, page * PAGE, PAGE) == 0 || errno == ENOSPC);
			break;
		case 3:
			if (self == 0)
				check(ftruncate(shared_fd, (SPAN / 2) + rng_below(&rng, SPAN / 2)) == 0);
			break;
		case 4:
			/* the first half is never cut off */
			map[(page * PAGE) % (SPAN / 2)] = 'a' + page % THREADS;
			break;
		default:
			pos = rng_below(&rng, SPAN);
			n = pread(shared_fd, all, sizeof(all), pos);
			check(n >= 0);
			check_span(all, n, pos);
		}
	}
	munmap(map, SPAN);
	return NULL;
}

static void *rename_about(void *arg)
{
	struct rng rng = { 99 + (long)arg };
	char a[32], b[32];

	while (now() < until && !failures()) {
		snprintf(a, sizeof(a), "r%lu/n%lu", (unsigned long)rng_below(&rng, 2), (unsigned long)rng_below(&rng, 8));
		snprintf(b, sizeof(b), "r%lu/n%lu", (unsigned long)rng_below(&rng, 2), (unsigned long)rng_below(&rng, 8));
		switch (rng_below(&rng, 5)) {
		case 0:
			if (mknod(a, S_IFREG | 0600, 0))
				check(errno == EEXIST || errno == ENOSPC);
			break;
		case 1:
			if (unlink(a))
				check(errno == ENOENT);
			break;
		case 2:
			if (link(a, b))
				check(errno == ENOENT || errno == EEXIST || errno == ENOSPC);
			break;
		case 3:
			if (rename(a, b))
				check(errno == ENOENT);
			break;
		default:
			if (renameat2_(a, b, RENAME_EXCHANGE))
				check(errno == ENOENT);
		}
	}
	return NULL;
}

static void run_threads(void *(*fn)(void *))
{
	pthread_t threads[THREADS];

	until = now() + 1;
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, fn, (void *)i))
			die("pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void test_threads(void)
{
	struct statfs sf;
	char name[32];

	shared_fd = create("shared");
	check(ftruncate(shared_fd, SPAN) == 0);
	run_threads(hammer);
	check(ftruncate(shared_fd, 0) == 0 && stat_fd(shared_fd).st_blocks == 0);
	close(shared_fd);
	check(unlink("shared") == 0);
	check(mkdir("r0", 0700) == 0 && mkdir("r1", 0700) == 0);
	run_threads(rename_about);
	for (int i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "r%d/n%d", i / 8, i % 8);
		unlink(name);
	}
	check(rmdir("r0") == 0 && rmdir("r1") == 0);
	check(statfs(".", &sf) == 0 && sf.f_ffree == 399 && sf.f_bfree == sf.f_blocks);
}

/* ---- a file system larger than the memory ---- */

static void test_small(void)
{
	int fd = create("large"), other;
	struct statfs sf;
	char *map;
	long n, got;

	check(statfs(".", &sf) == 0 && sf.f_blocks > 100000);
	n = fill(fd);
	printf("tmpfstest: %ld KiB fit\n", n >> 10);
	check(errno == ENOSPC || errno == ENOMEM);
	/* life goes on: other calls work, and so do stores to what is there */
	other = create("small");
	check(other >= 0 && close(other) == 0 && unlink("small") == 0 && mkdir("dir", 0700) == 0 && rmdir("dir") == 0);
	check(ftruncate(fd, n + 64 * MIB) == 0);
	map = mmap(NULL, n + 64 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED && store(map) == 0 && store(map + n / 2) == 0);
	for (got = n; got < n + 64 * MIB; got += PAGE)
		if (store(map + got))
			break;
	check(got < n + 64 * MIB);
	check_errno(fallocate(fd, FALLOC_FL_KEEP_SIZE, n, 64 * MIB), ENOSPC);
	check(munmap(map, n + 64 * MIB) == 0);
	close(fd);
	check(unlink("large") == 0);
	/* all of it is there again */
	fd = create("large");
	got = fill(fd);
	if (got < n - n / 8)
		fail("%ld KiB the first time, %ld the second", n >> 10, got >> 10);
	close(fd);
}

static unsigned long free_kib(void)
{
	struct sysinfo si;

	check(sysinfo(&si) == 0);
	return si.freeram * si.mem_unit >> 10;
}

int main(int argc, char **argv)
{
	bool small = argc > 2 && !strcmp(argv[2], "small");
	unsigned long before, after;

	if (argc < 2)
		die("usage: tmpfstest DIR [small]");
	setvbuf(stdout, NULL, _IONBF, 0);
	signal(SIGBUS, on_bus);
	umask(022);
	mkdir(argv[1], 0755);
	if (chdir(argv[1]) || (mkdir("tmpfstest", 0755) && errno != EEXIST))
		die("%s: %s", argv[1], strerror(errno));
	memset(block, 1, sizeof(block));
	before = free_kib();
	if (mount("none", "tmpfstest", "tmpfs", 0, small ? "size=1g" : "size=2m,nr_inodes=400,mode=750") || chdir("tmpfstest"))
		die("mount: %s", strerror(errno));
	if (small) {
		test_small();
	} else {
		test_limits();
		test_holes();
		test_mappings();
		test_names();
		test_readdir();
		test_attributes();
		test_threads();
		/* what is left goes with the mount */
		fill(create("left"));
		check(mkdir("dir", 0700) == 0 && close(create("dir/f")) == 0 && link("dir/f", "dir/g") == 0 &&
		      symlink("x", "dir/l") == 0 && setxattr("dir", "trusted.x", "y", 1, 0) == 0);
	}
	check(chdir("..") == 0);
	if (!small)
		check_errno(umount("tmpfstest"), EBUSY);	/* "left" is open */
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	check(umount("tmpfstest") == 0);
	check(rmdir("tmpfstest") == 0);
	after = free_kib();
	printf("tmpfstest: %lu KiB free before, %lu after\n", before, after);
	/* a machine with other work to do has no reason to come back to where it was */
	if (getenv("ALONE") && after + 1024 < before)
		fail("memory is missing");
	printf("tmpfstest: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() ? 1 : 0;
}
