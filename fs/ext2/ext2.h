/* SPDX-License-Identifier: MIT */
/*
 * The second extended file system: what its files share in memory.
 *
 * Locks of this file system, outermost first (docs/locking-order.md has the
 * whole order; everything here sits below the page lock unless said otherwise):
 *
 *   s_promise_sem    rwsem, one for each volume.  Shared while names are changed in a
 *                    way that a promise would forbid; exclusive for the moment in which
 *                    an ext2_pay() begins.  Page locks are taken under it.
 *   s_durable_lock   mutex, one for each volume.  Held while fsync makes names and
 *                    frees durable; taken outside the page lock.
 *   i_fsync_lock     mutex of one inode, under s_durable_lock: one writer of its
 *                    metadata at a time.  Page locks are taken under it.
 *   i_map_lock       mutex of one inode, "the block-map lock": allocation and
 *                    freeing of its blocks.  Page locks may be held by the taker;
 *                    no page of a file is locked under it.
 *   i_xattr_sem      rwsem of one inode: its attribute block.  Blocks are
 *                    allocated under it.
 *   s_owed_lock      mutex, one for each volume: buffers that are owed to the disk
 *                    are being written.  Only buffer and group locks inside.
 *   s_xattr_lock     mutex: reference counts of shared attribute blocks.
 *   group->lock      spinlock of one block group: its bitmaps, descriptor and
 *                    reservation windows.  Innermost together with the next two.
 *   s_lock           spinlock: superblock buffer fields and mount state.
 *   s_names_lock     spinlock: list of directories that wait for an fsync.
 *                    i_lock is taken under it (igrab).
 *
 * Memory allocated under i_map_lock must not enter the file system again
 * (reclaim could write a page of the same inode): ext2_map_lock() opens a
 * no-fs allocation scope.
 */
#ifndef FS_EXT2_EXT2_H
#define FS_EXT2_EXT2_H

#include "fs/fs.h"
#include "fs/buffer_head.h"
#include "fs/ext2/ext2_fs.h"
#include "fs/ext2/check.h"
#include "kernel/lib/byteorder.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/xarray.h"
#include "kernel/lock/mutex.h"
#include "kernel/lock/rwsem.h"
#include "kernel/lock/seqlock.h"
#include "kernel/lock/spinlock.h"
#include "kernel/lib/percpu_counter.h"

#define EFSCORRUPTED	EUCLEAN	/* the image contradicts itself */

typedef u64 ext2_fsblk_t;	/* block number on the volume */

/*
 * A stretch of free blocks in one group that an inode means to fill next.
 * Others stay out of it while there is room elsewhere, so that files growing
 * at the same time do not interleave.
 *
 * @node, and @start and @end while @group is set, are guarded by the lock of
 * that group; @group itself and @size by the owner's i_map_lock.
 */
struct ext2_window {
	struct rb_node node;
	u32 start, end;		/* bits of the group, both inclusive */
	int group;		/* -1: no window */
	u32 size;		/* blocks to ask for next time; doubles as windows fill up */
};

/* One block group.  All fields are guarded by @lock, except where noted. */
struct ext2_group {
	spinlock_t lock;
	unsigned int flags;		/* EXT2_GROUP_*; read without the lock as a hint */
	struct ext2_group_desc *desc;	/* in desc_bh; pointer immutable */
	struct buffer_head *desc_bh;	/* pinned while mounted; pointer immutable */
	struct rb_root windows;		/* ext2_window by start */
};

#define EXT2_GROUP_BAD_BLOCKS	1	/* its block bitmap failed a check: do not allocate */
#define EXT2_GROUP_BAD_INODES	2
/* A bitmap buffer that has been checked since it was read. */
#define BH_Ext2Checked		BH_PrivateStart
BUFFER_FNS(Ext2Checked, ext2_checked)

/* The group's counts changed.  A failed write leaves the pinned buffer as true as it was. */
static inline void ext2_dirty_desc(struct ext2_group *grp)
{
	set_buffer_uptodate(grp->desc_bh);
	mark_buffer_dirty(grp->desc_bh);
}

/* Mount options, s_options. */
#define EXT2_MOUNT_ERRORS_CONT	0x0010
#define EXT2_MOUNT_ERRORS_RO	0x0020
#define EXT2_MOUNT_ERRORS_PANIC	0x0040
#define EXT2_MOUNT_ERRORS_MASK	0x0070
#define EXT2_MOUNT_GRPID	0x0004
#define EXT2_MOUNT_MINIX_DF	0x0080
#define EXT2_MOUNT_XATTR_USER	0x4000

/* One mounted volume (sb->s_fs_info). */
struct ext2_sb_info {
	struct super_block *s_sb;
	struct ext2_geometry s_geo;	/* immutable */
	struct ext2_group *s_groups;	/* s_geo.groups_count; immutable */
	struct buffer_head *s_sbh;	/* holds the superblock; immutable */
	struct ext2_super_block *s_es;	/* in s_sbh; fields under s_lock */
	spinlock_t s_lock;
	u16 s_mount_state;		/* s_state to restore at unmount; s_lock */
	unsigned long s_options;	/* EXT2_MOUNT_*; written under s_umount exclusive */
	u32 s_resuid, s_resgid;		/* who may use the reserved blocks; as s_options */
	u32 s_sb_block;			/* where the superblock was read, in 1 KiB units; immutable */
	ext2_fsblk_t s_overhead;	/* blocks that can never hold data; immutable */
	u32 s_next_generation;		/* s_lock */
	struct ratelimit_state s_error_limit;

	struct percpu_counter s_free_blocks;
	struct percpu_counter s_free_inodes;
	struct percpu_counter s_dirs;

	/* See durable.c. */
	struct rw_semaphore s_promise_sem;
	struct mutex s_durable_lock;
	spinlock_t s_names_lock;
	struct list_head s_names;	/* ext2_inode_info.i_names; s_names_lock */
	u64 s_names_seq;		/* additions so far; s_names_lock */
	u64 s_promised_seq;		/* s_names_seq when the last ext2_pay() began; s_names_lock */
	u64 s_paid_seq;			/* the same for the last that succeeded; s_names_lock */
	u64 s_forgotten_seq;		/* largest i_link_seq of evicted files with several names; s_names_lock */
	unsigned long s_pay_errors;	/* names that could not be written; s_durable_lock, read without */
	struct list_head s_kept;	/* ext2_inode_info.i_kept, each with a reference; s_names_lock */
	unsigned int s_kept_count;	/* s_names_lock; read without it as a hint */
	u64 s_kept_sectors;		/* their i_blocks; as s_kept_count */
	u64 s_epoch;			/* sync(2)s so far; written under s_umount */
	struct mutex s_owed_lock;	/* one ext2_settle() at a time */
	struct xarray s_owed;		/* blocks to write before an fsync returns; own lock */
	spinlock_t s_quarantine_lock;
	struct list_head s_quarantine;	/* freed blocks; s_quarantine_lock */
	atomic_long_t s_quarantined;	/* how many */

	struct mutex s_xattr_lock;
};

/* i_state_flags of an inode, atomic bit operations. */
#define EXT2_STATE_NEW		0	/* not written yet: its slot on the disk is stale */
#define EXT2_STATE_PROMISED	1	/* see ext2_promised() */
#define EXT2_STATE_KEPT		2	/* has no name, but the disk is to show one link; durable.c */

struct ext2_inode_info {
	/*
	 * Block pointers as on the disk, or the text of a fast symlink.  Written
	 * under i_map_lock inside an i_map_seq write section; see blockmap.c for
	 * reading without the lock.
	 */
	__le32 i_data[EXT2_N_BLOCKS];
	struct mutex i_map_lock;
	seqcount_t i_map_seq;
	struct ext2_window i_window;	/* see struct ext2_window */
	u64 i_last_lblock;		/* last file block allocated + 1; i_map_lock */
	u64 i_last_pblock;		/* where that would best go; 0: unknown; i_map_lock */

	u32 i_flags;			/* EXT2_*_FL; i_rwsem exclusive */
	u32 i_dtime;			/* seconds; written at creation and eviction only */
	u32 i_block_group;		/* of the inode; immutable */
	u32 i_dir_start_lookup;		/* page to look in first: a hint, not guarded */
	pgoff_t i_dir_free_hint;	/* pages below have little room; i_rwsem exclusive */
	u16 i_extra_isize;		/* bytes behind the first 128 in use; immutable */
	u32 i_crtime, i_crtime_extra;	/* as on the disk; immutable */
	unsigned long i_state_flags;	/* EXT2_STATE_* */

	struct rw_semaphore i_xattr_sem;
	u32 i_file_acl;			/* attribute block or 0; i_xattr_sem */

	struct mutex i_fsync_lock;	/* one fsync at a time writes this inode; see durable.c */
	struct list_head i_names;	/* in s_names, or empty; s_names_lock */
	u64 i_names_seq;		/* which addition was its last; 0: none; s_names_lock */
	u64 i_link_seq;			/* not a directory: when it last got a name; 0: not since it was read; s_names_lock */
	struct list_head i_kept;	/* in s_kept; s_names_lock */
	u64 i_epoch;			/* s_epoch when it was created; immutable */
	atomic_long_t i_changes;	/* blocks and names it got so far */
	long i_changes_durable;		/* how many of them a flush has covered; atomic accesses */
	struct inode vfs_inode;
};

static inline struct ext2_inode_info *EXT2_I(const struct inode *inode)
{
	return container_of(inode, struct ext2_inode_info, vfs_inode);
}

static inline struct ext2_sb_info *EXT2_SB(const struct super_block *sb)
{
	return sb->s_fs_info;
}

/* ---- super.c, options.c, state.c ---- */

/*
 * Report a contradiction on the volume, mark it as having errors and act as
 * errors= says.  Name the block.  May sleep; no spinlock held.
 */
void ext2_error(struct super_block *sb, const char *function, const char *fmt, ...)
	__printf(3, 4);
/* Report something odd that needs no action. */
void ext2_msg(struct super_block *sb, const char *level, const char *fmt, ...) __printf(3, 4);

struct ext2_options {
	unsigned long flags;	/* EXT2_MOUNT_* */
	u32 resuid, resgid;
	u32 sb_block;		/* superblock copy to mount from, in 1 KiB units */
};
/* False with a message if @text has an unknown or malformed option. */
bool ext2_parse_options(char *text, struct super_block *sb, struct ext2_options *opts);
int ext2_show_options(struct seq_file *m, struct dentry *root);

void ext2_setup_writable(struct super_block *sb);
/* Bring the superblock buffer up to date; @wait: write it and wait.  0 or -EIO. */
int ext2_commit_super(struct super_block *sb, bool wait);
void ext2_clear_valid(struct super_block *sb);
void ext2_restore_state(struct super_block *sb);
int ext2_sync_fs(struct super_block *sb, int wait);
int ext2_freeze(struct super_block *sb);
int ext2_unfreeze(struct super_block *sb);
int ext2_statfs(struct dentry *dentry, struct kstatfs *buf);
int ext2_remount(struct super_block *sb, int *flags, char *data);
bool ext2_features_ok(struct super_block *sb, const struct ext2_super_block *es, bool readonly);
/* Set a ro-compat feature on first use (large files). */
void ext2_set_ro_compat(struct super_block *sb, u32 feature);

/* ---- groups.c ---- */

int ext2_load_groups(struct super_block *sb);	/* 0 or -errno with a message */
void ext2_release_groups(struct super_block *sb);
ext2_fsblk_t ext2_count_free_blocks(struct super_block *sb);
unsigned long ext2_count_free_inodes(struct super_block *sb);
unsigned long ext2_count_dirs(struct super_block *sb);
/*
 * The buffer of a metadata block, up to date, with a reference; NULL on an I/O
 * error or without memory.  A buffer whose last write failed is not read again:
 * memory has the newer contents, for this inode and for its neighbours.
 */
struct buffer_head *ext2_bread(struct super_block *sb, ext2_fsblk_t block);
/* Group of a data or metadata block inside the volume. */
u32 ext2_block_group(struct super_block *sb, ext2_fsblk_t block);
/* May a file own [@block, @block + @count)? */
bool ext2_data_range_ok(struct super_block *sb, ext2_fsblk_t block, u64 count);
/*
 * The bitmap of @group, up to date and checked, with a reference; ERR_PTR(-EIO,
 * -EFSCORRUPTED, -ENOMEM).  May sleep.
 */
struct buffer_head *ext2_block_bitmap(struct super_block *sb, u32 group);
struct buffer_head *ext2_inode_bitmap(struct super_block *sb, u32 group);

/* ---- balloc.c, window.c ---- */

/**
 * ext2_new_blocks - allocate up to *@count contiguous blocks near @goal
 *
 * i_map_lock of @inode (or i_xattr_sem for its attribute block) held.  Returns
 * the first block with *@count set to how many there are (at least 1), or 0 with
 * *@err set: -ENOSPC, -EIO, -ENOMEM.
 */
ext2_fsblk_t ext2_new_blocks(struct inode *inode, ext2_fsblk_t goal, unsigned int *count, int *err);
/* Give blocks back; the caller has made the pointers to them owed (durable.c).  May sleep. */
void ext2_free_blocks(struct inode *inode, ext2_fsblk_t block, u64 count);
/* Clear the bits only; the range is one that passed ext2_data_range_ok(). */
void ext2_release_blocks(struct super_block *sb, unsigned long ino, ext2_fsblk_t block, u64 count);
/* Drop the window; i_map_lock held or the inode unreachable. */
void ext2_discard_window(struct inode *inode);
/* The rest are for balloc.c; group->lock held. */
bool ext2_window_covers(const struct ext2_window *w, u32 group, u32 bit);
bool ext2_window_open(struct ext2_group *grp, struct ext2_window *w, u32 group,
		      const unsigned long *bitmap, u32 goal, u32 end);
void ext2_window_close(struct ext2_group *grp, struct ext2_window *w);

/* ---- ialloc.c ---- */

struct inode *ext2_new_inode(struct inode *dir, umode_t mode, const struct qstr *name);
void ext2_free_inode(struct inode *inode);

/* ---- blockmap.c, truncate.c ---- */

int ext2_get_block(struct inode *inode, sector_t iblock, struct buffer_head *bh, int create);
/*
 * The block of the device at iblock, or 0 for a hole, and for how many blocks from there, at most max, it goes on like this (a hole may go
 * on still longer). At least 1, or -errno. i_rwsem held. May sleep.
 */
s64 ext2_map_run(struct inode *inode, u64 iblock, u64 max, ext2_fsblk_t *block);

/* extents.c */
struct fiemap_extent_info;
loff_t ext2_llseek(struct file *file, loff_t offset, int whence);
int ext2_fiemap(struct inode *inode, struct fiemap_extent_info *info, u64 start, u64 len);
/*
 * Path of @iblock: offsets[] into i_data and each level of indirect block; the
 * depth (1..4), or 0 if the block is beyond what an inode can address.
 * *@boundary, if given: blocks behind this one in the same last-level block.
 */
int ext2_block_to_path(const struct ext2_geometry *geo, u64 iblock, u32 offsets[4],
		       u32 *boundary);
/* Enter and leave i_map_lock; returns the allocation scope for the way back. */
unsigned int ext2_map_lock(struct inode *inode);
void ext2_map_unlock(struct inode *inode, unsigned int scope);
/* Free all blocks wholly behind @offset bytes.  May sleep. */
void ext2_truncate_blocks(struct inode *inode, loff_t offset);
/* Free the blocks [@first, @stop) of the file, whose pages are gone and kept away by the invalidation lock.  i_rwsem exclusive; may sleep. */
void ext2_punch_blocks(struct inode *inode, u64 first, u64 stop);
/* fallocate.c */
long ext2_fallocate(struct file *file, int mode, loff_t offset, loff_t len);
/* A write up to @to bytes failed: drop what it allocated behind i_size. */
void ext2_write_failed(struct address_space *mapping, loff_t to);
/* Change i_size and the blocks with it.  i_rwsem exclusive. */
int ext2_setsize(struct inode *inode, loff_t newsize);
void ext2_zero_behind_end(struct inode *inode);

/* ---- inode.c, inode_disk.c ---- */

struct inode *ext2_iget(struct super_block *sb, unsigned long ino);
int ext2_write_inode(struct inode *inode, struct writeback_control *wbc);
/* Copy the inode into its buffer; @sync: write that and wait. */
int ext2_update_inode(struct inode *inode, bool sync);
void ext2_evict_inode(struct inode *inode);
/* The buffer that holds the inode and a pointer into it, or ERR_PTR. */
struct ext2_inode *ext2_raw_inode(struct super_block *sb, unsigned long ino,
				  struct buffer_head **bhp);
ext2_fsblk_t ext2_inode_block(struct super_block *sb, unsigned long ino);
void ext2_set_inode_flags(struct inode *inode);
void ext2_set_inode_ops(struct inode *inode);
loff_t ext2_max_size(const struct ext2_geometry *geo);
int ext2_setattr(struct dentry *dentry, struct iattr *attr);
int ext2_getattr(const struct path *path, struct kstat *stat, u32 mask, unsigned int flags);

/* ---- dir.c, dir_change.c: directories ---- */

/*
 * Entries are handed out as a pointer into a page of the directory, whose
 * reference the caller gives back with ext2_put_page().  i_rwsem of the
 * directory held, at least shared to read, exclusive to change.
 */
struct ext2_dir_entry *ext2_find_entry(struct inode *dir, const struct qstr *name,
				       struct page **pagep);	/* NULL: none; ERR_PTR */
struct ext2_dir_entry *ext2_dotdot(struct inode *dir, struct page **pagep);
struct page *ext2_get_page(struct inode *dir, pgoff_t n);
void ext2_put_page(struct page *page);
int ext2_inode_by_name(struct inode *dir, const struct qstr *name, u32 *ino);
int ext2_empty_dir(struct inode *dir);	/* 1, 0 or -errno */
int ext2_readdir(struct file *file, struct dir_context *ctx);
int ext2_add_link(struct dentry *dentry, struct inode *inode);
int ext2_add_name(struct inode *dir, const struct qstr *name, struct inode *inode);
/*
 * The same, but into the block of the entry @near in @page: 1, 0 if it has no room, or
 * -errno.  *@made: the entry, if there is one now (also after a failed write).
 */
int ext2_add_name_near(struct inode *dir, const struct qstr *name, struct inode *inode,
		       struct page *page, const struct ext2_dir_entry *near,
		       struct ext2_dir_entry **made);
int ext2_delete_entry(struct inode *dir, struct ext2_dir_entry *de, struct page *page);
/* Point an entry at @inode; @times: this is a change the directory's mtime shows. */
int ext2_set_link(struct inode *dir, struct ext2_dir_entry *de, struct page *page,
		  struct inode *inode, bool times);
int ext2_swap_links(struct inode *dir, struct page *page, struct ext2_dir_entry *de1,
		    struct ext2_dir_entry *de2);
int ext2_make_empty(struct inode *inode, struct inode *parent);
u8 ext2_file_type(struct super_block *sb, umode_t mode);
u8 ext2_dirent_type(struct super_block *sb, u8 file_type);

static inline unsigned int ext2_chunk_size(const struct inode *inode)
{
	return inode->i_sb->s_blocksize;
}

static inline unsigned int ext2_rec_len(const struct ext2_dir_entry *de)
{
	return le16_to_cpu(de->rec_len);
}

/* ---- durable.c ---- */

/*
 * A directory's entries, or the names of an inode, changed: what the disk has
 * of it is to be durable before an fsync returns.  Any context that may take
 * a spinlock.
 */
void ext2_name_changed(struct inode *inode);
/*
 * Write all that is owed and flush the device.  What is promised has been marked before.
 * 0 or -EIO.  May sleep; see the lock order.
 */
int ext2_pay(struct super_block *sb);
void ext2_pay_other_names(struct inode *inode);
/*
 * Has anybody been told that this inode will be found again after a crash?  For an answer
 * that is to stay, hold s_promise_sem.
 */
bool ext2_promised(struct inode *inode);
/*
 * @inode takes over a name that was promised: unless it is there already, it is written
 * with its data and blocks, flush included.  0 or -EIO.
 */
int ext2_make_durable(struct inode *inode);
/*
 * @victim is about to lose its last name to a rename: keep it on the disk until
 * the directory is.  Before drop_nlink(); i_rwsem exclusive.
 */
void ext2_keep(struct inode *victim);
/* Are so many kept that somebody should pay? */
bool ext2_kept_enough(struct super_block *sb);
/* Out of space: let kept inodes go.  True if there were any.  No page lock held; may sleep. */
bool ext2_free_kept(struct super_block *sb);
/* The volume goes away: no reference of ours may stay. */
void ext2_let_kept_go(struct super_block *sb);
/* An inode leaves memory. */
void ext2_forget_names(struct inode *inode);
int ext2_fsync(struct file *file, loff_t start, loff_t end, int datasync);

/* ---- owed.c ---- */

/*
 * A buffer (of an inode table, or an indirect block) no longer points at
 * something that is about to be freed, and is dirty: it is owed to the disk.
 * May sleep; called before the free.
 */
void ext2_owe(struct super_block *sb, struct buffer_head *bh);
/* Copy @inode into its buffer and owe that.  0 or -errno. */
int ext2_owe_inode(struct inode *inode);
/* Owe the buffer of the inode's slot as it is. */
void ext2_owe_slot(struct inode *inode);
/* A block of pointers or entries is free as far as @inode goes, but not to be reused yet.  May sleep. */
void ext2_quarantine(struct inode *inode, ext2_fsblk_t block);
/* Write what is owed, flush, and release the quarantine.  Only buffer locks are taken inside. */
int ext2_settle(struct super_block *sb);
/* The same if much has gathered. */
void ext2_settle_if_full(struct super_block *sb);
/* Nothing left: at unmount, after the last inode went. */
void ext2_drop_owed(struct super_block *sb);

/* ---- namei.c, rename.c, exchange.c, file.c, symlink.c, ioctl.c, xattr.c ---- */

/* An entry with its page, as found; all NULL when not wanted. */
struct ext2_place {
	struct inode *dir;
	struct ext2_dir_entry *de;
	struct page *page;
};

static inline void ext2_put_place(struct ext2_place *place)
{
	if (place->page)
		ext2_put_page(place->page);
}

static inline bool ext2_same_block(const struct ext2_place *p, const struct ext2_place *q)
{
	return (((unsigned long)p->de ^ (unsigned long)q->de) &
		~(unsigned long)(ext2_chunk_size(p->dir) - 1)) == 0;
}

/* Find @dentry's entry, which must name its inode. */
int ext2_find_place(struct ext2_place *place, struct inode *dir, struct dentry *dentry);
int ext2_find_dotdot(struct ext2_place *place, struct inode *inode);
int ext2_set_place(struct ext2_place *place, struct inode *inode, bool times);
int ext2_exchange(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
		  struct dentry *new_dentry);
/* A character device 0:0 without a name yet, I_NEW; ERR_PTR.  It is put when it has one, or not. */
struct inode *ext2_new_whiteout(struct inode *dir, const struct qstr *name);
void ext2_put_whiteout(struct inode *inode, bool named);
int ext2_rename(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
		struct dentry *new_dentry, unsigned int flags);
long ext2_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
/* trim.c */
long ext2_ioctl_fitrim(struct file *file, void __user *arg);
ssize_t ext2_listxattr(struct dentry *dentry, char *list, size_t size);
void ext2_xattr_delete_inode(struct inode *inode);

extern const struct inode_operations ext2_file_inode_operations;
extern const struct inode_operations ext2_dir_inode_operations;
extern const struct inode_operations ext2_special_inode_operations;
extern const struct inode_operations ext2_symlink_inode_operations;
extern const struct inode_operations ext2_fast_symlink_inode_operations;
extern const struct file_operations ext2_file_operations;
extern const struct file_operations ext2_dir_operations;
extern const struct address_space_operations ext2_aops;
extern const struct super_operations ext2_super_operations;
extern const struct export_operations ext2_export_operations;
extern const struct xattr_handler *ext2_xattr_handlers[];

#endif
