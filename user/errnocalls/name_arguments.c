// SPDX-License-Identifier: MIT
/* Flags, modes and sizes of the calls that name files. */
#include "errnocalls.h"
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static char buffer[70000];

static void opens(void)
{
	struct open_how how = { .flags = O_RDONLY };
	struct {
		struct open_how how;
		long more;
	} big = { .how = { .flags = O_RDONLY } };

	T(open, "accmode-3", "file", 3);
	T(open, "unknown-flags", "file", 0x30000000);
	T(open, "tmpfile-read-only", "dir", O_TMPFILE | O_RDONLY, 0600);
	T(open, "tmpfile-on-file", "file", O_TMPFILE | O_RDWR, 0600);
	T(open, "directory-and-creat", "new", O_CREAT | O_DIRECTORY | O_RDWR, 0644);
	T(open, "exec-of-directory", "dir", O_WRONLY);
	T(open, "rdwr-of-directory", "dir", O_RDWR);
	T(open, "truncate-directory", "dir", O_RDONLY | O_TRUNC);
	T(open, "append-directory", "dir", O_RDONLY | O_APPEND);
	T(open, "direct-directory", "dir", O_RDONLY | O_DIRECT);
	T(open, "path-and-write", "file", O_PATH | O_RDWR);
	T(open, "path-creat", "new", O_PATH | O_CREAT, 0644);
	T(open, "noatime", "file", O_RDONLY | O_NOATIME);
	T(open, "direct-fifo", "fifo", O_RDWR | O_DIRECT | O_NONBLOCK);
	T(open, "creat-mode-bits", "new", O_CREAT | O_WRONLY, 0177777);
	T(openat2, "size-too-small", AT_FDCWD, "file", &how, 8);
	T(openat2, "size-0", AT_FDCWD, "file", &how, 0);
	T(openat2, "size-huge", AT_FDCWD, "file", &how, 100000);
	T(openat2, "size-bigger-zeros", AT_FDCWD, "file", &big, sizeof(big));
	big.more = 1;
	T(openat2, "size-bigger-not-zero", AT_FDCWD, "file", &big, sizeof(big));
	how.flags = 1UL << 40;
	T(openat2, "unknown-flags", AT_FDCWD, "file", &how, sizeof(how));
	how.flags = O_RDONLY, how.mode = 0644;
	T(openat2, "mode-without-creat", AT_FDCWD, "file", &how, sizeof(how));
	how.flags = O_CREAT | O_WRONLY, how.mode = 01000000;
	T(openat2, "mode-bits", AT_FDCWD, "new", &how, sizeof(how));
	how = (struct open_how){ .resolve = 0x100 };
	T(openat2, "resolve-unknown", AT_FDCWD, "file", &how, sizeof(how));
	how.resolve = RESOLVE_BENEATH | RESOLVE_IN_ROOT;
	T(openat2, "beneath-and-in-root", AT_FDCWD, "file", &how, sizeof(how));
	how.resolve = RESOLVE_NO_XDEV;
	T(openat2, "no-xdev", AT_FDCWD, "file", &how, sizeof(how));
	how.resolve = RESOLVE_CACHED;
	how.flags = O_CREAT | O_WRONLY;
	T(openat2, "cached-creat", AT_FDCWD, "new", &how, sizeof(how));
	how = (struct open_how){ .flags = O_PATH | O_RDWR };
	T(openat2, "path-and-write", AT_FDCWD, "file", &how, sizeof(how));
	how = (struct open_how){ .flags = O_TMPFILE };
	T(openat2, "tmpfile-read-only", AT_FDCWD, "dir", &how, sizeof(how));
	for (int fd = 3; fd < 40; fd++)
		close(fd);
}

static void at_flags(void)
{
	T(newfstatat, "flags", AT_FDCWD, "file", buffer, 0x1);
	T(newfstatat, "no-automount", AT_FDCWD, "file", buffer, AT_NO_AUTOMOUNT);
	T(newfstatat, "empty-without-flag", AT_FDCWD, "", buffer, 0);
	T(newfstatat, "empty-cwd", AT_FDCWD, "", buffer, AT_EMPTY_PATH);
	T(statx, "flags", AT_FDCWD, "file", 0x1, 0x7ff, buffer);
	T(statx, "sync-both", AT_FDCWD, "file", 0x6000, 0x7ff, buffer);
	T(statx, "mask-reserved", AT_FDCWD, "file", 0, 0x80000000, buffer);
	T(statx, "mask-all", AT_FDCWD, "file", 0, 0x7fffffff, buffer);
	T(unlinkat, "flags", AT_FDCWD, "file", 0x100);
	T(unlinkat, "both-flags", AT_FDCWD, "dir", 0x201);
	T(linkat, "flags", AT_FDCWD, "file", AT_FDCWD, "new", 0x1);
	T(linkat, "nofollow-flag", AT_FDCWD, "file", AT_FDCWD, "new", AT_SYMLINK_NOFOLLOW);
	T(linkat, "empty-old-without-flag", AT_FDCWD, "", AT_FDCWD, "new", 0);
	T(linkat, "directory", AT_FDCWD, "dir", AT_FDCWD, "new", 0);
	T(fchownat, "flags", AT_FDCWD, "file", -1, -1, 0x1);
	T(fchownat, "empty-cwd", AT_FDCWD, "", -1, -1, AT_EMPTY_PATH);
	T(utimensat, "flags", AT_FDCWD, "file", NULL, 0x1);
	T(faccessat2, "flags", AT_FDCWD, "file", R_OK, 0x1);
	T(faccessat2, "eaccess", AT_FDCWD, "file", R_OK, AT_EACCESS);
	T(faccessat2, "empty-cwd", AT_FDCWD, "", R_OK, AT_EMPTY_PATH);
	T(faccessat2, "mode", AT_FDCWD, "file", 8, 0);
	T(access, "mode", "file", 8);
	T(access, "mode-negative", "file", -1);
	T(access, "write-directory", "dir", W_OK);
	T(access, "exec-of-plain-file", "file", X_OK);
	T(access, "exec-of-program", "program", X_OK);
	T(renameat2, "flags", AT_FDCWD, "file", AT_FDCWD, "new", 8);
	T(renameat2, "noreplace-and-exchange", AT_FDCWD, "file", AT_FDCWD, "mine", 3);
	T(renameat2, "exchange-missing", AT_FDCWD, "file", AT_FDCWD, "missing", 2);
	T(renameat2, "exchange-with-whiteout", AT_FDCWD, "file", AT_FDCWD, "mine", 6);
	T(renameat2, "noreplace-existing", AT_FDCWD, "file", AT_FDCWD, "mine", 1);
	T(renameat2, "exchange-file-and-dir", AT_FDCWD, "file", AT_FDCWD, "dir", 2);
	T(rename, "into-itself", "file", "dir/below");
	T(rename, "dir-into-itself", "full", "full/below");
	T(rename, "dir-into-below", "full", "full/inside/below");
	T(rename, "onto-itself", "file", "file");
	T(rename, "onto-parent", "full/inside", "full");
	T(rename, "dot", ".", "new");
	T(rename, "to-dotdot", "full", "..");
	T(readlink, "size-0", "link", buffer, 0);
	T(readlink, "size-negative", "link", buffer, -1);
	TV(readlink, "size-1", "link", buffer, 1);
	TV(readlink, "whole", "link", buffer, 100);
	T(readlink, "file", "file", buffer, 100);
	T(symlink, "empty-target", "", "new");
	T(symlink, "long-target", path_4095, "new");
	T(symlink, "too-long-target", path_4096, "new");
	T(symlink, "name-255-target", name_255, "new");
	T(link, "to-existing", "file", "mine");
	T(link, "directory", "dir", "new");
	T(link, "link-of-symlink", "dangling", "new");
	T(mknod, "type-directory", "new", S_IFDIR | 0755, 0);
	T(mknod, "type-symlink", "new", S_IFLNK | 0755, 0);
	T(mknod, "type-unknown", "new", 0170000, 0);
	T(mknod, "type-none", "new", 0644, 0);
	T(mknod, "block", "newer", S_IFBLK | 0600, makedev(240, 240));
	T(mkdir, "mode-bits", "newest", 0177777);
}

static void times(void)
{
	struct timespec t[2] = { { 0, 0 }, { 0, 1000000000 } };
	long tv[4] = { 0, 0, 0, 1000000 };

	T(utimensat, "nsec-big", AT_FDCWD, "file", t, 0);
	t[1].tv_nsec = -1;
	T(utimensat, "nsec-negative", AT_FDCWD, "file", t, 0);
	t[0].tv_nsec = t[1].tv_nsec = UTIME_OMIT;
	T(utimensat, "omit-both", AT_FDCWD, "file", t, 0);
	T(utimensat, "omit-both-missing", AT_FDCWD, "missing", t, 0);
	t[0].tv_nsec = UTIME_NOW;
	T(utimensat, "now-and-omit", AT_FDCWD, "file", t, 0);
	T(utimes, "usec-big", "file", tv);
	tv[3] = -1;
	T(utimes, "usec-negative", "file", tv);
	T(futimesat, "usec-negative", AT_FDCWD, "file", tv);
	T(utimensat, "null-path-cwd", AT_FDCWD, NULL, NULL, 0);
	T(futimesat, "null-path-cwd", AT_FDCWD, NULL, NULL);
}

static void attributes(void)
{
	char name[300] = "user.";

	T(setxattr, "no-prefix", "file", "name", "v", 1, 0);
	T(setxattr, "empty-name", "file", "", "v", 1, 0);
	T(setxattr, "unknown-prefix", "file", "other.name", "v", 1, 0);
	T(setxattr, "prefix-only", "file", "user.", "v", 1, 0);
	T(setxattr, "flags", "file", "user.a", "v", 1, 4);
	T(setxattr, "value-too-big", "file", "user.a", buffer, 65537, 0);
	memset(name + 5, 'a', 251);
	T(setxattr, "name-256", "file", name, "v", 1, 0);
	name[255] = '\0';
	T(setxattr, "replace-missing", "file", "user.a", "v", 1, XATTR_REPLACE);
	T(setxattr, "user-on-fifo", "fifo", "user.a", "v", 1, 0);
	T(lsetxattr, "user-on-symlink", "link", "user.a", "v", 1, 0);
	T(setxattr, "user-on-device", "null", "user.a", "v", 1, 0);
	T(getxattr, "no-prefix", "file", "name", buffer, 10);
	T(getxattr, "empty-name", "file", "", buffer, 10);
	T(getxattr, "unknown-prefix", "file", "other.name", buffer, 10);
	T(getxattr, "trusted", "file", "trusted.a", buffer, 10);
	T(removexattr, "missing", "file", "user.a");
	T(removexattr, "unknown-prefix", "file", "other.a");
	TV(listxattr, "none", "file", buffer, 0);
}

static void trees(void)
{
	T(rmdir, "full", "full");
	T(rmdir, "file", "file");
	T(rmdir, "dot", ".");
	T(rmdir, "below-dot", "dir/.");
	T(rmdir, "dotdot", "dir/..");
	T(unlink, "dir", "dir");
	T(unlink, "dot", ".");
	T(mkdir, "existing", "dir", 0755);
	T(mkdir, "existing-file", "file", 0755);
	T(mkdir, "existing-dangling", "dangling", 0755);
	T(mkdir, "dot", ".", 0755);
	T(mkdir, "slash", "new/", 0755);
	T(chdir, "file", "file");
	T(chroot, "file", "file");
	T(rename, "dir-onto-file", "dir", "file");
	T(rename, "file-onto-dir", "file", "dir");
	T(rename, "dir-onto-full", "dir", "full");
	T(rename, "full-onto-empty", "full", "dir");
	T(chmod, "mode-bits", "file", 0177777);
	T(umask, "bits", 0177022);
	TV(umask, "back", 022);
	T(name_to_handle_at, "size", AT_FDCWD, "file", buffer, buffer + 100, 0x1);
	T(ustat, "no-device", 0, buffer);
	T(ustat, "other-device", 0x7777, buffer);
}

void name_argument_cases(void)
{
	opens();
	make_tree();
	at_flags();
	make_tree();
	times();
	attributes();
	make_tree();
	trees();
	make_tree();
}
