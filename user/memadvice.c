// SPDX-License-Identifier: MIT
/*
 * memadvice
 *
 * madvise in all its forms on private, shared and file memory, mlock and its limits, mincore, remap_file_pages, and the calls about
 * memory nodes; advice about another process's memory and its early release; mremap that leaves the old place behind. The same on Linux with one node, but for what is asked only with ALONE set.
 */
#define _GNU_SOURCE
#include "lib/check.h"
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define COLD	       20
#define PAGEOUT	       21
#define POPULATE_READ  22
#define POPULATE_WRITE 23
#define WIPEONFORK     18
#define DONTNEED_LOCKED 24
#define DONTUNMAP      4 /* MREMAP_DONTUNMAP */
#define KEEPONFORK     19

#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

#define PAGE 4096L

static char *anon(long pages, int flags)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return p;
}

static int resident(char *p, long pages)
{
	unsigned char vec[64];
	int n = 0;

	check(mincore(p, pages * PAGE, vec) == 0);
	for (long i = 0; i < pages; i++)
		n += vec[i] & 1;
	return n;
}

static void test_private(void)
{
	char *p = anon(8, MAP_PRIVATE);

	check(resident(p, 8) == 0);
	check(madvise(p, 4 * PAGE, POPULATE_WRITE) == 0 && resident(p, 8) == 4);
	memset(p, 'p', 4 * PAGE);
	check(madvise(p, PAGE, MADV_DONTNEED) == 0 && p[0] == 0 && p[PAGE] == 'p');
	check(madvise(p, 8 * PAGE, COLD) == 0 && madvise(p, 8 * PAGE, PAGEOUT) == 0 && p[3 * PAGE] == 'p');
	check(madvise(p + PAGE, PAGE, MADV_FREE) == 0 && (p[PAGE] == 0 || p[PAGE] == 'p'));
	check(madvise(p, 8 * PAGE, MADV_WILLNEED) == 0 && madvise(p, 8 * PAGE, MADV_RANDOM) == 0 &&
	      madvise(p, 2 * PAGE, MADV_SEQUENTIAL) == 0 && madvise(p, 8 * PAGE, MADV_NORMAL) == 0);
	check(madvise(p, PAGE, MADV_DONTDUMP) == 0 && madvise(p, PAGE, MADV_DODUMP) == 0);
	check(mprotect(p, PAGE, PROT_READ) == 0);
	check(madvise(p, PAGE, POPULATE_READ) == 0);
	check_errno(madvise(p, PAGE, POPULATE_WRITE), EINVAL);
	check(mprotect(p, PAGE, PROT_NONE) == 0);
	check_errno(madvise(p, PAGE, POPULATE_READ), EINVAL);
	check_errno(madvise(p, 8 * PAGE, MADV_REMOVE), EINVAL);
	check_errno(madvise(p + 1, PAGE, MADV_NORMAL), EINVAL);
	check_errno(madvise(p, PAGE, 12345), EINVAL);
	check(munmap(p + 4 * PAGE, PAGE) == 0);
	check_errno(madvise(p, 8 * PAGE, MADV_NORMAL), ENOMEM);
	check_errno(madvise(p + 4 * PAGE, PAGE, POPULATE_READ), ENOMEM);
	munmap(p, 8 * PAGE);
}

static void test_fork(void)
{
	char *p = anon(3, MAP_PRIVATE), *s = anon(1, MAP_SHARED);
	int status;
	pid_t pid;

	memset(p, 'f', 3 * PAGE);
	check(madvise(p, PAGE, WIPEONFORK) == 0 && madvise(p + PAGE, PAGE, MADV_DONTFORK) == 0);
	check_errno(madvise(s, PAGE, WIPEONFORK), EINVAL);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		unsigned char vec;

		_exit(p[0] != 0 || p[2 * PAGE] != 'f' || mincore(p + PAGE, PAGE, &vec) == 0 || errno != ENOMEM);
	}
	check(waitpid(pid, &status, 0) == pid && status == 0);
	check(p[0] == 'f' && madvise(p, PAGE, KEEPONFORK) == 0 && madvise(p + PAGE, PAGE, MADV_DOFORK) == 0);
	pid = fork();
	if (pid == 0)
		_exit(p[0] != 'f' || p[PAGE] != 'f');
	check(waitpid(pid, &status, 0) == pid && status == 0);
	munmap(p, 3 * PAGE);
	munmap(s, PAGE);
}

static void test_shared(void)
{
	int fd = syscall(SYS_memfd_create, "advice", 0);
	char *a, *b, c;

	check(fd >= 0 && ftruncate(fd, 8 * PAGE) == 0);
	a = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	b = mmap(NULL, 8 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	check(a != MAP_FAILED && b != MAP_FAILED);
	check(madvise(a, 8 * PAGE, POPULATE_WRITE) == 0 && resident(b, 8) == 8);
	for (int i = 0; i < 8; i++)
		a[i * PAGE] = 'a' + i;
	/* entries go, contents stay */
	check(madvise(a, 8 * PAGE, MADV_DONTNEED) == 0 && a[3 * PAGE] == 'd');
	check(madvise(a, 8 * PAGE, PAGEOUT) == 0 && a[4 * PAGE] == 'e');
	check_errno(madvise(a, PAGE, MADV_FREE), EINVAL);
	/* contents go, for all */
	check(madvise(a + 2 * PAGE, 2 * PAGE, MADV_REMOVE) == 0);
	check(b[2 * PAGE] == 0 && b[3 * PAGE] == 0 && b[4 * PAGE] == 'e');
	check(pread(fd, &c, 1, 2 * PAGE) == 1 && c == 0);
	if (getenv("ALONE"))	/* newer Linux looks at what the mapping may become */
		check_errno(madvise(b, PAGE, MADV_REMOVE), EACCES);
	/* another page in a place */
	check(syscall(SYS_remap_file_pages, a, PAGE, 0, 7, 0) == 0 && a[0] == 'h' && a[PAGE] == 'b');
	a[0] = 'H';
	check(b[7 * PAGE] == 'H');
	check_errno(syscall(SYS_remap_file_pages, a, PAGE, PROT_READ, 7, 0), EINVAL);
	check_errno(syscall(SYS_remap_file_pages, a, 100 * PAGE, 0, 7, 0), EINVAL);
	munmap(a, 8 * PAGE);
	munmap(b, 8 * PAGE);
	close(fd);
}

static void as_nobody(void)
{
	struct rlimit limit = { 4 * PAGE, 4 * PAGE };
	char *p = anon(8, MAP_PRIVATE);

	check(setrlimit(RLIMIT_MEMLOCK, &limit) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
	check(mlock(p, 4 * PAGE) == 0 && resident(p, 8) == 4);
	check(mlock(p, 4 * PAGE) == 0);
	check_errno(mlock(p + 4 * PAGE, PAGE), ENOMEM);
	check(munlock(p, PAGE) == 0 && mlock(p + 4 * PAGE, PAGE) == 0);
	check_errno(mlockall(MCL_CURRENT), ENOMEM);
	check_errno(madvise(p + PAGE, PAGE, MADV_DONTNEED), EINVAL);
	check(munlockall() == 0 && madvise(p + PAGE, PAGE, MADV_DONTNEED) == 0);
	check(syscall(SYS_mlock2, p, 2 * PAGE, 1) == 0);
	check_errno(syscall(SYS_mlock2, p, PAGE, 2), EINVAL);
	check_errno(mlockall(0), EINVAL);
	check_errno(mlockall(8), EINVAL);
	check(mlockall(MCL_FUTURE) == 0);
	check_errno((long)mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1 ? -1 : 0, EAGAIN);
	_exit(failures() ? 1 : 0);
}

static void test_mlock(void)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		as_nobody();
	check(waitpid(pid, &status, 0) == pid && status == 0);
}

/* ---- what is kept and told: places for huge pages, pages to be merged ---- */

/* Is the word among the VmFlags of the area at p?  -1: no such file. */
static int has_flag(const char *p, const char *word)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	char line[512], pattern[8];
	unsigned long start, end;
	int inside = 0, ret = -1;

	snprintf(pattern, sizeof(pattern), " %s ", word);
	while (f && ret < 0 && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = start <= (unsigned long)p && (unsigned long)p < end;
		else if (inside && !strncmp(line, "VmFlags:", 8))
			ret = !!strstr(line, pattern);
	}
	if (f)
		fclose(f);
	return ret;
}

static void test_hints(void)
{
	char *p = anon(8, MAP_PRIVATE), *s = anon(1, MAP_SHARED);
	int told = has_flag(p, "rd") == 1;

	check(madvise(p + PAGE, 2 * PAGE, MADV_HUGEPAGE) == 0);
	check(!told || (has_flag(p + 2 * PAGE, "hg") == 1 && has_flag(p, "hg") == 0 && has_flag(p + 3 * PAGE, "hg") == 0));
	check(madvise(p, 8 * PAGE, MADV_NOHUGEPAGE) == 0);
	check(!told || (has_flag(p + 2 * PAGE, "nh") == 1 && has_flag(p + 2 * PAGE, "hg") == 0));
	check(madvise(p, 8 * PAGE, MADV_MERGEABLE) == 0 && madvise(s, PAGE, MADV_MERGEABLE) == 0);
	check(!told || (has_flag(p, "mg") == 1 && has_flag(s, "mg") == 0));
	check(madvise(p, 8 * PAGE, MADV_UNMERGEABLE) == 0);
	check(!told || has_flag(p, "mg") == 0);
	munmap(p, 8 * PAGE);
	munmap(s, PAGE);
}

static void test_dontneed_locked(void)
{
	char *p = anon(2, MAP_PRIVATE);

	memset(p, 'l', 2 * PAGE);
	check(mlock(p, 2 * PAGE) == 0);
	check_errno(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
	check(madvise(p, PAGE, DONTNEED_LOCKED) == 0 && p[0] == 0 && p[PAGE] == 'l');
	check(munlock(p, 2 * PAGE) == 0 && p[PAGE] == 'l');
	munmap(p, 2 * PAGE);
}

static void test_mremap_keeps(void)
{
	char *p = anon(4, MAP_PRIVATE), *q;

	memset(p, 'k', 4 * PAGE);
	check_errno((long)mremap(p, PAGE, PAGE, DONTUNMAP), EINVAL);
	check_errno((long)mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE | DONTUNMAP), EINVAL);
	q = mremap(p + PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | DONTUNMAP, NULL);
	check(q != MAP_FAILED && q != p + PAGE && q[0] == 'k' && q[2 * PAGE - 1] == 'k');
	check(p[0] == 'k' && p[PAGE] == 0 && p[2 * PAGE] == 0 && p[3 * PAGE] == 'k');
	p[PAGE] = 'n';
	check(q[0] == 'k');
	munmap(p, 4 * PAGE);
	munmap(q, 2 * PAGE);
}

/* ---- other processes ---- */

static long process_madvise_(int pidfd, char *p, long len, int advice, unsigned int flags)
{
	struct iovec range = { p, len };

	return syscall(SYS_process_madvise, pidfd, &range, 1UL, advice, flags);
}

static void test_other_process(void)
{
	char *p = anon(64, MAP_PRIVATE), c;
	int ready[2], pidfd;
	pid_t pid;

	memset(p, 'o', 64 * PAGE);
	check(pipe(ready) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		memset(p, 'c', 64 * PAGE);
		check(write(ready[1], "r", 1) == 1);
		for (;;)
			pause();
	}
	check(read(ready[0], &c, 1) == 1);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	check(pidfd >= 0);
	check(process_madvise_(pidfd, p, 8 * PAGE, COLD, 0) == 8 * PAGE && process_madvise_(pidfd, p, 8 * PAGE, PAGEOUT, 0) == 8 * PAGE);
	check(process_madvise_(pidfd, p, 8 * PAGE, MADV_WILLNEED, 0) == 8 * PAGE);
	check_errno(process_madvise_(pidfd, p, 8 * PAGE, MADV_DONTNEED, 0), EINVAL);
	check_errno(process_madvise_(pidfd, p, 8 * PAGE, COLD, 1), EINVAL);
	check_errno(process_madvise_(ready[0], p, 8 * PAGE, COLD, 0), EBADF);
	check_errno(process_madvise_(pidfd, (char *)PAGE, PAGE, COLD, 0), ENOMEM);
	check_errno(syscall(SYS_process_mrelease, pidfd, 0), EINVAL); /* it lives */
	check_errno(syscall(SYS_process_mrelease, pidfd, 1), EINVAL);
	check_errno(syscall(SYS_process_mrelease, ready[0], 0), EBADF);
	check(kill(pid, SIGKILL) == 0);
	if (syscall(SYS_process_mrelease, pidfd, 0))
		check(errno == ESRCH); /* it was quicker */
	check(waitpid(pid, NULL, 0) == pid);
	check_errno(syscall(SYS_process_mrelease, pidfd, 0), ESRCH);
	check_errno(process_madvise_(pidfd, p, PAGE, COLD, 0), ESRCH);
	check(p[0] == 'o');
	close(pidfd);
	close(ready[0]);
	close(ready[1]);
	munmap(p, 64 * PAGE);
}

/* ---- nodes ---- */

static long get_policy(int *mode, unsigned long *mask, unsigned long max, void *addr, unsigned long flags)
{
	return syscall(SYS_get_mempolicy, mode, mask, max, addr, flags);
}

static long set_policy(int mode, const unsigned long *mask)
{
	return syscall(SYS_set_mempolicy, mode, mask, mask ? 65UL : 0);
}

static void test_nodes(void)
{
	unsigned long mask[16], one = 1, two = 2;
	int mode = -1, status[3], nodes[2] = { 0, 0 };
	char *p = anon(4, MAP_PRIVATE);
	void *pages[3] = { p, p + PAGE, (void *)16 };
	pid_t pid;

	if (get_policy(&mode, mask, 1024, NULL, 0) && errno == ENOSYS && !getenv("ALONE"))
		return;
	check(mode == 0 && mask[0] == 0 && mask[15] == 0);
	check(get_policy(&mode, mask, 1024, NULL, 4) == 0 && mask[0] == 1);
	check_errno(get_policy(&mode, NULL, 0, p, 0), EINVAL);
	check_errno(get_policy(&mode, NULL, 0, NULL, 8), EINVAL);
	check_errno(get_policy(&mode, NULL, 0, (void *)16, 2), EFAULT);
	p[0] = 1;
	check(get_policy(&mode, NULL, 0, p, 3) == 0 && mode == 0);
	check(set_policy(2, &one) == 0);
	check(get_policy(&mode, mask, 64, NULL, 0) == 0 && mode == 2 && mask[0] == 1);
	check_errno(set_policy(2, &two), EINVAL);
	check_errno(set_policy(2, NULL), EINVAL);
	check_errno(set_policy(0, &one), EINVAL);
	check_errno(set_policy(4, &one), EINVAL);
	check_errno(set_policy(9, &one), EINVAL);
	check(set_policy(3, &one) == 0 && get_policy(&mode, NULL, 0, NULL, 1) == 0 && mode == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(get_policy(&mode, NULL, 0, NULL, 0) != 0 || mode != 3);
	check(waitpid(pid, status, 0) == pid && status[0] == 0);
	check(set_policy(1, NULL) == 0 && get_policy(&mode, mask, 64, NULL, 0) == 0 && mode == 4 && mask[0] == 0);
	check(syscall(SYS_mbind, p + PAGE, PAGE, 2, &one, 65UL, 0) == 0);
	check(get_policy(&mode, NULL, 0, p + PAGE, 2) == 0 && mode == 2);
	check(get_policy(&mode, NULL, 0, p + 2 * PAGE, 2) == 0 && mode == 0);	/* the area's own */
	check_errno(syscall(SYS_mbind, p + 1, PAGE, 2, &one, 65UL, 0), EINVAL);
	check_errno(syscall(SYS_mbind, p, PAGE, 2, &one, 65UL, 64), EINVAL);
	check_errno(syscall(SYS_mbind, 16 * PAGE * 4, PAGE, 2, &one, 65UL, 0), EFAULT);
	check(set_policy(0, NULL) == 0);

	check(syscall(SYS_move_pages, 0, 3, pages, NULL, status, 0) == 0);
	check(status[0] == 0 && status[1] == -ENOENT && status[2] == -EFAULT);
	check(syscall(SYS_move_pages, 0, 2, pages, nodes, status, 2) == 0 && status[0] == 0);
	nodes[0] = 5;
	check_errno(syscall(SYS_move_pages, 0, 2, pages, nodes, status, 2), ENODEV);
	check(syscall(SYS_migrate_pages, 0, 65UL, &one, &one) == 0);
	munmap(p, 4 * PAGE);
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	test_private();
	test_fork();
	test_shared();
	test_mlock();
	test_hints();
	test_dontneed_locked();
	test_mremap_keeps();
	test_other_process();
	test_nodes();
	printf("memadvice: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() ? 1 : 0;
}
