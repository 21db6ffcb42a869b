// SPDX-License-Identifier: MIT
/* Rows of files: names, descriptors, locks, and the ways to move data that main's rows do not take. */
#define _GNU_SOURCE
#include "bench.h"
#include "../lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define NAMES 1000

/* A name of its own for each call of path() that must live longer. */
static char one[300], two[300], many[300];
static int fd;

static void do_fstat(long n)
{
	struct stat st;

	while (n--)
		if (fstat(fd, &st))
			die("fstat");
}

static void do_stat_missing(long n)
{
	struct stat st;
	const char *name = path("no-such-name");

	while (n--)
		if (!stat(name, &st) || errno != ENOENT)
			die("a name that does not exist");
}

static void do_stat_symlink(long n)
{
	struct stat st;

	while (n--)
		if (stat(two, &st))
			die("stat %s", two);
}

static void do_readlink(long n)
{
	char text[300];

	while (n--)
		if (readlink(one, text, sizeof(text)) <= 0)
			die("readlink %s", one);
}

static void do_link(long n)
{
	char new[300];

	snprintf(new, sizeof(new), "%s", path("linked"));
	while (n--)
		if (link(path("files"), new) || unlink(new))
			die("link");
}

static void do_chmod(long n)
{
	while (n--)
		if (fchmod(fd, n & 1 ? 0644 : 0600))
			die("fchmod");
}

static void do_readdir(long n)
{
	while (n--) {
		DIR *d = opendir(many);
		long found = 0;

		if (!d)
			die("opendir %s", many);
		while (readdir(d))
			found++;
		closedir(d);
		if (found != NAMES + 2)
			die("%ld names in %s", found, many);
	}
}

static void do_dup(long n)
{
	while (n--)
		if (close(dup(fd)))
			die("dup");
}

static void do_pread1(long n)
{
	char c;

	while (n--)
		if (pread(fd, &c, 1, n & 4095) != 1)
			die("pread");
}

static void do_vectors(long n)
{
	static char text[4][256];
	struct iovec v[4];

	for (int i = 0; i < 4; i++)
		v[i] = (struct iovec){ text[i], sizeof(text[i]) };
	while (n--)
		if (pwritev(fd, v, 4, 0) != sizeof(text) || preadv(fd, v, 4, 0) != sizeof(text))
			die("vectors");
}

static void do_append(long n)
{
	char line[100] = "";
	int out = open(path("appended"), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);

	while (n--)
		if (write(out, line, sizeof(line)) != sizeof(line))
			die("append");
	close(out);
}

static void do_sendfile(long n)
{
	int out = open(path("sent"), O_RDWR | O_CREAT, 0644);

	while (n--) {
		off_t from = 0;

		if (lseek(out, 0, SEEK_SET) || sendfile(out, fd, &from, 65536) != 65536)
			die("sendfile");
	}
	close(out);
}

static void do_truncate(long n)
{
	static char pages[65536];
	int out = open(path("cut"), O_RDWR | O_CREAT, 0644);

	while (n--)
		if (pwrite(out, pages, sizeof(pages), 0) != sizeof(pages) || ftruncate(out, 0))
			die("truncate");
	close(out);
}

static void do_fcntl_lock(long n)
{
	struct flock lock = { .l_whence = SEEK_SET, .l_start = 10, .l_len = 10 };

	while (n--) {
		lock.l_type = F_WRLCK;
		if (fcntl(fd, F_SETLK, &lock))
			die("locking");
		lock.l_type = F_UNLCK;
		if (fcntl(fd, F_SETLK, &lock))
			die("unlocking");
	}
}

static void do_flock(long n)
{
	while (n--)
		if (flock(fd, LOCK_EX) || flock(fd, LOCK_UN))
			die("flock");
}

static void do_fsync(long n)
{
	char page[4096] = "";

	while (n--)
		if (pwrite(fd, page, sizeof(page), 0) != sizeof(page) || fsync(fd))
			die("fsync");
}

static void make_many(void)
{
	snprintf(many, sizeof(many), "%s", path("many"));
	if (mkdir(many, 0755) && errno != EEXIST)
		die("mkdir %s", many);
	for (int i = 0; i < NAMES; i++) {
		char name[400];

		snprintf(name, sizeof(name), "%s/file-%04d", many, i);
		close(open(name, O_CREAT | O_WRONLY, 0644));
	}
}

/* A file of 64 KiB, a name that leads to it over two symbolic links, and a directory of many files. */
static void prepare(void)
{
	static char pages[65536];

	fd = open(path("files"), O_RDWR | O_CREAT, 0644);
	if (fd < 0 || pwrite_all(fd, pages, sizeof(pages), 0) != sizeof(pages))
		die("preparing");
	snprintf(one, sizeof(one), "%s", path("link-1"));
	snprintf(two, sizeof(two), "%s", path("link-2"));
	if ((symlink("files", one) && errno != EEXIST) || (symlink("link-1", two) && errno != EEXIST))
		die("symlink");
	if (wanted("readdir-1000"))
		make_many();
}

void bench_files(long scale)
{
	prepare();
	per_second("fstat", do_fstat, 5000 * scale);
	per_second("stat-missing", do_stat_missing, 3000 * scale);
	per_second("stat-two-symlinks", do_stat_symlink, 3000 * scale);
	per_second("readlink", do_readlink, 3000 * scale);
	per_second("link-unlink", do_link, 500 * scale);
	per_second("fchmod", do_chmod, 3000 * scale);
	per_second("readdir-1000", do_readdir, 5 * scale);
	per_second("dup-close", do_dup, 5000 * scale);
	per_second("pread-1-byte", do_pread1, 5000 * scale);
	per_second("pwritev-preadv", do_vectors, 2000 * scale);
	per_second("append-100", do_append, 3000 * scale);
	per_second("sendfile-64k", do_sendfile, 200 * scale);
	per_second("truncate-64k", do_truncate, 100 * scale);
	per_second("fcntl-lock-unlock", do_fcntl_lock, 2000 * scale);
	per_second("flock", do_flock, 2000 * scale);
	syncs_per_second("pwrite-fsync", do_fsync, 20 * scale);
	close(fd);
}
