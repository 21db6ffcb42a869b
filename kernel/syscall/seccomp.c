// SPDX-License-Identifier: MIT
/* seccomp(2) and its older form in prctl(2): what their arguments mean; what is done is in kernel/task/seccomp.c. */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/syscall/missing.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/seccomp.h"
#include "kernel/x86/uaccess.h"

#define SECCOMP_SET_MODE_STRICT	 0
#define SECCOMP_SET_MODE_FILTER	 1
#define SECCOMP_GET_ACTION_AVAIL 2
#define SECCOMP_GET_NOTIF_SIZES	 3

#define KNOWN_FLAGS                                                                                                            \
	(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_NEW_LISTENER | \
	 SECCOMP_FILTER_FLAG_TSYNC_ESRCH | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)

static long set_filter(unsigned int flags, const void __user *fprog)
{
	if (flags & ~KNOWN_FLAGS)
		return -EINVAL;
	if (flags & (SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)) {
		unsupported("SECCOMP_FILTER_FLAG_NEW_LISTENER");
		return -EINVAL;
	}
	return seccomp_add_filter(flags, fprog);
}

static long action_available(const u32 __user *uaction)
{
	u32 action;

	if (get_user(action, uaction))
		return -EFAULT;
	switch (action) {
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_TRAP:
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_ALLOW:
		return 0;
	}
	return -EOPNOTSUPP;
}

long sys_seccomp(unsigned int op, unsigned int flags, void __user *args)
{
	switch (op) {
	case SECCOMP_SET_MODE_STRICT:
		return flags || args ? -EINVAL : seccomp_set_strict();
	case SECCOMP_SET_MODE_FILTER:
		return set_filter(flags, args);
	case SECCOMP_GET_ACTION_AVAIL:
		return flags ? -EINVAL : action_available(args);
	case SECCOMP_GET_NOTIF_SIZES:
		unsupported("SECCOMP_GET_NOTIF_SIZES");
		return -EINVAL;
	}
	return -EINVAL;
}

long prctl_set_seccomp(unsigned long mode, void __user *filter)
{
	switch (mode) {
	case SECCOMP_MODE_STRICT:
		return seccomp_set_strict();
	case SECCOMP_MODE_FILTER:
		return set_filter(0, filter);
	}
	return -EINVAL;
}
