// SPDX-License-Identifier: MIT
/*
 * The shared part: all threads in one directory, over the same names. Nobody knows what a name stands for at any moment, but a
 * file is published by rename only when it is complete, so whoever opens a name must find one whole file: a header that says
 * length and seed, and that pattern. ENOENT is a good answer; half a file never is.
 */
#include "stress.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SHARED_NAMES 64
#define MAGIC 0x726f776c6f636b21u

struct header {
	uint64_t magic, seed, len;
};

static void shared_path(struct worker *w, char *out, size_t len)
{
	snprintf(out, len, "%s/s%d", config.shared, (int)rng_below(&w->rng, SHARED_NAMES));
}

static void publish(struct worker *w)
{
	struct header *header = (struct header *)w->buf;
	size_t len = rng_below(&w->rng, 30000);
	char temporary[200], path[200];
	ssize_t n;
	int fd;

	snprintf(temporary, sizeof(temporary), "%s/new-%d", config.shared, w->id);
	shared_path(w, path, sizeof(path));
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (!counted(w, OP_publish, fd >= 0)) {
		tolerated("create", temporary);
		return;
	}
	*header = (struct header){ MAGIC, rng_next(&w->rng), len };
	pattern_fill(w->buf + sizeof(*header), len, header->seed, 0);
	n = pwrite_all(fd, w->buf, sizeof(*header) + len, 0);
	if (rng_chance(&w->rng, 16) && !counted(w, OP_fsync, fsync(fd) == 0))
		tolerated("fsync", temporary);
	close(fd);
	if (n != (ssize_t)(sizeof(*header) + len)) {
		tolerated("write", temporary);
		unlink(temporary);
		return;
	}
	if (rename(temporary, path)) {
		tolerated("publish", path);
		unlink(temporary);
	}
}

static void check_whole(struct worker *w, const char *path, ssize_t n)
{
	struct header *header = (struct header *)w->scratch;

	if (n < (ssize_t)sizeof(*header) || header->magic != MAGIC || (size_t)n != sizeof(*header) + header->len)
		fail("%s: not a whole file (%zd bytes)", path, n);
	else if (pattern_check(w->scratch + sizeof(*header), header->len, header->seed, 0) >= 0)
		fail("%s: its bytes are not those of one generation", path);
}

static void fetch(struct worker *w)
{
	char path[200];
	int fd;

	shared_path(w, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	counted(w, OP_fetch, fd >= 0 || errno == ENOENT);
	if (fd < 0) {
		if (errno != ENOENT)
			fail("open %s: %s", path, strerror(errno));
		return;
	}
	check_whole(w, path, pread_all(fd, w->scratch, MAX_SIZE, 0));
	close(fd);
}

/* Rename, link or unlink names that others use at the same time. */
static void shared_move(struct worker *w)
{
	char a[200], b[200];
	int result;

	shared_path(w, a, sizeof(a));
	shared_path(w, b, sizeof(b));
	switch (rng_below(&w->rng, 3)) {
	case 0:
		result = rename(a, b);
		break;
	case 1:
		result = link(a, b);
		break;
	default:
		result = unlink(a);
	}
	if (!counted(w, OP_shared_move, result == 0 || errno == ENOENT || errno == EEXIST))
		tolerated("moving", a);
}

static void shared_list(struct worker *w)
{
	DIR *stream = opendir(config.shared);
	unsigned long seen = 0;
	struct dirent *entry;

	if (!counted(w, OP_shared_list, stream != NULL)) {
		fail("opendir %s: %s", config.shared, strerror(errno));
		return;
	}
	while ((entry = readdir(stream)))
		if (entry->d_name[0] != '.' && entry->d_name[0] != 's' && strncmp(entry->d_name, "new-", 4))
			fail("%s lists '%s'", config.shared, entry->d_name);
		else
			seen++;
	closedir(stream);
	if (seen < 2)
		fail("%s lists %lu entries, without even . and ..", config.shared, seen);
}

void shared_step(struct worker *w)
{
	switch (rng_below(&w->rng, 10)) {
	case 0:
	case 1:
	case 2:
		publish(w);
		break;
	case 3:
	case 4:
	case 5:
		fetch(w);
		break;
	case 6:
		shared_list(w);
		break;
	default:
		shared_move(w);
	}
}
