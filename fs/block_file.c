// SPDX-License-Identifier: MIT
/*
 * The raw block device as a file: its address space, reading and writing, ioctl.
 *
 * Block n of the device is block n of the file, so get_block only fills in the number.  Writes do
 * not take i_rwsem: a device has no size to change, and every writer is its own master.
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/x86/uaccess.h"
#include "drivers/block/blkdev.h"
#include "fs/block_dev.h"
#include "fs/buffer_head.h"
#include "fs/mpage.h"
#include "mm/iov_iter.h"
#include "mm/page-private.h"
#include "mm/pagemap.h"
#include "mm/writeback.h"
#include "gen/address_space_operations.h"
#include "gen/block_device_operations.h"
#include "gen/file_operations.h"
#include "gen/super_operations.h"

static struct inode *bdev_file_inode(struct file *file)
{
	return file->f_mapping->host;
}

/* --- address space ----------------------------------------------------------------------------- */

static int blkdev_get_block(struct inode *inode, sector_t iblock, struct buffer_head *bh,
			    int create)
{
	bh->b_bdev = I_BDEV(inode);
	bh->b_blocknr = iblock;
	set_buffer_mapped(bh);
	return 0;
}

static int blkdev_writepage(struct page *page, struct writeback_control *wbc)
{
	return block_write_full_page(page, blkdev_get_block, wbc);
}

static int blkdev_readpage(struct file *file, struct page *page)
{
	return block_read_full_page(page, blkdev_get_block);
}

static int blkdev_readpages(struct file *file, struct address_space *mapping,
			    struct list_head *pages, unsigned int nr_pages)
{
	return mpage_readpages(mapping, pages, nr_pages, blkdev_get_block);
}

/*
 * Buffer by buffer: the pages of a device have buffers of metadata that are locked and written on
 * their own, and each must be claimed under its own lock.
 */
static int blkdev_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	struct blk_plug plug;
	int err;

	blk_start_plug(&plug);
	err = generic_writepages(mapping, wbc);
	blk_finish_plug(&plug);
	return err;
}

static int blkdev_write_begin(struct file *file, struct address_space *mapping, loff_t pos,
			      unsigned int len, unsigned int flags, struct page **pagep,
			      void **fsdata)
{
	return block_write_begin(mapping, pos, len, flags, pagep, blkdev_get_block);
}

static int blkdev_write_end(struct file *file, struct address_space *mapping, loff_t pos,
			    unsigned int len, unsigned int copied, struct page *page, void *fsdata)
{
	int ret = block_write_end(file, mapping, pos, len, copied, page, fsdata);

	unlock_page(page);
	put_page(page);
	return ret;
}

static int blkdev_releasepage(struct page *page, gfp_t gfp)
{
	struct super_block *sb = I_BDEV(page->mapping->host)->bd_super;

	/* the file system may have an interest of its own in the buffers (a journal) */
	if (sb && sb->s_op->bdev_try_to_free_page) {
		unsigned int caller = contract_caller_begin(CONTRACT_CALLER_BDEV_RELEASEPAGE);
		int freed = sop_bdev_try_to_free_page(sb->s_op, sb, page, gfp);

		contract_caller_end(caller);
		return freed;
	}
	return try_to_free_buffers(page);
}

static ssize_t blkdev_direct_IO(struct kiocb *iocb, struct iov_iter *iter)
{
	struct inode *inode = bdev_file_inode(iocb->ki_filp);

	return __blockdev_direct_IO(iocb, inode, I_BDEV(inode), iter, blkdev_get_block, NULL, 0);
}

const struct address_space_operations def_blk_aops = {
	.readpage = blkdev_readpage,
	.readpages = blkdev_readpages,
	.writepage = blkdev_writepage,
	.writepages = blkdev_writepages,
	.write_begin = blkdev_write_begin,
	.write_end = blkdev_write_end,
	.releasepage = blkdev_releasepage,
	.direct_IO = blkdev_direct_IO,
	.is_partially_uptodate = block_is_partially_uptodate,
};

/* --- file ----------------------------------------------------------------------------------------- */

static int blkdev_open(struct inode *inode, struct file *filp)
{
	struct block_device *bdev;
	int err;

	if (filp->f_flags & O_EXCL)
		filp->f_mode |= FMODE_EXCL;
	bdev = bdget(inode->i_rdev);
	if (!bdev)
		return -ENOMEM;
	err = blkdev_get(bdev, filp->f_mode, filp);
	if (err)
		return err;
	filp->f_mapping = bdev->bd_inode->i_mapping;
	filp->f_wb_err = filemap_sample_wb_err(filp->f_mapping);
	filp->private_data = bdev;
	return 0;
}

static int blkdev_close(struct inode *inode, struct file *filp)
{
	blkdev_put(filp->private_data, filp->f_mode);
	return 0;
}

static loff_t blkdev_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t size = i_size_read(bdev_file_inode(file));

	if (whence == SEEK_END) {
		offset += size;
	} else if (whence == SEEK_CUR) {
		if (!offset)
			return file->f_pos;
		offset += file->f_pos;
	} else if (whence != SEEK_SET) {
		return -EINVAL;
	}
	return vfs_setpos(file, offset, size);
}

static ssize_t blkdev_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	loff_t size = i_size_read(bdev_file_inode(iocb->ki_filp));

	if (iocb->ki_pos >= size)
		return 0;
	iov_iter_truncate(to, size - iocb->ki_pos);
	return generic_file_read_iter(iocb, to);
}

static ssize_t blkdev_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = bdev_file_inode(iocb->ki_filp);
	loff_t size = i_size_read(inode);
	ssize_t ret;

	if (bdev_read_only(I_BDEV(inode)))
		return -EPERM;
	if (!iov_iter_count(from))
		return 0;
	if (iocb->ki_pos >= size)
		return -ENOSPC;
	iov_iter_truncate(from, size - iocb->ki_pos);
	ret = __generic_file_write_iter(iocb, from);
	if (ret > 0)
		ret = generic_write_sync(iocb, ret);
	return ret;
}

/* Data, then the device's own cache. */
int blkdev_fsync(struct file *filp, loff_t start, loff_t end, int datasync)
{
	struct block_device *bdev = I_BDEV(bdev_file_inode(filp));
	int err;

	err = file_write_and_wait_range(filp, start, end);
	if (err)
		return err;
	err = blkdev_issue_flush(bdev, GFP_KERNEL, NULL);
	return err == -EOPNOTSUPP ? 0 : err;
}

static int block_ioctl_bszset(struct block_device *bdev, fmode_t mode, unsigned long arg)
{
	int n, err;

	if (get_user(n, (int __user *)arg))
		return -EFAULT;
	/* Nobody else may be using the cache with the old size. */
	if (!(mode & FMODE_EXCL)) {
		ihold(bdev->bd_inode);
		err = blkdev_get(bdev, mode | FMODE_EXCL, &bdev);
		if (err)
			return err;
	}
	err = set_blocksize(bdev, n);
	if (!(mode & FMODE_EXCL))
		blkdev_put(bdev, mode | FMODE_EXCL);
	return err;
}

/*
 * The disk zeroes or forgets a range: what the cache holds of it is written (its edges may share
 * pages with what stays) and dropped first.
 */
static int block_ioctl_range(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct inode *inode = bdev_file_inode(file);
	u64 range[2], end;
	int err;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (copy_from_user(range, (void __user *)arg, sizeof(range)))
		return -EFAULT;
	if (!range[1] || check_add_overflow(range[0], range[1], &end) || end > i_size_read(inode) ||
	    (range[0] | range[1]) % SECTOR_SIZE)
		return -EINVAL;
	inode_lock(inode);
	err = filemap_write_and_wait_range(inode->i_mapping, range[0], end - 1);
	if (!err) {
		truncate_inode_pages_range(inode->i_mapping, range[0], end - 1);
		err = blkdev_ioctl(I_BDEV(inode), file->f_mode, cmd, arg);
	}
	inode_unlock(inode);
	return err;
}

static long block_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct block_device *bdev = I_BDEV(bdev_file_inode(file));
	struct gendisk *disk = bdev->bd_disk;
	long ret;

	switch (cmd) {
	case BLKFLSBUF:
		fsync_bdev(bdev);
		return invalidate_bdev(bdev);
	case BLKBSZGET:
		return put_user((int)bdev->bd_block_size, (int __user *)arg);
	case BLKBSZSET:
		return block_ioctl_bszset(bdev, file->f_mode, arg);
	case BLKDISCARD:
	case BLKZEROOUT:
		return block_ioctl_range(file, cmd, arg);
	}
	ret = blkdev_ioctl(bdev, file->f_mode, cmd, arg);
	if (ret != -ENOIOCTLCMD)
		return ret;
	if (disk->fops->ioctl)
		return bdop_ioctl(disk->fops, bdev, file->f_mode, cmd, arg);
	return -ENOTTY;
}

static int blkdev_mmap(struct file *file, struct vm_area_struct *vma)
{
	return generic_file_mmap(file, vma);
}

const struct file_operations def_blk_fops = {
	.open = blkdev_open,
	.release = blkdev_close,
	.llseek = blkdev_llseek,
	.read_iter = blkdev_read_iter,
	.splice_read = copy_splice_read,
	.write_iter = blkdev_write_iter,
	.mmap = blkdev_mmap,
	.fsync = blkdev_fsync,
	.unlocked_ioctl = block_ioctl,
};
