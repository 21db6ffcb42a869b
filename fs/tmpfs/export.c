// SPDX-License-Identifier: MIT
/*
 * Files by their handles. tmpfs has no table of its inodes by number, since names lead to them; those that somebody was given a handle of
 * are kept in one from then on until they go. A number belongs to one inode as long as the file system is mounted, so all inodes share one
 * generation, that of the mount. Directories with a name always have their dentry in memory.
 *
 * An entry is made with a reference on the inode held, and taken out when the inode is evicted, which is after the last reference; a
 * reader under RCU may see it until then, and igrab() tells whether the inode is still to be had.
 */
#include "fs/tmpfs/tmpfs.h"
#include "fs/exportfs.h"
#include "kernel/lock/rcu.h"

static int tmpfs_remember(struct inode *inode)
{
	return xa_err(xa_store(&TMPFS_SB(inode->i_sb)->handles, inode->i_ino, inode, GFP_KERNEL));
}

void tmpfs_forget(struct inode *inode)
{
	struct xarray *handles = &TMPFS_SB(inode->i_sb)->handles;

	if (!xa_empty(handles))
		xa_erase(handles, inode->i_ino);
}

static struct inode *tmpfs_get_inode(struct super_block *sb, u64 ino, u32 generation)
{
	struct inode *inode;

	rcu_read_lock();
	inode = xa_load(&TMPFS_SB(sb)->handles, ino);
	if (inode)
		inode = igrab(inode);
	rcu_read_unlock();
	if (!inode)
		return ERR_PTR(-ESTALE);
	if (inode->i_generation == generation && READ_ONCE(inode->i_nlink))
		return inode;
	iput(inode);
	return ERR_PTR(-ESTALE);
}

const struct export_operations tmpfs_export_operations = {
	.get_inode = tmpfs_get_inode,
	.remember = tmpfs_remember,
};
