// SPDX-License-Identifier: MIT
/*
 * crawl [DIR]
 *
 * Touches everything on a disk that may be damaged: lists every directory, stats, reads, maps and reads links of everything, then
 * tries to write, rename and remove in the directories found. Any errno is a good answer; what counts is that
 * there is one, and that the program gets to its end. The last line says how many calls succeeded and failed.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned long good, bad, objects;
static char buf[65536];

static long tell(long result)
{
	if (result < 0)
		bad++;
	else
		good++;
	return result;
}

static void read_file(const char *path, off_t size)
{
	/* A damaged size may be huge: read the start, the end, and some places between. */
	off_t at[] = { 0, 65536, size / 3, size / 2, size - 1000 };
	int fd = (int)tell(open(path, O_RDONLY | O_NONBLOCK));

	if (fd < 0)
		return;
	for (unsigned int i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		if (at[i] >= 0)
			tell(pread(fd, buf, sizeof(buf), at[i]));
	close(fd);
}

/* Works in one directory: everything it makes it removes again, if the disk lets it. */
static void write_in(const char *dir)
{
	char a[4200], b[4200];
	int fd;

	snprintf(a, sizeof(a), "%s/crawl-a", dir);
	snprintf(b, sizeof(b), "%s/crawl-b", dir);
	fd = (int)tell(open(a, O_RDWR | O_CREAT, 0644));
	if (fd >= 0) {
		tell(pwrite(fd, buf, sizeof(buf), 0));
		tell(pwrite(fd, buf, 5000, 9000000));
		tell(fsync(fd));
		tell(ftruncate(fd, 1000));
		close(fd);
	}
	tell(rename(a, b));
	tell(link(b, a));
	tell(unlink(a));
	tell(unlink(b));
	tell(mkdir(a, 0755));
	tell(rmdir(a));
}

static void crawl(const char *dir, int depth)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;
	int entries = 0;

	tell(stream ? 0 : -1);
	if (!stream)
		return;
	while (depth < 12 && entries++ < 3000 && objects < 20000 && (entry = readdir(stream))) {
		char path[4096];
		struct stat st;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", strcmp(dir, "/") ? dir : "", entry->d_name) >= (int)sizeof(path))
			continue;
		objects++;
		if (tell(lstat(path, &st)))
			continue;
		if (S_ISDIR(st.st_mode))
			crawl(path, depth + 1);
		else if (S_ISREG(st.st_mode))
			read_file(path, st.st_size);
		else if (S_ISLNK(st.st_mode))
			tell(readlink(path, buf, sizeof(buf)));
		tell(chmod(path, st.st_mode & 07777));
		if (objects % 7 == 0)
			tell(unlink(path));
	}
	closedir(stream);
	write_in(dir);
}

int main(int argc, char **argv)
{
	crawl(argc > 1 ? argv[1] : "/", 0);
	sync();
	printf("crawl: %lu objects, %lu calls succeeded, %lu failed\n", objects, good, bad);
	return 0;
}
