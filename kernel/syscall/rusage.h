// SPDX-License-Identifier: MIT
/* struct rusage of the ABI (getrusage, wait4, waitid). */
#ifndef KERNEL_SYSCALL_RUSAGE_H
#define KERNEL_SYSCALL_RUSAGE_H

#include "kernel/lib/time64.h"

struct usage_sums;

struct rusage {
	struct __kernel_old_timeval ru_utime, ru_stime;
	long ru_maxrss, ru_ixrss, ru_idrss, ru_isrss; /* KiB */
	long ru_minflt, ru_majflt, ru_nswap;
	long ru_inblock, ru_oublock, ru_msgsnd, ru_msgrcv, ru_nsignals;
	long ru_nvcsw, ru_nivcsw;
};

void fill_rusage(struct rusage *r, const struct usage_sums *use);

#endif
