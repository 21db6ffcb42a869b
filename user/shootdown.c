// SPDX-License-Identifier: MIT
/*
 * shootdown [THREADS [SECONDS]]
 *
 * One thread keeps replacing the page at an address; the others read there all the time, on other CPUs, some of them
 * sleeping in between so that their CPUs run something else. After the replacement has been announced nobody may see the
 * page that was there before: neither through a translation that a CPU kept, nor through one it found again.
 *
 * Each page holds the number of its round, or 0 while it is new. A reader that took the announced number first must then
 * read that number, a later one, or 0.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.h"

#define PAGES	3	/* the one in the middle is replaced; its neighbours must stay as they are */
#define FILLERS	64	/* pages that take the frames the replaced ones leave, and hold the number 1 */

static _Atomic unsigned long announced, reads;
static atomic_bool stop;
static char *area, *fillers;
static long page;

static volatile unsigned long *word(int n)
{
	return (volatile unsigned long *)(area + n * page);
}

static void *reader(void *arg)
{
	unsigned int id = (unsigned int)(unsigned long)arg;
	unsigned long n = 0;

	while (!atomic_load(&stop)) {
		unsigned long before = atomic_load(&announced), seen = *word(1);

		if (seen && seen < before)
			fail("reader %u saw page %lu after page %lu was announced", id, seen, before);
		if (*word(0) != ~0UL || *word(2) != ~0UL)
			fail("reader %u: a neighbouring page changed", id);
		if (++n % 1024 == 0 && id & 1) {
			struct timespec nap = { 0, 200000 };

			nanosleep(&nap, NULL);
		}
		if (n % 1024 == 0)
			atomic_fetch_add(&reads, 1024);
	}
	return NULL;
}

/* Three ways to get rid of a page. Afterwards the place reads 0. */
static int replace(unsigned long round)
{
	void *at = (void *)word(1);

	switch (round % 3) {
	case 0:
		return madvise(at, (size_t)page, MADV_DONTNEED);
	case 1:
		return mmap(at, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at
			       ? 0 : -1;
	default:
		/* write protection and back: the translation has to go twice */
		if (mprotect(at, (size_t)page, PROT_READ) || mprotect(at, (size_t)page, PROT_READ | PROT_WRITE))
			return -1;
		return madvise(at, (size_t)page, MADV_DONTNEED);
	}
}

/* The frame just freed must not become the new page, or an old translation would show nothing wrong. */
static int take_frame(unsigned long round)
{
	unsigned long n = round % FILLERS;

	if (n == 0 && madvise(fillers, (size_t)(FILLERS * page), MADV_DONTNEED))
		return -1;
	*(volatile unsigned long *)(fillers + n * (unsigned long)page) = 1;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int threads = argc > 1 ? (unsigned int)atoi(argv[1]) : 3, started;
	double seconds = argc > 2 ? atof(argv[2]) : 2, end;
	unsigned long round = 1;
	pthread_t t[64];

	if (threads < 1 || threads > 64 || seconds <= 0) {
		fprintf(stderr, "usage: shootdown [THREADS (1 to 64) [SECONDS]]\n");
		return 2;
	}
	page = sysconf(_SC_PAGESIZE);
	area = mmap(NULL, (size_t)(PAGES * page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fillers = mmap(NULL, (size_t)(FILLERS * page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED || fillers == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	*word(0) = *word(2) = ~0UL;
	for (started = 0; started < threads; started++)
		if (pthread_create(&t[started], NULL, reader, (void *)(unsigned long)started)) {
			fail("pthread_create failed");
			break;
		}
	for (end = now() + seconds; now() < end && !failures();) {
		round++;	/* from 2 on: 1 marks the fillers */
		if (replace(round) || take_frame(round)) {
			fail("round %lu: %s", round, strerror(errno));
			break;
		}
		if (*word(1) != 0)
			fail("round %lu: the new page holds %lu", round, *word(1));
		*word(1) = round;
		atomic_store(&announced, round);
	}
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(t[i], NULL);
	printf("shootdown: %u readers, %lu pages replaced, %lu reads, %lu failures\n", started, round - 1,
	       (unsigned long)atomic_load(&reads), failures());
	return failures() || round < 3 ? 1 : 0;
}
