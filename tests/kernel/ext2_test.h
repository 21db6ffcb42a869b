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
/* Rename or exchange @from and @to, names in the directories @dir1 and @dir2. */
int ext2_test_move(const char *dir1, const char *from, const char *dir2, const char *to,
		   unsigned int flags);
int ext2_test_mkdir(const char *path);
/* A file of one byte. */
int ext2_test_create(const char *path, char byte);
/* Link count of a path, and whether it is a directory whose ".." is @parent (0: do not look). */
int ext2_test_links(const char *path, unsigned long parent);
/* Its inode's number, 0 if there is none. */
unsigned long ext2_test_number(const char *path);
int ext2_test_remove_in(const char *dir, const char *name);

#endif
