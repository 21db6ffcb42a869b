// SPDX-License-Identifier: MIT
/*
 * The private part: one thread, one directory, and a model of every file in it. A call's result is compared with what the
 * model says it must be; a read's every byte with the model's copy. Calls on names and directories are in model_ops.c.
 */
#include "stress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void dir_path(struct worker *w, int dir, char *out, size_t len)
{
	char parent[1024];

	if (dir == 0) {
		snprintf(out, len, "%s", w->base);
		return;
	}
	dir_path(w, w->dirs[dir].parent, parent, sizeof(parent));
	snprintf(out, len, "%s/d%d", parent, dir);
}

void name_path(struct worker *w, int name, char *out, size_t len)
{
	char parent[1024];

	dir_path(w, w->names[name].dir, parent, sizeof(parent));
	snprintf(out, len, "%s/n%d", parent, name);
}

void model_start(struct worker *w)
{
	if (mkdir(w->base, 0755))
		die("mkdir %s", w->base);
	w->dirs[0].live = true;
	w->sparse_size = -1;
	for (int i = 0; i < MAX_INODES; i++) {
		w->inodes[i].data = malloc(MAX_SIZE);
		if (!w->inodes[i].data)
			die("no memory for the model");
	}
}

/* A random name of the wanted type, or -1. */
static int pick(struct worker *w, enum m_type type)
{
	int start = (int)rng_below(&w->rng, MAX_NAMES);

	for (int i = 0; i < MAX_NAMES; i++)
		if (w->names[(start + i) % MAX_NAMES].type == type)
			return (start + i) % MAX_NAMES;
	return -1;
}

static int open_file(struct worker *w, int name, int flags)
{
	char path[1200];
	int fd;

	name_path(w, name, path, sizeof(path));
	fd = open(path, flags | O_CLOEXEC);
	if (!counted(w, OP_open, fd >= 0))
		fail("open %s: %s", path, strerror(errno));
	return fd;
}

/* Write [pos, pos+len) of fresh bytes through fd and into the model; only what was written changes the model. */
static void write_range(struct worker *w, int fd, struct m_inode *ino, size_t pos, size_t len, enum op op)
{
	ssize_t n;

	pattern_fill(w->buf, len, rng_next(&w->rng), pos);
	n = op == OP_append ? write(fd, w->buf, len) : pwrite(fd, w->buf, len, (off_t)pos);
	counted(w, op, n >= 0);
	if (n < 0) {
		tolerated("write", w->base);
		return;
	}
	if ((size_t)n < len && !config.no_space_ok)
		fail("%s: a write of %zu bytes wrote %zd", w->base, len, n);
	if (pos > ino->size)
		memset(ino->data + ino->size, 0, pos - ino->size);
	memcpy(ino->data + pos, w->buf, (size_t)n);
	if (n && pos + (size_t)n > ino->size)
		ino->size = pos + (size_t)n;
}

static void step_create(struct worker *w)
{
	int name = pick(w, M_NONE), inode = 0, dir, fd;
	struct m_inode *ino;
	char path[1200];

	while (inode < MAX_INODES && w->inodes[inode].live)
		inode++;
	if (name < 0 || inode == MAX_INODES)
		return;
	for (dir = (int)rng_below(&w->rng, MAX_DIRS); !w->dirs[dir].live;)
		dir = (dir + 1) % MAX_DIRS;
	w->names[name].dir = dir;
	name_path(w, name, path, sizeof(path));
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (!counted(w, OP_create, fd >= 0)) {
		tolerated("create", path);
		return;
	}
	ino = &w->inodes[inode];
	ino->live = true;
	ino->links = 1;
	ino->size = 0;
	w->names[name].type = M_FILE;
	w->names[name].inode = inode;
	write_range(w, fd, ino, 0, 1 + rng_below(&w->rng, 20000), OP_write);
	close(fd);
}

static void step_write(struct worker *w)
{
	int name = pick(w, M_FILE), fd;
	struct m_inode *ino;
	size_t pos, len;
	bool append = rng_chance(&w->rng, 4);

	if (name < 0)
		return;
	fd = open_file(w, name, O_RDWR | (append ? O_APPEND : 0));
	if (fd < 0)
		return;
	ino = &w->inodes[w->names[name].inode];
	for (int i = 0; i < 4; i++) {
		pos = append ? ino->size : rng_below(&w->rng, MAX_SIZE);
		if (pos >= MAX_SIZE)
			break;
		len = rng_chance(&w->rng, 3) ? MAX_SIZE - pos : 1 + rng_below(&w->rng, 6000);
		if (len > MAX_SIZE - pos)
			len = MAX_SIZE - pos;
		write_range(w, fd, ino, pos, len, append ? OP_append : OP_write);
	}
	if (rng_chance(&w->rng, 12) && !counted(w, OP_fsync, fsync(fd) == 0))
		tolerated("fsync", w->base);
	close(fd);
}

static bool check_range(struct worker *w, int fd, struct m_inode *ino, const char *path, size_t pos, size_t len)
{
	size_t expect = pos >= ino->size ? 0 : ino->size - pos < len ? ino->size - pos : len;
	ssize_t n = pread(fd, w->scratch, len, (off_t)pos);

	counted(w, OP_read, n >= 0);
	if (n != (ssize_t)expect) {
		fail("%s: read of %zu at %zu gives %zd, not %zu (size %zu): %s", path, len, pos, n, expect, ino->size,
		     n < 0 ? strerror(errno) : "");
		return false;
	}
	if (memcmp(w->scratch, ino->data + pos, expect)) {
		size_t at = 0;

		while (w->scratch[at] == ino->data[pos + at])
			at++;
		fail("%s: byte %zu is %02x, not %02x (size %zu, read of %zu at %zu)", path, pos + at, w->scratch[at],
		     ino->data[pos + at], ino->size, len, pos);
		return false;
	}
	return true;
}

/* Read the whole file through `name` and compare it, its size and its link count with the model. */
bool model_check_file(struct worker *w, int name)
{
	struct m_inode *ino = &w->inodes[w->names[name].inode];
	char path[1200];
	struct stat st;
	bool ok = true;
	int fd = open_file(w, name, O_RDONLY);

	name_path(w, name, path, sizeof(path));
	if (fd < 0)
		return false;
	if (!counted(w, OP_stat, fstat(fd, &st) == 0) || (size_t)st.st_size != ino->size ||
	    st.st_nlink != (nlink_t)ino->links || !S_ISREG(st.st_mode)) {
		fail("%s: size %lld links %lu, not %zu and %d", path, (long long)st.st_size, (unsigned long)st.st_nlink,
		     ino->size, ino->links);
		ok = false;
	}
	ok = check_range(w, fd, ino, path, 0, MAX_SIZE) && ok;
	close(fd);
	return ok;
}

static void step_read(struct worker *w)
{
	int name = pick(w, M_FILE), fd;
	char path[1200];

	if (name < 0)
		return;
	if (rng_chance(&w->rng, 4)) {
		model_check_file(w, name);
		return;
	}
	name_path(w, name, path, sizeof(path));
	fd = open_file(w, name, O_RDONLY);
	if (fd < 0)
		return;
	for (int i = 0; i < 4; i++) {
		size_t pos = rng_below(&w->rng, MAX_SIZE);

		check_range(w, fd, &w->inodes[w->names[name].inode], path, pos, 1 + rng_below(&w->rng, MAX_SIZE - pos));
	}
	close(fd);
}

static void step_truncate(struct worker *w)
{
	int name = pick(w, M_FILE), fd = -1, result;
	struct m_inode *ino;
	size_t size = rng_chance(&w->rng, 4) ? 0 : rng_below(&w->rng, MAX_SIZE);
	char path[1200];

	if (name < 0)
		return;
	ino = &w->inodes[w->names[name].inode];
	name_path(w, name, path, sizeof(path));
	if (rng_chance(&w->rng, 2)) {
		result = truncate(path, (off_t)size);
	} else {
		fd = open_file(w, name, O_WRONLY);
		result = fd < 0 ? -1 : ftruncate(fd, (off_t)size);
	}
	if (!counted(w, OP_truncate, result == 0)) {
		tolerated("truncate", path);
	} else {
		if (size > ino->size)
			memset(ino->data + ino->size, 0, size - ino->size);
		ino->size = size;
	}
	if (fd >= 0)
		close(fd);
}

/* A file that is unlinked while open keeps its bytes until the last close. */
static void step_orphan(struct worker *w)
{
	uint64_t seed = rng_next(&w->rng);
	size_t len = 1 + rng_below(&w->rng, 40000);
	char path[1200];
	struct stat st;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/orphan", w->base);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (!counted(w, OP_orphan, fd >= 0)) {
		tolerated("create", path);
		return;
	}
	if (unlink(path))
		fail("unlink %s: %s", path, strerror(errno));
	pattern_fill(w->buf, len, seed, 0);
	n = pwrite(fd, w->buf, len, 0);
	if (n < 0)
		tolerated("write", path);
	else if ((size_t)n != len && !config.no_space_ok)
		fail("%s: a write of %zu bytes wrote %zd", path, len, n);
	if (n > 0 && (pread_all(fd, w->scratch, (size_t)n, 0) != n || pattern_check(w->scratch, (size_t)n, seed, 0) >= 0))
		fail("%s: an unlinked open file lost its bytes", path);
	if (fstat(fd, &st) || st.st_nlink != 0)
		fail("%s: an unlinked open file has %lu links", path, (unsigned long)st.st_nlink);
	if (access(path, F_OK) == 0 || errno != ENOENT)
		fail("%s is still there", path);
	close(fd);
}

void model_step(struct worker *w)
{
	unsigned int choice = (unsigned int)rng_below(&w->rng, 100);

	if (choice < 10)
		step_create(w);
	else if (choice < 28)
		step_write(w);
	else if (choice < 46)
		step_read(w);
	else if (choice < 53)
		step_truncate(w);
	else if (choice < 55)
		step_orphan(w);
	else if (choice < 60)
		sparse_step(w);
	else
		model_namespace_step(w, (unsigned int)rng_below(&w->rng, 100));
}

void model_verify(struct worker *w)
{
	for (int i = 0; i < MAX_NAMES; i++)
		if (w->names[i].type == M_FILE)
			model_check_file(w, i);
	sparse_verify(w);
}
