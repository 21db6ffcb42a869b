// SPDX-License-Identifier: MIT
/*
 * manynames [--dir DIR] [--directories N] [--files N]
 *
 * More names than memory holds dentries and inodes for: makes them (long ones), asks for each and for as many missing ones, twice,
 * and removes them. In a small guest the caches must be shrunk all the time, and nothing may fail.
 */
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *dir;
static long directories, files;

static const char *name_of(long d, long f, const char *what)
{
	static char name[512];

	if (f < 0)
		snprintf(name, sizeof(name), "%s/names%ld", dir, d);
	else
		snprintf(name, sizeof(name), "%s/names%ld/%s-file-with-a-name-too-long-to-fit-into-the-entry-itself-%ld", dir, d, what, f);
	return name;
}

static void make(void)
{
	for (long d = 0; d < directories; d++) {
		if (mkdir(name_of(d, -1, ""), 0755))
			die("mkdir %ld: %s", d, strerror(errno));
		for (long f = 0; f < files; f++) {
			int fd = open(name_of(d, f, "a"), O_CREAT | O_EXCL | O_WRONLY, 0644);

			if (fd < 0)
				die("open %ld %ld: %s", d, f, strerror(errno));
			if (write(fd, dir, 1) != 1)
				fail("write %ld %ld: %s", d, f, strerror(errno));
			if (close(fd))
				fail("close: %s", strerror(errno));
		}
	}
}

static void ask(void)
{
	struct stat st;

	for (long d = 0; d < directories; d++)
		for (long f = 0; f < files; f++) {
			if (stat(name_of(d, f, "a"), &st) || st.st_size != 1)
				fail("stat %ld %ld: %s", d, f, strerror(errno));
			if (!stat(name_of(d, f, "no"), &st) || errno != ENOENT)
				fail("a missing name: %s", strerror(errno));
		}
}

static void clear(void)
{
	for (long d = 0; d < directories; d++) {
		for (long f = 0; f < files; f++)
			if (unlink(name_of(d, f, "a")))
				fail("unlink %ld %ld: %s", d, f, strerror(errno));
		if (rmdir(name_of(d, -1, "")))
			fail("rmdir %ld: %s", d, strerror(errno));
	}
}

int main(int argc, char **argv)
{
	double start = now();

	dir = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "";
	directories = option_long(argc, argv, "--directories", 12);
	files = option_long(argc, argv, "--files", 600);
	make();
	ask();
	ask();
	clear();
	printf("manynames: %s, %ld names in %.1f s\n", failures() ? "FAILED" : "passed", directories * files, now() - start);
	return failures() ? 1 : 0;
}
