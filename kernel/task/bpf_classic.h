/* SPDX-License-Identifier: MIT */
/* Classic BPF: a program of a few dozen kinds of instructions that looks at a block of data and returns a word. */
#ifndef KERNEL_TASK_BPF_CLASSIC_H
#define KERNEL_TASK_BPF_CLASSIC_H

#include "kernel/lib/types.h"

#define BPF_MAXINSNS 4096

/* as the Linux ABI has them */
struct sock_filter {
	u16 code;
	u8 jt, jf; /* instructions to skip */
	u32 k;
};

struct sock_fprog {
	u16 len;
	struct sock_filter __user *filter;
};

/*
 * Is it a program that ends, whatever it finds: known instructions, jumps forward and inside, no memory read before it was written, no
 * division by a constant zero, loads of whole aligned words within @size bytes of data? 0 or -EINVAL; -ENOMEM.
 */
int bpf_check_classic(const struct sock_filter *prog, unsigned int len, unsigned int size);
/* Runs one that has been checked for data of this size, which is as the machine has it, not in network order. Any context. */
u32 bpf_run_classic(const struct sock_filter *prog, const void *data, unsigned int size);

#endif
