// SPDX-License-Identifier: MIT
/*
 * Names: creation, links, removal, rename.
 *
 * The dentry cache is the directory. A name exists because its dentry is positive, hashed, in its directory's table, and pinned by
 * one reference that these functions take and drop; nothing else keeps it. The VFS holds i_rwsem of the directories
 * exclusively, and of what loses a name.
 */
#include "fs/tmpfs/tmpfs.h"
#include "fs/dcache.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "mm/gfp.h"
#include "mm/slab.h"

/* The new inode gets its name; consumes it. */
static int enter(struct inode *dir, struct dentry *dentry, struct inode *inode)
{
	int err = tmpfs_dir_add(dir, dentry);

	if (err) {
		clear_nlink(inode);
		iput(inode);
		return err;
	}
	d_instantiate(dentry, inode);
	dget(dentry);
	return 0;
}

static int tmpfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct inode *inode = tmpfs_new_inode(dir->i_sb, dir, mode, dev);

	return IS_ERR(inode) ? PTR_ERR(inode) : enter(dir, dentry, inode);
}

static int tmpfs_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl)
{
	return tmpfs_mknod(dir, dentry, mode, 0);
}

static int tmpfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int err = tmpfs_mknod(dir, dentry, S_IFDIR | mode, 0);

	if (!err)
		inc_nlink(dir);
	return err;
}

static int tmpfs_tmpfile(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct inode *inode = tmpfs_new_inode(dir->i_sb, dir, mode, 0);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	d_tmpfile(dentry, inode);
	return 0;
}

static int tmpfs_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	size_t len = strlen(target);
	struct inode *inode;
	char *body;

	if (len + 1 > PAGE_SIZE)
		return -ENAMETOOLONG;
	body = kstrdup(target, GFP_KERNEL);
	if (!body)
		return -ENOMEM;
	inode = tmpfs_new_inode(dir->i_sb, dir, S_IFLNK | S_IRWXUGO, 0);
	if (IS_ERR(inode)) {
		kfree(body);
		return PTR_ERR(inode);
	}
	inode->i_link = body;
	inode->i_size = len;
	return enter(dir, dentry, inode);
}

/* A name costs memory that cannot be reclaimed, so it counts as an inode; the first one does with its inode. */
static int tmpfs_link(struct dentry *old_dentry, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(old_dentry);
	int err = inode->i_nlink ? tmpfs_charge_inode(inode->i_sb) : 0;

	if (err)
		return err;
	err = tmpfs_dir_add(dir, dentry);
	if (err) {
		if (inode->i_nlink)
			tmpfs_uncharge_inode(inode->i_sb);
		return err;
	}
	inode->i_ctime = current_time(inode);
	inc_nlink(inode);
	ihold(inode);
	d_instantiate(dentry, inode);
	dget(dentry);
	return 0;
}

static int tmpfs_unlink(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry);

	if (inode->i_nlink > 1 && !S_ISDIR(inode->i_mode))
		tmpfs_uncharge_inode(inode->i_sb);
	tmpfs_dir_remove(dir, dentry);
	inode->i_ctime = dir->i_ctime;
	drop_nlink(inode);
	dput(dentry);		/* the caller has another reference */
	return 0;
}

static int tmpfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	if (!tmpfs_dir_empty(d_inode(dentry)))
		return -ENOTEMPTY;
	drop_nlink(d_inode(dentry));
	drop_nlink(dir);
	return tmpfs_unlink(dir, dentry);
}

/* ---- rename ---- */

static int exchange(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir, struct dentry *new_dentry)
{
	bool old_is_dir = d_is_dir(old_dentry), new_is_dir = d_is_dir(new_dentry);

	tmpfs_dir_exchange(old_dir, old_dentry, new_dir, new_dentry);
	if (old_dir != new_dir && old_is_dir != new_is_dir) {
		if (old_is_dir) {
			drop_nlink(old_dir);
			inc_nlink(new_dir);
		} else {
			drop_nlink(new_dir);
			inc_nlink(old_dir);
		}
	}
	d_inode(old_dentry)->i_ctime = d_inode(new_dentry)->i_ctime = old_dir->i_ctime;
	return 0;
}

/*
 * The old name stays as a character device 0:0, which says to a union mount that there is nothing below. It is hashed
 * while the old dentry still has that name; the VFS moves that one before anybody else can look it up, since
 * both directories are locked. With a reference; ERR_PTR.
 */
static struct dentry *make_whiteout(struct inode *old_dir, struct dentry *old_dentry)
{
	struct dentry *whiteout = d_alloc(old_dentry->d_parent, &old_dentry->d_name);
	int err;

	if (!whiteout)
		return ERR_PTR(-ENOMEM);
	err = tmpfs_mknod(old_dir, whiteout, S_IFCHR, 0);
	if (err) {
		dput(whiteout);
		return ERR_PTR(err);
	}
	d_rehash(whiteout);
	return whiteout;
}

static int tmpfs_rename(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
			struct dentry *new_dentry, unsigned int flags)
{
	struct inode *inode = d_inode(old_dentry), *victim = d_inode(new_dentry);
	struct dentry *whiteout = NULL;
	bool is_dir = S_ISDIR(inode->i_mode);
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE)
		return exchange(old_dir, old_dentry, new_dir, new_dentry);
	if (victim && S_ISDIR(victim->i_mode) && !tmpfs_dir_empty(victim))
		return -ENOTEMPTY;
	if (flags & RENAME_WHITEOUT) {
		whiteout = make_whiteout(old_dir, old_dentry);
		if (IS_ERR(whiteout))
			return PTR_ERR(whiteout);
	}
	err = tmpfs_dir_move(old_dir, old_dentry, new_dir);
	if (err && whiteout) {
		d_drop(whiteout);
		tmpfs_unlink(old_dir, whiteout);
	}
	dput(whiteout);
	if (err)
		return err;
	if (victim) {
		tmpfs_unlink(new_dir, new_dentry);
		if (is_dir) {
			drop_nlink(victim);
			drop_nlink(old_dir);
		}
	} else if (is_dir) {
		drop_nlink(old_dir);
		inc_nlink(new_dir);
	}
	inode->i_ctime = old_dir->i_ctime;
	return 0;
}

const struct inode_operations tmpfs_dir_inode_operations = {
	.create = tmpfs_create,
	.lookup = simple_lookup,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.symlink = tmpfs_symlink,
	.mkdir = tmpfs_mkdir,
	.rmdir = tmpfs_rmdir,
	.mknod = tmpfs_mknod,
	.rename = tmpfs_rename,
	.setattr = tmpfs_setattr,
	.listxattr = tmpfs_listxattr,
	.tmpfile = tmpfs_tmpfile,
};

const struct inode_operations tmpfs_special_inode_operations = {
	.setattr = tmpfs_setattr,
	.listxattr = tmpfs_listxattr,
};

const struct inode_operations tmpfs_symlink_inode_operations = {
	.get_link = simple_get_link,
	.setattr = tmpfs_setattr,
	.listxattr = tmpfs_listxattr,
};
