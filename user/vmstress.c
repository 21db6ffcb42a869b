// SPDX-License-Identifier: MIT
/*
 * vmstress [--dir DIR] [--seconds N] [--threads N] [--seed N]
 *
 * Every thread owns a window of addresses and a stretch of one file, and maps, unmaps, protects, moves, advises and syncs
 * there at random, while the others do the same beside it: the same address space, the same file. A model says what each page of
 * the window holds and permits, and what each page of the file holds; both are checked all the time. The kernel touches pages
 * that may not be accessible (through a pipe), so no signal is needed.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ul
#define WINDOW 96
#define FILE_PAGES 48

enum kind { NONE, ANON, SHARED_ANON, FILE_PRIVATE, FILE_SHARED };

struct page {
	enum kind kind;
	int prot;
	int file_page;	 /* of my stretch */
	bool own_copy;	 /* FILE_PRIVATE that has been written */
	uint64_t value;	 /* unless it shows the file's page */
	long object;	 /* SHARED_ANON: pages of one object and offset share contents; we never map one twice */
};

enum { OP_mmap, OP_munmap, OP_mprotect, OP_mremap, OP_dontneed, OP_free, OP_mlock, OP_msync, OP_pwrite, OP_check, OP_hint, OP_COUNT };
static const char *const op_names[] = { "mmap", "munmap", "mprotect", "mremap", "dontneed", "free",
					"mlock", "msync", "pwrite", "check", "hint" };
static struct op_table table = { op_names, OP_COUNT, { { 0, 0 } }, PTHREAD_MUTEX_INITIALIZER };
static atomic_bool stop;
static int fd;
/* A page that mremap takes out of a window must be reserved again before somebody's mmap finds the hole. */
static pthread_rwlock_t holes = PTHREAD_RWLOCK_INITIALIZER;

struct worker {
	pthread_t thread;
	int id, probe[2];
	struct rng rng;
	char *base;
	struct page page[WINDOW];
	uint64_t file[FILE_PAGES];
	uint64_t serial;
	struct op_count ops[MAX_OPS];
};

static char *at(struct worker *w, int i)
{
	return w->base + (size_t)i * PAGE;
}

static off_t file_at(struct worker *w, int page)
{
	return ((off_t)w->id * FILE_PAGES + page) * (off_t)PAGE;
}

static uint64_t expected(struct worker *w, const struct page *p)
{
	if (p->kind == FILE_SHARED || (p->kind == FILE_PRIVATE && !p->own_copy))
		return w->file[p->file_page];
	return p->value;
}

/* Read the first word of a page through the kernel: false if it cannot be read. */
static bool kernel_read(struct worker *w, void *addr, uint64_t *value)
{
	if (write(w->probe[1], addr, 8) != 8)
		return false;
	if (read(w->probe[0], value, 8) != 8)
		die("pipe: %s", strerror(errno));
	return true;
}

static bool kernel_write(struct worker *w, void *addr, uint64_t value)
{
	char sink[8];

	if (write(w->probe[1], &value, 8) != 8)
		die("pipe: %s", strerror(errno));
	if (read(w->probe[0], addr, 8) == 8)
		return true;
	if (read(w->probe[0], sink, 8) != 8)
		die("pipe: %s", strerror(errno));
	return false;
}

static void stored(struct worker *w, struct page *p, uint64_t value)
{
	if (p->kind == FILE_SHARED) {
		w->file[p->file_page] = value;
	} else {
		p->value = value;
		p->own_copy = true;
	}
}

static void check_page(struct worker *w, int i)
{
	struct page *p = &w->page[i];
	volatile uint64_t *word = (volatile uint64_t *)at(w, i);
	bool readable = p->kind != NONE && p->prot, writable = p->kind != NONE && (p->prot & PROT_WRITE);
	uint64_t got = 0, want = expected(w, p), next = ((uint64_t)w->id << 56) | ++w->serial;
	bool direct = rng_chance(&w->rng, 2);

	if (readable && direct) {
		got = *word;
	} else if (kernel_read(w, (void *)word, &got) != readable) {
		fail("thread %d page %d kind %d prot %d: readable is not %d", w->id, i, p->kind, p->prot, readable);
		return;
	}
	if (readable && got != want)
		fail("thread %d page %d kind %d file page %d: %016lx, expected %016lx", w->id, i, p->kind, p->file_page,
		     (unsigned long)got, (unsigned long)want);
	if (writable && direct) {
		*word = next;
		stored(w, p, next);
	} else {
		bool did = kernel_write(w, (void *)word, next);

		if (did != writable)
			fail("thread %d page %d kind %d prot %d: writable is not %d", w->id, i, p->kind, p->prot, writable);
		if (did && writable)
			stored(w, p, next);
	}
}

static int random_prot(struct worker *w)
{
	static const int prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE };

	return prots[rng_below(&w->rng, 4)];
}

static void do_mmap(struct worker *w, int first, int n)
{
	enum kind kind = (enum kind)(1 + rng_below(&w->rng, 4));
	int prot = random_prot(w), file_page = (int)rng_below(&w->rng, FILE_PAGES), flags = MAP_FIXED, f = -1;
	off_t off = 0;
	void *p;

	if (kind == ANON || kind == SHARED_ANON) {
		flags |= MAP_ANONYMOUS;
	} else {
		f = fd;
		off = file_at(w, file_page);
		if (n > FILE_PAGES - file_page)
			n = FILE_PAGES - file_page;
	}
	flags |= kind == ANON || kind == FILE_PRIVATE ? MAP_PRIVATE : MAP_SHARED;
	if (rng_chance(&w->rng, 4))
		flags |= MAP_POPULATE; /* copies private writable pages at once */
	p = mmap(at(w, first), (size_t)n * PAGE, prot, flags, f, off);
	if (p != at(w, first)) {
		fail("mmap of %d pages: %s", n, strerror(errno));
		return;
	}
	for (int i = 0; i < n; i++)
		w->page[first + i] = (struct page){ .kind = kind, .prot = prot, .file_page = file_page + i };
	for (int i = 0; i < n && kind == FILE_PRIVATE && (flags & MAP_POPULATE) && (prot & PROT_WRITE); i++) {
		w->page[first + i].own_copy = true;
		w->page[first + i].value = w->file[file_page + i];
	}
}

static void do_munmap(struct worker *w, int first, int n)
{
	/* the window stays ours: a hole in it could become another thread's stack */
	if (mmap(at(w, first), (size_t)n * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == MAP_FAILED)
		fail("mmap over: %s", strerror(errno));
	memset(&w->page[first], 0, (size_t)n * sizeof(struct page));
}

static void do_mprotect(struct worker *w, int first, int n)
{
	int prot = random_prot(w), i;

	for (i = first; i < first + n; i++)
		if (w->page[i].kind == NONE)
			return; /* reserved addresses must stay inaccessible */
	if (mprotect(at(w, first), (size_t)n * PAGE, prot))
		fail("mprotect: %s", strerror(errno));
	for (i = first; i < first + n; i++)
		w->page[i].prot = prot;
}

static void do_mremap(struct worker *w, int first, int n)
{
	int to = (int)rng_below(&w->rng, (uint64_t)(WINDOW - n)), i;
	struct page moved[WINDOW];
	void *p;

	if (to < first + n && first < to + n)
		return;
	/* Pages of several areas: EFAULT, or on the newest Linux moved area by area. All of a kind, so that no part is left. */
	for (i = first; i < first + n; i++)
		if (w->page[i].kind == NONE || w->page[i].kind != w->page[first].kind || w->page[i].prot != w->page[first].prot)
			return;
	pthread_rwlock_wrlock(&holes);
	p = mremap(at(w, first), (size_t)n * PAGE, (size_t)n * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(w, to));
	if (p == MAP_FAILED) {
		if (errno != EFAULT)
			fail("mremap: %s", strerror(errno));
		w->ops[OP_mremap].errors++;
		/* the destination has been unmapped all the same */
		do_munmap(w, to, n);
		pthread_rwlock_unlock(&holes);
		return;
	}
	memcpy(moved, &w->page[first], (size_t)n * sizeof(struct page));
	do_munmap(w, first, n);
	pthread_rwlock_unlock(&holes);
	for (i = 0; i < n; i++)
		w->page[to + i] = moved[i];
}

static void do_drop(struct worker *w, int first, int n, int advice)
{
	int i;

	for (i = first; i < first + n; i++)
		if (advice == 8 /* MADV_FREE */ && (w->page[i].kind != ANON || !(w->page[i].prot & PROT_WRITE)))
			return;
	if (madvise(at(w, first), (size_t)n * PAGE, advice)) {
		fail("madvise: %s", strerror(errno));
		return;
	}
	for (i = first; i < first + n; i++) {
		struct page *p = &w->page[i];

		if (p->kind == FILE_PRIVATE)
			p->own_copy = false;
		if (p->kind != ANON)
			continue;
		/* After MADV_FREE it is the old value or zero, until a store settles it. */
		if (advice == 8) {
			volatile uint64_t *word = (volatile uint64_t *)at(w, i);

			if (*word != p->value && *word)
				fail("page freed lazily holds %016lx", (unsigned long)*word);
			p->value = *word = ((uint64_t)w->id << 56) | ++w->serial;
			continue;
		}
		p->value = 0;
	}
}

static void do_mlock(struct worker *w, int first, int n)
{
	/* it would copy private pages as far as it gets */
	for (int i = first; i < first + n; i++)
		if (w->page[i].kind == FILE_PRIVATE && !w->page[i].own_copy)
			return;
	/* fails on pages that cannot be had (PROT_NONE), which is fine; unlocking gives up nothing */
	if (mlock(at(w, first), (size_t)n * PAGE))
		w->ops[OP_mlock].errors++;
	if (munlock(at(w, first), (size_t)n * PAGE))
		fail("munlock: %s", strerror(errno));
}

static void do_pwrite(struct worker *w)
{
	int page = (int)rng_below(&w->rng, FILE_PAGES);
	uint64_t value = ((uint64_t)w->id << 56) | ++w->serial, back = 0;

	if (pwrite(fd, &value, 8, file_at(w, page)) != 8)
		fail("pwrite: %s", strerror(errno));
	w->file[page] = value;
	page = (int)rng_below(&w->rng, FILE_PAGES);
	if (pread(fd, &back, 8, file_at(w, page)) != 8 || back != w->file[page])
		fail("thread %d file page %d: %016lx, expected %016lx", w->id, page, (unsigned long)back, (unsigned long)w->file[page]);
}

/* Somewhere else in the address space, to move the other threads' gaps about. */
static void do_hint(struct worker *w)
{
	size_t len = (1 + rng_below(&w->rng, 20)) * PAGE;
	char *p, *q;

	pthread_rwlock_rdlock(&holes);
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	p[len - 1] = 77;
	q = mremap(p, len, len * 2, MREMAP_MAYMOVE);
	pthread_rwlock_unlock(&holes);
	if (q == MAP_FAILED || q[len - 1] != 77 || q[len] != 0)
		fail("mremap to twice the size: %s", q == MAP_FAILED ? strerror(errno) : "wrong contents");
	else if (munmap(q, len * 2))
		fail("munmap: %s", strerror(errno));
}

static void step(struct worker *w)
{
	static const int weights[] = { OP_mmap, OP_mmap, OP_munmap, OP_mprotect, OP_mremap, OP_dontneed, OP_free, OP_mlock,
				       OP_msync, OP_pwrite, OP_check, OP_check, OP_check, OP_hint };
	int op = weights[rng_below(&w->rng, sizeof(weights) / sizeof(weights[0]))];
	int first = (int)rng_below(&w->rng, WINDOW), n = 1 + (int)rng_below(&w->rng, 16);

	if (n > WINDOW - first)
		n = WINDOW - first;
	w->ops[op].calls++;
	switch (op) {
	case OP_mmap:
		do_mmap(w, first, n);
		break;
	case OP_munmap:
		do_munmap(w, first, n);
		break;
	case OP_mprotect:
		do_mprotect(w, first, n);
		break;
	case OP_mremap:
		do_mremap(w, first, n);
		break;
	case OP_dontneed:
		do_drop(w, first, n, MADV_DONTNEED);
		break;
	case OP_free:
		do_drop(w, first, n, 8);
		break;
	case OP_mlock:
		do_mlock(w, first, n);
		break;
	case OP_msync:
		if (msync(at(w, first), (size_t)n * PAGE, rng_chance(&w->rng, 8) ? MS_SYNC : MS_ASYNC))
			fail("msync: %s", strerror(errno));
		break;
	case OP_pwrite:
		do_pwrite(w);
		break;
	case OP_hint:
		do_hint(w);
		break;
	default:
		for (int i = 0; i < 12; i++)
			check_page(w, (int)rng_below(&w->rng, WINDOW));
	}
}

static void *run(void *arg)
{
	struct worker *w = arg;

	while (!stop && failures() < 10)
		step(w);
	for (int i = 0; i < WINDOW; i++)
		check_page(w, i);
	munmap(w->base, WINDOW * PAGE);
	for (int i = 0; i < FILE_PAGES; i++) {
		uint64_t back = 0;

		if (pread(fd, &back, 8, file_at(w, i)) != 8 || back != w->file[i])
			fail("thread %d file page %d at the end: %016lx, expected %016lx", w->id, i, (unsigned long)back,
			     (unsigned long)w->file[i]);
	}
	ops_add(&table, w->ops);
	return NULL;
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir");
	long seconds = option_long(argc, argv, "--seconds", 10), threads = option_long(argc, argv, "--threads", 4), i;
	uint64_t seed = (uint64_t)option_long(argc, argv, "--seed", 1);
	double start = now();
	struct worker *workers = calloc((size_t)threads, sizeof(*workers));
	char path[300];

	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(path, sizeof(path), "%s/vmstress.file", dir ? dir : "");
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || !workers || ftruncate(fd, threads * FILE_PAGES * (off_t)PAGE))
		die("%s: %s", path, strerror(errno));
	for (i = 0; i < threads; i++) {
		struct worker *w = &workers[i];

		w->id = (int)i;
		w->rng.state = seed * 1000003 + (uint64_t)i;
		w->base = mmap(NULL, WINDOW * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (w->base == MAP_FAILED || pipe(w->probe))
			die("set-up: %s", strerror(errno));
	}
	for (i = 0; i < threads; i++)
		if (pthread_create(&workers[i].thread, NULL, run, &workers[i]))
			die("no thread");
	while (now() - start < (double)seconds && failures() < 10)
		usleep(100000);
	stop = true;
	for (i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	close(fd);
	unlink(path);
	ops_print(&table, now() - start);
	printf("vmstress: %s, %lu failures\n", failures() ? "failed" : "passed", failures());
	return failures() != 0;
}
