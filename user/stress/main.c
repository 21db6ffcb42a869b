// SPDX-License-Identifier: MIT
/*
 * stress [--verify MANIFEST] [--dir DIR] [--report FILE] [--seconds N] [--threads N] [--seed N] [--steps N]
 *        [--no-space-ok] [--sparse-limit MiB]
 *
 * Ends with status 0 if every check held, 1 if one did not, 2 if it could not go on.
 */
#include "stress.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct config config;

static const char *const op_names[] = {
#define X(name) #name,
	FOR_EACH_OP(X)
#undef X
};

static struct op_table table = { op_names, OP_COUNT, { { 0, 0 } }, PTHREAD_MUTEX_INITIALIZER };
static atomic_ulong total_steps;
static atomic_bool stop;

bool counted(struct worker *w, enum op op, bool ok)
{
	w->ops[op].calls++;
	if (!ok)
		w->ops[op].errors++;
	return ok;
}

bool tolerated(const char *what, const char *path)
{
	if (config.no_space_ok && (errno == ENOSPC || errno == EDQUOT))
		return true;
	fail("%s %s: %s", what, path, strerror(errno));
	return false;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	model_start(w);
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		if (config.max_steps && w->steps >= config.max_steps)
			break;
		if (rng_chance(&w->rng, 5))
			shared_step(w);
		else
			model_step(w);
		w->steps++;
		atomic_fetch_add_explicit(&total_steps, 1, memory_order_relaxed);
		if (failures() > 40)
			break;
	}
	model_verify(w);
	ops_add(&table, w->ops);
	return NULL;
}

static void watch(double start)
{
	unsigned long before = 0;
	int shown = 0;

	while (now() - start < config.seconds && failures() <= 40) {
		usleep(200000);
		if (now() - start >= (shown + 1) * 5.0) {
			unsigned long steps = atomic_load(&total_steps);

			shown = (int)((now() - start) / 5.0);
			printf("stress: %3.0f of %d s, %lu steps (%lu since the last line), %lu failures\n", now() - start,
			       config.seconds, steps, steps - before, failures());
			fflush(stdout);
			before = steps;
		}
	}
	atomic_store(&stop, true);
}

static void run_workers(void)
{
	struct worker *workers = calloc((size_t)config.threads, sizeof(*workers));
	double start = now();

	if (!workers)
		die("no memory for %d workers", config.threads);
	if (mkdir(config.dir, 0755) && errno != EEXIST)
		die("mkdir %s", config.dir);
	snprintf(config.shared, sizeof(config.shared), "%s/shared", config.dir);
	if (mkdir(config.shared, 0755) && errno != EEXIST)
		die("mkdir %s", config.shared);
	for (int i = 0; i < config.threads; i++) {
		struct worker *w = &workers[i];

		w->id = i;
		w->rng.state = config.seed * 1000003u + (unsigned long)i;
		snprintf(w->base, sizeof(w->base), "%s/t%d", config.dir, i);
		errno = pthread_create(&w->thread, NULL, work, w);
		if (errno)
			die("thread %d", i);
	}
	if (!config.max_steps)
		watch(start);
	for (int i = 0; i < config.threads; i++)
		pthread_join(workers[i].thread, NULL);
	printf("stress: %d threads, seed %lu, %.1f s\n", config.threads, config.seed, now() - start);
	ops_print(&table, now() - start);
	if (config.report)
		write_report(config.report, workers, config.threads);
}

int main(int argc, char **argv)
{
	config.verify = option(argc, argv, "--verify");
	config.dir = option(argc, argv, "--dir");
	config.report = option(argc, argv, "--report");
	config.seconds = (int)option_long(argc, argv, "--seconds", 30);
	config.threads = (int)option_long(argc, argv, "--threads", 4);
	config.seed = (unsigned long)option_long(argc, argv, "--seed", 1);
	config.max_steps = (unsigned long)option_long(argc, argv, "--steps", 0);
	config.no_space_ok = option_flag(argc, argv, "--no-space-ok");
	config.sparse_limit = (off_t)option_long(argc, argv, "--sparse-limit", 6000) << 20;
	if (config.threads < 1 || config.threads > 256 || (!config.verify && !config.dir)) {
		fprintf(stderr, "usage: stress [--verify MANIFEST] [--dir DIR] [--report FILE] [--seconds N] [--threads N]\n"
				"              [--seed N] [--steps N] [--no-space-ok] [--sparse-limit MiB]\n");
		return 2;
	}
	if (config.verify) {
		double start = now();
		unsigned long count = verify_manifest(config.verify, config.threads);

		printf("stress: %lu objects of %s verified in %.1f s, %lu failures\n", count, config.verify, now() - start,
		       failures());
		fflush(stdout);
	}
	if (config.dir)
		run_workers();
	printf("stress: %s, %lu failures\n", failures() ? "FAILED" : "passed", failures());
	fflush(stdout);
	return failures() ? 1 : 0;
}
