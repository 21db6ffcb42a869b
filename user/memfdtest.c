// SPDX-License-Identifier: MIT
/*
 * memfdtest
 *
 * memfd_create and every seal: what each forbids, to whom it cannot be applied, and that it holds for mappings. The same on Linux.
 */
#define _GNU_SOURCE
#include "lib/check.h"
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define F_SEAL_SEAL 1
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW 4
#define F_SEAL_WRITE 8
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 16
#endif
#ifndef FALLOC_FL_KEEP_SIZE
#define FALLOC_FL_KEEP_SIZE  1
#define FALLOC_FL_PUNCH_HOLE 2
#endif
#define MFD_CLOEXEC_ 1
#define MFD_ALLOW_SEALING_ 2

#define PAGE 4096L

static int memfd(const char *name, unsigned int flags)
{
	return syscall(SYS_memfd_create, name, flags);
}

static int sealable(void)
{
	int fd = memfd("sealable", MFD_ALLOW_SEALING_);

	check(fd >= 0 && ftruncate(fd, 4 * PAGE) == 0);
	return fd;
}

static void *map(int fd, int prot, int flags)
{
	return mmap(NULL, 4 * PAGE, prot, flags, fd, 0);
}

static void test_create(void)
{
	char name[260], path[64], got[300];
	int fd = memfd("hello", MFD_CLOEXEC_), n;
	struct stat st;

	check(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	check(fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0 && st.st_size == 0 && (st.st_mode & 0777) == 0777);
	check(fcntl(fd, F_GET_SEALS) == F_SEAL_SEAL);
	check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
	check(write(fd, "data", 4) == 4 && lseek(fd, 1, SEEK_SET) == 1 && read(fd, got, 9) == 3 && !memcmp(got, "ata", 3));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, got, sizeof(got) - 1);
	if (n > 0) {
		got[n] = 0;
		check(!strcmp(got, "/memfd:hello (deleted)"));
	}
	close(fd);
	memset(name, 'n', sizeof(name));
	name[249] = 0;
	fd = memfd(name, 0);
	check(fd >= 0 && fcntl(fd, F_GETFD) == 0);
	close(fd);
	name[249] = 'n';
	name[250] = 0;
	check_errno(memfd(name, 0), EINVAL);
	check_errno(memfd("x", 0x10000), EINVAL);
	check_errno(memfd((char *)1, 0), EFAULT);
	fd = memfd("", 0);
	check(fd >= 0);
	close(fd);
}

static void test_size_seals(void)
{
	int fd = sealable();

	check(fcntl(fd, F_GET_SEALS) == 0);
	check_errno(fcntl(fd, F_ADD_SEALS, 0x100), EINVAL);
	check(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	check_errno(ftruncate(fd, PAGE), EPERM);
	check(ftruncate(fd, 5 * PAGE) == 0);
	check(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0 && fcntl(fd, F_GET_SEALS) == (F_SEAL_SHRINK | F_SEAL_GROW));
	check_errno(ftruncate(fd, 6 * PAGE), EPERM);
	check_errno(pwrite(fd, "x", 1, 5 * PAGE), EPERM);
	check_errno(fallocate(fd, 0, 5 * PAGE, PAGE), EPERM);
	check(pwrite(fd, "x", 1, 5 * PAGE - 1) == 1 && ftruncate(fd, 5 * PAGE) == 0);
	check(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
	check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	close(fd);
}

static void test_write_seal(void)
{
	int fd = sealable(), hold[2], status;
	char *a = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	pid_t pid;

	check(a != MAP_FAILED && pipe(hold) == 0);
	strcpy(a, "before");
	check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	check(fcntl(fd, F_GET_SEALS) == 0);
	/* somebody else's mapping counts too, until it goes with its process */
	pid = fork();
	if (pid == 0) {
		close(hold[1]);
		_exit(read(hold[0], &status, 1) != 0);
	}
	close(hold[0]);
	check(pid > 0 && munmap(a, 4 * PAGE) == 0);
	check_errno(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	close(hold[1]);
	check(waitpid(pid, &status, 0) == pid && status == 0);
	check(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	close(fd);
}

static void test_sealed(void)
{
	int fd = sealable();
	char *p = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE), got[8];

	check(pwrite(fd, "before", 7, 0) == 7 && !strcmp(p, "before"));
	check(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0 && fcntl(fd, F_GET_SEALS) == F_SEAL_WRITE);
	check_errno(pwrite(fd, "x", 1, 0), EPERM);
	check_errno(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE), EPERM);
	check(map(fd, PROT_READ | PROT_WRITE, MAP_SHARED) == MAP_FAILED && errno == EPERM);
	strcpy(p, "private");
	check(pread(fd, got, 7, 0) == 7 && !strcmp(got, "before"));
	check(ftruncate(fd, 8 * PAGE) == 0);
	check(munmap(p, 4 * PAGE) == 0);
	close(fd);
}

static void test_future_write(void)
{
	int fd = sealable();
	char *a = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED), *r, got[8];

	check(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0);
	strcpy(a, "mapped");
	check(pread(fd, got, 7, 0) == 7 && !strcmp(got, "mapped"));
	check_errno(pwrite(fd, "x", 1, 0), EPERM);
	check(map(fd, PROT_READ | PROT_WRITE, MAP_SHARED) == MAP_FAILED && errno == EPERM);
	r = map(fd, PROT_READ, MAP_SHARED);
	check(r != MAP_FAILED && !strcmp(r, "mapped"));
	check_errno(mprotect(r, PAGE, PROT_READ | PROT_WRITE), EACCES);
	check(munmap(a, 4 * PAGE) == 0 && munmap(r, 4 * PAGE) == 0);
	close(fd);
}

static void test_others(void)
{
	int fd = open("/proc/self/exe", O_RDONLY), null = open("/dev/null", O_RDWR), own = sealable(), ro;
	char path[64];

	if (fd >= 0)
		check_errno(fcntl(fd, F_GET_SEALS), EINVAL);
	if (null >= 0)
		check_errno(fcntl(null, F_ADD_SEALS, F_SEAL_WRITE), EINVAL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", own);
	ro = open(path, O_RDONLY);
	if (ro >= 0)
		check_errno(fcntl(ro, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	close(ro);
	close(own);
	close(null);
	close(fd);
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	test_create();
	test_size_seals();
	test_write_seal();
	test_sealed();
	test_future_write();
	test_others();
	printf("memfdtest: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() ? 1 : 0;
}
