// SPDX-License-Identifier: MIT
/*
 * proccheck [--seconds N] [--threads N] [--without-checks]
 *
 * Reads everything under /proc, in pieces of all sizes and from several threads, while others work with files, and checks that it says
 * what happened: counters never go back, a call that was made is counted once, a lock that was held has been
 * held, the trace shows the calls that were asked for. What is not to be changed cannot be. With --without-checks the
 * kernel was built without its checks, and the files that tell of them must not exist.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOM	(1 << 20)
#define MAX_ROWS 400
#define DIRECTORY "/proccheck"

struct row {
	char name[80];
	unsigned long long value[4];	/* calls, checks, violations, longest; or acquisitions, contentions */
};

struct rows {
	struct row row[MAX_ROWS];
	int count;
};

static bool checks = true;
static double stop;

/* ---- reading ---- */

/* The file's text, read in pieces of @piece bytes; its length. A zero is put behind it. */
static size_t read_whole(const char *path, char *buf, size_t piece)
{
	int fd = open(path, O_RDONLY);
	size_t done = 0;
	ssize_t n = 1;

	if (fd < 0) {
		fail("open %s: %s", path, strerror(errno));
		return 0;
	}
	while (n > 0 && done < ROOM - 1) {
		n = read(fd, buf + done, piece < ROOM - 1 - done ? piece : ROOM - 1 - done);
		if (n < 0)
			fail("read %s in pieces of %zu: %s", path, piece, strerror(errno));
		done += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	buf[done] = 0;
	if (done && buf[done - 1] != '\n')
		fail("%s, in pieces of %zu, ends in the middle of a line", path, piece);
	return done;
}

static void write_text(const char *path, const char *text, int error)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (n < 0 ? errno != error : error || n != (ssize_t)strlen(text))
		fail("writing \"%s\" to %s: %s, not %s", text, path, n < 0 ? strerror(errno) : "written", strerror(error));
	if (fd >= 0)
		close(fd);
}

/* Lists of what there need not be: no module, no miscellaneous device, no lock. */
static bool may_be_empty(const char *name)
{
	static const char *const names[] = { "modules", "misc", "locks" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void list_and_read(const char *dir, char *buf, struct rng *rng)
{
	static const size_t pieces[] = { 1, 7, 100, 4095, 4096, 70000 };
	DIR *stream = opendir(dir);
	struct dirent *entry;
	int entries = 0;

	if (!stream)
		die("opendir %s", dir);
	while ((entry = readdir(stream))) {
		char path[300];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		/* Processes come and go. */
		if (lstat(path, &st) && errno != ENOENT)
			fail("stat %s: %s", path, strerror(errno));
		if (entry->d_type != DT_REG)
			continue;
		entries++;
		if (st.st_ino != entry->d_ino || st.st_size || entry->d_type != DT_REG)
			fail("%s: inode %lu and %lu, size %lld", path, (unsigned long)st.st_ino, (unsigned long)entry->d_ino,
			     (long long)st.st_size);
		/* Byte by byte is for the short ones: each byte is a system call. */
		size_t piece = pieces[rng_below(rng, 6)];

		if (piece < 100 && read_whole(path, buf, 65536) > 4000)
			piece = 100;
		if (read_whole(path, buf, piece) == 0 && !may_be_empty(entry->d_name))
			fail("%s is empty", path);
	}
	closedir(stream);
	if (entries < (checks ? 16 : 13))
		fail("%s holds %d files", dir, entries);
}

/* What does not change reads the same in any pieces and from any place. */
static void constant_file(const char *path, char *buf, struct rng *rng)
{
	char *other = malloc(ROOM);
	size_t len = read_whole(path, buf, 4096);
	int fd = open(path, O_RDONLY);

	if (!other || fd < 0)
		die("%s", path);
	for (size_t piece = 1; piece < 40; piece += 3)
		if (read_whole(path, other, piece) != len || memcmp(buf, other, len))
			fail("%s differs when read in pieces of %zu", path, piece);
	for (int i = 0; i < 200; i++) {
		size_t at = rng_below(rng, len + 3), want = rng_below(rng, 50) + 1;
		ssize_t n = pread(fd, other, want, (off_t)at);

		if (n < 0 || (size_t)n > want || (at < len && !n) || at + (size_t)n > (at < len ? len : at) ||
		    memcmp(other, buf + (at < len ? at : 0), (size_t)n))
			fail("%s: pread of %zu at %zu gives %zd", path, want, at, n);
	}
	close(fd);
	free(other);
}

static void has_line(const char *path, const char *start, char *buf)
{
	size_t len = strlen(start);

	read_whole(path, buf, 4096);
	for (char *line = buf; line; line = strchr(line, '\n'), line += line != NULL)
		if (!strncmp(line, start, len))
			return;
	fail("%s has no line that begins with \"%s\"", path, start);
}

/* ---- the counters ---- */

static void read_locking(struct rows *rows, char *buf, size_t piece)
{
	char *save = NULL;

	read_whole("/proc/locking", buf, piece);
	rows->count = 0;
	for (char *line = strtok_r(buf, "\n", &save); line && rows->count < MAX_ROWS; line = strtok_r(NULL, "\n", &save)) {
		struct row *r = &rows->row[rows->count];
		char table[40], op[40];
		unsigned int seeded, caught;

		if (*line == '#')
			continue;
		if (sscanf(line, "%39[^\t]\t%39[^\t]\t%llu\t%llu\t%llu\t%llu\t%u\t%u", table, op, &r->value[0], &r->value[1],
			   &r->value[2], &r->value[3], &seeded, &caught) != 8) {
			fail("/proc/locking: cannot read \"%s\"", line);
			return;
		}
		snprintf(r->name, sizeof(r->name), "%s.%s", table, op);
		rows->count++;
	}
}

static void read_lock_stat(struct rows *rows, char *buf, size_t piece)
{
	char *save = NULL;
	int header = 2;

	read_whole("/proc/lock_stat", buf, piece);
	rows->count = 0;
	for (char *line = strtok_r(buf, "\n", &save); line && rows->count < MAX_ROWS; line = strtok_r(NULL, "\n", &save)) {
		struct row *r = &rows->row[rows->count];
		char *numbers = strstr(line, ": ");
		double skip;

		if (header && header--)
			continue;
		r->value[2] = r->value[3] = 0;
		if (!numbers || sscanf(line, "%79s", r->name) != 1 ||
		    sscanf(numbers, ": %llu %lf %lf %lf %llu %llu", &r->value[1], &skip, &skip, &skip, &r->value[0],
			   &r->value[2]) != 6) {
			fail("/proc/lock_stat: cannot read \"%s\"", line);
			return;
		}
		rows->count++;
	}
}

static struct row *find_row(struct rows *rows, const char *name)
{
	for (int i = 0; i < rows->count; i++)
		if (!strcmp(rows->row[i].name, name))
			return &rows->row[i];
	return NULL;
}

static void never_back(const char *path, struct rows *before, struct rows *after)
{
	for (int i = 0; i < before->count; i++) {
		struct row *b = &before->row[i], *a = find_row(after, b->name);

		if (!a) {
			fail("%s: %s has gone", path, b->name);
			continue;
		}
		for (int k = 0; k < 4; k++)
			if (a->value[k] < b->value[k])
				fail("%s: %s went back from %llu to %llu", path, b->name, b->value[k], a->value[k]);
	}
}

static unsigned long long calls_of(const char *op, char *buf)
{
	static struct rows rows;
	struct row *r;

	read_locking(&rows, buf, ROOM);
	r = find_row(&rows, op);
	if (!r)
		die("/proc/locking has no row %s", op);
	return r->value[0];
}

/* ---- work that is counted ---- */

#define FILE_A DIRECTORY "/a"
#define FILE_B DIRECTORY "/b"
#define TURNS 37

static void work(const char *op)
{
	char byte;
	int fd = open(FILE_A, O_RDWR | O_CREAT, 0644);

	if (fd < 0 || pwrite(fd, "x", 1, 0) != 1)
		die("%s", FILE_A);
	for (int i = 0; i < TURNS; i++) {
		if (!strcmp(op, "file_operations.read_iter"))
			pread(fd, &byte, 1, 0);
		else if (!strcmp(op, "file_operations.write_iter"))
			pwrite(fd, "y", 1, 0);
		else if (!strcmp(op, "file_operations.fsync"))
			fsync(fd);
		else if (!strcmp(op, "inode_operations.mkdir"))
			mkdir(FILE_B, 0755), rmdir(FILE_B);
		else if (!strcmp(op, "inode_operations.symlink"))
			symlink("a", FILE_B), unlink(FILE_B);
		else if (!strcmp(op, "inode_operations.rename"))
			rename(i % 2 ? FILE_B : FILE_A, i % 2 ? FILE_A : FILE_B);
	}
	close(fd);
	unlink(FILE_A);
	unlink(FILE_B);
}

/* With nobody else at work each row rises by what was done, no more and no less. */
static void exact_counts(char *buf)
{
	static const struct {
		const char *op;
		unsigned int others;	/* calls of it that the looking and the preparing make */
	} rows[] = {
		/* the last read of the first look, and the first of the second */
		{ "file_operations.read_iter", 2 }, { "file_operations.write_iter", 1 }, { "file_operations.fsync", 0 },
		{ "inode_operations.mkdir", 0 }, { "inode_operations.symlink", 0 }, { "inode_operations.rename", 0 },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned long long before = calls_of(rows[i].op, buf), after;

		work(rows[i].op);
		after = calls_of(rows[i].op, buf);
		if (after - before != TURNS + rows[i].others)
			fail("%s rose by %llu, not by %u", rows[i].op, after - before, TURNS + rows[i].others);
	}
}

static void check_trace(char *buf)
{
	unsigned int entries = 0, returns = 0;
	char *save = NULL, mine[32];

	snprintf(mine, sizeof(mine), "\t%ld\t", (long)syscall(SYS_gettid));

	write_text("/proc/locking_trace", "file_operations.fsync,inode_operations.nosuch", EINVAL);
	write_text("/proc/locking_trace", "file_operations.fsync", 0);
	work("file_operations.fsync");
	write_text("/proc/locking_trace", "off", 0);
	work("file_operations.fsync");
	read_whole("/proc/locking_trace", buf, 100);
	for (char *line = strtok_r(buf, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		/* The rings still hold what the workers did. */
		if (!strstr(line, "\tfile_operations.fsync\t") || !strstr(line, mine))
			continue;
		entries += strstr(line, "\t>\t") != NULL;
		returns += strstr(line, "\t<\t") && line[strlen(line) - 1] == '0';
	}
	if (entries != TURNS || returns != TURNS)
		fail("the trace shows %u calls and %u returns, not %d", entries, returns, TURNS);
}

static unsigned long long total(struct rows *rows, int which)
{
	unsigned long long sum = 0;

	for (int i = 0; i < rows->count; i++)
		sum += rows->row[i].value[which];
	return sum;
}

static void check_lock_stat(char *buf)
{
	static struct rows a, b, c;

	write_text("/proc/lock_stat", "2", EINVAL);
	write_text("/proc/lock_stat", "0", 0);
	read_lock_stat(&a, buf, 4096);
	write_text("/proc/lock_stat", "1", 0);
	work("file_operations.fsync");
	write_text("/proc/lock_stat", "0", 0);
	read_lock_stat(&b, buf, 4096);
	never_back("/proc/lock_stat", &a, &b);
	if (total(&b, 0) < total(&a, 0) + 5 * TURNS || total(&b, 2) < total(&a, 2) + 5 * TURNS)
		fail("%d calls of fsync: %llu acquisitions, %llu holds", TURNS, total(&b, 0) - total(&a, 0),
		     total(&b, 2) - total(&a, 2));
	write_text("/proc/lock_stat", "clear", 0);
	read_lock_stat(&c, buf, 4096);
	if (total(&c, 0) >= total(&b, 0) || total(&c, 2))
		fail("clearing left %llu of %llu acquisitions and %llu holds", total(&c, 0), total(&b, 0), total(&c, 2));
}

/* ---- what cannot be done ---- */

static void refused(const char *what, int result, int error)
{
	if (result >= 0 || errno != error)
		fail("%s: %s, not %s", what, result < 0 ? strerror(errno) : "done", strerror(error));
}

static void check_refusals(void)
{
	refused("creating", open("/proc/new", O_WRONLY | O_CREAT, 0644), ENOENT);
	refused("mkdir", mkdir("/proc/new", 0755), ENOENT);
	refused("unlink", unlink("/proc/uptime"), EPERM);
	refused("rename", rename("/proc/uptime", "/proc/new"), ENOENT);
	refused("rename to what is there", rename("/proc/uptime", "/proc/version"), EPERM);
	refused("chmod", chmod("/proc/uptime", 0777), EPERM);
	refused("opening uptime to write", open("/proc/uptime", O_WRONLY), EACCES);
	refused("looking up what is not there", open("/proc/new", O_RDONLY), ENOENT);
	refused("unmounting what is in use", ({ int fd = open("/proc/uptime", O_RDONLY), r = umount("/proc"); int e = errno;
						close(fd); errno = e; r; }), EBUSY);
}

static void check_mounts(char *buf, struct rng *rng)
{
	const char *place = DIRECTORY "/a place";
	int fd;

	if (mkdir(place, 0755) || mount("a\tb", place, "proc", MS_RDONLY | MS_NOSUID, NULL))
		die("a second mount of proc");
	has_line("/proc/mounts", "a\\011b " DIRECTORY "/a\\040place proc ro,nosuid,relatime 0 0", buf);
	list_and_read(place, buf, rng);
	fd = open(DIRECTORY "/a place/version", O_RDONLY);
	if (fd < 0 || umount(place) != -1 || errno != EBUSY)
		fail("unmounting with a file open: %s", strerror(errno));
	close(fd);
	if (umount(place) || rmdir(place))
		fail("unmounting %s: %s", place, strerror(errno));
}

/* ---- many at once ---- */

static void *file_worker(void *arg)
{
	struct rng rng = { .state = (uint64_t)(long)arg };
	char a[64], b[64], data[5000];

	snprintf(a, sizeof(a), DIRECTORY "/w%ld", (long)arg);
	snprintf(b, sizeof(b), DIRECTORY "/v%ld", (long)arg);
	memset(data, 'd', sizeof(data));
	while (now() < stop) {
		int fd = open(a, O_RDWR | O_CREAT, 0644);

		if (fd < 0 || pwrite_all(fd, data, sizeof(data), (off_t)rng_below(&rng, 100000)) != sizeof(data) ||
		    pread(fd, data, sizeof(data), 0) < 0 || rename(a, b) || (rng_chance(&rng, 5) && fsync(fd)) || unlink(b))
			fail("file work: %s", strerror(errno));
		memset(data, 'd', sizeof(data));
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static void *proc_reader(void *arg)
{
	struct rng rng = { .state = (uint64_t)(long)arg * 77 + 5 };
	struct rows *old = calloc(2, sizeof(*old)), *new = calloc(2, sizeof(*new));
	char *buf = malloc(ROOM);

	if (!old || !new || !buf)
		die("memory");
	if (checks) {
		read_locking(&old[0], buf, 4096);
		read_lock_stat(&old[1], buf, 4096);
	}
	while (now() < stop) {
		list_and_read("/proc", buf, &rng);
		if (!checks)
			continue;
		read_locking(&new[0], buf, 100 + rng_below(&rng, 9000));
		never_back("/proc/locking", &old[0], &new[0]);
		read_lock_stat(&new[1], buf, 100 + rng_below(&rng, 9000));
		never_back("/proc/lock_stat", &old[1], &new[1]);
		memcpy(old, new, 2 * sizeof(*old));
	}
	free(old);
	free(new);
	free(buf);
	return NULL;
}

/* Switches what can be switched. */
static void *switcher(void *arg)
{
	static const char *const traces[] = { "off", "all", "file_operations", "inode_operations.lookup,dentry_operations" };

	for (unsigned int i = 0; now() < stop; i++) {
		write_text("/proc/lock_stat", i % 2 ? "1" : "0", 0);
		write_text("/proc/locking_trace", traces[i % 4], 0);
		usleep(5000);
	}
	write_text("/proc/lock_stat", "0", 0);
	write_text("/proc/locking_trace", "off", 0);
	return NULL;
}

static void many_at_once(long threads)
{
	pthread_t thread[64];
	long n = 0;

	for (long i = 0; i < threads && n < 60; i++) {
		pthread_create(&thread[n++], NULL, file_worker, (void *)(i + 1));
		pthread_create(&thread[n++], NULL, proc_reader, (void *)(i + 1));
	}
	if (checks)
		pthread_create(&thread[n++], NULL, switcher, NULL);
	while (n)
		pthread_join(thread[--n], NULL);
}

int main(int argc, char **argv)
{
	struct rng rng = { .state = 1 };
	char *buf = malloc(ROOM);
	struct stat st;

	checks = !option_flag(argc, argv, "--without-checks");
	if (!buf || (mkdir(DIRECTORY, 0755) && errno != EEXIST))
		die("%s", DIRECTORY);
	if (!checks && (!stat("/proc/locking", &st) || !stat("/proc/lock_stat", &st) || !stat("/proc/locking_trace", &st)))
		fail("a kernel without checks tells of them");
	has_line("/proc/mounts", "/dev/vda / ext2 rw,relatime,errors=", buf);
	has_line("/proc/mounts", "proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0", buf);
	has_line("/proc/filesystems", "\text2", buf);
	has_line("/proc/filesystems", "nodev\tproc", buf);
	has_line("/proc/meminfo", "MemTotal: ", buf);
	has_line("/proc/version", "Linux version 5.3.0-rowlock", buf);
	constant_file("/proc/filesystems", buf, &rng);
	constant_file("/proc/mounts", buf, &rng);
	constant_file("/proc/version", buf, &rng);
	check_refusals();
	check_mounts(buf, &rng);
	stop = now() + (double)option_long(argc, argv, "--seconds", 3);
	many_at_once(option_long(argc, argv, "--threads", 3));
	if (checks) {
		exact_counts(buf);
		check_trace(buf);
		check_lock_stat(buf);
	}
	if (rmdir(DIRECTORY))
		fail("%s is not empty: %s", DIRECTORY, strerror(errno));
	printf("proccheck: %lu failures\n", failures());
	return failures() ? 1 : 0;
}
