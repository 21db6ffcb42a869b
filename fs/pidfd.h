// SPDX-License-Identifier: MIT
/* Descriptors for processes: see pidfd.c. */
#ifndef FS_PIDFD_H
#define FS_PIDFD_H

struct file;
struct pid;

/*
 * A descriptor number and a file for a process, not yet joined: fd_install() does that, or put_unused_fd() and fput() give both
 * back. flags: O_NONBLOCK. The number, or -errno. May sleep.
 */
int pidfd_prepare(struct pid *pid, unsigned int flags, struct file **file);
/* The process behind a descriptor, with a reference, and the file's flags; ERR_PTR(-EBADF) if it is no such descriptor. */
struct pid *pidfd_get_pid(unsigned int fd, unsigned int *flags);

#endif
