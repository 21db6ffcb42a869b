// SPDX-License-Identifier: MIT
/*
 * mmapstress [--dir DIR] [--seconds N] [--threads N] [--seed N] [--pages N]
 *
 * One file, mapped shared and private, written and read through the mapping and through calls by all threads at once, while the
 * part behind it is truncated and grown. Every 64-bit word has one owner (word number modulo threads), so that all threads write
 * all pages all the time, yet each knows exactly what its own words must hold: a lost update, a stale mapping or a page
 * that forgot to be written back is found by the word's owner.
 *
 * The stable part (first half) is never truncated and is what mappings touch. The tail (second half) is truncated to
 * any length and grows again: a word there is the owner's last value, or an earlier truncation's zero.
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

#define PAGE 4096
#define WORDS (PAGE / 8)

enum { OP_store, OP_load, OP_pwrite, OP_pread, OP_msync, OP_private, OP_tail, OP_truncate, OP_remap, OP_selfwrite, OP_COUNT };
static const char *const op_names[] = { "store",   "load", "pwrite",   "pread", "msync",
					"private", "tail", "truncate", "remap", "write from map" };
static struct op_table table = { op_names, OP_COUNT, { { 0, 0 } }, PTHREAD_MUTEX_INITIALIZER };
static atomic_bool stop;
static int fd, threads, pages;
static char path[300];
static uint64_t *shared;

struct worker {
	pthread_t thread;
	int id;
	struct rng rng;
	uint64_t *values; /* what my words hold, by word number; only mine are used */
	uint64_t serial;
	struct op_count ops[MAX_OPS];
};

static uint64_t word_tag(uint64_t word, uint64_t serial)
{
	return (word << 40) ^ (serial * 0x9e3779b97f4a7c15u) ^ 0x5a5a;
}

/* A random word of mine in the stable part. */
static size_t my_word(struct worker *w)
{
	size_t slots = (size_t)pages * WORDS / (size_t)threads;

	return rng_below(&w->rng, slots) * (size_t)threads + (size_t)w->id;
}

static uint64_t next_value(struct worker *w, size_t word)
{
	return word_tag(word, ++w->serial);
}

static void check(struct worker *w, size_t word, uint64_t found, const char *how)
{
	if (found != w->values[word])
		fail("word %zu (page %zu) is %016llx by %s, not %016llx", word, word / WORDS, (unsigned long long)found, how,
		     (unsigned long long)w->values[word]);
}

static void step_store(struct worker *w)
{
	for (int i = 0; i < 16; i++) {
		size_t word = my_word(w);

		w->values[word] = next_value(w, word);
		__atomic_store_n(&shared[word], w->values[word], __ATOMIC_RELAXED);
		w->ops[OP_store].calls++;
	}
}

static void step_load(struct worker *w)
{
	for (int i = 0; i < 16; i++) {
		size_t word = my_word(w);

		check(w, word, __atomic_load_n(&shared[word], __ATOMIC_RELAXED), "mapping");
		w->ops[OP_load].calls++;
	}
}

static void step_pwrite(struct worker *w)
{
	size_t word = my_word(w);

	w->values[word] = next_value(w, word);
	w->ops[OP_pwrite].calls++;
	if (pwrite(fd, &w->values[word], 8, (off_t)word * 8) != 8)
		fail("pwrite: %s", strerror(errno));
}

static void step_pread(struct worker *w)
{
	uint64_t page[WORDS];
	size_t first = rng_below(&w->rng, (uint64_t)pages) * WORDS;

	w->ops[OP_pread].calls++;
	if (pread(fd, page, PAGE, (off_t)first * 8) != PAGE) {
		fail("pread: %s", strerror(errno));
		return;
	}
	for (size_t i = 0; i < WORDS; i++)
		if ((first + i) % (size_t)threads == (size_t)w->id && first + i < (size_t)pages * WORDS / (size_t)threads * (size_t)threads)
			check(w, first + i, page[i], "pread");
}

static void step_msync(struct worker *w)
{
	size_t page = rng_below(&w->rng, (uint64_t)pages);

	w->ops[OP_msync].calls++;
	if (msync(shared + page * WORDS, PAGE, rng_chance(&w->rng, 2) ? MS_SYNC : MS_ASYNC))
		fail("msync: %s", strerror(errno));
}

/* A private mapping: my writes in it are seen by nobody else and stay whatever happens to the file. */
static void step_private(struct worker *w)
{
	size_t first = rng_below(&w->rng, (uint64_t)pages), count = 1 + rng_below(&w->rng, 4);
	uint64_t *map, seed = rng_next(&w->rng);
	uint64_t own[WORDS];

	if (first + count > (size_t)pages)
		count = (size_t)pages - first;
	map = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, (off_t)first * PAGE);
	w->ops[OP_private].calls++;
	if (map == MAP_FAILED) {
		fail("mmap private: %s", strerror(errno));
		return;
	}
	pattern_fill(map, count * PAGE, seed, 0);
	step_store(w);
	step_pwrite(w);
	if (pattern_check(map, count * PAGE, seed, 0) >= 0)
		fail("a private mapping of page %zu changed", first);
	if (pread(fd, own, PAGE, (off_t)first * PAGE) == PAGE)
		for (size_t i = 0; i < WORDS; i++)
			if ((first * WORDS + i) % (size_t)threads == (size_t)w->id &&
			    first * WORDS + i < (size_t)pages * WORDS / (size_t)threads * (size_t)threads)
				check(w, first * WORDS + i, own[i], "pread after private writes");
	if (munmap(map, count * PAGE))
		fail("munmap: %s", strerror(errno));
}

/* A second shared mapping of my own sees what the first one wrote, and the other way round; grow it in place or by moving. */
static void step_remap(struct worker *w)
{
	size_t first = rng_below(&w->rng, (uint64_t)pages), word;
	uint64_t *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)first * PAGE);
	uint64_t *moved;

	w->ops[OP_remap].calls++;
	if (map == MAP_FAILED) {
		fail("mmap shared: %s", strerror(errno));
		return;
	}
	for (size_t i = 0; i < WORDS; i++) {
		word = first * WORDS + i;
		if (word % (size_t)threads != (size_t)w->id || word >= (size_t)pages * WORDS / (size_t)threads * (size_t)threads)
			continue;
		check(w, word, map[i], "a second mapping");
		if (rng_chance(&w->rng, 8)) {
			w->values[word] = next_value(w, word);
			map[i] = w->values[word];
			check(w, word, __atomic_load_n(&shared[word], __ATOMIC_RELAXED), "the first mapping");
		}
	}
	moved = mremap(map, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	if (moved == MAP_FAILED) {
		fail("mremap: %s", strerror(errno));
		munmap(map, PAGE);
		return;
	}
	munmap(moved, 2 * PAGE);
}

/* write() whose source is a mapping of the very page that is written must neither deadlock nor lose anything. */
static void step_selfwrite(struct worker *w)
{
	size_t word = my_word(w);

	w->ops[OP_selfwrite].calls++;
	if (pwrite(fd, &shared[word], 8, (off_t)word * 8) != 8)
		fail("write from a mapping: %s", strerror(errno));
	check(w, word, __atomic_load_n(&shared[word], __ATOMIC_RELAXED), "mapping after write from it");
}

/* Behind the stable part: anything a reader sees there is a whole word written for that place, or zero. */
static void step_tail(struct worker *w)
{
	size_t base = (size_t)pages * WORDS, word = base + rng_below(&w->rng, (uint64_t)pages * WORDS);
	uint64_t value = (word << 32) | 0xbeef, page[WORDS];
	ssize_t n;

	w->ops[OP_tail].calls++;
	if (rng_chance(&w->rng, 2)) {
		if (pwrite(fd, &value, 8, (off_t)word * 8) != 8)
			fail("pwrite in the tail: %s", strerror(errno));
		return;
	}
	word -= word % WORDS;
	n = pread(fd, page, PAGE, (off_t)word * 8);
	if (n < 0 || n % 8)
		fail("pread in the tail gives %zd: %s", n, strerror(errno));
	for (ssize_t i = 0; i < n / 8; i++)
		if (page[i] && page[i] != (((word + (size_t)i) << 32) | 0xbeef))
			fail("tail word %zu is %016llx", word + (size_t)i, (unsigned long long)page[i]);
}

static void step_truncate(struct worker *w)
{
	off_t stable = (off_t)pages * PAGE;

	w->ops[OP_truncate].calls++;
	if (ftruncate(fd, stable + (off_t)rng_below(&w->rng, (uint64_t)stable / 8) * 8))
		fail("ftruncate: %s", strerror(errno));
}

static void *work(void *arg)
{
	static void (*const steps[])(struct worker *) = { step_store,  step_store,   step_load,  step_load,	 step_pwrite,
							  step_pread,  step_msync,   step_private, step_tail,	 step_tail,
							  step_truncate, step_remap, step_selfwrite };
	struct worker *w = arg;

	while (!atomic_load_explicit(&stop, memory_order_relaxed) && failures() < 40)
		steps[rng_below(&w->rng, sizeof(steps) / sizeof(steps[0]))](w);
	ops_add(&table, w->ops);
	return NULL;
}

/* After everything was written back and forgotten by the mapping, the file must still hold each owner's words. */
static void verify(struct worker *workers)
{
	size_t owned = (size_t)pages * WORDS / (size_t)threads * (size_t)threads;
	uint64_t page[WORDS];

	if (fsync(fd) || munmap(shared, (size_t)pages * PAGE))
		fail("fsync or munmap: %s", strerror(errno));
	close(fd);
	fd = open(path, O_RDONLY);
	for (size_t first = 0; first < owned; first += WORDS) {
		if (pread(fd, page, PAGE, (off_t)first * 8) != PAGE)
			fail("reading page %zu at the end: %s", first / WORDS, strerror(errno));
		for (size_t i = 0; i < WORDS && first + i < owned; i++)
			check(&workers[(first + i) % (size_t)threads], first + i, page[i], "reading at the end");
	}
	close(fd);
}

int main(int argc, char **argv)
{
	const char *dir = option(argc, argv, "--dir") ? option(argc, argv, "--dir") : "";
	int seconds = (int)option_long(argc, argv, "--seconds", 10);
	unsigned long seed = (unsigned long)option_long(argc, argv, "--seed", 1);
	struct worker *workers;
	double start = now();

	threads = (int)option_long(argc, argv, "--threads", 4);
	pages = (int)option_long(argc, argv, "--pages", 64);
	snprintf(path, sizeof(path), "%s/mmapstress.data", dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || ftruncate(fd, (off_t)pages * PAGE))
		die("%s", path);
	shared = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	workers = calloc((size_t)threads, sizeof(*workers));
	if (shared == MAP_FAILED || !workers)
		die("mapping %s", path);
	for (int i = 0; i < threads; i++) {
		workers[i].id = i;
		workers[i].rng.state = seed * 104729 + (unsigned long)i;
		workers[i].values = calloc((size_t)pages * WORDS, 8);
		if (!workers[i].values)
			die("no memory");
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
	verify(workers);
	ops_print(&table, now() - start);
	printf("mmapstress: %s, %lu failures\n", failures() ? "FAILED" : "passed", failures());
	return failures() ? 1 : 0;
}
