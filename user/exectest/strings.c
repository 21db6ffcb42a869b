// SPDX-License-Identifier: MIT
/* What the new program gets: arguments, environment, the auxiliary vector, its name. */
#include "exectest.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

/* mode show: the arguments and the environment */
int show(int argc, char **argv)
{
	dprintf(3, "%d", argc);
	for (int i = 0; i < argc; i++)
		dprintf(3, "[%s]", argv[i]);
	for (char **e = environ; *e; e++)
		dprintf(3, "{%s}", *e);
	return argv[argc] ? 1 : 0;
}

void strings(void)
{
	char *argv[] = { "zero", "show", "", "two words", "\xff\x01", NULL }, *env[] = { "A=1", "", "B=two words", NULL };
	char out[512];
	int status;

	CHECK(!run(self, argv, env, &status, out, sizeof(out)) && EXITED(status, 0));
	CHECK(!strcmp(out, "5[zero][show][][two words][\xff\x01]{A=1}{}{B=two words}"), "%s", out);
	CHECK(!run(self, argv, NULL, &status, out, sizeof(out)) && EXITED(status, 0));
	CHECK(!strcmp(out, "5[zero][show][][two words][\xff\x01]"), "%s", out);
	/* no argument at all: an empty one */
	CHECK(!run(self, argv + 5, env, &status, NULL, 0) && EXITED(status, 77), "%x", status);
	CHECK(!run(self, NULL, NULL, &status, NULL, 0) && EXITED(status, 78), "%x", status);
}

/* mode long: the number and the total length of the arguments */
int show_long(int argc, char **argv)
{
	size_t total = 0;

	for (int i = 0; i < argc; i++)
		total += strlen(argv[i]) + 1;
	dprintf(3, "%d %zu", argc, total);
	return 0;
}

void limits(void)
{
	enum { MAX = 131072 };
	char *longest = malloc(MAX + 1), *argv[80] = { "zero", "long" }, *none[] = { NULL }, **many, out[64], want[64];
	struct rlimit old, small = { 1 << 20, RLIM_INFINITY };
	int status, n;

	memset(longest, 'x', MAX + 1);
	longest[MAX - 1] = '\0';
	argv[2] = longest;
	CHECK(!run(self, argv, none, &status, out, sizeof(out)) && EXITED(status, 0));
	CHECK(!strcmp(out, "3 131082"), "%s", out);
	longest[MAX - 1] = 'x';
	longest[MAX] = '\0';
	CHECK(run(self, argv, none, &status, NULL, 0) == E2BIG);
	/* a quarter of the stack's limit for all strings */
	longest[99999] = '\0';
	for (n = 2; n < 22; n++)
		argv[n] = longest;
	CHECK(!run(self, argv, none, &status, out, sizeof(out)) && EXITED(status, 0));
	snprintf(want, sizeof(want), "%d %d", n, 10 + 100000 * (n - 2));
	CHECK(!strcmp(out, want), "%s", out);
	for (; n < 24; n++)
		argv[n] = longest;
	CHECK(run(self, argv, none, &status, NULL, 0) == E2BIG);
	getrlimit(RLIMIT_STACK, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_STACK, &small);
	argv[6] = NULL;
	CHECK(run(self, argv, none, &status, NULL, 0) == E2BIG);
	argv[4] = NULL;
	CHECK(!run(self, argv, none, &status, out, sizeof(out)) && EXITED(status, 0));
	setrlimit(RLIMIT_STACK, &old);
	/* pointers count too */
	many = calloc(300001, sizeof(*many));
	for (n = 0; n < 300000; n++)
		many[n] = "";
	many[1] = "long";
	CHECK(run(self, many, none, &status, NULL, 0) == E2BIG);
	many[20000] = NULL;
	CHECK(!run(self, many, none, &status, out, sizeof(out)) && !strcmp(out, "20000 20004"), "%s", out);
	free(many);
	free(longest);
}

/* mode vector: the auxiliary vector */
int vector(int argc, char **argv)
{
	unsigned char *random = (unsigned char *)getauxval(AT_RANDOM), any = 0;
	struct stat st;
	int bad = 0;

	bad |= (getauxval(AT_PAGESZ) != 4096) << 0;
	bad |= (getauxval(AT_UID) != getuid() || getauxval(AT_EGID) != getegid()) << 1;
	bad |= (!getauxval(AT_PHDR) || getauxval(AT_PHENT) != 56 || getauxval(AT_PHNUM) < 2) << 2;
	bad |= (!getauxval(AT_ENTRY) || getauxval(AT_CLKTCK) != 100 || getauxval(AT_SECURE)) << 3;
	bad |= (strcmp((char *)getauxval(AT_PLATFORM), "x86_64") || !(getauxval(AT_HWCAP) & 1 << 26)) << 4;
	for (int i = 0; i < 16; i++)
		any |= random[i];
	bad |= (!any || stat((char *)getauxval(AT_EXECFN), &st)) << 5;
	/* a signal frame must fit */
	bad |= (getauxval(AT_MINSIGSTKSZ) < 1024 || getauxval(AT_MINSIGSTKSZ) > 65536) << 6;
	dprintf(3, "%s", (char *)getauxval(AT_EXECFN));
	return bad;
}

/* mode name: what the task is called */
int name(int argc, char **argv)
{
	char comm[17] = "";

	prctl(PR_GET_NAME, comm);
	dprintf(3, "%s", comm);
	return 0;
}

void vectors_and_names(void)
{
	char out[512], *other = path_in_dir("a_name_longer_than_a_task_can_have");
	int bad = mode(self, "vector", NULL, NULL, out, sizeof(out));

	CHECK(!bad, "vector: %x", bad);
	CHECK(!strcmp(out, self), "%s", out);
	symlink(realpath(self, NULL), other);
	CHECK(!mode(other, "name", NULL, NULL, out, sizeof(out)) && !strcmp(out, "a_name_longer_t"), "%s", out);
	CHECK(!mode(other, "vector", NULL, NULL, out, sizeof(out)) && !strcmp(out, other), "%s", out);
	unlink(other);
}
