// SPDX-License-Identifier: MIT
/*
 * Block devices: their inodes, opening and closing, and syncing.
 *
 * Each device number has one struct block_device, embedded with its inode in an object of an
 * internal file system that is mounted once at boot.  The inode's address space caches the raw
 * device; file systems keep their metadata in it.
 *
 * bd_mutex serialises opening, closing and resizing.  The first open attaches the disk and calls
 * the driver; the last close writes and drops the cache and tells the driver.  An exclusive open
 * claims the device for a holder; claims are guarded by bdev_lock, and a second holder is refused.
 *
 * A block special file of any file system leads here through its device number; its own inode's
 * mapping is replaced, while it is open, by that of the device (file->f_mapping).
 */
#include "kernel/lib/kernel.h"
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/task/sched.h"
#include "drivers/block/blkdev.h"
#include "fs/block_dev.h"
#include "fs/buffer_head.h"
#include "fs/dcache.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "kernel/task/task.h"
#include "mm/backing-dev.h"
#include "mm/pagemap.h"
#include "mm/slab.h"
#include "mm/swap.h"
#include "mm/writeback.h"
#include "gen/block_device_operations.h"
#include "gen/super_operations.h"

struct bdev_inode {
	struct block_device bdev;
	struct inode vfs_inode;
};

static struct kmem_cache *bdev_cachep;
static struct super_block *blockdev_sb;		/* constant after boot */
static DEFINE_SPINLOCK(bdev_lock);		/* claims: bd_claiming, bd_holder, bd_holders */
static DECLARE_WAIT_QUEUE_HEAD(bdev_claim_wait);
static struct mutex bdev_list_mutex;		/* all_bdevs */
static LIST_HEAD(all_bdevs);

static struct bdev_inode *BDEV_I(struct inode *inode)
{
	return container_of(inode, struct bdev_inode, vfs_inode);
}

struct block_device *I_BDEV(struct inode *inode)
{
	return &BDEV_I(inode)->bdev;
}

bool sb_is_blkdev_sb(struct super_block *sb)
{
	return sb == blockdev_sb;
}

/* --- the internal file system ------------------------------------------------------------------- */

static void init_once(void *obj)
{
	struct bdev_inode *bi = obj;

	inode_init_once(&bi->vfs_inode);
}

static struct inode *bdev_alloc_inode(struct super_block *sb)
{
	struct bdev_inode *bi = kmem_cache_alloc(bdev_cachep, GFP_KERNEL);

	if (!bi)
		return NULL;
	memset(&bi->bdev, 0, sizeof(bi->bdev));
	mutex_init(&bi->bdev.bd_mutex);
	spin_lock_init(&bi->bdev.bd_swap_lock);
	mutex_init(&bi->bdev.bd_fsfreeze_mutex);
	INIT_LIST_HEAD(&bi->bdev.bd_list);
	bi->bdev.bd_bdi = &noop_backing_dev_info;
	bi->bdev.bd_inode = &bi->vfs_inode;
	return &bi->vfs_inode;
}

static void bdev_free_inode(struct inode *inode)
{
	kmem_cache_free(bdev_cachep, BDEV_I(inode));
}

static void bdev_evict_inode(struct inode *inode)
{
	struct block_device *bdev = I_BDEV(inode);

	truncate_inode_pages_final(&inode->i_data);
	invalidate_inode_buffers(inode);
	clear_inode(inode);
	mutex_lock(&bdev_list_mutex);
	list_del_init(&bdev->bd_list);
	mutex_unlock(&bdev_list_mutex);
}

static const struct super_operations bdev_sops = {
	.statfs = simple_statfs,
	.alloc_inode = bdev_alloc_inode,
	.free_inode = bdev_free_inode,
	.drop_inode = generic_delete_inode,
	.evict_inode = bdev_evict_inode,
};

static struct dentry *bd_mount(struct file_system_type *type, int flags, const char *dev_name,
			       void *data)
{
	return mount_pseudo(type, "bdev:", &bdev_sops, NULL, 0x62646576);
}

static struct file_system_type bd_type = {
	.name = "bdev",
	.mount = bd_mount,
	.kill_sb = kill_anon_super,
};

void bdev_cache_init(void)
{
	struct vfsmount *mnt;

	mutex_init(&bdev_list_mutex);
	bdev_cachep = kmem_cache_create("bdev_cache", sizeof(struct bdev_inode), 0,
					SLAB_HWCACHE_ALIGN | SLAB_RECLAIM_ACCOUNT, init_once);
	if (!bdev_cachep || register_filesystem(&bd_type))
		panic("cannot set up the block device file system");
	mnt = kern_mount(&bd_type);
	if (IS_ERR(mnt))
		panic("cannot mount the block device file system: %ld", PTR_ERR(mnt));
	blockdev_sb = mnt->mnt_sb;
}

/* --- finding ---------------------------------------------------------------------------------------- */

static int bdev_test(struct inode *inode, void *data)
{
	return I_BDEV(inode)->bd_dev == *(dev_t *)data;
}

static int bdev_set(struct inode *inode, void *data)
{
	I_BDEV(inode)->bd_dev = *(dev_t *)data;
	return 0;
}

struct block_device *bdget(dev_t dev)
{
	struct inode *inode = iget5_locked(blockdev_sb, dev, bdev_test, bdev_set, &dev);
	struct block_device *bdev;

	if (!inode)
		return NULL;
	bdev = I_BDEV(inode);
	if (inode->i_state & I_NEW) {
		inode->i_mode = S_IFBLK;
		inode->i_rdev = dev;
		inode->i_bdev = bdev;
		inode->i_data.a_ops = &def_blk_aops;
		/* metadata of file systems: reclaim for it must not enter one */
		mapping_set_gfp_mask(&inode->i_data, GFP_USER);
		set_bit(AS_BLKDEV, &inode->i_data.flags);
		mutex_lock(&bdev_list_mutex);
		list_add(&bdev->bd_list, &all_bdevs);
		mutex_unlock(&bdev_list_mutex);
		unlock_new_inode(inode);
	}
	return bdev;
}

void bdput(struct block_device *bdev)
{
	iput(bdev->bd_inode);
}

/*
 * @path: the name of a disk ("/dev/vda", or "vda"), or the path of a block special file.
 * A reference, not opened; ERR_PTR.
 */
struct block_device *lookup_bdev(const char *path)
{
	struct block_device *bdev;
	struct inode *inode;
	struct path p;
	dev_t dev = blk_lookup_devt(path);
	int err;

	/* before the root is mounted there is no tree to look for a special file in */
	if (!dev && !current->fs->root.mnt)
		return ERR_PTR(-ENXIO);
	if (!dev) {
		err = kern_path(path, LOOKUP_FOLLOW, &p);
		if (err)
			return ERR_PTR(err);
		inode = p.dentry->d_inode;
		if (S_ISBLK(inode->i_mode))
			dev = inode->i_rdev;
		path_put(&p);
		if (!dev)
			return ERR_PTR(-ENOTBLK);
	}
	bdev = bdget(dev);
	return bdev ? bdev : ERR_PTR(-ENOMEM);
}

loff_t blkdev_size(struct block_device *bdev)
{
	return i_size_read(bdev->bd_inode);
}

/* --- block size and size ------------------------------------------------------------------------------ */

static void bd_set_size(struct block_device *bdev, loff_t size)
{
	unsigned int bsize = bdev_logical_block_size(bdev);

	i_size_write(bdev->bd_inode, size);
	/* the largest power of two that divides the size, up to a page */
	while (bsize < PAGE_SIZE && !(size & bsize))
		bsize <<= 1;
	bdev->bd_block_size = bsize;
	bdev->bd_inode->i_blkbits = ilog2(bsize);
}

int set_blocksize(struct block_device *bdev, int size)
{
	if (size > (int)PAGE_SIZE || size < 512 || !is_power_of_2(size))
		return -EINVAL;
	if (size < (int)bdev_logical_block_size(bdev))
		return -EINVAL;
	if (bdev->bd_block_size != size || bdev->bd_inode->i_blkbits != ilog2(size)) {
		sync_blockdev(bdev);
		/* no buffer of the old size may be left when the size changes */
		kill_bdev(bdev);
		bdev->bd_block_size = size;
		bdev->bd_inode->i_blkbits = ilog2(size);
		kill_bdev(bdev);
	}
	return 0;
}

int sb_set_blocksize(struct super_block *sb, int size)
{
	if (set_blocksize(sb->s_bdev, size))
		return 0;
	sb->s_blocksize = size;
	sb->s_blocksize_bits = ilog2(size);
	return sb->s_blocksize;
}

int sb_min_blocksize(struct super_block *sb, int size)
{
	int minsize = bdev_logical_block_size(sb->s_bdev);

	return sb_set_blocksize(sb, max(size, minsize));
}

/* --- claims: bdev_lock held --------------------------------------------------------------------------- */

static bool bd_may_claim(struct block_device *bdev, void *holder)
{
	return !bdev->bd_holder || bdev->bd_holder == holder;
}

/* Announce an exclusive open.  Waits while another one is being decided.  0 or -EBUSY. */
static int bd_prepare_claim(struct block_device *bdev, void *holder)
{
	for (;;) {
		DEFINE_WAIT(wait);

		spin_lock(&bdev_lock);
		if (!bd_may_claim(bdev, holder)) {
			spin_unlock(&bdev_lock);
			return -EBUSY;
		}
		if (!bdev->bd_claiming) {
			bdev->bd_claiming = holder;
			spin_unlock(&bdev_lock);
			return 0;
		}
		prepare_to_wait(&bdev_claim_wait, &wait, TASK_UNINTERRUPTIBLE);
		spin_unlock(&bdev_lock);
		schedule();
		finish_wait(&bdev_claim_wait, &wait);
	}
}

/* The open that was announced succeeded, or not. */
static void bd_finish_claim(struct block_device *bdev, void *holder, bool success)
{
	spin_lock(&bdev_lock);
	if (success) {
		bdev->bd_holders++;
		bdev->bd_holder = holder;
	}
	bdev->bd_claiming = NULL;
	spin_unlock(&bdev_lock);
	wake_up_all(&bdev_claim_wait);
}

/* --- opening -------------------------------------------------------------------------------------------- */

/* The first user of a disk makes its backing device.  bd_mutex held. */
static int bd_attach_bdi(struct block_device *bdev)
{
	struct request_queue *q = bdev->bd_queue;
	struct backing_dev_info *bdi = q->backing_dev_info;
	int err;

	if (!bdi) {
		bdi = bdi_alloc(GFP_KERNEL);
		if (!bdi)
			return -ENOMEM;
		bdi->io_pages = max(q->limits.max_sectors >> (PAGE_SHIFT - SECTOR_SHIFT), 1U);
		err = bdi_register(bdi, "%s", bdev->bd_disk->disk_name);
		if (err) {
			bdi_put(bdi);
			return err;
		}
		q->backing_dev_info = bdi;
	}
	bdev->bd_bdi = bdi;
	return 0;
}

/*
 * The driver is asked whether the medium is another one (P30: the only place).  bd_mutex is held
 * when this is called from open, and not needed otherwise.
 */
int check_disk_change(struct block_device *bdev)
{
	unsigned int caller = contract_caller_begin(CONTRACT_CALLER_MEDIA_CHECK);
	struct gendisk *disk = bdev->bd_disk;
	bool changed = disk->fops->media_changed && bdop_media_changed(disk->fops, disk);

	if (changed) {
		invalidate_bdev(bdev);
		bdev->bd_invalidated = 1;
		if (disk->fops->unlock_native_capacity)
			bdop_unlock_native_capacity(disk->fops, disk);
		if (disk->fops->revalidate_disk)
			bdop_revalidate_disk(disk->fops, disk);
		bd_set_size(bdev, (loff_t)get_capacity(disk) << SECTOR_SHIFT);
		bdev->bd_invalidated = 0;
	}
	contract_caller_end(caller);
	return changed;
}

static int blkdev_open_first(struct block_device *bdev, fmode_t mode)
{
	struct gendisk *disk = get_gendisk(bdev->bd_dev);
	int err = 0;

	if (!disk)
		return -ENXIO;
	bdev->bd_disk = disk;
	bdev->bd_queue = disk->queue;
	err = bd_attach_bdi(bdev);
	if (!err && disk->fops->open)
		err = bdop_open(disk->fops, bdev, mode);
	if (err) {
		bdev->bd_disk = NULL;
		bdev->bd_queue = NULL;
		return err;
	}
	bd_set_size(bdev, (loff_t)get_capacity(disk) << SECTOR_SHIFT);
	check_disk_change(bdev);
	return 0;
}

int blkdev_get(struct block_device *bdev, fmode_t mode, void *holder)
{
	bool excl = mode & FMODE_EXCL;
	int err = 0;

	if (excl) {
		if (WARN_ON(!holder))
			err = -EINVAL;
		else
			err = bd_prepare_claim(bdev, holder);
		if (err)
			goto put;
	}
	mutex_lock(&bdev->bd_mutex);
	if (!bdev->bd_openers)
		err = blkdev_open_first(bdev, mode);
	else if (bdev->bd_disk->fops->open)
		err = bdop_open(bdev->bd_disk->fops, bdev, mode);
	if (!err)
		bdev->bd_openers++;
	mutex_unlock(&bdev->bd_mutex);
	if (excl)
		bd_finish_claim(bdev, holder, !err);
	if (!err && (mode & FMODE_WRITE) && bdev_read_only(bdev)) {
		blkdev_put(bdev, mode);
		return -EROFS;
	}
	if (!err)
		return 0;
put:
	bdput(bdev);
	return err;
}

/* Close.  @mode as it was opened.  Drops the reference.  Sleeps. */
void blkdev_put(struct block_device *bdev, fmode_t mode)
{
	struct gendisk *disk = bdev->bd_disk;

	mutex_lock(&bdev->bd_mutex);
	if (mode & FMODE_EXCL) {
		spin_lock(&bdev_lock);
		WARN_ON(--bdev->bd_holders < 0);
		if (!bdev->bd_holders)
			bdev->bd_holder = NULL;
		spin_unlock(&bdev_lock);
	}
	if (!--bdev->bd_openers) {
		sync_blockdev(bdev);
		kill_bdev(bdev);
		/* the inode must be clean before its backing device can go */
		write_inode_now(bdev->bd_inode, 1);
	}
	if (disk->fops->release)
		bdop_release(disk->fops, disk, mode);
	if (!bdev->bd_openers) {
		bdev->bd_disk = NULL;
		bdev->bd_queue = NULL;
		/* the disk, and with it the backing device, may be removed from now on */
		inode_io_list_del(bdev->bd_inode);
		bdev->bd_bdi = &noop_backing_dev_info;
	}
	mutex_unlock(&bdev->bd_mutex);
	bdput(bdev);
}

struct block_device *blkdev_get_by_path(const char *path, fmode_t mode, void *holder)
{
	struct block_device *bdev = lookup_bdev(path);
	int err;

	if (IS_ERR(bdev))
		return bdev;
	err = blkdev_get(bdev, mode, holder);
	return err ? ERR_PTR(err) : bdev;
}

struct block_device *blkdev_get_by_dev(dev_t dev, fmode_t mode, void *holder)
{
	struct block_device *bdev = bdget(dev);
	int err;

	if (!bdev)
		return ERR_PTR(-ENOMEM);
	err = blkdev_get(bdev, mode, holder);
	return err ? ERR_PTR(err) : bdev;
}

/* --- syncing and dropping the cache ------------------------------------------------------------------------ */

int __sync_blockdev(struct block_device *bdev, int wait)
{
	if (!bdev)
		return 0;
	if (!wait)
		return filemap_flush(bdev->bd_inode->i_mapping);
	return filemap_write_and_wait(bdev->bd_inode->i_mapping);
}

int sync_blockdev(struct block_device *bdev)
{
	return __sync_blockdev(bdev, 1);
}

/* With the file system on it, if one is mounted. */
int fsync_bdev(struct block_device *bdev)
{
	struct super_block *sb = get_super(bdev);

	if (sb) {
		int err = sync_filesystem(sb);

		drop_super(sb);
		return err;
	}
	return sync_blockdev(bdev);
}

/* All devices, for sync(2): start writing, or wait for it. */
void sync_bdevs(bool wait)
{
	struct block_device *bdev, *prev = NULL;

	mutex_lock(&bdev_list_mutex);
	list_for_each_entry(bdev, &all_bdevs, bd_list) {
		if (mapping_empty(bdev->bd_inode->i_mapping) || !igrab(bdev->bd_inode))
			continue;
		mutex_unlock(&bdev_list_mutex);
		/* the reference keeps our place in the list */
		if (prev)
			bdput(prev);
		prev = bdev;
		if (wait)
			filemap_fdatawait_keep_errors(bdev->bd_inode->i_mapping);
		else
			filemap_fdatawrite(bdev->bd_inode->i_mapping);
		mutex_lock(&bdev_list_mutex);
	}
	mutex_unlock(&bdev_list_mutex);
	if (prev)
		bdput(prev);
}

/* Clean and unused pages only. */
int invalidate_bdev(struct block_device *bdev)
{
	struct address_space *mapping = bdev->bd_inode->i_mapping;

	if (!mapping_empty(mapping)) {
		invalidate_bh_lrus();
		lru_add_drain_all();
		invalidate_mapping_pages(mapping, 0, -1);
	}
	return 0;
}

/* Everything, written or not. */
void kill_bdev(struct block_device *bdev)
{
	struct address_space *mapping = bdev->bd_inode->i_mapping;

	if (mapping_empty(mapping))
		return;
	invalidate_bh_lrus();
	truncate_inode_pages(mapping, 0);
}

#if CONFIG_CHECKS
/* For the contract checks of operations that are given the disk, not the device. */
const struct mutex *place_bd_mutex_gendisk(const struct gendisk *disk)
{
	dev_t dev = MKDEV(disk->major, disk->first_minor);
	const struct mutex *m = NULL;
	struct block_device *bdev;

	/* Where it cannot sleep the call is wrong by itself, and reported as that. */
	if (!preemptible())
		return NULL;
	/*
	 * Called from within open and release, with a bd_mutex held: bdev_list_mutex nests inside
	 * it, as in bdget() and eviction.
	 */
	mutex_lock(&bdev_list_mutex);
	list_for_each_entry(bdev, &all_bdevs, bd_list) {
		if (bdev->bd_dev == dev) {
			m = &bdev->bd_mutex;
			break;
		}
	}
	mutex_unlock(&bdev_list_mutex);
	return m;
}
#endif

/* Pages of the cache that belong to block devices themselves. */
unsigned long nr_blockdev_pages(void)
{
	struct super_block *sb = blockdev_sb;
	unsigned long pages = 0;
	struct inode *inode;

	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list)
		pages += READ_ONCE(inode->i_data.nrpages);
	spin_unlock(&sb->s_inode_list_lock);
	return pages;
}
