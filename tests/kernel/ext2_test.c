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
	return ext2_test_remove_in("/", name);
}

int ext2_test_rename(const char *from, const char *to)
{
	return ext2_test_move("/", from, "/", to, 0);
}

int ext2_test_move(const char *dir1, const char *from, const char *dir2, const char *to,
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
	else if (d_is_negative(old))
		err = -ENOENT;
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

int ext2_test_mkdir(const char *name)
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

int ext2_test_create(const char *name, char byte)
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

int ext2_test_links(const char *name, unsigned long parent)
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

unsigned long ext2_test_number(const char *name)
{
	struct path path;
	unsigned long ino;

	if (kern_path(name, 0, &path))
		return 0;
	ino = d_inode(path.dentry)->i_ino;
	path_put(&path);
	return ino;
}

int ext2_test_remove_in(const char *dir, const char *name)
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
