// SPDX-License-Identifier: MIT
/* Where the bytes of a program come from. */
#ifndef KERNEL_TASK_ELF_H
#define KERNEL_TASK_ELF_H

#include "kernel/lib/types.h"

struct file;

struct program_image {
	const void *bytes; /* in kernel memory, or NULL */
	struct file *file; /* used if bytes is NULL */
	size_t size;
	const char **why;  /* gets the reason, in words, when the image is refused */
};

#endif
