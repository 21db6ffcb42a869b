// SPDX-License-Identifier: MIT
/*
 * Each call that reads or writes the program's memory, with each kind of bad address. An address that a call reads from is
 * "unmapped at the edge" if its first bytes are there and the rest is not; one it writes to is also tried where it may only be read.
 */
#include "errnocalls.h"
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>

static int file_fd, dir_fd, pipe_in, pipe_out, null_fd;
static char buffer[4096];

#define POINTER_CALL(tag, call, ...)          \
	static long do_##tag(char *p)         \
	{                                     \
		return RAW(SYS_##call, ##__VA_ARGS__); \
	}

static long do_readv_buffer(char *p)
{
	struct iovec vec[2] = { { buffer, 2 }, { p, 4 } };

	return RAW(SYS_readv, file_fd, vec, 2);
}

static long do_writev_buffer(char *p)
{
	struct iovec vec[2] = { { buffer, 0 }, { p, 4 } };

	return RAW(SYS_writev, pipe_out, vec, 2);
}

POINTER_CALL(read_file, read, file_fd, p, 8)
POINTER_CALL(read_pipe, read, pipe_in, p, 8)
POINTER_CALL(read_zero_bytes, read, file_fd, p, 0)
POINTER_CALL(write_file, write, file_fd, p, 8)
POINTER_CALL(write_pipe, write, pipe_out, p, 8)
POINTER_CALL(write_null, write, null_fd, p, 8)
POINTER_CALL(pread, pread64, file_fd, p, 8, 0)
POINTER_CALL(pwrite, pwrite64, file_fd, p, 8, 0)
POINTER_CALL(readv_vector, readv, file_fd, p, 1)
POINTER_CALL(writev_vector, writev, file_fd, p, 1)
POINTER_CALL(preadv2_vector, preadv2, file_fd, p, 1, 0, 0, 0)
POINTER_CALL(stat, stat, "file", p)
POINTER_CALL(fstat, fstat, file_fd, p)
POINTER_CALL(lstat, lstat, "file", p)
POINTER_CALL(newfstatat, newfstatat, AT_FDCWD, "file", p, 0)
POINTER_CALL(statx, statx, AT_FDCWD, "file", 0, 0x7ff, p)
POINTER_CALL(statfs, statfs, "file", p)
POINTER_CALL(fstatfs, fstatfs, file_fd, p)
POINTER_CALL(getdents64, getdents64, dir_fd, p, 400)
POINTER_CALL(getdents, getdents, dir_fd, p, 400)
POINTER_CALL(getcwd, getcwd, p, 100)
POINTER_CALL(readlink, readlink, "link", p, 100)
POINTER_CALL(readlinkat, readlinkat, AT_FDCWD, "link", p, 100)
POINTER_CALL(fcntl_getlk, fcntl, file_fd, F_GETLK, p)
POINTER_CALL(fcntl_setlk, fcntl, file_fd, F_SETLK, p)
POINTER_CALL(ioctl_fionread, ioctl, pipe_in, 0x541b, p)
POINTER_CALL(ioctl_fionbio, ioctl, pipe_in, 0x5421, p)
POINTER_CALL(pipe, pipe, p)
POINTER_CALL(pipe2, pipe2, p, 0)
POINTER_CALL(poll, poll, p, 1, 0)
POINTER_CALL(ppoll_fds, ppoll, p, 1, buffer, NULL, 8)
POINTER_CALL(ppoll_time, ppoll, NULL, 0, p, NULL, 8)
POINTER_CALL(ppoll_mask, ppoll, NULL, 0, buffer, p, 8)
POINTER_CALL(select_in, select, 10, p, NULL, NULL, buffer)
POINTER_CALL(select_time, select, 0, NULL, NULL, NULL, p)
POINTER_CALL(pselect6_in, pselect6, 10, p, NULL, NULL, buffer, NULL)
POINTER_CALL(pselect6_time, pselect6, 0, NULL, NULL, NULL, p, NULL)
POINTER_CALL(pselect6_mask, pselect6, 0, NULL, NULL, NULL, buffer, p)
POINTER_CALL(sendfile_offset, sendfile, pipe_out, file_fd, p, 1)
POINTER_CALL(copy_file_range_in, copy_file_range, file_fd, p, file_fd, NULL, 1, 0)
POINTER_CALL(splice_offset, splice, file_fd, p, pipe_out, NULL, 1, 2)
POINTER_CALL(utimensat, utimensat, AT_FDCWD, "file", p, 0)
POINTER_CALL(utimes, utimes, "file", p)
POINTER_CALL(utime, utime, "file", p)
POINTER_CALL(futimesat, futimesat, AT_FDCWD, "file", p)
POINTER_CALL(openat2_how, openat2, AT_FDCWD, "file", p, sizeof(struct open_how))
POINTER_CALL(openat2_big_how, openat2, AT_FDCWD, "file", p, 100)
POINTER_CALL(setxattr_name, setxattr, "file", p, "v", 1, 0)
POINTER_CALL(setxattr_value, setxattr, "file", "user.v", p, 8, 0)
POINTER_CALL(getxattr_name, getxattr, "file", p, buffer, 10)
POINTER_CALL(removexattr_name, removexattr, "file", p)
POINTER_CALL(mount_data, mount, "none", "dir", "no-such-type", 0, p)
POINTER_CALL(mount_type, mount, "none", "dir", p, 0, NULL)
POINTER_CALL(mount_source, mount, p, "dir", "no-such-type", 0, NULL)
POINTER_CALL(uname, uname, p)
POINTER_CALL(sethostname, sethostname, p, 5)
POINTER_CALL(setdomainname, setdomainname, p, 5)
POINTER_CALL(sysinfo, sysinfo, p)
POINTER_CALL(getrusage, getrusage, 0, p)
POINTER_CALL(getrlimit, getrlimit, RLIMIT_NOFILE, p)
POINTER_CALL(setrlimit, setrlimit, 99, p)
POINTER_CALL(prlimit64_new, prlimit64, 0, RLIMIT_RTTIME, p, NULL)
POINTER_CALL(prlimit64_old, prlimit64, 0, RLIMIT_RTTIME, NULL, p)
POINTER_CALL(times, times, p)
POINTER_CALL(time, time, p)
POINTER_CALL(gettimeofday, gettimeofday, p, NULL)
POINTER_CALL(gettimeofday_zone, gettimeofday, NULL, p)
POINTER_CALL(settimeofday, settimeofday, p, NULL)
POINTER_CALL(clock_gettime, clock_gettime, CLOCK_MONOTONIC, p)
POINTER_CALL(clock_getres, clock_getres, CLOCK_MONOTONIC, p)
POINTER_CALL(clock_settime, clock_settime, CLOCK_REALTIME, p)
POINTER_CALL(clock_nanosleep, clock_nanosleep, CLOCK_MONOTONIC, 0, p, NULL)
POINTER_CALL(nanosleep, nanosleep, p, NULL)
POINTER_CALL(getitimer, getitimer, ITIMER_REAL, p)
POINTER_CALL(setitimer, setitimer, ITIMER_REAL, p, NULL)
POINTER_CALL(setitimer_old, setitimer, ITIMER_REAL, NULL, p)
POINTER_CALL(timer_create_event, timer_create, CLOCK_MONOTONIC, p, buffer)
POINTER_CALL(timer_create_id, timer_create, CLOCK_MONOTONIC, NULL, p)
POINTER_CALL(adjtimex, adjtimex, p)
POINTER_CALL(clock_adjtime, clock_adjtime, CLOCK_REALTIME, p)
POINTER_CALL(rt_sigaction, rt_sigaction, SIGUSR1, p, NULL, 8)
POINTER_CALL(rt_sigaction_old, rt_sigaction, SIGUSR1, NULL, p, 8)
POINTER_CALL(rt_sigprocmask, rt_sigprocmask, SIG_BLOCK, p, NULL, 8)
POINTER_CALL(rt_sigprocmask_old, rt_sigprocmask, SIG_BLOCK, NULL, p, 8)
POINTER_CALL(rt_sigpending, rt_sigpending, p, 8)
POINTER_CALL(rt_sigtimedwait, rt_sigtimedwait, p, NULL, buffer, 8)
POINTER_CALL(rt_sigtimedwait_time, rt_sigtimedwait, buffer, NULL, p, 8)
POINTER_CALL(rt_sigsuspend, rt_sigsuspend, p, 8)
POINTER_CALL(rt_sigqueueinfo, rt_sigqueueinfo, getpid(), 0, p)
POINTER_CALL(sigaltstack, sigaltstack, p, NULL)
POINTER_CALL(sigaltstack_old, sigaltstack, NULL, p)
POINTER_CALL(signalfd4, signalfd4, -1, p, 8, 0)
POINTER_CALL(getgroups, getgroups, 100, p)
POINTER_CALL(setgroups, setgroups, 3, p)
POINTER_CALL(getresuid_real, getresuid, p, buffer, buffer)
POINTER_CALL(getresuid_saved, getresuid, buffer, buffer, p)
POINTER_CALL(getresgid_effective, getresgid, buffer, p, buffer)
POINTER_CALL(capget_header, capget, p, buffer)
POINTER_CALL(capset_header, capset, p, buffer)
POINTER_CALL(getrandom, getrandom, p, 8, 0)
POINTER_CALL(getcpu, getcpu, p, NULL)
POINTER_CALL(getcpu_node, getcpu, NULL, p)
POINTER_CALL(sched_setaffinity, sched_setaffinity, 0, 8, p)
POINTER_CALL(sched_getaffinity, sched_getaffinity, 0, 128, p)
POINTER_CALL(sched_setscheduler, sched_setscheduler, 0, SCHED_OTHER, p)
POINTER_CALL(sched_setparam, sched_setparam, 0, p)
POINTER_CALL(sched_getparam, sched_getparam, 0, p)
POINTER_CALL(sched_setattr, sched_setattr, 0, p, 0)
POINTER_CALL(sched_getattr, sched_getattr, 0, p, 48, 0)
POINTER_CALL(sched_rr_get_interval, sched_rr_get_interval, 0, p)
POINTER_CALL(mincore, mincore, buffer, 0, p)
POINTER_CALL(mincore_page, mincore, (long)buffer & -4096L, 4096, p)
POINTER_CALL(futex_wait, futex, p, FUTEX_WAIT, 0, buffer)
POINTER_CALL(futex_wait_time, futex, buffer, FUTEX_WAIT, 0, p)
POINTER_CALL(futex_wake, futex, p, FUTEX_WAKE, 1)
POINTER_CALL(futex_requeue, futex, buffer, FUTEX_REQUEUE, 1, 1, p)
POINTER_CALL(get_robust_list_head, get_robust_list, 0, p, buffer)
POINTER_CALL(get_robust_list_size, get_robust_list, 0, buffer, p)
POINTER_CALL(prctl_set_name, prctl, PR_SET_NAME, p)
POINTER_CALL(prctl_get_name, prctl, PR_GET_NAME, p)
POINTER_CALL(prctl_get_pdeathsig, prctl, PR_GET_PDEATHSIG, p)
POINTER_CALL(prctl_get_tid_address, prctl, PR_GET_TID_ADDRESS, p)
POINTER_CALL(arch_prctl_get_fs, arch_prctl, 0x1003, p)
POINTER_CALL(clone3, clone3, p, 88)
POINTER_CALL(wait4_status, wait4, -1, p, 1, NULL)
POINTER_CALL(waitid_info, waitid, 0, 0, p, 5, NULL)
POINTER_CALL(epoll_ctl, epoll_ctl, -1, 1, 0, p)
POINTER_CALL(timerfd_settime, timerfd_settime, file_fd, 0, p, NULL)
POINTER_CALL(socketpair, socketpair, AF_UNIX, SOCK_STREAM, 0, p)
POINTER_CALL(syslog_read, syslog, 3, p, 4000)
POINTER_CALL(memfd_create, memfd_create, p, 0)
POINTER_CALL(io_setup, io_setup, 1, p)
POINTER_CALL(execve_argv, execve, "program", p, NULL)
POINTER_CALL(execve_envp, execve, "program", NULL, p)

#define IN  1 /* the call reads there */
#define OUT 2 /* the call writes there */
#define ROW(tag, direction)               \
	{                                 \
#tag, do_##tag, direction \
	}
static const struct {
	const char *name;
	long (*fn)(char *);
	int direction;
} rows[] = {
	ROW(read_file, OUT), ROW(read_pipe, OUT), ROW(read_zero_bytes, OUT), ROW(write_file, IN), ROW(write_pipe, IN), ROW(write_null, IN),
	ROW(pread, OUT), ROW(pwrite, IN), ROW(readv_vector, IN), ROW(writev_vector, IN), ROW(preadv2_vector, IN),
	ROW(readv_buffer, OUT), ROW(writev_buffer, IN), ROW(stat, OUT), ROW(fstat, OUT), ROW(lstat, OUT), ROW(newfstatat, OUT),
	ROW(statx, OUT), ROW(statfs, OUT), ROW(fstatfs, OUT), ROW(getdents64, OUT), ROW(getdents, OUT), ROW(getcwd, OUT),
	ROW(readlink, OUT), ROW(readlinkat, OUT), ROW(fcntl_getlk, OUT), ROW(fcntl_setlk, IN), ROW(ioctl_fionread, OUT),
	ROW(ioctl_fionbio, IN), ROW(pipe, OUT), ROW(pipe2, OUT), ROW(poll, OUT), ROW(ppoll_fds, OUT), ROW(ppoll_time, IN),
	ROW(ppoll_mask, IN), ROW(select_in, OUT), ROW(select_time, IN), ROW(pselect6_in, OUT), ROW(pselect6_time, IN),
	ROW(pselect6_mask, IN), ROW(sendfile_offset, OUT), ROW(copy_file_range_in, OUT), ROW(splice_offset, OUT), ROW(utimensat, IN),
	ROW(utimes, IN), ROW(utime, IN), ROW(futimesat, IN), ROW(openat2_how, IN), ROW(openat2_big_how, IN), ROW(setxattr_name, IN),
	ROW(setxattr_value, IN), ROW(getxattr_name, IN), ROW(removexattr_name, IN), ROW(mount_data, IN), ROW(mount_type, IN),
	ROW(mount_source, IN), ROW(uname, OUT), ROW(sethostname, IN), ROW(setdomainname, IN), ROW(sysinfo, OUT), ROW(getrusage, OUT),
	ROW(getrlimit, OUT), ROW(setrlimit, IN), ROW(prlimit64_new, IN), ROW(prlimit64_old, OUT), ROW(times, OUT), ROW(time, OUT),
	ROW(gettimeofday, OUT), ROW(gettimeofday_zone, OUT), ROW(settimeofday, IN), ROW(clock_gettime, OUT), ROW(clock_getres, OUT),
	ROW(clock_settime, IN), ROW(clock_nanosleep, IN), ROW(nanosleep, IN), ROW(getitimer, OUT), ROW(setitimer, IN),
	ROW(setitimer_old, OUT), ROW(timer_create_event, IN), ROW(timer_create_id, OUT), ROW(adjtimex, OUT), ROW(clock_adjtime, OUT),
	ROW(rt_sigaction, IN), ROW(rt_sigaction_old, OUT), ROW(rt_sigprocmask, IN), ROW(rt_sigprocmask_old, OUT),
	ROW(rt_sigpending, OUT), ROW(rt_sigtimedwait, IN), ROW(rt_sigtimedwait_time, IN), ROW(rt_sigsuspend, IN), ROW(rt_sigqueueinfo, IN),
	ROW(sigaltstack, IN), ROW(sigaltstack_old, OUT), ROW(signalfd4, IN), ROW(getgroups, OUT), ROW(setgroups, IN),
	ROW(getresuid_real, OUT), ROW(getresuid_saved, OUT), ROW(getresgid_effective, OUT), ROW(capget_header, IN),
	ROW(capset_header, IN), ROW(getrandom, OUT), ROW(getcpu, OUT), ROW(getcpu_node, OUT), ROW(sched_setaffinity, IN),
	ROW(sched_getaffinity, OUT), ROW(sched_setscheduler, IN), ROW(sched_setparam, IN), ROW(sched_getparam, OUT),
	ROW(sched_setattr, IN), ROW(sched_getattr, OUT), ROW(sched_rr_get_interval, OUT), ROW(mincore, OUT), ROW(mincore_page, OUT),
	ROW(futex_wait, IN), ROW(futex_wait_time, IN), ROW(futex_wake, IN), ROW(futex_requeue, IN), ROW(get_robust_list_head, OUT),
	ROW(get_robust_list_size, OUT), ROW(prctl_set_name, IN), ROW(prctl_get_name, OUT), ROW(prctl_get_pdeathsig, OUT),
	ROW(prctl_get_tid_address, OUT), ROW(arch_prctl_get_fs, OUT), ROW(clone3, IN), ROW(wait4_status, OUT), ROW(waitid_info, OUT),
	ROW(epoll_ctl, IN), ROW(timerfd_settime, IN), ROW(socketpair, OUT), ROW(syslog_read, OUT), ROW(memfd_create, IN),
	ROW(io_setup, OUT), ROW(execve_argv, IN), ROW(execve_envp, IN),
};

static void open_files(void)
{
	int fds[2];

	file_fd = (int)MUST(open("file", O_RDWR));
	dir_fd = (int)MUST(open("full", O_RDONLY | O_DIRECTORY));
	null_fd = (int)MUST(open("null", O_RDWR));
	MUST(pipe2(fds, O_NONBLOCK));
	pipe_in = fds[0];
	pipe_out = fds[1];
	MUST(write(pipe_out, "0123456789", 10));
	memset(buffer, 0, sizeof(buffer));
}

static void close_files(void)
{
	for (int fd = 3; fd < 20; fd++)
		close(fd);
}

static void one(int row, const char *name, char *address)
{
	open_files();
	report(rows[row].name, name, rows[row].fn(address));
	close_files();
}

void pointer_cases(void)
{
	struct itimerval none = { { 0, 0 }, { 0, 0 } };

	for (int row = 0; row < (int)(sizeof(rows) / sizeof(rows[0])); row++) {
		one(row, "kernel-address", KERNEL_ADDRESS);
		one(row, "non-canonical", NON_CANONICAL);
		one(row, "low-address", LOW_ADDRESS);
		one(row, "unmapped", unmapped);
		one(row, "no-access", no_access);
		one(row, "at-the-edge", edge - 1);
		if (rows[row].direction == OUT)
			one(row, "read-only", read_only);
	}
	setitimer(ITIMER_REAL, &none, NULL);
	make_tree();
}
