// SPDX-License-Identifier: MIT
/*
 * A table test of the errno of each system call. Each case makes one call, by number and without a library between, and prints one
 * line: the call, the case, and what came of it (an errno's name, 0, or >0 for any other success). The same program prints the
 * same lines on Linux; tests/expected/errnocalls.txt are Linux's.
 */
#ifndef ERRNOCALLS_H
#define ERRNOCALLS_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One system call as it is: the result, or a negative errno. */
static inline long raw_call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/* Missing arguments are 0. */
#define RAW_(nr, a, b, c, d, e, f, ...) raw_call(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define RAW(nr, ...)			RAW_(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)

/* Makes the call and prints its line. */
#define T(call, what, ...) report(#call, what, RAW(SYS_##call, ##__VA_ARGS__))
/* The same with the value of a success, where it is always the same. */
#define TV(call, what, ...) report_value(#call, what, RAW(SYS_##call, ##__VA_ARGS__))

void report(const char *call, const char *what, long ret);
void report_value(const char *call, const char *what, long ret);
const char *errno_name(int err);

/* Something that must work for the cases to mean anything did not. */
void fail(const char *what) __attribute__((noreturn));
#define MUST(x)                                                                                                        \
	({                                                                                                             \
		long must_ = (long)(x);                                                                                \
		if (must_ < 0)                                                                                         \
			fail(#x);                                                                                      \
		must_;                                                                                                 \
	})

/* --- structures and numbers of the interface that the C library has no names for --- */
struct open_how {
	uint64_t flags, mode, resolve;
};
#define RESOLVE_NO_XDEV	    0x01
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_BENEATH	    0x08
#define RESOLVE_IN_ROOT	    0x10
#define RESOLVE_CACHED	    0x20

struct cap_header {
	uint32_t version;
	int pid;
};
struct cap_data {
	uint32_t effective, permitted, inheritable;
};
#define CAP_VERSION_3 0x20080522
#define CAP_NET_RAW   13
#define CAP_SETPCAP   8

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

#define FUTEX_WAIT    0
#define FUTEX_WAKE    1
#define FUTEX_REQUEUE 3

/* --- bad addresses --- */
extern char *unmapped;	/* a page that is not there */
extern char *edge;	/* the end of a page, with none behind it */
extern char *read_only; /* a page of zeros that may not be written */
extern char *no_access; /* PROT_NONE */
#define KERNEL_ADDRESS ((char *)0xffff888000100000UL)
#define NON_CANONICAL  ((char *)0x8000000000000000UL)
#define LOW_ADDRESS    ((char *)8)
void make_addresses(void);

/* --- the tree that the cases work in: the current directory --- */
/* Makes it as new; the directory is the current one. */
void make_tree(void);
extern char name_255[], name_256[], path_4095[], path_4096[], path_deep[];

/* --- file descriptors of each kind --- */
struct descriptor {
	const char *name;
	int fd;
};
#define NR_DESCRIPTORS 14
extern struct descriptor descriptors[NR_DESCRIPTORS];
void open_descriptors(void);
void close_descriptors(void);
int descriptor(const char *name);

/* Runs a function in a thread with these ids, groups and no capabilities. */
void as_user(unsigned int uid, unsigned int gid, void (*fn)(void));

/* --- the subjects --- */
void descriptor_cases(void);
void path_cases(void);
void pointer_cases(void);
void read_write_cases(void);
void file_argument_cases(void);
void name_argument_cases(void);
void memory_cases(void);
void time_cases(void);
void process_cases(void);
void signal_cases(void);
void credential_cases(void);
void permission_cases(void);
void read_only_cases(const char *mount_point);
void no_space_cases(void);
void mount_cases(void);

#endif
