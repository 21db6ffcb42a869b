// SPDX-License-Identifier: MIT
/*
 * Loading programs: ELF images for x86-64, static or static-PIE, from memory or from a file.
 */
#ifndef KERNEL_TASK_ELF_H
#define KERNEL_TASK_ELF_H

#include "kernel/lib/types.h"

struct file;
struct pt_regs;

/* Where the bytes of a program come from. */
struct program_image {
	const void *bytes; /* in kernel memory, or NULL */
	struct file *file; /* used if bytes is NULL */
	size_t size;
};

struct program_args {
	const char *path; /* AT_EXECFN */
	int argc, envc;
	char **argv, **envp;
};

/*
 * Gives the current task a fresh address space with the program in it and fills regs for its
 * first instruction. 0 or a negative errno (ENOEXEC for what is no program of ours). May sleep.
 */
int load_program(const struct program_image *img, const struct program_args *args,
		 struct pt_regs *regs);

#endif
