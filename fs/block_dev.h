/* SPDX-License-Identifier: MIT */
/*
 * Block devices as files: each disk or partition has an inode on an internal file system whose
 * address space caches the raw device.  The block layer owns struct block_device's disk side
 * (drivers/block/), this file the inode, the opening and the cache.
 */
#ifndef FS_BLOCK_DEV_H
#define FS_BLOCK_DEV_H

#include "fs/fs.h"

struct block_device;
struct gendisk;

extern const struct file_operations def_blk_fops;
extern const struct address_space_operations def_blk_aops;

/* The block_device of a device number, with a reference; NULL without memory.  May sleep. */
struct block_device *bdget(dev_t dev);
void bdput(struct block_device *bdev);
/*
 * Open: @mode FMODE_READ, FMODE_WRITE, FMODE_EXCL (then @holder claims it).  The reference of
 * @bdev is consumed on error.  -ENXIO, -EROFS, -EBUSY.  May sleep; takes bd_mutex.
 */
int blkdev_get(struct block_device *bdev, fmode_t mode, void *holder);
void blkdev_put(struct block_device *bdev, fmode_t mode);
struct block_device *blkdev_get_by_path(const char *path, fmode_t mode, void *holder);
struct block_device *blkdev_get_by_dev(dev_t dev, fmode_t mode, void *holder);
/* Resolve /dev/vda or a path of a block special file to an opened reference.  ERR_PTR. */
struct block_device *lookup_bdev(const char *path);

/* Block size of the cache: a power of two from 512 to PAGE_SIZE.  Writes and drops the cache. */
int set_blocksize(struct block_device *bdev, int size);
int sb_set_blocksize(struct super_block *sb, int size);
int sb_min_blocksize(struct super_block *sb, int size);

int sync_blockdev(struct block_device *bdev);
int __sync_blockdev(struct block_device *bdev, int wait);
int fsync_bdev(struct block_device *bdev);
void sync_bdevs(bool wait);
int invalidate_bdev(struct block_device *bdev);
void kill_bdev(struct block_device *bdev);
/* Ask the driver to look at the medium again: media_changed, revalidate_disk. */
int check_disk_change(struct block_device *bdev);
/* Bytes of the device. */
loff_t blkdev_size(struct block_device *bdev);
struct block_device *I_BDEV(struct inode *inode);
bool sb_is_blkdev_sb(struct super_block *sb);

/* Inode of a block special file (init_special_inode), opened through def_blk_fops. */
int blkdev_fsync(struct file *filp, loff_t start, loff_t end, int datasync);

void bdev_cache_init(void);

/* fs/direct-io.c */
#include "fs/buffer_head.h"
typedef int (dio_iodone_t)(struct kiocb *iocb, loff_t offset, ssize_t bytes, void *private);
/*
 * Read or write around the page cache.  Writes: i_rwsem held exclusively.  The caller has written
 * back the range; generic_file_direct_write() invalidates afterwards.  Returns bytes, -errno, or
 * -EIOCBQUEUED.
 */
ssize_t blockdev_direct_IO(struct kiocb *iocb, struct inode *inode, struct iov_iter *iter,
			   get_block_t *get_block);
ssize_t __blockdev_direct_IO(struct kiocb *iocb, struct inode *inode, struct block_device *bdev,
			     struct iov_iter *iter, get_block_t *get_block, dio_iodone_t *end_io,
			     int flags);
#define DIO_LOCKING	0x01	/* reads take i_rwsem around the lookup */
#define DIO_SKIP_HOLES	0x02	/* writes into holes fall back to the cache */

/* Pages of the cache that belong to block devices themselves. */
unsigned long nr_blockdev_pages(void);

#endif
