/* SPDX-License-Identifier: MIT */
/*
 * What the stress programs share: a seeded random generator, a checksum, a clock, failure reporting and the table of
 * operations. Plain POSIX C, so that the same programs run on Linux.
 */
#ifndef USER_UTIL_H
#define USER_UTIL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A splitmix64 generator: one 64-bit word of state, any seed is good. */
struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *rng);
/* A number in [0, limit); limit must not be 0. */
uint64_t rng_below(struct rng *rng, uint64_t limit);
bool rng_chance(struct rng *rng, unsigned int one_in);

/* CRC-32 as zlib computes it: start with 0, feed the result back in. */
uint32_t crc32(uint32_t crc, const void *data, size_t len);

/* Seconds on the monotonic clock. */
double now(void);

/* The bytes a program expects to find again: filled from (seed, position), so that any part can be checked alone. */
void pattern_fill(void *buf, size_t len, uint64_t seed, uint64_t pos);
/* The index of the first byte of buf that differs from the pattern, or -1. */
long pattern_check(const void *buf, size_t len, uint64_t seed, uint64_t pos);

/*
 * A check that did not hold: printed at once with the place, counted, and the reason for a non-zero exit. Threads go on,
 * up to a limit of messages.
 */
void fail_at(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
#define fail(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)
unsigned long failures(void);

/* Ends the program with status 2: something the program cannot go on without. */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A counted operation: calls and errors, kept per thread and added up at the end. */
#define MAX_OPS 48

struct op_count {
	unsigned long calls, errors;
};

struct op_table {
	const char *const *names;
	int count;
	struct op_count total[MAX_OPS];
	pthread_mutex_t lock; /* guards total */
};

void ops_add(struct op_table *table, const struct op_count *counts);
void ops_print(struct op_table *table, double seconds);

/* Read or write all of it at an offset; a short transfer that is no error goes on. Returns bytes done, or -1 with errno. */
ssize_t pread_all(int fd, void *buf, size_t len, off_t pos);
ssize_t pwrite_all(int fd, const void *buf, size_t len, off_t pos);

/* The value of "--name value" or "--name=value" in argv, or NULL. */
const char *option(int argc, char **argv, const char *name);
long option_long(int argc, char **argv, const char *name, long otherwise);
bool option_flag(int argc, char **argv, const char *name);

#endif
