// SPDX-License-Identifier: MIT
/*
 * Rename and exchange.
 *
 * The new name is entered before the old one is removed, so an error in between
 * leaves the file with two names rather than none.  What can fail for reasons of
 * the moment (reading either directory, finding room) comes before the first
 * change.  A directory that changes its parent has its ".." pointed at the new
 * one, and both parents' link counts follow.
 *
 * Locks: the VFS holds i_rwsem of both directories and of the victim, and of
 * the source unless it is a directory that stays in its parent.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/namei.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

/* An entry with its page, as found; all NULL when not wanted. */
struct place {
	struct inode *dir;
	struct ext2_dir_entry *de;
	struct page *page;
};

static void put_place(struct place *place)
{
	if (place->page)
		ext2_put_page(place->page);
}

/* Find @dentry's entry, which must name its inode. */
static int find_place(struct place *place, struct inode *dir, struct dentry *dentry)
{
	place->dir = dir;
	place->de = ext2_find_entry(dir, &dentry->d_name, &place->page);
	if (IS_ERR(place->de))
		return PTR_ERR(place->de);
	if (!place->de || le32_to_cpu(place->de->inode) != d_inode(dentry)->i_ino)
		return -ENOENT;
	return 0;
}

static int find_dotdot(struct place *place, struct inode *inode)
{
	place->dir = inode;
	place->de = ext2_dotdot(inode, &place->page);
	return IS_ERR(place->de) ? PTR_ERR(place->de) : 0;
}

static int set_place(struct place *place, struct inode *inode, bool times)
{
	return ext2_set_link(place->dir, place->de, place->page, inode, times);
}

/* The source takes over the name of @victim. */
static int replace(struct place *target, struct inode *source, struct inode *victim, bool dir)
{
	int err;

	if (dir) {
		err = ext2_empty_dir(victim);
		if (err <= 0)
			return err ? err : -ENOTEMPTY;
	}
	err = set_place(target, source, true);
	if (err)
		return err;
	victim->i_ctime = current_time(victim);
	if (dir)
		clear_nlink(victim);
	else
		drop_nlink(victim);
	mark_inode_dirty(victim);
	/*
	 * Whoever replaces a file by renaming means the new contents to be there
	 * when the name is; start writing them now, as the name may reach the
	 * disk with anybody's fsync.
	 */
	if (S_ISREG(source->i_mode))
		filemap_flush(source->i_mapping);
	return 0;
}

static int do_rename(struct place *old, struct place *dotdot, struct inode *new_dir,
		     struct dentry *old_dentry, struct dentry *new_dentry)
{
	struct inode *source = d_inode(old_dentry), *victim = d_inode(new_dentry);
	bool dir = S_ISDIR(source->i_mode);
	struct place target = { NULL };
	int err;

	if (victim) {
		err = find_place(&target, new_dir, new_dentry);
		if (!err)
			err = replace(&target, source, victim, dir);
		put_place(&target);
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
	err = ext2_delete_entry(old->dir, old->de, old->page);
	if (err)
		return err;
	if (dotdot->de) {
		err = set_place(dotdot, new_dir, false);
		inode_dec_link_count(old->dir);
	}
	return err;
}

/* Two names change places. */
static int do_exchange(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
		       struct dentry *new_dentry)
{
	struct inode *a = d_inode(old_dentry), *b = d_inode(new_dentry);
	struct place pa = { NULL }, pb = { NULL }, da = { NULL }, db = { NULL };
	bool cross = old_dir != new_dir;
	bool a_moves = cross && S_ISDIR(a->i_mode), b_moves = cross && S_ISDIR(b->i_mode);
	int err = find_place(&pa, old_dir, old_dentry);

	if (!err)
		err = find_place(&pb, new_dir, new_dentry);
	if (!err && a_moves)
		err = find_dotdot(&da, a);
	if (!err && b_moves)
		err = find_dotdot(&db, b);
	if (!err && a_moves && !b_moves && new_dir->i_nlink >= EXT2_LINK_MAX)
		err = -EMLINK;
	if (!err && b_moves && !a_moves && old_dir->i_nlink >= EXT2_LINK_MAX)
		err = -EMLINK;
	if (!err)
		err = set_place(&pa, b, true);
	if (!err) {
		err = set_place(&pb, a, true);
		if (err)
			set_place(&pa, a, true);	/* back to where it was */
	}
	if (err)
		goto out;
	a->i_ctime = b->i_ctime = current_time(a);
	mark_inode_dirty(a);
	mark_inode_dirty(b);
	if (a_moves)
		err = set_place(&da, new_dir, false);
	if (b_moves && !err)
		err = set_place(&db, old_dir, false);
	if (a_moves && !b_moves) {
		inode_inc_link_count(new_dir);
		inode_dec_link_count(old_dir);
	} else if (b_moves && !a_moves) {
		inode_inc_link_count(old_dir);
		inode_dec_link_count(new_dir);
	}
out:
	put_place(&da);
	put_place(&db);
	put_place(&pa);
	put_place(&pb);
	return err;
}

int ext2_rename(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
		struct dentry *new_dentry, unsigned int flags)
{
	struct inode *source = d_inode(old_dentry);
	struct place old = { NULL }, dotdot = { NULL };
	int err;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (flags & RENAME_EXCHANGE)
		return do_exchange(old_dir, old_dentry, new_dir, new_dentry);
	err = find_place(&old, old_dir, old_dentry);
	if (!err && S_ISDIR(source->i_mode) && old_dir != new_dir)
		err = find_dotdot(&dotdot, source);
	if (!err)
		err = do_rename(&old, &dotdot, new_dir, old_dentry, new_dentry);
	put_place(&dotdot);
	put_place(&old);
	return err;
}
