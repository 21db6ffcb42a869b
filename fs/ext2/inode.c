// SPDX-License-Identifier: MIT
/*
 * Inodes in memory: flags, tables, attributes, and the end of an inode.
 *
 * An inode without names is deleted by its last user, in ext2_evict_inode():
 * the deletion time is set first, then blocks and bits are given back, and only
 * then can the number be used again.  Until then, such an inode of a file that
 * is still open is an orphan on the disk: no name, no links, no deletion time.
 * ext2 has no list of them; after a crash, or when an error has made the volume
 * read-only, e2fsck finds and frees them.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "kernel/lib/string.h"
#include "kernel/x86/time.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

loff_t ext2_max_size(const struct ext2_geometry *geo)
{
	unsigned int ptr_bits = geo->block_bits - 2;
	u64 ptrs = 1ULL << ptr_bits;
	u64 reach = EXT2_NDIR_BLOCKS + ptrs + (ptrs << ptr_bits) + (ptrs << (2 * ptr_bits));
	/* i_blocks counts 512-byte units, indirect blocks too, in 32 bits. */
	u64 counted = (1ULL << 32) >> (geo->block_bits - 9);
	u64 meta = 3 + 2 * (DIV_ROUND_UP(counted, ptrs));
	u64 blocks = min(reach, counted - meta);

	return blocks << geo->block_bits;
}

void ext2_set_inode_flags(struct inode *inode)
{
	u32 flags = EXT2_I(inode)->i_flags;
	unsigned int s = inode->i_flags &
			 ~(S_SYNC | S_APPEND | S_IMMUTABLE | S_NOATIME | S_DIRSYNC);

	if (flags & EXT2_SYNC_FL)
		s |= S_SYNC;
	if (flags & EXT2_APPEND_FL)
		s |= S_APPEND;
	if (flags & EXT2_IMMUTABLE_FL)
		s |= S_IMMUTABLE;
	if (flags & EXT2_NOATIME_FL)
		s |= S_NOATIME;
	if (flags & EXT2_DIRSYNC_FL)
		s |= S_DIRSYNC;
	WRITE_ONCE(inode->i_flags, s);
}

/* A link whose text is in the inode has no blocks but, maybe, one of attributes. */
static bool is_fast_symlink(struct inode *inode)
{
	u64 acl = EXT2_I(inode)->i_file_acl ? inode->i_sb->s_blocksize >> 9 : 0;

	return S_ISLNK(inode->i_mode) && inode->i_blocks == acl;
}

void ext2_set_inode_ops(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);

	if (S_ISREG(inode->i_mode)) {
		inode->i_op = &ext2_file_inode_operations;
		inode->i_fop = &ext2_file_operations;
		inode->i_mapping->a_ops = &ext2_aops;
	} else if (S_ISDIR(inode->i_mode)) {
		inode->i_op = &ext2_dir_inode_operations;
		inode->i_fop = &ext2_dir_operations;
		inode->i_mapping->a_ops = &ext2_aops;
	} else if (is_fast_symlink(inode)) {
		((char *)ei->i_data)[inode->i_size] = 0;
		inode->i_link = (char *)ei->i_data;
		inode->i_op = &ext2_fast_symlink_inode_operations;
	} else if (S_ISLNK(inode->i_mode)) {
		inode->i_op = &ext2_symlink_inode_operations;
		inode_nohighmem(inode);
		inode->i_mapping->a_ops = &ext2_aops;
	} else {
		inode->i_op = &ext2_special_inode_operations;
		init_special_inode(inode, inode->i_mode, inode->i_rdev);
	}
}

/*
 * Free everything an inode without names holds.  False if the disk cannot be told
 * that it is deleted: then nothing is freed, and e2fsck will find it.
 */
static bool delete_inode(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	bool blocks = S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode) ||
		      (S_ISLNK(inode->i_mode) && !is_fast_symlink(inode));

	ei->i_dtime = (u32)ktime_get_real_seconds();
	if (!ei->i_dtime)
		ei->i_dtime = 1;
	/* Owed before the inode's bit is free: a stale slot must not outlive it. */
	if (ext2_owe_inode(inode) < 0)
		return false;
	i_size_write(inode, 0);
	if (blocks)
		ext2_truncate_blocks(inode, 0);
	ext2_xattr_delete_inode(inode);
	ext2_update_inode(inode, IS_SYNC(inode) || (S_ISDIR(inode->i_mode) && IS_DIRSYNC(inode)));
	return true;
}

void ext2_evict_inode(struct inode *inode)
{
	bool delete = !inode->i_nlink && !is_bad_inode(inode) && !sb_rdonly(inode->i_sb);
	bool deleted = false;

	truncate_inode_pages_final(&inode->i_data);
	/* Nobody will find its dirty indirect blocks again once the inode is gone. */
	if (!delete && sync_mapping_buffers(&inode->i_data))
		ext2_msg(inode->i_sb, KERN_ERR, "inode %lu: write error in its blocks",
			 inode->i_ino);
	ext2_forget_names(inode);
	if (delete) {
		sb_start_intwrite(inode->i_sb);
		deleted = delete_inode(inode);
	}
	invalidate_inode_buffers(inode);
	clear_inode(inode);
	ext2_discard_window(inode);
	if (deleted)
		ext2_free_inode(inode);
	if (delete)
		sb_end_intwrite(inode->i_sb);
}

int ext2_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int err = setattr_prepare(dentry, attr);

	if (err)
		return err;
	if ((attr->ia_valid & ATTR_SIZE) && attr->ia_size != i_size_read(inode)) {
		err = ext2_setsize(inode, attr->ia_size);
		if (err)
			return err;
	}
	setattr_copy(inode, attr);
	mark_inode_dirty(inode);
	return 0;
}

int ext2_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct ext2_inode_info *ei = EXT2_I(inode);
	u32 fl = READ_ONCE(ei->i_flags);

	if (fl & EXT2_APPEND_FL)
		stat->attributes |= STATX_ATTR_APPEND;
	if (fl & EXT2_COMPR_FL)
		stat->attributes |= STATX_ATTR_COMPRESSED;
	if (fl & EXT2_IMMUTABLE_FL)
		stat->attributes |= STATX_ATTR_IMMUTABLE;
	if (fl & EXT2_NODUMP_FL)
		stat->attributes |= STATX_ATTR_NODUMP;
	stat->attributes_mask |= STATX_ATTR_APPEND | STATX_ATTR_COMPRESSED |
				 STATX_ATTR_IMMUTABLE | STATX_ATTR_NODUMP;
	generic_fillattr(inode, stat);
	if (ei->i_crtime) {
		stat->btime.tv_sec = (s32)ei->i_crtime +
				     ((time64_t)(ei->i_crtime_extra & EXT2_EPOCH_MASK) << 32);
		stat->btime.tv_nsec = ei->i_crtime_extra >> EXT2_EPOCH_BITS;
		stat->result_mask |= STATX_BTIME;
	}
	return 0;
}
