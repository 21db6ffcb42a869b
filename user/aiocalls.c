// SPDX-License-Identifier: MIT
/*
 * aiocalls [--dir DIR]
 *
 * Linux's native asynchronous I/O by its raw calls: what they answer, direct and buffered reads and writes checked byte for byte, the
 * ring read by the program itself as libaio does, polls, eventfd, cancelling, contexts destroyed and processes ended with requests in
 * flight. Status 0: all as on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* As <linux/aio_abi.h> has it, which musl systems need not have. */
enum { IOCB_CMD_PREAD, IOCB_CMD_PWRITE, IOCB_CMD_FSYNC, IOCB_CMD_FDSYNC, IOCB_CMD_POLL = 5, IOCB_CMD_PREADV = 7, IOCB_CMD_PWRITEV };
#define IOCB_FLAG_RESFD 1

typedef unsigned long aio_context_t;

struct iocb {
	uint64_t aio_data;
	uint32_t aio_key, aio_rw_flags;
	uint16_t aio_lio_opcode;
	int16_t aio_reqprio;
	uint32_t aio_fildes;
	uint64_t aio_buf, aio_nbytes;
	int64_t aio_offset;
	uint64_t aio_reserved2;
	uint32_t aio_flags, aio_resfd;
};

struct io_event {
	uint64_t data, obj;
	int64_t res, res2;
};

#ifndef RWF_APPEND
#define RWF_APPEND 0x10
#endif

#define BLOCK 4096
#define COUNT 64

static unsigned char *area; /* COUNT blocks, aligned */
static char file[300];

struct ring {
	unsigned int id, nr, head, tail, magic, compat, incompat, header_length;
	struct io_event events[];
};

static int io_setup(unsigned int n, aio_context_t *ctx)
{
	return syscall(SYS_io_setup, n, ctx);
}

static int io_destroy(aio_context_t ctx)
{
	return syscall(SYS_io_destroy, ctx);
}

static int io_submit(aio_context_t ctx, long n, struct iocb **iocbs)
{
	return syscall(SYS_io_submit, ctx, n, iocbs);
}

static int io_getevents(aio_context_t ctx, long min, long n, struct io_event *events, struct timespec *timeout)
{
	return syscall(SYS_io_getevents, ctx, min, n, events, timeout);
}

static int io_cancel(aio_context_t ctx, struct iocb *iocb, struct io_event *event)
{
	return syscall(SYS_io_cancel, ctx, iocb, event);
}

static struct iocb request(int op, int fd, void *buf, size_t n, long long offset)
{
	return (struct iocb){ .aio_lio_opcode = op, .aio_fildes = fd, .aio_buf = (uintptr_t)buf, .aio_nbytes = n, .aio_offset = offset,
			      .aio_data = 0xabcdef };
}

static int submit_one(aio_context_t ctx, struct iocb *iocb)
{
	struct iocb *p = iocb;

	return io_submit(ctx, 1, &p);
}

/* One request, its result. */
static long one(aio_context_t ctx, struct iocb *iocb)
{
	struct io_event e;

	CHECK(submit_one(ctx, iocb) == 1);
	CHECK(io_getevents(ctx, 1, 1, &e, NULL) == 1);
	CHECK(e.obj == (uintptr_t)iocb && e.data == iocb->aio_data && !e.res2);
	return e.res;
}

static void errors(void)
{
	struct timespec zero = { 0, 0 };
	aio_context_t ctx = 1, other = 0;
	struct io_event e;
	struct iocb io, *p = &io, *bad = (void *)8;
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600), p2[2];

	CHECK(fd >= 0 && !pipe(p2));
	FAILS(io_setup(1, &ctx), EINVAL);
	ctx = 0;
	FAILS(io_setup(0, &ctx), EINVAL);
	FAILS(io_setup(~0U, &ctx), EINVAL);
	FAILS(io_setup(1, (void *)8), EFAULT);
	CHECK(!io_setup(4, &ctx) && ctx);
	FAILS(io_destroy(0), EINVAL);
	FAILS(io_destroy(ctx + 1), EINVAL);
	FAILS(io_submit(0, 1, &p), EINVAL);
	FAILS(io_submit(ctx, -1, &p), EINVAL);
	CHECK(!io_submit(ctx, 0, &p));
	FAILS(io_submit(ctx, 1, (void *)8), EFAULT);
	FAILS(io_submit(ctx, 1, &bad), EFAULT);
	io = request(99, fd, area, 1, 0);
	FAILS(submit_one(ctx, &io), EINVAL);
	io = request(6, fd, area, 1, 0); /* NOOP never was */
	FAILS(submit_one(ctx, &io), EINVAL);
	io = request(IOCB_CMD_PREAD, 0x7fff, area, 1, 0);
	FAILS(submit_one(ctx, &io), EBADF);
	io = request(IOCB_CMD_PREAD, fd, area, 1, -1);
	FAILS(submit_one(ctx, &io), EINVAL);
	io = request(IOCB_CMD_PREAD, fd, area, -1, 0);
	FAILS(submit_one(ctx, &io), EINVAL);
	io = request(IOCB_CMD_PREAD, p2[1], area, 1, 0);
	FAILS(submit_one(ctx, &io), EBADF);
	io = request(IOCB_CMD_PREAD, fd, area, 1, 0);
	io.aio_reserved2 = 1;
	FAILS(submit_one(ctx, &io), EINVAL);
	io = request(IOCB_CMD_PREAD, fd, area, 1, 0);
	io.aio_flags = IOCB_FLAG_RESFD;
	io.aio_resfd = fd;
	FAILS(submit_one(ctx, &io), EINVAL);
	io.aio_resfd = 0x7fff;
	FAILS(submit_one(ctx, &io), EBADF);
	io = request(IOCB_CMD_PREAD, fd, area, 1, 0);
	io.aio_rw_flags = 0x8000;
	FAILS(submit_one(ctx, &io), EOPNOTSUPP);
	io = request(IOCB_CMD_FSYNC, fd, area, 0, 0);
	FAILS(submit_one(ctx, &io), EINVAL);
	io = request(IOCB_CMD_FSYNC, p2[0], NULL, 0, 0);
	FAILS(submit_one(ctx, &io), EINVAL);
	io = request(IOCB_CMD_POLL, fd, NULL, 0, 0);
	FAILS(submit_one(ctx, &io), EINVAL);
	io = request(IOCB_CMD_POLL, p2[0], (void *)(uintptr_t)POLLIN, 1, 0);
	FAILS(submit_one(ctx, &io), EINVAL);
	FAILS(io_getevents(ctx, 2, 1, &e, NULL), EINVAL);
	FAILS(io_getevents(ctx, -1, 1, &e, NULL), EINVAL);
	FAILS(io_getevents(0, 0, 1, &e, NULL), EINVAL);
	FAILS(io_getevents(ctx, 0, 1, &e, (void *)8), EFAULT);
	CHECK(!io_getevents(ctx, 0, 1, &e, NULL) && !io_getevents(ctx, 1, 1, &e, &zero));
	io = request(IOCB_CMD_PREAD, fd, area, 1, 0);
	FAILS(io_cancel(ctx, &io, &e), EINVAL);
	/* an event that cannot be stored is not lost */
	CHECK(submit_one(ctx, &io) == 1);
	FAILS(io_getevents(ctx, 1, 1, (void *)8, NULL), EFAULT);
	CHECK(io_getevents(ctx, 1, 1, &e, NULL) == 1 && !e.res);
	/* a bad one behind good ones: the good ones were submitted */
	struct iocb good = request(IOCB_CMD_PREAD, fd, area, 1, 0), *list[3] = { &good, &io, NULL };

	io.aio_lio_opcode = 99;
	CHECK(io_submit(ctx, 2, list) == 1 && io_getevents(ctx, 1, 4, &(struct io_event){ 0 }, &zero) == 1);
	CHECK(!io_setup(1, &other) && !io_destroy(other));
	FAILS(io_destroy(other), EINVAL);
	CHECK(!io_destroy(ctx));
	close(fd);
	close(p2[0]);
	close(p2[1]);
}

/* All blocks in flight at once, out of order, then read back. */
static void transfers(aio_context_t ctx, int flags)
{
	static struct iocb ios[COUNT], *list[COUNT];
	static struct io_event events[COUNT];
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | flags, 0600);
	struct iovec iov[2];
	struct stat st;

	if (fd < 0 && errno == EINVAL) /* a file system without O_DIRECT */
		return;
	CHECK(fd >= 0);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < COUNT; i++) {
			int block = (i * 37 + round) % COUNT;

			pattern_fill(area + block * BLOCK, BLOCK, round, block * BLOCK);
			ios[i] = request(IOCB_CMD_PWRITE, fd, area + block * BLOCK, BLOCK, block * BLOCK);
			list[i] = &ios[i];
		}
		for (int done = 0; done < COUNT; ) {
			int n = io_submit(ctx, COUNT - done, list + done);

			CHECK(n > 0);
			done += n;
		}
		CHECK(io_getevents(ctx, COUNT, COUNT, events, NULL) == COUNT);
		for (int i = 0; i < COUNT; i++)
			CHECK(events[i].res == BLOCK);
		struct iocb sync = request(round & 1 ? IOCB_CMD_FSYNC : IOCB_CMD_FDSYNC, fd, NULL, 0, 0);

		CHECK(one(ctx, &sync) == 0);
		memset(area, 0, COUNT * BLOCK);
		for (int i = 0; i < COUNT; i++)
			ios[i] = request(IOCB_CMD_PREAD, fd, area + i * BLOCK, BLOCK, i * BLOCK);
		CHECK(io_submit(ctx, COUNT, list) == COUNT);
		CHECK(io_getevents(ctx, COUNT, COUNT, events, NULL) == COUNT);
		for (int i = 0; i < COUNT; i++)
			CHECK(events[i].res == BLOCK);
		CHECK(pattern_check(area, COUNT * BLOCK, round, 0) < 0);
	}
	CHECK(!fstat(fd, &st) && st.st_size == COUNT * BLOCK);
	/* vectors; beyond the end */
	iov[0] = (struct iovec){ area + BLOCK, BLOCK };
	iov[1] = (struct iovec){ area, BLOCK };
	struct iocb io = request(IOCB_CMD_PREADV, fd, iov, 2, 0);

	CHECK(one(ctx, &io) == 2 * BLOCK && pattern_check(area + BLOCK, BLOCK, 2, 0) < 0 && pattern_check(area, BLOCK, 2, BLOCK) < 0);
	io = request(IOCB_CMD_PWRITEV, fd, iov, 2, (COUNT - 1) * BLOCK);
	CHECK(one(ctx, &io) == 2 * BLOCK);
	io = request(IOCB_CMD_PREAD, fd, area, BLOCK, (COUNT + 1) * BLOCK);
	CHECK(one(ctx, &io) == 0);
	io = request(IOCB_CMD_PREAD, fd, area, 2 * BLOCK, COUNT * BLOCK);
	CHECK(one(ctx, &io) == BLOCK);
	/* an append goes to the end, whatever the offset */
	io = request(IOCB_CMD_PWRITE, fd, area, BLOCK, 0);
	io.aio_rw_flags = RWF_APPEND;
	CHECK(one(ctx, &io) == BLOCK && !fstat(fd, &st) && st.st_size == (COUNT + 2) * BLOCK);
	if (!(flags & O_DIRECT)) {
		io = request(IOCB_CMD_PREAD, fd, (void *)8, 100, 0);
		CHECK(one(ctx, &io) == -EFAULT);
	} else {
		io = request(IOCB_CMD_PREAD, fd, area + 1, 100, 1);
		CHECK(one(ctx, &io) == -EINVAL);
	}
	close(fd);
}

/* As libaio does it: events are taken out of the ring without a call. */
static void user_ring(void)
{
	aio_context_t ctx = 0;
	struct iocb io;
	struct ring *ring;
	int fd = open(file, O_RDWR);

	CHECK(fd >= 0 && !io_setup(8, &ctx));
	ring = (void *)ctx;
	CHECK(ring->magic == 0xa10a10a1 && !ring->incompat && ring->header_length == sizeof(*ring) && ring->nr > 8);
	for (unsigned int i = 0; i < 3 * ring->nr; i++) {
		io = request(IOCB_CMD_PREAD, fd, area, 10, 0);
		CHECK(submit_one(ctx, &io) == 1);
		CHECK(ring->head != *(volatile unsigned int *)&ring->tail);
		CHECK(ring->events[ring->head].res == 10 && ring->events[ring->head].obj == (uintptr_t)&io);
		ring->head = (ring->head + 1) % ring->nr;
	}
	/* full: no more is taken in than there are places */
	unsigned int n = 0;

	while (submit_one(ctx, &io) == 1)
		n++;
	CHECK(errno == EAGAIN && n >= 8 && n < ring->nr);
	ring->head = 0xfffffff3; /* nonsense hurts nobody else */
	io_getevents(ctx, 0, 4, &(struct io_event[4]){ 0 }[0], NULL);
	CHECK(!io_destroy(ctx));
	close(fd);
}

static void polls(void)
{
	struct timespec short_time = { 0, 20000000 }, zero = { 0, 0 };
	aio_context_t ctx = 0;
	struct io_event e, none;
	struct iocb io, two;
	uint64_t v = 1;
	int p[2], fd = eventfd(0, EFD_NONBLOCK), done = eventfd(0, EFD_NONBLOCK);

	CHECK(!pipe(p) && !io_setup(8, &ctx));
	io = request(IOCB_CMD_POLL, p[0], (void *)(uintptr_t)POLLIN, 0, 0);
	CHECK(submit_one(ctx, &io) == 1);
	CHECK(io_getevents(ctx, 1, 1, &e, &short_time) == 0);
	CHECK(write(p[1], "x", 1) == 1);
	CHECK(io_getevents(ctx, 1, 1, &e, NULL) == 1 && e.obj == (uintptr_t)&io && (e.res & POLLIN));
	CHECK(one(ctx, &io) & POLLIN); /* at once */
	/* cancelled: its event comes all the same, or with Linux before 5.? at once */
	CHECK(read(p[0], &v, 1) == 1);
	CHECK(submit_one(ctx, &io) == 1);
	FAILS(io_cancel(ctx, &io, &none), EINPROGRESS);
	CHECK(io_getevents(ctx, 1, 1, &e, NULL) == 1 && e.obj == (uintptr_t)&io);
	FAILS(io_cancel(ctx, &io, &none), EINVAL);
	/* an eventfd that is polled and told at the same time */
	two = request(IOCB_CMD_POLL, fd, (void *)(uintptr_t)POLLIN, 0, 0);
	two.aio_flags = IOCB_FLAG_RESFD;
	two.aio_resfd = done;
	CHECK(submit_one(ctx, &two) == 1);
	v = 1;
	CHECK(write(fd, &v, 8) == 8);
	struct pollfd pf = { .fd = done, .events = POLLIN };

	CHECK(poll(&pf, 1, 5000) == 1 && read(done, &v, 8) == 8 && v == 1);
	CHECK(io_getevents(ctx, 1, 1, &e, &zero) == 1 && e.obj == (uintptr_t)&two);
	CHECK(read(fd, &v, 8) == 8);
	two.aio_resfd = fd;
	CHECK(submit_one(ctx, &two) == 1 && write(fd, &v, 8) == 8 && io_getevents(ctx, 1, 1, &e, NULL) == 1);
	/* the other end goes */
	CHECK(submit_one(ctx, &io) == 1);
	close(p[1]);
	CHECK(io_getevents(ctx, 1, 1, &e, NULL) == 1 && (e.res & POLLHUP));
	/* destroyed with polls that nothing will end */
	CHECK(!pipe(p));
	io.aio_fildes = p[0];
	CHECK(submit_one(ctx, &io) == 1);
	CHECK(!io_destroy(ctx));
	FAILS(io_getevents(ctx, 0, 1, &e, NULL), EINVAL);
	close(p[0]);
	close(p[1]);
	close(fd);
	close(done);
}

static volatile aio_context_t shared;
static volatile int stop;

static void *submitter(void *arg)
{
	int fd = open(file, O_RDWR | (arg ? O_DIRECT : 0)), ev = eventfd(0, 0);
	unsigned char *buf = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iocb io[4], *list[4] = { &io[0], &io[1], &io[2], &io[3] };
	struct io_event e[8];
	struct timespec zero = { 0, 0 };

	while (!stop) {
		aio_context_t ctx = shared;

		io[0] = request(IOCB_CMD_PREAD, fd, buf, BLOCK, 0);
		io[1] = request(IOCB_CMD_POLL, ev, (void *)(uintptr_t)POLLIN, 0, 0);
		io[2] = request(IOCB_CMD_PWRITE, fd, buf, BLOCK, BLOCK);
		io[3] = request(IOCB_CMD_FDSYNC, fd, NULL, 0, 0);
		io_submit(ctx, 4, list);
		io_cancel(ctx, &io[1], e);
		io_getevents(ctx, 0, 8, e, &zero);
	}
	/* whatever is still on its way into buf and the iocbs: they stay */
	close(fd);
	close(ev);
	return NULL;
}

/* Contexts destroyed under those who use them. */
static void races(void)
{
	double start = now();
	pthread_t t[3];

	stop = 0;
	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&t[i], NULL, submitter, i ? "direct" : NULL));
	while (now() - start < 1) {
		aio_context_t ctx = 0, old;

		CHECK(!io_setup(32, &ctx));
		old = shared;
		shared = ctx;
		usleep(1000);
		if (old)
			CHECK(!io_destroy(old));
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	CHECK(!io_destroy(shared));
}

/* A process that ends with requests in flight; its child has no part in the context. */
static void ends(void)
{
	aio_context_t ctx = 0;
	struct io_event e;
	int status;
	pid_t pid;

	CHECK(!io_setup(COUNT, &ctx));
	pid = fork();
	if (pid < 0 && errno == ENOSYS)
		return;
	CHECK(pid >= 0);
	if (!pid) {
		static struct iocb ios[COUNT], *list[COUNT];
		int fd = open(file, O_RDWR | O_DIRECT), p[2];

		FAILS(io_getevents(ctx, 0, 1, &e, NULL), EINVAL);
		ctx = 0;
		CHECK(!io_setup(COUNT, &ctx) && !pipe(p));
		for (int i = 0; i < COUNT; i++) {
			ios[i] = i % 2 ? request(IOCB_CMD_POLL, p[0], (void *)(uintptr_t)POLLIN, 0, 0) :
					 request(IOCB_CMD_PREAD, fd, area + i * BLOCK, BLOCK, i * BLOCK);
			list[i] = &ios[i];
		}
		CHECK(io_submit(ctx, COUNT, list) == COUNT);
		_exit(7);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7);
	CHECK(!io_destroy(ctx));
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");
	aio_context_t ctx = 0;

	snprintf(file, sizeof(file), "%s/aiocalls.tmp", dir ? dir : "");
	area = mmap(NULL, COUNT * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(area != MAP_FAILED);
	errors();
	CHECK(!io_setup(COUNT, &ctx));
	transfers(ctx, 0);
	transfers(ctx, O_DIRECT);
	CHECK(!io_destroy(ctx));
	user_ring();
	polls();
	races();
	ends();
	unlink(file);
	printf("aiocalls: all as expected\n");
	return 0;
}
