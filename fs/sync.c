// SPDX-License-Identifier: MIT
/*
 * sync, syncfs, fsync, fdatasync, sync_file_range.
 */
#include "fs/fs.h"
#include "fs/block_dev.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/super_internal.h"
#include "kernel/lib/bug.h"
#include "kernel/syscall/syscalls.h"
#include "mm/backing-dev.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"

/* The first error; the device is written in any case. */
static int __sync_filesystem(struct super_block *sb, int wait)
{
	int ret = 0, err;

	if (wait)
		sync_inodes_sb(sb);
	else
		writeback_inodes_sb(sb, WB_REASON_SYNC);
	if (sb->s_op->sync_fs)
		ret = sop_sync_fs(sb->s_op, sb, wait);
	err = sb->s_bdev ? __sync_blockdev(sb->s_bdev, wait) : 0;
	return ret ? ret : err;
}

/* Everything of one file system; first start all, then wait. s_umount held. */
int sync_filesystem(struct super_block *sb)
{
	int ret;

	if (sb_rdonly(sb))
		return 0;
	ret = __sync_filesystem(sb, 0);
	if (ret < 0)
		return ret;
	return __sync_filesystem(sb, 1);
}

static void sync_inodes_one_sb(struct super_block *sb, void *arg)
{
	if (!sb_rdonly(sb))
		sync_inodes_sb(sb);
}

static void sync_fs_one_sb(struct super_block *sb, void *arg)
{
	if (!sb_rdonly(sb) && sb->s_op->sync_fs)
		sop_sync_fs(sb->s_op, sb, *(int *)arg);
}

/* All file systems and devices; returns when all is on disk. */
void ksys_sync(void)
{
	int nowait = 0, wait = 1;

	wakeup_flusher_threads(WB_REASON_SYNC);
	iterate_supers(sync_inodes_one_sb, NULL);
	iterate_supers(sync_fs_one_sb, &nowait);
	iterate_supers(sync_fs_one_sb, &wait);
	sync_bdevs(false);
	sync_bdevs(true);
}

long sys_sync(void)
{
	ksys_sync();
	return 0;
}

long sys_syncfs(int fd)
{
	struct fd f = fdget(fd);
	struct super_block *sb;
	int ret, err;

	if (!f.file)
		return -EBADF;
	sb = f.file->f_path.dentry->d_sb;
	down_read(&sb->s_umount);
	ret = sync_filesystem(sb);
	up_read(&sb->s_umount);
	/* Pages lost since this file was opened, or since it last asked, whoever wrote them. */
	spin_lock(&f.file->f_lock);
	err = errseq_check_and_advance(&sb->s_wb_err, &f.file->f_sb_err);
	spin_unlock(&f.file->f_lock);
	fdput(f);
	return ret ? ret : err;
}

/* Range in bytes, inclusive. datasync: times may stay behind. */
int vfs_fsync_range(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct inode *inode = file->f_mapping->host;

	if (!file->f_op->fsync)
		return -EINVAL;
	if (!datasync && (inode->i_state & I_DIRTY_TIME))
		mark_inode_dirty_sync(inode);
	return fop_fsync(file->f_op, file, start, end, datasync);
}

int vfs_fsync(struct file *file, int datasync)
{
	return vfs_fsync_range(file, 0, LLONG_MAX, datasync);
}

static int do_fsync(unsigned int fd, int datasync)
{
	struct fd f = fdget(fd);
	int ret = -EBADF;

	if (f.file) {
		ret = vfs_fsync(f.file, datasync);
		fdput(f);
	}
	return ret;
}

long sys_fsync(unsigned int fd)
{
	return do_fsync(fd, 0);
}

long sys_fdatasync(unsigned int fd)
{
	return do_fsync(fd, 1);
}

#define VALID_SFR (SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER)

static long sync_file_range(struct file *file, loff_t offset, loff_t nbytes, unsigned int flags)
{
	umode_t mode = file_inode(file)->i_mode;
	struct address_space *mapping = file->f_mapping;
	loff_t endbyte;
	int ret = 0;

	if (flags & ~VALID_SFR)
		return -EINVAL;
	if (offset < 0 || nbytes < 0 || offset + nbytes < 0)
		return -EINVAL;
	endbyte = nbytes ? offset + nbytes - 1 : LLONG_MAX;
	if (!S_ISREG(mode) && !S_ISBLK(mode) && !S_ISDIR(mode) && !S_ISLNK(mode))
		return -ESPIPE;
	if (flags & SYNC_FILE_RANGE_WAIT_BEFORE)
		ret = file_fdatawait_range(file, offset, endbyte);
	if (!ret && (flags & SYNC_FILE_RANGE_WRITE))
		ret = __filemap_fdatawrite_range(mapping, offset, endbyte, WB_SYNC_NONE);
	if (!ret && (flags & SYNC_FILE_RANGE_WAIT_AFTER))
		ret = file_fdatawait_range(file, offset, endbyte);
	return ret;
}

long sys_sync_file_range(int fd, loff_t offset, loff_t nbytes, unsigned int flags)
{
	struct fd f = fdget(fd);
	long ret = -EBADF;

	if (f.file) {
		ret = sync_file_range(f.file, offset, nbytes, flags);
		fdput(f);
	}
	return ret;
}
