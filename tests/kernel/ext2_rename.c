// SPDX-License-Identifier: MIT
/*
 * ext2 renames as the disk sees them: link counts of both parents, "..", the
 * exchange of a directory with a file, replacement of an empty directory, that a
 * promised victim lives on until the directory is written, and what is promised.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "kernel/task/task.h"
#include "tests/kernel/ext2_test.h"
#include "tests/kernel/ktest.h"

static void test_rename_dirs(void)
{
	unsigned long a, b;

	if (!ext2_test_root())
		KTEST_SKIP("the root is no writable ext2");
	KTEST_EQ(ext2_test_mkdir("/kren_a"), 0);
	KTEST_EQ(ext2_test_mkdir("/kren_b"), 0);
	KTEST_EQ(ext2_test_mkdir("/kren_a/sub"), 0);
	KTEST_EQ(ext2_test_mkdir("/kren_b/empty"), 0);
	KTEST_EQ(ext2_test_create("/kren_b/file", 'f'), 0);
	a = ext2_test_number("/kren_a");
	b = ext2_test_number("/kren_b");
	KTEST_EQ(ext2_test_links("/kren_a", 0), 3);
	KTEST_EQ(ext2_test_links("/kren_b", 0), 3);
	KTEST_EQ(ext2_test_links("/kren_a/sub", a), 2);

	/* A directory and a file change places across parents. */
	KTEST_EQ(ext2_test_move("/kren_a", "sub", "/kren_b", "file", RENAME_EXCHANGE), 0);
	KTEST_EQ(ext2_test_links("/kren_a", 0), 2);
	KTEST_EQ(ext2_test_links("/kren_b", 0), 4);
	KTEST_EQ(ext2_test_links("/kren_b/file", b), 2);
	KTEST_EQ(ext2_test_links("/kren_a/sub", 0), 1);

	/* Over an empty directory in another parent: refused if not empty, else replaced. */
	KTEST_EQ(ext2_test_mkdir("/kren_a/full"), 0);
	KTEST_EQ(ext2_test_create("/kren_a/full/x", 'x'), 0);
	KTEST_EQ(ext2_test_move("/kren_b", "file", "/kren_a", "full", 0), -ENOTEMPTY);
	KTEST_EQ(ext2_test_move("/kren_a", "full", "/kren_b", "empty", 0), 0);
	KTEST_EQ(ext2_test_links("/kren_a", 0), 2);
	KTEST_EQ(ext2_test_links("/kren_b", 0), 4);
	KTEST_EQ(ext2_test_links("/kren_b/empty", b), 2);
	KTEST_EQ(ext2_test_links("/kren_b/empty/x", 0), 1);

	/* Not over an existing name when that is asked; not into itself. */
	KTEST_EQ(ext2_test_move("/kren_b", "file", "/kren_b", "empty", RENAME_EXCHANGE), 0);
	KTEST_EQ(ext2_test_move("/kren_b", "file", "/kren_b/file", "x", RENAME_EXCHANGE) != 0, true);

	KTEST_EQ(ext2_test_remove_in("/kren_b/file", "x"), 0);
	KTEST_EQ(ext2_test_remove_in("/kren_b", "file"), 0);
	KTEST_EQ(ext2_test_remove_in("/kren_b", "empty"), 0);
	KTEST_EQ(ext2_test_remove_in("/kren_a", "sub"), 0);
	KTEST_EQ(ext2_test_links("/kren_b", 0), 2);
	KTEST_EQ(ext2_test_remove("kren_a"), 0);
	KTEST_EQ(ext2_test_remove("kren_b"), 0);
}
KTEST(ext2_rename_dirs, KTEST_QUICK | KTEST_GROWS, test_rename_dirs);

/* A synced file that is replaced is let go only by the next payment. */
static void test_kept_victim(void)
{
	struct super_block *sb = ext2_test_root();
	unsigned long inodes;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	KTEST_EQ(ext2_test_create("/kkeep", 'o'), 0);
	ext2_test_settled_free(sb);
	KTEST_EQ(ext2_test_create("/kkeep_new", 'n'), 0);
	inodes = ext2_count_free_inodes(sb);
	KTEST_EQ(ext2_test_rename("kkeep_new", "kkeep"), 0);
	KTEST_EQ(EXT2_SB(sb)->s_kept_count, 1);
	KTEST_EQ(ext2_count_free_inodes(sb), inodes);
	ext2_test_settled_free(sb);
	KTEST_EQ(EXT2_SB(sb)->s_kept_count, 0);
	KTEST_EQ(ext2_count_free_inodes(sb), inodes + 1);
	/* What nobody was promised goes at once. */
	KTEST_EQ(ext2_test_create("/kkeep2", 'o'), 0);
	KTEST_EQ(ext2_test_create("/kkeep2_new", 'n'), 0);
	KTEST_EQ(ext2_test_rename("kkeep2_new", "kkeep2"), 0);
	KTEST_EQ(EXT2_SB(sb)->s_kept_count, 0);
	KTEST_EQ(ext2_test_remove("kkeep"), 0);
	KTEST_EQ(ext2_test_remove("kkeep2"), 0);
}
KTEST(ext2_kept_victim, KTEST_QUICK | KTEST_GROWS, test_kept_victim);

static struct inode *inode_of(const char *name)
{
	struct inode *inode = NULL;
	struct path path;

	if (kern_path(name, 0, &path))
		return NULL;
	inode = igrab(d_inode(path.dentry));
	path_put(&path);
	return inode;
}

/* An fsync promises the directories that lead to the file, and a rename those it moves the file to. */
static void test_promised_dirs(void)
{
	struct super_block *sb = ext2_test_root();
	struct inode *a, *b;
	struct file *file;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	ext2_test_settled_free(sb);
	KTEST_EQ(ext2_test_mkdir("/kpro_a"), 0);
	file = filp_open("/kpro_a/file", O_CREAT | O_RDWR, 0600);
	KTEST_ASSERT(!IS_ERR(file));
	a = inode_of("/kpro_a");
	KTEST_ASSERT(a);
	KTEST_EQ(ext2_promised(a), false);
	KTEST_EQ(vfs_fsync(file, 0), 0);
	KTEST_EQ(ext2_promised(file_inode(file)), true);
	KTEST_EQ(ext2_promised(a), true);
	KTEST_EQ(ext2_test_mkdir("/kpro_b"), 0);
	b = inode_of("/kpro_b");
	KTEST_ASSERT(b);
	KTEST_EQ(ext2_promised(b), false);
	KTEST_EQ(ext2_test_move("/kpro_a", "file", "/kpro_b", "file", 0), 0);
	KTEST_EQ(ext2_promised(b), true);
	/* Further changes, and being listed anew, do not take it back. */
	KTEST_EQ(ext2_test_create("/kpro_a/other", 'o'), 0);
	KTEST_EQ(ext2_promised(a), true);
	iput(a);
	iput(b);
	fput(file);
	KTEST_EQ(ext2_test_remove_in("/kpro_a", "other"), 0);
	KTEST_EQ(ext2_test_remove_in("/kpro_b", "file"), 0);
	KTEST_EQ(ext2_test_remove("kpro_a"), 0);
	KTEST_EQ(ext2_test_remove("kpro_b"), 0);
}
KTEST(ext2_promised_dirs, KTEST_QUICK | KTEST_GROWS, test_promised_dirs);

struct promise_test {
	struct file *file;
	bool unseen, released, overtaken;
};

/* Thread 0 changes names, as it were, because nothing is promised; thread 1 promises. */
static void promise_thread(void *arg, unsigned int i)
{
	struct promise_test *t = arg;
	struct inode *inode = file_inode(t->file);
	struct rw_semaphore *sem = &EXT2_SB(inode->i_sb)->s_promise_sem;

	if (i == 0) {
		down_read(sem);
		msleep(200);
		t->unseen = !ext2_promised(inode);
		WRITE_ONCE(t->released, true);
		up_read(sem);
	} else {
		msleep(50);
		KTEST_EQ(vfs_fsync(t->file, 0), 0);
		t->overtaken = !READ_ONCE(t->released);
	}
}

/* An fsync does not end while somebody relies on there being no promise, and lets others know of its own. */
static void test_promise_waits(void)
{
	struct promise_test t = { NULL };

	if (!ext2_test_root())
		KTEST_SKIP("the root is no writable ext2");
	ext2_test_settled_free(ext2_test_root());
	t.file = filp_open("/kpromise", O_CREAT | O_RDWR, 0600);
	KTEST_ASSERT(!IS_ERR(t.file));
	KTEST_EQ(ext2_promised(file_inode(t.file)), false);
	KTEST_EQ(ktest_threads(2, promise_thread, &t), true);
	KTEST_EQ(t.unseen, false);
	KTEST_EQ(t.overtaken, false);
	fput(t.file);
	KTEST_EQ(ext2_test_remove("kpromise"), 0);
}
KTEST(ext2_promise_waits, KTEST_QUICK | KTEST_GROWS, test_promise_waits);
