// SPDX-License-Identifier: MIT
/* Flags, commands, sizes and numbers of the calls on open files. */
#include "errnocalls.h"
#include <dirent.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>

static char buffer[4096];

static void numbers(int fd)
{
	struct rlimit old, few = { 64, 4096 };

	T(dup2, "onto-minus-one", fd, -1);
	T(dup2, "onto-the-limit", fd, 1024);
	T(dup2, "onto-huge", fd, 0x7fffffff);
	TV(dup2, "closed-onto-itself", 900, 900);
	T(dup3, "onto-itself", fd, fd, 0);
	T(dup3, "flags", fd, 700, O_APPEND);
	T(dup3, "onto-the-limit", fd, 1024, 0);
	T(dup3, "closed-onto-itself", 900, 900, 0);
	T(fcntl, "dupfd-the-limit", fd, F_DUPFD, 1024);
	T(fcntl, "dupfd-huge", fd, F_DUPFD, 1 << 30);
	T(fcntl, "dupfd-negative", fd, F_DUPFD, -1);
	TV(fcntl, "dupfd-800", fd, F_DUPFD, 800);
	close(800);
	TV(fcntl, "dupfd_cloexec-800", fd, F_DUPFD_CLOEXEC, 800);
	TV(fcntl, "getfd-cloexec", 800, F_GETFD);
	close(800);
	MUST(getrlimit(RLIMIT_NOFILE, &old));
	MUST(setrlimit(RLIMIT_NOFILE, &few));
	while (dup(fd) >= 0)
		;
	T(dup, "too-many", fd);
	T(open, "too-many", "file", O_RDONLY);
	T(pipe, "too-many", buffer);
	T(dup2, "beyond-the-limit", fd, 64);
	TV(dup2, "below-the-limit", fd, 63);
	T(epoll_create1, "too-many", 0);
	T(eventfd2, "too-many", 0, 0);
	T(memfd_create, "too-many", "x", 0);
	T(poll, "more-than-the-limit", buffer, 65, 0);
	for (int i = fd + 1; i < 64; i++)
		close(i);
	MUST(setrlimit(RLIMIT_NOFILE, &old));
	TV(close_range, "backwards", 10, 9, 0);
	TV(close_range, "flags", 800, 900, 8);
	TV(close_range, "none-open", 800, 900, 0);
	TV(close_range, "cloexec", 800, 900, 4);
	TV(close_range, "unshare", 800, 900, 2);
}

static void locks(int fd)
{
	struct flock lock = { .l_type = F_RDLCK };
	int read_only_fd = (int)MUST(open("file", O_RDONLY));

	T(flock, "nothing", fd, 0);
	T(flock, "unknown", fd, 64);
	T(flock, "only-nb", fd, LOCK_NB);
	T(flock, "two", fd, LOCK_SH | LOCK_EX);
	TV(flock, "exclusive", fd, LOCK_EX);
	TV(flock, "other-file-busy", read_only_fd, LOCK_SH | LOCK_NB);
	TV(flock, "unlock", fd, LOCK_UN);
	lock.l_type = 77;
	T(fcntl, "setlk-type", fd, F_SETLK, &lock);
	T(fcntl, "getlk-type", fd, F_GETLK, &lock);
	lock.l_type = F_UNLCK;
	T(fcntl, "getlk-unlock", fd, F_GETLK, &lock);
	lock.l_type = F_WRLCK, lock.l_whence = 7;
	T(fcntl, "setlk-whence", fd, F_SETLK, &lock);
	lock.l_whence = SEEK_SET, lock.l_start = -1;
	T(fcntl, "setlk-negative-start", fd, F_SETLK, &lock);
	lock.l_start = 5, lock.l_len = -6;
	T(fcntl, "setlk-negative-end", fd, F_SETLK, &lock);
	lock.l_len = -5;
	T(fcntl, "setlk-negative-length", fd, F_SETLK, &lock);
	lock.l_start = 0x7fffffffffffffffL, lock.l_len = 5;
	T(fcntl, "setlk-overflow", fd, F_SETLK, &lock);
	lock.l_start = 0, lock.l_len = 0, lock.l_type = F_WRLCK, lock.l_pid = 5;
	T(fcntl, "ofd-setlk-pid", fd, F_OFD_SETLK, &lock);
	lock.l_pid = 0;
	TV(fcntl, "ofd-setlk", fd, F_OFD_SETLK, &lock);
	lock.l_type = F_RDLCK;
	T(fcntl, "ofd-setlk-busy", read_only_fd, F_OFD_SETLK, &lock);
	T(fcntl, "ofd-getlk-pid", fd, F_OFD_GETLK, &lock);
	T(fcntl, "setlease-read-on-rdwr", fd, F_SETLEASE, F_RDLCK);
	T(fcntl, "setlease-unknown", fd, F_SETLEASE, 77);
	T(fcntl, "setlease-not-held", fd, F_SETLEASE, F_UNLCK);
	T(fcntl, "setsig-unknown", fd, F_SETSIG, 65);
	T(fcntl, "setsig-negative", fd, F_SETSIG, -1);
	T(fcntl, "setown-nobody", fd, F_SETOWN, 999999);
	T(fcntl, "setown-minimum", fd, F_SETOWN, 0x80000000);
	T(fcntl, "setfl-unknown-bits", fd, F_SETFL, 0x40000000);
	T(fcntl, "setfl-direct", fd, F_SETFL, O_DIRECT);
	T(fcntl, "add_seals", fd, F_ADD_SEALS, 1);
	T(fcntl, "notify-on-file", fd, F_NOTIFY, 1);
	T(fcntl, "get_rw_hint", fd, F_GET_RW_HINT, buffer);
	*(unsigned long *)buffer = 77;
	T(fcntl, "set_rw_hint-unknown", fd, F_SET_RW_HINT, buffer);
	close(read_only_fd);
}

static void contents(int fd)
{
	T(fallocate, "negative-offset", fd, 0, -1, 10);
	T(fallocate, "negative-length", fd, 0, 0, -1);
	T(fallocate, "no-length", fd, 0, 0, 0);
	T(fallocate, "overflow", fd, 0, 0x7fffffffffffffffL, 10);
	T(fallocate, "mode-unknown", fd, 0x100, 0, 10);
	T(fallocate, "punch-without-keep", fd, 2, 0, 10);
	T(fallocate, "plain", fd, 0, 0, 10);
	T(fallocate, "keep", fd, 1, 0, 10);
	T(fallocate, "punch", fd, 3, 0, 10);
	T(fallocate, "zero", fd, 0x10, 0, 10);
	T(fallocate, "collapse", fd, 8, 0, 4096);
	T(fallocate, "collapse-and-keep", fd, 9, 0, 4096);
	T(fallocate, "insert", fd, 0x20, 0, 4096);
	T(sync_file_range, "flags", fd, 0, 0, 8);
	T(sync_file_range, "negative-offset", fd, -1, 0, 2);
	T(sync_file_range, "negative-length", fd, 0, -1, 2);
	TV(sync_file_range, "nothing", fd, 0, 0, 0);
	T(fadvise64, "advice", fd, 0, 0, 99);
	T(fadvise64, "negative-offset", fd, -1, 0, 0);
	TV(fadvise64, "negative-length", fd, 0, -1, 0);
	TV(fadvise64, "dontneed", fd, 0, 0, 4);
	T(readahead, "write-only", MUST(open("file", O_WRONLY)), 0, 10);
	TV(readahead, "negative-offset", fd, -1, 10);
	TV(ioctl, "unknown", fd, 0x12345678, 0);
	T(ioctl, "fibmap", fd, 1, buffer);
	T(ioctl, "figetbsz", fd, 2, buffer);
	T(ioctl, "fibmap-bad-address", fd, 1, 8);
	T(ioctl, "fs_ioc_getflags", fd, 0x80086601, buffer);
	T(ioctl, "fs_ioc_getversion", fd, 0x80087601, buffer);
	T(ioctl, "fioasync", fd, FIOASYNC, buffer);
	T(ioctl, "ficlone", fd, 0x40049409, fd);
	T(ioctl, "fitrim", fd, 0xc0185879, buffer);
	T(ioctl, "blkgetsize64-on-file", fd, 0x80081272, buffer);
	T(ioctl, "tiocsti", fd, TIOCSTI, buffer);
}

static void directories(void)
{
	int fd = (int)MUST(open("full", O_RDONLY | O_DIRECTORY));
	int gone;

	TV(getdents64, "too-small", fd, buffer, 1);
	TV(getdents64, "nothing", fd, buffer, 0);
	TV(getdents, "too-small", fd, buffer, 10);
	T(getdents64, "enough", fd, buffer, sizeof(buffer));
	TV(getdents64, "at-the-end", fd, buffer, sizeof(buffer));
	T(lseek, "dir-negative", fd, -1, SEEK_SET);
	T(lseek, "dir-whence", fd, 0, 9);
	TV(lseek, "dir-back", fd, 0, SEEK_SET);
	T(read, "dir", fd, buffer, 10);
	T(fsync, "dir", fd);
	close(fd);
	MUST(mkdir("gone", 0755));
	gone = (int)MUST(open("gone", O_RDONLY | O_DIRECTORY));
	MUST(chdir("gone"));
	MUST(rmdir("../gone"));
	T(getcwd, "removed", buffer, 100);
	T(getdents64, "removed", gone, buffer, sizeof(buffer));
	T(open, "create-in-removed", "x", O_CREAT | O_WRONLY, 0644);
	T(mkdir, "in-removed", "x", 0755);
	T(open, "dot-in-removed", ".", O_RDONLY);
	T(stat, "dot-in-removed", ".", buffer);
	T(rmdir, "again", "../gone");
	MUST(chdir(".."));
	T(openat, "create-in-removed", gone, "x", O_CREAT | O_WRONLY, 0644);
	T(linkat, "into-removed", AT_FDCWD, "file", gone, "x", 0);
	T(renameat, "into-removed", AT_FDCWD, "file", gone, "x");
	T(fchmod, "removed", gone, 0700);
	T(fstat, "removed", gone, buffer);
	close(gone);
	TV(getcwd, "no-room", buffer, 1);
	TV(getcwd, "size-0", buffer, 0);
}

static void polls(void)
{
	struct timeval negative = { 0, -1 }, big = { 0, 1000001 }, minus = { -1, 0 };
	struct timespec ts_negative = { 0, -1 }, ts_big = { 0, 1000000000 }, ts_minus = { -1, 0 };
	struct pollfd fds[3] = { { 900, POLLIN, 0 }, { -1, POLLIN, 0 }, { -100, POLLIN, 0 } };
	fd_set set;

	TV(poll, "closed", fds, 1, 0);
	TV(poll, "negative-fds", fds + 1, 2, 0);
	T(poll, "count-huge", fds, 0xffffffff, 0);
	T(ppoll, "nsec-negative", fds, 0, &ts_negative, NULL, 8);
	T(ppoll, "nsec-big", fds, 0, &ts_big, NULL, 8);
	T(ppoll, "sec-negative", fds, 0, &ts_minus, NULL, 8);
	T(ppoll, "mask-size", fds, 0, NULL, buffer, 4);
	FD_ZERO(&set);
	FD_SET(900, &set);
	T(select, "closed", 901, &set, NULL, NULL, NULL);
	T(select, "count-negative", -1, NULL, NULL, NULL, NULL);
	T(select, "usec-negative", 0, NULL, NULL, NULL, &negative);
	TV(select, "usec-big", 0, NULL, NULL, NULL, &big);
	T(select, "sec-negative", 0, NULL, NULL, NULL, &minus);
	T(pselect6, "nsec-negative", 0, NULL, NULL, NULL, &ts_negative, NULL);
	T(pselect6, "count-negative", -1, NULL, NULL, NULL, NULL, NULL);
}

void file_argument_cases(void)
{
	int fd = (int)MUST(open("file", O_RDWR));

	numbers(fd);
	locks(fd);
	contents(fd);
	for (int i = 3; i < 30; i++)
		close(i);
	make_tree();
	directories();
	make_tree();
	polls();
}
