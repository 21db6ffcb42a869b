// SPDX-License-Identifier: MIT
/*
 * ext2 renames as the disk sees them: link counts of both parents, "..", the
 * exchange of a directory with a file, replacement of an empty directory, and
 * that a promised victim lives on until the directory is written.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "kernel/task/task.h"
#include "tests/kernel/ext2_test.h"
#include "tests/kernel/ktest.h"

/* Rename or exchange @from and @to, absolute paths in directories @dir1 and @dir2. */
static int move(const char *dir1, const char *from, const char *dir2, const char *to,
		unsigned int flags)
{
	struct dentry *trap, *old, *new;
	struct path p1, p2;
	int err;

	if (kern_path(dir1, LOOKUP_DIRECTORY, &p1))
		return -ENOTDIR;
	if (kern_path(dir2, LOOKUP_DIRECTORY, &p2)) {
		path_put(&p1);
		return -ENOTDIR;
	}
	err = mnt_want_write(p1.mnt);
	trap = lock_rename(p1.dentry, p2.dentry);
	old = lookup_one_len(from, p1.dentry, strlen(from));
	new = lookup_one_len(to, p2.dentry, strlen(to));
	if (IS_ERR(old) || IS_ERR(new) || old == trap || new == trap)
		err = -EINVAL;
	else
		err = vfs_rename(d_inode(p1.dentry), old, d_inode(p2.dentry), new, flags);
	unlock_rename(p1.dentry, p2.dentry);
	if (!IS_ERR(old))
		dput(old);
	if (!IS_ERR(new))
		dput(new);
	mnt_drop_write(p1.mnt);
	path_put(&p2);
	path_put(&p1);
	return err;
}

static int make_dir(const char *name)
{
	struct path path;
	struct dentry *dentry = kern_path_create(AT_FDCWD, name, &path, LOOKUP_DIRECTORY);
	int err;

	if (IS_ERR(dentry))
		return PTR_ERR(dentry);
	err = vfs_mkdir(d_inode(path.dentry), dentry, 0755);
	done_path_create(&path, dentry);
	return err;
}

static int make_file(const char *name, char byte)
{
	struct file *file = filp_open(name, O_CREAT | O_RDWR, 0600);
	loff_t at = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, &byte, 1, &at);
	fput(file);
	return n == 1 ? 0 : -EIO;
}

/* Link count of a path, and whether it is a directory whose ".." is @parent (0: do not look). */
static int links(const char *name, unsigned long parent)
{
	struct path path;
	int n = kern_path(name, 0, &path);

	if (n)
		return n;
	n = d_inode(path.dentry)->i_nlink;
	if (parent) {
		struct page *page;
		struct inode *dir = d_inode(path.dentry);
		struct ext2_dir_entry *de;

		inode_lock_shared(dir);
		de = ext2_dotdot(dir, &page);
		if (IS_ERR(de)) {
			n = PTR_ERR(de);
		} else {
			if (le32_to_cpu(de->inode) != parent)
				n = -EXDEV;
			ext2_put_page(page);
		}
		inode_unlock_shared(dir);
	}
	path_put(&path);
	return n;
}

static unsigned long number(const char *name)
{
	struct path path;
	unsigned long ino;

	if (kern_path(name, 0, &path))
		return 0;
	ino = d_inode(path.dentry)->i_ino;
	path_put(&path);
	return ino;
}

static int remove_in(const char *dir, const char *name)
{
	struct dentry *dentry;
	struct path path;
	int err = kern_path(dir, LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = mnt_want_write(path.mnt);
	inode_lock_nested(d_inode(path.dentry), I_MUTEX_PARENT);
	dentry = lookup_one_len(name, path.dentry, strlen(name));
	if (IS_ERR(dentry) || d_is_negative(dentry))
		err = -ENOENT;
	else if (d_is_dir(dentry))
		err = vfs_rmdir(d_inode(path.dentry), dentry);
	else
		err = vfs_unlink(d_inode(path.dentry), dentry);
	inode_unlock(d_inode(path.dentry));
	if (!IS_ERR(dentry))
		dput(dentry);
	mnt_drop_write(path.mnt);
	path_put(&path);
	return err;
}

static void test_rename_dirs(void)
{
	unsigned long a, b;

	if (!ext2_test_root())
		KTEST_SKIP("the root is no writable ext2");
	KTEST_EQ(make_dir("/kren_a"), 0);
	KTEST_EQ(make_dir("/kren_b"), 0);
	KTEST_EQ(make_dir("/kren_a/sub"), 0);
	KTEST_EQ(make_dir("/kren_b/empty"), 0);
	KTEST_EQ(make_file("/kren_b/file", 'f'), 0);
	a = number("/kren_a");
	b = number("/kren_b");
	KTEST_EQ(links("/kren_a", 0), 3);
	KTEST_EQ(links("/kren_b", 0), 3);
	KTEST_EQ(links("/kren_a/sub", a), 2);

	/* A directory and a file change places across parents. */
	KTEST_EQ(move("/kren_a", "sub", "/kren_b", "file", RENAME_EXCHANGE), 0);
	KTEST_EQ(links("/kren_a", 0), 2);
	KTEST_EQ(links("/kren_b", 0), 4);
	KTEST_EQ(links("/kren_b/file", b), 2);
	KTEST_EQ(links("/kren_a/sub", 0), 1);

	/* Over an empty directory in another parent: refused if not empty, else replaced. */
	KTEST_EQ(make_dir("/kren_a/full"), 0);
	KTEST_EQ(make_file("/kren_a/full/x", 'x'), 0);
	KTEST_EQ(move("/kren_b", "file", "/kren_a", "full", 0), -ENOTEMPTY);
	KTEST_EQ(move("/kren_a", "full", "/kren_b", "empty", 0), 0);
	KTEST_EQ(links("/kren_a", 0), 2);
	KTEST_EQ(links("/kren_b", 0), 4);
	KTEST_EQ(links("/kren_b/empty", b), 2);
	KTEST_EQ(links("/kren_b/empty/x", 0), 1);

	/* Not over an existing name when that is asked; not into itself. */
	KTEST_EQ(move("/kren_b", "file", "/kren_b", "empty", RENAME_EXCHANGE), 0);
	KTEST_EQ(move("/kren_b", "file", "/kren_b/file", "x", RENAME_EXCHANGE) != 0, true);

	KTEST_EQ(remove_in("/kren_b/file", "x"), 0);
	KTEST_EQ(remove_in("/kren_b", "file"), 0);
	KTEST_EQ(remove_in("/kren_b", "empty"), 0);
	KTEST_EQ(remove_in("/kren_a", "sub"), 0);
	KTEST_EQ(links("/kren_b", 0), 2);
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
	KTEST_EQ(make_file("/kkeep", 'o'), 0);
	ext2_test_settled_free(sb);
	KTEST_EQ(make_file("/kkeep_new", 'n'), 0);
	inodes = ext2_count_free_inodes(sb);
	KTEST_EQ(ext2_test_rename("kkeep_new", "kkeep"), 0);
	KTEST_EQ(EXT2_SB(sb)->s_kept_count, 1);
	KTEST_EQ(ext2_count_free_inodes(sb), inodes);
	ext2_test_settled_free(sb);
	KTEST_EQ(EXT2_SB(sb)->s_kept_count, 0);
	KTEST_EQ(ext2_count_free_inodes(sb), inodes + 1);
	/* What nobody was promised goes at once. */
	KTEST_EQ(make_file("/kkeep2", 'o'), 0);
	KTEST_EQ(make_file("/kkeep2_new", 'n'), 0);
	KTEST_EQ(ext2_test_rename("kkeep2_new", "kkeep2"), 0);
	KTEST_EQ(EXT2_SB(sb)->s_kept_count, 0);
	KTEST_EQ(ext2_test_remove("kkeep"), 0);
	KTEST_EQ(ext2_test_remove("kkeep2"), 0);
}
KTEST(ext2_kept_victim, KTEST_QUICK | KTEST_GROWS, test_kept_victim);
