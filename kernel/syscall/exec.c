// SPDX-License-Identifier: MIT
/* execve, execveat and personality. */
#include "fs/fs.h"
#include "fs/namei.h"
#include "kernel/lib/errno.h"
#include "kernel/syscall/syscalls.h"
#include "kernel/task/exec.h"
#include "kernel/task/personality.h"
#include "kernel/task/task.h"

long sys_execve(const char __user *path, const char __user *const __user *argv,
		const char __user *const __user *envp)
{
	return do_execveat(AT_FDCWD, getname(path), argv, envp, 0);
}

long sys_execveat(int dfd, const char __user *path, const char __user *const __user *argv,
		  const char __user *const __user *envp, int flags)
{
	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	return do_execveat(dfd, getname_flags(path, flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0, NULL), argv, envp,
			   flags);
}

/* The old value; 0xffffffff only asks. What has no effect here cannot be set: EINVAL. */
long sys_personality(unsigned int persona)
{
	unsigned int old = current->personality;

	if (persona == 0xffffffff)
		return old;
	if (persona & ~PERSONALITY_KNOWN)
		return -EINVAL;
	current->personality = persona;
	return old;
}
