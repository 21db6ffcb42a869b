// SPDX-License-Identifier: MIT
/*
 * Check a tree against a manifest made on the host (the format is described in scripts/mkdisk.py). Threads take lines by
 * turns; nothing is shared but the text itself, which nobody writes. The number of names in each directory is checked
 * as well, so that an entry too many is found like one too few; except where something is mounted, as on /proc.
 */
#include "stress.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct job {
	pthread_t thread;
	char **lines;
	unsigned long count, first, step, done;
};

#define CHUNK (128 * 1024)

static bool all_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && !memcmp(p, p + 1, len - 1));
}

/* Large holes are sampled: their first and last parts and one from the middle. */
static void check_hole(int fd, const char *path, uint8_t *buf, off_t from, off_t to)
{
	off_t at[3] = { from, from + (to - from) / 2, to - CHUNK };

	for (int i = 0; i < 3; i++) {
		off_t pos = at[i] < from ? from : at[i];
		size_t len = (size_t)(to - pos < CHUNK ? to - pos : CHUNK);

		if (pread_all(fd, buf, len, pos) != (ssize_t)len || !all_zero(buf, len))
			fail("%s: the hole at %lld does not read as zeros", path, (long long)pos);
	}
}

static void check_stretch(int fd, const char *path, uint8_t *buf, off_t pos, off_t len, uint32_t crc)
{
	uint32_t sum = 0;

	for (off_t done = 0; done < len;) {
		size_t n = (size_t)(len - done < CHUNK ? len - done : CHUNK);

		if (pread_all(fd, buf, n, pos + done) != (ssize_t)n) {
			fail("%s: short read at %lld", path, (long long)(pos + done));
			return;
		}
		sum = crc32(sum, buf, n);
		done += (off_t)n;
	}
	if (sum != crc)
		fail("%s: data at %lld, %lld bytes, has checksum %08x, not %08x", path, (long long)pos, (long long)len, sum,
		     crc);
}

static void check_file(char *path, char *save, uint8_t *buf)
{
	long long size = strtoll(strtok_r(NULL, " ", &save), NULL, 10);
	unsigned long links = strtoul(strtok_r(NULL, " ", &save), NULL, 10);
	off_t hole = 0;
	struct stat st;
	char *word;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &st)) {
		fail("%s: %s", path, strerror(errno));
		return;
	}
	if (st.st_size != size || st.st_nlink != links || !S_ISREG(st.st_mode))
		fail("%s: size %lld links %lu, not %lld and %lu", path, (long long)st.st_size, (unsigned long)st.st_nlink, size,
		     links);
	while ((word = strtok_r(NULL, " ", &save))) {
		long long pos, len;
		unsigned int crc;

		if (sscanf(word, "%lld:%lld:%x", &pos, &len, &crc) != 3)
			die("manifest: %s: bad stretch %s", path, word);
		if (pos > hole)
			check_hole(fd, path, buf, hole, pos);
		check_stretch(fd, path, buf, pos, len, crc);
		hole = pos + len;
	}
	if (size > hole)
		check_hole(fd, path, buf, hole, size);
	if (pread(fd, buf, 1, size) != 0)
		fail("%s: there is something to read at its end", path);
	close(fd);
}

static void check_link(const char *path, const char *target)
{
	char found[4096];
	ssize_t n = readlink(path, found, sizeof(found) - 1);

	if (n < 0) {
		fail("readlink %s: %s", path, strerror(errno));
		return;
	}
	found[n] = 0;
	if (strcmp(found, target))
		fail("%s points to '%s', not '%s'", path, found, target);
}

/* Names in a directory, "." and ".." aside. */
static long count_names(const char *path)
{
	DIR *dir = opendir(path);
	long count = 0;
	struct dirent *entry;

	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			count++;
	closedir(dir);
	return count;
}

/* Does the manifest's line name a direct child of dir? */
static bool child_of(const char *line, const char *dir)
{
	size_t len = strlen(dir);
	const char *path = line + 2, *end = strchr(path, ' ');
	size_t total = end ? (size_t)(end - path) : strlen(path);

	return total > len + 1 && !memcmp(path, dir, len) && path[len] == '/' && !memchr(path + len + 1, '/', total - len - 1);
}

static void check_dir(struct job *job, const char *path)
{
	long expected = 0, found = count_names(path);
	struct stat st, root;

	if (stat(path, &st) || stat("/", &root) || !S_ISDIR(st.st_mode)) {
		fail("%s: no directory", path);
		return;
	}
	if (st.st_dev != root.st_dev)
		return;
	for (unsigned long i = 0; i < job->count; i++)
		if (job->lines[i][0] && child_of(job->lines[i], path))
			expected++;
	if (found != expected)
		fail("%s holds %ld names, not %ld", path, found, expected);
}

static void *verify_some(void *arg)
{
	struct job *job = arg;
	uint8_t *buf = malloc(CHUNK);

	if (!buf)
		die("no memory to verify with");
	for (unsigned long i = job->first; i < job->count; i += job->step) {
		char *line = strdup(job->lines[i]), *save = NULL, *kind, *path;

		kind = line ? strtok_r(line, " ", &save) : NULL;
		path = kind ? strtok_r(NULL, " ", &save) : NULL;
		if (path) {
			if (*kind == 'f')
				check_file(path, save, buf);
			else if (*kind == 'l')
				check_link(path, strtok_r(NULL, " ", &save));
			else
				check_dir(job, path);
			job->done++;
		}
		free(line);
	}
	free(buf);
	return NULL;
}

static char *read_text(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY);
	char *text;

	if (fd < 0 || fstat(fd, &st))
		die("%s", path);
	text = malloc((size_t)st.st_size + 1);
	if (!text || pread_all(fd, text, (size_t)st.st_size, 0) != st.st_size)
		die("reading %s", path);
	text[st.st_size] = 0;
	close(fd);
	return text;
}

unsigned long verify_manifest(const char *path, int threads)
{
	char *text = read_text(path), *save = NULL;
	unsigned long count = 0, room = 64, done = 0;
	char **lines = malloc(room * sizeof(*lines));
	struct job *jobs = calloc((size_t)threads, sizeof(*jobs));

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (count == room)
			lines = realloc(lines, (room *= 2) * sizeof(*lines));
		if (!lines)
			die("no memory for the manifest");
		lines[count++] = line;
	}
	for (int i = 0; i < threads; i++) {
		jobs[i] = (struct job){ .lines = lines, .count = count, .first = (unsigned long)i, .step = (unsigned long)threads };
		errno = pthread_create(&jobs[i].thread, NULL, verify_some, &jobs[i]);
		if (errno)
			die("thread %d", i);
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(jobs[i].thread, NULL);
		done += jobs[i].done;
	}
	if (done == 0 || done != count)
		fail("%s: %lu of %lu lines were understood", path, done, count);
	free(jobs);
	free(lines);
	free(text);
	return done;
}
