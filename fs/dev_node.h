/* SPDX-License-Identifier: MIT */
/*
 * Entries of /dev that the kernel makes: whoever brings a device up gives it its name here. They live in the one
 * instance of devtmpfs, which is mounted on /dev at boot if the root has such a directory, and wherever else it is asked for.
 */
#ifndef FS_DEV_NODE_H
#define FS_DEV_NODE_H

#include "kernel/lib/types.h"

/*
 * From the initcalls on; may sleep. Names have one component. 0, -EEXIST, -ENOMEM.
 * @mode with its type, S_IFCHR or S_IFBLK.
 */
int dev_node_create(const char *name, umode_t mode, dev_t dev);
int dev_node_mkdir(const char *name, umode_t mode);
int dev_node_symlink(const char *name, const char *target);

/*
 * The handles that programs were given of nodes lead nowhere any more: the nodes outlive the programs, what is kept to find
 * them by handle need not. When no program is left.
 */
void dev_node_forget_handles(void);

#endif
