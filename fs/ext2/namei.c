// SPDX-License-Identifier: MIT
/*
 * Names: lookup, creation, links, removal.
 *
 * The VFS holds i_rwsem of the directory (exclusive where it changes) and of the
 * victim.  Each creation makes the inode first and enters the name last, so
 * that a failure on the way leaves an inode without links, which its final
 * iput() deletes with all its blocks.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "kernel/lib/string.h"
#include "mm/pagemap.h"

static struct dentry *ext2_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct inode *inode = NULL;
	u32 ino;
	int err;

	if (dentry->d_name.len > EXT2_NAME_LEN)
		return ERR_PTR(-ENAMETOOLONG);
	err = ext2_inode_by_name(dir, &dentry->d_name, &ino);
	if (err && err != -ENOENT)
		return ERR_PTR(err);
	if (!err) {
		inode = ext2_iget(dir->i_sb, ino);
		if (inode == ERR_PTR(-ESTALE)) {
			ext2_error(dir->i_sb, __func__,
				   "directory inode %lu names deleted inode %u (block %llu)",
				   dir->i_ino, ino, ext2_inode_block(dir->i_sb, ino));
			return ERR_PTR(-EIO);
		}
	}
	return d_splice_alias(inode, dentry);
}

/* Undo a creation: the inode goes away with its last reference. */
static int abandon(struct inode *inode, int err)
{
	clear_nlink(inode);
	mark_inode_dirty(inode);
	discard_new_inode(inode);
	return err;
}

/* Enter the name of a new inode that is not a directory. */
static int add_nondir(struct dentry *dentry, struct inode *inode)
{
	int err = ext2_add_link(dentry, inode);

	if (err)
		return abandon(inode, err);
	d_instantiate_new(dentry, inode);
	return 0;
}

static int ext2_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl)
{
	struct inode *inode = ext2_new_inode(dir, mode, &dentry->d_name);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	ext2_set_inode_ops(inode);
	mark_inode_dirty(inode);
	return add_nondir(dentry, inode);
}

static int ext2_tmpfile(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode = ext2_new_inode(dir, mode, &dentry->d_name);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	ext2_set_inode_ops(inode);
	mark_inode_dirty(inode);
	d_tmpfile(dentry, inode);
	unlock_new_inode(inode);
	return 0;
}

static int ext2_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct inode *inode = ext2_new_inode(dir, mode, &dentry->d_name);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	init_special_inode(inode, inode->i_mode, dev);
	inode->i_op = &ext2_special_inode_operations;
	mark_inode_dirty(inode);
	return add_nondir(dentry, inode);
}

struct inode *ext2_new_whiteout(struct inode *dir, const struct qstr *name)
{
	struct inode *inode = ext2_new_inode(dir, S_IFCHR, name);

	if (IS_ERR(inode))
		return inode;
	init_special_inode(inode, inode->i_mode, 0);
	inode->i_op = &ext2_special_inode_operations;
	mark_inode_dirty(inode);
	/* Nobody has a name for it yet; the change counts, so that it is known not to be on the disk. */
	ext2_name_changed(inode);
	return inode;
}

void ext2_put_whiteout(struct inode *inode, bool named)
{
	if (!named) {
		abandon(inode, 0);
		return;
	}
	unlock_new_inode(inode);
	iput(inode);
}

static int ext2_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	struct super_block *sb = dir->i_sb;
	unsigned int len = strlen(target) + 1;
	struct ext2_inode_info *ei;
	struct inode *inode;
	int err;

	if (len > sb->s_blocksize)
		return -ENAMETOOLONG;
	inode = ext2_new_inode(dir, S_IFLNK | 0777, &dentry->d_name);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	ei = EXT2_I(inode);
	if (len > sizeof(ei->i_data)) {
		inode->i_op = &ext2_symlink_inode_operations;
		inode_nohighmem(inode);
		inode->i_mapping->a_ops = &ext2_aops;
		err = page_symlink(inode, target, len);
		if (err)
			return abandon(inode, err);
	} else {
		memcpy(ei->i_data, target, len);
		inode->i_size = len - 1;
		inode->i_link = (char *)ei->i_data;
		inode->i_op = &ext2_fast_symlink_inode_operations;
	}
	mark_inode_dirty(inode);
	return add_nondir(dentry, inode);
}

static int ext2_link(struct dentry *old_dentry, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(old_dentry);
	int err;

	inode->i_ctime = current_time(inode);
	inode_inc_link_count(inode);
	ihold(inode);
	err = ext2_add_link(dentry, inode);
	if (err) {
		inode_dec_link_count(inode);
		iput(inode);
		return err;
	}
	d_instantiate(dentry, inode);
	return 0;
}

static int ext2_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode;
	int err;

	inode = ext2_new_inode(dir, S_IFDIR | mode, &dentry->d_name);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	ext2_set_inode_ops(inode);
	inode_inc_link_count(inode);
	inode_inc_link_count(dir);
	err = ext2_make_empty(inode, dir);
	if (!err)
		err = ext2_add_link(dentry, inode);
	if (err) {
		inode_dec_link_count(dir);
		return abandon(inode, err);
	}
	d_instantiate_new(dentry, inode);
	return 0;
}

static int ext2_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	struct page *page;
	struct ext2_dir_entry *de = ext2_find_entry(dir, &dentry->d_name, &page);
	int err;

	if (IS_ERR(de))
		return PTR_ERR(de);
	if (!de)
		return -ENOENT;
	if (le32_to_cpu(de->inode) != inode->i_ino) {
		ext2_error(dir->i_sb, __func__, "directory inode %lu: entry names inode %u, not %lu",
			   dir->i_ino, le32_to_cpu(de->inode), inode->i_ino);
		ext2_put_page(page);
		return -EFSCORRUPTED;
	}
	ext2_pay_other_names(inode);
	err = ext2_delete_entry(dir, de, page);
	ext2_put_page(page);
	if (err)
		return err;
	inode->i_ctime = dir->i_ctime;
	if (!inode->i_nlink) {
		ext2_error(dir->i_sb, __func__, "inode %lu has more names than links",
			   inode->i_ino);
		return 0;
	}
	inode_dec_link_count(inode);
	return 0;
}

static int ext2_rmdir(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);
	int empty = ext2_empty_dir(inode);
	int err;

	if (empty < 0)
		return empty;
	if (!empty)
		return -ENOTEMPTY;
	err = ext2_unlink(dir, dentry);
	if (err)
		return err;
	if (inode->i_nlink > 1)
		ext2_msg(dir->i_sb, KERN_WARNING, "empty directory inode %lu has %u links too many",
			 inode->i_ino, inode->i_nlink - 1);
	clear_nlink(inode);
	i_size_write(inode, 0);
	mark_inode_dirty(inode);
	inode_dec_link_count(dir);
	return 0;
}

const struct inode_operations ext2_dir_inode_operations = {
	.create = ext2_create,
	.lookup = ext2_lookup,
	.link = ext2_link,
	.unlink = ext2_unlink,
	.symlink = ext2_symlink,
	.mkdir = ext2_mkdir,
	.rmdir = ext2_rmdir,
	.mknod = ext2_mknod,
	.rename = ext2_rename,
	.listxattr = ext2_listxattr,
	.getattr = ext2_getattr,
	.setattr = ext2_setattr,
	.tmpfile = ext2_tmpfile,
};

const struct inode_operations ext2_special_inode_operations = {
	.listxattr = ext2_listxattr,
	.getattr = ext2_getattr,
	.setattr = ext2_setattr,
};
