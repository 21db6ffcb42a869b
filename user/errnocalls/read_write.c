// SPDX-License-Identifier: MIT
/* Sizes, offsets, vectors and flags of the calls that move data. */
#include "errnocalls.h"
#include <limits.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define MIN64 ((long)(1UL << 63))
#define MAX64 ((long)(~0UL >> 1))

static char buffer[8192];

static void offsets(int fd)
{
	T(lseek, "whence-unknown", fd, 0, 7);
	T(lseek, "whence-negative", fd, 0, -1);
	TV(lseek, "negative", fd, -1, SEEK_SET);
	TV(lseek, "before-the-start", fd, -11, SEEK_END);
	TV(lseek, "cur-overflow", fd, MAX64, SEEK_END);
	TV(lseek, "far", fd, 1L << 40, SEEK_SET);
	T(lseek, "too-far", fd, MAX64, SEEK_SET);
	TV(lseek, "back", fd, 0, SEEK_SET);
	TV(lseek, "data-at-0", fd, 0, SEEK_DATA);
	TV(lseek, "data-at-end", fd, 10, SEEK_DATA);
	TV(lseek, "data-behind-end", fd, 11, SEEK_DATA);
	TV(lseek, "data-negative", fd, -1, SEEK_DATA);
	TV(lseek, "hole-at-0", fd, 0, SEEK_HOLE);
	TV(lseek, "hole-at-end", fd, 10, SEEK_HOLE);
	TV(lseek, "hole-behind-end", fd, 11, SEEK_HOLE);
	TV(pread64, "negative-offset", fd, buffer, 1, -1);
	TV(pread64, "behind-end", fd, buffer, 1, 100);
	TV(pread64, "at-the-last-offset", fd, buffer, 1, MAX64);
	TV(pread64, "range-overflows", fd, buffer, 10, MAX64 - 5);
	TV(pread64, "size-negative", fd, buffer, -1, 0);
	TV(pread64, "size-negative-2", fd, buffer, MIN64, 0);
	T(pwrite64, "negative-offset", fd, buffer, 1, -1);
	T(pwrite64, "at-the-last-offset", fd, buffer, 1, MAX64);
	T(pwrite64, "range-overflows", fd, buffer, 10, MAX64 - 5);
	T(pwrite64, "size-negative", fd, buffer, -1, 0);
	TV(pwrite64, "nothing-at-a-negative-offset", fd, buffer, 0, -1);
	T(read, "size-negative", fd, buffer, -1);
	T(write, "size-negative", fd, buffer, -1);
	T(preadv, "negative-offset", fd, NULL, 0, -5, -1);
	T(pwritev, "negative-offset", fd, NULL, 0, -5, -1);
}

static void vectors(int fd)
{
	static struct iovec many[UIO_MAXIOV + 1];
	struct iovec negative = { buffer, (size_t)-1 };
	struct iovec overflow[2] = { { buffer, 0x7fffffffffffffffUL }, { buffer, 0x7fffffffffffffffUL } };
	struct iovec kernel = { KERNEL_ADDRESS, 4 };
	struct iovec empty = { KERNEL_ADDRESS, 0 };

	for (int i = 0; i <= UIO_MAXIOV; i++)
		many[i] = (struct iovec){ buffer, 0 };
	TV(readv, "none", fd, NULL, 0);
	TV(readv, "count-negative", fd, many, -1);
	TV(readv, "1024", fd, many, UIO_MAXIOV);
	TV(readv, "1025", fd, many, UIO_MAXIOV + 1);
	TV(readv, "length-negative", fd, &negative, 1);
	TV(readv, "sum-overflows", fd, overflow, 2);
	TV(readv, "kernel-buffer", fd, &kernel, 1);
	TV(readv, "empty-kernel-buffer", fd, &empty, 1);
	TV(writev, "none", fd, NULL, 0);
	TV(writev, "count-negative", fd, many, -1);
	TV(writev, "1024", fd, many, UIO_MAXIOV);
	TV(writev, "1025", fd, many, UIO_MAXIOV + 1);
	TV(writev, "length-negative", fd, &negative, 1);
	TV(writev, "sum-overflows", fd, overflow, 2);
	TV(writev, "kernel-buffer", fd, &kernel, 1);
	TV(writev, "empty-kernel-buffer", fd, &empty, 1);
	many[0].iov_len = 4;
	for (int bit = 0; bit < 8; bit++) {
		char what[32];

		snprintf(what, sizeof(what), "flag-%d", 1 << bit);
		report("preadv2", what, RAW(SYS_preadv2, fd, many, 1, 0, 0, 1 << bit));
		snprintf(what, sizeof(what), "flag-%d", 1 << bit);
		report("pwritev2", what, RAW(SYS_pwritev2, fd, many, 1, 0, 0, 1 << bit));
	}
	T(preadv2, "flag-unknown", fd, many, 1, 0, 0, 1 << 20);
	TV(preadv2, "no-flag-at-the-position", fd, many, 1, -1, -1, 0);
	T(preadv2, "offset-minus-two", fd, many, 1, -2, -1, 0);
}

static void copies(int fd, int other, int pipe_in, int pipe_out)
{
	loff_t zero = 0, negative = -1, far = MAX64, four = 4;

	T(sendfile, "negative-offset", other, fd, &negative, 1);
	T(sendfile, "last-offset", other, fd, &far, 10);
	T(sendfile, "size-negative", pipe_out, fd, &far, -1);
	TV(sendfile, "nothing", other, fd, &zero, 0);
	TV(sendfile, "to-itself", fd, fd, &zero, 1);
	T(sendfile, "from-pipe", other, pipe_in, NULL, 1);
	T(sendfile, "from-pipe-with-offset", other, pipe_in, &zero, 1);
	T(copy_file_range, "flags", fd, NULL, other, NULL, 1, 1);
	T(copy_file_range, "negative-offset-in", fd, &negative, other, NULL, 1, 0);
	T(copy_file_range, "negative-offset-out", fd, &zero, other, &negative, 1, 0);
	zero = 0;
	T(copy_file_range, "overlap", fd, &zero, fd, &four, 6, 0);
	zero = 0, four = 4;
	T(copy_file_range, "same-file-no-overlap", fd, &zero, fd, &four, 2, 0);
	zero = 0;
	TV(copy_file_range, "nothing", fd, &zero, other, &four, 0, 0);
	T(copy_file_range, "pipe-in", pipe_in, NULL, other, NULL, 1, 0);
	T(copy_file_range, "pipe-out", fd, NULL, pipe_out, NULL, 1, 0);
	T(copy_file_range, "size-negative", fd, &zero, other, &four, -1, 0);
	zero = 0, negative = -1;
	T(splice, "no-pipe", fd, NULL, other, NULL, 1, 0);
	T(splice, "pipe-with-offset", pipe_in, &zero, other, NULL, 1, 0);
	T(splice, "out-pipe-with-offset", fd, NULL, pipe_out, &zero, 1, 0);
	T(splice, "negative-offset", fd, &negative, pipe_out, NULL, 1, 0);
	T(splice, "flags", fd, NULL, pipe_out, NULL, 1, 0x100);
	TV(splice, "nothing", fd, NULL, pipe_out, NULL, 0, 0);
	T(splice, "wrong-end", fd, NULL, pipe_in, NULL, 1, 0);
	T(splice, "same-pipe", pipe_in, NULL, pipe_out, NULL, 1, 2);
	T(tee, "same-pipe", pipe_in, pipe_out, 1, 2);
	T(tee, "flags", pipe_in, pipe_out, 1, 0x100);
	T(tee, "no-pipe", fd, pipe_out, 1, 2);
	T(vmsplice, "flags", pipe_out, NULL, 0, 0x100);
	T(vmsplice, "no-pipe", fd, NULL, 0, 0);
}

/* A regular file may not grow beyond the limit, nor beyond what the file system can hold. */
static void too_big(int fd)
{
	struct rlimit limit = { 4096, RLIM_INFINITY }, none = { RLIM_INFINITY, RLIM_INFINITY };

	MUST(setrlimit(RLIMIT_FSIZE, &limit));
	TV(pwrite64, "up-to-the-limit", fd, buffer, 10, 4090);
	TV(pwrite64, "at-the-limit", fd, buffer, 1, 4096);
	TV(pwrite64, "behind-the-limit", fd, buffer, 1, 5000);
	TV(pwrite64, "nothing-behind-the-limit", fd, buffer, 0, 5000);
	TV(ftruncate, "to-the-limit", fd, 4096);
	TV(ftruncate, "behind-the-limit", fd, 4097);
	TV(truncate, "behind-the-limit", "file", 4097);
	TV(fallocate, "behind-the-limit", fd, 0, 0, 8192);
	MUST(setrlimit(RLIMIT_FSIZE, &none));
	TV(ftruncate, "beyond-the-file-system", fd, MAX64);
	TV(ftruncate, "beyond-the-file-system-2", fd, 1L << 45);
	TV(truncate, "beyond-the-file-system", "file", MAX64);
	TV(pwrite64, "beyond-the-file-system", fd, buffer, 1, 1L << 45);
	TV(ftruncate, "negative", fd, -1);
	TV(truncate, "negative", "file", -1);
	TV(ftruncate, "0", fd, 0);
}

static void direct(void)
{
	char *page = aligned_alloc(4096, 8192);
	int fd = (int)MUST(open("file", O_RDWR | O_DIRECT));

	memset(page, 'd', 8192);
	TV(pwrite64, "direct", fd, page, 4096, 0);
	T(pwrite64, "direct-odd-size", fd, page, 100, 0);
	T(pwrite64, "direct-odd-offset", fd, page, 4096, 100);
	T(pwrite64, "direct-odd-address", fd, page + 1, 4096, 0);
	T(pread64, "direct-odd-size", fd, page, 100, 0);
	T(pread64, "direct-odd-offset", fd, page, 4096, 100);
	T(pread64, "direct-odd-address", fd, page + 1, 4096, 0);
	TV(pread64, "direct-behind-end", fd, page, 4096, 1 << 20);
	T(pread64, "direct-unmapped", fd, unmapped, 4096, 0);
	T(pread64, "direct-read-only-page", fd, read_only, 4096, 0);
	close(fd);
	free(page);
}

static void pipes(void)
{
	int fds[2], other[2];

	MUST(pipe2(fds, O_NONBLOCK));
	T(read, "empty-pipe", fds[0], buffer, 1);
	T(read, "wrong-end", fds[1], buffer, 1);
	T(write, "wrong-end", fds[0], buffer, 1);
	while (write(fds[1], buffer, 4096) > 0)
		;
	T(write, "full-pipe", fds[1], buffer, 1);
	T(fcntl, "setpipe_sz-below-contents", fds[0], F_SETPIPE_SZ, 4096);
	TV(fcntl, "getpipe_sz", fds[0], F_GETPIPE_SZ);
	T(fcntl, "setpipe_sz-too-big", fds[0], F_SETPIPE_SZ, 0x80000001UL);
	T(fcntl, "setpipe_sz-0", fds[0], F_SETPIPE_SZ, 0);
	close(fds[0]);
	T(write, "no-reader", fds[1], buffer, 1);
	close(fds[1]);
	T(pipe2, "flags", fds, 0x10);
	T(pipe2, "flag-append", fds, O_APPEND);
	MUST(pipe2(other, O_NONBLOCK));
	close(other[1]);
	TV(read, "no-writer", other[0], buffer, 1);
	TV(read, "no-writer-nothing", other[0], buffer, 0);
	close(other[0]);
	T(open, "fifo-write-without-reader", "fifo", O_WRONLY | O_NONBLOCK);
	T(open, "no-device", "nodevice", O_RDONLY);
	T(open, "socket", "socket", O_RDONLY);
}

void read_write_cases(void)
{
	int fd = (int)MUST(open("file", O_RDWR)), other = (int)MUST(open("mine", O_RDWR)), fds[2];

	MUST(pipe2(fds, O_NONBLOCK));
	offsets(fd);
	vectors(fd);
	close(fd);
	make_tree();
	fd = (int)MUST(open("file", O_RDWR));
	copies(fd, other, fds[0], fds[1]);
	too_big(fd);
	close(fd);
	close(other);
	close(fds[0]);
	close(fds[1]);
	make_tree();
	direct();
	make_tree();
	pipes();
	make_tree();
}
