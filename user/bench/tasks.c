// SPDX-License-Identifier: MIT
/*
 * Rows of tasks: making and ending them, and the ways in which two wait for each other. A round trip is two switches of
 * the CPU, so these rows are the scheduler's, the wait queues' and the page tables' more than the calls'.
 */
#define _GNU_SOURCE
#include "bench.h"
#include "../lib/util.h"

#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* futex(2); musl brings no header for them */
#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129

static void reap(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		die("a child");
}

static void do_fork(long n)
{
	while (n--) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		reap(pid);
	}
}

/* The smallest program, which ends at once: the row measures execve, not what a C library does before main. */
static const char *tiny_program(void)
{
	static const unsigned char code[] = { 0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05 }; /* exit(0) */
	struct {
		Elf64_Ehdr head;
		Elf64_Phdr segment;
		unsigned char code[sizeof(code)];
	} elf = { .head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			    .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_phoff = sizeof(Elf64_Ehdr),
			    .e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1 },
		  .segment = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0x400000, .p_align = 4096 } };
	const char *name = path("tiny");
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	elf.head.e_entry = elf.segment.p_vaddr + offsetof(typeof(elf), code);
	elf.segment.p_filesz = elf.segment.p_memsz = sizeof(elf);
	memcpy(elf.code, code, sizeof(code));
	if (fd < 0 || write(fd, &elf, sizeof(elf)) != sizeof(elf) || close(fd))
		die("%s", name);
	return name;
}

static void vfork_exec(const char *name)
{
	pid_t pid = vfork();

	if (!pid) {
		execl(name, name, (char *)NULL);
		_exit(1);
	}
	reap(pid);
}

static void do_vfork_exec(long n)
{
	const char *name = tiny_program();

	while (n--)
		vfork_exec(name);
}

static void *nothing(void *arg)
{
	return arg;
}

static void do_thread(long n)
{
	while (n--) {
		pthread_t t;

		if (pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL))
			die("a thread");
	}
}

/* n bytes there and back again between this process and its child over the pair (mine, its). */
static void echo(long n, int in, int out)
{
	char c;

	while (n--)
		if (read(in, &c, 1) != 1 || write(out, &c, 1) != 1)
			_exit(1);
	_exit(0);
}

static void round_trips(long n, int child_in, int child_out, int in, int out)
{
	char c = 0;
	pid_t pid = fork();

	if (!pid)
		echo(n, child_in, child_out);
	while (n--)
		if (write(out, &c, 1) != 1 || read(in, &c, 1) != 1)
			die("round trip");
	reap(pid);
}

static void do_pipe(long n)
{
	int there[2], back[2];

	if (pipe(there) || pipe(back))
		die("pipe");
	round_trips(n, there[0], back[1], back[0], there[1]);
	for (int i = 0; i < 2; i++) {
		close(there[i]);
		close(back[i]);
	}
}

static void do_socket(long n)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s))
		die("socketpair");
	round_trips(n, s[1], s[1], s[0], s[0]);
	close(s[0]);
	close(s[1]);
}

/* A word that says whose turn it is; both sides sleep on it. */
static int turn;

static void wait_turn(int mine)
{
	int is;

	while ((is = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) != mine)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, is, NULL, NULL, 0);
}

static void give_turn(int to)
{
	__atomic_store_n(&turn, to, __ATOMIC_RELEASE);
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *answer(void *count)
{
	for (long n = (long)count; n--; give_turn(0))
		wait_turn(1);
	return NULL;
}

static void do_futex(long n)
{
	pthread_t t;

	turn = 0;
	if (pthread_create(&t, NULL, answer, (void *)n))
		die("a thread");
	while (n--) {
		give_turn(1);
		wait_turn(0);
	}
	pthread_join(t, NULL);
}

static void count_signal(int sig)
{
	turn += sig != 0;
}

static void do_signal(long n)
{
	pid_t me = getpid();

	while (n--)
		kill(me, SIGUSR1);
}

static void do_epoll(long n)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ep = epoll_create1(0), p[2];
	char c = 0;

	if (ep < 0 || pipe(p) || epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e))
		die("epoll");
	while (n--)
		if (write(p[1], &c, 1) != 1 || epoll_wait(ep, &e, 1, -1) != 1 || read(p[0], &c, 1) != 1)
			die("epoll");
	close(p[0]);
	close(p[1]);
	close(ep);
}

static void do_mmap(long n)
{
	while (n--) {
		char *map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (map == MAP_FAILED)
			die("mmap");
		*map = 1;
		munmap(map, 65536);
	}
}

/* A mapping of 4 MiB, written before: the child writes all of it, and each page is copied. */
#define COW_PAGES 1024

static char *shared_before;

static void do_cow(long n)
{
	for (; n > 0; n -= COW_PAGES) {
		pid_t pid = fork();

		if (!pid) {
			for (int i = 0; i < COW_PAGES; i++)
				shared_before[i * 4096L] = 2;
			_exit(0);
		}
		reap(pid);
	}
}

void bench_tasks(long scale)
{
	signal(SIGUSR1, count_signal);
	per_second("fork-exit-wait", do_fork, 50 * scale);
	per_second("vfork-exec-wait", do_vfork_exec, 30 * scale);
	per_second("thread-create-join", do_thread, 200 * scale);
	per_second("pipe-round-trip", do_pipe, 1000 * scale);
	per_second("socket-round-trip", do_socket, 1000 * scale);
	per_second("futex-round-trip", do_futex, 1000 * scale);
	per_second("signal-to-itself", do_signal, 2000 * scale);
	per_second("epoll-one-byte", do_epoll, 2000 * scale);
	per_second("mmap-touch-munmap", do_mmap, 1000 * scale);
	shared_before = mmap(NULL, COW_PAGES * 4096L, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (shared_before == MAP_FAILED)
		die("mmap");
	memset(shared_before, 1, COW_PAGES * 4096L);
	per_second("copy-on-write-fault", do_cow, COW_PAGES * scale / 2 < COW_PAGES ? COW_PAGES : COW_PAGES * scale / 2);
	munmap(shared_before, COW_PAGES * 4096L);
}
