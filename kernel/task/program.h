// SPDX-License-Identifier: MIT
/* The one program of a run, and the end of the run. */
#ifndef KERNEL_TASK_PROGRAM_H
#define KERNEL_TASK_PROGRAM_H

#include "kernel/lib/types.h"

/* Statuses of runs that never got as far as a program's own. */
#define EXIT_NO_PROGRAM	 127 /* no program given, or not found */
#define EXIT_BAD_PROGRAM 126 /* it cannot be executed */
#define EXIT_NO_ROOT	 125
#define EXIT_NO_TESTS	 124
#define EXIT_LEAK	 122 /* memory was not given back: see leaks.h */
#define EXIT_DISK_LOST	 123 /* the root could not be written back or unmounted */

/* Runs the program and waits until all of its threads are gone. May sleep. */
void run_program(int *status, int *signal);

/*
 * Ends the run: everything written back and unmounted, devices quiet, the last record printed,
 * QEMU left. From kernel_init only. May sleep.
 */
void shutdown_kernel(int status, int signal) __noreturn;

/* reboot(2): the program and all it started end, and the run with status 0. From a task of the program. */
void end_run(void) __noreturn;

/* Starts the thread that reports tasks stuck in an uninterruptible sleep. */
void watchdog_init(void);

#endif
