// SPDX-License-Identifier: MIT
/*
 * exec: what the new program gets, what it does not get, and every way to be refused.
 *
 *	exectest DIRECTORY [TEST]
 *
 * argv[0] must be a path to this program, which executes itself with a mode as its first argument; the directory is for
 * files made here. Prints a line for each check that failed and "exectest: all well" at the end; exit status 0 or 1. The
 * same on Linux. As root it also tests set-user-id files.
 */
#include "exectest.h"

int failed_checks;
const char *self, *dir;

static const struct {
	const char *name;
	int (*fn)(int, char **);
} modes[] = {
	{ "show", show },   { "long", show_long },     { "vector", vector }, { "name", name },
	{ "state", state }, { "rights", rights },      { "where", where },   { "thread", thread_exec },
	{ "alone", alone }, { "access", wrong_access }, { "deep", deep },
};

static const struct {
	const char *name;
	void (*fn)(void);
} tests[] = {
	{ "strings", strings },
	{ "limits", limits },
	{ "vectors", vectors_and_names },
	{ "inherited", inherited },
	{ "errors", errors },
	{ "scripts", scripts },
	{ "descriptors", descriptors },
	{ "threads", threads },
	{ "vforked", vforked },
	{ "set_ids", set_ids },
	{ "addresses", addresses },
	{ "protection", protection },
	{ "memory_limits", memory_limits },
	{ "clocks", clocks },
	{ "images", images },
	{ "damaged_images", damaged_images },
};

int main(int argc, char **argv)
{
	const char *base;

	self = argv[0];
	if (argc == 1 && !argv[0][0])
		return environ[0] ? 77 : 78;
	for (unsigned int i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!strcmp(argv[1], modes[i].name))
			return modes[i].fn(argc, argv);
	}
	base = strrchr(argv[0], '/');
	if (base && !strcmp(base, "/show")) /* as an interpreter */
		return show(argc, argv);
	if (argc < 2) {
		fprintf(stderr, "exectest: no directory given\n");
		return 2;
	}
	dir = argv[1];
	mkdir(dir, 0777);
	chmod(dir, 0777);
	for (unsigned int i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (argc < 3 || !strcmp(argv[2], tests[i].name))
			tests[i].fn();
	}
	if (!failed_checks)
		printf("exectest: all well\n");
	return !!failed_checks;
}
