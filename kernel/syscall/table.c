// SPDX-License-Identifier: MIT
/*
 * The system-call table: number, name, count of arguments, function; numbers are Linux's for
 * x86-64. One line a call, sorted by number; a number without a line answers ENOSYS.
 */
#include "kernel/syscall/syscalls.h"

#define CALL(nr, name, nargs) [nr] = { #name, nargs, (void (*)(void))sys_##name }

const struct syscall_entry syscall_table[NR_SYSCALLS] = {
};
