// SPDX-License-Identifier: MIT
/* What the cases work on: bad addresses, a directory with one of each kind of file, and descriptors of each kind. */
#include "errnocalls.h"
#include <dirent.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

char *unmapped, *edge, *read_only, *no_access;
char name_255[256], name_256[257], path_4095[4097], path_4096[4098], path_deep[4000];

void make_addresses(void)
{
	/* far from where the kernel chooses addresses, so that the holes stay holes */
	char *area = mmap((void *)0x200000000000UL, 6 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (area == MAP_FAILED)
		fail("mmap");
	edge = area + 4096;
	read_only = area + 2 * 4096;
	no_access = area + 3 * 4096;
	unmapped = area + 4 * 4096;
	memset(area, 'x', 4096);
	MUST(munmap(edge, 4096));
	MUST(mprotect(read_only, 4096, PROT_READ));
	MUST(mprotect(no_access, 4096, PROT_NONE));
	MUST(munmap(unmapped, 2 * 4096));
	memset(name_255, 'n', 255);
	memset(name_256, 'n', 256);
	/* "./././…": 4095 characters and the final zero fit, one more does not */
	for (int i = 0; i < 4096; i++)
		path_4096[i] = i % 2 ? '/' : '.';
	memcpy(path_4096 + 4092, "file", 4);
	path_4096[4096] = '\0';
	for (int i = 0; i < 4095; i++)
		path_4095[i] = i % 2 ? '/' : '.';
	memcpy(path_4095 + 4090, "/file", 5);
	for (int i = 0; i < 3990; i += 2)
		memcpy(path_deep + i, "a/", 2);
}

static void remove_all(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char inner[600];

	if (!dir)
		fail("opendir");
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(inner, sizeof(inner), "%.300s/%.255s", path, entry->d_name);
		if (!unlink(inner))
			continue;
		if (rmdir(inner)) {
			remove_all(inner);
			MUST(rmdir(inner));
		}
	}
	closedir(dir);
}

static void make_file(const char *name, int mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, "0123456789", 10) != 10 || fchmod(fd, (mode_t)mode) || close(fd))
		fail(name);
}

void make_tree(void)
{
	remove_all(".");
	make_file("file", 0644);
	make_file("private", 0600);
	make_file("program", 0755);
	make_file("mine", 0644);
	MUST(chown("mine", 1000, 1000));
	MUST(mkdir("dir", 0755));
	MUST(mkdir("full", 0755));
	make_file("full/inside", 0644);
	MUST(mkdir("closed", 0700));
	make_file("closed/inside", 0644);
	MUST(mkdir("sticky", 01777));
	MUST(chmod("sticky", 01777));
	make_file("sticky/inside", 0666);
	MUST(mkdir("open", 0777));
	MUST(chmod("open", 0777));
	make_file("open/inside", 0644);
	MUST(symlink("file", "link"));
	MUST(symlink("dir", "link-to-dir"));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop2", "loop"));
	MUST(symlink("loop", "loop2"));
	MUST(mkfifo("fifo", 0644));
	MUST(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	MUST(mknod("nodevice", S_IFCHR | 0666, makedev(240, 77)));
	MUST(mknod("socket", S_IFSOCK | 0666, 0));
}

struct descriptor descriptors[NR_DESCRIPTORS] = {
	{ "closed", -1 },	{ "minus-one", -1 },  { "huge", -1 },	   { "read-only", -1 }, { "write-only", -1 }, { "append", -1 }, { "path", -1 },
	{ "directory", -1 }, { "path-of-dir", -1 }, { "pipe-in", -1 }, { "pipe-out", -1 },  { "null", -1 },	      { "socket", -1 }, { "at-cwd", -1 },
};

int descriptor(const char *name)
{
	for (int i = 0; i < NR_DESCRIPTORS; i++)
		if (!strcmp(descriptors[i].name, name))
			return descriptors[i].fd;
	fail(name);
}

static void put(const char *name, long fd)
{
	for (int i = 0; i < NR_DESCRIPTORS; i++)
		if (!strcmp(descriptors[i].name, name))
			descriptors[i].fd = (int)fd;
}

void open_descriptors(void)
{
	int fds[2];

	put("read-only", MUST(open("file", O_RDONLY)));
	put("write-only", MUST(open("file", O_WRONLY)));
	put("append", MUST(open("file", O_RDWR | O_APPEND)));
	put("path", MUST(open("file", O_PATH)));
	put("directory", MUST(open("dir", O_RDONLY | O_DIRECTORY)));
	put("path-of-dir", MUST(open("dir", O_PATH)));
	MUST(pipe2(fds, O_NONBLOCK));
	put("pipe-in", fds[0]);
	put("pipe-out", fds[1]);
	put("null", MUST(open("null", O_RDWR)));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds))
		fds[0] = fds[1] = -1;
	put("socket", fds[0]);
	close(fds[1]);
	put("closed", 900);
	put("minus-one", -1);
	put("huge", 0x7fffffff);
	put("at-cwd", AT_FDCWD);
}

void close_descriptors(void)
{
	for (int i = 0; i < NR_DESCRIPTORS; i++)
		if (descriptors[i].fd > 2 && descriptors[i].fd < 900)
			close(descriptors[i].fd);
}
