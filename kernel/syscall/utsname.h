/* SPDX-License-Identifier: MIT */
/* What the system calls itself, to uname(2) and in /proc/version. */
#ifndef KERNEL_SYSCALL_UTSNAME_H
#define KERNEL_SYSCALL_UTSNAME_H

#define UTS_SYSNAME	"Linux"
/* The release is that of the ABI: libraries compare it with the oldest kernel they run on. */
#define UTS_RELEASE	"5.3.0-rowlock"
#define UTS_VERSION	"Rowlock"

#define UTS_LEN 65 /* with the zero at the end */

/* The two names that can be set. */
enum uts_name { UTS_NODENAME, UTS_DOMAINNAME, NR_UTS_NAMES };
void uts_get(enum uts_name which, char *name);	/* UTS_LEN bytes */
/* 0 or -EINVAL if it is too long. */
int uts_set(enum uts_name which, const char *name, int len);

#endif
