// SPDX-License-Identifier: MIT
/*
 * Mounting and unmounting ext2.
 *
 * A volume is taken only when everything that later code computes with has been
 * checked (check.c): the superblock against itself and the device, each group
 * descriptor against its group.  An incompatible feature that is not known, or
 * a contradiction, refuses the mount with a message; a feature that only
 * writers must know lets it be mounted read-only.
 */
#include "drivers/block/blkdev.h"
#include "fs/block_dev.h"
#include "fs/dcache.h"
#include "fs/ext2/ext2.h"
#include "kernel/lib/init.h"
#include "kernel/lib/string.h"
#include "kernel/x86/time.h"
#include "mm/gfp.h"
#include "mm/slab.h"
#include "mm/writeback.h"

static struct kmem_cache *inode_cache;	/* set once, at boot */

static struct inode *ext2_alloc_inode(struct super_block *sb)
{
	struct ext2_inode_info *ei = kmem_cache_alloc(inode_cache, GFP_KERNEL);

	if (!ei)
		return NULL;
	ei->i_window.group = -1;
	ei->i_window.size = 0;
	ei->i_last_lblock = ei->i_last_pblock = 0;
	ei->i_dir_start_lookup = 0;
	ei->i_dir_free_hint = 0;
	ei->i_state_flags = 0;
	ei->i_flags = 0;
	ei->i_file_acl = 0;
	ei->i_dtime = 0;
	ei->i_crtime = ei->i_crtime_extra = 0;
	atomic_long_set(&ei->i_changes, 0);
	ei->i_changes_durable = 0;
	ei->i_epoch = READ_ONCE(EXT2_SB(sb)->s_epoch);
	ei->i_names_seq = 0;
	ei->i_link_seq = 0;
	INIT_LIST_HEAD(&ei->i_names);
	INIT_LIST_HEAD(&ei->i_kept);
	return &ei->vfs_inode;
}

static void ext2_free_in_core_inode(struct inode *inode)
{
	kmem_cache_free(inode_cache, EXT2_I(inode));
}

/* Once for each slab object: what stays initialised between its lives. */
static void inode_ctor(void *object)
{
	struct ext2_inode_info *ei = object;

	memset(ei, 0, sizeof(*ei));
	mutex_init(&ei->i_map_lock);
	mutex_init(&ei->i_fsync_lock);
	seqcount_init(&ei->i_map_seq);
	init_rwsem(&ei->i_xattr_sem);
	inode_init_once(&ei->vfs_inode);
}

bool ext2_features_ok(struct super_block *sb, const struct ext2_super_block *es, bool readonly)
{
	u32 unknown;

	if (le32_to_cpu(es->s_rev_level) == EXT2_GOOD_OLD_REV)
		return true;
	unknown = le32_to_cpu(es->s_feature_incompat) & ~EXT2_FEATURE_INCOMPAT_SUPP;
	if (unknown & EXT3_FEATURE_INCOMPAT_RECOVER)
		ext2_msg(sb, KERN_ERR, "superblock: the journal needs to be replayed first");
	if (unknown) {
		ext2_msg(sb, KERN_ERR, "superblock: unsupported incompatible features 0x%x",
			 unknown);
		return false;
	}
	unknown = le32_to_cpu(es->s_feature_ro_compat) & ~EXT2_FEATURE_RO_COMPAT_SUPP;
	if (unknown && !readonly) {
		ext2_msg(sb, KERN_WARNING,
			 "superblock: unsupported features 0x%x, only a read-only mount is possible",
			 unknown);
		return false;
	}
	return true;
}

/* Options that the superblock asks for, before those of the mount call. */
static void default_options(const struct ext2_super_block *es, struct ext2_options *opts)
{
	u32 defm = le32_to_cpu(es->s_default_mount_opts);

	opts->flags = EXT2_MOUNT_XATTR_USER;
	if (defm & EXT2_DEFM_BSDGROUPS)
		opts->flags |= EXT2_MOUNT_GRPID;
	switch (le16_to_cpu(es->s_errors)) {
	case EXT2_ERRORS_PANIC:
		opts->flags |= EXT2_MOUNT_ERRORS_PANIC;
		break;
	case EXT2_ERRORS_RO:
		opts->flags |= EXT2_MOUNT_ERRORS_RO;
		break;
	default:
		opts->flags |= EXT2_MOUNT_ERRORS_CONT;
	}
	opts->resuid = le16_to_cpu(es->s_def_resuid);
	opts->resgid = le16_to_cpu(es->s_def_resgid);
}

/* Read the superblock at byte @offset with the device's present block size. */
static int read_super(struct super_block *sb, u64 offset)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	brelse(sbi->s_sbh);
	sbi->s_sbh = sb_bread(sb, offset >> sb->s_blocksize_bits);
	if (!sbi->s_sbh) {
		ext2_msg(sb, KERN_ERR, "cannot read the superblock at byte %llu", offset);
		return -EIO;
	}
	sbi->s_es = (struct ext2_super_block *)(sbi->s_sbh->b_data +
						(offset & (sb->s_blocksize - 1)));
	return 0;
}

static int check_super(struct super_block *sb, bool silent)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_fault fault;

	if (le16_to_cpu(sbi->s_es->s_magic) != EXT2_SUPER_MAGIC) {
		if (!silent)
			ext2_msg(sb, KERN_ERR, "no ext2 file system: bad magic number 0x%x",
				 le16_to_cpu(sbi->s_es->s_magic));
		return -EINVAL;
	}
	if (!ext2_features_ok(sb, sbi->s_es, true))
		return -EINVAL;
	if (!ext2_check_super(sbi->s_es, blkdev_size(sb->s_bdev), &sbi->s_geo, &fault)) {
		ext2_msg(sb, KERN_ERR, "superblock in block %llu: %s (%llu)",
			 sbi->s_sbh->b_blocknr, fault.what, fault.value);
		return -EFSCORRUPTED;
	}
	return 0;
}

/* Find the superblock, with the device set to the volume's block size. */
static int find_super(struct super_block *sb, char *data, bool silent, struct ext2_options *opts)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_options first = { .sb_block = 1 };
	u64 offset;
	int err;

	if (!sb_min_blocksize(sb, EXT2_MIN_BLOCK_SIZE)) {
		ext2_msg(sb, KERN_ERR, "the device's sectors are larger than blocks can be");
		return -EINVAL;
	}
	/* sb= decides what is read; the rest is parsed again on top of the defaults found. */
	if (data) {
		char *copy = kstrdup(data, GFP_KERNEL);
		bool ok = copy && ext2_parse_options(copy, sb, &first);

		kfree(copy);
		if (!ok)
			return copy ? -EINVAL : -ENOMEM;
	}
	offset = (u64)first.sb_block * EXT2_MIN_BLOCK_SIZE;
	err = read_super(sb, offset);
	if (!err)
		err = check_super(sb, silent);
	if (err)
		return err;
	if (sb->s_blocksize != sbi->s_geo.block_size) {
		unsigned int size = sbi->s_geo.block_size;

		brelse(sbi->s_sbh);
		sbi->s_sbh = NULL;
		if (!sb_set_blocksize(sb, size)) {
			ext2_msg(sb, KERN_ERR, "the device cannot do blocks of %u bytes", size);
			return -EINVAL;
		}
		err = read_super(sb, offset);
		if (!err)
			err = check_super(sb, silent);
		if (err)
			return err;
		if (sbi->s_geo.block_size != size) {
			ext2_msg(sb, KERN_ERR, "the superblock changes while it is read");
			return -EIO;
		}
	}
	default_options(sbi->s_es, opts);
	opts->sb_block = 1;
	return ext2_parse_options(data, sb, opts) ? 0 : -EINVAL;
}

static void init_sb_info(struct super_block *sb, struct ext2_sb_info *sbi)
{
	sbi->s_sb = sb;
	spin_lock_init(&sbi->s_lock);
	spin_lock_init(&sbi->s_names_lock);
	spin_lock_init(&sbi->s_quarantine_lock);
	init_rwsem(&sbi->s_promise_sem);
	mutex_init(&sbi->s_durable_lock);
	mutex_init(&sbi->s_owed_lock);
	mutex_init(&sbi->s_xattr_lock);
	INIT_LIST_HEAD(&sbi->s_names);
	INIT_LIST_HEAD(&sbi->s_kept);
	INIT_LIST_HEAD(&sbi->s_quarantine);
	xa_init(&sbi->s_owed);
	sbi->s_error_limit = (struct ratelimit_state)RATELIMIT_STATE_INIT;
	sbi->s_next_generation = (u32)ktime_get_real_ns();
}

static int init_counters(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	int err = percpu_counter_init(&sbi->s_free_blocks, ext2_count_free_blocks(sb), GFP_KERNEL);

	if (!err)
		err = percpu_counter_init(&sbi->s_free_inodes, ext2_count_free_inodes(sb),
					  GFP_KERNEL);
	if (!err)
		err = percpu_counter_init(&sbi->s_dirs, ext2_count_dirs(sb), GFP_KERNEL);
	return err;
}

static void free_sb_info(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	percpu_counter_destroy(&sbi->s_free_blocks);
	percpu_counter_destroy(&sbi->s_free_inodes);
	percpu_counter_destroy(&sbi->s_dirs);
	ext2_release_groups(sb);
	brelse(sbi->s_sbh);
	sb->s_fs_info = NULL;
	kfree(sbi);
}

static void setup_limits(struct super_block *sb)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);

	sb->s_magic = EXT2_SUPER_MAGIC;
	sb->s_maxbytes = ext2_max_size(&sbi->s_geo);
	sb->s_max_links = EXT2_LINK_MAX;
	sb->s_time_min = S32_MIN;
	if (sbi->s_geo.inode_size >= sizeof(struct ext2_inode)) {
		sb->s_time_gran = 1;
		sb->s_time_max = (time64_t)S32_MAX + (3LL << 32);
	} else {
		sb->s_time_gran = NSEC_PER_SEC;
		sb->s_time_max = S32_MAX;
	}
	memcpy(sb->s_uuid, sbi->s_es->s_uuid, sizeof(sb->s_uuid));
}

static int make_root(struct super_block *sb)
{
	struct inode *root = ext2_iget(sb, EXT2_ROOT_INO);

	if (IS_ERR(root)) {
		ext2_msg(sb, KERN_ERR, "cannot read the root directory (inode block %llu)",
			 ext2_inode_block(sb, EXT2_ROOT_INO));
		return PTR_ERR(root) == -ESTALE ? -EFSCORRUPTED : PTR_ERR(root);
	}
	if (!S_ISDIR(root->i_mode) || !root->i_blocks) {
		ext2_msg(sb, KERN_ERR, "the root inode in block %llu is no directory",
			 ext2_inode_block(sb, EXT2_ROOT_INO));
		iput(root);
		return -EFSCORRUPTED;
	}
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static int ext2_fill_super(struct super_block *sb, void *data, int silent)
{
	struct ext2_sb_info *sbi = kzalloc(sizeof(*sbi), GFP_KERNEL);
	struct ext2_options opts;
	int err;

	if (!sbi)
		return -ENOMEM;
	sb->s_fs_info = sbi;
	init_sb_info(sb, sbi);
	err = find_super(sb, data, silent, &opts);
	if (err)
		goto fail;
	sbi->s_options = opts.flags;
	sbi->s_resuid = opts.resuid;
	sbi->s_resgid = opts.resgid;
	sbi->s_sb_block = opts.sb_block;
	sbi->s_mount_state = le16_to_cpu(sbi->s_es->s_state);
	err = -EROFS;
	if (!sb_rdonly(sb) && opts.sb_block != 1) {
		ext2_msg(sb, KERN_ERR, "a superblock copy can only be mounted read-only");
		goto fail;
	}
	if (!sb_rdonly(sb) && !ext2_features_ok(sb, sbi->s_es, false))
		sb->s_flags |= SB_RDONLY;
	setup_limits(sb);
	sb->s_op = &ext2_super_operations;
	sb->s_xattr = ext2_xattr_handlers;
	sb->s_export_op = &ext2_export_operations;
	err = ext2_load_groups(sb);
	if (!err)
		err = init_counters(sb);
	if (!err)
		err = make_root(sb);
	if (err)
		goto fail;
	if (!sb_rdonly(sb))
		ext2_setup_writable(sb);
	return 0;
fail:
	free_sb_info(sb);
	return err;
}

/* s_umount exclusive; all inodes are gone. */
static void ext2_put_super(struct super_block *sb)
{
	if (!sb_rdonly(sb) && !ext2_sync_fs(sb, 1)) {
		/* Everything is on the disk: only now may it be called clean. */
		ext2_restore_state(sb);
		ext2_commit_super(sb, true);
		blkdev_issue_flush(sb->s_bdev, GFP_KERNEL, NULL);
	}
	ext2_drop_owed(sb);
	free_sb_info(sb);
}

const struct super_operations ext2_super_operations = {
	.alloc_inode = ext2_alloc_inode,
	.free_inode = ext2_free_in_core_inode,
	.write_inode = ext2_write_inode,
	.evict_inode = ext2_evict_inode,
	.put_super = ext2_put_super,
	.sync_fs = ext2_sync_fs,
	.freeze_fs = ext2_freeze,
	.unfreeze_fs = ext2_unfreeze,
	.statfs = ext2_statfs,
	.remount_fs = ext2_remount,
	.show_options = ext2_show_options,
};

static struct dentry *ext2_mount(struct file_system_type *type, int flags, const char *dev_name,
				 void *data)
{
	return mount_bdev(type, flags, dev_name, data, ext2_fill_super);
}

static void ext2_kill_sb(struct super_block *sb)
{
	/* After a mount that failed there is nothing; after an error nobody synced. */
	if (sb->s_fs_info)
		ext2_let_kept_go(sb);
	kill_block_super(sb);
}

static struct file_system_type ext2_type = {
	.name = "ext2",
	.fs_flags = FS_REQUIRES_DEV,
	.mount = ext2_mount,
	.kill_sb = ext2_kill_sb,
};

static int init_ext2(void)
{
	inode_cache = kmem_cache_create("ext2_inode", sizeof(struct ext2_inode_info), 0,
					SLAB_RECLAIM_ACCOUNT, inode_ctor);
	if (!inode_cache)
		return -ENOMEM;
	return register_filesystem(&ext2_type);
}
fs_initcall(init_ext2);
