// SPDX-License-Identifier: MIT
/* Helpers of the ext2 tests; see ext2_test.h. */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "tests/kernel/ext2_test.h"

/* The root's superblock if it is a writable ext2, else NULL. */
struct super_block *ext2_test_root(void)
{
	struct super_block *sb = NULL;
	struct path path;

	if (kern_path("/", 0, &path))
		return NULL;
	if (path.dentry->d_sb->s_magic == EXT2_SUPER_MAGIC && !sb_rdonly(path.dentry->d_sb))
		sb = path.dentry->d_sb;
	path_put(&path);
	return sb;
}

/* Free blocks once nothing is pending. */
u64 ext2_test_settled_free(struct super_block *sb)
{
	/* The final part of a close in a kernel thread is deferred. */
	flush_delayed_fput();
	down_read(&sb->s_umount);
	sync_filesystem(sb);
	up_read(&sb->s_umount);
	return ext2_count_free_blocks(sb);
}

int ext2_test_remove(const char *name)
{
	struct path root;
	struct dentry *dentry;
	int err = kern_path("/", LOOKUP_DIRECTORY, &root);

	if (err)
		return err;
	err = mnt_want_write(root.mnt);
	inode_lock_nested(d_inode(root.dentry), I_MUTEX_PARENT);
	dentry = lookup_one_len(name, root.dentry, strlen(name));
	if (IS_ERR(dentry))
		err = PTR_ERR(dentry);
	else if (d_is_negative(dentry))
		err = -ENOENT;
	else if (d_is_dir(dentry))
		err = vfs_rmdir(d_inode(root.dentry), dentry);
	else
		err = vfs_unlink(d_inode(root.dentry), dentry);
	inode_unlock(d_inode(root.dentry));
	if (!IS_ERR(dentry))
		dput(dentry);
	mnt_drop_write(root.mnt);
	path_put(&root);
	return err;
}

int ext2_test_rename(const char *from, const char *to)
{
	struct dentry *old = NULL, *new = NULL;
	struct inode *dir;
	struct path root;
	int err = kern_path("/", LOOKUP_DIRECTORY, &root);

	if (err)
		return err;
	dir = d_inode(root.dentry);
	err = mnt_want_write(root.mnt);
	lock_rename(root.dentry, root.dentry);
	old = lookup_one_len(from, root.dentry, strlen(from));
	new = lookup_one_len(to, root.dentry, strlen(to));
	if (IS_ERR(old) || IS_ERR(new))
		err = -EIO;
	else if (d_is_negative(old))
		err = -ENOENT;
	else
		err = vfs_rename(dir, old, dir, new, 0);
	unlock_rename(root.dentry, root.dentry);
	if (!IS_ERR(old))
		dput(old);
	if (!IS_ERR(new))
		dput(new);
	mnt_drop_write(root.mnt);
	path_put(&root);
	return err;
}
