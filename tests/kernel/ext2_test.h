/* SPDX-License-Identifier: MIT */
/* What the ext2 tests share: the root's superblock, settled counts, removal by name. */
#ifndef TESTS_KERNEL_EXT2_TEST_H
#define TESTS_KERNEL_EXT2_TEST_H

#include "kernel/lib/types.h"

struct super_block;

/* The root's superblock if it is a writable ext2, else NULL. */
struct super_block *ext2_test_root(void);
/* Free blocks once nothing is pending. */
u64 ext2_test_settled_free(struct super_block *sb);
/* Remove a name in the root directory.  0 or -errno. */
int ext2_test_remove(const char *name);
/* Rename within the root directory. */
int ext2_test_rename(const char *from, const char *to);

#endif
