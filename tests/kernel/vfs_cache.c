// SPDX-License-Identifier: MIT
/*
 * Dentry and inode caches: lookups of one directory run in parallel but each name is looked up once;
 * negative entries are kept; walks while the caches are being shrunk find what they must; everything
 * goes at unmount; freezing stops writers.
 */
#include "tests/kernel/ktest.h"
#include "tests/kernel/vfs_testfs.h"
#include "fs/dcache.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"

/* Resolves a path in the mount; 0 with the inode number in *ino, or -errno. */
static int walk(struct vfsmount *mnt, const char *name, unsigned long *ino)
{
	struct path path;
	int err = vfs_path_lookup(mnt->mnt_root, mnt, name, 0, &path);

	if (err)
		return err;
	*ino = d_inode(path.dentry)->i_ino;
	path_put(&path);
	return 0;
}

#define THREADS 6

static void same_name(void *arg, unsigned int i)
{
	unsigned long ino = 0;

	KTEST_EQ(walk(arg, "f7", &ino), 0);
	KTEST_EQ(ino, 16);
}

static void own_name(void *arg, unsigned int i)
{
	unsigned long ino = 0;
	char name[16];

	snprintf(name, sizeof(name), "f%u", 100 + i);
	KTEST_EQ(walk(arg, name, &ino), 0);
	KTEST_EQ(ino, (101 + i) * 2);
}

static void missing_name(void *arg, unsigned int i)
{
	unsigned long ino;

	KTEST_EQ(walk(arg, "no1", &ino), -ENOENT);
}

static void test_parallel(void)
{
	struct vfsmount *mnt = testfs_mount();

	KTEST_ASSERT(!IS_ERR(mnt));
	testfs_pause_ms = 60;
	KTEST_EXPECT(ktest_threads(THREADS, same_name, mnt));
	KTEST_EQ(atomic_read(&testfs_counts.lookups), 1);
	KTEST_EXPECT(ktest_threads(THREADS, missing_name, mnt));
	KTEST_EXPECT(ktest_threads(THREADS, missing_name, mnt));
	KTEST_EQ(atomic_read(&testfs_counts.lookups), 2);
	KTEST_EXPECT(ktest_threads(THREADS, own_name, mnt));
	KTEST_EQ(atomic_read(&testfs_counts.lookups), 2 + THREADS);
	KTEST_EXPECT(atomic_read(&testfs_counts.most_inside) > 1);
	testfs_drop(mnt);
	KTEST_EQ(atomic_read(&testfs_counts.put), 1);
	KTEST_EQ(atomic_read(&testfs_counts.evicted), atomic_read(&testfs_counts.freed));
	KTEST_EQ(atomic_read(&testfs_counts.evicted), 2 + THREADS);
}
KTEST(vfs_lookup_parallel, KTEST_QUICK, test_parallel);

/* ---- walks against shrinking ---- */

static unsigned long shrink_deadline;

static void walk_or_shrink(void *arg, unsigned int i)
{
	struct vfsmount *mnt = arg;
	unsigned long n = 0;

	while (time_before(jiffies, shrink_deadline)) {
		unsigned long ino = 0;
		char name[64];

		if (i == 0) {
			shrink_dcache_parent(mnt->mnt_root);
			msleep(1);
			continue;
		}
		if (i == 1) {
			struct shrinker *shrinker = &mnt->mnt_sb->s_shrink;
			struct shrink_control sc = { .gfp_mask = GFP_KERNEL, .nr_to_scan = 40 };

			/* As reclaim does it, and as a device that changed does it. */
			shrinker->scan_objects(shrinker, &sc);
			shrinker->scan_objects(shrinker, &sc);
			if (n++ % 4 == 0) {
				shrink_dcache_sb(mnt->mnt_sb);
				invalidate_inodes(mnt->mnt_sb, false);
			}
			msleep(1);
			continue;
		}
		n++;
		snprintf(name, sizeof(name), "d%lu/d%u/../d%u/d3/f%lu", n % 3, i % 2, i % 2, n % 50);
		KTEST_EQ(walk(mnt, name, &ino), 0);
		KTEST_EQ(ino, (n % 50 + 1) * 2);
		snprintf(name, sizeof(name), "d%lu/d1/no%lu", n % 3, n % 7);
		KTEST_EQ(walk(mnt, name, &ino), -ENOENT);
		if (ktest_failed())
			break;
	}
}

static void test_shrink(void)
{
	struct vfsmount *mnt = testfs_mount();

	KTEST_ASSERT(!IS_ERR(mnt));
	shrink_deadline = jiffies + 400;
	KTEST_EXPECT(ktest_threads(THREADS, walk_or_shrink, mnt));
	testfs_drop(mnt);
	KTEST_EQ(atomic_read(&testfs_counts.evicted), atomic_read(&testfs_counts.freed));
	KTEST_EQ(atomic_read(&testfs_counts.put), 1);
}
KTEST(vfs_walk_while_shrinking, KTEST_QUICK, test_shrink);

/* ---- freezing ---- */

static atomic_t writer_in, writer_done;

static void freeze_or_write(void *arg, unsigned int i)
{
	struct super_block *sb = arg;

	if (i == 0) {
		KTEST_EQ(freeze_super(sb), 0);
		KTEST_EQ(freeze_super(sb), -EBUSY);
		KTEST_EXPECT(!sb_start_write_trylock(sb));
		atomic_set(&writer_in, 1);
		msleep(50);
		KTEST_EQ(atomic_read(&writer_done), 0);
		KTEST_EQ(thaw_super(sb), 0);
		KTEST_EQ(thaw_super(sb), -EINVAL);
		return;
	}
	while (!atomic_read(&writer_in))
		msleep(1);
	sb_start_write(sb);
	atomic_inc(&writer_done);
	sb_end_write(sb);
}

static void test_freeze(void)
{
	struct vfsmount *mnt = testfs_mount();

	KTEST_ASSERT(!IS_ERR(mnt));
	atomic_set(&writer_in, 0);
	atomic_set(&writer_done, 0);
	KTEST_EXPECT(ktest_threads(3, freeze_or_write, mnt->mnt_sb));
	KTEST_EQ(atomic_read(&writer_done), 2);
	KTEST_EQ(atomic_read(&testfs_counts.frozen), 1);
	KTEST_EQ(atomic_read(&testfs_counts.thawed), 1);
	testfs_drop(mnt);
	KTEST_EQ(atomic_read(&testfs_counts.put), 1);
}
KTEST(vfs_freeze, KTEST_QUICK, test_freeze);

/* ---- name hashing ---- */

static void test_hash(void)
{
	static char page[2 * 64] __aligned(64);

	/* The two ways to hash a name agree for every length and alignment. */
	for (unsigned int at = 0; at < 16; at++) {
		for (unsigned int len = 1; len < 40; len++) {
			u64 h;

			memset(page, 'q', sizeof(page));
			for (unsigned int i = 0; i < len; i++)
				page[at + i] = 'a' + (i * 7 + at) % 26;
			page[at + len] = len & 1 ? '/' : 0;
			h = hash_component(page, page + at);
			KTEST_EQ(hashlen_len(h), len);
			KTEST_EQ(hashlen_hash(h), full_name_hash(page, page + at, len));
		}
	}
}
KTEST(vfs_name_hash, KTEST_QUICK, test_hash);
