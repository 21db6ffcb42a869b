/* SPDX-License-Identifier: MIT */
/*
 * stress: random file-system calls checked against a model.
 *
 * Each thread owns a private directory and knows exactly what must be in it (model.c, model_ops.c); all threads also work in
 * one shared directory where nobody knows the names, but every file proves its own content (shared.c). verify.c
 * checks a tree against a manifest made on the host; report.c writes down what must be on the disk at the end.
 */
#ifndef STRESS_H
#define STRESS_H

#include "../lib/util.h"

#include <sys/types.h>

#define FOR_EACH_OP(X)                                                                                                 \
	X(create) X(open) X(write) X(append) X(read) X(truncate) X(rename) X(exchange) X(link) X(unlink) X(symlink)    \
	X(readlink) X(mkdir) X(rmdir) X(rename_dir) X(readdir) X(stat) X(fsync) X(sparse) X(orphan) X(negative)        \
	X(publish) X(fetch) X(shared_move) X(shared_list)

enum op {
#define X(name) OP_##name,
	FOR_EACH_OP(X)
#undef X
	OP_COUNT
};

#define MAX_INODES 14
#define MAX_NAMES 48
#define MAX_DIRS 8
#define MAX_SIZE (96 * 1024)
#define ISLANDS 6
#define ISLAND_SIZE 4096

/* A regular file of the model: its bytes, and how many names it has. */
struct m_inode {
	bool live;
	int links;
	size_t size;
	uint8_t *data;
};

enum m_type { M_NONE, M_FILE, M_LINK };

/* A name in directory `dir` of the model. */
struct m_name {
	enum m_type type;
	int dir, inode;
	char *target;
};

/* A directory of the model; 0 is the thread's own, always there. */
struct m_dir {
	bool live;
	int parent;
};

struct worker {
	pthread_t thread;
	int id;
	struct rng rng;
	char base[128];
	struct m_inode inodes[MAX_INODES];
	struct m_name names[MAX_NAMES];
	struct m_dir dirs[MAX_DIRS];
	int64_t island[ISLANDS]; /* offset of the island in the sparse file, or -1 */
	uint64_t island_seed[ISLANDS];
	off_t sparse_size; /* -1: no sparse file yet */
	uint8_t buf[MAX_SIZE], scratch[MAX_SIZE];
	struct op_count ops[MAX_OPS];
	unsigned long steps;
};

struct config {
	const char *dir, *verify, *report;
	char shared[160];
	int threads, seconds;
	unsigned long seed, max_steps;
	bool no_space_ok; /* ENOSPC is an answer, not a failure */
	off_t sparse_limit;
};

extern struct config config;

/* Count a call; `ok` false counts an error too. Returns ok. */
bool counted(struct worker *w, enum op op, bool ok);
/* After a failed call: true if errno is one this run puts up with, else the failure is reported. */
bool tolerated(const char *what, const char *path);

void dir_path(struct worker *w, int dir, char *out, size_t len);
void name_path(struct worker *w, int name, char *out, size_t len);

void model_start(struct worker *w);
void model_step(struct worker *w);
void model_verify(struct worker *w);
bool model_check_file(struct worker *w, int name);
void model_namespace_step(struct worker *w, unsigned int choice);
void sparse_step(struct worker *w);
void sparse_verify(struct worker *w);

void shared_step(struct worker *w);

/* Check everything the manifest lists, with `threads` threads. Returns the number of objects checked. */
unsigned long verify_manifest(const char *path, int threads);

void write_report(const char *path, struct worker *workers, int count);

#endif
