/* SPDX-License-Identifier: MIT */
/* Character devices: which file operations stand behind a device number. */
#ifndef FS_CHAR_DEV_H
#define FS_CHAR_DEV_H

#include "kernel/lib/types.h"

struct file_operations;

/* Before the first program runs; fops must live for ever. -EBUSY if the number is taken, -ENOMEM. May sleep. */
int register_chrdev_fops(dev_t dev, const struct file_operations *fops);

extern const struct file_operations console_fops;

#endif
