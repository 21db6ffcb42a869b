// SPDX-License-Identifier: MIT
/*
 * What is told with a signal: siginfo_t and its codes, as the Linux x86-64 ABI has them.
 */
#ifndef KERNEL_TASK_SIGINFO_H
#define KERNEL_TASK_SIGINFO_H

#include "kernel/lib/types.h"

/* si_code from 0 down: somebody sent it; above: the kernel tells of something */
#define SI_USER	   0
#define SI_KERNEL  0x80
#define SI_QUEUE   (-1)
#define SI_TIMER   (-2)
#define SI_MESGQ   (-3)
#define SI_ASYNCIO (-4)
#define SI_SIGIO   (-5)
#define SI_TKILL   (-6)

#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6

#define ILL_ILLOPN  2
#define FPE_INTDIV  1
#define FPE_FLTDIV  3
#define FPE_FLTOVF  4
#define FPE_FLTUND  5
#define FPE_FLTRES  6
#define FPE_FLTINV  7
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN  1
#define BUS_ADRERR  2
#define TRAP_BRKPT  1
#define TRAP_TRACE  2
#define SYS_SECCOMP 1

#define POLL_IN	 1
#define POLL_OUT 2
#define POLL_MSG 3
#define POLL_ERR 4
#define POLL_PRI 5
#define POLL_HUP 6

typedef union sigval {
	int sival_int;
	void *sival_ptr;
} sigval_t;

/*
 * What is told, as long as any code has ever made it: all of it goes to the program, so whoever fills one clears it first,
 * clear_siginfo().
 */
typedef struct kernel_siginfo {
	int si_signo;
	int si_errno;
	int si_code;
	int __pad0;
	union {
		long __pad[4];
		struct { /* kill and sigqueue */
			int si_pid;
			u32 si_uid;
			sigval_t si_value;
		};
		struct { /* SI_TIMER; si_value as above */
			int si_timerid;
			int si_overrun;
		};
		struct { /* SIGCHLD; pid and uid as above */
			int __chld_pid;
			u32 __chld_uid;
			int si_status;
			long si_utime, si_stime; /* clock ticks */
		};
		struct { /* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP */
			void *si_addr;
			short si_addr_lsb;
		};
		struct { /* SIGSYS */
			void *si_call_addr;
			int si_syscall;
			u32 si_arch;
		};
		struct { /* SIGPOLL */
			long si_band;
			int si_fd;
		};
	};
} kernel_siginfo_t;

/* On the program's side: with room for codes to come, which is 0. */
typedef struct siginfo {
	kernel_siginfo_t known;
	u64 spare[10];
} siginfo_t;

_Static_assert(sizeof(kernel_siginfo_t) == 48 && sizeof(siginfo_t) == 128, "siginfo");

/* Writes all 128 bytes: 0 or -EFAULT. May sleep. */
int copy_siginfo_to_user(siginfo_t __user *to, const kernel_siginfo_t *from);

static inline void clear_siginfo(kernel_siginfo_t *info)
{
	*info = (kernel_siginfo_t){ 0 };
}

/* Is it a program's word, not the kernel's? Then permission is asked for. */
static inline bool si_fromuser(const kernel_siginfo_t *info)
{
	return info && info->si_code <= 0;
}

#endif
