// SPDX-License-Identifier: MIT
/*
 * swapfail A B C D
 *
 * Files on a disk that cannot write one of the blocks that hold the names A and B.  To exchange A and B must fail with EIO and leave
 * both names leading where they led. A third name may stay beside them where the disk also refuses what undoes the first step; then it is a
 * link like any other, counted. To exchange C and D must succeed, and leaves no third name.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXCHANGE 2

static ino_t number(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		die("stat %s: %s", path, strerror(errno));
	return st.st_ino;
}

static int exchange(const char *a, const char *b)
{
	return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, EXCHANGE) ? errno : 0;
}

/* A name that stayed: of the file that the step was about, and one of its links. */
static void look_at_third(int dir, const char *name, ino_t a, ino_t b)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		die("stat %s: %s", name, strerror(errno));
	if ((st.st_ino != a && st.st_ino != b) || st.st_nlink != 2)
		fail("%s is inode %lu with %lu links", name, (unsigned long)st.st_ino, (unsigned long)st.st_nlink);
}

/*
 * The directory itself says which inode the name leads to; stat() may ask the name cache. @a, @b: whose third name may be there; 0: nobody's.
 */
static void look(const char *path, ino_t expected, ino_t a, ino_t b)
{
	char copy[2][256];
	const char *name;
	struct dirent *entry;
	ino_t found = 0;
	DIR *dir;

	strcpy(copy[0], path);
	strcpy(copy[1], path);
	name = basename(copy[1]);
	dir = opendir(dirname(copy[0]));
	if (!dir)
		die("opendir for %s: %s", path, strerror(errno));
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, name))
			found = entry->d_ino;
		if (strstr(entry->d_name, "exchange"))
			look_at_third(dirfd(dir), entry->d_name, a, b);
	}
	closedir(dir);
	if (found != expected || number(path) != expected)
		fail("%s leads to %lu and %lu, not to %lu", path, (unsigned long)found, (unsigned long)number(path),
		     (unsigned long)expected);
}

int main(int argc, char **argv)
{
	ino_t before[4];
	int error;

	if (argc != 5)
		die("four names");
	for (int i = 0; i < 4; i++)
		before[i] = number(argv[i + 1]);
	error = exchange(argv[1], argv[2]);
	if (error != EIO)
		fail("exchange on the bad block: %s", strerror(error));
	look(argv[1], before[0], before[0], before[1]);
	look(argv[2], before[1], before[0], before[1]);
	error = exchange(argv[3], argv[4]);
	if (error)
		fail("exchange on good blocks: %s", strerror(error));
	look(argv[3], before[3], 0, 0);
	look(argv[4], before[2], 0, 0);
	printf("swapfail: %s\n", failures() ? "FAILED" : "passed");
	return failures() ? 1 : 0;
}
