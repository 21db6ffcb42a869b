/* SPDX-License-Identifier: MIT */
/* devpts.h - the file system of the slaves of pseudo-terminals, between those who open its nodes and who makes them. */
#ifndef FS_DEVPTS_H
#define FS_DEVPTS_H

#include "kernel/lib/types.h"

struct dentry;
struct inode;
struct pty;
struct tty;

#define DEVPTS_MAGIC 0x1cd1

/*
 * The node of a new pair's slave, for the current user. Its dentry, pinned until devpts_remove(); ERR_PTR: -ENOSPC (the option max=),
 * -ENOMEM. May sleep, like the next.
 */
struct dentry *devpts_add(struct pty *pty);
/* The master is closed: the name goes, and cannot be opened any more. */
void devpts_remove(struct dentry *dentry);
/* The slave whose node @inode is; NULL: a node of that number somewhere else. */
struct tty *devpts_tty(const struct inode *inode);

#endif
