// SPDX-License-Identifier: MIT
/*
 * Two names change places (fs/ext2/exchange.c): what both directories hold afterwards, that
 * no third entry stays, that only promised names are waited for, and what happens when
 * there is no room for a third entry.  The runner has e2fsck look at the disk afterwards.
 * What a power cut leaves is tested by tests/powercut.py with user/swaplog.c.
 */
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/lib/string.h"
#include "kernel/task/task.h"
#include "mm/pagemap.h"
#include "tests/kernel/ext2_test.h"
#include "tests/kernel/ktest.h"

/* The inode that @name leads to in directory @path, by the directory's blocks; 0 if none. */
static unsigned long entry(const char *path, const char *name)
{
	struct qstr qstr = { .name = (const unsigned char *)name, .len = strlen(name) };
	struct path dir;
	u32 ino;

	if (kern_path(path, LOOKUP_DIRECTORY, &dir))
		return 0;
	inode_lock_shared(d_inode(dir.dentry));
	if (ext2_inode_by_name(d_inode(dir.dentry), &qstr, &ino))
		ino = 0;
	inode_unlock_shared(d_inode(dir.dentry));
	path_put(&dir);
	return ino;
}

/* Entries in use, "." and ".." too, in blocks that hold nothing but sound records; -errno. */
static int entries(const char *path)
{
	struct inode *inode;
	struct path dir;
	int n = kern_path(path, LOOKUP_DIRECTORY, &dir);
	loff_t pos;

	if (n)
		return n;
	inode = d_inode(dir.dentry);
	inode_lock_shared(inode);
	for (pos = 0; n >= 0 && pos < i_size_read(inode); pos += PAGE_SIZE) {
		struct page *page = ext2_get_page(inode, pos >> PAGE_SHIFT);
		char *p, *end;

		if (IS_ERR(page)) {
			n = PTR_ERR(page);
			break;
		}
		p = page_address(page);
		end = p + min(i_size_read(inode) - pos, (loff_t)PAGE_SIZE);
		for (; p < end; p += ext2_rec_len((struct ext2_dir_entry *)p))
			n += ((struct ext2_dir_entry *)p)->inode != 0;
		ext2_put_page(page);
	}
	inode_unlock_shared(inode);
	path_put(&dir);
	return n;
}

static loff_t size_of(const char *name)
{
	struct path path;
	loff_t size;

	if (kern_path(name, 0, &path))
		return -1;
	size = i_size_read(d_inode(path.dentry));
	path_put(&path);
	return size;
}

/* A directory, or a file without a block. */
static int make(const char *dir, const char *name, bool is_dir)
{
	struct file *file;
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (is_dir)
		return ext2_test_mkdir(path);
	file = filp_open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fput(file);
	return 0;
}

/* Exchange x in @dir1, a directory if @x_dir, and y in @dir2, and look at everything. */
static void exchange_and_check(const char *dir1, const char *dir2, bool x_dir, bool y_dir)
{
	unsigned long parent1 = ext2_test_number(dir1), parent2 = ext2_test_number(dir2);
	unsigned long x = entry(dir1, "x"), y = entry(dir2, "y");
	int n1 = entries(dir1), n2 = entries(dir2);
	char px[40], py[40];

	snprintf(px, sizeof(px), "%s/x", dir1);
	snprintf(py, sizeof(py), "%s/y", dir2);
	KTEST_EQ(ext2_test_move(dir1, "x", dir2, "y", RENAME_EXCHANGE), 0);
	KTEST_EQ(entry(dir1, "x"), y);
	KTEST_EQ(entry(dir2, "y"), x);
	KTEST_EQ(ext2_test_number(px), y);
	KTEST_EQ(ext2_test_number(py), x);
	KTEST_EQ(ext2_test_links(px, y_dir ? parent1 : 0), y_dir ? 2 : 1);
	KTEST_EQ(ext2_test_links(py, x_dir ? parent2 : 0), x_dir ? 2 : 1);
	KTEST_EQ(entries(dir1), n1);
	KTEST_EQ(entries(dir2), n2);
	if (parent1 != parent2) {
		KTEST_EQ(ext2_test_links(dir1, 0), 2 + y_dir);
		KTEST_EQ(ext2_test_links(dir2, 0), 2 + x_dir);
	}
}

static void check_kind(struct super_block *sb, const char *dir1, const char *dir2, bool x_dir,
		       bool y_dir)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	/* Nobody was promised anything: nothing is waited for, so both changes are still owed. */
	ext2_test_settled_free(sb);
	KTEST_EQ(make(dir1, "x", x_dir), 0);
	KTEST_EQ(make(dir2, "y", y_dir), 0);
	exchange_and_check(dir1, dir2, x_dir, y_dir);
	KTEST_EQ(list_empty(&sbi->s_names), false);
	/* After a sync all is promised; what is in two blocks is on the disk when the call returns. */
	ext2_test_settled_free(sb);
	exchange_and_check(dir1, dir2, y_dir, x_dir);
	KTEST_EQ(list_empty(&sbi->s_names), dir1 != dir2);
	exchange_and_check(dir1, dir2, x_dir, y_dir);
	KTEST_EQ(ext2_test_remove_in(dir1, "x"), 0);
	KTEST_EQ(ext2_test_remove_in(dir2, "y"), 0);
}

static void test_exchange_kinds(void)
{
	struct super_block *sb = ext2_test_root();
	int kind;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	KTEST_EQ(ext2_test_mkdir("/kx_a"), 0);
	KTEST_EQ(ext2_test_mkdir("/kx_b"), 0);
	for (kind = 0; kind < 4; kind++) {
		check_kind(sb, "/kx_a", "/kx_b", kind & 1, kind & 2);
		check_kind(sb, "/kx_b", "/kx_a", kind & 1, kind & 2);
		check_kind(sb, "/kx_a", "/kx_a", kind & 1, kind & 2);
	}
	KTEST_EQ(ext2_test_remove("kx_a"), 0);
	KTEST_EQ(ext2_test_remove("kx_b"), 0);
}
KTEST(ext2_exchange_kinds, KTEST_QUICK | KTEST_GROWS, test_exchange_kinds);

/* Take every free block of the volume, into a file that is cut to nothing afterwards. */
static int take_all_space(struct inode *inode)
{
	u64 block = EXT2_NDIR_BLOCKS;
	int err = 0;

	inode_lock(inode);
	while (!err) {
		struct buffer_head bh = { .b_size = 64 << inode->i_blkbits };

		err = ext2_get_block(inode, block, &bh, 1);
		block += bh.b_size >> inode->i_blkbits;
	}
	/* One that an indirect block has no use for. */
	for (block = 0; err == -ENOSPC && block < EXT2_NDIR_BLOCKS; block++) {
		struct buffer_head bh = { .b_size = 1 << inode->i_blkbits };

		if (ext2_get_block(inode, block, &bh, 1) == -ENOSPC)
			break;
	}
	inode_unlock(inode);
	return err;
}

#define USED (3 * EXT2_DIR_REC_LEN(1))	/* by ".", ".." and x or y in their block */

/* A name whose record fits into @left bytes, and as the last one fills them; the record's size. */
static unsigned int filler(char *name, int i, unsigned int left)
{
	unsigned int size = left > 276 ? 264 : left > 264 ? 132 : left;

	memset(name, 'a' + i, 256);
	name[min(size - 8, 255U)] = 0;
	return size;
}

/* Enter or remove names until the first block of @dir is full to the last byte, or as before. */
static void fill_dir(struct super_block *sb, const char *dir, bool enter)
{
	unsigned int left = sb->s_blocksize - USED;
	char name[256];
	int i;

	for (i = 0; left; i++) {
		left -= filler(name, i, left);
		KTEST_EQ(enter ? make(dir, name, false) : ext2_test_remove_in(dir, name), 0);
	}
}

/* Enter or remove the first of those names. */
static void one_name(struct super_block *sb, const char *dir, bool enter)
{
	char name[256];

	filler(name, 0, sb->s_blocksize - USED);
	KTEST_EQ(enter ? make(dir, name, false) : ext2_test_remove_in(dir, name), 0);
}

/* No room for a third entry: refused, and nothing has changed. */
static void check_refused(struct super_block *sb, bool x_dir, bool y_dir)
{
	unsigned long x = entry("/kx_a", "x"), y = entry("/kx_b", "y");
	int n1 = entries("/kx_a"), n2 = entries("/kx_b");
	u64 free = ext2_count_free_blocks(sb);

	KTEST_EQ(ext2_test_move("/kx_a", "x", "/kx_b", "y", RENAME_EXCHANGE), -ENOSPC);
	KTEST_EQ(entry("/kx_a", "x"), x);
	KTEST_EQ(entry("/kx_b", "y"), y);
	KTEST_EQ(ext2_test_links("/kx_a/x", x_dir ? ext2_test_number("/kx_a") : 0), 1 + x_dir);
	KTEST_EQ(ext2_test_links("/kx_b/y", y_dir ? ext2_test_number("/kx_b") : 0), 1 + y_dir);
	KTEST_EQ(ext2_test_links("/kx_a", 0), 2 + x_dir);
	KTEST_EQ(ext2_test_links("/kx_b", 0), 2 + y_dir);
	KTEST_EQ(entries("/kx_a"), n1);
	KTEST_EQ(entries("/kx_b"), n2);
	KTEST_EQ(size_of("/kx_a"), sb->s_blocksize);
	KTEST_EQ(size_of("/kx_b"), sb->s_blocksize);
	KTEST_EQ(ext2_count_free_blocks(sb), free);
}

/* Both directories full, and the disk: refused.  Then room in one, in both, and only on the disk. */
static void check_full(struct super_block *sb, struct file *file, bool x_dir, bool y_dir)
{
	KTEST_EQ(ext2_test_mkdir("/kx_a"), 0);
	KTEST_EQ(ext2_test_mkdir("/kx_b"), 0);
	KTEST_EQ(make("/kx_a", "x", x_dir), 0);
	KTEST_EQ(make("/kx_b", "y", y_dir), 0);
	fill_dir(sb, "/kx_a", true);
	fill_dir(sb, "/kx_b", true);
	KTEST_EQ(vfs_truncate(&file->f_path, 1LL << 30), 0);
	ext2_test_settled_free(sb);
	KTEST_EQ(take_all_space(file_inode(file)), -ENOSPC);
	KTEST_EQ(ext2_count_free_blocks(sb), 0);
	check_refused(sb, x_dir, y_dir);
	one_name(sb, "/kx_a", false);
	exchange_and_check("/kx_a", "/kx_b", x_dir, y_dir);
	one_name(sb, "/kx_b", false);
	exchange_and_check("/kx_a", "/kx_b", y_dir, x_dir);
	KTEST_EQ(size_of("/kx_a") + size_of("/kx_b"), 2 * sb->s_blocksize);
	KTEST_EQ(vfs_truncate(&file->f_path, 0), 0);
	one_name(sb, "/kx_a", true);
	one_name(sb, "/kx_b", true);
	ext2_test_settled_free(sb);
	exchange_and_check("/kx_a", "/kx_b", x_dir, y_dir);
	KTEST_EQ(size_of("/kx_a") + size_of("/kx_b"), 3 * sb->s_blocksize);
	fill_dir(sb, "/kx_a", false);
	fill_dir(sb, "/kx_b", false);
	KTEST_EQ(ext2_test_remove_in("/kx_a", "x"), 0);
	KTEST_EQ(ext2_test_remove_in("/kx_b", "y"), 0);
	KTEST_EQ(ext2_test_remove("kx_a"), 0);
	KTEST_EQ(ext2_test_remove("kx_b"), 0);
}

static void test_exchange_full(void)
{
	struct super_block *sb = ext2_test_root();
	struct file *file;
	u64 before;
	int kind;

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	before = ext2_test_settled_free(sb);
	file = filp_open("/kx_space", O_CREAT | O_RDWR | O_EXCL, 0600);
	KTEST_ASSERT(!IS_ERR(file));
	for (kind = 0; kind < 4; kind++)
		check_full(sb, file, kind & 1, kind & 2);
	fput(file);
	KTEST_EQ(ext2_test_remove("kx_space"), 0);
	KTEST_EQ(ext2_test_settled_free(sb), before);
}
KTEST(ext2_exchange_full, KTEST_QUICK | KTEST_GROWS, test_exchange_full);

/* A third name must not be one that is there. */
static void test_exchange_name_taken(void)
{
	struct super_block *sb = ext2_test_root();
	char name[40];

	if (!sb)
		KTEST_SKIP("the root is no writable ext2");
	KTEST_EQ(ext2_test_mkdir("/kx_a"), 0);
	KTEST_EQ(ext2_test_mkdir("/kx_b"), 0);
	KTEST_EQ(make("/kx_a", "x", false), 0);
	KTEST_EQ(make("/kx_b", "y", false), 0);
	snprintf(name, sizeof(name), ".exchange-%lu.0", ext2_test_number("/kx_a/x"));
	KTEST_EQ(make("/kx_b", name, false), 0);
	ext2_test_settled_free(sb);
	exchange_and_check("/kx_a", "/kx_b", false, false);
	KTEST_EQ(ext2_test_remove_in("/kx_b", name), 0);
	KTEST_EQ(ext2_test_remove_in("/kx_a", "x"), 0);
	KTEST_EQ(ext2_test_remove_in("/kx_b", "y"), 0);
	KTEST_EQ(ext2_test_remove("kx_a"), 0);
	KTEST_EQ(ext2_test_remove("kx_b"), 0);
}
KTEST(ext2_exchange_name_taken, KTEST_QUICK | KTEST_GROWS, test_exchange_name_taken);
