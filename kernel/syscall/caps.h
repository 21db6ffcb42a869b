/* SPDX-License-Identifier: MIT */
/* The options of prctl about capabilities. */
#ifndef KERNEL_SYSCALL_CAPS_H
#define KERNEL_SYSCALL_CAPS_H

#include "kernel/lib/types.h"

bool is_caps_option(int option);
long prctl_caps(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5);

#endif
