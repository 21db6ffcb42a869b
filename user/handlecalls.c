// SPDX-License-Identifier: MIT
/*
 * handlecalls [--dir DIR] [--drop-caches] [--tmpfs]
 *
 * name_to_handle_at and open_by_handle_at: handles of files and directories, on the disk and (--tmpfs) on a tmpfs; that they hold across renames and
 * end with the file; what they answer to nonsense; directories deep down that are not in memory; threads that rename, remove and
 * open by handle. As root; without CAP_DAC_READ_SEARCH only the first half. Status 0: all as on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM 128

struct handle {
	unsigned int handle_bytes;
	int handle_type;
	unsigned char bytes[ROOM];
};

static int mount_of;	/* where the directory is */
static bool drop;	/* the dentry cache may be emptied */

static struct file_handle *h(struct handle *handle)
{
	return (struct file_handle *)handle;
}

static struct handle handle_of(const char *name)
{
	struct handle handle = { .handle_bytes = ROOM };
	int id;

	CHECK(!name_to_handle_at(AT_FDCWD, name, h(&handle), &id, 0));
	CHECK(handle.handle_bytes > 0 && handle.handle_bytes <= ROOM);
	return handle;
}

static int open_handle(struct handle *handle, int flags)
{
	return open_by_handle_at(mount_of, h(handle), flags);
}

/* The number in /proc/self/mountinfo of the mount that the working directory is in. */
static bool mounted(int id)
{
	FILE *file = fopen("/proc/self/mountinfo", "r");
	bool found = false;
	char line[4096];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		found |= atoi(line) == id;
	fclose(file);
	return found;
}

static void names(void)
{
	struct handle handle = { .handle_bytes = 0 }, other;
	unsigned int needed;
	int id = -1, fd;

	close(open("file", O_RDWR | O_CREAT, 0600));
	CHECK(!symlink("file", "soft"));
	FAILS(name_to_handle_at(AT_FDCWD, "file", h(&handle), &id, 0), EOVERFLOW);
	needed = handle.handle_bytes;
	CHECK(needed >= 8 && needed <= ROOM && mounted(id));
	handle.handle_bytes = needed - 1;
	FAILS(name_to_handle_at(AT_FDCWD, "file", h(&handle), &id, 0), EOVERFLOW);
	CHECK(handle.handle_bytes == needed);
	CHECK(!name_to_handle_at(AT_FDCWD, "file", h(&handle), &id, 0) && handle.handle_bytes == needed);
	other = handle_of("soft");
	CHECK(memcmp(other.bytes, handle.bytes, needed));
	other.handle_bytes = ROOM;
	CHECK(!name_to_handle_at(AT_FDCWD, "soft", h(&other), &id, AT_SYMLINK_FOLLOW));
	CHECK(other.handle_bytes == needed && other.handle_type == handle.handle_type && !memcmp(other.bytes, handle.bytes, needed));
	fd = open("file", O_RDONLY);
	CHECK(!name_to_handle_at(fd, "", h(&other), &id, AT_EMPTY_PATH) && !memcmp(other.bytes, handle.bytes, needed));
	close(fd);
	FAILS(name_to_handle_at(AT_FDCWD, "", h(&other), &id, 0), ENOENT);
	FAILS(name_to_handle_at(AT_FDCWD, "missing", h(&other), &id, 0), ENOENT);
	FAILS(name_to_handle_at(AT_FDCWD, "file", h(&other), &id, AT_NO_AUTOMOUNT), EINVAL);
	FAILS(name_to_handle_at(AT_FDCWD, "file", (void *)8, &id, 0), EFAULT);
	FAILS(name_to_handle_at(AT_FDCWD, "file", h(&other), (void *)8, 0), EFAULT);
	other.handle_bytes = ROOM + 1;
	FAILS(name_to_handle_at(AT_FDCWD, "file", h(&other), &id, 0), EINVAL);
	other.handle_bytes = ROOM;
	FAILS(name_to_handle_at(AT_FDCWD, "/proc/self/status", h(&other), &id, 0), EOPNOTSUPP);
	CHECK(!unlink("soft"));
}

static void files(void)
{
	struct handle handle = handle_of("file"), bad;
	struct stat st, st2;
	char text[4] = "";
	int fd, fd2;

	fd = open_handle(&handle, O_RDWR);
	CHECK(fd >= 0 && write(fd, "abc", 3) == 3 && !fstat(fd, &st) && !stat("file", &st2) && st.st_ino == st2.st_ino);
	close(fd);
	CHECK(!rename("file", "renamed"));
	fd = open_handle(&handle, O_RDONLY);
	CHECK(fd >= 0 && read(fd, text, 3) == 3 && !memcmp(text, "abc", 3));
	FAILS(write(fd, "x", 1), EBADF);
	close(fd);
	fd = open_handle(&handle, O_WRONLY | O_TRUNC);
	CHECK(fd >= 0 && !fstat(fd, &st) && st.st_size == 0);
	FAILS(open_handle(&handle, O_RDONLY | O_DIRECTORY), ENOTDIR);
	FAILS(open_by_handle_at(0x7fff, h(&handle), O_RDONLY), EBADF);
	FAILS(open_by_handle_at(mount_of, (void *)8, O_RDONLY), EFAULT);
	bad = handle;
	bad.handle_bytes = 0;
	FAILS(open_handle(&bad, O_RDONLY), EINVAL);
	bad.handle_bytes = ROOM + 1;
	FAILS(open_handle(&bad, O_RDONLY), EINVAL);
	bad = handle;
	bad.handle_type = 0x7b;
	fd2 = open_handle(&bad, O_RDONLY); /* Linux's tmpfs does not look at the type */
	CHECK(fd2 < 0 ? errno == ESTALE : !close(fd2));
	bad = handle;
	for (unsigned int i = 0; i < bad.handle_bytes; i++) {
		bad.bytes[i] ^= 0x5a;
		fd2 = open_handle(&bad, O_RDONLY);
		CHECK(fd2 < 0 && errno == ESTALE);
	}
	/* a second name, then none */
	CHECK(!link("renamed", "second") && !unlink("renamed"));
	fd2 = open_handle(&handle, O_RDONLY);
	CHECK(fd2 >= 0);
	close(fd2);
	close(fd);
	CHECK(!unlink("second"));
	FAILS(open_handle(&handle, O_RDONLY), ESTALE);
	/* the number may be given away again: that is another file */
	for (int i = 0; i < 20; i++) {
		close(open("next", O_RDWR | O_CREAT, 0600));
		FAILS(open_handle(&handle, O_RDONLY), ESTALE);
		CHECK(!unlink("next"));
	}
	CHECK(!symlink("x", "soft"));
	handle = handle_of("soft");
	FAILS(open_handle(&handle, O_RDONLY), ELOOP);
	CHECK((fd = open_handle(&handle, O_PATH)) >= 0);
	close(fd);
	CHECK(!unlink("soft"));
}

/* What nobody uses is not in memory afterwards. */
static void forget(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	sync();
	CHECK(fd >= 0 && write(fd, "2", 1) == 1);
	close(fd);
}

static void directories(bool forgotten)
{
	char path[400] = "deep", expect[600], got[600];
	struct handle handle, file;
	int fd, here = open(".", O_RDONLY | O_DIRECTORY), len;

	CHECK(!mkdir(path, 0700));
	for (int i = 0; i < 12; i++) {
		sprintf(path + strlen(path), "/level%d", i);
		CHECK(!mkdir(path, 0700));
	}
	handle = handle_of(path);
	len = strlen(path);
	strcpy(path + len, "/leaf");
	fd = open(path, O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0 && write(fd, "leaf", 4) == 4);
	close(fd);
	file = handle_of(path);
	path[len] = 0;
	if (forgotten)
		forget();
	fd = open_handle(&file, O_RDONLY);
	CHECK(fd >= 0 && read(fd, got, 10) == 4);
	close(fd);
	fd = open_handle(&handle, O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0 && getcwd(expect, sizeof(expect)));
	sprintf(expect + strlen(expect), "/%s", path);
	CHECK(!fchdir(fd) && getcwd(got, sizeof(got)) && !strcmp(got, expect));
	CHECK(!access("leaf", R_OK) && !access("../../level10/level11", X_OK) && !unlink("leaf"));
	close(fd);
	CHECK(!fchdir(here));
	for (; strchr(path, '/'); *strrchr(path, '/') = 0)
		CHECK(!rmdir(path));
	CHECK(!rmdir(path));
	FAILS(open_handle(&handle, O_RDONLY), ESTALE);
	close(here);
}

/* ---- all at once ---- */

#define ROUNDS 300
static volatile int finished;

static void *changer(void *arg)
{
	char a[32], b[32], in[48];
	int n = (int)(long)arg;

	sprintf(a, "a%d", n);
	sprintf(b, "b%d", n);
	sprintf(in, "b%d/in", n);
	for (int i = 0; i < ROUNDS; i++) {
		CHECK(!mkdir(a, 0700) && !rename(a, b));
		close(open(in, O_RDWR | O_CREAT, 0600));
		CHECK(!rename(in, a) && !unlink(a) && !rmdir(b));
	}
	__atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *opener(void *arg)
{
	int n = (int)(long)arg, id, fd, opened = 0;
	static const char *const names[] = { "a%d", "b%d", "b%d/in" };
	char name[32];

	while (finished < 2) {
		for (unsigned int i = 0; i < 3; i++) {
			struct handle handle = { .handle_bytes = ROOM };

			snprintf(name, sizeof(name), names[i], n);
			if (name_to_handle_at(AT_FDCWD, name, h(&handle), &id, 0)) {
				CHECK(errno == ENOENT || errno == ENOTDIR);
				continue;
			}
			fd = open_handle(&handle, O_RDONLY);
			/* ENOMEM: Linux says so of a number that is just being given to another file */
			CHECK(fd >= 0 || errno == ESTALE || errno == ENOMEM);
			opened += fd >= 0;
			if (fd >= 0)
				close(fd);
		}
	}
	return (void *)(long)opened;
}

static void together(void)
{
	pthread_t t[4];

	finished = 0;
	for (long i = 0; i < 4; i++)
		CHECK(!pthread_create(&t[i], NULL, i < 2 ? changer : opener, (void *)(i % 2)));
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_join(t[i], NULL));
}

static void all_of(const char *dir, bool privileged)
{
	char name[300];

	snprintf(name, sizeof(name), "%s/handlecalls.tmp", dir);
	CHECK(!mkdir(name, 0700) && !chdir(name));
	mount_of = open(".", O_RDONLY | O_DIRECTORY);
	CHECK(mount_of >= 0);
	names();
	if (privileged) {
		files();
		directories(false);
		directories(drop);
		together();
	} else {
		struct handle handle = handle_of("file");

		FAILS(open_handle(&handle, O_RDONLY), EPERM);
		CHECK(!unlink("file"));
	}
	close(mount_of);
	CHECK(!chdir("..") && !rmdir("handlecalls.tmp"));
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");
	struct handle none = { .handle_bytes = 0 };
	bool privileged;

	drop = option_flag(argc, argv, "--drop-caches");
	/* Who may not is told so before anything else is looked at. */
	privileged = open_by_handle_at(AT_FDCWD, h(&none), O_RDONLY) < 0 && errno == EINVAL;
	all_of(dir ? dir : ".", privileged);
	if (option_flag(argc, argv, "--tmpfs")) {
		CHECK(!mkdir("/memory", 0700) && !mount("none", "/memory", "tmpfs", 0, ""));
		all_of("/memory", privileged);
		CHECK(!chdir("/") && !umount("/memory") && !rmdir("/memory")); /* no file is left behind */
	}
	printf("handlecalls: all as expected%s\n", privileged ? "" : ", without privileges");
	return 0;
}
