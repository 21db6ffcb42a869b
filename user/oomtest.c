// SPDX-License-Identifier: MIT
/*
 * Memory runs out: the process that has it all ends, and the others go on.
 *
 *	oomtest [--rounds N]
 *
 * Several small processes keep writing and checking memory of their own while a child takes all there is. Meant for a
 * small guest; on Linux give it a machine that may run out of memory.
 */
#include "lib/util.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SMALL	 (1ul << 20)
#define WORKERS	 3
#define CHUNK	 (1ul << 20)

/* Gets the mark that says it is to end first. */
static void offer(void)
{
	FILE *f = fopen("/proc/self/oom_score_adj", "w");

	if (!f || fputs("1000", f) < 0 || fclose(f))
		_exit(6);
}

static void hog(void)
{
	for (;;) {
		char *p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			_exit(3);
		memset(p, 0xaa, CHUNK);
	}
}

/* Takes and gives back memory, with new processes now and then, until told to stop. */
static void worker(int number)
{
	for (unsigned int round = 0;; round++) {
		unsigned char *p = mmap(NULL, SMALL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			_exit(4);
		memset(p, number + round, SMALL);
		for (unsigned long i = 0; i < SMALL; i += 4096)
			if (p[i] != (unsigned char)(number + round))
				_exit(5);
		munmap(p, SMALL);
	}
}

/* A small process that offers itself ends before the one that takes everything, and that one after it. */
static void preferred(void)
{
	int ready[2], status;
	pid_t small, big;
	char c;

	if (access("/proc/self/oom_score_adj", F_OK))
		return;
	if (pipe(ready))
		die("pipe: %s", strerror(errno));
	small = fork();
	if (!small) {
		offer();
		if (write(ready[1], "x", 1) != 1)
			_exit(7);
		for (;;)
			pause();
	}
	if (small < 0 || read(ready[0], &c, 1) != 1)
		die("fork: %s", strerror(errno));
	big = fork();
	if (!big)
		hog();
	if (waitpid(-1, &status, 0) != small || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		die("not the one that offered itself ended first, or it ended with %x", status);
	if (waitpid(big, &status, 0) != big || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		die("the hog ended with %x", status);
	close(ready[0]);
	close(ready[1]);
}

int main(int argc, char **argv)
{
	long rounds = option_long(argc, argv, "--rounds", 3);
	pid_t workers[WORKERS];
	int status;

	for (int i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		if (workers[i] < 0)
			die("fork: %s", strerror(errno));
		if (!workers[i])
			worker(i);
	}
	for (long i = 0; i < rounds; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (!pid)
			hog();
		if (waitpid(pid, &status, 0) != pid)
			die("wait: %s", strerror(errno));
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
			die("the hog ended with %x", status);
	}
	preferred();
	for (int i = 0; i < WORKERS; i++) {
		kill(workers[i], SIGTERM);
		if (waitpid(workers[i], &status, 0) != workers[i] || !WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
			die("a small process ended with %x", status);
	}
	puts("oomtest: only the hogs ended");
	return 0;
}
