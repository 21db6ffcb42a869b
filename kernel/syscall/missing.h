/* SPDX-License-Identifier: MIT */
/*
 * What programs asked for and did not get: system calls without a function, and options that a call does not have. Listed
 * by program at the end of a run.
 */
#ifndef KERNEL_SYSCALL_MISSING_H
#define KERNEL_SYSCALL_MISSING_H

/* The current task made a system call that has no function. Returns -ENOSYS. */
long missing_syscall(unsigned long nr);

/*
 * The current task asked for something that Linux does and this call does not: what says what, as a string that lives on
 * ("MS_MOVE"). The caller goes on to return the errno. Any context in which the current task is inside a system call.
 */
void unsupported(const char *what);

/* At the end of a run: prints a line for each program and call. */
void missing_report(void);

#endif
