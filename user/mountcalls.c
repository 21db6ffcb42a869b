// SPDX-License-Identifier: MIT
/*
 * mountcalls [--dir DIR] [--mounts]
 *
 * Whiteouts left by rename, procfs mounted twice, pivot_root there and back, trees bound and moved, the calls that mount step by step. Where it can, in a mount namespace of its own; without one only
 * with --mounts (the machine's mounts change meanwhile). Status 0: all as on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define WHITEOUT 4

/* numbers of linux/mount.h, which the C library's headers do not go with */
#define SET_FLAG	 0
#define SET_STRING	 1
#define SET_FD		 5
#define CMD_CREATE	 6
#define CMD_RECONFIGURE	 7
#define TREE_CLONE	 1
#define RECURSIVE	 0x8000
#define FROM_EMPTY	 4
#define ATTR_RDONLY	 1
#define ATTR_NOEXEC	 8
#define ATTR_ATIME	 0x70
#define ATTR_NOATIME	 0x10
#define ATTR_NOSYMFOLLOW 0x200000

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

static int open_tree_(const char *path, unsigned int flags)
{
	return (int)syscall(428, AT_FDCWD, path, flags);
}

static int move_mount_(int from, const char *name, const char *to)
{
	return (int)syscall(429, from, name, AT_FDCWD, to, *name ? 0 : FROM_EMPTY);
}

static int config(int fd, unsigned int cmd, const char *key, const char *value)
{
	return (int)syscall(431, fd, cmd, key, value, 0);
}

static int setattr(const char *path, unsigned int flags, uint64_t set, uint64_t clear)
{
	uint64_t attr[4] = { set, clear, 0, 0 };

	return (int)syscall(442, AT_FDCWD, path, flags, attr, sizeof(attr));
}

/* fsopen, fsconfig, fsmount, move_mount; and a change through fspick. */
static void step_by_step(void)
{
	int ctx, mnt, pick;
	struct statvfs fs;
	char c;

	FAILS(syscall(430, "no-such-type", 0), ENODEV);
	FAILS(syscall(430, "tmpfs", 2), EINVAL);
	CHECK(!mkdir("s", 0755) && (ctx = (int)syscall(430, "tmpfs", 1)) >= 0);
	FAILS(syscall(432, ctx, 0, 0), EINVAL);		/* nothing is made yet */
	FAILS(read(ctx, &c, 1), ENODATA);		/* and nothing went wrong */
	FAILS(config(ctx, SET_FLAG, "ro", "x"), EINVAL);
	FAILS(config(ctx, SET_STRING, "size", NULL), EINVAL);
	FAILS(config(ctx, CMD_CREATE, "x", NULL), EINVAL);
	FAILS(config(ctx, 77, "x", NULL), EOPNOTSUPP);
	FAILS(config(ctx, CMD_RECONFIGURE, NULL, NULL), EBUSY);
	CHECK(!config(ctx, SET_STRING, "source", "here"));
	FAILS(config(ctx, SET_STRING, "source", "there"), EINVAL);
	CHECK(!config(ctx, SET_STRING, "size", "1m") && !config(ctx, SET_STRING, "mode", "750") && !config(ctx, CMD_CREATE, NULL, NULL));
	FAILS(config(ctx, CMD_CREATE, NULL, NULL), EBUSY);
	FAILS(syscall(432, ctx, 4, 0), EINVAL);
	FAILS(syscall(432, ctx, 0, 0x30), EINVAL);
	CHECK((mnt = (int)syscall(432, ctx, 1, ATTR_NOEXEC)) >= 0);
	FAILS(syscall(432, ctx, 0, 0), EBUSY);		/* once */
	/* it can be used before it has a place */
	CHECK(!mkdirat(mnt, "d", 0755) && !fstatvfs(mnt, &fs) && fs.f_blocks * fs.f_frsize == 1 << 20 && (fs.f_flag & ST_NOEXEC));
	FAILS(move_mount_(mnt, "d", "s"), EINVAL);
	CHECK(!move_mount_(mnt, "", "s") && !access("s/d", F_OK));
	close(mnt);
	CHECK(!access("s/d", F_OK) && !close(ctx));
	CHECK((pick = (int)syscall(433, AT_FDCWD, "s", 1)) >= 0 && !config(pick, SET_FLAG, "ro", NULL) && !config(pick, CMD_RECONFIGURE, NULL, NULL));
	FAILS(mkdir("s/e", 0755), EROFS);
	CHECK(!config(pick, SET_FLAG, "rw", NULL) && !config(pick, CMD_RECONFIGURE, NULL, NULL) && !mkdir("s/e", 0755));
	FAILS(syscall(433, AT_FDCWD, "s/e", 0), EINVAL);
	CHECK(!umount("s") && !close(pick));		/* it holds the file system, not the mount */
	/* one that never gets a place, and one whose file system says no */
	CHECK((ctx = (int)syscall(430, "tmpfs", 0)) >= 0 && !config(ctx, CMD_CREATE, NULL, NULL) && (mnt = (int)syscall(432, ctx, 0, 0)) >= 0);
	close(ctx);
	CHECK(!mkdirat(mnt, "x", 0755) && !close(mnt));
	CHECK((ctx = (int)syscall(430, "ext2", 0)) >= 0 || errno == ENODEV);
	if (ctx >= 0) {
		CHECK(config(ctx, CMD_CREATE, NULL, NULL) == -1);
		close(ctx);
	}
	CHECK(!rmdir("s"));
}

/* Copies of trees, bound or detached, and moves. */
static void trees(void)
{
	int tree;

	CHECK(!mkdir("a", 0755) && !mkdir("b", 0755) && !mount("none", "a", "tmpfs", 0, NULL) && !mkdir("a/sub", 0755));
	CHECK(!mount("none", "a/sub", "tmpfs", 0, NULL) && !mkdir("a/sub/deep", 0755) && !mount("none", "a/sub/deep", "tmpfs", 0, NULL));
	make("a/sub/deep/f", "x");
	/* only the one mount, or all */
	CHECK(!mount("a", "b", NULL, MS_BIND, NULL) && access("b/sub/deep", F_OK) && !umount("b"));
	CHECK(!mount("a", "b", NULL, MS_BIND | MS_REC, NULL) && !access("b/sub/deep/f", F_OK));
	FAILS(umount("b"), EBUSY);
	CHECK(!umount("b/sub/deep") && !access("a/sub/deep/f", F_OK) && !umount("b/sub") && !umount("b"));
	/* detached */
	FAILS(open_tree_("a", RECURSIVE), EINVAL);
	FAILS(open_tree_("a", 2), EINVAL);
	CHECK((tree = open_tree_("a", TREE_CLONE | RECURSIVE)) >= 0 && !faccessat(tree, "sub/deep/f", F_OK, 0));
	CHECK(!umount("a/sub/deep") && !faccessat(tree, "sub/deep/f", F_OK, 0) && access("a/sub/deep/f", F_OK));
	CHECK(!move_mount_(tree, "", "b") && !close(tree) && !access("b/sub/deep/f", F_OK));
	/* moved, with what hangs on it, but not below itself */
	CHECK(!mkdir("c", 0755));
	FAILS(move_mount_(AT_FDCWD, "b", "b/sub"), ELOOP);
	FAILS(move_mount_(AT_FDCWD, "c", "b"), EINVAL);
	CHECK(move_mount_(AT_FDCWD, "/", "c") == -1 && (errno == ELOOP || errno == EINVAL)); /* whether a root hangs on another */
	CHECK(!move_mount_(AT_FDCWD, "b", "c") && !access("c/sub/deep/f", F_OK) && access("b/sub", F_OK) && !rmdir("b"));
	CHECK(!mkdir("b", 0755) && !mount("c", "b", NULL, MS_MOVE, NULL) && !access("b/sub/deep/f", F_OK) && !rmdir("c"));
	/* a copy that is dropped takes nothing with it */
	CHECK((tree = open_tree_("b", TREE_CLONE | RECURSIVE)) >= 0 && !close(tree) && !access("b/sub/deep/f", F_OK));
	CHECK((tree = open_tree_("b", 0)) >= 0 && !faccessat(tree, "sub/deep/f", F_OK, 0) && !close(tree) && !access("b/sub", F_OK));
	CHECK(!mount(NULL, "b", NULL, MS_PRIVATE | MS_REC, NULL) && !umount2("b", MNT_DETACH));
	CHECK(!umount("a/sub") && !umount("a") && !rmdir("a") && !rmdir("b"));
}

static void attributes(void)
{
	struct statvfs fs;
	int fd;

	CHECK(!mkdir("m", 0755) && !mount("none", "m", "tmpfs", 0, NULL) && !mkdir("m/sub", 0755) && !mount("none", "m/sub", "tmpfs", 0, NULL));
	make("m/f", "x");
	CHECK(!symlink("f", "m/l"));
	FAILS(setattr("m", 1, ATTR_RDONLY, 0), EINVAL);
	FAILS(setattr("m", 0, 0x400, 0), EINVAL);
	FAILS(setattr("m", 0, ATTR_NOATIME, 0), EINVAL);
	FAILS(setattr("m", 0, ATTR_NOATIME, 0x10), EINVAL);
	FAILS(setattr("m/f", 0, ATTR_RDONLY, 0), EINVAL);
	FAILS(syscall(442, AT_FDCWD, "m", 0, NULL, 4), EINVAL);
	CHECK(!setattr("m", 0, 0, ATTR_RDONLY) && !setattr("missing", 0, 0, 0));
	CHECK(!setattr("m", 0, ATTR_NOATIME, ATTR_ATIME) && !statvfs("m", &fs) && (fs.f_flag & ST_NOATIME));
	CHECK(!access("m/l", F_OK) && !setattr("m", 0, ATTR_NOSYMFOLLOW, 0));
	FAILS(access("m/l", F_OK), ELOOP);
	/* all or none: one that is being written keeps the others as they are */
	fd = open("m/sub/g", O_RDWR | O_CREAT, 0600);
	FAILS(setattr("m", RECURSIVE, ATTR_RDONLY, 0), EBUSY);
	CHECK(!mkdir("m/d", 0755) && !close(fd) && !setattr("m", RECURSIVE, ATTR_RDONLY, 0));
	FAILS(mkdir("m/e", 0755), EROFS);
	FAILS(mkdir("m/sub/e", 0755), EROFS);
	CHECK(!setattr("m", 0, 0, ATTR_RDONLY) && !mkdir("m/e", 0755));
	FAILS(mkdir("m/sub/e", 0755), EROFS);
	CHECK(!umount("m/sub") && !umount("m") && !rmdir("m"));
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
	step_by_step();
	trees();
	attributes();
out:
	CHECK(!chdir("..") && !rmdir("mountcalls.dir"));
	printf("mountcalls: all as expected\n");
	return 0;
}
