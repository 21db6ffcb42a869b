/* SPDX-License-Identifier: MIT */
/* Seals of files in memory, as fcntl() knows them. */
#ifndef FS_MEMFD_H
#define FS_MEMFD_H

struct file;

/* 0, -EPERM (not open for writing, or sealed against it), -EINVAL, -EBUSY. May sleep. */
long memfd_add_seals(struct file *file, unsigned long seals);
/* Or -EINVAL: a file that knows no seals. */
long memfd_get_seals(struct file *file);

#endif
