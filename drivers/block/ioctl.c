// SPDX-License-Identifier: MIT
/*
 * ioctl.c - the ioctls of block devices that need nothing but the disk.
 *
 * Those that concern cached blocks (BLKFLSBUF, BLKBSZGET, BLKBSZSET) belong to fs/block_dev.c,
 * which also must drop the cache of a range before it lets BLKDISCARD and BLKZEROOUT in. What is
 * not known here goes to the driver. No lock: limits are constant, the size is atomic.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/x86/uaccess.h"
#include "gen/block_device_operations.h"
#include "drivers/block/blk.h"

static int put_uint(unsigned long arg, unsigned int val)
{
	return put_user(val, (unsigned int __user *)arg);
}

static int ioctl_range(struct block_device *bdev, fmode_t mode, unsigned int cmd,
		       unsigned long arg)
{
	u64 range[2];

	if (!(mode & 2)) /* FMODE_WRITE */
		return -EBADF;
	if (copy_from_user(range, (void __user *)arg, sizeof(range)))
		return -EFAULT;
	if ((range[0] | range[1]) & (SECTOR_SIZE - 1))
		return -EINVAL;
	range[0] >>= SECTOR_SHIFT;
	range[1] >>= SECTOR_SHIFT;
	if (range[0] + range[1] < range[0] || range[0] + range[1] > get_capacity(bdev->bd_disk))
		return -EINVAL;
	if (cmd == BLKDISCARD)
		return blkdev_issue_discard(bdev, range[0], range[1], GFP_KERNEL, 0);
	return blkdev_issue_zeroout(bdev, range[0], range[1], GFP_KERNEL, BLKDEV_ZERO_NOUNMAP);
}

/* Linux's layout: three bytes and padding, then the start sector. */
static int ioctl_getgeo(struct block_device *bdev, unsigned long arg)
{
	const struct block_device_operations *ops = bdev->bd_disk->fops;
	struct hd_geometry geo = { 0 };
	int ret;

	if (!arg)
		return -EINVAL;
	if (!ops->getgeo)
		return -ENOTTY;
	ret = bdop_getgeo(ops, bdev, &geo);
	if (ret)
		return ret;
	return copy_to_user((void __user *)arg, &geo, sizeof(geo)) ? -EFAULT : 0;
}

static int ioctl_roset(struct block_device *bdev, unsigned long arg)
{
	int ro;

	if (get_user(ro, (int __user *)arg))
		return -EFAULT;
	set_disk_ro(bdev->bd_disk, ro);
	return 0;
}

int blkdev_ioctl(struct block_device *bdev, fmode_t mode, unsigned int cmd, unsigned long arg)
{
	struct gendisk *disk = bdev->bd_disk;
	struct request_queue *q = disk->queue;
	sector_t sectors = get_capacity(disk);

	switch (cmd) {
	case BLKROGET:
		return put_uint(arg, get_disk_ro(disk) != 0);
	case BLKROSET:
		return ioctl_roset(bdev, arg);
	case BLKGETSIZE:
		return put_user((unsigned long)sectors, (unsigned long __user *)arg);
	case BLKGETSIZE64:
		return put_user((u64)sectors << SECTOR_SHIFT, (u64 __user *)arg);
	case BLKSSZGET:
		return put_uint(arg, q->limits.logical_block_size);
	case BLKPBSZGET:
		return put_uint(arg, q->limits.physical_block_size);
	case BLKIOMIN:
		return put_uint(arg, q->limits.io_min);
	case BLKIOOPT:
		return put_uint(arg, q->limits.io_opt);
	case BLKALIGNOFF:
		return put_uint(arg, q->limits.alignment_offset);
	case BLKDISCARDZEROES:
		return put_uint(arg, 0);
	case BLKROTATIONAL:
		return put_user((unsigned short)!blk_queue_nonrot(q), (unsigned short __user *)arg);
	case BLKDISCARD:
	case BLKZEROOUT:
		return ioctl_range(bdev, mode, cmd, arg);
	case HDIO_GETGEO:
		return ioctl_getgeo(bdev, arg);
	}
	if (disk->fops->ioctl)
		return bdop_ioctl(disk->fops, bdev, mode, cmd, arg);
	return -ENOIOCTLCMD;
}
