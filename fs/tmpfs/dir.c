// SPDX-License-Identifier: MIT
/*
 * Directories: the table of positions, and readdir.
 *
 * Each entry gets the next position of its directory when it is made and keeps it until it goes, also when it is renamed within
 * the directory; positions are never used again. So readdir, which walks them in order, finds every entry that stays
 * exactly once, from whatever position it is asked to go on, and ends although entries are renamed behind it.
 *
 * A dentry in the table is pinned by the reference that its maker took (namei.c). Its position is in d_fsdata. All that is
 * guarded by the directory's i_rwsem, which rename holds too, so that names do not change while they are shown.
 */
#include "fs/tmpfs/tmpfs.h"
#include "fs/dcache.h"
#include "kernel/lib/bug.h"
#include "mm/gfp.h"

static unsigned long position(const struct dentry *dentry)
{
	return (unsigned long)dentry->d_fsdata;
}

static void set_position(struct dentry *dentry, unsigned long pos)
{
	dentry->d_fsdata = (void *)pos;
}

/* A new entry in the table; the dentry's own idea of its position is the caller's to change. */
static long insert(struct inode *dir, struct dentry *dentry)
{
	struct tmpfs_inode_info *info = TMPFS_I(dir);
	int err = xa_insert(&info->entries, info->next_position, dentry, GFP_KERNEL);

	return err ? err : (long)info->next_position++;
}

static void changed(struct inode *dir, int bytes)
{
	i_size_write(dir, dir->i_size + bytes);
	dir->i_mtime = dir->i_ctime = current_time(dir);
	inode_inc_iversion(dir);
}

int tmpfs_dir_add(struct inode *dir, struct dentry *dentry)
{
	long pos = insert(dir, dentry);

	if (pos < 0)
		return pos;
	set_position(dentry, pos);
	changed(dir, TMPFS_DIRENT);
	return 0;
}

void tmpfs_dir_remove(struct inode *dir, struct dentry *dentry)
{
	WARN_ON(xa_erase(&TMPFS_I(dir)->entries, position(dentry)) != dentry);
	set_position(dentry, 0);
	changed(dir, -TMPFS_DIRENT);
}

int tmpfs_dir_move(struct inode *old_dir, struct dentry *dentry, struct inode *new_dir)
{
	long pos;

	if (old_dir == new_dir) {
		changed(old_dir, 0);
		return 0;
	}
	pos = insert(new_dir, dentry);
	if (pos < 0)
		return pos;
	tmpfs_dir_remove(old_dir, dentry);
	set_position(dentry, pos);
	changed(new_dir, TMPFS_DIRENT);
	return 0;
}

void tmpfs_dir_exchange(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new)
{
	unsigned long old_pos = position(old), new_pos = position(new);

	/* Both places are taken, so that storing needs no memory. */
	WARN_ON(xa_store(&TMPFS_I(old_dir)->entries, old_pos, new, GFP_KERNEL) != old);
	WARN_ON(xa_store(&TMPFS_I(new_dir)->entries, new_pos, old, GFP_KERNEL) != new);
	set_position(old, new_pos);
	set_position(new, old_pos);
	changed(old_dir, 0);
	changed(new_dir, 0);
}

bool tmpfs_dir_empty(struct inode *dir)
{
	return xa_empty(&TMPFS_I(dir)->entries);
}

static int tmpfs_readdir(struct file *file, struct dir_context *ctx)
{
	struct xarray *entries = &TMPFS_I(file_inode(file))->entries;
	struct dentry *dentry;

	if (!dir_emit_dots(file, ctx))
		return 0;
	for (;;) {
		unsigned long pos = ctx->pos;
		struct inode *inode;

		dentry = xa_find(entries, &pos, LLONG_MAX, XA_PRESENT);
		if (!dentry)
			return 0;
		ctx->pos = pos;
		inode = d_inode(dentry);
		if (!dir_emit(ctx, (const char *)dentry->d_name.name, dentry->d_name.len, inode->i_ino,
			      S_DT(inode->i_mode)))
			return 0;
		ctx->pos = pos + 1;
	}
}

const struct file_operations tmpfs_dir_operations = {
	.llseek = generic_file_llseek,
	.iterate_shared = tmpfs_readdir,
	.fsync = noop_fsync,
};
