/* SPDX-License-Identifier: MIT */
/* What the files of the benchmark share: how a row is measured and printed. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>

/* Is the row to be measured? */
bool wanted(const char *name);

/* "bench NAME VALUE /s": `count` operations are one call of work(count). Nothing if the row is not wanted. */
void per_second(const char *name, void (*work)(long), long count);

/* NAME in the directory of the benchmark; good until the next call. */
const char *path(const char *name);

/* The same for what waits for the disk, and so is left out where instructions are counted. */
void syncs_per_second(const char *name, void (*work)(long), long count);

/* Rows of processes, threads and what they wait for each other with; `scale` multiplies how often. */
void bench_tasks(long scale);
/* Names, descriptors, locks of files. */
void bench_files(long scale);
/* What programs wait with, and memory. */
void bench_waits(long scale);

#endif
