// SPDX-License-Identifier: MIT
/*
 * ext2 under several threads: files that grow, shrink, move and vanish side by
 * side in one directory, each byte checked; and a disk that is filled until
 * nothing fits, by all threads at once, and comes back whole.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "kernel/task/task.h"
#include "mm/slab.h"
#include "tests/kernel/ext2_test.h"
#include "tests/kernel/ktest.h"

#define THREADS		4
#define CHUNK		5000	/* bytes of one write: crosses blocks and pages unevenly */

/* Byte @at of a file written by @owner in its @round. */
static u8 pattern(unsigned int owner, unsigned int round, loff_t at)
{
	return (u8)(owner * 37 + round * 11 + at * 7 + (at >> 9));
}

static bool write_chunk(struct file *file, u8 *buf, unsigned int owner, unsigned int round,
			loff_t at, int *err)
{
	loff_t pos = at;
	ssize_t n;
	int i;

	for (i = 0; i < CHUNK; i++)
		buf[i] = pattern(owner, round, at + i);
	n = kernel_write(file, buf, CHUNK, &pos);
	*err = n < 0 ? n : 0;
	return n == CHUNK;
}

static bool check_file(struct file *file, u8 *buf, unsigned int owner, unsigned int round,
		       loff_t size)
{
	loff_t at = 0;
	int i;

	while (at < size) {
		loff_t pos = at;
		ssize_t n = kernel_read(file, buf, min_t(loff_t, CHUNK, size - at), &pos);

		if (n <= 0) {
			KTEST_FAIL("read of %lld at %lld: %ld", size, at, (long)n);
			return false;
		}
		for (i = 0; i < n; i++) {
			if (buf[i] == pattern(owner, round, at + i))
				continue;
			KTEST_FAIL("owner %u round %u byte %lld is 0x%x", owner, round, at + i,
				   buf[i]);
			return false;
		}
		at += n;
	}
	return true;
}

/* One life of one file. */
static bool one_round(u8 *buf, unsigned int me, unsigned int round)
{
	char from[32], to[32], path[34];
	unsigned int chunks = 1 + ktest_random() % 30, i;
	struct file *file;
	loff_t size;
	bool ok;
	int err;

	snprintf(from, sizeof(from), "kst%u_%u", me, round);
	snprintf(to, sizeof(to), "kst%u_moved", me);
	snprintf(path, sizeof(path), "/%s", from);
	file = filp_open(path, O_CREAT | O_RDWR | O_EXCL, 0600);
	if (IS_ERR(file)) {
		KTEST_FAIL("create: %ld", PTR_ERR(file));
		return false;
	}
	ok = true;
	for (i = 0; ok && i < chunks; i++)
		ok = write_chunk(file, buf, me, round, (loff_t)i * CHUNK, &err);
	size = (loff_t)chunks * CHUNK;
	if (!ok)
		KTEST_FAIL("write: %d", err);
	if (ok && round % 3 == 0)
		ok = !vfs_fsync(file, round & 1);
	if (ok && round % 2 == 0) {
		size = ktest_random() % size;
		ok = !vfs_truncate(&file->f_path, size);
	}
	/* The second round replaces what the first one left, and so on. */
	if (ok && round % 4 == 1)
		ok = !ext2_test_rename(from, to);
	else if (ok)
		ok = !ext2_test_remove(from);
	ok = ok && check_file(file, buf, me, round, size);
	fput(file);
	return ok;
}

static void stress_thread(void *arg, unsigned int me)
{
	u8 *buf = kmalloc(CHUNK, GFP_KERNEL);
	unsigned int round;

	KTEST_ASSERT(buf);
	for (round = 0; round < *(unsigned int *)arg && !ktest_failed(); round++)
		if (!one_round(buf, me, round))
			KTEST_FAIL("thread %u round %u", me, round);
	kfree(buf);
}

static void run_stress(unsigned int rounds)
{
	struct super_block *sb = ext2_test_root();
	unsigned long inodes;
	char name[32];
	u64 before;
	int i;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	before = ext2_test_settled_free(sb);
	inodes = ext2_count_free_inodes(sb);
	ktest_threads(THREADS, stress_thread, &rounds);
	for (i = 0; i < THREADS; i++) {
		snprintf(name, sizeof(name), "kst%d_moved", i);
		KTEST_EQ(ext2_test_remove(name), 0);
	}
	/* The directory may have grown, and keeps its blocks. */
	KTEST_EQ(ext2_test_settled_free(sb) + 8 >= before, true);
	KTEST_EQ(ext2_count_free_inodes(sb), inodes);
}

static void test_stress_short(void)
{
	run_stress(12);
}
KTEST(ext2_stress_short, KTEST_QUICK | KTEST_GROWS, test_stress_short);

static void test_stress_long(void)
{
	run_stress(300);
}
KTEST(ext2_stress_long, KTEST_SLOW | KTEST_GROWS, test_stress_long);

/* Write until nothing fits; a short or failed write must be ENOSPC and must not hurt the rest. */
static void fill_thread(void *arg, unsigned int me)
{
	u8 *buf = kmalloc(CHUNK, GFP_KERNEL);
	char path[32];
	struct file *file;
	unsigned int i = 0;
	int err = 0;

	KTEST_ASSERT(buf);
	snprintf(path, sizeof(path), "/kfill%u", me);
	file = filp_open(path, O_CREAT | O_RDWR | O_EXCL, 0600);
	KTEST_ASSERT(!IS_ERR(file));
	while (write_chunk(file, buf, me, 0, (loff_t)i * CHUNK, &err))
		i++;
	if (err)
		KTEST_EQ(err, -ENOSPC);
	check_file(file, buf, me, 0, i_size_read(file_inode(file)));
	fput(file);
	kfree(buf);
}

static void test_full_disk(void)
{
	struct super_block *sb = ext2_test_root();
	char name[16];
	u64 before;
	int i;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	before = ext2_test_settled_free(sb);
	if (before << sb->s_blocksize_bits > 200 << 20)
		KTEST_SKIP("the disk is too large to fill");
	ktest_threads(THREADS, fill_thread, NULL);
	for (i = 0; i < THREADS; i++) {
		snprintf(name, sizeof(name), "kfill%d", i);
		KTEST_EQ(ext2_test_remove(name), 0);
	}
	KTEST_EQ(ext2_test_settled_free(sb), before);
}
KTEST(ext2_full_disk, KTEST_SLOW | KTEST_GROWS, test_full_disk);
