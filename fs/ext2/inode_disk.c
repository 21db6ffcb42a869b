// SPDX-License-Identifier: MIT
/*
 * Inodes between the disk and memory.
 *
 * An inode lives in a slot of its group's inode table; the slot's buffer is
 * shared with its neighbours.  Copying into it happens under the buffer lock, so
 * that a write in flight never sees half a copy, and the buffer is dirtied
 * afterwards.  Two copies of one inode cannot race in a way that matters: the
 * later one has the newer state, and whoever changes the inode after the copy
 * dirties it again.
 *
 * Times: 32-bit seconds for all, and where the slot is large enough a second
 * word with nanoseconds in the upper 30 bits and two more bits of seconds below.
 */
#include "fs/ext2/ext2.h"
#include "kernel/lib/string.h"
#include "mm/writeback.h"

ext2_fsblk_t ext2_inode_block(struct super_block *sb, unsigned long ino)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	const struct ext2_geometry *geo = &sbi->s_geo;
	u32 index = (ino - 1) % geo->inodes_per_group;

	return (ext2_fsblk_t)le32_to_cpu(
		       sbi->s_groups[(ino - 1) / geo->inodes_per_group].desc->bg_inode_table) +
	       index / geo->inodes_per_block;
}

struct ext2_inode *ext2_raw_inode(struct super_block *sb, unsigned long ino,
				  struct buffer_head **bhp)
{
	const struct ext2_geometry *geo = &EXT2_SB(sb)->s_geo;
	ext2_fsblk_t block;
	u32 slot;

	*bhp = NULL;
	if ((ino != EXT2_ROOT_INO && ino < geo->first_ino) || ino > geo->inodes_count) {
		ext2_error(sb, __func__, "bad inode number %lu", ino);
		return ERR_PTR(-EFSCORRUPTED);
	}
	block = ext2_inode_block(sb, ino);
	*bhp = ext2_bread(sb, block);
	if (!*bhp) {
		ext2_error(sb, __func__, "cannot read inode %lu in block %llu", ino, block);
		return ERR_PTR(-EIO);
	}
	slot = (ino - 1) % geo->inodes_per_group % geo->inodes_per_block;
	return (struct ext2_inode *)((*bhp)->b_data + slot * geo->inode_size);
}

/* Does the extra part of the slot reach behind @field? */
#define HAS_EXTRA(ei, field) \
	(offsetof(struct ext2_inode, field) + sizeof(((struct ext2_inode *)0)->field) <= \
	 EXT2_GOOD_OLD_INODE_SIZE + (size_t)(ei)->i_extra_isize)

static struct timespec64 decode_time(__le32 base, __le32 extra)
{
	struct timespec64 t = { .tv_sec = (s32)le32_to_cpu(base) };
	u32 e = le32_to_cpu(extra);

	t.tv_sec += (time64_t)(e & EXT2_EPOCH_MASK) << 32;
	t.tv_nsec = e >> EXT2_EPOCH_BITS;
	if (t.tv_nsec >= NSEC_PER_SEC)
		t.tv_nsec = NSEC_PER_SEC - 1;
	return t;
}

static __le32 encode_extra(const struct timespec64 *t)
{
	u32 epoch = ((t->tv_sec - (s32)t->tv_sec) >> 32) & EXT2_EPOCH_MASK;

	return cpu_to_le32((u32)t->tv_nsec << EXT2_EPOCH_BITS | epoch);
}

/* Seconds for a slot without the extra word: what does not fit saturates. */
static __le32 encode_short(const struct timespec64 *t)
{
	time64_t sec = clamp(t->tv_sec, (time64_t)S32_MIN, (time64_t)S32_MAX);

	return cpu_to_le32((u32)sec);
}

#define READ_TIME(inode, raw, name)						\
	((inode)->i_##name = decode_time((raw)->i_##name,			\
		HAS_EXTRA(EXT2_I(inode), i_##name##_extra) ? (raw)->i_##name##_extra : 0))

#define WRITE_TIME(inode, raw, name)						\
do {										\
	if (HAS_EXTRA(EXT2_I(inode), i_##name##_extra)) {			\
		(raw)->i_##name = cpu_to_le32((u32)(inode)->i_##name.tv_sec);	\
		(raw)->i_##name##_extra = encode_extra(&(inode)->i_##name);	\
	} else {								\
		(raw)->i_##name = encode_short(&(inode)->i_##name);		\
	}									\
} while (0)

/* Device numbers: 8+8 bits in the first slot of the block pointers, else 12+20 in the second. */
static dev_t decode_dev(const struct ext2_inode *raw)
{
	u32 old = le32_to_cpu(raw->i_block[0]);
	u32 new = le32_to_cpu(raw->i_block[1]);

	if (old)
		return MKDEV((old >> 8) & 0xff, old & 0xff);
	return MKDEV((new & 0xfff00) >> 8, (new & 0xff) | ((new >> 12) & 0xfff00));
}

static void encode_dev(struct ext2_inode *raw, dev_t dev)
{
	u32 major = MAJOR(dev), minor = MINOR(dev);

	if (major < 256 && minor < 256) {
		raw->i_block[0] = cpu_to_le32(major << 8 | minor);
		raw->i_block[1] = 0;
	} else {
		raw->i_block[0] = 0;
		raw->i_block[1] = cpu_to_le32((minor & 0xff) | major << 8 | (minor & ~0xffU) << 12);
		raw->i_block[2] = 0;
	}
}

static bool is_device(umode_t mode)
{
	return S_ISCHR(mode) || S_ISBLK(mode);
}

/* What makes an inode in use unacceptable, or NULL. */
static const char *inode_fault(struct inode *inode, const struct ext2_inode *raw)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	struct super_block *sb = inode->i_sb;
	const struct ext2_geometry *geo = &EXT2_SB(sb)->s_geo;
	loff_t size = inode->i_size;

	if (ei->i_extra_isize % 4 ||
	    ei->i_extra_isize > geo->inode_size - EXT2_GOOD_OLD_INODE_SIZE)
		return "extra size out of range";
	if (ei->i_flags & (EXT4_EXTENTS_FL | EXT4_INLINE_DATA_FL | EXT4_EA_INODE_FL))
		return "flags of a feature that is not enabled";
	if (ei->i_file_acl && !ext2_data_range_ok(sb, ei->i_file_acl, 1))
		return "attribute block out of range";
	if (size < 0 || size > sb->s_maxbytes)
		return "size out of range";
	if (S_ISDIR(inode->i_mode) && (!size || size % geo->block_size))
		return "directory size not a multiple of the block size";
	if (S_ISDIR(inode->i_mode) && (u64)size > (u64)inode->i_blocks << 9)
		return "directory longer than its blocks";
	if (S_ISLNK(inode->i_mode)) {
		u64 acl = ei->i_file_acl ? geo->block_size >> 9 : 0;

		if (!size || size >= PAGE_SIZE ||
		    (inode->i_blocks == acl && size >= (loff_t)sizeof(raw->i_block)) ||
		    (inode->i_blocks != acl && size > (loff_t)geo->block_size))
			return "length of symbolic link out of range";
	}
	switch (inode->i_mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return NULL;
	}
	return "unknown file type";
}

static void read_inode(struct inode *inode, const struct ext2_inode *raw)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	const struct ext2_geometry *geo = &EXT2_SB(inode->i_sb)->s_geo;

	inode->i_mode = le16_to_cpu(raw->i_mode);
	i_uid_write(inode, le16_to_cpu(raw->i_uid) | (u32)le16_to_cpu(raw->i_uid_high) << 16);
	i_gid_write(inode, le16_to_cpu(raw->i_gid) | (u32)le16_to_cpu(raw->i_gid_high) << 16);
	set_nlink(inode, le16_to_cpu(raw->i_links_count));
	inode->i_size = le32_to_cpu(raw->i_size);
	if (S_ISREG(inode->i_mode))
		inode->i_size |= (loff_t)le32_to_cpu(raw->i_size_high) << 32;
	inode->i_blocks = le32_to_cpu(raw->i_blocks);
	inode->i_generation = le32_to_cpu(raw->i_generation);
	inode->i_version = 1;
	ei->i_extra_isize = 0;
	if (geo->inode_size > EXT2_GOOD_OLD_INODE_SIZE)
		ei->i_extra_isize = le16_to_cpu(raw->i_extra_isize);
	READ_TIME(inode, raw, atime);
	READ_TIME(inode, raw, ctime);
	READ_TIME(inode, raw, mtime);
	ei->i_crtime = HAS_EXTRA(ei, i_crtime) ? le32_to_cpu(raw->i_crtime) : 0;
	ei->i_crtime_extra = HAS_EXTRA(ei, i_crtime_extra) ? le32_to_cpu(raw->i_crtime_extra) : 0;
	ei->i_flags = le32_to_cpu(raw->i_flags);
	ei->i_file_acl = le32_to_cpu(raw->i_file_acl);
	ei->i_dtime = 0;
	ei->i_block_group = (inode->i_ino - 1) / geo->inodes_per_group;
	/* It may have changed before it last left memory: the first fsync looks at everything. */
	atomic_long_set(&ei->i_changes, 1);
	set_bit(EXT2_STATE_PROMISED, &ei->i_state_flags);
	memcpy(ei->i_data, raw->i_block, sizeof(ei->i_data));
}

struct inode *ext2_iget(struct super_block *sb, unsigned long ino)
{
	struct inode *inode = iget_locked(sb, ino);
	struct ext2_inode *raw;
	struct buffer_head *bh;
	const char *fault;
	int err;

	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (IS_ERR(inode))
		return inode;
	if (!(inode->i_state & I_NEW))
		return inode;
	raw = ext2_raw_inode(sb, ino, &bh);
	if (IS_ERR(raw)) {
		err = PTR_ERR(raw);
		goto bad;
	}
	err = -ESTALE;
	if (!raw->i_links_count)
		goto bad;
	read_inode(inode, raw);
	fault = inode_fault(inode, raw);
	if (fault) {
		ext2_error(sb, __func__, "inode %lu in block %llu: %s (mode 0%o, size %lld)", ino,
			   bh->b_blocknr, fault, inode->i_mode, inode->i_size);
		err = -EFSCORRUPTED;
		goto bad;
	}
	if (is_device(inode->i_mode))
		inode->i_rdev = decode_dev(raw);
	brelse(bh);
	ext2_set_inode_flags(inode);
	ext2_set_inode_ops(inode);
	unlock_new_inode(inode);
	return inode;
bad:
	brelse(bh);
	iget_failed(inode);
	return ERR_PTR(err);
}

static void fill_raw(struct inode *inode, struct ext2_inode *raw)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	int i;

	raw->i_mode = cpu_to_le16(inode->i_mode);
	raw->i_uid = cpu_to_le16(i_uid_read(inode) & 0xffff);
	raw->i_uid_high = cpu_to_le16(i_uid_read(inode) >> 16);
	raw->i_gid = cpu_to_le16(i_gid_read(inode) & 0xffff);
	raw->i_gid_high = cpu_to_le16(i_gid_read(inode) >> 16);
	if (test_bit(EXT2_STATE_KEPT, &ei->i_state_flags) && !inode->i_nlink)
		raw->i_links_count = cpu_to_le16(1);
	else
		raw->i_links_count = cpu_to_le16(inode->i_nlink);
	raw->i_size = cpu_to_le32((u32)i_size_read(inode));
	if (S_ISREG(inode->i_mode))
		raw->i_size_high = cpu_to_le32((u32)(i_size_read(inode) >> 32));
	WRITE_TIME(inode, raw, atime);
	WRITE_TIME(inode, raw, ctime);
	WRITE_TIME(inode, raw, mtime);
	raw->i_dtime = cpu_to_le32(ei->i_dtime);
	raw->i_blocks = cpu_to_le32((u32)inode->i_blocks);
	raw->i_flags = cpu_to_le32(ei->i_flags);
	raw->i_generation = cpu_to_le32(inode->i_generation);
	raw->i_file_acl = cpu_to_le32(READ_ONCE(ei->i_file_acl));
	if (is_device(inode->i_mode))
		encode_dev(raw, inode->i_rdev);
	else
		for (i = 0; i < EXT2_N_BLOCKS; i++)
			raw->i_block[i] = READ_ONCE(ei->i_data[i]);
}

/* The parts that never change after creation. */
static void fill_raw_new(struct inode *inode, struct ext2_inode *raw)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	u32 size = EXT2_SB(inode->i_sb)->s_geo.inode_size;

	memset(raw, 0, size);
	if (size == EXT2_GOOD_OLD_INODE_SIZE)
		return;
	raw->i_extra_isize = cpu_to_le16(ei->i_extra_isize);
	if (HAS_EXTRA(ei, i_crtime_extra)) {
		raw->i_crtime = cpu_to_le32(ei->i_crtime);
		raw->i_crtime_extra = cpu_to_le32(ei->i_crtime_extra);
	}
}

int ext2_update_inode(struct inode *inode, bool sync)
{
	struct super_block *sb = inode->i_sb;
	struct buffer_head *bh;
	struct ext2_inode *raw = ext2_raw_inode(sb, inode->i_ino, &bh);
	int err = 0;

	if (IS_ERR(raw)) {
		brelse(bh);
		return PTR_ERR(raw);
	}
	if (S_ISREG(inode->i_mode) && i_size_read(inode) > S32_MAX)
		ext2_set_ro_compat(sb, EXT2_FEATURE_RO_COMPAT_LARGE_FILE);
	lock_buffer(bh);
	if (test_and_clear_bit(EXT2_STATE_NEW, &EXT2_I(inode)->i_state_flags))
		fill_raw_new(inode, raw);
	fill_raw(inode, raw);
	unlock_buffer(bh);
	mark_buffer_dirty(bh);
	if (sync) {
		err = sync_dirty_buffer(bh);
		if (err)
			ext2_msg(sb, KERN_ERR, "inode %lu: write error in block %llu",
				 inode->i_ino, bh->b_blocknr);
	}
	brelse(bh);
	return err;
}

/* sync(2) and fsync write the buffers themselves, many at once: for_sync. */
int ext2_write_inode(struct inode *inode, struct writeback_control *wbc)
{
	return ext2_update_inode(inode, wbc->sync_mode == WB_SYNC_ALL && !wbc->for_sync);
}
