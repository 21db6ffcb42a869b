// SPDX-License-Identifier: MIT
/*
 * genhd.c - the disks there are: by number, by name, one after the other, and their statistics.
 *
 * disk_mutex guards the list of disks and the table of majors. A disk, once added, is never
 * freed, so pointers to it stay good; del_gendisk() only hides it and fails its I/O.
 */
#include "kernel/lib/errno.h"
#include "kernel/lib/kernel.h"
#include "kernel/lib/printk.h"
#include "kernel/lib/string.h"
#include "kernel/lock/mutex.h"
#include "kernel/x86/percpu.h"
#include "mm/slab.h"
#include "drivers/block/blk.h"

#define BLK_DYN_MAJOR_FIRST 254 /* assigned downwards, as Linux does for devices without one */
#define BLK_DYN_MAJOR_LAST  234

static DEFINE_MUTEX(disk_mutex);
static LIST_HEAD(disk_list);		   /* disk_mutex */
static const char *major_names[BLKDEV_MAJORS];	   /* disk_mutex */

const char *blkdev_major_name(unsigned int major)
{
	const char *name;

	mutex_lock(&disk_mutex);
	name = major < BLKDEV_MAJORS ? major_names[major] : NULL;
	mutex_unlock(&disk_mutex);
	return name;
}

int register_blkdev(unsigned int major, const char *name)
{
	int ret = -EBUSY;

	mutex_lock(&disk_mutex);
	if (major >= ARRAY_SIZE(major_names)) {
		ret = -EINVAL;
	} else if (major) {
		if (!major_names[major] || !strcmp(major_names[major], name)) {
			major_names[major] = name;
			ret = 0;
		}
	} else {
		for (major = BLK_DYN_MAJOR_FIRST; major >= BLK_DYN_MAJOR_LAST; major--) {
			if (major_names[major])
				continue;
			major_names[major] = name;
			ret = major;
			break;
		}
	}
	mutex_unlock(&disk_mutex);
	return ret;
}

/* A disk with nothing in it; the caller sets numbers, name, queue and capacity. May sleep. */
struct gendisk *alloc_disk(int minors)
{
	struct gendisk *disk = kzalloc(sizeof(*disk), GFP_KERNEL);

	if (!disk)
		return NULL;
	disk->stats = kcalloc(nr_cpu_ids, sizeof(*disk->stats), GFP_KERNEL);
	if (!disk->stats) {
		kfree(disk);
		return NULL;
	}
	INIT_LIST_HEAD(&disk->list);
	return disk;
}

/* Free a disk that was never added. */
void put_disk(struct gendisk *disk)
{
	kfree(disk->stats);
	kfree(disk);
}

void add_disk(struct gendisk *disk)
{
	sector_t mib = get_capacity(disk) >> (20 - SECTOR_SHIFT);

	disk->queue->disk = disk;
	mutex_lock(&disk_mutex);
	list_add_tail(&disk->list, &disk_list);
	mutex_unlock(&disk_mutex);
	pr_info("%s: %llu sectors (%llu MiB), block size %u/%u, %s%s%s%s\n", disk->disk_name,
		(unsigned long long)get_capacity(disk), (unsigned long long)mib,
		queue_logical_block_size(disk->queue), queue_physical_block_size(disk->queue),
		blk_queue_flag(disk->queue, QUEUE_FLAG_WC) ? "write-back" : "write-through",
		blk_queue_discard(disk->queue) ? ", discard" : "",
		disk->queue->limits.max_write_zeroes_sectors ? ", write-zeroes" : "",
		get_disk_ro(disk) ? ", read-only" : "");
}

/* Hide a disk and fail all that is submitted to it from now on. May sleep. */
void del_gendisk(struct gendisk *disk)
{
	blk_queue_flag_set(QUEUE_FLAG_DEAD, disk->queue);
	mutex_lock(&disk_mutex);
	list_del_init(&disk->list);
	mutex_unlock(&disk_mutex);
}

struct gendisk *get_gendisk(dev_t devt)
{
	struct gendisk *disk, *found = NULL;

	mutex_lock(&disk_mutex);
	list_for_each_entry(disk, &disk_list, list) {
		if (disk_devt(disk) == devt) {
			found = disk;
			break;
		}
	}
	mutex_unlock(&disk_mutex);
	return found;
}

dev_t blk_lookup_devt(const char *name)
{
	struct gendisk *disk;
	dev_t devt = 0;

	if (!strncmp(name, "/dev/", 5))
		name += 5;
	mutex_lock(&disk_mutex);
	list_for_each_entry(disk, &disk_list, list) {
		if (!strcmp(disk->disk_name, name)) {
			devt = disk_devt(disk);
			break;
		}
	}
	mutex_unlock(&disk_mutex);
	return devt;
}

/* @fn may sleep but not add or remove disks. */
int for_each_disk(int (*fn)(struct gendisk *disk, void *arg), void *arg)
{
	struct gendisk *disk;
	int ret = 0;

	mutex_lock(&disk_mutex);
	list_for_each_entry(disk, &disk_list, list) {
		ret = fn(disk, arg);
		if (ret)
			break;
	}
	mutex_unlock(&disk_mutex);
	return ret;
}

void set_disk_ro(struct gendisk *disk, int flag)
{
	WRITE_ONCE(disk->read_only, flag);
}

/* Add up the per-CPU statistics; a momentary estimate while I/O is going on. */
void disk_stats_sum(struct gendisk *disk, struct disk_stats *sum)
{
	unsigned int cpu, g;

	memset(sum, 0, sizeof(*sum));
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct disk_stats *st = &disk->stats[cpu];

		for (g = 0; g < NR_STAT_GROUPS; g++) {
			sum->ios[g] += READ_ONCE(st->ios[g]);
			sum->merges[g] += READ_ONCE(st->merges[g]);
			sum->sectors[g] += READ_ONCE(st->sectors[g]);
			sum->nsecs[g] += READ_ONCE(st->nsecs[g]);
			sum->errors[g] += READ_ONCE(st->errors[g]);
		}
		sum->kicks += READ_ONCE(st->kicks);
		sum->ring_full += READ_ONCE(st->ring_full);
		sum->in_flight[0] += READ_ONCE(st->in_flight[0]);
		sum->in_flight[1] += READ_ONCE(st->in_flight[1]);
	}
}

const char *bdevname(struct block_device *bdev, char *buf)
{
	if (bdev->bd_disk)
		strscpy(buf, bdev->bd_disk->disk_name, DISK_NAME_LEN);
	else
		snprintf(buf, DISK_NAME_LEN, "dev(%u:%u)", MAJOR(bdev->bd_dev),
			 MINOR(bdev->bd_dev));
	return buf;
}
