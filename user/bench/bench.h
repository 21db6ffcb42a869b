/* SPDX-License-Identifier: MIT */
/* What the files of the benchmark share: how a row is measured and printed. */
#ifndef BENCH_H
#define BENCH_H

/* "bench NAME VALUE /s": `count` operations are one call of work(count). Nothing if the row is not wanted. */
void per_second(const char *name, void (*work)(long), long count);

/* NAME in the directory of the benchmark; good until the next call. */
const char *path(const char *name);

/* Rows of processes, threads and what they wait for each other with; `scale` multiplies how often. */
void bench_tasks(long scale);

#endif
