// SPDX-License-Identifier: MIT
/*
 * Rename.  For the exchange of two names see exchange.c.
 *
 * The new name is entered before the old one is removed, so an error in between
 * leaves the file with two names rather than none.  What can fail for reasons of
 * the moment (reading either directory, finding room) comes before the first
 * change.  A directory that changes its parent has its ".." pointed at the new
 * one, and both parents' link counts follow.
 *
 * A crash must not take away a name that an fsync promised.  What reaches the
 * disk first is not ours to say unless we wait for it, so where a promise is at
 * stake (the file or the victim existed before this mount, or was fsynced or
 * synced since), the order is enforced:
 *
 *  - a promised name is pointed at another file only when that file is on the
 *    disk with its contents;
 *  - the victim stays undeleted on the disk until the directory is there
 *    (ext2_keep());
 *  - the old entry of a promised file is removed only when the new one is on the
 *    disk, unless both are in the same block, which is written at once.
 *
 * With RENAME_WHITEOUT the old name stays, and from then on names a character device 0:0, which says to a union mount that there is
 * nothing below. It is made before anything is changed, and by the same rules is on the disk before a promised name is pointed at it.
 *
 * Locks: the VFS holds i_rwsem of both directories and of the victim, and of
 * the source unless it is a directory that stays in its parent.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/namei.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

int ext2_find_place(struct ext2_place *place, struct inode *dir, struct dentry *dentry)
{
	place->dir = dir;
	place->de = ext2_find_entry(dir, &dentry->d_name, &place->page);
	if (IS_ERR(place->de))
		return PTR_ERR(place->de);
	if (!place->de || le32_to_cpu(place->de->inode) != d_inode(dentry)->i_ino)
		return -ENOENT;
	return 0;
}

int ext2_find_dotdot(struct ext2_place *place, struct inode *inode)
{
	place->dir = inode;
	place->de = ext2_dotdot(inode, &place->page);
	return IS_ERR(place->de) ? PTR_ERR(place->de) : 0;
}

int ext2_set_place(struct ext2_place *place, struct inode *inode, bool times)
{
	return ext2_set_link(place->dir, place->de, place->page, inode, times);
}

/* The source takes over the name of @victim. */
static int replace(struct ext2_place *target, struct inode *source, struct inode *victim, bool dir)
{
	struct ext2_sb_info *sbi = EXT2_SB(victim->i_sb);
	bool promised;
	int err = 0;

	if (dir) {
		err = ext2_empty_dir(victim);
		if (err <= 0)
			return err ? err : -ENOTEMPTY;
	}
	ext2_pay_other_names(victim);
	down_read(&sbi->s_promise_sem);
	promised = ext2_promised(victim);
	if (!promised)
		err = ext2_set_place(target, source, true);
	up_read(&sbi->s_promise_sem);
	if (promised) {
		err = ext2_make_durable(source);
		if (!err)
			err = ext2_set_place(target, source, true);
	}
	if (err)
		return err;
	victim->i_ctime = current_time(victim);
	if (promised && (dir || victim->i_nlink == 1))
		ext2_keep(victim);
	if (dir)
		clear_nlink(victim);
	else
		drop_nlink(victim);
	mark_inode_dirty(victim);
	return 0;
}

/* Is the new entry in the block that holds the old one? */
static bool same_block(const struct ext2_place *old, struct inode *new_dir,
		       struct dentry *new_dentry)
{
	struct ext2_place new = { .dir = new_dir };
	bool same;

	if (old->dir != new_dir)
		return false;
	new.de = ext2_find_entry(new_dir, &new_dentry->d_name, &new.page);
	same = !IS_ERR_OR_NULL(new.de) && ext2_same_block(old, &new);
	ext2_put_place(&new);
	return same;
}

/* The old name is pointed at @whiteout, or removed if there is none.  The new one is there. */
static int leave_old_name(struct ext2_place *old, struct inode *source, struct inode *whiteout)
{
	struct ext2_sb_info *sbi = EXT2_SB(source->i_sb);
	bool promised;
	int err = 0;

	if (!whiteout)
		return ext2_delete_entry(old->dir, old->de, old->page);
	/* A promise that begins meanwhile waits, and then finds the whiteout among the names it pays for. */
	down_read(&sbi->s_promise_sem);
	promised = ext2_promised(source);
	if (!promised)
		err = ext2_set_place(old, whiteout, true);
	up_read(&sbi->s_promise_sem);
	if (promised) {
		err = ext2_make_durable(whiteout);
		if (!err)
			err = ext2_set_place(old, whiteout, true);
	}
	return err;
}

static int do_rename(struct ext2_place *old, struct ext2_place *dotdot, struct inode *new_dir,
		     struct dentry *old_dentry, struct dentry *new_dentry, struct inode *whiteout)
{
	struct inode *source = d_inode(old_dentry), *victim = d_inode(new_dentry);
	bool dir = S_ISDIR(source->i_mode);
	struct ext2_place target = { NULL };
	int err;

	if (victim) {
		err = ext2_find_place(&target, new_dir, new_dentry);
		if (!err)
			err = replace(&target, source, victim, dir);
		ext2_put_place(&target);
		/* A directory replaced another: the new parent loses one subdirectory. */
		if (!err && dir)
			inode_dec_link_count(new_dir);
	} else {
		err = ext2_add_link(new_dentry, source);
	}
	if (err)
		return err;
	if (dotdot->de)
		inode_inc_link_count(new_dir);
	source->i_ctime = current_time(source);
	mark_inode_dirty(source);
	/* A disk that refuses this write keeps no promises; both names are there, go on. */
	if (ext2_promised(source) && !same_block(old, new_dir, new_dentry))
		ext2_pay(source->i_sb);
	err = leave_old_name(old, source, whiteout);
	if (err)
		return err;
	if (dotdot->de) {
		err = ext2_set_place(dotdot, new_dir, false);
		inode_dec_link_count(old->dir);
	}
	return err;
}

int ext2_rename(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
		struct dentry *new_dentry, unsigned int flags)
{
	struct inode *source = d_inode(old_dentry);
	struct ext2_place old = { NULL }, dotdot = { NULL };
	struct inode *whiteout = NULL;
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE)
		return ext2_exchange(old_dir, old_dentry, new_dir, new_dentry);
	err = ext2_find_place(&old, old_dir, old_dentry);
	if (!err && S_ISDIR(source->i_mode) && old_dir != new_dir)
		err = ext2_find_dotdot(&dotdot, source);
	if (!err && (flags & RENAME_WHITEOUT)) {
		whiteout = ext2_new_whiteout(old_dir, &old_dentry->d_name);
		err = PTR_ERR_OR_ZERO(whiteout);
		if (err)
			whiteout = NULL;
	}
	if (!err)
		err = do_rename(&old, &dotdot, new_dir, old_dentry, new_dentry, whiteout);
	if (whiteout)
		ext2_put_whiteout(whiteout, old.de && le32_to_cpu(old.de->inode) == whiteout->i_ino);
	ext2_put_place(&dotdot);
	ext2_put_place(&old);
	if (!err && ext2_kept_enough(source->i_sb))
		ext2_pay(source->i_sb);
	return err;
}
