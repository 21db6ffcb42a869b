// SPDX-License-Identifier: MIT
/* Names of system calls by number, implemented or not. */
#ifndef KERNEL_SYSCALL_NAMES_H
#define KERNEL_SYSCALL_NAMES_H

/* Never NULL. */
const char *syscall_name(unsigned long nr);

#endif
