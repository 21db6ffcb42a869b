// SPDX-License-Identifier: MIT
/*
 * coretest [--dir DIR]
 *
 * Core dumps: when there is one and the status says so, what is in it (threads, registers, memory, files), what RLIMIT_CORE cuts
 * off, whose file is not overwritten. The same on Linux, where its core_pattern is `core`; else the program says so and ends well.
 */
#define _GNU_SOURCE
#include "lib/util.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK 0x5ca1ab1e0ddba11UL

static volatile unsigned long marked = 1;
static volatile char *untouched;

static void limit_core(rlim_t bytes)
{
	const struct rlimit limit = { bytes, RLIM_INFINITY };

	if (setrlimit(RLIMIT_CORE, &limit))
		die("setrlimit: %s", strerror(errno));
}

/* How the child ended that calls @what. */
static int end_of(void (*what)(void), rlim_t limit)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		limit_core(limit);
		what();
		_exit(1);
	}
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid: %s", strerror(errno));
	return status;
}

static void abort_now(void)
{
	abort();
}

static void undumpable(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	abort();
}

static void terminate(void)
{
	raise(SIGTERM);
}

/* A wild store with a known register, on a thread, while two others sleep. */
static void *crash(void *arg)
{
	(void)arg;
	marked = MARK;
	__asm__ volatile("mov %0, %%r12; mov $8, %%eax; mov %%r12, (%%rax)" : : "r"(MARK) : "rax", "r12", "memory");
	return NULL;
}

static void *rest(void *arg)
{
	pthread_barrier_wait(arg);
	pause();
	return arg;
}

static void crash_with_threads(void)
{
	pthread_barrier_t all;
	pthread_t thread;

	untouched = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_barrier_init(&all, NULL, 3);
	pthread_create(&thread, NULL, rest, &all);
	pthread_create(&thread, NULL, rest, &all);
	pthread_barrier_wait(&all);
	pthread_create(&thread, NULL, crash, NULL);
	pthread_join(thread, NULL);
}

static off_t core_size(void)
{
	struct stat st;

	return stat("core", &st) ? -1 : st.st_size;
}

static void expect_core(int line, int status, int sig, bool core)
{
	if (!WIFSIGNALED(status) || WTERMSIG(status) != sig || !!WCOREDUMP(status) != core || (core_size() > 0) != core)
		fail("line %d: status %x, core of %ld bytes", line, status, (long)core_size());
}

static void which_signals(void)
{
	expect_core(__LINE__, end_of(abort_now, 0), SIGABRT, false);
	expect_core(__LINE__, end_of(terminate, RLIM_INFINITY), SIGTERM, false);
	expect_core(__LINE__, end_of(undumpable, RLIM_INFINITY), SIGABRT, false);
	expect_core(__LINE__, end_of(abort_now, RLIM_INFINITY), SIGABRT, true);
	unlink("core");
	expect_core(__LINE__, end_of(abort_now, 100), SIGABRT, false); /* not even a page */
}

/* ---- reading it ---- */

static char *core;
static size_t core_len;

static void load_core(void)
{
	struct stat st;
	int fd = open("core", O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		die("core: %s", strerror(errno));
	core_len = (size_t)st.st_size;
	core = mmap(NULL, core_len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (core == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	close(fd);
	if (st.st_blocks * 512 > st.st_size / 2 && st.st_size > 64 << 20)
		fail("a core of %ld bytes has %ld blocks: memory never touched was written", (long)st.st_size, (long)st.st_blocks);
}

static int notes_seen[4], threads, crashers;

static void read_note(unsigned type, const char *desc, size_t len)
{
	const siginfo_t *info = (const void *)desc;
	prstatus_t status;

	switch (type) {
	case NT_PRSTATUS:
		memcpy(&status, desc, sizeof(status) < len ? sizeof(status) : len);
		if (!threads && (status.pr_cursig != SIGSEGV || status.pr_reg[3] != MARK)) /* r12 */
			fail("the first thread: signal %d, r12 %lx", status.pr_cursig, (unsigned long)status.pr_reg[3]);
		threads++;
		crashers += status.pr_reg[3] == MARK;
		break;
	case NT_PRPSINFO:
		notes_seen[0]++;
		if (!strstr(desc + 40, "coretest"))
			fail("the program's name is \"%.16s\"", desc + 40);
		break;
	case NT_AUXV:
		notes_seen[1]++;
		break;
	case NT_SIGINFO:
		notes_seen[2]++;
		if (info->si_signo != SIGSEGV || info->si_addr != (void *)8)
			fail("siginfo: signal %d at %p", info->si_signo, info->si_addr);
		break;
	case NT_FILE:
		notes_seen[3]++;
		break;
	}
}

static void read_notes(const Elf64_Phdr *ph)
{
	const char *at = core + ph->p_offset, *end = at + ph->p_filesz;

	while (at + sizeof(Elf64_Nhdr) <= end) {
		const Elf64_Nhdr *n = (const void *)at;

		at += sizeof(*n) + ((n->n_namesz + 3) & ~3u);
		read_note(n->n_type, at, n->n_descsz);
		at += (n->n_descsz + 3) & ~3u;
	}
}

/* The word at this address, as the core has it. */
static unsigned long word_at(unsigned long addr)
{
	const Elf64_Ehdr *eh = (const void *)core;
	const Elf64_Phdr *ph = (const void *)(core + eh->e_phoff);
	unsigned long word = 0;

	for (int i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && addr - ph[i].p_vaddr < ph[i].p_filesz)
			memcpy(&word, core + ph[i].p_offset + (addr - ph[i].p_vaddr), sizeof(word));
	return word;
}

static void contents(void)
{
	const Elf64_Ehdr *eh;
	const Elf64_Phdr *ph;

	expect_core(__LINE__, end_of(crash_with_threads, RLIM_INFINITY), SIGSEGV, true);
	load_core();
	eh = (const void *)core;
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) || eh->e_type != ET_CORE || eh->e_machine != EM_X86_64)
		die("not a core: type %d", eh->e_type);
	ph = (const void *)(core + eh->e_phoff);
	for (int i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_NOTE)
			read_notes(&ph[i]);
	if (threads != 4 || crashers != 1)
		fail("%d threads, %d with the mark in r12", threads, crashers);
	for (int i = 0; i < 4; i++)
		if (notes_seen[i] != 1)
			fail("note %d is there %d times", i, notes_seen[i]);
	if (word_at((unsigned long)&marked) != MARK)
		fail("memory says %lx", word_at((unsigned long)&marked));
	munmap(core, core_len);
	unlink("core");
}

/* ---- limits and foreign files ---- */

static void cut_short(void)
{
	struct stat st;

	expect_core(__LINE__, end_of(abort_now, 65536), SIGABRT, true);
	if (stat("core", &st) || st.st_blocks * 512 > 65536 + 8192) /* it may end in a hole, and has blocks of its own */
		fail("a core of %ld blocks", (long)st.st_blocks);
	unlink("core");
}

static void no_link_is_followed(void)
{
	struct stat st;
	int fd = open("victim", O_CREAT | O_RDWR, 0600);

	if (fd < 0 || write(fd, "keep", 4) != 4 || symlink("victim", "core"))
		fail("victim: %s", strerror(errno));
	end_of(abort_now, RLIM_INFINITY);
	if (fstat(fd, &st) || st.st_size != 4)
		fail("the victim has %ld bytes", (long)st.st_size);
	unlink("core");
	unlink("victim");
	close(fd);
}

static bool pattern_is_core(void)
{
	char text[128] = "";
	int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	return n > 0 && !strcmp(text, "core\n");
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "--dir") && chdir(argv[2]))
		die("%s: %s", argv[2], strerror(errno));
	if (!pattern_is_core()) {
		printf("coretest: not run: core_pattern is not `core`\n");
		return 0;
	}
	which_signals();
	contents();
	cut_short();
	no_link_is_followed();
	printf("coretest: %lu failures\n", failures());
	return failures() != 0;
}
