// SPDX-License-Identifier: MIT
/* Where the new program lies, what its pages allow, and the limits of its memory. */
#include "exectest.h"

static const char constant[] = "read only";
static char data[4096] __attribute__((aligned(4096))) = { 0xc3 }; /* ret */
static void (*volatile jump)(void);

/* mode where: addresses of the stack, the heap, and what mmap gives */
int where(int argc, char **argv)
{
	dprintf(3, "%p %p %p", (void *)&argc, sbrk(0), mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	return 0;
}

void addresses(void)
{
	char first[100], second[100];
	int old = personality(0xffffffff);

	CHECK(!mode(self, "where", NULL, NULL, first, sizeof(first)) && !mode(self, "where", NULL, NULL, second, sizeof(second)));
	CHECK(strcmp(first, second), "twice the same addresses: %s", first);
	CHECK(personality(old | ADDR_NO_RANDOMIZE) == old && personality(0xffffffff) == (old | ADDR_NO_RANDOMIZE));
	CHECK(!mode(self, "where", NULL, NULL, first, sizeof(first)) && !mode(self, "where", NULL, NULL, second, sizeof(second)));
	CHECK(!strcmp(first, second), "%s, %s", first, second);
	personality(old);
}

/* mode access HOW: does what must end in SIGSEGV; "mprotected" and "executable" must not. */
int wrong_access(int argc, char **argv)
{
	char local[64] = { 0xc3 };
	char *heap = malloc(8192), *page = (char *)(((uintptr_t)heap + 4095) & ~4095UL);

	switch (argv[2][0]) {
	case 'c':
		*(volatile char *)constant = 1;
		return 0;
	case 't':
		*(volatile char *)(uintptr_t)wrong_access = 1;
		return 0;
	case 'd':
		jump = (void (*)(void))(uintptr_t)data;
		break;
	case 's':
		jump = (void (*)(void))(uintptr_t)local;
		break;
	case 'h':
		page[0] = 0xc3;
		jump = (void (*)(void))(uintptr_t)page;
		break;
	case 'm':
		mprotect(data, 4096, PROT_READ | PROT_EXEC);
		jump = (void (*)(void))(uintptr_t)data;
		break;
	case 'v':
		*(volatile char *)getauxval(AT_SYSINFO_EHDR) = 1;
		return 0;
	case 'r': /* as a run-time linker does with its relocations */
		mprotect(data, 4096, PROT_READ);
		data[1] = 1;
		return 0;
	}
	jump();
	return 0;
}

void protection(void)
{
	static const char *const wrong[] = { "constant", "text", "data", "stack", "heap", "relro", "vdso" };

	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int got = mode(self, "access", wrong[i], NULL, NULL, 0);

		CHECK(got == 1000 + SIGSEGV, "%s: %d", wrong[i], got);
	}
	CHECK(!mode(self, "access", "mprotected", NULL, NULL, 0));
}

static volatile char *lowest;

static int down(long bytes)
{
	volatile char room[16384];

	room[0] = 1;
	lowest = room;
	return bytes > 16384 ? down(bytes - 16384) + room[0] : 1;
}

/* mode deep KIB: uses that much stack, a multiple of 16 KiB */
int deep(int argc, char **argv)
{
	return down(atol(argv[2]) * 1024) != atol(argv[2]) / 16;
}

static int with_limit(int resource, unsigned long limit, const char *m, const char *arg)
{
	struct rlimit old, new;
	int got;

	getrlimit(resource, &old);
	new = old;
	new.rlim_cur = limit;
	setrlimit(resource, &new);
	got = mode(self, m, arg, NULL, NULL, 0);
	setrlimit(resource, &old);
	return got;
}

/* A mapping right below the stack's present end: growing into it must fail before it touches. */
static void guard_gap(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		char *here = (char *)(((uintptr_t)&pid - (2 << 20)) & ~4095UL);

		if (mmap(here, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != here)
			_exit(1);
		down(4 << 20);
		_exit(2);
	}
	status = status_of(pid);
	CHECK(KILLED(status, SIGSEGV), "%x", status);
}

static void address_space(void)
{
	struct rlimit old, new;
	void *p;

	getrlimit(RLIMIT_AS, &old);
	new = (struct rlimit){ 64 << 20, old.rlim_max };
	setrlimit(RLIMIT_AS, &new);
	errno = 0;
	p = mmap(NULL, 80 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p == MAP_FAILED && errno == ENOMEM);
	CHECK(sbrk(80 << 20) == (void *)-1);
	setrlimit(RLIMIT_AS, &old);
	getrlimit(RLIMIT_DATA, &old);
	new = (struct rlimit){ 8 << 20, old.rlim_max };
	setrlimit(RLIMIT_DATA, &new);
	p = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p == MAP_FAILED && errno == ENOMEM);
	p = mmap(NULL, 16 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	munmap(p, 16 << 20);
	CHECK(sbrk(16 << 20) == (void *)-1);
	setrlimit(RLIMIT_DATA, &old);
}

void memory_limits(void)
{
	int got;

	CHECK(!(got = with_limit(RLIMIT_STACK, 4 << 20, "deep", "3072")), "%d", got);
	CHECK((got = with_limit(RLIMIT_STACK, 4 << 20, "deep", "4096")) == 1000 + SIGSEGV, "%d", got);
	CHECK(!(got = with_limit(RLIMIT_STACK, 16 << 20, "deep", "15360")), "%d", got);
	guard_gap();
	address_space();
}

static long long ns(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000LL + ts->tv_nsec;
}

/* What the C library reads without a system call (the vDSO) lies between what two system calls read. */
void clocks(void)
{
	static const int ids[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_REALTIME_COARSE,
				   CLOCK_MONOTONIC_COARSE, CLOCK_PROCESS_CPUTIME_ID, CLOCK_TAI };
	struct timespec before, between, after;
	unsigned int cpu, node;
	pid_t pid;

	CHECK(getauxval(AT_SYSINFO_EHDR) && !memcmp((void *)getauxval(AT_SYSINFO_EHDR), "\177ELF", 4));
	for (int round = 0; round < 200; round++) {
		for (unsigned int i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
			syscall(SYS_clock_gettime, ids[i], &before);
			CHECK(!clock_gettime(ids[i], &between), "%d", ids[i]);
			syscall(SYS_clock_gettime, ids[i], &after);
			CHECK(ns(&before) <= ns(&between) && ns(&between) <= ns(&after) && between.tv_nsec < 1000000000,
			      "%d: %lld %lld %lld", ids[i], ns(&before), ns(&between), ns(&after));
		}
	}
	errno = 0;
	CHECK(clock_gettime(1000, &between) == -1 && errno == EINVAL);
	CHECK(!clock_getres(CLOCK_MONOTONIC, &between) && ns(&between) == 1);
	CHECK(!syscall(SYS_getcpu, &cpu, &node, NULL) && sched_getcpu() >= 0);
	/* it is there after fork, too */
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(clock_gettime(CLOCK_MONOTONIC, &after) || ns(&after) <= 0);
	CHECK(!status_of(pid));
}
