// SPDX-License-Identifier: MIT
/*
 * Each call that takes a descriptor, on a descriptor of each kind. The other arguments are right, so what is told is about the
 * descriptor.
 */
#include "errnocalls.h"
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <termios.h>
#include <time.h>

static char buffer[4096];
static struct iovec vector = { buffer, 4 };

#define FD_CALL(tag, call, ...)                                                                                        \
	static long do_##tag(int fd)                                                                                   \
	{                                                                                                              \
		return RAW(SYS_##call, ##__VA_ARGS__);                                                                 \
	}

static struct stat st;
static struct statfs sfs;
static struct flock lock = { .l_type = F_RDLCK };
static struct flock write_lock = { .l_type = F_WRLCK };
static struct termios tty;
static struct timespec now_times[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
static int number;
static loff_t zero_offset;
static int good_pipe[2];
static int good_file;
static struct epoll_event event = { .events = EPOLLIN };
static int epoll_fd;

FD_CALL(read, read, fd, buffer, 4)
FD_CALL(read0, read, fd, buffer, 0)
FD_CALL(write, write, fd, "abcd", 4)
FD_CALL(write0, write, fd, "abcd", 0)
FD_CALL(pread, pread64, fd, buffer, 4, 0)
FD_CALL(pwrite, pwrite64, fd, "abcd", 4, 0)
FD_CALL(readv, readv, fd, &vector, 1)
FD_CALL(writev, writev, fd, &vector, 1)
FD_CALL(preadv, preadv, fd, &vector, 1, 0, 0)
FD_CALL(pwritev, pwritev, fd, &vector, 1, 0, 0)
FD_CALL(preadv2, preadv2, fd, &vector, 1, -1, -1, 0)
FD_CALL(pwritev2, pwritev2, fd, &vector, 1, -1, -1, 0)
FD_CALL(fstat, fstat, fd, &st)
FD_CALL(newfstatat_empty, newfstatat, fd, "", &st, AT_EMPTY_PATH)
FD_CALL(newfstatat_relative, newfstatat, fd, "file", &st, 0)
FD_CALL(statx_empty, statx, fd, "", AT_EMPTY_PATH, 0x7ff, buffer)
FD_CALL(statx_null, statx, fd, NULL, AT_EMPTY_PATH, 0x7ff, buffer)
FD_CALL(lseek_set, lseek, fd, 0, SEEK_SET)
FD_CALL(lseek_end, lseek, fd, 0, SEEK_END)
FD_CALL(lseek_hole, lseek, fd, 0, SEEK_HOLE)
FD_CALL(fsync, fsync, fd)
FD_CALL(fdatasync, fdatasync, fd)
FD_CALL(syncfs, syncfs, fd)
FD_CALL(sync_file_range, sync_file_range, fd, 0, 0, 2)
FD_CALL(ftruncate, ftruncate, fd, 10)
FD_CALL(fallocate, fallocate, fd, 1, 0, 4096)
FD_CALL(fallocate_punch, fallocate, fd, 3, 0, 4096)
FD_CALL(getdents, getdents, fd, buffer, sizeof(buffer))
FD_CALL(getdents64, getdents64, fd, buffer, sizeof(buffer))
FD_CALL(fchdir_back, fchdir, fd)
FD_CALL(fchmod, fchmod, fd, 0644)
FD_CALL(fchown, fchown, fd, -1, -1)
FD_CALL(fchownat_empty, fchownat, fd, "", -1, -1, AT_EMPTY_PATH)
FD_CALL(fchmodat_relative, fchmodat, fd, "file", 0644)
FD_CALL(utimensat_null, utimensat, fd, NULL, now_times, 0)
FD_CALL(utimensat_empty, utimensat, fd, "", now_times, AT_EMPTY_PATH)
FD_CALL(futimesat, futimesat, fd, NULL, NULL)
FD_CALL(fstatfs, fstatfs, fd, &sfs)
FD_CALL(flock, flock, fd, LOCK_SH | LOCK_NB)
FD_CALL(flock_unlock, flock, fd, LOCK_UN)
FD_CALL(dup, dup, fd)
FD_CALL(dup2, dup2, fd, 700)
FD_CALL(dup3, dup3, fd, 700, O_CLOEXEC)
FD_CALL(fcntl_getfd, fcntl, fd, F_GETFD)
FD_CALL(fcntl_setfd, fcntl, fd, F_SETFD, FD_CLOEXEC)
FD_CALL(fcntl_getfl, fcntl, fd, F_GETFL)
FD_CALL(fcntl_setfl, fcntl, fd, F_SETFL, O_NONBLOCK)
FD_CALL(fcntl_dupfd, fcntl, fd, F_DUPFD, 500)
FD_CALL(fcntl_getlk, fcntl, fd, F_GETLK, &lock)
FD_CALL(fcntl_setlk_read, fcntl, fd, F_SETLK, &lock)
FD_CALL(fcntl_setlk_write, fcntl, fd, F_SETLK, &write_lock)
FD_CALL(fcntl_getown, fcntl, fd, F_GETOWN)
FD_CALL(fcntl_setown, fcntl, fd, F_SETOWN, 0)
FD_CALL(fcntl_getsig, fcntl, fd, F_GETSIG)
FD_CALL(fcntl_setsig, fcntl, fd, F_SETSIG, 0)
FD_CALL(fcntl_getlease, fcntl, fd, F_GETLEASE)
FD_CALL(fcntl_getpipe_sz, fcntl, fd, F_GETPIPE_SZ)
FD_CALL(fcntl_get_seals, fcntl, fd, F_GET_SEALS)
FD_CALL(fcntl_unknown, fcntl, fd, 7777)
FD_CALL(ioctl_fionread, ioctl, fd, FIONREAD, &number)
FD_CALL(ioctl_fionbio, ioctl, fd, FIONBIO, &number)
FD_CALL(ioctl_fioclex, ioctl, fd, FIOCLEX)
FD_CALL(ioctl_tcgets, ioctl, fd, TCGETS, &tty)
FD_CALL(ioctl_tiocgwinsz, ioctl, fd, TIOCGWINSZ, buffer)
FD_CALL(ioctl_unknown, ioctl, fd, 0x7777, 0)
FD_CALL(fgetxattr, fgetxattr, fd, "user.none", buffer, 10)
FD_CALL(flistxattr, flistxattr, fd, buffer, 100)
FD_CALL(fremovexattr, fremovexattr, fd, "user.none")
FD_CALL(readahead, readahead, fd, 0, 10)
FD_CALL(fadvise64, fadvise64, fd, 0, 10, 0)
FD_CALL(openat, openat, fd, "inside", O_RDONLY)
FD_CALL(openat_absolute, openat, fd, "/", O_RDONLY)
FD_CALL(mkdirat_missing, mkdirat, fd, "no/such", 0755)
FD_CALL(unlinkat_missing, unlinkat, fd, "no-such", 0)
FD_CALL(readlinkat, readlinkat, fd, "no-such", buffer, 10)
FD_CALL(readlinkat_empty, readlinkat, fd, "", buffer, 10)
FD_CALL(faccessat, faccessat, fd, "no-such", 0)
FD_CALL(faccessat2_empty, faccessat2, fd, "", 0, AT_EMPTY_PATH)
FD_CALL(linkat_missing, linkat, fd, "no-such", fd, "new", 0)
FD_CALL(renameat_missing, renameat, fd, "no-such", fd, "new")
FD_CALL(mmap_shared, mmap, NULL, 4096, PROT_READ, MAP_SHARED, fd, 0)
FD_CALL(mmap_private, mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0)
FD_CALL(mmap_shared_write, mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
FD_CALL(sendfile_in, sendfile, good_pipe[1], fd, NULL, 1)
FD_CALL(sendfile_out, sendfile, fd, good_file, &zero_offset, 1)
FD_CALL(copy_file_range_in, copy_file_range, fd, NULL, good_file, NULL, 1, 0)
FD_CALL(copy_file_range_out, copy_file_range, good_file, NULL, fd, NULL, 1, 0)
FD_CALL(splice_in, splice, fd, NULL, good_pipe[1], NULL, 1, 2)
FD_CALL(splice_out, splice, good_pipe[0], NULL, fd, NULL, 1, 2)
FD_CALL(tee, tee, fd, good_pipe[1], 1, 2)
FD_CALL(vmsplice, vmsplice, fd, &vector, 1, 2)
FD_CALL(epoll_ctl_add, epoll_ctl, epoll_fd, EPOLL_CTL_ADD, fd, &event)
FD_CALL(epoll_wait, epoll_wait, fd, buffer, 1, 0)
FD_CALL(inotify_rm_watch, inotify_rm_watch, fd, 1)
FD_CALL(timerfd_gettime, timerfd_gettime, fd, buffer)
FD_CALL(signalfd4, signalfd4, fd, buffer, 8, 0)
FD_CALL(getsockname, getsockname, fd, buffer, &number)
FD_CALL(listen, listen, fd, 1)
FD_CALL(sendto, sendto, fd, "x", 1, MSG_DONTWAIT, NULL, 0)
FD_CALL(recvfrom, recvfrom, fd, buffer, 1, MSG_DONTWAIT, NULL, NULL)
FD_CALL(shutdown, shutdown, fd, 7)
FD_CALL(execveat_missing, execveat, fd, "no-such", NULL, NULL, 0)
FD_CALL(pidfd_send_signal, pidfd_send_signal, fd, 0, NULL, 0)
FD_CALL(setns, setns, fd, 0)
FD_CALL(close, close, fd)

#define ROW(tag)      \
	{             \
#tag, do_##tag \
	}
static const struct {
	const char *name;
	long (*fn)(int);
} rows[] = {
	ROW(read), ROW(read0), ROW(write), ROW(write0), ROW(pread), ROW(pwrite), ROW(readv), ROW(writev), ROW(preadv),
	ROW(pwritev), ROW(preadv2), ROW(pwritev2), ROW(fstat), ROW(newfstatat_empty), ROW(newfstatat_relative), ROW(statx_empty),
	ROW(statx_null), ROW(lseek_set), ROW(lseek_end), ROW(lseek_hole), ROW(fsync), ROW(fdatasync), ROW(syncfs),
	ROW(sync_file_range), ROW(ftruncate), ROW(fallocate), ROW(fallocate_punch), ROW(getdents), ROW(getdents64),
	ROW(fchdir_back), ROW(fchmod), ROW(fchown), ROW(fchownat_empty), ROW(fchmodat_relative), ROW(utimensat_null),
	ROW(utimensat_empty), ROW(futimesat), ROW(fstatfs), ROW(flock), ROW(flock_unlock), ROW(dup), ROW(dup2), ROW(dup3),
	ROW(fcntl_getfd), ROW(fcntl_setfd), ROW(fcntl_getfl), ROW(fcntl_setfl), ROW(fcntl_dupfd), ROW(fcntl_getlk),
	ROW(fcntl_setlk_read), ROW(fcntl_setlk_write), ROW(fcntl_getown), ROW(fcntl_setown), ROW(fcntl_getsig), ROW(fcntl_setsig),
	ROW(fcntl_getlease), ROW(fcntl_getpipe_sz), ROW(fcntl_get_seals), ROW(fcntl_unknown), ROW(ioctl_fionread),
	ROW(ioctl_fionbio), ROW(ioctl_fioclex), ROW(ioctl_tcgets), ROW(ioctl_tiocgwinsz), ROW(ioctl_unknown), ROW(fgetxattr),
	ROW(flistxattr), ROW(fremovexattr), ROW(readahead), ROW(fadvise64), ROW(openat), ROW(openat_absolute), ROW(mkdirat_missing),
	ROW(unlinkat_missing), ROW(readlinkat), ROW(readlinkat_empty), ROW(faccessat), ROW(faccessat2_empty), ROW(linkat_missing),
	ROW(renameat_missing), ROW(mmap_shared), ROW(mmap_private), ROW(mmap_shared_write), ROW(sendfile_in), ROW(sendfile_out),
	ROW(copy_file_range_in), ROW(copy_file_range_out), ROW(splice_in), ROW(splice_out), ROW(tee), ROW(vmsplice),
	ROW(epoll_ctl_add), ROW(epoll_wait), ROW(inotify_rm_watch), ROW(timerfd_gettime), ROW(signalfd4), ROW(getsockname),
	ROW(listen), ROW(sendto), ROW(recvfrom), ROW(shutdown), ROW(execveat_missing), ROW(pidfd_send_signal), ROW(setns), ROW(close),
};

static void one(int row)
{
	int here = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));

	for (int i = 0; i < NR_DESCRIPTORS; i++) {
		open_descriptors();
		MUST(pipe2(good_pipe, O_NONBLOCK));
		MUST(write(good_pipe[1], "abcd", 4));
		good_file = (int)MUST(open("mine", O_RDWR));
		epoll_fd = epoll_create1(0);
		number = 0;
		report(rows[row].name, descriptors[i].name, rows[row].fn(descriptors[i].fd));
		MUST(fchdir(here));
		close(700);
		close(500);
		close(epoll_fd);
		close(good_file);
		close(good_pipe[0]);
		close(good_pipe[1]);
		close_descriptors();
	}
	close(here);
	make_tree();
}

/* Descriptors that a case left open (dup) are closed so that the next ones get the same numbers. */
static void close_rest(void)
{
	for (int fd = 3; fd < 64; fd++)
		close(fd);
}

void descriptor_cases(void)
{
	for (int i = 0; i < (int)(sizeof(rows) / sizeof(rows[0])); i++) {
		one(i);
		close_rest();
	}
}
