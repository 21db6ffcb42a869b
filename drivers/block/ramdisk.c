// SPDX-License-Identifier: MIT
/*
 * ramdisk.c - disks in memory: `ramdisk=SIZE` on the command line makes ram0.
 *
 * Pages live in an xarray by page number and come into being when first written (or handed out by
 * direct_access). Once there, a page stays until the disk is destroyed, so that an address from
 * direct_access stays good: discard and write-zeroes clear pages instead of freeing them. Hence
 * lookups need no lock beyond RCU within the xarray, and two writers racing to insert a page are
 * settled by xa_cmpxchg. As on any disk, what concurrent writes to one sector leave is undefined.
 *
 * Bios are carried out in the submitter's context and end there with interrupts off.
 */
#include "kernel/lib/err.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/init.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lib/xarray.h"
#include "kernel/task/sched.h"
#include "kernel/x86/irqflags.h"
#include "kernel/x86/time.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "gen/block_device_operations.h"
#include "drivers/block/blk.h"
#include "drivers/block/ramdisk.h"

#define RAMDISK_MAJOR	   1
#define PAGE_SECTORS_SHIFT (PAGE_SHIFT - SECTOR_SHIFT)
#define PAGE_SECTORS	   (1U << PAGE_SECTORS_SHIFT)

struct ramdisk {
	struct gendisk *disk;	/* constant */
	struct xarray pages;	/* own lock; entries are only added while the disk exists */
	ramdisk_hook_t hook;	/* changed only while idle */
	void *hook_arg;
};

static struct page *ramdisk_lookup(struct ramdisk *rd, sector_t sector)
{
	return xa_load(&rd->pages, sector >> PAGE_SECTORS_SHIFT);
}

/* The page of @sector, made if need be; NULL: no memory. May sleep as @gfp says. */
static struct page *ramdisk_get(struct ramdisk *rd, sector_t sector, gfp_t gfp)
{
	struct page *page = ramdisk_lookup(rd, sector), *old;

	if (page)
		return page;
	page = alloc_page(gfp | __GFP_ZERO);
	if (!page)
		return NULL;
	old = xa_cmpxchg(&rd->pages, sector >> PAGE_SECTORS_SHIFT, NULL, page, gfp);
	if (!old)
		return page;
	__free_page(page);
	return xa_is_err(old) ? NULL : old;
}

/* One piece that does not cross a page of the disk. */
static blk_status_t ramdisk_piece(struct ramdisk *rd, unsigned int op, sector_t sector, void *mem,
				  unsigned int len)
{
	unsigned int off = (sector & (PAGE_SECTORS - 1)) << SECTOR_SHIFT;
	struct page *page;

	switch (op) {
	case REQ_OP_READ:
		page = ramdisk_lookup(rd, sector);
		if (page)
			memcpy(mem, page_address(page) + off, len);
		else
			memset(mem, 0, len);
		return BLK_STS_OK;
	case REQ_OP_WRITE:
		page = ramdisk_get(rd, sector, GFP_NOIO);
		if (!page)
			return BLK_STS_RESOURCE;
		memcpy(page_address(page) + off, mem, len);
		return BLK_STS_OK;
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		page = ramdisk_lookup(rd, sector);
		if (page)
			memset(page_address(page) + off, 0, len);
		return BLK_STS_OK;
	}
	return BLK_STS_NOTSUPP;
}

/* [mem, len) at @sector, cut at the disk's pages. @mem is NULL for operations without data. */
static blk_status_t ramdisk_range(struct ramdisk *rd, unsigned int op, sector_t sector, void *mem,
				  unsigned int len)
{
	blk_status_t status = BLK_STS_OK;

	while (len && !status) {
		unsigned int off = (sector & (PAGE_SECTORS - 1)) << SECTOR_SHIFT;
		unsigned int step = min_t(unsigned int, len, PAGE_SIZE - off);

		status = ramdisk_piece(rd, op, sector, mem, step);
		if (mem)
			mem += step;
		sector += step >> SECTOR_SHIFT;
		len -= step;
	}
	return status;
}

static blk_status_t ramdisk_do_bio(struct ramdisk *rd, struct bio *bio)
{
	blk_status_t status = BLK_STS_OK;
	struct bvec_iter iter;
	struct bio_vec bv;

	if (rd->hook)
		status = rd->hook(rd->disk, bio, rd->hook_arg);
	if (status)
		return status;
	if (!bio_has_data(bio))
		return ramdisk_range(rd, bio_op(bio), bio->bi_iter.bi_sector, NULL,
				     bio->bi_iter.bi_size);
	bio_for_each_segment(bv, bio, iter) {
		status = ramdisk_range(rd, bio_op(bio), iter.bi_sector,
				       page_address(bv.bv_page) + bv.bv_offset, bv.bv_len);
		if (status)
			break;
	}
	return status;
}

static void ramdisk_make_request(struct request_queue *q, struct bio *bio)
{
	struct ramdisk *rd = q->queuedata;
	unsigned int group = blk_stat_group(bio->bi_opf);
	u64 start = ktime_get_ns();
	struct disk_stats *stats;
	blk_status_t status;
	unsigned long flags;

	status = ramdisk_do_bio(rd, bio);
	local_irq_save(flags);
	stats = blk_stats(rd->disk);
	stats->ios[group]++;
	stats->sectors[group] += bio_sectors(bio);
	stats->nsecs[group] += ktime_get_ns() - start;
	if (status)
		stats->errors[group]++;
	bio->bi_status = status;
	if (!status) {
		bio->bi_iter.bi_sector += bio_sectors(bio);
		bio->bi_iter.bi_size = 0;
	}
	bio_endio(bio);
	local_irq_restore(flags);
}

/* Memory that a file system may map or copy to directly; bytes available at the address. */
static long ramdisk_direct_access(struct block_device *bdev, sector_t sector, void **kaddr,
				  unsigned long *pfn)
{
	struct ramdisk *rd = bdev->bd_disk->private_data;
	struct page *page;

	if (sector & (PAGE_SECTORS - 1))
		return -EINVAL;
	if (sector + PAGE_SECTORS > get_capacity(rd->disk))
		return -ERANGE;
	page = ramdisk_get(rd, sector, GFP_NOIO);
	if (!page)
		return -ENOSPC;
	*kaddr = page_address(page);
	*pfn = page_to_pfn(page);
	return PAGE_SIZE;
}

static const struct block_device_operations ramdisk_fops = {
	.direct_access = ramdisk_direct_access,
};

void ramdisk_set_hook(struct gendisk *disk, ramdisk_hook_t hook, void *arg)
{
	struct ramdisk *rd = disk->private_data;

	rd->hook_arg = arg;
	rd->hook = hook;
}

static struct request_queue *ramdisk_make_queue(struct ramdisk *rd, unsigned int block_size)
{
	struct request_queue *q = blk_alloc_queue(ramdisk_make_request);

	if (!q)
		return NULL;
	q->queuedata = rd;
	q->limits.logical_block_size = block_size;
	q->limits.physical_block_size = PAGE_SIZE;
	q->limits.max_discard_sectors = UINT_MAX >> SECTOR_SHIFT;
	q->limits.discard_granularity = PAGE_SIZE;
	q->limits.max_write_zeroes_sectors = UINT_MAX >> SECTOR_SHIFT;
	blk_queue_flag_set(QUEUE_FLAG_DISCARD, q);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	blk_queue_flag_set(QUEUE_FLAG_DAX, q);
	return q;
}

struct gendisk *ramdisk_create(u64 bytes, unsigned int block_size)
{
	static atomic_t next_index = ATOMIC_INIT(0);
	struct ramdisk *rd = kzalloc(sizeof(*rd), GFP_KERNEL);
	struct gendisk *disk = alloc_disk(1);
	int index;

	if (!rd || !disk)
		goto fail;
	xa_init(&rd->pages);
	rd->disk = disk;
	disk->queue = ramdisk_make_queue(rd, block_size);
	if (!disk->queue)
		goto fail;
	index = atomic_inc_return(&next_index) - 1;
	snprintf(disk->disk_name, DISK_NAME_LEN, "ram%d", index);
	disk->major = RAMDISK_MAJOR;
	disk->first_minor = index;
	disk->fops = &ramdisk_fops;
	disk->private_data = rd;
	set_capacity(disk, (bytes & PAGE_MASK) >> SECTOR_SHIFT);
	add_disk(disk);
	return disk;
fail:
	kfree(rd);
	if (disk)
		put_disk(disk);
	return NULL;
}

void ramdisk_destroy(struct gendisk *disk)
{
	struct ramdisk *rd = disk->private_data;
	unsigned long index;
	struct page *page;

	del_gendisk(disk);
	xa_for_each(&rd->pages, index, page)
		__free_page(page);
	xa_destroy(&rd->pages);
	blk_cleanup_queue(disk->queue);
	put_disk(disk);
	kfree(rd);
}

int ramdisk_init(void)
{
	long bytes = cmdline_long("ramdisk", 0);
	int err = register_blkdev(RAMDISK_MAJOR, "ramdisk");

	if (err || bytes < (long)PAGE_SIZE)
		return err;
	return ramdisk_create(bytes, SECTOR_SIZE) ? 0 : -ENOMEM;
}
