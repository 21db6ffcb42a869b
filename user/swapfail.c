// SPDX-License-Identifier: MIT
/*
 * swapfail A B C D
 *
 * Files on a disk that cannot write one of the blocks that hold the names A and B.  To exchange A and B must fail with EIO and leave
 * both names leading where they led, with no third name beside them. To exchange C and D must succeed.
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

/* The directory itself says which inode the name leads to; stat() may ask the name cache. */
static void look(const char *path, ino_t expected)
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
			fail("%s is beside %s", entry->d_name, path);
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
	look(argv[1], before[0]);
	look(argv[2], before[1]);
	error = exchange(argv[3], argv[4]);
	if (error)
		fail("exchange on good blocks: %s", strerror(error));
	look(argv[3], before[3]);
	look(argv[4], before[2]);
	printf("swapfail: %s\n", failures() ? "FAILED" : "passed");
	return failures() ? 1 : 0;
}
