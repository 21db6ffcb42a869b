// SPDX-License-Identifier: MIT
/* Each call that takes a path, on a path of each kind. A call that succeeds has changed the tree, which is then made anew. */
#include "errnocalls.h"
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static char buffer[4096];

#define PATH_CALL(tag, call, ...)             \
	static long do_##tag(const char *p)   \
	{                                     \
		return RAW(SYS_##call, ##__VA_ARGS__); \
	}

static struct open_how how = { .flags = O_RDONLY | O_NONBLOCK };
static struct open_how how_beneath = { .flags = O_RDONLY | O_NONBLOCK, .resolve = RESOLVE_BENEATH };
static struct open_how how_no_symlinks = { .flags = O_RDONLY | O_NONBLOCK, .resolve = RESOLVE_NO_SYMLINKS };
static struct open_how how_in_root = { .flags = O_RDONLY | O_NONBLOCK, .resolve = RESOLVE_IN_ROOT };
static struct timespec times[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };

PATH_CALL(open_read, open, p, O_RDONLY | O_NONBLOCK)
PATH_CALL(open_write, open, p, O_WRONLY | O_NONBLOCK)
PATH_CALL(open_create, open, p, O_RDWR | O_CREAT | O_NONBLOCK, 0644)
PATH_CALL(open_exclusive, open, p, O_WRONLY | O_CREAT | O_EXCL, 0644)
PATH_CALL(open_directory, open, p, O_RDONLY | O_DIRECTORY)
PATH_CALL(open_directory_create, open, p, O_RDWR | O_DIRECTORY | O_CREAT, 0644)
PATH_CALL(open_nofollow, open, p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
PATH_CALL(open_path, open, p, O_PATH)
PATH_CALL(open_path_nofollow, open, p, O_PATH | O_NOFOLLOW)
PATH_CALL(open_truncate, open, p, O_WRONLY | O_TRUNC | O_NONBLOCK)
PATH_CALL(open_tmpfile, open, p, O_RDWR | O_TMPFILE, 0600)
PATH_CALL(openat2, openat2, AT_FDCWD, p, &how, sizeof(how))
PATH_CALL(openat2_beneath, openat2, AT_FDCWD, p, &how_beneath, sizeof(how))
PATH_CALL(openat2_no_symlinks, openat2, AT_FDCWD, p, &how_no_symlinks, sizeof(how))
PATH_CALL(openat2_in_root, openat2, AT_FDCWD, p, &how_in_root, sizeof(how))
PATH_CALL(creat, creat, p, 0644)
PATH_CALL(stat, stat, p, buffer)
PATH_CALL(lstat, lstat, p, buffer)
PATH_CALL(statx, statx, AT_FDCWD, p, AT_SYMLINK_NOFOLLOW, 0x7ff, buffer)
PATH_CALL(access, access, p, R_OK)
PATH_CALL(access_exec, access, p, X_OK)
PATH_CALL(mkdir, mkdir, p, 0755)
PATH_CALL(rmdir, rmdir, p)
PATH_CALL(unlink, unlink, p)
PATH_CALL(unlinkat_removedir, unlinkat, AT_FDCWD, p, AT_REMOVEDIR)
PATH_CALL(link_from, link, p, "new2")
PATH_CALL(link_to, link, "file", p)
PATH_CALL(linkat_follow, linkat, AT_FDCWD, p, AT_FDCWD, "new2", AT_SYMLINK_FOLLOW)
PATH_CALL(symlink_target, symlink, p, "new2")
PATH_CALL(symlink_to, symlink, "file", p)
PATH_CALL(readlink, readlink, p, buffer, sizeof(buffer))
PATH_CALL(rename_from, rename, p, "new2")
PATH_CALL(rename_file_to, rename, "file", p)
PATH_CALL(rename_dir_to, rename, "dir", p)
PATH_CALL(rename_from_onto_file, rename, p, "file")
PATH_CALL(rename_from_onto_dir, rename, p, "dir")
PATH_CALL(rename_from_into_full, rename, p, "full")
PATH_CALL(renameat2_noreplace, renameat2, AT_FDCWD, "file", AT_FDCWD, p, 1)
PATH_CALL(renameat2_exchange, renameat2, AT_FDCWD, "file", AT_FDCWD, p, 2)
PATH_CALL(renameat2_whiteout, renameat2, AT_FDCWD, p, AT_FDCWD, "new2", 4)
PATH_CALL(chmod, chmod, p, 0755)
PATH_CALL(chown, chown, p, -1, -1)
PATH_CALL(lchown, lchown, p, -1, -1)
PATH_CALL(truncate, truncate, p, 5)
PATH_CALL(chdir, chdir, p)
PATH_CALL(mknod_fifo, mknod, p, S_IFIFO | 0644, 0)
PATH_CALL(mknod_file, mknod, p, S_IFREG | 0644, 0)
PATH_CALL(utimensat, utimensat, AT_FDCWD, p, times, 0)
PATH_CALL(utime, utime, p, NULL)
PATH_CALL(utimes, utimes, p, NULL)
PATH_CALL(statfs, statfs, p, buffer)
PATH_CALL(getxattr, getxattr, p, "user.none", buffer, 10)
PATH_CALL(lgetxattr, lgetxattr, p, "user.none", buffer, 10)
PATH_CALL(listxattr, listxattr, p, buffer, 100)
PATH_CALL(removexattr, removexattr, p, "user.none")
PATH_CALL(umount2, umount2, p, 0)
PATH_CALL(umount2_nofollow, umount2, p, 8)
PATH_CALL(mount_onto, mount, "none", p, "no-such-type", 0, NULL)
PATH_CALL(mount_bind_from, mount, p, "no/such", NULL, MS_BIND, NULL)

PATH_CALL(execve, execve, p, NULL, NULL)
PATH_CALL(chroot, chroot, p)

#define ROW(tag)       \
	{              \
#tag, do_##tag \
	}
static const struct {
	const char *name;
	long (*fn)(const char *);
} rows[] = {
	ROW(open_read), ROW(open_write), ROW(open_create), ROW(open_exclusive), ROW(open_directory), ROW(open_directory_create),
	ROW(open_nofollow), ROW(open_path), ROW(open_path_nofollow), ROW(open_truncate), ROW(open_tmpfile), ROW(openat2),
	ROW(openat2_beneath), ROW(openat2_no_symlinks), ROW(openat2_in_root), ROW(creat), ROW(stat), ROW(lstat), ROW(statx),
	ROW(access), ROW(access_exec), ROW(mkdir), ROW(rmdir), ROW(unlink), ROW(unlinkat_removedir), ROW(link_from), ROW(link_to),
	ROW(linkat_follow), ROW(symlink_target), ROW(symlink_to), ROW(readlink), ROW(rename_from), ROW(rename_file_to),
	ROW(rename_dir_to), ROW(rename_from_onto_file), ROW(rename_from_onto_dir), ROW(rename_from_into_full),
	ROW(renameat2_noreplace), ROW(renameat2_exchange), ROW(renameat2_whiteout), ROW(chmod), ROW(chown), ROW(lchown),
	ROW(truncate), ROW(chdir), ROW(mknod_fifo), ROW(mknod_file), ROW(utimensat), ROW(utime), ROW(utimes), ROW(statfs),
	ROW(getxattr), ROW(lgetxattr), ROW(listxattr), ROW(removexattr), ROW(umount2), ROW(umount2_nofollow), ROW(mount_onto),
	ROW(mount_bind_from), ROW(execve), ROW(chroot),
};

#define SUCCEEDS 1 /* execve and chroot might */
static struct {
	const char *name;
	const char *path;
	int flags;
} kinds[] = {
	{ "null", NULL, 0 },
	{ "kernel-address", NULL, 0 },
	{ "unmapped", NULL, 0 },
	{ "unterminated-at-edge", NULL, 0 },
	{ "empty", "", 0 },
	{ "missing", "missing", 0 },
	{ "missing/below", "missing/below", 0 },
	{ "missing-with-slash", "missing/", 0 },
	{ "file", "file", 0 },
	{ "file-with-slash", "file/", 0 },
	{ "below-file", "file/below", 0 },
	{ "file-dot", "file/.", 0 },
	{ "file-dotdot", "file/..", 0 },
	{ "dir", "dir", SUCCEEDS },
	{ "dir-with-slash", "dir/", SUCCEEDS },
	{ "dir-dot", "dir/.", SUCCEEDS },
	{ "dir-dotdot", "dir/..", SUCCEEDS },
	{ "full-dir", "full", SUCCEEDS },
	{ "dot", ".", SUCCEEDS },
	{ "dotdot", "..", SUCCEEDS },
	{ "root", "/", SUCCEEDS },
	{ "in-dir", "dir/new", 0 },
	{ "link", "link", 0 },
	{ "link-with-slash", "link/", 0 },
	{ "link-to-dir", "link-to-dir", SUCCEEDS },
	{ "link-to-dir-with-slash", "link-to-dir/", SUCCEEDS },
	{ "dangling", "dangling", 0 },
	{ "dangling-with-slash", "dangling/", 0 },
	{ "loop", "loop", 0 },
	{ "loop/below", "loop/below", 0 },
	{ "fifo", "fifo", 0 },
	{ "null-device", "null", 0 },
	{ "no-device", "nodevice", 0 },
	{ "socket", "socket", 0 },
	{ "name-255", name_255, 0 },
	{ "name-256", name_256, 0 },
	{ "path-4095", path_4095, 0 },
	{ "path-4096", path_4096, 0 },
	{ "deep-missing", path_deep, 0 },
};

/*
 * The root is of one file system on Linux and of another here, and unmounting it makes it read-only; and what would replace this
 * program or its root must not succeed.
 */
static bool left_out(int row, int kind)
{
	const char *call = rows[row].name;

	if ((rows[row].fn == do_execve || rows[row].fn == do_chroot) && (kinds[kind].flags & SUCCEEDS))
		return true;
	if (rows[row].fn == do_creat && !strcmp(kinds[kind].name, "fifo"))
		return true; /* would wait for a reader */
	return !strcmp(kinds[kind].name, "root") && (strstr(call, "xattr") || strstr(call, "mount") || strstr(call, "tmpfile") ||
						     strstr(call, "rename") || strstr(call, "link"));
}

static void fill_in(void)
{
	kinds[1].path = KERNEL_ADDRESS;
	kinds[2].path = unmapped;
	kinds[3].path = edge - 3;
}

void path_cases(void)
{
	int here = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));

	fill_in();
	for (int row = 0; row < (int)(sizeof(rows) / sizeof(rows[0])); row++) {
		for (int i = 0; i < (int)(sizeof(kinds) / sizeof(kinds[0])); i++) {
			long ret;

			if (left_out(row, i))
				continue;
			ret = rows[row].fn(kinds[i].path);
			report(rows[row].name, kinds[i].name, ret);
			MUST(fchdir(here));
			for (int fd = here + 1; fd < here + 4; fd++)
				close(fd);
			if (ret >= 0)
				make_tree();
		}
	}
	close(here);
}
