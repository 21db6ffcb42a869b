/* SPDX-License-Identifier: MIT */
/* Core dumps: the memory and registers of a process that a signal ends, in a file `core` for gdb. See core(5). */
#ifndef KERNEL_TASK_COREDUMP_H
#define KERNEL_TASK_COREDUMP_H

#include "kernel/task/signal.h"

struct file;
struct task_struct;

/* A thread that stands still for the dump; on its own stack. */
struct core_thread {
	struct task_struct *task; /* NULL: it may go on to end */
	struct core_thread *next;
};

/* Does the signal's default action leave a core, and is one wanted of p's process? siglock held, or only a hint. */
bool wants_coredump(int sig, struct task_struct *p);
/*
 * The current thread has taken a signal whose default action is to dump core. Writes it if it is wanted, and marks the group as
 * exiting; the caller goes on to do_group_exit(). No locks held; may sleep.
 */
void do_coredump(const kernel_siginfo_t *info);
/* In exit_signals(): is a dump under way that has to see this thread? siglock held; if so, coredump_wait() after it. */
bool coredump_join(struct core_thread *self);
void coredump_wait(struct core_thread *self);

/* ---- between coredump.c and coredump_elf.c ---- */

struct coredump {
	const kernel_siginfo_t *info;
	struct file *file;
	loff_t pos, limit;	     /* bytes; what is beyond the limit is not written */
	struct core_thread *threads; /* the others, all of them still */
};

/* Writes it all; true if at least the notes are there. */
bool elf_core_dump(struct coredump *cd);
/* @buf NULL: a hole. False: the limit, an error, or a signal that ends the dump. */
bool dump_emit(struct coredump *cd, const void *buf, size_t len);

#endif
