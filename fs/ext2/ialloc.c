// SPDX-License-Identifier: MIT
/*
 * Allocating and freeing inodes.
 *
 * Where an inode goes decides where its blocks go, so this is what keeps
 * related files together.  A directory below the root goes to a group picked by
 * its name among those that are emptier than average; a deeper one stays near
 * its parent unless that group is crowded (Orlov's rule); anything else goes to
 * its directory's group.
 *
 * Bits and counts of a group change together under the group's lock.  A number
 * is given out with its bit; it comes back only after the old inode has left
 * memory's hash as far as lookups are concerned (I_FREEING), which
 * insert_inode_locked() knows.
 */
#include "fs/ext2/ext2.h"
#include "fs/dcache.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"
#include "kernel/task/cred.h"
#include "kernel/task/task.h"
#include "kernel/x86/time.h"

static u32 free_inodes(const struct ext2_group *grp)
{
	if (READ_ONCE(grp->flags) & EXT2_GROUP_BAD_INODES)
		return 0;
	return le16_to_cpu(READ_ONCE(grp->desc->bg_free_inodes_count));
}

static u32 free_blocks(const struct ext2_group *grp)
{
	return le16_to_cpu(READ_ONCE(grp->desc->bg_free_blocks_count));
}

static u32 used_dirs(const struct ext2_group *grp)
{
	return le16_to_cpu(READ_ONCE(grp->desc->bg_used_dirs_count));
}

/* The emptiest-in-directories group that is at least average, from @start on; -1: none. */
static int spread_group(struct ext2_sb_info *sbi, u32 start, u32 avg_inodes, u32 avg_blocks)
{
	u32 groups = sbi->s_geo.groups_count, best_dirs = ~0U, i;
	int best = -1;

	for (i = 0; i < groups; i++) {
		u32 group = (start + i) % groups;
		struct ext2_group *grp = &sbi->s_groups[group];

		if (!free_inodes(grp) || free_inodes(grp) < avg_inodes ||
		    free_blocks(grp) < avg_blocks || used_dirs(grp) >= best_dirs)
			continue;
		best = group;
		best_dirs = used_dirs(grp);
	}
	return best;
}

/* The first group from @start on that is not crowded; -1: none. */
static int near_group(struct ext2_sb_info *sbi, u32 start, u32 avg_inodes, u32 avg_blocks)
{
	const struct ext2_geometry *geo = &sbi->s_geo;
	u32 groups = geo->groups_count, i;
	u32 avg_dirs = percpu_counter_read_positive(&sbi->s_dirs) / groups;
	u32 max_dirs = avg_dirs + geo->inodes_per_group / 16 + 1;
	u32 min_inodes = avg_inodes > geo->inodes_per_group / 4 ?
			 avg_inodes - geo->inodes_per_group / 4 : 1;
	u32 min_blocks = avg_blocks > geo->blocks_per_group / 4 ?
			 avg_blocks - geo->blocks_per_group / 4 : 0;

	for (i = 0; i < groups; i++) {
		u32 group = (start + i) % groups;
		struct ext2_group *grp = &sbi->s_groups[group];

		if (used_dirs(grp) < max_dirs && free_inodes(grp) >= min_inodes &&
		    free_blocks(grp) >= min_blocks)
			return group;
	}
	return -1;
}

static u32 dir_group(struct inode *parent, const struct qstr *name)
{
	struct ext2_sb_info *sbi = EXT2_SB(parent->i_sb);
	u32 groups = sbi->s_geo.groups_count;
	u32 start = EXT2_I(parent)->i_block_group;
	u32 avg_inodes = percpu_counter_read_positive(&sbi->s_free_inodes) / groups;
	u32 avg_blocks = percpu_counter_read_positive(&sbi->s_free_blocks) / groups;
	int group;

	if (parent->i_ino == EXT2_ROOT_INO || (EXT2_I(parent)->i_flags & EXT2_TOPDIR_FL)) {
		group = spread_group(sbi, full_name_hash(NULL, (const char *)name->name,
							 name->len) % groups,
				     avg_inodes, avg_blocks);
		if (group >= 0)
			return group;
	}
	group = near_group(sbi, start, avg_inodes, avg_blocks);
	return group >= 0 ? (u32)group : start;
}

/* For what is no directory: the parent's group, or by hashing one with room. */
static u32 file_group(struct inode *parent)
{
	struct ext2_sb_info *sbi = EXT2_SB(parent->i_sb);
	u32 groups = sbi->s_geo.groups_count;
	u32 home = EXT2_I(parent)->i_block_group;
	u32 group = home, step;

	if (free_inodes(&sbi->s_groups[home]) && free_blocks(&sbi->s_groups[home]))
		return home;
	/* Spread directories that outgrew their group, but the same one to the same place. */
	group = (group + (u32)parent->i_ino) % groups;
	for (step = 1; step < groups; step <<= 1) {
		group = (group + step) % groups;
		if (free_inodes(&sbi->s_groups[group]) && free_blocks(&sbi->s_groups[group]))
			return group;
	}
	return home;
}

/* Take an inode of @group; its number, 0 if there is none, or -errno. */
static long claim_in_group(struct super_block *sb, u32 group, bool dir)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_group *grp = &sbi->s_groups[group];
	u32 ipg = sbi->s_geo.inodes_per_group;
	struct buffer_head *bh = ext2_inode_bitmap(sb, group);
	unsigned long bit;

	if (IS_ERR(bh))
		return PTR_ERR(bh);
	spin_lock(&grp->lock);
	bit = find_next_zero_bit((unsigned long *)bh->b_data, ipg, 0);
	if (bit < ipg && grp->desc->bg_free_inodes_count) {
		__set_bit(bit, (unsigned long *)bh->b_data);
		le16_add_cpu(&grp->desc->bg_free_inodes_count, -1);
		if (dir)
			le16_add_cpu(&grp->desc->bg_used_dirs_count, 1);
	} else {
		bit = ipg;
	}
	spin_unlock(&grp->lock);
	if (bit < ipg) {
		mark_buffer_dirty(bh);
		ext2_dirty_desc(grp);
		percpu_counter_dec(&sbi->s_free_inodes);
		if (dir)
			percpu_counter_inc(&sbi->s_dirs);
	}
	brelse(bh);
	return bit < ipg ? (long)group * ipg + bit + 1 : 0;
}

static long claim_inode(struct super_block *sb, u32 start, bool dir)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	u32 groups = sbi->s_geo.groups_count, i;
	long err = -ENOSPC;

	for (i = 0; i < groups; i++) {
		u32 group = (start + i) % groups;
		long ino;

		if (!free_inodes(&sbi->s_groups[group]))
			continue;
		ino = claim_in_group(sb, group, dir);
		if (ino > 0)
			return ino;
		if (ino < 0 && ino != -EFSCORRUPTED)
			err = ino;
	}
	return err;
}

/* Give a number back. */
static void release_inode(struct super_block *sb, unsigned long ino, bool dir)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	u32 ipg = sbi->s_geo.inodes_per_group;
	struct ext2_group *grp = &sbi->s_groups[(ino - 1) / ipg];
	struct buffer_head *bh = ext2_inode_bitmap(sb, (ino - 1) / ipg);
	bool was_set;

	if (IS_ERR(bh))
		return;		/* reported; the inode leaks until e2fsck runs */
	spin_lock(&grp->lock);
	was_set = __test_and_clear_bit((ino - 1) % ipg, (unsigned long *)bh->b_data);
	if (was_set) {
		le16_add_cpu(&grp->desc->bg_free_inodes_count, 1);
		if (dir && grp->desc->bg_used_dirs_count)
			le16_add_cpu(&grp->desc->bg_used_dirs_count, -1);
	}
	spin_unlock(&grp->lock);
	mark_buffer_dirty(bh);
	ext2_dirty_desc(grp);
	if (was_set) {
		percpu_counter_inc(&sbi->s_free_inodes);
		if (dir)
			percpu_counter_dec(&sbi->s_dirs);
	} else {
		ext2_error(sb, __func__, "inode %lu was free already, bitmap block %llu", ino,
			   bh->b_blocknr);
	}
	brelse(bh);
}

void ext2_free_inode(struct inode *inode)
{
	unsigned long ino = inode->i_ino;
	const struct ext2_geometry *geo = &EXT2_SB(inode->i_sb)->s_geo;

	if (ino < geo->first_ino || ino > geo->inodes_count) {
		ext2_error(inode->i_sb, __func__, "reserved or nonexistent inode %lu", ino);
		return;
	}
	release_inode(inode->i_sb, ino, S_ISDIR(inode->i_mode));
}

static u32 next_generation(struct ext2_sb_info *sbi)
{
	u32 g;

	spin_lock(&sbi->s_lock);
	g = sbi->s_next_generation++;
	spin_unlock(&sbi->s_lock);
	return g;
}

static void init_inode(struct inode *inode, struct inode *dir, umode_t mode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	u32 room = sbi->s_geo.inode_size - EXT2_GOOD_OLD_INODE_SIZE;

	inode_init_owner(inode, dir, mode);
	if (sbi->s_options & EXT2_MOUNT_GRPID)
		inode->i_gid = dir->i_gid;
	inode->i_blocks = 0;
	inode->i_mtime = inode->i_atime = inode->i_ctime = current_time(inode);
	inode->i_version = 1;
	inode->i_generation = next_generation(sbi);
	memset(ei->i_data, 0, sizeof(ei->i_data));
	ei->i_flags = EXT2_I(dir)->i_flags & EXT2_FL_INHERITED;
	if (S_ISREG(mode))
		ei->i_flags &= EXT2_REG_FLMASK;
	else if (!S_ISDIR(mode))
		ei->i_flags &= EXT2_OTHER_FLMASK;
	ei->i_file_acl = 0;
	ei->i_dtime = 0;
	ei->i_extra_isize = 0;
	if (room) {
		u32 want = le16_to_cpu(sbi->s_es->s_want_extra_isize);

		ei->i_extra_isize = want >= EXT2_EXTRA_ISIZE_MAX && want <= room && !(want % 4) ?
				    want : min(room, 32U);
	}
	ei->i_crtime = (u32)inode->i_ctime.tv_sec;
	ei->i_crtime_extra = (u32)inode->i_ctime.tv_nsec << EXT2_EPOCH_BITS |
			     (((inode->i_ctime.tv_sec - (s32)inode->i_ctime.tv_sec) >> 32) &
			      EXT2_EPOCH_MASK);
	ei->i_block_group = (inode->i_ino - 1) / sbi->s_geo.inodes_per_group;
	set_bit(EXT2_STATE_NEW, &ei->i_state_flags);
	ext2_set_inode_flags(inode);
}

/*
 * A new inode for an entry of @dir, I_NEW and with one link.  @dir's i_rwsem is
 * held.  ERR_PTR(-ENOSPC, -ENOMEM, -EIO, -EFSCORRUPTED).
 */
struct inode *ext2_new_inode(struct inode *dir, umode_t mode, const struct qstr *name)
{
	struct super_block *sb = dir->i_sb;
	struct inode *inode = new_inode(sb);
	bool is_dir = S_ISDIR(mode);
	long ino;

	if (!inode)
		return ERR_PTR(-ENOMEM);
	ino = claim_inode(sb, is_dir ? dir_group(dir, name) : file_group(dir), is_dir);
	if (ino == -ENOSPC && ext2_free_kept(sb))
		ino = claim_inode(sb, file_group(dir), is_dir);
	if (ino < 0)
		goto fail;
	inode->i_ino = ino;
	init_inode(inode, dir, mode);
	if (insert_inode_locked(inode) < 0) {
		/* The bitmap said free, yet it is in use: keep the bit set. */
		ext2_error(sb, __func__, "inode %ld was marked free but is in use", ino);
		ino = -EFSCORRUPTED;
		goto fail;
	}
	mark_inode_dirty(inode);
	return inode;
fail:
	make_bad_inode(inode);
	iput(inode);
	return ERR_PTR(ino);
}
