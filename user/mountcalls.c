// SPDX-License-Identifier: MIT
/*
 * mountcalls [--dir DIR] [--mounts]
 *
 * Whiteouts left by rename, procfs mounted twice, pivot_root there and back. Where it can, in a mount namespace of its own; without one only
 * with --mounts (the machine's mounts change meanwhile). Status 0: all as on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define WHITEOUT 4

static char base[300];

static void make(const char *name, const char *text)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static int whiteout_rename(const char *from, const char *to, unsigned int more)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, WHITEOUT | more);
}

static bool is_whiteout(const char *name)
{
	struct stat st;

	return !lstat(name, &st) && S_ISCHR(st.st_mode) && !(st.st_mode & 07777) && st.st_rdev == 0 && st.st_nlink == 1;
}

/* In the working directory. */
static void whiteouts(void)
{
	struct stat st, parent;

	make("f", "one");
	CHECK(!whiteout_rename("f", "g", 0) && is_whiteout("f") && !stat("g", &st) && st.st_size == 3 && st.st_nlink == 1);
	FAILS(whiteout_rename("g", "f", 1), EEXIST);
	FAILS(whiteout_rename("g", "f", 2), EINVAL);
	FAILS(whiteout_rename("none", "h", 0), ENOENT);
	/* over another, which may be a whiteout itself */
	CHECK(!whiteout_rename("g", "f", 0) && is_whiteout("g") && !stat("f", &st) && st.st_size == 3);
	FAILS(open("g", O_RDONLY), ENXIO);
	CHECK(!unlink("g"));
	/* into another directory, and directories */
	CHECK(!mkdir("d", 0700) && !mkdir("e", 0700) && !whiteout_rename("f", "d/f", 0) && is_whiteout("f"));
	CHECK(!whiteout_rename("d", "e/d", 0) && is_whiteout("d") && !stat("e/d/f", &st) && !stat("e", &parent) && parent.st_nlink >= 1);
	CHECK(!stat("e/d/..", &st) && st.st_ino == parent.st_ino);
	CHECK(!symlink("nowhere", "l") && !whiteout_rename("l", "m", 0) && is_whiteout("l") && !lstat("m", &st) && S_ISLNK(st.st_mode));
	CHECK(!whiteout_rename("m", "m", 0) && !lstat("m", &st) && S_ISLNK(st.st_mode));
	/* made by hand */
	CHECK(!mknod("w", S_IFCHR, makedev(0, 0)) && is_whiteout("w"));
	CHECK(!unlink("w") && !unlink("l") && !unlink("m") && !unlink("d") && !unlink("f") && !unlink("e/d/f") && !rmdir("e/d") && !rmdir("e"));
}

/* Two superblocks over the same processes; nothing is made in either. */
static void proc_twice(void)
{
	struct stat one, two;

	CHECK(!mkdir("p", 0755) && !mount("proc", "p", "proc", 0, NULL) && !stat("p/self/status", &one));
	CHECK(!mount("proc", "p", "proc", 0, NULL) && !stat("p/self/status", &two) && one.st_dev != two.st_dev);
	make("f", "x");
	FAILS(link("f", "p/new"), ENOENT);
	FAILS(mkdir("p/new", 0755), ENOENT);
	FAILS(open("p/new", O_CREAT | O_WRONLY, 0600), ENOENT);
	FAILS(rmdir("p"), EBUSY);
	CHECK(!umount("p") && !stat("p/self/status", &two) && one.st_dev == two.st_dev);
	CHECK(!umount("p") && !rmdir("p") && !unlink("f"));
}

static long pivot(const char *new_root, const char *put_old)
{
	return syscall(SYS_pivot_root, new_root, put_old);
}

static char *at(const char *prefix, const char *name)
{
	static char path[2][700];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s%s/%s", prefix, base, name);
	return path[turn];
}

static void pivots(void)
{
	int old_root = open("/", O_RDONLY | O_DIRECTORY);
	char cwd[300];

	make("f", "x");
	CHECK(old_root >= 0 && !mkdir("new", 0755) && !mkdir("plain", 0755) && !mount("none", "new", "tmpfs", 0, NULL) && !mkdir("new/old", 0755));
	make("new/inside", "new");
	FAILS(pivot("plain", "plain"), EBUSY);
	FAILS(pivot("new", "plain"), EBUSY);
	FAILS(pivot("new/old", "new/old"), EINVAL);
	FAILS(pivot("/", "/"), EBUSY);
	FAILS(pivot("new", "/"), EBUSY);
	FAILS(pivot("f", "new/old"), ENOTDIR);
	FAILS(pivot("new", "new/none"), ENOENT);
	/* there: names begin elsewhere, what was open or the working directory stays where it is */
	CHECK(!pivot("new", "new/old") && !access("/inside", F_OK) && !access(at("/old", "f"), F_OK) && !access("f", F_OK));
	FAILS(access(at("", "f"), F_OK), ENOENT);
	CHECK(getcwd(cwd, sizeof(cwd)) && !strncmp(cwd, "/old", 4));
	/* and back, to where it was mounted */
	CHECK(!pivot("/old", at("/old", "new")) && !access(at("", "f"), F_OK) && !access("new/inside", F_OK));
	FAILS(access("/inside", F_OK), ENOENT);
	/* the old root on top of the new one: no directory is needed for it */
	CHECK(!chdir("new") && !pivot(".", ".") && !access("inside", F_OK) && !access("/inside", F_OK));
	CHECK(!fchdir(old_root) && !access(at(".", "f"), F_OK) && !pivot(".", at(".", "new")));
	CHECK(!chdir(at("", "")) && !access("new/inside", F_OK) && !umount("new") && !rmdir("new") && !rmdir("plain") && !unlink("f"));
	close(old_root);
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");
	bool mounts = option_flag(argc, argv, "--mounts");

	umask(022);
	CHECK(!chdir(dir ? dir : ".") && (!mkdir("mountcalls.dir", 0755) || errno == EEXIST) && !chdir("mountcalls.dir"));
	CHECK(getcwd(base, sizeof(base)));
	whiteouts();
	if (!mounts) {
		/* A tree of mounts that is propagated to others cannot be turned over. */
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
			printf("mountcalls: no mounts of its own, the rest is left out\n");
			goto out;
		}
	}
	CHECK(!mkdir("t", 0755) && !mount("none", "t", "tmpfs", 0, NULL) && !chdir("t"));
	whiteouts();
	CHECK(!chdir("..") && !umount("t") && !rmdir("t"));
	proc_twice();
	pivots();
out:
	CHECK(!chdir("..") && !rmdir("mountcalls.dir"));
	printf("mountcalls: all as expected\n");
	return 0;
}
