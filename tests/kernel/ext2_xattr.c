// SPDX-License-Identifier: MIT
/* Extended attributes on the root's ext2: set, replace, list, remove, and the block given back. */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "fs/xattr.h"
#include "kernel/lib/string.h"
#include "tests/kernel/ext2_test.h"
#include "tests/kernel/ktest.h"

static void check_attributes(struct dentry *d)
{
	char value[64];

	KTEST_EQ(vfs_setxattr(d, "user.one", "1", 1, XATTR_CREATE), 0);
	KTEST_EQ(vfs_setxattr(d, "user.one", "x", 1, XATTR_CREATE), -EEXIST);
	KTEST_EQ(vfs_setxattr(d, "user.two", "22", 2, 0), 0);
	KTEST_EQ(vfs_setxattr(d, "trusted.three", "333", 3, 0), 0);
	KTEST_EQ(vfs_setxattr(d, "user.none", "", 0, XATTR_REPLACE), -ENODATA);
	KTEST_EQ(vfs_setxattr(d, "user.", "x", 1, 0), -EINVAL);
	KTEST_EQ(vfs_setxattr(d, "nowhere.x", "x", 1, 0), -EOPNOTSUPP);
	KTEST_EQ(vfs_setxattr(d, "user.one", "replaced", 8, XATTR_REPLACE), 0);
	KTEST_EQ(vfs_getxattr(d, "user.one", value, sizeof(value)), 8);
	KTEST_EQ(memcmp(value, "replaced", 8), 0);
	KTEST_EQ(vfs_getxattr(d, "user.two", value, 1), -ERANGE);
	KTEST_EQ(vfs_getxattr(d, "user.two", NULL, 0), 2);
	KTEST_EQ(vfs_listxattr(d, NULL, 0), 9 + 9 + 14);
	KTEST_EQ(vfs_removexattr(d, "user.two"), 0);
	KTEST_EQ(vfs_removexattr(d, "user.two"), -ENODATA);
	KTEST_EQ(vfs_getxattr(d, "user.two", value, sizeof(value)), -ENODATA);
	KTEST_EQ(vfs_getxattr(d, "trusted.three", value, sizeof(value)), 3);
}

static void test_xattr(void)
{
	struct super_block *sb = ext2_test_root();
	struct file *file;
	u64 before;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	before = ext2_test_settled_free(sb);
	file = filp_open("/kxattr", O_CREAT | O_RDWR | O_EXCL, 0600);
	KTEST_ASSERT(!IS_ERR(file));
	KTEST_EQ(mnt_want_write_file(file), 0);
	check_attributes(file->f_path.dentry);
	KTEST_EQ(EXT2_I(file_inode(file))->i_file_acl != 0, true);
	KTEST_EQ(vfs_removexattr(file->f_path.dentry, "user.one"), 0);
	KTEST_EQ(vfs_removexattr(file->f_path.dentry, "trusted.three"), 0);
	KTEST_EQ(EXT2_I(file_inode(file))->i_file_acl, 0);
	KTEST_EQ(vfs_setxattr(file->f_path.dentry, "user.last", "1", 1, 0), 0);
	mnt_drop_write_file(file);
	fput(file);
	KTEST_EQ(ext2_test_remove("kxattr"), 0);
	KTEST_EQ(ext2_test_settled_free(sb), before);
}
KTEST(ext2_xattr, KTEST_QUICK | KTEST_GROWS, test_xattr);
