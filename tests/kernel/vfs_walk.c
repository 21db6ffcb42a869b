// SPDX-License-Identifier: MIT
/*
 * Walks on the root disk against what changes under their feet: directories exchanged, files moved,
 * mounts coming and going. What always exists must always be found.
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

static int make_file(const char *name)
{
	struct file *file = filp_open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);

	if (IS_ERR(file))
		return PTR_ERR(file);
	__fput_sync(file);
	return 0;
}

static int remove(const char *dir, const char *name, bool is_dir)
{
	struct path path;
	struct dentry *dentry;
	int err = kern_path(dir, LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = mnt_want_write(path.mnt);
	if (!err) {
		inode_lock_nested(d_inode(path.dentry), I_MUTEX_PARENT);
		dentry = lookup_one_len(name, path.dentry, strlen(name));
		err = PTR_ERR(dentry);
		if (!IS_ERR(dentry)) {
			err = -ENOENT;
			if (d_is_positive(dentry))
				err = is_dir ? vfs_rmdir(d_inode(path.dentry), dentry) :
					       vfs_unlink(d_inode(path.dentry), dentry);
			dput(dentry);
		}
		inode_unlock(d_inode(path.dentry));
		mnt_drop_write(path.mnt);
	}
	path_put(&path);
	return err;
}

/* Exchanges a name in one directory with one in another. */
static int exchange(const char *dir_a, const char *a, const char *dir_b, const char *b)
{
	struct path pa, pb;
	struct dentry *da, *db;
	int err = kern_path(dir_a, LOOKUP_DIRECTORY, &pa);

	if (err)
		return err;
	err = kern_path(dir_b, LOOKUP_DIRECTORY, &pb);
	if (err)
		goto put_a;
	err = mnt_want_write(pa.mnt);
	if (err)
		goto put_b;
	lock_rename(pa.dentry, pb.dentry);
	da = lookup_one_len(a, pa.dentry, strlen(a));
	db = lookup_one_len(b, pb.dentry, strlen(b));
	err = IS_ERR(da) ? PTR_ERR(da) : IS_ERR(db) ? PTR_ERR(db) : 0;
	if (!err)
		err = vfs_rename(d_inode(pa.dentry), da, d_inode(pb.dentry), db, RENAME_EXCHANGE);
	if (!IS_ERR(da))
		dput(da);
	if (!IS_ERR(db))
		dput(db);
	unlock_rename(pa.dentry, pb.dentry);
	mnt_drop_write(pa.mnt);
put_b:
	path_put(&pb);
put_a:
	path_put(&pa);
	return err;
}

#define TOP "/ktest_walk"

static unsigned long deadline;
static unsigned long walks[8];

static void walk_or_exchange(void *arg, unsigned int i)
{
	unsigned int n = 0;

	while (time_before(jiffies, deadline) && !ktest_failed()) {
		static const char *const names[] = {
			TOP "/a/x/deep/down/file", TOP "/b/y/deep/down/file",
			TOP "/a/x/deep/../deep/down/../../deep/down/file",
			TOP "/b/../a/x/deep/down/../../../../b/y/deep/down/file",
		};
		struct path path;
		int err;

		n++;
		if (i == 0) {
			KTEST_EQ(exchange(TOP "/a", "x", TOP "/b", "y"), 0);
			continue;
		}
		/* ".." may lead out through the other name by now, so only the plain ones are sure. */
		err = kern_path(names[n % 4], LOOKUP_FOLLOW, &path);
		if (!err)
			path_put(&path);
		if (n % 4 < 2)
			KTEST_EQ(err, 0);
		else
			KTEST_EXPECT(err == 0 || err == -ENOENT);
		walks[i]++;
	}
}

static void test_exchange(void)
{
	if (make_dir(TOP))
		KTEST_SKIP("no writable root");
	KTEST_EQ(make_dir(TOP "/a"), 0);
	KTEST_EQ(make_dir(TOP "/b"), 0);
	KTEST_EQ(make_dir(TOP "/a/x"), 0);
	KTEST_EQ(make_dir(TOP "/b/y"), 0);
	KTEST_EQ(make_dir(TOP "/a/x/deep"), 0);
	KTEST_EQ(make_dir(TOP "/b/y/deep"), 0);
	KTEST_EQ(make_dir(TOP "/a/x/deep/down"), 0);
	KTEST_EQ(make_dir(TOP "/b/y/deep/down"), 0);
	KTEST_EQ(make_file(TOP "/a/x/deep/down/file"), 0);
	KTEST_EQ(make_file(TOP "/b/y/deep/down/file"), 0);
	deadline = jiffies + 400;
	KTEST_EXPECT(ktest_threads(5, walk_or_exchange, NULL));
	for (int i = 1; i < 5; i++)
		KTEST_EXPECT(walks[i] > 0);
	KTEST_EQ(remove(TOP "/a/x/deep/down", "file", false), 0);
	KTEST_EQ(remove(TOP "/b/y/deep/down", "file", false), 0);
	KTEST_EQ(remove(TOP "/a/x/deep", "down", true), 0);
	KTEST_EQ(remove(TOP "/b/y/deep", "down", true), 0);
	KTEST_EQ(remove(TOP "/a/x", "deep", true), 0);
	KTEST_EQ(remove(TOP "/b/y", "deep", true), 0);
	KTEST_EQ(remove(TOP "/a", "x", true), 0);
	KTEST_EQ(remove(TOP "/b", "y", true), 0);
	KTEST_EQ(remove(TOP, "a", true), 0);
	KTEST_EQ(remove(TOP, "b", true), 0);
	KTEST_EQ(remove("/", "ktest_walk", true), 0);
}
KTEST(vfs_walk_while_exchanging, KTEST_QUICK, test_exchange);

/* ---- mounts ---- */

static void walk_or_mount(void *arg, unsigned int i)
{
	unsigned long mounted = 0, busy = 0;

	while (time_before(jiffies, deadline) && !ktest_failed()) {
		struct path path;
		int err;

		if (i == 0) {
			err = do_mount("none", "/ktest_mnt", "ktestfs", 0, NULL);
			KTEST_EQ(err, 0);
			if (err)
				break;
			mounted++;
			while ((err = kern_umount("/ktest_mnt", 0)) == -EBUSY) {
				busy++;
				if (busy % 50 == 0)
					msleep(1);
			}
			KTEST_EQ(err, 0);
			continue;
		}
		/* Either below the mount or, without it, not there. */
		err = kern_path("/ktest_mnt/d1/f5", 0, &path);
		if (!err) {
			KTEST_EQ(d_inode(path.dentry)->i_ino, 12);
			KTEST_EQ(path.mnt->mnt_sb->s_magic, 0x7e57f5);
			path_put(&path);
		} else {
			KTEST_EQ(err, -ENOENT);
		}
		err = kern_path("/ktest_mnt/../ktest_mnt/..", 0, &path);
		KTEST_EQ(err, 0);
		if (!err) {
			KTEST_EXPECT(IS_ROOT(path.dentry));
			path_put(&path);
		}
		walks[i]++;
		if (walks[i] % 16 == 0)
			msleep(1);
	}
}

static void test_mount(void)
{
	struct path path;
	int err;

	if (make_dir("/ktest_mnt"))
		KTEST_SKIP("no writable root");
	KTEST_EQ(register_filesystem(&testfs_type), 0);
	KTEST_EQ(register_filesystem(&testfs_type), -EBUSY);
	testfs_counts = (struct testfs_counts){ };
	testfs_pause_ms = 0;
	KTEST_EQ(do_mount("none", "/ktest_mnt", "nosuchfs", 0, NULL), -ENODEV);
	KTEST_EQ(do_mount("none", "/ktest_nowhere", "ktestfs", 0, NULL), -ENOENT);
	KTEST_EQ(do_mount("none", "/ktest_mnt", "ktestfs", 0, NULL), 0);
	KTEST_EQ(kern_umount("/ktest_mnt/d1", 0), -EINVAL);
	err = kern_path("/ktest_mnt/d1/f5", 0, &path);
	KTEST_EQ(err, 0);
	KTEST_EQ(remove("/", "ktest_mnt", true), -EBUSY);
	KTEST_EQ(kern_umount("/ktest_mnt", 0), -EBUSY);
	if (!err)
		path_put(&path);
	KTEST_EQ(kern_umount("/ktest_mnt", 0), 0);
	deadline = jiffies + 400;
	KTEST_EXPECT(ktest_threads(4, walk_or_mount, NULL));
	KTEST_EQ(unregister_filesystem(&testfs_type), 0);
	KTEST_EQ(remove("/", "ktest_mnt", true), 0);
}
KTEST(vfs_mount_umount, KTEST_QUICK, test_mount);
