/* SPDX-License-Identifier: MIT */
/* I/O ports for programs: see ioport.c. */
#ifndef KERNEL_X86_IOPORT_H
#define KERNEL_X86_IOPORT_H

struct thread_struct;

/* The CPU goes by the ports of this thread from now on. Interrupts off. */
void ioport_load(const struct thread_struct *t);
/* The child of the current thread begins with the same ports. */
void ioport_fork(struct thread_struct *child);
void ioport_free(struct thread_struct *t);

#endif
