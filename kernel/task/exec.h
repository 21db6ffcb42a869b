// SPDX-License-Identifier: MIT
/* Executing programs: for the system calls, and for the first program of a run. */
#ifndef KERNEL_TASK_EXEC_H
#define KERNEL_TASK_EXEC_H

#include "kernel/task/elf.h"

struct filename;

/*
 * The current process becomes another program: when 0 comes back, the thread's next return to its program starts
 * the new one. Takes over name, which may be an error pointer. If it fails too late for the old program to go on,
 * the process ends with SIGSEGV. May sleep.
 */
int do_execveat(int fd, struct filename *name, const char __user *const __user *argv,
		const char __user *const __user *envp, int flags);

/*
 * The same for a thread that is to become the first program (create_program_task()), with the kernel's own strings,
 * from a path, or from an image in memory that goes by that name. On failure the thread can only end; *img->why
 * may say in words why.
 */
int kernel_execve(const char *path, const struct program_image *img, const char *const *argv,
		  const char *const *envp);

#endif
