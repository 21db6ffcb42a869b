// SPDX-License-Identifier: MIT
/*
 * ext2: the checks that stand between the disk and the code that believes it,
 * and the arithmetic of block paths.  No disk is needed.
 */
#include "fs/ext2/ext2.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/string.h"
#include "mm/slab.h"
#include "tests/kernel/ktest.h"

#define DEVICE_BYTES	(20480ULL * 1024)

/* A sound superblock of two full groups of 8192 blocks and a part, 1 KiB blocks. */
static void make_super(struct ext2_super_block *es)
{
	memset(es, 0, sizeof(*es));
	es->s_magic = cpu_to_le16(EXT2_SUPER_MAGIC);
	es->s_rev_level = cpu_to_le32(EXT2_DYNAMIC_REV);
	es->s_blocks_count = cpu_to_le32(20480);
	es->s_first_data_block = cpu_to_le32(1);
	es->s_blocks_per_group = cpu_to_le32(8192);
	es->s_frags_per_group = cpu_to_le32(8192);
	es->s_inodes_per_group = cpu_to_le32(512);
	es->s_inodes_count = cpu_to_le32(3 * 512);
	es->s_first_ino = cpu_to_le32(11);
	es->s_inode_size = cpu_to_le16(256);
	es->s_feature_incompat = cpu_to_le32(EXT2_FEATURE_INCOMPAT_FILETYPE);
	es->s_feature_ro_compat = cpu_to_le32(EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER);
}

static bool sound(const struct ext2_super_block *es)
{
	struct ext2_geometry geo;
	struct ext2_fault fault = { NULL };
	bool ok = ext2_check_super(es, DEVICE_BYTES, &geo, &fault);

	/* A refusal always says why. */
	return ok || !fault.what;
}

static void test_super_fields(void)
{
	static const struct {
		unsigned int offset;
		u32 bad;
	} cases[] = {
		{ offsetof(struct ext2_super_block, s_rev_level), 2 },
		{ offsetof(struct ext2_super_block, s_log_block_size), 3 },
		{ offsetof(struct ext2_super_block, s_log_block_size), 0x80000000 },
		{ offsetof(struct ext2_super_block, s_log_frag_size), 1 },
		{ offsetof(struct ext2_super_block, s_first_data_block), 0 },
		{ offsetof(struct ext2_super_block, s_blocks_count), 1 },
		{ offsetof(struct ext2_super_block, s_blocks_count), 20481 },
		{ offsetof(struct ext2_super_block, s_blocks_count), 0xffffffff },
		{ offsetof(struct ext2_super_block, s_r_blocks_count), 20481 },
		{ offsetof(struct ext2_super_block, s_blocks_per_group), 0 },
		{ offsetof(struct ext2_super_block, s_blocks_per_group), 8200 },
		{ offsetof(struct ext2_super_block, s_blocks_per_group), 8191 },
		{ offsetof(struct ext2_super_block, s_inodes_per_group), 0 },
		{ offsetof(struct ext2_super_block, s_inodes_per_group), 8200 },
		{ offsetof(struct ext2_super_block, s_inodes_per_group), 520 },
		{ offsetof(struct ext2_super_block, s_inodes_count), 0 },
		{ offsetof(struct ext2_super_block, s_first_ino), 2 },
		{ offsetof(struct ext2_super_block, s_first_ino), 1537 },
		{ offsetof(struct ext2_super_block, s_inode_size), 0 },
		{ offsetof(struct ext2_super_block, s_inode_size), 192 },
		{ offsetof(struct ext2_super_block, s_inode_size), 2048 },
	};
	struct ext2_super_block *es = kmalloc(sizeof(*es), GFP_KERNEL);
	unsigned int i;

	KTEST_ASSERT(es);
	make_super(es);
	KTEST_EQ(sound(es), true);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		make_super(es);
		if (cases[i].offset == offsetof(struct ext2_super_block, s_inode_size))
			es->s_inode_size = cpu_to_le16(cases[i].bad);
		else
			memcpy((char *)es + cases[i].offset, &cases[i].bad, sizeof(u32));
		if (sound(es))
			pr_err("ext2: superblock case %u was accepted\n", i);
		KTEST_EQ(sound(es), false);
	}
	kfree(es);
}
KTEST(ext2_super_fields, KTEST_QUICK, test_super_fields);

static void test_sparse_super(void)
{
	static const u32 with[] = { 0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125, 243, 343 };
	struct ext2_geometry geo = { .sparse_super = true };
	u32 group, next = 0;

	for (group = 0; group < 344; group++) {
		bool want = next < ARRAY_SIZE(with) && with[next] == group;

		KTEST_EQ(ext2_geo_has_super(&geo, group), want);
		next += want;
	}
}
KTEST(ext2_sparse_super, KTEST_QUICK, test_sparse_super);

/* Descriptors that would lead outside the group, or onto each other. */
static void test_descriptors(void)
{
	struct ext2_super_block *es = kmalloc(sizeof(*es), GFP_KERNEL);
	struct ext2_group_desc good = { .bg_block_bitmap = cpu_to_le32(8195),
					.bg_inode_bitmap = cpu_to_le32(8196),
					.bg_inode_table = cpu_to_le32(8197),
					.bg_free_blocks_count = cpu_to_le16(8000),
					.bg_free_inodes_count = cpu_to_le16(512) };
	struct ext2_geometry geo;
	struct ext2_fault fault;
	struct ext2_group_desc gd;

	KTEST_ASSERT(es);
	make_super(es);
	KTEST_EQ(ext2_check_super(es, DEVICE_BYTES, &geo, &fault), true);
	kfree(es);
	KTEST_EQ(geo.groups_count, 3);
	KTEST_EQ(geo.itable_blocks, 128);
	KTEST_EQ(ext2_check_desc(&geo, 1, &good, &fault), true);
#define BAD(field, value) \
	(gd = good, gd.field = (value), ext2_check_desc(&geo, 1, &gd, &fault))
	KTEST_EQ(BAD(bg_block_bitmap, 0), false);
	KTEST_EQ(BAD(bg_block_bitmap, 8193), false);	/* the superblock copy */
	KTEST_EQ(BAD(bg_block_bitmap, 16385), false);	/* the next group */
	KTEST_EQ(BAD(bg_block_bitmap, 8196), false);	/* the inode bitmap */
	KTEST_EQ(BAD(bg_inode_bitmap, 8300), false);	/* inside the table */
	KTEST_EQ(BAD(bg_inode_table, 16300), false);	/* runs out of the group */
	KTEST_EQ(BAD(bg_inode_table, 0xffffffff), false);
	KTEST_EQ(BAD(bg_free_blocks_count, 8193), false);
	KTEST_EQ(BAD(bg_free_inodes_count, 513), false);
	KTEST_EQ(BAD(bg_used_dirs_count, 513), false);
#undef BAD
	KTEST_EQ(ext2_check_data_range(&geo, 1, &good, 8193, 1), false);
	KTEST_EQ(ext2_check_data_range(&geo, 1, &good, 8195, 1), false);
	KTEST_EQ(ext2_check_data_range(&geo, 1, &good, 8324, 1), false);
	KTEST_EQ(ext2_check_data_range(&geo, 1, &good, 8325, 100), true);
}
KTEST(ext2_descriptors, KTEST_QUICK, test_descriptors);

static void test_dirents(void)
{
	char *block = kzalloc(1024, GFP_KERNEL);
	struct ext2_dir_entry *de = (struct ext2_dir_entry *)block;

	KTEST_ASSERT(block);
	de->inode = cpu_to_le32(12);
	de->name_len = 5;
	de->rec_len = cpu_to_le16(1024);
	KTEST_EQ(ext2_check_dirent(block, 1024, 0, 100) == NULL, true);
#define BAD(field, value) \
	({ typeof(de->field) __old = de->field; const char *__what; de->field = (value); \
	   __what = ext2_check_dirent(block, 1024, 0, 100); de->field = __old; __what != NULL; })
	KTEST_EQ(BAD(rec_len, 0), true);
	KTEST_EQ(BAD(rec_len, 8), true);
	KTEST_EQ(BAD(rec_len, 12), true);	/* too short for the name */
	KTEST_EQ(BAD(rec_len, 1022), true);
	KTEST_EQ(BAD(rec_len, 1028), true);
	KTEST_EQ(BAD(inode, 101), true);
	KTEST_EQ(BAD(name_len, 0), true);
#undef BAD
	KTEST_EQ(ext2_check_dirent(block, 1024, 1016, 100) != NULL, true);
	kfree(block);
}
KTEST(ext2_dirents, KTEST_QUICK, test_dirents);

static void check_path(unsigned int block_bits, u64 iblock, int depth, u32 first, u32 last)
{
	struct ext2_geometry geo = { .block_bits = block_bits };
	u32 offsets[4] = { 0 }, boundary;

	KTEST_EQ(ext2_block_to_path(&geo, iblock, offsets, &boundary), depth);
	if (!depth)
		return;
	KTEST_EQ(offsets[0], first);
	KTEST_EQ(offsets[depth - 1], last);
}

static void test_paths(void)
{
	unsigned int bits;

	for (bits = 10; bits <= 12; bits++) {
		u64 p = 1ULL << (bits - 2);

		check_path(bits, 0, 1, 0, 0);
		check_path(bits, 11, 1, 11, 11);
		check_path(bits, 12, 2, 12, 0);
		check_path(bits, 12 + p - 1, 2, 12, p - 1);
		check_path(bits, 12 + p, 3, 13, 0);
		check_path(bits, 12 + p + p * p - 1, 3, 13, p - 1);
		check_path(bits, 12 + p + p * p, 4, 14, 0);
		check_path(bits, 12 + p + p * p + p * p * p - 1, 4, 14, p - 1);
		check_path(bits, 12 + p + p * p + p * p * p, 0, 0, 0);
		check_path(bits, ~0ULL, 0, 0, 0);
	}
}
KTEST(ext2_block_paths, KTEST_QUICK, test_paths);

/* Windows of one group never overlap, start on a free bit, and end inside the group. */
static void test_windows(void)
{
	struct ext2_window *w = kcalloc(64, sizeof(*w), GFP_KERNEL);
	unsigned long *map = kzalloc(1024, GFP_KERNEL);
	struct ext2_group *grp = kzalloc(sizeof(*grp), GFP_KERNEL);
	unsigned int i, j, opened = 0;

	KTEST_ASSERT(w && map && grp);
	spin_lock_init(&grp->lock);
	for (i = 0; i < 8192; i += 3)
		__set_bit(i, map);
	for (i = 0; i < 64; i++)
		w[i].group = -1;
	spin_lock(&grp->lock);
	for (i = 0; i < 400; i++) {
		struct ext2_window *x = &w[i * 7 % 64];

		if (x->group >= 0)
			ext2_window_close(grp, x);
		opened += ext2_window_open(grp, x, 0, map, i * 37 % 600, 700);
	}
	spin_unlock(&grp->lock);
	KTEST_EQ(opened > 64, true);
	for (i = 0; i < 64; i++) {
		if (w[i].group < 0)
			continue;
		KTEST_EQ(test_bit(w[i].start, map), 0);
		KTEST_EQ(w[i].end < 700 && w[i].start <= w[i].end, true);
		for (j = 0; j < i; j++)
			KTEST_EQ(w[j].group >= 0 && w[j].start <= w[i].end &&
				 w[i].start <= w[j].end, false);
	}
	kfree(grp);
	kfree(map);
	kfree(w);
}
KTEST(ext2_windows, KTEST_QUICK, test_windows);
