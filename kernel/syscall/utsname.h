/* SPDX-License-Identifier: MIT */
/* What the system calls itself, to uname(2) and in /proc/version. */
#ifndef KERNEL_SYSCALL_UTSNAME_H
#define KERNEL_SYSCALL_UTSNAME_H

#define UTS_SYSNAME	"Linux"
/* The release is that of the ABI: libraries compare it with the oldest kernel they run on. */
#define UTS_RELEASE	"5.3.0-rowlock"
#define UTS_VERSION	"Rowlock"

#endif
