// SPDX-License-Identifier: MIT
/*
 * Inodes of tmpfs: memory, limits, the beginning and the end of one.
 *
 * Inodes are not hashed: nobody looks one up by its number, since names lead to it, and writeback leaves alone what
 * is not hashed. What keeps an inode in memory is its dentry, which is pinned while it has a name. So the last iput
 * always evicts, and that is where all it used goes back: pages (through freepage, see page.c), attributes, the
 * count of inodes.
 */
#include "fs/tmpfs/tmpfs.h"
#include "kernel/lib/bug.h"
#include "mm/gfp.h"
#include "mm/pagemap.h"
#include "mm/slab.h"

static struct kmem_cache *inode_cache;	/* set once, at boot */

int tmpfs_charge_inode(struct super_block *sb)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb);
	unsigned long max = READ_ONCE(sbi->max_inodes);

	if (atomic_long_inc_return(&sbi->used_inodes) > max && max) {
		atomic_long_dec(&sbi->used_inodes);
		return -ENOSPC;
	}
	return 0;
}

void tmpfs_uncharge_inode(struct super_block *sb)
{
	atomic_long_dec(&TMPFS_SB(sb)->used_inodes);
}

static void set_operations(struct inode *inode, dev_t dev)
{
	switch (inode->i_mode & S_IFMT) {
	case S_IFREG:
		inode->i_op = &tmpfs_file_inode_operations;
		inode->i_fop = &tmpfs_file_operations;
		inode->i_mapping->a_ops = &tmpfs_aops;
		break;
	case S_IFDIR:
		inode->i_op = &tmpfs_dir_inode_operations;
		inode->i_fop = &tmpfs_dir_operations;
		inode->i_size = 2 * TMPFS_DIRENT;
		inc_nlink(inode);
		inode_set_dir_class(inode);
		break;
	case S_IFLNK:
		inode->i_op = &tmpfs_symlink_inode_operations;
		break;
	default:
		init_special_inode(inode, inode->i_mode, dev);
		inode->i_op = &tmpfs_special_inode_operations;
	}
}

struct inode *tmpfs_new_inode(struct super_block *sb, const struct inode *dir, umode_t mode, dev_t dev)
{
	struct inode *inode;
	int err = tmpfs_charge_inode(sb);

	if (err)
		return ERR_PTR(err);
	inode = new_inode(sb);
	if (!inode) {
		tmpfs_uncharge_inode(sb);
		return ERR_PTR(-ENOMEM);
	}
	inode->i_ino = atomic_long_inc_return(&TMPFS_SB(sb)->next_ino);
	inode->i_generation = TMPFS_SB(sb)->generation;
	inode_init_owner(inode, dir, mode);
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	set_operations(inode, dev);
	return inode;
}

static struct inode *tmpfs_alloc_inode(struct super_block *sb)
{
	struct tmpfs_inode_info *info = kmem_cache_alloc(inode_cache, GFP_KERNEL);

	if (!info)
		return NULL;
	info->seals = F_SEAL_SEAL;
	info->next_position = 2;	/* 0 and 1 are the dots */
	return &info->vfs_inode;
}

/* A path walk in rcu mode may have been reading the body of a link until now. */
static void tmpfs_free_inode(struct inode *inode)
{
	if (S_ISLNK(inode->i_mode))
		kfree(inode->i_link);
	kmem_cache_free(inode_cache, TMPFS_I(inode));
}

static void tmpfs_evict_inode(struct inode *inode)
{
	truncate_inode_pages_final(&inode->i_data);
	WARN_ON(inode->i_blocks);
	/* Names are left only at unmount, when all dentries go. */
	xa_destroy(&TMPFS_I(inode)->entries);
	tmpfs_free_xattrs(inode);
	tmpfs_forget(inode);
	clear_inode(inode);
	tmpfs_uncharge_inode(inode->i_sb);
	/* Each further name was charged too (see tmpfs_link()); names are left only at unmount. */
	if (!S_ISDIR(inode->i_mode) && inode->i_nlink > 1)
		atomic_long_sub(inode->i_nlink - 1, &TMPFS_SB(inode->i_sb)->used_inodes);
}

static void tmpfs_put_super(struct super_block *sb)
{
	struct tmpfs_sb_info *sbi = TMPFS_SB(sb);

	WARN_ON(atomic_long_read(&sbi->used_blocks) || atomic_long_read(&sbi->used_inodes));
	xa_destroy(&sbi->handles);
	kfree(sbi);
	sb->s_fs_info = NULL;
}

static void init_once(void *object)
{
	struct tmpfs_inode_info *info = object;

	xa_init(&info->entries);
	mutex_init(&info->xattr_lock);
	INIT_LIST_HEAD(&info->xattrs);
	inode_init_once(&info->vfs_inode);
}

int tmpfs_inode_init(void)
{
	inode_cache = kmem_cache_create("tmpfs_inode", sizeof(struct tmpfs_inode_info), __alignof__(struct tmpfs_inode_info),
					SLAB_PANIC | SLAB_RECLAIM_ACCOUNT, init_once);
	return 0;
}

const struct super_operations tmpfs_super_operations = {
	.alloc_inode = tmpfs_alloc_inode,
	.free_inode = tmpfs_free_inode,
	.drop_inode = generic_delete_inode,
	.evict_inode = tmpfs_evict_inode,
	.put_super = tmpfs_put_super,
	.statfs = tmpfs_statfs,
	.remount_fs = tmpfs_remount,
	.show_options = tmpfs_show_options,
};
