// SPDX-License-Identifier: MIT
/* Mounting, a file system that is read-only, and one that is full. */
#include "errnocalls.h"
#include <sys/mount.h>
#include <sys/statfs.h>

static char buffer[65536];

void mount_cases(void)
{
	T(mount, "no-type", "none", "dir", NULL, 0, NULL);
	T(mount, "unknown-type", "none", "dir", "no-such-type", 0, NULL);
	T(mount, "not-a-directory", "none", "file", "proc", 0, NULL);
	T(mount, "missing", "none", "missing", "proc", 0, NULL);
	T(mount, "no-device", "missing", "dir", "ext2", 0, NULL);
	T(mount, "file-as-device", "file", "dir", "ext2", 0, NULL);
	T(mount, "char-device", "null", "dir", "ext2", 0, NULL);
	T(mount, "remount-not-a-mount", "none", "dir", NULL, MS_REMOUNT, NULL);
	T(mount, "move-not-a-mount", "dir", "full", NULL, MS_MOVE, NULL);
	T(mount, "bind-missing", "missing", "dir", NULL, MS_BIND, NULL);
	T(mount, "bind-file-on-dir", "file", "dir", NULL, MS_BIND, NULL);
	T(mount, "bind-dir-on-file", "dir", "file", NULL, MS_BIND, NULL);
	T(mount, "bind-remount-not-a-mount", "none", "dir", NULL, MS_BIND | MS_REMOUNT, NULL);
	T(mount, "private-not-a-mount", NULL, "dir", NULL, MS_PRIVATE, NULL);
	T(mount, "shared-and-private", NULL, "dir", NULL, MS_PRIVATE | MS_SHARED, NULL);
	T(mount, "proc", "proc", "dir", "proc", 0, NULL);
	T(mount, "proc-again", "proc", "dir", "proc", 0, NULL);
	T(rmdir, "mount-point", "dir");
	T(rename, "mount-point", "dir", "new");
	T(rename, "onto-mount-point", "full", "dir");
	T(link, "across-mounts", "file", "dir/new");
	T(rename, "across-mounts", "file", "dir/new");
	T(open, "create-in-proc", "dir/new", O_CREAT | O_WRONLY, 0644);
	T(mkdir, "in-proc", "dir/new", 0755);
	T(umount2, "flags", "dir", 0x100);
	T(umount2, "expire-and-detach", "dir", 6);
	T(umount2, "expire", "dir", 4);
	T(umount2, "expire-again", "dir", 4);
	T(umount2, "not-a-mount", "dir", 0);
	T(umount2, "proc-again", "dir", 0);
	T(umount2, "file", "file", 0);
	T(mount, "bind", "full", "dir", NULL, MS_BIND, NULL);
	T(stat, "through-bind", "dir/inside", buffer);
	T(link, "across-bind", "full/inside", "dir/new");
	T(rename, "across-bind", "full/inside", "dir/new");
	T(mount, "bind-read-only", "none", "dir", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
	T(open, "create-on-read-only-bind", "dir/new", O_CREAT | O_WRONLY, 0644);
	T(open, "write-on-read-only-bind", "dir/inside", O_WRONLY);
	T(open, "write-beside-read-only-bind", "full/inside", O_WRONLY);
	for (int fd = 3; fd < 10; fd++)
		close(fd);
	T(umount2, "bind", "dir", 0);
	T(umount2, "bind-again", "dir", 0);
	T(pivot_root, "not-a-mount", "dir", "dir");
	T(pivot_root, "file", "file", "dir");
	T(pivot_root, "missing", "missing", "dir");
	T(fsopen, "unknown-type", "no-such-type", 0);
	T(fsopen, "flags", "proc", 0x10);
	T(open_tree, "missing", AT_FDCWD, "missing", 0);
	T(move_mount, "flags", AT_FDCWD, "dir", AT_FDCWD, "full", 0x80000000);
	T(fsmount, "closed", 900, 0, 0);
	T(fspick, "missing", AT_FDCWD, "missing", 0);
	T(fsconfig, "closed", 900, 0, "x", NULL, 0);
	T(mount_setattr, "missing", AT_FDCWD, "missing", 0, buffer, 32);
	make_tree();
}

void no_space_cases(void)
{
	int fd = (int)MUST(open("filler", O_CREAT | O_RDWR, 0644)), other = (int)MUST(open("file", O_RDWR));
	ssize_t n;

	memset(buffer, 'f', sizeof(buffer));
	do
		n = write(fd, buffer, sizeof(buffer));
	while (n > 0);
	report("write", "filling-up", n < 0 ? -errno : n);
	while ((n = write(fd, buffer, 1024)) > 0)
		;
	report("write", "full", n < 0 ? -errno : n);
	T(pwrite64, "full-new-block", other, buffer, 4096, 1 << 16);
	TV(pwrite64, "full-old-block", other, buffer, 10, 0);
	T(symlink, "full-long", name_255, "new-symlink");
	T(mkdir, "full", "newdir", 0755);
	TV(fsync, "full", other);
	TV(ftruncate, "full-hole", other, 1 << 20);
	close(fd);
	close(other);
	MUST(unlink("filler"));
	make_tree();
}

void read_only_cases(const char *mount_point)
{
	long ret;
	int fd;

	for (fd = 3; fd < 1024; fd++)
		close(fd);
	ret = RAW(SYS_mount, "none", mount_point, NULL, MS_REMOUNT | MS_RDONLY, NULL);
	report("mount", "remount-read-only", ret);
	if (ret)
		fail("without a read-only file system the rest means nothing");
	T(open, "read", "file", O_RDONLY);
	T(open, "write", "file", O_WRONLY);
	T(open, "truncate", "file", O_RDONLY | O_TRUNC);
	T(open, "create", "new", O_WRONLY | O_CREAT, 0644);
	T(open, "create-existing", "file", O_RDONLY | O_CREAT, 0644);
	T(open, "create-exclusive-existing", "file", O_RDONLY | O_CREAT | O_EXCL, 0644);
	T(open, "tmpfile", "dir", O_TMPFILE | O_RDWR, 0600);
	T(open, "fifo-write", "fifo", O_RDWR | O_NONBLOCK);
	T(open, "device-write", "null", O_WRONLY);
	T(creat, "", "new", 0644);
	T(access, "write", "file", W_OK);
	T(access, "read", "file", R_OK);
	T(access, "write-device", "null", W_OK);
	T(faccessat2, "write", AT_FDCWD, "file", W_OK, AT_EACCESS);
	T(mkdir, "", "new", 0755);
	T(mkdir, "existing", "dir", 0755);
	T(mkdir, "missing-parent", "missing/new", 0755);
	T(rmdir, "", "dir");
	T(rmdir, "full", "full");
	T(rmdir, "missing", "missing");
	T(unlink, "", "file");
	T(unlink, "missing", "missing");
	T(unlink, "directory", "dir");
	T(link, "", "file", "new");
	T(link, "existing", "file", "mine");
	T(link, "missing", "missing", "new");
	T(symlink, "", "file", "new");
	T(symlink, "existing", "file", "mine");
	T(rename, "", "file", "new");
	T(rename, "missing", "missing", "new");
	T(rename, "onto-itself", "file", "file");
	T(mknod, "", "new", S_IFIFO | 0644, 0);
	T(mknod, "existing", "file", S_IFIFO | 0644, 0);
	T(chmod, "", "file", 0644);
	T(chown, "", "file", 0, 0);
	T(chown, "nothing", "file", -1, -1);
	T(lchown, "", "link", 0, 0);
	T(truncate, "", "file", 0);
	T(truncate, "directory", "dir", 0);
	T(utimensat, "", AT_FDCWD, "file", NULL, 0);
	T(utimensat, "omit", AT_FDCWD, "file", ((long[4]){ 0, UTIME_OMIT, 0, UTIME_OMIT }), 0);
	T(utime, "", "file", NULL);
	T(setxattr, "", "file", "user.a", "v", 1, 0);
	T(removexattr, "", "file", "user.a");
	T(getxattr, "", "file", "user.a", buffer, 10);
	fd = (int)MUST(open("file", O_RDONLY));
	T(fchmod, "", fd, 0644);
	T(fchown, "", fd, 0, 0);
	T(fsync, "", fd);
	T(syncfs, "", fd);
	T(utimensat, "descriptor", fd, NULL, NULL, 0);
	T(fallocate, "", fd, 0, 0, 10);
	T(mmap, "shared-write", NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	T(read, "", fd, buffer, 10);
	for (int i = 3; i < 20; i++)
		close(i);
	report("mount", "remount-read-write", RAW(SYS_mount, "none", mount_point, NULL, MS_REMOUNT, NULL));
	T(open, "write-again", "file", O_WRONLY);
}
