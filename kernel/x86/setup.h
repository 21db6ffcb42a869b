/* SPDX-License-Identifier: MIT */
/*
 * The first functions of each CPU, and the first of the rest of the kernel.
 */
#ifndef KERNEL_X86_SETUP_H
#define KERNEL_X86_SETUP_H

#include "kernel/lib/types.h"

/* First C code on the boot CPU (from boot/): ends in start_kernel(). */
void x86_start(u32 magic, u64 info) __noreturn;
/* First C code on every other CPU. */
void x86_start_secondary(void) __noreturn;

/* kernel/main.c */
void start_kernel(void) __noreturn;

#endif
