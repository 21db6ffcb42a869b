// SPDX-License-Identifier: MIT
/*
 * mmapcalls [--dir DIR]
 *
 * Asks the memory calls all kinds of questions and prints an "answer NAME: RESULT" line for each. The tests run it on Linux and
 * here and compare the answers, so nothing in them may depend on addresses. What can be known in advance (contents of
 * pages) is checked as well.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096ul
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW (PROT_READ | PROT_WRITE)

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 3
#endif

static int probe[2]; /* a pipe: the kernel touches memory for us, and tells instead of killing */
static char path[300], path_ro[300], dir_path[300];
static int fd, fd_ro, fd_wo, fd_dir;

static void answer(const char *name, long ret)
{
	if (ret < 0)
		printf("answer %s: %s\n", name, strerror(errno));
	else
		printf("answer %s: %ld\n", name, ret);
}

/* For calls that return an address: only whether they succeeded is told. */
static void answer_ptr(const char *name, const void *p)
{
	if (p == MAP_FAILED)
		printf("answer %s: %s\n", name, strerror(errno));
	else
		printf("answer %s: mapped\n", name);
}

static const char *touch(volatile void *addr)
{
	char c;
	bool r, w = false;

	r = write(probe[1], (const void *)addr, 1) == 1;
	if (r) {
		/* put the same byte back */
		w = read(probe[0], (void *)addr, 1) == 1;
		if (!w)
			(void)!read(probe[0], &c, 1);
	}
	return w ? "rw" : r ? "r" : "none";
}

/* Which of n pages can be read and written. */
static void answer_pages(const char *name, char *p, int n)
{
	printf("answer %s:", name);
	for (int i = 0; i < n; i++)
		printf(" %s", touch(p + (size_t)i * PAGE));
	printf("\n");
}

static char *map(size_t pages, int prot)
{
	char *p = mmap(NULL, pages * PAGE, prot, ANON, -1, 0);

	if (p == MAP_FAILED)
		die("mmap of %zu pages: %s", pages, strerror(errno));
	return p;
}

static void test_mmap(void)
{
	char *p = map(8, RW), *q;

	answer_ptr("mmap length 0", mmap(NULL, 0, RW, ANON, -1, 0));
	answer_ptr("mmap no type", mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0));
	answer_ptr("mmap both types", mmap(NULL, PAGE, RW, MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	answer_ptr("mmap all of memory", mmap(NULL, 1ul << 47, PROT_NONE, ANON, -1, 0));
	answer_ptr("mmap overflow", mmap(NULL, ~0ul - 10, PROT_NONE, ANON, -1, 0));
	answer_ptr("mmap bad fd", mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0));
	answer_ptr("mmap anonymous with fd", mmap(NULL, PAGE, RW, ANON, 99, 0));
	answer_ptr("mmap odd offset", (void *)syscall(SYS_mmap, NULL, PAGE, RW, MAP_PRIVATE, fd, 5));
	answer_ptr("mmap huge offset", (void *)syscall(SYS_mmap, NULL, PAGE, RW, MAP_PRIVATE, fd, 1ul << 63));
	answer_ptr("mmap fixed odd", mmap(p + 1, PAGE, RW, ANON | MAP_FIXED, -1, 0));
	answer_ptr("mmap fixed kernel", mmap((void *)0xffff888000000000ul, PAGE, RW, ANON | MAP_FIXED, -1, 0));
	answer_ptr("mmap noreplace taken", mmap(p, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0));
	munmap(p + 2 * PAGE, PAGE);
	q = mmap(p + 2 * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
	answer("mmap noreplace free", q == p + 2 * PAGE);
	munmap(p + 4 * PAGE, PAGE);
	answer("mmap hint free", mmap(p + 4 * PAGE, PAGE, RW, ANON, -1, 0) == p + 4 * PAGE);
	answer("mmap hint taken", mmap(p + 4 * PAGE, PAGE, RW, ANON, -1, 0) == p + 4 * PAGE);
	answer_ptr("mmap file write-only", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd_wo, 0));
	answer_ptr("mmap file shared rw of ro", mmap(NULL, PAGE, RW, MAP_SHARED, fd_ro, 0));
	answer_ptr("mmap file private rw of ro", mmap(NULL, PAGE, RW, MAP_PRIVATE, fd_ro, 0));
	answer_ptr("mmap directory", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd_dir, 0));
	answer_ptr("mmap pipe", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, probe[0], 0));
	answer_ptr("mmap validate unknown", mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE | (1 << 22), fd, 0));
	answer_ptr("mmap validate", mmap(NULL, PAGE, RW, MAP_SHARED_VALIDATE, fd, 0));
	answer_ptr("mmap populate", q = mmap(NULL, 4 * PAGE, RW, ANON | MAP_POPULATE, -1, 0));
	answer_pages("mmap populated", q, 4);
	answer_ptr("mmap growsdown file", mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0));
	answer_ptr("mmap 32 bit", q = mmap(NULL, PAGE, RW, ANON | MAP_32BIT, -1, 0));
	answer("mmap 32 bit low", (unsigned long)q < 1ul << 31);
	answer_pages("mmap window", p, 8);
}

static void test_munmap(void)
{
	char *p = map(8, RW);

	answer("munmap odd", munmap(p + 1, PAGE));
	answer("munmap length 0", munmap(p, 0));
	answer("munmap kernel", munmap((void *)0xffff888000000000ul, PAGE));
	answer("munmap wraps", munmap(p, ~0ul));
	answer("munmap middle", munmap(p + 2 * PAGE, 2 * PAGE));
	answer("munmap middle again", munmap(p + 2 * PAGE, 2 * PAGE));
	answer("munmap odd length", munmap(p + 6 * PAGE, 1));
	answer_pages("munmap window", p, 8);
	answer("munmap all", munmap(p, 8 * PAGE));
	answer_pages("munmap window after", p, 8);
}

static void test_mprotect(void)
{
	char *p = map(8, RW), *q;

	memset(p, 1, 8 * PAGE);
	answer("mprotect odd", mprotect(p + 1, PAGE, PROT_READ));
	answer("mprotect length 0", mprotect(p, 0, PROT_READ));
	answer("mprotect bad bits", mprotect(p, PAGE, 0x100));
	answer("mprotect growsdown", mprotect(p, PAGE, RW | 0x01000000));
	answer("mprotect both grow", mprotect(p, PAGE, RW | 0x03000000));
	answer("mprotect ro", mprotect(p + PAGE, PAGE, PROT_READ));
	answer("mprotect none", mprotect(p + 3 * PAGE, 2 * PAGE, PROT_NONE));
	answer_pages("mprotect window", p, 8);
	answer("mprotect rw again", mprotect(p, 8 * PAGE, RW));
	for (size_t i = 0; i < 8; i++)
		if (p[i * PAGE + 5] != 1)
			fail("page %zu lost its contents through mprotect", i);
	munmap(p + 5 * PAGE, PAGE);
	answer("mprotect over a hole", mprotect(p + 3 * PAGE, 5 * PAGE, PROT_READ));
	answer_pages("mprotect before the hole", p, 8);
	answer("mprotect unmapped", mprotect(p + 5 * PAGE, PAGE, PROT_READ));
	q = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd_ro, 0);
	answer("mprotect shared ro to rw", mprotect(q, PAGE, RW));
	q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd_ro, 0);
	answer("mprotect private ro to rw", mprotect(q, PAGE, RW));
	answer_pages("mprotect private", q, 1);
}

static void test_mremap(void)
{
	char *p = map(16, RW), *q, *s;
	size_t i;

	for (i = 0; i < 16; i++)
		p[i * PAGE] = (char)(i + 1);
	answer_ptr("mremap odd", mremap(p + 1, PAGE, PAGE, 0));
	answer_ptr("mremap new length 0", mremap(p, PAGE, 0, 0));
	answer_ptr("mremap bad flags", mremap(p, PAGE, PAGE, 0x80));
	answer_ptr("mremap fixed without maymove", mremap(p, PAGE, PAGE, MREMAP_FIXED, p + 4 * PAGE));
	answer_ptr("mremap same", mremap(p, 2 * PAGE, 2 * PAGE, 0));
	answer_ptr("mremap grow blocked", mremap(p, PAGE, 2 * PAGE, 0));
	answer_ptr("mremap overlap", mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p + 2 * PAGE));
	answer_ptr("mremap old length 0", mremap(p, 0, PAGE, MREMAP_MAYMOVE));
	answer_ptr("mremap shrink", mremap(p + 12 * PAGE, 4 * PAGE, 2 * PAGE, 0));
	answer_pages("mremap shrunk", p + 12 * PAGE, 4);
	answer("mremap grow in place", mremap(p + 12 * PAGE, 2 * PAGE, 3 * PAGE, 0) == p + 12 * PAGE);
	q = mremap(p, 2 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
	answer_ptr("mremap move and grow", q);
	if (q[0] != 1 || q[PAGE] != 2 || q[2 * PAGE] != 0)
		fail("contents after mremap: %d %d %d", q[0], q[PAGE], q[2 * PAGE]);
	answer_pages("mremap left behind", p, 3);
	q = mremap(p + 4 * PAGE, 2 * PAGE, 2 * PAGE, MREMAP_FIXED | MREMAP_MAYMOVE, p + 8 * PAGE);
	answer("mremap fixed", q == p + 8 * PAGE);
	if (q[0] != 5 || q[PAGE] != 6)
		fail("contents after a fixed mremap: %d %d", q[0], q[PAGE]);
	answer_pages("mremap window", p, 16);
	answer_ptr("mremap beyond the area", mremap(p + 14 * PAGE, 8 * PAGE, 9 * PAGE, MREMAP_MAYMOVE));
	answer_ptr("mremap unmapped", mremap(p + 4 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	s = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	s[0] = 7;
	q = mremap(s, 0, 2 * PAGE, MREMAP_MAYMOVE);
	answer_ptr("mremap shared twice", q);
	if (q != MAP_FAILED) {
		q[PAGE] = 8;
		answer("mremap shared contents", q[0] == 7 && s[PAGE] == 8);
	}
}

static void test_madvise(void)
{
	char *p = map(4, RW), *f;

	memset(p, 3, 4 * PAGE);
	answer("madvise unknown", madvise(p, PAGE, 77));
	answer("madvise odd", madvise(p + 1, PAGE, MADV_NORMAL));
	answer("madvise length 0", madvise(p, 0, MADV_NORMAL));
	answer("madvise wraps", madvise(p, ~0ul, MADV_NORMAL));
	answer("madvise sequential", madvise(p, 4 * PAGE, MADV_SEQUENTIAL));
	answer("madvise random", madvise(p + PAGE, PAGE, MADV_RANDOM));
	answer("madvise normal", madvise(p, 4 * PAGE, MADV_NORMAL));
	answer("madvise dontneed", madvise(p + PAGE, PAGE, MADV_DONTNEED));
	answer("madvise contents", p[0] * 100 + p[PAGE] * 10 + p[2 * PAGE]);
	answer("madvise free", madvise(p + 2 * PAGE, PAGE, 8));
	answer("madvise dontfork", madvise(p, PAGE, MADV_DONTFORK));
	answer("madvise dofork", madvise(p, PAGE, MADV_DOFORK));
	answer("madvise dontdump", madvise(p, PAGE, 16));
	answer("madvise dodump", madvise(p, PAGE, 17));
	answer("madvise wipeonfork", madvise(p, PAGE, 18));
	answer("madvise keeponfork", madvise(p, PAGE, 19));
	munmap(p + PAGE, PAGE);
	answer("madvise over a hole", madvise(p, 4 * PAGE, MADV_DONTNEED));
	answer("madvise unmapped", madvise(p + PAGE, PAGE, MADV_DONTNEED));
	f = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, 0);
	answer("madvise willneed", madvise(f, 2 * PAGE, MADV_WILLNEED));
	answer("madvise free of a file", madvise(f, PAGE, 8));
	answer("madvise remove private", madvise(f, PAGE, MADV_REMOVE));
	answer("file byte", f[0]);
	f[0] = 99;
	answer("madvise drop private copy", madvise(f, PAGE, MADV_DONTNEED));
	answer("file byte after", f[0]);
}

static void test_sync_and_core(void)
{
	char *p = map(4, RW), *f = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
	unsigned char vec[4] = { 0 };

	answer("msync both", msync(p, PAGE, MS_SYNC | MS_ASYNC));
	answer("msync bad flags", msync(p, PAGE, 0x40));
	answer("msync odd", msync(p + 1, PAGE, MS_SYNC));
	answer("msync length 0", msync(p, 0, MS_SYNC));
	answer("msync anonymous", msync(p, 4 * PAGE, MS_SYNC));
	f[10] = 42;
	answer("msync file", msync(f, 2 * PAGE, MS_SYNC));
	answer("msync file async", msync(f, 2 * PAGE, MS_ASYNC | MS_INVALIDATE));
	p[0] = p[2 * PAGE] = 1;
	answer("mincore", mincore(p, 4 * PAGE, vec));
	answer("mincore pages", vec[0] * 1000 + vec[1] * 100 + vec[2] * 10 + vec[3]);
	answer("mincore odd", mincore(p + 1, PAGE, vec));
	answer("mincore bad vector", syscall(SYS_mincore, p, PAGE, (void *)8));
	munmap(p + PAGE, PAGE);
	answer("mincore hole", mincore(p, 4 * PAGE, vec));
	answer("msync hole", msync(p, 4 * PAGE, MS_SYNC));
	answer("msync unmapped", msync(p + PAGE, PAGE, MS_SYNC));
}

static void test_mlock(void)
{
	char *p = map(4, RW);
	unsigned char vec[4] = { 0 };

	answer("mlock", mlock(p, 4 * PAGE));
	answer("mlock resident", mincore(p, 4 * PAGE, vec) == 0 && vec[0] + vec[1] + vec[2] + vec[3] == 4);
	answer("mlock dontneed", madvise(p, PAGE, MADV_DONTNEED));
	answer("mlock msync invalidate", msync(p, PAGE, MS_INVALIDATE));
	answer("munlock part", munlock(p + PAGE, PAGE));
	answer("munlock", munlock(p, 4 * PAGE));
	answer("mlock2 bad flags", syscall(SYS_mlock2, p, PAGE, 8));
	answer("mlock2 on fault", syscall(SYS_mlock2, p, PAGE, 1));
	munmap(p + PAGE, PAGE);
	answer("mlock hole", mlock(p, 4 * PAGE));
	answer("munlock hole", munlock(p, 4 * PAGE));
	answer("mlockall nothing", mlockall(0));
	answer("mlockall on fault only", mlockall(4));
	answer("munlockall", munlockall());
}

static void test_brk(void)
{
	char *start = sbrk(0), *p = (char *)(((unsigned long)start + PAGE - 1) & ~(PAGE - 1));

	/* musl's sbrk() only answers 0, so ask the kernel */
	unsigned long now_at = syscall(SYS_brk, 0), top = ((now_at + PAGE - 1) & ~(PAGE - 1)) + 4 * PAGE;

	p = (char *)(top - 4 * PAGE);
	answer("brk grow", syscall(SYS_brk, top) == (long)top);
	memset(p, 9, 4 * PAGE);
	answer("brk shrink", syscall(SYS_brk, top - 2 * PAGE) == (long)(top - 2 * PAGE));
	answer_pages("brk window", p, 4);
	answer("brk grow again", syscall(SYS_brk, top) == (long)top);
	answer("brk contents", p[0] * 10 + p[3 * PAGE]);
	answer("brk below the start", syscall(SYS_brk, 4096) == (long)top);
	answer("brk too far", syscall(SYS_brk, 1ul << 47) == (long)top);
	answer("brk back", syscall(SYS_brk, now_at) == (long)now_at);
}

static void test_file(void)
{
	char *p, *q, buf[16];
	off_t size = (off_t)PAGE + 100;

	if (ftruncate(fd, 0) || ftruncate(fd, size) || pwrite(fd, "hello", 5, 0) != 5)
		die("preparing the file: %s", strerror(errno));
	p = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, fd, 0);
	q = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE, fd, 0);
	answer_pages("file window", p, 4);
	answer_pages("file private window", q, 4);
	answer("file reads", memcmp(p, "hello", 5));
	memcpy(p + 5, " there", 6);
	answer("file pread sees the store", pread(fd, buf, 11, 0) == 11 && !memcmp(buf, "hello there", 11));
	pwrite(fd, "H", 1, 0);
	answer("file map sees the write", p[0] == 'H');
	answer("file tail is zero", p[PAGE + 100] | p[PAGE + 4000]);
	p[PAGE + 200] = 'x'; /* behind the end, in the last page: not kept */
	q[1] = 'E';
	answer("file private does not leak", p[1] == 'e' && q[1] == 'E');
	answer("file shrink", ftruncate(fd, 50));
	answer_pages("file window shrunk", p, 4);
	answer("file grow", ftruncate(fd, 3 * (off_t)PAGE));
	answer_pages("file window grown", p, 4);
	answer("file grown is zero", p[51] | p[PAGE + 200] | p[2 * PAGE]);
	answer("file head", !memcmp(p, "Hello there", 11));
	/* a write whose source is the mapping of the page it writes */
	answer("file write from itself", pwrite(fd, p, 2 * PAGE, 100) == (ssize_t)(2 * PAGE));
	answer("file read into itself", pread(fd, p + 10, 100, 0));
	munmap(p, 4 * PAGE);
	munmap(q, 4 * PAGE);
}

static void test_limits(void)
{
	struct rlimit old, lim;
	char *p, *stack;

	getrlimit(RLIMIT_AS, &old);
	lim = old;
	lim.rlim_cur = 64ul << 20;
	setrlimit(RLIMIT_AS, &lim);
	answer_ptr("limit of address space", mmap(NULL, 80ul << 20, RW, ANON, -1, 0));
	answer_ptr("limit not reached", p = mmap(NULL, 1ul << 20, RW, ANON, -1, 0));
	answer_ptr("limit on mremap", mremap(p, 1ul << 20, 80ul << 20, MREMAP_MAYMOVE));
	setrlimit(RLIMIT_AS, &old);
	/* a stack of our own: grows down into free space, not into a neighbour */
	p = mmap(NULL, 1024 * PAGE, PROT_NONE, ANON, -1, 0);
	munmap(p + PAGE, 1023 * PAGE);
	stack = mmap(p + 1000 * PAGE, 4 * PAGE, RW, ANON | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	answer_ptr("growsdown", stack);
	answer_pages("growsdown grows", stack - 2 * PAGE, 2);
	answer_pages("growsdown far", stack - 500 * PAGE, 1);
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");
	char page[PAGE];

	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(dir_path, sizeof(dir_path), "%s", dir ? dir : "/");
	snprintf(path, sizeof(path), "%s/mmapcalls.file", dir ? dir : "");
	snprintf(path_ro, sizeof(path_ro), "%s/mmapcalls.ro", dir ? dir : "");
	memset(page, 65, sizeof(page));
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	fd_wo = open(path_ro, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || fd_wo < 0 || pwrite_all(fd, page, PAGE, 0) != (ssize_t)PAGE || pwrite_all(fd, page, PAGE, PAGE) != (ssize_t)PAGE ||
	    pwrite_all(fd_wo, page, PAGE, 0) != (ssize_t)PAGE)
		die("%s: %s", path, strerror(errno));
	fd_ro = open(path_ro, O_RDONLY);
	fd_dir = open(dir_path, O_RDONLY | O_DIRECTORY);
	if (fd_ro < 0 || fd_dir < 0 || pipe(probe))
		die("set-up: %s", strerror(errno));
	test_mmap();
	test_munmap();
	test_mprotect();
	test_mremap();
	test_madvise();
	test_sync_and_core();
	test_mlock();
	test_brk();
	test_file();
	test_limits();
	unlink(path);
	unlink(path_ro);
	printf("mmapcalls: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() != 0;
}
