// SPDX-License-Identifier: MIT
/*
 * renamestress [--dir DIR] [--seconds N] [--threads N] [--seed N] [--sync N]
 *
 * Threads move directories and files between the nodes of one tree, all over each other: across directories, in cycles, onto each
 * other, exchanging. What must hold: no deadlock (the run ends), no loop (the tree can be walked, and a directory never lands
 * below itself), and no entry lost or doubled: every directory and file carries a number, and at the end each is found
 * exactly once. With --sync one step in N is an fsync, which makes a file system careful about what it renames afterwards.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NODES 24 /* directories that move */
#define FILES 40

enum { OP_move, OP_move_file, OP_swap, OP_noreplace, OP_walk, OP_sync, OP_COUNT };
static const char *const op_names[] = { "move dir", "move file", "exchange", "noreplace", "walk up", "fsync" };
static struct op_table table = { op_names, OP_COUNT, { { 0, 0 } }, PTHREAD_MUTEX_INITIALIZER };
static atomic_bool stop;
static unsigned int sync_one_in;
static const char *top;
/* Where a node or file was last seen (NODES is the top): only a hint, so that most moves find something to move. */
static atomic_int node_at[NODES], file_at[FILES];

struct worker {
	pthread_t thread;
	struct rng rng;
	int fds[NODES]; /* each node held open, so that a thread can name it wherever it is */
	struct op_count ops[MAX_OPS];
};

static int renameat2_(int olddir, const char *a, int newdir, const char *b, unsigned int flags)
{
	return (int)syscall(SYS_renameat2, olddir, a, newdir, b, flags);
}

/* These answers are part of the game: the entry moved away, the target is below the source, is not empty, or exists. */
static bool expected(int error)
{
	return error == ENOENT || error == EINVAL || error == ENOTEMPTY || error == EEXIST || error == EBUSY;
}

static void count(struct worker *w, int op, int result)
{
	w->ops[op].calls++;
	if (result) {
		w->ops[op].errors++;
		if (!expected(errno))
			fail("%s: %s", op_names[op], strerror(errno));
	}
}

/* Up by ".." from a random node: the top must come within as many steps as there are nodes. */
static void walk_up(struct worker *w)
{
	int fd = openat(w->fds[rng_below(&w->rng, NODES)], ".", O_RDONLY | O_DIRECTORY), steps;
	struct stat st, root;

	if (fd < 0 || stat(top, &root)) {
		fail("opening a node: %s", strerror(errno));
		return;
	}
	for (steps = 0; steps <= 4 * NODES; steps++) {
		int up;

		if (fstat(fd, &st)) {
			fail("fstat of a node: %s", strerror(errno));
			break;
		}
		if (st.st_ino == root.st_ino)
			break;
		up = openat(fd, "..", O_RDONLY | O_DIRECTORY);
		if (up < 0) {
			fail("opening ..: %s", strerror(errno));
			break;
		}
		close(fd);
		fd = up;
	}
	/* Others move the node while we climb, so one climb may be long; one that never ends is a loop. */
	if (steps > 4 * NODES)
		fail("%d steps up and the top is not reached", steps);
	close(fd);
	w->ops[OP_walk].calls++;
}

static int node_fd(struct worker *w, int node)
{
	return node == NODES ? AT_FDCWD : w->fds[node];
}

/* Move `kind` number `number` from where it was last seen (or from anywhere) to a random node. */
static void move(struct worker *w, int op, const char *kind, int number, atomic_int *at, unsigned int flags)
{
	int to = (int)rng_below(&w->rng, NODES + 1), result;
	int from = rng_chance(&w->rng, 4) ? (int)rng_below(&w->rng, NODES + 1) : atomic_load(at);
	char name[32];

	snprintf(name, sizeof(name), "%s%d", kind, number);
	result = renameat2_(node_fd(w, from), name, node_fd(w, to), name, flags);
	if (result == 0)
		atomic_store(at, to);
	count(w, op, result);
}

/* The names stay and the objects swap: a directory's own number is inside, as a file called "number". */
static void swap_names(struct worker *w, const char *kind, atomic_int *at, int count_of)
{
	int first = (int)rng_below(&w->rng, (uint64_t)count_of), second = (int)rng_below(&w->rng, (uint64_t)count_of);
	char a[32], b[32];

	snprintf(a, sizeof(a), "%s%d", kind, first);
	snprintf(b, sizeof(b), "%s%d", kind, second);
	count(w, OP_swap, renameat2_(node_fd(w, atomic_load(&at[first])), a, node_fd(w, atomic_load(&at[second])), b, 2));
}

static void step(struct worker *w)
{
	int node = (int)rng_below(&w->rng, NODES), file = (int)rng_below(&w->rng, FILES);

	if (sync_one_in && rng_chance(&w->rng, sync_one_in)) {
		count(w, OP_sync, fsync(w->fds[node]));
		return;
	}
	switch (rng_below(&w->rng, 10)) {
	case 0:
	case 1:
	case 2:
	case 3:
		move(w, OP_move, "node", node, &node_at[node], 0);
		break;
	case 4:
	case 5:
		move(w, OP_move_file, "file", file, &file_at[file], 0);
		break;
	case 6:
		swap_names(w, "node", node_at, NODES);
		break;
	case 7:
		swap_names(w, "file", file_at, FILES);
		break;
	case 8:
		move(w, OP_noreplace, "file", file, &file_at[file], 1);
		break;
	default:
		walk_up(w);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!atomic_load_explicit(&stop, memory_order_relaxed) && failures() < 40)
		step(w);
	ops_add(&table, w->ops);
	return NULL;
}

static void write_number(int dir, const char *name, int number)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	if (fd < 0 || dprintf(fd, "%d\n", number) < 0)
		die("making %s", name);
	close(fd);
}

static int read_number(int dir, const char *name)
{
	char text[16] = "";
	int fd = openat(dir, name, O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0) {
		fail("reading %s: %s", name, strerror(errno));
		return -1;
	}
	close(fd);
	return atoi(text);
}

static int nodes_seen[NODES], files_seen[FILES];

static void walk(int dir, int depth)
{
	DIR *stream = fdopendir(dup(dir));
	struct dirent *entry;

	if (!stream || depth > NODES + 1) {
		fail(stream ? "the tree is deeper than it can be" : "cannot list a directory");
		return;
	}
	while ((entry = readdir(stream))) {
		if (!strncmp(entry->d_name, "node", 4)) {
			int fd = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY), number;

			if (fd < 0) {
				fail("%s: %s", entry->d_name, strerror(errno));
				continue;
			}
			number = read_number(fd, "number");
			if (number >= 0 && number < NODES)
				nodes_seen[number]++;
			walk(fd, depth + 1);
			close(fd);
		} else if (!strncmp(entry->d_name, "file", 4)) {
			int number = read_number(dir, entry->d_name);

			if (number >= 0 && number < FILES)
				files_seen[number]++;
		} else if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && strcmp(entry->d_name, "number")) {
			fail("a name nobody made: '%s'", entry->d_name);
		}
	}
	closedir(stream);
}

static void build(void)
{
	char name[32];

	if (mkdir(top, 0755) || chdir(top))
		die("mkdir %s", top);
	for (int i = 0; i < NODES; i++) {
		int fd;

		snprintf(name, sizeof(name), "node%d", i);
		if (mkdir(name, 0755))
			die("mkdir %s", name);
		fd = open(name, O_RDONLY | O_DIRECTORY);
		write_number(fd, "number", i);
		close(fd);
		node_at[i] = NODES;
	}
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		write_number(AT_FDCWD, name, i);
		file_at[i] = NODES;
	}
}

int main(int argc, char **argv)
{
	int threads = (int)option_long(argc, argv, "--threads", 4), seconds = (int)option_long(argc, argv, "--seconds", 10);
	unsigned long seed = (unsigned long)option_long(argc, argv, "--seed", 1);
	struct worker *workers = calloc((size_t)threads, sizeof(*workers));
	double start;
	int root;

	sync_one_in = (unsigned int)option_long(argc, argv, "--sync", 0);
	top = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "/renamestress";
	if (!workers)
		die("no memory");
	build();
	start = now();
	for (int i = 0; i < threads; i++) {
		workers[i].rng.state = seed * 7919 + (unsigned long)i;
		for (int n = 0; n < NODES; n++) {
			char name[32];

			snprintf(name, sizeof(name), "node%d", n);
			workers[i].fds[n] = open(name, O_RDONLY | O_DIRECTORY);
			if (workers[i].fds[n] < 0)
				die("open %s", name);
		}
	}
	for (int i = 0; i < threads; i++) {
		errno = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
		if (errno)
			die("thread %d", i);
	}
	while (now() - start < seconds && failures() < 40)
		usleep(100000);
	atomic_store(&stop, true);
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	root = open(top, O_RDONLY | O_DIRECTORY);
	walk(root, 0);
	for (int i = 0; i < NODES; i++)
		if (nodes_seen[i] != 1)
			fail("directory %d is found %d times", i, nodes_seen[i]);
	for (int i = 0; i < FILES; i++)
		if (files_seen[i] != 1)
			fail("file %d is found %d times", i, files_seen[i]);
	ops_print(&table, now() - start);
	printf("renamestress: %s, %lu failures\n", failures() ? "FAILED" : "passed", failures());
	return failures() ? 1 : 0;
}
