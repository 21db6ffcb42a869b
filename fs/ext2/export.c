// SPDX-License-Identifier: MIT
/*
 * Files by their handles. The number may be anything, so it is held against the volume before anything is computed from it. A number that
 * is free has no links, on the disk as in memory, and one that was given to another file since has another generation.
 */
#include "fs/ext2/ext2.h"
#include "fs/dcache.h"
#include "fs/exportfs.h"

static struct inode *ext2_get_inode(struct super_block *sb, u64 ino, u32 generation)
{
	const struct ext2_geometry *geo = &EXT2_SB(sb)->s_geo;
	struct inode *inode;

	if ((ino != EXT2_ROOT_INO && ino < geo->first_ino) || ino > geo->inodes_count)
		return ERR_PTR(-ESTALE);
	inode = ext2_iget(sb, ino);
	if (IS_ERR(inode))
		return inode;
	if (inode->i_generation == generation && READ_ONCE(inode->i_nlink))
		return inode;
	iput(inode);
	return ERR_PTR(-ESTALE);
}

static struct inode *ext2_get_parent(struct inode *dir)
{
	static const struct qstr dotdot = QSTR_INIT("..", 2);
	int err = -ESTALE;
	u32 ino;

	inode_lock_shared(dir);
	if (!IS_DEADDIR(dir))
		err = ext2_inode_by_name(dir, &dotdot, &ino);
	inode_unlock_shared(dir);
	return err ? ERR_PTR(err) : ext2_iget(dir->i_sb, ino);
}

const struct export_operations ext2_export_operations = {
	.get_inode = ext2_get_inode,
	.get_parent = ext2_get_parent,
};
