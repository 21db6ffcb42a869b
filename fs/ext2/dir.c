// SPDX-License-Identifier: MIT
/*
 * Reading directories.
 *
 * A directory is a file of blocks, each a chain of entries that fills the block
 * exactly.  Its pages are in the page cache like those of any file; a page is
 * checked once after it was read (PG_checked), entry by entry, and after that
 * walking it needs no checks.  Only changes under i_rwsem exclusive touch it,
 * and they keep every chain sound.
 *
 * A hashed directory (dir_index) reads like any other: the blocks of the hash
 * tree look like unused entries.
 *
 * The cookie of an entry is its byte offset.  Entries never move; an entry that
 * is removed is merged into its predecessor, so a cookie may come to point into
 * the middle of another entry's slack.  Readdir therefore walks the block from
 * its start to the first entry at or behind the cookie, and no entry that
 * stayed in place is returned twice or left out.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "kernel/lib/string.h"
#include "mm/pagemap.h"

static const u8 type_to_dt[EXT2_FT_MAX] = {
	[EXT2_FT_UNKNOWN] = DT_UNKNOWN, [EXT2_FT_REG_FILE] = DT_REG, [EXT2_FT_DIR] = DT_DIR,
	[EXT2_FT_CHRDEV] = DT_CHR,	[EXT2_FT_BLKDEV] = DT_BLK,   [EXT2_FT_FIFO] = DT_FIFO,
	[EXT2_FT_SOCK] = DT_SOCK,	[EXT2_FT_SYMLINK] = DT_LNK,
};

static const u8 dt_to_type[16] = {
	[DT_REG] = EXT2_FT_REG_FILE, [DT_DIR] = EXT2_FT_DIR,   [DT_CHR] = EXT2_FT_CHRDEV,
	[DT_BLK] = EXT2_FT_BLKDEV,   [DT_FIFO] = EXT2_FT_FIFO, [DT_SOCK] = EXT2_FT_SOCK,
	[DT_LNK] = EXT2_FT_SYMLINK,
};

u8 ext2_file_type(struct super_block *sb, umode_t mode)
{
	return EXT2_SB(sb)->s_geo.filetype ? dt_to_type[S_DT(mode) & 15] : 0;
}

u8 ext2_dirent_type(struct super_block *sb, u8 file_type)
{
	if (!EXT2_SB(sb)->s_geo.filetype || file_type >= EXT2_FT_MAX)
		return DT_UNKNOWN;
	return type_to_dt[file_type];
}

void ext2_put_page(struct page *page)
{
	put_page(page);
}

/* Bytes of page @n that belong to the directory. */
static unsigned int page_bytes(struct inode *dir, pgoff_t n)
{
	loff_t left = i_size_read(dir) - ((loff_t)n << PAGE_SHIFT);

	return left > PAGE_SIZE ? PAGE_SIZE : left;
}

static pgoff_t dir_pages(struct inode *dir)
{
	return (i_size_read(dir) + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

static void report_entry(struct inode *dir, loff_t pos, const char *what)
{
	struct buffer_head bh = { .b_size = i_blocksize(dir) };
	u64 block = 0;

	if (!ext2_get_block(dir, pos >> dir->i_blkbits, &bh, 0) && buffer_mapped(&bh))
		block = bh.b_blocknr;
	ext2_error(dir->i_sb, __func__, "directory inode %lu, block %llu, offset %lld: %s",
		   dir->i_ino, block, pos, what);
}

/* Check all entries of a page; false after a report. */
static bool check_page(struct inode *dir, struct page *page)
{
	unsigned int chunk = ext2_chunk_size(dir), start, off;
	unsigned int limit = page_bytes(dir, page->index);
	u32 max_ino = EXT2_SB(dir->i_sb)->s_geo.inodes_count;
	char *base = page_address(page);

	for (start = 0; start < limit; start += chunk) {
		for (off = 0; off < chunk;) {
			const char *what = ext2_check_dirent(base + start, chunk, off, max_ino);

			if (what) {
				report_entry(dir, page_offset(page) + start + off, what);
				return false;
			}
			off += ext2_rec_len((struct ext2_dir_entry *)(base + start + off));
		}
	}
	SetPageChecked(page);
	return true;
}

/* Page @n of the directory, checked, with a reference; ERR_PTR. */
struct page *ext2_get_page(struct inode *dir, pgoff_t n)
{
	struct page *page = read_mapping_page(dir->i_mapping, n, NULL);

	if (IS_ERR(page))
		return page;
	if (!PageChecked(page) && !check_page(dir, page)) {
		put_page(page);
		return ERR_PTR(-EIO);
	}
	return page;
}

static struct ext2_dir_entry *next_entry(struct ext2_dir_entry *de)
{
	return (struct ext2_dir_entry *)((char *)de + ext2_rec_len(de));
}

static bool matches(const struct ext2_dir_entry *de, const struct qstr *name)
{
	return de->name_len == name->len && de->inode && !memcmp(de->name, name->name, name->len);
}

static struct ext2_dir_entry *find_in_page(struct inode *dir, struct page *page,
					   const struct qstr *name)
{
	char *base = page_address(page);
	char *end = base + page_bytes(dir, page->index);
	struct ext2_dir_entry *de = (struct ext2_dir_entry *)base;

	for (; (char *)de < end; de = next_entry(de))
		if (matches(de, name))
			return de;
	return NULL;
}

/* A lookup gives up after so many damaged pages: a damaged size can make millions of them. */
#define MAX_BAD_PAGES	16

/* Start with the page of the last hit: what is looked up together was created together. */
struct ext2_dir_entry *ext2_find_entry(struct inode *dir, const struct qstr *name,
				       struct page **pagep)
{
	struct ext2_inode_info *ei = EXT2_I(dir);
	pgoff_t pages = dir_pages(dir), start = READ_ONCE(ei->i_dir_start_lookup), i;
	int err = 0, bad = 0;

	*pagep = NULL;
	if (name->len > EXT2_NAME_LEN)
		return ERR_PTR(-ENAMETOOLONG);
	if (start >= pages)
		start = 0;
	for (i = 0; i < pages; i++) {
		pgoff_t n = start + i < pages ? start + i : start + i - pages;
		struct page *page = ext2_get_page(dir, n);
		struct ext2_dir_entry *de;

		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			if (++bad == MAX_BAD_PAGES)
				break;
			continue;
		}
		de = find_in_page(dir, page, name);
		if (de) {
			WRITE_ONCE(ei->i_dir_start_lookup, n);
			*pagep = page;
			return de;
		}
		put_page(page);
	}
	/* With part of it unreadable, nobody can say that the name is not there. */
	return err ? ERR_PTR(err) : NULL;
}

int ext2_inode_by_name(struct inode *dir, const struct qstr *name, u32 *ino)
{
	struct page *page;
	struct ext2_dir_entry *de = ext2_find_entry(dir, name, &page);

	if (IS_ERR(de))
		return PTR_ERR(de);
	if (!de)
		return -ENOENT;
	*ino = le32_to_cpu(de->inode);
	ext2_put_page(page);
	return 0;
}

/* The second entry of the first block, which must be "..". */
struct ext2_dir_entry *ext2_dotdot(struct inode *dir, struct page **pagep)
{
	struct page *page = ext2_get_page(dir, 0);
	struct ext2_dir_entry *de;

	*pagep = NULL;
	if (IS_ERR(page))
		return ERR_CAST(page);
	de = page_address(page);
	if (ext2_rec_len(de) < ext2_chunk_size(dir)) {
		de = next_entry(de);
		if (de->name_len == 2 && de->name[0] == '.' && de->name[1] == '.' && de->inode) {
			*pagep = page;
			return de;
		}
	}
	put_page(page);
	report_entry(dir, 0, "\"..\" is not the second entry");
	return ERR_PTR(-EIO);
}

static bool is_dot_or_dotdot(const struct ext2_dir_entry *de)
{
	return de->name[0] == '.' &&
	       (de->name_len == 1 || (de->name_len == 2 && de->name[1] == '.'));
}

int ext2_empty_dir(struct inode *dir)
{
	pgoff_t n, pages = dir_pages(dir);

	for (n = 0; n < pages; n++) {
		struct page *page = ext2_get_page(dir, n);
		struct ext2_dir_entry *de;
		char *end;

		if (IS_ERR(page))
			return PTR_ERR(page);
		de = page_address(page);
		for (end = (char *)de + page_bytes(dir, n); (char *)de < end; de = next_entry(de)) {
			if (de->inode && !is_dot_or_dotdot(de)) {
				put_page(page);
				return 0;
			}
		}
		put_page(page);
	}
	return 1;
}

/* The first entry of the block at or behind @offset (both in the page). */
static struct ext2_dir_entry *entry_from(struct inode *dir, char *base, unsigned int offset)
{
	char *p = base + (offset & ~(ext2_chunk_size(dir) - 1));

	while (p < base + offset)
		p += ext2_rec_len((struct ext2_dir_entry *)p);
	return (struct ext2_dir_entry *)p;
}

/* Hand out the entries of one page from ctx->pos on; false when the caller has enough. */
static bool emit_page(struct inode *dir, struct page *page, struct dir_context *ctx)
{
	char *base = page_address(page);
	unsigned int limit = page_bytes(dir, page->index);
	unsigned int offset = ctx->pos & (PAGE_SIZE - 1);
	struct ext2_dir_entry *de;

	if (offset >= limit)
		return true;
	for (de = entry_from(dir, base, offset); (char *)de < base + limit; de = next_entry(de)) {
		ctx->pos = page_offset(page) + ((char *)de - base);
		if (de->inode &&
		    !dir_emit(ctx, de->name, de->name_len, le32_to_cpu(de->inode),
			      ext2_dirent_type(dir->i_sb, de->file_type)))
			return false;
	}
	ctx->pos = page_offset(page) + limit;
	return true;
}

/* i_rwsem held at least shared. */
int ext2_readdir(struct file *file, struct dir_context *ctx)
{
	struct inode *dir = file_inode(file);
	int err = 0;

	if (ctx->pos < 0)
		return -EINVAL;
	while (ctx->pos < i_size_read(dir)) {
		pgoff_t n = ctx->pos >> PAGE_SHIFT;
		struct page *page = ext2_get_page(dir, n);
		bool more;

		if (IS_ERR(page)) {
			/* Report it, but let the next call go on behind the damage. */
			err = PTR_ERR(page);
			ctx->pos = (loff_t)(n + 1) << PAGE_SHIFT;
			break;
		}
		more = emit_page(dir, page, ctx);
		put_page(page);
		if (!more)
			break;
	}
	return err;
}
