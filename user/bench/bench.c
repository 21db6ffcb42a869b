// SPDX-License-Identifier: MIT
/*
 * bench [--dir DIR] [--mib N] [--quick] [--rows NAME,NAME]
 *
 * Rows of "bench NAME VALUE UNIT" for tests/bench.py, measured by the program's own clock: the same binary runs on Linux
 * in the same QEMU. Each row is the best of three rounds, because the host is noisy and noise only ever slows down.
 */
#include "bench.h"
#include "../lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *dir;
static char *buf;
static long mib;

/* Is the row wanted? All are, unless --rows names some. */
static const char *chosen;

bool wanted(const char *name)
{
	const char *at = chosen;
	size_t len = strlen(name);

	while (at && (strncmp(at, name, len) || (at[len] && at[len] != ','))) {
		at = strchr(at, ',');
		if (!at)
			return false;
		at++;
	}
	return true;
}

static double seconds_of(void (*work)(long), long amount)
{
	double best = 1e30;

	for (int i = 0; i < 3; i++) {
		double start = now(), took;

		work(amount);
		took = now() - start;
		if (took < best)
			best = took;
	}
	return best;
}

void per_second(const char *name, void (*work)(long), long count)
{
	if (wanted(name))
		printf("bench %s %.0f /s\n", name, (double)count / seconds_of(work, count));
}

void syncs_per_second(const char *name, void (*work)(long), long count)
{
	if (wanted(name))
		printf("bench %s %.0f syncs/s\n", name, (double)count / seconds_of(work, count));
}

static void megabytes(const char *name, void (*work)(long), long amount)
{
	if (wanted(name))
		printf("bench %s %.1f MB/s\n", name, (double)amount * 1048576 / 1e6 / seconds_of(work, amount));
}

const char *path(const char *name)
{
	static char text[300];

	snprintf(text, sizeof(text), "%s/%s", dir, name);
	return text;
}

static int fd;

static void do_getpid(long n)
{
	while (n--)
		getppid();
}

static void do_pread4k(long n)
{
	while (n--)
		if (pread(fd, buf, 4096, (n & 255) * 4096) != 4096)
			die("pread");
}

static void do_pwrite4k(long n)
{
	while (n--)
		if (pwrite(fd, buf, 4096, (n & 255) * 4096) != 4096)
			die("pwrite");
}

static void do_stat1(long n)
{
	struct stat st;

	while (n--)
		if (stat(path("cached"), &st))
			die("stat");
}

static void do_stat8(long n)
{
	char deep[400];
	struct stat st;

	snprintf(deep, sizeof(deep), "%s/1/2/3/4/5/6/7", dir);
	while (n--)
		if (stat(deep, &st))
			die("stat %s", deep);
}

static void do_open(long n)
{
	while (n--) {
		int one = open(path("cached"), O_RDONLY);

		if (one < 0)
			die("open");
		close(one);
	}
}

static void do_create(long n)
{
	while (n--) {
		int one = open(path("created"), O_RDWR | O_CREAT | O_EXCL, 0644);

		if (one < 0 || close(one) || unlink(path("created")))
			die("create");
	}
}

static void do_rename(long n)
{
	char a[300], b[300];

	snprintf(a, sizeof(a), "%s/rename-a", dir);
	snprintf(b, sizeof(b), "%s/rename-b", dir);
	while (n--)
		if (rename(a, b) || rename(b, a))
			die("rename");
}

static void do_mkdir(long n)
{
	while (n--)
		if (mkdir(path("made"), 0755) || rmdir(path("made")))
			die("mkdir");
}

static void do_anon(long pages)
{
	char *map = mmap(NULL, (size_t)pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		die("mmap");
	for (long i = 0; i < pages; i++)
		map[i * 4096] = 1;
	munmap(map, (size_t)pages * 4096);
}

static void do_read_fault(long pages)
{
	volatile char *map = mmap(NULL, (size_t)pages * 4096, PROT_READ, MAP_SHARED, fd, 0);
	char sum = 0;

	if (map == MAP_FAILED)
		die("mmap");
	for (long i = 0; i < pages; i++)
		sum += map[i * 4096];
	munmap((void *)map, (size_t)pages * 4096);
	(void)sum;
}

static void do_write_fault(long pages)
{
	char *map = mmap(NULL, (size_t)pages * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		die("mmap");
	for (long i = 0; i < pages; i++)
		map[i * 4096] = 1;
	munmap(map, (size_t)pages * 4096);
}

/* From an empty file to the disk, fsync included. */
static void do_seq_write(long amount)
{
	int out = open(path("sequential"), O_RDWR | O_CREAT | O_TRUNC, 0644);

	for (long i = 0; i < amount; i++)
		if (pwrite_all(out, buf, 1 << 20, (off_t)i << 20) != 1 << 20)
			die("sequential write");
	if (out < 0 || fsync(out) || close(out))
		die("sequential write");
}

/* From the disk: the pages are dropped first. */
static void do_seq_read(long amount)
{
	int in = open(path("sequential"), O_RDONLY);

	if (in < 0 || posix_fadvise(in, 0, 0, POSIX_FADV_DONTNEED))
		die("dropping pages");
	for (long i = 0; i < amount; i++)
		if (pread_all(in, buf, 1 << 20, (off_t)i << 20) != 1 << 20)
			die("sequential read");
	close(in);
}

static void do_cached_read(long amount)
{
	int in = open(path("sequential"), O_RDONLY);

	for (long i = 0; i < amount; i++)
		if (pread_all(in, buf, 65536, (off_t)(i & 127) << 16) != 65536)
			die("cached read");
	close(in);
}

static void prepare(void)
{
	char deep[400];
	int n;

	if (mkdir(dir, 0755) && errno != EEXIST)
		die("mkdir %s", dir);
	n = snprintf(deep, sizeof(deep), "%s", dir);
	for (int i = 1; i < 8; i++) {
		n += snprintf(deep + n, sizeof(deep) - (size_t)n, "/%d", i);
		if (mkdir(deep, 0755) && errno != EEXIST)
			die("mkdir %s", deep);
	}
	close(open(path("rename-a"), O_CREAT | O_RDWR, 0644));
	fd = open(path("cached"), O_RDWR | O_CREAT, 0644);
	for (int i = 0; fd >= 0 && i < 16; i++)
		if (pwrite_all(fd, buf, 1 << 20, (off_t)i << 20) != 1 << 20)
			die("preparing");
	if (fd < 0 || fsync(fd))
		die("preparing");
}

int main(int argc, char **argv)
{
	long scale = option_flag(argc, argv, "--quick") ? 1 : 10;

	setvbuf(stdout, NULL, _IOLBF, 0); /* children must not inherit what is not yet printed */
	dir = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "/bench";
	chosen = option(argc, argv, "--rows");
	mib = option_long(argc, argv, "--mib", 96);
	buf = malloc(1 << 20);
	if (!buf)
		die("memory");
	pattern_fill(buf, 1 << 20, 1, 0);
	prepare();
	per_second("syscall", do_getpid, 20000 * scale);
	per_second("pread-4k-cached", do_pread4k, 10000 * scale);
	per_second("pwrite-4k-cached", do_pwrite4k, 10000 * scale);
	per_second("stat-depth-1", do_stat1, 5000 * scale);
	per_second("stat-depth-8", do_stat8, 5000 * scale);
	per_second("open-close", do_open, 3000 * scale);
	per_second("create-unlink", do_create, 500 * scale);
	per_second("rename", do_rename, 500 * scale);
	per_second("mkdir-rmdir", do_mkdir, 300 * scale);
	per_second("anonymous-fault", do_anon, 400 * scale);
	per_second("shared-read-fault", do_read_fault, 400 * scale < 4096 ? 400 * scale : 4096);
	per_second("shared-write-fault", do_write_fault, 400 * scale < 4096 ? 400 * scale : 4096);
	bench_tasks(scale);
	bench_files(scale);
	bench_waits(scale);
	megabytes("sequential-write", do_seq_write, mib);
	megabytes("sequential-read", do_seq_read, mib);
	/* 64 KiB pieces: sixteen to the megabyte. */
	if (wanted("cached-read-64k"))
		printf("bench cached-read-64k %.1f MB/s\n", 16.0 * (double)mib * 65536 / 1e6 / seconds_of(do_cached_read, 16 * mib));
	return 0;
}
