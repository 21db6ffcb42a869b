// SPDX-License-Identifier: MIT
/*
 * What must be on the disk, in the manifest format of scripts/mkdisk.py, for the host to compare after the machine is gone. The
 * private directories are written down from the model, not from what the kernel says; the shared one from what was read
 * at the end, when every file in it had proved to be whole.
 */
#include "stress.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct text {
	char *data;
	size_t len, room;
	unsigned long lines;
};

static void add(struct text *text, const char *line)
{
	size_t len = strlen(line);

	if (text->len + len + 1 > text->room) {
		text->room = (text->room + len + 1) * 2;
		text->data = realloc(text->data, text->room);
		if (!text->data)
			die("no memory for the report");
	}
	memcpy(text->data + text->len, line, len + 1);
	text->len += len;
	text->lines += len && line[len - 1] == '\n';
}

static void report_names(struct text *text, struct worker *w)
{
	char path[1200], line[4096];

	for (int i = 0; i < MAX_DIRS; i++) {
		if (!w->dirs[i].live)
			continue;
		dir_path(w, i, path, sizeof(path));
		snprintf(line, sizeof(line), "d %s\n", path);
		add(text, line);
	}
	for (int i = 0; i < MAX_NAMES; i++) {
		struct m_name *n = &w->names[i];
		struct m_inode *ino = &w->inodes[n->inode];

		name_path(w, i, path, sizeof(path));
		if (n->type == M_LINK)
			snprintf(line, sizeof(line), "l %s %s\n", path, n->target);
		else if (n->type == M_FILE && ino->size)
			snprintf(line, sizeof(line), "f %s %zu %d 0:%zu:%08x\n", path, ino->size, ino->links, ino->size,
				 crc32(0, ino->data, ino->size));
		else if (n->type == M_FILE)
			snprintf(line, sizeof(line), "f %s 0 %d\n", path, ino->links);
		else
			continue;
		add(text, line);
	}
}

static int by_offset(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return x[0] < y[0] ? -1 : x[0] > y[0];
}

static void report_sparse(struct text *text, struct worker *w)
{
	int64_t order[ISLANDS][2];
	int count = 0;
	char word[80], line[256];

	if (w->sparse_size < 0)
		return;
	for (int i = 0; i < ISLANDS; i++)
		if (w->island_seed[i]) {
			order[count][0] = w->island[i];
			order[count++][1] = i;
		}
	qsort(order, (size_t)count, sizeof(order[0]), by_offset);
	snprintf(line, sizeof(line), "f %s/big %lld 1", w->base, (long long)w->sparse_size);
	add(text, line);
	for (int i = 0; i < count; i++) {
		pattern_fill(w->buf, ISLAND_SIZE, w->island_seed[order[i][1]], 0);
		snprintf(word, sizeof(word), " %lld:%d:%08x", (long long)order[i][0], ISLAND_SIZE,
			 crc32(0, w->buf, ISLAND_SIZE));
		add(text, word);
	}
	add(text, "\n");
}

static void report_shared(struct text *text, struct worker *w)
{
	DIR *stream = opendir(config.shared);
	struct dirent *entry;
	char path[512], line[700];

	if (!stream)
		die("opendir %s", config.shared);
	snprintf(line, sizeof(line), "d %s\n", config.shared);
	add(text, line);
	while ((entry = readdir(stream))) {
		struct stat st;
		ssize_t n;
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", config.shared, entry->d_name);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? -1 : pread_all(fd, w->scratch, MAX_SIZE, 0);
		if (n < 0 || fstat(fd, &st) || st.st_size != n) {
			fail("%s: cannot be read in the end: %s", path, strerror(errno));
			continue;
		}
		close(fd);
		if (n)
			snprintf(line, sizeof(line), "f %s %zd %lu 0:%zd:%08x\n", path, n, (unsigned long)st.st_nlink, n,
				 crc32(0, w->scratch, (size_t)n));
		else
			snprintf(line, sizeof(line), "f %s 0 %lu\n", path, (unsigned long)st.st_nlink);
		add(text, line);
	}
	closedir(stream);
}

void write_report(const char *path, struct worker *workers, int count)
{
	struct text text = { NULL, 0, 0, 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		die("%s", path);
	for (int i = 0; i < count; i++) {
		report_names(&text, &workers[i]);
		report_sparse(&text, &workers[i]);
	}
	report_shared(&text, &workers[0]);
	if (pwrite_all(fd, text.data, text.len, 0) != (ssize_t)text.len || close(fd))
		die("writing %s", path);
	printf("report %s lines=%lu crc=%08x\n", path, text.lines, crc32(0, text.data, text.len));
	free(text.data);
}
