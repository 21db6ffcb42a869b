// SPDX-License-Identifier: MIT
/*
 * Fields of an inode: link counts, block counts, times, owner, device numbers; and helpers to
 * lock two inodes.
 *
 * Times are updated lazily: reads change atime only when relatime says so, and an update marks the
 * inode dirty without waiting for anything.
 */
#include "fs/fs.h"
#include "fs/dcache.h"
#include "fs/mount.h"
#include "fs/block_dev.h"
#include "fs/inode_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/lock/bitwait.h"
#include "kernel/task/cred.h"
#include "kernel/task/sched.h"
#include "kernel/x86/time.h"

/* ---- links ---- */

void drop_nlink(struct inode *inode)
{
	WARN_ON(inode->i_nlink == 0);
	inode->__i_nlink--;
	if (!inode->i_nlink)
		atomic_long_inc(&inode->i_sb->s_remove_count);
}

void clear_nlink(struct inode *inode)
{
	if (inode->i_nlink) {
		inode->__i_nlink = 0;
		atomic_long_inc(&inode->i_sb->s_remove_count);
	}
}

void set_nlink(struct inode *inode, unsigned int nlink)
{
	if (!nlink) {
		clear_nlink(inode);
		return;
	}
	if (inode->i_nlink == 0)
		atomic_long_dec(&inode->i_sb->s_remove_count);
	inode->__i_nlink = nlink;
}

void inc_nlink(struct inode *inode)
{
	if (unlikely(inode->i_nlink == 0)) {
		WARN_ON(!(inode->i_state & I_LINKABLE));
		atomic_long_dec(&inode->i_sb->s_remove_count);
	}
	inode->__i_nlink++;
}

/* ---- i_blocks and i_bytes ---- */

void __inode_add_bytes(struct inode *inode, loff_t bytes)
{
	inode->i_blocks += bytes >> 9;
	inode->i_bytes += bytes & 511;
	if (inode->i_bytes >= 512) {
		inode->i_blocks++;
		inode->i_bytes -= 512;
	}
}

void inode_add_bytes(struct inode *inode, loff_t bytes)
{
	spin_lock(&inode->i_lock);
	__inode_add_bytes(inode, bytes);
	spin_unlock(&inode->i_lock);
}

void __inode_sub_bytes(struct inode *inode, loff_t bytes)
{
	inode->i_blocks -= bytes >> 9;
	if (inode->i_bytes < (bytes & 511)) {
		inode->i_blocks--;
		inode->i_bytes += 512;
	}
	inode->i_bytes -= bytes & 511;
}

void inode_sub_bytes(struct inode *inode, loff_t bytes)
{
	spin_lock(&inode->i_lock);
	__inode_sub_bytes(inode, bytes);
	spin_unlock(&inode->i_lock);
}

loff_t inode_get_bytes(struct inode *inode)
{
	loff_t ret;

	spin_lock(&inode->i_lock);
	ret = ((loff_t)inode->i_blocks << 9) + inode->i_bytes;
	spin_unlock(&inode->i_lock);
	return ret;
}

void inode_set_bytes(struct inode *inode, loff_t bytes)
{
	inode->i_blocks = bytes >> 9;
	inode->i_bytes = bytes & 511;
}

/* ---- times ---- */

/* Cuts a time to what the file system can store; gran in ns, a second at most. */
struct timespec64 timespec64_trunc(struct timespec64 t, unsigned int gran)
{
	if (gran >= NSEC_PER_SEC)
		t.tv_nsec = 0;
	else if (gran > 1)
		t.tv_nsec -= t.tv_nsec % gran;
	return t;
}

/* Now, as this inode's file system would store it. */
struct timespec64 current_time(struct inode *inode)
{
	struct timespec64 now;

	ktime_get_coarse_real_ts64(&now);
	return timespec64_trunc(now, inode->i_sb->s_time_gran);
}

int generic_update_time(struct inode *inode, struct timespec64 *time, int flags)
{
	bool dirty = false;

	if (flags & S_ATIME)
		inode->i_atime = *time;
	if (flags & S_VERSION)
		inode_inc_iversion(inode);
	if (flags & S_CTIME)
		inode->i_ctime = *time;
	if (flags & S_MTIME)
		inode->i_mtime = *time;
	if ((flags & (S_ATIME | S_CTIME | S_MTIME)) && !(inode->i_sb->s_flags & SB_LAZYTIME))
		dirty = true;
	__mark_inode_dirty(inode, dirty ? I_DIRTY_SYNC : I_DIRTY_TIME);
	return 0;
}

static int update_time(struct inode *inode, struct timespec64 *time, int flags)
{
	if (inode->i_op->update_time)
		return iop_update_time(inode->i_op, inode, time, flags);
	return generic_update_time(inode, time, flags);
}

/* relatime: only if the file changed since it was last read, or a day has passed. */
static bool relatime_need_update(const struct vfsmount *mnt, struct inode *inode,
				 struct timespec64 now)
{
	if (!(mnt->mnt_flags & MNT_RELATIME))
		return true;
	if (timespec64_compare(&inode->i_mtime, &inode->i_atime) >= 0)
		return true;
	if (timespec64_compare(&inode->i_ctime, &inode->i_atime) >= 0)
		return true;
	return now.tv_sec - inode->i_atime.tv_sec >= 24 * 60 * 60;
}

bool atime_needs_update(const struct path *path, struct inode *inode)
{
	const struct vfsmount *mnt = path->mnt;
	struct timespec64 now;

	if ((inode->i_flags & S_NOATIME) || IS_NOATIME(inode))
		return false;
	if ((inode->i_sb->s_flags & SB_NODIRATIME) && S_ISDIR(inode->i_mode))
		return false;
	if (mnt->mnt_flags & MNT_NOATIME)
		return false;
	if ((mnt->mnt_flags & MNT_NODIRATIME) && S_ISDIR(inode->i_mode))
		return false;
	now = current_time(inode);
	if (!relatime_need_update(mnt, inode, now))
		return false;
	return !timespec64_equal(&inode->i_atime, &now);
}

/* The object was read. Never waits for a freeze and never fails: an atime can be lost. */
void touch_atime(const struct path *path)
{
	struct inode *inode = d_inode(path->dentry);
	struct timespec64 now;

	if (!atime_needs_update(path, inode))
		return;
	if (!sb_start_write_trylock(inode->i_sb))
		return;
	if (__mnt_want_write(path->mnt) == 0) {
		now = current_time(inode);
		update_time(inode, &now, S_ATIME);
		__mnt_drop_write(path->mnt);
	}
	sb_end_write(inode->i_sb);
}

/* The contents are about to change. 0 or -errno. */
int file_update_time(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct timespec64 now;
	int sync_it = 0, ret;

	if (IS_NOCMTIME(inode))
		return 0;
	now = current_time(inode);
	if (!timespec64_equal(&inode->i_mtime, &now))
		sync_it = S_MTIME;
	if (!timespec64_equal(&inode->i_ctime, &now))
		sync_it |= S_CTIME;
	if (!sync_it)
		return 0;
	ret = __mnt_want_write(file->f_path.mnt);
	if (ret)
		return ret;
	ret = update_time(inode, &now, sync_it);
	__mnt_drop_write(file->f_path.mnt);
	return ret;
}

/* ---- owner, special files ---- */

/* Owner, group and mode of a new object in dir. */
void inode_init_owner(struct inode *inode, const struct inode *dir, umode_t mode)
{
	inode->i_uid = current_fsuid();
	if (dir && (dir->i_mode & S_ISGID)) {
		inode->i_gid = dir->i_gid;
		if (S_ISDIR(mode))
			mode |= S_ISGID;
		else if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
			 !in_group_p(inode->i_gid) && !capable(CAP_FSETID))
			mode &= ~S_ISGID;
	} else {
		inode->i_gid = current_fsgid();
	}
	inode->i_mode = mode;
}

bool inode_owner_or_capable(const struct inode *inode)
{
	return current_fsuid() == inode->i_uid || capable(CAP_FOWNER);
}

static int no_open(struct inode *inode, struct file *file)
{
	return -ENXIO;
}

static const struct file_operations no_such_device_fops = {
	.open = no_open,
};

void init_special_inode(struct inode *inode, umode_t mode, dev_t rdev)
{
	inode->i_mode = mode;
	if (S_ISCHR(mode)) {
		inode->i_fop = &def_chr_fops;
		inode->i_rdev = rdev;
	} else if (S_ISBLK(mode)) {
		inode->i_fop = &def_blk_fops;
		inode->i_rdev = rdev;
	} else if (S_ISFIFO(mode)) {
		inode->i_fop = &pipefifo_fops;
	} else {
		/* Sockets are reached by connect, never opened. */
		inode->i_fop = &no_such_device_fops;
	}
}

/* Every page is in the direct map here; kept because file systems say what they need. */
void inode_nohighmem(struct inode *inode)
{
	inode->i_mapping->gfp_mask = GFP_USER;
}

/* ---- direct I/O in flight ---- */

/* i_rwsem held exclusively, so that no new one starts. */
void inode_dio_wait(struct inode *inode)
{
	while (atomic_read(&inode->i_dio_count)) {
		wait_queue_head_t *wq = bit_waitqueue(&inode->i_state, __I_DIO_WAKEUP);
		DEFINE_WAIT_BIT(wait, &inode->i_state, __I_DIO_WAKEUP);

		prepare_to_wait(wq, &wait.wq_entry, TASK_UNINTERRUPTIBLE);
		if (atomic_read(&inode->i_dio_count))
			schedule();
		finish_wait(wq, &wait.wq_entry);
	}
}

void inode_dio_end(struct inode *inode)
{
	if (atomic_dec_and_test(&inode->i_dio_count))
		wake_up_bit(&inode->i_state, __I_DIO_WAKEUP);
}

/* ---- two inodes ---- */

void lock_two_nondirectories(struct inode *a, struct inode *b)
{
	if (a > b)
		swap(a, b);
	if (a && !S_ISDIR(a->i_mode))
		inode_lock(a);
	if (b && !S_ISDIR(b->i_mode) && b != a)
		inode_lock_nested(b, I_MUTEX_NONDIR2);
}

void unlock_two_nondirectories(struct inode *a, struct inode *b)
{
	if (a && !S_ISDIR(a->i_mode))
		inode_unlock(a);
	if (b && !S_ISDIR(b->i_mode) && b != a)
		inode_unlock(b);
}

/* The file was read through this open file. */
void file_accessed(struct file *file)
{
	if (!(file->f_flags & O_NOATIME))
		touch_atime(&file->f_path);
}
