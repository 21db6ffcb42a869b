// SPDX-License-Identifier: MIT
/*
 * cpustate [THREADS [SECONDS]]
 *
 * Does the CPU state of a thread survive what the kernel does behind its back? Every thread fills what it may use with
 * values of its own and checks them after interrupts, preemption, page faults and system calls:
 *
 *   - the red zone, 128 bytes below the stack pointer, which the ABI lets a leaf function use. A kernel that runs this
 *     program at ring 0 and takes an interrupt on the program's stack destroys it;
 *   - general and vector registers, the rounding mode of SSE and of the x87 unit;
 *   - the direction flag and the arithmetic flags across interrupts;
 *   - thread-local storage, which hangs on the FS base.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/util.h"

static atomic_ulong rounds;
static atomic_bool stop;
static _Thread_local uint64_t mine;

/* Sixteen words of the red zone keep @v over @spins turns of a loop; how many were changed. */
static uint64_t red_zone(uint64_t v, uint64_t spins)
{
	uint64_t bad;

	__asm__ __volatile__(
		"xorl %%eax, %%eax\n"
		"leaq -128(%%rsp), %%rdx\n"
		"1: movq %1, (%%rdx, %%rax, 8)\n"
		"incq %%rax\n"
		"cmpq $16, %%rax\n"
		"jne 1b\n"
		"2: pause\n"
		"decq %2\n"
		"jnz 2b\n"
		"xorl %k0, %k0\n"
		"xorl %%eax, %%eax\n"
		"3: cmpq %1, (%%rdx, %%rax, 8)\n"
		"je 4f\n"
		"incq %0\n"
		"4: incq %%rax\n"
		"cmpq $16, %%rax\n"
		"jne 3b\n"
		: "=&r"(bad), "+r"(v), "+r"(spins) : : "rax", "rdx", "memory", "cc");
	return bad;
}

/* The same for general registers, vector registers and the flags, with a system call in the middle if @call. */
static uint64_t registers(uint64_t v, uint64_t spins, long call)
{
	uint64_t bad = 0, out[4];

	__asm__ __volatile__(
		"movq %[v], %%r12\n"
		"leaq 1(%[v]), %%r13\n"
		"movq %[v], %%xmm7\n"
		"movq %%r13, %%xmm15\n"
		"std\n"
		"1: pause\n"
		"decq %[spins]\n"
		"jnz 1b\n"
		"leaq -128(%%rsp), %%rsp\n"	/* the compiler may have its own data in the red zone */
		"pushfq\n"
		"popq %%rcx\n"
		"leaq 128(%%rsp), %%rsp\n"
		"cld\n"
		"movq %%rcx, 24(%[out])\n"
		"movq %[call], %%rax\n"
		"testq %%rax, %%rax\n"
		"js 2f\n"
		"syscall\n"
		"2: movq %%r12, 0(%[out])\n"
		"movq %%xmm7, 8(%[out])\n"
		"movq %%xmm15, 16(%[out])\n"
		: [spins] "+r"(spins)
		: [v] "r"(v), [call] "r"(call), [out] "r"(out)
		: "rax", "rcx", "r11", "r12", "r13", "xmm7", "xmm15", "memory", "cc");
	bad += out[0] != v;
	bad += out[1] != v;
	bad += out[2] != v + 1;
	bad += !(out[3] & 0x400);	/* the direction flag was ours */
	return bad;
}

static void set_rounding(unsigned int mode)
{
	uint32_t mxcsr = 0x1f80 | mode << 13;
	uint16_t fcw = (uint16_t)(0x037f | mode << 10);

	__asm__ __volatile__("ldmxcsr %0\n fldcw %1" : : "m"(mxcsr), "m"(fcw));
}

static unsigned int get_rounding(void)
{
	uint32_t mxcsr;
	uint16_t fcw;

	__asm__ __volatile__("stmxcsr %0\n fnstcw %1" : "=m"(mxcsr), "=m"(fcw));
	return (mxcsr >> 13 & 3) << 2 | (fcw >> 10 & 3);
}

static void *worker(void *arg)
{
	uint64_t id = (uint64_t)(uintptr_t)arg, n = 0;
	unsigned int mode = (unsigned int)id & 3;
	long page = sysconf(_SC_PAGESIZE);

	mine = id * 0x0101010101010101;
	set_rounding(mode);
	while (!atomic_load(&stop)) {
		uint64_t v = id << 48 | n++, bad;

		bad = red_zone(v, 20000);
		if (bad)
			fail("thread %lu: %lu words of the red zone changed", (unsigned long)id,
				(unsigned long)bad);
		bad = registers(v, 20000, n % 3 ? 24 /* sched_yield */ : -1);
		if (bad)
			fail("thread %lu: %lu registers changed", (unsigned long)id,
				(unsigned long)bad);
		if (get_rounding() != (mode << 2 | mode))
			fail("thread %lu: rounding mode %x, should be %x", (unsigned long)id,
				get_rounding(), mode << 2 | mode);
		if (mine != id * 0x0101010101010101)
			fail("thread %lu: thread-local storage is not its own", (unsigned long)id);
		if (n % 16 == 0) {	/* a page fault with live registers */
			char *p = mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			if (p == MAP_FAILED) {
				fail("mmap: %s", strerror(errno));
				break;
			}
			__asm__ __volatile__("movq %1, %%xmm6\n movb $1, (%0)\n movq %%xmm6, %%rax\n movq %%rax, 8(%0)"
					     : : "r"(p), "r"(v) : "rax", "xmm6", "memory");
			if (*(uint64_t *)(p + 8) != v)
				fail("thread %lu: a fault changed a vector register", (unsigned long)id);
			munmap(p, (size_t)page);
		}
		atomic_fetch_add(&rounds, 1);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int threads = argc > 1 ? (unsigned int)atoi(argv[1]) : 4, started;
	unsigned int seconds = argc > 2 ? (unsigned int)atoi(argv[2]) : 2;
	pthread_t t[64];

	if (threads < 1 || threads > 64 || seconds < 1) {
		fprintf(stderr, "usage: cpustate [THREADS (1 to 64) [SECONDS]]\n");
		return 2;
	}
	for (started = 0; started < threads; started++)
		if (pthread_create(&t[started], NULL, worker, (void *)(uintptr_t)(started + 1))) {
			fail("pthread_create failed");
			break;
		}
	sleep(seconds);
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(t[i], NULL);
	printf("cpustate: %u threads, %lu rounds, %lu failures\n", started, (unsigned long)atomic_load(&rounds),
	       (unsigned long)failures());
	return failures() || !atomic_load(&rounds) ? 1 : 0;
}
