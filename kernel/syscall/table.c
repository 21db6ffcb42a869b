// SPDX-License-Identifier: MIT
/*
 * The system-call table: number, name, count of arguments, function; numbers are Linux's for
 * x86-64. One line a call, sorted by number; a number without a line answers ENOSYS.
 */
#include "kernel/syscall/syscalls.h"

#define CALL(nr, name, nargs) [nr] = { #name, nargs, (void (*)(void))sys_##name }

const struct syscall_entry syscall_table[NR_SYSCALLS] = {
	CALL(9, mmap, 6),
	CALL(10, mprotect, 3),
	CALL(11, munmap, 2),
	CALL(12, brk, 1),
	CALL(25, mremap, 5),
	CALL(26, msync, 3),
	CALL(27, mincore, 3),
	CALL(28, madvise, 3),
	CALL(149, mlock, 2),
	CALL(150, munlock, 2),
	CALL(151, mlockall, 1),
	CALL(152, munlockall, 0),
	CALL(325, mlock2, 3),
};
