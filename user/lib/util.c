// SPDX-License-Identifier: MIT
/* The shared parts of the stress programs; see util.h. */
#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t rng_next(struct rng *rng)
{
	uint64_t z = (rng->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t rng_below(struct rng *rng, uint64_t limit)
{
	return rng_next(rng) % limit;
}

bool rng_chance(struct rng *rng, unsigned int one_in)
{
	return rng_below(rng, one_in) == 0;
}

static uint32_t crc_table[8][256];
static pthread_once_t crc_once = PTHREAD_ONCE_INIT;

static void crc_init(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
		crc_table[0][i] = c;
	}
	for (int t = 1; t < 8; t++)
		for (int i = 0; i < 256; i++)
			crc_table[t][i] = (crc_table[t - 1][i] >> 8) ^ crc_table[0][crc_table[t - 1][i] & 255];
}

/* Eight bytes a step: table t advances a byte by t more positions. */
uint32_t crc32(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	pthread_once(&crc_once, crc_init);
	crc = ~crc;
	for (; len >= 8; len -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		word ^= crc;
		crc = crc_table[7][word & 255] ^ crc_table[6][(word >> 8) & 255] ^ crc_table[5][(word >> 16) & 255] ^
		      crc_table[4][(word >> 24) & 255] ^ crc_table[3][(word >> 32) & 255] ^
		      crc_table[2][(word >> 40) & 255] ^ crc_table[1][(word >> 48) & 255] ^ crc_table[0][word >> 56];
	}
	while (len--)
		crc = crc_table[0][(crc ^ *p++) & 255] ^ (crc >> 8);
	return ~crc;
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint64_t pattern_word(uint64_t seed, uint64_t index)
{
	uint64_t z = seed * 0x9e3779b97f4a7c15u + index * 0xd6e8feb86659fd93u + 0x2545f4914f6cdd1du;

	z ^= z >> 32;
	z *= 0xd6e8feb86659fd93u;
	return z ^ (z >> 29);
}

void pattern_fill(void *buf, size_t len, uint64_t seed, uint64_t pos)
{
	uint8_t *p = buf;

	while (len) {
		uint64_t word = pattern_word(seed, pos / 8);
		size_t skip = pos % 8, n = 8 - skip < len ? 8 - skip : len;

		memcpy(p, (uint8_t *)&word + skip, n);
		p += n;
		pos += n;
		len -= n;
	}
}

long pattern_check(const void *buf, size_t len, uint64_t seed, uint64_t pos)
{
	const uint8_t *p = buf;

	for (size_t done = 0; done < len;) {
		uint64_t word = pattern_word(seed, (pos + done) / 8);
		size_t skip = (pos + done) % 8, n = 8 - skip < len - done ? 8 - skip : len - done;

		if (memcmp(p + done, (uint8_t *)&word + skip, n)) {
			while (p[done] == ((uint8_t *)&word)[skip])
				done++, skip++;
			return (long)done;
		}
		done += n;
	}
	return -1;
}

static atomic_ulong failure_count;

void fail_at(const char *file, int line, const char *fmt, ...)
{
	char text[400];
	va_list args;

	if (atomic_fetch_add(&failure_count, 1) >= 40)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(stderr, "FAILED %s:%d: %s\n", file, line, text);
}

unsigned long failures(void)
{
	return atomic_load(&failure_count);
}

void die(const char *fmt, ...)
{
	va_list args;
	int saved = errno;

	va_start(args, fmt);
	fputs("cannot go on: ", stderr);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, " (%s)\n", strerror(saved));
	exit(2);
}

void ops_add(struct op_table *table, const struct op_count *counts)
{
	pthread_mutex_lock(&table->lock);
	for (int i = 0; i < table->count; i++) {
		table->total[i].calls += counts[i].calls;
		table->total[i].errors += counts[i].errors;
	}
	pthread_mutex_unlock(&table->lock);
}

void ops_print(struct op_table *table, double seconds)
{
	unsigned long calls = 0, errors = 0;

	printf("%-14s %10s %8s %12s\n", "operation", "calls", "errors", "per second");
	for (int i = 0; i < table->count; i++) {
		struct op_count *op = &table->total[i];

		calls += op->calls;
		errors += op->errors;
		printf("%-14s %10lu %8lu %12.1f\n", table->names[i], op->calls, op->errors, (double)op->calls / seconds);
	}
	printf("%-14s %10lu %8lu %12.1f\n", "all", calls, errors, (double)calls / seconds);
}

ssize_t pread_all(int fd, void *buf, size_t len, off_t pos)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)buf + done, len - done, pos + (off_t)done);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t pwrite_all(int fd, const void *buf, size_t len, off_t pos)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(fd, (const char *)buf + done, len - done, pos + (off_t)done);

		if (n < 0)
			return done ? (ssize_t)done : -1;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

const char *option(int argc, char **argv, const char *name)
{
	size_t len = strlen(name);

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], name))
			return i + 1 < argc ? argv[i + 1] : NULL;
		if (!strncmp(argv[i], name, len) && argv[i][len] == '=')
			return argv[i] + len + 1;
	}
	return NULL;
}

long option_long(int argc, char **argv, const char *name, long otherwise)
{
	const char *text = option(argc, argv, name);
	char *end;
	long value;

	if (!text)
		return otherwise;
	value = strtol(text, &end, 0);
	if (*end || end == text) {
		fprintf(stderr, "%s wants a number, not '%s'\n", name, text);
		exit(2);
	}
	return value;
}

bool option_flag(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return false;
}
