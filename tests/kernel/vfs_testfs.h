/* SPDX-License-Identifier: MIT */
/*
 * A file system for tests: its directory entries are computed. Looking up "dN" gives a directory, "fN" a file, "noN" nothing, each
 * after a pause, so that lookups overlap for certain.
 */
#ifndef TESTS_KERNEL_VFS_TESTFS_H
#define TESTS_KERNEL_VFS_TESTFS_H

#include "fs/fs.h"
#include "kernel/x86/atomic.h"

struct testfs_counts {
	atomic_t lookups, inside, most_inside;	/* calls of ->lookup, now, and at most at once */
	atomic_t evicted, freed, frozen, thawed, put;
};

extern struct testfs_counts testfs_counts;
extern unsigned int testfs_pause_ms;		/* in ->lookup */
extern struct file_system_type testfs_type;

/* A mount outside the tree; ERR_PTR. Ends with testfs_drop(), after which the superblock is gone. */
struct vfsmount *testfs_mount(void);
void testfs_drop(struct vfsmount *mnt);

#endif
