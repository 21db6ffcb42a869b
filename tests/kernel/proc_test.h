/* SPDX-License-Identifier: MIT */
/* Helpers of the procfs tests: a mount that is in no tree, and files opened below it. */
#ifndef TESTS_KERNEL_PROC_TEST_H
#define TESTS_KERNEL_PROC_TEST_H

#include "fs/fs.h"
#include "fs/proc/proc_fs.h"

/* A mount of procfs of the test's own; ERR_PTR. */
struct vfsmount *proc_test_mount(void);
/* Drops it and waits until everything it held is freed. */
void proc_test_drop(struct vfsmount *mnt);
struct file *proc_test_open(struct vfsmount *mnt, const char *name, int flags);
void proc_test_close(struct file *file);
/* 0 if the name is there, or -errno. */
int proc_test_lookup(struct vfsmount *mnt, const char *name);

#endif
