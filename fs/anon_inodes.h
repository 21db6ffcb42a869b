// SPDX-License-Identifier: MIT
/*
 * Open files without a name, a directory or data of their own: eventfd, epoll, timerfd, inotify, signalfd, pidfd. They all lie on
 * one inode; what they are is told by their operations and private_data.
 */
#ifndef FS_ANON_INODES_H
#define FS_ANON_INODES_H

struct file;
struct file_operations;

/*
 * A file with these operations and private_data. name is what /proc/PID/fd shows behind "anon_inode:", such as "[eventfd]"; flags
 * are O_RDONLY, O_WRONLY or O_RDWR with O_NONBLOCK. ERR_PTR: -ENFILE, -ENOMEM; then priv is still the caller's. May sleep.
 */
struct file *anon_inode_getfile(const char *name, const struct file_operations *fops, void *priv, int flags);
/* The same at a new descriptor, which is returned, or -errno. O_CLOEXEC in flags is the descriptor's. May sleep. */
int anon_inode_getfd(const char *name, const struct file_operations *fops, void *priv, int flags);
void anon_inode_init(void);

#endif
