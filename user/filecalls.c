// SPDX-License-Identifier: MIT
/*
 * filecalls [--dir DIR]
 *
 * Goes through the corners of the file calls, one thread, always in the same order, and prints a line "answer WHAT: RESULT" for
 * each: the same binary on Linux says what is right. DIR must be empty or missing and on a disk file system.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE	 2
#endif

static char part[40];

static void group(const char *name)
{
	snprintf(part, sizeof(part), "%s", name);
}

/* The result of a call, or the error's name. */
static void say(const char *what, long result)
{
	if (result < 0)
		printf("answer %s, %s: %s\n", part, what, strerror(errno));
	else
		printf("answer %s, %s: %ld\n", part, what, result);
}

/* The same for calls that return a descriptor, whose number says nothing; closes it. */
static void say_fd(const char *what, int fd)
{
	say(what, fd < 0 ? -1 : 0);
	if (fd >= 0)
		close(fd);
}

#define SAY(call)    (errno = 0, say(#call, (long)(call)))
#define SAY_FD(call) (errno = 0, say_fd(#call, (call)))

static void put(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("writing %s: %s", name, strerror(errno));
	close(fd);
}

static void paths(void)
{
	char name[4200];
	struct stat st;

	group("paths");
	mkdir("d", 0755);
	put("f", "hello");
	symlink("f", "s");
	symlink("d", "sd");
	symlink("loop", "loop");
	symlink("nowhere", "dangling");
	symlink("f/", "slash");
	symlink("", "empty");
	SAY(stat("", &st));
	SAY(stat("f", &st));
	SAY(stat("f/", &st));
	SAY(stat("f/.", &st));
	SAY(stat("f/..", &st));
	SAY(stat("d/", &st));
	SAY(stat("d/.", &st));
	SAY(stat("d/../f", &st));
	SAY(stat("//////", &st));
	SAY(stat("/..", &st));
	SAY(stat("s", &st));
	SAY(stat("s/", &st));
	SAY(stat("sd/", &st));
	SAY(lstat("sd", &st));
	SAY(S_ISLNK(st.st_mode));
	SAY(lstat("sd/", &st));
	SAY(S_ISDIR(st.st_mode));
	SAY(stat("loop", &st));
	SAY(lstat("loop", &st));
	SAY(stat("loop/x", &st));
	SAY(stat("dangling", &st));
	SAY(stat("slash", &st));
	SAY(stat("missing/x", &st));
	SAY(stat("f/x", &st));
	memset(name, 'a', sizeof(name));
	name[255] = 0;
	SAY(stat(name, &st));
	name[255] = 'a';
	name[256] = 0;
	SAY(stat(name, &st));
	SAY_FD(open(name, O_CREAT | O_WRONLY, 0644));
	SAY(mkdir(name, 0755));
	memset(name, '/', 4094);
	name[4094] = 'f';
	name[4095] = 0;
	SAY(stat(name, &st));
	memset(name, '/', 4095);
	name[4095] = 'f';
	name[4096] = 0;
	SAY(stat(name, &st));
	for (int i = 0; i < 45; i++) {
		char to[20], from[20];

		snprintf(from, sizeof(from), "c%d", i);
		snprintf(to, sizeof(to), i ? "c%d" : "f", i - 1);
		symlink(to, from);
	}
	SAY(stat("c38", &st));
	SAY(stat("c39", &st));
	SAY(stat("c40", &st));
	symlink("d/../d/../f", "dots");
	SAY(stat("dots", &st));
	symlink("../../../../../../../../../../../..", "d/top");
	SAY(stat("d/top/..", &st));
	SAY(readlink("s", name, 1));
	SAY(readlink("s", name, 0));
	SAY(readlink("f", name, 10));
	SAY(readlink("s/", name, 10));
	SAY(access("f", R_OK | W_OK));
	SAY(access("f", X_OK));
	SAY(access("f", 8));
	SAY(access("d", X_OK));
	SAY(access("dangling", F_OK));
	SAY(faccessat(AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
	SAY(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
	SAY(fstatat(-5, "f", &st, 0));
	SAY(fstatat(-5, "/", &st, 0));
	SAY(fstatat(AT_FDCWD, "f", &st, 0x40000000));
}

static void opens(void)
{
	int fd, dfd = open("d", O_RDONLY | O_DIRECTORY);
	char c;

	group("open");
	SAY_FD(open("f", O_RDONLY));
	SAY_FD(open("f", O_RDONLY | O_DIRECTORY));
	SAY_FD(open("d", O_WRONLY));
	SAY_FD(open("d", O_RDWR));
	SAY_FD(open("d", O_RDONLY | O_TRUNC));
	SAY_FD(open("d", O_RDONLY | O_CREAT, 0644));
	SAY_FD(open("f/", O_RDONLY));
	SAY_FD(open("new/", O_WRONLY | O_CREAT, 0644));
	SAY_FD(open("f", O_WRONLY | O_CREAT | O_EXCL, 0644));
	SAY_FD(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0644));
	SAY_FD(open("dangling", O_WRONLY | O_CREAT, 0644));
	SAY(access("nowhere", F_OK));
	SAY_FD(open("s", O_RDONLY | O_NOFOLLOW));
	SAY_FD(open("sd", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	SAY_FD(open("sd/", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	SAY_FD(open("loop", O_RDONLY));
	SAY_FD(open("loop", O_RDONLY | O_CREAT, 0644));
	SAY_FD(open("/", O_RDONLY | O_CREAT, 0644));
	SAY_FD(open(".", O_RDONLY | O_CREAT, 0644));
	SAY_FD(open("..", O_RDONLY));
	SAY_FD(open("missing/x", O_WRONLY | O_CREAT, 0644));
	SAY_FD(open("f/x", O_WRONLY | O_CREAT, 0644));
	SAY_FD(open("", O_RDONLY));
	SAY_FD(openat(dfd, "in", O_WRONLY | O_CREAT, 0600));
	SAY(access("d/in", F_OK));
	SAY_FD(openat(dfd, "../f", O_RDONLY));
	SAY_FD(openat(99, "f", O_RDONLY));
	fd = open("f", O_RDONLY);
	SAY_FD(openat(fd, "x", O_RDONLY));
	SAY(write(fd, "x", 1));
	close(fd);
	SAY(close(fd));
	fd = open("f", O_WRONLY);
	SAY(read(fd, &c, 1));
	close(fd);
	SAY(read(dfd, &c, 1));
	fd = open("s", O_PATH | O_NOFOLLOW);
	say("O_PATH of a symlink", fd < 0 ? -1 : 0);
	SAY(read(fd, &c, 1));
	SAY(syscall(SYS_fchmod, fd, 0600));
	SAY(ftruncate(fd, 0));
	{
		struct stat st;
		char buf[20];

		SAY(fstat(fd, &st));
		SAY(S_ISLNK(st.st_mode));
		SAY(readlinkat(fd, "", buf, sizeof(buf)));
	}
	SAY((fcntl(fd, F_GETFL) & O_PATH) != 0);
	SAY(fcntl(fd, F_SETFL, 0));
	close(fd);
	fd = open("d", O_PATH);
	SAY_FD(openat(fd, "in", O_RDONLY));
	SAY(fchdir(fd));
	SAY(chdir(".."));
	close(fd);
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	say("O_TMPFILE", fd < 0 ? -1 : 0);
	if (fd >= 0) {
		struct stat st;

		SAY(write(fd, "tmp", 3));
		SAY(fstat(fd, &st));
		SAY(st.st_nlink);
		SAY(linkat(fd, "", AT_FDCWD, "fromtmp", AT_EMPTY_PATH));
		SAY(access("fromtmp", F_OK));
		SAY(fstat(fd, &st));
		SAY(st.st_nlink);
		close(fd);
	}
	SAY_FD(open(".", O_TMPFILE | O_RDONLY, 0600));
	SAY_FD(open("f", O_TMPFILE | O_RDWR, 0600));
	SAY_FD(open("f", O_RDONLY | 0x80000000));
	close(dfd);
}

static void names(void)
{
	group("names");
	SAY(mkdir("d", 0755));
	SAY(mkdir("d/", 0755));
	SAY(mkdir("m/", 0755));
	SAY(mkdir("/", 0755));
	SAY(mkdir(".", 0755));
	SAY(mkdir("m/..", 0755));
	SAY(mkdir("f/x", 0755));
	SAY(mkdir("missing/x", 0755));
	SAY(mkdir("dangling2", 0755));
	SAY(mkdir("s", 0755));
	SAY(rmdir("m/."));
	SAY(rmdir("m/.."));
	SAY(rmdir("/"));
	SAY(rmdir("f"));
	SAY(rmdir("sd"));
	SAY(rmdir("sd/"));
	SAY(rmdir("d"));
	SAY(rmdir("m/"));
	SAY(rmdir("m"));
	SAY(unlink("d"));
	SAY(unlink("d/"));
	SAY(unlink("f/"));
	SAY(unlink("missing"));
	SAY(unlink("missing/"));
	SAY(unlink("."));
	SAY(unlink("/"));
	SAY(unlinkat(AT_FDCWD, "f", AT_REMOVEDIR));
	SAY(unlinkat(AT_FDCWD, "f", 0x10000));
	SAY(symlink("", "emptytarget"));
	SAY(symlink("x", "f"));
	SAY(symlink("x", "new/"));
	SAY(symlink("x", ""));
	SAY(link("f", "f"));
	SAY(link("f", "hard"));
	SAY(link("d", "harddir"));
	SAY(link("s", "hardsym"));
	SAY(linkat(AT_FDCWD, "s", AT_FDCWD, "hardfollowed", AT_SYMLINK_FOLLOW));
	SAY(linkat(AT_FDCWD, "f", AT_FDCWD, "y", 0x8000));
	SAY(link("missing", "y"));
	SAY(link("f", "missing/y"));
	SAY(link("f/", "y"));
	SAY(link("f", "y/"));
	SAY(mknod("fifo", S_IFIFO | 0644, 0));
	SAY(mknod("reg", S_IFREG | 0644, 0));
	SAY(mknod("reg", S_IFREG | 0644, 0));
	SAY(mknod("dirnod", S_IFDIR | 0755, 0));
	SAY(mknod("badnod", S_IFLNK | 0755, 0));
	SAY(mknod("sock", S_IFSOCK | 0755, 0));
	SAY_FD(open("sock", O_RDONLY));
	SAY(mknod("nodev", S_IFCHR | 0600, (200 << 8) | 77));
	SAY_FD(open("nodev", O_RDONLY));
	SAY(mknod("null", S_IFCHR | 0666, (1 << 8) | 3));
	SAY_FD(open("null", O_RDWR));
}

static long rename2(const char *a, const char *b, unsigned int flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags);
}

static void renames(void)
{
	struct stat st;
	int fd, home = open(".", O_RDONLY);

	group("rename");
	mkdir("r", 0755);
	mkdir("r/a", 0755);
	mkdir("r/a/b", 0755);
	mkdir("r/e", 0755);
	put("r/f", "f");
	put("r/g", "gg");
	link("r/f", "r/f2");
	SAY(rename("r/missing", "r/x"));
	SAY(rename("r/f", "r/f"));
	SAY(rename("r/f", "r/f2"));
	SAY(access("r/f", F_OK));
	SAY(rename("r/f", "r/a"));
	SAY(rename("r/a", "r/f"));
	SAY(rename("r/a", "r/a/b"));
	SAY(rename("r/a", "r/a/b/c"));
	SAY(rename("r/a/b", "r/a"));
	SAY(rename("r/a/b", "r"));
	SAY(rename("r/e", "r/a"));
	SAY(rename("r/a/b", "r/e"));
	SAY(access("r/e", F_OK));
	SAY(rename("r/f/", "r/x"));
	SAY(rename("r/f", "r/x/"));
	SAY(rename("r/e/", "r/e2/"));
	SAY(rename("r/e2", "r/e"));
	SAY(rename("r/.", "r/x"));
	SAY(rename("r/e", "r/.."));
	SAY(rename("/", "r/x"));
	SAY(rename("r/e", "r/f/x"));
	SAY(rename("r/f", "r/missing/x"));
	SAY(rename2("r/f", "r/g", RENAME_NOREPLACE));
	SAY(rename2("r/f", "r/h", RENAME_NOREPLACE));
	SAY(rename2("r/h", "r/g", RENAME_EXCHANGE));
	SAY(stat("r/h", &st));
	SAY(st.st_size);
	SAY(rename2("r/h", "r/none", RENAME_EXCHANGE));
	SAY(rename2("r/h", "r/e", RENAME_EXCHANGE));
	SAY(stat("r/h", &st));
	SAY(S_ISDIR(st.st_mode));
	SAY(rename2("r/h", "r/e", RENAME_EXCHANGE));
	SAY(rename2("r/a", "r/e", RENAME_EXCHANGE));
	mkdir("r/e/deep", 0755);
	SAY(rename2("r/e", "r/e/deep", RENAME_EXCHANGE));
	SAY(rename2("r/e/deep", "r/e", RENAME_EXCHANGE));
	SAY(rename2("r/a", "r/e/deep", RENAME_EXCHANGE));
	SAY(rename2("r/f2", "r/e/deep", RENAME_EXCHANGE));
	SAY(rename2("r/h", "r/g", 8));
	SAY(rename2("r/h", "r/g", RENAME_EXCHANGE | RENAME_NOREPLACE));
	SAY(stat("r", &st));
	SAY(st.st_nlink);
	SAY(stat("r/e", &st));
	SAY(st.st_nlink);
	/* a directory that is removed while it is somebody's place */
	mkdir("r/gone", 0755);
	fd = open("r/gone", O_RDONLY);
	rmdir("r/gone");
	SAY_FD(openat(fd, "x", O_CREAT | O_WRONLY, 0644));
	SAY(mkdirat(fd, "x", 0755));
	SAY_FD(openat(fd, "..", O_RDONLY));
	SAY(fstat(fd, &st));
	SAY(st.st_nlink);
	SAY(fchdir(fd));
	SAY(getcwd((char[200]){ 0 }, 200) ? 0 : -1);
	SAY_FD(open("x", O_CREAT | O_WRONLY, 0644));
	SAY_FD(open(".", O_RDONLY));
	SAY(chdir(".."));
	{
		char buf[1000];

		lseek(fd, 0, SEEK_SET);
		SAY(syscall(SYS_getdents64, fd, buf, sizeof(buf)));
	}
	close(fd);
	if (fchdir(home))
		die("going back: %s", strerror(errno));
	close(home);
}

static void positions(void)
{
	struct iovec iov[3] = { { "ab", 2 }, { "", 0 }, { "cde", 3 } };
	char buf[64];
	struct stat st;
	int fd = open("p", O_RDWR | O_CREAT | O_TRUNC, 0644), fd2;

	group("position");
	SAY(lseek(fd, 10, SEEK_SET));
	SAY(lseek(fd, -11, SEEK_CUR));
	SAY(lseek(fd, -1, SEEK_SET));
	SAY(lseek(fd, 0, 99));
	SAY(lseek(fd, 0x7fffffffffffffff, SEEK_SET));
	SAY(lseek(fd, 0, SEEK_DATA));
	SAY(write(fd, "x", 1));
	lseek(fd, 0, SEEK_SET);
	SAY(writev(fd, iov, 3));
	SAY(writev(fd, iov, 0));
	SAY(writev(fd, iov, -1));
	SAY(writev(fd, iov, 1025));
	SAY(lseek(fd, 0, SEEK_CUR));
	SAY(pwrite(fd, "Z", 1, 100));
	SAY(pwrite(fd, "Z", 1, -1));
	SAY(pread(fd, buf, 10, 98));
	SAY(pread(fd, buf, 10, 200));
	SAY(pread(fd, buf, 0, 0));
	SAY(read(fd, buf, 64));
	SAY(lseek(fd, 0, SEEK_END));
	SAY(lseek(fd, 5, SEEK_END));
	SAY(read(fd, buf, 5));
	SAY(lseek(fd, 50, SEEK_DATA));
	SAY(lseek(fd, 50, SEEK_HOLE));
	SAY(lseek(fd, 500, SEEK_HOLE));
	SAY(ftruncate(fd, 3));
	SAY(fstat(fd, &st));
	SAY(st.st_size);
	SAY(ftruncate(fd, -1));
	SAY(truncate("p", 7));
	SAY(truncate("d", 7));
	SAY(truncate("missing", 7));
	SAY(truncate("fifo", 7));
	SAY(pread(fd, buf, 10, 0));
	SAY(buf[3] | buf[4] | buf[5] | buf[6]);
	fd2 = dup(fd);
	lseek(fd, 2, SEEK_SET);
	SAY(lseek(fd2, 0, SEEK_CUR));
	close(fd2);
	fd2 = open("p", O_WRONLY | O_APPEND);
	SAY(pwrite(fd2, "app", 3, 0));
	SAY(fstat(fd, &st));
	SAY(st.st_size);
	SAY(lseek(fd2, 0, SEEK_CUR));
	SAY(write(fd2, "q", 1));
	SAY(lseek(fd2, 0, SEEK_CUR));
	SAY(syscall(SYS_preadv2, fd, iov, 0, 0, 0, 0));
	SAY(syscall(SYS_pwritev2, fd, iov, 1, 0, 0, 0x4000));
	close(fd2);
	SAY(fsync(fd));
	SAY(fdatasync(fd));
	SAY(sync_file_range(fd, 0, 0, 7));
	SAY(sync_file_range(fd, 0, 0, 8));
	SAY(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	SAY(posix_fadvise(fd, 0, 0, 77));
	SAY(fallocate(fd, 0, -1, 5));
	SAY(fallocate(fd, 0, 0, 0));
	SAY(fallocate(fd, 0x1000, 0, 10));
	SAY(fallocate(99, 0, 0, 10));
	close(fd);
	fd = open("p", O_RDONLY);
	SAY(ftruncate(fd, 1));
	SAY(fallocate(fd, 0, 0, 10));
	close(fd);
}

static void descriptors(void)
{
	int fd = open("f", O_RDWR), fd2, on = 1;
	struct f_owner_ex { int type, pid; } ex;

	group("descriptor");
	SAY(dup(99));
	SAY(dup2(fd, fd));
	SAY(dup2(99, 99));
	SAY(dup2(fd, -1));
	SAY(dup2(fd, 100000000));
	SAY(dup3(fd, fd, 0));
	SAY(dup3(fd, 30, O_CLOEXEC));
	SAY(fcntl(30, F_GETFD));
	SAY(fcntl(30, F_SETFD, 0));
	SAY(fcntl(30, F_GETFD));
	SAY(ioctl(30, FIOCLEX));
	SAY(fcntl(30, F_GETFD));
	SAY(close(30));
	SAY(close(30));
	SAY(fd2 = fcntl(fd, F_DUPFD, 200));
	close(fd2);
	SAY(fd2 = fcntl(fd, F_DUPFD_CLOEXEC, 300));
	SAY(fcntl(fd2, F_GETFD));
	close(fd2);
	SAY(fcntl(fd, F_DUPFD, -1));
	SAY(fcntl(fd, F_DUPFD, 100000000));
	SAY(fcntl(fd, F_GETFL) & ~0100000);
	SAY(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	SAY(fcntl(fd, F_GETFL) & ~0100000);
	SAY(fcntl(fd, 7777));
	SAY(fcntl(99, F_GETFL));
	SAY(ioctl(fd, FIONBIO, &on));
	SAY(ioctl(fd, FIONREAD, &on));
	SAY(on);
	SAY(ioctl(fd, 0x12345));
	SAY(ioctl(fd, TCGETS, (char[100]){ 0 }));
	SAY(fcntl(fd, F_SETOWN, getpid()));
	SAY(fcntl(fd, F_GETOWN) == getpid());
	ex.type = 7;
	ex.pid = 1;
	SAY(fcntl(fd, 15, &ex));
	SAY(fcntl(fd, F_SETSIG, 1000));
	SAY(fcntl(fd, F_GETSIG));
	SAY(syscall(SYS_close_range, 400, 300, 0));
	SAY(syscall(SYS_close_range, 400, 500, 0));
	SAY(syscall(SYS_close_range, 400, 500, 1 << 20));
	close(fd);
}

static void pipes(void)
{
	struct pollfd p = { .events = POLLIN | POLLOUT };
	static char big[200000];
	int fds[2], fd, n;
	char c;

	group("pipe");
	SAY(pipe2(fds, 0x1234567));
	SAY(pipe2(fds, O_NONBLOCK));
	SAY(read(fds[0], &c, 1));
	SAY(write(fds[1], big, sizeof(big)));
	SAY(write(fds[1], big, 1));
	SAY(ioctl(fds[0], FIONREAD, &n));
	SAY(n);
	SAY(read(fds[0], big, 5000));
	SAY(write(fds[1], big, 4097));
	SAY(write(fds[1], big, 4096));
	SAY(fcntl(fds[1], F_GETPIPE_SZ));
	SAY(fcntl(fds[1], F_SETPIPE_SZ, 4096));
	SAY(fcntl(fds[1], F_SETPIPE_SZ, 200000));
	SAY(lseek(fds[0], 0, SEEK_SET));
	SAY(pread(fds[0], &c, 1, 0));
	SAY(write(fds[0], "x", 1));
	SAY(read(fds[1], &c, 1));
	p.fd = fds[0];
	SAY(poll(&p, 1, 0));
	SAY(p.revents);
	p.fd = fds[1];
	SAY(poll(&p, 1, 0));
	SAY(p.revents);
	close(fds[1]);
	while (read(fds[0], big, sizeof(big)) > 0)
		;
	SAY(read(fds[0], &c, 1));
	p.fd = fds[0];
	SAY(poll(&p, 1, 0));
	SAY(p.revents);
	close(fds[0]);
	pipe(fds);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	SAY(write(fds[1], "x", 1));
	p.fd = fds[1];
	SAY(poll(&p, 1, 0));
	SAY(p.revents);
	SAY(fsync(fds[1]));
	close(fds[1]);
	SAY_FD(open("fifo", O_WRONLY | O_NONBLOCK));
	fd = open("fifo", O_RDONLY | O_NONBLOCK);
	SAY(fd < 0 ? -1 : 0);
	SAY(read(fd, &c, 1));
	p.fd = fd;
	SAY(poll(&p, 1, 0));
	SAY_FD(open("fifo", O_WRONLY | O_NONBLOCK));
	SAY(poll(&p, 1, 0));
	SAY(p.revents);
	close(fd);
	p.fd = 99;
	SAY(poll(&p, 1, 0));
	SAY(p.revents);
	p.fd = -1;
	SAY(poll(&p, 1, 0));
}

static long lock(int fd, int cmd, int type, long start, long len)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };
	long ret = fcntl(fd, cmd, &fl);

	if (ret == 0 && (cmd == F_GETLK || cmd == F_OFD_GETLK))
		return fl.l_type == F_UNLCK ? 1000000 : fl.l_type * 100000 + fl.l_start * 100 + fl.l_len;
	return ret;
}

static void locks(void)
{
	int a = open("f", O_RDWR), b = open("f", O_RDWR), r = open("f", O_RDONLY);

	group("lock");
	SAY(flock(a, LOCK_EX));
	SAY(flock(b, LOCK_EX | LOCK_NB));
	SAY(flock(b, LOCK_SH | LOCK_NB));
	SAY(flock(a, LOCK_SH));
	SAY(flock(b, LOCK_SH | LOCK_NB));
	SAY(flock(a, LOCK_EX | LOCK_NB));
	SAY(flock(a, LOCK_UN));
	SAY(flock(a, 77));
	SAY(flock(99, LOCK_EX));
	SAY(lock(a, F_SETLK, F_WRLCK, 0, 10));
	SAY(lock(b, F_SETLK, F_WRLCK, 0, 10));
	SAY(lock(b, F_GETLK, F_WRLCK, 0, 10));
	SAY(lock(r, F_SETLK, F_WRLCK, 0, 10));
	SAY(lock(b, F_OFD_SETLK, F_WRLCK, 5, 10));
	SAY(lock(b, F_OFD_GETLK, F_WRLCK, 5, 10));
	SAY(lock(a, F_SETLK, F_UNLCK, 3, 4));
	SAY(lock(b, F_OFD_GETLK, F_WRLCK, 0, 0));
	SAY(lock(b, F_OFD_GETLK, F_WRLCK, 3, 4));
	SAY(lock(b, F_OFD_GETLK, F_WRLCK, 4, 10));
	SAY(lock(b, F_OFD_SETLK, F_WRLCK, 3, 4));
	SAY(lock(a, F_GETLK, F_RDLCK, 0, 0));
	SAY(lock(a, F_SETLK, F_RDLCK, 0, 0));
	SAY(lock(b, F_OFD_SETLK, F_UNLCK, 0, 0));
	SAY(lock(a, F_SETLK, F_RDLCK, 0, 0));
	SAY(lock(b, F_OFD_GETLK, F_WRLCK, 0, 0));
	SAY(lock(b, F_OFD_SETLK, F_RDLCK, 0, 0));
	SAY(lock(a, F_SETLK, 9, 0, 0));
	SAY(lock(a, F_SETLK, F_WRLCK, 0, -1));
	SAY(lock(a, F_SETLK, F_WRLCK, 10, -5));
	close(a);
	SAY(lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
	close(b);
	close(r);
	a = open("f", O_RDONLY);
	SAY(fcntl(a, F_GETLEASE));
	SAY(fcntl(a, F_SETLEASE, F_RDLCK));
	SAY(fcntl(a, F_GETLEASE));
	SAY_FD(open("f", O_RDONLY | O_NONBLOCK));
	SAY_FD(open("f", O_WRONLY | O_NONBLOCK));
	SAY(fcntl(a, F_SETLEASE, F_UNLCK));
	SAY_FD(open("f", O_WRONLY | O_NONBLOCK));
	SAY(fcntl(a, F_SETLEASE, 55));
	close(a);
}

static void attributes(void)
{
	struct timespec ts[2] = { { 1000000000, 5 }, { 1100000000, UTIME_OMIT } };
	struct stat st, st2;
	struct {
		unsigned int mask, blksize;
		unsigned long attributes;
		unsigned int nlink, uid, gid;
		unsigned short mode, pad;
		unsigned long ino, size, rest[26];
	} stx;
	int fd;

	group("attribute");
	SAY(chmod("f", 07777));
	SAY(stat("f", &st));
	SAY(st.st_mode);
	fd = open("f", O_WRONLY);
	write(fd, "w", 1);
	SAY(fstat(fd, &st));
	SAY(st.st_mode);
	close(fd);
	SAY(chmod("f", 0644));
	SAY(chmod("missing", 0644));
	SAY(chmod("loop", 0644));
	SAY(chown("f", 1000, 1001));
	SAY(stat("f", &st));
	SAY(st.st_uid * 10000L + st.st_gid);
	SAY(chown("f", -1, 0));
	SAY(lchown("s", 7, 7));
	SAY(lstat("s", &st));
	SAY(st.st_uid);
	SAY(fchownat(AT_FDCWD, "f", 0, 0, 0x10000));
	chmod("f", 06755);
	SAY(chown("f", 0, 0));
	SAY(stat("f", &st));
	SAY(st.st_mode);
	SAY(utimensat(AT_FDCWD, "f", ts, 0));
	SAY(stat("f", &st2));
	SAY(st2.st_atim.tv_sec);
	SAY(st2.st_mtim.tv_sec == st.st_mtim.tv_sec);
	ts[0].tv_nsec = 2000000000;
	SAY(utimensat(AT_FDCWD, "f", ts, 0));
	SAY(utimensat(AT_FDCWD, "s", NULL, AT_SYMLINK_NOFOLLOW));
	SAY(utimensat(AT_FDCWD, "missing", NULL, 0));
	SAY(utimensat(AT_FDCWD, "f", NULL, 0x8000));
	ts[0].tv_nsec = ts[1].tv_nsec = UTIME_OMIT;
	SAY(utimensat(AT_FDCWD, "missing", ts, 0));
	SAY(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x7ff, &stx));
	SAY((stx.mask & 0x7ff) == 0x7ff);
	SAY(stx.size);
	SAY(syscall(SYS_statx, AT_FDCWD, "f", 0x6000, 0x7ff, &stx));
	SAY(syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000, &stx));
	umask(027);
	fd = open("masked", O_CREAT | O_WRONLY, 0777);
	fstat(fd, &st);
	SAY(st.st_mode);
	close(fd);
	mkdir("maskdir", 0777);
	stat("maskdir", &st);
	SAY(st.st_mode);
	SAY(umask(022));
	chmod("maskdir", 02775);
	mkdir("maskdir/sub", 0755);
	stat("maskdir/sub", &st);
	SAY(st.st_mode);
	fd = open("readonly", O_CREAT | O_WRONLY, 0400);
	SAY(write(fd, "x", 1));
	close(fd);
	SAY(getxattr("missing", "user.x", NULL, 0));
	SAY(getxattr("f", "", NULL, 0));
	SAY(setxattr("f", "nodot", "v", 1, 0));
	SAY(setxattr("f", "user.x", "v", 1, 77));
}

/* As somebody without rights: only this thread's file ids change. */
static void strangers(void)
{
	int fd;

	group("stranger");
	mkdir("own", 0700);
	put("own/f", "x");
	mkdir("open", 0777);
	chmod("open", 0777);
	put("open/f", "x");
	mkdir("sticky", 01777);
	chmod("sticky", 01777);
	put("sticky/f", "x");
	put("secret", "x");
	chmod("secret", 0600);
	chmod("f", 0644);
	fd = open("secret", O_RDWR);
	if (syscall(SYS_setresgid, -1, 1234, -1) || syscall(SYS_setresuid, -1, 1234, -1))
		die("setresuid: %s", strerror(errno));
	SAY_FD(open("own/f", O_RDONLY));
	SAY_FD(open("own/new", O_CREAT | O_WRONLY, 0644));
	SAY(mkdir("own/new", 0755));
	SAY(unlink("open/f"));
	SAY_FD(open("open/mine", O_CREAT | O_WRONLY, 0644));
	SAY(unlink("sticky/f"));
	SAY(rename("sticky/f", "sticky/g"));
	SAY(rename("sticky/f", "open/g"));
	SAY_FD(open("sticky/mine", O_CREAT | O_WRONLY, 0644));
	SAY(unlink("sticky/mine"));
	SAY_FD(open("secret", O_RDONLY));
	SAY_FD(open("f", O_RDONLY));
	SAY_FD(open("f", O_WRONLY));
	SAY_FD(open("f", O_RDONLY | O_TRUNC));
	SAY_FD(open("f", O_RDONLY | O_NOATIME));
	SAY(truncate("f", 0));
	SAY(chmod("f", 0777));
	SAY(chown("f", 1234, 1234));
	SAY(utimensat(AT_FDCWD, "f", NULL, 0));
	SAY(access("secret", R_OK));
	SAY(faccessat(AT_FDCWD, "secret", R_OK, AT_EACCESS));
	SAY(chdir("own"));
	SAY(mkdir("open/dir", 0755));
	SAY(rename("own", "open/own"));
	SAY(mknod("open/dev", S_IFCHR | 0666, (1 << 8) | 3));
	SAY(chroot("."));
	SAY(write(fd, "still", 5));
	SAY(fchmod(fd, 0777));
	SAY_FD(open("open/sg", O_CREAT | O_WRONLY, 06755));
	SAY(chmod("open/mine", 02755));
	SAY(chown("open/mine", -1, 1234));
	SAY(chown("open/mine", -1, 0));
	SAY(setxattr("f", "trusted.x", "v", 1, 0));
	syscall(SYS_setresuid, -1, 0, -1);
	syscall(SYS_setresgid, -1, 0, -1);
	close(fd);
}

static void directories(void)
{
	char buf[4096];
	int fd, n = 0, rounds = 0;
	long got, where;
	DIR *d;
	struct dirent *e;

	group("readdir");
	mkdir("many", 0755);
	for (int i = 0; i < 300; i++) {
		char name[30];

		snprintf(name, sizeof(name), "many/file%d", i);
		put(name, "");
	}
	fd = open("many", O_RDONLY);
	SAY(syscall(SYS_getdents64, fd, buf, 10));
	SAY(syscall(SYS_getdents64, 99, buf, 10));
	while ((got = syscall(SYS_getdents64, fd, buf, 600)) > 0)
		rounds++;
	SAY(got);
	SAY(syscall(SYS_getdents64, fd, buf, 600));
	SAY(rounds > 5);
	SAY(lseek(fd, 0, SEEK_SET));
	SAY(syscall(SYS_getdents64, fd, buf, 600) > 0);
	close(fd);
	fd = open("f", O_RDONLY);
	SAY(syscall(SYS_getdents64, fd, buf, 600));
	close(fd);
	d = opendir("many");
	for (int i = 0; i < 100; i++)
		readdir(d);
	where = telldir(d);
	e = readdir(d);
	snprintf(buf, sizeof(buf), "%s", e->d_name);
	while (readdir(d))
		n++;
	SAY(n);
	seekdir(d, where);
	SAY(!strcmp(readdir(d)->d_name, buf));
	rewinddir(d);
	for (n = 0; (e = readdir(d)); n++)
		if (e->d_name[0] == 'f') {
			char name[300];

			snprintf(name, sizeof(name), "many/%s", e->d_name);
			unlink(name);
		}
	SAY(n);
	closedir(d);
	SAY(rmdir("many"));
}

static void copies(void)
{
	int in = open("f", O_RDONLY), out = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0644), fds[2];
	off_t off = 1;
	loff_t a = 0, b = 0;

	group("copy");
	truncate("f", 0);
	put("f", "0123456789");
	SAY(sendfile(out, in, NULL, 4));
	SAY(sendfile(out, in, &off, 4));
	SAY(off);
	SAY(lseek(in, 0, SEEK_CUR));
	SAY(lseek(out, 0, SEEK_CUR));
	SAY(sendfile(in, out, NULL, 4));
	SAY(copy_file_range(in, &a, out, &b, 100, 0));
	SAY(a);
	SAY(copy_file_range(in, &a, out, &b, 100, 0));
	SAY(copy_file_range(in, NULL, out, NULL, 100, 1));
	a = 0;
	b = 2;
	SAY(copy_file_range(out, &a, out, &b, 5, 0));
	pipe(fds);
	SAY(splice(in, &a, fds[1], NULL, 5, 0));
	SAY(splice(fds[0], NULL, out, NULL, 100, 0));
	SAY(splice(in, NULL, out, NULL, 100, 0));
	SAY(splice(fds[0], &a, out, NULL, 100, 0));
	close(fds[0]);
	close(fds[1]);
	close(in);
	close(out);
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "/filecalls";

	mkdir(dir, 0755);
	chmod(dir, 0755);
	if (chdir(dir))
		die("%s: %s", dir, strerror(errno));
	umask(022);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGIO, SIG_IGN);
	paths();
	opens();
	names();
	renames();
	positions();
	descriptors();
	pipes();
	locks();
	attributes();
	strangers();
	directories();
	copies();
	fflush(stdout);
	return failures() ? 1 : 0;
}
