// SPDX-License-Identifier: MIT
/*
 * Loading programs: ELF images for x86-64, static or static-PIE, from memory or from a file.
 */
#ifndef KERNEL_TASK_ELF_H
#define KERNEL_TASK_ELF_H

#include "kernel/lib/types.h"

struct file;

/* Where the bytes of a program come from. */
struct program_image {
	const void *bytes; /* in kernel memory, or NULL */
	struct file *file; /* used if bytes is NULL */
	size_t size;
	const char **why;  /* gets the reason, in words, when the image is refused */
};

struct program_args {
	const char *path; /* AT_EXECFN */
	int argc, envc;
	char **argv, **envp;
};

/*
 * Gives the current kernel thread, which has a process of its own (create_program_task()), a
 * fresh address space with the program in it and registers for its first instruction: when its
 * thread function returns 0, the program runs. 0 or a negative errno (ENOEXEC for what is no
 * program of ours). May sleep.
 */
int load_program(const struct program_image *img, const struct program_args *args);

#endif
