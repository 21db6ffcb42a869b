// SPDX-License-Identifier: MIT
/*
 * Changing directories.  i_rwsem exclusive throughout.
 *
 * Each change is confined to one block: lock the page, wait until it is not
 * being written (a torn block on the disk would lose names that an fsync has
 * promised), map and dirty the block, change it, unlock.  Readers of this
 * directory are shut out by i_rwsem; writeback may write the page before or
 * after, never in between.
 *
 * A hashed directory loses its index with the first change: the tree no longer
 * covers what is inserted linearly.  The flag is in the inode, and e2fsck can
 * build the index anew.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "kernel/lib/string.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

/* Lock the page for a change of [@pos, @pos + @len).  On failure it is unlocked. */
static int begin_change(struct page *page, loff_t pos, unsigned int len)
{
	int err;

	lock_page(page);
	wait_on_page_writeback(page);
	err = __block_write_begin(page, pos, len, ext2_get_block);
	if (err)
		unlock_page(page);
	return err;
}

/* The change was made: dirty the block, grow the directory if need be, unlock. */
static int end_change(struct inode *dir, struct page *page, loff_t pos, unsigned int len)
{
	inode_inc_iversion(dir);
	block_write_end(NULL, dir->i_mapping, pos, len, len, page, NULL);
	if (pos + len > i_size_read(dir))
		i_size_write(dir, pos + len);
	EXT2_I(dir)->i_flags &= ~EXT2_INDEX_FL;
	unlock_page(page);
	mark_inode_dirty(dir);
	ext2_name_changed(dir);
	if (!IS_DIRSYNC(dir))
		return 0;
	return filemap_write_and_wait_range(dir->i_mapping, pos, pos + len - 1);
}

/* With dirsync, the inode follows its blocks. */
static int finish(struct inode *dir, int err)
{
	if (!err && IS_DIRSYNC(dir)) {
		err = sync_mapping_buffers(dir->i_mapping);
		if (!err)
			err = sync_inode_metadata(dir, 1);
	}
	return err;
}

static void touch(struct inode *dir)
{
	dir->i_mtime = dir->i_ctime = current_time(dir);
	mark_inode_dirty(dir);
}

static void fill_entry(struct ext2_dir_entry *de, const struct qstr *name, struct inode *inode)
{
	de->name_len = name->len;
	memcpy(de->name, name->name, name->len);
	de->inode = cpu_to_le32(inode->i_ino);
	de->file_type = ext2_file_type(inode->i_sb, inode->i_mode);
}

int ext2_set_link(struct inode *dir, struct ext2_dir_entry *de, struct page *page,
		  struct inode *inode, bool times)
{
	loff_t pos = page_offset(page) + ((char *)de - (char *)page_address(page));
	unsigned int len = ext2_rec_len(de);
	int err = begin_change(page, pos, len);

	if (err)
		return err;
	de->inode = cpu_to_le32(inode->i_ino);
	de->file_type = ext2_file_type(dir->i_sb, inode->i_mode);
	err = end_change(dir, page, pos, len);
	if (times)
		touch(dir);
	ext2_name_changed(inode);
	return finish(dir, err);
}

/* Two entries of one block change what they name, in one step: no write of the block sees half of it. */
int ext2_swap_links(struct inode *dir, struct page *page, struct ext2_dir_entry *de1,
		    struct ext2_dir_entry *de2)
{
	struct ext2_dir_entry *first = de1 < de2 ? de1 : de2, *last = de1 < de2 ? de2 : de1;
	loff_t pos = page_offset(page) + ((char *)first - (char *)page_address(page));
	unsigned int len = (char *)last - (char *)first + ext2_rec_len(last);
	int err = begin_change(page, pos, len);

	if (err)
		return err;
	swap(first->inode, last->inode);
	swap(first->file_type, last->file_type);
	err = end_change(dir, page, pos, len);
	touch(dir);
	return finish(dir, err);
}

/* Room for a record of @need bytes in the block at @chunk: the entry to use or split, or NULL. */
static struct ext2_dir_entry *find_room(char *chunk, unsigned int size, unsigned int need)
{
	char *p;

	for (p = chunk; p < chunk + size; p += ext2_rec_len((struct ext2_dir_entry *)p)) {
		struct ext2_dir_entry *de = (struct ext2_dir_entry *)p;
		unsigned int used = de->inode ? EXT2_DIR_REC_LEN(de->name_len) : 0;

		if (ext2_rec_len(de) >= used + need)
			return de;
	}
	return NULL;
}

/*
 * Put the name into @de, behind the entry that is there if there is one.  *@made is its
 * entry, also when that could not be written.
 */
static int insert_at(struct inode *dir, struct page *page, struct ext2_dir_entry *de,
		     const struct qstr *name, struct inode *inode, struct ext2_dir_entry **made)
{
	loff_t pos = page_offset(page) + ((char *)de - (char *)page_address(page));
	unsigned int len = ext2_rec_len(de);
	int err = begin_change(page, pos, len);

	if (err)
		return err;
	if (de->inode) {
		unsigned int used = EXT2_DIR_REC_LEN(de->name_len);
		struct ext2_dir_entry *new = (struct ext2_dir_entry *)((char *)de + used);

		new->rec_len = cpu_to_le16(len - used);
		fill_entry(new, name, inode);
		de->rec_len = cpu_to_le16(used);
		*made = new;
	} else {
		fill_entry(de, name, inode);
		*made = de;
	}
	return end_change(dir, page, pos, len);
}

/* A new block at the end with just this name in it. */
static int append_block(struct inode *dir, const struct qstr *name, struct inode *inode)
{
	loff_t pos = i_size_read(dir);
	unsigned int chunk = ext2_chunk_size(dir);
	struct ext2_dir_entry *de;
	struct page *page;
	int err;

	if (pos + chunk > S32_MAX)
		return -EFBIG;
	page = read_mapping_page(dir->i_mapping, pos >> PAGE_SHIFT, NULL);
	if (IS_ERR(page))
		return PTR_ERR(page);
	err = begin_change(page, pos, chunk);
	if (err) {
		/* What was allocated before the error lies behind the end. */
		ext2_write_failed(dir->i_mapping, pos + chunk);
		put_page(page);
		return err;
	}
	de = (struct ext2_dir_entry *)((char *)page_address(page) + (pos & (PAGE_SIZE - 1)));
	memset(de, 0, chunk);
	de->rec_len = cpu_to_le16(chunk);
	fill_entry(de, name, inode);
	err = end_change(dir, page, pos, chunk);
	if (!(pos & (PAGE_SIZE - 1)))
		SetPageChecked(page);
	EXT2_I(dir)->i_dir_free_hint = page->index;
	put_page(page);
	return err;
}

/*
 * Find room from the hint on, and take it.  1 if done, 0 if all blocks are
 * full, or -errno.
 */
static int insert_somewhere(struct inode *dir, const struct qstr *name, struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(dir);
	unsigned int need = EXT2_DIR_REC_LEN(name->len), chunk = ext2_chunk_size(dir), off;
	loff_t size = i_size_read(dir);
	pgoff_t n;

	for (n = ei->i_dir_free_hint; (loff_t)n << PAGE_SHIFT < size; n++) {
		struct page *page = ext2_get_page(dir, n);
		loff_t left = size - ((loff_t)n << PAGE_SHIFT);
		char *base;
		int err;

		if (IS_ERR(page))
			return PTR_ERR(page);
		base = page_address(page);
		for (off = 0; off < PAGE_SIZE && off < left; off += chunk) {
			struct ext2_dir_entry *de = find_room(base + off, chunk, need), *made;

			if (!de)
				continue;
			err = insert_at(dir, page, de, name, inode, &made);
			put_page(page);
			ei->i_dir_free_hint = n;
			return err ? err : 1;
		}
		put_page(page);
	}
	return 0;
}

int ext2_add_name_near(struct inode *dir, const struct qstr *name, struct inode *inode,
		       struct page *page, const struct ext2_dir_entry *near,
		       struct ext2_dir_entry **made)
{
	unsigned int chunk = ext2_chunk_size(dir);
	unsigned int off = ((char *)near - (char *)page_address(page)) & ~(chunk - 1);
	struct ext2_dir_entry *de;
	int err;

	*made = NULL;
	de = find_room((char *)page_address(page) + off, chunk, EXT2_DIR_REC_LEN(name->len));
	if (!de)
		return 0;
	err = insert_at(dir, page, de, name, inode, made);
	if (*made)
		touch(dir);
	err = finish(dir, err);
	return err ? err : 1;
}

int ext2_add_name(struct inode *dir, const struct qstr *name, struct inode *inode)
{
	int err;

	if (name->len > EXT2_NAME_LEN)
		return -ENAMETOOLONG;
	err = insert_somewhere(dir, name, inode);
	if (!err)
		err = append_block(dir, name, inode);
	if (err < 0)
		return err;
	touch(dir);
	ext2_name_changed(inode);
	return finish(dir, 0);
}

/* Enter @dentry's name for @inode into its parent. */
int ext2_add_link(struct dentry *dentry, struct inode *inode)
{
	return ext2_add_name(d_inode(dentry->d_parent), &dentry->d_name, inode);
}

/* Remove an entry by merging it into the one before it in its block. */
int ext2_delete_entry(struct inode *dir, struct ext2_dir_entry *de, struct page *page)
{
	char *base = page_address(page);
	unsigned int off = (char *)de - base;
	char *p = base + (off & ~(ext2_chunk_size(dir) - 1));
	struct ext2_dir_entry *prev = NULL;
	unsigned int len = ext2_rec_len(de);
	loff_t pos;
	int err;

	for (; p < (char *)de; p += ext2_rec_len(prev))
		prev = (struct ext2_dir_entry *)p;
	if (prev) {
		off = (char *)prev - base;
		len += ext2_rec_len(prev);
	}
	pos = page_offset(page) + off;
	err = begin_change(page, pos, len);
	if (err)
		return err;
	if (prev)
		prev->rec_len = cpu_to_le16(len);
	de->inode = 0;
	err = end_change(dir, page, pos, len);
	if (page->index < EXT2_I(dir)->i_dir_free_hint)
		EXT2_I(dir)->i_dir_free_hint = page->index;
	touch(dir);
	return finish(dir, err);
}

/* The first block of a new directory: "." and "..". */
int ext2_make_empty(struct inode *inode, struct inode *parent)
{
	struct qstr dot = QSTR_INIT(".", 1), dotdot = QSTR_INIT("..", 2);
	unsigned int chunk = ext2_chunk_size(inode);
	struct ext2_dir_entry *de;
	struct page *page = grab_cache_page(inode->i_mapping, 0);
	int err;

	if (!page)
		return -ENOMEM;
	err = __block_write_begin(page, 0, chunk, ext2_get_block);
	if (err) {
		unlock_page(page);
		put_page(page);
		ext2_write_failed(inode->i_mapping, chunk);
		return err;
	}
	de = page_address(page);
	memset(de, 0, chunk);
	de->rec_len = cpu_to_le16(EXT2_DIR_REC_LEN(1));
	fill_entry(de, &dot, inode);
	de = (struct ext2_dir_entry *)((char *)de + EXT2_DIR_REC_LEN(1));
	de->rec_len = cpu_to_le16(chunk - EXT2_DIR_REC_LEN(1));
	fill_entry(de, &dotdot, parent);
	err = end_change(inode, page, 0, chunk);
	put_page(page);
	return finish(inode, err);
}
