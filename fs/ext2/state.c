// SPDX-License-Identifier: MIT
/*
 * The superblock while mounted: state word, counts, sync, freeze, statfs, remount.
 *
 * While the volume is writable, the VALID bit on the disk is clear, so that a
 * crash is seen at the next mount.  It comes back, with the state word found at
 * mount and any errors since, when the volume is unmounted, goes read-only or is
 * frozen: after everything else has been written.
 *
 * Fields of the superblock buffer change under s_lock.
 */
#include "drivers/block/blkdev.h"
#include "fs/block_dev.h"
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "kernel/lib/string.h"
#include "kernel/x86/time.h"
#include "mm/gfp.h"
#include "mm/writeback.h"

int ext2_commit_super(struct super_block *sb, bool wait)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	u32 blocks = ext2_count_free_blocks(sb);
	u32 inodes = ext2_count_free_inodes(sb);
	int err = 0;

	lock_buffer(sbi->s_sbh);
	spin_lock(&sbi->s_lock);
	sbi->s_es->s_free_blocks_count = cpu_to_le32(blocks);
	sbi->s_es->s_free_inodes_count = cpu_to_le32(inodes);
	sbi->s_es->s_wtime = cpu_to_le32((u32)ktime_get_real_seconds());
	spin_unlock(&sbi->s_lock);
	/* A failed write is no reason not to try again: the buffer still holds the truth. */
	clear_buffer_write_io_error(sbi->s_sbh);
	set_buffer_uptodate(sbi->s_sbh);
	unlock_buffer(sbi->s_sbh);
	mark_buffer_dirty(sbi->s_sbh);
	if (wait)
		err = sync_dirty_buffer(sbi->s_sbh);
	if (err)
		ext2_msg(sb, KERN_ERR, "cannot write the superblock in block %llu",
			 sbi->s_sbh->b_blocknr);
	return err;
}

void ext2_clear_valid(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	spin_lock(&sbi->s_lock);
	sbi->s_es->s_state &= cpu_to_le16(~EXT2_VALID_FS);
	spin_unlock(&sbi->s_lock);
}

void ext2_restore_state(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	spin_lock(&sbi->s_lock);
	sbi->s_es->s_state = cpu_to_le16(sbi->s_mount_state);
	spin_unlock(&sbi->s_lock);
}

/* The volume is about to be written: warn if it looks unwell, count the mount, clear VALID. */
void ext2_setup_writable(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_super_block *es = sbi->s_es;
	s16 max = le16_to_cpu(es->s_max_mnt_count);
	u32 now = (u32)ktime_get_real_seconds();

	if (!(sbi->s_mount_state & EXT2_VALID_FS))
		ext2_msg(sb, KERN_WARNING, "was not unmounted cleanly; running e2fsck is recommended");
	else if (sbi->s_mount_state & EXT2_ERROR_FS)
		ext2_msg(sb, KERN_WARNING, "has known errors; running e2fsck is recommended");
	else if (max > 0 && le16_to_cpu(es->s_mnt_count) >= (u16)max)
		ext2_msg(sb, KERN_WARNING, "maximal mount count reached; running e2fsck is recommended");
	if (es->s_last_orphan)
		ext2_msg(sb, KERN_WARNING,
			 "has a list of deleted inodes (first %u) that only e2fsck can free",
			 le32_to_cpu(es->s_last_orphan));
	spin_lock(&sbi->s_lock);
	if (!max)
		es->s_max_mnt_count = cpu_to_le16((u16)-1);
	le16_add_cpu(&es->s_mnt_count, 1);
	es->s_mtime = cpu_to_le32(now);
	spin_unlock(&sbi->s_lock);
	ext2_clear_valid(sb);
	/* On the disk before the first change is, or a crash could leave a volume that looks clean. */
	ext2_commit_super(sb, true);
	blkdev_issue_flush(sb->s_bdev, GFP_KERNEL, NULL);
}

void ext2_set_ro_compat(struct super_block *sb, u32 feature)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	bool changed = false;

	if (READ_ONCE(sbi->s_es->s_feature_ro_compat) & cpu_to_le32(feature))
		return;
	spin_lock(&sbi->s_lock);
	if (le32_to_cpu(sbi->s_es->s_rev_level) >= EXT2_DYNAMIC_REV) {
		sbi->s_es->s_feature_ro_compat |= cpu_to_le32(feature);
		changed = true;
	}
	spin_unlock(&sbi->s_lock);
	if (changed)
		mark_buffer_dirty(sbi->s_sbh);
}

/* Would ext2_commit_super() change nothing but the time of the last write? Then that is no write. */
static bool super_is_current(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	u32 blocks = ext2_count_free_blocks(sb);
	u32 inodes = ext2_count_free_inodes(sb);
	bool same;

	spin_lock(&sbi->s_lock);
	same = le32_to_cpu(sbi->s_es->s_free_blocks_count) == blocks &&
	       le32_to_cpu(sbi->s_es->s_free_inodes_count) == inodes;
	spin_unlock(&sbi->s_lock);
	return same && !buffer_write_io_error(sbi->s_sbh);
}

/* s_umount held.  With @wait, everything is on the disk when this returns 0. */
int ext2_sync_fs(struct super_block *sb, int wait)
{
	int err, err2;

	if (sb_rdonly(sb))
		return 0;
	err = super_is_current(sb) ? 0 : ext2_commit_super(sb, false);
	if (!wait)
		return err;
	err2 = sync_blockdev(sb->s_bdev);
	if (!err)
		err = err2;
	/* All inodes there are now are promised; see durable.c. */
	WRITE_ONCE(EXT2_SB(sb)->s_epoch, EXT2_SB(sb)->s_epoch + 1);
	/* Cheap now, and it empties the quarantine; flushes the device too. */
	err2 = ext2_pay(sb);
	if (!err)
		err = err2;
	/* Bits that the quarantine gave back. */
	err2 = sync_blockdev(sb->s_bdev);
	if (!err)
		err = err2;
	return err;
}

/* Frozen: a snapshot taken now looks cleanly unmounted, unless deleted files are open. */
int ext2_freeze(struct super_block *sb)
{
	int err;

	if (sb_rdonly(sb))
		return 0;
	err = ext2_sync_fs(sb, 1);
	if (err)
		return err;
	if (atomic_long_read(&sb->s_remove_count))
		return 0;
	ext2_restore_state(sb);
	err = ext2_commit_super(sb, true);
	if (!err)
		err = blkdev_issue_flush(sb->s_bdev, GFP_KERNEL, NULL);
	return err;
}

int ext2_unfreeze(struct super_block *sb)
{
	if (sb_rdonly(sb))
		return 0;
	ext2_clear_valid(sb);
	return ext2_commit_super(sb, true);
}

int ext2_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	struct super_block *sb = dentry->d_sb;
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	u64 kept = le32_to_cpu(READ_ONCE(sbi->s_es->s_r_blocks_count));
	u64 id[2];

	memcpy(id, sbi->s_es->s_uuid, sizeof(id));
	buf->f_type = EXT2_SUPER_MAGIC;
	buf->f_bsize = sb->s_blocksize;
	buf->f_frsize = sb->s_blocksize;
	buf->f_blocks = sbi->s_geo.blocks_count;
	if (!(sbi->s_options & EXT2_MOUNT_MINIX_DF))
		buf->f_blocks -= min(sbi->s_overhead, buf->f_blocks);
	buf->f_bfree = percpu_counter_sum_positive(&sbi->s_free_blocks) +
		       atomic_long_read(&sbi->s_quarantined);
	buf->f_bavail = buf->f_bfree > kept ? buf->f_bfree - kept : 0;
	buf->f_files = sbi->s_geo.inodes_count;
	buf->f_ffree = percpu_counter_sum_positive(&sbi->s_free_inodes);
	buf->f_namelen = EXT2_NAME_LEN;
	buf->f_fsid.val[0] = (u32)(id[0] ^ id[1]);
	buf->f_fsid.val[1] = (u32)((id[0] ^ id[1]) >> 32);
	return 0;
}

/* Read-write to read-only: the last word is the state found at mount. */
static int stop_writing(struct super_block *sb)
{
	int err = ext2_sync_fs(sb, 1);

	if (err)
		return err;
	ext2_restore_state(sb);
	err = ext2_commit_super(sb, true);
	if (!err)
		err = blkdev_issue_flush(sb->s_bdev, GFP_KERNEL, NULL);
	return err;
}

/* s_umount exclusive. */
int ext2_remount(struct super_block *sb, int *flags, char *data)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_options opts = {
		.flags = sbi->s_options,
		.resuid = sbi->s_resuid,
		.resgid = sbi->s_resgid,
	};
	bool readonly = *flags & SB_RDONLY;
	int err = 0;

	sync_filesystem(sb);
	if (!ext2_parse_options(data, sb, &opts))
		return -EINVAL;
	if (opts.sb_block) {
		ext2_msg(sb, KERN_ERR, "sb= cannot be changed by a remount");
		return -EINVAL;
	}
	if (readonly && !sb_rdonly(sb)) {
		err = stop_writing(sb);
	} else if (!readonly && sb_rdonly(sb)) {
		if (sbi->s_sbh->b_blocknr != EXT2_SUPER_OFFSET / sb->s_blocksize)
			return -EROFS;
		if (!ext2_features_ok(sb, sbi->s_es, false))
			return -EROFS;
		sbi->s_mount_state = le16_to_cpu(sbi->s_es->s_state);
		ext2_setup_writable(sb);
	}
	if (err)
		return err;
	sbi->s_options = opts.flags;
	sbi->s_resuid = opts.resuid;
	sbi->s_resgid = opts.resgid;
	return 0;
}
