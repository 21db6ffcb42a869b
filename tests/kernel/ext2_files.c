// SPDX-License-Identifier: MIT
/*
 * ext2 on the root disk: what user programs cannot easily see.  Space accounts
 * after truncation, orphans, holes through all levels of indirection, a full
 * directory cycle, an fsync that leaves nothing owed.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "kernel/task/task.h"
#include "mm/slab.h"
#include "tests/kernel/ext2_test.h"
#include "tests/kernel/ktest.h"

static int set_size(struct file *file, loff_t size)
{
	return vfs_truncate(&file->f_path, size);
}

/* A block at each level, holes between; every truncation point; nothing lost. */
static void test_levels(void)
{
	struct super_block *sb = ext2_test_root();
	u64 p, before, pos[8];
	struct file *file;
	char byte;
	int i, n = 0;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	before = ext2_test_settled_free(sb);
	p = sb->s_blocksize / 4;
	pos[n++] = 0;
	pos[n++] = 11;
	pos[n++] = 12;
	pos[n++] = 12 + p - 1;
	pos[n++] = 12 + p;
	pos[n++] = 12 + p + p * p - 1;
	pos[n++] = 12 + p + p * p;
	pos[n++] = 12 + p + p * p + p + 1;
	file = filp_open("/ktest_levels", O_CREAT | O_RDWR | O_EXCL, 0600);
	KTEST_ASSERT(!IS_ERR(file));
	for (i = 0; i < n; i++) {
		loff_t at = pos[i] * sb->s_blocksize + 7;

		byte = 'a' + i;
		KTEST_EQ(kernel_write(file, &byte, 1, &at), 1);
	}
	for (i = n - 1; i >= 0; i--) {
		loff_t at = pos[i] * sb->s_blocksize + 7;

		KTEST_EQ(kernel_read(file, &byte, 1, &at), 1);
		KTEST_EQ(byte, 'a' + i);
		at = pos[i] * sb->s_blocksize + 6;
		KTEST_EQ(kernel_read(file, &byte, 1, &at), 1);
		KTEST_EQ(byte, 0);
		KTEST_EQ(set_size(file, pos[i] * sb->s_blocksize), 0);
	}
	KTEST_EQ(file_inode(file)->i_blocks, 0);
	fput(file);
	KTEST_EQ(ext2_test_remove("ktest_levels"), 0);
	KTEST_EQ(ext2_test_settled_free(sb), before);
}
KTEST(ext2_levels, KTEST_QUICK | KTEST_GROWS, test_levels);

/* An unlinked open file keeps its blocks until the last close, then gives all back. */
static void test_orphan(void)
{
	struct super_block *sb = ext2_test_root();
	unsigned long inodes;
	struct file *file;
	char *buf;
	loff_t at = 0;
	u64 before;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	buf = kmalloc(65536, GFP_KERNEL);
	KTEST_ASSERT(buf);
	memset(buf, 0x5a, 65536);
	before = ext2_test_settled_free(sb);
	inodes = ext2_count_free_inodes(sb);
	file = filp_open("/ktest_orphan", O_CREAT | O_RDWR | O_EXCL, 0600);
	KTEST_ASSERT(!IS_ERR(file));
	KTEST_EQ(ext2_test_remove("ktest_orphan"), 0);
	KTEST_EQ(kernel_write(file, buf, 65536, &at), 65536);
	memset(buf, 0, 65536);
	at = 0;
	KTEST_EQ(kernel_read(file, buf, 65536, &at), 65536);
	KTEST_EQ(buf[65535], 0x5a);
	KTEST_EQ(ext2_test_settled_free(sb) < before, true);
	fput(file);
	KTEST_EQ(ext2_test_settled_free(sb), before);
	KTEST_EQ(ext2_count_free_inodes(sb), inodes);
	kfree(buf);
}
KTEST(ext2_orphan, KTEST_QUICK | KTEST_GROWS, test_orphan);

/* After an fsync, nothing that concerns names is pending any more. */
static void test_fsync_pays(void)
{
	struct super_block *sb = ext2_test_root();
	struct ext2_sb_info *sbi;
	struct file *file;
	loff_t at = 0;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	sbi = EXT2_SB(sb);
	ext2_test_settled_free(sb);
	file = filp_open("/ktest_fsync", O_CREAT | O_RDWR | O_EXCL, 0600);
	KTEST_ASSERT(!IS_ERR(file));
	KTEST_EQ(list_empty(&sbi->s_names), false);
	KTEST_EQ(kernel_write(file, "x", 1, &at), 1);
	KTEST_EQ(vfs_fsync(file, 0), 0);
	KTEST_EQ(list_empty(&sbi->s_names), true);
	KTEST_EQ(EXT2_I(file_inode(file))->i_changes_durable,
		 atomic_long_read(&EXT2_I(file_inode(file))->i_changes));
	/* An overwrite in place leaves nothing for the next fsync but the data. */
	at = 0;
	KTEST_EQ(kernel_write(file, "y", 1, &at), 1);
	KTEST_EQ(EXT2_I(file_inode(file))->i_changes_durable,
		 atomic_long_read(&EXT2_I(file_inode(file))->i_changes));
	KTEST_EQ(vfs_fsync(file, 1), 0);
	fput(file);
	KTEST_EQ(ext2_test_remove("ktest_fsync"), 0);
}
KTEST(ext2_fsync_pays, KTEST_QUICK | KTEST_GROWS, test_fsync_pays);

/* Many names: the directory grows by blocks, finds all of them again, and empties. */
static void test_many_names(void)
{
	struct super_block *sb = ext2_test_root();
	char name[80], path[82];
	int i, missing = 0;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	for (i = 0; i < 300; i++) {
		struct file *file;

		snprintf(path, sizeof(path), "/ktest_%d_%.*s", i, i % 60,
			 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh");
		file = filp_open(path, O_CREAT | O_RDWR | O_EXCL, 0600);
		KTEST_ASSERT(!IS_ERR(file));
		fput(file);
	}
	flush_delayed_fput();
	shrink_dcache_sb(sb);
	for (i = 299; i >= 0; i--) {
		snprintf(name, sizeof(name), "ktest_%d_%.*s", i, i % 60,
			 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh");
		if (ext2_test_remove(name))
			missing++;
	}
	KTEST_EQ(missing, 0);
}
KTEST(ext2_many_names, KTEST_QUICK | KTEST_GROWS, test_many_names);
