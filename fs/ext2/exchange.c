// SPDX-License-Identifier: MIT
/*
 * Two names change places (RENAME_EXCHANGE), and a power cut in the middle loses neither
 * object.
 *
 * Both entries in one block: they are changed in one step, the disk has both or none.
 * Otherwise two blocks have to be written, and without a journal there is a moment when
 * the disk has one of them.  Say that x names A and y names B, and x is changed first: then
 * both name B, and e2fsck puts A into lost+found.  If neither is promised (durable.c), so
 * be it.  Else A gets a third entry meanwhile, e.  Each line is on the disk, flush
 * included, before the next change is made, so each line and, block by block, all between
 * it and the next can be met after a power cut:
 *
 *	x A   y B		as it was
 *	x A   y B   e A
 *	x B   y B   e A
 *	x B   y A   e A		not waited for if e is in the block of y
 *	x B   y A		done
 *
 * In each, A and B have a name, so neither goes to lost+found, and x and y exist and lead to
 * A or B, whose contents are on the disk before all this.  What e2fsck has to correct are
 * link counts (too low by the entry e at most, never 0) and parents in "..".
 * For a moment, though, A has only the name e.  For files that is the best there is: A and
 * B are both found under x and y only as they were before and as they will be, and these differ
 * in two blocks.  So e is a name that one can find and understand: ".exchange-INODE.N", in
 * the directory of y or x.
 *
 * Directories.  e2fsck allows a directory one entry.  It keeps the first that it finds and
 * removes others, and it looks at directories in the order of their block numbers, first
 * blocks before all others if the volume has dir_index.
 *
 *  - A file and a directory: A is the file, which may have two names.  The directory has them
 *    between lines 3 and 4 only, and loses one: it is at x or y, the file at e.
 *
 *  - Two directories: x is the one in the block that e2fsck looks at first, and e has the
 *    name of y and is in y's block.  What x names is not what y names then: e2fsck removes
 *    that one of y and e that leads to the object it has met at x.  So x alone decides,
 *    and a single write exchanges both names.  Should some e2fsck use another order, it finds
 *    both directories all the same, and renames one of two entries of one name.
 *
 *    If y's block has no room for e, e is a third name elsewhere, as for files.  Then e2fsck
 *    may prefer e to x or y, and that name is gone.
 *
 * A full disk: if there is no room for e, the exchange fails with ENOSPC before a name was
 * changed (only ".." has been, and is set back).  After any other error up to line 4, also one of
 * the waits, all entries are set back in the reverse order, with the same waits, so that the disk
 * keeps what it has.  If one of these fails, too, e stays, and is a name of A like any other.
 *
 * Locks: the VFS holds i_rwsem of both directories, of what is no directory, and of a
 * directory whose parent changes.  So nobody sees e, or a name twice.  Without a promise
 * s_promise_sem is held shared over both changes, so that an fsync begins before, and the
 * promise is seen, or after, and it pays for both.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "mm/pagemap.h"

struct exchange {
	struct super_block *sb;
	struct ext2_place x, y, e;
	struct inode *a, *b;			/* what x and y named */
	struct ext2_place dotdot_a, dotdot_b;	/* if they get another parent */
	bool two_dirs;
	bool undo_failed;			/* the disk may not have heard that x and y are as before */
};

static bool moves(const struct exchange *ex, const struct inode *inode)
{
	return S_ISDIR(inode->i_mode) && ex->x.dir != ex->y.dir;
}

static u32 named(const struct ext2_place *place)
{
	return le32_to_cpu(place->de->inode);
}

/* After an error, whether or not the entry was changed.  True if it names @inode now. */
static bool set_back(struct ext2_place *place, struct inode *inode)
{
	if (!place->de || named(place) == inode->i_ino)
		return true;
	ext2_set_place(place, inode, true);
	if (named(place) == inode->i_ino)
		return true;
	ext2_error(inode->i_sb, __func__, "directory inode %lu: an entry cannot be set back to inode %lu",
		   place->dir->i_ino, inode->i_ino);
	return false;
}

/* ---- Roles ---- */

/* Position of the entry's block in the order in which e2fsck reads directories.  0 or -errno. */
static int fsck_order(const struct ext2_place *place, u64 *order)
{
	struct inode *dir = place->dir;
	struct buffer_head bh = { .b_size = i_blocksize(dir) };
	loff_t pos = page_offset(place->page) +
		     ((char *)place->de - (char *)page_address(place->page));
	bool by_hash = EXT2_SB(dir->i_sb)->s_es->s_feature_compat &
		       cpu_to_le32(EXT2_FEATURE_COMPAT_DIR_INDEX);
	int err = ext2_get_block(dir, pos >> dir->i_blkbits, &bh, 0);

	*order = bh.b_blocknr;
	if (by_hash && pos >> dir->i_blkbits)
		*order |= 1ULL << 32;
	return err;
}

/* Is the object at y the one to be called A?  0, 1 or -errno. */
static int y_is_first(struct exchange *ex)
{
	u64 x, y;
	int err;

	ex->two_dirs = S_ISDIR(ex->a->i_mode) && S_ISDIR(ex->b->i_mode);
	if (!ex->two_dirs)
		return S_ISDIR(ex->a->i_mode);
	err = fsck_order(&ex->x, &x);
	if (!err)
		err = fsck_order(&ex->y, &y);
	return err ? err : y < x;
}

static int find_all(struct exchange *ex, struct inode *old_dir, struct dentry *old_dentry,
		    struct inode *new_dir, struct dentry *new_dentry)
{
	int err = ext2_find_place(&ex->x, old_dir, old_dentry);

	if (!err)
		err = ext2_find_place(&ex->y, new_dir, new_dentry);
	if (!err)
		err = y_is_first(ex);
	if (err < 0)
		return err;
	if (err) {
		swap(ex->x, ex->y);
		swap(ex->a, ex->b);
	}
	err = 0;
	if (moves(ex, ex->a))
		err = ext2_find_dotdot(&ex->dotdot_a, ex->a);
	if (!err && moves(ex, ex->b))
		err = ext2_find_dotdot(&ex->dotdot_b, ex->b);
	if (!err && ex->dotdot_a.de && !ex->dotdot_b.de && ex->y.dir->i_nlink >= EXT2_LINK_MAX)
		err = -EMLINK;
	if (!err && ex->dotdot_b.de && !ex->dotdot_a.de && ex->x.dir->i_nlink >= EXT2_LINK_MAX)
		err = -EMLINK;
	return err;
}

/* ---- The third entry ---- */

/* A name that is free in @dir, in @text.  0 or -errno. */
static int free_name(struct exchange *ex, struct inode *dir, struct qstr *name, char *text,
		     size_t size)
{
	struct ext2_dir_entry *de;
	struct page *page;
	unsigned int n = 0;

	name->name = (unsigned char *)text;
	for (;;) {
		name->len = snprintf(text, size, ".exchange-%lu.%u", ex->a->i_ino, n++);
		de = ext2_find_entry(dir, name, &page);
		if (IS_ERR_OR_NULL(de))
			return PTR_ERR_OR_ZERO(de);
		ext2_put_page(page);
	}
}

/* In any block of @dir.  On failure e is set if there is an entry all the same. */
static int add_elsewhere(struct exchange *ex, struct inode *dir)
{
	struct ext2_place e = { .dir = dir };
	struct qstr name;
	char text[40];
	int err = free_name(ex, dir, &name, text, sizeof(text));

	if (err)
		return err;
	err = ext2_add_name(dir, &name, ex->a);
	e.de = ext2_find_entry(dir, &name, &e.page);
	if (!IS_ERR_OR_NULL(e.de))
		ex->e = e;
	else if (!err)
		err = -EIO;
	return err;
}

/* 0 or -errno; on failure as above. */
static int add_third(struct exchange *ex)
{
	struct ext2_place *y = &ex->y;
	struct qstr name = { .name = (unsigned char *)y->de->name, .len = y->de->name_len };
	char text[40];
	int err = 0;

	if (!ex->two_dirs)
		err = free_name(ex, y->dir, &name, text, sizeof(text));
	if (err)
		return err;
	err = ext2_add_name_near(y->dir, &name, ex->a, y->page, y->de, &ex->e.de);
	if (ex->e.de) {
		ex->e.dir = y->dir;
		ex->e.page = y->page;
		get_page(y->page);
	}
	if (err)
		return err < 0 ? err : 0;
	err = add_elsewhere(ex, y->dir);
	if (err == -ENOSPC && !ex->e.de && ex->x.dir != y->dir)
		err = add_elsewhere(ex, ex->x.dir);
	return err;
}

/* Not after an undo that the disk may not know of: then e may be all that names A there. */
static void remove_third(struct exchange *ex)
{
	if (!ex->undo_failed)
		ext2_delete_entry(ex->e.dir, ex->e.de, ex->e.page);
	if (!named(&ex->e))
		return;
	ext2_error(ex->sb, __func__, "directory inode %lu: a third entry for inode %lu stays", ex->e.dir->i_ino,
		   ex->a->i_ino);
	/* It is a name like any other then. */
	if (!S_ISDIR(ex->a->i_mode))
		inode_inc_link_count(ex->a);
}

/* ---- Steps ---- */

/* Lines 3 and 4. */
static int change_both(struct exchange *ex, bool ordered)
{
	int err = ext2_set_place(&ex->x, ex->b, true);

	if (!err && ordered)
		err = ext2_pay(ex->sb);
	if (!err)
		err = ext2_set_place(&ex->y, ex->a, true);
	if (!err && ordered && !ext2_same_block(&ex->y, &ex->e))
		err = ext2_pay(ex->sb);
	if (!err)
		return 0;
	ex->undo_failed = !set_back(&ex->y, ex->b) || (ordered && ext2_pay(ex->sb));
	if (!set_back(&ex->x, ex->a) || (ordered && ext2_pay(ex->sb)))
		ex->undo_failed = true;
	return err;
}

/* Both entries, which are in one block. */
static int change_block(struct exchange *ex)
{
	int err = ext2_swap_links(ex->x.dir, ex->x.page, ex->x.de, ex->y.de);

	if (err && named(&ex->x) != ex->a->i_ino)
		ext2_swap_links(ex->x.dir, ex->x.page, ex->x.de, ex->y.de);
	if (named(&ex->x) != (err ? ex->a : ex->b)->i_ino)
		ext2_error(ex->sb, __func__, "directory inode %lu: an exchange cannot be undone",
			   ex->x.dir->i_ino);
	ext2_name_changed(ex->a);
	ext2_name_changed(ex->b);
	return err;
}

/* It takes over a promised name.  An ext2_pay() to come writes directories. */
static int make_ready(struct inode *inode, bool will_pay)
{
	return will_pay && S_ISDIR(inode->i_mode) ? 0 : ext2_make_durable(inode);
}

static int change_in_order(struct exchange *ex)
{
	bool same_block = ext2_same_block(&ex->x, &ex->y);
	int err = make_ready(ex->a, !same_block);

	if (!err)
		err = make_ready(ex->b, !same_block);
	if (err)
		return err;
	if (same_block) {
		/* No stale entry elsewhere leads to them, or e2fsck might keep that one. */
		err = ext2_pay(ex->sb);
		return err ? err : change_block(ex);
	}
	err = add_third(ex);
	if (!err)
		err = ext2_pay(ex->sb);
	if (!err)
		err = change_both(ex, true);
	if (ex->e.de) {
		remove_third(ex);
		ext2_pay(ex->sb);
	}
	return err;
}

static int change_entries(struct exchange *ex)
{
	struct ext2_sb_info *sbi = EXT2_SB(ex->sb);
	bool promised;
	int err = 0;

	down_read(&sbi->s_promise_sem);
	promised = ext2_promised(ex->a) || ext2_promised(ex->b);
	if (!promised)
		err = ext2_same_block(&ex->x, &ex->y) ? change_block(ex) : change_both(ex, false);
	up_read(&sbi->s_promise_sem);
	return promised ? change_in_order(ex) : err;
}

/* ".." first: it can be set back, and e2fsck looks at the names to know what it should be. */
static int change_all(struct exchange *ex)
{
	int err = 0;

	if (ex->dotdot_a.de)
		err = ext2_set_place(&ex->dotdot_a, ex->y.dir, false);
	if (!err && ex->dotdot_b.de)
		err = ext2_set_place(&ex->dotdot_b, ex->x.dir, false);
	if (!err)
		err = change_entries(ex);
	if (err) {
		set_back(&ex->dotdot_a, ex->x.dir);
		set_back(&ex->dotdot_b, ex->y.dir);
		return err;
	}
	if (ex->dotdot_a.de && !ex->dotdot_b.de) {
		inode_inc_link_count(ex->y.dir);
		inode_dec_link_count(ex->x.dir);
	} else if (ex->dotdot_b.de && !ex->dotdot_a.de) {
		inode_inc_link_count(ex->x.dir);
		inode_dec_link_count(ex->y.dir);
	}
	ex->a->i_ctime = ex->b->i_ctime = current_time(ex->a);
	mark_inode_dirty(ex->a);
	mark_inode_dirty(ex->b);
	return 0;
}

int ext2_exchange(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
		  struct dentry *new_dentry)
{
	struct exchange ex = {
		.sb = old_dir->i_sb,
		.a = d_inode(old_dentry),
		.b = d_inode(new_dentry),
	};
	int err = find_all(&ex, old_dir, old_dentry, new_dir, new_dentry);

	if (!err)
		err = change_all(&ex);
	ext2_put_place(&ex.dotdot_a);
	ext2_put_place(&ex.dotdot_b);
	ext2_put_place(&ex.e);
	ext2_put_place(&ex.y);
	ext2_put_place(&ex.x);
	return err;
}
